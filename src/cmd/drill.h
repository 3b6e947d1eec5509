// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * `davy drill`: what its files share. Acts are done one after the other in a scratch; a watcher's findings are read meanwhile; what was
 * seen of which rule becomes a report.
 */
#include "base/map.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "drill/scratch.h"
#include "rule/ruleset.h"

enum drill_format { DRILL_TEXT, DRILL_JSON, DRILL_NAMES };

struct drill_options {
    VEC(const char *) rules;
    const char *watch_output; /* NULL: a watcher of its own */
    const char *output;       /* NULL: standard output */
    enum drill_format format;
    unsigned wait_seconds;
    bool all, list, quiet;
};

/* One rule that an act is for. */
struct drill_expected {
    const struct rule *rule; /* NULL: the rules have none of that name, or it is switched off */
    const char *name;
    double seconds;          /* from the act's start to its finding; negative: not seen */
};

struct drill_outcome {
    const struct drill_act *act;
    struct drill_expected expected[DRILL_RULES_MAX];
    size_t n_expected;
    VEC(struct str) more; /* other rules that spoke of it, each once */
    char label[96];
    struct drill_run run; /* while it runs beside others */
    pid_t pid;            /* of the act's shell, 0: it could not be started */
    double start;         /* seconds of the monotonic clock */
    int status;           /* of the act: 0 done; else as drill_wait(), or -errno when it could not be started */
    struct strbuf said;   /* by the act */
};

struct drill_report {
    const struct drill_options *options;
    struct arena arena;
    struct ruleset *rules;
    VEC(struct drill_outcome) outcomes;
    VEC(struct str) losses; /* what the watcher said of events that are missing */
    char token[17];         /* of the labels */
};
/* Whether all rules that the act is for spoke of it. */
bool drill_is_seen(const struct drill_outcome *o);
/* Whether it could not be done because this machine does not have what it is about: neither seen nor unseen. */
bool drill_is_skipped(const struct drill_outcome *o);
size_t drill_count_skipped(const struct drill_report *r);
size_t drill_count_seen(const struct drill_report *r);

/* Rows and ATT&CK numbers that the tags of live rules name, and what the drills showed of them. */
enum drill_cover { DRILL_SEEN, DRILL_UNSEEN, DRILL_NOT_RUN, DRILL_NO_ACT };
struct drill_cell {
    struct str tag; /* "row:10", "T1098.004" */
    unsigned rules[DRILL_NO_ACT + 1]; /* how many of each */
};
typedef VEC(struct drill_cell) drill_matrix;
/* Rows first, by number, then techniques. Lives as long as the report. */
void drill_make_matrix(const struct drill_report *r, drill_matrix *ret);
/* What the drills showed of one rule. */
enum drill_cover drill_cover_of(const struct drill_report *r, const struct rule *rule);
/* Why no act is for that rule; NULL: it is not said. */
const char *drill_gap_of(struct str rule);
/* Whether it is a rule of live events that can be asked for here. */
bool drill_is_live(const struct rule *rule);

/* Appends the report. */
void drill_add_text(struct strbuf *b, struct drill_report *r);
void drill_add_json(struct strbuf *b, struct drill_report *r);
/* Prints the acts that there are; the exit code. */
int drill_list(const struct drill_options *o);

/* Findings as they come, of a watcher that runs or of one of its own. */
struct drill_watch;
/* Starts it and waits until it watches, or opens the file at its end. The exit code, 0: it runs. */
int drill_watch_open(const struct drill_options *o, struct drill_watch **ret);
/*
 * Waits at most so many milliseconds and calls `take` with each line of JSON that came. -EPIPE when the watcher has ended.
 */
int drill_watch_read(struct drill_watch *w, int milliseconds, void (*take)(void *ctx, struct str line), void *ctx);
/* What it said of lost events so far is added to the report. */
void drill_watch_losses(const struct drill_watch *w, struct drill_report *r);
struct drill_watch *drill_watch_close(struct drill_watch *w);
