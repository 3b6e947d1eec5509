// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which rules can match an event of which type. Read off the verified code, so that it cannot say less than the program
 * does: a leaf over evt.type is known for every type, any other leaf may go either way, and a rule is tried on a type
 * exactly when its `hit` can be reached. That is the set algebra of and, or, not and unknown names in one pass.
 */
#include "rule/program.h"

struct index {
    uint32_t *rules;               /* places in program.rules, in load order within a type */
    uint32_t from[EVENT__N + 1];   /* rules of type t: rules[from[t]] … rules[from[t + 1] - 1] */
};

/* The types of its source on which a rule can match. */
void index_types(const struct program *p, size_t rule, uint64_t ret[TYPE_WORDS]);
/* How many types are in the set. */
unsigned index_count(const uint64_t types[TYPE_WORDS]);
/* Built for the rules of is_on[] only. The memory is the arena's. */
void index_init(struct index *x, const struct program *p, const bool *is_on, struct arena *arena);
