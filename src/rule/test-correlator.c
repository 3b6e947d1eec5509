// SPDX-License-Identifier: Apache-2.0
/*
 * Correlations at work: stories with the moments at which each must fire, and streams of chance against a naive model.
 *
 * A story is words such as `A3/g:v`: rule A matched at second 3, in group g (proc.name), with value v (proc.exepath); a
 * dot and tenths may follow the seconds. Where `/` or `:` is missing the event lacks the field. What is found is written the
 * same way, `X3/g=2`: X fired at 3 with a count of 2.
 */
#include <ctype.h>

#include "base/vec.h"
#include "harness/test.h"
#include "rule/correlator.h"
#include "rule/test-sample.h"

#define RULES                                                                                                            \
    "- {rule: A, desc: d, condition: evt.type = execve and proc.name = a, output: o, priority: NOTICE, tags: [t:1, t:2]}\n" \
    "- {rule: B, desc: d, condition: evt.type = execve and proc.name = b, output: o, priority: NOTICE, tags: [t:2]}\n"     \
    "- {rule: C, desc: d, condition: evt.type = execve and proc.name = c, output: o, priority: NOTICE}\n"
#define REST ", desc: d, output: 'o %correlation.count %correlation.rules', priority: ERROR}\n"

static struct ruleset *rules_of(const char *more)
{
    struct strbuf yaml = {};
    _cleanup_(diags_done) struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    strbuf_printf(&yaml, "%s%s", RULES, more);
    (void)ruleset_load_memory(rs, "test.yaml", strbuf_str(&yaml), &diags);
    (void)ruleset_compile(rs, &diags);
    strbuf_clear(&yaml);
    for (size_t i = 0; i < diags.n; i++)
        diag_render(&yaml, &diags.v[i]);
    if (yaml.n)
        test_fail(__FILE__, __LINE__, "%s", yaml.p);
    strbuf_done(&yaml);
    return rs;
}

static const struct rule *rule_named(const struct ruleset *rs, const char *name, size_t n)
{
    for (size_t i = 0; i < ruleset_count(rs); i++)
        if (str_eq(ruleset_get(rs, i)->name, str_n(name, n)))
            return ruleset_get(rs, i);
    test_fail(__FILE__, __LINE__, "no rule %s", name);
}

static void add_found(void *ctx, const struct correlated *found)
{
    struct strbuf *b = ctx;
    struct value count, group;
    const uint64_t tenths = found->event->time_ns / 100'000'000;
    strbuf_printf(b, "%s%.*s%llu", b->n ? " " : "", STR_ARG(found->rule->name), (unsigned long long)tenths / 10);
    if (tenths % 10)
        strbuf_printf(b, ".%llu", (unsigned long long)tenths % 10);
    if (event_get(found->event, &(struct field_ref){.id = F_CORRELATION_GROUP}, &group) == 1)
        strbuf_printf(b, "/%.*s", STR_ARG(group.s));
    CHECK_INT(event_get(found->event, &(struct field_ref){.id = F_CORRELATION_COUNT}, &count), 1);
    strbuf_printf(b, "=%llu", (unsigned long long)count.u);
}

/* Takes one word of a story. */
static void take_word(struct correlator *c, const struct ruleset *rs, struct str word, uint64_t num, correlator_fn found, void *ctx)
{
    struct sample s;
    struct strbuf facts = {};
    uint64_t ns = 0, unit = 1'000'000'000;
    size_t i = 1;
    for (bool fraction = false; i < word.n && (isdigit((unsigned char)word.p[i]) || word.p[i] == '.'); i++) {
        if (word.p[i] == '.') {
            fraction = true;
            continue;
        }
        unit /= fraction ? 10 : 1;
        ns = fraction ? ns + (uint64_t)(word.p[i] - '0') * unit : ns * 10 + (uint64_t)(word.p[i] - '0') * unit;
    }
    strbuf_adds(&facts, "evt.type=execve");
    for (size_t n; i + 1 < word.n; i += 1 + n) { /* a value that is a number goes to the word's end */
        n = word.p[i] == ':' && (isdigit((unsigned char)word.p[i + 1]) || word.p[i + 1] == '-') ? word.n - i - 1 : 1;
        strbuf_printf(&facts, "; %s=%.*s", word.p[i] == '/' ? "proc.name" : word.p[i] == ':' ? "proc.exepath" : "proc.pname", (int)n, word.p + i + 1);
    }
    CHECK(sample_init(&s, facts.p));
    s.event.time_ns = ns;
    s.event.num = num;
    correlator_take(c, rule_named(rs, word.p, 1), &s.event, found, ctx);
    sample_done(&s);
    strbuf_done(&facts);
}

static void take_story(struct correlator *c, const struct ruleset *rs, const char *story, struct strbuf *told)
{
    struct str rest = str_from(story), word;
    for (uint64_t num = 1; str_split(&rest, ' ', &word); num++)
        if (word.n)
            take_word(c, rs, word, num, add_found, told);
}

#define COUNT3 "- {correlation: X, type: event_count, rules: [A], group-by: [proc.name], timespan: 10s, condition: {gte: 3}" REST
#define VALUES3                                                                                                           \
    "- {correlation: X, type: value_count, rules: [A], group-by: [proc.name], timespan: 10s, "                             \
    "condition: {gte: 3, field: proc.exepath}" REST
#define METRIC(type, condition) "- {correlation: X, type: value_" type ", rules: [A, B], group-by: [proc.name], timespan: 10s, condition: {field: proc.exepath, " condition "}" REST
#define BOTH "- {correlation: X, type: temporal, rules: [A, B], group-by: [proc.name], timespan: 10s" REST
#define ORDER "- {correlation: X, type: temporal_ordered, rules: [A, B, C], timespan: 10s" REST

static const struct {
    const char *name, *rules, *story, *found;
} STORIES[] = {
    {"a count is reached", COUNT3, "A1/g A2/g A3/g", "X3/g=3"},
    {"the window's ends belong to it", COUNT3, "A0/g A5/g A10/g", "X10/g=3"},
    {"and nothing beyond", COUNT3, "A0/g A5/g A10.1/g", ""},
    {"groups count alone", COUNT3, "A1/g A2/h A3/g A4/h A5/h", "X5/h=3"},
    {"no value, no group", COUNT3, "A1 A2 A3", ""},
    {"other rules do not count", COUNT3, "A1/g B2/g A3/g C4/g", ""},
    {"silent for a timespan, then again", COUNT3, "A1/g A2/g A3/g A4/g A5/g A12.9/g A13/g A14/g", "X3/g=3 X13/g=5"},
    {"a late one takes its place", COUNT3, "A1/g A3/g A2/g", "X3/g=3"},
    {"late, and it completes an older window", COUNT3, "A0.2/g A1/g A10.3/g A8.5/g", "X8.5/g=3"},
    {"too late", COUNT3, "A1/g A8/g A5.9/g", ""},
    {"late enough to count", COUNT3, "A1/g A8/g A6/g", "X8/g=3"},
    {"more than", "- {correlation: X, type: event_count, rules: [A], timespan: 10s, condition: {gt: 2, lt: 9}" REST, "A1 A2 A3", "X3=3"},
    {"exactly", "- {correlation: X, type: event_count, rules: [A, B], timespan: 2s, condition: {eq: 2}" REST, "A1 B2 A3 A6", "X2=2"},
    {"not exactly", "- {correlation: X, type: event_count, rules: [A], timespan: 1s, condition: {gte: 2, neq: 2}" REST, "A1 A1.2 A1.4", "X1.4=3"},
    {"at most", "- {correlation: X, type: value_count, rules: [A], timespan: 3s, condition: {gte: 2, lte: 2, field: proc.exepath}" REST,
     "A1:a A2:b A3:c", "X2=2"},

    {"different values", VALUES3, "A1/g:a A2/g:b A3/g:c", "X3/g=3"},
    {"equal values are one", VALUES3, "A1/g:a A2/g:b A3/g:b A4/g:a", ""},
    {"a value that grew old", VALUES3, "A1/g:a A2/g:b A12/g:c", ""},
    {"a value that came again", VALUES3, "A1/g:a A2/g:b A9/g:a A11.5/g:c", "X11.5/g=3"},
    {"without the value it counts nothing", VALUES3, "A1/g:a A2/g:b A3/g", ""},

    {"values of two fields together", "- {correlation: X, type: value_count, rules: [A], timespan: 10s, condition: {gte: 3, field: [proc.name, proc.exepath]}" REST, "A1/g:a A2/g:a A3/h:a A4/g A5/g:b", "X5=3"},
    {"a sum", METRIC("sum", "gte: 10"), "A1/g:3 A2/g:4 A3/h:9 A4/g:3.5", "X4/g=3"},
    {"more than a sum", METRIC("sum", "gt: 7"), "A1/g:3 A2/g:4 A3/g:0.25", "X3/g=3"},
    {"less than nothing", METRIC("sum", "lt: 0, gte: -10"), "A1/g:3 A2/g:-4", "X2/g=2"},
    {"a sum of what is no number is none", METRIC("sum", "gte: 0.5"), "A1/g:x A2/g A3/g:0x A4/g:1e400 A5/g:5-1 A6/g:1", "X6/g=1"},
    {"a sum forgets", METRIC("sum", "gte: 10"), "A1/g:6 A12/g:6 A13/g:4", "X13/g=2"},
    {"a mean", METRIC("avg", "gte: 5, lt: 6"), "A1/g:9 A2/g:3 A3/g:4", "X3/g=3"},
    {"not one mean", METRIC("avg", "gte: 5, neq: 6"), "A1/g:6 A2/g:6 A3/g:7", "X3/g=3"},
    {"exactly one mean", METRIC("avg", "eq: 6"), "A1/g:7 A2/g:5", "X2/g=2"},
    {"a median of three", METRIC("median", "eq: 5"), "A1/g:100 A2/g:1 A3/g:5", "X3/g=3"},
    {"a median of two", METRIC("median", "eq: 5.5"), "A1/g:10 A2/g:1", "X2/g=2"},
    {"a percentile", METRIC("percentile", "percentile: 75, gte: 7"), "A1/g:1 A2/g:2 A3/g:9 A4/g:3 A5/g:8", "X3/g=3"},
    {"the least of all", METRIC("percentile", "percentile: 0, gte: 7"), "A1/g:1 A12/g:7", "X12/g=1"},
    {"the most of all", METRIC("percentile", "percentile: 100, gte: 7"), "A1/g:1 A2/g:7", "X2/g=2"},

    {"in order, as Sigma's schema asks for a condition", "- {correlation: X, type: temporal_ordered, rules: [A, B], timespan: 10s, condition: {gte: 2}" REST, "A1 B2", "X2=2"},

    {"both, one way", BOTH, "A1/g B2/g", "X2/g=2"},
    {"and the other", BOTH, "B1/g A2/g", "X2/g=2"},
    {"of one group", BOTH, "A1/g B2/h", ""},
    {"in time", BOTH, "A1/g B11/g", "X11/g=2"},
    {"not in time", BOTH, "A1/g B11.1/g", ""},
    {"any two of three", "- {correlation: X, type: temporal, rules: [A, B, C], timespan: 5s, condition: {gte: 2}" REST, "B1 B2 C3", "X3=2"},
    {"one of two is a step", "- {correlation: X, type: temporal, rules: [[A, B], C], timespan: 5s" REST, "A1 B2 C3", "X3=2"},
    {"one match is one step", "- {correlation: X, type: temporal, rules: [A, {tags: [t:2]}], timespan: 5s" REST, "A1 B2", "X2=2"},
    {"and no two", "- {correlation: X, type: temporal, rules: [A, {tags: [t:2]}], timespan: 5s" REST, "B1 B2 B3", ""},
    {"all tags, in any case", "- {correlation: X, type: event_count, rules: [{tags: [T:1, t:2]}], timespan: 5s, condition: {gte: 2}" REST,
     "A1 B2 A3", "X3=2"},

    {"in order", ORDER, "A1 B2 C3", "X3=3"},
    {"out of order", ORDER, "B1 A2 C3 B4", ""},
    {"with others between", ORDER, "A1 C2 B3 A4 C5", "X5=3"},
    {"the latest that can", ORDER, "A1 B2 A9 B10 C11.5", "X11.5=3"},
    {"the first is too old", ORDER, "A1 B9 C11.5", ""},
    {"late, but in order", ORDER, "A1 C3 B2", "X3=3"},

    {"fields of other names",
     "- {correlation: X, type: temporal, rules: [A, B], timespan: 9s, group-by: [who], aliases: {who: {A: proc.name, B: proc.pname}}" REST,
     "A1/g B2/g^x B3/x^g", "X3/g=2"},
    {"the first of several that is there",
     "- {correlation: X, type: temporal, rules: [A, B], timespan: 9s, group-by: [who], aliases: {who: {A: [proc.pname, proc.name], B: proc.pname}}" REST,
     "A1/g^h B2/x^g B3/x^h A4/k B5/x^k", "X3/h=2 X5/k=2"},
    {"of correlations",
     COUNT3 "- {correlation: Y, type: temporal_ordered, rules: [X, B], timespan: 10s, group-by: [proc.name]" REST,
     "B0/g A1/g A2/g A3/g B4/h B5/g", "X3/g=3 Y5/g=2"},
    {"switched off", "- {correlation: X, enabled: false, type: event_count, rules: [A], timespan: 9s, condition: {gte: 1}" REST, "A1", ""},
};

TEST(stories)
{
    for (size_t i = 0; i < ARRAY_SIZE(STORIES); i++) {
        struct strbuf told = {};
        struct ruleset *rs = rules_of(STORIES[i].rules);
        struct correlator *c = correlator_new(rs);
        take_story(c, rs, STORIES[i].story, &told);
        if (!str_is(strbuf_str(&told), STORIES[i].found))
            test_fail(__FILE__, __LINE__, "%s: found \"%s\", want \"%s\"", STORIES[i].name, told.n ? told.p : "", STORIES[i].found);
        correlator_free(c);
        ruleset_free(rs);
        strbuf_done(&told);
    }
}

static const struct {
    const char *name, *rules;
    bool is_silent;
} SILENCE[] = {
    {"rules go on telling", BOTH, false},
    {"unless a correlation says no", "- {correlation: X, type: temporal, rules: [A, B], timespan: 9s, generate: false" REST, true},
    {"one of several", "- {correlation: X, type: temporal, rules: [[A, B], C], timespan: 9s, generate: false" REST, true},
    {"not those that a tag names", "- {correlation: X, type: temporal, rules: [{tags: t:1}, B], timespan: 9s, generate: false" REST, false},
    {"not when it is off", "- {correlation: X, type: temporal, rules: [A, B], timespan: 9s, generate: false, enabled: false" REST, false},
    {"not when another wants them told",
     "- {correlation: X, type: temporal, rules: [A, B], timespan: 9s, generate: false" REST
     "- {correlation: Y, type: temporal, rules: [A, C], timespan: 9s, generate: true" REST, false},
};

TEST(rules_that_are_silent)
{
    for (size_t i = 0; i < ARRAY_SIZE(SILENCE); i++) {
        struct ruleset *rs = rules_of(SILENCE[i].rules);
        if (rule_named(rs, "A", 1)->is_silent != SILENCE[i].is_silent)
            test_fail(__FILE__, __LINE__, "%s", SILENCE[i].name);
        ruleset_free(rs);
    }
}

/* Rules that are not severe enough run on for a correlation that is, and for no other. */
TEST(priority_leaves_members)
{
    _cleanup_(diags_done) struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    (void)ruleset_load_memory(rs, "a.yaml", STR(RULES), &diags);
    (void)ruleset_load_memory(rs, "b.yaml", STR(BOTH "- {correlation: W, type: temporal, rules: [C], timespan: 9s, desc: d, output: o, priority: NOTICE}\n"), &diags);
    ruleset_limit(rs, SOURCE_SYSCALL, PRIORITY_ERROR);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK(rule_named(rs, "A", 1)->enabled && rule_named(rs, "A", 1)->is_silent);
    CHECK(rule_named(rs, "X", 1)->enabled && !rule_named(rs, "X", 1)->is_silent);
    CHECK(!rule_named(rs, "C", 1)->enabled && !rule_named(rs, "W", 1)->enabled);
    ruleset_free(rs);
}

/* What a rule set changes of another's correlation, and what a scan makes of any. */
TEST(overrides)
{
    struct strbuf told = {};
    struct ruleset *rs = rules_of(COUNT3 "- {correlation: X, timespan: 20s, condition: {gte: 2}, group-by: [proc.exepath], rules: [B], override: "
                                         "{timespan: replace, condition: replace, group-by: append, rules: append}}\n");
    struct correlator *c = correlator_new(rs);
    take_story(c, rs, "A1/g:v B2/g:w A21/g:w A22/h:v B22/g:w", &told);
    CHECK_STR(strbuf_str(&told), "X21/g, w=2");
    correlator_free(c);
    ruleset_free(rs);
    strbuf_done(&told);

    _cleanup_(diags_done) struct diags diags = {};
    rs = ruleset_new();
    (void)ruleset_load_memory(rs, "a.yaml", STR(RULES BOTH), &diags);
    ruleset_limit(rs, SOURCE_SCAN, PRIORITY_DEBUG);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    CHECK_INT(ruleset_count(rs), 0);
    ruleset_free(rs);
}

static void tell_whole(void *ctx, const struct correlated *found)
{
    struct strbuf *b = ctx;
    const struct ruleset *rs = *(const struct ruleset *const *)(const void *)(b + 1);
    rule_format_output(rs, found->rule, found->event, b);
    for (size_t i = 0; i < found->n_members; i++)
        strbuf_printf(b, " %.*s#%llu@%llu", STR_ARG(found->members[i].rule->name), (unsigned long long)found->members[i].num,
                      (unsigned long long)found->members[i].time_ns / 1'000'000'000);
}

TEST(what_is_told)
{
    struct {
        struct strbuf b;
        const struct ruleset *rs;
    } told = {};
    struct ruleset *rs = rules_of("- {correlation: X, type: temporal, rules: [B, A], group-by: [proc.name, proc.exepath], timespan: 1m, desc: d, "
                                  "priority: ERROR, output: '%proc.name %correlation.count %correlation.matches %correlation.rules "
                                  "(%correlation.group) %correlation.first %correlation.seconds %evt.num'}\n");
    struct correlator *c = correlator_new(rs);
    struct str rest = STR("A1/g:v A2/g:v B3.5/g:v"), word;
    told.rs = rs;
    for (uint64_t num = 7; str_split(&rest, ' ', &word); num++)
        take_word(c, rs, word, num, tell_whole, &told.b);
    CHECK_STR(strbuf_str(&told.b), "g 2 3 (A,B) (g, v) 1970-01-01T00:00:01.000000000Z 2.5 9 A#7@1 A#8@2 B#9@3");
    correlator_free(c);
    ruleset_free(rs);
    strbuf_done(&told.b);
}

static void count_members(void *ctx, const struct correlated *found)
{
    size_t *n = ctx;
    n[0]++;
    n[1] = found->n_members;
    n[2] = found->n_all;
    CHECK(found->members[0].rule->name.p[0] == 'B');
    for (size_t i = 1; i < found->n_members; i++)
        CHECK(found->members[i].time_ns >= found->members[i - 1].time_ns);
}

/* Members that are told are bounded, and the first of each rule is among them. */
TEST(members_are_bounded)
{
    size_t n[3] = {};
    struct ruleset *rs = rules_of("- {correlation: X, type: event_count, rules: [A, B], timespan: 1h, condition: {gte: 200}" REST);
    struct correlator *c = correlator_new(rs);
    take_word(c, rs, STR("B1"), 1, count_members, n);
    for (int i = 0; i < 199; i++)
        take_word(c, rs, STR("A2"), 2, count_members, n);
    CHECK_INT(n[0], 1);
    CHECK(n[1] <= CORRELATOR_TOLD_MAX && n[1] >= CORRELATOR_TOLD_MAX / 2);
    CHECK_INT(n[2], 200);
    correlator_free(c);
    ruleset_free(rs);
}

static void take_group(struct correlator *c, const struct ruleset *rs, unsigned group, unsigned value, uint64_t seconds, struct strbuf *told)
{
    struct sample s;
    char facts[96];
    (void)snprintf(facts, sizeof(facts), "evt.type=execve; proc.name=g%u; proc.exepath=v%u", group, value);
    CHECK(sample_init(&s, facts));
    s.event.time_ns = seconds * 1'000'000'000;
    correlator_take(c, rule_named(rs, "A", 1), &s.event, add_found, told);
    sample_done(&s);
}

TEST(groups_are_bounded_and_the_oldest_goes)
{
    struct strbuf told = {};
    struct ruleset *rs = rules_of(COUNT3);
    struct correlator *c = correlator_new(rs);
    for (unsigned i = 0; i < CORRELATOR_GROUPS_MAX + 10; i++) {
        take_group(c, rs, i, 0, 1, &told);
        take_group(c, rs, 0, 0, 1, &told); /* used all the time: it stays */
        if (!i)
            CHECK_INT(correlator_stats(c).groups, 1);
    }
    const struct correlator_stats s = correlator_stats(c);
    CHECK_INT(s.groups, CORRELATOR_GROUPS_MAX);
    CHECK_INT(s.groups_lost, 10);
    CHECK_STR(strbuf_str(&told), "X1/g0=3");
    correlator_tick(c, 13'000'000'000);
    CHECK_INT(correlator_stats(c).groups, CORRELATOR_GROUPS_MAX);
    correlator_tick(c, 13'000'000'001);
    CHECK_INT(correlator_stats(c).groups, 0);
    CHECK_INT(correlator_stats(c).kept, 0);
    correlator_free(c);
    ruleset_free(rs);
    strbuf_done(&told);
}

/* A flood of one value does not push out the others that the condition counts. */
TEST(a_full_group_keeps_what_counts)
{
    struct strbuf told = {};
    struct ruleset *rs = rules_of(VALUES3);
    struct correlator *c = correlator_new(rs);
    take_group(c, rs, 1, 1, 1, &told);
    for (unsigned i = 0; i < 20 * CORRELATOR_GROUP_MATCHES; i++)
        take_group(c, rs, 1, 2, 2, &told);
    CHECK(correlator_stats(c).kept <= CORRELATOR_GROUP_MATCHES);
    CHECK_INT(correlator_stats(c).matches_lost, 0);
    take_group(c, rs, 1, 3, 3, &told);
    CHECK_STR(strbuf_str(&told), "X3/g1=3");
    correlator_free(c);
    ruleset_free(rs);
    strbuf_clear(&told);

    rs = rules_of(ORDER);
    c = correlator_new(rs);
    take_word(c, rs, STR("A1"), 1, add_found, &told);
    take_word(c, rs, STR("B2"), 2, add_found, &told);
    for (unsigned i = 0; i < 20 * CORRELATOR_GROUP_MATCHES; i++)
        take_word(c, rs, STR("A3"), 3, add_found, &told);
    take_word(c, rs, STR("C4"), 4, add_found, &told);
    CHECK_STR(strbuf_str(&told), "X4=3");
    correlator_free(c);
    ruleset_free(rs);
    strbuf_done(&told);
}

TEST(matches_in_all_are_bounded)
{
    struct strbuf told = {};
    struct ruleset *rs = rules_of("- {correlation: X, type: event_count, rules: [A], group-by: [proc.name], timespan: 1h, condition: {gte: 5000}" REST);
    struct correlator *c = correlator_new(rs);
    for (unsigned g = 0; g < 20; g++)
        for (unsigned i = 0; i < 4500; i++)
            take_group(c, rs, g, 0, 1, &told);
    CHECK(correlator_stats(c).kept <= CORRELATOR_MATCHES_MAX);
    CHECK(correlator_stats(c).groups_lost > 0);
    CHECK_INT(told.n, 0);
    correlator_free(c);
    ruleset_free(rs);
    strbuf_done(&told);
}

/* ---- streams of chance against a model that keeps everything ---- */

struct chance {
    uint64_t state;
};

static unsigned draw(struct chance *c, unsigned end)
{
    c->state = c->state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)((c->state >> 33) % end);
}

struct event_of_model {
    char rule, group, value;
    uint64_t tenths, num;
};

struct model {
    int type;        /* enum correlation_type */
    unsigned steps;  /* A, B, C; ordered as they are */
    uint64_t least, most, span; /* of a metric four times what its bounds are */
    VEC(struct event_of_model) kept[4]; /* by group, by time */
    bool has_fired[4];
    uint64_t fired[4];
};

static uint64_t model_values(const struct event_of_model *v, size_t n)
{
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (v[k].value != v[i].value)
            k++;
        count += k == i;
    }
    return count;
}

static uint64_t model_rules(const struct event_of_model *v, size_t n, unsigned steps)
{
    uint64_t count = 0;
    for (unsigned s = 0; s < steps; s++) {
        size_t k = 0;
        while (k < n && v[k].rule != (char)('A' + s))
            k++;
        count += k < n;
    }
    return count;
}

/* Whether the steps from s on can stand at or behind v[i], the last of them at the end. */
static bool model_order(const struct event_of_model *v, size_t n, size_t i, unsigned s, unsigned steps)
{
    for (; i < n; i++)
        if (v[i].rule == (char)('A' + s) && (s + 1 == steps ? i + 1 == n : model_order(v, n, i + 1, s + 1, steps)))
            return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

/* Four times what the values, which are digits, come to. */
static uint64_t model_metric(const struct event_of_model *v, size_t n, int type)
{
    char digits[64];
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        digits[i] = (char)(v[i].value - 'a');
        sum += (uint64_t)digits[i];
    }
    qsort(digits, n, 1, by_value);
    return type == CORRELATION_VALUE_SUM      ? 4 * sum
           : type == CORRELATION_VALUE_AVG    ? 4 * sum /* of n: compared with n times the bounds */
           : type == CORRELATION_VALUE_MEDIAN ? 2 * (uint64_t)(digits[(n - 1) / 2] + digits[n / 2])
                                              : 4 * (uint64_t)digits[(3 * n + 3) / 4 - 1];
}

static void model_take(struct model *m, const struct event_of_model *e, struct strbuf *told)
{
    const int g = e->group - 'w';
    typeof(m->kept[0]) *kept = &m->kept[g];
    if (m->type != CORRELATION_TEMPORAL && m->type != CORRELATION_TEMPORAL_ORDERED ? e->rule == 'C' : e->rule >= (char)('A' + m->steps))
        return;
    if (kept->n && kept->v[kept->n - 1].tenths > e->tenths + 20)
        return;
    vec_add(kept, *e);
    size_t at = kept->n - 1;
    for (; at && kept->v[at - 1].tenths > e->tenths; at--)
        kept->v[at] = kept->v[at - 1];
    kept->v[at] = *e;
    for (size_t end = at; end < kept->n && kept->v[end].tenths - e->tenths <= m->span; end++) {
        const uint64_t now = kept->v[end].tenths;
        size_t from = 0;
        while (now - kept->v[from].tenths > m->span)
            from++;
        const struct event_of_model *v = kept->v + from;
        const size_t n = end - from + 1;
        const uint64_t count = m->type == CORRELATION_EVENT_COUNT   ? n
                               : m->type == CORRELATION_VALUE_COUNT ? model_values(v, n)
                               : correlation_is_metric((enum correlation_type)m->type) ? model_metric(v, n, m->type)
                               : m->type == CORRELATION_TEMPORAL    ? model_rules(v, n, m->steps)
                                                                    : (model_order(v, n, 0, 0, m->steps) ? m->steps : 0);
        const uint64_t times = m->type == CORRELATION_VALUE_AVG ? n : 1;
        if (count < m->least * times || (m->most != UINT64_MAX && count > m->most * times))
            continue;
        if (m->has_fired[g] && (now > m->fired[g] ? now - m->fired[g] : m->fired[g] - now) < m->span)
            continue;
        m->fired[g] = m->has_fired[g] && m->fired[g] > now ? m->fired[g] : now;
        m->has_fired[g] = true;
        strbuf_printf(told, "%sX%llu", told->n ? " " : "", (unsigned long long)now / 10);
        if (now % 10)
            strbuf_printf(told, ".%llu", (unsigned long long)now % 10);
        strbuf_printf(told, "/%c=%llu", e->group, (unsigned long long)(correlation_is_metric((enum correlation_type)m->type) ? n : count));
    }
}

static struct ruleset *rules_of_model(const struct model *m)
{
    char yaml[768], condition[192] = "";
    if (m->type == CORRELATION_VALUE_COUNT)
        (void)snprintf(condition, sizeof(condition), ", condition: {field: proc.exepath, gte: %u, lte: %u}", (unsigned)m->least, (unsigned)m->most);
    else if (correlation_is_metric((enum correlation_type)m->type))
        (void)snprintf(condition, sizeof(condition), ", condition: {field: proc.exepath, gte: %g, lte: %g%s}", (double)m->least / 4, (double)m->most / 4, m->type == CORRELATION_VALUE_PERCENTILE ? ", percentile: 75" : "");
    else if (m->type != CORRELATION_TEMPORAL_ORDERED)
        (void)snprintf(condition, sizeof(condition), ", condition: {gte: %u, lte: %u}", (unsigned)m->least, (unsigned)m->most);
    const bool is_count = m->type != CORRELATION_TEMPORAL && m->type != CORRELATION_TEMPORAL_ORDERED;
    (void)snprintf(yaml, sizeof(yaml), "- {correlation: X, type: %s, rules: %s, group-by: [proc.name], timespan: %us%s%s",
                   correlation_type_name((enum correlation_type)m->type), is_count || m->steps == 2 ? "[A, B]" : "[A, B, C]",
                   (unsigned)m->span / 10, condition, REST);
    return rules_of(yaml);
}

static void take_event(struct correlator *c, const struct ruleset *rs, const struct event_of_model *e, bool is_metric, struct strbuf *told)
{
    char word[64];
    (void)snprintf(word, sizeof(word), "%c%llu.%llu/%c:%c", e->rule, (unsigned long long)e->tenths / 10,
                   (unsigned long long)e->tenths % 10, e->group, is_metric ? (char)(e->value - 'a' + '0') : e->value);
    take_word(c, rs, str_from(word), e->num, add_found, told);
}

/* Saves, and goes on with what was restored into another rule set of the same text. */
static void cut(struct correlator **c, struct ruleset **rs, const struct model *m)
{
    struct strbuf state = {};
    struct error err = ERROR_NULL;
    const struct correlator_stats before = correlator_stats(*c);
    correlator_save(*c, &state);
    correlator_free(*c);
    ruleset_free(*rs);
    *rs = rules_of_model(m);
    *c = correlator_new(*rs);
    if (correlator_restore(*c, strbuf_str(&state), &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    CHECK_INT(correlator_stats(*c).groups, before.groups);
    CHECK_INT(correlator_stats(*c).kept, before.kept);
    strbuf_done(&state);
}

static void run_stream(struct chance *chance, struct model *m)
{
    struct strbuf want = {}, got = {};
    struct ruleset *rs = rules_of_model(m);
    struct correlator *c = correlator_new(rs);
    uint64_t now = 100;
    for (uint64_t i = 1; i <= 60; i++) {
        now += draw(chance, 3) ? draw(chance, 12) : draw(chance, 80);
        const uint64_t late = draw(chance, 4) ? 0 : draw(chance, 26);
        const struct event_of_model e = {.rule = (char)('A' + draw(chance, 3)), .group = (char)('w' + draw(chance, 2)),
                                         .value = (char)('a' + draw(chance, 4)), .tenths = now - late, .num = i};
        model_take(m, &e, &want);
        take_event(c, rs, &e, correlation_is_metric((enum correlation_type)m->type), &got);
        if (!draw(chance, 12))
            cut(&c, &rs, m);
        if (!str_eq(strbuf_str(&want), strbuf_str(&got)))
            test_fail(__FILE__, __LINE__, "%s of %u steps, %llu to %llu within %llu: found \"%s\", the model \"%s\"",
                      correlation_type_name((enum correlation_type)m->type), m->steps, (unsigned long long)m->least,
                      (unsigned long long)m->most, (unsigned long long)m->span, got.n ? got.p : "", want.n ? want.p : "");
    }
    correlator_free(c);
    ruleset_free(rs);
    strbuf_done(&want);
    strbuf_done(&got);
    for (size_t g = 0; g < 4; g++)
        vec_done(&m->kept[g]);
}

TEST(chance_agrees_with_the_model_wherever_it_is_cut)
{
    struct chance chance = {.state = 42};
    for (unsigned round = 0; round < 400; round++) {
        struct model m = {.type = (int)(round % CORRELATION_TYPE__N), .steps = 2 + draw(&chance, 2), .span = 10 * (1 + draw(&chance, 6))};
        const bool is_count = m.type == CORRELATION_EVENT_COUNT || m.type == CORRELATION_VALUE_COUNT;
        const bool is_metric = correlation_is_metric((enum correlation_type)m.type);
        m.least = is_metric ? (m.type == CORRELATION_VALUE_SUM ? 20 : 6) + draw(&chance, 4) : is_count ? 2 + draw(&chance, 3) : m.steps;
        m.most = is_metric ? m.least + 1 + draw(&chance, 40) : is_count ? m.least + draw(&chance, 4) : m.steps;
        run_stream(&chance, &m);
    }
}

/* ---- state ---- */

/* ---- metrics of more matches than a group keeps ---- */

static void add_value(void *ctx, const struct correlated *found)
{
    struct value v, matches;
    struct strbuf *b = ctx;
    CHECK_INT(event_get(found->event, &(struct field_ref){.id = F_CORRELATION_VALUE}, &v), 1);
    CHECK_INT(event_get(found->event, &(struct field_ref){.id = F_CORRELATION_MATCHES}, &matches), 1);
    strbuf_printf(b, "%s%g of %llu", b->n ? " " : "", v.d, (unsigned long long)matches.u);
}

TEST(a_sum_of_many_is_exact_and_a_percentile_of_the_newest)
{
    static const struct {
        const char *rule, *found;
        uint64_t most;
    } CASES[] = {
        {"- {correlation: X, type: value_sum, rules: [A], group-by: [proc.name], timespan: 100s, condition: {field: proc.exepath, gte: 29997}" REST, "29997 of 9999", CORRELATOR_GROUP_SUMS},
        {"- {correlation: X, type: value_avg, rules: [A], group-by: [proc.name], timespan: 100s, condition: {field: proc.exepath, gt: 3}" REST, "3.0005 of 10001", CORRELATOR_GROUP_SUMS},
        {"- {correlation: X, type: value_percentile, rules: [A], group-by: [proc.name], timespan: 100s, condition: {field: proc.exepath, percentile: 100, gte: 8}" REST, "8 of", CORRELATOR_GROUP_NUMBERS},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        struct strbuf told = {};
        struct ruleset *rs = rules_of(CASES[i].rule);
        struct correlator *c = correlator_new(rs);
        for (unsigned n = 0; n <= 10'000; n++) { /* over 80 s, all within the window */
            char word[32];
            (void)snprintf(word, sizeof(word), "A%u.%u/g:%d", 100 + n / 125, n % 125 / 13, n == 10'000 ? 8 : 3);
            take_word(c, rs, str_from(word), n + 1, add_value, &told);
            CHECK(correlator_stats(c).kept <= CASES[i].most);
        }
        if (!str_starts(strbuf_str(&told), str_from(CASES[i].found)))
            test_fail(__FILE__, __LINE__, "%s: %s", CASES[i].rule, told.n ? told.p : "");
        CHECK_INT(correlator_stats(c).matches_lost > 0, i == 2);
        correlator_free(c);
        ruleset_free(rs);
        strbuf_done(&told);
    }
}

TEST(state_of_what_changed_is_left_out)
{
    struct strbuf state = {}, told = {};
    struct error err = ERROR_NULL;
    struct ruleset *rs = rules_of(COUNT3 "- {correlation: Y, type: temporal, rules: [A, B], group-by: [proc.name], timespan: 10s" REST);
    struct correlator *c = correlator_new(rs);
    take_story(c, rs, "A1/g A2/g", &told);
    correlator_save(c, &state);
    correlator_free(c);
    ruleset_free(rs);
    /* X counts further than before, which its state allows; Y has other groups; Z is new */
    rs = rules_of("- {correlation: Z, type: event_count, rules: [C], timespan: 10s, condition: {gte: 1}" REST
                  "- {correlation: X, type: event_count, rules: [A, C], group-by: [proc.name], timespan: 20s, condition: {gte: 4}" REST
                  "- {correlation: Y, type: temporal, rules: [A, B], timespan: 10s" REST);
    c = correlator_new(rs);
    CHECK_INT(correlator_restore(c, strbuf_str(&state), &err), 0);
    CHECK_INT(correlator_stats(c).groups, 1);
    take_story(c, rs, "A3/g C4/g", &told);
    CHECK_STR(strbuf_str(&told), "Z4=1 X4/g=4");
    correlator_free(c);
    ruleset_free(rs);
    strbuf_done(&state);
    strbuf_done(&told);
}

/* The clock was set back between two runs: what was kept lies ahead of all that comes. */
TEST(state_from_ahead_of_the_clock_is_forgotten)
{
    struct strbuf told = {}, state = {};
    struct error err = ERROR_NULL;
    struct ruleset *rs = rules_of(COUNT3);
    struct correlator *c = correlator_new(rs);
    take_story(c, rs, "A100/g A11/h A12/h", &told);
    correlator_save(c, &state);
    correlator_free(c);
    c = correlator_new(rs);
    CHECK_INT(correlator_restore(c, strbuf_str(&state), &err), 0);
    correlator_forget_later(c, UINT64_C(12'000'000'000));
    CHECK_INT(correlator_stats(c).groups, 1);
    take_story(c, rs, "A13/g A14/g A15/g A16/h", &told);
    CHECK_STR(strbuf_str(&told), "X15/g=3 X16/h=3");
    CHECK_INT(correlator_stats(c).late, 0);
    correlator_free(c);
    ruleset_free(rs);
    strbuf_done(&state);
    strbuf_done(&told);
}

TEST(damaged_state_is_refused_whole)
{
    struct strbuf state = {}, told = {};
    struct ruleset *rs = rules_of(COUNT3 "- {correlation: Y, type: temporal, rules: [A, B], group-by: [proc.name], timespan: 10s" REST);
    struct correlator *c = correlator_new(rs);
    take_story(c, rs, "A1/g A2/g B3/h A4/g", &told);
    correlator_save(c, &state);
    correlator_free(c);
    for (size_t n = 0; n < state.n; n++) {
        struct error err = ERROR_NULL;
        c = correlator_new(rs);
        CHECK(correlator_restore(c, str_n(state.p, n), &err) < 0);
        CHECK(err.text[0]);
        CHECK_INT(correlator_stats(c).groups, 0);
        correlator_free(c);
    }
    ruleset_free(rs);
    strbuf_done(&state);
    strbuf_done(&told);
}
