// SPDX-License-Identifier: Apache-2.0
#include "inspect/script_value.h"

#include <ctype.h>

enum {
    NUMBER_MAX = 1 << 20,
    REPLACED_MAX = 64 << 10, /* bytes that putting one text in place of another may make */
};

/* A decimal number with blanks around it, as in ${v: -3}. */
static bool number(struct str s, long *ret)
{
    s = str_trim(s);
    bool minus = s.n && s.p[0] == '-';
    s = str_sub(s, minus, s.n);
    long v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!isdigit((unsigned char)s.p[i]) || v > NUMBER_MAX)
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *ret = minus ? -v : v;
    return s.n > 0;
}

/* :offset and :offset:length; negative ones count from the end. */
static bool part(struct str text, struct str o, struct strbuf *out)
{
    const char *colon = o.n ? memchr(o.p, ':', o.n) : NULL;
    long from, length, size = (long)text.n;
    if (!number(colon ? str_sub(o, 0, (size_t)(colon - o.p)) : o, &from))
        return false;
    from = from < 0 ? from + size : from;
    if (from < 0 || from > size)
        return false;
    long to = size;
    if (colon) {
        if (!number(str_sub(o, (size_t)(colon - o.p) + 1, o.n), &length))
            return false;
        to = length < 0 ? size + length : length < size - from ? from + length : size;
    }
    if (to < from)
        return false;
    strbuf_add(out, str_sub(text, (size_t)from, (size_t)to));
    return true;
}

/* Text in a pattern without its quotes; false when it is more than text. */
static bool plain(struct str pattern, struct strbuf *out)
{
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i];
        if (strchr("*?[$`", c))
            return false;
        if (c == '\\' && i + 1 < pattern.n)
            c = pattern.p[++i];
        else if (c == '\'' || c == '"')
            continue;
        strbuf_addc(out, c);
    }
    return true;
}

/* /a/b and //a/b, where b may be missing. */
static bool replace(struct str text, struct str o, struct strbuf *out)
{
    bool all = o.n && o.p[0] == '/', ok = false;
    struct strbuf from = {}, to = {};
    o = str_sub(o, all, o.n);
    size_t slash = 0;
    while (slash < o.n && o.p[slash] != '/')
        slash += o.p[slash] == '\\' ? 2 : 1;
    slash = slash < o.n ? slash : o.n;
    if (plain(str_sub(o, 0, slash), &from) && plain(str_sub(o, slash + 1, o.n), &to) && from.n) {
        ok = true;
        for (size_t i = 0; i < text.n && out->n < REPLACED_MAX;) {
            ptrdiff_t at = str_find(text, strbuf_str(&from), i);
            size_t end = at < 0 ? text.n : (size_t)at;
            strbuf_add(out, str_sub(text, i, end));
            i = end;
            if (at < 0)
                break;
            strbuf_add(out, strbuf_str(&to));
            i += from.n;
            if (!all) {
                strbuf_add(out, str_sub(text, i, text.n));
                break;
            }
        }
    }
    strbuf_done(&from);
    strbuf_done(&to);
    return ok;
}

/* #a, ##a, %a, %%a with plain text. */
static bool strip(struct str text, struct str o, struct strbuf *out)
{
    bool front = o.p[0] == '#';
    struct strbuf b = {};
    bool ok = plain(str_sub(o, o.n > 1 && o.p[1] == o.p[0] ? 2 : 1, o.n), &b);
    struct str s = strbuf_str(&b);
    if (ok && front)
        strbuf_add(out, str_starts(text, s) ? str_sub(text, s.n, text.n) : text);
    else if (ok)
        strbuf_add(out, str_ends(text, s) ? str_sub(text, 0, text.n - s.n) : text);
    strbuf_done(&b);
    return ok;
}

/* One element of a list; a text alone is its first. */
static bool element(struct str text, struct str o, bool is_list, struct strbuf *out)
{
    long n;
    struct str piece = text;
    if (o.n < 2 || o.p[o.n - 1] != ']' || !number(str_sub(o, 0, o.n - 1), &n) || n < 0 || (!is_list && n))
        return false;
    for (; is_list && n >= 0; n--)
        if (!str_split(&text, ' ', &piece))
            return false;
    strbuf_add(out, piece);
    return true;
}

bool sh_value(struct str text, struct str o, bool is_list, struct strbuf *out)
{
    struct str rest = str_sub(o, 1, o.n);
    switch (o.n ? o.p[0] : 0) {
    case ':':
        return !is_list && part(text, rest, out);
    case '/':
        return replace(text, rest, out);
    case '#':
    case '%':
        return strip(text, o, out);
    case '[':
        return element(text, rest, is_list, out);
    case '^':
    case ',':
        if (!str_is(o, "^^") && !str_is(o, ",,"))
            return false;
        for (size_t i = 0; i < text.n; i++)
            strbuf_addc(out, (char)(o.p[0] == '^' ? toupper((unsigned char)text.p[i]) : tolower((unsigned char)text.p[i])));
        return true;
    default:
        return false;
    }
}
