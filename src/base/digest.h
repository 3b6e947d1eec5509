// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Digests through OpenSSL (uses the processor's SHA instructions where there are any), and hex/base64 text forms. MD5 and
 * SHA-1 are here only because lists that people own are written in them.
 *
 * Where the same or other bytes go through two digests, both together take little longer than one: sha256_later() leaves a
 * piece until the other digest comes along (base/sha256_pair.h).
 */
#include "base/arena.h"

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST__N };
enum { DIGEST_BYTES_MAX = 32 };

/* Bytes of a digest of that kind: 16, 20 or 32. */
size_t digest_bytes(enum digest_kind kind);
struct digest;
/* A running digest; never NULL (aborts when OpenSSL cannot give one). Freed with digest_free(). */
struct digest *digest_new(enum digest_kind kind);
/* Starts over. */
void digest_reset(struct digest *d);
/* Takes n more bytes. */
void digest_add(struct digest *d, const void *p, size_t n);
/* Writes digest_bytes() bytes; after it only digest_reset() or digest_free() may follow. */
void digest_end(struct digest *d, uint8_t *ret);
/* NULL-safe; returns NULL. */
struct digest *digest_free(struct digest *d);
/* The digest of n bytes in one call. */
void digest_once(enum digest_kind kind, const void *p, size_t n, uint8_t *ret);

enum { SHA256_BYTES = 32, SHA256_HEX = 64 };

struct sha256;
/* A running hash; never NULL (aborts when OpenSSL cannot give one). Freed with sha256_free(). */
struct sha256 *sha256_new(void);
/* Starts over. */
void sha256_reset(struct sha256 *h);
/* Takes n more bytes. */
void sha256_add(struct sha256 *h, const void *p, size_t n);
/*
 * The same, but the bytes are only taken when sha256_settle() or any other call on `h` comes, or along with another digest:
 * until then they must stay as they are.
 */
void sha256_later(struct sha256 *h, const void *p, size_t n);
/* Takes what was left for later, along with what `beside` (may be NULL) left. */
void sha256_settle(struct sha256 *h, struct sha256 *beside);
/* Bytes that were left for later. */
size_t sha256_left(const struct sha256 *h);
/* sha256_add(), along with what `beside` (may be NULL) left for later. */
void sha256_add_beside(struct sha256 *h, const void *p, size_t n, struct sha256 *beside);
/* Writes the digest; after it only sha256_reset() or sha256_free() may follow. */
void sha256_end(struct sha256 *h, uint8_t ret[SHA256_BYTES]);
/* NULL-safe; returns NULL. */
struct sha256 *sha256_free(struct sha256 *h);
/* The digest of n bytes in one call. */
void sha256_once(const void *p, size_t n, uint8_t ret[SHA256_BYTES]);
/* sha256_end() as lower-case hex in the arena. */
struct str sha256_end_hex(struct sha256 *h, struct arena *a);

/* Lower-case hex of n bytes. */
struct str hex_encode(struct arena *a, const void *p, size_t n);
/* Base64 as OpenSSH prints it: no padding. */
struct str base64_encode_unpadded(struct arena *a, const void *p, size_t n);
/* Strict decoding of hex of an even length; false on any other character. ret has room for s.n / 2 bytes. */
bool hex_decode(struct str s, uint8_t *ret);
/* Whether the byte is of the standard alphabet, padding apart. */
bool base64_has(char c);
/*
 * Decodes base64, standard or URL alphabet, with or without padding, skipping ASCII white space; stops with false at
 * any other byte. The result lives in the arena.
 */
bool base64_decode(struct arena *a, struct str s, struct str *ret);
/* The same into memory of the caller, which has BASE64_ROOM(s.n) bytes: for where nothing may be allocated. */
#define BASE64_ROOM(n) ((n) / 4 * 3 + 4)
bool base64_decode_into(struct str s, char *out, size_t *ret_n);
