// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The containers that are known now, by full id. Bounded: the one that was not asked for longest makes room. Not for
 * several threads at once. One that ended stays: late records and findings name it, and its id is never used again.
 */
#include "context/container.h"

enum {
    CONTAINER_CACHE_DEFAULT = 4096,      /* a node of Kubernetes runs 110 pods, a builder some hundred containers an hour */
    CONTAINER_CACHE_BYTES = 64 << 20,    /* of memory taken */
};

struct container_cache;

struct container_cache_stats {
    uint64_t entries, bytes;              /* now */
    uint64_t hits, misses;                /* of container_cache_get() */
    uint64_t added, replaced, evicted;
};

/* At most `max` containers, 0: CONTAINER_CACHE_DEFAULT. The caller frees it. */
struct container_cache *container_cache_new(size_t max);
struct container_cache *container_cache_free(struct container_cache *cache);
DEFINE_CLEANUP(struct container_cache *, container_cache_free)

/* NULL when it is not known. Valid until the next put. */
const struct container_info *container_cache_get(struct container_cache *cache, struct str id);
/* Takes a sealed container over, in place of one with the same id. */
void container_cache_put(struct container_cache *cache, struct container_info *info);
struct container_cache_stats container_cache_stats(const struct container_cache *cache);
