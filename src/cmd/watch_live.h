// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What davy watch has beside what it shares with davy replay: the sensor, and who answers the context's questions. */
#include "cmd/watch.h"
#include "event/record_write.h"
#include "source/config/config.h"
#include "source/container/records.h"
#include "source/names/names.h"

/* ---- watch_sensor.c ---- */

/* Opens the kernel's source with the filter of the rules. Exit code; what is wrong is said, with a cure. */
int sensor_open(const struct watch_options *o, const struct ruleset *rs, struct source **ret);
/* Whether a rule that is on reads environments: they are kept for that alone, because they are most of what a process takes. */
bool sensor_reads_env(const struct ruleset *rs);
/* Whether a rule that is on asks about logins: logs of them are followed for that. */
bool sensor_reads_logins(const struct ruleset *rs);
/* Whether one asks how processes are hidden. */
bool sensor_reads_hidden(const struct ruleset *rs);
/* watch_ops.filter. */
int sensor_filter(struct source *s, const struct ruleset *rs, struct error *err);

/* ---- watch_mark.c ---- */

/* Reads the mark that an earlier watcher left beside the state (none without --state), and puts its own there. */
void watch_mark_begin(struct watch *w);
/* What it found becomes a record, and now and then the mark says that somebody still watches. The second takes the mark away when it ends as it was told to. */
void watch_mark_keep(struct watch *w);
void watch_mark_end(struct watch *w);

/* ---- watch_hidden.c ---- */

enum { HIDDEN_MAX = 64 }; /* processes that are hidden at a time, and that were told last; each is told once */
struct hidden {
    bool is_wanted; /* a rule asks how processes are hidden */
    uint64_t next_ns;
    struct context_process last[HIDDEN_MAX], told[HIDDEN_MAX];
    size_t n, n_told;
};
/* When it is due, compares the processes that are known with the listing of /proc, and puts what differs into the stream. */
void hidden_look(struct hidden *h, struct watch *w, int proc);

/* ---- watch_ask.c ---- */

struct asker {
    struct watch *watch;
    struct names_source *names;
    struct container_records *containers;
    struct config_source *configs;
    struct record_writer process; /* the last answer about one */
    int root, proc;
    bool keeps_env;
    struct hidden hidden;
    uint64_t begin_ns, waited_ns; /* of CLOCK_MONOTONIC; for answers, in all */
    int64_t step_ns;              /* how far the clock was set since the watching began, as it was told */
};
/* Before the process is confined: starts what it could not afterwards, the journal where no syslog writes files. */
void asker_prepare(struct asker *a, const struct watch *w);
/* Looks names up and asks the runtimes from here on; threads begin with the first questions. -errno with text. */
int asker_init(struct asker *a, struct watch *w, struct error *err);
struct context_ask asker_questions(struct asker *a);
/* What is known before the first event: the machine, its users and groups. */
void asker_begin(struct asker *a);
/*
 * For watch_ops.ahead: whose container nobody knows yet waits a moment for what its runtime wrote down, so that rules on images and
 * privileges hold from the first program on.
 */
void asker_ahead(struct asker *a, const struct record *r);
/* Puts answers that came into the stream. */
void asker_take(struct asker *a);
/* For watch_ops.between: that, and what is looked at from time to time. */
void asker_look(struct asker *a);
void asker_done(struct asker *a);

/* ---- watch_plan.c ---- */

/* Prints which program serves which kind of event, and what is lost: alike ones together, or `each` by itself. Exit code. */
int plan_print(const struct source *s, bool each);
