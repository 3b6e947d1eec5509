// SPDX-License-Identifier: Apache-2.0
#include "inspect/code_packed.h"

#include <ctype.h>

#include "base/cleanup.h"
#include "base/vec.h"

enum {
    WORDS_MAX = 65536,
    BASE_MAX = 62,
    DIGITS_MAX = 6, /* of a number in the program */
};

struct words {
    VEC(struct str) v;
};

static size_t skip(struct str t, size_t i)
{
    while (i < t.n && isspace((unsigned char)t.p[i]))
        i++;
    return i;
}

/* The mark, blanks around it; false when another stands there. */
static bool take(struct str t, size_t *at, char mark)
{
    size_t i = skip(t, *at);
    if (i >= t.n || t.p[i] != mark)
        return false;
    *at = skip(t, i + 1);
    return true;
}

static int hex(struct str t, size_t i, size_t n)
{
    int v = 0;
    for (size_t k = 0; k < n; k++) {
        unsigned char c = i + k < t.n ? (unsigned char)t.p[i + k] : 0;
        if (!isxdigit(c))
            return -1;
        v = v * 16 + (isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return v;
}

/* A literal, its escapes taken away; *at moves behind it. */
static bool literal(struct str t, size_t *at, struct strbuf *ret)
{
    size_t i = *at;
    char quote = i < t.n ? t.p[i++] : 0;
    strbuf_clear(ret);
    if (quote != '\'' && quote != '"' && quote != '`')
        return false;
    for (; i < t.n && t.p[i] != quote && ret->n < CODE_PACKED_MAX; i++) {
        if (t.p[i] != '\\' || i + 1 >= t.n) {
            strbuf_addc(ret, t.p[i]);
            continue;
        }
        static const char FROM[] = "nrtvfb0", TO[] = "\n\r\t\v\f\b";
        char c = t.p[++i];
        const char *known = strchr(FROM, c);
        int v = c == 'x' ? hex(t, i + 1, 2) : c == 'u' ? hex(t, i + 1, 4) : -1;
        if (v >= 0) {
            strbuf_addc(ret, v < 0x80 ? (char)v : '?');
            i += c == 'x' ? 2 : 4;
        } else if (c && known) {
            strbuf_addc(ret, TO[known - FROM]);
        } else if (c != '\n') {
            strbuf_addc(ret, c);
        }
    }
    if (i >= t.n || t.p[i] != quote)
        return false;
    *at = i + 1;
    return true;
}

static bool number(struct str t, size_t *at, uint64_t *ret)
{
    size_t from = skip(t, *at), i = from;
    while (i < t.n && isdigit((unsigned char)t.p[i]))
        i++;
    *at = i;
    return str_to_u64(str_sub(t, from, i), ret);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The number that a word of the program is; WORDS_MAX where it is none as the packer writes it. */
static size_t number_of(struct str word, unsigned base)
{
    size_t v = 0;
    if (word.n > DIGITS_MAX || (word.n > 1 && word.p[0] == '0'))
        return WORDS_MAX;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        unsigned digit = c == '_' ? BASE_MAX : isdigit((unsigned char)c) ? (unsigned)(c - '0') : islower((unsigned char)c) ? (unsigned)(c - 'a') + 10 : (unsigned)(c - 'A') + 36;
        if (digit >= base)
            return WORDS_MAX;
        v = v * base + digit;
        if (v >= WORDS_MAX)
            return WORDS_MAX;
    }
    return v;
}

static void put_words(struct str program, const struct words *words, unsigned base, size_t most, struct strbuf *ret)
{
    for (size_t i = 0; i < program.n && ret->n < most;) {
        size_t from = i;
        while (i < program.n && is_word(program.p[i]))
            i++;
        struct str word = str_sub(program, from, i);
        size_t n = word.n ? number_of(word, base) : WORDS_MAX;
        if (n < words->v.n && words->v.v[n].n)
            word = words->v.v[n];
        strbuf_add(ret, str_sub(word, 0, most - ret->n));
        if (i == from)
            strbuf_addc(ret, program.p[i++]);
    }
}

bool code_packed_read(struct str code, size_t at, size_t most, struct strbuf *ret)
{
    _cleanup_(strbuf_done) struct strbuf program = {}, list = {}, mark = {};
    uint64_t base, count;
    at = skip(code, at);
    if (!literal(code, &at, &program) || !take(code, &at, ',') || !number(code, &at, &base) || !take(code, &at, ',') ||
        !number(code, &at, &count) || !take(code, &at, ',') || !literal(code, &at, &list) || !take(code, &at, '.'))
        return false;
    if (!str_starts(str_sub(code, at, code.n), STR("split")) || base < 2 || base > BASE_MAX)
        return false;
    at += strlen("split");
    if (!take(code, &at, '(') || !literal(code, &at, &mark) || mark.n != 1)
        return false;
    struct words words = {};
    struct str rest = strbuf_str(&list), word;
    while (words.v.n < WORDS_MAX && str_split(&rest, mark.p[0], &word))
        vec_add(&words.v, word);
    strbuf_clear(ret);
    put_words(strbuf_str(&program), &words, (unsigned)base, most < CODE_PACKED_MAX ? most : CODE_PACKED_MAX, ret);
    vec_done(&words.v);
    return ret->n > 0;
}
