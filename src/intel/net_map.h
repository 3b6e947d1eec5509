// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Networks, each with a number; of those that hold an address the narrowest counts. Once sealed it is a sorted array of where another
 * number begins, so that a look-up is one binary search however the networks lie within one another. Fill, seal, then only look up.
 */
#include "base/vec.h"
#include "event/value.h"

__extension__ typedef unsigned __int128 net_number; /* an address as a number */

struct net_given {
    net_number first, last;
    uint32_t order;
    uint16_t value;
};
struct net_step {
    net_number first;
    uint16_t value;
};
struct net_map {
    struct net_map_family {
        VEC(struct net_given) given; /* until it is sealed */
        VEC(struct net_step) steps;
    } families[2]; /* IPv4, IPv6 */
};

/* Networks in all: 16 MB a family. The clouds publish 10,000 each at most, whole tables of the Internet a million. */
enum { NET_MAP_MAX = 1 << 20 };

/* Adds a network with a number that is not 0; its host bits are ignored. Of equal networks the last one counts. -EFBIG when there are too many. */
int net_map_add(struct net_map *m, const struct net *net, uint16_t value);
void net_map_seal(struct net_map *m);
void net_map_done(struct net_map *m);
/* The number of the narrowest network around an address; 0: none. */
uint16_t net_map_find(const struct net_map *m, const struct net *address);
