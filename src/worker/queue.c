// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/mman.h>

#include "worker/desk.h"
#include "worker/queue.h"

enum { KEEP_BYTES = 4 << 20 }; /* of the big place stay in memory; what a large file took beyond is given back */

struct queue *queue_new(void)
{
    struct queue *q = desk_memory(sizeof(*q));
    if (q && sem_init(&q->filled, 1, 0) < 0) {
        (void)munmap(q, sizeof(*q));
        return NULL;
    }
    return q;
}

struct queue *queue_free(struct queue *q)
{
    if (!q)
        return NULL;
    (void)sem_destroy(&q->filled);
    (void)munmap(q, sizeof(*q));
    return NULL;
}

void queue_reset(struct queue *q)
{
    atomic_store(&q->head, 0);
    atomic_store(&q->tail, 0);
    atomic_store(&q->big_taken, false);
    q->machine[0] = 0;
}

static struct queue_place *next_place(struct queue *q)
{
    uint32_t tail = atomic_load(&q->tail);
    return tail - atomic_load(&q->head) >= QUEUE_PLACES ? NULL : &q->places[tail % QUEUE_PLACES];
}

uint8_t *queue_offer(struct queue *q, uint64_t n)
{
    struct queue_place *p = next_place(q);
    if (!p || n > QUEUE_BIG_BYTES)
        return NULL;
    p->big = n > QUEUE_SMALL_BYTES;
    if (!p->big)
        return p->small;
    return atomic_load(&q->big_taken) ? NULL : q->big;
}

void queue_fill(struct queue *q, uint64_t item, struct str facts, uint64_t n)
{
    struct queue_place *p = next_place(q);
    p->item = item;
    p->n = n;
    p->facts_n = (uint32_t)facts.n;
    memcpy(p->facts, facts.p, facts.n);
    if (p->big)
        atomic_store(&q->big_taken, true);
    atomic_fetch_add(&q->tail, 1);
    (void)sem_post(&q->filled);
}

struct queue_place *queue_peek(struct queue *q)
{
    uint32_t head = atomic_load(&q->head);
    return head == atomic_load(&q->tail) ? NULL : &q->places[head % QUEUE_PLACES];
}

struct str queue_content(struct queue *q, const struct queue_place *p)
{
    uint64_t room = p->big ? QUEUE_BIG_BYTES : QUEUE_SMALL_BYTES;
    return str_n(p->big ? q->big : p->small, p->n < room ? p->n : room);
}

void queue_pop(struct queue *q)
{
    struct queue_place *p = queue_peek(q);
    if (p && p->big) {
        if (p->n > KEEP_BYTES)
            (void)madvise(q->big, sizeof(q->big), MADV_REMOVE);
        atomic_store(&q->big_taken, false);
    }
    atomic_fetch_add(&q->head, 1);
}

void queue_wait(struct queue *q)
{
    (void)sem_wait(&q->filled); /* interrupted is as good as woken: the caller looks again */
}
