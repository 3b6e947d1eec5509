// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/watch.h"
#include "event/record_kind.h"

enum {
    RULES_SHOWN = 20, /* the costliest, unless everything is asked for */
    STATM_MAX = 4096,
    LABEL_COLUMNS = 29,
    NUMBER_COLUMNS = 12, /* of the table of rules */
};

static const char *const REASONS[] = {
    [RECORD_DROP_FULL] = N_("the buffer was full"),
    [RECORD_DROP_SHED] = N_("shed under load"),
    [RECORD_DROP_LONG] = N_("longer than a record"),
    [RECORD_DROP_MAP] = N_("a table was full"),
};

/*
 * Memory that this process has for itself, in bytes: resident without what is shared, which is programs and libraries, and the
 * ring, which the source counts among its buffers.
 */
static uint64_t own_memory(void)
{
    unsigned long long all, resident, shared;
    struct strbuf text = {};
    const bool is_read = !file_read("/proc/self/statm", STATM_MAX, &text, NULL) && text.n &&
                         sscanf(text.p, "%llu %llu %llu", &all, &resident, &shared) == 3 && shared <= resident;
    strbuf_done(&text);
    return is_read ? (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t dropped(const struct source_stats *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(s->dropped); i++)
        n += s->dropped[i];
    return n;
}

void watch_status(struct watch *w, struct live_status *ret)
{
    struct source_stats s = {};
    if (w->source)
        w->source->ops->stats(w->source, &s);
    *ret = (struct live_status){
        .seen_per_second = w->seen_per_second,
        .left_share = s.seen ? (double)s.delivered / (double)s.seen : -1,
        .dropped = dropped(&s),
        .memory = own_memory() + s.memory,
        .alerts = w->alerts,
        .is_replay = w->is_replay,
    };
}

static void add_label(struct strbuf *b, const char *what)
{
    strbuf_adds(b, "  ");
    cmd_add_padded(b, what, LABEL_COLUMNS);
}

static void add_row(struct strbuf *b, const char *what, uint64_t n)
{
    add_label(b, what);
    text_add_count(b, n);
    strbuf_addc(b, '\n');
}

static void add_size_row(struct strbuf *b, const char *what, uint64_t bytes)
{
    add_label(b, what);
    text_add_size(b, bytes);
    strbuf_addc(b, '\n');
}

/* By kind, the most first. */
static void add_drops(struct strbuf *b, const struct watch *w)
{
    enum { KINDS_SHOWN = 12 };
    uint64_t below = UINT64_MAX; /* what was shown so far has this many or more */
    for (unsigned shown = 0; shown < KINDS_SHOWN;) {
        uint64_t most = 0;
        for (size_t i = 0; i < ARRAY_SIZE(w->dropped); i++)
            if (w->dropped[i] < below && w->dropped[i] > most)
                most = w->dropped[i];
        if (!most)
            return;
        for (size_t i = 0; i < ARRAY_SIZE(w->dropped); i++) {
            if (w->dropped[i] != most)
                continue;
            const enum event_type t = i + 1 < ARRAY_SIZE(w->dropped) ? record_kind_type((unsigned)i) : EVENT__INVALID;
            strbuf_printf(b, "    %s ", t == EVENT__INVALID ? _("of other kinds") : event_type_name(t));
            text_add_count(b, most);
            strbuf_addc(b, '\n');
            shown++;
        }
        below = most;
    }
}

static void add_source(struct strbuf *b, struct watch *w)
{
    struct source_stats s;
    if (!w->source) {
        w->ops->add_stats(w->ops_ctx, b);
        add_size_row(b, _("memory of the program"), own_memory());
        return;
    }
    w->source->ops->stats(w->source, &s);
    if (!w->is_replay) {
        add_row(b, _("events seen"), s.seen);
        add_row(b, _("filtered in the kernel"), s.filtered);
    }
    add_row(b, _("records delivered"), s.delivered);
    add_size_row(b, _("their bytes"), s.bytes);
    add_row(b, _("dropped"), dropped(&s));
    for (size_t i = 0; i < ARRAY_SIZE(REASONS); i++)
        if (s.dropped[i])
            add_row(b, _(REASONS[i]), s.dropped[i]);
    add_drops(b, w);
    add_size_row(b, _("memory of the program"), own_memory());
    if (s.memory)
        add_size_row(b, _("buffers in the kernel"), s.memory);
    if (w->ops->add_stats)
        w->ops->add_stats(w->ops_ctx, b);
}

static void add_context(struct strbuf *b, const struct watch *w)
{
    if (!w->context)
        return;
    const struct context_stats c = context_stats(w->context);
    add_row(b, _("processes known"), c.processes);
    add_row(b, _("containers known"), c.containers);
    add_row(b, _("processes forgotten"), c.forgotten);
    add_row(b, _("processes met unknown"), c.unknown);
    add_size_row(b, _("memory of what is known"), c.bytes);
}

static void add_correlations(struct strbuf *b, const struct watch *w)
{
    const struct correlator_stats c = correlator_stats(w->rules->correlator);
    add_row(b, _("matches for correlations"), c.matches);
    add_row(b, _("found by correlations"), c.found);
    add_row(b, _("groups remembered"), c.groups);
    add_row(b, _("matches remembered"), c.kept);
    if (c.late)
        add_row(b, _("matches too late"), c.late);
    if (c.ungrouped)
        add_row(b, _("matches of no group"), c.ungrouped);
    if (c.groups_lost || c.matches_lost) {
        add_row(b, _("groups forgotten"), c.groups_lost);
        add_row(b, _("matches forgotten"), c.matches_lost);
    }
}

static void add_alerts(struct strbuf *b, const struct watch *w)
{
    const struct alert_book_stats a = alert_book_stats(w->rules->book);
    const struct evaluator_stats e = evaluator_stats(w->rules->evaluator);
    add_row(b, _("events judged"), e.events);
    add_row(b, _("findings told"), w->alerts);
    add_row(b, _("repeats folded"), a.repeats);
    add_row(b, _("beyond a rule's rate"), a.withheld);
    add_correlations(b, w);
    for (size_t i = 0; i < w->options->outputs.n; i++) {
        struct outlet_stats s;
        struct live_sink *sink = w->options->outputs.v[i].sink;
        live_sink_stats(sink, &s);
        strbuf_adds(b, "  ");
        text_add_safe(b, str_from(live_sink_name(sink)));
        strbuf_printf(b, _(": written %llu, waiting %llu, lost %llu\n"), (unsigned long long)s.written, (unsigned long long)s.queued,
                      (unsigned long long)s.lost);
    }
    if (w->capture) {
        struct capture_stats s;
        capture_stats(w->capture, &s);
        add_row(b, _("records captured"), s.records - s.lost);
        add_size_row(b, _("their bytes in the file"), s.bytes);
        add_row(b, _("lost to the capture"), s.lost);
    }
}

struct rule_cost {
    const struct rule *rule;
    uint64_t ns, matches;
};

static int by_cost(const void *a, const void *b)
{
    const struct rule_cost *x = a, *y = b;
    if (x->ns != y->ns)
        return x->ns < y->ns ? 1 : -1;
    if (x->matches != y->matches)
        return x->matches < y->matches ? 1 : -1;
    return x->rule->index < y->rule->index ? -1 : 1;
}

static void add_right(struct strbuf *b, const char *head)
{
    const size_t width = text_width(str_from(head));
    strbuf_pad(b, ' ', width < NUMBER_COLUMNS ? NUMBER_COLUMNS - width : 0);
    strbuf_adds(b, head);
}

static void add_rules(struct strbuf *b, const struct watch *w)
{
    const struct watch_rules *r = w->rules;
    _cleanup_free_ struct rule_cost *costs = xalloc(ruleset_count(r->rs) * sizeof(*costs));
    size_t n = 0;
    for (size_t i = 0; i < ruleset_count(r->rs); i++) {
        const struct rule *rule = ruleset_get(r->rs, i);
        const struct rule_cost cost = {rule, evaluator_rule_ns(r->evaluator, rule), r->matches[rule->index]};
        if (rule->enabled && (cost.matches || cost.ns))
            costs[n++] = cost;
    }
    qsort(costs, n, sizeof(*costs), by_cost);
    const size_t shown = w->options->verbose || n < RULES_SHOWN ? n : RULES_SHOWN;
    if (shown) {
        add_right(b, _("matches"));
        strbuf_addc(b, ' ');
        add_right(b, _("time taken"));
        strbuf_printf(b, "  %s\n", _("rule (time estimated from a sample of events)"));
    }
    for (size_t i = 0; i < shown; i++) {
        strbuf_printf(b, "%12llu %9.3f ms  ", (unsigned long long)costs[i].matches, (double)costs[i].ns / 1e6);
        text_add_safe(b, costs[i].rule->name);
        strbuf_addc(b, '\n');
    }
    if (shown < n)
        strbuf_printf(b, intl_plural("  and %zu rule more, with --verbose\n", "  and %zu rules more, with --verbose\n", n - shown), n - shown);
}

void watch_stats_print(struct watch *w)
{
    strbuf_clear(&w->text);
    strbuf_printf(&w->text, _("%s: after %.1f s\n"), w->options->program,
                  (double)(clock_ns(CLOCK_MONOTONIC) - w->begin_ns) / 1e9);
    add_source(&w->text, w);
    add_context(&w->text, w);
    add_alerts(&w->text, w);
    add_rules(&w->text, w);
    (void)fputs(w->text.p, stderr);
    (void)fflush(stderr);
}
