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

enum {
    BLOCK = 64 << 10,                            /* of Snappy */
    PACKED_BLOCK = 32 + BLOCK + BLOCK / 6 + 16,  /* at most, and its length in front */
    WINDOW_LOG = 24,                             /* of zstd in pieces: -19 takes 23 */
};

struct parquet_unpacker {
    struct inflate_state gzip;
    ZSTD_DCtx *zstd;
    char piece[BLOCK], packed[PACKED_BLOCK];
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

/* ---- in pieces ---- */

struct sink {
    size_t left; /* bytes that are still to come */
    bool (*put)(void *ctx, struct str piece);
    void *ctx;
};

static bool give(struct sink *s, struct str piece)
{
    if (piece.n > s->left)
        return false;
    s->left -= piece.n;
    return !piece.n || s->put(s->ctx, piece);
}

static bool gunzip_pieces(struct parquet_unpacker *u, struct str packed, struct sink *s)
{
    struct inflate_state *z = &u->gzip;
    while (packed.n) {
        isal_inflate_init(z);
        z->crc_flag = ISAL_GZIP;
        z->next_in = (uint8_t *)packed.p;
        z->avail_in = (uint32_t)packed.n;
        while (z->block_state != ISAL_BLOCK_FINISH) {
            const uint32_t before = z->avail_in;
            z->next_out = (uint8_t *)u->piece;
            z->avail_out = sizeof(u->piece);
            if (isal_inflate(z) != ISAL_DECOMP_OK || !give(s, str_n(u->piece, sizeof(u->piece) - z->avail_out)) || (before == z->avail_in && z->avail_out == sizeof(u->piece)))
                return false;
        }
        packed = str_sub(packed, packed.n - z->avail_in, packed.n);
    }
    return true;
}

static bool unzstd_pieces(struct parquet_unpacker *u, struct str packed, struct sink *s)
{
    ZSTD_inBuffer in = {packed.p, packed.n, 0};
    if (!u->zstd && !(u->zstd = ZSTD_createDCtx()))
        return false;
    (void)ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
    (void)ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG);
    for (size_t more = 1; in.pos < in.size || more;) {
        ZSTD_outBuffer out = {u->piece, sizeof(u->piece), 0};
        const size_t before = in.pos;
        more = ZSTD_decompressStream(u->zstd, &out, &in);
        if (ZSTD_isError(more) || !give(s, str_n(u->piece, out.pos)) || (before == in.pos && !out.pos))
            return false;
    }
    return true;
}

static bool unbrotli_pieces(struct parquet_unpacker *u, struct str packed, struct sink *s)
{
    BrotliDecoderState *b = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *in = (const uint8_t *)packed.p;
    BrotliDecoderResult r = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    bool is_good = b != NULL;
    while (is_good && r == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        uint8_t *out = (uint8_t *)u->piece;
        size_t room = sizeof(u->piece);
        r = BrotliDecoderDecompressStream(b, &packed.n, &in, &room, &out, NULL);
        is_good = give(s, str_n(u->piece, sizeof(u->piece) - room));
    }
    if (b)
        BrotliDecoderDestroyInstance(b);
    return is_good && r == BROTLI_DECODER_RESULT_SUCCESS;
}

/* How many bytes the element at p takes, and how many it makes; false when it is not whole. */
static bool snappy_element(const uint8_t *p, size_t have, size_t *ret_used, size_t *ret_made)
{
    enum { LITERAL, SHORT_COPY, COPY, FAR_COPY, FEW = 60 };
    const unsigned kind = p[0] & 3, size = p[0] >> 2;
    if (kind != LITERAL) {
        *ret_used = kind == SHORT_COPY ? 2 : kind == COPY ? 3 : 5;
        *ret_made = kind == SHORT_COPY ? 4 + (size & 7) : size + 1;
        return *ret_used <= have;
    }
    const size_t more = size < FEW ? 0 : size - FEW + 1;
    size_t n = size;
    if (more) {
        if (more >= have)
            return false;
        n = 0;
        for (size_t i = 0; i < more; i++)
            n |= (size_t)p[1 + i] << (8 * i);
    }
    *ret_made = n + 1;
    *ret_used = 1 + more + *ret_made;
    return *ret_used <= have;
}

/* Its elements are counted to where a block ends; what they say, the library takes. */
static bool unsnappy_pieces(struct parquet_unpacker *u, struct str packed, struct sink *s)
{
    const uint8_t *p = (const uint8_t *)packed.p, *const end = p + packed.n;
    while (p < end && *p & 0x80) /* the length in front */
        p++;
    p += p < end;
    while (p < end) {
        const uint8_t *const from = p;
        size_t made = 0, got = sizeof(u->piece), head = 0;
        while (p < end && made < BLOCK) {
            size_t used, more;
            if (!snappy_element(p, (size_t)(end - p), &used, &more))
                return false;
            p += used;
            made += more;
        }
        const size_t n = (size_t)(p - from);
        if (made > BLOCK || n > sizeof(u->packed) - 4)
            return false;
        for (size_t v = made; v; v >>= 7)
            u->packed[head++] = (char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        memcpy(u->packed + head, from, n);
        if (snappy_uncompress(u->packed, head + n, u->piece, &got) != SNAPPY_OK || !give(s, str_n(u->piece, got)))
            return false;
    }
    return true;
}

bool parquet_codec_has_pieces(int64_t codec)
{
    return codec == PARQUET_UNPACKED || codec == PARQUET_SNAPPY || codec == PARQUET_GZIP || codec == PARQUET_BROTLI || codec == PARQUET_ZSTD;
}

bool parquet_unpack_pieces(struct parquet_unpacker *u, int64_t codec, struct str packed, size_t n, bool (*put)(void *ctx, struct str piece), void *ctx)
{
    struct sink s = {n, put, ctx};
    const bool is_good = codec == PARQUET_UNPACKED ? give(&s, packed)
                         : codec == PARQUET_SNAPPY ? unsnappy_pieces(u, packed, &s)
                         : codec == PARQUET_GZIP   ? gunzip_pieces(u, packed, &s)
                         : codec == PARQUET_BROTLI ? unbrotli_pieces(u, packed, &s)
                                                   : codec == PARQUET_ZSTD && unzstd_pieces(u, packed, &s);
    return is_good && !s.left;
}
