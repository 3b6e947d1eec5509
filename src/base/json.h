// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Config-sized JSON from strangers: jansson behind bounds, with readers that take nothing for granted. */
#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

enum {
    JSON_DEPTH = 64,          /* nesting of brackets; manifests, configurations and states of runtimes have under 16 */
    JSON_VALUES = 512 << 10,  /* of one document: an empty object costs 240 bytes, so at most 128 MB */
};

/* The caller frees with json_decref() (jansson brings the cleanup function json_decrefp). -EINVAL with
 * jansson's message and place, or when nested deeper than allowed or of too many
 * values. */
int json_parse(struct str text, json_t **ret, struct error *err);
/* Appends the tree as text, with jansson's flags. `tree` is of our making: only memory can fail it, which aborts. */
void json_add(struct strbuf *b, const json_t *tree, size_t flags);
/* The string member, copied to the arena; empty when it is missing, null or of another type (*wrong counts
 * that). */
struct str json_get_str(const json_t *o, const char *key, struct arena *a, size_t *wrong);
/* A list of strings (one string counts as a list of one); members of other types are left out and counted. */
size_t json_get_list(const json_t *o, const char *key, struct arena *a, const struct str **ret,
                     size_t *wrong);
/* The names of an object, or name=value for string values when `with_values`. */
size_t json_get_names(const json_t *o, const char *key, bool with_values, struct arena *a,
                      const struct str **ret, size_t *wrong);
