// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * From the text of a JSON value to the object that a format describes: it may be a member of another one (`detail` of EventBridge), the
 * text of a string (a message of CloudWatch, CloudTrailEvent of lookup-events), or columns of a table (Athena, CloudTrail Lake). A string
 * that is no JSON may be a line of a text format.
 */
#include "base/strbuf.h"
#include "log/parser.h"
#include "log/record.h"

struct log_unwrap {
    struct json_parser *parsers[LOG_NESTING]; /* made when they are needed */
    struct strbuf texts[LOG_NESTING];         /* that the inner ones read, with padding */
};

void log_unwrap_init(struct log_unwrap *u);
void log_unwrap_done(struct log_unwrap *u);
/*
 * Parses `text`, of which LOG_PADDING more bytes may be read; sets format, root and text of the record, or its values when a text format
 * has it. -EINVAL when it is no JSON object, or another -errno of the parser; *ret_why: static words.
 */
int log_unwrap_json(struct log_unwrap *u, struct str text, struct log_record *ret, const char **ret_why);
/* A line of the text format that is surest of it; false when there is none or it is no record. */
bool log_unwrap_text(struct str text, struct log_record *ret, size_t *ret_used);
