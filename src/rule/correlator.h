// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Runs the correlations of a rule set on matches of its rules.
 *
 * Time is that of the events. A window reaches back from a match over one timespan, both ends included, and is judged when
 * a match comes: there is no timer, so nothing tells of what did not happen. A match that comes late, up to
 * CORRELATOR_LATE_NS before the newest of its group (correlator_set_late() says otherwise), takes its place in time, and every window that holds it is judged
 * again; later ones are counted and left out. A group that fired is silent until a timespan is over: then it fires again when it
 * holds. A match without one of the group's values belongs to no group.
 *
 * What is kept is bounded: groups, matches of a group, matches in all. The group that was longest without a match goes
 * first; of a full group what no window needs goes first, then the oldest. Both are counted. Nothing is allocated for a match
 * that no correlation is about.
 */
#include "base/error.h"
#include "rule/correlation.h"

#define CORRELATOR_LATE_NS UINT64_C(2'000'000'000)
enum {
    CORRELATOR_GROUPS_MAX = 8192,   /* of all correlations: 1 MB with their keys */
    CORRELATOR_MATCHES_MAX = 65536, /* of all groups: 3 MB */
    CORRELATOR_GROUP_MATCHES = 256, /* of one group, or twice what its condition counts to */
    CORRELATOR_GROUP_SUMS = 512,    /* of one group of value_sum and value_avg; more are put together, see CORRELATOR_SUM_PARTS */
    CORRELATOR_SUM_PARTS = 128,     /* matches of so many parts of a timespan: where a window begins is known that well then */
    CORRELATOR_GROUP_NUMBERS = 2048, /* of one group of value_median and value_percentile; beyond them the newest count */
    CORRELATOR_TOLD_MAX = 64,       /* members told with what a correlation found: the newest, and the first of each rule */
    CORRELATOR_KEY_BYTES = 256,     /* of a group's values as text; longer ones are told apart by their digest */
    CORRELATOR_STATE_BYTES = 32 << 20, /* of saved state */
};

/* A match that a correlation counts. */
struct correlated_match {
    uint64_t time_ns, num; /* of its event */
    const struct rule *rule;
};

/* What a correlation found; valid during the call. */
struct correlated {
    const struct rule *rule;  /* the correlation's */
    /* The event at hand, which also answers the fields of class correlation; its time is that of the window's end. */
    const struct event *event;
    const struct correlated_match *members; /* by time */
    size_t n_members;
    uint64_t n_all; /* in the window: members may be fewer */
};
typedef void (*correlator_fn)(void *ctx, const struct correlated *found);

struct correlator;
/* The rule set must outlive it. */
struct correlator *correlator_new(const struct ruleset *rs);
/* How late a match may come: records of clouds are delivered minutes after each other, in no order. */
void correlator_set_late(struct correlator *c, uint64_t late_ns);
struct correlator *correlator_free(struct correlator *c);
DEFINE_CLEANUP(struct correlator *, correlator_free)
/* Tells of a match; `found` hears of every correlation that holds by it, of correlations of correlations after their members. */
void correlator_take(struct correlator *c, const struct rule *rule, const struct event *event, correlator_fn found, void *ctx);
/* Forgets groups that no later match can use. `now_ns` since the epoch; now and then. */
void correlator_tick(struct correlator *c, uint64_t now_ns);

struct correlator_stats {
    uint64_t matches, found;
    uint64_t late, ungrouped;            /* matches left out: too late, without a group's value */
    uint64_t groups_lost, matches_lost;  /* forgotten for room */
    uint64_t groups, kept;               /* now: groups and their matches */
};
struct correlator_stats correlator_stats(const struct correlator *c);

/* Appends all state as bytes, for another run or another rule set. */
void correlator_save(const struct correlator *c, struct strbuf *ret);
/*
 * Takes the state of correlations that are the same here (name and struct correlation.id); of others it is left out. Into a
 * new correlator. 0, or -EBADMSG with text when the bytes are none of correlator_save(): then nothing is taken.
 */
int correlator_restore(struct correlator *c, struct str bytes, struct error *err);
/*
 * Forgets groups with a match later than now by more than matches may come late: the clock was set back after they were kept, and until
 * it has caught up everything would come too late for them.
 */
void correlator_forget_later(struct correlator *c, uint64_t now_ns);
