// SPDX-License-Identifier: Apache-2.0
/*
 * Many rules at once against each alone: guards, what is remembered of events that look alike, and families that an event lacks must not change what
 * matches. Rules and events are made up out of few values, so that events come again.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "harness/test.h"
#include "rule/recall.h"
#include "rule/test-sample.h"

enum { RULES = 120, EVENTS = 3000 };

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

static const char *const NAMES[] = {"RunInstances", "StopLogging", "GetObject", "PutObject", "ListBuckets", "AssumeRole", "CreateUser", "DeleteTrail"};
static const char *const WHO[] = {"user", "role", "root", "service"};

static const char *const OPERATORS[] = {"=", "!=", "<", "<=", ">", ">="};

static void add_leaf(struct strbuf *b, uint32_t *seed)
{
    const char *name = NAMES[next(seed) % 8], *who = WHO[next(seed) % 4];
    if (!(next(seed) % 4))
        strbuf_adds(b, "not ");
    switch (next(seed) % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
        strbuf_printf(b, "ct.name in (%s, %s)", name, NAMES[next(seed) % 8]);
        break;
    case 4:
        strbuf_printf(b, "ct.name startswith %.3s", name);
        break;
    case 5:
        strbuf_printf(b, "cloud.principal.type = %s", who);
        break;
    case 6:
        strbuf_printf(b, "tolower(ct.name) = %s", next(seed) % 2 ? "getobject" : "stoplogging");
        break;
    case 7:
        strbuf_adds(b, "habit.new intersects (region, agent)");
        break;
    case 8:
        strbuf_printf(b, "spend.rate >= %u", next(seed) % 3);
        break;
    case 9:
        strbuf_printf(b, "login.outcome = %s", next(seed) % 2 ? "failure" : "success");
        break;
    case 10:
        strbuf_adds(b, "ct.error exists");
        break;
    case 11:
        strbuf_printf(b, "habit.at_once %s %u", OPERATORS[next(seed) % ARRAY_SIZE(OPERATORS)], next(seed) % 5);
        break;
    case 12:
        strbuf_printf(b, "gap.minutes %s %u", OPERATORS[next(seed) % ARRAY_SIZE(OPERATORS)], 120 * (next(seed) % 4));
        break;
    case 13:
        strbuf_printf(b, "habit.beside_person %s", next(seed) % 2 ? "= true" : "exists");
        break;
    case 14:
        strbuf_printf(b, "habit.at_once %s", next(seed) % 2 ? "exists" : "= val(gap.minutes)");
        break;
    default:
        strbuf_printf(b, "ct.user.arn contains %s", next(seed) % 2 ? "\"/i-\"" : "x");
    }
}

static struct str condition(uint32_t *seed, struct strbuf *b)
{
    strbuf_clear(b);
    const unsigned n = 1 + next(seed) % 4;
    for (unsigned i = 0; i < n; i++) {
        if (i)
            strbuf_adds(b, next(seed) % 3 ? " and " : " or ");
        const bool opens = i + 1 < n && !(next(seed) % 4);
        strbuf_adds(b, opens ? "(" : "");
        add_leaf(b, seed);
        if (opens) {
            strbuf_adds(b, " or ");
            add_leaf(b, seed);
            strbuf_adds(b, ")");
        }
    }
    return strbuf_str(b);
}

static struct ruleset *load(struct str yaml)
{
    struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    CHECK_INT(ruleset_load_memory(rs, "t.yaml", yaml, &diags), 0);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    diags_done(&diags);
    return rs;
}

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    uint64_t number;
    (void)event;
    CHECK(str_to_u64(str_sub(rule->name, 1, rule->name.n), &number) && number < RULES);
    ((bool *)ctx)[number] = true;
    return 0;
}

/* Of what is told in brief, most is as in most events. */
static void add_brief(struct strbuf *b, uint32_t *seed)
{
    if (next(seed) % 5)
        strbuf_printf(b, "; habit.at_once=%u; habit.beside_person=%s", next(seed) % 3 ? 1 : next(seed) % 6, next(seed) % 6 ? "false" : "true");
    if (next(seed) % 5)
        strbuf_printf(b, "; gap.minutes=%u", next(seed) % 3 ? next(seed) % 4 : next(seed) % 500);
}

/* Some fields of the families are left out, and then the event says so, or not. */
static unsigned add_event(struct strbuf *b, uint32_t *seed)
{
    unsigned lacks = 0;
    strbuf_clear(b);
    strbuf_printf(b, "evt.type=aws_cloudtrail; ct.name=%s; cloud.principal.type=%s; ct.user.arn=%s", NAMES[next(seed) % 8], WHO[next(seed) % 4], next(seed) % 2 ? "a/i-0" : "ax");
    if (!(next(seed) % 5))
        strbuf_adds(b, next(seed) % 2 ? "; habit.new=region" : "; habit.new=action|agent");
    if (!(next(seed) % 5))
        strbuf_adds(b, "; ct.error=AccessDenied");
    if (!(next(seed) % 6))
        strbuf_printf(b, "; spend.rate=%u", next(seed) % 4);
    else
        lacks |= next(seed) % 2 ? FAMILY_SPEND : 0;
    if (!(next(seed) % 6))
        strbuf_printf(b, "; login.outcome=%s", next(seed) % 2 ? "failure" : "success");
    else
        lacks |= next(seed) % 2 ? FAMILY_LOGIN : 0;
    add_brief(b, seed);
    return lacks;
}

static bool get_value(const struct event *e, enum field_id id, struct value *ret)
{
    return event_get(e, &(struct field_ref){.id = id}, ret) == 1;
}

/* The same as the source tells it. */
static void tell_in_brief(struct event *e)
{
    struct value v;
    e->is_brief = true;
    e->brief[BRIEF_NEW] = !get_value(e, F_HABIT_NEW, &v) ? 0 : v.type == VALUE_LIST && v.list.n == 2 ? 2 : 1;
    e->brief[BRIEF_AT_ONCE] = get_value(e, F_HABIT_AT_ONCE, &v) ? brief_number(v.u) : 0;
    e->brief[BRIEF_BESIDE_PERSON] = get_value(e, F_HABIT_BESIDE_PERSON, &v) ? brief_number(v.b) : 0;
    e->brief[BRIEF_GAP] = get_value(e, F_GAP_MINUTES, &v) ? brief_number(v.u) : 0;
}

/* As a source tells it that knows: by the fields that follow from it and nothing else. */
static uint64_t kind_of(const struct event *e)
{
    struct strbuf b = {};
    struct value v;
    for (int id = 0; id < FIELD__N; id++)
        if (field_is_of_kind((enum field_id)id) && event_get(e, &(struct field_ref){.id = (enum field_id)id}, &v) == 1) {
            strbuf_printf(&b, "%d=", id);
            value_add_text(&b, &v);
        }
    const uint64_t digest = hash_str(strbuf_str(&b)) | 1;
    strbuf_done(&b);
    return digest;
}

static void compare_with_each(uint32_t seed, const struct event_ops *ops, bool is_brief)
{
    struct strbuf all = {}, text = {}, one = {};
    struct ruleset *alone[RULES];
    struct evaluator *each[RULES];
    size_t n_matches = 0;
    for (unsigned i = 0; i < RULES; i++) {
        strbuf_clear(&one);
        strbuf_printf(&one, "- rule: r%u\n  desc: d\n  source: aws_cloudtrail\n  condition: %s\n  output: o\n  priority: INFO\n", i, condition(&seed, &text).p);
        strbuf_add(&all, strbuf_str(&one));
        alone[i] = load(strbuf_str(&one));
        each[i] = evaluator_new(alone[i], RULE_MATCHING_ALL);
    }
    struct ruleset *rs = load(strbuf_str(&all));
    struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
    for (unsigned n = 0; n < EVENTS; n++) {
        bool got[RULES] = {}, want[RULES] = {};
        struct sample s;
        const unsigned lacks = add_event(&text, &seed);
        CHECK(sample_init(&s, text.p));
        for (unsigned i = 0; i < RULES; i++)
            CHECK_INT(evaluator_run(each[i], &s.event, on_match, want), 0);
        s.event.lacks = lacks;
        if (is_brief)
            tell_in_brief(&s.event);
        s.event.ops = ops ? ops : s.event.ops;
        CHECK_INT(evaluator_run(ev, &s.event, on_match, got), 0);
        for (unsigned i = 0; i < RULES; i++) {
            n_matches += want[i];
            if (got[i] != want[i])
                test_fail(__FILE__, __LINE__, "rule r%u %s %s", i, got[i] ? "matches" : "does not match", text.p);
        }
        sample_done(&s);
    }
    CHECK(n_matches > EVENTS);
    for (unsigned i = 0; i < RULES; i++) {
        evaluator_free(each[i]);
        ruleset_free(alone[i]);
    }
    evaluator_free(ev);
    ruleset_free(rs);
    strbuf_done(&all);
    strbuf_done(&text);
    strbuf_done(&one);
}

TEST(many_rules_match_as_each_alone)
{
    compare_with_each(7, NULL, false);
}

TEST(so_they_do_when_the_source_tells_in_brief)
{
    const struct event_ops ops = {.get = sample_get, .kind = kind_of};
    for (uint32_t seed = 17; seed < 20; seed++)
        compare_with_each(seed, seed % 2 ? &ops : NULL, true);
}

TEST(so_they_do_when_the_source_tells_the_kind)
{
    const struct event_ops ops = {.get = sample_get, .kind = kind_of};
    for (uint32_t seed = 7; seed < 10; seed++)
        compare_with_each(seed, &ops, false);
}

TEST(what_never_comes_again_is_not_kept)
{
    struct recall *r = recall_new(1);
    const uint64_t set = 5;
    char key[16];
    for (unsigned i = 0; i < RECALL_TRIAL; i++) {
        CHECK(recall_pays(r, EVENT_CLOUDTRAIL));
        snprintf(key, sizeof(key), "%u", i);
        CHECK(!recall_find(r, EVENT_CLOUDTRAIL, str_from(key)));
        recall_learn(r, EVENT_CLOUDTRAIL, str_from(key), &set);
    }
    CHECK(!recall_pays(r, EVENT_CLOUDTRAIL) && recall_pays(r, EVENT_GCP_AUDIT));
    for (unsigned i = 1; i < RECALL_PAUSE; i++)
        CHECK(!recall_pays(r, EVENT_CLOUDTRAIL));
    CHECK(recall_pays(r, EVENT_CLOUDTRAIL));
    CHECK(recall_find(r, EVENT_CLOUDTRAIL, str_from(key)) && *recall_find(r, EVENT_CLOUDTRAIL, str_from(key)) == 5);
    CHECK(!recall_find(r, EVENT_GCP_AUDIT, str_from(key)));
    recall_free(r);
}
