// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The type check of a condition: resolves every field and literal of a tree and says all that is wrong with it.
 */
#include "rule/compiled.h"
#include "rule/typing.h"

/*
 * Checks the rule's condition and fills the operands of its tree. Reports every problem through the rule's origin;
 * unknown fields skip the rule with a warning when it asks for that (is_skipped). 0, or -EINVAL when an error was reported.
 */
int check_condition(struct rule_input *r, struct arena *arena, struct diags *diags);
/* Resolves an operand and its arguments. 0, or -EINVAL with the problem and, in *ret_place, where it is. */
int check_operand(struct operand *o, enum operand_use use, enum event_source source, struct arena *arena,
                  struct typing_error *ret_error, struct place *ret_place);
