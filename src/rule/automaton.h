// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Many needles, one pass over the text (Aho and Corasick 1975): all `contains`, `startswith` or `endswith` alternatives that
 * the rules have for one field. Each needle carries a number (the leaf it belongs to), and a search calls back with the
 * number of every needle that fits, possibly several times.
 *
 *     state    one per distinct prefix of a needle; 0 is the empty one
 *     next     dense table, n_states rows of n_classes columns; bytes that no needle holds share column 0
 *     fits     numbers of the needles that end in a state
 *     shorter  the next state on the chain of suffixes that has needles of its own, 0 for none
 *
 * Read-only once built: any number of threads may search at once.
 */
#include "base/str.h"

enum automaton_kind {
    AUTOMATON_CONTAINS,
    AUTOMATON_STARTS, /* needles stand at the start of the text */
    AUTOMATON_ENDS,   /* needles stand at the end; the text is read backwards */
};

/* States times classes at most, 4 bytes each; a set that needs more is refused and its needles searched one by one. */
enum { AUTOMATON_CELLS_MAX = 4 << 20 };

struct needle {
    struct str text;
    uint32_t number;
};

struct automaton;
/* NULL when the table would grow over AUTOMATON_CELLS_MAX. Needles are not kept. nocase folds ASCII letters. */
struct automaton *automaton_new(enum automaton_kind kind, bool nocase, const struct needle *needles, size_t n);
struct automaton *automaton_free(struct automaton *a);
typedef void (*automaton_hit_fn)(void *ctx, uint32_t number);
/* Calls on_hit for each needle that the text holds, as often as it holds it. No allocation. */
void automaton_search(const struct automaton *a, struct str text, automaton_hit_fn on_hit, void *ctx);
