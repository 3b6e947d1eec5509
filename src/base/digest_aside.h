// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Digests beside the work: a thread that takes bytes for running SHA-256, in the order they are given, two digests at once
 * where two wait (digest.h). Whoever gives bytes unpacks the next ones meanwhile, and asks before writing over them.
 *
 *     digest_aside_add(a, h, p, n);  …  mark = digest_aside_mark(a);  …  digest_aside_wait(a, mark);  sha256_end(h, …);
 *
 * One thread gives. Between an add and the wait for its mark nobody else may touch the digest.
 */
#include "base/digest.h"

struct digest_aside;
/*
 * Starts the thread, and waits until it runs (what the C library asks of the system for a new thread is done then, and may be
 * forbidden afterwards). NULL when there is none to be had.
 */
struct digest_aside *digest_aside_new(void);
/* Waits for all that was given, and ends the thread. NULL-safe; returns NULL. */
struct digest_aside *digest_aside_free(struct digest_aside *a);
/* Gives n bytes, which must stay as they are until the wait for a mark behind them returns. */
void digest_aside_add(struct digest_aside *a, struct sha256 *h, const void *p, size_t n);
/* The same for bytes that another digest will soon take too: they go with the next ones, or when somebody waits for them. */
void digest_aside_later(struct digest_aside *a, struct sha256 *h, const void *p, size_t n);
/* Stands for all that was given so far. 0 stands for nothing. */
uint64_t digest_aside_mark(const struct digest_aside *a);
/* Returns when all that stands before the mark was taken. */
void digest_aside_wait(struct digest_aside *a, uint64_t mark);
