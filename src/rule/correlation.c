// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "rule/correlation.h"

static const char *const TYPES[CORRELATION_TYPE__N] = {
    [CORRELATION_EVENT_COUNT] = "event_count",
    [CORRELATION_VALUE_COUNT] = "value_count",
    [CORRELATION_TEMPORAL] = "temporal",
    [CORRELATION_TEMPORAL_ORDERED] = "temporal_ordered",
};

const char *correlation_type_name(enum correlation_type t)
{
    return TYPES[t];
}

int correlation_type_from(struct str name)
{
    for (int t = 0; t < CORRELATION_TYPE__N; t++)
        if (str_is(name, TYPES[t]))
            return t;
    return -EINVAL;
}
