// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Look-ups beside a loop of events: questions go to threads, answers come back by a descriptor that can be
 * waited for. The loop never waits. Two threads: one for the machine's own stores, one for those that lie in
 * users' homes, so that a file system of a user's that does not answer holds up nobody else.
 *
 * A container's first process runs before its runtime has written everything down, so what is not known at
 * first is looked for again (CONTAINER_TRIES). The sandbox of a pod is looked for along with its container
 * and answered on its own.
 */
#include "source/container/container.h"

enum {
    CONTAINER_QUESTIONS_MAX = 1024, /* waiting: a start of a node asks for all of its containers at once */
    CONTAINER_TRIES = 4,            /* at once, then after 50 ms, 300 ms and 2 s */
    CONTAINER_UNKNOWN_SECONDS = 60, /* until what was not found may be asked for again */
};

struct container_asker;

struct container_answer {
    struct container_question question;
    struct container_info *info; /* sealed, the caller's; NULL: nothing is known of it after all tries */
};

struct container_asker_stats {
    uint64_t asked, repeated; /* taken; refused because it is under way or was not found lately */
    uint64_t refused;         /* for want of room */
    uint64_t found, unknown, retries;
};

/* Keeps a copy of *stores, whose descriptors stay the caller's. -errno with text. */
int container_asker_new(const struct container_stores *stores, struct container_asker **ret,
                        struct error *err);
/* Ends the threads; one that a file system holds longer than 5 s is left behind. NULL is fine. Returns NULL.
 */
struct container_asker *container_asker_free(struct container_asker *a);
DEFINE_CLEANUP(struct container_asker *, container_asker_free)

/* 0: it will be answered; 1: it is under way already, or was not found lately; -ENOBUFS: too many wait. Never
 * waits. */
int container_asker_ask(struct container_asker *a, const struct container_question *q);
/*
 * Waits until the question, whose pid is a program's in the container, is answered, but at most so long: it is looked for at once, however long
 * ago it was asked, and every 10 ms. Once that program is gone nobody waits for what its runtime might still write. True: there is an answer, or
 * there will be none. One thread waits.
 */
bool container_asker_wait(struct container_asker *a, const struct container_question *q, unsigned ms);
/* Readable while there are answers. */
int container_asker_fd(const struct container_asker *a);
/* The next answer; false when there is none now. Never waits. */
bool container_asker_next(struct container_asker *a, struct container_answer *ret);
struct container_asker_stats container_asker_stats(struct container_asker *a);
