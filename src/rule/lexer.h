// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The tokens of a condition. The language has no token stream of its own: what may follow depends on where
 * the parser stands (a bare value may hold what elsewhere is an operator), so each function here tries to
 * take one kind of token at the cursor and leaves the cursor alone when there is none.
 */
#include "base/arena.h"
#include "rule/ast.h"

struct lexer {
    struct str text;
    size_t at;
};

/* Skips blanks (space, tab, backspace, CR, LF); true when there was one. */
bool lexer_blank(struct lexer *l);
/* The character c when it stands at the cursor. */
bool lexer_char(struct lexer *l, char c);
/* The character at the cursor, 0 at the end. */
char lexer_peek(const struct lexer *l);
/* A letter and then letters, digits and _: an identifier. */
bool lexer_identifier(struct lexer *l, struct str *ret);
/* Identifiers joined by dots, two at least. */
bool lexer_field_name(struct lexer *l, struct str *ret);
/* The word `word` when it stands there whole (an identifier that is longer does not count). */
bool lexer_word(struct lexer *l, const char *word);
/* The operator with the longest spelling that stands there whole; -1 when there is none. */
int lexer_operator(struct lexer *l);
/* Hexadecimal or decimal number, with sign, fraction and exponent, that a value can end after. */
bool lexer_number(struct lexer *l, struct str *ret);
/* A value without quotes: anything but blanks and ( ) " ' = , */
bool lexer_bare(struct lexer *l, struct str *ret);
/* The same inside field[…]: anything but blanks and [ ] " ' */
bool lexer_bare_argument(struct lexer *l, struct str *ret);

enum quoted_result {
    QUOTED_NONE, /* no quote at the cursor */
    QUOTED_OK,
    QUOTED_OPEN,       /* no closing quote; the cursor stays */
    QUOTED_BAD_ESCAPE, /* the cursor stands on the backslash */
};
/*
 * A value in ' or " with the escapes \\ \" \' \/ \b \f \n \r \t \xHH; backslash-blank gives a backslash, as
 * Falco has it. *ret is unescaped, in the arena.
 */
enum quoted_result lexer_quoted(struct lexer *l, struct arena *arena, struct str *ret);
