// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Texts that a pattern matches, made from the pattern: for tests of secret rules. The same seed gives the same text. */
#include "base/strbuf.h"

struct sampler {
    struct str s;
    size_t at;
    uint64_t seed;
    struct strbuf out;
};

static uint64_t sample_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t sample_below(struct sampler *g, size_t n)
{
    return n ? (size_t)(sample_random(&g->seed) % n) : 0;
}

static int sample_peek(const struct sampler *g)
{
    return g->at < g->s.n ? (uint8_t)g->s.p[g->at] : -1;
}

static void sample_class(char name, bool set[128])
{
    for (int c = 0; c < 128; c++) {
        bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
        bool in = name == 'd'   ? digit
                  : name == 's' ? c == ' ' || c == '\t' || c == '\n' || c == '\r'
                  : name == 'w' ? digit || lower || upper || c == '_'
                  : name == 'u' ? upper
                  : name == 'l' ? lower
                  : name == 'a' ? lower || upper
                  : name == 'n' ? lower || upper || digit
                                : c > ' ' && c < 0x7f;
        set[c] |= in;
    }
}

static void sample_not(bool set[128])
{
    for (int c = 0; c < 128; c++)
        set[c] = !set[c] && c > ' ' && c < 0x7f;
}

static int sample_hex(int c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Behind a backslash: into the set, or -1 for a place without width, or -2. */
static int sample_escape(struct sampler *g, bool set[128])
{
    int c = sample_peek(g);
    g->at++;
    if (strchr("dsw", c)) {
        sample_class((char)c, set);
    } else if (strchr("DSW", c)) {
        bool in[128] = {};
        sample_class((char)(c | 0x20), in);
        sample_not(in);
        for (int i = 0; i < 128; i++)
            set[i] |= in[i];
    } else if (strchr("bBAz", c)) {
        return -1;
    } else if (c == 'x') {
        set[sample_hex(g->s.p[g->at]) << 4 | sample_hex(g->s.p[g->at + 1])] = true;
        g->at += 2;
    } else {
        set[c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'f' ? '\f' : c == 'v' ? '\v' : c] = true;
    }
    return 0;
}

static int sample_bound(struct sampler *g)
{
    bool one[128] = {};
    int c = sample_peek(g);
    g->at++;
    if (c != '\\')
        return c;
    int before = sample_peek(g);
    (void)sample_escape(g, one);
    if (strchr("dswDSW", before))
        return -before;
    for (int i = 0; i < 128; i++)
        if (one[i])
            return i;
    return 0;
}

static void sample_set(struct sampler *g, bool set[128])
{
    bool is_not = sample_peek(g) == '^';
    g->at += is_not;
    for (bool first = true; first || sample_peek(g) != ']'; first = false) {
        if (!strncmp(g->s.p + g->at, "[:", 2)) {
            const char *name = g->s.p + g->at + 2;
            sample_class(!strncmp(name, "alnum", 5) ? 'n' : name[0], set);
            g->at = (size_t)(strstr(name, ":]") + 2 - g->s.p);
            continue;
        }
        int from = sample_bound(g), to = from;
        if (from < 0) {
            bool in[128] = {};
            sample_class((char)(-from | 0x20), in);
            if (-from < 'a')
                sample_not(in);
            for (int i = 0; i < 128; i++)
                set[i] |= in[i];
            continue;
        }
        if (sample_peek(g) == '-' && g->s.p[g->at + 1] != ']') {
            g->at++;
            to = sample_bound(g);
        }
        for (int c = from; c <= to && c < 128; c++)
            set[c] = true;
    }
    g->at++;
    if (is_not)
        sample_not(set);
}

static void sample_either(struct sampler *g);

static void sample_pick(struct sampler *g, const bool set[128])
{
    char of[128];
    size_t n = 0;
    for (int c = 0; c < 128; c++)
        if (set[c])
            of[n++] = (char)c;
    if (n)
        strbuf_addc(&g->out, of[sample_below(g, n)]);
}

static void sample_atom(struct sampler *g)
{
    bool set[128] = {};
    int c = sample_peek(g);
    g->at++;
    switch (c) {
    case '(':
        if (sample_peek(g) == '?') {
            while (!strchr(":>)", sample_peek(g)))
                g->at++;
            if (sample_peek(g) == ')') {
                g->at++;
                return;
            }
            g->at++;
        }
        sample_either(g);
        g->at++;
        return;
    case '[':
        sample_set(g, set);
        break;
    case '.':
        sample_class('p', set);
        break;
    case '^':
    case '$':
        return;
    case '\\':
        if (sample_escape(g, set) < 0)
            return;
        break;
    default:
        strbuf_addc(&g->out, (char)c);
        return;
    }
    sample_pick(g, set);
}

static void sample_repeat(struct sampler *g)
{
    size_t start = g->at, mark = g->out.n;
    sample_atom(g);
    size_t end = g->at, least = 1, most = 1;
    int c = sample_peek(g);
    if (c == '*' || c == '+' || c == '?') {
        least = c == '+';
        most = c == '?' ? 1 : 8;
        end = ++g->at;
    } else if (c == '{' && sample_peek(g) >= 0 && g->s.p[g->at + 1] >= '0' && g->s.p[g->at + 1] <= '9') {
        char *p;
        least = most = strtoul(g->s.p + g->at + 1, &p, 10);
        if (*p == ',')
            most = p[1] == '}' ? least + 8 : strtoul(p + 1, &p, 10);
        end = g->at = (size_t)(strchr(p, '}') + 1 - g->s.p);
    } else {
        return;
    }
    if (sample_peek(g) == '?')
        end = ++g->at;
    /* Short of what may be long, to stay within other bounds. */
    size_t more = most - least, times = least + sample_below(g, (more > 12 ? 12 : more) + 1);
    g->out.n = times ? g->out.n : mark;
    for (size_t i = 1; i < times; i++) {
        g->at = start;
        sample_atom(g);
    }
    g->at = end;
}

static void sample_skip(struct sampler *g)
{
    size_t depth = 0;
    for (int c; (c = sample_peek(g)) >= 0; g->at++) {
        if (c == '\\')
            g->at++;
        else if (c == '[')
            sample_set(g, (g->at++, (bool[128]){})), g->at--;
        else if (c == '(')
            depth++;
        else if ((c == ')' && !depth--) || (c == '|' && !depth))
            return;
    }
}

static void sample_concat(struct sampler *g)
{
    while (sample_peek(g) >= 0 && sample_peek(g) != '|' && sample_peek(g) != ')')
        sample_repeat(g);
}

/* One of the alternatives; the others are passed over. */
static void sample_either(struct sampler *g)
{
    size_t starts[64], n = 0, end;
    for (;; g->at++) {
        if (n < 64)
            starts[n++] = g->at;
        sample_skip(g);
        if (sample_peek(g) != '|')
            break;
    }
    end = g->at;
    g->at = starts[sample_below(g, n)];
    sample_concat(g);
    g->at = end;
}

/* Appends a text to *out. */
static void sample_of(struct str pattern, uint64_t *seed, struct strbuf *out)
{
    struct sampler g = {.s = pattern, .seed = *seed | 1};
    sample_either(&g);
    strbuf_add(out, strbuf_str(&g.out));
    *seed = sample_random(&g.seed);
    strbuf_done(&g.out);
}
