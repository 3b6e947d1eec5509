// SPDX-License-Identifier: Apache-2.0
/* Alerts and their book, with rules as people write them and facts in place of the live kernel. */
#include "base/vec.h"
#include "finding/alert_book.h"
#include "harness/test.h"

static const char RULES[] =
    "- rule: Shadow read\n"
    "  desc: d\n"
    "  condition: evt.type = openat and fd.name = /etc/shadow and proc.name != sshd and evt.is_open_read = true\n"
    "  output: read by %proc.name %fd.lport %proc.aname[1] %fd.sip\n"
    "  priority: WARNING\n"
    "  tags: [kind:threat, axis:intent, by:behaviour, row:18, T1003.008, mitre_credential_access]\n"
    "- rule: Any open\n"
    "  desc: d\n"
    "  condition: evt.type = openat and fd.name startswith /tmp\n"
    "  output: open %fd.name\n"
    "  priority: NOTICE\n"
    "- correlation: Shadow read and more\n"
    "  desc: d\n"
    "  type: temporal\n"
    "  rules: [Shadow read, Any open]\n"
    "  group-by: [proc.name]\n"
    "  timespan: 1m\n"
    "  output: \"%proc.name %correlation.rules %fd.name\"\n"
    "  priority: CRITICAL\n"
    "  tags: [kind:threat, axis:harm]\n";

struct shown {
    VEC(struct alert) list;
    struct arena arena;
};

struct fixture {
    struct ruleset *rs;
    struct evaluator *ev;
    struct facts facts;
    struct shown shown;
    struct alert_book *book;
};

static void keep(void *ctx, const struct alert *a)
{
    struct shown *s = ctx;
    struct alert copy = *a;
    copy.output = arena_str(&s->arena, a->output);
    copy.name = arena_str(&s->arena, a->name);
    vec_add(&s->list, copy);
}

static void fixture_init(struct fixture *x, uint64_t window_ns, unsigned rate)
{
    struct diags diags = {};
    *x = (struct fixture){.rs = ruleset_new()};
    CHECK_INT(ruleset_load_memory(x->rs, "t.yaml", STR(RULES), &diags), 0);
    CHECK_INT(ruleset_compile(x->rs, &diags), 0);
    diags_done(&diags);
    x->ev = evaluator_new(x->rs, RULE_MATCHING_ALL);
    facts_init(&x->facts);
    x->book = alert_book_new(&(struct alert_book_options){
        .window_ns = window_ns, .rate = rate, .show = keep, .ctx = &x->shown});
}

static void fixture_done(struct fixture *x)
{
    alert_book_free(x->book);
    evaluator_free(x->ev);
    ruleset_free(x->rs);
    facts_done(&x->facts);
    arena_done(&x->shown.arena);
    vec_done(&x->shown.list);
}

static void set_event(struct fixture *x, uint64_t time_ns, const char *path, const char *process)
{
    facts_reset(&x->facts, EVENT_OPENAT, time_ns);
    facts_str(&x->facts, F_FD_NAME, str_from(path));
    facts_str(&x->facts, F_PROC_NAME, str_from(process));
    facts_str(&x->facts, F_PROC_EXEPATH, STR("/usr/bin/x"));
    facts_bool(&x->facts, F_EVT_IS_OPEN_READ, true);
}

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    struct fixture *x = ctx;
    alert_book_take(x->book, &(struct alert_match){.rs = x->rs, .rule = rule, .event = event});
    return 0;
}

static void happen(struct fixture *x, uint64_t time_ns, const char *path, const char *process)
{
    set_event(x, time_ns, path, process);
    CHECK_INT(evaluator_run(x->ev, &x->facts.event, on_match, x), 0);
}

static const uint64_t S = 1'000'000'000;

static struct output_field field(const struct output_field *v, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(v[i].name, name))
            return v[i];
    test_fail(__FILE__, __LINE__, "no field %s", name);
}

TEST(an_alert_outlives_its_event)
{
    struct fixture x;
    _cleanup_(arena_done) struct arena a = {};
    fixture_init(&x, 0, 0);
    set_event(&x, 5 * S, "/etc/shadow", "cat");
    facts_int(&x.facts, F_PROC_PID, 41);
    facts_str(&x.facts, F_CONTAINER_ID, STR("web7f"));
    facts_str(&x.facts, F_USER_NAME, STR("mallory"));
    struct alert_match m = {.rs = x.rs, .rule = ruleset_get(x.rs, 0), .event = &x.facts.event, .is_resolved = true};
    const struct alert *al = alert_make(&m, alert_output(&m, &a), &a);
    facts_reset(&x.facts, EVENT_OPENAT, 0);
    facts_str(&x.facts, F_FD_NAME, STR("/another/file/after/it"));
    CHECK_STR(al->name, "Shadow read");
    CHECK_STR(al->output, "read by cat <NA> <NA> <NA>");
    CHECK_INT(al->time_ns, 5 * S);
    CHECK(al->is_resolved && al->intent && !al->harm && al->kind == FINDING_THREAT);
    CHECK_INT(al->n_tags, 6);
    CHECK_STR(al->rows[0], "18");
    CHECK_STR(al->techniques[0], "T1003.008");
    CHECK_STR(al->subject.process, "cat");
    CHECK_INT(al->subject.pid, 41);
    CHECK_STR(al->subject.container_id, "web7f");
    CHECK_STR(al->subject.user, "mallory");
    CHECK_INT(al->subject.uid, -1);
    CHECK_STR(field(al->evidence, al->n_evidence, "fd.name").value.s, "/etc/shadow");
    CHECK(field(al->evidence, al->n_evidence, "evt.is_open_read").value.b);
    CHECK_INT(field(al->fields, al->n_fields, "fd.lport").value.type, VALUE_NONE);
    CHECK_STR(field(al->fields, al->n_fields, "proc.name").value.s, "cat");
    CHECK_STR(field(al->fields, al->n_fields, "container.id").value.s, "web7f");
    CHECK_INT(field(al->fields, al->n_fields, "container.name").value.type, VALUE_NONE);
    fixture_done(&x);
}

struct correlating {
    struct fixture *x;
    struct arena arena;
    const struct alert *made;
};

static void on_correlated(void *ctx, const struct correlated *found)
{
    struct correlating *c = ctx;
    struct alert_match m = {.rs = c->x->rs, .rule = found->rule, .event = found->event, .correlated = found};
    c->made = alert_make(&m, alert_output(&m, &c->arena), &c->arena);
}

TEST(an_alert_of_a_correlation_has_its_members)
{
    struct fixture x;
    fixture_init(&x, 0, 0);
    struct correlating c = {.x = &x};
    struct correlator *correlator = correlator_new(x.rs);
    set_event(&x, 5 * S, "/etc/shadow", "cat");
    x.facts.event.num = 3;
    correlator_take(correlator, ruleset_get(x.rs, 0), &x.facts.event, on_correlated, &c);
    CHECK(!c.made);
    set_event(&x, 7 * S, "/tmp/y", "cat");
    x.facts.event.num = 9;
    correlator_take(correlator, ruleset_get(x.rs, 1), &x.facts.event, on_correlated, &c);
    correlator_free(correlator);
    facts_reset(&x.facts, EVENT_OPENAT, 0);
    CHECK_STR(c.made->name, "Shadow read and more");
    CHECK_STR(c.made->output, "cat (Shadow read,Any open) /tmp/y");
    CHECK_INT(c.made->matches, 2);
    CHECK_INT(c.made->n_members, 2);
    CHECK_STR(c.made->members[0].rule, "Shadow read");
    CHECK_INT(c.made->members[0].time_ns, 5 * S);
    CHECK_INT(c.made->members[0].num, 3);
    CHECK_INT(c.made->members[1].num, 9);
    CHECK(c.made->harm && !c.made->intent && c.made->priority == PRIORITY_CRITICAL);
    CHECK_STR(field(c.made->evidence, c.made->n_evidence, "proc.name").value.s, "cat");
    CHECK_INT(field(c.made->fields, c.made->n_fields, "correlation.rules").value.list.n, 2);
    arena_done(&c.arena);
    fixture_done(&x);
}

TEST(the_host_is_no_container)
{
    struct fixture x;
    _cleanup_(arena_done) struct arena a = {};
    fixture_init(&x, 0, 0);
    set_event(&x, S, "/etc/shadow", "cat");
    facts_str(&x.facts, F_CONTAINER_ID, STR("host"));
    facts_str(&x.facts, F_CONTAINER_NAME, STR("host"));
    struct alert_match m = {.rs = x.rs, .rule = ruleset_get(x.rs, 0), .event = &x.facts.event};
    const struct alert *al = alert_make(&m, alert_output(&m, &a), &a);
    CHECK_STR(al->subject.container_id, "");
    CHECK_STR(al->subject.container_name, "");
    CHECK_STR(field(al->fields, al->n_fields, "container.name").value.s, "host");
    fixture_done(&x);
}

TEST(without_a_window_every_match_is_shown)
{
    struct fixture x;
    fixture_init(&x, 0, 0);
    for (int i = 0; i < 50; i++)
        happen(&x, S + (uint64_t)i, "/etc/shadow", "cat");
    CHECK_INT(x.shown.list.n, 50);
    fixture_done(&x);
}

TEST(repeats_are_counted_and_told_once_a_window)
{
    struct fixture x;
    fixture_init(&x, 4 * S, 0);
    happen(&x, 100 * S, "/etc/shadow", "cat");
    CHECK_INT(x.shown.list.n, 1);
    CHECK_INT(x.shown.list.v[0].repeats, 0);
    for (uint64_t i = 1; i <= 10; i++)
        happen(&x, 100 * S + i, "/etc/shadow", "cat");
    alert_book_tick(x.book, 100 * S + 20);
    CHECK_INT(x.shown.list.n, 1); /* the first window is a second long */
    alert_book_tick(x.book, 101 * S);
    CHECK_INT(x.shown.list.n, 2);
    CHECK_INT(x.shown.list.v[1].repeats, 10);
    CHECK_INT(x.shown.list.v[1].since_ns, 100 * S + 1);
    CHECK_INT(x.shown.list.v[1].time_ns, 100 * S + 10);
    CHECK_STR(x.shown.list.v[1].output, "read by cat <NA> <NA> <NA>");
    /* the next is twice as long */
    happen(&x, 102 * S, "/etc/shadow", "cat");
    alert_book_tick(x.book, 102 * S + 1);
    CHECK_INT(x.shown.list.n, 2);
    alert_book_tick(x.book, 103 * S);
    CHECK_INT(x.shown.list.n, 3);
    CHECK_INT(x.shown.list.v[2].repeats, 1);
    /* nothing for a window: what comes then is a first one again */
    alert_book_tick(x.book, 107 * S);
    happen(&x, 108 * S, "/etc/shadow", "cat");
    CHECK_INT(x.shown.list.n, 4);
    CHECK_INT(x.shown.list.v[3].repeats, 0);
    CHECK_INT(alert_book_stats(x.book).repeats, 11);
    fixture_done(&x);
}

/* An alert says what the clock said, which somebody set; windows and rates do not hear of it. */
TEST(a_clock_that_is_set_moves_what_is_told_and_no_window)
{
    struct fixture x;
    fixture_init(&x, 4 * S, 1);
    x.facts.run.step_ns = -(int64_t)(60 * S);
    happen(&x, 100 * S, "/etc/shadow", "cat");
    CHECK_INT(x.shown.list.v[0].time_ns, 40 * S);
    x.facts.run.step_ns = (int64_t)(3600 * S);
    for (uint64_t i = 1; i <= 10; i++)
        happen(&x, 100 * S + i, "/etc/shadow", "cat");
    alert_book_tick(x.book, 100 * S + 20);
    CHECK_INT(x.shown.list.n, 1);
    alert_book_tick(x.book, 101 * S);
    CHECK_INT(x.shown.list.n, 2);
    CHECK_INT(x.shown.list.v[1].repeats, 10);
    CHECK_INT(x.shown.list.v[1].since_ns, 3700 * S + 1);
    CHECK_INT(x.shown.list.v[1].time_ns, 3700 * S + 10);
    fixture_done(&x);
}

TEST(what_differs_is_no_repeat)
{
    struct fixture x;
    fixture_init(&x, 4 * S, 0);
    happen(&x, S, "/etc/shadow", "cat");
    happen(&x, S, "/etc/shadow", "head");
    happen(&x, S, "/tmp/a", "cat");
    happen(&x, S, "/tmp/b", "cat");
    set_event(&x, S, "/tmp/b", "cat");
    facts_str(&x.facts, F_CONTAINER_ID, STR("elsewhere"));
    CHECK_INT(evaluator_run(x.ev, &x.facts.event, on_match, &x), 0);
    CHECK_INT(x.shown.list.n, 5);
    fixture_done(&x);
}

TEST(a_flush_tells_what_was_counted)
{
    struct fixture x;
    fixture_init(&x, 60 * S, 0);
    for (uint64_t i = 0; i < 5; i++)
        happen(&x, S + i, "/etc/shadow", "cat");
    alert_book_flush(x.book);
    CHECK_INT(x.shown.list.n, 2);
    CHECK_INT(x.shown.list.v[1].repeats, 4);
    alert_book_flush(x.book);
    CHECK_INT(x.shown.list.n, 2);
    happen(&x, S + 9, "/etc/shadow", "cat");
    CHECK_INT(x.shown.list.n, 3);
    fixture_done(&x);
}

/* Whatever happens, each match is shown or counted in something that is shown. */
TEST(more_than_is_remembered_is_shown_and_never_lost)
{
    struct fixture x;
    char path[64];
    uint64_t total = 0, told = 0;
    fixture_init(&x, 60 * S, 0);
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 3000; i++, total++) {
            (void)snprintf(path, sizeof(path), "/tmp/%u", i);
            happen(&x, S + total, path, "cat");
        }
    alert_book_flush(x.book);
    vec_each (a, &x.shown.list)
        told += a->repeats ? a->repeats : 1;
    CHECK_INT(told, total);
    CHECK(x.shown.list.n >= 3000);
    fixture_done(&x);
}

TEST(a_flood_is_bounded_and_the_first_of_a_kind_is_shown)
{
    struct fixture x;
    char path[64];
    fixture_init(&x, 0, 2);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(path, sizeof(path), "/tmp/%u", i);
        happen(&x, 10 * S, path, "flood");
    }
    CHECK_INT(x.shown.list.n, 2 * ALERT_BURST_SECONDS);
    happen(&x, 10 * S, "/tmp/x", "other");
    CHECK_INT(x.shown.list.n, 2 * ALERT_BURST_SECONDS + 1);
    CHECK_STR(x.shown.list.v[x.shown.list.n - 1].output, "open /tmp/x");
    happen(&x, 10 * S, "/etc/shadow", "flood"); /* another rule has a rate of its own */
    CHECK_INT(x.shown.list.n, 2 * ALERT_BURST_SECONDS + 2);
    alert_book_tick(x.book, 10 * S + ALERT_WITHHELD_NS);
    const struct alert *last = &x.shown.list.v[x.shown.list.n - 1];
    CHECK_INT(last->withheld, 1000 - 2 * ALERT_BURST_SECONDS);
    CHECK_STR(last->name, "Any open");
    CHECK_INT(last->since_ns, 10 * S);
    /* time fills the bucket again */
    size_t before = x.shown.list.n;
    for (unsigned i = 0; i < 10; i++) {
        (void)snprintf(path, sizeof(path), "/tmp/again%u", i);
        happen(&x, 12 * S, path, "flood");
    }
    CHECK_INT(x.shown.list.n - before, 4);
    fixture_done(&x);
}
