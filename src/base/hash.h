// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Hashes for tables: keyed from the kernel's random numbers, so that names in a hostile archive cannot be chosen to collide. */
#include "base/str.h"

/* hash_keyed() with a key of the process, below: for secrets whose hashes leave it, so that equal ones are known as equal. */
uint64_t hash_secret(struct str s);
/* hash_quick() with a key of the process: for tables in memory, whose hashes nobody sees. */
uint64_t hash_bytes(const void *p, size_t n);
static inline uint64_t hash_str(struct str s)
{
    return hash_bytes(s.p, s.n);
}
/* The two keys of hash_bytes(), for whoever hashes many texts at once: hash_quick_all(v, n, keys[0], keys[1]). */
const uint64_t *hash_keys(void);
/*
 * SipHash-1-3 (Aumasson, Bernstein 2012; the reduced-round variant that Rust and Ruby use for tables) with a given key: for values that must not change
 * from run to run, or that others may see.
 */
uint64_t hash_keyed(const void *p, size_t n, uint64_t k0, uint64_t k1);

/*
 * A hash for many short texts, a fifth of the cost: the halves of products of 64-bit words, as wyhash has it (Wang Yi, 2019). Keyed too, and as
 * hard to steer as long as nobody sees hashes: for tables whose keys are random and stay within the process and its own files.
 */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
static inline uint64_t hash_quick(const void *data, size_t n, uint64_t k0, uint64_t k1)
{
    const unsigned char *p = (const unsigned char *)data; /* a C++ file reads this too */
    uint64_t seed = k0 ^ n, a = 0, b = 0;
    uint32_t low, high;
    if (n >= 8) {
        for (; n > 16; p += 16, n -= 16) {
            memcpy(&a, p, sizeof(a));
            memcpy(&b, p + 8, sizeof(b));
            seed = hash_mix(a ^ k1, b ^ seed);
        }
        /* the last sixteen bytes, or two words that share some */
        if (n < 8) {
            p -= 16 - n;
            n = 16;
        }
        memcpy(&a, p, sizeof(a));
        memcpy(&b, p + n - sizeof(b), sizeof(b));
    } else if (n >= 4) {
        memcpy(&low, p, sizeof(low));
        memcpy(&high, p + n - sizeof(high), sizeof(high));
        a = low;
        b = high;
    } else if (n) {
        a = (uint64_t)p[0] | (uint64_t)p[n / 2] << 8 | (uint64_t)p[n - 1] << 16;
    }
    return hash_mix(hash_mix(a ^ k1, b ^ seed) ^ k0, k1 ^ UINT64_C(0x9e3779b97f4a7c15));
}
/* Of several texts in order. Each by itself, so that none waits for the one before it: under keys of its place, and their sum is mixed. Absent is not empty. */
static inline uint64_t hash_quick_all(const struct str *v, size_t n, uint64_t k0, uint64_t k1)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t place = (i + 1) * UINT64_C(0xd6e8feb86659fd93);
        sum += v[i].p ? hash_quick(v[i].p, v[i].n, k0 ^ place, k1 + place) : place;
    }
    return hash_mix(sum ^ k0, k1 ^ UINT64_C(0x9e3779b97f4a7c15));
}
