// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a leaf needs to judge fast: sets, path trees, compiled expressions, and the groups that judge all leaves over one
 * operand at once.
 */
#include "rule/program.h"

/* From how many needles on one automaton pass is cheaper than searching one by one (measured by bench/rule-eval). */
enum { AUTOMATON_NEEDLES_MIN = 4 };

/* Builds what leaf `id` of a verified program needs for itself. -EINVAL when an expression does not compile. */
int matcher_init(struct program *p, uint32_t id, size_t *n_regexes, struct error *err);
/* Puts leaves into groups, builds their tables, and the sets of `in` that no group covers. */
void matcher_group(struct program *p);
void matcher_done(struct program *p);
/*
 * The bytes of a scalar that are equal exactly when two values of one type are; numbers are copied to room[8]. Values of
 * addresses and floating-point numbers have none: false.
 */
bool matcher_key(const struct value *v, char room[8], struct str *ret);
