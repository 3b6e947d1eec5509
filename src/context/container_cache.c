// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/hash.h"
#include "context/container_cache.h"

struct entry {
    struct entry *chain;        /* next in its bucket */
    struct entry *newer, *older; /* by use */
    uint64_t hash;
    size_t bytes;
    struct container_info *info;
};

struct container_cache {
    struct entry **buckets;
    size_t n_buckets; /* power of two */
    size_t max;
    struct entry *newest, *oldest;
    struct container_cache_stats stats;
};

struct container_cache *container_cache_new(size_t max)
{
    struct container_cache *c = xnew(struct container_cache);
    c->max = max ? max : CONTAINER_CACHE_DEFAULT;
    c->n_buckets = 16;
    while (c->n_buckets < c->max && c->n_buckets < CONTAINER_CACHE_DEFAULT)
        c->n_buckets *= 2;
    c->buckets = xalloc(c->n_buckets * sizeof(struct entry *));
    return c;
}

static struct entry **find(const struct container_cache *c, struct str id, uint64_t hash)
{
    struct entry **p = &c->buckets[hash & (c->n_buckets - 1)];
    while (*p && ((*p)->hash != hash || !str_eq((*p)->info->id, id)))
        p = &(*p)->chain;
    return p;
}

static void unlink_use(struct container_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void link_newest(struct container_cache *c, struct entry *e)
{
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(struct container_cache *c, struct entry **p)
{
    struct entry *e = *p;
    *p = e->chain;
    unlink_use(c, e);
    c->stats.entries--;
    c->stats.bytes -= e->bytes;
    container_info_free(e->info);
    free(e);
}

struct container_cache *container_cache_free(struct container_cache *c)
{
    while (c && c->oldest)
        drop(c, find(c, c->oldest->info->id, c->oldest->hash));
    if (c)
        free(c->buckets);
    free(c);
    return NULL;
}

const struct container_info *container_cache_get(struct container_cache *c, struct str id)
{
    struct entry *e = *find(c, id, hash_str(id));
    if (!e) {
        c->stats.misses++;
        return NULL;
    }
    c->stats.hits++;
    unlink_use(c, e);
    link_newest(c, e);
    return e->info;
}

void container_cache_put(struct container_cache *c, struct container_info *info)
{
    uint64_t hash = hash_str(info->id);
    struct entry **p = find(c, info->id, hash), *e;
    if (*p) {
        drop(c, p);
        c->stats.replaced++;
    } else {
        c->stats.added++;
    }
    e = xnew(struct entry);
    e->hash = hash;
    e->info = info;
    e->bytes = sizeof(*e) + sizeof(*info) + info->arena.bytes;
    e->chain = c->buckets[hash & (c->n_buckets - 1)];
    c->buckets[hash & (c->n_buckets - 1)] = e;
    link_newest(c, e);
    c->stats.entries++;
    c->stats.bytes += e->bytes;
    while (c->oldest != e && (c->stats.entries > c->max || c->stats.bytes > CONTAINER_CACHE_BYTES)) {
        drop(c, find(c, c->oldest->info->id, c->oldest->hash));
        c->stats.evicted++;
    }
}

struct container_cache_stats container_cache_stats(const struct container_cache *c)
{
    return c->stats;
}
