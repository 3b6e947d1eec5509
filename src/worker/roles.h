// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a worker does after it was started: walk a target, help a walker, or serve single questions. Each runs in a process
 * of its own, confined before it reads the first byte, and never returns. Inside the room only.
 */
#include "base/vec.h"
#include "worker/desk.h"
#include "worker/queue.h"

/* Where earlier walkers of the same target ended. */
enum plan_kind {
    PLAN_DEAD,    /* over this item */
    PLAN_ABANDON, /* before it, while unpacking: what is being read must be given up there */
};
struct plan_step {
    uint64_t item;
    enum plan_kind kind;
    const char *problem; /* word for file.problems */
};
struct plan {
    uint64_t done; /* items below were told, or will be by a helper */
    bool no_heads; /* no file is believed to be known by how it begins */
    bool in_line;  /* nothing is unpacked beside the walk, so that an end tells what it was over */
    uint64_t last_end; /* item before or within which unpacking ended a walker */
    VEC(struct plan_step) steps;
};

struct role {
    const struct worker_options *options;
    struct desk *desk;
    int out; /* the pipe */
};

/*
 * Looks at the target; its files go to the n helpers' queues while these have room. Over the socket come notes of layers
 * that were asked for; -1: nothing is noted.
 */
void role_walk(const struct role *role, int socket, const struct walk_options *walk, const struct plan *plan, struct queue *const *queues,
               size_t n) __attribute__((__noreturn__));
/* Empties the queue for ever. The first place is passed by with this word in file.problems unless it is NULL. */
void role_help(const struct role *role, struct queue *queue, const char *problem) __attribute__((__noreturn__));
/* Answers requests (request.h) from the socket until it is closed. */
void role_serve(const struct role *role, int socket) __attribute__((__noreturn__));
