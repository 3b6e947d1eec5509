// SPDX-License-Identifier: Apache-2.0
#pragma once
/* simdjson behind a face that C can use. One parser is for one thread, and for one text at a time. */
#include "base/error.h"
#include "log/node.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_parser;
/* For texts of up to `max` bytes. Never NULL. */
struct json_parser *json_parser_new(size_t max);
struct json_parser *json_parser_free(struct json_parser *p);
/*
 * Parses a text of which LOG_PADDING more bytes may be read. The node is valid until the next call. -EINVAL when it is no JSON,
 * -EILSEQ when it is not UTF-8, -E2BIG beyond `max`, or when nested deeper than 1024. `*ret_why`: static words of simdjson.
 */
int json_parser_run(struct json_parser *p, struct str text, struct node *ret, const char **ret_why);
/*
 * Where everything stands in several lines at once, of which LOG_PADDING more bytes may be read and which stay as they are until json_parser_forget():
 * each costs less then. False: some are broken, and each has to be looked at by itself.
 */
bool json_parser_ahead(struct json_parser *p, struct str lines);
/*
 * The record that begins at a place in those lines: *ret_text, whose node is valid until the next call. False: it is no plain one (log/plain.h) that is
 * a whole line, or not in them.
 */
bool json_parser_next(struct json_parser *p, const char *at, struct str *ret_text, struct node *ret);
void json_parser_forget(struct json_parser *p);
/* The shortest text that reads as the same number; at most 32 bytes. Returns its length. */
size_t json_double_text(double d, char ret[32]);

#ifdef __cplusplus
}
#endif
