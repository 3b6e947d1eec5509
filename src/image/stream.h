// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A blob as it streams by: told by its magic, unpacked (gzip by ISA-L, zstd by libzstd, xz and bzip2 by
 * libarchive's filters, or plain), counted and hashed on both sides. Whatever the media type said, the bytes
 * decide.
 */
#include "base/digest_aside.h"
#include "image/part.h"
#include "image/unpack_aside.h"

enum codec { CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD, CODEC_XZ, CODEC_BZIP2, CODEC_LZ4 };
/* "gzip", …; "plain" for none. Static. */
const char *codec_name(enum codec c);
/* By the first bytes (six are enough). Layers are not packed by lz4, so it is not told here. */
enum codec codec_sniff(const uint8_t *p, size_t n);

struct stream_options {
    const struct image_limits *limits;
    uint64_t left;      /* unpacked bytes that the whole image may still give */
    bool hash_packed;   /* the SHA-256 of the blob as stored is wanted */
    bool hash_unpacked; /* the SHA-256 of what it unpacks to is wanted */
    bool as_stored;     /* nothing is unpacked */
    size_t most_held;   /* bytes that stream_hold() may ask for; 0: none */
    struct digest_aside *aside; /* takes the digests; NULL: they are taken here */
    struct unpack_aside *unpacker; /* unpacks files beside the walk, and digests them as they are stored; NULL: that is done here */
};

struct stream;
/* Borrows the part. Fails only when the part cannot be read (-errno). */
int stream_open(const struct part *part, const struct stream_options *options, struct stream **ret);
struct stream *stream_free(struct stream *s);
DEFINE_CLEANUP(struct stream *, stream_free)
/*
 * The next unpacked bytes, valid until the next call (and for whoever takes digests aside until all before it was taken): 0 a piece of at least one byte, 1 the end, negative
 * when the rest cannot be unpacked (stream_problems() says why; every later call says it again).
 */
int stream_next(struct stream *s, const uint8_t **ret, size_t *ret_n);
/*
 * From the current piece on, pieces stay valid until stream_release() and follow one another in memory, for n bytes beyond
 * the current piece. False when there is no room for so many: then nothing is held.
 */
bool stream_hold(struct stream *s, uint64_t n);
void stream_release(struct stream *s);
/* A digest whose piece waits for another digest to come along (sha256_add_beside()); NULL when there is none, or it is taken aside. */
struct sha256 *stream_digest(const struct stream *s);
/* Gives back the last `n` bytes of the current piece: the next call starts with them. */
void stream_unread(struct stream *s, size_t n);
/* Reads what is left of the blob without unpacking it, so that its digest covers every byte. 0 or -errno. */
int stream_finish(struct stream *s);

/*
 * Whether `holes` zeros that are in no stream (sparse files of a tar), handed out beside the unpacked bytes,
 * are more than the limits allow: they cost as much as bytes from a bomb.
 */
bool stream_is_bomb(const struct stream *s, uint64_t holes);

/* What the first bytes told. */
enum codec stream_codec(const struct stream *s);
/* TRUNCATED, CORRUPT, BOMB, TRAILING_DATA, UNREADABLE. */
uint64_t stream_problems(const struct stream *s);
/* Bytes so far on either side. */
uint64_t stream_packed(const struct stream *s);
uint64_t stream_unpacked(const struct stream *s);
/* "sha256:…", once at the end; empty unless asked for. The second is empty too when not all could be
 * unpacked. */
struct str stream_packed_digest(struct stream *s, struct arena *a);
struct str stream_unpacked_digest(struct stream *s, struct arena *a);
