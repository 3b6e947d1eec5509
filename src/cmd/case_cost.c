// SPDX-License-Identifier: Apache-2.0
/* The cost of a case: its facts, and this machine's processors where it is this machine's case, put into the room cost. */
#include <math.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/day.h"
#include "base/intl.h"
#include "cmd/case.h"
#include "cost/case.h"

#define NS_PER_HOUR 3.6e12
#define ROUNDING (1 + 1e-9)

static double cores_of(struct str host)
{
    struct utsname me;
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return !uname(&me) && str_is(host, me.nodename) && n > 0 ? (double)n : 1;
}

/* What findings measured; else a guess, which the line says it is: a miner takes what there is. */
static void fill_load(const struct case_cost_facts *facts, struct cost_case *c, double *hours)
{
    struct cost_load loads[CASE_LOADS_MAX];
    const uint64_t to = facts->last_ns > facts->first_ns ? facts->last_ns : facts->first_ns + 1;
    c->is_measured = facts->n_loads;
    for (size_t i = 0; i < facts->n_loads; i++)
        loads[i] = (struct cost_load){facts->loads[i].time_ns, facts->loads[i].processors};
    if (!facts->n_loads)
        loads[0] = (struct cost_load){facts->first_ns, c->cores};
    cost_curve(loads, facts->n_loads ? facts->n_loads : 1, facts->first_ns, to, hours, CASE_CURVE);
    const double busy = hours[CASE_CURVE - 1] * NS_PER_HOUR / (double)(to - facts->first_ns);
    c->cores = busy > c->cores * ROUNDING ? ceil(busy) : c->cores; /* another machine's, of which nothing else is known */
    c->cpu_share = busy < c->cores ? busy / c->cores : 1;
}

static void fill_curve(const struct case_cost_facts *facts, const struct cost_case *c, const struct cost_case_sum *sum, const double *hours,
                       struct arena *a, struct case_view_curve *ret)
{
    enum { LEAST_S = 60, MONTH_DAYS = 30 };
    const double all = hours[CASE_CURVE - 1], usd_hour = sum->usd_per_day / 24 / (c->cpu_share * c->cores);
    *ret = (struct case_view_curve){.from_ns = facts->first_ns, .to_ns = facts->last_ns, .is_measured = c->is_measured};
    for (size_t i = 0; i < CASE_CURVE; i++)
        ret->usd[i] = hours[i] * usd_hour;
    struct strbuf text = {};
    cost_add_usd(&text, ret->usd[CASE_CURVE - 1]);
    ret->all = arena_str(a, strbuf_str(&text));
    strbuf_clear(&text);
    cost_add_usd(&text, sum->usd_per_day * MONTH_DAYS);
    ret->month = arena_str(a, strbuf_str(&text));
    strbuf_done(&text);
    ret->is_there = all > 0 && isfinite(usd_hour) && usd_hour > 0 && facts->last_ns - facts->first_ns >= LEAST_S * 1'000'000'000ULL;
}

static bool add_price(const struct case_cost_facts *facts, struct arena *a, struct strbuf *ret, struct case_view_curve *ret_curve)
{
    struct prices prices = {};
    struct cost_case_sum sum;
    struct cost_case c = {.cores = cores_of(facts->host), .duration_ns = facts->last_ns - facts->first_ns};
    double hours[CASE_CURVE];
    struct strbuf path = {};
    fill_load(facts, &c, hours);
    strbuf_printf(&path, "%s/rules/intel/prices.toml", cmd_data_dir());
    bool is_known = prices_load(&prices, path.p, NULL) >= 0 &&
                    cost_of_case(&c, &prices, day_of((uint64_t)time(NULL) * 1'000'000'000U), &sum) >= 0;
    if (is_known) {
        cost_case_line(ret, &c, &sum);
        fill_curve(facts, &c, &sum, hours, a, ret_curve);
    }
    prices_done(&prices);
    strbuf_done(&path);
    return is_known;
}

bool case_cost_line(const struct case_cost_facts *facts, struct arena *a, struct strbuf *ret, struct case_view_curve *ret_curve)
{
    enum { MINUTE_S = 60, HOUR_S = 3600 };
    const uint64_t s = facts->last_ns > facts->first_ns ? (facts->last_ns - facts->first_ns) / 1'000'000'000U : 0;
    const unsigned long long minutes = s / MINUTE_S, seconds = s;
    if (!facts->mines && (!facts->sends || !s))
        return false;
    if (s >= HOUR_S)
        strbuf_printf(ret, _("in use against your will for %.1f hours at least (first to last finding, measured)"), (double)s / HOUR_S);
    else if (!s)
        strbuf_adds(ret, _("in use against your will; for how long, findings of one moment do not tell"));
    else if (s < MINUTE_S)
        strbuf_printf(ret,
                      intl_plural("in use against your will for %llu second at least (first to last finding, measured)",
                                  "in use against your will for %llu seconds at least (first to last finding, measured)", seconds),
                      seconds);
    else
        strbuf_printf(ret,
                      intl_plural("in use against your will for %llu minute at least (first to last finding, measured)",
                                  "in use against your will for %llu minutes at least (first to last finding, measured)", minutes),
                      minutes);
    if (facts->mines && facts->last_ns >= facts->first_ns) {
        strbuf_adds(ret, " · ");
        if (!add_price(facts, a, ret, ret_curve))
            strbuf_adds(ret, _("no price: davy cost --list"));
    }
    return true;
}
