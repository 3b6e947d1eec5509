// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Work that several machines share, and a place for what they make, on NATS JetStream.
 *
 *     fleet_open("nats://a,nats://b,nats://c", &f, &err);
 *     fleet_queue_make(f, &spec, &err);
 *     fleet_queue_put(f, &spec, "id", "bytes", &err);                 one machine
 *     fleet_queue_take(f, &spec, 1000, &job, &err);                   any number of others
 *     … fleet_job_keep(job) every now and then … fleet_job_done(job)
 *
 * A job is given out again when nobody kept it for spec.ack_seconds: the machine that had it died. So a job may be done twice, never not at
 * all, and whoever keeps results must take each once. Streams have three copies where the cluster has three nodes, and then one of them
 * may be lost at any time. A connection that breaks comes back by itself; calls meanwhile fail with -ENOTCONN or -ETIMEDOUT and may be repeated.
 */
#include "base/error.h"
#include "base/strbuf.h"

enum {
    FLEET_COPIES = 3,
    FLEET_OPEN_SECONDS = 30,      /* until the first server answers, until a cluster has a leader */
    FLEET_CALL_MS = 5000,         /* for one answer */
    FLEET_TWICE_SECONDS = 7200,   /* for so long a job that is put again under its id is known */
    FLEET_ACK_SECONDS = 30,       /* without a word from who has it, a job goes to another */
    FLEET_SWEEP_MAX = 10'000,
    FLEET_JOB_MAX = 64 << 10,     /* bytes of a job; NATS itself takes 1 MiB */
    FLEET_OBJECT_MAX = 256 << 20, /* bytes of an object that is read */
    FLEET_NAME_MAX = 512,         /* bytes of the name of an object, or of its number */
    FLEET_CHUNK = 128 << 10,      /* of objects, as other clients of NATS write them */
};

struct fleet;
/* `urls`: servers of one cluster, parted by commas; others of it are found. -EINVAL, -ENOTCONN with text. */
int fleet_open(const char *urls, const char *name, struct fleet **ret, struct error *err);
struct fleet *fleet_close(struct fleet *f);
DEFINE_CLEANUP(struct fleet *, fleet_close)
/* The addresses without passwords; in `buf`. */
const char *fleet_name(const char *urls, char *buf, size_t size);

/* ---- queues ---- */

/* Names are of letters, digits and `_`; constants of the caller. */
struct fleet_queue {
    const char *stream, *subject;           /* DAVY_HUNT, davy.hunt.jobs */
    const char *dead_stream, *dead_subject; /* where jobs go that nobody can do */
    const char *consumer;
    unsigned ack_seconds; /* 0: FLEET_ACK_SECONDS */
};
/* Makes the streams unless they are there. -ENOTSUP when the server has no JetStream, with the cure. */
int fleet_queue_make(struct fleet *f, const struct fleet_queue *q, struct error *err);
/* Puts a job. 0; 1 when one of that id was put less than FLEET_TWICE_SECONDS ago. */
int fleet_queue_put(struct fleet *f, const struct fleet_queue *q, const char *id, struct str job, struct error *err);
/* Jobs in it, those that somebody has included; and those of them that nobody was given yet (may be NULL). */
int fleet_queue_left(struct fleet *f, const struct fleet_queue *q, uint64_t *ret, uint64_t *ret_new, struct error *err);
/*
 * Takes jobs out that need no doing any more, by their bytes: those that were put twice, or given back by a machine that died meanwhile. At
 * most FLEET_SWEEP_MAX places of the queue are looked at.
 */
int fleet_queue_sweep(struct fleet *f, const struct fleet_queue *q, bool (*is_done)(void *ctx, struct str job), void *ctx, struct error *err);

struct fleet_job;
/* The next job, waited for at most so long: 0; 1 when there is none. */
int fleet_queue_take(struct fleet *f, const struct fleet_queue *q, int milliseconds, struct fleet_job **ret, struct error *err);
struct str fleet_job_bytes(const struct fleet_job *j);
/* How often it was given out, this time included; and its number in the queue. */
uint64_t fleet_job_times(const struct fleet_job *j);
uint64_t fleet_job_number(const struct fleet_job *j);
/* Somebody is at it. */
int fleet_job_keep(struct fleet_job *j);
/* It is done, and leaves the queue: 0 when the queue said so. */
int fleet_job_done(struct fleet_job *j, struct error *err);
/* It is given out again, not before so many seconds. */
int fleet_job_again(struct fleet_job *j, unsigned seconds);
/* Nobody will do it: it goes to the dead ones, with the reason, and leaves the queue. */
int fleet_job_die(struct fleet *f, const struct fleet_queue *q, struct fleet_job *j, const char *why, struct error *err);
/* Gives the memory back; a job that was not done is given out again when its time is over. */
struct fleet_job *fleet_job_free(struct fleet_job *j);

/* ---- objects ---- */

/*
 * Buckets of objects as every client of NATS reads and writes them: chunks on $O.<bucket>.C.<id>, the description on $O.<bucket>.M.<name>, with
 * the SHA-256 of the whole. An object appears when it is whole; another of its name replaces it.
 */
int fleet_bucket_make(struct fleet *f, const char *bucket, struct error *err);
int fleet_object_put(struct fleet *f, const char *bucket, struct str name, struct str bytes, struct error *err);
/* Appends it. 1: there is none. -EBADMSG when it is not what its description says. */
int fleet_object_get(struct fleet *f, const char *bucket, struct str name, struct strbuf *ret, struct error *err);
