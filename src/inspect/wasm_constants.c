// SPDX-License-Identifier: Apache-2.0
/* Constants of hash functions, as their specifications give them. */
#include "base/cleanup.h"
#include "inspect/wasm.h"

const char *wasm_primitive_name(enum wasm_primitive p)
{
    static const char *const NAMES[] = {
#define WASM_PRIMITIVE(id, word) [WASM_##id] = (word),
#include "inspect/wasm.def"
#undef WASM_PRIMITIVE
    };
    return p < WASM_PRIMITIVE__N ? NAMES[p] : "none";
}

struct constant {
    enum wasm_primitive primitive;
    unsigned bits;
    uint64_t value;
    bool code_only; /* too ordinary among data */
};

static const struct constant TABLE[] = {
    /* Round constants (FIPS 202) that are no small numbers. */
    {WASM_KECCAK, 64, 0x800000000000808a, false},
    {WASM_KECCAK, 64, 0x8000000080008000, false},
    {WASM_KECCAK, 64, 0x8000000080008081, false},
    {WASM_KECCAK, 64, 0x8000000000008009, false},
    {WASM_KECCAK, 64, 0x800000000000008b, false},
    {WASM_KECCAK, 64, 0x8000000000008089, false},
    {WASM_KECCAK, 64, 0x8000000000008003, false},
    {WASM_KECCAK, 64, 0x8000000000008002, false},
    /* First words of the S-box and of the tables made from it (FIPS 197). */
    {WASM_AES, 64, 0xc56f6bf27b777c63, false},
    {WASM_AES, 64, 0x847c7cf8a56363c6, false},
    {WASM_AES, 64, 0xf87c7c84c66363a5, false},
    {WASM_AES, 64, 0x7c7cf8846363c6a5, false},
    /* First words of the tables of Grøstl's reference code. */
    {WASM_GROESTL, 64, 0xc6a597f4a5f432c6, false},
    {WASM_GROESTL, 64, 0xa5f432c6c6a597f4, false},
    /* Initial value of JH-256 and first round constants. */
    {WASM_JH, 64, 0xebd3202c41a398eb, false},
    {WASM_JH, 64, 0x67f815dfa2ded572, false},
    {WASM_JH, 64, 0x571523b70a15847b, false},
    /* Parity of the key schedule, initial value of Skein-512-256. */
    {WASM_SKEIN, 64, 0x1bd11bdaa9fc1a22, false},
    {WASM_SKEIN, 64, 0xccd044a12fdb3e13, false},
    {WASM_SKEIN, 64, 0xe83590301a79a9eb, false},
    /* Digits of pi, as BLAKE takes them (Blowfish's subkeys begin with them too). */
    {WASM_BLAKE256, 32, 0x243f6a88, false},
    {WASM_BLAKE256, 32, 0x85a308d3, false},
    {WASM_BLAKE256, 32, 0x13198a2e, false},
    {WASM_BLAKE256, 32, 0xa4093822, false},
    /* Initial values (RFC 7693); SHA-512 has the same ones, so they count where its round constants are not. */
    {WASM_BLAKE2B, 64, 0x6a09e667f3bcc908, false},
    {WASM_BLAKE2B, 64, 0xbb67ae8584caa73b, false},
    {WASM_BLAKE2B, 64, 0xa54ff53a5f1d36f1, false},
    /* Round constants (FIPS 180-4). */
    {WASM_SHA256, 32, 0x428a2f98, false},
    {WASM_SHA256, 32, 0x71374491, false},
    {WASM_SHA256, 32, 0xb5c0fbcf, false},
    {WASM_SHA512, 64, 0x428a2f98d728ae22, false},
    {WASM_SHA512, 64, 0x7137449123ef65cd, false},
    /* Addresses within 2 MiB in steps of 16, the mask of CryptoNight's main loop; within 1 MiB: its lite form. */
    {WASM_SCRATCHPAD, 32, 0x1ffff0, true},
    {WASM_SCRATCHPAD, 32, 0xffff0, true},
    /* Constants of the initial registers of RandomX's SuperscalarHash (its specification, 7.3). */
    {WASM_RANDOMX, 64, 9298411001130361340u, false},
    {WASM_RANDOMX, 64, 12065312585734608966u, false},
    {WASM_RANDOMX, 64, 9306329213124626780u, false},
    {WASM_RANDOMX, 64, 5281919268842080866u, false},
    /* d, 2d and the square root of -1 of edwards25519 (RFC 8032): the two lowest limbs of ten, then the lowest of five. */
    {WASM_ED25519, 64, 0x00d37285ff5978b6, false},
    {WASM_ED25519, 64, 0xffa6e50afeb2f159, false},
    {WASM_ED25519, 64, 0xff86c9d3fe0ea0b0, false},
    {WASM_ED25519, 64, 929955233495203u, false},
    {WASM_ED25519, 64, 1859910466990425u, false},
    {WASM_ED25519, 64, 1718705420411056u, false},
};
_Static_assert(sizeof(TABLE) / sizeof(*TABLE) <= 64, "one bit each");

/* How many different constants make a primitive. */
static const unsigned ENOUGH[WASM_PRIMITIVE__N] = {
    [WASM_KECCAK] = 6,   [WASM_AES] = 1,     [WASM_GROESTL] = 1, [WASM_JH] = 1,         [WASM_SKEIN] = 1,
    [WASM_BLAKE256] = 3, [WASM_BLAKE2B] = 3, [WASM_SHA256] = 2,  [WASM_SHA512] = 2,     [WASM_SCRATCHPAD] = 1,
    [WASM_RANDOMX] = 3,  [WASM_ED25519] = 2,
};

void wasm_constants_add32(struct wasm_constants *c, uint32_t value)
{
    for (size_t i = 0; i < ARRAY_SIZE(TABLE); i++)
        if (TABLE[i].bits == 32 && TABLE[i].value == value)
            c->seen |= 1ull << i;
}

void wasm_constants_add64(struct wasm_constants *c, uint64_t value)
{
    for (size_t i = 0; i < ARRAY_SIZE(TABLE); i++)
        if (TABLE[i].bits == 64 && TABLE[i].value == value)
            c->seen |= 1ull << i;
    /* Two words that were stored as one. */
    wasm_constants_add32(c, (uint32_t)value);
    wasm_constants_add32(c, (uint32_t)(value >> 32));
}

static uint64_t turned(uint64_t value, unsigned bits)
{
    return bits == 64 ? __builtin_bswap64(value) : __builtin_bswap32((uint32_t)value);
}

static bool is_at(const uint8_t *p, size_t n, uint64_t value, unsigned bits)
{
    uint8_t bytes[8];
    for (unsigned k = 0; k < 8; k++)
        bytes[k] = (uint8_t)(value >> 8 * k);
    return n >= bits / 8 && !memcmp(p, bytes, bits / 8);
}

void wasm_constants_data(struct wasm_constants *c, struct str data)
{
    /* Which constants begin with a byte, so that a byte of data costs one look. */
    uint64_t first[2][256] = {};
    for (size_t i = 0; i < ARRAY_SIZE(TABLE); i++) {
        if (TABLE[i].code_only)
            continue;
        first[0][(uint8_t)TABLE[i].value] |= 1ull << i;
        first[1][(uint8_t)turned(TABLE[i].value, TABLE[i].bits)] |= 1ull << i;
    }
    const uint8_t *p = (const uint8_t *)data.p;
    for (size_t at = 0; at + 4 <= data.n; at++)
        for (unsigned big = 0; big < 2; big++)
            for (uint64_t rows = first[big][p[at]] & ~c->seen; rows; rows &= rows - 1) {
                const struct constant *k = &TABLE[__builtin_ctzll(rows)];
                if (is_at(p + at, data.n - at, big ? turned(k->value, k->bits) : k->value, k->bits))
                    c->seen |= rows & -rows;
            }
}

bool wasm_constants_has(const struct wasm_constants *c, enum wasm_primitive p)
{
    unsigned n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(TABLE); i++)
        n += TABLE[i].primitive == p && c->seen >> i & 1;
    if (p == WASM_BLAKE2B && wasm_constants_has(c, WASM_SHA512))
        return false;
    return n >= ENOUGH[p];
}
