// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The wire between a jail and the pretend internet: two network namespaces that a pair of virtual devices joins, and nothing else.
 * Neither has any way to the machine's own network. In the second one every address in the world is its own, so whatever the jail
 * reaches out for arrives there.
 */
#include <stdbool.h>

#include "base/error.h"

/* What the jail sees: the numbers of a container of docker's default bridge. */
#define LINK_JAIL "172.17.0.2"
#define LINK_ROUTER "172.17.0.1"
#define LINK_JAIL6 "fd00:d0c:1::2"
#define LINK_ROUTER6 "fd00:d0c:1::1"

struct link_pair {
    int jail, world; /* descriptors of the namespaces, -1: none; the caller closes them */
    bool has_v6;
};

/*
 * Makes both. `joined` false: the jail gets a loopback and nothing else (world is -1). The calling thread is in the namespace that it
 * was in before. -EPERM without rights; -errno with what could not be had.
 */
int link_pair_make(bool joined, struct link_pair *ret, struct error *err);
