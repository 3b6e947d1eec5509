// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "event/record_kind.h"
#include "rule/compiled.h"
#include "rule/index.h"
#include "rule/prefilter.h"
#include "rule/prefilter_leaf.h"
#include "rule/prefilter_pack.h"

struct types {
    uint64_t w[TYPE_WORDS];
};

/* Adds what must hold for the rest of the rule after a leaf went one way. */
static void follow(struct dnf *to, struct spots *spots, const struct dnf *rest, const struct term *when)
{
    for (uint32_t i = 0; i < rest->n; i++)
        dnf_add(to, spots, term_and(spots, *when, rest->v[i]));
}

/* What holds on every event of the type that the rule matches. `work` has room for its instructions. */
static const struct dnf *rule_terms(const struct program *p, size_t rule, enum event_type t, struct spots *spots,
                                    struct dnf *work)
{
    const struct program_range *r = &p->rules[rule];
    for (uint32_t pc = r->n_code; pc-- > 0;) {
        const struct program_code c = r->code[pc];
        const enum opcode op = code_opcode(c);
        work[pc].n = 0;
        if (op == OPCODE_HIT)
            dnf_add(&work[pc], spots, (struct term){});
        if (op != OPCODE_JT && op != OPCODE_JF)
            continue;
        const struct view v = view_leaf(spots, p, code_leaf(c), t);
        const uint32_t holds = op == OPCODE_JT ? c.target : pc + 1, fails = op == OPCODE_JT ? pc + 1 : c.target;
        if (v.can_hold)
            follow(&work[pc], spots, &work[holds], &v.hold);
        if (v.can_fail)
            follow(&work[pc], spots, &work[fails], &v.fail);
    }
    return &work[0];
}

struct filter *prefilter_of_program(const struct program *p, const bool *is_on)
{
    _cleanup_(spots_freep) struct spots *spots = spots_new();
    _cleanup_free_ struct types *types = xalloc(p->n_rules * sizeof(*types));
    _cleanup_free_ struct pack_kind *kinds = xalloc(EVENT__N * sizeof(*kinds));
    size_t n_kinds = 0;
    uint32_t most = 1;
    for (size_t r = 0; r < p->n_rules; r++) {
        if (!is_on[r])
            continue;
        index_types(p, r, types[r].w);
        most = p->rules[r].n_code > most ? p->rules[r].n_code : most;
    }
    struct dnf *work = xrealloc(NULL, most, sizeof(*work));
    for (unsigned t = 0; t < EVENT__N; t++) {
        const int kind = record_kind_of((enum event_type)t);
        if (kind < 0 || kind >= FILTER_KINDS)
            continue;
        struct pack_kind *k = &kinds[n_kinds];
        *k = (struct pack_kind){.kind = (unsigned)kind};
        for (size_t r = 0; r < p->n_rules && !dnf_is_always(&k->terms); r++) {
            if (!(types[r].w[t / 64] >> (t % 64) & 1))
                continue;
            const struct dnf *d = rule_terms(p, r, (enum event_type)t, spots, work);
            for (uint32_t i = 0; i < d->n; i++)
                dnf_add(&k->terms, spots, d->v[i]);
        }
        n_kinds += k->terms.n > 0;
    }
    free(work);
    return pack_filter(spots, kinds, n_kinds);
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
