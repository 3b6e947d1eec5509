// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "event/record_kind.h"
#include "rule/compiled.h"
#include "rule/index.h"
#include "rule/prefilter.h"
#include "rule/prefilter_feed.h"
#include "rule/prefilter_leaf.h"
#include "rule/prefilter_pack.h"

struct types {
    uint64_t w[TYPE_WORDS];
};

enum {
    /*
     * Steps (terms and entries looked at) that a filter may cost; a rule that comes after wants all events of its types.
     * Upstream's 25 stable rules take 1 600; 3000 rules that each name a file of their own 6 million, which is 0.4 s.
     */
    PREFILTER_WORK_MAX = 10'000'000,
};

struct maker {
    struct viewer viewer;
    struct dnf *room; /* for each instruction of the longest rule */
    uint64_t work;
};

/* Adds what must hold for the rest of the rule after a leaf went one way. */
static void follow(struct maker *m, struct dnf *to, const struct dnf *rest, const struct term *when)
{
    for (uint32_t i = 0; i < rest->n; i++) {
        dnf_add(to, m->viewer.spots, term_and(m->viewer.spots, *when, rest->v[i]));
        m->work += 1 + to->n;
    }
}

static void add_always(struct maker *m, struct dnf *d)
{
    dnf_add(d, m->viewer.spots, (struct term){});
}

/* What holds on every event of the type that the rule matches; valid until the next call. */
static const struct dnf *terms_of(struct maker *m, size_t rule, enum event_type t)
{
    const struct program_range *r = &m->viewer.program->rules[rule];
    struct dnf *room = m->room;
    room[0].n = 0;
    if (m->work + spots_work(m->viewer.spots) > PREFILTER_WORK_MAX) {
        add_always(m, &room[0]);
        return room;
    }
    for (uint32_t pc = r->n_code; pc-- > 0;) {
        const struct program_code c = r->code[pc];
        const enum opcode op = code_opcode(c);
        m->work++;
        room[pc].n = 0;
        if (op == OPCODE_HIT)
            add_always(m, &room[pc]);
        if (op != OPCODE_JT && op != OPCODE_JF)
            continue;
        const struct view v = viewer_look(&m->viewer, code_leaf(c), t);
        const uint32_t holds = op == OPCODE_JT ? c.target : pc + 1, fails = op == OPCODE_JT ? pc + 1 : c.target;
        if (v.can_hold)
            follow(m, &room[pc], &room[holds], &v.hold);
        if (v.can_hold && v.holds_else)
            follow(m, &room[pc], &room[holds], &v.hold_else);
        if (v.can_fail)
            follow(m, &room[pc], &room[fails], &v.fail);
    }
    return room;
}

/* What tells the types of a rule apart: types with the same text have the same terms. False: this one is like no other. */
static bool add_profile(const struct maker *m, const struct program_range *r, enum event_type t, struct strbuf *ret)
{
    strbuf_clear(ret);
    strbuf_printf(ret, "%u ", record_kind_traits(t));
    for (uint32_t pc = 0; pc < r->n_code; pc++) {
        const enum opcode op = code_opcode(r->code[pc]);
        const struct leaf *l = &m->viewer.program->leaves[code_leaf(r->code[pc])];
        if (op != OPCODE_JT && op != OPCODE_JF)
            continue;
        if (l->is_type_test)
            strbuf_addc(ret, l->types[t / 64] >> (t % 64) & 1 ? '1' : '0');
        else if (viewer_is_own(&m->viewer, code_leaf(r->code[pc]), t))
            return false;
    }
    return true;
}

/* Adds the terms of a rule to all types on which it is tried. */
static void add_rule(struct maker *m, size_t rule, struct pack_kind *kinds, struct arena *arena)
{
    const struct program_range *r = &m->viewer.program->rules[rule];
    uint64_t types[TYPE_WORDS];
    struct strbuf profile = {};
    struct map known = {}; /* profile → copy of its terms */
    index_types(m->viewer.program, rule, types);
    for (unsigned t = 0; t < EVENT__N; t++) {
        if (!(types[t / 64] >> (t % 64) & 1) || kinds[t].kind >= FILTER_KINDS || dnf_is_always(&kinds[t].terms))
            continue;
        struct map_entry *e = NULL;
        bool is_new = true;
        if (add_profile(m, r, (enum event_type)t, &profile)) {
            e = map_get(&known, strbuf_str(&profile));
            is_new = !e;
            if (is_new)
                e = map_put(&known, arena_str(arena, strbuf_str(&profile)), NULL);
        }
        const struct dnf *d = is_new ? terms_of(m, rule, (enum event_type)t) : e->ptr;
        if (e && is_new) {
            e->ptr = arena_new(arena, struct dnf);
            memcpy(e->ptr, d, sizeof(*d));
        }
        for (uint32_t i = 0; i < d->n; i++)
            dnf_add(&kinds[t].terms, m->viewer.spots, d->v[i]);
    }
    map_done(&known);
    strbuf_done(&profile);
}

struct filter *prefilter_of_program(const struct program *p, const bool *is_on)
{
    _cleanup_free_ struct pack_kind *kinds = xalloc(EVENT__N * sizeof(*kinds));
    struct arena arena = {};
    struct maker m = {};
    size_t n = 0;
    uint32_t most = 1;
    for (size_t r = 0; r < p->n_rules; r++)
        most = is_on[r] && p->rules[r].n_code > most ? p->rules[r].n_code : most;
    m.room = xrealloc(NULL, most, sizeof(*m.room));
    viewer_init(&m.viewer, p);
    for (unsigned t = 0; t < EVENT__N; t++) {
        const int kind = record_kind_of((enum event_type)t);
        kinds[t].kind = kind < 0 ? FILTER_KINDS : (unsigned)kind;
    }
    for (size_t r = 0; r < p->n_rules; r++) {
        if (is_on[r] && p->rules[r].source == SOURCE_SYSCALL)
            add_rule(&m, r, kinds, &arena);
        arena_reset(&arena);
    }
    feed_add(p, is_on, m.viewer.spots, kinds);
    for (unsigned t = 0; t < EVENT__N; t++)
        if (kinds[t].terms.n)
            kinds[n++] = kinds[t];
    struct filter *f = pack_filter(m.viewer.spots, kinds, n);
    viewer_done(&m.viewer);
    arena_done(&arena);
    free(m.room);
    return f;
}

struct filter *prefilter_new(const struct ruleset *rs, const struct rule *only)
{
    const struct compiled *c = ruleset_compiled(rs);
    const struct program *p = compiled_program(c);
    _cleanup_free_ bool *is_on = xalloc(p->n_rules);
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        const struct rule *r = ruleset_get(rs, i);
        const uint32_t place = compiled_place(c, r);
        if (place != PROGRAM_NONE)
            is_on[place] = only ? r == only : r->enabled;
    }
    return prefilter_of_program(p, is_on);
}

bool prefilter_is_vain(const struct ruleset *rs, const struct rule *r)
{
    const struct compiled *c = ruleset_compiled(rs);
    const uint32_t place = compiled_place(c, r);
    if (r->source != SOURCE_SYSCALL || place == PROGRAM_NONE)
        return false;
    _cleanup_(filter_freep) struct filter *f = prefilter_new(rs, r);
    uint64_t types[TYPE_WORDS];
    bool is_tried = false, any = false;
    index_types(compiled_program(c), place, types);
    for (unsigned t = 0; t < EVENT__N; t++) {
        const int kind = record_kind_of((enum event_type)t);
        const bool is_one = types[t / 64] >> (t % 64) & 1;
        is_tried |= is_one;
        any |= is_one && kind >= 0 && (kind >= FILTER_KINDS || f->kinds[kind].wanted); /* what is not filtered may be anything */
    }
    return is_tried && !any;
}
