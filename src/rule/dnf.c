// SPDX-License-Identifier: Apache-2.0
#include "rule/dnf.h"

#define BIT(fact) (1ULL << (fact))

static const struct fact_group GROUPS[] = {
    {BIT(FILTER_OK) | BIT(FILTER_FAILED) | BIT(FILTER_RES_STDIO),
     {BIT(FILTER_FAILED), BIT(FILTER_OK), BIT(FILTER_OK) | BIT(FILTER_RES_STDIO)},
     3},
    /* No descriptor at all is left out: calls that fd.* is asked about have one. */
    {BIT(FILTER_FILE) | BIT(FILTER_DIRECTORY) | BIT(FILTER_IPV4) | BIT(FILTER_IPV6) | BIT(FILTER_UNIX) | BIT(FILTER_OTHER_FD),
     {BIT(FILTER_FILE), BIT(FILTER_DIRECTORY), BIT(FILTER_IPV4), BIT(FILTER_IPV6), BIT(FILTER_UNIX), BIT(FILTER_OTHER_FD)},
     6},
    /* Files have none of these. */
    {BIT(FILTER_TCP) | BIT(FILTER_UDP) | BIT(FILTER_OTHER_L4),
     {BIT(FILTER_TCP), BIT(FILTER_UDP), BIT(FILTER_OTHER_L4), 0},
     4},
};

const struct fact_group *fact_groups(size_t *ret_n)
{
    *ret_n = sizeof(GROUPS) / sizeof(*GROUPS);
    return GROUPS;
}

unsigned fact_group_open(const struct fact_group *g, const struct term *t)
{
    unsigned open = 0;
    for (unsigned i = 0; i < g->n; i++)
        if (!(t->yes & g->facts & ~g->ways[i]) && !(t->no & g->ways[i]))
            open |= 1U << i;
    return open;
}

/* Whether one term can say exactly what both say: they differ in one group, and what is open in it is open in one of them. */
static bool is_one_term(const struct term *a, const struct term *b)
{
    const uint64_t differ = (a->yes ^ b->yes) | (a->no ^ b->no);
    const struct term both = {a->yes & b->yes, a->no & b->no, SPOTS_ANY};
    if (a->spots != b->spots)
        return !differ;
    for (size_t i = 0; i < sizeof(GROUPS) / sizeof(*GROUPS); i++)
        if (differ & GROUPS[i].facts)
            return !(differ & ~GROUPS[i].facts) &&
                   fact_group_open(&GROUPS[i], &both) ==
                       (fact_group_open(&GROUPS[i], a) | fact_group_open(&GROUPS[i], b));
    return (differ & (differ - 1)) == 0;
}

/* What it costs to ask no longer for a fact: more for what few events have (or lack), since that keeps the others away. */
enum { PRICE = 1, PRICE_MUCH = 8, PRICE_MOST = 16, PRICE_OF_SPOTS = 400 };

static uint64_t price(uint64_t facts, uint64_t most, uint64_t much)
{
    return (uint64_t)__builtin_popcountll(facts & most) * PRICE_MOST +
           (uint64_t)__builtin_popcountll(facts & much) * PRICE_MUCH +
           (uint64_t)__builtin_popcountll(facts & ~most & ~much) * PRICE;
}

static uint64_t price_of_joining(const struct spots *p, const struct term *a, const struct term *b)
{
    static const uint64_t yes_most = BIT(FILTER_CREATED) | BIT(FILTER_EXECUTABLE) | BIT(FILTER_TRUNC) |
                                     BIT(FILTER_RES_STDIO) | BIT(FILTER_DOTDOT) | BIT(FILTER_PACKET) |
                                     BIT(FILTER_NAME_CHANGED);
    static const uint64_t yes_much = BIT(FILTER_WRITE) | BIT(FILTER_READ) | BIT(FILTER_FAILED) | BIT(FILTER_HOST);
    static const uint64_t no_most = BIT(FILTER_HOST) | BIT(FILTER_TCP) | BIT(FILTER_CONNECTED);
    static const uint64_t no_much = BIT(FILTER_READ) | BIT(FILTER_OK) | BIT(FILTER_LOOPBACK) | BIT(FILTER_PRIVATE);
    uint64_t sum = price(a->yes ^ b->yes, yes_most, yes_much) + price(a->no ^ b->no, no_most, no_much);
    if (!a->spots != !b->spots)
        return sum + PRICE_OF_SPOTS;
    if (a->spots != b->spots) {
        const uint64_t x = spots_breadth(p, a->spots), y = spots_breadth(p, b->spots);
        sum += PRICE + (x < y ? x : y) / PRICE_OF_SPOTS;
    }
    return sum;
}

struct term term_and(const struct spots *p, struct term a, struct term b)
{
    return (struct term){a.yes | b.yes, a.no | b.no,
                         spots_breadth(p, a.spots) <= spots_breadth(p, b.spots) ? a.spots : b.spots};
}

/* The narrowest term that holds whenever either does. */
static struct term term_or(struct spots *p, struct term a, struct term b)
{
    return (struct term){a.yes & b.yes, a.no & b.no, spots_join(p, a.spots, b.spots)};
}

/* Whether `a` holds whenever `b` does. */
static bool covers(struct spots *p, const struct term *a, const struct term *b)
{
    return !(a->yes & ~b->yes) && !(a->no & ~b->no) && spots_within(p, b->spots, a->spots);
}

static void remove_at(struct dnf *d, uint32_t i)
{
    d->v[i] = d->v[--d->n];
}

static void join_two(struct dnf *d, struct spots *p)
{
    uint32_t a = 0, b = 1;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < d->n; i++)
        for (uint32_t k = i + 1; k < d->n; k++) {
            const uint64_t sum = price_of_joining(p, &d->v[i], &d->v[k]);
            if (sum < least) {
                least = sum;
                a = i;
                b = k;
            }
        }
    const struct term t = term_or(p, d->v[a], d->v[b]);
    remove_at(d, b);
    remove_at(d, a);
    dnf_add(d, p, t);
}

void dnf_add(struct dnf *d, struct spots *p, struct term t)
{
    if (t.yes & t.no)
        return;
    for (uint32_t i = 0; i < d->n; i++) {
        if (covers(p, &d->v[i], &t))
            return;
        if (is_one_term(&d->v[i], &t)) {
            t = term_or(p, t, d->v[i]);
            remove_at(d, i);
            dnf_add(d, p, t);
            return;
        }
    }
    for (uint32_t i = 0; i < d->n;) {
        if (covers(p, &t, &d->v[i]))
            remove_at(d, i);
        else
            i++;
    }
    if (d->n == DNF_MAX)
        join_two(d, p);
    d->v[d->n++] = t;
}

void dnf_widen(struct dnf *d, struct spots *p, uint32_t max)
{
    while (d->n > max)
        join_two(d, p);
}
