// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/strbuf.h"

void strbuf_reserve(struct strbuf *b, size_t n)
{
    size_t need;
    if (!size_add(b->n, n, &need) || !size_add(need, 1, &need))
        abort();
    if (need <= b->capacity)
        return;
    size_t capacity = b->capacity ? b->capacity : 64;
    while (capacity < need)
        if (!size_mul(capacity, 2, &capacity))
            abort();
    b->p = xrealloc(b->p, capacity, 1);
    b->capacity = capacity;
}

void strbuf_add(struct strbuf *b, struct str s)
{
    strbuf_reserve(b, s.n);
    if (s.n)
        memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    b->p[b->n] = 0;
}

void strbuf_adds(struct strbuf *b, const char *s)
{
    strbuf_add(b, str_from(s));
}

void strbuf_pad(struct strbuf *b, char c, size_t count)
{
    strbuf_reserve(b, count);
    memset(b->p + b->n, c, count);
    b->n += count;
    b->p[b->n] = 0;
}

void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap)
{
    va_list again;
    const size_t room = b->capacity - b->n;
    va_copy(again, ap);
    const int n = vsnprintf(b->p ? b->p + b->n : NULL, room, fmt, again); /* most fits */
    va_end(again);
    if (n < 0) {
        if (b->p)
            b->p[b->n] = 0;
        return;
    }
    if ((size_t)n >= room) {
        strbuf_reserve(b, (size_t)n);
        (void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    }
    b->n += (size_t)n;
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    strbuf_vprintf(b, fmt, ap);
    va_end(ap);
}

void strbuf_clear(struct strbuf *b)
{
    b->n = 0;
    if (b->p)
        b->p[0] = 0;
}

void strbuf_done(struct strbuf *b)
{
    free(b->p);
    *b = (struct strbuf){};
}
