// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "sandbox/pace_inside.h"

uint64_t pace_real(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

struct pace_end pace_end_of(const struct pace_clock *c, uint64_t now, uint64_t length, uint64_t floor)
{
    if (length >= PACE_NEVER)
        return (struct pace_end){PACE_NEVER, PACE_NEVER};
    const uint64_t least = length < floor ? length : floor, share = length / c->factor;
    return (struct pace_end){.real = now + (share > least ? share : least), .paced = now + pace_ahead(c) + length};
}

bool pace_is_over(const struct pace_clock *c, uint64_t now, const struct pace_end *e)
{
    return now >= pace_when(c, e);
}

void pace_leap(const struct pace_clock *c, uint64_t now, const struct pace_end *e)
{
    if (e->paced < PACE_NEVER && e->paced > now + pace_ahead(c))
        atomic_store_explicit(c->ahead, e->paced - now, memory_order_relaxed);
}

uint64_t pace_when(const struct pace_clock *c, const struct pace_end *e)
{
    const uint64_t ahead = pace_ahead(c), paced = e->paced > ahead ? e->paced - ahead : 0;
    return paced < e->real ? paced : e->real;
}
