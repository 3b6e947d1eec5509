// SPDX-License-Identifier: Apache-2.0
#include "log/json_scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

struct masks {
    uint64_t quote, backslash, open, close;
};

#ifdef __SSE2__
static struct masks look(const char *p)
{
    struct masks m = {};
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}'),
                  fold = _mm_set1_epi8(0x20);
    for (unsigned i = 0; i < BLOCK; i += 16) {
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        const __m128i folded = _mm_or_si128(v, fold); /* [ becomes {, ] becomes } */
        m.quote |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, quote)) << i;
        m.backslash |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, backslash)) << i;
        m.open |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(folded, open)) << i;
        m.close |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(folded, close)) << i;
    }
    return m;
}
#else
static struct masks look(const char *p)
{
    struct masks m = {};
    for (unsigned i = 0; i < BLOCK; i++) {
        m.quote |= (uint64_t)(p[i] == '"') << i;
        m.backslash |= (uint64_t)(p[i] == '\\') << i;
        m.open |= (uint64_t)((p[i] | 0x20) == '{') << i;
        m.close |= (uint64_t)((p[i] | 0x20) == '}') << i;
    }
    return m;
}
#endif

/* The bytes that a backslash before them takes their meaning: those behind a run of an odd number of them. */
static uint64_t find_escaped(uint64_t backslash, uint64_t *carry)
{
    const uint64_t even = 0x5555555555555555;
    if (!backslash) {
        const uint64_t first = *carry;
        *carry = 0;
        return first;
    }
    backslash &= ~*carry;
    const uint64_t follows = backslash << 1 | *carry, odd_starts = backslash & ~even & ~follows;
    uint64_t runs;
    *carry = __builtin_add_overflow(odd_starts, backslash, &runs);
    return (even ^ runs << 1) & follows;
}

/* Bit i of the result: the parity of the bits up to i. */
static uint64_t parity_up_to(uint64_t x)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        x ^= x << shift;
    return x;
}

/* Which byte of the block ends the value; BLOCK when none does. */
static unsigned scan_block(struct json_scan *s, const char *p)
{
    struct masks m = look(p);
    m.quote &= ~find_escaped(m.backslash, &s->escape);
    const uint64_t in_string = parity_up_to(m.quote) ^ s->in_string;
    s->in_string = 0 - (in_string >> 63);
    m.open &= ~in_string;
    m.close &= ~in_string;
    for (uint64_t both = m.open | m.close; both; both &= both - 1) {
        const unsigned i = (unsigned)__builtin_ctzll(both);
        if (m.open >> i & 1)
            s->depth++;
        else if (s->depth <= 1)
            return i;
        else
            s->depth--;
    }
    return BLOCK;
}

int json_scan(struct json_scan *s, struct str bytes, size_t *ret_end)
{
    size_t at = 0;
    for (; bytes.n - at >= BLOCK; at += BLOCK) {
        const unsigned i = scan_block(s, bytes.p + at);
        if (i < BLOCK) {
            *ret_end = at + i + 1;
            return 1;
        }
    }
    if (at < bytes.n) {
        char rest[BLOCK] = {};
        const size_t n = bytes.n - at;
        struct json_scan before = *s;
        memcpy(rest, bytes.p + at, n);
        const unsigned i = scan_block(s, rest);
        if (i < BLOCK) {
            *ret_end = at + i + 1;
            return 1;
        }
        /* the block was cut: whether its last byte is an escape counts, not what the zeros behind it made of it */
        unsigned run = 0;
        while (run < n && rest[n - 1 - run] == '\\')
            run++;
        s->escape = run == n ? (run + before.escape) & 1 : run & 1;
        if (run && !s->in_string)
            s->escape = 0;
    }
    return 0;
}
