// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Numbers and strings as bytes between processes and in caches: unsigned numbers as LEB128 (seven bits a byte, lowest
 * first), strings as their length and their bytes. Reading believes nothing: a reader that met a malformed value gives
 * zeros and empty strings from there on and says so in `bad`.
 */
#include "base/strbuf.h"

void wire_add_u64(struct strbuf *b, uint64_t v);
void wire_add_str(struct strbuf *b, struct str s);
/* The bits of a double. */
void wire_add_double(struct strbuf *b, double v);

struct wire {
    struct str left; /* not yet read; strings that are handed out borrow from it */
    bool bad;
};

uint64_t wire_u64(struct wire *w);
struct str wire_str(struct wire *w);
double wire_double(struct wire *w);
/* A number that must be below `end`; anything else makes the reader bad and gives 0. */
uint64_t wire_below(struct wire *w, uint64_t end);
