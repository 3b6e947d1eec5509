// SPDX-License-Identifier: Apache-2.0
/*
 * zstd: any number of frames; skippable ones (zstd:chunked keeps its table in one) are passed over by the
 * library. The window is limited, so that a header of six bytes cannot ask for gigabytes.
 */
#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"
#include "image/codec.h"
#include "image/limits.h"

struct zstd {
    codec_input *input;
    void *ctx;
    ZSTD_DCtx *z;
    ZSTD_inBuffer in;
    bool is_between_frames; /* and at least one was read */
    int failed;             /* what the call after the last good bytes returns */
};

static void *zstd_open(codec_input *input, void *ctx)
{
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (!z)
        return NULL;
    (void)ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, IMAGE_ZSTD_WINDOW_LOG); /* in range: cannot fail */
    struct zstd *s = xnew(struct zstd);
    *s = (struct zstd){.input = input, .ctx = ctx, .z = z};
    return s;
}

static void zstd_free(void *state)
{
    struct zstd *s = state;
    ZSTD_freeDCtx(s->z);
    free(s);
}

/* 0, 1 when the input has ended, negative. */
static int want_input(struct zstd *s)
{
    if (s->in.pos < s->in.size)
        return 0;
    const uint8_t *p;
    size_t n;
    int r = s->input(s->ctx, &p, &n);
    if (!r)
        s->in = (ZSTD_inBuffer){p, n, 0};
    return r;
}

static int zstd_next(void *state, uint8_t *out, size_t n, size_t *ret_n, uint64_t *problems)
{
    struct zstd *s = state;
    ZSTD_outBuffer o = {out, n, 0};
    if (s->failed)
        return s->failed;
    while (!o.pos) {
        int r = want_input(s);
        if (r < 0)
            return r;
        if (r && s->is_between_frames)
            return 1;
        bool at_frame = s->is_between_frames;
        size_t left = ZSTD_decompressStream(s->z, &o, &s->in);
        if (ZSTD_isError(left)) {
            if (at_frame && ZSTD_getErrorCode(left) == ZSTD_error_prefix_unknown) {
                *problems |= IMAGE_PROBLEM_MASK(TRAILING_DATA);
                return 1;
            }
            *problems |= IMAGE_PROBLEM_MASK(CORRUPT);
            s->failed = -EBADMSG;
            if (!o.pos)
                return s->failed;
        }
        if (r && !o.pos) {
            *problems |= IMAGE_PROBLEM_MASK(TRUNCATED);
            return -EBADMSG;
        }
        s->is_between_frames = !left;
    }
    *ret_n = o.pos;
    return 0;
}

const struct codec_ops CODEC_OPS_ZSTD = {zstd_open, zstd_next, zstd_free};
