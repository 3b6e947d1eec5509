// SPDX-License-Identifier: Apache-2.0
#include <yara/ahocorasick.h>

#include "base/alloc.h"
#include "inspect/literals.h"
#include "inspect/yara_places.h"

enum {
    LITERALS_MAX = 1 << 16, /* beyond that the database costs more than it saves */
    LITERAL_BYTES_MIN = 2,  /* one byte is everywhere */
    LITERAL_BYTES_MAX = 32, /* the beginning of a longer string tells it well enough */
    RANGES_MAX = 1 << 12,   /* per content; with more of them it is seen whole */
    EDGE_BYTES = 8,         /* beyond a match: what `fullword` and anchors look at */
};

/* How far the match of a string may reach around the literal that tells of it. */
struct reach {
    size_t before, after; /* from the literal's end */
    bool whole;           /* the match depends on others far away */
};

struct yara_places {
    struct literals *literals;
    VEC(struct reach) reaches;
    /* during a search */
    size_t n;
    yara_ranges *ranges;
};

static bool add(struct yara_places *p, struct str literal, bool nocase, const struct reach *reach)
{
    while (literal.n && !literal.p[0]) /* vectorscan takes no literal that begins with NUL */
        literal = str_sub(literal, 1, literal.n);
    if (literal.n < LITERAL_BYTES_MIN || p->reaches.n >= LITERALS_MAX)
        return false;
    unsigned number = literals_add(p->literals, literal, nocase, false);
    while (p->reaches.n <= number)
        (void)vec_push(&p->reaches);
    struct reach *r = &p->reaches.v[number];
    if (r->before < reach->before)
        r->before = reach->before;
    if (r->after < reach->after)
        r->after = reach->after;
    r->whole |= reach->whole;
    return true;
}

/* Whether the string is searched for as it is written. Others (patterns, xor, base64) are told by the pieces
 * that libyara chose for its automaton. */
static bool is_plain(const YR_STRING *s)
{
    return STRING_IS_LITERAL(s) && (STRING_IS_ASCII(s) || STRING_IS_WIDE(s)) && !STRING_IS_CHAIN_PART(s) &&
           !STRING_IS_XOR(s) && !STRING_IS_BASE64(s) && !STRING_IS_BASE64_WIDE(s) && s->length > 0;
}

/* The text, each byte followed by `gap` zeros. */
static bool add_text(struct yara_places *p, const YR_STRING *s, size_t gap)
{
    char text[LITERAL_BYTES_MAX] = {};
    size_t step = gap + 1, all = (size_t)s->length * step, n = 0;
    for (size_t i = 0; i < (size_t)s->length && n + step <= sizeof(text); i++, n += step)
        text[n] = (char)s->string[i];
    const struct reach reach = {.before = n + EDGE_BYTES, .after = all - n + EDGE_BYTES};
    return add(p, str_n(text, n), STRING_IS_NO_CASE(s), &reach);
}

/* The string behind an automaton's state that `path` leads to. */
static bool add_piece(struct yara_places *p, const YR_AC_MATCH *m, struct str path)
{
    const YR_STRING *s = m->string;
    if (is_plain(s))
        return true;
    size_t most = (size_t)s->length * 2 > YR_RE_SCAN_LIMIT ? (size_t)s->length * 2 : YR_RE_SCAN_LIMIT;
    const struct reach reach = {
        .before = m->backtrack + (m->backward_code ? most : 0) + EDGE_BYTES,
        .after = most + EDGE_BYTES,
        .whole = STRING_IS_CHAIN_PART(s), /* libyara measures the gap between parts within one block */
    };
    return add(p, path, false, &reach);
}

/* Adds the pieces in and below a state of libyara's automaton (a tree whose paths from the root are the
 * pieces; the other transitions, taken when none fits, stand in slot 0). */
static bool add_state(struct yara_places *p, const YR_RULES *rules, uint32_t state, char *path, size_t n)
{
    if (rules->ac_match_table[state])
        for (const YR_AC_MATCH *m = &rules->ac_match_pool[rules->ac_match_table[state] - 1]; m; m = m->next)
            if (!add_piece(p, m, str_n(path, n)))
                return false;
    for (uint32_t byte = 0; byte < 256; byte++) {
        YR_AC_TRANSITION t = rules->ac_transition_table[state + byte + 1];
        if (YR_AC_INVALID_TRANSITION(t, byte + 1))
            continue;
        if (n == YR_MAX_ATOM_LENGTH)
            return false; /* not the tree we know */
        path[n] = (char)byte;
        if (!add_state(p, rules, YR_AC_NEXT_STATE(t), path, n + 1))
            return false;
    }
    return true;
}

static bool add_all(struct yara_places *p, const YR_RULES *rules)
{
    for (uint32_t i = 0; i < rules->num_strings; i++) {
        const YR_STRING *s = &rules->strings_table[i];
        if (is_plain(s) &&
            ((STRING_IS_ASCII(s) && !add_text(p, s, 0)) || (STRING_IS_WIDE(s) && !add_text(p, s, 1))))
            return false;
    }
    char path[YR_MAX_ATOM_LENGTH];
    return add_state(p, rules, YR_AC_ROOT_STATE, path, 0);
}

struct yara_places *yara_places_new(const YR_RULES *rules)
{
    struct yara_places *p = xnew(struct yara_places);
    struct error err = ERROR_NULL;
    p->literals = literals_new();
    if (add_all(p, rules) && literals_compile(p->literals, &err) == 0)
        return p;
    return yara_places_free(p);
}

struct yara_places *yara_places_free(struct yara_places *p)
{
    if (!p)
        return NULL;
    literals_free(p->literals);
    vec_done(&p->reaches);
    free(p);
    return NULL;
}

static int on_hit(void *ctx, unsigned number, size_t end)
{
    struct yara_places *p = ctx;
    const struct reach *reach = &p->reaches.v[number];
    struct yara_range r = {.from = end > reach->before ? end - reach->before : 0,
                           .to = p->n - end > reach->after ? end + reach->after : p->n};
    if (reach->whole)
        return 1;
    /* Places come by their ends, but this one may reach back over several. */
    while (p->ranges->n && r.from <= p->ranges->v[p->ranges->n - 1].to) {
        const struct yara_range *last = &p->ranges->v[--p->ranges->n];
        if (last->from < r.from)
            r.from = last->from;
        if (last->to > r.to)
            r.to = last->to;
    }
    vec_add(p->ranges, r);
    return p->ranges->n > RANGES_MAX;
}

void yara_places_find(struct yara_places *p, struct str data, yara_ranges *ret)
{
    p->n = data.n;
    p->ranges = ret;
    vec_clear(ret);
    if (literals_scan(p->literals, data, on_hit, p) == 0)
        return;
    vec_clear(ret);
    vec_add(ret, (struct yara_range){0, data.n});
}
