// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "harness/test.h"
#include "rule/automaton.h"
#include "rule/netset.h"
#include "rule/pathset.h"

static void mark(void *ctx, uint32_t number)
{
    *(uint64_t *)ctx |= 1ULL << number;
}

static uint64_t search(enum automaton_kind kind, bool nocase, const char *const *needles, size_t n,
                       const char *text)
{
    struct needle v[64];
    uint64_t hits = 0;
    for (size_t i = 0; i < n; i++)
        v[i] = (struct needle){str_from(needles[i]), (uint32_t)i};
    struct automaton *a = automaton_new(kind, nocase, v, n);
    CHECK(a);
    automaton_search(a, str_from(text), mark, &hits);
    automaton_free(a);
    return hits;
}

TEST(needles_inside_needles)
{
    static const char *const needles[] = {"he", "she", "his", "hers", "", "SHE"};
    CHECK_INT(search(AUTOMATON_CONTAINS, false, needles, 6, "ushers"), 0b011011);
    CHECK_INT(search(AUTOMATON_CONTAINS, true, needles, 6, "uSHErs"), 0b111011);
    CHECK_INT(search(AUTOMATON_STARTS, false, needles, 6, "hers"), 0b011001);
    CHECK_INT(search(AUTOMATON_ENDS, false, needles, 6, "the she"), 0b010011);
    CHECK_INT(search(AUTOMATON_CONTAINS, false, needles, 6, ""), 0b010000);
}

TEST(agrees_with_one_by_one)
{
    uint64_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        char words[12][6] = {}, text[40] = "";
        const char *needles[12];
        for (size_t i = 0; i < 12; i++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            size_t n = (seed >> 33) % 5;
            for (size_t k = 0; k < n; k++)
                words[i][k] = (char)('a' + (seed >> (35 + 2 * k)) % 3);
            needles[i] = words[i];
        }
        for (size_t k = 0; k < sizeof(text) - 1; k++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            text[k] = (char)('a' + (seed >> 40) % 4);
        }
        struct str t = str_from(text);
        uint64_t has = 0, starts = 0, ends = 0;
        for (size_t i = 0; i < 12; i++) {
            has |= (uint64_t)str_has(t, str_from(words[i])) << i;
            starts |= (uint64_t)str_starts(t, str_from(words[i])) << i;
            ends |= (uint64_t)str_ends(t, str_from(words[i])) << i;
        }
        CHECK_INT(search(AUTOMATON_CONTAINS, false, needles, 12, text), has);
        CHECK_INT(search(AUTOMATON_STARTS, false, needles, 12, text), starts);
        CHECK_INT(search(AUTOMATON_ENDS, false, needles, 12, text), ends);
    }
}

TEST(an_automaton_that_would_be_huge_is_refused)
{
    static char text[AUTOMATON_CELLS_MAX];
    memset(text, 'x', sizeof(text));
    CHECK(!automaton_new(AUTOMATON_CONTAINS, false, &(struct needle){str_n(text, sizeof(text)), 0}, 1));
}

TEST(paths)
{
    static const struct {
        const char *set, *path;
        bool matches;
    } cases[] = {
        {"/etc", "/etc", true},
        {"/etc", "/etc/passwd", true},
        {"/etc", "/etcetera", false},
        {"/etc/", "/etc", true},
        {"/etc", "//etc///x", true},
        {"/", "/anything", true},
        {"/", "relative", false},
        {"etc", "/etc", false},
        {"etc", "etc/x", true},
        {"/home/*/.ssh", "/home/u/.ssh/id_rsa", true},
        {"/home/*/.ssh", "/home/u/x/.ssh", false},
        {"/proc/[0-9]*/fd", "/proc/12/fd/3", true},
        {"/proc/[0-9]*/fd", "/proc/self/fd", false},
        {"/a/b", "/a", false},
        {"", "", true},
        {"", "x", false},
        {"/a,/a/b/c", "/a/x", true},
        {"/x/?/z,/x/y/q", "/x/y/z", true},
        {"/x/?/z,/x/y/q", "/x/y/w", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pathset *p = pathset_new();
        struct str set = str_from(cases[i].set), entry;
        while (str_split(&set, ',', &entry))
            pathset_add(p, entry);
        if (pathset_match(p, str_from(cases[i].path)) != cases[i].matches)
            test_fail(__FILE__, __LINE__, "%s on %s", cases[i].set, cases[i].path);
        pathset_free(p);
    }
}

TEST(networks)
{
    static const char *const set[] = {"10.0.0.0/8", "192.168.1.77/24", "1.2.3.4", "2001:db8::/33", "fe80::1"};
    static const struct {
        const char *address;
        bool is_in;
    } cases[] = {{"10.255.0.1", true},       {"11.0.0.1", false},         {"192.168.1.1", true},
                 {"192.168.2.1", false},     {"1.2.3.4", true},           {"1.2.3.5", false},
                 {"2001:db8:7fff::1", true}, {"2001:db8:8000::1", false}, {"fe80::1", true},
                 {"10.1.0.0/16", true},      {"0.0.0.0/0", false}};
    struct netset *s = netset_new();
    struct net net;
    for (size_t i = 0; i < ARRAY_SIZE(set); i++) {
        CHECK(net_from_str(str_from(set[i]), &net));
        netset_add(s, &net);
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CHECK(net_from_str(str_from(cases[i].address), &net));
        if (netset_has(s, &net) != cases[i].is_in)
            test_fail(__FILE__, __LINE__, "%s", cases[i].address);
    }
    netset_free(s);
}
