// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rule/spots.h"

struct set {
    const uint32_t *v; /* entries, ascending */
    size_t n;
    uint64_t breadth;
};

struct spots {
    struct arena arena;
    VEC(struct spot) entries;
    VEC(struct set) sets; /* [SPOTS_ANY] is no set */
    struct map by_entry, by_set, joined;
    uint64_t work;
};

struct spots *spots_new(void)
{
    struct spots *p = xnew(struct spots);
    (void)vec_push(&p->sets);
    return p;
}

struct spots *spots_free(struct spots *p)
{
    if (!p)
        return NULL;
    vec_done(&p->entries);
    vec_done(&p->sets);
    map_done(&p->by_entry);
    map_done(&p->by_set);
    map_done(&p->joined);
    arena_done(&p->arena);
    free(p);
    return NULL;
}

static uint32_t intern_entry(struct spots *p, const struct spot *e)
{
    char room[2 + FILTER_PATH_MAX] = {(char)e->fit, (char)e->n};
    memcpy(room + 2, e->bytes.p, e->bytes.n);
    const struct str key = str_n(room, 2 + e->bytes.n);
    struct map_entry *known = map_get(&p->by_entry, key);
    if (known)
        return (uint32_t)known->u64;
    const struct str kept = arena_str(&p->arena, key);
    map_put(&p->by_entry, kept, NULL)->u64 = p->entries.n;
    vec_add(&p->entries, (struct spot){e->fit, str_sub(kept, 2, kept.n), e->n});
    return (uint32_t)p->entries.n - 1;
}

static uint64_t breadth_of(const struct spot *e)
{
    enum { NAME = 64, PORT = 8, TEXT = 4096, NET_BIT = 16 };
    switch (e->fit) {
    case FILTER_NAMED:
        return NAME;
    case FILTER_PORT:
        return PORT;
    case FILTER_BEGINS:
    case FILTER_ENDS:
        return TEXT / (e->n + 1);
    case FILTER_NET4:
    case FILTER_NET6:
        return 1 + (e->bytes.n * 8 - e->n) * NET_BIT;
    default:
        return 1;
    }
}

/* Takes ascending entries without repetition, in memory of the caller's. */
static uint32_t intern_set(struct spots *p, const uint32_t *v, size_t n)
{
    if (n > SPOTS_SET_MAX)
        return SPOTS_ANY;
    const struct str key = str_n(v, n * sizeof(*v));
    struct map_entry *known = map_get(&p->by_set, key);
    if (known)
        return (uint32_t)known->u64;
    uint32_t *kept = arena_array(&p->arena, uint32_t, n);
    struct set s = {.v = kept, .n = n};
    for (size_t i = 0; i < n; i++) {
        kept[i] = v[i];
        s.breadth += breadth_of(&p->entries.v[v[i]]);
    }
    map_put(&p->by_set, str_n(kept, n * sizeof(*kept)), NULL)->u64 = p->sets.n;
    vec_add(&p->sets, s);
    return (uint32_t)p->sets.n - 1;
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t spots_set(struct spots *p, const struct spot *v, size_t n)
{
    _cleanup_free_ uint32_t *ids = xalloc(n * sizeof(*ids));
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        ids[i] = intern_entry(p, &v[i]);
    if (n)
        qsort(ids, n, sizeof(*ids), compare);
    for (size_t i = 0; i < n; i++)
        if (!i || ids[i] != ids[kept - 1])
            ids[kept++] = ids[i];
    return intern_set(p, ids, kept);
}

uint32_t spots_join(struct spots *p, uint32_t a, uint32_t b)
{
    if (a == b || !a || !b)
        return a == b ? a : SPOTS_ANY;
    const uint32_t pair[2] = {a < b ? a : b, a < b ? b : a};
    const struct str key = str_n(pair, sizeof(pair));
    struct map_entry *known = map_get(&p->joined, key);
    if (known)
        return (uint32_t)known->u64;
    const struct set x = p->sets.v[a], y = p->sets.v[b];
    _cleanup_free_ uint32_t *all = xalloc((x.n + y.n) * sizeof(*all));
    size_t n = 0;
    p->work += x.n + y.n;
    for (size_t i = 0, k = 0; i < x.n || k < y.n;) {
        const bool from_x = i < x.n && (k == y.n || x.v[i] <= y.v[k]);
        const uint32_t e = from_x ? x.v[i] : y.v[k];
        i += i < x.n && x.v[i] == e;
        k += k < y.n && y.v[k] == e;
        all[n++] = e;
    }
    const uint32_t set = intern_set(p, all, n);
    map_put(&p->joined, arena_str(&p->arena, key), NULL)->u64 = set;
    return set;
}

bool spots_within(struct spots *p, uint32_t a, uint32_t b)
{
    if (a == b || !b)
        return true;
    if (!a)
        return false;
    const struct set *x = &p->sets.v[a], *y = &p->sets.v[b];
    size_t at = 0; /* what is before it in y is less than x's next */
    for (size_t i = 0; i < x->n; i++) {
        p->work++;
        if (x->n - i > y->n - at)
            return false;
        for (size_t step = y->n - at; step > 0; step /= 2)
            while (at + step <= y->n && y->v[at + step - 1] < x->v[i])
                at += step;
        if (at == y->n || y->v[at] != x->v[i])
            return false;
    }
    return true;
}

uint64_t spots_work(const struct spots *p)
{
    return p->work;
}

uint64_t spots_breadth(const struct spots *p, uint32_t set)
{
    return set ? p->sets.v[set].breadth : UINT32_MAX;
}

const uint32_t *spots_entries(const struct spots *p, uint32_t set, size_t *ret_n)
{
    *ret_n = p->sets.v[set].n;
    return p->sets.v[set].v;
}

const struct spot *spots_entry(const struct spots *p, uint32_t entry)
{
    return &p->entries.v[entry];
}
