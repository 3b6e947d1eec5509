// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
#include "sink/spread.h"

#define SECOND 1'000'000'000ULL

static uint64_t total(const struct spread *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < SPREAD_BINS; i++)
        for (int k = 0; k < SEVERITY__N; k++)
            n += s->n[i][k];
    return n;
}

TEST(nothing_is_nowhere)
{
    struct spread s = {};
    size_t first, last;
    CHECK(!spread_used(&s, &first, &last));
}

TEST(one_moment_is_one_part)
{
    struct spread s = {};
    size_t first, last;
    spread_add(&s, 1'700'000'000 * SECOND + 5, SEVERITY_HIGH, 3);
    spread_add(&s, 1'700'000'000 * SECOND + 7, SEVERITY_LOW, 1);
    CHECK(spread_used(&s, &first, &last) && first == last);
    CHECK(s.n[first][SEVERITY_HIGH] == 3 && s.n[first][SEVERITY_LOW] == 1);
}

/* Whatever the order, each finding lies in the part that its moment falls into, and none is lost. */
TEST(order_does_not_matter)
{
    enum { N = 4000 };
    const uint64_t begin = 1'700'000'000 * SECOND;
    uint64_t random = 7;
    struct spread forth = {}, back = {}, any = {};
    static uint64_t at[N];
    for (size_t i = 0; i < N; i++)
        at[i] = begin + i * 977 * SECOND;
    for (size_t i = 0; i < N; i++) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const size_t k = i + (size_t)(random >> 33) % (N - i);
        const uint64_t swap = at[i];
        at[i] = at[k];
        at[k] = swap;
        spread_add(&any, at[i], SEVERITY_MEDIUM, 1);
    }
    for (size_t i = 0; i < N; i++) {
        spread_add(&forth, begin + i * 977 * SECOND, SEVERITY_MEDIUM, 1);
        spread_add(&back, begin + (N - 1 - i) * 977 * SECOND, SEVERITY_MEDIUM, 1);
    }
    const struct spread *all[] = {&forth, &back, &any};
    for (size_t x = 0; x < ARRAY_SIZE(all); x++) {
        const struct spread *s = all[x];
        uint64_t expected[SPREAD_BINS] = {};
        CHECK(total(s) == N);
        CHECK(!(s->from_ns % s->width_ns));
        for (size_t i = 0; i < N; i++)
            expected[(at[i] - s->from_ns) / s->width_ns]++;
        for (size_t i = 0; i < SPREAD_BINS; i++)
            CHECK(s->n[i][SEVERITY_MEDIUM] == expected[i]);
    }
    size_t first, last;
    CHECK(spread_used(&any, &first, &last) && last - first >= SPREAD_BINS / 2 - 1); /* not coarser than need be */
}

TEST(the_ends_of_time)
{
    struct spread s = {};
    spread_add(&s, UINT64_MAX, SEVERITY_LOW, 1);
    spread_add(&s, 0, SEVERITY_LOW, 1);
    spread_add(&s, UINT64_MAX / 2, SEVERITY_LOW, 1);
    CHECK(total(&s) == 3);
    struct spread t = {};
    spread_add(&t, 0, SEVERITY_LOW, 1);
    spread_add(&t, UINT64_MAX, SEVERITY_LOW, 1);
    CHECK(total(&t) == 2);
}
