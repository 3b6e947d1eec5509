// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "event/filter.h"

struct filter *filter_free(struct filter *f)
{
    if (f)
        free(f->paths);
    free(f);
    return NULL;
}

bool filter_is_normal(struct str text)
{
    struct str rest = text, part;
    if (str_is(text, "/"))
        return true;
    if (!text.n)
        return false;
    if (text.p[0] == '/')
        rest = str_sub(text, 1, text.n);
    if (text.n && text.p[text.n - 1] == '/')
        return false;
    while (str_split(&rest, '/', &part))
        if (!part.n || str_is(part, ".") || str_is(part, ".."))
            return false;
    return true;
}

static bool fits_text(const struct filter_path *p, struct str text)
{
    const struct str bytes = str_n(p->bytes, p->n);
    switch ((enum filter_fit)p->fit) {
    case FILTER_IS:
        return str_eq(text, bytes);
    case FILTER_BEGINS:
        return str_starts(text, bytes);
    case FILTER_ENDS:
        return str_ends(text, bytes);
    case FILTER_NAMED:
        return str_eq(str_basename(text), bytes);
    default:
        return false;
    }
}

static bool fits_end(const struct filter_path *p, const struct filter_event *e)
{
    if (p->fit == FILTER_PORT)
        for (size_t i = 0; i < e->n_ports; i++)
            if (e->ports[i] == ((uint8_t)p->bytes[0] << 8 | (uint8_t)p->bytes[1]))
                return true;
    if (p->fit != FILTER_NET4 && p->fit != FILTER_NET6)
        return false;
    struct net net = {.v6 = p->fit == FILTER_NET6, .prefix = (uint8_t)p->n};
    memcpy(net.bytes, p->bytes, sizeof(net.bytes));
    for (size_t i = 0; i < e->n_addresses; i++)
        if (net_contains(&net, &e->addresses[i]))
            return true;
    return false;
}

record_u64 filter_classes(const struct filter *f, const struct filter_event *e)
{
    record_u64 classes = f->everything;
    if (e->are_ends_untold)
        return ~0ULL;
    for (size_t t = 0; t < e->n_texts; t++)
        if (!e->texts[t].p || !filter_is_normal(e->texts[t]))
            return ~0ULL;
    for (size_t i = 0; i < f->n_paths; i++) {
        const struct filter_path *p = &f->paths[i];
        bool fits = fits_end(p, e);
        for (size_t t = 0; t < e->n_texts && !fits; t++)
            fits = fits_text(p, e->texts[t]);
        if (fits)
            classes |= p->classes;
    }
    return classes;
}

bool filter_pass(const struct filter *f, const struct filter_event *e)
{
    if (e->kind >= FILTER_KINDS)
        return true;
    const struct filter_kind *kind = &f->kinds[e->kind];
    if (!kind->wanted || !kind->n)
        return kind->wanted;
    const record_u64 classes = filter_classes(f, e);
    const record_u64 is_false = ~e->facts & ~e->untold, is_true = e->facts & ~e->untold;
    for (size_t i = 0; i < kind->n; i++) {
        const struct filter_clause *c = &kind->clauses[i];
        if (!(c->yes & is_false) && !(c->no & is_true) && (!c->paths || c->paths & classes))
            return true;
    }
    return false;
}
