// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * How many findings of each severity fell into which part of a period that is not known beforehand: SPREAD_BINS parts of equal length, which
 * becomes twice as long whenever the period outgrows them. In any order of time. Inside the room only.
 */
#include "finding/finding.h"

enum { SPREAD_BINS = 96 };

struct spread {
    uint64_t width_ns; /* of a part; 0: nothing was counted yet */
    uint64_t from_ns;  /* of the first part, a multiple of the width */
    uint64_t n[SPREAD_BINS][SEVERITY__N];
};

/* Counts `n` findings of that moment. */
void spread_add(struct spread *s, uint64_t time_ns, enum severity severity, uint64_t n);
/* The parts in use: from the first to the last in which anything was found. False: there is none. */
bool spread_used(const struct spread *s, size_t *ret_first, size_t *ret_last);
