// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "log/plain.h"
#include "log/shape.h"
#include "log/test-plain-twice.h"

/* Members of an object. */
static const struct {
    const char *members;
    bool is_plain;
} CASES[] = {
    {"", true},
    {"\"a\":\"b\"", true},
    {"\"a\":\"b\",\"c\":\"d\",\"e\":\"\",\"\":\"f\"", true},
    {"\"a\":{},\"b\":[],\"c\":[[]],\"d\":{\"e\":{}}", true},
    {"\"a\":[1,\"2\",{\"b\":[3,null]},true,false]", true},
    {" \"a\" :\t\"b\" , \"c\" : [ 1 ,\n2 ] ,\r\n\"d\" : { \"e\" : \"f\" } ", true},
    {"\"a\":\"{[,:]}\",\"b,\":\":\"", true},
    {"\"a\":\"\xc3\xa4\",\"\xe6\x97\xa5\":\"\xe6\x9c\xac\"", true},
    {"\"a\":true,\"b\":false,\"c\":null", true},
    {"\"a\":0,\"b\":7,\"c\":123456789012345678", true},
    {"\"a\":1,\"a\":2", true},
    {"\"Z\":1", true},
    /* read by simdjson */
    {"\"a\":\"b\\n\"", false},
    {"\"a\":-1,\"b\":-0", false},
    {"\"a\":1.5,\"b\":1e3,\"c\":1E-2", false},
    {"\"a\":1234567890123456789,\"b\":18446744073709551615", false},
    /* refused by it */
    {"\"a\":18446744073709551616", false},
    {"\"a\":00", false},
    {"\"a\":01", false},
    {"\"a\":1a", false},
    {"\"a\":tru", false},
    {"\"a\":truex", false},
    {"\"a\":nul", false},
    {"\"a\":true\"b\"", false},
    {"\"a\":\"b\"c", false},
    {"\"a\":\"b\" \"c\"", false},
    {"\"a\":\"b\":\"c\"", false},
    {"\"a\":,\"b\":1", false},
    {"\"a\"", false},
    {"\"a\":", false},
    {"\"a\" 1", false},
    {"a:1", false},
    {"1:1", false},
    {"\"a\":1,", false},
    {",\"a\":1", false},
    {"\"a\":[1,]", false},
    {"\"a\":[,1]", false},
    {"\"a\":[\"b\":1]", false},
    {"\"a\":[1,\"b\":1]", false},
    {"\"a\":{\"b\"}", false},
    {"\"a\":{1}", false},
    {"\"a\":{\"b\":1,2}", false},
    {"\"a\":[1}", false},
    {"\"a\":{\"b\":1]", false},
    {"\"a\":1}", false},
    {"\"a\":1},{\"b\":2", false},
    {"\"a\":[", false},
    {"\"a\":{", false},
    {"\"a\":\"", false},
    {"\"a\":\"\n\"", false},
    {"\"a\":\"\xff\"", false},
};

TEST(a_plain_text_is_read_as_simdjson_reads_it)
{
    struct reading r[2] = {};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        bool is_plain;
        if (!read_twice(r, str_from(CASES[i].members), &is_plain))
            test_fail(__FILE__, __LINE__, "differs: %s", CASES[i].members);
        if (is_plain != CASES[i].is_plain)
            test_fail(__FILE__, __LINE__, "%s: %s", is_plain ? "plain" : "not plain", CASES[i].members);
    }
    reading_done(&r[0]);
    reading_done(&r[1]);
}

TEST(depth_and_number_of_members_have_limits)
{
    struct reading r[2] = {};
    bool is_plain;
    for (unsigned n = PLAIN_DEPTH - 3; n < PLAIN_DEPTH + 3; n++) {
        struct strbuf b = {};
        strbuf_adds(&b, "\"a\":");
        strbuf_pad(&b, '[', n);
        strbuf_pad(&b, ']', n);
        CHECK(read_twice(r, strbuf_str(&b), &is_plain));
        CHECK(is_plain == (n < PLAIN_DEPTH));
        strbuf_done(&b);
    }
    for (unsigned n = SHAPE_NAMES - 3; n < SHAPE_NAMES + 3; n++) {
        struct strbuf b = {};
        for (unsigned i = 0; i < n; i++)
            strbuf_printf(&b, "%s\"a name of some length %u\":%u", i ? "," : "", i, i);
        CHECK(read_twice(r, strbuf_str(&b), &is_plain) && is_plain);
        CHECK((node_note(r[0].root) != NULL) == (n < SHAPE_NAMES));
        strbuf_done(&b);
    }
    reading_done(&r[0]);
    reading_done(&r[1]);
}

TEST(what_is_known_of_a_shape_is_of_no_other)
{
    static const char *const SAME[] = {"\"a\":\"1\",\"bcd\":{\"x\":1}", "\"a\": \"1\",\"bcd\" : 1", "\"a\":\"22\",\"bcd\":[]", "\"a\":\"\",\"bcd\":null"};
    static const char *const OTHER[] = {"\"bcd\":1,\"a\":\"1\"", "\"a\":\"1\",\"bcd\":\"\"", "\"a\":\"1\",\"bcd\": \"\"", "\"a\":1,\"bcd\":1", "\"a\":\"1\",\"bce\":1", "\"a\":\"1\",\"bcd\":1,\"e\":1", "\"a\":\"1\""};
    struct reading r = {};
    read_with(&r, "A", STR("\"a\":\"0\",\"bcd\":0"));
    CHECK(node_note(r.root) && !*node_note(r.root));
    *node_note(r.root) = 7;
    CHECK(!node_is(node_get(r.root, STR("e"))) && !node_is(node_get(r.root, STR("bce"))));
    for (size_t i = 0; i < sizeof(SAME) / sizeof(*SAME); i++) {
        read_with(&r, "A", str_from(SAME[i]));
        CHECK(*node_note(r.root) == 7);
        CHECK(!node_is(node_get(r.root, STR("e"))) && node_is(node_get(r.root, STR("bcd"))));
    }
    for (size_t i = 0; i < sizeof(OTHER) / sizeof(*OTHER); i++) {
        read_with(&r, "A", str_from(OTHER[i]));
        CHECK(!*node_note(r.root));
    }
    CHECK(node_is(node_get(r.root, STR("a"))) && !node_is(node_get(r.root, STR("bcd"))));
    reading_done(&r);
}

/* More names are asked for than a shape remembers, and longer ones than it knows whole. */
TEST(names_that_are_forgotten_are_found_again)
{
    struct reading r = {};
    struct strbuf b = {};
    char name[64];
    uint64_t u;
    for (unsigned i = 0; i < 60; i++)
        strbuf_printf(&b, "%s\"a name that is long, %u of them, and ends alike\":%u", i ? "," : "", i, i);
    for (unsigned round = 0; round < 3; round++) {
        read_with(&r, "A", strbuf_str(&b));
        for (unsigned i = 0; i < 120; i++) {
            snprintf(name, sizeof(name), "a name that is long, %u of them, and ends alike", i);
            const struct node n = node_get(r.root, str_from(name));
            CHECK(node_is(n) == (i < 60));
            CHECK(i >= 60 || (node_u64(n, &u) && u == i));
            snprintf(name, sizeof(name), "%u", i);
            CHECK(!node_is(node_get(r.root, str_from(name))));
        }
    }
    strbuf_done(&b);
    reading_done(&r);
}

/* Objects within push shapes out, of the outermost too: what is not in one of them is not absent from another. */
TEST(a_shape_that_was_pushed_out_is_found_anew)
{
    struct reading r = {};
    struct strbuf b = {};
    for (unsigned i = 0; i < 4000; i++) {
        strbuf_clear(&b);
        strbuf_printf(&b, "\"in\":{\"x%u\":1,\"y\":2},\"z\":3", i);
        read_with(&r, "A", strbuf_str(&b));
        const struct node in = node_get(r.root, STR("in"));
        for (unsigned again = 0; again < 3; again++)
            CHECK(!node_is(node_get(in, STR("z"))) && node_is(node_get(in, STR("y"))) && node_is(node_get(r.root, STR("z"))) && !node_is(node_get(r.root, STR("y"))));
    }
    strbuf_done(&b);
    reading_done(&r);
}

/* ---- what stands between values ---- */

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return *state >> 33;
}

/* Members in which every $ stands for a string and every # for a number. */
static const char *const KINDS[] = {
    "\"a\":\"$\",\"bb\":\"$\",\"c\":{\"d\":\"$\",\"e\":null},\"f\":#,\"g\":\"$\"",
    "\"a\":\"$\",\"bb\":\"$\",\"c\":{\"d\":\"$\",\"e\":{\"x\":true}},\"f\":#,\"g\":\"$\"",
    "\"a\":\"$\",\"bb\":\"$\",\"c\":null,\"f\":#,\"g\":\"$\"",
    "\"a\":\"$\",\"bb\":#,\"c\":[\"$\",\"$\",#,[#],{\"y\":\"$\"}],\"g\":\"$\"",
    "\"a\":\"$\",\"bb\":true,\"c\":[\"$\"],\"g\":false",
    "\"a\":\"$\",\"bb\":tru,\"c\":[\"$\"],\"g\":false",
    "\"a name of some length\":{\"and another one\":{\"a third one\":{\"b\":\"$\"}}},\"Z\":\"$\"",
    "\"a name of some length\":{\"and anOther one\":{\"a third one\":{\"b\":\"$\"}}},\"Z\":\"$\"",
    "\"a name of some length\":{\"and another one\":{\"a third one\":{\"b\":\"$\"}}},\"Z\":[{},[],{\"c\":[]}]",
    "\"a\":\"$\" ,\"bb\": \"$\",\"c\":[# ,#]",
    "\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":\"$\"}}}}},\"g\":[[[[\"$\"]]]]",
};
static const char *const STRINGS[] = {"", "x", "a word", "{}", ",a:[", "\xe6\x97\xa5", "0123456789012345678901234567890123456789", "true", "[\"", "\",\"a\":\"", "a\\\"b", "a\nb", "$"};
static const char *const NUMBERS[] = {"0", "7", "12", "123456789012345678", "1234567890123456789", "01", "1.5", "-3", "1 ", "", "null", "\"1\"", "9x"};

static void add_filled(struct strbuf *b, const char *kind, uint64_t *random, bool is_odd)
{
    const size_t begin = b->n;
    for (; *kind; kind++)
        if (*kind == '$')
            strbuf_adds(b, STRINGS[next_random(random) % (ARRAY_SIZE(STRINGS) - (is_odd ? 0 : 5))]);
        else if (*kind == '#')
            strbuf_adds(b, NUMBERS[next_random(random) % (is_odd ? ARRAY_SIZE(NUMBERS) : 4)]);
        else
            strbuf_addc(b, *kind);
    if (is_odd && next_random(random) % 2 && b->n > begin)
        b->p[begin + next_random(random) % (b->n - begin)] = "\"{}[]:,1a \n"[next_random(random) % 11];
}

TEST(what_was_learned_of_some_objects_holds_for_no_other)
{
    struct reading r[2] = {};
    struct strbuf b = {};
    uint64_t random = 1;
    unsigned plain = 0;
    for (unsigned i = 0; i < 60000; i++) {
        strbuf_clear(&b);
        add_filled(&b, KINDS[next_random(&random) % ARRAY_SIZE(KINDS)], &random, i % 4 == 3);
        read_with(&r[0], "A", strbuf_str(&b));
        read_with(&r[1], "\\u0041", strbuf_str(&b));
        plain += !r[0].error && r[0].root.tape->text;
        if (!sees_same(&r[0], &r[1]))
            test_fail(__FILE__, __LINE__, "differs: %.*s", STR_ARG(strbuf_str(&b)));
    }
    CHECK(plain > 30000);
    strbuf_done(&b);
    reading_done(&r[0]);
    reading_done(&r[1]);
}

TEST(what_is_kept_with_some_objects_is_of_no_other)
{
    static const char owner, other;
    struct reading r = {};
    struct strbuf b = {};
    uint32_t *kept = NULL, *of_lists = NULL;
    for (unsigned i = 0; i < 40; i++) {
        strbuf_clear(&b);
        strbuf_printf(&b, "\"a\":\"%u\",\"b\":{\"c\":%u},\"d\":%s", i * 77, i, i % 2 ? "[\"\"]" : "null");
        read_with(&r, "A", strbuf_str(&b));
        uint32_t *is = node_keep(r.root, &owner), **before = i % 2 ? &of_lists : &kept;
        CHECK(!node_keep(node_get(r.root, STR("b")), &owner) && !node_keep((struct node){}, &owner));
        if (!is)
            continue;
        CHECK(!node_keep(r.root, &other));
        CHECK(*before ? is == *before && is[NODE_KEPT - 1] == 1 + i % 2 : !is[0] && !is[NODE_KEPT - 1]);
        is[NODE_KEPT - 1] = 1 + i % 2;
        *before = is;
    }
    CHECK(kept && of_lists && kept != of_lists);
    read_with(&r, "A", STR("\"a\":\"x\\n\",\"b\":{\"c\":1},\"d\":null"));
    CHECK(!r.error && !node_keep(r.root, &owner));
    strbuf_done(&b);
    reading_done(&r);
}

/* Names without end: what is kept of them has a bound, and what was learned before and after holds. */
TEST(objects_of_ever_other_names_are_read_too)
{
    struct reading r[2] = {};
    struct strbuf b = {};
    for (unsigned i = 0; i < 40000; i++) {
        strbuf_clear(&b);
        strbuf_printf(&b, "\"n%u\":\"v\",\"o%u\":{\"p%u\":\"%u\"},\"q\":%u", i / 3 % 9000, i / 3 % 7, i / 3, i, i);
        read_with(&r[0], "A", strbuf_str(&b));
        if (i % 16)
            continue;
        read_with(&r[1], "\\u0041", strbuf_str(&b));
        if (!sees_same(&r[0], &r[1]))
            test_fail(__FILE__, __LINE__, "differs: %.*s", STR_ARG(strbuf_str(&b)));
    }
    strbuf_done(&b);
    reading_done(&r[0]);
    reading_done(&r[1]);
}

/* What stood there before, when there was more, is no part of it: neither its bytes nor its marks. */
TEST(what_ends_early_is_not_read_on)
{
    static const char line[] = "{\"a\":\"1\",\"b\":true,\"c\":true,\"d\":[],\"e\":[],\"f\":{},\"g\":\"2\"}\n";
    const size_t n_line = sizeof(line) - 1;
    struct json_parser *parser = json_parser_new(LOG_RECORD_MAX);
    struct strbuf lines = {};
    struct str text;
    struct node root;
    for (unsigned i = 0; i < 8; i++)
        strbuf_adds(&lines, line);
    const size_t n = lines.n;
    strbuf_pad(&lines, 0, LOG_PADDING);
    CHECK(json_parser_ahead(parser, str_n(lines.p, n)));
    for (size_t at = 0; at < n; at += n_line)
        CHECK(json_parser_next(parser, lines.p + at, &text, &root) && text.n == n_line - 1);
    for (size_t cut = n - n_line + 1; cut < n - 1; cut++)
        if (json_parser_ahead(parser, str_n(lines.p, cut)))
            CHECK(!json_parser_next(parser, lines.p + n - n_line, &text, &root));
    (void)json_parser_free(parser);
    strbuf_done(&lines);
}

/* Lines that are looked at together: each is its own object, whatever follows it in the window. */
TEST(lines_together_are_read_as_one_by_one)
{
    struct reading alone = {};
    struct strbuf lines = {};
    struct arena arena = {};
    struct json_parser *parser = json_parser_new(LOG_RECORD_MAX);
    uint64_t random = 2;
    unsigned read = 0;
    for (unsigned round = 0; round < 400; round++) {
        strbuf_clear(&lines);
        for (unsigned i = 0; i < 40; i++) {
            strbuf_addc(&lines, '{');
            add_filled(&lines, KINDS[next_random(&random) % 4], &random, false);
            strbuf_adds(&lines, round % 5 == 4 && i % 9 == 8 ? "}}\n" : "}\n");
        }
        const size_t n = lines.n;
        /* the bytes behind the lines go on as the last one might */
        add_filled(&lines, ",\"g\":\"$\"}\n,\"c\":{\"d\":\"$\",\"e\":null},\"f\":1}\n", &random, false);
        strbuf_pad(&lines, 0, LOG_PADDING);
        if (!json_parser_ahead(parser, str_n(lines.p, n)))
            continue;
        for (const char *at = lines.p, *next; at < lines.p + n; at = next) {
            struct str text;
            struct node root;
            next = (const char *)memchr(at, '\n', n) + 1;
            if (!json_parser_next(parser, at, &text, &root))
                continue;
            CHECK(text.p == at && text.n == (size_t)(next - 1 - at));
            read_with(&alone, "\\u0041", str_n(at + 1, text.n - 2));
            const struct str all = node_text(alone.root, &arena); /* begins with {"A":0, */
            CHECK(!alone.error && str_eq(str_sub(all, 7, all.n), str_sub(node_text(root, &arena), 1, SIZE_MAX)));
            read++;
            arena_reset(&arena);
        }
    }
    CHECK(read > 10000);
    (void)json_parser_free(parser);
    strbuf_done(&lines);
    arena_done(&arena);
    reading_done(&alone);
}
