// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A set of addresses and networks: one hash look-up per distinct prefix length in the set, however many networks it holds.
 */
#include "event/value.h"

struct netset;
struct netset *netset_new(void);
struct netset *netset_free(struct netset *s);
/* Host bits of the network are ignored. */
void netset_add(struct netset *s, const struct net *net);
/* Whether some network of the set contains the address (or the whole of the network) given. */
bool netset_has(const struct netset *s, const struct net *net);
