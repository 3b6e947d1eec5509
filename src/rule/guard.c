// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/vec.h"
#include "rule/eval.h"
#include "rule/guard.h"

enum { GROUPS_OF_RULE = 16 };

/* The groups of a rule's leaves, the one that tells least first. */
struct choice {
    uint32_t groups[GROUPS_OF_RULE];
    bool is_kept[GROUPS_OF_RULE];
    unsigned n;
};

/* How much a group tells apart for what it costs: tables before trees before texts anywhere, many values before few, fields before paths in a record. */
static uint64_t worth(const struct program *p, const struct group *g)
{
    enum { PATHS = 8 }; /* as many values are worth it that what an argument leads to is looked for */
    const struct operand *o = &p->operands[g->operand];
    const uint64_t per_value = o->transformer == TR_NONE && !o->has_arg ? PATHS : 1;
    const uint64_t kind = g->kind == GROUP_HASH || g->kind == GROUP_IHASH           ? 2
                          : g->kind == GROUP_CONTAINS || g->kind == GROUP_ICONTAINS ? 0
                                                                                    : 1;
    return kind << 40 | g->keys.n * per_value;
}

static bool is_jump(struct program_code c)
{
    return code_opcode(c) == OPCODE_JT || code_opcode(c) == OPCODE_JF;
}

static int find_group(const struct choice *c, uint32_t group)
{
    for (unsigned i = 0; i < c->n; i++)
        if (c->groups[i] == group)
            return (int)i;
    return -1;
}

static void collect(const struct program *p, const struct program_range *r, struct choice *c)
{
    for (uint32_t pc = 0; pc < r->n_code && c->n < GROUPS_OF_RULE; pc++) {
        const uint32_t group = is_jump(r->code[pc]) ? p->leaves[code_leaf(r->code[pc])].group : PROGRAM_NONE;
        if (group == PROGRAM_NONE || find_group(c, group) >= 0)
            continue;
        unsigned at = c->n++;
        for (; at > 0 && worth(p, &p->groups[c->groups[at - 1]]) > worth(p, &p->groups[group]); at--)
            c->groups[at] = c->groups[at - 1];
        c->groups[at] = group;
    }
    for (unsigned i = 0; i < c->n; i++)
        c->is_kept[i] = true;
}

static bool is_cut(const struct program *p, const struct choice *c, uint32_t leaf)
{
    const uint32_t group = p->leaves[leaf].group;
    const int at = group == PROGRAM_NONE ? -1 : find_group(c, group);
    return at >= 0 && c->is_kept[at];
}

bool guard_can_hit(const struct program_range *r, int (*known)(void *ctx, uint32_t leaf), void *ctx, bool *reach)
{
    memset(reach, 0, r->n_code * sizeof(*reach));
    reach[0] = true;
    for (uint32_t pc = 0; pc < r->n_code; pc++) {
        const enum opcode op = code_opcode(r->code[pc]);
        if (!reach[pc])
            continue;
        if (op == OPCODE_HIT)
            return true;
        if (!is_jump(r->code[pc]))
            continue;
        const int holds = known(ctx, code_leaf(r->code[pc]));
        const int jumps = holds < 0 ? -1 : (holds == 1) == (op == OPCODE_JT);
        if (jumps != 0)
            reach[r->code[pc].target] = true;
        if (jumps != 1)
            reach[pc + 1] = true;
    }
    return false;
}

struct cutting {
    const struct program *program;
    const struct choice *choice;
};

static int without_kept(void *ctx, uint32_t leaf)
{
    const struct cutting *c = ctx;
    return is_cut(c->program, c->choice, leaf) ? 0 : -1;
}

/* Whether the rule can match though no leaf of the groups that are kept holds. */
static bool can_hit(const struct program *p, const struct program_range *r, const struct choice *c, bool *reach)
{
    return guard_can_hit(r, without_kept, &(struct cutting){p, c}, reach);
}

/* Fewest groups that guard the rule; false when none do. */
static bool choose(const struct program *p, const struct program_range *r, struct choice *c, bool *reach)
{
    *c = (struct choice){};
    collect(p, r, c);
    if (!c->n || can_hit(p, r, c, reach))
        return false;
    for (unsigned i = 0; i < c->n; i++) {
        c->is_kept[i] = false;
        c->is_kept[i] = can_hit(p, r, c, reach);
    }
    return true;
}

struct pair {
    uint32_t leaf, rule;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->leaf != y->leaf)
        return x->leaf < y->leaf ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

struct pairs {
    struct pair *v;
    size_t n, capacity;
};

static void add_pairs(const struct program *p, uint32_t rule, const struct choice *c, struct pairs *pairs)
{
    const struct program_range *r = &p->rules[rule];
    for (uint32_t pc = 0; pc < r->n_code; pc++)
        if (is_jump(r->code[pc]) && is_cut(p, c, code_leaf(r->code[pc])))
            vec_add(pairs, (struct pair){code_leaf(r->code[pc]), rule});
}

static void index_pairs(struct guards *g, const struct program *p, struct pairs *pairs, struct arena *arena)
{
    if (pairs->n)
        qsort(pairs->v, pairs->n, sizeof(*pairs->v), compare_pairs);
    g->from = arena_array(arena, uint32_t, p->n_leaves + 1);
    g->rules = arena_array(arena, uint32_t, pairs->n);
    size_t at = 0;
    for (size_t l = 0; l < p->n_leaves; l++) {
        g->from[l] = (uint32_t)at;
        for (; at < pairs->n && pairs->v[at].leaf == l; at++)
            g->rules[at] = pairs->v[at].rule;
    }
    g->from[p->n_leaves] = (uint32_t)at;
}

static void set(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= 1ULL << (i % 64);
}

/* The fields behind an operand, each once. */
static void add_operands(struct guard_type *t, const struct program *p, const struct operand *o)
{
    if (o->is_literal)
        return;
    for (size_t i = 0; o->transformer != TR_NONE && i < o->n_args; i++)
        add_operands(t, p, o->args[i]);
    if (o->transformer != TR_NONE)
        return;
    for (uint32_t i = 0; i < t->n_operands; i++)
        if (t->operands[i] == o - p->operands)
            return;
    t->operands[t->n_operands++] = (uint32_t)(o - p->operands);
}

/* What leaves say of a number, each by itself, put together with what is said of the number below: another class where one changes its mind. */
static void init_classes_of_number(struct guards *g, const struct program *p, enum field_brief brief)
{
    uint8_t *classes = g->classes[brief], class = 1;
    bool is_other[BRIEF_UNTOLD] = {};
    for (size_t i = 0; i < p->n_leaves; i++) {
        const struct leaf *l = &p->leaves[i];
        if (p->operands[l->left].brief != brief || l->right != PROGRAM_NONE || l->op == OP_EXISTS)
            continue;
        const bool is_alone = l->group == PROGRAM_NONE && l->op >= OP_EQ && l->op <= OP_GE;
        for (unsigned told = 2; told < BRIEF_UNTOLD; told++) {
            const struct value v = {.type = VALUE_UINT, .u = told - 1}, before = {.type = VALUE_UINT, .u = told - 2};
            is_other[told] |= !is_alone || eval_leaf(l, &v) != eval_leaf(l, &before);
        }
    }
    for (unsigned told = 1; told < BRIEF_UNTOLD; told++) {
        class += is_other[told];
        classes[told] = class;
    }
}

static void init_classes(struct guards *g, const struct program *p)
{
    for (int brief = BRIEF_NONE + 1; brief < BRIEF__N; brief++)
        for (unsigned told = 0; told < 256; told++)
            g->classes[brief][told] = (uint8_t)told;
    init_classes_of_number(g, p, BRIEF_AT_ONCE);
    init_classes_of_number(g, p, BRIEF_GAP);
}

/* What rules of a type look at of all that is told in brief. */
static void add_briefs(struct guard_type *t, const struct program *p, const struct program_range *r)
{
    for (uint32_t pc = 0; pc < r->n_code; pc++) {
        if (!is_jump(r->code[pc]))
            continue;
        const enum field_brief brief = p->operands[p->leaves[code_leaf(r->code[pc])].left].brief;
        bool is_known = brief == BRIEF_NONE;
        for (uint32_t i = 0; i < t->n_briefs; i++)
            is_known |= t->briefs[i] == brief;
        if (!is_known)
            t->briefs[t->n_briefs++] = brief;
    }
}

static void init_type(struct guards *g, enum event_type type, const struct program *p, const struct index *x, const struct choice *choices,
                      const bool *is_guarded, struct arena *arena)
{
    struct guard_type *t = &g->types[type];
    const uint32_t n = x->from[type + 1] - x->from[type];
    _cleanup_free_ bool *is_taken = xalloc(p->n_groups + 1);
    uint32_t n_guarded = 0, n_groups = 0;
    if (n < GUARD_RULES_MIN)
        return;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t rule = x->rules[x->from[type] + i];
        n_guarded += is_guarded[rule];
        for (unsigned k = 0; is_guarded[rule] && k < choices[rule].n; k++)
            if (choices[rule].is_kept[k] && !is_taken[choices[rule].groups[k]]) {
                is_taken[choices[rule].groups[k]] = true;
                n_groups++;
            }
    }
    if (n_guarded < GUARD_RULES_MIN || n_guarded < n_groups * GUARD_RULES_PER_GROUP)
        return;
    t->is_on = true;
    t->all = arena_array(arena, uint64_t, g->n_words);
    t->always = arena_array(arena, uint64_t, g->n_words);
    t->groups = arena_array(arena, uint32_t, n_groups);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t rule = x->rules[x->from[type] + i];
        set(t->all, rule);
        add_briefs(t, p, &p->rules[rule]);
        if (!is_guarded[rule])
            set(t->always, rule);
    }
    for (uint32_t i = 0; i < p->n_groups; i++)
        if (is_taken[i])
            t->groups[t->n_groups++] = i;
    t->operands = arena_array(arena, uint32_t, p->n_operands);
    for (uint32_t i = 0; i < t->n_groups; i++)
        add_operands(t, p, &p->operands[p->groups[t->groups[i]].operand]);
    for (uint32_t i = 0; i < t->n_operands; i++) {
        const uint32_t operand = t->operands[i];
        if (p->operands[operand].is_of_kind)
            continue;
        t->operands[i] = t->operands[t->n_beside_kind];
        t->operands[t->n_beside_kind++] = operand;
        t->families |= p->operands[operand].family;
        t->has_others |= p->operands[operand].family == FAMILY_NONE && p->operands[operand].brief == BRIEF_NONE;
    }
    t->asks_kind = t->n_operands - t->n_beside_kind >= GUARD_KIND_MIN;
}

void guards_init(struct guards *g, const struct program *p, const struct index *x, struct arena *arena)
{
    uint32_t most = 1;
    struct pairs pairs = {};
    for (size_t r = 0; r < p->n_rules; r++)
        most = p->rules[r].n_code > most ? p->rules[r].n_code : most;
    _cleanup_free_ bool *reach = xalloc(most), *is_guarded = xalloc(p->n_rules + 1);
    _cleanup_free_ struct choice *choices = xalloc((p->n_rules + 1) * sizeof(*choices));
    g->n_words = (uint32_t)(p->n_rules + 63) / 64;
    for (uint32_t r = 0; r < p->n_rules; r++) {
        is_guarded[r] = choose(p, &p->rules[r], &choices[r], reach);
        if (is_guarded[r])
            add_pairs(p, r, &choices[r], &pairs);
    }
    index_pairs(g, p, &pairs, arena);
    init_classes(g, p);
    for (int t = 0; t < EVENT__N; t++)
        init_type(g, (enum event_type)t, p, x, choices, is_guarded, arena);
    vec_done(&pairs);
}
