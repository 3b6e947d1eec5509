// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Strings that many processes share (folders, control groups), each kept once and counted. Equal strings have equal pointers.
 */
#include "base/str.h"

struct interned {
    struct interned *next;
    uint64_t hash;
    uint32_t refs, n;
    char bytes[]; /* and a NUL */
};

/* A zeroed table is ready. */
struct interner {
    struct interned **buckets;
    size_t n, n_buckets; /* strings; a power of two */
    size_t bytes;        /* of memory taken for strings */
};

/* The string with one more reference, which the caller gives back by intern_drop(). */
struct interned *intern(struct interner *in, struct str s);
static inline struct interned *intern_share(struct interned *s)
{
    if (s)
        s->refs++;
    return s;
}
/* NULL is taken and returned. */
struct interned *intern_drop(struct interner *in, struct interned *s);
/* Puts the string in place of *s; the same one again costs a comparison. */
void intern_set(struct interner *in, struct interned **s, struct str to);
static inline struct str intern_str(const struct interned *s)
{
    return s ? str_n(s->bytes, s->n) : STR_NULL;
}
/* Gives everything back, references or not. */
void interner_done(struct interner *in);
