// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The report of a run: what was looked at, how, what was found, what could not be read. A program fills it,
 * sinks show it.
 *
 *     struct report r = {.version = …, .started_ns = …, .fail_on = …};
 *     struct report_target *t = report_add_target(&r, name, "image");
 *     t->findings = findings_new(…); … t->counts.files++; report_unread(t, path, "permission denied");
 *     report_judge(&r);                 verdicts, once the findings are complete
 *     sink->report(…, &r, …); report_done(&r);
 *
 * Strings that are set directly are borrowed and must outlive the report; the functions below copy.
 */
#include "base/vec.h"
#include "finding/inventory.h"
#include "finding/policy.h"
#include "finding/verdict.h"

/* Something that was not looked at, and why. */
struct report_gap {
    struct str what, why;
};

enum { REPORT_GAPS_MAX = 1000 }; /* kept per list; the total counts on */

struct report_gaps {
    VEC(struct report_gap) list;
    uint64_t total;
};

struct report_layer {
    uint32_t index; /* 1 is the lowest */
    struct str digest, created_by;
    uint64_t size;     /* bytes as stored */
    uint64_t unpacked; /* bytes, 0 when unknown */
    uint64_t entries;
};

struct report_counts {
    uint64_t files; /* regular files looked at */
    uint64_t directories, symlinks, hardlinks, specials, whiteouts;
    uint64_t bytes;        /* of content looked at, unpacked */
    uint64_t bytes_stored; /* as stored (compressed); 0 where that is the same */
    uint64_t history;      /* lines of the build history */
    uint64_t files_known;  /* digested and not looked at: what was noted of that content at that path was judged */
    uint64_t layers_known; /* not read again: what was noted of them in an earlier scan was judged */
    uint64_t processes, accounts;
};

/* Something that happened in a run. Texts are safe only through text_add_safe(). */
struct report_moment {
    uint64_t time_ns, count; /* since the epoch, by the machine's clock; how often, from then on */
    const char *what;        /* start, asked, found, dropped, ended; static */
    struct str text;
    uint32_t finding;        /* its id; 0: none */
};
enum { REPORT_MOMENTS_MAX = 500, REPORT_OUTPUT_MAX = 4096 };

/* A command of the target that ran in a jail (davy detonate). */
struct report_run {
    struct arena *arena; /* the report's */
    struct str command, ended; /* ended: why, in words: "exit 0", "signal 11", "the time was over" */
    struct str output;         /* the beginning of what it said */
    uint64_t started_ns, wall_ns, cpu_ns;
    unsigned fast;                             /* waits took so much less; 0: as long as they take */
    uint64_t ahead_ns;                         /* of the jail's clocks at the end */
    uint64_t exchanges, dropped, events, lost; /* with the pretend internet; files; of the sensor, and how many of these it lost */
    bool is_pretend;                           /* it had the pretend internet */
    VEC(struct report_moment) moments;         /* by time, once report_run_end() was called */
    uint64_t moments_left_out;
};

struct report;
struct report_target {
    struct report *report;
    struct str name; /* as the user wrote it */
    struct str kind; /* image, artifact, rootfs, file, process, host: as target.kind */
    struct str reference, platform, digest, config_digest; /* empty where unknown; digests as sha256:… */
    struct str artifact; /* media type of a target of kind artifact; else empty */
    struct report_layer *layers;                           /* lowest first; borrowed */
    size_t n_layers;
    struct report_counts counts;
    uint64_t wall_ns, cpu_ns;  /* cpu_ns 0: not measured */
    struct findings *findings; /* owned by the report from here on; NULL when nothing could be judged */
    struct verdict verdict;    /* by report_judge() */
    struct report_gaps unread, skipped;
    VEC(struct report_run *) runs;
    struct inventory inventory;
    struct str failure; /* not empty: the target could not be scanned at all */
};

struct report_expired {
    struct str list, day; /* the list, and its last day as YYYY-MM-DD */
};

/* How many of what judged. */
struct report_rules {
    struct str digest; /* ruleset_digest() */
    uint64_t behaviour, yara, secrets, signs;
    uint64_t listed_digests, listed_names; /* entries of lists that people own */
    VEC(struct report_expired) expired;    /* lists past their last day: what they hold counts as context */
};

struct report {
    struct arena arena;
    struct str version;            /* of Davy */
    uint64_t started_ns, ended_ns; /* since the epoch */
    struct report_rules rules;
    enum priority fail_on; /* findings at or above it make the run fail */
    bool never_fails;      /* whatever is found (--fail-on none) */
    bool is_incomplete;    /* a part of what was asked for could not be done: a run of davy detonate */
    VEC(struct report_target *) targets;
    const struct policy *policy; /* may be NULL; borrowed */
};

/* The new target; lives as long as the report. Strings are copied. */
struct report_target *report_add_target(struct report *r, struct str name, struct str kind);
/* A run of it; lives as long as the report. */
struct report_run *report_add_run(struct report_target *t, struct str command);
/* Adds a moment, or counts it with an equal one before. Bounded; the text is copied. */
void report_moment(struct report_run *run, uint64_t time_ns, const char *what, struct str text, uint32_t finding);
/* Sorts the moments. */
void report_run_end(struct report_run *run);
/* Gives back what runs hold beside the report's arena. */
void report_runs_done(struct report_target *t);
/* Could not be read, or was left out on purpose. Bounded; strings are copied. */
void report_unread(struct report_target *t, struct str what, struct str why);
void report_skipped(struct report_target *t, struct str what, struct str why);
/* The target could not be scanned at all. Copied. */
void report_failure(struct report_target *t, struct str why);
/* A list that is past its last day. Strings are copied. */
void report_expired(struct report *r, struct str list, struct str day);
/* Makes the verdict of each target. */
void report_judge(struct report *r);
/*
 * 3 when a part could not be done (`is_incomplete`).
 * Else 1: a threat or exposure that nothing authorises has at least priority `fail_on` (never when `never_fails`).
 * Else 3 when a target could not be scanned, else 0. Context findings alone never fail a run.
 */
int report_exit_code(const struct report *r, enum priority fail_on);
/* Gives everything back, findings too; may run twice. */
void report_done(struct report *r);
