// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which provider of clouds an address belongs to, and in which region where its list says so. Lists are read as they are published:
 *
 *   lines      a network on each, comments with #; with commas the third column is the region (RFC 8805: Linode, DigitalOcean)
 *   JSON       ip-ranges.json of AWS, cloud.json of Google, service tags of Azure, ranges of Oracle, MISP's warning lists: a network is
 *              a string under a name that such lists use, its region the nearest `region` or `scope` around it
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "intel/net_map.h"

enum {
    CLOUDS_FILE_BYTES = 64 << 20, /* Azure's service tags are 4 MB, with all clouds 20 */
    CLOUDS_WORD = 64,             /* bytes of a provider or a region */
    CLOUDS_PLACES = UINT16_MAX,   /* providers times regions */
};

struct cloud_place {
    struct str provider, region; /* region: empty where it is not said */
};

struct clouds {
    struct arena arena;
    struct net_map nets;
    struct map by_name; /* provider, blank, region → index in places */
    VEC(struct cloud_place) places; /* the first is nobody's */
};

/*
 * Reads a list. `provider`: a word of [a-z0-9-]. -EINVAL with text (file and line) when it is none, or nothing in it is a network; -errno when it
 * cannot be read. *ret_n: how many networks there were; may be NULL.
 */
int clouds_add(struct clouds *c, struct str provider, const char *path, uint64_t *ret_n, struct error *err);
/* The same from memory. `name` is for messages. */
int clouds_add_text(struct clouds *c, struct str provider, const char *name, struct str text, uint64_t *ret_n, struct error *err);
void clouds_seal(struct clouds *c);
void clouds_done(struct clouds *c);
/* Whose the address is; nobody's is a zeroed place. Valid as long as the clouds. */
struct cloud_place clouds_find(const struct clouds *c, const struct net *address);
