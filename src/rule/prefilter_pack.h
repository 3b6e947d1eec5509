// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Puts terms into the form and the limits of event/filter.h: at most so many clauses of a kind, classes, entries and lengths
 * of suffixes. Whatever does not fit is widened.
 */
#include "rule/dnf.h"

struct pack_kind {
    unsigned kind;
    bool wants_data;  /* a rule asks what was read or written */
    struct dnf terms; /* one or more */
};

/* Kinds that are not named are not wanted. The terms are widened where they stand. */
struct filter *pack_filter(struct spots *spots, struct pack_kind *kinds, size_t n);
