// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Conditions on filter facts and places as "one of these terms", with a bound on the number of terms. Past the bound two
 * terms become one that holds whenever either does: a condition may only become wider than what it stands for.
 */
#include "rule/spots.h"

/* Terms while a rule is worked through; more than a filter can hold, so that what is joined is chosen among many. */
enum { DNF_MAX = 24 };

/* Holds when all facts of `yes` hold, none of `no`, and the event lies in the set of spots. */
struct term {
    uint64_t yes, no; /* bits of enum filter_fact */
    uint32_t spots;
};

/* Facts that depend on each other, and the ways they may be true together: one of these is so on every event. */
struct fact_group {
    uint64_t facts;
    uint64_t ways[8];
    unsigned n;
};
/* The groups of more than one fact; every other fact is one of its own. */
const struct fact_group *fact_groups(size_t *ret_n);
/* The ways (bits, by their place) that a term leaves open. */
unsigned fact_group_open(const struct fact_group *g, const struct term *t);

struct dnf {
    uint32_t n; /* 0: never */
    struct term v[DNF_MAX];
};

/* Adds "or term". What can never hold is left out, what another term says already too; what one term can say takes one. */
void dnf_add(struct dnf *d, struct spots *p, struct term t);
/* Both terms at once. Of two sets of places the narrower is kept. */
struct term term_and(const struct spots *p, struct term a, struct term b);
/* Joins terms until at most `max` (1 or more) are left. */
void dnf_widen(struct dnf *d, struct spots *p, uint32_t max);
static inline bool dnf_is_always(const struct dnf *d)
{
    return d->n == 1 && !d->v[0].yes && !d->v[0].no && !d->v[0].spots;
}
