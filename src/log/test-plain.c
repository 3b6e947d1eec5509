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
