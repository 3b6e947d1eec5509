// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"
#include "harness/test.h"

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
