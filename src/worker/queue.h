// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Files on their way from the worker that walks to one that helps, in memory that both see: a ring of places, and one of
 * bytes for what is in them. Content too large for it goes through a channel into memory of the helper's own, when the helper
 * has little else to do; content too large for that too flows through the channel while it is unpacked, and is looked at
 * window by window. Both are small: a page of shared memory is touched for the first time by each side, which may cost
 * more than copying what comes to lie in it a hundred times. One that fills, one that empties. Inside the room only.
 */
#include <semaphore.h>
#include <stdatomic.h>

#include "inspect/inspect.h"

enum {
    QUEUE_PLACES = 32,
    QUEUE_FACTS_BYTES = 16 << 10, /* of what the entry says; longer ones (thousands of attributes) are not handed over */
    QUEUE_BYTES = 2 << 20,
    QUEUE_PLACE_BYTES = 512 << 10,  /* of content; larger goes through the channel */
    QUEUE_CHANNEL_BYTES = 512 << 10,
    QUEUE_PIECE_BYTES = 128 << 10,  /* that the channel takes at once: one side writes while the other reads */
    QUEUE_LARGE_BYTES = INSPECT_WINDOW_BYTES, /* content that goes through the channel */
    QUEUE_LARGE_KEPT = 16 << 20,    /* of the helper's memory for it; the rest is given back after each */
    QUEUE_WAIT_PART = 4, /* large content waits for what is before it when that is not more than such a part of it */
    QUEUE_WAKE_PLACES = 4,          /* a sleeper is woken for so many files, */
    QUEUE_WAKE_BYTES = 256 << 10,   /* or for one so large */
    QUEUE_NAP_MS = 100,             /* and looks by itself, so that nothing waits for a worker that has ended */
};

#define QUEUE_FLOWS UINT64_MAX /* as the number of bytes: they flow, and their end will tell how many they are */

struct queue_place {
    uint64_t item, at, n; /* the content's bytes, from bytes[at] unless they are more than QUEUE_PLACE_BYTES */
    uint32_t facts_n;
    uint8_t facts[QUEUE_FACTS_BYTES];
};

struct queue {
    sem_t filled; /* wakes the helper; how often it was raised says nothing */
    sem_t emptied; /* the walker, while the channel is full */
    _Atomic bool sleeps, walker_sleeps;
    _Atomic bool is_cut; /* the walker has ended: what the channel lacks will not come */
    _Atomic uint32_t head, tail; /* places [head, tail) are filled; both only grow */
    _Atomic uint64_t sent, taken; /* bytes of the large content, through the channel; both only grow */
    _Atomic bool is_whole;        /* what flows has come to its end, with the three below */
    _Atomic bool is_bad;          /* it could not be read whole */
    _Atomic uint64_t left_out;    /* bytes of holes that did not come along */
    _Atomic uint64_t problems;    /* that reading it met, as image_entry.problems has them */
    char machine[32]; /* as inspector_set_machine() takes it; set before anything is filled. Empty: none */
    struct queue_place places[QUEUE_PLACES];
    _Alignas(4096) uint8_t bytes[QUEUE_BYTES];
    uint8_t channel[QUEUE_CHANNEL_BYTES];
};

/* In shared memory; NULL when there is none. */
struct queue *queue_new(void);
struct queue *queue_free(struct queue *q);
/* For the next target: empty, whatever was left. Nobody may be at it. */
void queue_reset(struct queue *q);
/* The walker has ended. What it had not sent whole is given up. */
void queue_cut(struct queue *q);

/* Walker: whether queue_fill() may come, with n bytes of content. */
bool queue_has_room(struct queue *q, uint64_t n);
/*
 * Fills the next place: the encoded facts, QUEUE_FACTS_BYTES at most, and the content. Of what is longer than QUEUE_PLACE_BYTES
 * nothing is sent yet: it follows by queue_send(), all of it, before anything else is filled.
 */
void queue_fill(struct queue *q, uint64_t item, struct str facts, struct str content);
/* Whether queue_begin() may come: the channel is free. */
bool queue_has_way(struct queue *q);
/* Fills the next place with content of any size, which follows by queue_send() until queue_end(). */
void queue_begin(struct queue *q, uint64_t item, struct str facts);
/* Sends what there is room for, and where there is none waits for a moment; gives the number of bytes that went. */
size_t queue_send(struct queue *q, struct str content);
/* How what flowed ended. */
struct queue_ending {
    uint64_t problems; /* as image_entry.problems has them */
    uint64_t left_out; /* bytes of holes that did not come along */
    bool is_bad;       /* it could not be read to its end */
};
/* Nothing more follows. */
void queue_end(struct queue *q, const struct queue_ending *e);
/* The walker has ended: what of an item it had put in, if that was its last. */
enum queue_share {
    QUEUE_NOTHING,
    QUEUE_SOME, /* its content is cut: the helper will say that it is void */
    QUEUE_ALL,
};
enum queue_share queue_share_of(struct queue *q, uint64_t item);
/* Wakes the helper for what was filled, however little. */
void queue_wake(struct queue *q);

/* Memory of a helper for large content, zeroed before its first use. */
struct queue_large {
    uint8_t *p;
};
/* Helper: the oldest filled place, NULL when there is none; it stays until queue_pop(). */
struct queue_place *queue_peek(struct queue *q);
/*
 * Its content, all of it: 0; 1 when the walker ended on the way. Large content comes to lie in `large`; where that is NULL, it
 * is passed by.
 */
int queue_take(struct queue *q, const struct queue_place *p, struct queue_large *large, struct str *ret);
/* Content that flows: the next bytes of it, which stay in the channel until *taken is given back with the next call (0 at first). */
enum queue_flow {
    QUEUE_FLOW_MORE,
    QUEUE_FLOW_NONE, /* none came for a moment */
    QUEUE_FLOW_END,
    QUEUE_FLOW_BAD,  /* the end, too early */
    QUEUE_FLOW_CUT,  /* the walker ended on the way */
};
enum queue_flow queue_next(struct queue *q, size_t *taken, struct str *ret);
/* The place is free; what lay in `large` is too. */
void queue_pop(struct queue *q, struct queue_large *large);
/* Waits until something may have been filled, for a while. */
void queue_wait(struct queue *q);
