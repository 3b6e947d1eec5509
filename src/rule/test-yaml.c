// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "harness/test.h"
#include "rule/limits.h"
#include "rule/yaml.h"

struct parsed {
    struct arena arena;
    struct source source;
    struct yaml_documents documents;
    struct yaml_problem problem;
    int result;
};

static void parse(struct parsed *p, struct str text)
{
    *p = (struct parsed){};
    source_init(&p->source, &p->arena, "x.yaml", text);
    p->result = yaml_parse(&p->source, &p->arena, &p->documents, NULL, &p->problem);
}

static void parsed_done(struct parsed *p)
{
    vec_done(&p->documents);
    arena_done(&p->arena);
}

/* In the value of `k`, each '$' must map back to an '$' of the file, in the same order. */
static void maps_back(const char *text)
{
    _cleanup_(parsed_done) struct parsed p;
    parse(&p, str_from(text));
    if (p.result)
        test_fail(text, 0, "%.*s", STR_ARG(p.problem.message));
    const struct yaml_node *value = yaml_get(p.documents.v[0], "k");
    CHECK(value && value->kind == YAML_SCALAR);
    size_t seen = 0, from = 0;
    for (size_t i = 0; i < value->text.n; i++) {
        if (value->text.p[i] != '$')
            continue;
        ptrdiff_t want = str_find(str_from(text), STR("$"), from);
        if ((ptrdiff_t)yaml_offset(value, i) != want)
            test_fail(text, (int)i, "maps to %zu, want %td", yaml_offset(value, i), want);
        from = (size_t)want + 1;
        seen++;
    }
    CHECK(seen > 0);
    CHECK(str_find(str_from(text), STR("$"), from) < 0);
}

TEST(places_in_every_style)
{
    maps_back("k: $\n");
    maps_back("k: a $b c$\n");
    maps_back("k:\n  a\n  $b\n\n  $c $\n");
    maps_back("k: 'it''s $ and ''$'\n");
    maps_back("k: 'a\n  $b\n\n  $'\n");
    maps_back("k: \"\\t\\\\ $ \\x41\\u00e9$ \\\"$\"\n");
    maps_back("k: \"a \\\n   $b\\n$\"\n");
    maps_back("k: >\n  a $b\n  $c\n\n  $d\n");
    maps_back("k: >- # a comment\n  a $b\n     $deeper\n  $d\n");
    maps_back("k: |\n  a $b\n    $c\n\n  $d\n");
    maps_back("k: |2-\n    a $b\n  $c");
    maps_back("k: >\r\n  a $b\r\n  $c\r\n");
    maps_back("\xef\xbb\xbfk: a $b\n");
    maps_back("k: \xc3\xa9 $b \xe6\xbc\xa2$\n");
    maps_back("{k: a $b, c: d}\n");
    maps_back("k: >+\n\n\n  $a\n\n");
}

TEST(places_in_long_values)
{
    static const char *const pieces[] = {"\\u00e9 x ", "$ ", "y\\\n   ", "z\n  "};
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "k: \"");
    for (int i = 0; i < 5000; i++)
        strbuf_adds(&b, pieces[i % 4]);
    strbuf_adds(&b, "$\"\n");
    maps_back(b.p);
    strbuf_clear(&b);
    strbuf_adds(&b, "k: >\n");
    for (int i = 0; i < 3000; i++)
        strbuf_adds(&b, i % 3 ? "  a $b\n" : "\n");
    maps_back(b.p);
}

TEST(documents_and_nulls)
{
    _cleanup_(parsed_done) struct parsed p;
    parse(&p, STR("# only a comment\n---\n- a\n---\n---\n{x: ~, y: null, z: '', w: }\n"));
    CHECK_INT(p.result, 0);
    CHECK_INT(p.documents.n, 3);
    CHECK_INT(p.documents.v[0]->kind, YAML_SEQUENCE);
    CHECK(yaml_is_null(p.documents.v[1]));
    const struct yaml_node *map = p.documents.v[2];
    CHECK(yaml_is_null(yaml_get(map, "x")) && yaml_is_null(yaml_get(map, "y")) &&
          yaml_is_null(yaml_get(map, "w")));
    CHECK(!yaml_is_null(yaml_get(map, "z")));
    CHECK(!yaml_get(map, "v"));
}

TEST(an_empty_file_has_no_documents)
{
    _cleanup_(parsed_done) struct parsed p;
    parse(&p, STR(""));
    CHECK_INT(p.result, 0);
    CHECK_INT(p.documents.n, 0);
    _cleanup_(parsed_done) struct parsed q;
    parse(&q, STR("# nothing\n"));
    CHECK_INT(q.result, 0);
}

TEST(keys_that_are_there_twice)
{
    struct arena arena = {};
    struct source source;
    struct yaml_documents documents = {}, repeated = {};
    struct yaml_problem problem = {};
    source_init(&source, &arena, "x.yaml", STR("- {a: 1, b: 2}\n- a: 1\n  b: 2\n  a: 3\n  a: 4\n"));
    CHECK_INT(yaml_parse(&source, &arena, &documents, &repeated, &problem), 0);
    CHECK_INT(repeated.n, 2);
    CHECK_INT(repeated.v[0]->start, 31);
    CHECK_STR(yaml_get(documents.v[0]->v[1], "a")->text, "1");
    vec_done(&documents);
    vec_done(&repeated);
    arena_done(&arena);
}

TEST(booleans)
{
    _cleanup_(parsed_done) struct parsed p;
    bool b = false;
    parse(&p, STR("[true, No, ON, maybe]"));
    const struct yaml_node *v = p.documents.v[0];
    CHECK(yaml_bool(v->v[0], &b) && b);
    CHECK(yaml_bool(v->v[1], &b) && !b);
    CHECK(yaml_bool(v->v[2], &b) && b);
    CHECK(!yaml_bool(v->v[3], &b) && !yaml_bool(v, &b));
}

TEST(aliases_are_the_node_they_name)
{
    _cleanup_(parsed_done) struct parsed p;
    parse(&p, STR("- &a [x, y]\n- *a\n"));
    CHECK_INT(p.result, 0);
    CHECK(p.documents.v[0]->v[0] == p.documents.v[0]->v[1]);
    CHECK_INT(p.documents.v[0]->weight, 7);
}

static void refuses(struct str text, const char *message, size_t offset)
{
    _cleanup_(parsed_done) struct parsed p;
    parse(&p, text);
    CHECK_INT(p.result, -EINVAL);
    CHECK_STR(p.problem.message, message);
    CHECK_INT(p.problem.offset, offset);
}

TEST(what_is_no_yaml)
{
    refuses(STR("a: \xff\n"), "the byte 0xff does not belong into UTF-8 text", 3);
    refuses(str_n("a\0b", 3), "the byte 0x00 does not belong into UTF-8 text", 1);
    refuses(STR("a: 1\nb: 2\na: 3\n"), "the key \"a\" is given twice", 10);
    refuses(STR("? [x]\n: y\n"), "a key must be a plain word", 2);
    refuses(STR("- *nope\n"), "there is no anchor \"nope\"", 2);
    refuses(STR("- &a [*a]\n"), "there is no anchor \"a\"", 6);
}

TEST(syntax_errors_have_a_place)
{
    static const char *const texts[] = {"a: [b\n", "a: 'b\n",      "a: b\n c: d\n", "a:\n\t- b\n",
                                        "}",       "a: \"\\q\"\n", "%YAML 9"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        _cleanup_(parsed_done) struct parsed p;
        parse(&p, str_from(texts[i]));
        if (p.result != -EINVAL)
            test_fail(texts[i], 0, "is taken for YAML");
        CHECK(str_starts(p.problem.message, STR("not YAML: ")));
        CHECK(p.problem.offset <= strlen(texts[i]));
    }
}

TEST(depth_and_alias_bombs_are_bounded)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_pad(&b, '[', RULE_YAML_DEPTH + 1);
    refuses(strbuf_str(&b), "nested more than 64 deep", RULE_YAML_DEPTH);
    strbuf_clear(&b);
    strbuf_adds(&b, "- &a0 [x]\n");
    for (int i = 1; i < 40; i++)
        strbuf_printf(&b, "- &a%d [*a%d, *a%d, *a%d]\n", i, i - 1, i - 1, i - 1);
    _cleanup_(parsed_done) struct parsed p;
    parse(&p, strbuf_str(&b));
    CHECK_INT(p.result, -EINVAL);
    CHECK_STR(p.problem.message,
              "more than 1048576 values or 64 MiB of text, aliases counted as what they stand for");
}
