// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The verifier: what must be true of a program's buffer before anything follows an offset in it. program_load() (in
 * verify.c) runs it, then rule/matcher.h builds the sets and automata.
 *
 *     sections   fill the buffer exactly, in the order of rule/program.h
 *     texts      lie inside `bytes`
 *     operands   have a known kind; fields exist and take the argument; arguments have smaller numbers and the right
 *                types; nesting is at most TYPING_DEPTH_MAX
 *     leaves     operator and modifier are defined for the type of the left side; every constant reads as that type
 *     code       known opcodes, leaves that exist, targets that lie ahead and inside the rule; the last instruction of a
 *                rule is hit or miss
 *     counts     args, constants and code are used up exactly, so nothing is shared that could multiply memory
 */
#include "rule/program.h"

struct program_view {
    const struct program_header *header;
    const struct program_operand *operands;
    const uint32_t *args;
    const struct program_leaf *leaves;
    const uint32_t *constants;
    const struct program_text *texts;
    const struct program_code *code;
    const struct program_rule *rules;
    const char *bytes;
};

/* Finds the sections in a buffer aligned to 4 bytes. 0, or -EINVAL. */
int program_view_init(struct program_view *v, const void *buffer, size_t n, struct error *err);
