// SPDX-License-Identifier: Apache-2.0
#include "sink/spread.h"

#include <string.h>

#define SECOND 1'000'000'000ULL

static bool is_empty(const uint64_t n[SEVERITY__N])
{
    for (int i = 0; i < SEVERITY__N; i++)
        if (n[i])
            return false;
    return true;
}

bool spread_used(const struct spread *s, size_t *ret_first, size_t *ret_last)
{
    size_t first = 0, last = SPREAD_BINS;
    while (first < SPREAD_BINS && is_empty(s->n[first]))
        first++;
    while (last && is_empty(s->n[last - 1]))
        last--;
    *ret_first = first;
    *ret_last = last ? last - 1 : 0;
    return last;
}

/* Parts twice as long, which begin at multiples of their length again. */
static void widen(struct spread *s)
{
    const uint64_t width_ns = s->width_ns * 2;
    const size_t shift = s->from_ns % width_ns ? 1 : 0;
    uint64_t n[SPREAD_BINS][SEVERITY__N] = {};
    for (size_t i = 0; i < SPREAD_BINS; i++)
        for (int k = 0; k < SEVERITY__N; k++)
            n[(i + shift) / 2][k] += s->n[i][k];
    memcpy(s->n, n, sizeof(n));
    s->from_ns -= shift * s->width_ns;
    s->width_ns = width_ns;
}

/* Makes room for so many parts before the first, where the last ones are empty. */
static bool move_back(struct spread *s, uint64_t parts)
{
    size_t first, last;
    if (!spread_used(s, &first, &last) || parts >= SPREAD_BINS || last + parts >= SPREAD_BINS)
        return false;
    memmove(s->n + parts, s->n, (last + 1) * sizeof(s->n[0]));
    memset(s->n, 0, parts * sizeof(s->n[0]));
    s->from_ns -= parts * s->width_ns;
    return true;
}

void spread_add(struct spread *s, uint64_t time_ns, enum severity severity, uint64_t n)
{
    if (!n)
        return;
    if (!s->width_ns) {
        s->width_ns = SECOND;
        s->from_ns = time_ns / SECOND * SECOND;
    }
    for (;;) {
        if (time_ns >= s->from_ns && (time_ns - s->from_ns) / s->width_ns < SPREAD_BINS)
            break;
        if (time_ns < s->from_ns && move_back(s, (s->from_ns - time_ns - 1) / s->width_ns + 1))
            break;
        widen(s);
    }
    s->n[(time_ns - s->from_ns) / s->width_ns][severity] += n;
}
