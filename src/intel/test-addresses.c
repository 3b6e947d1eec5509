// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "intel/addresses.h"

static struct net net(const char *text)
{
    struct net n = {};
    CHECK(net_from_str(str_from(text), &n));
    return n;
}

TEST(of_networks_within_others_the_narrowest_counts)
{
    static const char *const given[] = {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.255.0/24", "10.255.255.255/32", "10.1.2.0/24", "255.255.255.0/24", "2001:db8::/32", "2001:db8:ffff::/48"};
    static const struct {
        const char *address;
        uint16_t want;
    } asked[] = {{"9.255.255.255", 0}, {"10.0.0.0", 1}, {"10.1.0.9", 2}, {"10.1.2.0", 6}, {"10.1.2.255", 6}, {"10.1.3.0", 2}, {"10.1.255.255", 4}, {"10.2.0.0", 1},
                 {"10.255.255.254", 1}, {"10.255.255.255", 5}, {"11.0.0.0", 0}, {"255.255.255.255", 7}, {"255.255.254.255", 0}, {"2001:db8::1", 8},
                 {"2001:db8:ffff:1::", 9}, {"2001:db9::", 0}, {"::", 0}};
    struct net_map m = {};
    for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
        const struct net n = net(given[i]);
        CHECK_INT(net_map_add(&m, &n, (uint16_t)(i + 1)), 0);
    }
    net_map_seal(&m);
    for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
        const struct net n = net(asked[i].address);
        CHECK_INT(net_map_find(&m, &n), asked[i].want);
    }
    net_map_done(&m);
}

/* Against asking every network in turn. */
TEST(as_asking_every_network)
{
    enum { NETS = 400, ASKED = 4000 };
    static struct net nets[NETS];
    struct net_map m = {};
    uint64_t seed = 20261129;
    for (size_t i = 0; i < NETS; i++) {
        struct net *n = &nets[i];
        *n = (struct net){.v6 = i % 4 == 0};
        for (size_t b = 0; b < 16; b++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            n->bytes[b] = b < 2 ? (uint8_t)(seed >> 60) : (uint8_t)(seed >> 62 ? 0 : 255);
        }
        n->prefix = (uint8_t)((seed >> 33) % (n->v6 ? 129 : 33));
        CHECK_INT(net_map_add(&m, n, (uint16_t)(i + 1)), 0);
    }
    net_map_seal(&m);
    for (size_t i = 0; i < ASKED; i++) {
        struct net a = nets[i % NETS];
        int want = 0, narrowest = -1;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        a.bytes[(seed >> 40) % (a.v6 ? 16 : 4)] ^= (uint8_t)(1U << (seed >> 61));
        a.prefix = a.v6 ? 128 : 32;
        for (size_t k = 0; k < NETS; k++)
            if (nets[k].v6 == a.v6 && net_contains(&nets[k], &a) && nets[k].prefix >= narrowest) {
                narrowest = nets[k].prefix;
                want = (int)k + 1;
            }
        if (net_map_find(&m, &a) != want)
            CHECK_INT(net_map_find(&m, &a), want);
    }
    net_map_done(&m);
}

static void ask(const struct clouds *c, const char *address, const char *provider, const char *region)
{
    const struct net n = net(address);
    const struct cloud_place p = clouds_find(c, &n);
    CHECK_STR(p.provider, provider);
    CHECK_STR(p.region, region);
}

TEST(lists_of_clouds_as_they_are_published)
{
    static const struct {
        const char *file, *provider, *address, *region;
    } lists[] = {{"aws.json", "aws", "203.0.113.9", "eu-west-1"}, {"aws.json", "aws", "203.0.113.70", "us-east-1"}, {"aws.json", "aws", "2001:db8::1", "eu-west-1"}, {"azure.json", "azure", "198.51.100.9", "westeurope"},
                 {"google.json", "gcp", "192.0.2.200", "europe-west4"}, {"oracle.json", "oracle", "192.0.2.1", "us-phoenix-1"}, {"geofeed.csv", "linode", "198.51.100.1", "US-NJ"},
                 {"lines", "own", "10.1.0.1", ""}};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct clouds c = {};
        struct error err = ERROR_NULL;
        struct strbuf path = {};
        strbuf_printf(&path, "%s/tests/fuzz/fuzz-clouds/%s", getenv("DAVY_SOURCE_ROOT"), lists[i].file);
        CHECK_INT(clouds_add(&c, str_from(lists[i].provider), path.p, NULL, &err), 0);
        CHECK_CSTR(err.text, "");
        clouds_seal(&c);
        ask(&c, lists[i].address, lists[i].provider, lists[i].region);
        ask(&c, "240.0.0.1", str_is(str_from(lists[i].file), "lines") ? "own" : "", "");
        clouds_done(&c);
        strbuf_done(&path);
    }
}

TEST(shipped_lists_are_read)
{
    static const struct {
        const char *provider, *address;
    } shipped[] = {{"aws", "3.5.140.1"}, {"gcp", "34.0.0.9"}, {"azure", "20.33.0.1"}};
    for (size_t i = 0; i < ARRAY_SIZE(shipped); i++) {
        struct clouds c = {};
        struct error err = ERROR_NULL;
        struct strbuf path = {};
        strbuf_printf(&path, "%s/rules/intel/networks-%s.txt", getenv("DAVY_SOURCE_ROOT"), shipped[i].provider);
        CHECK_INT(clouds_add(&c, str_from(shipped[i].provider), path.p, NULL, &err), 0);
        clouds_seal(&c);
        ask(&c, shipped[i].address, shipped[i].provider, "");
        ask(&c, "192.0.2.1", "", "");
        clouds_done(&c);
        strbuf_done(&path);
    }
}

TEST(what_is_no_list)
{
    static const struct {
        const char *provider, *text, *why;
    } bad[] = {{"AWS", "192.0.2.0/24\n", "no name of a provider"}, {"aws", "", "holds no network"}, {"aws", "{\"list\":[]}", "holds no network"}, {"aws", "{\"list\":", "list:1:"},
               {"aws", "# one\n192.0.2.0/24\nnonsense\n", "list:3: `nonsense`"}, {"aws", "192.0.2.0/33\n", "is no network"}};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct clouds c = {};
        struct error err = ERROR_NULL;
        CHECK_INT(clouds_add_text(&c, str_from(bad[i].provider), "list", str_from(bad[i].text), NULL, &err), -EINVAL);
        CHECK(str_has(str_from(err.text), str_from(bad[i].why)));
        clouds_done(&c);
    }
}

TEST(databases_of_places)
{
    _cleanup_(addresses_freep) struct addresses *a = addresses_new();
    static const char *const files[] = {"city", "asn", "flat"};
    static const struct {
        const char *address, *country;
        uint32_t asn;
        const char *org;
    } asked[] = {{"198.51.100.7", "DE", 64500, "Example Net"}, {"203.0.113.9", "BR", 64501, "Somebody Hosting"}, {"203.0.113.200", "BR", 64502, ""}, {"192.0.2.1", "JP", 0, ""},
                 {"192.0.2.200", "", 0, ""}, {"2001:db8:1::9", "FR", 4200000000, "Six"}, {"2001:db9::1", "", 0, ""}};
    struct error err = ERROR_NULL;
    for (size_t i = 0; i < 2; i++) {
        struct strbuf path = {};
        strbuf_printf(&path, "%s/tests/fuzz/fuzz-geo/%s", getenv("DAVY_SOURCE_ROOT"), files[i]);
        CHECK_INT(addresses_add_geo(a, path.p, &err), 0);
        strbuf_done(&path);
    }
    addresses_seal(a);
    for (size_t round = 0; round < 2; round++) /* the second from what is remembered */
        for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
            const struct net n = net(asked[i].address);
            const struct address_facts f = addresses_find(a, &n);
            CHECK_STR(f.geo.country, asked[i].country);
            CHECK_INT(f.geo.asn, asked[i].asn);
            CHECK_STR(f.geo.as_org, asked[i].org);
        }
    CHECK(addresses_have_geo(a) && !addresses_have_geo(NULL));
    CHECK_INT(addresses_find(NULL, &(struct net){.prefix = 32}).geo.asn, 0);
}

/* One file with both, flat, as IPinfo writes them; a tree without IPv6. */
TEST(flat_databases)
{
    _cleanup_(addresses_freep) struct addresses *a = addresses_new();
    struct error err = ERROR_NULL;
    struct strbuf path = {};
    strbuf_printf(&path, "%s/tests/fuzz/fuzz-geo/flat", getenv("DAVY_SOURCE_ROOT"));
    CHECK_INT(addresses_add_geo(a, path.p, &err), 0);
    struct net n = net("203.0.113.9");
    const struct address_facts f = addresses_find(a, &n);
    CHECK_STR(f.geo.country, "BR");
    CHECK_INT(f.geo.asn, 64501);
    CHECK_STR(f.geo.as_org, "Somebody Hosting");
    n = net("198.51.100.1");
    CHECK_STR(addresses_find(a, &n).geo.country, "DE");
    n = net("2001:db8::1");
    CHECK_INT(addresses_find(a, &n).geo.asn, 0);
    CHECK(addresses_add_geo(a, "/does/not/exist", &err) == -ENOENT);
    strbuf_clear(&path);
    strbuf_printf(&path, "%s/meson.build", getenv("DAVY_SOURCE_ROOT"));
    CHECK(addresses_add_geo(a, path.p, &err) == -EINVAL && str_has(str_from(err.text), STR("no database of the MaxMind format")));
    strbuf_done(&path);
}
