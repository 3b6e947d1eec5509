// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"
#include "base/word_run.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const bool IN_WORD[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['+'] = true, ['-'] = true, ['/'] = true, ['_'] = true,
};

bool word_run_has(char c)
{
    return IN_WORD[(uint8_t)c];
}

/* Where a run begins: it reaches over every place that is WORD_RUN_MIN bytes behind its begin, so from there back few bytes tell. */
static size_t find_plain(struct str t, size_t at)
{
    while (at + WORD_RUN_MIN <= t.n) {
        size_t k = at + WORD_RUN_MIN;
        while (k > at && word_run_has(t.p[k - 1]))
            k--;
        if (k == at)
            return at;
        at = k;
    }
    return t.n;
}

#if defined(__x86_64__)

/*
 * Of 32 bytes, those of words. Each row of sixteen codes with such bytes has a bit (rows 4 and 6 hold the same places): a table
 * by the low half of a byte tells in which rows it stands there, one by the high half which row it is.
 */
__attribute__((__target__("avx2"))) static uint32_t members(const char *p)
{
    enum { ROW_2 = 1, ROW_3 = 2, ROW_4_6 = 4, ROW_5 = 8, ROW_7 = 16, ROWS_3_5_7 = ROW_3 | ROW_5 | ROW_7 };
    const __m256i low = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        ROWS_3_5_7, ROWS_3_5_7 | ROW_4_6, ROWS_3_5_7 | ROW_4_6, ROWS_3_5_7 | ROW_4_6, ROWS_3_5_7 | ROW_4_6, ROWS_3_5_7 | ROW_4_6,
        ROWS_3_5_7 | ROW_4_6, ROWS_3_5_7 | ROW_4_6, ROWS_3_5_7 | ROW_4_6, ROWS_3_5_7 | ROW_4_6, ROW_4_6 | ROW_5 | ROW_7,
        ROW_2 | ROW_4_6, ROW_4_6, ROW_2 | ROW_4_6, ROW_4_6, ROW_2 | ROW_4_6 | ROW_5));
    const __m256i high = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, ROW_2, ROW_3, ROW_4_6, ROW_5, ROW_4_6, ROW_7, 0, 0, 0, 0, 0, 0, 0, 0));
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i rows = _mm256_shuffle_epi8(low, v); /* 0 for bytes from 0x80 on */
    __m256i row = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15)));
    __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(rows, row), _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(none);
}

__attribute__((__target__("avx2"))) static size_t find_wide(struct str t, size_t at)
{
    size_t behind = 0; /* bytes of words right before `at` */
    for (; at + 64 <= t.n; at += 64) {
        uint64_t m = members(t.p + at) | (uint64_t)members(t.p + at + 32) << 32;
        if (!m) {
            behind = 0;
            continue;
        }
        size_t ahead = ~m ? (size_t)__builtin_ctzll(~m) : 64;
        if (behind + ahead >= WORD_RUN_MIN)
            return at - behind;
        uint64_t runs = m & m >> 1; /* where two begin, then four, eight, sixteen */
        runs &= runs >> 2;
        runs &= runs >> 4;
        runs &= runs >> 8;
        if (runs)
            return at + (size_t)__builtin_ctzll(runs);
        behind = (size_t)__builtin_clzll(~m); /* less than 16: a word of 64 was found above */
    }
    return find_plain(t, at - behind);
}

__attribute__((__target__("avx2"))) static size_t end_wide(struct str t, size_t at)
{
    for (; at + 32 <= t.n; at += 32) {
        uint32_t others = ~members(t.p + at);
        if (others)
            return at + (size_t)__builtin_ctz(others);
    }
    return at;
}

#endif

/* Where the run ends that reaches over `at`. */
static size_t end_plain(struct str t, size_t at)
{
    while (at < t.n && word_run_has(t.p[at]))
        at++;
    return at;
}

static size_t find(struct str t, size_t at)
{
#if defined(__x86_64__)
    if (t.n - at >= 64 && cpu_has(CPU_AVX2))
        return find_wide(t, at);
#endif
    return find_plain(t, at);
}

bool word_run_next(struct str text, size_t *at, size_t *ret_end)
{
    size_t from = *at < text.n ? find(text, *at) : text.n, end = from + WORD_RUN_MIN;
    *at = from;
    if (from == text.n)
        return false;
#if defined(__x86_64__)
    if (cpu_has(CPU_AVX2))
        end = end_wide(text, end);
#endif
    *ret_end = end_plain(text, end);
    return true;
}
