// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Inside of the correlator: its groups and their matches, which correlator_state.c turns into bytes and back. */
#include "base/vec.h"
#include "rule/correlator.h"

struct match {
    uint64_t time_ns, num;
    uint64_t value; /* of value_count: digest of the counted value */
    double number;  /* of a metric; of several matches in one (`weight`) their sum */
    uint32_t rule;  /* its index */
    uint32_t steps; /* as in struct correlation_member */
    uint32_t weight; /* how many matches it stands for: 1, or more in a full group of value_sum or value_avg */
};

/* What matches of a correlation with the same values of group-by came together; never without a match, but in the making. */
struct group {
    uint64_t id; /* digest of correlation and values */
    const struct rule *rule;
    struct str key; /* the values as text, for people; allocated */
    struct match *v; /* by time; of one time as they came */
    uint32_t n, capacity;
    bool has_fired, is_busy; /* is_busy: may not be forgotten now */
    uint64_t fired_ns;
    struct group *newer, *older; /* by last use */
    struct group *next;          /* in its bucket */
};

enum { CORRELATOR_BUCKETS = 4096 };

struct correlator {
    const struct ruleset *rs;
    uint64_t k0, k1; /* of digests: kept with the state, so that they mean the same in the next run */
    struct group *buckets[CORRELATOR_BUCKETS];
    struct group *newest, *oldest;
    uint64_t late_ns; /* correlator_set_late() */
    struct strbuf id, text; /* of the match at hand */
    struct correlator_stats stats;
};

/* How many matches a group of the correlation may keep. */
uint32_t correlator_room(const struct correlation *c);
/* What the rule is in the correlation; NULL when it is not about it. */
const struct correlation_member *correlator_member(const struct correlation *c, uint32_t rule);
/* The group, used now; NULL when there is none. */
struct group *correlator_find(struct correlator *c, uint64_t id, const struct rule *rule);
/* A new one, used now, without matches; another may be forgotten for it. */
struct group *correlator_add(struct correlator *c, uint64_t id, const struct rule *rule, struct str key);
/* Puts a match into its place; the group's oldest may be forgotten for it. */
void correlator_insert(struct correlator *c, struct group *g, const struct match *m);
void correlator_forget(struct correlator *c, struct group *g);
