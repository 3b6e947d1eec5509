// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/cleanup.h"
#include "event/facts.h"
#include "harness/test.h"
#include "rule/test-sample.h"

static struct ruleset *load(const char *yaml, struct strbuf *problems)
{
    struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    int r = ruleset_load_memory(rs, "t.yaml", str_from(yaml), &diags);
    if (!r)
        r = ruleset_compile(rs, &diags);
    for (size_t i = 0; i < diags.n; i++)
        diag_render(problems, &diags.v[i]);
    diags_done(&diags);
    return r ? ruleset_free(rs) : rs;
}

#define RULE(name, condition, output)                                                                        \
    "- rule: " name "\n  desc: d\n  condition: " condition "\n  output: '" output "'\n  priority: INFO\n"
#define SCAN "  source: scan\n"

struct seen {
    char names[64];
};
static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    struct seen *s = ctx;
    (void)event;
    strncat(s->names, rule->name.p, rule->name.n);
    return 0;
}

static void check_matches(const char *yaml, enum rule_matching matching, const char *facts, const char *want)
{
    struct strbuf problems = {};
    struct ruleset *rs = load(yaml, &problems);
    if (!rs)
        test_fail(__FILE__, __LINE__, "%s", problems.p);
    struct evaluator *ev = evaluator_new(rs, matching);
    struct sample s;
    struct seen seen = {};
    CHECK(sample_init(&s, facts));
    CHECK_INT(evaluator_run(ev, &s.event, on_match, &seen), 0);
    CHECK_CSTR(seen.names, want);
    sample_done(&s);
    evaluator_free(ev);
    ruleset_free(rs);
    strbuf_done(&problems);
}

static const char THREE[] = RULE("A", "evt.type = open and proc.name = x", "a")
    RULE("B", "evt.type in (open, execve)", "b") RULE("C", "not evt.type = open and proc.name = x", "c");

TEST(rules_are_tried_in_load_order_on_their_types)
{
    check_matches(THREE, RULE_MATCHING_ALL, "evt.type=open; proc.name=x", "AB");
    check_matches(THREE, RULE_MATCHING_FIRST, "evt.type=open; proc.name=x", "A");
    check_matches(THREE, RULE_MATCHING_ALL, "evt.type=execve; proc.name=x", "BC");
    check_matches(THREE, RULE_MATCHING_ALL, "evt.type=execve; proc.name=y", "B");
    check_matches(THREE, RULE_MATCHING_ALL, "evt.type=close; proc.name=x", "C");
    check_matches(THREE, RULE_MATCHING_ALL, "evt.type=file; proc.name=x", "");
}

TEST(event_types_follow_from_and_or_not)
{
    static const struct {
        const char *condition, *types;
    } cases[] = {
        {"evt.type = open", "open"},
        {"evt.type in (open, execve) and not evt.type = open", "execve"},
        {"(evt.type = open and proc.name = a) or (evt.type = execve and proc.name = b)", "open execve"},
        {"not (evt.type != open or proc.name = a)", "open"},
        {"evt.type = open and evt.type = execve", ""},
        {"evt.type startswith init_mod", "init_module"},
        {"not (not evt.type in (open, close) or not proc.name = a) and evt.type != close", "open"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct strbuf problems = {}, yaml = {}, types = {};
        const enum event_type *v;
        strbuf_printf(&yaml, "- rule: A\n  desc: d\n  output: o\n  priority: INFO\n  condition: %s\n",
                      cases[i].condition);
        struct ruleset *rs = load(yaml.p, &problems);
        CHECK(rs);
        unsigned n = compiled_event_types(ruleset_compiled(rs), ruleset_get(rs, 0), &v);
        for (unsigned t = 0; t < n; t++)
            strbuf_printf(&types, "%s%s", t ? " " : "", event_type_name(v[t]));
        CHECK_STR(strbuf_str(&types), cases[i].types);
        ruleset_free(rs);
        strbuf_done(&types);
        strbuf_done(&yaml);
        strbuf_done(&problems);
    }
}

TEST(warnings_about_event_types)
{
    struct strbuf problems = {};
    ruleset_free(load(RULE("A", "proc.name = a", "o"), &problems));
    CHECK(problems.p && strstr(problems.p, "t.yaml:3:14: warning: rule A: the rule is tried on 3"));
    CHECK(strstr(problems.p, "LOAD_NO_EVTTYPE"));
    strbuf_clear(&problems);
    ruleset_free(load(RULE("A", "proc.name = a", "o") "  warn_evttypes: false\n", &problems));
    CHECK_STR(strbuf_str(&problems), "");
    ruleset_free(load(RULE("A", "file.size > 5", "o") SCAN, &problems));
    CHECK(strstr(problems.p, "the condition names no evt.type"));
    strbuf_clear(&problems);
    ruleset_free(load(RULE("A", "evt.type = file and file.size > 5", "o") SCAN, &problems));
    CHECK_STR(strbuf_str(&problems), "");
    ruleset_free(load(RULE("A", "evt.type = open and evt.type = execve", "o"), &problems));
    CHECK(strstr(problems.p, "the rule never matches"));
    strbuf_done(&problems);
}

static const struct {
    const char *output, *facts, *text; /* text NULL: an error with `facts` in its message */
} OUTPUTS[] = {
    {"plain", "", "plain"},
    {"n=%proc.name u=%user.uid", "proc.name=bash; user.uid=0", "n=bash u=0"},
    {"*%proc.name", "", "<NA>"},
    {"%proc.name.", "proc.name=a", "a."},
    {"(%proc.name)", "proc.name=a", "(a)"},
    {"%6proc.name|%2proc.name|", "proc.name=bash", "bash  |ba|"},
    {"%proc.aname[2]", "proc.aname[2]=x", "x"},
    {"%proc.aname", "proc.aname=a|b", "a b"},
    {"%fd.types", "fd.types=file|pipe", "(file,pipe)"},
    {"%evt.arg.flags %evt.arg[mode]", "evt.arg.flags=X; evt.arg.mode=#7", "X 7"},
    {"%toupper(proc.name)", "proc.name=bash", "BASH"},
    {"%toupper(basename(proc.exepath))", "proc.exepath=/bin/sh", "SH"},
    {"%concat(proc.name, \"-\", proc.pname)", "proc.name=a; proc.pname=b", "a-b"},
    {"%join(\"+\", fd.types)", "fd.types=a|b", "a+b"},
    {"%join(\"+\", (proc.name, \"x\", proc.pid)).", "proc.name=a; proc.pid=3", "a+x+3."},
    {"%toupper(join(\"+\", ()))|", "proc.name=a", "|"},
    {"%toupper(proc.name)", "", "<NA>"},
    {"100%% sure", "", "100% sure"},
    {"%fd.sip:%fd.sport", "fd.sip=10.0.0.1; fd.sport=80", "10.0.0.1:80"},
    {"a %container.info b", "", "a  b"},
    {"%proc.nmae", "t.yaml:4:13: error: rule A: unknown field \"proc.nmae\"", NULL},
    {"x %fd.ip", "field \"fd.ip\" is for conditions only", NULL},
    {"50% off", "no field follows", NULL},
    {"%toupper(fd.num)", "toupper() takes a text field", NULL},
    {"%val(proc.name)", "unknown field \"val\"", NULL},
    {"%99999proc.name", "the width is larger than 4096", NULL},
    {"%proc.aname[", "no field follows", NULL},
    {"%evt.arg", "needs an argument", NULL},
};

TEST(outputs)
{
    for (size_t i = 0; i < ARRAY_SIZE(OUTPUTS); i++) {
        struct strbuf yaml = {}, problems = {}, text = {};
        strbuf_printf(&yaml, RULE("A", "evt.type = open", "%s"), OUTPUTS[i].output);
        struct ruleset *rs = load(yaml.p, &problems);
        if (!OUTPUTS[i].text) {
            CHECK(!rs);
            if (!strstr(problems.p, OUTPUTS[i].facts))
                test_fail(__FILE__, __LINE__, "%s", problems.p);
        } else {
            struct sample s;
            if (!rs)
                test_fail(__FILE__, __LINE__, "%s", problems.p);
            CHECK(sample_init(&s, OUTPUTS[i].facts));
            rule_format_output(rs, ruleset_get(rs, 0), &s.event, &text);
            CHECK_STR(strbuf_str(&text), OUTPUTS[i].text);
            sample_done(&s);
        }
        ruleset_free(rs);
        strbuf_done(&text);
        strbuf_done(&problems);
        strbuf_done(&yaml);
    }
}

TEST(output_fields_keep_their_types)
{
    struct strbuf problems = {};
    struct arena arena = {};
    struct ruleset *rs =
        load(RULE("A", "evt.type = open", "%user.uid %proc.name %5user.uid %toupper(proc.name) %fd.num"),
             &problems);
    struct sample s;
    struct output_field *v;
    CHECK(rs && sample_init(&s, "user.uid=7; proc.name=sh"));
    CHECK_INT(rule_output_fields(rs, ruleset_get(rs, 0), &s.event, &arena, &v), 4);
    CHECK_STR(v[0].name, "user.uid");
    CHECK_INT(v[0].value.type, VALUE_UINT);
    CHECK_INT(v[0].value.u, 7);
    CHECK_STR(v[2].name, "toupper(proc.name)");
    CHECK_STR(v[2].value.s, "SH");
    CHECK_INT(v[3].value.type, VALUE_NONE);
    sample_done(&s);
    ruleset_free(rs);
    arena_done(&arena);
    strbuf_done(&problems);
}

TEST(a_rule_knows_its_fields_and_shows_its_program)
{
    struct strbuf problems = {}, text = {};
    struct ruleset *rs = load(
        RULE("A", "evt.type = open and (proc.name in (a, \"b c\") or not tolower(fd.name) contains x)", "o"),
        &problems);
    CHECK(rs);
    const struct rule *r = ruleset_get(rs, 0);
    CHECK_INT(r->n_fields, 3);
    CHECK_INT(r->fields[0], F_EVT_TYPE);
    CHECK_INT(r->fields[1], F_PROC_NAME);
    CHECK_INT(r->fields[2], F_FD_NAME);
    ruleset_explain(rs, r, &text);
    CHECK_STR(strbuf_str(&text), "source syscall; 1 event type: open\n"
                                 "   0  jf       4  #0 type: evt.type = open\n"
                                 "   1  jt       3  #1 hash: proc.name in (a, \"b c\")\n"
                                 "   2  jt       4  #2 compare: tolower(fd.name) contains x\n"
                                 "   3  hit \n"
                                 "   4  miss\n");
    ruleset_free(rs);
    strbuf_done(&text);
    strbuf_done(&problems);
}

TEST(facts_of_the_static_look_are_judged)
{
    struct strbuf problems = {};
    struct ruleset *rs =
        load(RULE("A", "evt.type = file and elf.packer = upx and content.hosts intersects (pool.example)",
                  "%file.path") SCAN,
             &problems);
    CHECK(rs);
    struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_FIRST);
    struct facts f;
    struct seen seen = {};
    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 0);
    facts_str(&f, F_ELF_PACKER, STR("upx"));
    facts_add(&f, F_CONTENT_HOSTS, STR("other.example"));
    CHECK_INT(evaluator_run(ev, &f.event, on_match, &seen), 0);
    CHECK_CSTR(seen.names, "");
    facts_add(&f, F_CONTENT_HOSTS, STR("pool.example"));
    CHECK_INT(evaluator_run(ev, &f.event, on_match, &seen), 0);
    CHECK_CSTR(seen.names, "A");
    CHECK_INT(evaluator_stats(ev).events, 2);
    CHECK_INT(evaluator_stats(ev).matches, 1);
    facts_done(&f);
    evaluator_free(ev);
    ruleset_free(rs);
    strbuf_done(&problems);
}

/* Upstream's own rules and figures, where they lie beside the source. */
static FILE *open_shared(const char *name, struct strbuf *path)
{
    const char *shared = getenv("DAVY_SHARED"), *root = getenv("DAVY_SOURCE_ROOT");
    strbuf_clear(path);
    if (shared)
        strbuf_printf(path, "%s/falco/%s", shared, name);
    else
        strbuf_printf(path, "%s/../shared/falco/%s", root ? root : ".", name);
    return fopen(path->p, "r");
}

TEST(upstream_rules_compile_with_the_event_types_that_falco_finds)
{
    struct strbuf path = {};
    struct diags diags = {};
    _cleanup_fclose_ FILE *types = open_shared("event_types_used.tsv", &path);
    _cleanup_fclose_ FILE *rules = open_shared("falco_rules.yaml", &path);
    if (!types || !rules) {
        strbuf_done(&path);
        test_skip("the folder with upstream's rules is not here");
    }
    struct ruleset *rs = ruleset_new();
    int r = ruleset_load_file(rs, path.p, &diags);
    if (!r)
        r = ruleset_compile(rs, &diags);
    for (size_t i = 0; r && i < diags.n; i++) {
        struct strbuf text = {};
        diag_render(&text, &diags.v[i]);
        test_fail(__FILE__, __LINE__, "%s", text.p);
    }
    CHECK_INT(ruleset_count(rs), 25);
    char line[8192], name[64];
    unsigned n_stable, n_lines = 0, total = 0, want_total = 0;
    CHECK(fgets(line, sizeof(line), types));
    while (fgets(line, sizeof(line), types)) {
        CHECK_INT(sscanf(line, "%63s %*u %u", name, &n_stable), 2);
        unsigned n = 0;
        for (size_t i = 0; i < ruleset_count(rs); i++) {
            const enum event_type *v;
            unsigned n_types = compiled_event_types(ruleset_compiled(rs), ruleset_get(rs, i), &v);
            for (unsigned t = 0; t < n_types; t++)
                n += v[t] == event_type_from(str_from(name));
        }
        if (n != n_stable)
            test_fail(__FILE__, __LINE__, "%s: %u rules, Falco has %u", name, n, n_stable);
        want_total += n_stable;
        n_lines++;
    }
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        const enum event_type *v;
        total += compiled_event_types(ruleset_compiled(rs), ruleset_get(rs, i), &v);
    }
    CHECK_INT(n_lines, 41);
    CHECK_INT(total, want_total);
    ruleset_free(rs);
    diags_done(&diags);
    strbuf_done(&path);
}

TEST(a_measured_event_tells_what_each_rule_costs_and_the_same_matches)
{
    struct strbuf problems = {};
    struct ruleset *rs = load(THREE, &problems);
    CHECK(rs);
    struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
    struct sample s;
    struct seen seen = {};
    const struct rule *a = ruleset_get(rs, 0), *c = ruleset_get(rs, 2);
    CHECK_INT(evaluator_rule_ns(ev, a), 0);
    evaluator_measure(ev, 3);
    CHECK(sample_init(&s, "evt.type=open; proc.name=x"));
    for (int i = 0; i < 2; i++)
        CHECK_INT(evaluator_run(ev, &s.event, on_match, &seen), 0);
    CHECK_INT(evaluator_rule_ns(ev, a), 0); /* the third is measured */
    for (int i = 0; i < 10 && !evaluator_rule_ns(ev, a); i++)
        CHECK_INT(evaluator_run(ev, &s.event, on_match, &seen), 0);
    CHECK(evaluator_rule_ns(ev, a) > 0 && evaluator_rule_ns(ev, a) % 3 == 0);
    CHECK_INT(evaluator_rule_ns(ev, c), 0); /* never tried on this type */
    CHECK(str_starts(str_from(seen.names), STR("ABABAB")));
    sample_done(&s);
    evaluator_free(ev);
    ruleset_free(rs);
    strbuf_done(&problems);
}
