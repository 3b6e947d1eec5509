// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "harness/test.h"
#include "rule/test-sample.h"

/* 1: the condition holds for the event, 0: it does not, -1: it has errors. */
static int holds(const char *condition, const char *facts, struct strbuf *problems)
{
    struct arena arena = {};
    struct rule rule = {.source = SOURCE_SYSCALL};
    struct sample s;
    struct program *p = NULL;
    struct strbuf buffer = {};
    struct error err = ERROR_NULL;
    if (!sample_init(&s, facts))
        test_fail(__FILE__, __LINE__, "bad facts: %s", facts);
    const struct ast *a = sample_check(condition, &rule, &arena, problems);
    int r = -1;
    if (a) {
        struct compiler *c = compiler_new();
        compiler_add_rule(c, 0, rule.source, a);
        CHECK_INT(compiler_finish(c, &buffer), 0);
        compiler_free(c);
        if (program_load(buffer.p, buffer.n, &p, &err) < 0)
            test_fail(__FILE__, __LINE__, "%s: %s", condition, err.text);
        struct eval *ev = eval_new(p);
        eval_begin(ev, &s.event);
        r = eval_rule(ev, 0);
        eval_begin(ev, &s.event);
        if (eval_rule(ev, 0) != r)
            test_fail(__FILE__, __LINE__, "%s: another answer the second time", condition);
        eval_free(ev);
        program_free(p);
    }
    strbuf_done(&buffer);
    sample_done(&s);
    arena_done(&arena);
    return r;
}

static const struct {
    const char *condition, *facts;
    bool holds;
} CASES[] = {
#define CASE(condition, facts, holds) {condition, facts, holds},
#include "rule/test-eval.def"
#undef CASE
};

TEST(every_case)
{
    struct strbuf problems = {};
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        int got = holds(CASES[i].condition, CASES[i].facts, &problems);
        if (got != CASES[i].holds)
            test_fail(__FILE__, __LINE__, "%s on %s is %d; %s", CASES[i].condition, CASES[i].facts, got,
                      problems.p ? problems.p : "");
    }
    strbuf_done(&problems);
}

/* The same with all conditions in one program, so that leaves are shared and judged in groups. */
TEST(every_case_among_the_others)
{
    struct arena arena = {};
    struct rule rule = {.source = SOURCE_SYSCALL};
    struct strbuf problems = {}, buffer = {};
    struct program *p = NULL;
    struct compiler *c = compiler_new();
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        const struct ast *a = sample_check(CASES[i].condition, &rule, &arena, &problems);
        CHECK(a);
        compiler_add_rule(c, (uint32_t)i, SOURCE_SYSCALL, a);
    }
    CHECK_INT(compiler_finish(c, &buffer), 0);
    CHECK_INT(program_load(buffer.p, buffer.n, &p, NULL), 0);
    CHECK(p->n_groups > 10 && p->n_leaves < ARRAY_SIZE(CASES));
    struct eval *ev = eval_new(p);
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        struct sample s;
        CHECK(sample_init(&s, CASES[i].facts));
        eval_begin(ev, &s.event);
        if (eval_rule(ev, i) != CASES[i].holds)
            test_fail(__FILE__, __LINE__, "%s on %s", CASES[i].condition, CASES[i].facts);
        sample_done(&s);
    }
    eval_free(ev);
    program_free(p);
    compiler_free(c);
    strbuf_done(&buffer);
    strbuf_done(&problems);
    arena_done(&arena);
}

/* What is wrong: offset in the condition, message, cure. Pinned word for word, because people read it. */
static const struct {
    const char *condition, *problems;
} BAD[] = {
    {"proc.nmae = sh",
     "LOAD_ERR_COMPILE_CONDITION@0: unknown field \"proc.nmae\" / did you mean \"proc.name\"?\n"},
    {"proc.name = a and file.path = b",
     "LOAD_ERR_COMPILE_CONDITION@18: field \"file.path\" is not given by the source of this "
     "rule / it is given by: scan\n"},
    {"evt.type = opnat",
     "LOAD_ERR_COMPILE_CONDITION@11: unknown event type \"opnat\" / did you mean \"openat\"?\n"},
    {"evt.type in (open, file)",
     "LOAD_ERR_COMPILE_CONDITION@19: event type \"file\" never comes from source syscall / give "
     "the rule `source: scan`\n"},
    {"fd.num = x", "LOAD_ERR_COMPILE_CONDITION@9: \"x\" is no int / write a whole number, decimal or 0x…\n"},
    {"user.uid = -1",
     "LOAD_ERR_COMPILE_CONDITION@11: \"-1\" is no uint / write a whole number that is not negative, decimal "
     "or 0x…\n"},
    {"fd.sport = 65536",
     "LOAD_ERR_COMPILE_CONDITION@11: \"65536\" is no port / write a port from 0 to 65535\n"},
    {"proc.is_exe_writable = 1", "LOAD_ERR_COMPILE_CONDITION@23: \"1\" is no bool / write true or false\n"},
    {"fd.sip = localhost",
     "LOAD_ERR_COMPILE_CONDITION@9: \"localhost\" is no ip / write an address such as 10.0.0.1 or a "
     "network such as 10.0.0.0/8\n"},
    {"fd.num contains 1", "LOAD_ERR_COMPILE_CONDITION@0: operator \"contains\" is not for a int field\n"},
    {"fd.types = file",
     "LOAD_ERR_COMPILE_CONDITION@0: operator \"=\" is not for a list field / a list field takes exists, in "
     "and intersects; join(\" \", field) makes a text of it\n"},
    {"proc.name[1] = a",
     "LOAD_ERR_COMPILE_CONDITION@0: field \"proc.name\" takes no argument / leave the brackets out\n"},
    {"proc.aname[x] = a",
     "LOAD_ERR_COMPILE_CONDITION@0: the argument of field \"proc.aname\" is a position, not a name / "
     "write a number such as [1]\n"},
    {"evt.arg = a", "LOAD_ERR_COMPILE_CONDITION@0: field \"evt.arg\" needs an argument / write the argument "
                    "in brackets after "
                    "the name\n"},
    {"tolower(proc.aname) = a", "LOAD_ERR_COMPILE_CONDITION@0: tolower() cannot be used with this field\n"},
    {"proc.name = val(fd.ip)",
     "LOAD_ERR_COMPILE_CONDITION@16: field \"fd.ip\" cannot stand on the right of an operator\n"},
    {"proc.name = val(fd.num)",
     "LOAD_ERR_COMPILE_CONDITION@12: operator \"=\" cannot compare a string field with a int "
     "field\n"},
    {"proc.name regex \"(\"",
     "LOAD_ERR_COMPILE_CONDITION@16: missing ): ( / the syntax is RE2's POSIX one: (…|…), "
     "[[:digit:]], {2,3}\n"},
    {"evt.buffer bcontains 0g",
     "LOAD_ERR_COMPILE_CONDITION@21: \"0g\" is no hex text / write bytes in hex, two digits each\n"},
    {"evt.count.procinfo = 1",
     "LOAD_ERR_COMPILE_CONDITION@0: field \"evt.count.procinfo\" can be used neither in conditions "
     "nor in output\n"},
    {"evt.outputtime = a", "LOAD_ERR_COMPILE_CONDITION@0: field \"evt.outputtime\" is for output only\n"},
    {"join(\" \", proc.args) = a",
     "LOAD_ERR_COMPILE_CONDITION@0: join() takes a separator and a list field / write join(\", "
     "\", field) or join(\", \", (a, b))\n"},
    {"join(fd.types, (\"a\", \"b\")) = a",
     "LOAD_ERR_COMPILE_CONDITION@0: join() takes a separator and a list / write join(\", \", field) or "
     "join(\", \", (a, b))\n"},
    {"concat(proc.name, user.uid) = a", "LOAD_ERR_COMPILE_CONDITION@0: concat() takes text fields\n"},
    {"nope.a = 1 or nope.b = 2",
     "LOAD_ERR_COMPILE_CONDITION@0: unknown field \"nope.a\"\nLOAD_ERR_COMPILE_CONDITION@14: "
     "unknown field \"nope.b\"\n"},
    {"proc.tty = 0755",
     "LOAD_COMPILE_CONDITION@11: \"0755\" is read as a decimal number / write 0x… for hex; there are no "
     "octal numbers\n"},
};

TEST(every_mistake)
{
    struct strbuf problems = {};
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        strbuf_clear(&problems);
        int r = holds(BAD[i].condition, "", &problems);
        if (r >= 0 && !strstr(BAD[i].problems, "LOAD_COMPILE_CONDITION"))
            test_fail(__FILE__, __LINE__, "%s compiles", BAD[i].condition);
        CHECK_STR(strbuf_str(&problems), BAD[i].problems);
    }
    strbuf_done(&problems);
}

TEST(a_rule_may_ask_to_be_skipped)
{
    struct arena arena = {};
    struct strbuf problems = {};
    struct rule rule = {.source = SOURCE_SYSCALL};
    struct rule_input in = {
        .rule = &rule, .origin = {&problems, sample_report}, .skip_if_unknown_filter = true};
    struct parse_error e;
    CHECK_INT(parser_parse(STR("nosuch.thing = create and fd.num = x"), 1, &arena, &in.condition, &e), 0);
    CHECK_INT(check_condition(&in, &arena, NULL), 0);
    CHECK(in.is_skipped);
    CHECK_STR(strbuf_str(&problems), "LOAD_UNKNOWN_FILTER@0: unknown field \"nosuch.thing\"\n");
    strbuf_done(&problems);
    arena_done(&arena);
}

TEST(a_long_text_is_cut_and_takes_no_room_from_others)
{
    struct strbuf facts = {}, problems = {};
    strbuf_adds(&facts, "fd.name=/X; proc.cmdline=START");
    strbuf_pad(&facts, 'A', 2 * EVAL_VALUE_BYTES);
    CHECK_INT(holds("tolower(proc.cmdline) startswith start and tolower(fd.name) = /x", facts.p, &problems),
              1);
    CHECK_INT(holds("len(tolower(proc.cmdline)) = 262144 and len(proc.cmdline) > 500000", facts.p, &problems),
              1);
    strbuf_done(&problems);
    strbuf_done(&facts);
}
