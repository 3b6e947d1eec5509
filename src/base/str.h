// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A string that knows its length and borrows its bytes: it owns nothing, need not end in NUL, and may hold NUL bytes
 * (names in archives do). Whoever stores one says how long the bytes behind it live.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR_NULL ((struct str){})
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_from(const char *s)
{
    return s ? (struct str){s, strlen(s)} : STR_NULL;
}
static inline struct str str_n(const void *p, size_t n)
{
    return (struct str){(const char *)p, n};
}
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}
static inline bool str_is(struct str a, const char *b)
{
    return str_eq(a, str_from(b));
}
/* Whether it is one of the names, of which NULL is the last. */
bool str_is_any(struct str s, const char *const *names);
/* Byte order, shorter first on a common prefix. Returns <0, 0, >0. */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* ASCII case is folded, other bytes must be equal. */
bool str_eq_nocase(struct str a, struct str b);
/* Offset of the first occurrence at or after `from`, or -1. An empty needle is found at `from`. */
ptrdiff_t str_find(struct str s, struct str needle, size_t from);
ptrdiff_t str_find_nocase(struct str s, struct str needle, size_t from);
static inline bool str_has(struct str s, struct str needle)
{
    return str_find(s, needle, 0) >= 0;
}
/* The part [from, to) with both ends clamped to the string. */
struct str str_sub(struct str s, size_t from, size_t to);
/* Without one pair of equal quotes, " or ', around the whole of it. */
struct str str_unquoted(struct str s);
/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);
/* Takes the next piece up to `sep` off the front of *s; false when nothing is left. "a,,b" gives "a", "", "b". */
bool str_split(struct str *s, char sep, struct str *ret_piece);
/* The part after the last '/', the whole when there is none. */
struct str str_basename(struct str path);
/* The part before the last '/' ("/" for "/x"), empty when there is none. */
struct str str_dirname(struct str path);
/*
 * Levenshtein distance, for "did you mean": anything over `most` (and anything between strings of over 64 bytes) is
 * `most + 1`.
 */
size_t str_distance(struct str a, struct str b, size_t most);
/* Unsigned decimal that fills the whole string; false on anything else or overflow. */
bool str_to_u64(struct str s, uint64_t *ret);
