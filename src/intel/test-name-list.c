// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/day.h"
#include "harness/test.h"
#include "intel/intel.h"

enum { DAY = 86400 };
static const uint64_t NOW = UINT64_C(20'785) * DAY * 1'000'000'000U; /* 2026-11-28 */

static struct intel *load(const char *name, const char *category, const char *text)
{
    struct error err = ERROR_NULL;
    struct intel *in = intel_new(NOW);
    if (intel_add_names_text(in, name, str_from(category), str_from(text), &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    intel_seal(in);
    return in;
}

static const struct intel_list *list_of(const struct intel *in)
{
    size_t n;
    const struct intel_list *lists = intel_lists(in, &n);
    CHECK(n > 0);
    return lists;
}

static bool is_listed(const struct intel *in, const char *what)
{
    const struct intel_list *lists[NAMES_HITS_MAX];
    return intel_find_name(in, str_from(what), lists) || intel_find_address(in, str_from(what), lists);
}

/* Words between blanks in `in_list` must be found, those in `not` must not, and no line may be wrong. */
static void check(const char *text, const char *found, const char *not_found)
{
    _cleanup_(intel_freep) struct intel *in = load("x.txt", "c", text);
    const char *const words[] = {found, not_found};
    if (list_of(in)->bad)
        test_fail(__FILE__, __LINE__, "%.*s", STR_ARG(list_of(in)->bad_shown));
    for (int i = 0; i < 2; i++) {
        struct str rest = str_from(words[i]), word;
        while (str_split(&rest, ' ', &word)) {
            char host[256];
            (void)snprintf(host, sizeof(host), "%.*s", STR_ARG(word));
            if (word.n && is_listed(in, host) != (i == 0))
                test_fail(__FILE__, __LINE__, "%s is %sfound in: %s", host, i ? "" : "not ", text);
        }
    }
}

TEST(names_match_at_the_borders_of_labels)
{
    check("evil.example\n", "evil.example EVIL.example evil.example. www.evil.example a.b.evil.example",
          "notevil.example evil.example.com example evil");
    check("*.evil.example\n.bad.example\n", "evil.example x.evil.example bad.example y.bad.example", "example");
}

TEST(every_form_of_a_name_list_is_read)
{
    check("# hosts\n127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n0.0.0.0 a.example b.example # both\nfe80::1%lo0 localhost\n",
          "a.example b.example x.a.example", "localhost c.example 127.0.0.1");
    check("[Adblock Plus 2.0]\n! Title: x\n! Expires: 4 days\n||a.example^\n||b.example^$third-party\n||c.example/miner.js\n"
          "example.org##.banner\n@@||ok.a.example^\n/regex/\n",
          "a.example x.a.example b.example", "c.example ok.a.example x.ok.a.example example.org");
    check("address=/a.example/0.0.0.0\nserver=/b.example/c.example/\nlocal=/d.example/\naddress=/e.example/::\n",
          "a.example b.example c.example d.example e.example x.e.example", "f.example");
    check("local-zone: \"a.example.\" always_nxdomain\nlocal-data: \"b.example A 0.0.0.0\"\n", "a.example b.example", "c.example");
    check("https://a.example/\nhttp://b.example:8080\nc.example:3333\nhttps://d.example/page\ntcp://[2001:db8::1]:80\n192.0.2.7:443\n",
          "a.example b.example c.example 2001:db8::1 192.0.2.7", "d.example");
    check("a.example,some words\nb.example\t2026-01-01\n\"c.example\";x\n", "a.example b.example c.example", "x");
}

TEST(a_zone_tells_a_name_from_those_below)
{
    check("$TTL 300\n$ORIGIN rpz.local.\n@ IN SOA ns.rpz.local. root.rpz.local. (\n 1 ; serial\n 2 3 4 5 )\n  IN NS ns.rpz.local.\n"
          "exact.example CNAME .\n*.below.example IN CNAME *.\nboth.example 60 IN CNAME rpz-drop.\n*.both.example CNAME rpz-drop.\n"
          "full.example.rpz.local. CNAME .\nok.both.example CNAME rpz-passthru.\nwalled.example A 192.0.2.99\n"
          "32.1.2.0.192.rpz-ip CNAME .\n24.0.3.0.192.rpz-ip CNAME .\n128.1.zz.db8.2001.rpz-ip CNAME .\n48.zz.1.db8.2001.rpz-ip CNAME .\n"
          "32.9.9.9.9.rpz-client-ip CNAME .\n",
          "exact.example x.below.example both.example x.both.example full.example walled.example 192.0.2.1 192.0.3.77 2001:db8::1 "
          "2001:db8:1::5",
          "x.exact.example below.example ok.both.example 192.0.2.2 9.9.9.9 2001:db8::2 rpz.local ns.rpz.local");
}

TEST(addresses_networks_and_ranges)
{
    check("192.0.2.0/24\n198.51.100.7\n203.0.113.5-203.0.113.18\n2001:db8::/32\n10.0.0.1/8\nadd bad 100.64.0.0/10\ncreate bad hash:net\n",
          "192.0.2.0 192.0.2.255 198.51.100.7 203.0.113.5 203.0.113.18 203.0.113.10 2001:db8:ffff::1 10.255.0.1 100.127.255.255",
          "192.0.3.0 198.51.100.8 203.0.113.4 203.0.113.19 2001:db9::1 11.0.0.1 100.128.0.0");
    check("0.0.0.0-255.255.255.255\n", "0.0.0.0 1.2.3.4 255.255.255.255", "2001:db8::1");
    check("::/0\n", "2001:db8::1", "1.2.3.4");
}

TEST(json_lists)
{
    check("{\"description\": \"x\", \"list\": [\"a.example\", \"192.0.2.0/24\"], \"name\": \"N\", \"type\": \"hostname\", \"version\": 3}",
          "a.example 192.0.2.9", "x");
    check("[\"a.example\", {\"host\": \"b.example\", \"note\": \"c.example\"}]", "a.example b.example", "c.example");
    check("{\"prefixes\": [{\"ip_prefix\": \"192.0.2.0/24\", \"region\": \"eu\"}, {\"ipv6Prefix\": \"2001:db8::/32\"}]}",
          "192.0.2.1 2001:db8::7", "192.0.3.1");
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *in = intel_new(NOW);
    CHECK_INT(intel_add_names_text(in, "x.json", STR("c"), STR("{\"type\": \"regex\", \"list\": [\"a.*\"]}"), &err), -EINVAL);
    CHECK(strstr(err.text, "a list of patterns"));
}

TEST(the_header_says_what_the_list_is)
{
    _cleanup_(intel_freep) struct intel *in =
        load("x.txt", "", "# Category: Mining\n# kind: context\n# source: acme\n# licence: MIT\n# reviewed: 2026-01-31\n# expires: 2026-11-27\na.example\n# category: late\n");
    const struct intel_list *l = list_of(in);
    CHECK_STR(l->category, "mining");
    CHECK_STR(l->source, "acme");
    CHECK_STR(l->licence, "MIT");
    CHECK(l->is_context && l->is_expired);
    struct arena a = {};
    CHECK_STR(day_text(&a, l->reviewed), "2026-01-31");
    CHECK_STR(day_text(&a, l->expires), "2026-11-27");
    uint16_t day;
    CHECK(day_parse(STR("2027-02-28T10:00:00Z"), &day));
    CHECK_STR(day_text(&a, day), "2027-02-28");
    CHECK(day_parse(STR("2500-01-01"), &day) && day == UINT16_MAX);
    CHECK(!day_parse(STR("2027-02-29"), &day) && !day_parse(STR("1969-12-31"), &day) && !day_parse(STR("27-02-2029"), &day));
    arena_done(&a);
}

TEST(the_category_comes_from_outside_then_the_header_then_the_name)
{
    _cleanup_(intel_freep) struct intel *outside = load("n.phishing.txt", "Mining", "# category: c2\na.example\n");
    CHECK_STR(list_of(outside)->category, "mining");
    _cleanup_(intel_freep) struct intel *header = load("n.phishing.txt", "", "# category: c2\na.example\n");
    CHECK_STR(list_of(header)->category, "c2");
    _cleanup_(intel_freep) struct intel *name = load("/x/n.phishing.txt", "", "a.example\n");
    CHECK_STR(list_of(name)->category, "phishing");
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *none = intel_new(NOW);
    CHECK_INT(intel_add_names_text(none, "n.txt", STR(""), STR("a.example\n"), &err), -EINVAL);
    CHECK(strstr(err.text, "n.txt: nothing says what being on this list means"));
    CHECK_INT(intel_add_names_text(none, "n.txt", STR("two words"), STR("a.example\n"), &err), -EINVAL);
    CHECK(strstr(err.text, "`two words` is no category"));
}

/* What abuse.ch and others publish: a line names the columns, as a comment or not. */
TEST(csv_with_named_columns)
{
    _cleanup_(intel_freep) struct intel *in =
        load("x.csv", "c2", "# Recent IOCs, with commas, in words\n# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\"\n"
                            "\"2026-11-28 00:00:00\", \"1\", \"192.0.2.9:443\", \"ip:port\"\n\"2026-11-28\", \"2\", \"bad.example\", \"domain\"\n"
                            "\"2026-11-28\", \"3\", \"http://u.example/x\", \"url\"\n"
                            "\"2026-11-28\", \"4\", \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\", \"sha256_hash\"\n\"2026-11-28\",\"5\"\n");
    CHECK_INT(list_of(in)->names, 1);
    CHECK_INT(list_of(in)->nets, 1);
    CHECK_INT(list_of(in)->passed, 2);
    CHECK_STR(list_of(in)->bad_shown, "line 7: fewer columns than the first line names");
    _cleanup_(intel_freep) struct intel *plain = load("y.csv", "c2", "first_seen_utc,dst_ip,dst_port\n2026-11-28,192.0.2.9,443\n# END 1 entries\n");
    CHECK_INT(list_of(plain)->nets, 1);
    CHECK_INT(list_of(plain)->bad, 0);
}

TEST(json_lines)
{
    _cleanup_(intel_freep) struct intel *in = load("drop.json", "c2", "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"S1\"}\n{\"cidr\":\"2001:db8::/32\"}\n"
                                                                     "{\"type\":\"metadata\",\"records\":2}\n");
    CHECK_INT(list_of(in)->nets, 2);
    CHECK_INT(list_of(in)->passed, 1);
    CHECK_INT(list_of(in)->bad, 0);
}

/* An indicator counts where its pattern says one name, or any of several; what says more than a name is passed over. */
TEST(bundles_of_stix)
{
    static const struct {
        const char *pattern;
        unsigned entries;
    } PATTERNS[] = {
        {"[ipv4-addr:value = '192.0.2.9']", 1},
        {"[domain-name:value = 'bad.example' OR ipv6-addr:value = '2001:db8::1']", 2},
        {"[domain-name:value IN ('a.example', 'b.example')]", 2},
        {"[ipv4-addr:value = '192.0.2.9'] OR [ipv4-addr:value = '192.0.2.10']", 2},
        {"[ipv4-addr:value = '192.0.2.9' AND network-traffic:dst_port = 443]", 0},
        {"[ipv4-addr:value != '192.0.2.9']", 0},
        {"[NOT ipv4-addr:value = '192.0.2.9']", 0},
        {"[domain-name:value LIKE '%.example']", 0},
        {"[ipv4-addr:value = '192.0.2.9'] FOLLOWEDBY [domain-name:value = 'a.example']", 0},
        {"[url:value = 'http://u.example/x']", 0},
        {"[domain-name:value = 'it\\\\'s.example", 0},
        {"", 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(PATTERNS); i++) {
        struct arena a = {};
        const char *text = arena_printf(&a, "{\"type\":\"bundle\",\"objects\":[{\"type\":\"domain-name\",\"value\":\"sco.example\"},"
                                            "{\"type\":\"indicator\",\"pattern_type\":\"stix\",\"pattern\":\"%s\"}]}\n", PATTERNS[i].pattern).p;
        _cleanup_(intel_freep) struct intel *in = load("b.json", "c2", text);
        CHECK_INT(list_of(in)->names + list_of(in)->nets, 1 + PATTERNS[i].entries);
        CHECK_INT(list_of(in)->passed, PATTERNS[i].entries ? 0 : 1);
        arena_done(&a);
    }
    _cleanup_(intel_freep) struct intel *old = load("b.json", "c2",
        "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"pattern_type\":\"stix\",\"pattern\":\"[domain-name:value = 'old.example']\",\"valid_until\":\"2020-01-01T00:00:00Z\"},"
        "{\"type\":\"indicator\",\"revoked\":true,\"pattern_type\":\"stix\",\"pattern\":\"[domain-name:value = 'taken.example']\"},"
        "{\"type\":\"indicator\",\"pattern_type\":\"stix\",\"pattern\":\"[domain-name:value = 'new.example']\",\"valid_until\":\"2099-01-01T00:00:00Z\"}]}");
    CHECK_INT(list_of(old)->names, 1);
    CHECK_INT(list_of(old)->passed, 2);
}

TEST(events_of_misp)
{
    _cleanup_(intel_freep) struct intel *in = load("e.json", "c2",
        "{\"response\":[{\"Event\":{\"info\":\"x\",\"Attribute\":[{\"type\":\"ip-dst\",\"value\":\"192.0.2.9\",\"to_ids\":true},{\"type\":\"domain|ip\",\"value\":\"d.example|192.0.2.11\"},"
        "{\"type\":\"ip-src|port\",\"value\":\"192.0.2.10|443\"},{\"type\":\"comment\",\"value\":\"words.example\"},{\"type\":\"hostname\",\"value\":\"off.example\",\"to_ids\":false},"
        "{\"type\":\"hostname\",\"value\":\"gone.example\",\"deleted\":true}],\"Object\":[{\"Attribute\":[{\"type\":\"hostname\",\"value\":\"o.example\"}]}]}}]}");
    CHECK_INT(list_of(in)->names, 2);
    CHECK_INT(list_of(in)->nets, 3);
    CHECK_INT(list_of(in)->passed, 3);
    CHECK_INT(list_of(in)->bad, 0);
}

TEST(wrong_lines_are_counted_and_shown)
{
    _cleanup_(intel_freep) struct intel *in = load("x.txt", "c", "# expires: 2026-13-01\na.example\nnodot\nb\xc3\xbc.example\n1.2.3.999\n10.0.0.9-10.0.0.1\n-.-\n");
    CHECK_INT(list_of(in)->names, 1);
    CHECK_INT(list_of(in)->bad, 6);
    CHECK_STR(list_of(in)->bad_shown, "line 1: a day is written YYYY-MM-DD; line 3: neither a host name with a dot, in ASCII, nor an address; "
                                      "line 4: a name beyond ASCII: write it as the net has it, xn--…");
    struct error err = ERROR_NULL;
    _cleanup_(intel_freep) struct intel *none = intel_new(NOW);
    CHECK_INT(intel_add_names_text(none, "n.txt", STR("c"), STR("nodot\n"), &err), -EINVAL);
    CHECK(strstr(err.text, "holds no name and no address"));
    CHECK(strstr(err.text, "line 1: neither a host name"));
}

TEST(every_list_that_holds_a_name_is_told)
{
    struct error err = ERROR_NULL;
    const struct intel_list *lists[NAMES_HITS_MAX];
    _cleanup_(intel_freep) struct intel *in = intel_new(NOW);
    CHECK_INT(intel_add_names_text(in, "a", STR("one"), STR("example.org\n192.0.2.0/24\n"), &err), 0);
    CHECK_INT(intel_add_names_text(in, "b", STR("two"), STR("www.example.org\nwww.example.org\n192.0.2.1\n"), &err), 0);
    intel_seal(in);
    CHECK_INT(intel_totals(in).names, 4);
    CHECK_INT(intel_find_name(in, STR("x.www.example.org"), lists), 2);
    CHECK_STR(lists[0]->category, "two");
    CHECK_STR(lists[1]->category, "one");
    CHECK_INT(intel_find_address(in, STR("192.0.2.1"), lists), 2);
    CHECK_STR(lists[0]->category, "two");
    CHECK_INT(intel_find_address(in, STR("192.0.2.2"), lists), 1);
    CHECK_INT(intel_find_name(NULL, STR("example.org"), lists), 0);
}

TEST(long_lines_are_left_out)
{
    struct strbuf text = {};
    strbuf_adds(&text, "a.example\n");
    strbuf_pad(&text, 'x', 100000);
    strbuf_adds(&text, "\nb.example\n");
    _cleanup_(intel_freep) struct intel *in = load("x", "c", text.p);
    CHECK(is_listed(in, "a.example") && is_listed(in, "b.example"));
    CHECK_STR(list_of(in)->bad_shown, "line 2: longer than 16 KiB");
    strbuf_done(&text);
}
