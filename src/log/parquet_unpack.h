// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Pages of Parquet without their packing: Snappy, gzip (ISA-L), Brotli, LZ4, zstd, each by its library. */
#include "base/str.h"

enum parquet_codec { PARQUET_UNPACKED, PARQUET_SNAPPY, PARQUET_GZIP, PARQUET_LZO, PARQUET_BROTLI, PARQUET_LZ4, PARQUET_ZSTD, PARQUET_LZ4_RAW };

/* NULL: pages of that codec can be unpacked; else why not. */
const char *parquet_codec_lacks(int64_t codec);

struct parquet_unpacker;
struct parquet_unpacker *parquet_unpacker_new(void);
struct parquet_unpacker *parquet_unpacker_free(struct parquet_unpacker *u);
/* Unpacks into exactly `n` bytes; false when it is damaged, or gives more or fewer. Writes nowhere else. */
bool parquet_unpack(struct parquet_unpacker *u, int64_t codec, struct str packed, char *to, size_t n);
/*
 * The same for what is too large to be in memory: in pieces, which put() takes until it says false. Snappy is taken block by block, as all its writers
 * make it; LZ4 has no blocks, and is not taken.
 */
bool parquet_unpack_pieces(struct parquet_unpacker *u, int64_t codec, struct str packed, size_t n, bool (*put)(void *ctx, struct str piece), void *ctx);
bool parquet_codec_has_pieces(int64_t codec);
