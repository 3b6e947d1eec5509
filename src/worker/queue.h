// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Files on their way from the worker that walks to one that helps, in memory that both see: a ring of places, and one of
 * bytes for what is in them. Nobody waits for room: the walker looks itself when there is none. One that fills, one that
 * empties. Inside the room only.
 */
#include <semaphore.h>
#include <stdatomic.h>

#include "inspect/inspect.h"

enum {
    QUEUE_PLACES = 32,
    QUEUE_FACTS_BYTES = 16 << 10, /* of what the entry says; longer ones (thousands of attributes) are not handed over */
    QUEUE_BYTES = INSPECT_WINDOW_BYTES,
    QUEUE_WARM_BYTES = 16 << 20,   /* used over and over as long as they do; what a large file took beyond is given back */
    QUEUE_WAITING_BYTES = 8 << 20, /* behind the file that is looked at: more would be left over when the walk is through */
    QUEUE_WAKE_PLACES = 4,         /* a sleeper is woken for so many files, */
    QUEUE_WAKE_BYTES = 256 << 10,  /* or for one so large */
    QUEUE_NAP_MS = 100,            /* and looks by itself, so that nothing waits for a walker that has ended */
};

struct queue_place {
    uint64_t item, at, n; /* the content's bytes, from bytes[at] */
    uint32_t facts_n;
    uint8_t facts[QUEUE_FACTS_BYTES];
};

struct queue {
    sem_t filled; /* wakes the helper; how often it was raised says nothing */
    _Atomic bool sleeps;
    _Atomic uint32_t head, tail; /* places [head, tail) are filled; both only grow */
    char machine[32]; /* as inspector_set_machine() takes it; set before anything is filled. Empty: none */
    struct queue_place places[QUEUE_PLACES];
    _Alignas(4096) uint8_t bytes[QUEUE_BYTES];
};

/* In shared memory; NULL when there is none. */
struct queue *queue_new(void);
struct queue *queue_free(struct queue *q);
/* For the next target: empty, whatever was left. Nobody may be at it. */
void queue_reset(struct queue *q);

/* Walker: room for n bytes in the next place, NULL when there is none. Asking again gives the same place. */
uint8_t *queue_offer(struct queue *q, uint64_t n);
/* Fills the place that was offered: the encoded facts, QUEUE_FACTS_BYTES at most, and n bytes. */
void queue_fill(struct queue *q, uint64_t item, struct str facts, uint64_t n);

/* Wakes the helper for what was filled, however little. */
void queue_wake(struct queue *q);

/* Helper: the oldest filled place, NULL when there is none; it stays until queue_pop(). */
struct queue_place *queue_peek(struct queue *q);
struct str queue_content(struct queue *q, const struct queue_place *p);
void queue_pop(struct queue *q);
/* Waits until something may have been filled, for a while. */
void queue_wait(struct queue *q);
