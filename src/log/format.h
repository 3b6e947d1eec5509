// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Formats of logs. format.def lists them; each is a struct of functions in a file of its own. There are two kinds:
 *
 * - *Text*: bytes without borders that a parser of JSON could find. The reader shows the beginning of a file to sniff() of every
 *   text format and lets the surest one read the file: next() takes one record after the other off the bytes and says with
 *   log_set_…() what it holds. A line inside a JSON record (a message of CloudWatch, of the journal) goes the same way.
 * - *JSON*: the reader finds the borders of records whatever holds them (lines, arrays, {"Records":[…]}), parses one at a time
 *   and asks is_json() of each format in the order of the list; the first that says yes has the record. Its fields are answered
 *   when a rule asks, by get(), from the parsed record; or begin() sets values as a text format does.
 *
 * A decoder states what stands in the record. It never fails on hostile input, allocates in the record's arena only, and keeps to
 * log/limits.h.
 */
#include "log/node.h"
#include "log/values.h"

enum log_format {
#define FORMAT(id, name, ops) LOG_##id,
#include "log/format.def"
#undef FORMAT
    LOG_FORMAT__N,
    LOG_FORMAT__NONE = -1,
};

struct log_record;
struct log_state;
struct log_did;
struct log_answer;

enum log_next {
    LOG_RECORD,   /* a record was taken: values are set, *ret_used bytes belong to it */
    LOG_NOTHING,  /* *ret_used bytes say nothing: a comment, an empty line, a header */
    LOG_MORE,     /* the record goes on beyond what is at hand; never when is_end */
    LOG_BROKEN,   /* *ret_used bytes (at least 1) are no record of this format */
};

struct log_format_ops {
    enum event_type type;

    /* ---- text ---- */
    /* How sure it is that a file that begins with `head` (at most LOG_HEAD bytes, the last line may be cut) is of this format: 0: it is
     * not, 100: certain. NULL: no text format. */
    unsigned (*sniff)(struct str head);
    size_t state_size; /* of what it keeps for each file (the columns of a header), zeroed at its beginning */
    void (*done)(void *state); /* gives back what the state holds; may be NULL */
    /* Takes the next record off the front of `bytes`; `is_end`: the file ends with them. `*v` is cleared before. */
    enum log_next (*next)(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v);

    /* ---- JSON ---- */
    /* Whether the object is a record of this format; NULL: no JSON format. Must be cheap: a few members. */
    bool (*is_json)(struct node root);
    /* Sets v->time_ns, v->type where it is another one, and values for fields that get() does not answer. */
    void (*begin)(struct log_record *r);
    /* Gathers what many answers come from, in the record's arena; called once for a record, when it is asked for first. May be NULL. */
    const void *(*look)(const struct log_record *r);
    /* A text by its number in the table of answers (LOG_TEXT), in which nobody else has one; NULL: it is absent. */
    struct str (*text)(const struct log_record *r, unsigned which);
    /* What was done, and who it was as a digest of a state (log_state_digest()). NULL: that is not quickly told. */
    void (*did)(const struct log_record *r, const struct log_state *s, struct log_did *ret);
    /* event_ops.kind: of all that decides fields of a kind. NULL: it cannot be told. */
    uint64_t (*kind)(const struct log_record *r);
    /* Whether it is a login; NULL: that is not known before it is asked. */
    bool (*is_login)(const struct log_record *r);
    const struct log_answer *answers; /* log/record.h: how fields are answered from r->root; NULL: not by a table */
    /* Answers a field of which the table says nothing: 1, or 0 when the record does not say it. May be NULL. */
    int (*get)(const struct log_record *r, const struct field_ref *ref, struct value *ret);
};

/* Never NULL for a valid format. */
const struct log_format_ops *log_format_ops(enum log_format f);
/* log.format: "cloudtrail". */
const char *log_format_name(enum log_format f);
/* The text format that is surest of `head`; LOG_FORMAT__NONE when none is. */
enum log_format log_format_sniff(struct str head);
/* The JSON format of an object; LOG_FORMAT__NONE when it is none that is known. */
enum log_format log_format_of(struct node root);
/* The same, of those whose bit is set: the others are known to be none of its formats (log/known.h). */
enum log_format log_format_among(struct node root, uint64_t formats);

/* For formats with a record on each line: its bytes without the end of line (LF or CR LF). LOG_RECORD or LOG_MORE; *ret_used counts the end. */
enum log_next log_take_line(struct str bytes, bool is_end, size_t *ret_used, struct str *ret_line);
