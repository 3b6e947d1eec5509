// SPDX-License-Identifier: Apache-2.0
#include <fnmatch.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "base/glob.h"

static const struct {
    const char *pattern, *text;
    bool matches;
} CASES[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"*", "/a/b", true},
    {"/etc/*", "/etc/x/y", true},
    {"*.so", ".so", true},
    {"?", "", false},
    {"?", "/", true},
    {"a*b*c", "aXbYc", true},
    {"a*b*c", "aXbY", false},
    {"[a-c]x", "bx", true},
    {"[!a-c]x", "bx", false},
    {"[^a-c]x", "dx", true},
    {"[]]", "]", true},
    {"[", "[", true},
    {"[a", "[a", true},
    {"[[:digit:]]*", "7up", true},
    {"[[:digit:]]*", "up", false},
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"a\\", "a", false},
    {"[a\\]]", "]", true},
    {"[a-]", "-", true},
    {"**a", "bca", true},
};

TEST(patterns)
{
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++)
        if (glob_match(str_from(CASES[i].pattern), str_from(CASES[i].text), false) != CASES[i].matches)
            test_fail(__FILE__, __LINE__, "%s on %s", CASES[i].pattern, CASES[i].text);
    CHECK(glob_match(STR("*SHADOW"), STR("/etc/shadow"), true));
    CHECK(glob_match(STR("[A-C]"), STR("b"), true));
    CHECK(glob_match(str_n("a?c", 3), str_n("a\0c", 3), false));
}

TEST(agrees_with_fnmatch)
{
    /* Without '\\' and '-' at odd places, where implementations differ on what an unfinished bracket means.
     */
    static const char pattern_letters[] = "ab*?[]!", text_letters[] = "ab[]!";
    uint64_t seed = 1;
    int hits = 0;
    for (int round = 0; round < 200000; round++) {
        char pattern[10] = "", text[8] = "";
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        uint64_t bits = seed >> 20;
        size_t n = bits % 8, m = bits / 8 % 6;
        bits /= 48;
        for (size_t i = 0; i < n; i++, bits /= 7)
            pattern[i] = pattern_letters[bits % 7];
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        bits = seed >> 20;
        for (size_t i = 0; i < m; i++, bits /= 5)
            text[i] = text_letters[bits % 5];
        bool want = !fnmatch(pattern, text, 0);
        hits += want;
        if (glob_match(str_from(pattern), str_from(text), false) != want)
            test_fail(__FILE__, __LINE__, "pattern %s, text %s, fnmatch says %d", pattern, text, want);
    }
    CHECK(hits > 1000);
}

TEST(stars_take_no_exponential_time)
{
    char text[5000];
    memset(text, 'a', sizeof(text));
    CHECK(!glob_match(STR("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"), str_n(text, sizeof(text)), false));
}
