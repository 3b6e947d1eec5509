// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"
#include "rule/netset.h"

struct key {
    uint8_t v6, prefix, bytes[16];
};

struct netset {
    struct arena arena;
    struct map nets;
    bool used[2][129]; /* by family and prefix length */
};

struct netset *netset_new(void)
{
    return xnew(struct netset);
}

struct netset *netset_free(struct netset *s)
{
    if (!s)
        return NULL;
    map_done(&s->nets);
    arena_done(&s->arena);
    free(s);
    return NULL;
}

static struct key make_key(const struct net *net, unsigned prefix)
{
    struct key k = {.v6 = net->v6, .prefix = (uint8_t)prefix};
    memcpy(k.bytes, net->bytes, prefix / 8);
    if (prefix % 8)
        k.bytes[prefix / 8] = (uint8_t)(net->bytes[prefix / 8] & (0xff << (8 - prefix % 8)));
    return k;
}

static unsigned widest(const struct net *net)
{
    return net->v6 ? 128 : 32;
}

void netset_add(struct netset *s, const struct net *net)
{
    if (net->v6 > 1 || net->prefix > widest(net))
        return;
    struct key k = make_key(net, net->prefix);
    map_put(&s->nets, arena_str(&s->arena, str_n(&k, sizeof(k))), NULL);
    s->used[net->v6][net->prefix] = true;
}

bool netset_has(const struct netset *s, const struct net *net)
{
    if (net->v6 > 1 || net->prefix > widest(net))
        return false;
    for (unsigned prefix = 0; prefix <= net->prefix; prefix++) {
        if (!s->used[net->v6][prefix])
            continue;
        struct key k = make_key(net, prefix);
        if (map_has(&s->nets, str_n(&k, sizeof(k))))
            return true;
    }
    return false;
}
