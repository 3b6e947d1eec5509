// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/mman.h>
#include <time.h>

#include "worker/desk.h"
#include "worker/queue.h"

struct queue *queue_new(void)
{
    struct queue *q = desk_memory(sizeof(*q));
    if (q && sem_init(&q->filled, 1, 0) < 0) {
        (void)munmap(q, sizeof(*q));
        return NULL;
    }
    (void)madvise(q->bytes, sizeof(q->bytes), MADV_HUGEPAGE); /* faults of small pages cost more than the copy */
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
    q->machine[0] = 0;
}

static struct queue_place *place_of(struct queue *q, uint32_t number)
{
    return &q->places[number % QUEUE_PLACES];
}

/* What the other side wrote may be anything. */
static uint64_t within(uint64_t n)
{
    return n < QUEUE_BYTES ? n : QUEUE_BYTES;
}

static uint64_t end_of(const struct queue_place *p)
{
    return within((within(p->at) + within(p->n) + 63) & ~UINT64_C(63));
}

/* Room for n bytes, where places [head, tail) are filled: where it begins, QUEUE_BYTES when there is none. */
static uint64_t room_for(struct queue *q, uint32_t head, uint32_t tail, uint64_t n)
{
    uint64_t first = within(place_of(q, head)->at), end = end_of(place_of(q, tail - 1)), waiting = n;
    for (uint32_t i = head + 1; i != tail; i++)
        waiting += within(place_of(q, i)->n);
    if (waiting > QUEUE_WAITING_BYTES)
        return QUEUE_BYTES;
    if (end <= first) /* they go round */
        return end + n <= first ? end : QUEUE_BYTES;
    if (end + n > QUEUE_WARM_BYTES && n <= first)
        return 0;
    return end + n <= QUEUE_BYTES ? end : QUEUE_BYTES;
}

uint8_t *queue_offer(struct queue *q, uint64_t n)
{
    uint32_t head = atomic_load(&q->head), tail = atomic_load(&q->tail), filled = tail - head;
    if (filled >= QUEUE_PLACES || n > QUEUE_BYTES)
        return NULL;
    uint64_t at = filled ? room_for(q, head, tail, n) : 0;
    if (at == QUEUE_BYTES)
        return NULL;
    place_of(q, tail)->at = at;
    return q->bytes + at;
}

void queue_wake(struct queue *q)
{
    if (atomic_exchange(&q->sleeps, false))
        (void)sem_post(&q->filled);
}

void queue_fill(struct queue *q, uint64_t item, struct str facts, uint64_t n)
{
    uint32_t tail = atomic_load(&q->tail);
    struct queue_place *p = place_of(q, tail);
    p->item = item;
    p->n = n;
    p->facts_n = (uint32_t)facts.n;
    memcpy(p->facts, facts.p, facts.n);
    atomic_store(&q->tail, tail + 1);
    if (n >= QUEUE_WAKE_BYTES || tail + 1 - atomic_load(&q->head) >= QUEUE_WAKE_PLACES)
        queue_wake(q);
}

struct queue_place *queue_peek(struct queue *q)
{
    uint32_t head = atomic_load(&q->head);
    return head == atomic_load(&q->tail) ? NULL : place_of(q, head);
}

struct str queue_content(struct queue *q, const struct queue_place *p)
{
    uint64_t at = within(p->at), n = p->n;
    return str_n(q->bytes + at, n < QUEUE_BYTES - at ? n : QUEUE_BYTES - at);
}

/* Gives back what lies beyond the warm part. The pages at its ends may hold bytes of other places. */
static void give_back(struct queue *q, struct str content)
{
    const uint64_t page = 4096;
    uint64_t from = (uint64_t)((const uint8_t *)content.p - q->bytes), to = (from + content.n) & ~(page - 1);
    from = ((from > QUEUE_WARM_BYTES ? from : QUEUE_WARM_BYTES) + page - 1) & ~(page - 1);
    if (from < to)
        (void)madvise(q->bytes + from, to - from, MADV_REMOVE);
}

void queue_pop(struct queue *q)
{
    struct queue_place *p = queue_peek(q);
    if (!p)
        return;
    give_back(q, queue_content(q, p));
    atomic_fetch_add(&q->head, 1);
}

void queue_wait(struct queue *q)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += QUEUE_NAP_MS * 1'000'000L;
    if (until.tv_nsec >= 1'000'000'000L) {
        until.tv_sec++;
        until.tv_nsec -= 1'000'000'000L;
    }
    atomic_store(&q->sleeps, true);
    if (!queue_peek(q)) /* interrupted is as good as woken: the caller looks again */
        (void)sem_timedwait(&q->filled, &until);
    atomic_store(&q->sleeps, false);
}
