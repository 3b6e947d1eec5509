// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a hunt through registries knows, kept in SQLite (a file) or PostgreSQL (postgres://…), the same tables in both: how far each
 * registry was walked, which image each reference means, what is still to be looked at, and what was judged.
 *
 * An image is the digest of its manifest under one set of rules (their identity); it goes from HUNT_WAITING to HUNT_JUDGED or HUNT_FAILED
 * once, whoever brings the result and however often: hunt_store_judge() of what is judged changes nothing. All that an interrupted
 * hunt needs to go on is here, so killing any program at any moment costs only the images that were being looked at.
 *
 * Texts are bytes to the store. A call within hunt_store_begin() and hunt_store_commit() is part of that transaction, else it is one.
 */
#include "base/error.h"
#include "base/strbuf.h"
#include "base/vec.h"

enum {
    HUNT_SCHEMA = 1,                /* version of the tables */
    HUNT_TEXT_MAX = 4 << 10,        /* bytes of an error, a list of words, an example */
    HUNT_REPORT_MAX = 64 << 20,     /* bytes of one report, before it is packed: a very full one has 5 MB */
    HUNT_FINDINGS_MAX = 1000,       /* rules that speak for one image; there are about 300 */
};

struct hunt_store;
enum hunt_mode { HUNT_READ, HUNT_WRITE };
/* As case_store_open(). */
int hunt_store_open(const char *url, enum hunt_mode mode, struct hunt_store **ret, struct error *err);
struct hunt_store *hunt_store_close(struct hunt_store *s);
DEFINE_CLEANUP(struct hunt_store *, hunt_store_close)
/* Whether the words name a server that several machines can use. */
bool hunt_store_is_server(const char *url);
/* The address without its password; in `buf`. */
const char *hunt_store_name(const char *url, char *buf, size_t size);
int hunt_store_begin(struct hunt_store *s, struct error *err);
int hunt_store_commit(struct hunt_store *s, struct error *err);
void hunt_store_rollback(struct hunt_store *s);

/* ---- sources: registries and lists ---- */

enum hunt_walk { HUNT_WALKING, HUNT_WALKED, HUNT_WALK_FAILED };
struct hunt_source {
    int64_t id;
    enum hunt_walk state;
    uint64_t started_ns, ended_ns;
    int64_t repositories, tags; /* so far, of this walk */
    struct str name;
    struct str page, last; /* where the walk stands: which page, and the last name of it that is done; empty: at the beginning */
    struct str error;      /* of a walk that could not go on */
};
typedef int (*hunt_source_fn)(void *ctx, const struct hunt_source *s);
/* All of them, by name; strings are valid during the call. */
int hunt_store_sources(struct hunt_store *s, hunt_source_fn take, void *ctx, struct error *err);
/* The source of that name, made when there is none. */
int hunt_store_source(struct hunt_store *s, struct str name, uint64_t now_ns, int64_t *ret_id, struct error *err);
int hunt_store_set_source(struct hunt_store *s, const struct hunt_source *source, struct error *err);

/* ---- what is to be looked at ---- */

struct hunt_layer {
    struct str digest;
    uint64_t size;
};
/* A reference, and the image that it means here and now. */
struct hunt_plan {
    int64_t source;
    struct str reference, repository; /* registry/repository:tag, registry/repository */
    struct str platform, digest, rules;
    struct str pull; /* what davy scan fetches it by */
    uint64_t created_ns, now_ns;
    const struct hunt_layer *layers; /* lowest first */
    size_t n_layers;
    uint64_t bytes;
};
/* Notes the reference, and the image as waiting unless it is there under these rules (*ret_is_new tells). In a transaction. */
int hunt_store_plan(struct hunt_store *s, const struct hunt_plan *p, bool *ret_is_new, struct error *err);
/* A reference that leads to no image, and why. */
int hunt_store_lost(struct hunt_store *s, int64_t source, struct str reference, struct str repository, uint64_t now_ns, struct str why,
                    struct error *err);
struct hunt_job {
    int64_t id;
    int64_t tries;
    int64_t queued; /* when it was last queued, 0: never; a number that is different each time it is to be queued anew */
    uint64_t bytes;
    struct str digest, pull, platform;
    struct str repository; /* of the reference that it was first met under */
};
typedef int (*hunt_job_fn)(void *ctx, const struct hunt_job *j);
/* Waiting images whose time has come, by number, from behind `after` on. */
int hunt_store_waiting(struct hunt_store *s, struct str rules, uint64_t now_ns, int64_t after, uint64_t most, hunt_job_fn take, void *ctx,
                       struct error *err);
/* Those that no queue has yet, or that were queued before that time and are not done. */
int hunt_store_unqueued(struct hunt_store *s, struct str rules, uint64_t queued_before_ns, uint64_t most, hunt_job_fn take, void *ctx,
                        struct error *err);
/* Somebody is at it: as if it were queued now. Nothing when it is done. */
int hunt_store_keep(struct hunt_store *s, struct str digest, struct str rules, uint64_t now_ns, struct error *err);
int hunt_store_set_queued(struct hunt_store *s, int64_t id, uint64_t now_ns, struct error *err);
typedef int (*hunt_layer_fn)(void *ctx, int64_t layer, uint64_t size);
int hunt_store_layers(struct hunt_store *s, int64_t image, hunt_layer_fn take, void *ctx, struct error *err);

/* ---- results ---- */

struct hunt_finding {
    struct str rule, kind, tags; /* tags: parted by blanks */
    int64_t priority;
    uint64_t count;
    struct str layer;   /* digest, empty: the image itself */
    struct str detail;  /* words that categories go by: kinds of secrets, parted by blanks */
    struct str example; /* one line for people */
};
/* Whether an image also ran in the jail; kept as a number. */
enum hunt_detonated { HUNT_NOT_DETONATED, HUNT_DETONATED, HUNT_COULD_NOT_DETONATE };
struct hunt_result {
    struct str verdict;  /* a word of davy.report */
    struct str purposes; /* parted by blanks */
    struct str by;       /* which machine looked */
    int64_t worst;       /* least priority of threats and exposures, 99: none */
    uint64_t unread, judged_ns, cpu_ms, wall_ms;
    enum hunt_detonated detonated;
    const struct hunt_finding *findings;
    size_t n_findings;
    struct str report; /* JSON, kept packed; empty: it lies elsewhere */
};
/* 0; 1 when the image is judged already, and nothing was changed; -ENOENT when there is none. A transaction of its own. */
int hunt_store_judge(struct hunt_store *s, struct str digest, struct str rules, const struct hunt_result *r, struct error *err);
/* A look that brought nothing. `for_good`: there will be no other; else it is tried again from `not_before_ns` on. Nothing when it is judged. */
int hunt_store_fail(struct hunt_store *s, struct str digest, struct str rules, struct str why, bool for_good, uint64_t now_ns,
                    uint64_t not_before_ns, struct error *err);
/* What became of an image, by the numbers that the store holds. */
enum hunt_state { HUNT_WAITING, HUNT_JUDGED, HUNT_FAILED };
/* 1: there is no such image. */
int hunt_store_state(struct hunt_store *s, struct str digest, struct str rules, enum hunt_state *ret, struct error *err);
/* Failed images wait again, and lost references are forgotten. */
int hunt_store_retry(struct hunt_store *s, struct str rules, uint64_t now_ns, struct error *err);
/* The report of an image, by its digest (or the beginning of it) or a reference. 1: none is kept here; *ret_digest tells whose it would be. */
int hunt_store_report(struct hunt_store *s, struct str rules, struct str what, struct strbuf *ret_digest, struct strbuf *ret, struct error *err);

typedef int (*hunt_report_fn)(void *ctx, struct str digest, struct str report);
/* Every judged image of that verdict that references mean now, by number, with its report: empty when it lies elsewhere. */
int hunt_store_reports(struct hunt_store *s, struct str rules, struct str verdict, hunt_report_fn take, void *ctx, struct error *err);

struct hunt_counts {
    uint64_t images, judged, failed; /* that references mean now, under these rules */
    uint64_t bytes, bytes_done;      /* of their layers as stored, each image's own sum */
    uint64_t findings;               /* threats and exposures: pairs of image and rule */
    uint64_t lost;                   /* references */
};
int hunt_store_counts(struct hunt_store *s, struct str rules, struct hunt_counts *ret, struct error *err);
