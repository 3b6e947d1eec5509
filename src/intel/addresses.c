// SPDX-License-Identifier: Apache-2.0
#include "intel/addresses.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/hash.h"

enum { REMEMBERED = 1024 }; /* power of two; a day of an account has a few hundred addresses */

struct addresses {
    struct clouds clouds;
    struct geo *geo[ADDRESSES_GEO_MAX];
    size_t n_geo;
    struct remembered {
        bool is;
        struct net address;
        struct address_facts facts;
    } remembered[REMEMBERED];
};

struct addresses *addresses_new(void)
{
    return xnew(struct addresses);
}

struct addresses *addresses_free(struct addresses *a)
{
    if (!a)
        return NULL;
    for (size_t i = 0; i < a->n_geo; i++)
        (void)geo_close(a->geo[i]);
    clouds_done(&a->clouds);
    free(a);
    return NULL;
}

int addresses_add_geo(struct addresses *a, const char *path, struct error *err)
{
    if (a->n_geo == ADDRESSES_GEO_MAX)
        return error_set(err, -E2BIG, "%s: more than %d databases of places", path, ADDRESSES_GEO_MAX);
    const int e = geo_open(path, &a->geo[a->n_geo], err);
    a->n_geo += e == 0;
    return e;
}

int addresses_add_cloud(struct addresses *a, struct str provider, const char *path, struct error *err)
{
    return clouds_add(&a->clouds, provider, path, NULL, err);
}

void addresses_seal(struct addresses *a)
{
    clouds_seal(&a->clouds);
}

bool addresses_have_geo(const struct addresses *a)
{
    return a && a->n_geo;
}

struct address_facts addresses_find(struct addresses *a, const struct net *address)
{
    if (!a || address->v6 > 1)
        return (struct address_facts){};
    const size_t n = address->v6 ? 16 : 4;
    struct remembered *r = &a->remembered[hash_bytes(address->bytes, n) % REMEMBERED];
    if (r->is && r->address.v6 == address->v6 && !memcmp(r->address.bytes, address->bytes, n))
        return r->facts;
    *r = (struct remembered){.is = true, .address = *address, .facts.cloud = clouds_find(&a->clouds, address)};
    for (size_t i = 0; i < a->n_geo; i++)
        geo_find(a->geo[i], address, &r->facts.geo);
    return r->facts;
}
