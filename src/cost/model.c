// SPDX-License-Identifier: Apache-2.0
#include "cost/model.h"

static double above(double share, double baseline)
{
    return share > baseline ? share - baseline : 0;
}

/* USD of surplus at a share for so many hours, after so many vCPU-hours that are free. */
static double surplus_usd(const struct cost_input *in, double share, double hours, double free_hours)
{
    return above(above(share, in->baseline) * in->vcpus * hours, free_hours) * in->surplus;
}

/* USD a month by a straight line through two points. */
static double by_line(const struct cost_input *in, double share)
{
    const double slope = (in->usd[1] - in->usd[0]) / (in->at[1] - in->at[0]);
    return in->usd[0] + (share - in->at[0]) * slope;
}

double cost_month(const struct cost_input *in, double share)
{
    switch (in->model) {
    case COST_FIXED:
        return in->usd_per_hour * COST_HOURS_PER_MONTH;
    case COST_BURSTABLE:
        return in->usd_per_hour * COST_HOURS_PER_MONTH + surplus_usd(in, share, COST_HOURS_PER_MONTH, 0);
    case COST_USAGE:
        return by_line(in, share);
    case COST_ON_PREMISES:
        return in->watts * share / 1000 * in->tariff * COST_HOURS_PER_MONTH;
    }
    return 0;
}

static struct cost_range exactly(double usd)
{
    return (struct cost_range){usd, usd};
}

static struct cost_range direct_of_one(const struct cost_input *in)
{
    const double months = in->hours / COST_HOURS_PER_MONTH;
    if (in->is_new)
        return exactly(cost_month(in, in->used) * months);
    if (in->model == COST_BURSTABLE) {
        const double free_hours = in->baseline * in->vcpus * 24;
        return (struct cost_range){
            surplus_usd(in, in->used, in->hours, free_hours) - surplus_usd(in, in->before, in->hours, free_hours),
            surplus_usd(in, in->used, in->hours, 0) - surplus_usd(in, in->before, in->hours, 0),
        };
    }
    return exactly((cost_month(in, in->used) - cost_month(in, in->before)) * months);
}

struct cost_result cost_compute(const struct cost_input *in)
{
    const struct cost_range one = direct_of_one(in);
    /* What is in the price anyway went to the other in as far as he used it: of burstable machines up to the baseline. */
    double paid_share = in->used - in->before;
    if (in->model == COST_BURSTABLE)
        paid_share -= above(in->used, in->baseline) - above(in->before, in->baseline);
    double opportunity = 0;
    if (!in->is_new && (in->model == COST_FIXED || in->model == COST_BURSTABLE))
        opportunity = in->usd_per_hour * in->hours * paid_share;
    return (struct cost_result){
        .month_before = exactly(cost_month(in, in->before)),
        .month_used = exactly(cost_month(in, in->used)),
        .direct = {one.low * in->machines, one.high * in->machines},
        .opportunity = exactly(opportunity * in->machines),
    };
}

double cost_egress(const struct price *way, double bytes_before, double bytes)
{
    const double from = bytes_before / COST_GB, to = from + bytes / COST_GB;
    double usd = 0, start = 0;
    for (size_t i = 0; i < way->n_tiers && start < to; i++) {
        const struct price_tier *t = &way->tiers[i];
        const double low = from > start ? from : start, high = to < t->up_to_gb ? to : t->up_to_gb;
        if (high > low)
            usd += (high - low) * t->usd;
        start = t->up_to_gb;
    }
    return usd;
}

struct cost_range cost_miner_day(const struct cost_miner *m)
{
    const double coins = m->vcpus * m->coins_per_day * m->usd_per_coin;
    return (struct cost_range){coins * m->vcpu_hashrate.low / m->network.high, coins * m->vcpu_hashrate.high / m->network.low};
}

struct cost_range cost_ratio(double victim_usd, struct cost_range attacker_usd)
{
    if (attacker_usd.low <= 0 || attacker_usd.high <= 0)
        return (struct cost_range){};
    return (struct cost_range){victim_usd / attacker_usd.high, victim_usd / attacker_usd.low};
}
