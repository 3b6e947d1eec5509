// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A set of addresses and networks, each on a list: 7 bytes for IPv4, 19 for IPv6. A look-up is one binary search for each
 * prefix length that occurs. Fill, then nets_seal(), then only look up.
 */
#include "event/value.h"

struct nets {
    struct net_table {
        uint8_t *v; /* network in network order without host bits, prefix length, list: by prefix length and network once sealed */
        size_t n, capacity;
        size_t from[130]; /* once sealed: entries of prefix length p are [from[p], from[p + 1]) */
    } families[2];        /* IPv4, IPv6 */
};

enum {
    NETS_MAX = 100'000'000,
    NETS_HITS_MAX = 16, /* lists of one address that are told */
};

/* Adds a network; its host bits are ignored. -EFBIG when there are too many. */
int nets_add(struct nets *s, const struct net *net, uint16_t list);
/* Adds the networks that make up the addresses from `first` to `last`, of one family and in rising order. */
int nets_add_range(struct nets *s, const struct net *first, const struct net *last, uint16_t list);
/* Sorts and drops what a list gave twice. */
void nets_seal(struct nets *s);
void nets_done(struct nets *s);
static inline size_t nets_count(const struct nets *s)
{
    return s->families[0].n + s->families[1].n;
}
/* The lists that hold the address, each once, the narrowest network first. Returns how many. */
size_t nets_find(const struct nets *s, const struct net *address, uint16_t ret[NETS_HITS_MAX]);
