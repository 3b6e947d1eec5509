// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"

static uint32_t *find_slot(const struct map *m, struct str key, uint64_t hash)
{
    for (size_t i = hash & (m->n_slots - 1);; i = (i + 1) & (m->n_slots - 1)) {
        uint32_t *slot = &m->slots[i];
        if (!*slot)
            return slot;
        const struct map_entry *e = &m->v[*slot - 1];
        if (e->hash == hash && str_eq(e->key, key))
            return slot;
    }
}

static void grow(struct map *m)
{
    free(m->slots);
    m->n_slots = m->n_slots ? m->n_slots * 2 : 16;
    m->slots = xalloc(m->n_slots * sizeof(*m->slots));
    for (size_t i = 0; i < m->n; i++)
        *find_slot(m, m->v[i].key, m->v[i].hash) = (uint32_t)i + 1;
}

struct map_entry *map_get(const struct map *m, struct str key)
{
    if (!m->n)
        return NULL;
    uint32_t slot = *find_slot(m, key, hash_str(key));
    return slot ? &m->v[slot - 1] : NULL;
}

struct map_entry *map_put(struct map *m, struct str key, bool *ret_new)
{
    if ((m->n + 1) * 2 > m->n_slots)
        grow(m);
    uint64_t hash = hash_str(key);
    uint32_t *slot = find_slot(m, key, hash);
    if (ret_new)
        *ret_new = !*slot;
    if (!*slot) {
        if (m->n == UINT32_MAX - 1)
            abort();
        if (m->n == m->capacity) {
            m->capacity = m->capacity ? m->capacity * 2 : 8;
            m->v = xrealloc(m->v, m->capacity, sizeof(*m->v));
        }
        m->v[m->n] = (struct map_entry){.key = key, .hash = hash};
        *slot = (uint32_t)++m->n;
    }
    return &m->v[*slot - 1];
}

void map_clear(struct map *m)
{
    m->n = 0;
    if (m->slots)
        memset(m->slots, 0, m->n_slots * sizeof(*m->slots));
}

void map_done(struct map *m)
{
    free(m->v);
    free(m->slots);
    *m = (struct map){};
}
