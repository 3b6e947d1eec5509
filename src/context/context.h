// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Context: makes an event of a record. It remembers what processes, users and containers are (context/process.h and others)
 * and answers every field of an event from the record and from what it remembers. What it remembers comes from records
 * alone, in the order of the stream, so that a capture gives the same events again.
 *
 * Everything it keeps is bounded (context/limits.h); what is forgotten for want of room is counted.
 */
#include "base/error.h"
#include "event/event.h"
#include "event/record.h"

struct context;

/*
 * How context asks for what no record told yet. Each answer is a record (borrowed until the next call) or NULL: not known,
 * or it will come later in the stream. Whoever answers puts the record into the stream too, so that a capture holds it. NULL
 * functions: a replay, where the answers are in the capture. They are called while an event's fields are read, so they must not wait.
 */
struct context_ask {
    const struct record *(*user)(void *ctx, const struct record *about, uint32_t uid);   /* RECORD_USER */
    const struct record *(*group)(void *ctx, const struct record *about, uint32_t gid);  /* RECORD_GROUP */
    const struct record *(*process)(void *ctx, int32_t pid, uint64_t start_ns);          /* RECORD_PROCESS: missed its birth */
    const struct record *(*container)(void *ctx, const struct record *about, struct str cgroup); /* RECORD_CONTAINER */
    const struct record *(*hostname)(void *ctx, const uint8_t address[16], bool v6);     /* RECORD_HOSTNAME */
    /* A file of keys, accounts or rights, or a log of logins, was, or will be, changed by who `about` tells: RECORD_CONFIG, RECORD_LOGIN by the stream. */
    void (*config)(void *ctx, const struct record *about, struct str path);
    /* A file that was written anew, one of many, by who `about` tells: RECORD_REWRITE by the stream. */
    void (*rewrite)(void *ctx, const struct record *about, struct str path);
    void *ctx;
};

struct context_options {
    struct context_ask ask;
    size_t processes;  /* remembered at most; 0: CONTEXT_PROCESSES_DEFAULT */
    size_t containers; /* likewise; 0: CONTAINER_CACHE_DEFAULT */
    bool keep_env;     /* remember environments: a rule reads proc.env or proc.aenv */
    bool port_names;   /* read the machine's list of services once, for fd.*proto; else they give numbers, as Falco does unless told otherwise */
    uint64_t boot_ns;  /* since the epoch, when CLOCK_BOOTTIME was 0; a RECORD_MACHINE counts more */
};

struct context *context_new(const struct context_options *options);
struct context *context_free(struct context *c);
DEFINE_CLEANUP(struct context *, context_free)

/* An event of the live kernel or a replay; one per context. */
struct live_event;

/*
 * Takes one record, which must have passed record_check() and outlive the event. 1: *ret is an event for the rules, valid
 * until the next call; 0: it only changed what is remembered. Never fails: what does not fit is counted.
 */
int context_take(struct context *c, const struct record *r, struct live_event **ret);
/* What the rules read. */
const struct event *live_event(const struct live_event *e);
/*
 * A path has up to three forms: as the program named it (made absolute), as the kernel resolved it (links followed; where a record does
 * not tell that, without "//", "." and ".."), and, when that led over a second mount of what the process's root shows too, where that shows it. The fields first give the first, which Falco's
 * rules are written for. When there is a further one that differs, this turns the event to it and returns true: judge it again,
 * as the same event. False: there is no other form.
 */
bool live_event_resolved(struct live_event *e);

/* A process that is thought to live. */
struct context_process {
    int32_t pid;
    uint64_t start_ns;
};
/* Gives at most `max` of those that are remembered; returns how many. */
size_t context_living(const struct context *c, struct context_process *ret, size_t max);
/* Fills the ids of a record's header with those of such a process; false: it is not known any more. */
bool context_header(const struct context *c, const struct context_process *p, struct record *ret);

struct context_stats {
    uint64_t processes, threads, containers, users; /* remembered now; users with groups and host names */
    uint64_t ended;       /* processes remembered though they ended */
    uint64_t forgotten;   /* processes for want of room */
    uint64_t unknown;     /* processes that were met without a record of their birth */
    uint64_t events;      /* made so far */
    uint64_t bytes;       /* of memory taken */
};
struct context_stats context_stats(const struct context *c);
