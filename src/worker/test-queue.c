// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test.h"
#include "worker/queue.h"

static uint8_t content[QUEUE_LARGE_BYTES];

/* Puts content of n bytes in when there is room for it. */
static bool put(struct queue *q, uint64_t item, size_t n)
{
    if (!queue_has_room(q, n))
        return false;
    memset(content, (int)(item & 0xff), n);
    queue_fill(q, item, STR("facts"), str_n(content, n));
    for (size_t sent = 0; n > QUEUE_PLACE_BYTES && sent < n;)
        sent += queue_send(q, str_n((const char *)content + sent, n - sent));
    return true;
}

static bool is_large_place(const struct queue_place *p)
{
    CHECK(p);
    return p->n > QUEUE_PLACE_BYTES;
}

/* Takes the oldest out, and sees that nobody wrote into it. */
static uint64_t take(struct queue *q, struct queue_large *large)
{
    const struct queue_place *p = queue_peek(q);
    struct str s;
    CHECK(p);
    CHECK_INT(queue_take(q, p, large, &s), 0);
    uint64_t item = p->item;
    CHECK_INT(s.n, p->n);
    for (size_t i = 0; i < s.n; i += i + 4096 < s.n ? 4096 : 1)
        CHECK_INT((uint8_t)s.p[i], item & 0xff);
    queue_pop(q, large);
    return item;
}

TEST(content_comes_out_as_it_went_in)
{
    struct queue *q = queue_new();
    struct queue_large large = {};
    uint64_t in = 0, out = 0, refused = 0;
    unsigned state = 1;
    CHECK(q);
    for (int i = 0; i < 20000; i++) {
        state = state * 1103515245 + 12345;
        size_t n = 1 + (state >> 8) % (i % 10 ? 40'000 : QUEUE_PLACE_BYTES);
        if (put(q, in + 1, n))
            in++;
        else
            refused++;
        for (unsigned n_out = (state >> 20) % 3; n_out && in - out > 1; n_out--) {
            out++;
            CHECK_INT(take(q, &large), out);
        }
    }
    for (; out < in; out++)
        CHECK_INT(take(q, &large), out + 1);
    CHECK(!queue_peek(q));
    CHECK(refused > 10 && in > 5000);
    queue_free(q);
}

TEST(room_is_for_what_fits)
{
    struct queue *q = queue_new();
    struct queue_large large = {};
    for (uint64_t i = 0; i < QUEUE_BYTES / QUEUE_PLACE_BYTES; i++)
        CHECK(put(q, i, QUEUE_PLACE_BYTES));
    CHECK(!put(q, 9, 1));                              /* no bytes are left */
    CHECK(!queue_has_room(q, QUEUE_BYTES * 3));      /* large content waits only for what is little beside it */
    CHECK(queue_has_room(q, QUEUE_BYTES * QUEUE_WAIT_PART));
    CHECK_INT(take(q, &large), 0);
    CHECK(put(q, 9, 1));
    queue_reset(q);
    CHECK(!queue_peek(q));
    CHECK(queue_has_room(q, QUEUE_LARGE_BYTES));
    CHECK(!queue_has_room(q, QUEUE_LARGE_BYTES + 1));
    for (uint64_t i = 0; i < QUEUE_PLACES; i++)
        CHECK(put(q, i, 10));
    CHECK(!put(q, QUEUE_PLACES, 10));
    queue_free(q);
}

/* A helper in a process of its own: takes `n` items, then tells by its status whether all were right. */
static pid_t helper(struct queue *q, unsigned n)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    struct queue_large large = {};
    for (uint64_t i = 1; i <= n;) {
        if (!queue_peek(q)) {
            queue_wait(q);
            continue;
        }
        if (take(q, &large) != i++)
            _exit(1);
    }
    _exit(0);
}

static int status_of(pid_t pid)
{
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(large_content_goes_through_the_channel)
{
    static const size_t SIZES[] = {QUEUE_PLACE_BYTES + 1, 10, QUEUE_CHANNEL_BYTES * 3 + 77, QUEUE_LARGE_BYTES, 5, 5, 1 << 20};
    struct queue *q = queue_new();
    pid_t pid = helper(q, ARRAY_SIZE(SIZES));
    for (uint64_t i = 0; i < ARRAY_SIZE(SIZES); i++) {
        while (!put(q, i + 1, SIZES[i]))
            usleep(1000);
        queue_wake(q);
    }
    CHECK_INT(status_of(pid), 0);
    queue_free(q);
}

/* While large content is looked at, there is room for small before and behind it. */
TEST(small_content_waits_behind_large)
{
    struct queue *q = queue_new();
    struct queue_large large = {};
    uint64_t in = 0, out = 0, n_large = 0;
    unsigned state = 1;
    CHECK(q);
    for (int i = 0; i < 3000; i++) {
        state = state * 1103515245 + 12345;
        bool is_large = i % 7 == 3 && queue_has_room(q, QUEUE_PLACE_BYTES + 1);
        size_t n = is_large ? QUEUE_PLACE_BYTES + 1 : 1 + (state >> 8) % 100'000;
        if (is_large) { /* this process is both sides: no more is sent than the channel takes */
            memset(content, (int)(++in & 0xff), n);
            queue_fill(q, in, STR("facts"), str_n(content, n));
            CHECK_INT(queue_send(q, str_n(content, QUEUE_PIECE_BYTES)), QUEUE_PIECE_BYTES);
            n_large++;
        } else if (put(q, in + 1, n)) {
            in++;
        }
        while ((state >> 16) % 3 && in - out > (state >> 20) % 12) {
            out++;
            if (!is_large_place(queue_peek(q))) {
                CHECK_INT(take(q, &large), out);
                continue;
            }
            CHECK_INT(queue_peek(q)->item, out);
            CHECK(!queue_has_room(q, QUEUE_LARGE_BYTES)); /* the channel is not free */
            queue_pop(q, &large);
        }
    }
    CHECK(n_large > 20 && in > 1000);
    queue_free(q);
}

TEST(a_walker_that_ended_is_not_waited_for)
{
    struct queue *q = queue_new();
    struct queue_large large = {};
    struct str s;
    pid_t pid = fork();
    if (!pid) { /* nobody takes: it is ended on the way */
        (void)put(q, 7, 10 << 20);
        _exit(1);
    }
    while (!queue_peek(q) || atomic_load(&q->sent) < QUEUE_CHANNEL_BYTES)
        usleep(1000);
    CHECK(!kill(pid, SIGKILL));
    CHECK_INT(status_of(pid), -1);
    queue_cut(q);
    CHECK_INT(queue_take(q, queue_peek(q), &large, &s), 1);
    queue_pop(q, &large);
    CHECK(!queue_peek(q));
    pid = helper(q, 1);
    CHECK(put(q, 1, 3 << 20)); /* the next walker's goes through */
    CHECK_INT(status_of(pid), 0);
    queue_free(q);
}

/* One that ended while it took large content: the next one passes the rest by, and the walker goes on. */
TEST(a_helper_that_ended_is_followed_by_another)
{
    struct queue *q = queue_new();
    struct str s;
    pid_t pid = fork();
    if (!pid) {
        (void)put(q, 7, 5 << 20);
        _exit(0);
    }
    while (!queue_peek(q) || atomic_load(&q->sent) < QUEUE_CHANNEL_BYTES)
        usleep(1000);
    atomic_store(&q->taken, 100'000); /* what the first one came to */
    CHECK_INT(queue_take(q, queue_peek(q), NULL, &s), 0);
    CHECK_INT(status_of(pid), 0);
    CHECK_INT(atomic_load(&q->taken), 5 << 20);
    queue_free(q);
}

/* What flows, read by another process, which tells by its status how it ended. */
static pid_t reader(struct queue *q, uint64_t all)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    while (!queue_peek(q))
        queue_wait(q);
    size_t taken = 0;
    struct str s = {};
    enum queue_flow state;
    for (uint64_t at = 0; (state = queue_next(q, &taken, &s)) == QUEUE_FLOW_MORE || state == QUEUE_FLOW_NONE;) {
        for (size_t i = 0; state == QUEUE_FLOW_MORE && i < s.n; i++, at++)
            if ((uint8_t)s.p[i] != (uint8_t)(at / 251))
                _exit(100);
        if (at > all)
            _exit(101);
    }
    _exit((int)state);
}

static void flow(struct queue *q, uint64_t all)
{
    CHECK(queue_has_way(q));
    queue_begin(q, 1, STR("facts"));
    CHECK(!queue_has_way(q) && !queue_has_room(q, QUEUE_LARGE_BYTES)); /* one at a time */
    for (uint64_t at = 0; at < all;) {
        uint8_t piece[70'000];
        size_t n = 0;
        for (; n < sizeof(piece) && at + n < all; n++)
            piece[n] = (uint8_t)((at + n) / 251);
        for (size_t sent = 0; sent < n;)
            sent += queue_send(q, str_n((char *)piece + sent, n - sent));
        at += n;
    }
}

TEST(content_that_nobody_can_hold_flows)
{
    static const uint64_t SIZES[] = {0, 1, QUEUE_PIECE_BYTES, 5 * QUEUE_CHANNEL_BYTES + 17};
    struct queue *q = queue_new();
    struct queue_large large = {};
    for (size_t i = 0; i < ARRAY_SIZE(SIZES); i++)
        for (int bad = 0; bad < 2; bad++) {
            queue_reset(q);
            pid_t pid = reader(q, SIZES[i]);
            flow(q, SIZES[i]);
            queue_end(q, &(struct queue_ending){.problems = 5, .left_out = 7, .is_bad = bad});
            CHECK_INT(status_of(pid), bad ? QUEUE_FLOW_BAD : QUEUE_FLOW_END);
            CHECK_INT(atomic_load(&q->problems), 5);
            CHECK_INT(atomic_load(&q->left_out), 7);
            queue_pop(q, &large);
            CHECK(queue_has_way(q) && queue_has_room(q, 1));
        }
    queue_reset(q);
    pid_t pid = reader(q, UINT64_MAX);
    flow(q, QUEUE_PIECE_BYTES * 3);
    queue_cut(q); /* the walker ended */
    CHECK_INT(status_of(pid), QUEUE_FLOW_CUT);
    queue_free(q);
}

/* Whatever the other side writes, nothing outside is touched. */
TEST(numbers_of_a_stranger_stay_within)
{
    static const uint64_t ODD[] = {0, 1, QUEUE_PLACE_BYTES, QUEUE_BYTES - 1, QUEUE_BYTES, QUEUE_BYTES + 1, UINT64_MAX, UINT64_MAX - 63, 1ULL << 63};
    struct queue *q = queue_new();
    struct queue_large large = {};
    struct str s;
    for (size_t a = 0; a < ARRAY_SIZE(ODD); a++)
        for (size_t n = 0; n < ARRAY_SIZE(ODD); n++) {
            queue_reset(q);
            CHECK(put(q, 1, 100) && put(q, 2, 100));
            atomic_store(&q->sent, ODD[a]);
            atomic_store(&q->taken, ODD[n]);
            queue_cut(q);
            for (int i = 0; i < 2; i++) {
                q->places[i].at = ODD[a];
                q->places[i].n = ODD[n];
                if (queue_take(q, &q->places[i], &large, &s))
                    continue;
                const uint8_t *p = (const uint8_t *)s.p;
                CHECK(p == large.p ? s.n <= QUEUE_LARGE_BYTES : p >= q->bytes && p + s.n <= q->bytes + sizeof(q->bytes));
            }
            if (queue_has_room(q, 5000))
                queue_fill(q, 3, STR(""), str_n(content, 5000));
            queue_pop(q, &large);
            queue_pop(q, &large);
        }
    queue_free(q);
}
