// SPDX-License-Identifier: Apache-2.0
#include "rule/lexer.h"
#include "base/cleanup.h"
#include "base/digest.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static char char_at(const struct lexer *l, size_t at)
{
    return at < l->text.n ? l->text.p[at] : 0;
}

char lexer_peek(const struct lexer *l)
{
    return char_at(l, l->at);
}

bool lexer_blank(struct lexer *l)
{
    size_t from = l->at;
    while (l->at < l->text.n && is_blank(l->text.p[l->at]))
        l->at++;
    return l->at > from;
}

bool lexer_char(struct lexer *l, char c)
{
    if (l->at >= l->text.n || l->text.p[l->at] != c)
        return false;
    l->at++;
    return true;
}

/* End of the identifier at `at`; `at` itself when there is none. */
static size_t identifier_end(const struct lexer *l, size_t at)
{
    if (is_letter(char_at(l, at)))
        while (is_word(char_at(l, at)))
            at++;
    return at;
}

static struct str take(struct lexer *l, size_t end)
{
    struct str s = str_sub(l->text, l->at, end);
    l->at = end;
    return s;
}

bool lexer_identifier(struct lexer *l, struct str *ret)
{
    size_t end = identifier_end(l, l->at);
    if (end == l->at)
        return false;
    *ret = take(l, end);
    return true;
}

bool lexer_field_name(struct lexer *l, struct str *ret)
{
    size_t end = identifier_end(l, l->at);
    bool dotted = false;
    while (end > l->at && char_at(l, end) == '.') {
        size_t next = identifier_end(l, end + 1);
        if (next == end + 1)
            break;
        end = next;
        dotted = true;
    }
    if (!dotted)
        return false;
    *ret = take(l, end);
    return true;
}

bool lexer_word(struct lexer *l, const char *word)
{
    size_t end = identifier_end(l, l->at);
    if (!str_is(str_sub(l->text, l->at, end), word))
        return false;
    l->at = end;
    return true;
}

static const struct str OPERATORS[OP__N] = {
#define OPERATOR(id, text, help) [OP_##id] = {text, sizeof(text) - 1},
#include "rule/operator.def"
#undef OPERATOR
};

int lexer_operator(struct lexer *l)
{
    int best = -1;
    struct str rest = str_sub(l->text, l->at, l->text.n);
    for (int i = 0; i < OP__N; i++) {
        const struct str op = OPERATORS[i];
        if (!str_starts(rest, op) || (best >= 0 && op.n <= OPERATORS[best].n))
            continue;
        if (is_letter(op.p[0]) && is_word(char_at(l, l->at + op.n)))
            continue;
        best = i;
    }
    if (best >= 0)
        l->at += OPERATORS[best].n;
    return best;
}

bool lexer_number(struct lexer *l, struct str *ret)
{
    size_t end = l->at, digits;
    if (char_at(l, end) == '0' && (char_at(l, end + 1) | 0x20) == 'x') {
        for (end += 2; is_hex(char_at(l, end));)
            end++;
        if (end == l->at + 2)
            return false;
    } else {
        if (char_at(l, end) == '+' || char_at(l, end) == '-')
            end++;
        for (digits = end; is_digit(char_at(l, end));)
            end++;
        if (end == digits)
            return false;
        if (char_at(l, end) == '.')
            end++;
        while (is_digit(char_at(l, end)))
            end++;
        if ((char_at(l, end) | 0x20) == 'e') {
            size_t e = end + 1;
            if (char_at(l, e) == '+' || char_at(l, e) == '-')
                e++;
            if (is_digit(char_at(l, e))) {
                while (is_digit(char_at(l, e)))
                    e++;
                end = e;
            }
        }
    }
    char after = char_at(l, end);
    if (end < l->text.n && !is_blank(after) && after != ')' && after != ',')
        return false;
    *ret = take(l, end);
    return true;
}

static bool take_while_not(struct lexer *l, const char *stops, struct str *ret)
{
    size_t end = l->at;
    while (end < l->text.n) {
        char c = l->text.p[end];
        /* NUL, vertical tab and form feed cannot be meant: a value ends there, and the parser complains. */
        if (is_blank(c) || !c || c == '\v' || c == '\f' || strchr(stops, c))
            break;
        end++;
    }
    if (end == l->at)
        return false;
    *ret = take(l, end);
    return true;
}

bool lexer_bare(struct lexer *l, struct str *ret)
{
    return take_while_not(l, "()\"'=,", ret);
}

bool lexer_bare_argument(struct lexer *l, struct str *ret)
{
    return take_while_not(l, "[]\"'", ret);
}

/* The byte that an escape letter stands for, or -1. */
static int escaped(char letter)
{
    static const char from[] = "bfnrt \\/\"'", to[] = "\b\f\n\r\t\\\\/\"'";
    const char *found = letter ? strchr(from, letter) : NULL;
    return found ? to[found - from] : -1;
}

enum quoted_result lexer_quoted(struct lexer *l, struct arena *arena, struct str *ret)
{
    char quote = lexer_peek(l);
    if (quote != '"' && quote != '\'')
        return QUOTED_NONE;
    size_t end = l->at + 1;
    while (end < l->text.n && l->text.p[end] != quote)
        end += l->text.p[end] == '\\' ? 2 : 1;
    if (end >= l->text.n)
        return QUOTED_OPEN;

    char *out = arena_alloc(arena, end - l->at), *p = out;
    for (size_t i = l->at + 1; i < end; i++) {
        char c = l->text.p[i];
        if (c == '\\') {
            char letter = l->text.p[i + 1];
            int byte = escaped(letter);
            uint8_t hex;
            if (letter == 'x' && i + 3 < end && hex_decode(str_sub(l->text, i + 2, i + 4), &hex)) {
                byte = hex;
                i += 2;
            }
            if (byte < 0) {
                l->at = i;
                return QUOTED_BAD_ESCAPE;
            }
            c = (char)byte;
            i++;
        }
        *p++ = c;
    }
    l->at = end + 1;
    *ret = str_n(out, (size_t)(p - out));
    return QUOTED_OK;
}
