// SPDX-License-Identifier: Apache-2.0
/*
 * Which rules are worth trying on an event: those whose guards hold, and of them those that can still match when the values that guards look
 * at are all that is known. Events come in few kinds as far as those values go, so what was found out is remembered for each kind. A source may tell
 * the kind itself, as a number: then what follows from it need not be read.
 */
#include "base/cleanup.h"
#include "rule/eval_private.h"
#include "rule/matcher.h"

static bool add_value(const struct value *v, char *key, size_t *n)
{
    char room[8];
    struct str bytes;
    if (!matcher_key(v, room, &bytes) || *n + bytes.n + 2 > RECALL_KEY)
        return false;
    key[(*n)++] = (char)v->type;
    key[(*n)++] = (char)bytes.n; /* RECALL_KEY is less than 256 */
    if (bytes.n)
        memcpy(key + *n, bytes.p, bytes.n);
    *n += bytes.n;
    return true;
}

/* What guards look at, as bytes, and what the event tells in brief; empty: that is too long, or of a kind that has no bytes. */
static struct str key_of(struct eval *ev, const struct guards *g, const struct guard_type *t, char key[RECALL_KEY])
{
    enum { NOTHING = 0xfe, LIST = 0xff, BESIDE = 3 /* briefs that have room in the second word */ };
    _Static_assert(BRIEF__N <= BESIDE + sizeof(uint64_t), "briefs have room in two words");
    /* in words: what is put together of single bytes and then read as words, a processor waits for */
    uint64_t head[] = {ev->kind, ev->event->lacks | (uint64_t)ev->event->is_brief << 32, 0};
    size_t n = sizeof(head);
    for (uint32_t i = 0; ev->event->is_brief && i < t->n_briefs; i++) {
        const uint8_t told = ev->event->brief[t->briefs[i]];
        if (told == BRIEF_UNTOLD)
            return STR_NULL;
        const uint64_t class = g->classes[t->briefs[i]][told];
        if (i < BESIDE)
            head[1] |= class << (40 + 8 * i);
        else
            head[2] |= class << (8 * (i - BESIDE));
    }
    memcpy(key, head, sizeof(head));
    if (ev->kind && ev->event->is_brief && !t->has_others && !(t->families & ~ev->event->lacks))
        return str_n(key, n);
    for (uint32_t i = 0, n_read = ev->kind ? t->n_beside_kind : t->n_operands; i < n_read; i++) {
        const struct operand *o = &ev->program->operands[t->operands[i]];
        if (o->family & ev->event->lacks || (ev->event->is_brief && o->brief != BRIEF_NONE))
            continue;
        const struct slot *s = eval_slot(ev, o);
        const bool is_list = s && s->value.type == VALUE_LIST;
        if (n + 2 > RECALL_KEY)
            return STR_NULL;
        if (!s || is_list)
            key[n++] = (char)(is_list ? LIST : NOTHING);
        if (is_list)
            key[n++] = (char)s->value.list.n;
        for (size_t k = 0; is_list && k < s->value.list.n; k++)
            if (s->value.list.n > UINT8_MAX || !add_value(&s->value.list.v[k], key, &n))
                return STR_NULL;
        if (s && !is_list && !add_value(&s->value, key, &n))
            return STR_NULL;
    }
    return str_n(key, n);
}

static void judge_guards(struct eval *ev, const struct guards *g, const struct guard_type *t)
{
    memset(ev->candidates, 0, g->n_words * sizeof(*ev->candidates));
    ev->guards = g;
    for (uint32_t i = 0; i < t->n_groups; i++)
        eval_group(ev, t->groups[i]);
    ev->guards = NULL;
    for (uint32_t i = 0; i < g->n_words; i++)
        ev->candidates[i] = t->always[i] | (ev->candidates[i] & t->all[i]);
}

struct knowing {
    struct eval *ev;
    const struct guard_type *type;
};

static bool is_in_key(const struct eval *ev, const struct guard_type *t, uint32_t operand)
{
    if ((ev->kind && ev->program->operands[operand].is_of_kind) || (ev->event->is_brief && ev->program->operands[operand].brief != BRIEF_NONE))
        return true;
    for (uint32_t i = 0; i < t->n_operands; i++)
        if (t->operands[i] == operand)
            return true;
    return false;
}

/* 1, 0, or -1: not by what guards look at alone. */
static int known(void *ctx, uint32_t id)
{
    const struct knowing *k = ctx;
    struct eval *ev = k->ev;
    const struct leaf *l = &ev->program->leaves[id];
    if (ev->leaves[id] >> 1 == ev->epoch)
        return ev->leaves[id] & 1;
    if (l->is_type_test)
        return l->types[ev->event->type / 64] >> (ev->event->type % 64) & 1;
    if (l->group != PROGRAM_NONE && ev->groups[l->group] == ev->epoch)
        return 0;
    if (l->right == PROGRAM_NONE && ev->program->operands[l->left].family & ev->event->lacks)
        return 0;
    if (l->right != PROGRAM_NONE || !is_in_key(ev, k->type, l->left))
        return -1;
    if (l->group != PROGRAM_NONE) {
        eval_group(ev, l->group);
        return ev->leaves[id] >> 1 == ev->epoch;
    }
    const bool r = eval_alone(ev, id);
    ev->leaves[id] = ev->epoch << 1 | r;
    return r;
}

static void leave_out(struct eval *ev, const struct guards *g, const struct guard_type *t)
{
    struct knowing k = {ev, t};
    for (uint32_t w = 0; w < g->n_words; w++)
        for (uint64_t left = ev->candidates[w]; left; left &= left - 1) {
            const uint32_t rule = w * 64 + (uint32_t)__builtin_ctzll(left);
            if (!guard_can_hit(&ev->program->rules[rule], known, &k, ev->reach))
                ev->candidates[w] &= ~(left & -left);
        }
}

const uint64_t *eval_candidates(struct eval *ev, const struct guards *g)
{
    const enum event_type type = ev->event->type;
    const struct guard_type *t = &g->types[type];
    char room[RECALL_KEY];
    const bool pays = recall_pays(ev->recall, type);
    ev->kind = pays && t->asks_kind && ev->event->ops->kind ? ev->event->ops->kind(ev->event) : 0;
    const struct str key = pays ? key_of(ev, g, t, room) : STR_NULL;
    const uint64_t *found = key.n ? recall_find(ev->recall, type, key) : NULL;
    if (found)
        return found;
    judge_guards(ev, g, t);
    if (key.n) {
        leave_out(ev, g, t);
        recall_learn(ev->recall, type, key, ev->candidates);
    }
    return ev->candidates;
}
