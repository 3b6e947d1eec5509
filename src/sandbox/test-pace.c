// SPDX-License-Identifier: Apache-2.0
/* The arithmetic of a jail's clocks; what answers calls is tried in a jail (tests/e2e/test_detonate.py). */
#include "harness/test.h"
#include "sandbox/pace_inside.h"

static _Atomic uint64_t ahead;

static struct pace_clock clock_of(unsigned factor)
{
    atomic_store(&ahead, 0);
    return (struct pace_clock){.factor = factor, .ahead = &ahead};
}

TEST(a_wait_takes_its_share)
{
    const struct pace_clock c = clock_of(600);
    const struct pace_end e = pace_end_of(&c, PACE_SECOND, 3600 * PACE_SECOND, PACE_MS);
    CHECK_INT(e.real, 7 * PACE_SECOND);
    CHECK_INT(e.paced, 3601 * PACE_SECOND);
    CHECK(!pace_is_over(&c, 7 * PACE_SECOND - 1, &e));
    CHECK(pace_is_over(&c, 7 * PACE_SECOND, &e));
    pace_leap(&c, 7 * PACE_SECOND, &e);
    CHECK_INT(pace_ahead(&c), 3594 * PACE_SECOND);
}

TEST(short_waits_are_not_shortened_below_the_floor)
{
    const struct pace_clock c = clock_of(1000);
    CHECK_INT(pace_end_of(&c, 0, 50 * PACE_MS, 100 * PACE_MS).real, 50 * PACE_MS);
    CHECK_INT(pace_end_of(&c, 0, 5 * PACE_SECOND, 100 * PACE_MS).real, 100 * PACE_MS);
    CHECK_INT(pace_end_of(&c, 0, 500 * PACE_SECOND, 100 * PACE_MS).real, 500 * PACE_MS);
}

/* Two who sleep at once wake in the order of what they asked for, and the clocks leap once. */
TEST(waits_share_the_clocks)
{
    const struct pace_clock c = clock_of(100);
    const struct pace_end longer = pace_end_of(&c, 0, 100 * PACE_SECOND, PACE_MS), shorter = pace_end_of(&c, 0, 60 * PACE_SECOND, PACE_MS);
    CHECK(pace_when(&c, &shorter) < pace_when(&c, &longer));
    pace_leap(&c, shorter.real, &shorter);
    CHECK_INT(shorter.real + pace_ahead(&c), 60 * PACE_SECOND);
    CHECK(!pace_is_over(&c, shorter.real, &longer));
    pace_leap(&c, longer.real, &longer);
    CHECK_INT(longer.real + pace_ahead(&c), 100 * PACE_SECOND);
    /* one whose hour has passed by another's leap is over at once, and moves nothing */
    CHECK(pace_is_over(&c, longer.real, &shorter));
    const uint64_t before = pace_ahead(&c);
    pace_leap(&c, longer.real, &shorter);
    CHECK_INT(pace_ahead(&c), before);
}

TEST(who_waits_for_ever_moves_no_clock)
{
    const struct pace_clock c = clock_of(PACE_FACTOR_MAX);
    const struct pace_end e = pace_end_of(&c, PACE_SECOND, UINT64_MAX, PACE_MS);
    CHECK(!pace_is_over(&c, UINT64_C(1) << 60, &e));
    pace_leap(&c, PACE_SECOND, &e);
    CHECK_INT(pace_ahead(&c), 0);
}
