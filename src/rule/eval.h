// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Runs a loaded program on events. One per thread; the program is shared and read-only. Each operand is read and each leaf
 * judged at most once per event: what was found carries the number of the event (the epoch), so that nothing has to be
 * cleared. All memory is taken when it is made, none while it runs.
 */
#include "event/event.h"
#include "rule/program.h"
#include "rule/transform.h"

enum {
    /* What one transformer may make of one event; see rule/transform.h for what happens to more. */
    EVAL_VALUE_BYTES = 256 * 1024,
    /* What all of them may: so many that no single long text can take the room of the others. Touched only as used. */
    EVAL_SCRATCH_BYTES = 8 * 1024 * 1024,
};

struct eval;
struct eval *eval_new(const struct program *p);
struct eval *eval_free(struct eval *ev);
/* The next event; it must live until the one after it. */
void eval_begin(struct eval *ev, const struct event *event);
/* Whether the rule (its place in program.rules) matches the event. */
bool eval_rule(struct eval *ev, size_t rule);
/*
 * The rules of the event's type that may match, as a set by place in program.rules; guards.types[…].is_on must hold. Valid until the next
 * event.
 */
struct guards;
const uint64_t *eval_candidates(struct eval *ev, const struct guards *g);
/* Instructions run so far. */
uint64_t eval_instructions(const struct eval *ev);

/*
 * Reads one operand without an evaluator: for outputs. 1: *ret is set, 0: the event has no such value. Results of
 * transformers live in the scratch.
 */
int eval_read(const struct operand *o, const struct event *event, struct scratch *s, struct value *ret);
/* For a leaf over evt.type: finds out for each event type whether it holds. Done once, by program_load(). */
void eval_find_types(struct program *p, uint32_t leaf);
/* Whether a leaf with constants on the right (no `exists`) holds for one value of its left side's type, no list. */
bool eval_leaf(const struct leaf *l, const struct value *v);
