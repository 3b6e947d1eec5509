// SPDX-License-Identifier: Apache-2.0
#include "log/parquet_unpack.h"

#include <brotli/decode.h>
#include <isa-l/igzip_lib.h>
#include <lz4.h>
#include <snappy-c.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/intl.h"

struct parquet_unpacker {
    struct inflate_state gzip;
    ZSTD_DCtx *zstd;
};

const char *parquet_codec_lacks(int64_t codec)
{
    switch (codec) {
    case PARQUET_UNPACKED:
    case PARQUET_SNAPPY:
    case PARQUET_GZIP:
    case PARQUET_BROTLI:
    case PARQUET_LZ4:
    case PARQUET_ZSTD:
    case PARQUET_LZ4_RAW:
        return NULL;
    case PARQUET_LZO:
        return N_("packed with LZO, which is not unpacked here: have it written with Snappy or zstd");
    default:
        return N_("packed in a way that is not known here: have it written with Snappy or zstd");
    }
}

struct parquet_unpacker *parquet_unpacker_new(void)
{
    return xnew(struct parquet_unpacker);
}

struct parquet_unpacker *parquet_unpacker_free(struct parquet_unpacker *u)
{
    if (u)
        (void)ZSTD_freeDCtx(u->zstd);
    free(u);
    return NULL;
}

/* Any number of members. */
static bool gunzip(struct parquet_unpacker *u, struct str packed, char *to, size_t n)
{
    while (packed.n) {
        isal_inflate_init(&u->gzip);
        u->gzip.crc_flag = ISAL_GZIP;
        u->gzip.next_in = (uint8_t *)packed.p;
        u->gzip.avail_in = (uint32_t)packed.n;
        u->gzip.next_out = (uint8_t *)to;
        u->gzip.avail_out = (uint32_t)n;
        uint32_t before;
        do {
            before = u->gzip.avail_in;
            if (isal_inflate(&u->gzip) != ISAL_DECOMP_OK)
                return false;
        } while (u->gzip.block_state != ISAL_BLOCK_FINISH && u->gzip.avail_in != before);
        if (u->gzip.block_state != ISAL_BLOCK_FINISH)
            return false;
        to += n - u->gzip.avail_out;
        n = u->gzip.avail_out;
        packed = str_sub(packed, packed.n - u->gzip.avail_in, packed.n);
    }
    return !n;
}

static uint32_t big_endian(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool unpack_lz4(struct str packed, char *to, size_t n)
{
    return LZ4_decompress_safe(packed.p, to, (int)packed.n, (int)n) == (int)n;
}

/* As Hadoop frames it: how many bytes come of the next blocks, then each with its size in front. */
static bool unpack_framed_lz4(struct str packed, char *to, size_t n)
{
    enum { SIZE = 4 };
    while (packed.n >= SIZE) {
        size_t whole = big_endian(packed);
        packed = str_sub(packed, SIZE, packed.n);
        if (whole > n)
            return false;
        while (whole) {
            const size_t size = packed.n >= SIZE ? big_endian(packed) : 0;
            if (!size || size > packed.n - SIZE)
                return false;
            const int got = LZ4_decompress_safe(packed.p + SIZE, to, (int)size, (int)whole);
            if (got <= 0)
                return false;
            packed = str_sub(packed, SIZE + size, packed.n);
            to += got;
            n -= (size_t)got;
            whole -= (size_t)got;
        }
    }
    return !n && !packed.n;
}

bool parquet_unpack(struct parquet_unpacker *u, int64_t codec, struct str packed, char *to, size_t n)
{
    size_t got = n;
    if (!n) /* nothing but nulls */
        return true;
    switch (codec) {
    case PARQUET_UNPACKED:
        if (packed.n == n)
            memcpy(to, packed.p, n);
        return packed.n == n;
    case PARQUET_SNAPPY:
        return snappy_uncompressed_length(packed.p, packed.n, &got) == SNAPPY_OK && got == n && snappy_uncompress(packed.p, packed.n, to, &got) == SNAPPY_OK && got == n;
    case PARQUET_GZIP:
        return gunzip(u, packed, to, n);
    case PARQUET_BROTLI:
        return BrotliDecoderDecompress(packed.n, (const uint8_t *)packed.p, &got, (uint8_t *)to) == BROTLI_DECODER_RESULT_SUCCESS && got == n;
    case PARQUET_LZ4:
        return unpack_framed_lz4(packed, to, n) || unpack_lz4(packed, to, n);
    case PARQUET_LZ4_RAW:
        return unpack_lz4(packed, to, n);
    case PARQUET_ZSTD:
        if (!u->zstd && !(u->zstd = ZSTD_createDCtx()))
            return false;
        return ZSTD_decompressDCtx(u->zstd, to, n, packed.p, packed.n) == n;
    default:
        return false;
    }
}
