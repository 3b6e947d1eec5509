// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The names of the pretend internet: each has one address of either kind for the whole run, so that a later connection can be told by
 * name. Addresses come from the networks for measurements (198.18.0.0/15, 2001:2::/48): nobody on the real internet has one, so no
 * list of addresses can mean them.
 */
#include <netinet/in.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

enum {
    NAMES_MAX = 4096,     /* different ones; all further share the last one's address */
    NAME_BYTES_MAX = 255, /* DNS has no longer ones */
};

struct phonebook {
    struct arena arena;
    struct map by_name; /* → index */
    VEC(struct str) list;
};

void phonebook_done(struct phonebook *n);
/* The address of a name, IPv4 in network order and IPv6; case does not count. */
void phonebook_address(struct phonebook *n, struct str name, struct in_addr *v4, struct in6_addr *v6);
/* The name of an address (IPv4 as mapped); empty when no name has it. */
struct str phonebook_name(const struct phonebook *n, const struct in6_addr *address);
