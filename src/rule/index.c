// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "rule/index.h"

struct types {
    uint64_t w[TYPE_WORDS];
};

static void flow(struct types *to, const struct types *from, const struct leaf *l, bool when_it_holds)
{
    for (size_t i = 0; i < TYPE_WORDS; i++)
        to->w[i] |= from->w[i] & (!l->is_type_test ? ~0ULL : when_it_holds ? l->types[i] : ~l->types[i]);
}

void index_types(const struct program *p, size_t rule, uint64_t ret[TYPE_WORDS])
{
    const struct program_range *r = &p->rules[rule];
    /* For each instruction, the event types that may get there; jumps go forward, so one pass in order is
     * enough. */
    _cleanup_free_ struct types *reach = xalloc(r->n_code * sizeof(*reach));
    struct types hits = {};
    event_source_types(r->source, reach[0].w);
    for (uint32_t pc = 0; pc < r->n_code; pc++) {
        const enum opcode op = code_opcode(r->code[pc]);
        if (op == OPCODE_HIT)
            for (size_t i = 0; i < TYPE_WORDS; i++)
                hits.w[i] |= reach[pc].w[i];
        if (op != OPCODE_JT && op != OPCODE_JF)
            continue;
        const struct leaf *l = &p->leaves[code_leaf(r->code[pc])];
        flow(&reach[r->code[pc].target], &reach[pc], l, op == OPCODE_JT);
        flow(&reach[pc + 1], &reach[pc], l, op == OPCODE_JF);
    }
    memcpy(ret, hits.w, sizeof(hits.w));
}

unsigned index_count(const uint64_t types[TYPE_WORDS])
{
    unsigned n = 0;
    for (size_t i = 0; i < TYPE_WORDS; i++)
        n += (unsigned)__builtin_popcountll(types[i]);
    return n;
}

void index_init(struct index *x, const struct program *p, const bool *is_on, struct arena *arena)
{
    _cleanup_free_ struct types *types = xalloc(p->n_rules * sizeof(*types));
    size_t total = 0;
    for (size_t r = 0; r < p->n_rules; r++) {
        if (!is_on[r])
            continue;
        index_types(p, r, types[r].w);
        total += index_count(types[r].w);
    }
    x->rules = arena_array(arena, uint32_t, total);
    uint32_t n = 0;
    for (unsigned t = 0; t < EVENT__N; t++) {
        x->from[t] = n;
        for (size_t r = 0; r < p->n_rules; r++)
            if (types[r].w[t / 64] >> (t % 64) & 1)
                x->rules[n++] = (uint32_t)r;
    }
    x->from[EVENT__N] = n;
}
