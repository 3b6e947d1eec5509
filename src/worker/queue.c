// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "worker/desk.h"
#include "worker/queue.h"

struct queue *queue_new(void)
{
    struct queue *q = desk_memory(sizeof(*q));
    if (q && (sem_init(&q->filled, 1, 0) < 0 || sem_init(&q->emptied, 1, 0) < 0)) {
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
    (void)sem_destroy(&q->emptied);
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

static bool is_large(uint64_t n)
{
    return n > QUEUE_PLACE_BYTES;
}

/* Room for n bytes, where places [head, tail) are filled, one of them by large content at most: where it begins, QUEUE_BYTES when there is none. */
static uint64_t room_for(struct queue *q, uint32_t head, uint32_t tail, uint64_t n)
{
    head += head != tail && is_large(place_of(q, head)->n); /* what has no bytes in the ring */
    tail -= head != tail && is_large(place_of(q, tail - 1)->n);
    if (head == tail)
        return 0;
    uint64_t first = within(place_of(q, head)->at), end = end_of(place_of(q, tail - 1));
    if (end <= first) /* they go round */
        return end + n <= first ? end : QUEUE_BYTES;
    if (end + n <= QUEUE_BYTES)
        return end;
    return n <= first ? 0 : QUEUE_BYTES;
}

/* Bytes that wait in the ring, or UINT64_MAX when large content is in the channel or looked at, or all places are filled. */
static uint64_t waiting(struct queue *q)
{
    uint32_t tail = atomic_load(&q->tail), at = atomic_load(&q->head);
    uint64_t n = tail - at < QUEUE_PLACES ? 0 : UINT64_MAX;
    for (; n < UINT64_MAX && at != tail; at++)
        n = is_large(place_of(q, at)->n) ? UINT64_MAX : n + place_of(q, at)->n;
    return n;
}

bool queue_has_way(struct queue *q)
{
    return waiting(q) < UINT64_MAX;
}

/* Where the content of the next place begins; QUEUE_BYTES when there is no room. */
static uint64_t next_at(struct queue *q, uint64_t n)
{
    uint32_t head = atomic_load(&q->head), tail = atomic_load(&q->tail);
    if (is_large(n))
        return n > QUEUE_LARGE_BYTES || waiting(q) > n / QUEUE_WAIT_PART ? QUEUE_BYTES : 0;
    return tail - head < QUEUE_PLACES ? room_for(q, head, tail, n) : QUEUE_BYTES;
}

bool queue_has_room(struct queue *q, uint64_t n)
{
    return next_at(q, n) < QUEUE_BYTES;
}

static void wake(sem_t *sem, _Atomic bool *sleeps)
{
    if (atomic_exchange(sleeps, false))
        (void)sem_post(sem);
}

void queue_wake(struct queue *q)
{
    wake(&q->filled, &q->sleeps);
}

/* For a while. Interrupted is as good as woken: the caller looks again. */
static void nap(sem_t *sem)
{
    const struct timespec until = clock_in_ms(CLOCK_REALTIME, QUEUE_NAP_MS);
    (void)sem_timedwait(sem, &until);
}

/* Bytes of the channel from `at` on, n at most, that lie together and are not more than one piece. */
static size_t piece(uint64_t at, uint64_t n)
{
    uint64_t most = QUEUE_CHANNEL_BYTES - at % QUEUE_CHANNEL_BYTES;
    most = most < QUEUE_PIECE_BYTES ? most : QUEUE_PIECE_BYTES;
    return (size_t)(n < most ? n : most);
}

/* Bytes that are in the channel. What the other side wrote may be anything. */
static uint64_t under_way(struct queue *q)
{
    uint64_t n = atomic_load(&q->sent) - atomic_load(&q->taken);
    return n < QUEUE_CHANNEL_BYTES ? n : QUEUE_CHANNEL_BYTES;
}

size_t queue_send(struct queue *q, struct str content)
{
    uint64_t at = atomic_load(&q->sent), room = QUEUE_CHANNEL_BYTES - under_way(q);
    if (!room) {
        atomic_store(&q->walker_sleeps, true);
        if (under_way(q) == QUEUE_CHANNEL_BYTES)
            nap(&q->emptied);
        atomic_store(&q->walker_sleeps, false);
        return 0;
    }
    size_t n = piece(at, content.n < room ? content.n : room);
    memcpy(q->channel + at % QUEUE_CHANNEL_BYTES, content.p, n);
    atomic_store(&q->sent, at + n);
    queue_wake(q);
    return n;
}

/* Fills a place but for its content, and where that goes through the channel, empties it. */
static void fill(struct queue *q, uint64_t item, struct str facts, uint64_t n)
{
    uint32_t tail = atomic_load(&q->tail);
    struct queue_place *p = place_of(q, tail);
    p->item = item;
    p->n = n;
    p->facts_n = (uint32_t)facts.n;
    memcpy(p->facts, facts.p, facts.n);
    if (!is_large(n))
        return;
    p->at = 0;
    atomic_store(&q->sent, 0);
    atomic_store(&q->taken, 0);
    atomic_store(&q->is_cut, false);
    atomic_store(&q->is_whole, false);
    atomic_store(&q->left_out, 0);
    atomic_store(&q->tail, tail + 1);
}

void queue_fill(struct queue *q, uint64_t item, struct str facts, struct str content)
{
    uint32_t tail = atomic_load(&q->tail);
    uint64_t at = next_at(q, content.n);
    fill(q, item, facts, content.n);
    if (is_large(content.n)) {
        queue_wake(q);
        return;
    }
    place_of(q, tail)->at = at;
    memcpy(q->bytes + at, content.p, content.n);
    atomic_store(&q->tail, tail + 1);
    if (content.n >= QUEUE_WAKE_BYTES || tail + 1 - atomic_load(&q->head) >= QUEUE_WAKE_PLACES)
        queue_wake(q);
}

void queue_begin(struct queue *q, uint64_t item, struct str facts)
{
    fill(q, item, facts, QUEUE_FLOWS);
    queue_wake(q);
}

void queue_end(struct queue *q, const struct queue_ending *e)
{
    atomic_store(&q->problems, e->problems);
    atomic_store(&q->left_out, e->left_out);
    atomic_store(&q->is_bad, e->is_bad);
    atomic_store(&q->is_whole, true);
    queue_wake(q);
}

void queue_cut(struct queue *q)
{
    atomic_store(&q->is_cut, true);
    queue_wake(q);
}

enum queue_share queue_share_of(struct queue *q, uint64_t item)
{
    uint32_t tail = atomic_load(&q->tail);
    const struct queue_place *p = place_of(q, tail - 1); /* what was taken out lies there still */
    if (!tail || p->item != item)
        return QUEUE_NOTHING;
    bool is_whole = p->n == QUEUE_FLOWS ? atomic_load(&q->is_whole) : !is_large(p->n) || atomic_load(&q->sent) >= p->n;
    return is_whole ? QUEUE_ALL : QUEUE_SOME;
}

struct queue_place *queue_peek(struct queue *q)
{
    uint32_t head = atomic_load(&q->head);
    return head == atomic_load(&q->tail) ? NULL : place_of(q, head);
}

static uint8_t *memory_for(struct queue_large *large)
{
    if (large->p)
        return large->p;
    large->p = mmap(NULL, QUEUE_LARGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (large->p == MAP_FAILED)
        abort(); /* as all of the program does when memory ends */
    (void)madvise(large->p, QUEUE_LARGE_BYTES, MADV_HUGEPAGE); /* hundreds of page faults less with each large file */
    return large->p;
}

/* The content from where it was taken last: by this helper, or by one that ended before it. */
static int receive(struct queue *q, uint64_t all, uint8_t *to)
{
    uint64_t at = atomic_load(&q->taken);
    while (at < all) {
        bool is_cut = atomic_load(&q->is_cut);
        uint64_t have = under_way(q);
        if (!have && is_cut)
            return 1;
        if (!have) {
            atomic_store(&q->sleeps, true);
            if (!under_way(q) && !atomic_load(&q->is_cut))
                nap(&q->filled);
            atomic_store(&q->sleeps, false);
            continue;
        }
        size_t n = piece(at, have < all - at ? have : all - at);
        if (to)
            memcpy(to + at, q->channel + at % QUEUE_CHANNEL_BYTES, n);
        at += n;
        atomic_store(&q->taken, at);
        wake(&q->emptied, &q->walker_sleeps);
    }
    return 0;
}

enum queue_flow queue_next(struct queue *q, size_t *taken, struct str *ret)
{
    if (*taken) {
        atomic_fetch_add(&q->taken, *taken);
        *taken = 0;
        wake(&q->emptied, &q->walker_sleeps);
    }
    /* looked at before the channel: what was sent before them is seen */
    bool is_whole = atomic_load(&q->is_whole), is_cut = atomic_load(&q->is_cut);
    uint64_t have = under_way(q), at = atomic_load(&q->taken);
    if (have) {
        *taken = piece(at, have);
        *ret = str_n((const char *)q->channel + at % QUEUE_CHANNEL_BYTES, *taken);
        return QUEUE_FLOW_MORE;
    }
    if (is_whole)
        return atomic_load(&q->is_bad) ? QUEUE_FLOW_BAD : QUEUE_FLOW_END;
    if (is_cut)
        return QUEUE_FLOW_CUT;
    atomic_store(&q->sleeps, true);
    if (!under_way(q) && !atomic_load(&q->is_whole) && !atomic_load(&q->is_cut))
        nap(&q->filled);
    atomic_store(&q->sleeps, false);
    return QUEUE_FLOW_NONE;
}

int queue_take(struct queue *q, const struct queue_place *p, struct queue_large *large, struct str *ret)
{
    uint64_t at = within(p->at), n = p->n;
    if (!is_large(n)) {
        *ret = str_n(q->bytes + at, n < QUEUE_BYTES - at ? n : QUEUE_BYTES - at);
        return 0;
    }
    n = n < QUEUE_LARGE_BYTES ? n : QUEUE_LARGE_BYTES;
    uint8_t *to = large ? memory_for(large) : NULL;
    if (receive(q, n, to))
        return 1;
    *ret = str_n(to, to ? n : 0);
    return 0;
}

void queue_pop(struct queue *q, struct queue_large *large)
{
    const struct queue_place *p = queue_peek(q);
    if (!p)
        return;
    if (large->p && p->n > QUEUE_LARGE_KEPT && p->n != QUEUE_FLOWS)
        (void)madvise(large->p + QUEUE_LARGE_KEPT, QUEUE_LARGE_BYTES - QUEUE_LARGE_KEPT, MADV_DONTNEED);
    atomic_fetch_add(&q->head, 1);
}

void queue_wait(struct queue *q)
{
    atomic_store(&q->sleeps, true);
    if (!queue_peek(q))
        nap(&q->filled);
    atomic_store(&q->sleeps, false);
}
