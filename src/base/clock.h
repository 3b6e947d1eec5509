// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Clocks of the system as one number. A clock that the system does not have reads 0. */
#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND 1'000'000'000U /* nanoseconds */

static inline uint64_t clock_ns(clockid_t clock)
{
    struct timespec t = {};
    (void)clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec;
}

static inline uint64_t clock_ms(clockid_t clock)
{
    return clock_ns(clock) / 1'000'000;
}

/* Since the epoch, when CLOCK_BOOTTIME began, by the clock as it is set now. */
static inline uint64_t clock_boot_ns(void)
{
    return clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
}

/* Of the monotonic clock, for spans. */
static inline double clock_seconds(void)
{
    return (double)clock_ns(CLOCK_MONOTONIC) / CLOCK_SECOND;
}

/* The moment so many milliseconds from now, as calls want it that wait until then. */
static inline struct timespec clock_in_ms(clockid_t clock, uint64_t ms)
{
    const uint64_t then = clock_ns(clock) + ms * 1'000'000;
    return (struct timespec){.tv_sec = (time_t)(then / CLOCK_SECOND), .tv_nsec = (long)(then % CLOCK_SECOND)};
}
