// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "rule/compare.h"
#include "rule/eval_private.h"
#include "rule/matcher.h"

struct eval *eval_new(const struct program *p)
{
    struct eval *ev = xnew(struct eval);
    ev->program = p;
    ev->slots = xalloc(p->n_operands * sizeof(*ev->slots));
    ev->leaves = xalloc(p->n_leaves * sizeof(*ev->leaves));
    ev->groups = xalloc(p->n_groups * sizeof(*ev->groups));
    ev->candidates = xalloc((p->n_rules / 64 + 1) * sizeof(*ev->candidates));
    uint32_t most = 1;
    for (size_t r = 0; r < p->n_rules; r++)
        most = p->rules[r].n_code > most ? p->rules[r].n_code : most;
    ev->reach = xalloc(most);
    ev->recall = recall_new(p->n_rules / 64 + 1);
    ev->scratch = (struct scratch){.p = xalloc(EVAL_SCRATCH_BYTES), .size = EVAL_SCRATCH_BYTES};
    return ev;
}

struct eval *eval_free(struct eval *ev)
{
    if (!ev)
        return NULL;
    free(ev->slots);
    free(ev->leaves);
    free(ev->groups);
    free(ev->scratch.p);
    free(ev->candidates);
    free(ev->reach);
    recall_free(ev->recall);
    free(ev);
    return NULL;
}

void eval_begin(struct eval *ev, const struct event *event)
{
    ev->event = event;
    ev->epoch++;
    ev->scratch.used = 0;
}

uint64_t eval_instructions(const struct eval *ev)
{
    return ev->instructions;
}

/* Operands */

static inline int read_field(const struct operand *o, const struct event *event, struct value *ret)
{
    if (event_get(event, &o->ref, ret) != 1)
        return 0;
    /* A source that breaks its promise gives nothing: no operator may meet a type it does not know. */
    if (ret->type == VALUE_LIST)
        return (o->is_list || typing_is_any(o)) && ret->list.n;
    return (ret->type == o->type && ret->type != VALUE_DYNAMIC) || compare_is_type(o->type, ret);
}

int eval_read(const struct operand *o, const struct event *event, struct scratch *s, struct value *ret)
{
    struct value values[TYPING_ARGS_MAX];
    const struct value *args[TYPING_ARGS_MAX];
    if (o->is_literal) {
        *ret = VALUE_OF_STR(o->literal);
        return 1;
    }
    if (o->transformer == TR_NONE)
        return read_field(o, event, ret);
    for (size_t i = 0; i < o->n_args; i++)
        args[i] = eval_read(o->args[i], event, s, &values[i]) ? &values[i] : NULL;
    return transform_apply(o, args, s, ret);
}

const struct slot *eval_fill(struct eval *ev, const struct operand *o, struct slot *slot)
{
    slot->epoch = ev->epoch;
    if (o->family & ev->event->lacks) {
        slot->is_present = false;
    } else if (o->transformer == TR_NONE && !o->is_literal) {
        slot->is_present = read_field(o, ev->event, &slot->value);
    } else if (o->is_literal) {
        slot->value = VALUE_OF_STR(o->literal);
        slot->is_present = true;
    } else {
        const struct value *args[TYPING_ARGS_MAX];
        for (size_t i = 0; i < o->n_args; i++) {
            const struct slot *arg = eval_slot(ev, o->args[i]);
            args[i] = arg ? &arg->value : NULL;
        }
        struct scratch share = ev->scratch;
        if (share.size - share.used > EVAL_VALUE_BYTES)
            share.size = share.used + EVAL_VALUE_BYTES;
        slot->is_present = transform_apply(o, args, &share, &slot->value);
        ev->scratch.used = share.used;
    }
    if (slot->is_present && slot->value.type != VALUE_LIST) {
        const enum value_type t = slot->value.type;
        if (t == VALUE_STRING || t == VALUE_BYTES)
            slot->text = slot->value.s;
        else if (o->type == VALUE_DYNAMIC)
            slot->is_present = transform_text(&slot->value, &ev->scratch, &slot->text);
    }
    return slot->is_present ? slot : NULL;
}

/* Leaves */

/* One value against the right-hand side of a leaf, with its modifier. */
static bool judge_value(const struct leaf *l, const struct value *v, struct str text)
{
    if (l->modifier == MOD_NONE) {
        const struct value *c = l->constants;
        if (v->type == VALUE_UINT && l->op >= OP_LT && l->op <= OP_GE && !l->numbers && c->type == VALUE_UINT) /* most counts */
            return l->op == OP_LT ? v->u < c->u : l->op == OP_LE ? v->u <= c->u : l->op == OP_GT ? v->u > c->u : v->u >= c->u;
        return compare_constant(l, 0, v, text);
    }
    size_t n = 0;
    for (size_t k = 0; k < l->n_constants; k++) {
        n += compare_constant(l, k, v, text);
        if (l->modifier == MOD_ANYOF && n)
            return true;
    }
    return l->modifier == MOD_ONEOF ? n == 1 : l->modifier == MOD_ALLOF && n == l->n_constants && n;
}

static struct str text_of(const struct value *v)
{
    return v->type == VALUE_STRING || v->type == VALUE_BYTES ? v->s : STR_NULL;
}

/* Whether all values have to hold, or one is enough: see FIELD_ANY and the operators' help. */
static bool wants_all(const struct operand *o, enum operator op)
{
    if (typing_is_any(o))
        return op == OP_NE && (o->type == VALUE_IP || o->type == VALUE_NET || o->type == VALUE_PORT);
    return op == OP_IN;
}

bool eval_leaf(const struct leaf *l, const struct value *v)
{
    return judge_value(l, v, text_of(v));
}

static bool judge_slot(const struct operand *o, const struct leaf *l, const struct slot *s)
{
    if (s->value.type != VALUE_LIST)
        return judge_value(l, &s->value, s->text);
    const struct value_list list = s->value.list;
    const bool all = wants_all(o, l->op);
    for (size_t i = 0; i < list.n; i++)
        if ((compare_is_type(o->type, &list.v[i]) && judge_value(l, &list.v[i], text_of(&list.v[i]))) != all)
            return !all;
    return all;
}

/* `in`, `intersects` and `pmatch` with a list of the event on the right, and every comparison of two scalars.
 */
static bool judge_one_pair(enum operator op, const struct value *a, struct str text, bool is_dynamic,
                           const struct slot *right, enum value_type right_type)
{
    const bool is_list = right->value.type == VALUE_LIST;
    for (size_t i = 0, n = is_list ? right->value.list.n : 1; i < n; i++) {
        const struct value *b = is_list ? &right->value.list.v[i] : &right->value;
        if (!compare_is_type(right_type, b))
            continue;
        /* Of two values whose types only the event knows, numbers compare as numbers, the rest as text. */
        struct value x = *a, y = *b;
        if ((is_dynamic || right_type == VALUE_DYNAMIC) &&
            !(typing_is_number(x.type) && typing_is_number(y.type))) {
            x = VALUE_OF_STR(text);
            y = VALUE_OF_STR(is_list ? text_of(b) : right->text);
        }
        if (compare_values(op, &x, &y))
            return true;
    }
    return false;
}

static bool judge_pair(struct eval *ev, const struct leaf *l, const struct operand *o,
                       const struct slot *left)
{
    const struct operand *right = &ev->program->operands[l->right];
    const struct slot *r = eval_slot(ev, right);
    if (!r)
        return false;
    const bool is_dynamic = o->type == VALUE_DYNAMIC;
    if (left->value.type != VALUE_LIST)
        return judge_one_pair(l->op, &left->value, left->text, is_dynamic, r, right->type);
    const struct value_list list = left->value.list;
    const bool all = wants_all(o, l->op);
    for (size_t i = 0; i < list.n; i++)
        if ((compare_is_type(o->type, &list.v[i]) &&
             judge_one_pair(l->op, &list.v[i], text_of(&list.v[i]), is_dynamic, r, right->type)) != all)
            return !all;
    return all;
}

static void mark(void *ctx, uint32_t leaf)
{
    struct eval *ev = ctx;
    ev->leaves[leaf] = ev->epoch << 1 | 1;
    for (uint32_t i = ev->guards ? ev->guards->from[leaf] : 1, to = ev->guards ? ev->guards->from[leaf + 1] : 0; i < to; i++)
        ev->candidates[ev->guards->rules[i] / 64] |= 1ULL << (ev->guards->rules[i] % 64);
}

static void look_up(struct eval *ev, const struct group *g, const struct value *v)
{
    char room[MATCHER_FOLD_BYTES];
    struct str key;
    if (g->kind == GROUP_IHASH) {
        const struct str text = text_of(v);
        if (text.n > MATCHER_FOLD_BYTES || !(g->lengths & matcher_length(text)))
            return;
        key = matcher_fold(text, room);
    } else if (g->kind != GROUP_HASH) {
        automaton_search(g->automaton, text_of(v), mark, ev);
        return;
    } else if (!matcher_key(v, room, &key) || !(g->lengths & matcher_length(key))) {
        return;
    }
    if (!(g->marks[matcher_mark(key) / 64] >> (matcher_mark(key) % 64) & 1))
        return;
    const struct map_entry *e = map_get(&g->keys, key);
    if (e)
        for (uint32_t i = g->rows[e->u64]; i < g->rows[e->u64 + 1]; i++)
            mark(ev, g->leaves[i]);
}

void eval_group(struct eval *ev, uint32_t id)
{
    const struct group *g = &ev->program->groups[id];
    const struct operand *o = &ev->program->operands[g->operand];
    const struct slot *s = eval_slot(ev, o);
    ev->groups[id] = ev->epoch;
    if (!s)
        return;
    if (s->value.type != VALUE_LIST) {
        look_up(ev, g, o->type == VALUE_DYNAMIC ? &VALUE_OF_STR(s->text) : &s->value);
        return;
    }
    for (size_t i = 0; i < s->value.list.n; i++)
        if (compare_is_type(o->type, &s->value.list.v[i]))
            look_up(ev, g, &s->value.list.v[i]);
}

bool eval_alone(struct eval *ev, uint32_t id)
{
    const struct leaf *l = &ev->program->leaves[id];
    const struct operand *o = &ev->program->operands[l->left];
    if (l->is_type_test)
        return l->types[ev->event->type / 64] >> (ev->event->type % 64) & 1;
    const struct slot *s = eval_slot(ev, o);
    if (!s)
        return false;
    if (l->op == OP_EXISTS)
        return true;
    return l->right == PROGRAM_NONE ? judge_slot(o, l, s) : judge_pair(ev, l, o, s);
}

/* A leaf that was not asked before in this event. */
static __attribute__((__noinline__)) bool find_out(struct eval *ev, uint32_t id)
{
    uint64_t *known = &ev->leaves[id];
    const uint32_t group = ev->program->leaves[id].group;
    if (group != PROGRAM_NONE) {
        if (ev->groups[group] != ev->epoch)
            eval_group(ev, group);
        return *known >> 1 == ev->epoch;
    }
    bool r = eval_alone(ev, id);
    *known = ev->epoch << 1 | r;
    return r;
}

/* Most leaves are shared by rules and known already: only looking that up stays in the loop of eval_rule().
 */
static inline bool holds(struct eval *ev, uint32_t id)
{
    const uint64_t known = ev->leaves[id];
    return known >> 1 == ev->epoch ? known & 1 : find_out(ev, id);
}

bool eval_rule(struct eval *ev, size_t rule)
{
    const struct program_code *code = ev->program->rules[rule].code;
    uint64_t steps = 0;
    for (uint32_t pc = 0;;) {
        const struct program_code c = code[pc];
        const enum opcode op = code_opcode(c);
        steps++;
        if (op > OPCODE_JF) {
            ev->instructions += steps;
            return op == OPCODE_HIT;
        }
        pc = holds(ev, code_leaf(c)) == (op == OPCODE_JT) ? c.target : pc + 1;
    }
}

void eval_find_types(struct program *p, uint32_t id)
{
    struct leaf *l = &p->leaves[id];
    const struct operand *o = &p->operands[l->left];
    if (o->transformer != TR_NONE || o->ref.id != F_EVT_TYPE || l->right != PROGRAM_NONE)
        return;
    l->is_type_test = true;
    for (unsigned t = 0; t < EVENT__N; t++) {
        struct value v = VALUE_OF_STR(str_from(event_type_name((enum event_type)t)));
        if (l->op == OP_EXISTS || judge_value(l, &v, v.s))
            l->types[t / 64] |= 1ULL << (t % 64);
    }
}
