// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A hash map from byte strings to a pointer-sized value. Keys are borrowed: they must live as long as the map (copy them
 * into an arena first). Insertion order is kept, so that output is the same on every run. A zeroed map is ready.
 * Entries are not removed one by one; what must expire belongs in a cache.
 */
#include "base/hash.h"

struct map_entry {
    struct str key;
    uint64_t hash;
    union {
        void *ptr;
        uint64_t u64;
    };
};

struct map {
    struct map_entry *v; /* entries in the order they were added: v[0 … n-1] */
    size_t n, capacity;
    uint32_t *slots; /* index into v plus one; 0 = free */
    size_t n_slots;  /* power of two */
};

/* The entry of `key`, NULL when there is none. Valid until the next map_put(). */
struct map_entry *map_get(const struct map *m, struct str key);
/* The entry of `key`, added with value 0 when there was none (*ret_new tells, may be NULL). Valid until the next map_put(). */
struct map_entry *map_put(struct map *m, struct str key, bool *ret_new);
/* Forgets the entries, keeps the memory. */
void map_clear(struct map *m);
void map_done(struct map *m);
static inline bool map_has(const struct map *m, struct str key)
{
    return map_get(m, key);
}
