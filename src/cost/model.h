// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What use of a machine by somebody else costs its owner, and what it earns the other. Pure arithmetic: every figure that
 * goes in is the caller's, with its basis; every figure that comes out says what it was made of.
 */
#include "cost/prices.h"

#define COST_HOURS_PER_MONTH 730.0 /* of 365 days: 8,760 / 12; what list prices per month are made with */
#define COST_GB 1e9                /* bytes of a GB that is billed */

/* How a machine is paid for. */
enum cost_model {
    COST_FIXED,     /* so much an hour, however busy */
    COST_BURSTABLE, /* so much an hour up to a share of its processors, more above it */
    COST_USAGE,     /* by what its processors do */
    COST_ON_PREMISES, /* by the power it draws */
};

/* A figure with doubt: low = high when it is certain. */
struct cost_range {
    double low, high;
};

struct cost_input {
    enum cost_model model;
    double used, before;      /* share of all its processors with and without the other's use, 0..1; before <= used */
    double hours;
    double machines;          /* as many as do the same: 1 or more */
    bool is_new;              /* the other started it: all of its price is lost, not only what it does more */
    double usd_per_hour;      /* COST_FIXED, COST_BURSTABLE */
    double vcpus;
    double baseline, surplus; /* COST_BURSTABLE, as in struct price */
    double at[2], usd[2];     /* COST_USAGE: USD per month at two shares, as in struct price */
    double watts, tariff;     /* COST_ON_PREMISES: what it draws more at full load, and USD per kWh */
};

struct cost_result {
    struct cost_range month_before, month_used; /* USD a month of one machine at both shares */
    struct cost_range direct;      /* USD on the bill, of all machines, that would not be there without the other */
    struct cost_range opportunity; /* USD of what was paid anyway and went to the other, of all machines */
};

/*
 * Computes. Burstable: surplus of up to what the machine earns in 24 hours below its baseline is free when it had not
 * been used up; so `direct.low` has it free and `direct.high` has none left.
 */
struct cost_result cost_compute(const struct cost_input *in);

/* USD a month of one machine at a share of its processors. */
double cost_month(const struct cost_input *in, double share);

/* USD of so many bytes out within a month in which `before` went that way already. */
double cost_egress(const struct price *way, double bytes_before, double bytes);

/* What mining on so many vCPUs earns. */
struct cost_miner {
    double vcpus;                     /* busy ones */
    struct cost_range vcpu_hashrate;  /* hashes per second and vCPU */
    struct cost_range network;        /* hashes per second of all miners */
    double coins_per_day, usd_per_coin;
};
/* USD a day: low with slow processors in a big network, high the other way round. */
struct cost_range cost_miner_day(const struct cost_miner *m);
/* The victim's USD for each of the attacker's. {0, 0} when he earns nothing. */
struct cost_range cost_ratio(double victim_usd, struct cost_range attacker_usd);
