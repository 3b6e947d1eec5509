// SPDX-License-Identifier: Apache-2.0
/* Encodings within text: base64 (reversed too), hex, backslash escapes, percent. One pass each; noise is
 * dropped early. */
#include <assert.h>
#include <ctype.h>

#include "base/text.h"
#include "base/word_run.h"
#include "inspect/unwrap.h"

enum {
    BASE64_MIN = 24,
    BASE32_MIN = 32,
    LINE_MIN = 40, /* lines of base64 shorter than this are not joined with the next */
    HEX_MIN = 32,
    ESCAPES_MIN = 8,
    PERCENT_MIN = 8,
    PROBE = 48, /* encoded bytes decoded to tell noise */
};

/* 0-63; 64 for other bytes. */
static const uint8_t BASE64[256] = {
#define X 64
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  62, X,  X,  X,  63, 52, 53, 54, 55,
    56, 57, 58, 59, 60, 61, X,  X,  X,  X,  X,  X,  X,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X,  X,  X,  X,  X,  X,  26, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
#undef X
};

static uint8_t code(char c)
{
    return BASE64[(uint8_t)c];
}

/* 0-15; 16 for other bytes. */
static const uint8_t HEX[256] = {
    [0 ... '0' - 1] = 16, [':' ... 'A' - 1] = 16, ['G' ... 'a' - 1] = 16, ['g' ... 255] = 16,
    ['1'] = 1, ['2'] = 2, ['3'] = 3, ['4'] = 4, ['5'] = 5, ['6'] = 6, ['7'] = 7, ['8'] = 8, ['9'] = 9,
    ['A'] = 10, ['B'] = 11, ['C'] = 12, ['D'] = 13, ['E'] = 14, ['F'] = 15,
    ['a'] = 10, ['b'] = 11, ['c'] = 12, ['d'] = 13, ['e'] = 14, ['f'] = 15,
};

static int hex(char c)
{
    uint8_t v = HEX[(uint8_t)c];
    return v < 16 ? v : -1;
}

bool unwrap_is_worth(struct str s)
{
    if (s.n < 8)
        return false;
    bool text = true;
    for (size_t i = 0; i < s.n && text; i++)
        text = (unsigned char)s.p[i] >= 0x20 ? s.p[i] != 0x7f : memchr("\t\n\r\x1b", s.p[i], 4) != NULL;
    /* The probe may cut a character in two. */
    for (size_t cut = 0; text && cut < 4 && cut < s.n; cut++)
        if (text_is_utf8(str_sub(s, 0, s.n - cut)))
            return true;
    enum file_kind k = kind_sniff(s, false, STR_NULL);
    switch (k) {
    case KIND_DATA:
        return unwrap_is_zlib(s);
    case KIND_GIF:
    case KIND_PNG:
    case KIND_JPEG:
    case KIND_WEBP:
    case KIND_BMP:
        return false;
    default:
        return true;
    }
}

/* Letters of both cases or letters and digits: words and decimal numbers are no base64. */
static bool is_mixed(struct str s)
{
    bool upper = false, lower = false, digit = false, beyond_hex = false;
    for (size_t i = 0; i < s.n && i < 256; i++) {
        unsigned char c = (unsigned char)s.p[i];
        upper |= isupper(c) != 0;
        lower |= islower(c) != 0;
        digit |= isdigit(c) != 0;
        beyond_hex |= hex((char)c) < 0;
    }
    return beyond_hex && upper + lower + digit >= 2;
}

/* The run of base64 from i on, over line ends when lines are long; its end. */
static size_t base64_run(struct str t, size_t i)
{
    for (;;) {
        size_t line = i;
        while (i < t.n && code(t.p[i]) < 64)
            i++;
        if (i - line < LINE_MIN)
            return i;
        size_t next = i;
        if (next < t.n && t.p[next] == '\\')
            next++;
        if (next < t.n && t.p[next] == '\r')
            next++;
        if (next >= t.n || t.p[next] != '\n')
            return i;
        next++;
        while (next < t.n && (t.p[next] == ' ' || t.p[next] == '\t'))
            next++;
        if (next >= t.n || code(t.p[next]) == 64)
            return i;
        i = next;
    }
}

/* Where the first `least` bytes in a row begin that all have a value below `radix` in `values`, within [*at, to). Such a row reaches
 * over every place that is `least` bytes behind its begin: from there back, few bytes tell. */
static bool find_row(struct str t, const uint8_t *values, uint8_t radix, size_t least, size_t *at, size_t to)
{
    for (size_t i = *at; i + least <= to;) {
        size_t k = i + least;
        while (k > i && values[(uint8_t)t.p[k - 1]] < radix)
            k--;
        if (k == i) {
            *at = i;
            return true;
        }
        i = k;
    }
    return false;
}

/* The same anywhere behind *at: only long words hold one. */
static bool find_run(struct str t, const uint8_t *values, uint8_t radix, size_t least, size_t *at)
{
    static_assert((int)WORD_RUN_MIN <= (int)BASE64_MIN && (int)WORD_RUN_MIN <= (int)HEX_MIN, "shorter words are not found");
    for (size_t end; word_run_next(t, at, &end); *at = end)
        if (find_row(t, values, radix, least, at, end))
            return true;
    return false;
}

bool unwrap_next_base64(struct str t, bool reversed_too, size_t *at, struct unwrap_run *ret)
{
    for (size_t i = *at; find_run(t, BASE64, 64, BASE64_MIN, &i);) {
        size_t end = base64_run(t, i), from = i;
        i = end;
        while (i < t.n && t.p[i] == '=')
            i++;
        if (!is_mixed(str_sub(t, from, end)))
            continue;
        *ret =
            (struct unwrap_run){.encoded = str_sub(t, from, end),
                                .is_reversed = (from && t.p[from - 1] == '=') || (reversed_too && end == i)};
        *at = i;
        return true;
    }
    return false;
}

static void decode_base64(struct str s, bool reversed, struct strbuf *out)
{
    uint32_t bits = 0, n = 0;
    strbuf_reserve(out, s.n / 4 * 3 + 3);
    for (size_t i = 0; i < s.n; i++) {
        uint8_t v = code(s.p[reversed ? s.n - 1 - i : i]);
        if (v == 64)
            continue; /* line ends and what joins them */
        bits = bits << 6 | v;
        if (++n % 4 == 0) {
            out->p[out->n++] = (char)(bits >> 16);
            out->p[out->n++] = (char)(bits >> 8);
            out->p[out->n++] = (char)bits;
        }
    }
    if (n % 4 >= 2)
        out->p[out->n++] = (char)(bits >> (n % 4 == 2 ? 4 : 10));
    if (n % 4 == 3)
        out->p[out->n++] = (char)(bits >> 2);
}

bool unwrap_base64(const struct unwrap_run *run, struct strbuf *out)
{
    struct str s = run->encoded;
    struct str probe =
        run->is_reversed ? str_sub(s, s.n > PROBE ? s.n - PROBE : 0, s.n) : str_sub(s, 0, PROBE);
    strbuf_clear(out);
    decode_base64(probe, run->is_reversed, out);
    /* The last bytes of the probe may be half a group. */
    if (!unwrap_is_worth(str_sub(strbuf_str(out), 0, out->n - out->n % 3)) &&
        !unwrap_is_worth(strbuf_str(out)))
        return false;
    strbuf_clear(out);
    decode_base64(s, run->is_reversed, out);
    return out->n > 0;
}

void unwrap_base64_any(const struct unwrap_run *run, struct strbuf *out)
{
    strbuf_clear(out);
    decode_base64(run->encoded, run->is_reversed, out);
}

static int base32(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool unwrap_next_base32(struct str t, size_t *at, struct unwrap_run *ret)
{
    for (size_t i = *at; i < t.n; i++) {
        size_t from = i;
        while (i < t.n && base32(t.p[i]) >= 0)
            i++;
        if (i - from < BASE32_MIN)
            continue;
        *ret = (struct unwrap_run){.encoded = str_sub(t, from, i)};
        *at = i;
        return true;
    }
    return false;
}

bool unwrap_base32(const struct unwrap_run *run, struct strbuf *out)
{
    uint32_t bits = 0, n = 0;
    strbuf_clear(out);
    for (size_t i = 0; i < run->encoded.n; i++) {
        bits = bits << 5 | (uint32_t)base32(run->encoded.p[i]);
        n += 5;
        if (n >= 8) {
            n -= 8;
            strbuf_addc(out, (char)(bits >> n));
        }
    }
    return unwrap_is_worth(strbuf_str(out));
}

bool unwrap_next_hex(struct str t, size_t *at, struct unwrap_run *ret)
{
    for (size_t i = *at; find_run(t, HEX, 16, HEX_MIN, &i);) {
        size_t from = i;
        i += HEX_MIN;
        while (i < t.n && hex(t.p[i]) >= 0)
            i++;
        if ((i - from) % 2)
            continue;
        *ret = (struct unwrap_run){.encoded = str_sub(t, from, i)};
        *at = i;
        return true;
    }
    return false;
}

static void decode_hex(struct str s, struct strbuf *out)
{
    strbuf_reserve(out, s.n / 2 + 1);
    for (size_t i = 0; i + 2 <= s.n; i += 2)
        out->p[out->n++] = (char)(hex(s.p[i]) << 4 | hex(s.p[i + 1]));
}

bool unwrap_hex(const struct unwrap_run *run, struct strbuf *out)
{
    strbuf_clear(out);
    decode_hex(str_sub(run->encoded, 0, PROBE), out);
    if (!unwrap_is_worth(strbuf_str(out)))
        return false;
    strbuf_clear(out);
    decode_hex(run->encoded, out);
    return true;
}

/* One of \xHH and \OOO at i: the bytes it takes, 0 for none. */
static size_t escape_at(struct str t, size_t i, char *ret)
{
    if (i + 4 > t.n || t.p[i] != '\\')
        return 0;
    if (t.p[i + 1] == 'x' && hex(t.p[i + 2]) >= 0 && hex(t.p[i + 3]) >= 0) {
        *ret = (char)(hex(t.p[i + 2]) << 4 | hex(t.p[i + 3]));
        return 4;
    }
    if (t.p[i + 1] >= '0' && t.p[i + 1] <= '3' && t.p[i + 2] >= '0' && t.p[i + 2] <= '7' &&
        t.p[i + 3] >= '0' && t.p[i + 3] <= '7') {
        *ret = (char)((t.p[i + 1] - '0') << 6 | (t.p[i + 2] - '0') << 3 | (t.p[i + 3] - '0'));
        return 4;
    }
    return 0;
}

bool unwrap_next_escapes(struct str t, size_t *at, struct unwrap_run *ret)
{
    for (size_t i = *at; i < t.n;) {
        const char *p = memchr(t.p + i, '\\', t.n - i);
        if (!p)
            break;
        size_t from = i = (size_t)(p - t.p), n, count = 0;
        char c;
        while ((n = escape_at(t, i, &c))) {
            i += n;
            count++;
        }
        if (i == from)
            i++;
        if (count < ESCAPES_MIN)
            continue;
        *ret = (struct unwrap_run){.encoded = str_sub(t, from, i)};
        *at = i;
        return true;
    }
    *at = t.n;
    return false;
}

bool unwrap_escapes(const struct unwrap_run *run, struct strbuf *out)
{
    size_t n;
    char c;
    strbuf_clear(out);
    for (size_t i = 0; (n = escape_at(run->encoded, i, &c)); i += n)
        strbuf_addc(out, c);
    return unwrap_is_worth(strbuf_str(out));
}

static bool is_url_byte(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("%._~+-*()!'", c));
}

bool unwrap_next_percent(struct str t, size_t *at, struct unwrap_run *ret)
{
    for (size_t i = *at; i < t.n;) {
        const char *p = memchr(t.p + i, '%', t.n - i);
        if (!p)
            break;
        size_t from = (size_t)(p - t.p), count = 0;
        while (from > i && is_url_byte(t.p[from - 1]))
            from--;
        i = (size_t)(p - t.p);
        while (i < t.n && is_url_byte(t.p[i])) {
            count += t.p[i] == '%' && i + 2 < t.n && hex(t.p[i + 1]) >= 0 && hex(t.p[i + 2]) >= 0;
            i++;
        }
        /* One in eight: a URL with a few escapes reads well as it is. */
        if (count < PERCENT_MIN || count * 8 < i - from)
            continue;
        *ret = (struct unwrap_run){.encoded = str_sub(t, from, i)};
        *at = i;
        return true;
    }
    *at = t.n;
    return false;
}

bool unwrap_percent(const struct unwrap_run *run, struct strbuf *out)
{
    struct str s = run->encoded;
    strbuf_clear(out);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
            strbuf_addc(out, (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
            i += 2;
        } else {
            strbuf_addc(out, s.p[i]);
        }
    return unwrap_is_worth(strbuf_str(out));
}
