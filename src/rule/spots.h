// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Sets of places that rules ask for: paths, names, ports and networks in the form of filter entries (event/filter.h). Equal
 * entries and equal sets are kept once, so that a set is a number. The number 0 is no set: it stands for "anything".
 */
#include "event/filter.h"

enum {
    SPOTS_ANY = 0,
    /* Entries of one set; a larger one becomes SPOTS_ANY. */
    SPOTS_SET_MAX = FILTER_PATHS_MAX,
};

/* An entry without classes. */
struct spot {
    enum filter_fit fit;
    struct str bytes; /* at most FILTER_PATH_MAX */
    uint32_t n;       /* bits of a network, else bytes.n */
};

struct spots;
struct spots *spots_new(void);
struct spots *spots_free(struct spots *p);
DEFINE_CLEANUP(struct spots *, spots_free)

/* The set of these entries, which may be none: a set that nothing lies in. Bytes are copied. */
uint32_t spots_set(struct spots *p, const struct spot *v, size_t n);
/* What lies in one of both. */
uint32_t spots_join(struct spots *p, uint32_t a, uint32_t b);
/* Whether all that lies in `a` lies in `b`, as far as their entries are the same. */
bool spots_within(struct spots *p, uint32_t a, uint32_t b);
/* Entries looked at in joining and comparing sets since the beginning: what this has cost. */
uint64_t spots_work(const struct spots *p);
/* How much may lie in a set, compared with others: an estimate that decides what is widened, never what is right. */
uint64_t spots_breadth(const struct spots *p, uint32_t set);
/* The entries of a set in the order of their first use. */
const uint32_t *spots_entries(const struct spots *p, uint32_t set, size_t *ret_n);
const struct spot *spots_entry(const struct spots *p, uint32_t entry);
