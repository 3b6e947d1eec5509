// SPDX-License-Identifier: Apache-2.0
#include "intel/geo.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/alloc.h"

struct geo {
    MMDB_s db;
};

int geo_open(const char *path, struct geo **ret, struct error *err)
{
    struct geo *g;
    if (access(path, R_OK) < 0)
        return error_errno(err, -errno, "%s", path);
    g = xnew(struct geo);
    const int e = MMDB_open(path, MMDB_MODE_MMAP, &g->db);
    if (e != MMDB_SUCCESS) {
        free(g);
        return error_set(err, -EINVAL, "%s: no database of the MaxMind format (%s); give a .mmdb file of countries, cities or autonomous systems", path, MMDB_strerror(e));
    }
    *ret = g;
    return 0;
}

struct geo *geo_close(struct geo *g)
{
    if (g)
        MMDB_close(&g->db);
    free(g);
    return NULL;
}

static struct str text_at(MMDB_entry_s *entry, const char *const *path)
{
    MMDB_entry_data_s d;
    if (MMDB_aget_value(entry, &d, path) != MMDB_SUCCESS || !d.has_data || d.type != MMDB_DATA_TYPE_UTF8_STRING)
        return STR_NULL;
    return str_n(d.utf8_string, d.data_size < GEO_TEXT ? d.data_size : GEO_TEXT);
}

static uint32_t number_at(MMDB_entry_s *entry, const char *const *path)
{
    MMDB_entry_data_s d;
    uint64_t u;
    if (MMDB_aget_value(entry, &d, path) != MMDB_SUCCESS || !d.has_data)
        return 0;
    switch (d.type) {
    case MMDB_DATA_TYPE_UINT32:
        return d.uint32;
    case MMDB_DATA_TYPE_UINT16:
        return d.uint16;
    case MMDB_DATA_TYPE_UINT64:
        return d.uint64 <= UINT32_MAX ? (uint32_t)d.uint64 : 0;
    case MMDB_DATA_TYPE_UTF8_STRING: { /* AS15169 */
        struct str s = str_n(d.utf8_string, d.data_size);
        s = str_starts(s, STR("AS")) ? str_sub(s, 2, s.n) : s;
        return str_to_u64(s, &u) && u <= UINT32_MAX ? (uint32_t)u : 0;
    }
    default:
        return 0;
    }
}

static bool is_country(struct str s)
{
    return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

#define PATH(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct str country_in(MMDB_entry_s *e)
{
    /* where somebody is, before who registered the addresses; flat names are those of IPinfo */
    const struct str found[] = {text_at(e, PATH("country", "iso_code")), text_at(e, PATH("country_code")), text_at(e, PATH("country")),
                                text_at(e, PATH("registered_country", "iso_code"))};
    for (size_t i = 0; i < ARRAY_SIZE(found); i++)
        if (is_country(found[i]))
            return found[i];
    return STR_NULL;
}

void geo_find(const struct geo *g, const struct net *address, struct geo_answer *ret)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6};
    struct sockaddr_in a4 = {.sin_family = AF_INET};
    int e = 0;
    if (address->v6)
        memcpy(&a.sin6_addr, address->bytes, 16);
    else
        memcpy(&a4.sin_addr, address->bytes, 4);
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&g->db, address->v6 ? (const struct sockaddr *)&a : (const struct sockaddr *)&a4, &e);
    if (e != MMDB_SUCCESS || !found.found_entry)
        return;
    if (!ret->country.n)
        ret->country = country_in(&found.entry);
    if (ret->asn)
        return;
    ret->asn = number_at(&found.entry, PATH("autonomous_system_number"));
    ret->as_org = text_at(&found.entry, PATH("autonomous_system_organization"));
    if (!ret->asn)
        ret->asn = number_at(&found.entry, PATH("asn"));
    if (!ret->as_org.n)
        ret->as_org = text_at(&found.entry, PATH("as_name"));
    if (!ret->as_org.n && ret->asn)
        ret->as_org = text_at(&found.entry, PATH("name"));
}
