// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Many fixed strings searched at once: one vectorscan database, one pass over the bytes whatever the number
 * of strings. Add strings, compile once, scan often. One `literals` belongs to one thread (it owns the
 * scratch memory).
 */
#include "base/arena.h"
#include "base/cache.h"
#include "base/error.h"

struct literals;

struct literals *literals_new(void);
struct literals *literals_free(struct literals *l);
DEFINE_CLEANUP(struct literals *, literals_free)
/*
 * Adds a string (copied, not empty) and gives its number, counted from 0; the same string with the same case rule has one
 * number. `once`: report only its first place in each scan. Only before literals_compile().
 */
unsigned literals_add(struct literals *l, struct str s, bool nocase, bool once);
/* 0, or -EINVAL with the library's reason. An empty set compiles to one that finds nothing. */
int literals_compile(struct literals *l, struct error *err);
/* The same, with the database kept in a cache (may be NULL) between runs. */
int literals_compile_cached(struct literals *l, struct cache *cache, struct error *err);
/* Called for each place, ordered by end: the string `number` ends before data.p[end]. Non-zero stops the
 * scan. */
typedef int literals_hit(void *ctx, unsigned number, size_t end);
/* 0 at the end, 1 when the callback stopped it, -EIO when the library refuses. */
int literals_scan(struct literals *l, struct str data, literals_hit *hit, void *ctx);
