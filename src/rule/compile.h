// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Trees to program: composes the flat buffer of rule/program.h out of rules that passed the type check. Equal operands,
 * leaves and texts are written once, whichever rules they stand in.
 */
#include "rule/program.h"

struct compiler;
struct compiler *compiler_new(void);
struct compiler *compiler_free(struct compiler *c);
DEFINE_CLEANUP(struct compiler *, compiler_free)
/* Adds a rule; `number` is given back by the program. The tree must have passed check_condition(). */
void compiler_add_rule(struct compiler *c, uint32_t number, enum event_source source, const struct ast *condition);
/* Adds an operand that passed check_operand(), for an output; its number in the program. */
uint32_t compiler_add_operand(struct compiler *c, const struct operand *o, enum operand_use use);
/* Writes the buffer. -E2BIG when the rules need more than PROGRAM_BYTES_MAX or PROGRAM_LEAVES_MAX. */
int compiler_finish(struct compiler *c, struct strbuf *ret);
