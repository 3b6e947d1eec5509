// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A rule's output as people read it: parts with " · " between them, of which those are left out that have nothing but
 * values that are not known. So is one that stands in parentheses by itself, or behind another value and a blank; elsewhere it is said that
 * it is not known. Inside the room only.
 */
#include "base/strbuf.h"

struct outline {
    struct strbuf text;     /* whose holds the outline frees it */
    size_t part;            /* where the part after the last separator begins */
    unsigned known, absent; /* values in it */
    size_t alone;           /* where the parentheses begin that hold nothing but the last value, which is not known; 0: none do */
    bool has_value;         /* the last that came was a value, */
    bool is_beside;         /* or a blank behind one */
};

/* Words of the rule, which may end parts. */
void outline_words(struct outline *o, struct str words);
/* Before a value, which the caller appends to `text`; of one that is not known that is said here, or it is left out. Returns is_known. */
bool outline_value(struct outline *o, bool is_known);
/* Behind the last. */
void outline_end(struct outline *o);
