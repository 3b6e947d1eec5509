// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "inspect/keccak.h"

enum { RATE = 136 }; /* bytes absorbed per permutation: 1600 bits less twice the output */

static uint64_t rotate(uint64_t x, unsigned n)
{
    return n ? x << n | x >> (64 - n) : x;
}

/* Lane (x, y) is s[x + 5 * y]. The rotation offsets and round constants follow from their definitions. */
static void permute(uint64_t s[25])
{
    uint8_t lfsr = 1;
    for (unsigned round = 0; round < 24; round++) {
        uint64_t c[5], t[25];
        for (unsigned x = 0; x < 5; x++)
            c[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20];
        for (unsigned i = 0; i < 25; i++)
            s[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
        t[0] = s[0];
        unsigned x = 1, y = 0;
        for (unsigned step = 0; step < 24; step++) {
            unsigned to_x = y, to_y = (2 * x + 3 * y) % 5;
            t[to_x + 5 * to_y] = rotate(s[x + 5 * y], (step + 1) * (step + 2) / 2 % 64);
            x = to_x;
            y = to_y;
        }
        for (unsigned row = 0; row < 25; row += 5)
            for (unsigned i = 0; i < 5; i++)
                s[row + i] = t[row + i] ^ (~t[row + (i + 1) % 5] & t[row + (i + 2) % 5]);
        for (unsigned j = 0; j < 7; j++) {
            if (lfsr & 1)
                s[0] ^= (uint64_t)1 << ((1u << j) - 1);
            lfsr = (uint8_t)(lfsr << 1 ^ (lfsr & 0x80 ? 0x71 : 0));
        }
    }
}

static void absorb(uint64_t s[25], const uint8_t block[RATE])
{
    for (unsigned i = 0; i < RATE; i++)
        s[i / 8] ^= (uint64_t)block[i] << 8 * (i % 8);
    permute(s);
}

void keccak256(const void *p, size_t n, uint8_t ret[KECCAK_BYTES])
{
    uint64_t s[25] = {};
    const uint8_t *from = p;
    for (; n >= RATE; n -= RATE, from += RATE)
        absorb(s, from);
    uint8_t last[RATE] = {};
    if (n)
        memcpy(last, from, n);
    last[n] ^= 0x01;
    last[RATE - 1] ^= 0x80;
    absorb(s, last);
    for (unsigned i = 0; i < KECCAK_BYTES; i++)
        ret[i] = (uint8_t)(s[i / 8] >> 8 * (i % 8));
}
