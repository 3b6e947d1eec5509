// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/digest.h"
#include "inspect/address.h"
#include "inspect/keccak.h"

static int base58_digit(char c)
{
    if (c >= '1' && c <= '9')
        return c - '1';
    if (c >= 'A' && c <= 'Z' && c != 'I' && c != 'O')
        return c - 'A' + 9 - (c > 'I') - (c > 'O');
    if (c >= 'a' && c <= 'z' && c != 'l')
        return c - 'a' + 33 - (c > 'l');
    return -1;
}

/* One block: up to 11 characters to n bytes, big-endian; false on a foreign character or a value too large.
 */
static bool decode_block(const char *p, size_t chars, uint8_t *ret, size_t n)
{
    unsigned __int128 v = 0;
    for (size_t i = 0; i < chars; i++) {
        int d = base58_digit(p[i]);
        if (d < 0)
            return false;
        v = v * 58 + (unsigned)d;
    }
    if (v >> 8 * n)
        return false;
    for (size_t i = n; i-- > 0; v >>= 8)
        ret[i] = (uint8_t)v;
    return true;
}

bool address_is_monero(struct str s)
{
    uint8_t bytes[77]; /* network, two keys, payment id, checksum */
    if ((s.n != MONERO_BYTES && s.n != MONERO_INTEGRATED_BYTES) || (s.p[0] != '4' && s.p[0] != '8'))
        return false;
    size_t n = 0;
    for (size_t at = 0; at < s.n; at += 11) {
        size_t chars = s.n - at < 11 ? s.n - at : 11,
               size = chars < 11 ? 5 : 8; /* both lengths end in 7 characters */
        if (!decode_block(s.p + at, chars, bytes + n, size))
            return false;
        n += size;
    }
    if (s.n == MONERO_BYTES ? bytes[0] != 18 && bytes[0] != 42 : bytes[0] != 19)
        return false;
    uint8_t sum[KECCAK_BYTES];
    keccak256(bytes, n - 4, sum);
    return !memcmp(sum, bytes + n - 4, 4);
}

/* Coins that write addresses in base58check: the first letters that their versions give, and what stands in front of the
 * 20 bytes of a hash (chainparams of each coin's own node). */
static const struct {
    const char *currency;
    char first;
    uint8_t n_version, version[2];
} BASE58CHECK[] = {
    {"bitcoin", '1', 1, {0x00}},        {"bitcoin", '3', 1, {0x05}},         {"litecoin", 'L', 1, {0x30}},
    {"litecoin", 'M', 1, {0x32}},       {"dogecoin", 'D', 1, {0x1e}},        {"dash", 'X', 1, {0x4c}},
    {"ravencoin", 'R', 1, {0x3c}},      {"zcash", 't', 2, {0x1c, 0xb8}},     {"zcash", 't', 2, {0x1c, 0xbd}},
};

/* Base58check: the last four bytes are the start of a double SHA-256 of the rest. */
static const char *base58check_currency(struct str s)
{
    uint8_t bytes[26] = {}, sum[SHA256_BYTES];
    size_t row = 0;
    while (row < ARRAY_SIZE(BASE58CHECK) && (!s.n || BASE58CHECK[row].first != s.p[0]))
        row++;
    if (s.n < 26 || s.n > 35 || row == ARRAY_SIZE(BASE58CHECK))
        return NULL;
    size_t size = (size_t)BASE58CHECK[row].n_version + 24;
    for (size_t i = 0; i < s.n; i++) {
        int carry = base58_digit(s.p[i]);
        if (carry < 0)
            return NULL;
        for (size_t j = size; j-- > 0; carry >>= 8)
            bytes[j] = (uint8_t)(carry += bytes[j] * 58);
        if (carry)
            return NULL;
    }
    /* each leading '1' stands for a leading zero byte, no more and no fewer */
    size_t ones = 0, zeros = 0;
    while (ones < s.n && s.p[ones] == '1')
        ones++;
    while (zeros < size && !bytes[zeros])
        zeros++;
    while (row < ARRAY_SIZE(BASE58CHECK) &&
           (BASE58CHECK[row].first != s.p[0] || memcmp(BASE58CHECK[row].version, bytes, BASE58CHECK[row].n_version)))
        row++;
    if (ones != zeros || row == ARRAY_SIZE(BASE58CHECK))
        return NULL;
    sha256_once(bytes, size - 4, sum);
    sha256_once(sum, sizeof(sum), sum);
    return memcmp(sum, bytes + size - 4, 4) ? NULL : BASE58CHECK[row].currency;
}

/* The checksum of BIP 173 over values of five bits. */
static uint32_t polymod(uint32_t c, uint8_t value)
{
    static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = c >> 25;
    c = (c & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        if (top >> i & 1)
            c ^= generator[i];
    return c;
}

static bool is_bech32(struct str s)
{
    static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    enum { BECH32 = 1, BECH32M = 0x2bc830a3 };
    bool upper = s.n && s.p[0] == 'B';
    if (s.n < 14 || s.n > 74 || !str_starts(s, upper ? STR("BC1") : STR("bc1")))
        return false;
    uint32_t c = 1;
    uint8_t version = 0;
    for (const uint8_t *p = (const uint8_t *)"\3\3\0\2\3", *end = p + 5; p < end;
         p++) /* "bc" spread as BIP 173 says */
        c = polymod(c, *p);
    for (size_t i = 3; i < s.n; i++) {
        char ch = s.p[i];
        if (ch >= 'A' && ch <= 'Z') {
            if (!upper)
                return false;
            ch |= 0x20;
        } else if (ch >= 'a' && ch <= 'z' && upper) {
            return false;
        }
        const char *d = ch ? strchr(digits, ch) : NULL;
        if (!d)
            return false;
        if (i == 3)
            version = (uint8_t)(d - digits);
        c = polymod(c, (uint8_t)(d - digits));
    }
    size_t data = s.n - 3 - 1 - 6, bytes = data * 5 / 8; /* less version and checksum */
    if (data * 5 % 8 > 4 || bytes < 2 || bytes > 40 || version > 16)
        return false;
    return version ? c == BECH32M : c == BECH32 && (bytes == 20 || bytes == 32);
}

bool address_is_bitcoin(struct str s)
{
    const char *currency = base58check_currency(s);
    return currency ? !strcmp(currency, "bitcoin") : is_bech32(s);
}

/* Ethereum with the mixed-case checksum of EIP-55; one case alone carries no checksum and is not counted. */
static bool address_is_ethereum(struct str s)
{
    char low[40];
    uint8_t sum[KECCAK_BYTES];
    bool has_upper = false, has_lower = false;
    if (s.n != 42 || s.p[0] != '0' || s.p[1] != 'x')
        return false;
    for (size_t i = 0; i < 40; i++) {
        char c = s.p[i + 2];
        bool upper = c >= 'A' && c <= 'F', lower = c >= 'a' && c <= 'f';
        if (!upper && !lower && !(c >= '0' && c <= '9'))
            return false;
        has_upper |= upper;
        has_lower |= lower;
        low[i] = upper ? (char)(c | 0x20) : c;
    }
    if (!has_upper || !has_lower)
        return false;
    keccak256(low, sizeof(low), sum);
    for (size_t i = 0; i < 40; i++) {
        unsigned nibble = i % 2 ? sum[i / 2] & 15 : sum[i / 2] >> 4;
        if (low[i] >= 'a' && (nibble >= 8) != (s.p[i + 2] <= 'F'))
            return false;
    }
    return true;
}

const char *address_currency(struct str s)
{
    if (s.n < ADDRESS_BYTES_MIN || s.n > ADDRESS_BYTES_MAX)
        return NULL;
    if (address_is_monero(s))
        return "monero";
    const char *currency = base58check_currency(s);
    if (currency)
        return currency;
    if (is_bech32(s))
        return "bitcoin";
    return address_is_ethereum(s) ? "ethereum" : NULL;
}
