// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "cmd/case.h"

/* How long it has been used at least: what a price is multiplied with. */
bool case_cost_line(const struct case_cost_facts *facts, struct strbuf *ret)
{
    enum { MINUTE_S = 60, HOUR_S = 3600 };
    const uint64_t s = facts->last_ns > facts->first_ns ? (facts->last_ns - facts->first_ns) / 1'000'000'000U : 0;
    if (!facts->mines && !facts->sends)
        return false;
    if (s >= HOUR_S)
        strbuf_printf(ret, _("in use against your will for %.1f hours at least (first to last finding, measured)"), (double)s / HOUR_S);
    else
        strbuf_printf(ret, _("in use against your will for %llu minutes at least (first to last finding, measured)"),
                      (unsigned long long)(s / MINUTE_S + 1));
    return true;
}
