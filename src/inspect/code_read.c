// SPDX-License-Identifier: Apache-2.0
#include "inspect/code_read.h"

#include <ctype.h>

#include "base/cleanup.h"

enum { REGEX_MAX = 8192 }; /* a pattern that is longer was none */

void code_begin(struct code_reader *r, struct str text, enum code_language language)
{
    *r = (struct code_reader){.t = text, .language = language};
}

void code_done(struct code_reader *r)
{
    strbuf_done(&r->text);
}

static char at(const struct code_reader *r, size_t i)
{
    return i < r->t.n ? r->t.p[i] : 0;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static void put(struct code_reader *r, char c)
{
    if (r->text.n < TOKEN_TEXT_MAX)
        strbuf_addc(&r->text, c);
}

static void put_code_point(struct code_reader *r, uint32_t v)
{
    if (v < 0x80) {
        put(r, (char)v);
    } else if (v < 0x800) {
        put(r, (char)(0xc0 | v >> 6));
        put(r, (char)(0x80 | (v & 0x3f)));
    } else {
        put(r, (char)(0xe0 | (v >> 12 & 0xf)));
        put(r, (char)(0x80 | (v >> 6 & 0x3f)));
        put(r, (char)(0x80 | (v & 0x3f)));
    }
}

/* Hex digits at i, `least` to `most` of them; how many there are. */
static size_t hex_digits(const struct code_reader *r, size_t i, size_t most, uint32_t *ret)
{
    size_t n = 0;
    for (*ret = 0; n < most && hex(at(r, i + n)) >= 0; n++)
        *ret = *ret << 4 | (uint32_t)hex(at(r, i + n));
    return n;
}

/* The escape whose backslash is at r->i; moves behind it. */
static void escape(struct code_reader *r)
{
    char c = at(r, r->i + 1);
    uint32_t v;
    size_t n;
    r->i += 2;
    if (c == 'x' && (n = hex_digits(r, r->i, 2, &v))) {
        put(r, (char)v);
        r->i += n;
    } else if (c == 'u' && at(r, r->i) == '{' && (n = hex_digits(r, r->i + 1, 6, &v))) {
        put_code_point(r, v);
        r->i += n + 1 + (at(r, r->i + n + 1) == '}');
    } else if (c == 'u' && hex_digits(r, r->i, 4, &v) == 4) {
        put_code_point(r, v);
        r->i += 4;
    } else if (c >= '0' && c <= '7') {
        for (v = (uint32_t)(c - '0'), n = 0; n < 2 && at(r, r->i) >= '0' && at(r, r->i) <= '7'; n++)
            v = v * 8 + (uint32_t)(at(r, r->i++) - '0');
        put(r, (char)v);
    } else if (c != '\n') {
        put(r, c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
    }
}

/* One literal whose quote is at r->i; true when it had escapes. */
static bool literal(struct code_reader *r)
{
    char quote = at(r, r->i++);
    bool escaped = false, has_escapes = quote != '\'' || r->language != CODE_PHP;
    const bool is_long = r->language == CODE_PYTHON && at(r, r->i) == quote && at(r, r->i + 1) == quote;
    r->i += is_long ? 2 : 0;
    while (r->i < r->t.n && (r->t.p[r->i] != quote || (is_long && (at(r, r->i + 1) != quote || at(r, r->i + 2) != quote)))) {
        char c = r->t.p[r->i];
        if (c == '\n' && quote != '`' && r->language != CODE_PHP && !is_long)
            break; /* not closed: a quote within a comment or a pattern */
        if (c == '\\' && r->i + 1 < r->t.n && r->language != CODE_ASP) {
            if (has_escapes) {
                escaped = true;
                escape(r);
            } else {
                put(r, r->t.p[r->i + 1]);
                r->i += 2;
            }
            continue;
        }
        put(r, c);
        r->i++;
    }
    if (r->i < r->t.n && r->t.p[r->i] == quote)
        r->i += is_long ? 3 : 1;
    return escaped;
}

static size_t blanks(const struct code_reader *r, size_t i)
{
    while (i < r->t.n && isspace((unsigned char)r->t.p[i]))
        i++;
    return i;
}

static bool is_quote(const struct code_reader *r, char c)
{
    return c == '"' || (c == '\'' && r->language != CODE_ASP) ||
           (c == '`' && (r->language == CODE_JAVASCRIPT || r->language == CODE_PHP));
}

/* Bytes of the letters in front of a literal: b'…', rb"…" in Python; 0 when none begins at i. */
static size_t prefix(const struct code_reader *r, size_t i)
{
    size_t n = 0;
    while (r->language == CODE_PYTHON && n < 2 && at(r, i + n) && strchr("bBrRuUfF", at(r, i + n)))
        n++;
    return n && is_quote(r, at(r, i + n)) ? n : 0;
}

static void string(struct code_reader *r, struct token *t)
{
    t->kind = TOKEN_STRING;
    r->i += prefix(r, r->i);
    t->mark = at(r, r->i);
    strbuf_clear(&r->text);
    t->decoded = literal(r);
    for (;;) {
        size_t i = blanks(r, r->i);
        char plus = at(r, i);
        if (plus != (r->language == CODE_PHP ? '.' : '+') && !(plus == '&' && r->language == CODE_ASP))
            break;
        i = blanks(r, i + 1);
        i += prefix(r, i);
        if (!is_quote(r, at(r, i)))
            break;
        r->i = i;
        (void)literal(r);
        t->decoded = true;
    }
    t->text = strbuf_str(&r->text);
    r->value_before = true;
}

static void name(struct code_reader *r, struct token *t)
{
    static const char *const OPERATORS[] = {"return", "typeof", "case", "in", "of", "do", "else", "void", "delete", "throw"};
    size_t from = r->i;
    bool escaped = false;
    while (is_name(at(r, r->i)) || (at(r, r->i) == '\\' && at(r, r->i + 1) == 'u' && r->language == CODE_JAVASCRIPT)) {
        escaped |= r->t.p[r->i] == '\\';
        r->i += r->t.p[r->i] == '\\' ? 2 : 1;
    }
    t->kind = TOKEN_NAME;
    t->text = str_sub(r->t, from, r->i);
    if (escaped) {
        size_t end = r->i;
        strbuf_clear(&r->text);
        for (r->i = from; r->i < end;)
            if (r->t.p[r->i] == '\\') {
                escape(r);
            } else {
                put(r, r->t.p[r->i++]);
            }
        t->text = strbuf_str(&r->text);
    }
    r->value_before = true;
    for (size_t k = 0; k < ARRAY_SIZE(OPERATORS); k++)
        if (str_is(t->text, OPERATORS[k]))
            r->value_before = false;
}

/* A pattern between slashes on one line; false when it does not end there. */
static bool regex(struct code_reader *r, struct token *t)
{
    bool in_class = false;
    for (size_t i = r->i + 1; i < r->t.n && i - r->i < REGEX_MAX && r->t.p[i] != '\n'; i++) {
        char c = r->t.p[i];
        if (c == '\\') {
            i++;
        } else if (c == '[') {
            in_class = true;
        } else if (c == ']') {
            in_class = false;
        } else if (c == '/' && !in_class) {
            t->kind = TOKEN_REGEX;
            t->text = str_sub(r->t, r->i + 1, i);
            r->i = i + 1;
            r->value_before = true;
            return true;
        }
    }
    return false;
}

/* Skips blanks and comments. */
static void skip(struct code_reader *r)
{
    for (;;) {
        size_t i = r->i;
        r->i = blanks(r, r->i);
        r->line_ended |= r->i > i && memchr(r->t.p + i, '\n', r->i - i);
        char a = at(r, r->i), b = at(r, r->i + 1);
        bool python = r->language == CODE_PYTHON;
        bool line = (a == '/' && b == '/' && !python) || (a == '#' && (python || r->language == CODE_PHP)) || (a == '\'' && r->language == CODE_ASP);
        if (line) {
            const char *nl = memchr(r->t.p + r->i, '\n', r->t.n - r->i);
            r->i = nl ? (size_t)(nl - r->t.p) : r->t.n;
        } else if (a == '/' && b == '*' && !python) {
            ptrdiff_t end = str_find(r->t, STR("*/"), r->i + 2);
            r->i = end >= 0 ? (size_t)end + 2 : r->t.n;
        } else {
            return;
        }
    }
}

char code_peek(const struct code_reader *r)
{
    return at(r, blanks(r, r->i));
}

bool code_next(struct code_reader *r, struct token *ret)
{
    *ret = (struct token){};
    r->line_ended = false;
    skip(r);
    if (r->i >= r->t.n)
        return false;
    ret->at = r->i;
    char c = r->t.p[r->i];
    if (is_quote(r, c) || (r->language == CODE_PYTHON && prefix(r, r->i))) {
        string(r, ret);
    } else if (isdigit((unsigned char)c)) {
        ret->kind = TOKEN_NUMBER;
        while (isalnum((unsigned char)at(r, r->i)) || (at(r, r->i) == '.' && isdigit((unsigned char)at(r, r->i + 1))))
            r->i++;
        ret->text = str_sub(r->t, ret->at, r->i);
        r->value_before = true;
    } else if (is_name(c) || (c == '\\' && at(r, r->i + 1) == 'u' && r->language == CODE_JAVASCRIPT)) {
        name(r, ret);
    } else if (c != '/' || r->language != CODE_JAVASCRIPT || r->value_before || !regex(r, ret)) {
        ret->kind = TOKEN_MARK;
        ret->mark = c;
        ret->text = str_sub(r->t, r->i, r->i + 1);
        r->i++;
        r->value_before = c == ')' || c == ']' || c == '}';
    }
    ret->end = r->i;
    return true;
}
