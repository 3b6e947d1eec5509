// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "rule/correlation.h"

static const char *const TYPES[CORRELATION_TYPE__N] = {
    [CORRELATION_EVENT_COUNT] = "event_count",
    [CORRELATION_VALUE_COUNT] = "value_count",
    [CORRELATION_TEMPORAL] = "temporal",
    [CORRELATION_TEMPORAL_ORDERED] = "temporal_ordered",
    [CORRELATION_VALUE_SUM] = "value_sum",
    [CORRELATION_VALUE_AVG] = "value_avg",
    [CORRELATION_VALUE_MEDIAN] = "value_median",
    [CORRELATION_VALUE_PERCENTILE] = "value_percentile",
};

const char *correlation_type_name(enum correlation_type t)
{
    return TYPES[t];
}

int correlation_timespan_from(struct str text, uint64_t *ret_ns)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } UNITS[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}};
    const uint64_t second = 1'000'000'000;
    uint64_t n;
    for (size_t i = 0; text.n && i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        if (text.p[text.n - 1] != UNITS[i].unit || !str_to_u64(str_sub(text, 0, text.n - 1), &n))
            continue;
        if (n > CORRELATION_TIMESPAN_MAX_NS / second / UNITS[i].seconds)
            return -ERANGE;
        *ret_ns = n * UNITS[i].seconds * second;
        return 0;
    }
    return -EINVAL;
}

int correlation_type_from(struct str name)
{
    for (int t = 0; t < CORRELATION_TYPE__N; t++)
        if (str_is(name, TYPES[t]))
            return t;
    return -EINVAL;
}
