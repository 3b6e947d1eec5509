// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/outlet.h"
#include "base/strbuf.h"
#include "harness/test.h"

/* Where messages end up in a test: it can be told to hang, to refuse and to ask for another attempt. */
struct end {
    pthread_mutex_t lock;
    struct strbuf got;
    unsigned calls, reopened, retries; /* retries: how often it still asks for another attempt */
    int refuse;
    atomic_bool hangs;
    atomic_bool is_done;
    bool saw_last;
};

static void nap(unsigned ms)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1'000'000}, NULL);
}

static int end_write(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    struct end *e = ctx;
    while (atomic_load(&e->hangs))
        nap(2);
    (void)pthread_mutex_lock(&e->lock);
    int r = 0;
    e->calls++;
    e->saw_last |= is_last;
    if (e->refuse) {
        r = error_set(err, e->refuse, "refused");
    } else if (attempt < e->retries) {
        *wait_ms = 1;
        (void)error_set(err, -EAGAIN, "not now");
        r = 1;
    } else {
        strbuf_add(&e->got, message);
    }
    (void)pthread_mutex_unlock(&e->lock);
    return r;
}

static int end_reopen(void *ctx, struct error *err)
{
    struct end *e = ctx;
    (void)err;
    (void)pthread_mutex_lock(&e->lock);
    e->reopened++;
    (void)pthread_mutex_unlock(&e->lock);
    return 0;
}

static void end_done(void *ctx)
{
    atomic_store(&((struct end *)ctx)->is_done, true);
}

static const struct outlet_ops ONE = {.write = end_write, .reopen = end_reopen, .done = end_done};
static const struct outlet_ops JOINED = {.write = end_write, .reopen = end_reopen, .done = end_done, .joins = true};

static struct outlet *outlet_to(struct end *e, const struct outlet_ops *ops, size_t bytes)
{
    (void)pthread_mutex_init(&e->lock, NULL);
    return outlet_new(&(struct outlet_options){.ops = ops, .ctx = e, .bytes = bytes});
}

TEST(messages_come_out_in_order)
{
    struct end e = {};
    struct outlet *o = outlet_to(&e, &ONE, 0);
    for (char c = 'a'; c <= 'z'; c++)
        CHECK(outlet_put(o, str_n(&c, 1)));
    CHECK_INT(outlet_free(o, 5000), 0);
    CHECK(atomic_load(&e.is_done));
    CHECK_STR(strbuf_str(&e.got), "abcdefghijklmnopqrstuvwxyz");
    CHECK_INT(e.calls, 26);
    strbuf_done(&e.got);
}

static uint64_t written_after(struct outlet *o, uint64_t n)
{
    struct outlet_stats s = {};
    for (unsigned i = 0; i < 5000 && s.written < n; i++) {
        nap(1);
        outlet_stats(o, &s);
    }
    return s.written;
}

/* Nobody waits for them: what comes while the thread gathers is carried out by itself, and so is what comes much later. */
TEST(what_is_gathered_comes_out)
{
    struct end e = {};
    struct outlet *o = outlet_to(&e, &JOINED, 0);
    uint64_t n = 0;
    for (unsigned i = 0; i < 50; i++) {
        for (unsigned k = 0; k < 1 + i % 5; k++, n++)
            CHECK(outlet_put(o, STR("x")));
        if (i % 3) /* at once, when the thread has just written, or when it waits again */
            CHECK_INT(written_after(o, n), n);
        nap(i % 7);
    }
    CHECK_INT(written_after(o, n), n);
    CHECK_INT(outlet_free(o, 5000), 0);
    CHECK_INT(e.got.n, n);
    strbuf_done(&e.got);
}

TEST(a_stream_gets_what_waits_as_one_piece)
{
    struct end e = {.hangs = true};
    struct outlet *o = outlet_to(&e, &JOINED, 0);
    CHECK(outlet_put(o, STR("first ")));
    nap(20); /* the thread hangs with it */
    for (int i = 0; i < 100; i++)
        CHECK(outlet_put(o, STR("x")));
    atomic_store(&e.hangs, false);
    CHECK_INT(outlet_free(o, 5000), 0);
    CHECK_INT(e.got.n, 106);
    CHECK(e.calls <= 3);
    strbuf_done(&e.got);
}

TEST(a_dead_end_costs_messages_and_no_time)
{
    struct end e = {.hangs = true};
    struct outlet *o = outlet_to(&e, &ONE, 100);
    struct outlet_stats s;
    unsigned taken = 1;
    CHECK(outlet_put(o, STR("0123456789")));
    do {
        nap(1);
        outlet_stats(o, &s);
    } while (s.queued); /* the thread hangs with it */
    for (int i = 1; i < 1000; i++)
        taken += outlet_put(o, STR("0123456789"));
    CHECK_INT(taken, 11); /* the queue, and what the thread took off it */
    outlet_stats(o, &s);
    CHECK_INT(s.lost, 1000 - taken);
    CHECK(!outlet_wait(o, 10, 5));
    CHECK(!outlet_drain(o, 5));
    atomic_store(&e.hangs, false);
    CHECK(outlet_wait(o, 10, 5000));
    CHECK(outlet_drain(o, 5000));
    CHECK_INT(e.got.n, 110);
    CHECK(outlet_put(o, STR("0123456789")));
    CHECK_INT(outlet_free(o, 5000), 1000 - taken);
    CHECK_INT(e.got.n, 10 * (taken + 1));
    strbuf_done(&e.got);
}

TEST(a_message_larger_than_the_queue_is_lost_and_not_waited_for)
{
    struct end e = {};
    struct outlet *o = outlet_to(&e, &ONE, 4);
    CHECK(outlet_wait(o, 5, 1000));
    CHECK(!outlet_put(o, STR("12345")));
    CHECK(outlet_put(o, STR("1234")));
    CHECK_INT(outlet_free(o, 5000), 1);
    strbuf_done(&e.got);
}

TEST(another_attempt_comes_when_it_is_asked_for)
{
    struct end e = {.retries = 3};
    struct outlet *o = outlet_to(&e, &ONE, 0);
    CHECK(outlet_put(o, STR("a")));
    CHECK(outlet_put(o, STR("b")));
    CHECK_INT(outlet_free(o, 5000), 0);
    CHECK_STR(strbuf_str(&e.got), "ab");
    CHECK_INT(e.calls, 8);
    strbuf_done(&e.got);
}

TEST(an_end_that_never_takes_it_ends_with_the_outlet)
{
    static struct end e = {.retries = UINT32_MAX}; /* outlives the test where the machine is too busy for the thread */
    struct outlet *o = outlet_to(&e, &ONE, 0);
    CHECK(outlet_put(o, STR("a")));
    CHECK(outlet_put(o, STR("b")));
    CHECK_INT(outlet_free(o, 60), 2);
    for (int i = 0; i < 5000 && !atomic_load(&e.is_done); i++)
        nap(1);
    CHECK(atomic_load(&e.is_done));
    CHECK(e.calls >= 2);
    strbuf_done(&e.got);
}

TEST(what_is_refused_is_counted_with_its_reason)
{
    struct end e = {.refuse = -ENOSPC};
    struct outlet *o = outlet_to(&e, &ONE, 0);
    struct outlet_stats s;
    CHECK(outlet_put(o, STR("a")));
    for (int i = 0; i < 1000; i++) {
        outlet_stats(o, &s);
        if (s.lost)
            break;
        nap(1);
    }
    CHECK_INT(s.lost, 1);
    CHECK_INT(s.last.code, -ENOSPC);
    CHECK_CSTR(s.last.text, "refused");
    (void)pthread_mutex_lock(&e.lock);
    e.refuse = 0;
    (void)pthread_mutex_unlock(&e.lock);
    CHECK(outlet_put(o, STR("b")));
    CHECK_INT(outlet_free(o, 5000), 1);
    CHECK_STR(strbuf_str(&e.got), "b");
    strbuf_done(&e.got);
}

TEST(an_end_that_hangs_is_left_alone)
{
    static struct end e = {.hangs = true}; /* outlives the test as the thread does */
    struct outlet *o = outlet_to(&e, &ONE, 0);
    CHECK(outlet_put(o, STR("a")));
    CHECK(outlet_put(o, STR("b")));
    nap(10);
    CHECK_INT(outlet_free(o, 20), 2);
    atomic_store(&e.hangs, false);
    for (int i = 0; i < 1000 && !atomic_load(&e.is_done); i++)
        nap(1);
    CHECK(atomic_load(&e.is_done)); /* it gave everything back in the end */
    strbuf_done(&e.got);
}

TEST(reopening_happens_between_messages_and_without_any)
{
    struct end e = {};
    struct outlet *o = outlet_to(&e, &ONE, 0);
    outlet_reopen(o);
    CHECK_INT(e.reopened, 1);
    CHECK(outlet_put(o, STR("a")));
    outlet_reopen(o);
    CHECK(outlet_put(o, STR("b")));
    CHECK_INT(outlet_free(o, 5000), 0);
    CHECK_INT(e.reopened, 2);
    strbuf_done(&e.got);
}
