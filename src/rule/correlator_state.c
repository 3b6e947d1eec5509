// SPDX-License-Identifier: Apache-2.0
/*
 * The state of a correlator as bytes (base/wire.h):
 *
 *     magic, version, key of the digests (2)
 *     names of rules: count, strings
 *     groups, the longest unused first: count, then of each
 *         name and id of the correlation, digest, values as text, whether it fired (1) and is a metric (2), when it fired
 *         matches: count, then of each the time since the one before, event number, counted value, name; of a metric the bits of the number in place of the
 *         value, and how many matches it stands for behind the name
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/wire.h"
#include "rule/correlator_private.h"

enum { VERSION = 1, NAMES_MAX = 100'000 };
static const char MAGIC[] = "davy correlations";

static void add_names(const struct correlator *c, struct map *names, struct strbuf *b)
{
    for (const struct group *g = c->oldest; g; g = g->newer)
        for (uint32_t i = 0; i < g->n; i++) {
            bool is_new;
            struct map_entry *e = map_put(names, ruleset_get(c->rs, g->v[i].rule)->name, &is_new);
            if (is_new)
                e->u64 = names->n - 1;
        }
    wire_add_u64(b, names->n);
    for (size_t i = 0; i < names->n; i++)
        wire_add_str(b, names->v[i].key);
}

static uint64_t bits_of(double d)
{
    uint64_t u;
    memcpy(&u, &d, sizeof(u));
    return u;
}

void correlator_save(const struct correlator *c, struct strbuf *ret)
{
    struct map names = {};
    wire_add_str(ret, STR(MAGIC));
    wire_add_u64(ret, VERSION);
    wire_add_u64(ret, c->k0);
    wire_add_u64(ret, c->k1);
    add_names(c, &names, ret);
    wire_add_u64(ret, c->stats.groups);
    for (const struct group *g = c->oldest; g; g = g->newer) {
        uint64_t then_ns = 0;
        const bool is_metric = correlation_is_metric(g->rule->correlation->type);
        wire_add_str(ret, g->rule->name);
        wire_add_u64(ret, g->rule->correlation->id);
        wire_add_u64(ret, g->id);
        wire_add_str(ret, g->key);
        wire_add_u64(ret, g->has_fired | (is_metric ? 2U : 0U));
        wire_add_u64(ret, g->fired_ns);
        wire_add_u64(ret, g->n);
        for (uint32_t i = 0; i < g->n; i++) {
            wire_add_u64(ret, g->v[i].time_ns - then_ns);
            wire_add_u64(ret, g->v[i].num);
            wire_add_u64(ret, is_metric ? bits_of(g->v[i].number) : g->v[i].value);
            wire_add_u64(ret, map_get(&names, ruleset_get(c->rs, g->v[i].rule)->name)->u64);
            if (is_metric)
                wire_add_u64(ret, g->v[i].weight);
            then_ns = g->v[i].time_ns;
        }
    }
    map_done(&names);
}

struct reader {
    struct correlator *c;
    struct wire w;
    struct map rules;          /* of the rule set: name → struct rule */
    const struct rule **names; /* of the state; NULL: no such rule here */
    size_t n_names;
};

static const struct rule *find_rule(const struct reader *r, struct str name)
{
    const struct map_entry *e = map_get(&r->rules, name);
    return e ? e->ptr : NULL;
}

static void read_names(struct reader *r)
{
    r->n_names = wire_below(&r->w, NAMES_MAX);
    if (r->n_names > r->w.left.n) { /* each takes a byte at least */
        r->w.bad = true;
        r->n_names = 0;
    }
    r->names = xalloc(r->n_names * sizeof(struct rule *));
    for (size_t i = 0; i < r->n_names; i++)
        r->names[i] = find_rule(r, wire_str(&r->w));
}

/* One match; into the group when there is one, and the rule is still a member. */
static void read_match(struct reader *r, struct group *g, bool is_metric, uint64_t *then_ns)
{
    struct match m = {.time_ns = wire_u64(&r->w), .num = wire_u64(&r->w), .value = wire_u64(&r->w)};
    const uint64_t name = wire_below(&r->w, r->n_names);
    m.weight = is_metric ? (uint32_t)wire_below(&r->w, UINT64_C(1) << 32) : 1;
    if (is_metric)
        memcpy(&m.number, &m.value, sizeof(m.number));
    if (!isfinite(m.number) || !m.weight)
        r->w.bad = true;
    if (__builtin_add_overflow(*then_ns, m.time_ns, &m.time_ns))
        r->w.bad = true;
    if (r->w.bad)
        return;
    *then_ns = m.time_ns;
    const struct rule *rule = r->names[name];
    const struct correlation_member *member = g && rule ? correlator_member(g->rule->correlation, rule->index) : NULL;
    if (!member)
        return;
    m.rule = rule->index;
    m.steps = member->steps;
    correlator_insert(r->c, g, &m);
}

static void read_group(struct reader *r)
{
    const struct rule *rule = find_rule(r, wire_str(&r->w));
    const uint64_t of = wire_u64(&r->w), id = wire_u64(&r->w);
    const struct str key = wire_str(&r->w);
    const uint64_t flags = wire_below(&r->w, 4);
    const bool has_fired = flags & 1, is_metric = flags & 2;
    const uint64_t fired_ns = wire_u64(&r->w), n = wire_below(&r->w, 2 * (CORRELATION_COUNT_MAX + 1) + 1);
    uint64_t then_ns = 0;
    struct group *g = NULL;
    if (!r->w.bad && rule && rule->correlation && rule->enabled && rule->correlation->id == of) {
        if (correlator_find(r->c, id, rule))
            r->w.bad = true;
        else if (correlation_is_metric(rule->correlation->type) != is_metric)
            r->w.bad = true;
        else
            g = correlator_add(r->c, id, rule, key);
    }
    if (g) {
        g->has_fired = has_fired;
        g->fired_ns = fired_ns;
    }
    for (uint64_t i = 0; i < n && !r->w.bad; i++)
        read_match(r, g, is_metric, &then_ns);
    if (g && !g->n)
        correlator_forget(r->c, g);
}

static void read_all(struct reader *r)
{
    const bool is_ours = str_is(wire_str(&r->w), MAGIC) && wire_u64(&r->w) == VERSION;
    r->w.bad |= !is_ours;
    const uint64_t k0 = wire_u64(&r->w), k1 = wire_u64(&r->w);
    read_names(r);
    const uint64_t n = wire_below(&r->w, CORRELATOR_GROUPS_MAX + 1);
    if (r->w.bad)
        return;
    r->c->k0 = k0;
    r->c->k1 = k1;
    for (uint64_t i = 0; i < n && !r->w.bad; i++)
        read_group(r);
    r->w.bad |= r->w.left.n > 0;
}

int correlator_restore(struct correlator *c, struct str bytes, struct error *err)
{
    struct reader r = {.c = c, .w = {.left = bytes}};
    const uint64_t k0 = c->k0, k1 = c->k1;
    const struct correlator_stats stats = c->stats;
    for (size_t i = 0; i < ruleset_count(c->rs); i++)
        map_put(&r.rules, ruleset_get(c->rs, i)->name, NULL)->ptr = (void *)ruleset_get(c->rs, i);
    if (bytes.n > CORRELATOR_STATE_BYTES)
        r.w.bad = true;
    else
        read_all(&r);
    free(r.names);
    map_done(&r.rules);
    if (!r.w.bad)
        return 0;
    while (c->oldest)
        correlator_forget(c, c->oldest);
    c->k0 = k0;
    c->k1 = k1;
    c->stats = stats;
    return error_set(err, -EBADMSG, "this is no state of correlations, or it is damaged");
}

void correlator_forget_later(struct correlator *c, uint64_t now_ns)
{
    for (struct group *g = c->oldest, *newer; g; g = newer) {
        const uint64_t last_ns = g->v[g->n - 1].time_ns;
        newer = g->newer;
        if (last_ns > now_ns && last_ns - now_ns > c->late_ns)
            correlator_forget(c, g);
    }
}
