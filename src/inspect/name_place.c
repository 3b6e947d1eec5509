// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"
#include "base/word_run.h"
#include "inspect/name_place.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Whether the byte at `i`, which is the one that is looked for, stands where it has to. */
typedef bool fits(struct str t, size_t i);

static bool dot_fits(struct str t, size_t i)
{
    return i && i + 1 < t.n && word_run_has(t.p[i - 1]) && word_run_has(t.p[i + 1]);
}

static bool colon_fits(struct str t, size_t i)
{
    return (i + 1 < t.n && t.p[i + 1] > '0' && t.p[i + 1] <= '9') || (i + 2 < t.n && t.p[i + 1] == '/' && t.p[i + 2] == '/');
}

static inline size_t find_plain(struct str t, size_t at, char c, fits *fit)
{
    while (at < t.n) {
        const char *p = memchr(t.p + at, c, t.n - at);
        if (!p)
            break;
        at = (size_t)(p - t.p);
        if (fit(t, at))
            return at;
        at++;
    }
    return t.n;
}

#if defined(__x86_64__)
__attribute__((__target__("avx2"))) static inline size_t find_wide(struct str t, size_t at, char c, fits *fit)
{
    const __m256i wanted = _mm256_set1_epi8(c);
    for (; at + 64 <= t.n; at += 64) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(t.p + at)),
                b = _mm256_loadu_si256((const __m256i *)(const void *)(t.p + at + 32));
        uint64_t m = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, wanted)) |
                     (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, wanted)) << 32;
        for (; m; m &= m - 1) {
            size_t i = at + (size_t)__builtin_ctzll(m);
            if (fit(t, i))
                return i;
        }
    }
    return find_plain(t, at, c, fit);
}
#endif

static inline size_t find(struct str t, size_t at, char c, fits *fit)
{
#if defined(__x86_64__)
    if (cpu_has(CPU_AVX2))
        return find_wide(t, at, c, fit);
#endif
    return find_plain(t, at, c, fit);
}

size_t name_place_dot(struct str text, size_t at)
{
    return find(text, at, '.', dot_fits);
}

size_t name_place_colon(struct str text, size_t at)
{
    return find(text, at, ':', colon_fits);
}
