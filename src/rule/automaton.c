// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/cleanup.h"
#include "rule/automaton.h"

/* A transition that does not exist: only AUTOMATON_STARTS and _ENDS keep it. */
enum { NOWHERE = UINT32_MAX };

struct state {
    uint32_t fits_from, n_fits;
    uint32_t shorter;
    uint32_t fail;
};

struct automaton {
    enum automaton_kind kind;
    uint8_t classes[256];
    uint32_t n_classes;
    uint32_t n_states;
    uint32_t *next;
    struct state *states;
    uint32_t *fits;
};

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static uint8_t needle_byte(enum automaton_kind kind, struct str s, size_t i)
{
    return (uint8_t)s.p[kind == AUTOMATON_ENDS ? s.n - 1 - i : i];
}

/* Numbers the bytes that occur; false when all 256 and the column of the others do not fit a byte. */
static bool make_classes(struct automaton *a, bool nocase, const struct needle *needles, size_t n)
{
    bool used[256] = {};
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < needles[k].text.n; i++) {
            uint8_t c = (uint8_t)needles[k].text.p[i];
            used[nocase ? fold(c) : c] = true;
        }
    a->n_classes = 1;
    for (int c = 0; c < 256; c++)
        if (used[c]) {
            if (a->n_classes > UINT8_MAX)
                return false;
            a->classes[c] = (uint8_t)a->n_classes++;
        }
    if (nocase)
        for (int c = 'A'; c <= 'Z'; c++)
            a->classes[c] = a->classes[fold((uint8_t)c)];
    return true;
}

/* The tree of needles; ends[k] is the state that needle k ends in. */
static void make_tree(struct automaton *a, const struct needle *needles, size_t n, uint32_t *ends)
{
    a->n_states = 1;
    memset(a->next, 0xff, a->n_classes * sizeof(*a->next));
    for (size_t k = 0; k < n; k++) {
        uint32_t s = 0;
        for (size_t i = 0; i < needles[k].text.n; i++) {
            uint32_t *to = &a->next[s * a->n_classes + a->classes[needle_byte(a->kind, needles[k].text, i)]];
            if (*to == NOWHERE) {
                *to = a->n_states++;
                memset(&a->next[*to * a->n_classes], 0xff, a->n_classes * sizeof(*a->next));
            }
            s = *to;
        }
        ends[k] = s;
        a->states[s].n_fits++;
    }
}

static void make_fits(struct automaton *a, const struct needle *needles, size_t n, const uint32_t *ends)
{
    uint32_t from = 0;
    for (uint32_t s = 0; s < a->n_states; s++) {
        a->states[s].fits_from = from;
        from += a->states[s].n_fits;
        a->states[s].n_fits = 0;
    }
    for (size_t k = 0; k < n; k++) {
        struct state *s = &a->states[ends[k]];
        a->fits[s->fits_from + s->n_fits++] = needles[k].number;
    }
}

/* Breadth first: where a state has no way on, the longest proper suffix that is a state goes on instead. */
static void make_failures(struct automaton *a)
{
    _cleanup_free_ uint32_t *queue = xrealloc(NULL, a->n_states, sizeof(*queue));
    uint32_t head = 0, tail = 0;
    for (uint32_t c = 0; c < a->n_classes; c++) {
        uint32_t *to = &a->next[c];
        if (*to == NOWHERE)
            *to = 0;
        else
            queue[tail++] = *to;
    }
    while (head < tail) {
        uint32_t s = queue[head++], fail = a->states[s].fail;
        a->states[s].shorter = a->states[fail].n_fits ? fail : a->states[fail].shorter;
        for (uint32_t c = 0; c < a->n_classes; c++) {
            uint32_t *to = &a->next[s * a->n_classes + c], other = a->next[fail * a->n_classes + c];
            if (*to == NOWHERE) {
                *to = other;
            } else {
                a->states[*to].fail = other;
                queue[tail++] = *to;
            }
        }
    }
}

struct automaton *automaton_new(enum automaton_kind kind, bool nocase, const struct needle *needles, size_t n)
{
    struct automaton *a = xnew(struct automaton);
    size_t most = 1, cells;
    a->kind = kind;
    for (size_t k = 0; k < n; k++)
        if (!size_add(most, needles[k].text.n, &most))
            return automaton_free(a);
    if (!make_classes(a, nocase, needles, n) || !size_mul(most, a->n_classes, &cells) ||
        cells > AUTOMATON_CELLS_MAX || n > AUTOMATON_CELLS_MAX)
        return automaton_free(a);
    a->next = xrealloc(NULL, cells, sizeof(*a->next));
    a->states = xalloc(most * sizeof(*a->states));
    a->fits = xalloc(n * sizeof(*a->fits));
    _cleanup_free_ uint32_t *ends = xrealloc(NULL, n + 1, sizeof(*ends));
    make_tree(a, needles, n, ends);
    make_fits(a, needles, n, ends);
    if (kind == AUTOMATON_CONTAINS)
        make_failures(a);
    a->next = xrealloc(a->next, (size_t)a->n_states * a->n_classes, sizeof(*a->next));
    a->states = xrealloc(a->states, a->n_states, sizeof(*a->states));
    return a;
}

struct automaton *automaton_free(struct automaton *a)
{
    if (!a)
        return NULL;
    free(a->next);
    free(a->states);
    free(a->fits);
    free(a);
    return NULL;
}

static void report(const struct automaton *a, const struct state *s, automaton_hit_fn on_hit, void *ctx)
{
    for (uint32_t i = 0; i < s->n_fits; i++)
        on_hit(ctx, a->fits[s->fits_from + i]);
}

void automaton_search(const struct automaton *a, struct str text, automaton_hit_fn on_hit, void *ctx)
{
    uint32_t s = 0;
    report(a, &a->states[0], on_hit, ctx);
    for (size_t i = 0; i < text.n; i++) {
        s = a->next[s * a->n_classes + a->classes[needle_byte(a->kind, text, i)]];
        if (s == NOWHERE)
            return;
        for (uint32_t f = s; f; f = a->states[f].shorter)
            report(a, &a->states[f], on_hit, ctx);
    }
}
