// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which regular expressions are known to be right, kept in the cache: compiling hundreds of them only to see that is most of
 * the time that loading rules for secrets takes.
 */
#include "base/cache.h"
#include "base/regex.h"

struct regex_known;

/* `cache` may be NULL: then nothing is known, and nothing kept. It must outlive the result. */
struct regex_known *regex_known_new(struct cache *cache);
/* Keeps what was learnt. */
struct regex_known *regex_known_free(struct regex_known *k);
/* regex_new(), or regex_later() for a pattern that was compiled before. `k` may be NULL. */
int regex_known_get(struct regex_known *k, struct str pattern, enum regex_syntax syntax, size_t max_bytes,
                    struct regex **ret, struct error *err);
/* regex_needs(), or what it said before. */
bool regex_known_needs(struct regex_known *k, const struct regex *r, const struct str *words, size_t n);
