// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Unpacking beside the work: a thread that asks a source for the next bytes while its reader is at those before them. What it
 * has unpacked waits in a ring of IMAGE_IO_BYTES pieces, UNPACK_ASIDE_PIECES at most.
 *
 * One thread reads; one source at a time.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UNPACK_ASIDE_PIECES = 32 };

/* What came of one question. */
struct unpack_piece {
    size_t n;          /* bytes; none when ended */
    int ended;         /* 0 while there may be more; what the source said else */
    uint64_t packed;   /* bytes that the source had read by then */
    uint64_t problems; /* that it had met */
};
/* Puts at most n bytes to `out`, and tells all of *ret. Called in the thread until it tells an end, or is stopped. */
typedef void unpack_source(void *ctx, uint8_t *out, size_t n, struct unpack_piece *ret);

struct unpack_aside;
/*
 * Starts the thread, and waits until it runs (as digest_aside_new() does, for the same reason). *busy (borrowed; may be NULL) is
 * true while it is within a source. NULL when there is none to be had.
 */
struct unpack_aside *unpack_aside_new(_Atomic bool *busy);
/* Ends the thread; nothing may be under way. NULL-safe; returns NULL. */
struct unpack_aside *unpack_aside_free(struct unpack_aside *u);
/* From now on the source is asked, in the thread; nobody else may touch what it touches until unpack_aside_stop(). */
void unpack_aside_start(struct unpack_aside *u, unpack_source *source, void *ctx);
/* Waits for the next piece and copies up to n of its bytes, which were not yet given, to `out`. As the source told of them, but that ret->n says how many were given. */
void unpack_aside_next(struct unpack_aside *u, uint8_t *out, size_t n, struct unpack_piece *ret);
/* Returns when the source is asked no more; what was unpacked and not given is dropped. */
void unpack_aside_stop(struct unpack_aside *u);
