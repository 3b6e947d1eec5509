// SPDX-License-Identifier: Apache-2.0
#include "sink/live_held.h"

#include "base/hash.h"
#include "base/intl.h"
#include "base/text.h"
#include "sink/live_private.h"

void live_held_add(struct live_held *h, struct strbuf *text, const struct live_seam *seam, const struct alert *a, uint64_t due_ms)
{
    struct held *e = vec_push(h);
    *e = (struct held){.text = *text, .seam = *seam, .num = a->num, .rule = hash_str(a->name), .due_ms = due_ms};
    *text = (struct strbuf){};
}

void live_held_case(struct live_held *h, const struct live_case *c, const struct live_look *look)
{
    const uint64_t rule = hash_str(c->rule);
    size_t i = 0;
    while (i < h->n && (h->v[i].is_ready || h->v[i].num != c->num || h->v[i].rule != rule))
        i++;
    if (i == h->n)
        return;
    struct held *e = &h->v[i];
    struct strbuf whole = {};
    strbuf_add(&whole, str_sub(strbuf_str(&e->text), 0, e->seam.at));
    live_add_case(&whole, c, e->seam.column, look);
    strbuf_add(&whole, str_sub(strbuf_str(&e->text), e->seam.at, e->text.n));
    strbuf_done(&e->text);
    e->text = whole;
    e->is_ready = true;
}

struct strbuf *live_held_next(struct live_held *h, uint64_t now_ms)
{
    return h->n && (h->v[0].is_ready || h->v[0].due_ms <= now_ms || h->n > LIVE_HELD_MAX) ? &h->v[0].text : NULL;
}

void live_held_drop(struct live_held *h)
{
    strbuf_done(&h->v[0].text);
    memmove(h->v, h->v + 1, --h->n * sizeof(h->v[0]));
}

void live_held_done(struct live_held *h)
{
    while (h->n)
        live_held_drop(h);
    vec_done(h);
}
