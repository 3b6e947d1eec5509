// SPDX-License-Identifier: Apache-2.0
#include "base/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/digest.h"
#include "base/json_string.h"
#include "base/text.h"

/* A comma, unless something was just opened or named. */
static void next(struct strbuf *b)
{
    const char last = b->n ? b->p[b->n - 1] : '[';
    if (last != '{' && last != '[' && last != ':' && last != '\n')
        strbuf_addc(b, ',');
}

void json_write_key(struct strbuf *b, struct str key)
{
    next(b);
    (void)json_string_add(b, key);
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
    if (json_string_add(b, s))
        return;
    struct arena a = {};
    char exact_key[300];
    const int n = snprintf(exact_key, sizeof(exact_key), "%.*s_base64", STR_ARG(str_sub(key, 0, 256)));
    json_write_key(b, str_n(exact_key, (size_t)n));
    (void)json_string_add(b, base64_encode_unpadded(&a, s.p, s.n));
    arena_done(&a);
}

void json_write_put(struct strbuf *b, const char *key, struct str s)
{
    json_write_put_named(b, str_from(key), s);
}

void json_write_text(struct strbuf *b, const char *key, struct str s)
{
    begin(b, key);
    (void)json_string_add(b, s);
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
