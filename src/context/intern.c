// SPDX-License-Identifier: Apache-2.0
#include "context/intern.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"

static void grow(struct interner *in)
{
    size_t n = in->n_buckets ? in->n_buckets * 2 : 64;
    struct interned **buckets = xalloc(n * sizeof(struct interned *));
    for (size_t i = 0; i < in->n_buckets; i++)
        for (struct interned *s = in->buckets[i], *next; s; s = next) {
            next = s->next;
            s->next = buckets[s->hash & (n - 1)];
            buckets[s->hash & (n - 1)] = s;
        }
    free(in->buckets);
    in->buckets = buckets;
    in->n_buckets = n;
}

struct interned *intern(struct interner *in, struct str s)
{
    if (in->n >= in->n_buckets)
        grow(in);
    uint64_t hash = hash_str(s);
    struct interned **bucket = &in->buckets[hash & (in->n_buckets - 1)];
    for (struct interned *have = *bucket; have; have = have->next)
        if (have->hash == hash && str_eq(intern_str(have), s))
            return intern_share(have);
    struct interned *new = xalloc(sizeof(*new) + s.n + 1);
    new->hash = hash;
    new->refs = 1;
    new->n = (uint32_t)s.n;
    if (s.n)
        memcpy(new->bytes, s.p, s.n);
    new->next = *bucket;
    *bucket = new;
    in->n++;
    in->bytes += sizeof(*new) + s.n + 1;
    return new;
}

struct interned *intern_drop(struct interner *in, struct interned *s)
{
    if (!s || --s->refs)
        return NULL;
    struct interned **at = &in->buckets[s->hash & (in->n_buckets - 1)];
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    in->n--;
    in->bytes -= sizeof(*s) + s->n + 1;
    free(s);
    return NULL;
}

void intern_set(struct interner *in, struct interned **s, struct str to)
{
    if (*s && str_eq(intern_str(*s), to))
        return;
    struct interned *new = intern(in, to);
    intern_drop(in, *s);
    *s = new;
}

void interner_done(struct interner *in)
{
    for (size_t i = 0; i < in->n_buckets; i++)
        for (struct interned *s = in->buckets[i], *next; s; s = next) {
            next = s->next;
            free(s);
        }
    free(in->buckets);
    *in = (struct interner){};
}
