// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Byte statistics: how often each byte value occurs and the Shannon entropy that follows from it.
 */
#include "base/str.h"

struct histogram {
    uint64_t n[256];
    uint64_t total;
};

/* Adds the bytes of s; about one byte per processor cycle, so it may run over everything that is read. */
void histogram_add(struct histogram *h, struct str s);
/* Bits per byte, 0 (one value only, or nothing) to 8 (all values equally often). */
double histogram_entropy(const struct histogram *h);
/* The entropy of one piece. */
double entropy_of(struct str s);
/*
 * The same, for a piece over ENTROPY_SAMPLE_BYTES estimated from that many of its bytes: blocks spread evenly, the first at its
 * begin, the last at its end. A packed or encrypted piece is so throughout.
 */
double entropy_estimate(struct str s);
enum {
    ENTROPY_SAMPLE_BYTES = 256 << 10,
    ENTROPY_BLOCK_BYTES = 4 << 10,
};
