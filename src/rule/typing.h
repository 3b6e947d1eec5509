// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The types of the language: what a field, a transformer and a literal are, and which operator takes which. One place that
 * both the type check of a rule (rule/check.h) and the verifier of a program (rule/verify.h) ask, so that the two cannot
 * disagree.
 */
#include "base/arena.h"
#include "rule/ast.h"

enum {
    TYPING_DEPTH_MAX = 16,      /* transformers inside transformers */
    TYPING_ARGS_MAX = 16,       /* arguments of one transformer */
    TYPING_PATTERN_MAX = 4096,  /* bytes of a regular expression or shell pattern */
    TYPING_REGEX_BYTES = 1 << 20, /* memory that one compiled regular expression may take */
};

/* Where an operand stands: fields say where they may be used. */
enum operand_use { USE_LEFT, USE_RIGHT, USE_OUTPUT };

/* What is wrong, in words for the author of a rule; both in the arena given. To be initialised by the caller. */
struct typing_error {
    bool is_terse; /* set by the caller: do not look for the field that was meant, which takes a while */
    bool is_unknown_field; /* no such field, or not for this source: the rule may ask to be skipped */
    struct str message, cure;
};

/*
 * Resolves one operand whose arguments are resolved already: fills ref, type and is_list. `sources` is the set that the
 * field must belong to one of (enum field_sources). A field name may carry its argument after a dot where the table says
 * so (evt.arg.flags). 0, or -EINVAL with *ret_error filled.
 */
int typing_operand(struct operand *o, enum operand_use use, unsigned sources, struct arena *arena,
                   struct typing_error *ret_error);
/* Whether the operand stands for several values of which one is enough (FIELD_ANY, FIELD_ANY_ARG). */
bool typing_is_any(const struct operand *o);
/* Whether an operator is defined for values of the type. */
bool typing_takes(enum operator op, enum value_type type, bool is_list);
/* Whether both sides of an operator may be values of an event. */
bool typing_pair(enum operator op, const struct operand *left, const struct operand *right);
/* Whether an operator compares with one value at a time, so that oneof, anyof and allof make sense. */
bool typing_takes_modifier(enum operator op);
/* How a literal is written on the right of an operator. */
enum literal_form { FORM_VALUE, FORM_TEXT, FORM_HEX, FORM_NET };
enum literal_form typing_form(enum operator op, enum value_type type);
/*
 * Reads a literal. Strings are borrowed from `text`, addresses and decoded bytes live in the arena. The result has the
 * type of the field, STRING for a DYNAMIC one, NET for addresses. 0, or -EINVAL with a reason (static) in *ret_why.
 */
int typing_literal(struct str text, enum operator op, enum value_type type, struct arena *arena, struct value *ret,
                   const char **ret_why);
/* Reads a number, decimal or 0x…, as INT or UINT; false when the text is none. */
bool typing_number(struct str text, struct value *ret);
/* Reads a number with or without fraction and exponent; false when the text is none. */
bool typing_double(struct str text, double *ret);
bool typing_is_number(enum value_type type);
