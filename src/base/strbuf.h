// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A string that grows. It owns its bytes; `p` is always NUL-terminated once anything was added and moves whenever
 * something is added, so no pointer into it may be kept across a call. A zeroed strbuf is ready for use.
 */
#include <stdarg.h>

#include "base/str.h"

struct strbuf {
    char *p;
    size_t n, capacity;
};

/* Append bytes, a C string, one byte, a byte `count` times, formatted text. A NUL follows that does not count. */
void strbuf_add(struct strbuf *b, struct str s);
void strbuf_adds(struct strbuf *b, const char *s);
static inline void strbuf_addc(struct strbuf *b, char c);
void strbuf_pad(struct strbuf *b, char c, size_t count);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((__format__(__printf__, 2, 3)));
void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap) __attribute__((__format__(__printf__, 2, 0)));
/* Room for n more bytes at p + this->n; the caller then raises n itself. */
void strbuf_reserve(struct strbuf *b, size_t n);
/* Keeps the memory, forgets the bytes. */
void strbuf_clear(struct strbuf *b);
/* Gives the memory back; may run twice. */
void strbuf_done(struct strbuf *b);
static inline void strbuf_addc(struct strbuf *b, char c)
{
    if (b->capacity - b->n < 2) /* never less than what is in it */
        strbuf_reserve(b, 1);
    b->p[b->n++] = c;
    b->p[b->n] = 0;
}
static inline struct str strbuf_str(const struct strbuf *b)
{
    return (struct str){b->p ? b->p : "", b->n};
}
