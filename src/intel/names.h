// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A set of host names, each on one or more lists: one look-up per label of the name that is asked for, whatever the size
 * of the set. A million names take about 40 MB. Fill, then names_seal(), then only look up.
 */
#include "base/strbuf.h"

/* Which names an entry stands for. */
enum name_scope {
    NAME_AND_BELOW, /* the name and every name below it */
    NAME_EXACT,     /* the name alone */
    NAME_BELOW,     /* only names below it, as *.example.com in a response policy zone */
};

struct names {
    struct strbuf records; /* each: list (2 bytes), scope, exempt, length, the name in lower case */
    size_t n;
    struct name_slot *slots;
    size_t n_slots; /* power of two */
};

enum {
    NAME_BYTES_MAX = 253, /* RFC 1035 */
    NAMES_MAX = 100'000'000,
    NAMES_HITS_MAX = 16, /* lists of one name that are told */
};

/*
 * Puts the name as it is compared into `ret`: lower case, without a dot at the end. Returns its length, 0 when it is no name
 * of at least two labels in ASCII.
 */
size_t name_normal(struct str s, char ret[NAME_BYTES_MAX]);

/* Adds a name in normal form. `exempt`: the list says of this name that it is not meant. -EFBIG when there are too many. */
int names_add(struct names *s, struct str name, enum name_scope scope, bool exempt, uint16_t list);
/* Builds the table and drops what a list gave twice. */
void names_seal(struct names *s);
void names_done(struct names *s);

/* The lists that name the host (in normal form) or a domain above it, each once, the nearest name first. Returns how many. */
size_t names_find(const struct names *s, struct str host, uint16_t ret[NAMES_HITS_MAX]);
