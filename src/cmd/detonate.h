// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * `davy detonate`: what its files share. An image is looked at as davy scan does (cmd/scan.h), then unpacked, and commands of it run
 * in jails (sandbox/jail.h), one after the other, each seen by the sensor of davy watch and by the pretend internet. What a run did,
 * left behind and held in memory goes to the same rules, and the findings to the same verdict.
 */
#include "base/map.h"
#include "cmd/scan.h"
#include "context/context.h"
#include "rule/correlator.h"
#include "sandbox/jail.h"
#include "source/source.h"

enum {
    RUNS_MAX = 32,         /* of one image, with --each */
    HOSTS_MAX = 1024,      /* told apart in one run */
};

struct detonate_options {
    struct scan_options scan;
    uint64_t time_ns;      /* of one run at most */
    bool pretend, each, mark;
    uint64_t memory, disk; /* bytes */
    uint64_t pids, cpu_percent, uptime; /* uptime: seconds */
    uint64_t fast;         /* 1: waiting takes as long as it takes */
    struct str *command;   /* NULL: the image's own */
    size_t n_command;
};

/* What is counted of a run for its event. */
struct run_tally {
    struct map hosts, listed_hosts, fetched;
    struct str protocols[24], checks[16];
    size_t n_protocols, n_checks;
    uint64_t exchanges, listed_requests, dropped, random;
    uint64_t first_exchange_ns, quiet_cpu_ns; /* since the epoch; processor time until then */
    uint64_t quiet_ahead_ns;                  /* of the jail's clocks then */
};

/* The sensor and what makes findings of its events. */
struct observer {
    struct source *source;
    struct context *context;
    struct correlator *correlator;
    struct detonate *detonate;
    struct arena shown;
    struct strbuf text;
    struct facts facts;
    int proc; /* /proc, for processes that were met without their birth */
    void *answer;
    VEC(const struct rule *) fired; /* by the event at hand */
    uint64_t events;
    bool has_executed; /* a program was begun: the command that the jail waited with */
};

struct detonate {
    const struct detonate_options *options;
    struct scan scan;
    struct yard yard;
    struct unpacked image;
    struct arena arena;    /* of the target */
    struct jail *jail;     /* that runs now; else NULL */
    const char *broken;    /* what of it broke; NULL */
    int stopped_by;        /* the signal that ended a run before its time; 0: none */
    struct report_run *run;
    struct run_tally tally;
    struct observer observer;
};

/* ---- detonate_run.c ---- */

/* For scan.after: unpacks what was scanned and runs it. What goes wrong is said in the report; negative when all must stop. */
int detonate_after_scan(struct scan *s, const char *path);

/* ---- detonate_watch.c ---- */

/* Sees what processes of this control group do, from here on. -errno with text. */
int observer_open(struct observer *o, struct detonate *d, uint64_t group, struct error *err);
/* Judges what comes within so many milliseconds. */
void observer_read(struct observer *o, int timeout_ms);
/* Judges what is left, and gives everything back; may run twice. */
void observer_close(struct observer *o);

/* ---- detonate_facts.c ---- */

/* For jail_poll(): an exchange becomes an event. ctx: struct detonate. */
void detonate_exchange(void *ctx, const struct exchange *e);
/* Something in the jail looked at this file; counts when it is one of those that tell a sandbox from a server. */
void detonate_looked_at(struct detonate *d, struct str path);
/* Judges the run as a whole. */
void detonate_judge_run(struct detonate *d);

/* ---- detonate_files.c ---- */

/* Judges what the jail holds in memory, and what it left in files; it must stand still. */
void detonate_look_at_memory(struct detonate *d);
int detonate_look_at_files(struct detonate *d);
