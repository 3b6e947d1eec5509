// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The second stage of simdjson for what nearly every record is made of: objects, lists, strings without escapes, whole numbers,
 * true, false and null. The first stage (which finds where strings and values begin, checks UTF-8 and that strings end) is simdjson's; here
 * the grammar is checked and a tape is written whose strings stay where they are, in the text. Whatever is not that plain, broken or
 * not, is left to simdjson: nothing is read here that it would refuse or read otherwise.
 */
#include "log/node.h"

enum {
    PLAIN_DEPTH = 64,
    PLAIN_FOLLOWED = 4, /* so deep names are followed (log/name_tree.h), of objects that are members of objects: CloudTrail says in the fourth whose session it is */
};

/*
 * Reads an object that begins at the first mark. `marks`: places where values and punctuation stand, n of them, and behind them one that is text.n; text.n is below 2^24. `words` has room for
 * n + 2; LOG_PADDING bytes behind the text may be read. Returns how many marks are the object's, and *ret is its
 * tape, whose names `o` knows; 0: it is not plain.
 */
size_t plain_read(struct str text, const uint32_t *marks, size_t n, uint64_t *words, struct object_members *o, struct tape *ret);
/* Writes the two words of a whole number that nobody reads in two ways: no sign, no zeros before, below 10^18. Returns what is behind them; NULL: it is none. */
uint64_t *plain_number(const char *at, uint64_t *word);
