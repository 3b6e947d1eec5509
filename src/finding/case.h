// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A case: the findings of one intrusion. A finding of a case is what an alert said, read back from the line that davy watch
 * writes with `--format json`; so cases are made of a live watch, of a replay and of kept lines alike.
 *
 * Bytes come from whoever did it: whoever shows them makes them safe for where they go (base/text.h).
 */
#include "finding/alert.h"

enum {
    CASE_LINE_MAX = 512 << 10, /* of JSON for one finding: texts are cut at FINDING_TEXT_MAX, the rest are their fields */
    CASE_PROCESSORS_MAX = 1 << 16, /* more no machine has */
    CASE_LIST_MAX = 64,        /* of tags, rows, members and the like that are read of one finding */
};

/* A match that a correlation's alert is made of. */
struct case_member {
    uint64_t num;    /* evt.num */
    struct str time; /* as text_add_time() writes it, with nanoseconds: a number comes again after a restart */
};

struct case_finding {
    int64_t id; /* of the store, 0: not kept yet */
    uint64_t time_ns, last_ns; /* the first and the last time, since the epoch */
    uint64_t count;    /* how often */
    uint64_t withheld; /* further ones of this rule, beyond its rate, of which nothing else is known */
    uint64_t num;      /* evt.num */
    struct str rule, host, message, event; /* event: its type, as rules name it */
    struct str said; /* the message in the reader's language; empty: as it is */
    enum priority priority;
    enum finding_kind kind;
    bool intent, harm, conclusive;
    bool has_subject; /* an event is behind it, not only a count */
    const struct str *by, *purposes, *rows, *techniques;
    size_t n_by, n_purposes, n_rows, n_techniques;
    struct alert_subject subject;
    struct alert_ties ties;
    struct alert_load load;
    struct str file; /* that the event is about, empty: none, or the rule does not look at it */
    struct case_member *members; /* of a correlation's alert, else none */
    size_t n_members;
};

/*
 * Reads a line; texts are copied to the arena. A member that is missing or of another type counts as not there, only time and
 * rule must be. -EINVAL with text; -EFBIG for a line longer than CASE_LINE_MAX.
 */
int case_finding_read(struct str json, struct arena *a, struct case_finding *ret, struct error *err);
/* The values that its message was filled with, in the arena, from the same line; 0 when there are none. */
size_t case_finding_values(struct str json, struct arena *a, struct output_field **ret);
bool case_finding_has_row(const struct case_finding *f, const char *row);
/* A technique, or one of its sub-techniques: "T1110" covers "T1110.001". */
bool case_finding_has_technique(const struct case_finding *f, const char *technique);

enum { CASE_FOLD_BYTES = 16 };
/*
 * What two findings of one case have in common when the second is a repeat of the first: rule, program, file, address, and the
 * message without its numbers.
 */
void case_finding_fold(const struct case_finding *f, uint8_t ret[CASE_FOLD_BYTES]);
