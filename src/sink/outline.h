// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A rule's output as people read it: parts with " · " between them, of which those are left out that have nothing but
 * values that are not known. Inside the room only.
 */
#include "base/strbuf.h"

struct outline {
    struct strbuf text;     /* whose holds the outline frees it */
    size_t part;            /* where the part after the last separator begins */
    unsigned known, absent; /* values in it */
};

/* Words of the rule, which may end parts. */
void outline_words(struct outline *o, struct str words);
/* Before a value, which the caller appends to `text`; one that is not known is said so here. Returns is_known. */
bool outline_value(struct outline *o, bool is_known);
/* Behind the last. */
void outline_end(struct outline *o);
