// SPDX-License-Identifier: Apache-2.0
#include "base/mask.h"

#include <string.h>

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): its state only counts. */
static const uint64_t STEP = 0x9e3779b97f4a7c15;

static inline uint64_t next(uint64_t *state)
{
    uint64_t z = *state += STEP;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void mask_bytes(void *p, size_t n, uint64_t at, const uint8_t key[SHA256_BYTES])
{
    uint8_t *byte = p;
    uint64_t state, word;
    memcpy(&state, key, sizeof(state));
    state += at / sizeof(word) * STEP;
    for (; n >= sizeof(word); n -= sizeof(word), byte += sizeof(word)) {
        memcpy(&word, byte, sizeof(word));
        word ^= next(&state);
        memcpy(byte, &word, sizeof(word));
    }
    word = next(&state);
    for (size_t i = 0; i < n; i++)
        byte[i] ^= (uint8_t)(word >> 8 * i);
}
