// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What rule/eval.c and rule/candidates.c share. */
#include "rule/eval.h"
#include "rule/guard.h"
#include "rule/recall.h"

struct slot {
    uint64_t epoch;
    bool is_present;
    struct value value;
    struct str text; /* of a DYNAMIC value */
};

struct eval {
    const struct program *program;
    const struct event *event;
    uint64_t epoch;
    uint64_t instructions; /* of all rules so far */
    struct slot *slots;    /* by operand */
    uint64_t *leaves;      /* epoch times two, plus one when the leaf holds */
    uint64_t *groups;      /* epoch of the last look-up */
    struct scratch scratch;
    const struct guards *guards; /* while groups are judged for them; else NULL */
    uint64_t *candidates;
    uint64_t kind;               /* of the event, while it is looked for among those; 0: not known */
    bool *reach;                 /* room for guard_can_hit() with any rule */
    struct recall *recall;       /* which rules were candidates of events like this one */
};

/* Fills the slot of an operand that was not asked for before in this event; NULL when it is absent. */
const struct slot *eval_fill(struct eval *ev, const struct operand *o, struct slot *slot);
/* Reads an operand once per event; NULL when it is absent. */
static inline const struct slot *eval_slot(struct eval *ev, const struct operand *o)
{
    struct slot *slot = &ev->slots[o - ev->program->operands];
    if (slot->epoch != ev->epoch)
        return eval_fill(ev, o, slot);
    return slot->is_present ? slot : NULL;
}
/* Finds every leaf of a group that holds for this event. */
void eval_group(struct eval *ev, uint32_t id);
/* Judges a leaf of no group; remembers nothing. */
bool eval_alone(struct eval *ev, uint32_t id);
