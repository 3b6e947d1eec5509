// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A correlation: a condition over matches of rules, in the terms of Sigma's correlation rules. It stands in rule files beside
 * the rules (`- correlation: NAME`), is a struct rule itself (name, output, priority, tags; `correlation` points here), and
 * has no program: rule/correlator.h runs it.
 *
 *     event_count        how many matches a group had within the timespan
 *     value_count        how many different values of a field they had
 *     temporal           how many of the steps matched, in any order
 *     temporal_ordered   the steps matched one after the other
 *     value_sum, value_avg, value_median, value_percentile   what the numbers of a field come to
 *
 * A *step* is what one item of `rules` names: a rule or correlation, several of which one is enough, or all with some tags.
 */
#include "rule/ruleset.h"

enum correlation_type {
    CORRELATION_EVENT_COUNT,
    CORRELATION_VALUE_COUNT,
    CORRELATION_TEMPORAL,
    CORRELATION_TEMPORAL_ORDERED,
    CORRELATION_VALUE_SUM,
    CORRELATION_VALUE_AVG,
    CORRELATION_VALUE_MEDIAN,
    CORRELATION_VALUE_PERCENTILE,
    CORRELATION_TYPE__N,
};
/* Whether it measures numbers of a field: value_sum and its like. */
static inline bool correlation_is_metric(enum correlation_type t)
{
    return t >= CORRELATION_VALUE_SUM;
}
/* "event_count". */
const char *correlation_type_name(enum correlation_type t);
/* -EINVAL when there is none. */
int correlation_type_from(struct str name);

/* "30s", "5m", "1h", "2d", "1w" in nanoseconds, 0s to CORRELATION_TIMESPAN_MAX_NS; -EINVAL, or -ERANGE for what is longer. */
int correlation_timespan_from(struct str text, uint64_t *ret_ns);

enum {
    CORRELATION_STEPS_MAX = 16,     /* items of `rules`; the largest of Sigma's own has 4 */
    CORRELATION_GROUP_BY_MAX = 8,   /* fields; likewise 5 */
    CORRELATION_NAMES_MAX = 16,     /* fields that an alias may give a rule, of which the first that is there is meant: as many as a pipeline of Sigma may */
    CORRELATION_FIELDS_MAX = 4,     /* fields of a condition, whose values are counted together */
    CORRELATION_COUNT_MAX = 10'000, /* of a condition: so many matches a group must be able to hold */
    CORRELATION_DEPTH_MAX = 8,      /* correlations of correlations */
    CORRELATION_MEMBERS_MAX = 4096, /* rules that one correlation may be about, by names and tags */
};
#define CORRELATION_TIMESPAN_MAX_NS (31 * 86'400 * UINT64_C(1'000'000'000))

/* What a rule calls one value: operands of the program, of which the first is meant that an event has. */
struct correlation_key {
    uint32_t *operands;
    size_t n;
};

/* A rule that the correlation is about. */
struct correlation_member {
    uint32_t rule;        /* its index */
    uint32_t steps;       /* bit i: it is one of step i */
    const struct correlation_key *keys; /* of `group-by`, in order; then of the condition's fields */
};

struct correlation {
    enum correlation_type type;
    uint64_t timespan_ns;
    uint64_t least, most; /* the count that holds, both included; most UINT64_MAX: no bound */
    bool has_not;
    uint64_t not;         /* a count that does not hold (neq) */
    struct {
        double least, most;     /* what holds; without a bound infinite */
        bool is_above, is_below; /* the bound itself does not hold: gt, lt */
        bool has_not;
        double not;
        double percent;         /* of value_percentile: 0 to 100 */
    } measure;                  /* of a metric, in place of the four before */
    size_t n_steps;
    const struct str *group_by; /* as written */
    size_t n_group_by;
    struct str fields[CORRELATION_FIELDS_MAX]; /* of value_count, whose values are counted together, and of metrics one: as written */
    size_t n_fields;
    struct str condition, timespan, rules; /* as text, for people */
    const struct correlation_member *members; /* by rule index, each once */
    size_t n_members;
    uint64_t id; /* of what decides its state: the same in another rule set when nothing of that changed */
};

/* The correlations about a rule; returns how many. By index of the rule: cheap, for every match. */
size_t ruleset_correlations(const struct ruleset *rs, const struct rule *rule, const struct rule *const **ret);
/*
 * Appends the value of a member's key as text (typed, so that 1 and "1" differ from nothing else that a field can give).
 * False: the event has no such value. `operand` is one of a member's keys.
 */
bool ruleset_key(const struct ruleset *rs, uint32_t operand, const struct event *event, struct strbuf *ret);
/* The same as a number, also of a text that is one. False: the event has none. */
bool ruleset_number(const struct ruleset *rs, uint32_t operand, const struct event *event, double *ret);
