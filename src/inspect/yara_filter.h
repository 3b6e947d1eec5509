// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What libyara need not see. It steps through every byte with its own automaton; vectorscan finds bytes of the same strings
 * many times as fast, in the pass that all analyzers share. What it finds is compared with the compiled pattern, then
 * the conditions say which rules can still match, and libyara searches only around the places of their strings. It
 * finds exactly the matches that it would find in the whole content. Conditions see the whole content all the same.
 */
#include "base/vec.h"
#include "inspect/patterns.h"

#include <yara.h>

struct yara_filter;

struct yara_range {
    size_t from, to;
};

typedef VEC(struct yara_range) yara_ranges;

/* The rules must outlive it. */
struct yara_filter *yara_filter_new(const YR_RULES *rules);
struct yara_filter *yara_filter_free(struct yara_filter *f);
/* Asks for the bytes that tell of the rules' strings. */
void yara_filter_subscribe(struct yara_filter *f, struct patterns *patterns);
/*
 * After the pass over a content: false when no rule can match it that anybody is told of. Otherwise `ret` becomes the places that libyara has to
 * search, in order and apart from each other; none when only conditions without strings are left. Forgets the pass.
 */
bool yara_filter_run(struct yara_filter *f, const struct content *c, yara_ranges *ret);
/* Strings that nothing tells of, so that rules which may match by them see everything; rules that may match without a
 * string. */
size_t yara_filter_weak(const struct yara_filter *f);
size_t yara_filter_loose(const struct yara_filter *f);
/* Whether a rule may have matched the last content. */
bool yara_filter_open(const struct yara_filter *f, uint32_t rule);
/* Whether a condition reads the variable or module of that name. */
bool yara_filter_asks(const struct yara_filter *f, const char *name);
