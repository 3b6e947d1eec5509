// SPDX-License-Identifier: Apache-2.0
#include "rule/recall.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"

struct entry {
    uint32_t type, n; /* n 0: free */
    char key[RECALL_KEY];
};

struct recall {
    size_t n_words;
    uint64_t k0, k1;
    struct {
        uint32_t tries, hits, pause;
    } types[EVENT__N];
    struct entry entries[RECALL_ENTRIES];
    uint64_t *sets; /* n_words for each entry */
};

struct recall *recall_new(size_t n_words)
{
    struct recall *r = xnew(struct recall);
    r->n_words = n_words;
    r->k0 = hash_bytes("0", 1);
    r->k1 = hash_bytes("1", 1);
    r->sets = xalloc(n_words * RECALL_ENTRIES * sizeof(*r->sets));
    return r;
}

struct recall *recall_free(struct recall *r)
{
    if (r)
        free(r->sets);
    free(r);
    return NULL;
}

bool recall_pays(struct recall *r, enum event_type type)
{
    typeof(&r->types[0]) t = &r->types[type];
    if (t->pause) {
        t->pause--;
        return false;
    }
    if (++t->tries == RECALL_TRIAL) {
        t->pause = t->hits * 2 < t->tries ? RECALL_PAUSE : 0;
        t->tries = t->hits = 0;
    }
    return true;
}

static size_t place_of(const struct recall *r, struct str key)
{
    return hash_quick(key.p, key.n, r->k0, r->k1) % RECALL_ENTRIES;
}

/* Word by word, as the first of them were written a moment ago. */
static bool is_equal(const char *a, const char *b, size_t n)
{
    uint64_t x, y;
    for (; n >= sizeof(x); n -= sizeof(x), a += sizeof(x), b += sizeof(x)) {
        memcpy(&x, a, sizeof(x));
        memcpy(&y, b, sizeof(y));
        if (x != y)
            return false;
    }
    return !memcmp(a, b, n);
}

const uint64_t *recall_find(struct recall *r, enum event_type type, struct str key)
{
    const size_t at = place_of(r, key);
    const struct entry *e = &r->entries[at];
    if (e->n != key.n || e->type != (uint32_t)type || !is_equal(e->key, key.p, key.n))
        return NULL;
    r->types[type].hits++;
    return &r->sets[at * r->n_words];
}

void recall_learn(struct recall *r, enum event_type type, struct str key, const uint64_t *set)
{
    const size_t at = place_of(r, key);
    struct entry *e = &r->entries[at];
    e->type = (uint32_t)type;
    e->n = (uint32_t)key.n;
    memcpy(e->key, key.p, key.n);
    memcpy(&r->sets[at * r->n_words], set, r->n_words * sizeof(*set));
}
