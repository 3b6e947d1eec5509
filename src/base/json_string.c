// SPDX-License-Identifier: Apache-2.0
#include "base/json_string.h"

#include "base/text.h"

/* What stands in a string as it is. */
static const bool PLAIN[256] = {[' '] = true, ['!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

/* \u0041; above the first plane two halves. */
static void add_code(struct strbuf *b, uint32_t c)
{
    static const char hex[] = "0123456789ABCDEF";
    if (c > 0xffff) {
        add_code(b, 0xd800 + ((c - 0x10000) >> 10));
        c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    const char text[6] = {'\\', 'u', hex[c >> 12], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15]};
    strbuf_add(b, str_n(text, sizeof(text)));
}

static void add_control(struct strbuf *b, char c)
{
    static const char *const shorts[0x20] = {['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    if (c == '"' || c == '\\') {
        strbuf_addc(b, '\\');
        strbuf_addc(b, c);
    } else if ((unsigned char)c < 0x20 && shorts[(unsigned char)c]) {
        strbuf_adds(b, shorts[(unsigned char)c]);
    } else {
        add_code(b, (unsigned char)c);
    }
}

/* Whether one of eight bytes does not stand in a string as it is. A borrow out of a byte tells of more than there is, and only above a byte that is meant. */
static inline bool has_other(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t x;
    memcpy(&x, p, sizeof(x));
    const uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\', del = x ^ ones * 0x7f;
    return (x | (x - ones * ' ') | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((del - ones) & ~del)) & highs;
}

/* As many bytes as stand in a string as they are, eight at a time. */
static size_t count_plain(struct str s)
{
    enum { WORD = sizeof(uint64_t) };
    size_t n = 0;
    while (n + WORD <= s.n && !has_other(s.p + n))
        n += WORD;
    if (n && n + WORD > s.n && !has_other(s.p + s.n - WORD))
        return s.n;
    while (n < s.n && PLAIN[(unsigned char)s.p[n]])
        n++;
    return n;
}

bool json_string_add(struct strbuf *b, struct str s)
{
    bool is_utf8 = true;
    size_t n = count_plain(s);
    strbuf_reserve(b, s.n + 2);
    if (n == s.n) { /* most */
        char *to = b->p + b->n;
        *to++ = '"';
        if (n)
            memcpy(to, s.p, n);
        memcpy(to + n, "\"", 2);
        b->n += n + 2;
        return true;
    }
    strbuf_addc(b, '"');
    for (; s.n; n = count_plain(s)) {
        uint32_t code;
        if (n) {
            strbuf_add(b, str_n(s.p, n));
        } else if ((unsigned char)s.p[0] < 0x80) {
            add_control(b, s.p[0]);
            n = 1;
        } else if ((n = text_decode(s, &code)) > 0) {
            add_code(b, code);
        } else {
            is_utf8 = false;
            strbuf_printf(b, "\\\\x%02x", (unsigned char)s.p[0]);
            n = 1;
        }
        s = str_sub(s, n, s.n);
    }
    strbuf_addc(b, '"');
    return is_utf8;
}

void json_string_add_bytes(struct strbuf *b, struct str s)
{
    strbuf_addc(b, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        strbuf_add(b, str_sub(s, from, i));
        from = i + 1;
        if (c == '"' || c == '\\')
            strbuf_add(b, str_n((const char[]){'\\', (char)c}, 2));
        else if (c == '\n' || c == '\r' || c == '\t')
            strbuf_adds(b, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else
            strbuf_printf(b, "\\u%04x", c);
    }
    strbuf_add(b, str_sub(s, from, s.n));
    strbuf_addc(b, '"');
}

bool json_string_make_utf8(struct strbuf *b, struct str s)
{
    bool is_utf8 = true;
    while (s.n) {
        uint32_t code;
        const size_t n = text_decode(s, &code);
        if (n)
            strbuf_add(b, str_n(s.p, n));
        else
            strbuf_printf(b, "\\x%02x", (unsigned char)s.p[0]);
        is_utf8 &= n > 0;
        s = str_sub(s, n ? n : 1, s.n);
    }
    return is_utf8;
}
