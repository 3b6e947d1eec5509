// SPDX-License-Identifier: Apache-2.0
#include "base/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/digest.h"
#include "base/text.h"

/* A comma, unless something was just opened or named. */
static void next(struct strbuf *b)
{
    const char last = b->n ? b->p[b->n - 1] : '[';
    if (last != '{' && last != '[' && last != ':' && last != '\n')
        strbuf_addc(b, ',');
}

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

/* What stands in a string as it is. */
static const bool PLAIN[256] = {[' '] = true, ['!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

/* True when all of it was UTF-8. */
static bool add_string(struct strbuf *b, struct str s)
{
    bool is_utf8 = true;
    strbuf_reserve(b, s.n + 2);
    strbuf_addc(b, '"');
    while (s.n) {
        size_t n = 0;
        uint32_t code;
        while (n < s.n && PLAIN[(unsigned char)s.p[n]])
            n++;
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

void json_write_key(struct strbuf *b, struct str key)
{
    next(b);
    (void)add_string(b, key);
    strbuf_addc(b, ':');
}

static void begin(struct strbuf *b, const char *key)
{
    if (key)
        json_write_key(b, str_from(key));
    else
        next(b);
}

void json_write_open(struct strbuf *b, const char *key, char bracket)
{
    begin(b, key);
    strbuf_addc(b, bracket);
}

void json_write_close(struct strbuf *b, char bracket)
{
    strbuf_addc(b, bracket);
}

void json_write_put_named(struct strbuf *b, struct str key, struct str s)
{
    json_write_key(b, key);
    if (add_string(b, s))
        return;
    struct arena a = {};
    char exact_key[300];
    const int n = snprintf(exact_key, sizeof(exact_key), "%.*s_base64", STR_ARG(str_sub(key, 0, 256)));
    json_write_key(b, str_n(exact_key, (size_t)n));
    (void)add_string(b, base64_encode_unpadded(&a, s.p, s.n));
    arena_done(&a);
}

void json_write_put(struct strbuf *b, const char *key, struct str s)
{
    json_write_put_named(b, str_from(key), s);
}

void json_write_text(struct strbuf *b, const char *key, struct str s)
{
    begin(b, key);
    (void)add_string(b, s);
}

void json_write_list(struct strbuf *b, const char *key, const struct str *v, size_t n)
{
    json_write_open(b, key, '[');
    for (size_t i = 0; i < n; i++)
        json_write_text(b, NULL, v[i]);
    json_write_close(b, ']');
}

void json_write_count(struct strbuf *b, const char *key, uint64_t n)
{
    if (n > INT64_MAX) {
        json_write_double(b, key, (double)n);
        return;
    }
    begin(b, key);
    strbuf_printf(b, "%" PRIu64, n);
}

void json_write_int(struct strbuf *b, const char *key, int64_t n)
{
    begin(b, key);
    strbuf_printf(b, "%" PRId64, n);
}

void json_write_bool(struct strbuf *b, const char *key, bool is)
{
    begin(b, key);
    strbuf_adds(b, is ? "true" : "false");
}

void json_write_null(struct strbuf *b, const char *key)
{
    begin(b, key);
    strbuf_adds(b, "null");
}

void json_write_double(struct strbuf *b, const char *key, double d)
{
    char text[32];
    if (!isfinite(d)) {
        json_write_null(b, key);
        return;
    }
    begin(b, key);
    const int n = snprintf(text, sizeof(text), "%.9g", d);
    strbuf_add(b, str_n(text, (size_t)n));
    if (!memchr(text, '.', (size_t)n) && !memchr(text, 'e', (size_t)n))
        strbuf_adds(b, ".0"); /* it is read as what it is */
}

void json_write_time(struct strbuf *b, const char *key, uint64_t ns)
{
    struct strbuf text = {};
    text_add_time(&text, ns, 9);
    json_write_text(b, key, strbuf_str(&text));
    strbuf_done(&text);
}
