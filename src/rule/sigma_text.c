// SPDX-License-Identifier: Apache-2.0
/* Texts of Sigma: wildcards, escapes, and the encodings that modifiers ask for. */
#include "base/digest.h"
#include "base/vec.h"
#include "rule/sigma.h"

static void add_literal(struct arena *a, struct sigma_text *t, const struct strbuf *b)
{
    if (b->n)
        t->v[t->n++] = (struct sigma_part){SIGMA_LITERAL, arena_str(a, strbuf_str(b))};
}

/* A backslash is one; before * ? and a backslash it takes their meaning. */
struct sigma_text sigma_text_parse(struct arena *a, struct str s)
{
    struct sigma_text t = {.v = arena_array(a, struct sigma_part, s.n + 1)};
    struct strbuf b = {};
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 0;
        if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
            strbuf_addc(&b, next);
            i++;
        } else if (c == '*' || c == '?') {
            add_literal(a, &t, &b);
            strbuf_clear(&b);
            if (c == '?' || !t.n || t.v[t.n - 1].kind != SIGMA_ANY)
                t.v[t.n++] = (struct sigma_part){.kind = c == '*' ? SIGMA_ANY : SIGMA_ONE};
        } else {
            strbuf_addc(&b, c);
        }
    }
    add_literal(a, &t, &b);
    strbuf_done(&b);
    return t;
}

struct sigma_text sigma_text_plain(struct arena *a, struct str s)
{
    struct sigma_text t = {.v = arena_array(a, struct sigma_part, 1)};
    if (s.n)
        t.v[t.n++] = (struct sigma_part){SIGMA_LITERAL, s};
    return t;
}

bool sigma_text_has_wildcard(const struct sigma_text *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].kind != SIGMA_LITERAL)
            return true;
    return false;
}

struct str sigma_text_literal(const struct sigma_text *t)
{
    return t->n ? t->v[0].text : STR("");
}

struct sigma_text sigma_text_wrap(struct arena *a, const struct sigma_text *t, bool before, bool behind)
{
    struct sigma_text w = {.v = arena_array(a, struct sigma_part, t->n + 2)};
    if (before && (!t->n || t->v[0].kind != SIGMA_ANY))
        w.v[w.n++] = (struct sigma_part){.kind = SIGMA_ANY};
    for (size_t i = 0; i < t->n; i++)
        w.v[w.n++] = t->v[i];
    if (behind && (!w.n || w.v[w.n - 1].kind != SIGMA_ANY))
        w.v[w.n++] = (struct sigma_part){.kind = SIGMA_ANY};
    return w;
}

/* The next character of UTF-8; what is none is taken byte for byte. */
static uint32_t next_character(struct str s, size_t *at)
{
    const uint8_t *p = (const uint8_t *)s.p + *at;
    const size_t left = s.n - *at;
    const unsigned n = p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 1;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7fU >> n);
    if (n > left || p[0] >= 0xf5) {
        (*at)++;
        return p[0];
    }
    for (unsigned i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            (*at)++;
            return p[0];
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    *at += n;
    return c;
}

static void add_unit(struct strbuf *b, unsigned unit, bool is_big)
{
    strbuf_addc(b, (char)(is_big ? unit >> 8 : unit & 0xff));
    strbuf_addc(b, (char)(is_big ? unit & 0xff : unit >> 8));
}

struct sigma_text sigma_text_utf16(struct arena *a, const struct sigma_text *t, enum sigma_utf16 how)
{
    struct sigma_text w = {.v = arena_array(a, struct sigma_part, t->n), .n = t->n};
    const bool is_big = how == SIGMA_UTF16BE;
    for (size_t i = 0; i < t->n; i++) {
        struct strbuf b = {};
        w.v[i].kind = t->v[i].kind;
        if (how == SIGMA_UTF16_BOM && !i)
            strbuf_adds(&b, "\xff\xfe");
        for (size_t at = 0; at < t->v[i].text.n;) {
            const uint32_t c = next_character(t->v[i].text, &at);
            if (c >= 0x10000) {
                add_unit(&b, 0xd800 + ((c - 0x10000) >> 10), is_big);
                add_unit(&b, 0xdc00 + ((c - 0x10000) & 0x3ff), is_big);
            } else {
                add_unit(&b, c, is_big);
            }
        }
        w.v[i].text = arena_str(a, strbuf_str(&b));
        strbuf_done(&b);
    }
    return w;
}

struct str sigma_base64(struct arena *a, struct str s)
{
    static const char *const padding[] = {"", "==", "="};
    const struct str text = base64_encode_unpadded(a, s.p, s.n);
    return arena_printf(a, "%.*s%s", STR_ARG(text), padding[s.n % 3]);
}

struct str sigma_base64_offset(struct arena *a, struct str s, unsigned offset)
{
    /* Characters at the front that hold bits of what stands before, by how many bytes of a group do. */
    static const size_t front[] = {0, 2, 3};
    char *bytes = arena_alloc(a, s.n + offset);
    memset(bytes, ' ', offset);
    if (s.n)
        memcpy(bytes + offset, s.p, s.n);
    const struct str text = base64_encode_unpadded(a, bytes, s.n + offset);
    /* The last character of a group that is not full holds bits of what follows. */
    const size_t end = text.n - ((s.n + offset) % 3 != 0);
    return str_sub(text, front[offset], end < front[offset] ? front[offset] : end);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Whether an option begins here: - or / before a word and behind none. */
static bool is_dash(struct str s, size_t i)
{
    return (s.p[i] == '-' || s.p[i] == '/') && (!i || !is_word(s.p[i - 1])) && i + 1 < s.n && is_word(s.p[i + 1]);
}

void sigma_text_windash(struct arena *a, const struct sigma_value *v, struct sigma_values *into)
{
    /* As Windows' programs take them: hyphen, slash, en dash, em dash, horizontal bar. */
    static const char *const DASHES[] = {"-", "/", "\u2013", "\u2014", "\u2015"};
    enum { N = sizeof(DASHES) / sizeof(*DASHES) };
    size_t n = 0, variants = 1;
    for (size_t p = 0; p < v->text.n; p++)
        for (size_t i = 0; i < v->text.v[p].text.n; i++)
            n += is_dash(v->text.v[p].text, i);
    const size_t independent = n > SIGMA_DASHES_MAX ? 1 : n;
    for (size_t i = 0; i < independent; i++)
        variants *= N;
    for (size_t variant = 0; variant < variants; variant++) {
        struct sigma_value copy = *v;
        size_t rest = variant;
        copy.is_spelling = v->is_spelling || variant;
        copy.text.v = arena_array(a, struct sigma_part, v->text.n);
        for (size_t p = 0; p < v->text.n; p++) {
            const struct str s = v->text.v[p].text;
            struct strbuf b = {};
            for (size_t i = 0; i < s.n; i++) {
                if (!is_dash(s, i)) {
                    strbuf_addc(&b, s.p[i]);
                    continue;
                }
                strbuf_adds(&b, DASHES[rest % N]);
                if (independent == n)
                    rest /= N;
            }
            copy.text.v[p] = (struct sigma_part){v->text.v[p].kind, arena_str(a, strbuf_str(&b))};
            strbuf_done(&b);
        }
        vec_add(into, copy);
    }
}
