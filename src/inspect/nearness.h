// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * How near one image name is to another, by the ways in which people are misled (row 103). The kinds are
 * ordered: the strongest reason first. Common derivatives (nginx-exporter, mysql-backup) are near in no way.
 */
#include "base/str.h"

enum nearness {
    NEARNESS_HOMOGLYPH, /* reads the same: 0 for o, 1 for l, rn for m */
    NEARNESS_SEPARATOR, /* the same letters with other or no separators: rocket-chat */
    NEARNESS_ORDER,     /* the same words in another order: mosquitto-eclipse */
    NEARNESS_AFFIX,     /* a meaningless addition: alpine2, ubuntu-base, official-nginx */
    NEARNESS_EDIT,      /* one slip of the finger (two from 8 letters on): ngnix, postgers */
    NEARNESS__N,        /* not near */
};

/* The word that image.imitates.how gives. */
const char *nearness_name(enum nearness n);
/* How near `name` is to `official`; equal names are not near. Names longer than 64 bytes are never near. */
enum nearness nearness(struct str name, struct str official);
/* Insertions, deletions, replacements and swaps of neighbours between two strings of at most 64 bytes. */
unsigned edit_distance(struct str a, struct str b);
