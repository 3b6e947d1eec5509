// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Scanners side by side. A job goes to an idle one and comes back as a result or a failure, whatever happens to the scanner: one that dies
 * or takes too long is replaced.
 */
#include "cmd/hunt.h"

struct hunt_pool;
/* What became of a job; everything is valid during the call. */
struct hunt_done {
    const struct hunt_job *job;
    const struct hunt_read *read; /* NULL: failed */
    struct str report;            /* as it is to be kept */
    struct str failure;
};
typedef int (*hunt_done_fn)(void *ctx, const struct hunt_done *d);

/* Starts the scanners and waits until the first says what it judges by. -errno with text; -EINTR when stopped meanwhile. */
int hunt_pool_new(const struct hunt_options *o, struct hunt_pool **ret, struct error *err);
/* Ends them with whatever they are at. */
struct hunt_pool *hunt_pool_free(struct hunt_pool *p);
/* What they judge by, the same for all; as long as the pool. */
struct str hunt_pool_identity(const struct hunt_pool *p);
/* Scanners that have nothing to do, and those that have. */
unsigned hunt_pool_idle(const struct hunt_pool *p);
unsigned hunt_pool_busy(const struct hunt_pool *p);
/* The i-th of all jobs that are being looked at, NULL after the last. */
const struct hunt_job *hunt_pool_at(const struct hunt_pool *p, unsigned i);
/* Gives the job (copied) to an idle scanner. -EBUSY: there is none. */
int hunt_pool_give(struct hunt_pool *p, const struct hunt_job *job);
/*
 * Waits at most so long for something to be done, and tells what is. Negative: what `done` returned, or that no scanner can be started any
 * more, with text.
 */
int hunt_pool_wait(struct hunt_pool *p, int milliseconds, hunt_done_fn done, void *ctx, struct error *err);
