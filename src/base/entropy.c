// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "base/entropy.h"

void histogram_add(struct histogram *h, struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    size_t n = s.n;
    h->total += n;
    if (n < 1024) {
        for (size_t i = 0; i < n; i++)
            h->n[p[i]]++;
        return;
    }
    /* Four tables: equal neighbours (runs of zeros above all) would otherwise wait for each other's store. */
    uint32_t t[4][256];
    while (n) {
        size_t part = n < (1u << 30) ? n : 1u << 30; /* a 32-bit counter holds that many */
        memset(t, 0, sizeof(t));
        size_t i = 0;
        for (; i + 8 <= part; i += 8) {
            uint64_t w;
            memcpy(&w, p + i, 8);
            t[0][w & 0xff]++;
            t[1][w >> 8 & 0xff]++;
            t[2][w >> 16 & 0xff]++;
            t[3][w >> 24 & 0xff]++;
            t[0][w >> 32 & 0xff]++;
            t[1][w >> 40 & 0xff]++;
            t[2][w >> 48 & 0xff]++;
            t[3][w >> 56]++;
        }
        for (; i < part; i++)
            t[0][p[i]]++;
        for (unsigned v = 0; v < 256; v++)
            h->n[v] += (uint64_t)t[0][v] + t[1][v] + t[2][v] + t[3][v];
        p += part;
        n -= part;
    }
}

double histogram_entropy(const struct histogram *h)
{
    if (!h->total)
        return 0;
    double bits = 0, total = (double)h->total;
    for (unsigned v = 0; v < 256; v++)
        if (h->n[v])
            bits -= (double)h->n[v] / total * log2((double)h->n[v] / total);
    return bits > 0 ? bits : 0;
}

double entropy_of(struct str s)
{
    struct histogram h = {};
    histogram_add(&h, s);
    return histogram_entropy(&h);
}

double entropy_estimate(struct str s)
{
    enum { BLOCKS = ENTROPY_SAMPLE_BYTES / ENTROPY_BLOCK_BYTES };
    struct histogram h = {};
    if (s.n <= ENTROPY_SAMPLE_BYTES)
        return entropy_of(s);
    for (uint64_t i = 0; i < BLOCKS; i++) {
        size_t from = (size_t)((uint64_t)(s.n - ENTROPY_BLOCK_BYTES) * i / (BLOCKS - 1));
        histogram_add(&h, str_sub(s, from, from + ENTROPY_BLOCK_BYTES));
    }
    return histogram_entropy(&h);
}
