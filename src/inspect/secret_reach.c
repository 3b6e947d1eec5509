// SPDX-License-Identifier: Apache-2.0
/*
 * A reader of patterns that keeps only lengths and bytes. Letters beyond ASCII that a caseless pattern takes for one of its
 * own are left out here: the search runs over everything where they stand (SECRET_ODD_N).
 */
#include "inspect/secret_reach.h"

enum {
    DEPTH_MAX = 100, /* of groups; deeper patterns reach everywhere */
    RUNE_BYTES = 4,  /* of the longest UTF-8 sequence */
};

/* Of a part of the pattern. */
struct part {
    size_t least, most; /* bytes that it takes */
    uint64_t needs;     /* a bit for each of the marks, codes from 0x21 to 0x5f, that it holds however it matches */
};

enum { MARK_FIRST = '!', MARK_LAST = '_' };

struct reader {
    struct str s;
    size_t at;
    unsigned depth;
    bool fold, dot_all; /* flags i and s, of the group at hand */
    bool lost;
    bool *may;
};

static size_t plus(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

static size_t times(size_t a, size_t n)
{
    return !a || !n ? 0 : a > SIZE_MAX / n ? SIZE_MAX : a * n;
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int peek(const struct reader *r)
{
    return r->at < r->s.n ? (uint8_t)r->s.p[r->at] : -1;
}

static bool take(struct reader *r, const char *word)
{
    if (!str_starts(str_sub(r->s, r->at, r->s.n), str_from(word)))
        return false;
    r->at += strlen(word);
    return true;
}

/* A character that a match may hold, ASCII or not. */
static struct part add(struct reader *r, uint32_t c)
{
    if (c >= 0x80) {
        /* Its other cases may be of any length. */
        memset(r->may, true, 256);
        return (struct part){.most = RUNE_BYTES};
    }
    r->may[c] = true;
    if (r->fold && is_letter((uint8_t)c))
        r->may[c ^ 0x20] = true;
    bool is_mark = c >= MARK_FIRST && c <= MARK_LAST && !is_letter((uint8_t)c) && !is_digit((uint8_t)c);
    return (struct part){.least = 1, .most = 1, .needs = is_mark ? UINT64_C(1) << (c - MARK_FIRST) : 0};
}

static struct part both(struct part a, struct part b)
{
    return (struct part){plus(a.least, b.least), plus(a.most, b.most), a.needs | b.needs};
}

static struct part either(struct part a, struct part b)
{
    return (struct part){a.least < b.least ? a.least : b.least, a.most > b.most ? a.most : b.most, a.needs & b.needs};
}

/* The set of bytes that \d, \w, \s and [:name:] stand for. */
static bool in_class(const char *name, uint8_t c)
{
    bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
    switch (name[0]) {
    case 'd':
        return is_digit(c);
    case 's':
        return c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ' || (name[1] && c == '\v');
    case 'w':
        return upper || lower || is_digit(c) || c == '_';
    case 'u':
        return upper;
    case 'l':
        return lower;
    default: /* the rest is seldom: all of ASCII is never too little */
        return c < 0x80;
    }
}

static int hex_digit(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* What follows \x; -1 when it is not understood. */
static int64_t hex_escape(struct reader *r)
{
    int64_t v = 0;
    if (take(r, "{")) {
        for (int d; (d = hex_digit(peek(r))) >= 0 && v < 0x110000; r->at++)
            v = v << 4 | d;
        return take(r, "}") ? v : -1;
    }
    for (int i = 0; i < 2; i++, r->at++) {
        int d = hex_digit(peek(r));
        if (d < 0)
            return -1;
        v = v << 4 | d;
    }
    return v;
}

enum escape {
    ESCAPE_CHAR,  /* *ret_char */
    ESCAPE_CLASS, /* ret_set, of bytes */
    ESCAPE_EMPTY, /* a place */
    ESCAPE_LOST,
};

/* Behind a backslash. */
static enum escape read_escape(struct reader *r, uint32_t *ret_char, bool ret_set[256])
{
    int c = peek(r);
    r->at++;
    switch (c) {
    case 'd':
    case 'w':
    case 's':
    case 'D':
    case 'W':
    case 'S': {
        char name[2] = {(char)(c | 0x20)};
        bool is_not = c < 'a';
        for (int b = 0; b < 256; b++)
            ret_set[b] = in_class(name, (uint8_t)b) != is_not;
        return ESCAPE_CLASS;
    }
    case 'b':
    case 'B':
    case 'A':
    case 'z':
        return ESCAPE_EMPTY;
    case 'n':
    case 't':
    case 'r':
    case 'f':
    case 'v':
    case 'a':
        *ret_char = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'f' ? '\f' : c == 'v' ? '\v' : '\a';
        return ESCAPE_CHAR;
    case 'x': {
        int64_t v = hex_escape(r);
        *ret_char = (uint32_t)v;
        return v < 0 ? ESCAPE_LOST : ESCAPE_CHAR;
    }
    default:
        if (c < 0 || c >= 0x80 || is_letter((uint8_t)c) || is_digit((uint8_t)c))
            return ESCAPE_LOST; /* \p{…}, \C, octal and the like */
        *ret_char = (uint32_t)c;
        return ESCAPE_CHAR;
    }
}

/* One end of a range within [ ]. */
static bool class_char(struct reader *r, uint32_t *ret, bool *ret_is_set, bool set[256])
{
    *ret_is_set = false;
    int c = peek(r);
    if (c < 0)
        return false;
    if (c == '[' && take(r, "[:")) {
        bool is_not = take(r, "^");
        const char *name = r->s.p + r->at;
        while (peek(r) >= 0 && peek(r) != ':')
            r->at++;
        char first[3] = {is_not ? 0 : *name, 's'};
        bool exact = str_is(str_n(name, (size_t)(r->s.p + r->at - name)), "digit") || *name == 'u' || *name == 'l' ||
                     str_is(str_n(name, (size_t)(r->s.p + r->at - name)), "space") || !strncmp(name, "word", 4);
        for (int b = 0; b < 256; b++)
            set[b] = is_not || !exact ? is_not || b < 0x80 : in_class(first, (uint8_t)b);
        *ret_is_set = true;
        return take(r, ":]");
    }
    r->at++;
    if (c == '\\') {
        enum escape e = read_escape(r, ret, set);
        *ret_is_set = e == ESCAPE_CLASS;
        return e == ESCAPE_CHAR || e == ESCAPE_CLASS;
    }
    if (c >= 0x80) { /* the whole sequence */
        while (peek(r) >= 0x80 && peek(r) < 0xc0)
            r->at++;
        *ret = 0x10ffff;
        return true;
    }
    *ret = (uint32_t)c;
    return true;
}

/* Behind [. */
static struct part read_class(struct reader *r)
{
    bool all[256] = {}, wide = false, is_not = take(r, "^");
    for (bool first = true;; first = false) {
        if (peek(r) < 0) {
            r->lost = true;
            return (struct part){};
        }
        if (peek(r) == ']' && !first)
            break;
        bool set[256] = {}, is_set;
        uint32_t from, to;
        if (!class_char(r, &from, &is_set, set)) {
            r->lost = true;
            return (struct part){};
        }
        to = from;
        if (!is_set && peek(r) == '-' && r->at + 1 < r->s.n && r->s.p[r->at + 1] != ']') {
            bool none;
            r->at++;
            if (!class_char(r, &to, &none, set) || none) {
                r->lost = true;
                return (struct part){};
            }
        }
        if (!is_set)
            for (uint32_t c = from; c <= to && c < 0x80; c++)
                set[c] = true;
        wide |= !is_set && to >= 0x80;
        for (int b = 0; b < 256; b++)
            all[b] |= set[b];
    }
    r->at++;
    for (int b = 'A'; r->fold && b <= 'Z'; b++)
        all[b] = all[b | 0x20] = all[b] || all[b | 0x20];
    if (wide) { /* a range beyond ASCII may fold into it */
        memset(r->may, true, 256);
        return (struct part){.most = RUNE_BYTES};
    }
    bool beyond = is_not || all[0x80];
    for (int b = 0; b < 256; b++)
        r->may[b] |= b < 0x80 ? all[b] != is_not : beyond;
    return (struct part){.least = 1, .most = beyond ? RUNE_BYTES : 1};
}

static struct part read_either(struct reader *r);

/* Behind (. */
static struct part read_group(struct reader *r)
{
    bool fold = r->fold, dot_all = r->dot_all;
    if (take(r, "?P<") || take(r, "?<")) {
        while (peek(r) >= 0 && peek(r) != '>')
            r->at++;
        r->at++;
    } else if (take(r, "?")) {
        for (bool on = true;; r->at++) {
            int c = peek(r);
            if (c == '-')
                on = false;
            else if (c == 'i')
                r->fold = on;
            else if (c == 's')
                r->dot_all = on;
            else if (c != 'm' && c != 'U')
                break;
        }
        if (take(r, ")")) /* flags for the rest of the group around */
            return (struct part){};
        if (!take(r, ":")) {
            r->lost = true;
            return (struct part){};
        }
    }
    if (++r->depth > DEPTH_MAX)
        r->lost = true;
    struct part n = r->lost ? (struct part){} : read_either(r);
    r->depth--;
    r->lost |= !take(r, ")");
    r->fold = fold;
    r->dot_all = dot_all;
    return n;
}

static struct part read_atom(struct reader *r)
{
    int c = peek(r);
    r->at++;
    switch (c) {
    case '(':
        return read_group(r);
    case '[':
        return read_class(r);
    case '^':
    case '$':
        return (struct part){};
    case '.':
        for (int b = 0; b < 256; b++)
            r->may[b] |= b != '\n' || r->dot_all;
        return (struct part){.least = 1, .most = RUNE_BYTES};
    case '\\': {
        if (take(r, "Q")) {
            struct part n = {};
            while (peek(r) >= 0 && !take(r, "\\E"))
                n = both(n, add(r, (uint8_t)r->s.p[r->at++]));
            return n;
        }
        uint32_t rune = 0;
        bool set[256] = {};
        switch (read_escape(r, &rune, set)) {
        case ESCAPE_CHAR:
            return add(r, rune);
        case ESCAPE_CLASS:
            for (int b = 0; b < 256; b++)
                r->may[b] |= set[b];
            return (struct part){.least = 1, .most = set[0x80] ? RUNE_BYTES : 1};
        case ESCAPE_EMPTY:
            return (struct part){};
        case ESCAPE_LOST:
            r->lost = true;
        }
        return (struct part){};
    }
    default:
        return add(r, (uint32_t)c); /* each byte of a sequence as four: too much is not wrong */
    }
}

/* {n}, {n,} or {n,m} at hand; anything else that begins with { is text. */
static bool read_count(struct reader *r, size_t *ret_least, size_t *ret_most)
{
    size_t at = r->at + 1, n = 0, m;
    const size_t digits = at;
    for (; at < r->s.n && is_digit((uint8_t)r->s.p[at]) && n < 100'000; at++)
        n = n * 10 + (size_t)(r->s.p[at] - '0');
    if (at == digits || at >= r->s.n)
        return false;
    m = n;
    if (r->s.p[at] == ',') {
        const size_t second = ++at;
        for (m = 0; at < r->s.n && is_digit((uint8_t)r->s.p[at]) && m < 100'000; at++)
            m = m * 10 + (size_t)(r->s.p[at] - '0');
        if (at == second)
            m = SIZE_MAX;
    }
    if (at >= r->s.n || r->s.p[at] != '}')
        return false;
    r->at = at + 1;
    *ret_least = n;
    *ret_most = m;
    return true;
}

static struct part read_repeat(struct reader *r)
{
    struct part n = read_atom(r);
    for (;;) {
        int c = peek(r);
        size_t least = c == '+', most = 1;
        if (c == '*' || c == '+')
            most = SIZE_MAX;
        if (c == '*' || c == '+' || c == '?')
            r->at++;
        else if (c != '{' || !read_count(r, &least, &most))
            return n;
        (void)take(r, "?");
        n = (struct part){times(n.least, least), times(n.most, most), least ? n.needs : 0};
    }
}

static struct part read_either(struct reader *r)
{
    struct part all = {}, n = {};
    bool has_other = false;
    while (!r->lost && peek(r) >= 0 && peek(r) != ')')
        if (take(r, "|")) {
            all = has_other ? either(all, n) : n;
            has_other = true;
            n = (struct part){};
        } else {
            n = both(n, read_repeat(r));
        }
    return has_other ? either(all, n) : n;
}

struct secret_reach secret_reach_of(struct str pattern)
{
    struct secret_reach reach = {};
    struct reader r = {.s = pattern, .may = reach.may};
    struct part all = read_either(&r);
    if (r.lost || r.at < pattern.n) {
        reach.most = SIZE_MAX;
        memset(reach.may, true, sizeof(reach.may));
        return reach;
    }
    reach.least = all.least;
    reach.most = all.most;
    size_t n = 0;
    for (int c = MARK_LAST; c >= MARK_FIRST && n < sizeof(reach.needs) - 1; c--) /* '@' and '=' before '.' and '"' */
        if (all.needs >> (c - MARK_FIRST) & 1)
            reach.needs[n++] = (char)c;
    return reach;
}

bool secret_reach_fits(const struct secret_reach *reach, struct str text)
{
    if (text.n < reach->least)
        return false;
    for (const char *mark = reach->needs; *mark; mark++)
        if (!text.n || !memchr(text.p, *mark, text.n))
            return false;
    return true;
}
