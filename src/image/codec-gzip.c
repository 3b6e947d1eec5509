// SPDX-License-Identifier: Apache-2.0
/*
 * gzip by ISA-L, which checks each member's CRC and length. A layer may have many members (pigz, estargz,
 * every `cat` of two): each one starts over. After a member only zeros (padding) or another member may stand.
 */
#include <errno.h>
#include <isa-l/igzip_lib.h>

#include "base/alloc.h"
#include "image/codec.h"

struct gzip {
    codec_input *input;
    void *ctx;
    struct inflate_state z;
    bool has_input_ended;
    int failed; /* what the call after the last good bytes returns */
};

static void *gzip_open(codec_input *input, void *ctx)
{
    struct gzip *g = xnew(struct gzip);
    g->input = input;
    g->ctx = ctx;
    isal_inflate_init(&g->z);
    g->z.crc_flag = ISAL_GZIP;
    return g;
}

static void gzip_free(void *state)
{
    free(state);
}

static int want_input(struct gzip *g)
{
    if (g->z.avail_in || g->has_input_ended)
        return 0;
    const uint8_t *p;
    size_t n;
    int r = g->input(g->ctx, &p, &n);
    if (r < 0)
        return r;
    if (r) {
        g->has_input_ended = true;
        return 0;
    }
    g->z.next_in = (uint8_t *)p; /* ISA-L only reads it */
    g->z.avail_in = (uint32_t)n;
    return 0;
}

/* After a member: 0 when another one begins, 1 at the end. */
static int next_member(struct gzip *g, uint64_t *problems)
{
    for (;;) {
        int r = want_input(g);
        if (r < 0)
            return r;
        if (!g->z.avail_in)
            return 1;
        if (*g->z.next_in)
            break;
        g->z.next_in++;
        g->z.avail_in--;
    }
    if (*g->z.next_in == 0x1f) {
        isal_inflate_reset(&g->z);
        g->z.crc_flag = ISAL_GZIP;
        return 0;
    }
    *problems |= IMAGE_PROBLEM_MASK(TRAILING_DATA);
    return 1;
}

static int gzip_next(void *state, uint8_t *out, size_t n, size_t *ret_n, uint64_t *problems)
{
    struct gzip *g = state;
    if (g->failed)
        return g->failed;
    g->z.next_out = out;
    g->z.avail_out = (uint32_t)n;
    while (g->z.avail_out == n) {
        int r = g->z.block_state == ISAL_BLOCK_FINISH ? next_member(g, problems) : want_input(g);
        if (r)
            return r;
        uint32_t in = g->z.avail_in;
        r = isal_inflate(&g->z);
        if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT && r != ISAL_OUT_OVERFLOW) {
            *problems |= IMAGE_PROBLEM_MASK(CORRUPT);
            g->failed = -EBADMSG;
            if (g->z.avail_out == n)
                return g->failed;
        }
        bool is_stuck = g->z.avail_out == n && g->z.avail_in == in && g->z.block_state != ISAL_BLOCK_FINISH;
        if (is_stuck && (in || g->has_input_ended)) {
            *problems |= in ? IMAGE_PROBLEM_MASK(CORRUPT) : IMAGE_PROBLEM_MASK(TRUNCATED);
            return -EBADMSG;
        }
    }
    *ret_n = n - g->z.avail_out;
    return 0;
}

const struct codec_ops CODEC_OPS_GZIP = {gzip_open, gzip_next, gzip_free};
