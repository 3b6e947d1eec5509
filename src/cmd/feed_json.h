// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * JSON that somebody else wrote: measured in one pass before anything is built from it, because a parsed value takes up to a
 * hundred times the bytes of its text.
 */
#include <jansson.h>

#include "base/error.h"
#include "base/strbuf.h"

enum {
    FEED_JSON_DEPTH = 32,          /* a report nests eight deep */
    FEED_JSON_VALUES = 2'000'000,  /* values and keys: 20,000 findings; half a gigabyte parsed */
    FEED_REPORT_BYTES = 256 << 20, /* texts of findings are long */
    FEED_LAYOUT_BYTES = 4 << 20,   /* an index or a manifest; registries take no more */
};

/*
 * Parses a whole document. -EINVAL with name:line:column when it is no JSON or repeats a key, -EFBIG when it is deeper or holds
 * more than the limits above.
 */
int feed_json_parse(const char *name, struct str text, json_t **ret, struct error *err);
/* A member that is a string; STR_NULL when it is not there or something else. `object` may be NULL. */
struct str feed_json_str(const json_t *object, const char *key);
static inline void feed_json_freep(json_t **j)
{
    json_decref(*j);
}
