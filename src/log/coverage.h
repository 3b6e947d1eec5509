// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Who logs what: for each log (provider, account, region and format) when its first and last record was, which hours have none, and of
 * which services they are; and what was done to logging itself. Records may come in any order.
 */
#include "base/map.h"
#include "base/vec.h"
#include "log/record.h"

enum {
    COVERAGE_LOGS_MAX = 4096,     /* accounts times regions times formats */
    COVERAGE_SERVICES_MAX = 512,  /* of one log */
    COVERAGE_HOURS_MAX = 24 * 366 * 5, /* of one log: 5 KB of bits */
    COVERAGE_CHANGES_MAX = 1000,
};

struct coverage_service {
    struct str name;
    uint64_t records, first_ns, last_ns;
};

struct coverage_log {
    struct str provider, account, region, format; /* empty where the record does not tell */
    uint64_t records, first_ns, last_ns;
    uint64_t first_hour; /* since the epoch; of the bits */
    VEC(uint64_t) hours;
    VEC(struct coverage_service) services; /* by name, once coverage_finish() ran */
};

/* Something that switched logging off, or changed it. */
struct coverage_change {
    uint64_t time_ns;
    struct str action, principal, account, region, outcome;
};

struct coverage {
    struct arena arena;
    struct map by_name; /* → index in logs */
    VEC(struct coverage_log *) logs; /* by name, once coverage_finish() ran */
    VEC(struct coverage_change) changes; /* by time, likewise */
    uint64_t records, without_time, left_out; /* left_out: beyond the bounds above */
    uint64_t last_ns; /* of the newest record of all */
};

void coverage_take(struct coverage *c, const struct log_record *r);
void coverage_finish(struct coverage *c);
void coverage_done(struct coverage *c);
/* Hours without a record, at least `least_ns` long: the next one at or after *hour. False when there is none; else [*ret_from, *ret_to) and *hour moves on. */
bool coverage_gap(const struct coverage_log *l, uint64_t least_ns, uint64_t *hour, uint64_t *ret_from, uint64_t *ret_to);
/* Whether "aws", "aws:123456789012", "aws:*:eu-west-1", "aws:*:*:cloudtrail" means the log. */
bool coverage_is(const struct coverage_log *l, struct str words);
