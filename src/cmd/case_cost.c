// SPDX-License-Identifier: Apache-2.0
/* The cost of a case: its facts, and this machine's processors where it is this machine's case, put into the room cost. */
#include <sys/utsname.h>
#include <time.h>

#include "base/day.h"
#include "base/intl.h"
#include "cmd/case.h"
#include "cost/case.h"

static double cores_of(struct str host)
{
    struct utsname me;
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return !uname(&me) && str_is(host, me.nodename) && n > 0 ? (double)n : 1;
}

/* Findings do not measure load. A miner takes what there is: that is the guess, and the line says that it is one. */
static bool add_price(const struct case_cost_facts *facts, struct strbuf *ret)
{
    struct prices prices = {};
    struct cost_case_sum sum;
    const struct cost_case c = {.cpu_share = 1, .cores = cores_of(facts->host), .duration_ns = facts->last_ns - facts->first_ns};
    struct strbuf path = {};
    strbuf_printf(&path, "%s/rules/intel/prices.toml", cmd_data_dir());
    bool is_known = prices_load(&prices, path.p, NULL) >= 0 &&
                    cost_of_case(&c, &prices, day_of((uint64_t)time(NULL) * 1'000'000'000U), &sum) >= 0;
    if (is_known)
        cost_case_line(ret, &c, &sum);
    prices_done(&prices);
    strbuf_done(&path);
    return is_known;
}

bool case_cost_line(const struct case_cost_facts *facts, struct strbuf *ret)
{
    enum { MINUTE_S = 60, HOUR_S = 3600 };
    const uint64_t s = facts->last_ns > facts->first_ns ? (facts->last_ns - facts->first_ns) / 1'000'000'000U : 0;
    const unsigned long long minutes = s / MINUTE_S + 1;
    if (!facts->mines && !facts->sends)
        return false;
    if (s >= HOUR_S)
        strbuf_printf(ret, _("in use against your will for %.1f hours at least (first to last finding, measured)"), (double)s / HOUR_S);
    else
        strbuf_printf(ret,
                      intl_plural("in use against your will for %llu minute at least (first to last finding, measured)",
                                  "in use against your will for %llu minutes at least (first to last finding, measured)", minutes),
                      minutes);
    if (facts->mines && facts->last_ns >= facts->first_ns) {
        strbuf_adds(ret, " · ");
        if (!add_price(facts, ret))
            strbuf_adds(ret, _("no price: davy cost --list"));
    }
    return true;
}
