// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/regex.h"
#include "harness/test.h"

TEST(full_match_is_anchored)
{
    _cleanup_(regex_freep) struct regex *r = NULL;
    CHECK_INT(regex_new(STR("a[0-9]+b"), REGEX_POSIX, 0, &r, NULL), 0);
    CHECK(regex_full(r, STR("a12b")));
    CHECK(!regex_full(r, STR("xa12b")));
    CHECK(!regex_full(r, STR("a12b\n")));
}

TEST(find_gives_groups)
{
    _cleanup_(regex_freep) struct regex *r = NULL;
    struct str g[3];
    CHECK_INT(regex_new(STR("(?i)key=(\\w+)|(never)"), REGEX_GO, 0, &r, NULL), 0);
    CHECK_INT(regex_groups(r), 2);
    struct str text = STR("a KEY=one key=two");
    CHECK(regex_find(r, text, 0, g, 3));
    CHECK_STR(g[1], "one");
    CHECK(!g[2].p);
    CHECK(regex_find(r, text, (size_t)(g[0].p + g[0].n - text.p), g, 3));
    CHECK_STR(g[1], "two");
    CHECK(!regex_find(r, text, text.n, g, 3));
}

TEST(bad_patterns_say_why)
{
    struct regex *r = NULL;
    struct error e = ERROR_NULL;
    CHECK_INT(regex_new(STR("a(b"), REGEX_GO, 0, &r, &e), -EINVAL);
    CHECK_CSTR(e.text, "missing ): a(b");
    CHECK_INT(regex_new(STR("((a{100}){100}){100}"), REGEX_GO, 0, &r, &e), -EINVAL);
}
