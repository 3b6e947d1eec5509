// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>

#include "base/intl.h"
#include "base/text.h"
#include "cost/case.h"

#define NS_PER_HOUR 3.6e12

static void used(struct cost_case_sum *sum, const struct price *row, uint16_t today)
{
    sum->stale += price_is_stale(row, today, PRICES_STALE_DAYS);
}

/* USD per hour and vCPU; negative when the table does not say. */
static double vcpu_hour(const struct cost_case *c, const struct prices *prices, uint16_t today, struct cost_case_sum *sum)
{
    const struct price *machine = c->instance ? prices_find(prices, PRICE_MACHINE, c->instance) : NULL;
    if (machine && machine->vcpus > 0) {
        used(sum, machine, today);
        sum->is_instance_known = true;
        return machine->low / machine->vcpus;
    }
    const struct price *any = prices_find(prices, PRICE_VCPU_HOUR, NULL);
    if (!any)
        return -1;
    used(sum, any, today);
    return any->low;
}

static void add_miner(const struct prices *prices, double vcpus, uint16_t today, struct cost_case_sum *sum)
{
    const struct price *coin = prices_find(prices, PRICE_COIN, NULL), *rate = prices_find(prices, PRICE_VCPU_HASHRATE, NULL),
                       *network = prices_find(prices, PRICE_NETWORK_HASHRATE, NULL),
                       *emission = prices_find(prices, PRICE_EMISSION, NULL), *anchor = prices_find(prices, PRICE_ANCHOR, NULL);
    if (anchor) {
        sum->anchor = anchor->low;
        sum->anchor_id = anchor->id;
    }
    if (!coin || !rate || !network || !emission || vcpus <= 0)
        return;
    used(sum, coin, today);
    used(sum, rate, today);
    used(sum, network, today);
    sum->miner_day = cost_miner_day(&(struct cost_miner){.vcpus = vcpus,
                                                         .vcpu_hashrate = {rate->low, rate->high},
                                                         .network = {network->low, network->high},
                                                         .coins_per_day = emission->low,
                                                         .usd_per_coin = coin->low});
    sum->ratio = cost_ratio(sum->usd_per_day, sum->miner_day);
}

int cost_of_case(const struct cost_case *c, const struct prices *prices, uint16_t today, struct cost_case_sum *ret)
{
    struct cost_case_sum sum = {};
    if (!(c->cpu_share >= 0 && c->cpu_share <= 1) || !(c->cores >= 0) || !isfinite(c->cores))
        return -EINVAL;
    const double price = vcpu_hour(c, prices, today, &sum), vcpus = c->cpu_share * c->cores * (c->machines > 0 ? c->machines : 1);
    if (price < 0)
        return -ENOENT;
    const double usd_per_hour = price * vcpus;
    const struct price *way = c->egress_bytes ? prices_find(prices, PRICE_EGRESS, NULL) : NULL;
    if (way) {
        used(&sum, way, today);
        sum.usd_traffic = cost_egress(way, 0, (double)c->egress_bytes);
    }
    sum.usd_per_day = usd_per_hour * 24;
    sum.usd = usd_per_hour * ((double)c->duration_ns / NS_PER_HOUR) + sum.usd_traffic;
    sum.usd_to_alert = usd_per_hour * ((double)c->alert_ns / NS_PER_HOUR);
    add_miner(prices, vcpus, today, &sum);
    *ret = sum;
    return 0;
}

void cost_curve(const struct cost_load *v, size_t n, uint64_t from_ns, uint64_t to_ns, double *ret, size_t slots)
{
    double sum = 0;
    uint64_t at = from_ns;
    size_t i = 0;
    for (size_t s = 0; s < slots; s++) {
        const uint64_t end = from_ns + (uint64_t)((double)(to_ns - from_ns) * (double)(s + 1) / (double)slots);
        while (at < end) {
            while (i + 1 < n && v[i + 1].time_ns <= at)
                i++;
            const uint64_t until = i + 1 < n && v[i + 1].time_ns < end ? v[i + 1].time_ns : end;
            sum += v[i].vcpus * (double)(until - at) / NS_PER_HOUR;
            at = until;
        }
        ret[s] = sum;
    }
}

void cost_add_usd(struct strbuf *b, double usd)
{
    if (usd >= 1000 && usd < 1e18) {
        text_add_count(b, (uint64_t)llround(usd));
        return;
    }
    const double size = fabs(usd);
    strbuf_printf(b, "%.*f", size == 0 || size >= 0.1 ? 2 : size >= 0.01 ? 3 : size >= 0.001 ? 4 : 6, usd);
}

void cost_case_line(struct strbuf *b, const struct cost_case *c, const struct cost_case_sum *sum)
{
    _cleanup_(strbuf_done) struct strbuf day = {}, all = {}, low = {}, high = {}, lost = {};
    cost_add_usd(&day, sum->usd_per_day);
    cost_add_usd(&all, sum->usd);
    cost_add_usd(&low, sum->miner_day.low);
    cost_add_usd(&high, sum->miner_day.high);
    cost_add_usd(&lost, sum->usd_to_alert);
    strbuf_printf(b, c->is_measured ? _("%s USD a day, measured at %.0f %% of %g vCPUs") : _("%s USD a day, estimated for %.0f %% of %g vCPUs"),
                  day.p, c->cpu_share * 100, c->cores);
    strbuf_printf(b, _(" · so far %s USD"), all.p);
    if (c->alert_ns)
        strbuf_printf(b, _(" · until the alert %s USD"), lost.p);
    if (sum->ratio.high > 0)
        strbuf_printf(b, _(" · a miner earns about %s to %s USD a day of it (1 : %.0f to 1 : %.0f)"), low.p, high.p, sum->ratio.low,
                      sum->ratio.high);
    if (sum->ratio.high > 0 && sum->anchor > 0)
        strbuf_printf(b, _(" · 1 : %.0f is the figure of %.*s"), sum->anchor, STR_ARG(sum->anchor_id));
    if (sum->stale)
        strbuf_printf(b, intl_plural(" · %u price is old", " · %u prices are old", sum->stale), sum->stale);
}
