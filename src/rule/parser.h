// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * From the text of a condition to its tree. Recursive descent, one function per production:
 *
 *     or       = and { "or" and }
 *     and      = not { "and" not }
 *     not      = { "not" } ( "(" or ")" | check )
 *     check    = operand ( "exists" | op value ) | macro
 *     operand  = field | transformer "(" argument { "," argument } ")" [ "[" arg "]" ]
 *     field    = name { "." name } [ "[" arg "]" ]
 *     argument = operand | quoted | number
 *     value    = quoted | bare | number | list | "val" "(" field ")" | operand with a transformer
 *     list     = "(" [ item { "," item } ] ")" | identifier
 *
 * A value is a number after < <= > >=, a list after in, intersects and pmatch, and after `oneof`, `anyof` or
 * `allof`.
 */
#include "base/arena.h"
#include "base/strbuf.h"
#include "rule/ast.h"

/* What is wrong and where. Both texts are in the parser's arena; cure may be empty. */
struct parse_error {
    size_t offset; /* byte in the text */
    struct str message, cure;
};

/*
 * Parses one condition. Places get `text_id`. The tree and its strings live in the arena or borrow from
 * `text`, which must live as long. 0, or -EINVAL with *err. Bounded by RULE_DEPTH and RULE_NODES
 * (rule/limits.h).
 */
int parser_parse(struct str text, uint32_t text_id, struct arena *arena, struct ast **ret,
                 struct parse_error *err);

/* Spellings, as in a condition. */
const char *operator_name(enum operator op);
const char *transformer_name(enum transformer t);
const char *list_modifier_name(enum list_modifier m);
/* Whether the operator takes a list by itself: in, intersects, pmatch. */
bool operator_takes_list(enum operator op);
/* By spelling; OP__N when there is none. */
enum operator operator_from(struct str name);
/* By spelling; MOD_NONE when there is none. */
enum list_modifier list_modifier_from(struct str name);
