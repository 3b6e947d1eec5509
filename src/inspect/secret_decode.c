// SPDX-License-Identifier: Apache-2.0
#include <assert.h>

#include "base/text.h"
#include "base/word_run.h"
#include "inspect/secret_decode.h"

enum {
    HEX_MIN = 32,    /* digits */
    BASE64_MIN = 16, /* characters */
};

struct encoding {
    unsigned kind;
    struct secret_range at;
};

typedef VEC(struct encoding) encodings;

static int hex(char c)
{
    return c >= '0' && c <= '9'                   ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                  : -1;
}

/* 0-63 for both alphabets of base64, 64 for other bytes. */
static unsigned digit64(char c)
{
    return c >= 'A' && c <= 'Z'   ? (unsigned)(c - 'A')
           : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a' + 26)
           : c >= '0' && c <= '9' ? (unsigned)(c - '0' + 52)
           : c == '+' || c == '-' ? 62U
           : c == '/' || c == '_' ? 63U
                                  : 64U;
}

static bool are_hex(struct str t, size_t at, size_t n)
{
    if (at + n > t.n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (hex(t.p[at + i]) < 0)
            return false;
    return true;
}

static bool is_percent(struct str t, size_t at)
{
    return t.p[at] == '%' && are_hex(t, at + 1, 2);
}

/* From one %XX to the last of the line. */
static size_t percent_end(struct str t, size_t at)
{
    const char *nl = memchr(t.p + at, '\n', t.n - at);
    for (size_t i = nl ? (size_t)(nl - t.p) : t.n; i > at + 3; i--)
        if (is_percent(t, i - 1))
            return i + 2;
    return at + 3;
}

/* A run of \uXXXX or \\uXXXX; its end, `at` when there is none. */
static size_t escapes_end(struct str t, size_t at)
{
    for (;;) {
        size_t i = at;
        while (i < t.n && i < at + 2 && t.p[i] == '\\')
            i++;
        if (i == at || i >= t.n || (t.p[i] | 0x20) != 'u' || !are_hex(t, i + 1, 4))
            return at;
        at = i + 5;
    }
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* A run of "U+XXXX ", the blank behind the last included. */
static size_t points_end(struct str t, size_t at)
{
    while (at + 6 <= t.n && t.p[at] == 'U' && t.p[at + 1] == '+' && are_hex(t, at + 2, 4) &&
           (at + 6 == t.n || is_space(t.p[at + 6])))
        at += at + 6 == t.n ? 6 : 7;
    return at;
}

static void add(encodings *all, unsigned kind, size_t from, size_t to)
{
    vec_add(all, (struct encoding){kind, {from, to}});
}

/* The encodings at the begin of a word of BASE64_MIN bytes or more; where to go on. */
static size_t look_at_word(struct str t, struct secret_range word, encodings *all)
{
    size_t end = points_end(t, word.from), digits = word.from;
    if (end > word.from) {
        add(all, SECRET_UNICODE, word.from, end);
        return end;
    }
    while (digits < word.to && hex(t.p[digits]) >= 0)
        digits++;
    if (digits - word.from >= HEX_MIN) {
        add(all, SECRET_HEX, word.from, digits);
        return digits;
    }
    for (end = word.to; end < t.n && end < word.to + 2 && t.p[end] == '=';)
        end++;
    add(all, SECRET_BASE64, word.from, end);
    return end;
}

/* The next word of BASE64_MIN bytes, at `at` or behind; at the text's end when there is none. */
static struct secret_range next_word(struct str t, size_t at)
{
    static_assert((int)BASE64_MIN == (int)WORD_RUN_MIN, "words are found by their length");
    struct secret_range word = {at, t.n};
    (void)word_run_next(t, &word.from, &word.to);
    return word;
}

/* Where the next `c` is, at `at` or behind; the text's end when there is none. */
static size_t next_byte(struct str t, char c, size_t at)
{
    const char *p = at < t.n ? memchr(t.p + at, c, t.n - at) : NULL;
    return p ? (size_t)(p - t.p) : t.n;
}

/* Where the next "U+" is. */
static size_t next_point(struct str t, size_t at)
{
    size_t plus = at;
    while ((plus = next_byte(t, '+', plus + 1)) < t.n)
        if (t.p[plus - 1] == 'U')
            return plus - 1;
    return t.n;
}

/* Of the kinds of begins, the one that comes first has its turn; where each comes next is looked up when it was passed. */
static void find_all(struct str t, encodings *all)
{
    struct secret_range word = next_word(t, 0);
    size_t at = 0, percent = next_byte(t, '%', 0), slash = next_byte(t, '\\', 0), point = next_point(t, 0), end;
    for (;;) {
        if (word.from < at)
            word = next_word(t, at);
        if (percent < at)
            percent = next_byte(t, '%', at);
        if (slash < at)
            slash = next_byte(t, '\\', at);
        if (point < at)
            point = next_point(t, at);
        size_t short_point = point < word.from ? point : t.n; /* one within a long word is part of it */
        size_t first = percent < slash ? percent : slash;
        first = first < short_point ? first : short_point;
        if (word.from < t.n && word.from < first) {
            at = look_at_word(t, word, all);
            continue;
        }
        if (first == t.n)
            return;
        at = first + 1;
        if (first == percent && is_percent(t, first)) {
            at = percent_end(t, first);
            add(all, SECRET_PERCENT, first, at);
        } else if (first == slash && (end = escapes_end(t, first)) > first) {
            at = end;
            add(all, SECRET_UNICODE, first, at);
        } else if (first == point && (end = points_end(t, first)) > first) {
            at = end;
            add(all, SECRET_UNICODE, first, at);
        }
    }
}

static bool touch(struct secret_range a, struct secret_range b)
{
    return b.from <= a.to && b.to >= a.from;
}

/* The weaker of two that touch waits for the next pass: percent before Unicode before hex before base64. */
static bool waits(const encodings *all, size_t i)
{
    const struct encoding *e = &all->v[i], *before = e - 1, *behind = e + 1;
    return (i && touch(e->at, before->at) && before->kind < e->kind) ||
           (i + 1 < all->n && touch(e->at, behind->at) && behind->kind < e->kind);
}

/* Whether a byte may come next in a text; most of what is no text ends here within a few bytes. `rest`: how many are still
 * to come of a character. */
static bool goes_on(uint8_t c, unsigned *rest)
{
    if (*rest) {
        --*rest;
        return (c & 0xc0) == 0x80;
    }
    if (c < 0x80)
        return c > 8 && c != 0x7f;
    *rest = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    return c >= 0xc2 && c <= 0xf4;
}

/* What is decoded to something else than UTF-8 without control characters is data: it stays as it is. */
static bool is_text(struct str s)
{
    while (s.n) {
        uint32_t rune;
        size_t n = text_decode(s, &rune);
        if (!n || (rune >= 0x80 && rune < 0xa0))
            return false;
        s = str_sub(s, n, s.n);
    }
    return true;
}

static bool decode_percent(struct str s, struct strbuf *out)
{
    unsigned rest = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (i + 2 < s.n && is_percent(s, i)) {
            uint8_t c = (uint8_t)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
            if (!goes_on(c, &rest))
                return false;
            strbuf_addc(out, (char)c);
            i += 2;
        } else if (rest) {
            return false;
        } else {
            strbuf_addc(out, s.p[i]);
        }
    }
    return !rest;
}

static void add_rune(struct strbuf *out, unsigned v)
{
    if (v >= 0xd800 && v < 0xe000)
        v = 0xfffd;
    if (v >= 0x800) {
        strbuf_addc(out, (char)(0xe0 | v >> 12));
        strbuf_addc(out, (char)(0x80 | (v >> 6 & 0x3f)));
    } else if (v >= 0x80) {
        strbuf_addc(out, (char)(0xc0 | v >> 6));
    }
    strbuf_addc(out, (char)(v < 0x80 ? v : 0x80 | (v & 0x3f)));
}

/* Both forms are four digits behind a u or a plus. */
static bool decode_unicode(struct str s, struct strbuf *out)
{
    for (size_t i = 0; i + 4 < s.n; i++)
        if (((s.p[i] | 0x20) == 'u' && s.p[i + 1] != '+') || s.p[i] == '+') {
            unsigned v = 0;
            for (size_t k = 1; k <= 4; k++)
                v = v << 4 | (unsigned)hex(s.p[i + k]);
            add_rune(out, v);
            i += 4;
        }
    return true;
}

/* A word without digits is seldom data, and long names in source code are many. */
static bool has_any(struct str s, const char *more)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] >= '0' && s.p[i] <= '9') || strchr(more, s.p[i]))
            return true;
    return false;
}

static bool decode_hex(struct str s, struct strbuf *out)
{
    unsigned rest = 0;
    if (s.n % 2 || !has_any(s, ""))
        return false;
    for (size_t i = 0; i < s.n; i += 2) {
        uint8_t c = (uint8_t)(hex(s.p[i]) << 4 | hex(s.p[i + 1]));
        if (!goes_on(c, &rest))
            return false;
        strbuf_addc(out, (char)c);
    }
    return true;
}

/* The standard alphabet with its padding, or the one for URLs without. */
static bool decode_base64(struct str s, struct strbuf *out)
{
    if (!has_any(s, "+/-_"))
        return false;
    bool standard = false, url = false;
    size_t pad = 0;
    while (pad < 2 && s.p[s.n - 1 - pad] == '=')
        pad++;
    for (size_t i = 0; i < s.n - pad; i++) {
        standard |= s.p[i] == '+' || s.p[i] == '/';
        url |= s.p[i] == '-' || s.p[i] == '_';
    }
    if (standard && url)
        return false;
    size_t rest = (s.n - pad) % 4;
    bool is_standard = !url && s.n % 4 == 0, is_url = !standard && !pad && rest != 1;
    if (!is_standard && !is_url)
        return false;
    unsigned bits = 0, n = 0, left = 0;
    for (size_t i = 0; i < s.n - pad; i++) {
        bits = bits << 6 | digit64(s.p[i]);
        n += 6;
        if (n < 8)
            continue;
        n -= 8;
        uint8_t c = (uint8_t)(bits >> n);
        if (!goes_on(c, &left))
            return false;
        strbuf_addc(out, (char)c);
    }
    return true;
}

static bool decode_one(struct secret_decoding *d, struct str text, const struct encoding *e)
{
    struct str s = str_sub(text, e->at.from, e->at.to);
    strbuf_clear(&d->piece);
    bool good = e->kind == SECRET_PERCENT   ? decode_percent(s, &d->piece)
                : e->kind == SECRET_UNICODE ? decode_unicode(s, &d->piece)
                : e->kind == SECRET_HEX     ? decode_hex(s, &d->piece)
                                            : decode_base64(s, &d->piece);
    /* What stands in plain among percent encodings may be anything. */
    return good && d->piece.n && (e->kind <= SECRET_UNICODE || is_text(strbuf_str(&d->piece)));
}

static struct secret_range merge(struct secret_range a, struct secret_range b)
{
    return (struct secret_range){a.from < b.from ? a.from : b.from, a.to > b.to ? a.to : b.to};
}

/* The first segment of a pass that ends at `at` or behind it. */
static size_t first_touching(const struct secret_decoding *d, unsigned pass, size_t at)
{
    size_t low = 0, high = d->passes[pass].n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (d->passes[pass].v[middle].decoded.to < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A range of the text after `depth` passes, in the first text. */
static struct secret_range original(const struct secret_decoding *d, unsigned depth, struct secret_range range)
{
    while (depth--) {
        struct secret_range up = {};
        bool any = false;
        for (size_t i = first_touching(d, depth, range.from); i < d->passes[depth].n; i++) {
            const struct secret_segment *s = &d->passes[depth].v[i];
            if (s->decoded.from > range.to)
                break;
            if (s->decoded.from <= range.from && range.to <= s->decoded.to)
                return s->original;
            /* As far as it overhangs the decoded text, it overhangs the encoded one. */
            struct secret_range all = merge(s->decoded, range);
            struct secret_range over = {s->encoded.from - (s->decoded.from - all.from),
                                        s->encoded.to + (all.to - s->decoded.to)};
            up = any ? merge(up, over) : over;
            any = true;
        }
        if (!any)
            return range;
        range = up;
    }
    return range;
}

bool secret_decode(struct secret_decoding *d, struct str text, struct str *ret)
{
    if (d->depth >= SECRET_DECODE_MAX)
        return false;
    encodings all = {};
    struct strbuf *out = &d->texts[d->depth % 2];
    size_t from = 0;
    find_all(text, &all);
    vec_clear(&d->passes[d->depth]);
    for (size_t i = 0; i < all.n; i++) {
        const struct encoding *e = &all.v[i];
        if (waits(&all, i) || !decode_one(d, text, e))
            continue;
        if (!d->passes[d->depth].n)
            strbuf_clear(out);
        strbuf_add(out, str_sub(text, from, e->at.from));
        struct secret_segment s = {.encoded = e->at, .kinds = e->kind, .decoded = {out->n, out->n + d->piece.n}};
        strbuf_add(out, strbuf_str(&d->piece));
        from = e->at.to;
        s.original = original(d, d->depth, e->at);
        for (size_t k = d->depth ? first_touching(d, d->depth - 1, e->at.from) : 0;
             d->depth && k < d->passes[d->depth - 1].n && d->passes[d->depth - 1].v[k].decoded.from <= e->at.to; k++)
            s.kinds |= d->passes[d->depth - 1].v[k].kinds;
        vec_add(&d->passes[d->depth], s);
    }
    vec_done(&all);
    if (!d->passes[d->depth].n)
        return false;
    strbuf_add(out, str_sub(text, from, text.n));
    d->depth++;
    *ret = strbuf_str(out);
    return true;
}

void secret_decode_reset(struct secret_decoding *d)
{
    d->depth = 0;
}

void secret_decode_done(struct secret_decoding *d)
{
    for (size_t i = 0; i < SECRET_DECODE_MAX; i++)
        vec_done(&d->passes[i]);
    strbuf_done(&d->texts[0]);
    strbuf_done(&d->texts[1]);
    strbuf_done(&d->piece);
}

bool secret_decode_place(const struct secret_decoding *d, struct secret_range range, struct secret_range *ret_original,
                         unsigned *ret_kinds, struct secret_range *ret_decoded)
{
    unsigned pass = d->depth - 1;
    size_t first = first_touching(d, pass, range.from), i = first;
    unsigned kinds = 0;
    for (; i < d->passes[pass].n && d->passes[pass].v[i].decoded.from <= range.to; i++)
        kinds |= d->passes[pass].v[i].kinds;
    if (i == first)
        return false;
    *ret_kinds = kinds;
    *ret_decoded = (struct secret_range){d->passes[pass].v[first].decoded.from, d->passes[pass].v[i - 1].decoded.to};
    *ret_original = original(d, d->depth, range);
    return true;
}
