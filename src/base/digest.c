// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/digest.h"

struct digest {
    EVP_MD_CTX *ctx;
    EVP_MD *md;
};
/* A digest whose kind the type tells. */
struct sha256 {
    struct digest digest;
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
    return (struct sha256 *)digest_new(DIGEST_SHA256);
}

void sha256_reset(struct sha256 *h)
{
    digest_reset(&h->digest);
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
    digest_add(&h->digest, p, n);
}

void sha256_end(struct sha256 *h, uint8_t ret[SHA256_BYTES])
{
    digest_end(&h->digest, ret);
}

struct sha256 *sha256_free(struct sha256 *h)
{
    (void)digest_free((struct digest *)h);
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
