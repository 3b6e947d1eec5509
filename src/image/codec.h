// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Decompressors behind one face: they pull packed bytes from a callback and fill the caller's buffer. */
#include "image/stream.h"

/* 0 and packed bytes, valid until the next call; 1 at the end; negative when they cannot be read. */
typedef int codec_input(void *ctx, const uint8_t **ret, size_t *ret_n);

struct codec_state;
/* For any kind but CODEC_PLAIN; never NULL. */
struct codec_state *codec_new(enum codec kind, codec_input *input, void *ctx);
struct codec_state *codec_free(struct codec_state *c);
/*
 * Fills `out` with at least one byte and returns 0; 1 at the end; negative when the rest cannot be unpacked.
 * Adds TRUNCATED, CORRUPT or TRAILING_DATA (bytes after the last member that are not zero: left alone) to
 * *problems.
 */
int codec_next(struct codec_state *c, uint8_t *out, size_t n, size_t *ret_n, uint64_t *problems);

/* One decompressor; codec.c holds the table. */
struct codec_ops {
    /* NULL when the library cannot give one. */
    void *(*open)(codec_input *input, void *ctx);
    int (*next)(void *state, uint8_t *out, size_t n, size_t *ret_n, uint64_t *problems);
    void (*free)(void *state);
};
extern const struct codec_ops CODEC_OPS_GZIP, CODEC_OPS_ZSTD, CODEC_OPS_XZ, CODEC_OPS_BZIP2, CODEC_OPS_LZ4;

/* True when all bytes are zero. */
bool all_zero(const uint8_t *p, size_t n);
