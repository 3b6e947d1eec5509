// SPDX-License-Identifier: Apache-2.0
#include "inspect/patterns.h"

#include "base/vec.h"

struct subscription {
    patterns_hit *hit;
    void *state;
    unsigned number; /* the subscriber's */
    bool packed_too;
    uint32_t next;   /* another one for the same string, plus one; 0: none */
};

struct patterns {
    struct literals *literals;
    VEC(uint32_t) first; /* per string: its oldest subscription plus one */
    VEC(struct subscription) subscriptions;
    bool packed_too; /* of those that are added now */
};

struct patterns *patterns_new(void)
{
    struct patterns *p = xnew(struct patterns);
    p->literals = literals_new();
    return p;
}

struct patterns *patterns_free(struct patterns *p)
{
    if (!p)
        return NULL;
    literals_free(p->literals);
    vec_done(&p->first);
    vec_done(&p->subscriptions);
    free(p);
    return NULL;
}

void patterns_for(struct patterns *p, bool packed_too)
{
    p->packed_too = packed_too;
}

void patterns_add(struct patterns *p, struct str text, bool nocase, bool once, patterns_hit *hit, void *state,
                  unsigned number)
{
    unsigned literal = literals_add(p->literals, text, nocase, once);
    while (p->first.n <= literal)
        vec_add(&p->first, 0);
    vec_add(&p->subscriptions, (struct subscription){hit, state, number, p->packed_too, 0});
    uint32_t *at = &p->first.v[literal];
    while (*at)
        at = &p->subscriptions.v[*at - 1].next;
    *at = (uint32_t)p->subscriptions.n;
}

int patterns_compile(struct patterns *p, struct cache *cache, struct error *err)
{
    return literals_compile_cached(p->literals, cache, err);
}

struct pass {
    const struct patterns *patterns;
    const struct content *content;
    bool packed;
};

static int on_hit(void *ctx, unsigned literal, size_t end)
{
    const struct pass *pass = ctx;
    for (uint32_t i = pass->patterns->first.v[literal]; i; i = pass->patterns->subscriptions.v[i - 1].next) {
        const struct subscription *s = &pass->patterns->subscriptions.v[i - 1];
        if (s->packed_too || !pass->packed)
            s->hit(s->state, s->number, pass->content, end);
    }
    return 0;
}

int patterns_scan(struct patterns *p, const struct content *c, bool packed)
{
    int r = literals_scan(p->literals, c->data, on_hit, &(struct pass){p, c, packed});
    return r < 0 ? r : 0;
}
