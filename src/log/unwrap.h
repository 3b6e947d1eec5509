// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * From the text of a JSON value to the object that a format describes: it may be a member of another one (`detail` of EventBridge), the
 * text of a string (a message of CloudWatch, CloudTrailEvent of lookup-events), or columns of a table (Athena, CloudTrail Lake). A string
 * that is no JSON may be a line of a text format.
 */
#include "base/strbuf.h"
#include "log/known.h"
#include "log/parser.h"
#include "log/record.h"

struct log_unwrap {
    struct json_parser *parsers[LOG_NESTING]; /* made when they are needed */
    struct strbuf texts[LOG_NESTING];         /* that the inner ones read, with padding */
    struct log_many {
        struct strbuf text;                   /* of several records that one value held, with padding */
        size_t at;                            /* what is left of it */
        bool is_lines;                        /* lines of a text format, which keeps something of each for the next */
        enum log_format format;
        void *state;
    } many[LOG_MANY];                         /* a record of several may hold several */
    unsigned n_many;                          /* that are not over */
    struct json_parser *head_parser;          /* of what rows of a table mean */
    struct strbuf head, row;                  /* what it parsed, with padding; a row as an object */
    struct node head_root;
    struct arena arena;                       /* what was packed in the value at hand */
    const char *ahead_end;                    /* of the lines that were looked at together last, within those at hand; NULL: nobody did yet */
};

/* Names of members that are looked into. */
void log_unwrap_names(void (*take)(struct str name, enum known_group group));
void log_unwrap_init(struct log_unwrap *u);
void log_unwrap_done(struct log_unwrap *u);
/*
 * The record at the front of the lines at hand, when many of them can be looked at together: as json_parser_next(), to be given to log_unwrap_node(). log_unwrap_filled()
 * says that there are other lines.
 */
bool log_unwrap_ahead(struct log_unwrap *u, struct str window, struct str *ret_text, struct node *ret);
void log_unwrap_filled(struct log_unwrap *u);
/*
 * The next of several records that the value given last held (a batch of Event Hub in a message, an answer of Athena): 1; 0: there is none; -errno
 * and *ret_why as log_unwrap_json(): one of them is broken.
 */
int log_unwrap_next(struct log_unwrap *u, struct log_record *ret, const char **ret_why);
/*
 * Parses `text`, of which LOG_PADDING more bytes may be read; sets format, root and text of the record, or its values when a text format
 * has it. 1: it holds several: ask log_unwrap_next(). -EINVAL when it is no JSON object, or another -errno of the parser; *ret_why: static words.
 */
int log_unwrap_json(struct log_unwrap *u, struct str text, struct log_record *ret, const char **ret_why);
/* The same of a text that is parsed. */
int log_unwrap_node(struct log_unwrap *u, struct str text, struct node root, struct log_record *ret, const char **ret_why);
/* A line of the text format that is surest of it; false when there is none or it is no record. */
bool log_unwrap_text(struct str text, struct log_record *ret, size_t *ret_used);
/*
 * As log_unwrap_json(), of a row of a table or a line of Loki (log/holder.h): `head` is what stands before them. What it becomes is an object: columns by their names; a line
 * as "line", with "timestamp" and "stream".
 */
int log_unwrap_row(struct log_unwrap *u, struct str head, struct str text, bool is_line, struct log_record *ret, const char **ret_why);
/* Whether the value given last holds more records. */
static inline bool log_unwrap_has_more(const struct log_unwrap *u)
{
    return u->n_many;
}
