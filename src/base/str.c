// SPDX-License-Identifier: Apache-2.0
#include <strings.h>

#include "base/cpu.h"
#include "base/str.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

bool str_is_any(struct str s, const char *const *names)
{
    for (; *names; names++)
        if (str_is(s, *names))
            return true;
    return false;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int r = n ? memcmp(a.p, b.p, n) : 0;
    return r ? r : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (!prefix.n || !memcmp(s.p, prefix.p, prefix.n));
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && (!suffix.n || !memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n));
}

bool str_eq_nocase(struct str a, struct str b)
{
    return a.n == b.n && (!a.n || !strncasecmp(a.p, b.p, a.n));
}

#if defined(__x86_64__)

/*
 * The first and the last byte of the needle, compared at 32 places at once: few places of a text have both. *at becomes where the
 * needle is, or the first place that is not compared here, as too few follow it.
 */
__attribute__((__target__("avx2"))) static bool find_wide(struct str s, struct str needle, size_t *at)
{
    const __m256i first = _mm256_set1_epi8(needle.p[0]), last = _mm256_set1_epi8(needle.p[needle.n - 1]);
    size_t i = *at;
    for (; i + needle.n - 1 + 32 <= s.n; i += 32) {
        __m256i begins = _mm256_loadu_si256((const __m256i *)(const void *)(s.p + i));
        __m256i ends = _mm256_loadu_si256((const __m256i *)(const void *)(s.p + i + needle.n - 1));
        __m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(begins, first), _mm256_cmpeq_epi8(ends, last));
        for (uint32_t places = (uint32_t)_mm256_movemask_epi8(both); places; places &= places - 1) {
            size_t place = i + (size_t)__builtin_ctz(places);
            if (!memcmp(s.p + place, needle.p, needle.n)) {
                *at = place;
                return true;
            }
        }
    }
    *at = i;
    return false;
}

#endif

ptrdiff_t str_find(struct str s, struct str needle, size_t from)
{
    enum { SHORT = 4, WIDE_MAX = 64 /* of a long needle that nearly fits everywhere each place would be compared at length */ };
    if (from > s.n || needle.n > s.n - from)
        return -1;
    if (!needle.n)
        return (ptrdiff_t)from;
#if defined(__x86_64__)
    if (needle.n > 1 && needle.n <= WIDE_MAX && cpu_has(CPU_AVX2)) {
        if (find_wide(s, needle, &from))
            return (ptrdiff_t)from;
        if (needle.n > s.n - from)
            return -1;
    }
#endif
    if (needle.n > SHORT) {
        const char *hit = memmem(s.p + from, s.n - from, needle.p, needle.n);
        return hit ? hit - s.p : -1;
    }
    /* memmem() prepares a table first, which pays for long needles only */
    const char *const end = s.p + s.n - needle.n + 1;
    for (const char *p = s.p + from; p < end && (p = memchr(p, needle.p[0], (size_t)(end - p))); p++)
        if (!memcmp(p, needle.p, needle.n))
            return p - s.p;
    return -1;
}

ptrdiff_t str_find_nocase(struct str s, struct str needle, size_t from)
{
    if (from > s.n || needle.n > s.n - from)
        return -1;
    if (!needle.n)
        return (ptrdiff_t)from;
    /* most places differ in the first byte: only letters have a second form */
    const char first = needle.p[0], low = (char)(first | 0x20), high = low >= 'a' && low <= 'z' ? (char)(first & ~0x20) : first;
    const char other = low >= 'a' && low <= 'z' ? low : first;
    for (size_t i = from; i + needle.n <= s.n; i++)
        if ((s.p[i] == high || s.p[i] == other) && !strncasecmp(s.p + i, needle.p, needle.n))
            return (ptrdiff_t)i;
    return -1;
}

struct str str_sub(struct str s, size_t from, size_t to)
{
    if (to > s.n)
        to = s.n;
    if (from > to)
        from = to;
    return (struct str){s.p ? s.p + from : NULL, to - from};
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_unquoted(struct str s)
{
    bool is_quoted = s.n > 1 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0];
    return is_quoted ? str_sub(s, 1, s.n - 1) : s;
}

struct str str_trim(struct str s)
{
    size_t from = 0, to = s.n;
    while (from < to && is_blank(s.p[from]))
        from++;
    while (to > from && is_blank(s.p[to - 1]))
        to--;
    return str_sub(s, from, to);
}

bool str_split(struct str *s, char sep, struct str *ret_piece)
{
    if (!s->p)
        return false;
    const char *hit = s->n ? memchr(s->p, sep, s->n) : NULL;
    size_t n = hit ? (size_t)(hit - s->p) : s->n;
    *ret_piece = str_n(s->p, n);
    *s = hit ? str_n(hit + 1, s->n - n - 1) : STR_NULL;
    return true;
}

struct str str_basename(struct str path)
{
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    return slash ? str_sub(path, (size_t)(slash - path.p) + 1, path.n) : path;
}

struct str str_dirname(struct str path)
{
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    if (!slash)
        return STR_NULL;
    return str_sub(path, 0, slash == path.p ? 1 : (size_t)(slash - path.p));
}

bool str_to_u64(struct str s, uint64_t *ret)
{
    uint64_t v = 0;
    if (!s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, 10U, &v) || __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    *ret = v;
    return true;
}

size_t str_distance(struct str a, struct str b, size_t most)
{
    enum { LONGEST = 64 }; /* names are short, so a fixed row serves */
    size_t row[LONGEST + 1];
    if (a.n > LONGEST || b.n > LONGEST || (a.n > b.n ? a.n - b.n : b.n - a.n) > most)
        return most + 1;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t substituted = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            size_t least = row[j - 1] < row[j] ? row[j - 1] : row[j];
            row[j] = least + 1 < substituted ? least + 1 : substituted;
        }
    }
    return row[b.n];
}
