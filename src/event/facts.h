// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Facts: the event of the static look. A plain table of values that analyzers fill and the rule engine reads, plus notes
 * that say where in the content a fact was seen, so that a finding can show its evidence. Analyzers state facts here and
 * nothing else; they never judge.
 *
 * The facts own an arena that holds every string given out; facts_reset() starts the next event and forgets all.
 */
#include "base/arena.h"
#include "event/event.h"

/* Where and how a value was seen. Strings live in the facts' arena. */
struct note {
    enum field_id field;
    struct str value;   /* the element of the list, or the value, as text; a secret is already redacted */
    struct str excerpt; /* the words around it, already redacted, one line; may be empty */
    struct str via;     /* encodings between the file and this text, such as "base64>gzip"; empty for plain content */
    uint64_t offset;    /* in the content (or the unwrapped content when `via` is set; where the encoded text begins, of a secret
                           that was decoded in place) */
    uint32_t line;      /* counted from 1; 0 where lines make no sense */
    uint32_t column;    /* in bytes from 1; 0 likewise */
};

enum {
    FACTS_LIST_MAX = 256,  /* elements kept in one list field; more are counted in the field's .count sibling, if it has one */
    FACTS_LONG_LIST_MAX = 1 << 15, /* the same of FIELD_LONG: a package database is one file */
    FACTS_NOTES_MAX = 512, /* notes kept per event */
};

/* Elements that a list field holds at most. */
static inline size_t facts_list_max(enum field_id id)
{
    return FIELDS[id].flags & FIELD_LONG ? FACTS_LONG_LIST_MAX : FACTS_LIST_MAX;
}

/* What a field gives for one argument. */
struct fact_arg {
    struct fact_arg *next;
    enum field_id field;
    struct str arg;
    struct value value;
};

struct facts {
    struct event event; /* first: a facts pointer is an event pointer */
    struct event_run run;
    struct arena arena;
    struct value values[FIELD__N];
    uint64_t stated[(FIELD__N + 63) / 64]; /* a bit for each that was set or has a note: few, of a thousand */
    struct fact_arg *args; /* the last one stated first */
    struct note *notes;
    size_t n_notes;
    size_t n_lost; /* list elements and notes over the limits */
};

/* Ready for use as an event of that type at that time; call facts_done() at the end. */
void facts_init(struct facts *f);
/* Forgets the last event and begins another. num counts on by itself. */
void facts_reset(struct facts *f, enum event_type type, uint64_t time_ns);
/* Gives the memory back; may run twice. */
void facts_done(struct facts *f);

/* Setters replace; strings are copied into the arena. The field's type must agree (asserted). */
void facts_bool(struct facts *f, enum field_id id, bool v);
void facts_int(struct facts *f, enum field_id id, int64_t v);
/* A value of the field's type as another event gave it; texts and lists are copied. */
void facts_value(struct facts *f, enum field_id id, const struct value *v);
/* The same for a value whose text, lists and items are in the facts' arena already, the items of a list in room for a power of two. */
void facts_value_own(struct facts *f, enum field_id id, struct value v);
/* UINT, PORT, TIME and DURATION fields. */
void facts_uint(struct facts *f, enum field_id id, uint64_t v);
void facts_double(struct facts *f, enum field_id id, double v);
void facts_str(struct facts *f, enum field_id id, struct str v);
/* IP and NET fields. */
void facts_net(struct facts *f, enum field_id id, const struct net *v);
/*
 * What the field gives with this argument, such as evt.arg[flags]. That counts before what it gives without one; the value must be
 * one that needs no copy but of its text.
 */
void facts_arg(struct facts *f, enum field_id id, struct str arg, const struct value *v);
/*
 * Adds to a list field unless it is there already; true when it was added. Bounded by FACTS_LIST_MAX. Fields of ancestors
 * (FIELD_ANY) take every value, the parent first; so do those with FIELD_LONG, bounded by FACTS_LONG_LIST_MAX.
 */
bool facts_add(struct facts *f, enum field_id id, struct str v);
bool facts_add_uint(struct facts *f, enum field_id id, uint64_t v);
/* Adds one to a UINT field. */
void facts_count(struct facts *f, enum field_id id);
/* Says where `value` of `field` was seen; strings are copied. */
void facts_note(struct facts *f, const struct note *note);

/*
 * Adds what `from` knows and `to` does not: fields that are absent in `to`, and their notes. Strings are copied. For facts
 * that were found once and belong to several events, such as the program that many processes run.
 */
void facts_merge(struct facts *to, const struct facts *from);

/*
 * Replaces `secret` (4 bytes or more) by `shown` wherever it stands in the values of a string field and in its notes, for
 * when it turns out afterwards that a value holds something that must not be shown.
 */
void facts_redact(struct facts *f, enum field_id id, struct str secret, struct str shown);

/* Reading back, for analyzers that build on others' facts. */
static inline const struct value *facts_get(const struct facts *f, enum field_id id)
{
    return &f->values[id];
}
static inline bool facts_has(const struct facts *f, enum field_id id)
{
    return f->values[id].type != VALUE_NONE;
}
/* The first field from `from` on that was set or has a note; FIELD__N when there is none. */
int facts_next(const struct facts *f, int from);
/* The string of a STRING field, empty when absent. */
struct str facts_get_str(const struct facts *f, enum field_id id);
