// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Texts and lists made for one event: room that is taken once, handed out from the front and forgotten as a whole when the
 * next event comes. Nothing is taken from the heap while events run. What does not fit is cut.
 */
#include "event/value.h"

struct jot {
    char *p;
    size_t used, size;
};

/* A text is built between begin and end; only one at a time. */
static inline size_t jot_begin(const struct jot *j)
{
    return j->used;
}
static inline struct str jot_end(const struct jot *j, size_t from)
{
    return str_n(j->p + from, j->used - from);
}
static inline void jot_add(struct jot *j, struct str s)
{
    if (s.n > j->size - j->used)
        s.n = j->size - j->used;
    if (s.n)
        memcpy(j->p + j->used, s.p, s.n);
    j->used += s.n;
}
static inline void jot_char(struct jot *j, char c)
{
    if (j->used < j->size)
        j->p[j->used++] = c;
}
/* Decimal; lower-case and upper-case hexadecimal without a prefix; octal with a leading 0 as printf's "%#o". */
void jot_u64(struct jot *j, uint64_t u);
void jot_i64(struct jot *j, int64_t i);
void jot_hex(struct jot *j, uint64_t u);
void jot_upper_hex(struct jot *j, uint64_t u);
void jot_octal(struct jot *j, uint64_t u);
/* Every NUL becomes `with`; one at the end is left out. */
void jot_words(struct jot *j, struct str words, char with);
/* Room for n values or nets, aligned; NULL when there is none left. */
struct value *jot_values(struct jot *j, size_t n);
struct net *jot_net(struct jot *j);
/* An address as text, with its port: 1.2.3.4:5, and of IPv6 as Falco prints it: ::1:5. */
void jot_address(struct jot *j, const uint8_t *bytes, bool v6);
void jot_endpoint(struct jot *j, const uint8_t *bytes, bool v6, uint16_t port);
