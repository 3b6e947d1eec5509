// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"
#include "base/str.h"
#include "harness/test.h"

#include <stdlib.h>

TEST(split_keeps_empty_pieces)
{
    struct str s = STR("a,,b"), piece;
    CHECK(str_split(&s, ',', &piece));
    CHECK_STR(piece, "a");
    CHECK(str_split(&s, ',', &piece));
    CHECK_STR(piece, "");
    CHECK(str_split(&s, ',', &piece));
    CHECK_STR(piece, "b");
    CHECK(!str_split(&s, ',', &piece));
}

TEST(paths)
{
    CHECK_STR(str_basename(STR("/usr/bin/ls")), "ls");
    CHECK_STR(str_dirname(STR("/usr/bin/ls")), "/usr/bin");
    CHECK_STR(str_dirname(STR("/ls")), "/");
    CHECK_STR(str_dirname(STR("ls")), "");
}

TEST(finding)
{
    CHECK_INT(str_find(STR("hello"), STR("l"), 3), 3);
    CHECK_INT(str_find(STR("hello"), STR("l"), 4), -1);
    CHECK_INT(str_find(STR("hello"), STR(""), 5), 5);
    CHECK_INT(str_find_nocase(STR("heLLo"), STR("ll"), 0), 2);
    CHECK(str_cmp(STR("ab"), STR("abc")) < 0 && str_cmp(STR("b"), STR("abc")) > 0);
    CHECK_STR(str_trim(STR(" \t x y\n")), "x y");
}

/* One place after the other. */
static ptrdiff_t find_slowly(struct str s, struct str needle, size_t from)
{
    for (size_t i = from; i + needle.n <= s.n; i++)
        if (!memcmp(s.p + i, needle.p, needle.n))
            return (ptrdiff_t)i;
    return -1;
}

TEST(finding_is_the_same_at_every_place_and_on_every_processor)
{
    enum { BYTES = 300, NEEDLE_MAX = 80 };
    uint32_t state = 5;
    for (unsigned run = 0; run < 3000; run++) {
        /* Of few letters, so that much nearly fits; of its own size, so that a read beyond it is seen. */
        size_t n = (state >> 16) % BYTES, length = 1 + (state >> 8) % NEEDLE_MAX % (1 + run % NEEDLE_MAX), from = run % 40;
        char *text = malloc(n + 1), needle[NEEDLE_MAX];
        for (size_t i = 0; i < n; i++)
            text[i] = "ab"[(state = state * 1103515245 + 12345) >> 29 ? 0 : 1];
        for (size_t i = 0; i < length; i++)
            needle[i] = "ab"[(state = state * 1103515245 + 12345) >> 29 ? 0 : 1];
        struct str s = str_n(realloc(text, n ? n : 1), n), part = str_n(needle, length);
        for (int has = 0; has < 2; has++) {
            cpu_allow(has ? CPU_ALL : 0);
            CHECK_INT(str_find(s, part, from), find_slowly(s, part, from));
        }
        free((char *)s.p);
    }
    cpu_allow(CPU_ALL);
}

TEST(decimal_is_strict)
{
    uint64_t v;
    CHECK(str_to_u64(STR("18446744073709551615"), &v) && v == UINT64_MAX);
    CHECK(!str_to_u64(STR("18446744073709551616"), &v));
    CHECK(!str_to_u64(STR("-1"), &v));
    CHECK(!str_to_u64(STR(""), &v));
}

TEST(distance_counts_edits_up_to_a_bound)
{
    CHECK_INT(str_distance(STR("proc.nmae"), STR("proc.name"), 4), 2);
    CHECK_INT(str_distance(STR("same"), STR("same"), 2), 0);
    CHECK_INT(str_distance(STR(""), STR("ab"), 2), 2);
    CHECK_INT(str_distance(STR("kitten"), STR("sitting"), 2), 3);
    CHECK_INT(str_distance(STR("a"), STR("abcdef"), 2), 3);
}

TEST(unquoted)
{
    CHECK_STR(str_unquoted(STR("\"a b\"")), "a b");
    CHECK_STR(str_unquoted(STR("'a'")), "a");
    CHECK_STR(str_unquoted(STR("''")), "");
    CHECK_STR(str_unquoted(STR("'")), "'");
    CHECK_STR(str_unquoted(STR("'a\"")), "'a\"");
    CHECK_STR(str_unquoted(STR_NULL), "");
}
