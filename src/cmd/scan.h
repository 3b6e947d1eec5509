// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * `davy scan`: what its files share. A run loads what judges once (scan_load.c), then takes each target in turn: an image,
 * folder or file (scan_image.c), fetched when it is elsewhere (scan_source.c), a process or this machine (scan_host.c), a
 * container (scan_container.c). Every event ends in scan_judge().
 */
#include "base/map.h"
#include "cmd/progress.h"
#include "cmd/scan_output.h"
#include "cmd/scan_source.h"
#include "finding/report.h"
#include "image/image.h"
#include "inspect/listed.h"
#include "inspect/owned.h"
#include "worker/worker.h"

struct scan_notes;

struct paths {
    const char **v;
    size_t n, capacity;
};

struct scan_options {
    const char *program; /* "davy scan": who speaks */
    struct scan_outputs outputs;
    const char *policy, *platform, *name, *colour;
    const char *auth, *ca, *keep; /* for images that are fetched */
    bool all_platforms;
    struct paths rules, yara, yara_defines, secrets;
    struct paths hashes, leaked, lists, list_folders; /* --hashes, --leaked, --list, --lists */
    struct paths from; /* files with targets */
    enum priority fail_on;
    int decode_depth; /* as inspect_options.secret_decode_depth */
    bool never_fail; /* --fail-on none */
    bool stream;     /* targets from standard input */
    bool full, quiet, verbose, unconfined, no_cache;
    bool with_live; /* rules for live events too: what runs is watched as well */
    bool entropy;  /* of every file, whether a rule asks for it or not */
    bool no_notes; /* every layer and file is looked at, but compiled rules are kept */
    bool no_shipped_lists;
    const char *feed; /* --feed, NULL: the default one when it is there */
    bool no_feed;
    unsigned jobs, stall_seconds; /* 0: the workers' own */
};

/* Takes an option of that name (scan_options.c): 0; -EINVAL after saying what is wrong with the value; 1: it is none of these. */
int scan_take(const char *program, struct scan_options *o, const char *name, const char *value);
void scan_options_done(struct scan_options *o);

struct scan {
    const struct scan_options *options;
    struct arena arena; /* lives as long as the run */
    struct ruleset *rules;
    struct evaluator *evaluator;
    struct intel *intel; /* lists of digests and names, sealed: never changes after scan_load() */
    struct inspector *inspector;
    struct imitate *names;
    struct workers *workers;
    struct scan_notes *notes; /* NULL: none are kept */
    struct policy *policy;
    struct str identity;  /* of all that what is said of an image depends on beside the image, hex; by scan_load() */
    struct map own_files; /* SHA-256 (hex) of the shipped rule files */
    struct report report;
    struct progress progress;
    struct facts facts; /* the event being looked at */
    /* The target being scanned. */
    struct report_target *target;
    struct owned *owned; /* whose its programs are; told at its end */
    bool is_host; /* or a container: what the walk opens is not the target itself */
    const char *machine; /* this machine's, for a host's programs */
    size_t layers_max; /* room in target->layers */
    struct paths started; /* programs that something starts, by absolute path (host only) */
    bool follow_started;
    const struct fetched *fetched; /* NULL: the target is where the user said */
    /* What davy detonate adds; NULL in a scan. */
    bool (*want)(struct scan *s, struct facts *facts); /* false: the event is not judged; may add facts */
    int (*after)(struct scan *s, const char *path);    /* the target was looked at and lies there; negative: the run must stop */
    void *hook_ctx;
};

/* Says what is wrong with rules or settings on stderr; -errno when the run cannot start. */
int scan_load(struct scan *s);
/* Gives back what scan_load() took, whether it succeeded or not. */
void scan_unload(struct scan *s);

/* Loads the lists of digests and names (scan_intel.c); -errno after saying what is wrong. */
int scan_load_intel(struct scan *s);
/* Puts their counts, and which are past their last day, into the report. */
void scan_count_intel(struct scan *s);

/* The state of one target: findings, accounts, times. */
void scan_target_begin(struct scan *s, const char *name, const char *kind);
void scan_target_end(struct scan *s);
/*
 * Whether the content is one of Davy's own rule files, byte for byte: they are full of what they look for, and say nothing
 * about the target. Notes it as skipped.
 */
bool scan_is_own(struct scan *s, const struct facts *facts);
/* Sets target.* on the event and lets the rules judge it, and keeps what the end of the target is told from (inspect/owned.h). */
void scan_judge(struct scan *s, struct facts *facts);
/* Each fills s->target. What goes wrong is said there; negative only when the run itself must stop. */
int scan_image(struct scan *s, const char *path);
int scan_host(struct scan *s);
int scan_process(struct scan *s, const char *target, int64_t pid); /* 0: what follows pid: is no number */
int scan_container(struct scan *s, const char *target, struct str name);

/* Programs of this machine and its containers are compared with its processor. */
void scan_set_own_machine(struct scan *s);
struct proc_source;
/* Judges every process that the source gives, and the programs that they run. Negative when the run must stop. */
int scan_processes(struct scan *s, struct proc_source *ps);

/*
 * Has workers look at what job->target names, and judges what they tell: as workers_target() returns. Counts and gaps go
 * into the target's report.
 */
int scan_walk(struct scan *s, const struct worker_job *job, struct error *err);
