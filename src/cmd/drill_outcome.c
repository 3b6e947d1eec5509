// SPDX-License-Identifier: Apache-2.0
/* What came of the acts. */
#include <errno.h>

#include "cmd/drill.h"

bool drill_is_seen(const struct drill_outcome *o)
{
    for (size_t i = 0; i < o->n_expected; i++)
        if (o->expected[i].seconds < 0)
            return false;
    return true;
}

bool drill_is_skipped(const struct drill_outcome *o)
{
    return !drill_is_seen(o) && (o->status == DRILL_ABSENT || o->status == -EOPNOTSUPP);
}

size_t drill_count_skipped(const struct drill_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->outcomes.n; i++)
        n += drill_is_skipped(&r->outcomes.v[i]);
    return n;
}

size_t drill_count_seen(const struct drill_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->outcomes.n; i++)
        n += drill_is_seen(&r->outcomes.v[i]);
    return n;
}
