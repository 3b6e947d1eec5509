// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The field table: what can be asked of an event. See field.def.
 */
#include "event/type.h"
#include "event/value.h"

enum field_flags {
    FIELD_LIST = 1 << 0,           /* several values of the type */
    FIELD_ARG_ALLOWED = 1 << 1,    /* name[arg] or name */
    FIELD_ARG_REQUIRED = 1 << 2,   /* name[arg] only */
    FIELD_ARG_INDEX = 1 << 3,      /* the argument may be a number */
    FIELD_ARG_KEY = 1 << 4,        /* the argument may be a word */
    FIELD_NO_RHS = 1 << 5,         /* not inside val() */
    FIELD_NO_TRANSFORMER = 1 << 6, /* no tolower() and the like around it */
    FIELD_FILTER_ONLY = 1 << 7,    /* conditions only, never printed */
    FIELD_PRINT_ONLY = 1 << 8,     /* output only, never in a condition */
    FIELD_TABLE_ONLY = 1 << 9,     /* neither: kept for tables of other tools */
    FIELD_DEPRECATED = 1 << 10,
    FIELD_ARG_DOT = 1 << 11,       /* the argument may also follow a dot: evt.arg.flags is evt.arg[flags] */
    /*
     * Without argument the field stands for several values (every ancestor, either end of a connection), given as a
     * VALUE_LIST: a check holds when it holds for one of them; `!=` on addresses, networks and ports when for each.
     */
    FIELD_ANY = 1 << 12,
    FIELD_ANY_ARG = 1 << 14,       /* FIELD_ANY with an argument too */
    FIELD_LONG = 1 << 13,          /* a list of FACTS_LONG_LIST_MAX elements, in which nobody looks for equal ones */
};

enum field_sources {
    S_SYSCALL = 1 << SOURCE_SYSCALL,
    S_SCAN = 1 << SOURCE_SCAN,
    S_BOTH = S_SYSCALL | S_SCAN,
    S_ANY = (1 << SOURCE__N) - 1,
    S_LOGS = S_ANY & ~S_BOTH,
    S_TIMED = S_SYSCALL | S_LOGS, /* whose events have times that correlations can compare */
    /* What one kind of log gives; rules over every log may ask for it too, and get nothing where it does not exist. */
    S_CT = 1 << SOURCE_CLOUDTRAIL | 1 << SOURCE_LOG,
    S_GUARDDUTY = 1 << SOURCE_GUARDDUTY | 1 << SOURCE_LOG,
    S_KA = 1 << SOURCE_K8S_AUDIT | 1 << SOURCE_LOG,
    S_GCP = 1 << SOURCE_GCP_AUDIT | 1 << SOURCE_LOG,
    S_AZURE = 1 << SOURCE_AZURE_ACTIVITY | 1 << SOURCE_AZURE_SIGNIN | 1 << SOURCE_LOG,
    S_OKTA = 1 << SOURCE_OKTA | 1 << SOURCE_LOG,
    S_FLOW_LOG = 1 << SOURCE_FLOW_LOG | 1 << SOURCE_LOG,
    S_DNS_LOG = 1 << SOURCE_DNS_LOG | 1 << SOURCE_LOG,
};

enum field_id {
#define FIELD(id, name, type, flags, sources, help) F_##id,
#include "event/field.def"
#undef FIELD
    FIELD__N,
    FIELD__INVALID = -22,
};

/* Fields that an event has together or not at all: it can say at once which it has not (struct event.lacks). */
enum field_family {
    FAMILY_NONE,
    FAMILY_LOGIN = 1 << 0,
    FAMILY_SPEND = 1 << 1,
    FAMILY_VOLUME = 1 << 2,
    FAMILY_ZONE = 1 << 3,
    FAMILY_NAMES = 1 << 4,
    FAMILY_GAP = 1 << 5,
    FAMILY_NAMED = 1 << 6, /* log.value */
};
enum field_family field_family(enum field_id id);

/* Fields of which rules ask with every record and that have few values, or are compared with few numbers: an event may tell them all at once (struct event.brief). */
enum field_brief {
    BRIEF_NONE,
    BRIEF_NEW,           /* habit.new: a bit for each word */
    BRIEF_AT_ONCE,       /* habit.at_once */
    BRIEF_BESIDE_PERSON, /* habit.beside_person */
    BRIEF_GAP,           /* gap.minutes */
    BRIEF__N,
};
/* How they are told: 0 is absent, a number stands one higher. Untold is what does not fit; then the field is to be asked for. */
enum { BRIEF_UNTOLD = 255 };
static inline uint8_t brief_number(uint64_t u)
{
    return u < BRIEF_UNTOLD - 1 ? (uint8_t)(u + 1) : BRIEF_UNTOLD;
}
enum field_brief field_brief(enum field_id id);
/* Fields that tell what was done and how it ended, and in which format that is told: of an event whose source tells its kind (event_ops.kind) they follow from that. */
bool field_is_of_kind(enum field_id id);

struct field {
    const char *name;
    enum value_type type; /* of one element when FIELD_LIST is set */
    unsigned flags;       /* enum field_flags */
    unsigned sources;     /* enum field_sources */
    const char *help;
};

/* By id: FIELDS[F_FILE_PATH]. */
extern const struct field FIELDS[FIELD__N];
/* By name without argument ("proc.aname", "evt.arg"); FIELD__INVALID when there is none. */
enum field_id field_from(struct str name);
/* The existing name nearest to a mistyped one, for "did you mean"; NULL when none is near. */
const char *field_nearest(struct str name);

/* A field with its argument, as a rule refers to it. */
struct field_ref {
    enum field_id id;
    bool has_arg, arg_is_index;
    uint32_t index;  /* when arg_is_index */
    struct str arg;  /* as written, when has_arg */
};
