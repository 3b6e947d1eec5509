// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A record of a log as an event. Everything in it is valid until the reader makes the next one.
 *
 *     bytes ─▶ input (gzip, zstd) ─▶ reader: borders ─▶ parser (JSON) ─▶ format ─▶ event
 *                                                    └▶ text format ────────────┘
 *
 * Fields are answered in this order: json.*, jevt.* and log.* here; what the decoder set as values; get() of the format.
 */
#include "event/event.h"
#include "log/format.h"

struct log_sum;
struct log_record {
    struct event event;      /* first: the ops find the record by it */
    enum log_format format;
    const struct log_format_ops *ops; /* of the format */
    const char *file;        /* as it was named, or found below a folder; "-": standard input */
    uint64_t number, offset; /* of the record in its file, from 1; of its first byte in the unpacked bytes, from 0 */
    uint64_t line;           /* from 1; 0: not known, because the file is no text of lines */
    struct str text;         /* its bytes; empty when it is a member of another object */
    struct node root;        /* of a JSON record: the object that the format describes; else absent */
    struct log_values values;
    const void *view;        /* of log_format_ops.look(); NULL: nobody asked yet */
    const struct log_sum *sum; /* what it adds up to with those before it (log/sum.h); NULL: not known */
    struct arena arena;      /* for what is not in the bytes as it is asked for; reset with each record */
};

static inline const struct log_record *log_record_of(const struct event *e)
{
    return (const struct log_record *)e;
}

/*
 * Of events that a log reader makes. Beside fields of logs they answer what sinks and cases ask of every event: user.name, fd.rip, proc.name.
 */
extern const struct event_ops LOG_EVENT_OPS;

/* ---- for decoders ---- */

/* Where a record's answers lie that do not stand in it as they are; reset with the next record. */
struct arena *log_arena(const struct log_record *r);
/* What the format's look() gathered of it, which happens once. */
const void *log_view(const struct log_record *r);
/* Gives a text value: 1, or 0 when it is empty. */
int log_give_str(struct str s, struct value *ret);
/* A node as text; absent and null give 0. */
int log_give_text(const struct log_record *r, struct node n, struct value *ret);
int log_give_bool(bool b, struct value *ret);
int log_give_uint(uint64_t u, struct value *ret);
/*
 * The first of several places that has a value other than an object, as text: log_first(r, "a/b", "c", NULL) with JSON pointers without the first /.
 */
#define log_first(r, ...) log_first_of((r), (const char *const[]){__VA_ARGS__})
struct str log_first_of(const struct log_record *r, const char *const *pointers);
/* The first that is an address, likewise. */
#define log_give_first_ip(r, ret, ...) log_give_first_ip_of((r), (ret), (const char *const[]){__VA_ARGS__})
int log_give_first_ip_of(const struct log_record *r, struct value *ret, const char *const *pointers);
/* Text as an address; 0 when it is none. */
int log_give_ip(const struct log_record *r, struct str s, struct value *ret);
/* "2024-07-31T14:23:46.123Z", with an offset or without, a blank in place of T: nanoseconds since the epoch; 0 when it is no time. */
uint64_t log_time(struct str s);
/* A time as text of the kind above, or as seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size; 0: none. */
uint64_t log_node_time(struct node n);

/*
 * A list that is built up in the record's arena; elements beyond LOG_LIST_MAX and empty ones are left out.
 * log_list_give() gives it with the index of `ref` applied, when it has one.
 */
struct log_list {
    struct arena *arena;
    struct value *v;
    size_t n;
};
struct log_list log_list(const struct log_record *r);
void log_list_add(struct log_list *l, struct str s);
/* The elements of an array as text, or the one value of anything else. */
void log_list_add_all(struct log_list *l, const struct log_record *r, struct node n);
int log_list_give(struct log_list *l, const struct field_ref *ref, struct value *ret);

/*
 * How a JSON format answers a field: by a JSON pointer from the root (without the first /), whose text is the value, by a function, or by one of its
 * texts: LOG_TEXT(number).
 * Tables are arrays with a place for every field of field_log.def: [LOG_FIELD(CT_ID)] = {"eventID"}.
 */
struct log_answer {
    const char *pointer;
    int (*get)(const struct log_record *r, const struct field_ref *ref, struct value *ret);
    unsigned text; /* 1 + its number; 0: none */
};
#define LOG_TEXT(number) {.text = 1 + (number)}
#define LOG_FIELD(id) (F_##id - F_JSON_VALUE)
enum { LOG_FIELDS_N = F_GUARDDUTY_COUNT - F_JSON_VALUE + 1 };
