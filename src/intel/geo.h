// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Country and network of an address from databases of the MaxMind format (.mmdb): GeoLite2 and GeoIP2, DB-IP, IPinfo. A file is mapped,
 * not read; who replaces one puts another in its place by rename(2), as geoipupdate does.
 */
#include "base/error.h"
#include "event/value.h"

/* Strings belong to the database and are no longer than GEO_TEXT; empty, 0: not known. */
struct geo_answer {
    struct str country; /* two capital letters (ISO 3166) */
    uint32_t asn;
    struct str as_org;
};
enum { GEO_TEXT = 128 };

struct geo;
/* -EINVAL with text when it is no such database, or one that knows neither; -errno when it cannot be read. */
int geo_open(const char *path, struct geo **ret, struct error *err);
struct geo *geo_close(struct geo *g);
DEFINE_CLEANUP(struct geo *, geo_close)
/* Fills what `ret` does not say yet. */
void geo_find(const struct geo *g, const struct net *address, struct geo_answer *ret);
