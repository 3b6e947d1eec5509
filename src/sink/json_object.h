// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Building JSON objects out of bytes that need not be UTF-8. Inside the room only.
 *
 * A string that is UTF-8 is written as it is. In any other, each byte that is not part of valid UTF-8 becomes
 * \xHH, and a sibling "<key>_base64" holds the exact bytes (docs/report-format.md).
 */
#include <jansson.h>

#include "base/str.h"

/* A string in which bytes that are not UTF-8 are escaped. */
json_t *json_text(struct str s);
/* Sets the string, and "<key>_base64" when it is not UTF-8. */
void json_put(json_t *object, const char *key, struct str s);
/* The same unless it is empty. */
void json_put_any(json_t *object, const char *key, struct str s);
/* A number; a truth value. */
void json_put_count(json_t *object, const char *key, uint64_t n);
void json_put_bool(json_t *object, const char *key, bool b);
/* An array of strings in which bytes that are not UTF-8 are escaped. */
void json_put_list(json_t *object, const char *key, const struct str *v, size_t n);
/* Takes `value` over. */
void json_put_new(json_t *object, const char *key, json_t *value);
/* The same at the end of an array. */
void json_add_new(json_t *array, json_t *value);
/* As text_add_time() prints it, with nanoseconds. */
void json_put_time(json_t *object, const char *key, uint64_t ns);
