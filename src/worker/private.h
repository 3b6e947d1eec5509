// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The workers as the parent's files share them. Inside the room only. */
#include "worker/child.h"

enum {
    WORKERS_TICK_MS = 100,
    WORKERS_READ_BYTES = 256 << 10,
};

struct workers {
    struct worker_options options;
    struct child walker, server, helpers[WORKERS_MAX];
    struct queue *queues[WORKERS_MAX];
    size_t n_helpers;
    struct facts facts; /* as they come out of the streams */
};

/* run.c: the walk over run's target with workers. As workers_target() returns. */
int run_target(struct workers *ws, const struct worker_job *job, const struct walk_options *walk,
               const struct worker_sink *sink, struct error *err);
