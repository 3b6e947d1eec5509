// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/hash.h"

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))
#define ROUND                                                                                                          \
    do {                                                                                                               \
        v0 += v1, v1 = ROTL(v1, 13), v1 ^= v0, v0 = ROTL(v0, 32);                                                      \
        v2 += v3, v3 = ROTL(v3, 16), v3 ^= v2;                                                                         \
        v0 += v3, v3 = ROTL(v3, 21), v3 ^= v0;                                                                         \
        v2 += v1, v1 = ROTL(v1, 17), v1 ^= v2, v2 = ROTL(v2, 32);                                                      \
    } while (0)

uint64_t hash_keyed(const void *data, size_t n, uint64_t k0, uint64_t k1)
{
    const unsigned char *p = data;
    uint64_t v0 = k0 ^ 0x736f6d6570736575, v1 = k1 ^ 0x646f72616e646f6d;
    uint64_t v2 = k0 ^ 0x6c7967656e657261, v3 = k1 ^ 0x7465646279746573;
    uint64_t m, last = (uint64_t)n << 56;

    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&m, p, 8);
        v3 ^= m;
        ROUND;
        v0 ^= m;
    }
    m = 0;
    if (n)
        memcpy(&m, p, n);
    last |= m;
    v3 ^= last;
    ROUND;
    v0 ^= last;
    v2 ^= 0xff;
    ROUND;
    ROUND;
    ROUND;
    return v0 ^ v1 ^ v2 ^ v3;
}

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static uint64_t key[2];

static void key_init(void)
{
    if (getrandom(key, sizeof(key), GRND_NONBLOCK) != (ssize_t)sizeof(key)) {
        /* Before the kernel's generator is seeded (early boot): the address space layout is still some secret. */
        key[0] = (uint64_t)(uintptr_t)&key ^ (uint64_t)time(NULL);
        key[1] = (uint64_t)(uintptr_t)malloc;
    }
}

const uint64_t *hash_keys(void)
{
    (void)pthread_once(&key_once, key_init);
    return key;
}

uint64_t hash_bytes(const void *p, size_t n)
{
    (void)pthread_once(&key_once, key_init);
    return hash_quick(p, n, key[0], key[1]);
}

uint64_t hash_secret(struct str s)
{
    (void)pthread_once(&key_once, key_init);
    return hash_keyed(s.p, s.n, key[0], key[1]);
}
