// SPDX-License-Identifier: Apache-2.0
#include "intel/net_map.h"

#include <errno.h>

static net_number number_of(const struct net *n)
{
    net_number x = 0;
    for (size_t i = 0; i < (n->v6 ? 16 : 4); i++)
        x = x << 8 | n->bytes[i];
    return x;
}

int net_map_add(struct net_map *m, const struct net *net, uint16_t value)
{
    const unsigned bits = net->v6 ? 128 : 32;
    if (net->v6 > 1 || net->prefix > bits || !value)
        return -EINVAL;
    struct net_map_family *f = &m->families[net->v6];
    if (f->given.n >= NET_MAP_MAX)
        return -EFBIG;
    const net_number all = bits == 128 ? ~(net_number)0 : UINT32_MAX, hosts = net->prefix == bits ? 0 : all >> net->prefix;
    const net_number first = number_of(net) & ~hosts;
    vec_add(&f->given, {first, first | hosts, (uint32_t)f->given.n, value});
    return 0;
}

/* By where they begin, then the widest, then as they were given. */
static int compare(const void *a, const void *b)
{
    const struct net_given *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->last != y->last)
        return x->last > y->last ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void step(struct net_map_family *f, net_number first, uint16_t value)
{
    if (f->steps.n && f->steps.v[f->steps.n - 1].first == first)
        f->steps.n--; /* a narrower one begins at the same place */
    if (f->steps.n ? f->steps.v[f->steps.n - 1].value == value : !value)
        return;
    vec_add(&f->steps, {first, value});
}

/* What holds again behind the networks that end before `until`. */
static size_t close_until(struct net_map_family *f, const struct net_given **around, size_t depth, const net_number *until)
{
    while (depth && (!until || around[depth - 1]->last < *until)) {
        const net_number next = around[--depth]->last + 1;
        /* one that ends together with the one around it leaves the word to that */
        if (next && !(depth && around[depth - 1]->last == around[depth]->last))
            step(f, next, depth ? around[depth - 1]->value : 0);
    }
    return depth;
}

static void seal(struct net_map_family *f)
{
    enum { DEPTH = 130 }; /* a network for each prefix length */
    const struct net_given *around[DEPTH];
    size_t depth = 0;
    if (f->given.n)
        qsort(f->given.v, f->given.n, sizeof(f->given.v[0]), compare);
    for (size_t i = 0; i < f->given.n; i++) {
        const struct net_given *const g = &f->given.v[i];
        depth = close_until(f, around, depth, &g->first);
        if (depth && around[depth - 1]->first == g->first && around[depth - 1]->last == g->last)
            depth--;
        around[depth++] = g;
        step(f, g->first, g->value);
    }
    (void)close_until(f, around, depth, NULL);
    vec_done(&f->given);
}

void net_map_seal(struct net_map *m)
{
    for (size_t i = 0; i < 2; i++)
        seal(&m->families[i]);
}

void net_map_done(struct net_map *m)
{
    for (size_t i = 0; i < 2; i++) {
        vec_done(&m->families[i].given);
        vec_done(&m->families[i].steps);
    }
}

uint16_t net_map_find(const struct net_map *m, const struct net *address)
{
    if (address->v6 > 1)
        return 0;
    const struct net_map_family *f = &m->families[address->v6];
    const net_number x = number_of(address);
    size_t low = 0, high = f->steps.n; /* the last step at or before the address */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (f->steps.v[middle].first <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? f->steps.v[low - 1].value : 0;
}
