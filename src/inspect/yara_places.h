// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where in content a string of YARA rules can match. libyara steps through every byte with its own automaton;
 * vectorscan finds the same strings several times as fast, and libyara then needs to see only those places to
 * find exactly the same matches. Conditions are evaluated over the whole content all the same.
 */
#include <yara.h>

#include "base/str.h"
#include "base/vec.h"

struct yara_places;

struct yara_range {
    size_t from, to;
};

typedef VEC(struct yara_range) yara_ranges;

/*
 * Takes the strings out of compiled rules; nothing of them is needed later. NULL when a string may match
 * without any fixed bytes, or when there are too many: then libyara has to see everything.
 */
struct yara_places *yara_places_new(const YR_RULES *rules);
struct yara_places *yara_places_free(struct yara_places *p);
/*
 * Replaces `ret` by the places, in order and apart from each other; none when no string can match. The whole
 * content is one place when there are too many.
 */
void yara_places_find(struct yara_places *p, struct str data, yara_ranges *ret);
