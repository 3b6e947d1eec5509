// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * An arena: many small allocations, given back at once. Allocation never fails (see base/alloc.h): callers bound what
 * comes from outside before they copy it in. Embedded use: `_cleanup_(arena_done) struct arena a = {};` — a zeroed arena
 * is ready. It does not grow allocations in place, free single ones, or run destructors.
 */
#include "base/str.h"

struct arena_chunk;
struct arena {
    struct arena_chunk *chunk; /* the newest */
    size_t bytes;              /* handed out since the last reset */
};

/* Zeroed, aligned for any type, valid until arena_reset() or arena_done(). */
void *arena_alloc(struct arena *a, size_t n) __attribute__((__malloc__, __returns_nonnull__));
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, count) ((type *)arena_alloc_array((a), (count), sizeof(type)))
/* count things of `size` bytes; aborts when the product does not fit. */
void *arena_alloc_array(struct arena *a, size_t count, size_t size) __attribute__((__returns_nonnull__));
/* A copy, with a NUL after it that does not count. */
struct str arena_str(struct arena *a, struct str s);
/* Formatted text, with a NUL after it that does not count. */
struct str arena_printf(struct arena *a, const char *fmt, ...) __attribute__((__format__(__printf__, 2, 3)));
/* Everything handed out becomes invalid; one chunk is kept for the next round. */
void arena_reset(struct arena *a);
/* Gives everything back; may run twice. */
void arena_done(struct arena *a);
