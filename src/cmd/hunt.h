// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * `davy hunt`: what its files share. A *walker* (hunt_walk.c, a process of its own) asks registries what they hold and notes every image
 * that is to be looked at in the store; the hunt itself (hunt_run.c) gives the waiting ones to *scanners* (hunt_scanner.c, each a
 * `davy scan --stream`), reads what they say (hunt_result.c) and judges each image once. The store is the only memory: whoever is killed,
 * the next run goes on from it. hunt_study.c tells what was found.
 */
#include "base/map.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "image/reference.h"
#include "store/hunt_study.h"

enum {
    HUNT_JOBS_MAX = 256,
    HUNT_TRIES = 3,                    /* looks at an image that bring nothing, before it counts as failed */
    HUNT_WAIT_SECONDS = 5,             /* before the second look; four times as long before each further one */
    HUNT_IMAGE_SECONDS = 3600,         /* for one image: fetching and reading 20 GB takes half of it */
    HUNT_AWAY_SECONDS = 600,           /* a registry that does not answer, or wants no more requests, is waited for so long */
    HUNT_REPOSITORIES_MAX = 5'000'000, /* of one registry; docker.io has about so many that anybody can see */
    HUNT_TAGS_MAX = 20'000,            /* of one repository; the busiest official ones have about 5000 */
    HUNT_LIST_MAX = 64 << 20,          /* bytes of a list: a million references */
};

extern const char HUNT[]; /* "davy hunt" */
extern const struct cmd_program HUNT_PROGRAM, HUNT_REPORT;

enum hunt_detonate { DETONATE_NEVER, DETONATE_SUSPICIOUS, DETONATE_ALL };
enum hunt_format { HUNT_TEXT, HUNT_JSON, HUNT_HTML };

struct hunt_strings {
    const char **v;
    size_t n, capacity;
};

struct hunt_options {
    struct hunt_strings operands, scan; /* scan: options that davy scan gets as they are */
    const char *list, *store, *queue, *output, *image, *reports, *auth, *ca;
    struct hunt_strings tags; /* patterns */
    const char *platform;     /* NULL: this machine's */
    bool all_platforms, quiet, retry, worker, until_empty;
    unsigned newest, jobs, tries, wait_seconds, image_seconds, rate, top, ack_seconds;
    enum hunt_detonate detonate;
    unsigned detonate_seconds; /* 0: as davy detonate has it */
    unsigned fast;             /* waiting takes an Nth of the time there; 0: as davy detonate has it */
    bool mark;                 /* jails get davy detonate's mark */
    enum hunt_format format;
};

/* Whether registries are asked at all; if not, what waits is looked at. */
bool hunt_walks(const struct hunt_options *o);
/* Where results are kept: what --store says, $DAVY_HUNT_STORE, or a file of the user. */
const char *hunt_store_of(const struct hunt_options *o);
/* The path of a program of Davy's, in the arena. */
const char *hunt_program(struct arena *a, const char *name);

/* ---- what is to be hunted ---- */

enum hunt_target_kind { HUNT_REGISTRY, HUNT_REPOSITORY, HUNT_REFERENCE };
struct hunt_target {
    enum hunt_target_kind kind;
    struct reference reference; /* of a registry: with an empty repository */
    struct str pattern;         /* of a registry: which repositories, empty: all */
    struct str name;            /* as it is kept */
};
/* HOST[:PORT], HOST/PATTERN*, [HOST/]REPOSITORY, or one with :TAG or @DIGEST. In the arena. */
int hunt_target_parse(struct str text, struct arena *a, struct hunt_target *ret, struct error *err);

/*
 * Walks everything that the options name, and notes it in the store. The body of the walker. An exit code: what cannot be had is in the
 * store, and no reason to fail; HUNT_PARTLY when something that was named led to no image at all.
 */
enum { HUNT_PARTLY = 1 };
int hunt_walk(const struct hunt_options *o, struct str rules);

/* ---- scanners ---- */

struct hunt_scanner;
/* Starts one. -errno with text. */
int hunt_scanner_new(const struct hunt_options *o, struct hunt_scanner **ret, struct error *err);
/* Kills it, with whatever it is at. */
struct hunt_scanner *hunt_scanner_free(struct hunt_scanner *s);
/* To wait for. */
int hunt_scanner_fd(const struct hunt_scanner *s);
/* What judges; empty until it said so. */
struct str hunt_scanner_identity(const struct hunt_scanner *s);
/* Gives it a target. */
int hunt_scanner_give(struct hunt_scanner *s, struct str target, struct str platform);
/*
 * Reads what there is: 1 when a whole line is there (*ret, valid until the next call), 0 when not yet, -EPIPE when it ended (`why` says how),
 * -EFBIG when a report is larger than HUNT_REPORT_MAX.
 */
int hunt_scanner_read(struct hunt_scanner *s, struct str *ret, struct error *why);

/* ---- results ---- */

struct hunt_read {
    struct hunt_result result;
    struct str digest;  /* of the manifest that was looked at */
    struct str failure; /* not empty: it was not looked at */
    VEC(struct hunt_finding) findings;
};
void hunt_read_done(struct hunt_read *r);
/* A line of davy scan --stream, or a report of davy detonate; strings in the arena. -EINVAL with what is wrong. */
int hunt_result_read(struct str json, struct arena *a, struct hunt_read *ret, struct error *err);
/* Adds what the image did when it ran: findings, and the graver verdict. */
void hunt_result_add(struct hunt_read *to, const struct hunt_read *more, struct arena *a);
/*
 * The report that is kept of an image: {"schema":"davy.hunt-image/1","scan":…,"detonation":…}; both are JSON, the second may be empty, and
 * `why_not` then says why it did not run although it should have.
 */
struct str hunt_report_of(struct str scan, struct str detonation, struct str why_not, struct arena *a);
/* How grave a verdict is; -1: it is none. */
int hunt_verdict_rank(struct str verdict);
/* Whether the policy wants to see it run. */
bool hunt_wants_detonation(const struct hunt_options *o, struct str verdict);

/* ---- the hunt ---- */

struct hunt_progress {
    bool is_on, is_terminal, is_drawn;
    uint64_t started_ns, last_ns, last_line_ns;
    struct hunt_counts first;
    bool has_first;
};
void hunt_progress_start(struct hunt_progress *p, bool is_wanted);
/* Appends a number in the place of the only %s of a format. */
#define HUNT_ADD_COUNT(b, format, n)                                                                                           \
    ({                                                                                                                         \
        struct strbuf _text = {};                                                                                              \
        text_add_count(&_text, (n));                                                                                           \
        strbuf_printf((b), (format), _text.p);                                                                                 \
        strbuf_done(&_text);                                                                                                   \
    })
/* A repository without its registry. */
struct str hunt_short_name(struct str repository);
/* `is_walking`: more images may come, so that there is no whole to compare with. `what`: what is being looked at, may be empty. */
void hunt_progress_show(struct hunt_progress *p, const struct hunt_counts *c, bool is_walking, struct str what);
void hunt_progress_end(struct hunt_progress *p);

/* Walks, scans and judges on this machine alone. An exit code. */
int hunt_alone(const struct hunt_options *o);
/* The same with a queue (--queue): walks and puts jobs; workers do them. */
int hunt_with_queue(const struct hunt_options *o);
/* Takes jobs from the queue until it is stopped, or, with --until-empty, until there is none. An exit code. */
int hunt_worker(const struct hunt_options *o);
/* The report of an image from where workers put it; 1: it is not there either. */
int hunt_fetch_report(const struct hunt_options *o, struct str digest, struct str rules, struct strbuf *ret, struct error *err);
/* Shows the study in the form that the options ask for; an exit code. */
int hunt_report(const struct hunt_options *o);
