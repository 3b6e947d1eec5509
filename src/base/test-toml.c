// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/strbuf.h"
#include "base/toml.h"
#include "harness/test.h"

TEST(gives_every_type_with_its_place)
{
    _cleanup_(arena_done) struct arena a = {};
    const struct toml_node *t;
    CHECK_INT(
        toml_parse(
            STR("s = '''x'''\ni = 7\nd = 1.5\nb = true\nt = 2026-11-23\n[[rules]]\nid = \"one\"\n[[rules]]\n"
                "  id = \"two\"\n"),
            "x.toml", &a, &t, NULL),
        0);
    CHECK_STR(toml_get(t, "s")->s, "x");
    CHECK_INT(toml_get(t, "i")->i, 7);
    CHECK(toml_get(t, "d")->d == 1.5);
    CHECK(toml_get(t, "b")->b);
    CHECK_STR(toml_get(t, "t")->s, "2026-11-23");
    const struct toml_node *rules = toml_get(t, "rules");
    CHECK_INT(rules->type, TOML_ARRAY);
    CHECK_INT(rules->n, 2);
    const struct toml_node *id = toml_get(&rules->v[1], "id");
    CHECK_STR(id->s, "two");
    CHECK_INT(id->line, 9);
    CHECK_INT(id->column, 8);
    CHECK(!toml_get(t, "absent"));
}

TEST(says_where_it_is_wrong)
{
    _cleanup_(arena_done) struct arena a = {};
    struct error err = ERROR_NULL;
    const struct toml_node *t;
    CHECK_INT(toml_parse(STR("a = 1\nb = = 2\n"), "bad.toml", &a, &t, &err), -EINVAL);
    CHECK(str_starts(str_from(err.text), STR("bad.toml:2:")));
}

TEST(deep_nesting_is_an_error)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf b = {};
    const struct toml_node *t;
    strbuf_adds(&b, "a = ");
    strbuf_pad(&b, '[', 100000);
    CHECK_INT(toml_parse(strbuf_str(&b), "deep.toml", &a, &t, NULL), -EINVAL);
}
