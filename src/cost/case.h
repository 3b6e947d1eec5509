// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The cost of one case in one line: what the processors and the traffic of it are worth by the price table, what went
 * between the first signal and the alert, and what whoever uses them earns if he mines.
 *
 *     struct cost_case c = {.cpu_share = 0.97, .cores = 2, .duration_ns = …, .alert_ns = …};
 *     struct cost_case_sum sum;
 *     cost_of_case(&c, &prices, day_of(now), &sum);
 *     cost_case_line(&b, &c, &sum);
 */
#include "base/strbuf.h"
#include "cost/model.h"

struct cost_case {
    double cpu_share;     /* of all `cores`, 0..1: what the processes of the case use, mean over the duration */
    bool is_measured;     /* the share was; false: it is a guess of the caller's */
    double cores;         /* vCPUs of the machine */
    double machines;      /* 0 counts as 1 */
    uint64_t duration_ns; /* first signal to last, or to now */
    uint64_t alert_ns;    /* first signal to alert; 0: not known */
    const char *instance; /* kind of machine as the table calls it, NULL or one that it lacks: by vCPU-hour */
    uint64_t egress_bytes;
};

struct cost_case_sum {
    double usd_per_day;          /* at list price, of all machines: processors */
    double usd;                  /* of the duration: processors and traffic */
    double usd_traffic;          /* thereof */
    double usd_to_alert;         /* processors, first signal to alert */
    struct cost_range miner_day; /* USD a day if all of it mines */
    struct cost_range ratio;     /* the owner's USD for each of them; {0, 0}: not known */
    double anchor;               /* the cited ratio; 0: the table has none */
    struct str anchor_id;        /* as long as the table */
    bool is_instance_known;      /* the price is that of the machine, not of any vCPU */
    unsigned stale;              /* rows of the table that were used and are older than PRICES_STALE_DAYS */
};

/*
 * Computes. Processors are valued at their part of the machine's list price, also where the bill does not change: it is
 * what the owner paid for and another used. -ENOENT when the table has neither the machine nor a price per vCPU-hour;
 * figures that the table lacks otherwise leave their part of the sum 0. -EINVAL when a share is not within 0..1.
 */
int cost_of_case(const struct cost_case *c, const struct prices *prices, uint16_t today, struct cost_case_sum *ret);
/* Busy vCPUs from a moment on. */
struct cost_load {
    uint64_t time_ns;
    double vcpus;
};
/*
 * What was used up until the end of each of `slots` equal parts of the time, in hours of one vCPU; never less than in the one before. What
 * the first load tells holds for the time before it. `n` at least 1, in order of time; to_ns above from_ns.
 */
void cost_curve(const struct cost_load *v, size_t n, uint64_t from_ns, uint64_t to_ns, double *ret, size_t slots);
/* Appends "0.36 USD a day, measured at 97 % of 2 vCPUs · …": one line, no newline, translated. */
void cost_case_line(struct strbuf *b, const struct cost_case *c, const struct cost_case_sum *sum);
/* Appends an amount with as many digits as tell something: 0.0004, 0.36, 12.40, 1,240. */
void cost_add_usd(struct strbuf *b, double usd);
