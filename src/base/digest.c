// SPDX-License-Identifier: Apache-2.0
#define OPENSSL_SUPPRESS_DEPRECATED /* the state, which two digests at once need, is only in the older interface */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/digest.h"
#include "base/sha256_pair.h"

enum { BLOCK = 64 };

struct digest {
    EVP_MD_CTX *ctx;
    EVP_MD *md;
};

struct sha256 {
    SHA256_CTX ctx;
    const uint8_t *later; /* bytes that are not taken yet */
    size_t n_later;
    bool pairs; /* the processor can do two at once */
    bool is_wide;
};

static const struct {
    const char *name;
    size_t bytes;
} KINDS[DIGEST__N] = {[DIGEST_MD5] = {"MD5", 16}, [DIGEST_SHA1] = {"SHA1", 20}, [DIGEST_SHA256] = {"SHA256", SHA256_BYTES}};

size_t digest_bytes(enum digest_kind kind)
{
    return KINDS[kind].bytes;
}

struct digest *digest_new(enum digest_kind kind)
{
    struct digest *d = calloc(1, sizeof(*d));
    if (!d || !(d->ctx = EVP_MD_CTX_new()) || !(d->md = EVP_MD_fetch(NULL, KINDS[kind].name, NULL)))
        abort();
    digest_reset(d);
    return d;
}

void digest_reset(struct digest *d)
{
    if (!EVP_DigestInit_ex2(d->ctx, d->md, NULL))
        abort();
}

void digest_add(struct digest *d, const void *p, size_t n)
{
    if (n && !EVP_DigestUpdate(d->ctx, p, n))
        abort();
}

void digest_end(struct digest *d, uint8_t *ret)
{
    if (!EVP_DigestFinal_ex(d->ctx, ret, NULL))
        abort();
}

struct digest *digest_free(struct digest *d)
{
    if (d) {
        EVP_MD_CTX_free(d->ctx);
        EVP_MD_free(d->md);
        free(d);
    }
    return NULL;
}

void digest_once(enum digest_kind kind, const void *p, size_t n, uint8_t *ret)
{
    const EVP_MD *md = kind == DIGEST_MD5 ? EVP_md5() : kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
    if (!EVP_Digest(p, n, ret, NULL, md, NULL))
        abort();
}

struct sha256 *sha256_new(void)
{
    struct sha256 *h = xnew(struct sha256);
    h->pairs = cpu_has(CPU_SHA);
    h->is_wide = cpu_has(CPU_AVX);
    sha256_reset(h);
    return h;
}

void sha256_reset(struct sha256 *h)
{
    h->later = NULL;
    h->n_later = 0;
    SHA256_Init(&h->ctx);
}

/* Takes the first n of the bytes that wait. */
static void take(struct sha256 *h, size_t n)
{
    if (n)
        SHA256_Update(&h->ctx, h->later, n);
    h->later += n;
    h->n_later -= n;
}

/* Takes what fills up a block that was begun. */
static void align(struct sha256 *h)
{
    size_t n = h->ctx.num ? BLOCK - h->ctx.num : 0;
    take(h, n < h->n_later ? n : h->n_later);
}

/* OpenSSL counts bits in two words. */
static void skip(struct sha256 *h, size_t n)
{
    uint64_t bits = ((uint64_t)h->ctx.Nh << 32 | h->ctx.Nl) + (uint64_t)n * 8;
    h->ctx.Nl = (SHA_LONG)bits;
    h->ctx.Nh = (SHA_LONG)(bits >> 32);
    h->later += n;
    h->n_later -= n;
}

void sha256_settle(struct sha256 *h, struct sha256 *beside)
{
    if (h->n_later && h->is_wide)
        digest_narrow();
    if (beside && h->pairs && h->n_later >= BLOCK && beside->n_later >= BLOCK) {
        align(h);
        align(beside);
        size_t n = (h->n_later < beside->n_later ? h->n_later : beside->n_later) / BLOCK;
        sha256_pair_blocks(h->ctx.h, h->later, beside->ctx.h, beside->later, n);
        skip(h, n * BLOCK);
        skip(beside, n * BLOCK);
    }
    if (h->n_later)
        take(h, h->n_later);
}

size_t sha256_left(const struct sha256 *h)
{
    return h->n_later;
}

void sha256_later(struct sha256 *h, const void *p, size_t n)
{
    sha256_settle(h, NULL);
    h->later = p;
    h->n_later = n;
}

void sha256_add_beside(struct sha256 *h, const void *p, size_t n, struct sha256 *beside)
{
    sha256_later(h, p, n);
    sha256_settle(h, beside);
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
    sha256_add_beside(h, p, n, NULL);
}

void sha256_end(struct sha256 *h, uint8_t ret[SHA256_BYTES])
{
    sha256_settle(h, NULL);
    SHA256_Final(ret, &h->ctx);
}

struct sha256 *sha256_free(struct sha256 *h)
{
    free(h);
    return NULL;
}

void sha256_once(const void *p, size_t n, uint8_t ret[SHA256_BYTES])
{
    digest_once(DIGEST_SHA256, p, n, ret);
}

struct str sha256_end_hex(struct sha256 *h, struct arena *a)
{
    uint8_t d[SHA256_BYTES];
    sha256_end(h, d);
    return hex_encode(a, d, sizeof(d));
}

struct str hex_encode(struct arena *a, const void *data, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = data;
    char *out = arena_alloc(a, n * 2 + 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    return str_n(out, n * 2);
}

bool base64_has(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

struct str base64_encode_unpadded(struct arena *a, const void *data, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = data;
    char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1);
    size_t o = 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t w = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
        size_t chars = left > 2 ? 4 : left + 1;
        for (size_t k = 0; k < chars; k++)
            out[o++] = digits[w >> (18 - 6 * k) & 63];
    }
    return str_n(out, o);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct str s, uint8_t *ret)
{
    if (s.n % 2)
        return false;
    for (size_t i = 0; i < s.n; i += 2) {
        int hi = hex_value(s.p[i]), lo = hex_value(s.p[i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        ret[i / 2] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode_into(struct str s, char *out, size_t *ret_n)
{
    size_t o = 0;
    uint32_t bits = 0;
    unsigned have = 0, padding = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            continue;
        if (c == '=') {
            if (++padding > 2)
                return false;
            continue;
        }
        int v = base64_value(c);
        if (v < 0 || padding)
            return false;
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[o++] = (char)(bits >> have & 0xff);
        }
    }
    if (have == 6)
        return false;
    *ret_n = o;
    return true;
}

bool base64_decode(struct arena *a, struct str s, struct str *ret)
{
    char *out = arena_alloc(a, BASE64_ROOM(s.n));
    size_t n;
    if (!base64_decode_into(s, out, &n))
        return false;
    *ret = str_n(out, n);
    return true;
}
