// SPDX-License-Identifier: Apache-2.0
#include "base/sha256_pair.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WITH_SHA __attribute__((__target__("sha,sse4.1,ssse3")))

/* FIPS 180-4, 4.2.2. */
static const uint32_t K[64] __attribute__((__aligned__(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* A state as the instructions want it: words F E B A and H G D C, first word highest. */
struct lane {
    __m128i feba, hgdc;
    __m128i w[4]; /* the last sixteen words of the schedule */
};

WITH_SHA static inline struct lane load(const uint32_t h[8])
{
    __m128i dcba = _mm_loadu_si128((const __m128i *)h), hgfe = _mm_loadu_si128((const __m128i *)(h + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    return (struct lane){.feba = _mm_alignr_epi8(cdab, efgh, 8), .hgdc = _mm_blend_epi16(efgh, cdab, 0xf0)};
}

WITH_SHA static inline void save(const struct lane *l, uint32_t h[8])
{
    __m128i abef = _mm_shuffle_epi32(l->feba, 0x1b), dchg = _mm_shuffle_epi32(l->hgdc, 0xb1);
    _mm_storeu_si128((__m128i *)h, _mm_blend_epi16(abef, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(dchg, abef, 8));
}

WITH_SHA static inline __m128i message(const uint8_t *p)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)p), swap);
}

/* Four rounds with the words in w[i % 4]. */
#define ROUNDS(l, i)                                                                                                   \
    do {                                                                                                               \
        __m128i m = _mm_add_epi32((l).w[(i) % 4], _mm_load_si128((const __m128i *)(K + 4 * (i))));                     \
        (l).hgdc = _mm_sha256rnds2_epu32((l).hgdc, (l).feba, m);                                                       \
        (l).feba = _mm_sha256rnds2_epu32((l).feba, (l).hgdc, _mm_shuffle_epi32(m, 0x0e));                              \
    } while (0)

/* The next four words of the schedule, in place of the oldest. */
#define SCHEDULE(l, i)                                                                                                 \
    ((l).w[(i) % 4] = _mm_sha256msg2_epu32(                                                                            \
         _mm_add_epi32(_mm_sha256msg1_epu32((l).w[(i) % 4], (l).w[((i) + 1) % 4]),                                     \
                       _mm_alignr_epi8((l).w[((i) + 3) % 4], (l).w[((i) + 2) % 4], 4)),                                \
         (l).w[((i) + 3) % 4]))

#define FIRST(i)                                                                                                       \
    do {                                                                                                               \
        x.w[i] = message(pa + 16 * (i));                                                                               \
        y.w[i] = message(pb + 16 * (i));                                                                               \
        ROUNDS(x, i);                                                                                                  \
        ROUNDS(y, i);                                                                                                  \
    } while (0)

#define LATER(i)                                                                                                       \
    do {                                                                                                               \
        SCHEDULE(x, i);                                                                                                \
        SCHEDULE(y, i);                                                                                                \
        ROUNDS(x, i);                                                                                                  \
        ROUNDS(y, i);                                                                                                  \
    } while (0)

WITH_SHA void sha256_pair_blocks(uint32_t a[8], const uint8_t *pa, uint32_t b[8], const uint8_t *pb, size_t blocks)
{
    struct lane x = load(a), y = load(b);
    for (; blocks; blocks--, pa += 64, pb += 64) {
        const __m128i xf = x.feba, xh = x.hgdc, yf = y.feba, yh = y.hgdc;
        FIRST(0);
        FIRST(1);
        FIRST(2);
        FIRST(3);
        LATER(4);
        LATER(5);
        LATER(6);
        LATER(7);
        LATER(8);
        LATER(9);
        LATER(10);
        LATER(11);
        LATER(12);
        LATER(13);
        LATER(14);
        LATER(15);
        x.feba = _mm_add_epi32(x.feba, xf);
        x.hgdc = _mm_add_epi32(x.hgdc, xh);
        y.feba = _mm_add_epi32(y.feba, yf);
        y.hgdc = _mm_add_epi32(y.hgdc, yh);
    }
    save(&x, a);
    save(&y, b);
}

__attribute__((__target__("avx"))) void digest_narrow(void)
{
    _mm256_zeroupper();
}

#else

void sha256_pair_blocks(uint32_t[8], const uint8_t *, uint32_t[8], const uint8_t *, size_t)
{
}

void digest_narrow(void)
{
}

#endif
