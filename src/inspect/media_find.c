// SPDX-License-Identifier: Apache-2.0
/*
 * Programs anywhere in bytes, under any key. Headers have known text and known zeros: bytes that are a multiple of the
 * key's length apart show their difference whatever the key is. A filter over 16 places at a time finds where that holds,
 * and the whole header is read there.
 */
#include "inspect/media.h"

enum {
    ELF_HEADER = 52,
    ELF_ZEROS = 8, /* offset and number of the zeros in an ELF identification */
    ELF_ZEROS_N = 8,
    PE_HEADER = 64,
    PE_ZEROS = 40, /* reserved words of a DOS header */
    PE_ZEROS_N = 20,
    PE_OFFSET_MAX = 4096,
    SCRIPT_MARK = 7, /* #!/bin/ */
    HEAD_BYTES = PE_OFFSET_MAX + 8,
    SAMPLE_BYTES = 16 << 10, /* in which the bytes of a long key are counted */
    SAMPLE_BYTES_MIN = 1024,
    LOOK_AHEAD = 16 + PE_HEADER,
};

typedef uint8_t vector __attribute__((vector_size(16)));

static const struct {
    unsigned distance, period; /* a distance of 8 shows periods 2, 4 and 8 */
} ELF_DISTANCES[] = {{8, 8}, {9, 3}, {10, 5}, {12, 6}, {7, 7}}, PE_DISTANCES[] = {{40, 8}, {42, 3}, {40, 5}, {42, 6}, {42, 7}};

static uint8_t rol(uint8_t v, unsigned n)
{
    return (uint8_t)(v << n | v >> (8 - n));
}

/* The byte at offset j behind e->at, scrambling taken away. */
static uint8_t media_plain(const struct embedded *e, uint8_t byte, size_t j)
{
    switch (e->how) {
    case SCRAMBLE_XOR:
        return byte ^ e->key[j % e->n_key];
    case SCRAMBLE_ADD:
        return (uint8_t)(byte - e->key[0]);
    case SCRAMBLE_ROL:
        return rol(byte, 8 - e->key[0]);
    default:
        return byte;
    }
}

static bool is_machine(unsigned machine)
{
    static const uint16_t KNOWN[] = {2, 3, 4, 8, 18, 20, 21, 22, 40, 42, 43, 50, 62, 183, 243, 247, 258};
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++)
        if (KNOWN[i] == machine)
            return true;
    return false;
}

/* Chance agreement is beyond 2^-60. */
static bool is_elf(const struct embedded *e, const uint8_t *p, size_t n)
{
    uint8_t h[ELF_HEADER];
    if (n < sizeof(h) || media_plain(e, p[1], 1) != 'E' || media_plain(e, p[2], 2) != 'L')
        return false;
    for (size_t i = 0; i < sizeof(h); i++)
        h[i] = media_plain(e, p[i], i);
    bool big = h[5] == 2;
    unsigned type = big ? (unsigned)h[16] << 8 | h[17] : (unsigned)h[17] << 8 | h[16];
    unsigned machine = big ? (unsigned)h[18] << 8 | h[19] : (unsigned)h[19] << 8 | h[18];
    for (size_t i = 9; i < 16; i++)
        if (h[i])
            return false;
    return !memcmp(h, "\x7f" "ELF", 4) && (h[4] == 1 || h[4] == 2) && (h[5] == 1 || h[5] == 2) && h[6] == 1 && type >= 1 &&
           type <= 4 && (big ? h[23] : h[20]) == 1 && is_machine(machine);
}

static bool is_pe(const struct embedded *e, const uint8_t *p, size_t n)
{
    if (n < PE_HEADER || media_plain(e, p[0], 0) != 'M' || media_plain(e, p[1], 1) != 'Z')
        return false;
    uint32_t at = 0;
    for (size_t k = 0; k < 4; k++)
        at |= (uint32_t)media_plain(e, p[60 + k], 60 + k) << 8 * k;
    if (at < PE_HEADER || at > PE_OFFSET_MAX || at + 6 > n)
        return false;
    for (size_t k = 0; k < 4; k++)
        if (media_plain(e, p[at + k], at + k) != (uint8_t)"PE\0\0"[k])
            return false;
    return true;
}

static bool is_script(const struct embedded *e, const uint8_t *p, size_t n)
{
    static const char MARK[] = "#!/bin/", USR[] = "#!/usr/";
    bool bin = n >= SCRIPT_MARK, usr = bin;
    for (size_t i = 0; i < SCRIPT_MARK && (bin || usr); i++) {
        bin &= media_plain(e, p[i], i) == (uint8_t)MARK[i];
        usr &= media_plain(e, p[i], i) == (uint8_t)USR[i];
    }
    return bin || usr;
}

/* One byte that all are XORed with, added to or rotated by; each would turn the first byte into what it must be. */
static bool try_byte(const uint8_t *p, size_t n, struct embedded *e)
{
    static const struct {
        enum file_kind kind;
        uint8_t first;
        bool (*is)(const struct embedded *e, const uint8_t *p, size_t n);
    } ROWS[] = {{KIND_ELF, 0x7f, is_elf}, {KIND_PE, 'M', is_pe}, {KIND_SCRIPT, '#', is_script}};
    e->n_key = 1;
    for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++) {
        e->kind = ROWS[i].kind;
        e->key[0] = p[0] ^ ROWS[i].first;
        e->how = e->key[0] ? SCRAMBLE_XOR : SCRAMBLE_NONE;
        if ((e->key[0] || ROWS[i].kind != KIND_SCRIPT) && ROWS[i].is(e, p, n))
            return true;
        e->how = SCRAMBLE_ADD;
        e->key[0] = (uint8_t)(p[0] - ROWS[i].first);
        if (e->key[0] && ROWS[i].kind != KIND_SCRIPT && ROWS[i].is(e, p, n))
            return true;
        e->how = SCRAMBLE_ROL;
        for (e->key[0] = 1; e->key[0] < 8 && ROWS[i].kind != KIND_SCRIPT; e->key[0]++)
            if (rol(ROWS[i].first, e->key[0]) == p[0] && ROWS[i].is(e, p, n))
                return true;
    }
    return false;
}

/* The key that the zeros at [from, from + n) show, when they agree with that period; the shortest that says the same. */
static bool key_from_zeros(const uint8_t *p, size_t from, size_t n, unsigned period, struct embedded *e)
{
    for (size_t j = from; j < from + period; j++)
        e->key[j % period] = p[j];
    for (size_t j = from + period; j < from + n; j++)
        if (p[j] != e->key[j % period])
            return false;
    for (unsigned half = period / 2; half && period % 2 == 0 && !memcmp(e->key, e->key + half, half); half = period / 2)
        period = half;
    e->how = SCRAMBLE_XOR;
    e->n_key = period;
    return period > 1;
}

static bool try_key(const uint8_t *p, size_t n, struct embedded *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(ELF_DISTANCES) && n >= ELF_HEADER; i++) {
        unsigned d = ELF_DISTANCES[i].distance;
        e->kind = KIND_ELF;
        if ((p[1] ^ p[1 + d]) == 'E' && (p[2] ^ p[2 + d]) == 'L' && (p[3] ^ p[3 + d]) == 'F' &&
            key_from_zeros(p, ELF_ZEROS, ELF_ZEROS_N, ELF_DISTANCES[i].period, e) && is_elf(e, p, n))
            return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(PE_DISTANCES) && n >= PE_HEADER; i++) {
        unsigned d = PE_DISTANCES[i].distance;
        e->kind = KIND_PE;
        if ((p[0] ^ p[d]) == 'M' && (p[1] ^ p[d + 1]) == 'Z' &&
            key_from_zeros(p, PE_ZEROS, PE_ZEROS_N, PE_DISTANCES[i].period, e) && is_pe(e, p, n))
            return true;
    }
    return false;
}

void media_unscramble(const struct embedded *e, struct str data, uint8_t *out)
{
    const uint8_t *p = (const uint8_t *)data.p;
    uint8_t key = e->key[0], before = 0;
    for (size_t i = 0; i < data.n; i++)
        switch (e->how) {
        case SCRAMBLE_GROWS:
            out[i] = p[i] ^ key;
            key = (uint8_t)(key + e->key[1]);
            break;
        case SCRAMBLE_CHAIN:
            out[i] = i ? p[i] ^ p[i - 1] : p[i] ^ key;
            break;
        case SCRAMBLE_BEFORE:
            out[i] = before = i ? p[i] ^ before : p[i] ^ key;
            break;
        case SCRAMBLE_SKIPS:
            out[i] = p[i] && p[i] != key ? p[i] ^ key : p[i];
            break;
        case SCRAMBLE_TURNS:
            out[i] = p[data.n - 1 - i];
            break;
        default:
            out[i] = media_plain(e, p[i], i);
        }
}

/* Whether a program begins there once it is unscrambled so. */
static bool try_whole(struct str data, struct embedded *e)
{
    static const struct embedded PLAIN = {};
    uint8_t head[HEAD_BYTES];
    size_t n = data.n < sizeof(head) ? data.n : sizeof(head);
    media_unscramble(e, e->how == SCRAMBLE_TURNS ? str_sub(data, data.n - n, data.n) : str_sub(data, 0, n), head);
    e->kind = is_elf(&PLAIN, head, n) ? KIND_ELF : is_pe(&PLAIN, head, n) ? KIND_PE : is_script(&PLAIN, head, n) ? KIND_SCRIPT : KIND__N;
    return e->kind != KIND__N;
}

/* Most bytes of a program are zeros: the most frequent one of each class is the key's. */
static bool try_long_key(struct str data, unsigned period, struct embedded *e)
{
    uint16_t counts[MEDIA_KEY_MAX][256] = {};
    size_t n = data.n < SAMPLE_BYTES ? data.n : SAMPLE_BYTES;
    for (size_t i = 0; i < n; i++)
        counts[i % period][(uint8_t)data.p[i]]++;
    for (unsigned k = 0; k < period; k++)
        for (unsigned v = 1; v < 256; v++)
            if (counts[k][v] > counts[k][e->key[k]])
                e->key[k] = (uint8_t)v;
    e->how = SCRAMBLE_XOR;
    e->n_key = period;
    return try_whole(data, e);
}

bool media_is_program(struct str data, bool long_keys, struct embedded *ret)
{
    static const uint8_t FIRST[] = {0x7f, 'M', '#'}, SECOND[] = {'E', 'Z', '!'};
    const uint8_t *p = (const uint8_t *)data.p;
    if (data.n < ELF_HEADER)
        return false;
    *ret = (struct embedded){};
    if ((try_byte(p, data.n, ret) || try_key(p, data.n, ret)) && ret->how != SCRAMBLE_NONE)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(FIRST); i++) {
        uint8_t key = p[0] ^ FIRST[i], step = (uint8_t)((p[1] ^ SECOND[i]) - key);
        const struct embedded WAYS[] = {
            {.how = SCRAMBLE_GROWS, .key = {key, step}, .n_key = 2}, {.how = SCRAMBLE_CHAIN, .key = {key}},
            {.how = SCRAMBLE_BEFORE, .key = {key}},                  {.how = SCRAMBLE_SKIPS, .key = {key}, .n_key = 1},
        };
        for (size_t k = 0; k < ARRAY_SIZE(WAYS); k++) {
            *ret = WAYS[k];
            if ((key || WAYS[k].how != SCRAMBLE_SKIPS) && try_whole(data, ret))
                return true;
        }
    }
    *ret = (struct embedded){.how = SCRAMBLE_TURNS};
    if ((p[data.n - 1] == 0x7f || p[data.n - 1] == 'M') && try_whole(data, ret))
        return true;
    for (unsigned period = MEDIA_KEY_ANYWHERE + 1; long_keys && data.n >= SAMPLE_BYTES_MIN && period <= MEDIA_KEY_MAX; period++) {
        *ret = (struct embedded){};
        if (try_long_key(data, period, ret))
            return true;
    }
    return false;
}

static vector load(const uint8_t *p)
{
    vector v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static bool any(vector v)
{
    uint64_t words[2];
    memcpy(words, &v, sizeof(words));
    return words[0] | words[1];
}

/* Whether any of 16 places may begin a program; reads LOOK_AHEAD bytes. */
static bool may_begin(const uint8_t *p)
{
    vector v0 = load(p), v1 = load(p + 1), v2 = load(p + 2), v3 = load(p + 3), high = load(p + 63);
    vector x0 = v0 ^ v1, x1 = v1 ^ v2, x2 = v2 ^ v3;
    /* One byte: what neighbours differ by is the same under each key. A DOS header's offset has a high byte of zero. */
    vector hit = (vector)((x0 == 0x3a) & (x1 == 0x09) & (x2 == 0x0a));
    hit |= (vector)((x0 == 0x17) & ((v0 ^ high) == 'M'));
    hit |= (vector)((x0 == 0x02) & (x1 == 0x0e) & ((x2 == 0x4d) | (x2 == 0x5a)));
    hit |= (vector)((v1 - v0 == 0xc6) & (v2 - v1 == 0x07) & (v3 - v2 == 0xfa));
    hit |= (vector)((v1 - v0 == 0x0d) & (v0 - high == 'M'));
    /* Zeros stay zeros when bits are rotated, and are rare in pictures. */
    vector elf_zeros = (vector)((load(p + 9) | load(p + 11) | load(p + 13) | load(p + 15)) == 0);
    vector pe_zeros = (vector)((load(p + 41) | load(p + 47) | load(p + 55) | high) == 0);
    if (any(elf_zeros | pe_zeros))
        for (unsigned n = 1; n < 8; n++) {
            hit |= (vector)((v0 == rol(0x7f, n)) & (v1 == rol('E', n)) & (v2 == rol('L', n))) & elf_zeros;
            hit |= (vector)((v0 == rol('M', n)) & (v1 == rol('Z', n))) & pe_zeros;
        }
    for (size_t i = 0; i < ARRAY_SIZE(ELF_DISTANCES); i++) {
        const uint8_t *q = p + ELF_DISTANCES[i].distance;
        hit |= (vector)(((v1 ^ load(q + 1)) == 'E') & ((v2 ^ load(q + 2)) == 'L') & ((v3 ^ load(q + 3)) == 'F'));
    }
    hit |= (vector)(((v0 ^ load(p + 40)) == 'M') & ((v1 ^ load(p + 41)) == 'Z'));
    hit |= (vector)(((v0 ^ load(p + 42)) == 'M') & ((v1 ^ load(p + 43)) == 'Z'));
    return any(hit);
}

bool media_find_program(struct str data, size_t from, struct embedded *ret)
{
    const uint8_t *p = (const uint8_t *)data.p;
    for (size_t i = from; i < data.n;) {
        size_t end = i + 16 < data.n ? i + 16 : data.n;
        if (data.n - i < LOOK_AHEAD || may_begin(p + i))
            for (size_t k = i; k < end; k++) {
                *ret = (struct embedded){.at = k};
                if (try_byte(p + k, data.n - k, ret) || try_key(p + k, data.n - k, ret))
                    return true;
            }
        i = end;
    }
    return false;
}
