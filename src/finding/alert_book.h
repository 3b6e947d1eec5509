// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The book of alerts: which matches are shown, so that one noisy program cannot drown the rest.
 *
 * Repeats. Two matches are the same when rule, container and filled-in output are. The first is shown at once. Further ones
 * within a window are counted, and told at its end by one alert with `repeats`. As long as they go on, each window is
 * twice as long as the one before, from ALERT_WINDOW_FIRST_NS up to the longest; after a window without any the next match
 * is a first one again.
 *
 * Rate. What a rule finds beyond a rate (a bucket of tokens: `burst` at once, `rate` a second) is counted and told by one
 * alert with `withheld`, without subject. But the first of a kind is always shown: a kind is the rule, the container and
 * the program. So a flood of one rule by one program hides neither another program nor another container.
 *
 * What is remembered is bounded; what does not fit is forgotten oldest first, which shows more, never less. Times are those
 * of the events, so that a replay shows the same alerts.
 */
#include "finding/alert.h"

enum {
    ALERT_REPEATS_WAYS = 4, ALERT_REPEATS_SETS = 256, /* 1024 different alerts whose repeats are counted at a time */
    ALERT_KINDS_WAYS = 4, ALERT_KINDS_SETS = 4096,    /* kinds known to have been shown */
};
#define ALERT_WINDOW_FIRST_NS 1'000'000'000ULL
#define ALERT_WINDOW_DEFAULT_NS 60'000'000'000ULL
#define ALERT_WITHHELD_NS 10'000'000'000ULL /* between two alerts about what a rule found beyond its rate */
enum { ALERT_RATE_DEFAULT = 100, ALERT_BURST_SECONDS = 10 };

/* Takes an alert, which is valid until it returns. */
typedef void (*alert_fn)(void *ctx, const struct alert *a);

struct alert_book_options {
    uint64_t window_ns; /* the longest; 0: every match is shown */
    unsigned rate;      /* alerts a second of one rule, ALERT_BURST_SECONDS times as many at once; 0: no bound */
    alert_fn show;
    void *ctx;
};

struct alert_book;
struct alert_book *alert_book_new(const struct alert_book_options *options);
struct alert_book *alert_book_free(struct alert_book *b);
DEFINE_CLEANUP(struct alert_book *, alert_book_free)
/* Shows the match, or counts it. All matches between two flushes are of one rule set. */
void alert_book_take(struct alert_book *b, const struct alert_match *m);
/* Tells what is due at this time (since the epoch). Cheap; called now and then. */
void alert_book_tick(struct alert_book *b, uint64_t now_ns);
/* Tells all that was counted, and forgets the rules: before their set goes, and at the end. */
void alert_book_flush(struct alert_book *b);

struct alert_book_stats {
    uint64_t shown, repeats, withheld;
};
struct alert_book_stats alert_book_stats(const struct alert_book *b);
