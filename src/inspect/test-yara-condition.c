// SPDX-License-Identifier: Apache-2.0
/* Which rules are left open by what is known, and that libyara agrees about the others (test-yara-filter.c). */
#include "harness/test.h"
#include "inspect/yara_condition.h"

static void on_error(int level, const char *, int line, const YR_RULE *, const char *message, void *)
{
    if (level == YARA_ERROR_LEVEL_ERROR)
        test_fail(__FILE__, __LINE__, "line %d: %s", line, message);
}

static YR_RULES *compile(const char *text)
{
    YR_COMPILER *c;
    YR_RULES *rules;
    CHECK_INT(yr_initialize(), ERROR_SUCCESS);
    CHECK_INT(yr_compiler_create(&c), ERROR_SUCCESS);
    yr_compiler_set_callback(c, on_error, NULL);
    CHECK_INT(yr_compiler_add_string(c, text, NULL), 0);
    CHECK_INT(yr_compiler_get_rules(c, &rules), ERROR_SUCCESS);
    yr_compiler_destroy(c);
    return rules;
}

/* Conditions over $a, $b and $c of which only $a may be there, on a content that begins with MZ and has 100 bytes. */
static const struct {
    const char *condition;
    bool open;
} CASES[] = {
    {"$a", true},
    {"$b", false},
    {"not $b", true},
    {"$a and $b", false},
    {"$a or $b", true},
    {"$b or $c", false},
    {"any of them", true},
    {"2 of them", false},
    {"all of ($a*)", true},
    {"all of them", false},
    {"none of ($b*)", true},
    {"50% of ($b,$c)", false},
    {"1 of ($b,$c) or filesize == 99", false},
    {"#a > 3", true},
    {"#b > 0", false},
    {"#b == 0", true},
    {"$b at 0", false},
    {"not ($b at 0)", true},
    {"$b in (0..filesize)", false},
    {"@b > 5", false},
    {"not (@b > 5)", true},
    {"@b[1] == 0 or !b[1] == 0", false},
    {"uint16(0) == 0x5a4d", true},
    {"uint16(0) == 0x457f", false},
    {"uint16be(0) == 0x4d5a and $a", true},
    {"uint32(uint32(0x3c)) == 0x00004550", false},
    {"uint8(100) == 0", false},
    {"filesize < 50", false},
    {"filesize < 50KB and uint8(1) == 0x5a", true},
    {"for any of them : ( @ < 10 )", true},
    {"for any of ($b,$c) : ( @ < 10 )", false},
    {"for all i in (1..#b) : ( @b[i] < 10 ) and $b", false},
    {"for any i in (0..3) : ( uint8(i) == 0x5b )", false},
    {"for any i in (0..3) : ( uint8(i) == 0x5a )", true},
    {"for any i in (0..100000000) : ( uint8(i % 7) == 0x77 )", true}, /* too long to follow */
    {"filesize * 2 + 1 - 200 == 1 and $a", true},
    {"filesize \\ (filesize - 99) == 1 or filesize << 2 == 8", true}, /* not followed */
    {"never and $a", false},
    {"not never and $a", true},
    {"any of (never*)", false},
    {"pe.is_pe", true},
    {"$b and pe.number_of_sections > 2", false},
    {"math.entropy(0, 10) > 3.0 and $b", false},
    {"defined @b[1]", false},
};

TEST(what_is_known_closes_rules)
{
    char data[100] = "MZ";
    bool may[16] = {true, true, false, false}; /* of `never`, whose string may be there, and of the case */
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        char text[1024];
        snprintf(text, sizeof(text),
                 "import \"pe\"\nimport \"math\"\nrule never { strings: $z = \"zzzz\" condition: $z and filesize > 1000 }\n"
                 "rule x { strings: $a = \"aaaa\" $b = \"bbbb\" $c = \"cccc\" condition: ($a or true) and ($b or true) "
                 "and ($c or true) and (%s) }\n",
                 CASES[i].condition);
        YR_RULES *rules = compile(text);
        const bool anywhere[16] = {};
        struct yara_conditions *y = yara_conditions_new(rules, anywhere);
        const struct content c = {.data = str_n(data, sizeof(data)), .size = sizeof(data), .first = true, .last = true};
        bool any = yara_conditions_run(y, &c, may, (const uint32_t[]){0, 1}, 2);
        if (any != CASES[i].open || yara_conditions_open(y, 1) != CASES[i].open || yara_conditions_open(y, 0))
            test_fail(__FILE__, __LINE__, "%s: open %d, want %d", CASES[i].condition, any, CASES[i].open);
        yara_conditions_free(y);
        yr_rules_destroy(rules);
        yr_finalize();
    }
}

TEST(rules_that_need_no_string_are_known_and_so_are_those_that_ask_for_others)
{
    YR_RULES *rules = compile("rule a { strings: $a = \"aaaa\" condition: $a }\n"
                              "rule b { condition: a and filesize > 10 }\n"
                              "rule c { strings: $c = \"cccc\" condition: b and $c }\n"
                              "rule d { condition: not a and filesize > 1000 }\n"
                              "rule e { condition: uint16(0) == 0x5a4d and entrypoint > 3 }\n"
                              "rule f { condition: uint16(0) == 0x5a4d and filesize > 5 }\n");
    const bool nowhere[2] = {}, first[2] = {true, false}, both[2] = {true, true};
    struct yara_conditions *y = yara_conditions_new(rules, nowhere);
    CHECK_INT(yara_conditions_loose(y), 3); /* d, e, f */
    struct content c = {.data = STR("some text of thirty characters"), .size = 30, .first = true, .last = true};
    CHECK(!yara_conditions_run(y, &c, nowhere, NULL, 0));
    CHECK(yara_conditions_run(y, &c, first, (const uint32_t[]){0}, 1));
    CHECK(yara_conditions_open(y, 0) && yara_conditions_open(y, 1) && !yara_conditions_open(y, 2));
    CHECK(yara_conditions_run(y, &c, both, (const uint32_t[]){2, 0}, 2));
    CHECK(yara_conditions_open(y, 2) && !yara_conditions_open(y, 3) && !yara_conditions_ask_entry(y));
    c.data = STR("MZ text of thirty characters..");
    CHECK(yara_conditions_run(y, &c, nowhere, NULL, 0));
    CHECK(yara_conditions_open(y, 4) && yara_conditions_open(y, 5) && yara_conditions_ask_entry(y));
    CHECK(!yara_conditions_ask(y, "filename"));
    yara_conditions_free(y);
    yr_rules_destroy(rules);
    yr_finalize();
}
