// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What is known of an address: country and autonomous system by databases that the user gives, the provider of clouds it belongs to by
 * lists. Fill, seal, then only look up; what was looked up last is remembered, so one thread uses one of them.
 */
#include "intel/clouds.h"
#include "intel/geo.h"

enum { ADDRESSES_GEO_MAX = 8 }; /* databases: a few countries and networks in turn */

struct address_facts {
    struct geo_answer geo;
    struct cloud_place cloud;
};

struct addresses;
struct addresses *addresses_new(void);
struct addresses *addresses_free(struct addresses *a);
DEFINE_CLEANUP(struct addresses *, addresses_free)
/* A database (intel/geo.h); the first that knows something of an address has the word. -E2BIG when there are too many. */
int addresses_add_geo(struct addresses *a, const char *path, struct error *err);
/* A list of a provider's networks (intel/clouds.h). */
int addresses_add_cloud(struct addresses *a, struct str provider, const char *path, struct error *err);
void addresses_seal(struct addresses *a);
/* Whether there is a database of places. */
bool addresses_have_geo(const struct addresses *a);
/* Strings are valid as long as `a`, which may be NULL: nothing is known then. */
struct address_facts addresses_find(struct addresses *a, const struct net *address);
