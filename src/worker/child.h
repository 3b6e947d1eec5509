// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A worker as its parent sees it: started, watched, ended. Inside the room only. */
#include "worker/desk.h"
#include "worker/roles.h"

struct child {
    pid_t pid; /* 0: none */
    struct desk *desk;
    struct inbox in; /* outlives the process, and goes on with the next one */
    int socket;      /* of a serving worker, else -1 */
    const char *problem; /* why it was ended, for file.problems; NULL while nobody ended it */
    uint64_t beat, cpu_ns, wall_ns; /* the last sign of life, and what the clocks said then */
};

/* An empty one; needed before anything else. */
void child_init(struct child *c);
/* Whether a process can be confined here, by one wall at least (enum confine_wall): 0, or -EPERM with what a person can do about it. */
int child_try_walls(struct error *err);
/* Starts a process: 0 in the parent, 1 in the new process (which then takes the role it is meant for), -errno. */
int child_start(struct child *c, const struct worker_options *options, bool with_socket, struct role *ret_role, int *ret_socket);
/* Ends it, if it runs, and forgets it. */
void child_stop(struct child *c);
/* Gives everything back. */
void child_done(struct child *c);
/* Processor time it has used, in nanoseconds; 0 when it does not run. */
uint64_t child_cpu_ns(const struct child *c);
/*
 * Ends a worker that has shown no sign of life for too long while it had something to do; its `problem` then says so.
 */
void child_watch(struct child *c, bool has_work, unsigned stall_seconds);
/*
 * The pipe has ended: waits for the process and takes what it left. True when it ended by itself, as it should; else
 * `problem` has the word for it.
 */
bool child_ended(struct child *c);
