// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>

#include "base/cleanup.h"
#include "rule/correlation.h"
#include "harness/test.h"
#include "rule/test-sigma-sample.h"

static const struct {
    const char *detection, *facts;
    bool matches;
} CASES[] = {
#define SIGMA(detection, facts, matches) {detection, facts, matches},
#include "rule/test-sigma.def"
#undef SIGMA
};

TEST(detections_match_as_sigma_says)
{
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        struct diags diags = {};
        struct strbuf text = {}, said = {};
        struct sample s;
        struct ruleset *rs = sigma_sample_ruleset(&diags);
        unsigned n = 0;
        strbuf_printf(&text, "title: t\nlogsource: {product: linux, category: process_creation}\ndetection:\n  %s\n", CASES[i].detection);
        (void)ruleset_load_sigma_memory(rs, "t.yml", strbuf_str(&text), &diags);
        (void)ruleset_compile(rs, &diags);
        sigma_sample_say(&diags, &said);
        if (said.n || ruleset_count(rs) != 1)
            test_fail(__FILE__, __LINE__, "%s: %s", text.p, said.p ? said.p : "no rule");
        strbuf_clear(&text);
        strbuf_printf(&text, "evt.type=execve; evt.res=SUCCESS; %s", CASES[i].facts);
        CHECK(sample_init(&s, text.p));
        struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
        CHECK_INT(evaluator_run(ev, &s.event, sigma_sample_count, &n), 0);
        if ((n == 1) != CASES[i].matches)
            test_fail(__FILE__, __LINE__, "%s on %s: %u", CASES[i].detection, CASES[i].facts, n);
        evaluator_free(ev);
        ruleset_free(rs);
        sample_done(&s);
        diags_done(&diags);
        strbuf_done(&text);
        strbuf_done(&said);
    }
}

#define HEAD2 "title: u\nlogsource: {product: linux, category: process_creation}\ndetection:\n"
#define HEAD "title: t\nlogsource: {product: linux, category: process_creation}\ndetection:\n"

/* A document, and what is said of it: line, column, a part of the message. */
static const struct {
    const char *doc;
    unsigned line, column;
    const char *message;
} REFUSED[] = {
    {HEAD "  a: {Image|foo: x}\n  condition: a\n", 4, 13, "modifier \"foo\""},
    {HEAD "  a: {Image|contains|endwith: x}\n  condition: a\n", 4, 22, "modifier \"endwith\""},
    {HEAD "  a: {Image|expand: '%x%'}\n  condition: a\n", 4, 22, "placeholder %x%"},
    {HEAD "  a: {Image|re: '(?=x)'}\n  condition: a\n", 4, 18, "regular expression is not supported"},
    {HEAD "  a: {Image|i: 'x'}\n  condition: a\n", 4, 13, "flag of a regular expression"},
    {HEAD "  a: {Image|re|contains: x}\n  condition: a\n", 4, 16, "for texts"},
    {HEAD "  a: {Image|cidr: x}\n  condition: a\n", 4, 19, "no network"},
    {HEAD "  a: {Image|gt: x}\n  condition: a\n", 4, 17, "no number"},
    {HEAD "  a: {ProcessId|gt: 1.5}\n  condition: a\n", 4, 21, "whole number"},
    {HEAD "  a: {Image|base64: 'a*'}\n  condition: a\n", 4, 22, "wildcards"},
    {HEAD "  a: {Hashes|contains: x}\n  condition: a\n", 4, 7, "Hashes"},
    {HEAD "  a: {Nonsense: x}\n  condition: a\n", 4, 7, "nothing gives the field \"Nonsense\""},
    {HEAD "  a: {Image: {b: c}}\n  condition: a\n", 4, 15, "nothing gives the field \"Image.b\""},
    {HEAD "  a: {Image|contains: {b: c}}\n  condition: a\n", 4, 24, "a value is no text"},
    {HEAD "  a: {<<: {Image: c}}\n  condition: a\n", 4, 12, "a value is no text"},
    {HEAD "  a: {Image: []}\n  condition: a\n", 4, 14, "without values"},
    {HEAD "  a: {}\n  condition: a\n", 4, 6, "asks for nothing"},
    {HEAD "  a:\n  condition: a\n", 4, 3, "is empty"},
    {HEAD "  a: {Image: x}\n  condition: a and b\n", 5, 20, "no detection \"b\""},
    {HEAD "  a: {Image: x}\n  condition: a and\n", 5, 18, "something is missing"},
    {HEAD "  a: {Image: x}\n  condition: (a\n", 5, 14, "never closed"},
    {HEAD "  a: {Image: x}\n  condition: a a\n", 5, 16, "should end"},
    {HEAD "  a: {Image: x}\n  condition: 2 of a*\n", 5, 19, "fewer detections"},
    {HEAD "  a: {Image: x}\n  condition: 0 of a*\n", 5, 14, "no detection \"0\""},
    {HEAD "  a: {Image: x}\n  condition: 1 of b*\n", 5, 19, "no detection is meant"},
    {HEAD "  a: {Image: x}\n  condition: a | count() by User > 5\n", 5, 16, "no timeframe"},
    {HEAD "  a: {Image: x}\n  condition: a | near b\n", 5, 16, "aggregation"},
    {HEAD "  a: {Image: x}\n  timeframe: 5m\n  condition: a\n", 5, 3, "timeframe"},
    {HEAD "  a: {Image: x}\n", 4, 3, "no condition"},
    {HEAD "  a: {Image: x}\n  condition: a\nlevel: bad\n", 6, 8, "no level"},
    {HEAD "  a: {Image: x}\n  condition: a\nstatus: deprecated\n", 6, 9, "deprecated"},
    {"title: t\nlogsource: {product: amiga}\ndetection: {a: {b: c}, condition: a}\n", 2, 13, "product=amiga"},
    {"title: t\ndetection: {a: {b: c}, condition: a}\n", 1, 1, "no log source"},
    {"- rule: x\n", 1, 1, "no Sigma rule"},
    {"a: [\n", 2, 1, ""},
};

TEST(what_is_not_supported_is_named)
{
    for (size_t i = 0; i < ARRAY_SIZE(REFUSED); i++) {
        for (int strict = 0; strict < 2; strict++) {
            struct diags diags = {};
            struct ruleset *rs = ruleset_new();
            if (strict)
                ruleset_set_sigma_strict(rs);
            ruleset_free(rs);
            rs = sigma_sample_ruleset(&diags);
            if (strict)
                ruleset_set_sigma_strict(rs);
            int loaded = ruleset_load_sigma_memory(rs, "t.yml", str_from(REFUSED[i].doc), &diags);
            /* A rule beside it is not touched. */
            (void)ruleset_load_sigma_memory(rs, "u.yml", STR(HEAD "  a: {Image: x}\n  condition: a\n"), &diags);
            int compiled = ruleset_compile(rs, &diags);
            if (diags.n != 1 || !str_has(diags.v[0].message, str_from(REFUSED[i].message)) || diags.v[0].line != REFUSED[i].line ||
                diags.v[0].column != REFUSED[i].column) {
                struct strbuf said = {};
                sigma_sample_say(&diags, &said);
                test_fail(__FILE__, __LINE__, "%s: %s", REFUSED[i].doc, said.p);
            }
            CHECK_INT(diag_code_is_error(diags.v[0].code), strict);
            CHECK_INT(loaded || compiled, strict);
            CHECK_INT(ruleset_sigma_refused(rs), 1);
            CHECK_INT(ruleset_count(rs), !strict);
            ruleset_free(rs);
            diags_done(&diags);
        }
    }
}

TEST(a_rule_says_what_its_document_says)
{
    struct diags diags = {};
    struct ruleset *rs = sigma_sample_ruleset(&diags);
    CHECK_INT(ruleset_load_sigma_memory(rs, "t.yml",
                                        STR("title: 100% bad\nid: 01234567-89ab-cdef-0123-456789abcdef\ndescription: why\nlevel: high\n"
                                            "tags: [attack.t1562.008, attack.impact]\nfalsepositives: [backups, tests]\n"
                                            "references: ['https://example.org/']\nfields: [Image, Nonsense]\n"
                                            "logsource: {product: linux, category: process_creation}\ndetection:\n  a: {Image: /x}\n  condition: a\n"),
                                        &diags),
              0);
    CHECK_INT(ruleset_load_sigma_memory(rs, "u.yml", STR(HEAD "  a: {Image: x}\n  condition: a\n---\n" HEAD "  a: {Image: y}\n  condition: a\ntags: attack.t1059\n"), &diags), 0);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK_INT(diags.n, 0);
    CHECK_INT(ruleset_count(rs), 3);
    const struct rule *r = ruleset_get(rs, 0);
    CHECK_STR(r->name, "100% bad");
    CHECK_STR(r->desc, "why");
    CHECK_INT(r->priority, PRIORITY_ERROR);
    CHECK_INT(r->line, 1);
    CHECK_STR(r->falsepositives, "backups; tests");
    CHECK_STR(r->next, "https://example.org/");
    CHECK(str_starts(r->output, STR("100%% bad (")) && !str_has(r->output, STR("Nonsense")));
    CHECK_INT(r->n_tags, 5);
    CHECK_STR(r->tags[1], "sigma:01234567-89ab-cdef-0123-456789abcdef");
    CHECK_STR(r->tags[2], "T1562.008");
    CHECK_INT(ruleset_get(rs, 2)->n_tags, 3); /* one, without a list around it */
    CHECK_STR(ruleset_get(rs, 2)->tags[1], "T1059");
    CHECK_STR(ruleset_get(rs, 1)->name, "t");
    CHECK_STR(ruleset_get(rs, 2)->name, "t (2)");
    ruleset_free(rs);
    diags_done(&diags);
}

/* The old format, before correlations: a count behind the condition, and collections. */
static const char LEGACY[] =
    "title: often\nlevel: high\nlogsource: {product: linux, category: process_creation}\n"
    "detection: {a: {Image: /x}, timeframe: 10m, condition: a | count(ParentImage) by User >= 3}\n---\n"
    "action: global\ntitle: both\nlevel: low\nlogsource: {product: linux}\ndetection: {condition: a}\n---\n"
    "logsource: {category: process_creation}\ndetection: {a: {Image: /y}}\n---\n"
    "level: high\nlogsource: {category: process_creation}\ndetection: {a: {Image: /z}}\n---\n"
    "action: repeat\nlevel: critical\n---\n"
    "action: reset\n---\n"
    "detection: {a: {Image: /z}}\n";

TEST(the_old_format_is_written_out)
{
    struct diags diags = {};
    struct ruleset *rs = sigma_sample_ruleset(&diags);
    (void)ruleset_load_sigma_memory(rs, "t.yml", STR(LEGACY), &diags);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK_INT(diags.n, 1); /* nothing is left of the collection behind its end */
    CHECK_INT(ruleset_count(rs), 5);
    CHECK_STR(ruleset_get(rs, 0)->name, "often (each)");
    CHECK(ruleset_get(rs, 0)->is_silent);
    CHECK_STR(ruleset_get(rs, 1)->name, "both");
    CHECK_INT(ruleset_get(rs, 1)->priority, PRIORITY_NOTICE);
    CHECK_STR(ruleset_get(rs, 2)->name, "both (2)");
    CHECK_INT(ruleset_get(rs, 2)->priority, PRIORITY_ERROR);
    CHECK_INT(ruleset_get(rs, 3)->priority, PRIORITY_CRITICAL);
    const struct rule *often = ruleset_get(rs, 4);
    CHECK_STR(often->name, "often");
    CHECK(often->correlation && often->correlation->type == CORRELATION_VALUE_COUNT && often->correlation->least == 3 && often->correlation->n_group_by == 1);
    ruleset_free(rs);
    diags_done(&diags);
}

static const char CORRELATIONS[] =
    "title: often\ncorrelation: {type: event_count, rules: [first], group-by: [User], timespan: 10m, condition: {gte: 3}}\nlevel: high\n---\n"
    "title: later\nname: later\ncorrelation: {type: value_count, rules: [b1], group-by: [User], timespan: 1h, generate: true, condition: {gte: 2, field: Image}}\n---\n"
    "title: both\ncorrelation: {type: temporal_ordered, rules: [first, later], group-by: [who], timespan: 1d, aliases: {who: {first: User, later: User}}}\n---\n"
    "title: bad\ncorrelation: {type: value_sum, rules: [first], timespan: 1h, condition: {gte: 2}}\n---\n"
    "title: worse\ncorrelation: {type: event_count, rules: [nobody], timespan: 1h, condition: {gte: 2}}\n---\n"
    "title: one\nname: first\n"
    "logsource: {product: linux, category: process_creation}\ndetection: {a: {Image: /x}, condition: a}\n---\n"
    "title: two\nid: b1\n"
    "logsource: {product: linux, category: process_creation}\ndetection: {a: {Image|startswith: /y}, condition: a}\n";

TEST(correlations_are_those_of_our_own)
{
    struct diags diags = {};
    struct ruleset *rs = sigma_sample_ruleset(&diags);
    (void)ruleset_load_sigma_memory(rs, "t.yml", STR(CORRELATIONS), &diags);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK_INT(ruleset_sigma_refused(rs), 2);
    CHECK_INT(diags.n, 2);
    CHECK_INT(diags.v[0].line, 13);
    CHECK_INT(diags.v[1].line, 16);
    CHECK_INT(ruleset_count(rs), 5);
    CHECK(ruleset_get(rs, 0)->is_silent && !ruleset_get(rs, 1)->is_silent);
    const struct correlation *c = ruleset_get(rs, 2)->correlation;
    CHECK(c && c->type == CORRELATION_EVENT_COUNT && c->least == 3 && c->n_members == 1 && c->n_group_by == 1);
    const struct rule *const *about;
    CHECK_INT(ruleset_correlations(rs, ruleset_get(rs, 0), &about), 2);
    struct sample s;
    struct strbuf key = {};
    CHECK(sample_init(&s, "evt.type=execve; user.name=bob; proc.exepath=/y/z"));
    CHECK(ruleset_key(rs, c->members[0].keys[0].operands[0], &s.event, &key));
    CHECK_STR(strbuf_str(&key), "bob");
    strbuf_clear(&key);
    c = ruleset_get(rs, 3)->correlation;
    CHECK(c->type == CORRELATION_VALUE_COUNT && ruleset_key(rs, c->members[0].keys[1].operands[0], &s.event, &key));
    CHECK_STR(strbuf_str(&key), "/y/z");
    strbuf_done(&key);
    sample_done(&s);
    ruleset_free(rs);
    diags_done(&diags);
}

TEST(pipelines_and_filters_change_rules)
{
    static const char PIPELINE[] =
        "name: mine\npriority: 10\nvars: {admins: [root, 'adm*']}\ntransformations:\n"
        "- {type: value_placeholders}\n"
        "- {type: change_logsource, product: linux, category: process_creation, rule_conditions: [{type: logsource, product: unix}]}\n"
        "- {type: field_name_mapping, mapping: {program: Image, who: [User, LogonId]}}\n"
        "- {type: add_condition, conditions: {CommandLine|contains: only}, rule_conditions: [{type: contains_field, field: program}]}\n"
        "- {type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [noise]}]}\n"
        "- {type: rule_failure, message: no such machine, rule_conditions: [{type: logsource, service: vms}]}\n";
    static const char RULES[] = "title: t\nname: t\nlogsource: {product: unix}\ndetection:\n"
                                "  a: {program: /x, who|expand: '%admins%', noise: 1}\n  condition: a\n---\n"
                                "title: u\nlogsource: {service: vms}\ndetection: {a: {b: c}, condition: a}\n---\n"
                                "title: f\nlogsource: {product: unix}\nfilter:\n  rules: [t]\n  f: {CommandLine|contains: harmless}\n  condition: not f\n";
    static const struct {
        const char *facts;
        unsigned n;
    } EVENTS[] = {
        {"proc.exepath=/x; user.name=root; proc.exeline=only", 1},   {"proc.exepath=/x; user.name=admin; proc.exeline=only", 1},
        {"proc.exepath=/x; user.name=bob; proc.exeline=only", 0},    {"proc.exepath=/x; user.name=root; proc.exeline=x", 0},
        {"proc.exepath=/x; user.name=root; proc.exeline=only harmless", 0},
    };
    struct diags diags = {};
    struct ruleset *rs = sigma_sample_ruleset(&diags);
    CHECK_INT(ruleset_load_pipeline_memory(rs, "p.yaml", STR(PIPELINE), &diags), 0);
    CHECK_INT(ruleset_load_sigma_memory(rs, "t.yml", STR(RULES), &diags), 0);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK_INT(diags.n, 1);
    CHECK(str_has(diags.v[0].message, STR("no such machine")));
    struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
    for (size_t i = 0; i < ARRAY_SIZE(EVENTS); i++) {
        struct sample s;
        struct strbuf facts = {};
        unsigned n = 0;
        strbuf_printf(&facts, "evt.type=execve; evt.res=SUCCESS; %s", EVENTS[i].facts);
        CHECK(sample_init(&s, facts.p));
        CHECK_INT(evaluator_run(ev, &s.event, sigma_sample_count, &n), 0);
        if (n != EVENTS[i].n)
            test_fail(__FILE__, __LINE__, "%s: %u", facts.p, n);
        strbuf_done(&facts);
        sample_done(&s);
    }
    evaluator_free(ev);
    ruleset_free(rs);
    diags_done(&diags);
}

TEST(a_filter_that_takes_all_else_away_is_told)
{
    static const struct {
        const char *condition;
        size_t said;
    } FILTERS[] = {{"selection", 1}, {"not selection", 0}, {"NOT (selection)", 0}, {"selection or 1 of them", 1}};
    for (size_t i = 0; i < ARRAY_SIZE(FILTERS); i++) {
        struct diags diags = {};
        struct strbuf text = {};
        struct ruleset *rs = sigma_sample_ruleset(&diags);
        strbuf_printf(&text, HEAD "  a: {Image: x}\n  condition: a\n---\ntitle: f\nlogsource: {product: linux}\nfilter:\n  rules: any\n  selection: {User: adm}\n  condition: %s\n", FILTERS[i].condition);
        CHECK_INT(ruleset_load_sigma_memory(rs, "t.yml", strbuf_str(&text), &diags), 0);
        CHECK_INT(ruleset_compile(rs, &diags), 0);
        CHECK_INT(ruleset_count(rs), 1);
        CHECK_INT(diags.n, FILTERS[i].said);
        CHECK(!diags.n || (str_has(diags.v[0].message, STR("keeps what its condition says")) && diags.v[0].column == 14));
        ruleset_free(rs);
        diags_done(&diags);
        strbuf_done(&text);
    }
}

/* A document that is wrong costs itself: filters not their rules, a second rule of an id not the first. */
TEST(one_mistake_costs_one_document)
{
    static const struct {
        const char *doc, *message;
        unsigned line, n, refused, strict_n;
    } ONES[] = {
        {"title: f\nlogsource: {product: linux}\nfilter: {rules: any, s: {User: adm}}\n", "the filter has no condition", 18, 2, 1, 0},
        {"title: f\nlogsource: {product: linux}\nfilter: words\n", "the filter has no condition", 18, 2, 1, 0},
        {"title: f\nlogsource: {product: linux}\nfilter: {rules: any, s: {Nonsense: adm}, condition: not s}\n", "nothing gives the field \"Nonsense\"", 18, 2, 1, 0},
        {"title: f\nlogsource: {product: linux}\nfilter: {rules: [nobody, a], s: {User: adm}, condition: not s}\n", "there is no such rule", 18, 2, 0, 2},
        {HEAD "  a: {Image: z}\n  condition: a\nid: a1\n", "a rule of this id was loaded before", 21, 2, 1, 0},
        {"title: c\nname: c\ncorrelation: {type: event_count, rules: [a], timespan: 1h, condition: {gte: 5, lt: 5}}\n---\ntitle: d\ncorrelation: {type: temporal, rules: [c, a], timespan: 1h}\n",
         "no count can meet", 18, 3, 1, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ONES); i++)
        for (int strict = 0; strict < 2; strict++) {
            struct diags diags = {};
            struct strbuf text = {}, said = {};
            struct ruleset *rs = sigma_sample_ruleset(&diags);
            if (strict)
                ruleset_set_sigma_strict(rs);
            strbuf_printf(&text, HEAD "  a: {Image: x}\n  condition: a\nname: a\nid: a1\n---\n" HEAD2 "  a: {Image: y}\n  condition: a\nname: b\n---\n%s", ONES[i].doc);
            const int loaded = ruleset_load_sigma_memory(rs, "t.yml", strbuf_str(&text), &diags), compiled = ruleset_compile(rs, &diags);
            sigma_sample_say(&diags, &said);
            if (!diags.n || !str_has(diags.v[0].message, str_from(ONES[i].message)) || diags.v[0].line != ONES[i].line || (strict ? diags.n_errors != !ONES[i].strict_n : diags.n_errors != 0))
                test_fail(__FILE__, __LINE__, "%s: %s", ONES[i].doc, said.p);
            CHECK_INT(loaded || compiled, strict && !ONES[i].strict_n);
            if (!strict) {
                CHECK_INT(ruleset_count(rs) - ruleset_skipped(rs), ONES[i].n);
                CHECK_INT(ruleset_sigma_refused(rs), ONES[i].refused);
                CHECK(ruleset_get(rs, 0)->enabled && ruleset_get(rs, 1)->enabled);
            }
            ruleset_free(rs);
            diags_done(&diags);
            strbuf_done(&text);
            strbuf_done(&said);
        }
}

/* Correlations that are taken, and mistakes of theirs: where, and what is said. */
TEST(metrics_of_sigma)
{
    static const struct {
        const char *body, *message, *at; /* at: what is pointed to */
    } ONES[] = {
        {"type: value_sum, condition: {field: ProcessId, gte: 1.5}", NULL, NULL},
        {"type: value_avg, condition: {field: CommandLine, gt: 1, lte: 1000000000}", NULL, NULL},
        {"type: value_median, condition: {field: ProcessId, neq: 0}", NULL, NULL},
        {"type: value_percentile, condition: {field: ProcessId, percentile: 99.9, gte: -5}", NULL, NULL},
        {"type: temporal_ordered, condition: {gte: 2}", NULL, NULL},
        {"type: value_count, condition: {field: [ProcessId, CommandLine], gte: 3}", NULL, NULL},
        {"type: value_sum, condition: {field: [ProcessId, CommandLine], gte: 3}", "so many fields: 2", "[ProcessId"},
        {"type: value_count, condition: {field: [a, b, c, d, e], gte: 3}", "so many fields: 5", "[a, b"},
        {"type: value_max, condition: {field: ProcessId, gte: 1}", NULL, NULL},
        {"type: value_min, condition: {field: ProcessId, lt: 1, gte: 0}", NULL, NULL},
        {"type: value_min, condition: {field: ProcessId, gte: 0, percentile: 5}", "only value_percentile", "percentile"},
        {"type: value_max, condition: {gte: 1}", "names no field whose values", "gte: 1"},
        {"type: value_mode, condition: {field: ProcessId, gte: 1}", "type of correlation \"value_mode\" is not supported", "value_mode"},
        {"type: temporal, condition: a AND (b)", NULL, NULL},
        {"type: temporal, condition: a or b", NULL, NULL},
        {"type: temporal_ordered, condition: all of them", NULL, NULL},
        {"type: temporal, condition: 1 of them", NULL, NULL},
        {"type: temporal, condition: a and zz", "names \"zz\", which is none", "zz"},
        {"type: temporal, condition: a and not b", "has a \"not\"", "not b"},
        {"type: temporal, condition: a or b and a", NULL, NULL},
        {"type: temporal, condition: a and", "in words is not supported", "a and"},
        {"type: temporal, condition: (a or b", "in words is not supported", "(a or"},
        {"type: temporal, condition: a b", "in words is not supported", "b"},
        {"type: temporal, condition: 2 of them", NULL, NULL},
        {"type: temporal, condition: 2 of a*", "fewer rules", "a*"},
        {"type: temporal, condition: 1 of z*", "names \"z*\", which is none", "z*"},
        {"type: temporal_ordered, condition: 2 of them", "in words is not supported", "2 of"},
        {"type: temporal, condition: ()", "in words is not supported", ")"},
        {"type: temporal, condition: [a, b]", "is no map", "[a, b]"},
        {"type: temporal_ordered, condition: a or b", "in words is not supported", "a or b"},
        {"type: event_count, condition: a and b", "only temporal", "a and b"},
        {"type: value_sum, condition: {gte: 1}", "names no field whose values", "gte: 1"},
        {"type: value_sum, condition: {field: ProcessId}", "says no number", "field"},
        {"type: value_sum, condition: {field: ProcessId, gte: x}", "compared with no number", "x}"},
        {"type: value_sum, condition: {field: ProcessId, gte: 5, lt: 5}", "no number can meet", "field"},
        {"type: value_sum, condition: {field: ProcessId, gte: 5, percentile: 5}", "only value_percentile", "percentile"},
        {"type: value_percentile, condition: {field: ProcessId, gte: 5}", "says no percentile", "field"},
        {"type: value_percentile, condition: {field: ProcessId, gte: 5, percentile: 101}", "no percentile", "101"},
        {"type: value_sum, condition: {field: Nonsense, gte: 5}", "nothing gives the field \"Nonsense\"", "Nonsense"},
        {"type: temporal_ordered, condition: {gte: 1}", "temporal_ordered has no condition", "gte"},
        {"type: temporal, condition: {gte: 3}", "fewer items", "gte: 3"},
        {"type: event_count, condition: {gte: 10, lte: 3}", "no count can meet", "gte: 10"},
        {"type: event_count, condition: {eq: 3, neq: 3}", "no count can meet", "eq: 3"},
        {"type: event_count, condition: {lt: 0}", "nothing is less than 0", "0}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ONES); i++) {
        struct diags diags = {};
        struct strbuf text = {}, said = {};
        struct ruleset *rs = sigma_sample_ruleset(&diags);
        strbuf_printf(&text, HEAD "  a: {Image: x}\n  condition: a\nname: a\n---\n{title: m, correlation: {%s, rules: [a, b], group-by: [User], timespan: 1h}}\n---\n" HEAD2 "  a: {Image: y}\n  condition: a\nname: b\n", ONES[i].body);
        CHECK_INT(ruleset_load_sigma_memory(rs, "t.yml", strbuf_str(&text), &diags), 0);
        CHECK_INT(ruleset_compile(rs, &diags), 0); /* a mistake costs the correlation, not its rules */
        CHECK_INT(ruleset_sigma_refused(rs), ONES[i].message != NULL);
        CHECK_INT(ruleset_count(rs) - ruleset_skipped(rs), ONES[i].message ? 2 : 3);
        CHECK(ruleset_get(rs, 0)->enabled && !ruleset_get(rs, 0)->is_silent == !!ONES[i].message);
        sigma_sample_say(&diags, &said);
        if (!ONES[i].message ? diags.n : diags.n != 1 || !str_has(diags.v[0].message, str_from(ONES[i].message)) || !diags.v[0].cure.n)
            test_fail(__FILE__, __LINE__, "%s: %s", ONES[i].body, said.n ? said.p : "nothing is said");
        if (ONES[i].message) {
            CHECK_INT(diags.v[0].line, 8);
            CHECK_INT(diags.v[0].column, (strlen("{title: m, correlation: {") + 1 + (size_t)(strstr(ONES[i].body, ONES[i].at) - ONES[i].body)));
        }
        ruleset_free(rs);
        diags_done(&diags);
        strbuf_done(&text);
        strbuf_done(&said);
    }
}

TEST(too_many_expressions_leave_rules_out)
{
    struct diags diags = {};
    struct strbuf text = {};
    struct ruleset *rs = sigma_sample_ruleset(&diags);
    for (int i = 0; i < 1500; i++)
        strbuf_printf(&text, HEAD "  a: {CommandLine|re: 'x%d'}\n  condition: a\n---\n", i);
    CHECK_INT(ruleset_load_sigma_memory(rs, "t.yml", strbuf_str(&text), &diags), 0);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK_INT(ruleset_count(rs) + ruleset_sigma_refused(rs), 1500);
    CHECK_INT(ruleset_count(rs), 900);
    ruleset_free(rs);
    diags_done(&diags);
    strbuf_done(&text);
}

TEST(a_wrong_pipeline_is_an_error)
{
    static const struct {
        const char *text, *message;
    } WRONG[] = {
        {"transformations: 1\n", "no processing pipeline"},
        {"transformations: [{type: foo}]\n", "transformation \"foo\""},
        {"transformations: [{mapping: {}}]\n", "no type"},
        {"transformations: [{type: field_name_mapping}]\n", "no \"mapping\""},
        {"transformations: [{type: field_name_mapping, mapping: {a: {b: c}}}]\n", "maps to nothing"},
        {"transformations: [{type: set_state, key: a, val: b, rule_conditions: [{type: foo}]}]\n", "condition of a transformation"},
        {"priority: x\ntransformations: []\n", "priority"},
        {"[\n", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(WRONG); i++) {
        struct diags diags = {};
        struct ruleset *rs = ruleset_new();
        CHECK(ruleset_load_pipeline_memory(rs, "p.yaml", str_from(WRONG[i].text), &diags) < 0);
        CHECK_INT(diags.n_errors, 1);
        if (!str_has(diags.v[0].message, str_from(WRONG[i].message)))
            test_fail(__FILE__, __LINE__, "%s: %.*s", WRONG[i].text, STR_ARG(diags.v[0].message));
        CHECK(ruleset_compile(rs, &diags) < 0);
        ruleset_free(rs);
        diags_done(&diags);
    }
}

/* Rules that other people wrote, where they lie beside the source. */
TEST(public_rules_load)
{
    const char *root = getenv("DAVY_SOURCE_ROOT");
    char folder[4096], path[8192];
    (void)snprintf(folder, sizeof(folder), "%s/../shared/data/sigma/aws/cloudtrail", root ? root : ".");
    DIR *d = opendir(folder);
    if (!d)
        test_skip("no public rules beside the source");
    struct diags diags = {};
    struct strbuf said = {};
    struct ruleset *rs = sigma_sample_ruleset(&diags);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (!str_ends(str_from(e->d_name), STR(".yml")))
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        CHECK_INT(ruleset_load_sigma_file(rs, path, &diags), 0);
        n++;
    }
    (void)closedir(d);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    sigma_sample_say(&diags, &said);
    if (said.n)
        test_fail(__FILE__, __LINE__, "%s", said.p);
    CHECK_INT(ruleset_count(rs), n);
    strbuf_done(&said);
    ruleset_free(rs);
    diags_done(&diags);
}

/* Steps that a condition in words becomes: "ab c" is one of a and b, and c. */
TEST(correlations_in_words)
{
    static const struct {
        const char *condition, *steps;
        unsigned least;
    } ONES[] = {
        {"a and b", "a b", 2}, {"(a or b) and c", "ab c", 2}, {"c and (b or a) and d", "ab c d", 3}, {"a or b or c", "abc", 1}, {"2 of them", "a b c d", 2}, {"3 of (them)", NULL, 0}, {"all of them", "a b c d", 4},
        {"1 of a* and 1 of b*", "a b", 2}, {"(a and b) or (a and b and c)", "a b", 2}, {"a and (a or b)", "a", 1}, {"(a and b) or (c and d)", NULL, 0}, {"a and (b or (c and d))", NULL, 0}, {"a and ((b or c) or d)", "a bcd", 2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ONES); i++) {
        struct diags diags = {};
        struct strbuf text = {}, steps = {};
        struct ruleset *rs = sigma_sample_ruleset(&diags);
        for (const char *c = "abcd"; *c; c++)
            strbuf_printf(&text, "title: %c\nname: %c\nlogsource: {product: linux, category: process_creation}\ndetection:\n  a: {Image: %c}\n  condition: a\n---\n", *c, *c, *c);
        strbuf_printf(&text, "{title: m, correlation: {type: temporal, rules: [a, b, c, d], group-by: [User], timespan: 1h, condition: '%s'}}\n", ONES[i].condition);
        CHECK_INT(ruleset_load_sigma_memory(rs, "t.yml", strbuf_str(&text), &diags), 0);
        CHECK_INT(ruleset_compile(rs, &diags), 0);
        CHECK_INT(ruleset_sigma_refused(rs), !ONES[i].steps);
        const struct correlation *c = ONES[i].steps ? ruleset_get(rs, 4)->correlation : NULL;
        for (size_t step = 0; c && step < c->n_steps; step++) {
            strbuf_adds(&steps, step ? " " : "");
            for (size_t m = 0; m < c->n_members; m++)
                if (c->members[m].steps >> step & 1)
                    strbuf_add(&steps, ruleset_get(rs, c->members[m].rule)->name);
        }
        if (c && (!str_is(strbuf_str(&steps), ONES[i].steps) || c->least != ONES[i].least))
            test_fail(__FILE__, __LINE__, "%s: %s, %u", ONES[i].condition, steps.p, (unsigned)c->least);
        ruleset_free(rs);
        diags_done(&diags);
        strbuf_done(&text);
        strbuf_done(&steps);
    }
}
