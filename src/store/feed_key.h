// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Keys of a feed: Ed25519 (RFC 8032) through OpenSSL. A public key is kept and written as its SubjectPublicKeyInfo, which is what
 * a PEM file holds between its two lines; its fingerprint is the SHA-256 of that.
 */
#include "base/digest.h"
#include "base/error.h"

enum {
    FEED_PUBLIC_BYTES = 44,    /* SubjectPublicKeyInfo of Ed25519: 12 fixed bytes and the 32 of the key */
    FEED_SIGNATURE_BYTES = 64,
    FEED_KEY_FILE_MAX = 4096,  /* a PEM file with such a key has 119 bytes */
};

struct feed_public {
    uint8_t der[FEED_PUBLIC_BYTES];
};
/* Base64 with padding, as in PEM. */
struct str feed_base64(struct arena *a, const void *p, size_t n);
/* From that text; false when it is no Ed25519 key. */
bool feed_public_parse(struct str base64, struct feed_public *ret);
struct str feed_public_text(struct arena *a, const struct feed_public *k);
static inline bool feed_public_eq(const struct feed_public *a, const struct feed_public *b)
{
    return !memcmp(a->der, b->der, sizeof(a->der));
}
void feed_public_fingerprint(const struct feed_public *k, uint8_t ret[SHA256_BYTES]);
/* Whether it signed exactly these bytes. */
bool feed_public_verify(const struct feed_public *k, struct str message, struct str signature);

struct feed_key;
/* Makes a key, and the file for it with the rights of its owner alone; -EEXIST when there is a file, which is left. */
int feed_key_make(const char *path, struct error *err);
/* -EPERM when the file is somebody else's or others may read or write it; the error says what to do. */
int feed_key_load(const char *path, struct feed_key **ret, struct error *err);
struct feed_key *feed_key_free(struct feed_key *k);
DEFINE_CLEANUP(struct feed_key *, feed_key_free)
const struct feed_public *feed_key_public(const struct feed_key *k);
/* Aborts when OpenSSL cannot sign: an Ed25519 signature fails for want of memory alone. */
void feed_key_sign(const struct feed_key *k, struct str message, uint8_t ret[FEED_SIGNATURE_BYTES]);
