// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/regex.h"
#include "base/strbuf.h"
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

TEST(there_may_be_many_groups)
{
    enum { MANY = 100 };
    _cleanup_(regex_freep) struct regex *r = NULL;
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str g[MANY + 1];
    for (unsigned i = 0; i < MANY; i++)
        strbuf_printf(&b, "%s(w%u;)", i ? "|" : "", i);
    CHECK_INT(regex_new(strbuf_str(&b), REGEX_GO, 0, &r, NULL), 0);
    CHECK(regex_find(r, STR("a w99;"), 0, g, MANY + 1));
    CHECK_STR(g[0], "w99;");
    CHECK(!g[1].p && !g[99].p);
    CHECK_STR(g[100], "w99;");
}

TEST(bad_patterns_say_why)
{
    struct regex *r = NULL;
    struct error e = ERROR_NULL;
    CHECK_INT(regex_new(STR("a(b"), REGEX_GO, 0, &r, &e), -EINVAL);
    CHECK_CSTR(e.text, "missing ): a(b");
    CHECK_INT(regex_new(STR("((a{100}){100}){100}"), REGEX_GO, 0, &r, &e), -EINVAL);
}

static bool needs(const char *pattern, struct str word)
{
    _cleanup_(regex_freep) struct regex *r = NULL;
    CHECK_INT(regex_new(str_from(pattern), REGEX_GO, 0, &r, NULL), 0);
    return regex_needs(r, &word, 1);
}

TEST(words_that_every_match_holds_are_proved)
{
    CHECK(needs("(?i)x[a-z]{2,9}TOKEN=\\d", STR("token")));
    CHECK(needs("\\b(?:akia|akib)[A-Z]", STR("aki"))); /* alternatives with a common beginning */
    CHECK(!needs("(?:akia|asia)[A-Z]", STR("akia")));
    CHECK(!needs("(?:token)?=\\d", STR("token")));
    CHECK(!needs("[0-9a-f]{32}", STR("token")));
    CHECK(!needs("to|ken", STR("token")));
}

TEST(go_writes_named_groups_without_p_too)
{
    _cleanup_(regex_freep) struct regex *r = NULL;
    struct str g[2];
    CHECK_INT(regex_new(STR("a(?<digits>\\d+)[(?<]"), REGEX_GO, 0, &r, NULL), 0);
    CHECK(regex_find(r, STR("a12("), 0, g, 2));
    CHECK_STR(g[1], "12");
    struct regex *behind = NULL;
    CHECK_INT(regex_new(STR("(?<=a)b"), REGEX_GO, 0, &behind, NULL), -EINVAL);
}
