// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "base/map.h"
#include "base/text.h"
#include "cmd/rules_story.h"

enum { TIMES_MAX = 100'000 };

/* One case under way. */
struct run {
    struct story *story;
    const struct yaml_node *c;
    const char *folder;
    struct correlator *correlator;
    const struct rule *wanted;
    struct event *event;     /* of the step at hand */
    const struct rule *like; /* whose hit the step at hand is; else NULL */
    bool has_found, is_like;
    uint64_t num;
};

static void on_found(void *ctx, const struct correlated *found)
{
    struct run *r = ctx;
    r->has_found |= found->rule == r->wanted;
    strbuf_adds(&r->story->told, "      = ");
    text_add_safe(&r->story->told, found->rule->name);
    strbuf_addc(&r->story->told, '\n');
}

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    struct run *r = ctx;
    r->is_like |= rule == r->like;
    strbuf_printf(&r->story->told, "    %llu. ", (unsigned long long)r->num);
    text_add_safe(&r->story->told, rule->name);
    strbuf_addc(&r->story->told, '\n');
    correlator_take(r->correlator, rule, event, on_found, r);
    return 0;
}

static const struct rule *rule_named(const struct ruleset *rs, struct str name)
{
    for (size_t i = 0; i < ruleset_count(rs); i++)
        if (str_eq(ruleset_get(rs, i)->name, name))
            return ruleset_get(rs, i);
    return NULL;
}

/* The facts of a step: those of the case that it is like, then those that it gives itself. */
static int fill_like(struct run *r, const struct yaml_node *step, const struct yaml_node *like, struct error *err)
{
    const struct map_entry *e = like->kind == YAML_SCALAR ? map_get(r->story->hits, like->text) : NULL;
    const struct yaml_node *fields = yaml_get(step, "fields");
    if (!e)
        return rules_case_error(err, like, "no rule of this name has a hit");
    if (yaml_get(step, "event") || yaml_get(step, "file") || yaml_get(step, "record"))
        return rules_case_error(err, step, "a step with `like` has its event from there");
    const struct story_hit *hit = e->ptr;
    r->like = rule_named(r->story->rs, like->text);
    int result = rules_case_event(hit->node, hit->folder, r->story->inspector, r->story->facts, r->story->record, &r->event, err);
    return result || !fields ? result : rules_case_more(fields, r->story->facts, err);
}

static int fill_step(struct run *r, const struct yaml_node *step, struct error *err)
{
    const struct yaml_node *like = yaml_get(step, "like"), *common = yaml_get(r->c, "fields");
    r->like = NULL;
    int result = like ? fill_like(r, step, like, err)
                      : rules_case_event(step, r->folder, r->story->inspector, r->story->facts, r->story->record, &r->event, err);
    return result || !common ? result : rules_case_more(common, r->story->facts, err);
}

static int judge_step(struct run *r, const struct yaml_node *step, uint64_t at_ns, struct error *err)
{
    r->event->num = ++r->num;
    r->event->time_ns = RULES_CASE_TIME_NS + at_ns; /* whatever day a record is of: `at` counts from the first */
    r->is_like = !r->like;
    (void)evaluator_run(r->story->evaluator, r->event, on_match, r);
    return r->is_like ? 0 : rules_case_error(err, step, "the rule that this step is like does not match");
}

/* `each: {field: [a, b]}`: one event for each value. */
static int run_each(struct run *r, const struct yaml_node *step, const struct yaml_node *each, uint64_t at_ns, struct error *err)
{
    if (each->kind != YAML_MAP || each->n != 2 || each->v[1]->kind != YAML_SEQUENCE)
        return rules_case_error(err, each, "`each` is one field with a sequence of values");
    int result = 0;
    for (size_t i = 0; !result && i < each->v[1]->n; i++) {
        const struct yaml_node *pair[] = {each->v[0], each->v[1]->v[i]};
        const struct yaml_node one = {.kind = YAML_MAP, .source = each->source, .start = each->start, .v = pair, .n = 2};
        result = fill_step(r, step, err);
        if (!result)
            result = rules_case_more(&one, r->story->facts, err);
        if (!result)
            result = judge_step(r, step, at_ns, err);
    }
    return result;
}

static int run_step(struct run *r, const struct yaml_node *step, struct error *err)
{
    static const char *const KNOWN[] = {"at", "like", "event", "fields", "file", "record", "times", "each"};
    const struct yaml_node *at = yaml_get(step, "at"), *times = yaml_get(step, "times"), *each = yaml_get(step, "each");
    uint64_t at_ns = 0, n = 1;
    if (step->kind != YAML_MAP)
        return rules_case_error(err, step, "a step is a map with at, and event and fields or like");
    for (size_t i = 0; i + 1 < step->n; i += 2) {
        size_t k = 0;
        while (k < ARRAY_SIZE(KNOWN) && !str_is(step->v[i]->text, KNOWN[k]))
            k++;
        if (k == ARRAY_SIZE(KNOWN))
            return rules_case_error(err, step->v[i], "a step has no key \"%.*s\"", STR_ARG(step->v[i]->text));
    }
    if (!at || at->kind != YAML_SCALAR || correlation_timespan_from(at->text, &at_ns) < 0)
        return rules_case_error(err, at ? at : step, "a step has its time from the first one in `at`, such as 90s or 2m");
    if (times && (times->kind != YAML_SCALAR || !str_to_u64(times->text, &n) || !n || n > TIMES_MAX))
        return rules_case_error(err, times, "`times` is a number from 1 to %d", TIMES_MAX);
    int result = 0;
    for (uint64_t i = 0; !result && i < n; i++) {
        if (each) {
            result = run_each(r, step, each, at_ns, err);
            continue;
        }
        result = fill_step(r, step, err);
        if (!result)
            result = judge_step(r, step, at_ns, err);
    }
    return result;
}

int rules_story_run(struct story *s, const struct yaml_node *c, const char *folder, const struct rule *wanted, bool *ret_found,
                    struct error *err)
{
    const struct yaml_node *steps = yaml_get(c, "steps");
    struct run r = {.story = s, .c = c, .folder = folder, .wanted = wanted};
    int result = 0;
    for (size_t i = 0; i + 1 < c->n; i += 2)
        if (!str_is(c->v[i]->text, "name") && !str_is(c->v[i]->text, "fields") && !str_is(c->v[i]->text, "steps"))
            return rules_case_error(err, c->v[i], "a case of a correlation has no key \"%.*s\"", STR_ARG(c->v[i]->text));
    if (!steps || steps->kind != YAML_SEQUENCE || !steps->n)
        return rules_case_error(err, steps ? steps : c, "a case of a correlation needs `steps`, a sequence of events");
    strbuf_clear(&s->told);
    r.correlator = correlator_new(s->rs);
    for (size_t i = 0; !result && i < steps->n; i++)
        result = run_step(&r, steps->v[i], err);
    correlator_free(r.correlator);
    *ret_found = r.has_found;
    return result;
}
