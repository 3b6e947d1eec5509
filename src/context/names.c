// SPDX-License-Identifier: Apache-2.0
#include "context/names.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"

enum { KEY_MAX = 32 };

/* Two generations: the young one takes what is told; when it is half full, it becomes the old one. */
struct generation {
    struct arena arena;
    struct map map;
};

struct names {
    size_t max;
    struct generation young, old;
};

struct names *names_new(size_t max)
{
    struct names *n = xnew(struct names);
    n->max = max;
    return n;
}

static void generation_done(struct generation *g)
{
    map_done(&g->map);
    arena_done(&g->arena);
}

struct names *names_free(struct names *n)
{
    if (!n)
        return NULL;
    generation_done(&n->young);
    generation_done(&n->old);
    free(n);
    return NULL;
}

static struct str make_key(char room[KEY_MAX], uint32_t space, const void *key, size_t size)
{
    if (size > KEY_MAX - sizeof(space))
        size = KEY_MAX - sizeof(space);
    memcpy(room, &space, sizeof(space));
    memcpy(room + sizeof(space), key, size);
    return str_n(room, sizeof(space) + size);
}

void names_put(struct names *n, uint32_t space, const void *key, size_t size, const struct name *name)
{
    char room[KEY_MAX];
    struct str k = make_key(room, space, key, size);
    struct map_entry *entry = map_get(&n->young.map, k);
    if (entry) {
        const struct name *have = entry->ptr;
        if (str_eq(have->name, name->name) && str_eq(have->home, name->home) && str_eq(have->shell, name->shell))
            return;
    }
    /* Names that change again and again use up room too. */
    if (n->young.map.n >= n->max / 2 || n->young.arena.bytes > n->max * 256) {
        generation_done(&n->old);
        n->old = n->young;
        n->young = (struct generation){};
        entry = NULL;
    }
    struct arena *a = &n->young.arena;
    struct name *copy = arena_new(a, struct name);
    *copy = (struct name){.name = arena_str(a, name->name), .home = arena_str(a, name->home), .shell = arena_str(a, name->shell)};
    if (!entry)
        entry = map_put(&n->young.map, arena_str(a, k), NULL);
    entry->ptr = copy;
}

const struct name *names_get(struct names *n, uint32_t space, const void *key, size_t size)
{
    char room[KEY_MAX];
    struct str k = make_key(room, space, key, size);
    const struct map_entry *entry = map_get(&n->young.map, k);
    if (!entry)
        entry = map_get(&n->old.map, k);
    return entry ? entry->ptr : NULL;
}

size_t names_count(const struct names *n)
{
    return n->young.map.n + n->old.map.n;
}

size_t names_bytes(const struct names *n)
{
    return sizeof(*n) + n->young.arena.bytes + n->old.arena.bytes +
           (n->young.map.capacity + n->old.map.capacity) * sizeof(struct map_entry) +
           (n->young.map.n_slots + n->old.map.n_slots) * sizeof(uint32_t);
}
