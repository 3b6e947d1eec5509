// SPDX-License-Identifier: Apache-2.0
/*
 * evaluator_run() takes no memory: the linker puts counters in front of the allocator (--wrap, see
 * meson.build). What RE2 keeps for its own automata lies in another library and does not count.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "harness/test.h"
#include "rule/test-sample.h"

static size_t n_calls;
void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n)
{
    n_calls++;
    return __real_malloc(n);
}
void *__wrap_calloc(size_t count, size_t size)
{
    n_calls++;
    return __real_calloc(count, size);
}
void *__wrap_realloc(void *p, size_t n)
{
    n_calls++;
    return __real_realloc(p, n);
}

static const char *const CONDITIONS[] = {
#define CASE(condition, facts, holds) condition,
#include "rule/test-eval.def"
#undef CASE
};

static const char *const EVENTS[] = {
#define CASE(condition, facts, holds) facts,
#include "rule/test-eval.def"
#undef CASE
};

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    (void)rule;
    (void)event;
    (*(size_t *)ctx)++;
    return 0;
}

/* Every condition of test-eval.def as one rule set, every event of it through all of them. */
TEST(judging_takes_no_memory)
{
    struct strbuf yaml = {};
    struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    for (size_t i = 0; i < ARRAY_SIZE(CONDITIONS); i++)
        strbuf_printf(&yaml,
                      "- rule: r%zu\n  desc: d\n  output: o\n  priority: INFO\n  condition: >\n    %s\n", i,
                      CONDITIONS[i]);
    CHECK_INT(ruleset_load_memory(rs, "t", strbuf_str(&yaml), &diags), 0);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
    size_t matches = 0;
    for (size_t i = 0; i < ARRAY_SIZE(EVENTS); i++) {
        struct sample s;
        CHECK(sample_init(&s, EVENTS[i]));
        n_calls = 0;
        CHECK_INT(evaluator_run(ev, &s.event, on_match, &matches), 0);
        CHECK_INT(n_calls, 0);
        sample_done(&s);
    }
    CHECK(matches > ARRAY_SIZE(EVENTS));
    n_calls = 0;
    free(xalloc(1));
    CHECK(n_calls > 0);
    evaluator_free(ev);
    ruleset_free(rs);
    diags_done(&diags);
    strbuf_done(&yaml);
}
