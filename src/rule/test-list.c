// SPDX-License-Identifier: Apache-2.0
/* Lists, exceptions and where their text points to, seen at the text that the parser gets. */
#include <errno.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "rule/exception.h"
#include "rule/list.h"

static void free_rs(struct ruleset **rs)
{
    ruleset_free(*rs);
}

/* What the condition of the rule R becomes; '\n' in blanks is kept, runs of blanks become one for reading. */
static void becomes(const char *yaml, const char *want)
{
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(pieces_done) struct pieces written = {}, text = {};
    _cleanup_(strbuf_done) struct strbuf got = {};
    _cleanup_(free_rs) struct ruleset *rs = ruleset_new();
    if (ruleset_load_memory(rs, "x.yaml", str_from(yaml), &diags))
        test_fail(yaml, 0, "%.*s", STR_ARG(diags.v[0].message));
    CHECK_INT(list_expand_all(rs, &diags), 0);
    struct rule_definition *r = map_get(&rs->rules, STR("R"))->ptr;
    CHECK_INT(exception_apply(r, STR("rule R"), &written, &diags), 0);
    CHECK_INT(list_substitute(rs, &written, STR("rule R"), &text, &diags), 0);
    for (size_t i = 0; i < text.text.n; i++)
        if (text.text.p[i] != ' ' || (got.n && got.p[got.n - 1] != ' '))
            strbuf_addc(&got, text.text.p[i]);
    CHECK_STR(str_trim(strbuf_str(&got)), want);
}

#define HEAD            "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"
#define RULE(condition) HEAD "  condition: " condition "\n"

TEST(a_name_stands_between_delimiters)
{
#define LIST "- list: l\n  items: [x, 5]\n"
    becomes(LIST RULE("a.b in (l)"), "a.b in ( x, 5 )");
    becomes(LIST RULE("a.b in (y,l)"), "a.b in (y, x, 5 )");
    becomes(LIST RULE("a.b=l"), "a.b= x, 5");
    becomes(LIST RULE("l"), "x, 5");
    becomes(LIST RULE("a.l in (ll, l.l, 'l', -l)"), "a.l in (ll, l.l, 'l', -l)");
    becomes(LIST RULE("a.b in (l, l)"), "a.b in ( x, 5 , x, 5 )");
#undef LIST
}

/* Falco warns of such a name and puts the list in wherever its text stands between delimiters. */
TEST(a_name_may_hold_delimiters)
{
#define LISTS "- list: my list\n  items: [x, 5]\n- list: my\n  items: [m]\n- list: other list\n  items: [my list, o]\n- list: other\n  items: [p]\n"
    becomes(LISTS RULE("a.b in (my list)"), "a.b in ( x, 5 )");
    becomes(LISTS RULE("a.b in (y,my list, my)"), "a.b in (y, x, 5 , m )");
    becomes(LISTS RULE("a.b in (my lists, amy list)"), "a.b in ( m lists, amy list)");
    becomes(LISTS RULE("a.b in (other list)"), "a.b in ( x, 5, o )");
    becomes(LISTS RULE("a.b = my list"), "a.b = x, 5");
    becomes("- list: l\n  items: [a]\n- list: l m\n  items: [b]\n" RULE("a.b in (l m)"), "a.b in ( a m)");
    becomes("- list: f(x)\n  items: [a]\n" RULE("a.b in (f(x))"), "a.b in ( a )");
#undef LISTS
}

TEST(items_with_blanks_are_quoted)
{
    becomes("- list: l\n  items: [x y, \"'q r'\", '\"s t\"', plain]\n" RULE("a.b in (l)"),
            "a.b in ( \"x y\", 'q r', \"s t\", plain )");
}

TEST(an_empty_list_takes_a_comma_away)
{
#define LIST "- list: l\n  items: []\n"
    becomes(LIST RULE("a.b in (l)"), "a.b in ( )");
    becomes(LIST RULE("a.b in (x, l)"), "a.b in (x )");
    becomes(LIST RULE("a.b in (l, x)"), "a.b in ( x)");
    becomes(LIST RULE("a.b in (x, l, y)"), "a.b in (x , y)");
    becomes(LIST RULE("a.b in (l, l)"), "a.b in ( )");
    becomes(LIST "- list: m\n  items: [l, l]\n" RULE("a.b in (x, m)"), "a.b in (x )");
#undef LIST
}

TEST(earlier_lists_are_spliced)
{
    becomes("- list: a\n  items: [x]\n- list: b\n  items: [a, y]\n- list: c\n  items: [b, z]\n" RULE(
                "a.b in (c)"),
            "a.b in ( x, y, z )");
    becomes("- list: a\n  items: [x, a]\n" RULE("a.b in (a)"), "a.b in ( x, a )");
}

TEST(a_later_list_is_put_in_where_an_item_names_it)
{
    becomes("- list: a\n  items: [b, y]\n- list: b\n  items: [x]\n" RULE("a.b in (a)"), "a.b in ( x , y )");
    becomes("- list: a\n  items: [b]\n- list: b\n  items: [a]\n" RULE("a.b in (a)"), "a.b in ( b )");
}

TEST(append_and_override_of_lists)
{
#define LISTS "- list: a\n  items: [x]\n- list: b\n  items: [w]\n"
    becomes(LISTS "- list: a\n  items: [y]\n  override: {items: append}\n" RULE("a.b in (a)"),
            "a.b in ( x, y )");
    becomes(LISTS "- list: a\n  items: [y]\n  append: true\n" RULE("a.b in (a)"), "a.b in ( x, y )");
    becomes(LISTS "- list: a\n  items: [y]\n  override: {items: replace}\n" RULE("a.b in (a)"),
            "a.b in ( y )");
    becomes(LISTS "- list: a\n  items: [y]\n" RULE("a.b in (a)"), "a.b in ( y )");
    becomes(LISTS "- list: a\n  items: [b]\n  override: {items: append}\n" RULE("a.b in (a)"),
            "a.b in ( x, w )");
#undef LISTS
}

TEST(exceptions_with_many_fields)
{
#define TWO "  exceptions:\n    - name: e\n      fields: [a.b, c.d]\n"
    becomes(RULE("m") TWO, "(m)");
    becomes(RULE("m or n") TWO "      values: [[x, y]]\n", "(m or n) and not ((a.b = x and c.d = y))");
    becomes(RULE("m") TWO "      values: [[x, y], [x y, 5]]\n",
            "(m) and not ((a.b = x and c.d = y) or (a.b = \"x y\" and c.d = 5))");
    becomes(
        RULE("m") TWO
        "      comps: [in, startswith]\n      values: [[[x, y z], /p], [\"(v)\", /q], [w, /r]]\n",
        "(m) and not ((a.b in (x, \"y z\") and c.d startswith /p) or (a.b in (v) and c.d startswith /q) or "
        "(a.b in (w) and c.d startswith /r))");
    becomes(RULE("m") TWO "      comps: [contains anyof, glob oneof]\n      values: [[[x, y], z]]\n",
            "(m) and not ((a.b contains anyof (x, y) and c.d glob oneof (z)))");
#undef TWO
}

TEST(exceptions_with_one_field)
{
#define ONE "  exceptions:\n    - name: e\n      fields: a.b\n"
    becomes(RULE("m") ONE, "(m)");
    becomes(RULE("m") ONE "      values: [x, y z]\n", "(m) and not (a.b in (x, \"y z\"))");
    becomes(RULE("m") ONE "      comps: pmatch\n      values: [/x]\n", "(m) and not (a.b pmatch (/x))");
    becomes(RULE("m") ONE "      comps: endswith anyof\n      values: [x, y]\n",
            "(m) and not (a.b endswith anyof (x, y))");
    becomes("- list: l\n  items: [p, q]\n" RULE("m") ONE "      values: [l]\n",
            "(m) and not (a.b in ( p, q ))");
#undef ONE
}

TEST(appended_exceptions)
{
    becomes(RULE("m") "  exceptions:\n    - {name: e, fields: a.b, values: [x]}\n"
                      "- rule: R\n  exceptions:\n    - {name: e, values: [y]}\n    - {name: f, fields: c.d, "
                      "values: [z]}\n"
                      "  override: {exceptions: append}\n",
            "(m) and not (a.b in (x, y)) and not (c.d in (z))");
    becomes(RULE("m") "  exceptions:\n    - {name: e, fields: a.b, values: [x]}\n"
                      "- rule: R\n  exceptions: [{name: g, fields: c.d, values: [z]}]\n"
                      "  override: {exceptions: replace}\n",
            "(m) and not (c.d in (z))");
}

TEST(pieces_keep_their_places)
{
    static const struct yaml_node a = {.kind = YAML_SCALAR, .text = {"0123456789", 10}};
    static const struct yaml_node b = {.kind = YAML_SCALAR, .text = {"abcdef", 6}};
    _cleanup_(pieces_done) struct pieces p = {}, q = {};
    size_t from = 0;
    pieces_copy(&p, &a, 2, 5);
    pieces_insert(&p, &b, 1, STR("--"));
    pieces_copy(&p, &b, 3, 6);
    CHECK_STR(strbuf_str(&p.text), "234--def");
    CHECK(pieces_find(&p, 1, &from) == &a && from == 3);
    CHECK(pieces_find(&p, 4, &from) == &b && from == 1);
    CHECK(pieces_find(&p, 6, &from) == &b && from == 4);
    pieces_part(&q, &p, 1, 7);
    CHECK_STR(strbuf_str(&q.text), "34--de");
    CHECK(pieces_find(&q, 0, &from) == &a && from == 3);
    CHECK(pieces_find(&q, 3, &from) == &b && from == 1);
    CHECK(pieces_find(&q, 5, &from) == &b && from == 4);
    pieces_cut(&q, 2);
    CHECK_STR(strbuf_str(&q.text), "34");
    CHECK_INT(q.v.n, 1);
}

/* Which rules name a list past its last day, on 2026-11-28. */
static void check_stale(const char *yaml, bool want, size_t n_expired)
{
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(free_rs) struct ruleset *rs = ruleset_new();
    const struct ruleset_expired *expired;
    ruleset_set_today(rs, UINT64_C(20'785) * 86400 * 1'000'000'000U);
    CHECK_INT(ruleset_load_memory(rs, "x.yaml", str_from(yaml), &diags), 0);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    if (ruleset_get(rs, 0)->is_stale != want)
        test_fail(__FILE__, __LINE__, "stale is %d, want %d: %s", !want, want, yaml);
    CHECK_INT(ruleset_expired(rs, &expired), n_expired);
    if (n_expired)
        CHECK_STR(expired[0].day, "2026-11-27");
    size_t told = 0;
    for (size_t i = 0; i < diags.n; i++)
        told += diags.v[i].code == DIAG_EXPIRED_LIST;
    CHECK_INT(told, n_expired);
}

#define OLD  "- list: l\n  source: s\n  reviewed: 2026-01-01\n  expires: 2026-11-27\n  items: [x]\n"
#define GOOD "- list: l\n  expires: 2026-11-28\n  items: [x]\n"
#define SCAN(condition) HEAD "  source: scan\n  condition: evt.type = file and " condition "\n"

TEST(a_list_past_its_last_day_makes_its_rules_stale)
{
    check_stale(OLD SCAN("file.name in (l)"), true, 1);
    check_stale(OLD "- list: m\n  items: [l, y]\n" SCAN("file.name in (m)"), true, 1);
    check_stale(OLD "- macro: m\n  condition: (file.name in (l))\n- macro: n\n  condition: (m or file.name = z)\n" SCAN("n"), true, 1);
    check_stale(OLD SCAN("file.name in (x)"), false, 1);
    check_stale(GOOD SCAN("file.name in (l)"), false, 0);
    check_stale(OLD "- list: l\n  append: true\n  items: [y]\n" SCAN("file.name in (l)"), true, 1);
    check_stale(OLD "- list: l\n  items: [y]\n" SCAN("file.name in (l)"), false, 0); /* another list under the name */
}

TEST(a_day_is_checked)
{
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(free_rs) struct ruleset *rs = ruleset_new();
    CHECK_INT(ruleset_load_memory(rs, "x.yaml", STR("- list: l\n  expires: soon\n  items: [x]\n"), &diags), -EINVAL);
    CHECK_STR(diags.v[0].message, "the value of \"expires\" is no day");
}
