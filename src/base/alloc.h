// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Allocation that cannot fail, for sizes the program itself chooses (see base/error.h), and checked arithmetic for sizes
 * that come from outside.
 */
#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory of n bytes (n = 0 gives a unique pointer); aborts when there is none. The caller frees it. */
void *xalloc(size_t n) __attribute__((__malloc__, __returns_nonnull__));
/* Like realloc(p, count * size); aborts on overflow or when there is no memory. New bytes are not cleared. */
void *xrealloc(void *p, size_t count, size_t size) __attribute__((__returns_nonnull__));
/* Copies of a string, the second of its first n bytes at most; the caller frees them. Abort when there is no memory. */
char *xstrdup(const char *s) __attribute__((__malloc__, __returns_nonnull__));
char *xstrndup(const char *s, size_t n) __attribute__((__malloc__, __returns_nonnull__));

/* Zeroed memory for one thing of that type. */
#define xnew(type) ((type *)xalloc(sizeof(type)))

/* Sum and product; false, and *ret of no use, when they do not fit. */
static inline bool size_add(size_t a, size_t b, size_t *ret)
{
    return !__builtin_add_overflow(a, b, ret);
}
static inline bool size_mul(size_t a, size_t b, size_t *ret)
{
    return !__builtin_mul_overflow(a, b, ret);
}
