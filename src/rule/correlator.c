// SPDX-License-Identifier: Apache-2.0
/* Groups of matches: which match belongs where, what is kept, and what is forgotten. correlator_judge.c says what holds. */
#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "rule/correlator_judge.h"

struct correlator *correlator_new(const struct ruleset *rs)
{
    struct correlator *c = xnew(struct correlator);
    c->rs = rs;
    c->late_ns = CORRELATOR_LATE_NS;
    if (getrandom(&c->k0, sizeof(c->k0), 0) < 0 || getrandom(&c->k1, sizeof(c->k1), 0) < 0)
        c->k0 = hash_bytes("", 0); /* of the key of this process, which is random too */
    return c;
}

void correlator_set_late(struct correlator *c, uint64_t late_ns)
{
    c->late_ns = late_ns;
}

struct correlator *correlator_free(struct correlator *c)
{
    if (!c)
        return NULL;
    while (c->oldest)
        correlator_forget(c, c->oldest);
    strbuf_done(&c->id);
    strbuf_done(&c->text);
    free(c);
    return NULL;
}

struct correlator_stats correlator_stats(const struct correlator *c)
{
    return c->stats;
}

/* ---- groups ---- */

static void take_out(struct correlator *c, struct group *g)
{
    *(g->newer ? &g->newer->older : &c->newest) = g->older;
    *(g->older ? &g->older->newer : &c->oldest) = g->newer;
}

static void put_first(struct correlator *c, struct group *g)
{
    g->newer = NULL;
    g->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = g;
    c->newest = g;
}

void correlator_forget(struct correlator *c, struct group *g)
{
    struct group **at = &c->buckets[g->id % CORRELATOR_BUCKETS];
    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    take_out(c, g);
    c->stats.groups--;
    c->stats.kept -= g->n;
    free((char *)g->key.p);
    free(g->v);
    free(g);
}

/* Makes room by the group that was longest not used, but none in use; false when there is none. */
static bool forget_oldest(struct correlator *c)
{
    struct group *g = c->oldest;
    while (g && g->is_busy)
        g = g->newer;
    if (!g)
        return false;
    c->stats.groups_lost++;
    c->stats.matches_lost += g->n;
    correlator_forget(c, g);
    return true;
}

struct group *correlator_find(struct correlator *c, uint64_t id, const struct rule *rule)
{
    struct group *g = c->buckets[id % CORRELATOR_BUCKETS];
    while (g && (g->id != id || g->rule != rule))
        g = g->next;
    if (g) {
        take_out(c, g);
        put_first(c, g);
    }
    return g;
}

struct group *correlator_add(struct correlator *c, uint64_t id, const struct rule *rule, struct str key)
{
    if (c->stats.groups >= CORRELATOR_GROUPS_MAX)
        (void)forget_oldest(c);
    struct group *g = xnew(struct group);
    key = str_sub(key, 0, CORRELATOR_KEY_BYTES);
    *g = (struct group){.id = id, .rule = rule, .key = {xstrndup(key.p, key.n), key.n}};
    g->next = c->buckets[id % CORRELATOR_BUCKETS];
    c->buckets[id % CORRELATOR_BUCKETS] = g;
    put_first(c, g);
    c->stats.groups++;
    return g;
}

void correlator_tick(struct correlator *c, uint64_t now_ns)
{
    for (struct group *g = c->oldest, *newer; g; g = newer) {
        const uint64_t last_ns = g->v[g->n - 1].time_ns;
        newer = g->newer;
        if (now_ns > last_ns && now_ns - last_ns > g->rule->correlation->timespan_ns + c->late_ns)
            correlator_forget(c, g);
    }
}

/* ---- matches ---- */

uint32_t correlator_room(const struct correlation *c)
{
    if (correlation_is_metric(c->type))
        return c->type == CORRELATION_VALUE_SUM || c->type == CORRELATION_VALUE_AVG ? CORRELATOR_GROUP_SUMS : CORRELATOR_GROUP_NUMBERS;
    uint64_t most = c->most == UINT64_MAX ? 0 : c->most + 1;
    most = 2 * (c->least > most ? c->least : most);
    return most > CORRELATOR_GROUP_MATCHES ? (uint32_t)most : CORRELATOR_GROUP_MATCHES;
}

static void remove_first(struct correlator *c, struct group *g, uint32_t n)
{
    memmove(g->v, g->v + n, (g->n - n) * sizeof(*g->v));
    g->n -= n;
    c->stats.kept -= n;
}

/* What no window can hold any more, not even for a late match. */
static void remove_old(struct correlator *c, struct group *g)
{
    const uint64_t last_ns = g->v[g->n - 1].time_ns, reach_ns = g->rule->correlation->timespan_ns + c->late_ns;
    uint32_t n = 0;
    while (last_ns - g->v[n].time_ns > reach_ns)
        n++;
    if (n)
        remove_first(c, g, n);
}

struct slot {
    uint64_t what, n;
};

static struct slot *slot_of(struct slot *seen, size_t size, uint64_t what)
{
    size_t at = (what * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (size - 1);
    while (seen[at].n && seen[at].what != what)
        at = (at + 1) & (size - 1);
    seen[at].what = what;
    return &seen[at];
}

/*
 * What later matches of a full group stand for as well: of one value the newest is enough; of one set of steps, and of a run of
 * them where order counts, as many as there are steps, because one match is one step only. Returns how many are left.
 */
static uint32_t thin_out(struct group *g)
{
    const struct correlation *k = g->rule->correlation;
    size_t size = 2;
    const uint64_t enough = k->type == CORRELATION_VALUE_COUNT ? 1 : k->n_steps;
    uint32_t to = g->n, run = 0;
    while (size < 2 * (size_t)g->n)
        size *= 2;
    struct slot *seen = xalloc(size * sizeof(*seen));
    for (uint32_t i = g->n; i-- > 0;) {
        const uint64_t what = k->type == CORRELATION_VALUE_COUNT ? g->v[i].value : g->v[i].steps;
        bool is_needed;
        if (k->type == CORRELATION_TEMPORAL_ORDERED) {
            run = i + 1 < g->n && g->v[i].steps == g->v[i + 1].steps ? run + 1 : 0;
            is_needed = run < enough;
        } else {
            is_needed = slot_of(seen, size, what)->n++ < enough;
        }
        if (is_needed)
            g->v[--to] = g->v[i];
    }
    free(seen);
    const uint32_t left = g->n - to;
    memmove(g->v, g->v + to, left * sizeof(*g->v));
    return left;
}

/* Matches of one rule and of one part of a timespan become one: what they come to is kept, their times to a part. Returns how many are left. */
static uint32_t put_together(struct group *g)
{
    const uint64_t part_ns = g->rule->correlation->timespan_ns / CORRELATOR_SUM_PARTS + 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        struct match *last = n ? &g->v[n - 1] : NULL;
        if (!last || last->time_ns / part_ns != g->v[i].time_ns / part_ns || last->rule != g->v[i].rule || last->weight > UINT32_MAX - g->v[i].weight) {
            g->v[n++] = g->v[i];
            continue;
        }
        const struct match before = *last;
        *last = g->v[i];
        last->number += before.number;
        last->weight += before.weight;
    }
    return n;
}

static void make_room(struct correlator *c, struct group *g)
{
    const struct correlation *k = g->rule->correlation;
    const uint32_t room = correlator_room(k), before = g->n;
    if (g->n < room)
        return;
    if (k->type == CORRELATION_VALUE_SUM || k->type == CORRELATION_VALUE_AVG)
        g->n = put_together(g);
    else if (k->type != CORRELATION_EVENT_COUNT && !correlation_is_metric(k->type))
        g->n = thin_out(g);
    c->stats.kept -= before - g->n;
    if (g->n <= room - room / 4)
        return;
    const uint32_t lost = g->n - (room - room / 4);
    c->stats.matches_lost += lost;
    remove_first(c, g, lost);
}

void correlator_insert(struct correlator *c, struct group *g, const struct match *m)
{
    make_room(c, g);
    g->is_busy = true;
    while (c->stats.kept >= CORRELATOR_MATCHES_MAX && forget_oldest(c))
        ;
    g->is_busy = false;
    if (g->n == g->capacity) {
        g->capacity = g->capacity ? g->capacity * 2 : 4;
        g->v = xrealloc(g->v, g->capacity, sizeof(*g->v));
    }
    uint32_t at = g->n;
    while (at && g->v[at - 1].time_ns > m->time_ns)
        at--;
    memmove(g->v + at + 1, g->v + at, (g->n - at) * sizeof(*g->v));
    g->v[at] = *m;
    g->n++;
    c->stats.kept++;
    remove_old(c, g);
}

/* ---- a match comes ---- */

const struct correlation_member *correlator_member(const struct correlation *c, uint32_t rule)
{
    size_t from = 0, to = c->n_members;
    while (from < to) {
        const size_t mid = (from + to) / 2;
        if (c->members[mid].rule == rule)
            return &c->members[mid];
        *(c->members[mid].rule < rule ? &from : &to) = c->members[mid].rule < rule ? mid + 1 : mid;
    }
    return NULL;
}

/* The value of the first of the key's fields that the event has. */
static bool read_key(const struct correlator *c, const struct correlation_key *key, const struct event *event, struct strbuf *ret)
{
    for (size_t i = 0; i < key->n; i++)
        if (ruleset_key(c->rs, key->operands[i], event, ret))
            return true;
    return false;
}

static bool read_number(const struct correlator *c, const struct correlation_key *key, const struct event *event, double *ret)
{
    for (size_t i = 0; i < key->n; i++)
        if (ruleset_number(c->rs, key->operands[i], event, ret))
            return true;
    return false;
}

/* Digest and text of the group's values; false when the event lacks one. */
static bool read_group(struct correlator *c, const struct rule *r, const struct correlation_member *m, const struct event *event,
                       uint64_t *ret_id)
{
    strbuf_clear(&c->id);
    strbuf_clear(&c->text);
    strbuf_add(&c->id, r->name);
    for (size_t i = 0; i < r->correlation->n_group_by; i++) {
        strbuf_adds(&c->text, i ? ", " : "");
        const size_t from = c->text.n;
        if (!read_key(c, &m->keys[i], event, &c->text))
            return false;
        const size_t n = c->text.n - from;
        strbuf_add(&c->id, str_n(&n, sizeof(n)));
        strbuf_add(&c->id, str_n(c->text.p + from, n));
    }
    *ret_id = hash_keyed(c->id.p, c->id.n, c->k0, c->k1);
    return true;
}

static bool read_value(struct correlator *c, const struct correlation *k, const struct correlation_member *m,
                       const struct event *event, struct match *ret)
{
    strbuf_clear(&c->id);
    if (!k->n_fields)
        return true;
    if (correlation_is_metric(k->type))
        return read_number(c, &m->keys[k->n_group_by], event, &ret->number);
    for (size_t i = 0; i < k->n_fields; i++) { /* of several, which values together */
        const size_t from = c->id.n;
        if (!read_key(c, &m->keys[k->n_group_by + i], event, &c->id))
            return false;
        const size_t n = c->id.n - from;
        if (i)
            strbuf_add(&c->id, str_n(&n, sizeof(n)));
    }
    ret->value = hash_keyed(strbuf_str(&c->id).p, c->id.n, c->k0, c->k1);
    return true;
}

static void take_one(struct correlator *c, const struct rule *r, const struct rule *rule, const struct event *event,
                     correlator_fn found, void *ctx)
{
    const struct correlation_member *m = correlator_member(r->correlation, rule->index);
    struct match match = {.time_ns = event->time_ns, .num = event->num, .rule = rule->index, .steps = m->steps, .weight = 1};
    uint64_t id;
    if (!read_group(c, r, m, event, &id)) {
        c->stats.ungrouped++;
        return;
    }
    struct str key = strbuf_str(&c->text);
    if (!read_value(c, r->correlation, m, event, &match)) {
        c->stats.ungrouped++;
        return;
    }
    struct group *g = correlator_find(c, id, r);
    if (g && g->v[g->n - 1].time_ns > match.time_ns && g->v[g->n - 1].time_ns - match.time_ns > c->late_ns) {
        c->stats.late++;
        return;
    }
    if (!g)
        g = correlator_add(c, id, r, key);
    correlator_insert(c, g, &match);
    g->is_busy = true;
    correlator_judge(c, g, &match, event, found, ctx);
    g->is_busy = false;
}

void correlator_take(struct correlator *c, const struct rule *rule, const struct event *event, correlator_fn found, void *ctx)
{
    const struct rule *const *about;
    const size_t n = ruleset_correlations(c->rs, rule, &about);
    c->stats.matches += n > 0;
    for (size_t i = 0; i < n; i++)
        take_one(c, about[i], rule, event, found, ctx);
}
