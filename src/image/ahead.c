// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "image/ahead.h"

enum {
    AHEAD_BYTES = 1 << 20,   /* to be copied once more, so they should stay in a second-level cache */
    PIECE_BYTES = 64 << 10, /* tens of microseconds: its reader looks between two of them whether it may go on */
};

void ahead_done(struct ahead *a)
{
    free(a->p);
    *a = (struct ahead){};
}

bool ahead_fill(struct ahead *a, struct codec_state *c)
{
    if (a->at == a->n)
        a->at = a->n = 0;
    if (a->ended || AHEAD_BYTES - a->n < PIECE_BYTES)
        return false;
    if (!a->p)
        a->p = xalloc(AHEAD_BYTES);
    size_t n = 0;
    a->ended = codec_next(c, a->p + a->n, PIECE_BYTES, &n, &a->problems);
    if (!a->ended)
        a->n += n;
    return !a->ended;
}

int ahead_next(struct ahead *a, struct codec_state *c, uint8_t *out, size_t n, size_t *ret_n, uint64_t *problems)
{
    size_t have = a->n - a->at;
    if (have) {
        *ret_n = have < n ? have : n;
        memcpy(out, a->p + a->at, *ret_n);
        a->at += *ret_n;
        return 0;
    }
    *problems |= a->problems;
    return a->ended ? a->ended : codec_next(c, out, n, ret_n, problems);
}
