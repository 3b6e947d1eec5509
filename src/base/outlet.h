// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * An outlet: messages go in without ever waiting, a thread of its own carries them out, in order. Between the two lies a queue
 * with a bound in bytes: what finds no room in it is lost, and counted. So a full disk, a stopped terminal or a server that
 * does not answer costs messages, never the time of whoever makes them.
 *
 *     struct outlet *o = outlet_new(&(struct outlet_options){.ops = &FILE_OPS, .ctx = f, .bytes = 4 << 20});
 *     outlet_put(o, message);                       false: lost
 *     lost = outlet_free(o, 5000);                  what could not be carried out within five seconds is lost
 *
 * The thread begins with the first message, so that a process may give up rights after it has opened its outlets. It takes
 * no signals. One thread puts; the functions of the ops run on the outlet's thread, but for `done` of one that never began.
 */
#include "base/error.h"
#include "base/str.h"

struct outlet_ops {
    /*
     * Carries a message out, and may wait for it as long as it has a bound of its own. 0; 1: not now, give it again in *wait_ms;
     * -errno, with text: it is lost. `attempt` counts from 0; `is_last` says that the outlet ends soon.
     */
    int (*write)(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err);
    /* After outlet_reopen(), before the next message; may be NULL. 0, or -errno with text: nothing was changed. */
    int (*reopen)(void *ctx, struct error *err);
    /* Gives the context back; may be NULL. */
    void (*done)(void *ctx);
    bool joins; /* several messages may come as one, up to OUTLET_JOIN_BYTES: for streams of bytes */
};

enum {
    OUTLET_BYTES_DEFAULT = 8 << 20,   /* of a queue: some ten thousand findings, or a minute of trouble */
    OUTLET_JOIN_BYTES = 256 << 10,
};

struct outlet_options {
    const struct outlet_ops *ops;
    void *ctx;    /* belongs to the outlet from outlet_new() on */
    size_t bytes; /* bound of the queue, 0: OUTLET_BYTES_DEFAULT */
};

struct outlet;
/* Never NULL. */
struct outlet *outlet_new(const struct outlet_options *options);
/* Copies the message into the queue; false: there is no room, it is lost and counted. */
bool outlet_put(struct outlet *o, struct str message);
/* Waits until so many bytes have room, at most so long: for who can wait instead of losing. False: they have none yet. */
bool outlet_wait(struct outlet *o, size_t bytes, unsigned timeout_ms);
/* Waits until nothing is queued or on its way, at most so long; false: something still is. */
bool outlet_drain(struct outlet *o, unsigned timeout_ms);
/* Asks for ops->reopen() between two messages. */
void outlet_reopen(struct outlet *o);

struct outlet_stats {
    uint64_t written, lost; /* messages */
    uint64_t queued;        /* messages that wait */
    uint64_t bytes;         /* that wait */
    struct error last;      /* why something was lost or waits; code 0 when the last message went out */
};
void outlet_stats(struct outlet *o, struct outlet_stats *ret);
/*
 * Lets the queue run out, at most so long, and gives everything back. NULL is fine. Returns how many messages were lost
 * over its life. A thread that hangs in a write beyond the time is left alone with its memory: the process is about to end.
 */
uint64_t outlet_free(struct outlet *o, unsigned timeout_ms);
/* The same; *ret_last is the last error of its writes, code 0 when there was none. */
uint64_t outlet_end(struct outlet *o, unsigned timeout_ms, struct error *ret_last);
