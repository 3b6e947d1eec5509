// SPDX-License-Identifier: Apache-2.0
/* A run as the sensor of davy watch sees it: its events are judged by the ordinary rules, and matches become findings of the image. */
#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cmd/detonate.h"
#include "event/record_kind.h"
#include "finding/shown_event.h"
#include "rule/prefilter.h"
#include "source/bpf/bpf.h"
#include "source/proc/record.h"

enum { RING = 4 << 20, REST_ROUNDS = 64 };

static const struct record *ask_process(void *ctx, int32_t pid, uint64_t start_ns)
{
    struct observer *o = ctx;
    struct record_writer *w = o->answer;
    return proc_record(o->proc, pid, start_ns, false, w) ? w->record : NULL;
}

/* What names the one who acts in a report, beside what the rule reads. */
static void take_fields(struct facts *f, const struct rule *rule, const struct event *event)
{
    static const enum field_id WHO[] = {F_PROC_PID, F_PROC_NAME, F_PROC_EXEPATH, F_PROC_CMDLINE};
    for (size_t i = 0; i < rule->n_fields + ARRAY_SIZE(WHO); i++) {
        const enum field_id id = i < rule->n_fields ? rule->fields[i] : WHO[i - rule->n_fields];
        struct field_ref ref = {.id = id};
        struct value v;
        if (!facts_has(f, id) && !(FIELDS[id].flags & FIELD_ARG_REQUIRED) && event_get(event, &ref, &v) == 1)
            facts_value(f, id, &v);
    }
}

/* Without its secrets, as an alert is shown. */
static void keep(struct observer *o, const struct rule *rule, const struct event *event)
{
    struct scan *s = &o->detonate->scan;
    struct shown_event shown;
    arena_reset(&o->shown);
    shown_event_init(&shown, event, &o->shown);
    strbuf_clear(&o->text);
    rule_format_output(s->rules, rule, &shown.event, &o->text);
    facts_reset(&o->facts, EVENT_PROCESS, event->time_ns);
    take_fields(&o->facts, rule, &shown.event);
    const struct finding *f = findings_keep(s->target->findings, rule, &o->facts, strbuf_str(&o->text));
    if (f)
        report_moment(o->detonate->run, event->time_ns, "found", rule->name, f->id);
}

static void on_correlated(void *ctx, const struct correlated *found)
{
    if (!found->rule->is_silent)
        keep(ctx, found->rule, found->event);
}

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    struct observer *o = ctx;
    for (size_t i = 0; i < o->fired.n; i++)
        if (o->fired.v[i] == rule)
            return 0;
    vec_add(&o->fired, rule);
    if (!rule->is_silent)
        keep(o, rule, event);
    correlator_take(o->correlator, rule, event, on_correlated, o);
    return 0;
}

static void note_look(struct observer *o, const struct event *event)
{
    struct field_ref ref = {.id = F_FD_NAME};
    struct value v;
    if ((event->type == EVENT_OPEN || event->type == EVENT_OPENAT || event->type == EVENT_OPENAT2) && event_get(event, &ref, &v) == 1 &&
        v.type == VALUE_STRING)
        detonate_looked_at(o->detonate, v.s);
}

static int on_record(void *ctx, const struct record *r)
{
    struct observer *o = ctx;
    struct live_event *live;
    o->events++;
    const enum event_type type = record_kind_type(r->kind);
    o->has_executed |= (type == EVENT_EXECVE || type == EVENT_EXECVEAT) && !r->res;
    if (!context_take(o->context, r, &live))
        return 0;
    vec_clear(&o->fired);
    note_look(o, live_event(live));
    do
        (void)evaluator_run(o->detonate->scan.evaluator, live_event(live), on_match, o);
    while (live_event_resolved(live));
    return 0;
}

int observer_open(struct observer *o, struct detonate *d, uint64_t group, struct error *err)
{
    _cleanup_(filter_freep) struct filter *filter = prefilter_new(d->scan.rules, NULL);
    const struct source_bpf_options options = {.filter = filter, .ring_bytes = RING, .no_env = true, .no_snapshot = true, .cgroup = group};
    *o = (struct observer){.detonate = d, .proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), .answer = xnew(struct record_writer)};
    facts_init(&o->facts);
    int r = source_bpf_open(&options, &o->source, err);
    if (r < 0) {
        observer_close(o);
        return r;
    }
    o->correlator = correlator_new(d->scan.rules);
    o->context = context_new(&(struct context_options){.ask = {.process = ask_process, .ctx = o},
                                                       .boot_ns = clock_boot_ns()});
    return 0;
}

void observer_read(struct observer *o, int timeout_ms)
{
    (void)o->source->ops->read(o->source, timeout_ms, on_record, o, NULL);
}

void observer_close(struct observer *o)
{
    for (int i = 0; o->context && i < REST_ROUNDS; i++)
        if (o->source->ops->read(o->source, 0, on_record, o, NULL) <= 0)
            break;
    if (o->source && o->detonate->run) {
        struct source_stats stats;
        o->source->ops->stats(o->source, &stats);
        o->detonate->run->events = o->events;
        for (size_t i = 0; i < ARRAY_SIZE(stats.dropped); i++)
            o->detonate->run->lost += stats.dropped[i];
    }
    if (o->source)
        o->source = o->source->ops->close(o->source);
    o->context = context_free(o->context);
    o->correlator = correlator_free(o->correlator);
    if (o->answer)
        record_writer_done(o->answer);
    free(TAKE_PTR(o->answer));
    facts_done(&o->facts);
    arena_done(&o->shown);
    strbuf_done(&o->text);
    vec_done(&o->fired);
    if (o->proc > 0)
        (void)close(o->proc);
    o->proc = -1;
}
