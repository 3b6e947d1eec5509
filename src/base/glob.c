// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>

#include "base/cleanup.h"
#include "base/glob.h"

static unsigned char fold(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

static bool is_ascii(unsigned char c)
{
    return c < 0x80;
}

/* The C locale's classes; bytes over 0x7f belong to none. */
static bool in_class(struct str name, unsigned char c, bool nocase)
{
    static const struct {
        const char *name;
        int (*is)(int);
    } classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
                   {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
                   {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};
    if (nocase && (str_is(name, "upper") || str_is(name, "lower")))
        name = STR("alpha");
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
        if (str_is(name, classes[i].name))
            return is_ascii(c) && classes[i].is(c);
    return false;
}

/* One character inside brackets, after an optional backslash. *at moves behind it; false at the end of the
 * pattern. */
static bool bracket_char(struct str p, size_t *at, unsigned char *ret)
{
    if (*at < p.n && p.p[*at] == '\\')
        (*at)++;
    if (*at >= p.n)
        return false;
    *ret = (unsigned char)p.p[(*at)++];
    return true;
}

/*
 * A bracket expression whose '[' stands at p[at]. 1: c is in it, 0: it is not; *ret_end is the offset after
 * ']'. -1: there is no closing ']', so that '[' stands for itself.
 */
static int bracket(struct str p, size_t at, unsigned char c, bool nocase, size_t *ret_end)
{
    bool negated = false, found = false, first = true;
    at++;
    if (at < p.n && (p.p[at] == '!' || p.p[at] == '^')) {
        negated = true;
        at++;
    }
    for (;; first = false) {
        if (at >= p.n)
            return -1;
        if (p.p[at] == ']' && !first)
            break;
        if (p.p[at] == '[' && at + 1 < p.n && p.p[at + 1] == ':') {
            ptrdiff_t end = str_find(p, STR(":]"), at + 2);
            if (end >= 0) {
                found |= in_class(str_sub(p, at + 2, (size_t)end), c, nocase);
                at = (size_t)end + 2;
                continue;
            }
        }
        unsigned char low, high;
        if (!bracket_char(p, &at, &low))
            return -1;
        high = low;
        if (at + 1 < p.n && p.p[at] == '-' && p.p[at + 1] != ']') {
            at++;
            if (!bracket_char(p, &at, &high))
                return -1;
        }
        found |= nocase ? fold(c) >= fold(low) && fold(c) <= fold(high) : c >= low && c <= high;
    }
    *ret_end = at + 1;
    return found != negated;
}

/* Whether one element of the pattern at p[at], not a star, takes c; *ret_end is the offset after the element.
 */
static bool element_takes(struct str p, size_t at, unsigned char c, bool nocase, size_t *ret_end)
{
    unsigned char want = (unsigned char)p.p[at];
    *ret_end = at + 1;
    if (want == '?')
        return true;
    if (want == '[') {
        int r = bracket(p, at, c, nocase, ret_end);
        if (r >= 0)
            return r;
        *ret_end = at + 1;
    } else if (want == '\\') {
        if (at + 1 >= p.n)
            return false;
        want = (unsigned char)p.p[at + 1];
        *ret_end = at + 2;
    }
    return nocase ? fold(want) == fold(c) : want == c;
}

bool glob_match(struct str p, struct str text, bool nocase)
{
    size_t at = 0, i = 0;
    /* Where the last star stood and what it has taken so far: the only place worth going back to. */
    size_t star = SIZE_MAX, taken = 0;
    while (i < text.n) {
        size_t end;
        if (at < p.n && p.p[at] == '*') {
            star = ++at;
            taken = i;
        } else if (at < p.n && element_takes(p, at, (unsigned char)text.p[i], nocase, &end)) {
            at = end;
            i++;
        } else if (star != SIZE_MAX) {
            at = star;
            i = ++taken;
        } else {
            return false;
        }
    }
    while (at < p.n && p.p[at] == '*')
        at++;
    return at == p.n;
}

bool glob_is_pattern(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '[' || s.p[i] == '\\')
            return true;
    return false;
}
