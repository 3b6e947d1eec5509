// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A tolerant reader of the languages of the web: JavaScript, PHP, Java in pages, C# and Basic in pages; and of Python. It knows names,
 * literals and marks, joins literals that are added up ('a' + 'b'), and takes escapes away. Nothing is an error; linear.
 */
#include "base/strbuf.h"

enum code_language { CODE_JAVASCRIPT, CODE_PHP, CODE_JAVA, CODE_ASP, CODE_PYTHON };

enum token_kind {
    TOKEN_NAME,   /* keywords too; PHP's variables with their $ */
    TOKEN_STRING, /* a literal, escapes taken away, neighbours added */
    TOKEN_NUMBER,
    TOKEN_REGEX, /* between the slashes */
    TOKEN_MARK,  /* one byte */
};

enum { TOKEN_TEXT_MAX = 64 << 10 }; /* of a string; longer ones are data that unwrapping looks at */

struct token {
    enum token_kind kind;
    struct str text; /* valid until the next token */
    char mark;       /* of a mark; of a string the quote */
    bool decoded;    /* a string that had escapes or was put together */
    size_t at, end;
};

struct code_reader {
    struct str t;
    size_t i;
    enum code_language language;
    struct strbuf text;
    bool value_before; /* a slash now divides */
    bool line_ended;   /* a line ended before the token */
};

/* Reads `text` from its start; code_done() gives the memory back. */
void code_begin(struct code_reader *r, struct str text, enum code_language language);
void code_done(struct code_reader *r);
/* The next token; false at the end. */
bool code_next(struct code_reader *r, struct token *ret);
/* The next byte that is no blank, 0 at the end: what follows the last token. */
char code_peek(const struct code_reader *r);
