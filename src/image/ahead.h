// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Bytes that a codec unpacked before anybody asked for them, because its reader would have waited for something else. They are
 * given first, in their order; what ended the codec meanwhile is told behind them.
 */
#include "image/codec.h"

struct ahead {
    uint8_t *p;    /* NULL until something is unpacked ahead for the first time */
    size_t at, n;  /* bytes [at, n) are still to be given */
    int ended;     /* what codec_next() returned behind them; 0 while there may be more */
    uint64_t problems;
};

void ahead_done(struct ahead *a);
/* Unpacks a few more bytes, 1 MiB at most in all; false when that is full, or the codec has come to its end. */
bool ahead_fill(struct ahead *a, struct codec_state *c);
/* As codec_next(): what was unpacked ahead, then what the codec gives. */
int ahead_next(struct ahead *a, struct codec_state *c, uint8_t *out, size_t n, size_t *ret_n, uint64_t *problems);
