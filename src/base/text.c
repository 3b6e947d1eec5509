// SPDX-License-Identifier: Apache-2.0
#include <time.h>
#include <stdio.h>

#include "base/text.h"

#include "base/intl.h"

size_t text_decode(struct str s, uint32_t *ret)
{
    if (!s.n)
        return 0;
    const unsigned char *p = (const unsigned char *)s.p;
    uint32_t c = p[0];
    size_t n;
    if (c < 0x80) {
        *ret = c;
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf)
        n = 2, c &= 0x1f;
    else if (c >= 0xe0 && c <= 0xef)
        n = 3, c &= 0x0f;
    else if (c >= 0xf0 && c <= 0xf4)
        n = 4, c &= 0x07;
    else
        return 0;
    if (s.n < n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) || (n == 4 && (c < 0x10000 || c > 0x10ffff)))
        return 0;
    *ret = c;
    return n;
}

/* Bytes at the start of s that are ASCII. */
static size_t ascii_run(struct str s)
{
    size_t i = 0;
    for (uint64_t w[4]; i + sizeof(w) <= s.n; i += sizeof(w)) {
        memcpy(w, s.p + i, sizeof(w));
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080)
            break;
    }
    while (i < s.n && (unsigned char)s.p[i] < 0x80)
        i++;
    return i;
}

bool text_is_utf8(struct str s)
{
    uint32_t c;
    for (size_t at = 0, n; (at += ascii_run(str_sub(s, at, s.n))) < s.n; at += n) {
        n = text_decode(str_sub(s, at, s.n), &c);
        if (!n)
            return false;
    }
    return true;
}

struct str text_cut(struct str s, size_t bytes)
{
    size_t n = bytes < s.n ? bytes : s.n;
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)s.p[n - back];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t needs = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return str_n(s.p, needs > back ? n - back : n);
    }
    return str_n(s.p, n);
}

/* Characters that change how the text around them is shown, or that nobody can see. */
static bool is_deceptive(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

/* Ranges of East Asian Width W and F (Unicode 15, UAX #11), enough for terminals: independent of the C locale. */
static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0x303e) || (c >= 0x3041 && c <= 0x33ff) ||
           (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xa000 && c <= 0xa4cf) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
           (c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1f64f) ||
           (c >= 0x1f900 && c <= 0x1f9ff) || (c >= 0x20000 && c <= 0x3fffd);
}

static bool is_combining(uint32_t c)
{
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x483 && c <= 0x489) || (c >= 0x3099 && c <= 0x309a) ||
           (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f) ||
           (c >= 0xfe20 && c <= 0xfe2f);
}

static size_t char_width(uint32_t c)
{
    return is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
}

size_t text_width(struct str s)
{
    size_t width = 0;
    while (s.n) {
        uint32_t c;
        size_t n = text_decode(s, &c);
        width += n ? char_width(c) : 1;
        s = str_sub(s, n ? n : 1, s.n);
    }
    return width;
}

/* What may not begin a line: closing brackets and punctuation, small kana, marks of length and repetition (JIS X 4051). */
static bool is_bound_to_left(uint32_t c)
{
    static const uint32_t marks[] = {
        ')',    ']',    '}',    ',',    '.',    ':',    ';',    '!',    '?',    '%',    0x2026, 0x2019, 0x201d, 0x3001, 0x3002,
        0x3005, 0x3009, 0x300b, 0x300d, 0x300f, 0x3011, 0x3015, 0x301c, 0x3041, 0x3043, 0x3045, 0x3047, 0x3049, 0x3063, 0x3083,
        0x3085, 0x3087, 0x308e, 0x309d, 0x309e, 0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9, 0x30c3, 0x30e3, 0x30e5, 0x30e7, 0x30ee,
        0x30f5, 0x30f6, 0x30fb, 0x30fc, 0x30fd, 0x30fe, 0xff01, 0xff05, 0xff09, 0xff0c, 0xff0e, 0xff1a, 0xff1b, 0xff1f, 0xff3d,
        0xff5d};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (marks[i] == c)
            return true;
    return false;
}

/* What may not end a line: opening brackets. */
static bool is_bound_to_right(uint32_t c)
{
    return c == '(' || c == '[' || c == '{' || c == 0x2018 || c == 0x201c || c == 0x3008 || c == 0x300a || c == 0x300c ||
           c == 0x300e || c == 0x3010 || c == 0x3014 || c == 0xff08 || c == 0xff3b || c == 0xff5b;
}

static bool is_katakana(uint32_t c)
{
    return (c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc;
}

static bool is_hiragana(uint32_t c)
{
    return c >= 0x3041 && c <= 0x3096;
}

static bool is_kanji(uint32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || c == 0x3005;
}

/*
 * A word and what is written behind it: a phrase begins where hiragana ends, so that neither 接続元 nor 調べて is torn apart.
 * In Chinese, where nothing but such letters is written, and in long words a line ends anywhere after WORD_COLUMNS.
 */
static bool is_same_phrase(uint32_t last, uint32_t c, size_t columns)
{
    enum { WORD_COLUMNS = 24 };
    const bool is_second_verb = is_hiragana(last) && (c == 0x8fbc || c == 0x66ff); /* 読み込む, 切り替える */
    const bool is_behind = is_second_verb || (is_hiragana(c) && (is_hiragana(last) || is_kanji(last) || is_katakana(last)));
    return columns < WORD_COLUMNS && (is_behind || (is_kanji(last) && is_kanji(c)) || (is_katakana(last) && is_katakana(c)));
}

/* The last letters of a sentence, as in ください。, are not left alone on a line. */
static bool is_end_of_sentence(struct str rest)
{
    enum { LETTERS = 4 };
    for (unsigned letters = 0; rest.n && letters <= LETTERS; letters++) {
        uint32_t c = 0;
        size_t k = text_decode(rest, &c);
        if (c == 0x3002)
            return letters > 0;
        if (!is_hiragana(c))
            return false;
        rest = str_sub(rest, k, rest.n);
    }
    return false;
}

struct str text_next_piece(struct str *s)
{
    struct str all = *s;
    size_t n = 0, columns = 0;
    uint32_t last = 0;
    while (n < all.n && all.p[n] != ' ') {
        uint32_t c = 0;
        size_t k = text_decode(str_sub(all, n, all.n), &c);
        bool may_break = n && (is_wide(c) || is_wide(last)) && !is_bound_to_left(c) && !is_bound_to_right(last);
        if (may_break && (is_same_phrase(last, c, columns) || is_end_of_sentence(str_sub(all, n, all.n))))
            may_break = false;
        if (may_break && !is_combining(c))
            break;
        last = is_combining(c) ? last : c;
        columns += char_width(c);
        n += k ? k : 1;
    }
    *s = str_sub(all, n, all.n);
    return str_sub(all, 0, n);
}

void text_add_safe(struct strbuf *b, struct str s)
{
    while (s.n) {
        uint32_t c = 0;
        size_t plain = 0;
        while (plain < s.n && s.p[plain] >= ' ' && s.p[plain] <= '~')
            plain++;
        if (plain) {
            strbuf_add(b, str_n(s.p, plain));
            s = str_sub(s, plain, s.n);
            continue;
        }
        size_t n = text_decode(s, &c), take = n ? n : 1;
        if (n && !is_deceptive(c))
            strbuf_add(b, str_n(s.p, n));
        else
            for (size_t i = 0; i < take; i++)
                strbuf_printf(b, "\\x%02x", (unsigned char)s.p[i]);
        s = str_sub(s, take, s.n);
    }
}

/* The longest prefix of s that fits in `columns`. */
static size_t prefix_fitting(struct str s, size_t columns)
{
    size_t at = 0, width = 0;
    while (at < s.n) {
        uint32_t c = 0;
        size_t n = text_decode(str_sub(s, at, s.n), &c);
        size_t w = n ? char_width(c) : 1;
        if (width + w > columns)
            break;
        width += w;
        at += n ? n : 1;
    }
    return at;
}

void text_add_fit(struct strbuf *b, struct str s, size_t columns, bool utf8)
{
    struct strbuf safe = {};
    text_add_safe(&safe, s);
    struct str t = strbuf_str(&safe);
    size_t mark = utf8 ? 1 : 3;
    size_t width = text_width(t);
    if (width <= columns || columns < mark + 2) {
        strbuf_add(b, str_sub(t, 0, prefix_fitting(t, columns)));
    } else {
        size_t head = (columns - mark) / 2, tail = columns - mark - head;
        strbuf_add(b, str_sub(t, 0, prefix_fitting(t, head)));
        strbuf_adds(b, utf8 ? "…" : "...");
        size_t from = prefix_fitting(t, width - tail);
        while (text_width(str_sub(t, from, t.n)) > tail) {
            uint32_t c;
            size_t n = text_decode(str_sub(t, from, t.n), &c);
            from += n ? n : 1;
        }
        strbuf_add(b, str_sub(t, from, t.n));
    }
    strbuf_done(&safe);
}

void text_add_size(struct strbuf *b, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double v = (double)bytes;
    size_t unit = 0;
    while (v >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0]))
        v /= 1000, unit++;
    strbuf_printf(b, unit && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[unit]);
}

void text_add_count(struct strbuf *b, uint64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            strbuf_addc(b, ',');
        strbuf_addc(b, digits[i]);
    }
}

void text_add_counted(struct strbuf *b, uint64_t n, const char *one, const char *many)
{
    const struct str text = str_from(intl_plural(one, many, n));
    const ptrdiff_t at = str_find(text, STR("%s"), 0);
    strbuf_add(b, at < 0 ? text : str_sub(text, 0, (size_t)at));
    if (at < 0)
        return;
    text_add_count(b, n);
    strbuf_add(b, str_sub(text, (size_t)at + 2, text.n));
}

/* A number in at least so many digits. */
static char *put_digits(char *at, uint64_t n, size_t digits)
{
    for (size_t i = digits; i-- > 0; n /= 10)
        at[i] = (char)('0' + n % 10);
    return at + digits;
}

void text_add_time(struct strbuf *b, uint64_t ns, unsigned fraction_digits)
{
    time_t seconds = (time_t)(ns / 1'000'000'000U);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm))
        tm = (struct tm){.tm_mday = 1, .tm_year = 70};
    const struct {
        int n;
        size_t digits;
        char before;
    } parts[] = {{tm.tm_year + 1900, 4, 0}, {tm.tm_mon + 1, 2, '-'}, {tm.tm_mday, 2, '-'}, {tm.tm_hour, 2, 'T'}, {tm.tm_min, 2, ':'}, {tm.tm_sec, 2, ':'}};
    char text[40], *at = text;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].before)
            *at++ = parts[i].before;
        at = put_digits(at, (uint64_t)parts[i].n, parts[i].digits);
    }
    if (fraction_digits) {
        *at++ = '.';
        (void)put_digits(at, ns % 1'000'000'000U, 9);
        at += fraction_digits > 9 ? 9 : fraction_digits;
    }
    *at++ = 'Z';
    strbuf_add(b, str_n(text, (size_t)(at - text)));
}
