// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "base/intl.h"
#include "base/stop.h"
#include "cmd/watch.h"
#include "event/record_read.h"
#include "finding/shown_event.h"

enum {
    TICK_MS = 200,       /* how long a read waits at most: signals, windows of repeats, the status line */
    STATUS_MS = 1000,
    FLUSH_MS = 1000,     /* what a crash may cost a capture */
    CAPTURE_CLOSE_MS = 10'000,
};

static volatile sig_atomic_t is_stopping, is_asked_for_stats, is_asked_to_reload;

static void on_signal(int signal)
{
    if (signal == SIGUSR1)
        is_asked_for_stats = 1;
    else if (signal == SIGHUP)
        is_asked_to_reload = 1;
    else
        is_stopping = signal;
}

void watch_signals(void)
{
    /* without SA_RESTART: a read that waits ends */
    struct sigaction act = {.sa_handler = on_signal};
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    sigset_t mine; /* whoever started this one may have held them back */
    (void)sigemptyset(&act.sa_mask);
    (void)sigemptyset(&mine);
    for (size_t i = 0; i < ARRAY_SIZE(SIGNALS); i++) {
        (void)sigaction(SIGNALS[i], &act, NULL);
        (void)sigaddset(&mine, SIGNALS[i]);
    }
    (void)sigprocmask(SIG_UNBLOCK, &mine, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

int watch_is_stopping(void)
{
    return is_stopping;
}

void watch_end_stopped(const struct watch_options *o, int signal)
{
    cmd_error(o->program, "stopped by %s before its end: what was told is of what was read until then", stop_name(signal));
    cmd_end_by(signal);
}

bool watch_can_say(void)
{
    return poll(&(struct pollfd){.fd = STDERR_FILENO, .events = POLLOUT}, 1, 0) == 1;
}

uint64_t watch_clock(int clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1'000'000'000U + (uint64_t)t.tv_nsec;
}

/* ---- one record ---- */

static void on_alert(void *ctx, const struct alert *a)
{
    struct watch *w = ctx;
    struct alert named = *a;
    if (w->options->hostname)
        named.hostname = str_from(w->options->hostname);
    w->alerts++;
    if (a->priority < w->worst)
        w->worst = a->priority;
    watch_outputs_put(w, &named);
}

static bool has_fired(const struct watch *w, const struct rule *rule)
{
    for (size_t i = 0; i < w->fired.n; i++)
        if (w->fired.v[i] == rule || str_eq(w->fired.v[i]->name, rule->name))
            return true;
    return false;
}

/* A match becomes a finding, its secrets hidden unless they are wanted. */
static void tell(struct watch *w, struct alert_book *book, struct alert_match m)
{
    struct shown_event shown;
    if (!w->options->show_secrets) {
        arena_reset(&w->shown);
        shown_event_init(&shown, m.event, &w->shown);
        m.event = &shown.event;
    }
    alert_book_take(book, &m);
}

static void on_correlated(void *ctx, const struct correlated *found)
{
    struct watch *w = ctx;
    w->rules->matches[found->rule->index]++;
    if (!found->rule->is_silent)
        tell(w, w->rules->book, (struct alert_match){.rs = w->rules->rs, .rule = found->rule, .event = found->event, .correlated = found});
}

/* Correlations are those of the newest rules, also for what older ones still find. */
static void correlate(struct watch *w, const struct rule *rule, const struct event *event)
{
    const struct rule *same = w->judging == w->rules ? rule : NULL;
    for (size_t i = 0; !same && i < ruleset_count(w->rules->rs); i++)
        if (str_eq(ruleset_get(w->rules->rs, i)->name, rule->name))
            same = ruleset_get(w->rules->rs, i);
    if (same)
        correlator_take(w->rules->correlator, same, event, on_correlated, w);
}

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    struct watch *w = ctx;
    if (has_fired(w, rule))
        return 0;
    vec_add(&w->fired, rule);
    if (w->ops->matched)
        w->ops->matched(w->ops_ctx, event);
    w->judging->matches[rule->index]++;
    if (!rule->is_silent)
        tell(w, w->judging->book, (struct alert_match){.rs = w->judging->rs, .rule = rule, .event = event, .is_resolved = w->is_resolved});
    correlate(w, rule, event);
    return 0;
}

static void judge_by(struct watch *w, const struct watch_rules *rules, const struct event *event)
{
    w->judging = rules;
    (void)evaluator_run(rules->evaluator, event, on_match, w);
}

void watch_event(struct watch *w, const struct event *event)
{
    w->last_ns = event->time_ns > w->last_ns ? event->time_ns : w->last_ns;
    vec_clear(&w->fired);
    w->is_resolved = false;
    judge_by(w, w->rules, event);
}

/* Asks the rules of the record's time; in the moments of a change those of both sides (watch_rules.c). */
static void judge(struct watch *w, const struct record *r, const struct event *event)
{
    if (!w->older || r->time_ns >= w->rules->since_ns)
        judge_by(w, w->rules, event);
    if (w->older && r->time_ns <= w->change_end_ns)
        judge_by(w, w->older, event);
}

static void count_drops(struct watch *w, const struct record *r)
{
    const size_t last = ARRAY_SIZE(w->dropped) - 1;
    record_each(b, r) {
        const struct record_drop *drop = b->tag == RECORD_DROP ? record_drop(b) : NULL;
        if (drop)
            w->dropped[drop->kind < last ? drop->kind : last] += drop->count;
    }
}

void watch_record(struct watch *w, const struct record *r)
{
    if (r->kind == RECORD_DROPS)
        count_drops(w, r);
    if (w->ops->ahead)
        w->ops->ahead(w->ops_ctx, r);
    if (context_take(w->context, r, &w->event) == 1) {
        const struct event *event = live_event(w->event);
        w->last_ns = event->time_ns > w->last_ns ? event->time_ns : w->last_ns;
        vec_clear(&w->fired);
        w->is_resolved = false;
        judge(w, r, event);
        while (live_event_resolved(w->event)) {
            w->is_resolved = true;
            judge(w, r, live_event(w->event));
        }
    }
    /* behind what context asked for while the rules read fields: a replay has the answers before the question */
    if (w->capture)
        capture_write(w->capture, r);
}

static int on_record(void *ctx, const struct record *r)
{
    struct watch *w = ctx;
    watch_record(w, r);
    return is_stopping || w->is_broken ? -ECANCELED : 0;
}

/* Of what was there when the word to stop came. */
static int on_rest(void *ctx, const struct record *r)
{
    struct watch *w = ctx;
    watch_record(w, r);
    return w->is_broken ? -ECANCELED : 0;
}

/* ---- between records ---- */

static void tell_capture(struct watch *w)
{
    struct capture_stats s;
    if (!w->capture)
        return;
    capture_stats(w->capture, &s);
    if (s.lost > w->capture_told && watch_can_say()) {
        cmd_error(w->options->program, "the capture lacks %llu records: %s", (unsigned long long)(s.lost - w->capture_told), s.last.text);
        w->capture_told = s.lost;
    }
}

static void once_a_second(struct watch *w, uint64_t now_ns)
{
    struct live_status status;
    struct source_stats s = {};
    if (w->source)
        w->source->ops->stats(w->source, &s);
    if (now_ns > w->seen_at_ns)
        w->seen_per_second = (double)(s.seen - w->seen_then) * 1e9 / (double)(now_ns - w->seen_at_ns);
    w->seen_then = s.seen;
    w->seen_at_ns = now_ns;
    watch_status(w, &status);
    watch_outputs_status(w, &status);
    watch_outputs_tell(w);
    tell_capture(w);
    if (w->capture)
        capture_flush(w->capture);
    if (!w->is_replay) /* files of logs follow each other in no order: what is forgotten must not hang on how fast they are read */
        correlator_tick(w->rules->correlator, w->last_ns);
    watch_state_keep(w, now_ns);
}

static void answer_signals(struct watch *w)
{
    if (is_asked_for_stats && watch_can_say()) {
        is_asked_for_stats = 0;
        watch_stats_print(w);
    }
    if (is_asked_to_reload) {
        is_asked_to_reload = 0;
        watch_outputs_reopen(w);
        watch_reload_begin(w);
    }
}

/* Now, by the clock that times of events are of: where somebody may set it, windows would end at once or never. */
static uint64_t time_of_events(const struct watch *w)
{
    return w->is_replay ? w->last_ns : w->boot_ns ? w->boot_ns + watch_clock(CLOCK_BOOTTIME) : watch_clock(CLOCK_REALTIME);
}

/* What is due, whatever came. `next` are the times of the next status and the next stats. */
static void between(struct watch *w, uint64_t now_ns, uint64_t next[2])
{
    answer_signals(w);
    watch_reload_step(w);
    watch_outputs_tick(w);
    if (w->ops->between)
        w->ops->between(w->ops_ctx);
    /* live, time goes on without events; in a replay the events are the time */
    alert_book_tick(w->rules->book, time_of_events(w));
    if (now_ns >= next[0]) {
        once_a_second(w, now_ns);
        next[0] = now_ns + STATUS_MS * 1'000'000ULL;
    }
    if (w->options->stats_seconds && now_ns >= next[1] && watch_can_say()) {
        watch_stats_print(w);
        next[1] = now_ns + w->options->stats_seconds * 1'000'000'000ULL;
    }
}

static int read_all(struct watch *w, struct error *err)
{
    const uint64_t end_ns = w->options->duration_ns ? w->begin_ns + w->options->duration_ns : UINT64_MAX;
    uint64_t next[2] = {w->begin_ns + STATUS_MS * 1'000'000ULL, w->begin_ns + w->options->stats_seconds * 1'000'000'000ULL};
    while (!is_stopping && !w->is_broken) {
        uint64_t now_ns = watch_clock(CLOCK_MONOTONIC);
        if (now_ns >= end_ns)
            return 0;
        between(w, now_ns, next);
        int r = w->ops->read ? w->ops->read(w->ops_ctx, err) : w->source->ops->read(w->source, TICK_MS, on_record, w, err);
        if (r < 0 && r != -EINTR && r != -ECANCELED)
            return r == -ENODATA ? 0 : r;
    }
    w->stopped_by = is_stopping;
    return 0;
}

/* What is still in the ring when it is over was seen before: it is judged too. */
static void read_rest(struct watch *w)
{
    enum { ROUNDS = 64 };
    for (int i = 0; i < ROUNDS && w->source && !w->is_replay && !w->is_broken; i++)
        if (w->source->ops->read(w->source, 0, on_rest, w, NULL) <= 0)
            break;
}

int watch_run(struct watch *w)
{
    struct error err = ERROR_NULL;
    w->begin_ns = w->seen_at_ns = watch_clock(CLOCK_MONOTONIC);
    w->worst = PRIORITY__N;
    w->book = (struct alert_book_options){
        .window_ns = w->options->window_ns, .rate = w->options->rate, .show = on_alert, .ctx = w};
    w->rules->book = alert_book_new(&w->book);
    int r = read_all(w, &err);
    read_rest(w);
    watch_reload_end(w);
    watch_state_close(w);
    alert_book_flush(w->rules->book);
    watch_outputs_status(w, NULL);
    if (r < 0)
        cmd_error(w->options->program, "%s", err.text);
    if ((w->options->stats || w->options->stats_seconds) && watch_can_say())
        watch_stats_print(w);
    return r < 0 ? EXIT_CANNOT : EXIT_NOTHING;
}

void watch_done(struct watch *w)
{
    if (w->capture) {
        tell_capture(w);
        const uint64_t lost = capture_close(TAKE_PTR(w->capture), CAPTURE_CLOSE_MS);
        if (lost > w->capture_told && watch_can_say())
            cmd_error(w->options->program, "the capture lacks %llu records", (unsigned long long)(lost - w->capture_told));
    }
    w->rules = watch_rules_free(w->rules);
    if (w->context)
        w->context = context_free(w->context);
    vec_done(&w->fired);
    strbuf_done(&w->text);
    arena_done(&w->shown);
}
