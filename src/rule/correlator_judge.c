// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "rule/correlator_judge.h"

/* ---- counting ---- */

/* Different values, no further than needed to know that they are too many. */
static uint64_t count_values(const struct match *v, uint32_t n, uint64_t enough)
{
    enum { SMALL = 1024 };
    uint64_t small[SMALL] = {}, *seen = small, count = 0;
    size_t size = 2;
    while (size < 2 * (size_t)n)
        size *= 2;
    if (size > SMALL)
        seen = xalloc(size * sizeof(*seen));
    for (uint32_t i = n; i-- > 0 && count < enough;) {
        const uint64_t value = v[i].value ? v[i].value : 1;
        size_t at = (size_t)value & (size - 1);
        while (seen[at] && seen[at] != value)
            at = (at + 1) & (size - 1);
        count += !seen[at];
        seen[at] = value;
    }
    if (seen != small)
        free(seen);
    return count;
}

/* Steps and the matches that stand for them: one match is one step, so that nothing holds by itself. */
struct pairing {
    const struct match *v;
    uint32_t n;
    uint32_t of[CORRELATION_STEPS_MAX]; /* the match of a step, from 1; 0: none */
};

static bool pair(struct pairing *p, size_t step, uint32_t *tried, size_t n_steps)
{
    for (uint32_t i = 0; i < p->n; i++) {
        size_t other = 0;
        if (!(p->v[i].steps >> step & 1))
            continue;
        while (other < n_steps && p->of[other] != i + 1)
            other++;
        if (other < n_steps && (*tried >> other & 1))
            continue;
        if (other < n_steps) {
            *tried |= 1U << other;
            if (!pair(p, other, tried, n_steps))
                continue;
        }
        p->of[step] = i + 1;
        return true;
    }
    return false;
}

static uint64_t count_steps(const struct match *v, uint32_t n, size_t n_steps)
{
    uint32_t all = 0;
    bool is_plain = true;
    for (uint32_t i = 0; i < n; i++) {
        all |= v[i].steps;
        is_plain &= !(v[i].steps & (v[i].steps - 1));
    }
    if (is_plain)
        return (uint64_t)__builtin_popcount(all);
    struct pairing p = {.v = v, .n = n};
    uint64_t count = 0;
    for (size_t s = 0; s < n_steps; s++) {
        uint32_t tried = 1U << s;
        count += pair(&p, s, &tried, n_steps);
    }
    return count;
}

/* The last match is the last step, and before it stand the others in their order: the latest that can. */
static bool is_in_order(const struct match *v, uint32_t n, size_t n_steps)
{
    size_t step = n_steps;
    if (!(v[n - 1].steps >> (n_steps - 1) & 1))
        return false;
    for (uint32_t i = n; i-- > 0 && step;)
        step -= v[i].steps >> (step - 1) & 1;
    return !step;
}

/* ---- measuring ---- */

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of an even number of them the mean of the two in the middle. */
static double middle(const double *v, uint32_t n)
{
    return n % 2 ? v[n / 2] : v[n / 2 - 1] + (v[n / 2] - v[n / 2 - 1]) / 2;
}

/* The least number that so many of a hundred do not exceed. */
static double percentile(const double *v, uint32_t n, double percent)
{
    const double rank = ceil(percent / 100 * n);
    return v[rank < 1 ? 0 : rank > n ? n - 1 : (uint32_t)rank - 1];
}

static double in_order(const struct correlation *k, const struct match *v, uint32_t n)
{
    _cleanup_free_ double *numbers = xalloc(n * sizeof(*numbers));
    for (uint32_t i = 0; i < n; i++)
        numbers[i] = v[i].number;
    qsort(numbers, n, sizeof(*numbers), by_number);
    return k->type == CORRELATION_VALUE_MEDIAN ? middle(numbers, n) : percentile(numbers, n, k->measure.percent);
}

static double measure(const struct correlation *k, const struct match *v, uint32_t n, uint64_t *ret_count)
{
    double sum = 0;
    *ret_count = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += v[i].number;
        *ret_count += v[i].weight;
    }
    return k->type == CORRELATION_VALUE_SUM ? sum : k->type == CORRELATION_VALUE_AVG ? sum / (double)*ret_count : in_order(k, v, n);
}

/* Whether a number lies within the bounds of a metric. */
static bool is_within(const struct correlation *k, double x)
{
    const typeof(k->measure) *m = &k->measure;
    return (m->is_above ? x > m->least : x >= m->least) && (m->is_below ? x < m->most : x <= m->most) && !(m->has_not && !(x < m->not) && !(x > m->not));
}

static bool holds(const struct correlation *k, const struct match *v, uint32_t n, uint64_t *ret_count, double *ret_measure)
{
    if (correlation_is_metric(k->type)) {
        *ret_measure = measure(k, v, n, ret_count);
        return is_within(k, *ret_measure);
    }
    switch (k->type) {
    case CORRELATION_EVENT_COUNT:
        *ret_count = n;
        break;
    case CORRELATION_VALUE_COUNT:
        *ret_count = n < k->least ? 0 : count_values(v, n, UINT64_MAX);
        break;
    case CORRELATION_TEMPORAL:
        *ret_count = count_steps(v, n, k->n_steps);
        break;
    default:
        *ret_count = k->n_steps;
        return is_in_order(v, n, k->n_steps);
    }
    return *ret_count >= k->least && *ret_count <= k->most && !(k->has_not && *ret_count == k->not);
}

/* ---- telling ---- */

/* The event at hand with the fields of class correlation. */
struct found_event {
    struct event event; /* first */
    const struct event *last;
    uint64_t count, matches;
    bool has_measure;
    double measure;
    struct str group;
    double seconds;
    char first[48];
    struct value rules[CORRELATOR_TOLD_MAX];
    size_t n_rules;
};

static int found_get(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    const struct found_event *f = (const struct found_event *)e;
    switch (ref->id) {
    case F_CORRELATION_COUNT:
        *ret = VALUE_OF_UINT(f->count);
        return 1;
    case F_CORRELATION_MATCHES:
        *ret = VALUE_OF_UINT(f->matches);
        return 1;
    case F_CORRELATION_VALUE:
        *ret = (struct value){.type = VALUE_DOUBLE, .d = f->measure};
        return f->has_measure && isfinite(f->measure);
    case F_CORRELATION_RULES:
        *ret = (struct value){.type = VALUE_LIST, .list = {f->rules, f->n_rules}};
        return 1;
    case F_CORRELATION_GROUP:
        *ret = VALUE_OF_STR(f->group);
        return f->group.n > 0;
    case F_CORRELATION_FIRST:
        *ret = VALUE_OF_STR(str_from(f->first));
        return f->first[0] != 0;
    case F_CORRELATION_SECONDS:
        *ret = (struct value){.type = VALUE_DOUBLE, .d = f->seconds};
        return 1;
    default:
        return event_get(f->last, ref, ret);
    }
}

static const struct event_ops FOUND_OPS = {.get = found_get};

static void write_time(char *text, size_t room, uint64_t time_ns)
{
    const time_t seconds = (time_t)(time_ns / 1'000'000'000);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm))
        return;
    size_t n = strftime(text, room, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text + n, room - n, ".%09" PRIu64 "Z", time_ns % 1'000'000'000);
}

static bool add_rule(struct found_event *f, struct str name)
{
    for (size_t i = 0; i < f->n_rules; i++)
        if (str_eq(f->rules[i].s, name))
            return false;
    if (f->n_rules < CORRELATOR_TOLD_MAX)
        f->rules[f->n_rules++] = VALUE_OF_STR(name);
    return true;
}

/* The first match of each rule, and the newest as far as there is room; by time. */
static size_t choose(const struct correlator *c, const struct match *v, uint32_t n, struct found_event *f, struct correlated_match *ret)
{
    enum { FIRST = CORRELATOR_TOLD_MAX / 2 };
    size_t chosen = 0, firsts = 0;
    const uint32_t skipped = n > CORRELATOR_TOLD_MAX ? n - FIRST : 0; /* up to here only firsts are told */
    for (uint32_t i = 0; i < n; i++) {
        const struct rule *r = ruleset_get(c->rs, v[i].rule);
        const bool is_first = add_rule(f, r->name);
        firsts += is_first;
        if (i >= skipped || (is_first && firsts <= FIRST))
            ret[chosen++] = (struct correlated_match){v[i].time_ns, v[i].num, r};
    }
    return chosen;
}

static void tell(struct correlator *c, struct group *g, uint32_t from, uint32_t end, uint64_t count, double measured, const struct event *event,
                 correlator_fn found, void *ctx)
{
    struct correlated_match members[CORRELATOR_TOLD_MAX];
    const struct match *v = g->v + from;
    const uint32_t n = end - from + 1;
    const bool is_metric = correlation_is_metric(g->rule->correlation->type);
    struct found_event f = {
        .event = *event, .last = event, .count = count, .matches = is_metric ? count : n, .has_measure = is_metric, .measure = measured, .group = g->key,
        .seconds = (double)(v[n - 1].time_ns - v[0].time_ns) / 1e9,
    };
    f.event.ops = &FOUND_OPS;
    f.event.time_ns = v[n - 1].time_ns;
    f.event.num = v[n - 1].num;
    write_time(f.first, sizeof(f.first), event_told_ns(event, v[0].time_ns));
    const struct correlated told = {
        .rule = g->rule, .event = &f.event, .members = members, .n_members = choose(c, v, n, &f, members), .n_all = f.matches};
    c->stats.found++;
    found(ctx, &told);
    correlator_take(c, g->rule, &f.event, found, ctx);
}

/* ---- windows ---- */

static bool is_silent(const struct group *g, uint64_t now_ns)
{
    const uint64_t apart = now_ns > g->fired_ns ? now_ns - g->fired_ns : g->fired_ns - now_ns;
    return g->has_fired && apart < g->rule->correlation->timespan_ns;
}

/* The first match that is not further back than one timespan. */
static uint32_t window_start(const struct group *g, uint32_t end)
{
    uint32_t from = 0, to = end;
    while (from < to) {
        const uint32_t mid = (from + to) / 2;
        if (g->v[end].time_ns - g->v[mid].time_ns > g->rule->correlation->timespan_ns)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

void correlator_judge(struct correlator *c, struct group *g, const struct match *m, const struct event *event, correlator_fn found,
                      void *ctx)
{
    const struct correlation *k = g->rule->correlation;
    uint32_t end = g->n;
    while (end && g->v[end - 1].time_ns > m->time_ns)
        end--;
    for (end = end ? end - 1 : 0; end < g->n; end++) {
        uint64_t count;
        double measured = 0;
        if (g->v[end].time_ns - m->time_ns > k->timespan_ns)
            return;
        if (is_silent(g, g->v[end].time_ns))
            continue;
        const uint32_t from = window_start(g, end);
        if (!holds(k, g->v + from, end - from + 1, &count, &measured))
            continue;
        g->fired_ns = !g->has_fired || g->v[end].time_ns > g->fired_ns ? g->v[end].time_ns : g->fired_ns;
        g->has_fired = true;
        tell(c, g, from, end, count, measured, event, found, ctx);
    }
}
