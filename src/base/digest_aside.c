// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/digest_aside.h"
#include "base/thread.h"

enum {
    JOBS = 64,               /* under way at once */
    WAKE_JOBS = 12,          /* the thread is woken for so many, or when somebody waits: a wake costs as much as a small job */
    SPINS = 1000,            /* some tens of microseconds */
    STACK_BYTES = 256 << 10, /* a digest needs little; sanitizers some more */
};

struct job {
    struct sha256 *h;
    const uint8_t *p;
    size_t n;
};

struct digest_aside {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more, done;
    struct job jobs[JOBS];
    uint64_t given, taken; /* jobs, counted */
    _Atomic uint64_t finished; /* this many from the first on */
    uint64_t waits; /* for so many finished; 0: nobody waits */
    _Atomic bool sleeps;
    bool runs, over;
    struct job later; /* h is NULL: none. The giver's own */
};

/* The next job, when it is of another digest than `beside` (NULL: of any). Locked. */
static bool take(struct digest_aside *a, const struct sha256 *beside, struct job *ret)
{
    if (a->taken == a->given || a->jobs[a->taken % JOBS].h == beside)
        return false;
    *ret = a->jobs[a->taken++ % JOBS];
    return true;
}

/* So many jobs are finished. Locked. */
static void tell(struct digest_aside *a, uint64_t finished)
{
    a->finished = finished;
    if (a->waits && finished >= a->waits)
        (void)pthread_cond_signal(&a->done);
}

/*
 * The job whose digest is short is finished along with as much of the other as it is long; the rest of that one goes on
 * beside the next job.
 */
static void *run(void *ctx)
{
    struct digest_aside *a = ctx;
    struct job now = {}, next;
    uint64_t first = 0; /* of jobs[], the number of `now` */
    (void)pthread_mutex_lock(&a->lock);
    a->runs = true;
    (void)pthread_cond_signal(&a->done);
    (void)pthread_mutex_unlock(&a->lock);
    for (;;) {
        (void)pthread_mutex_lock(&a->lock);
        tell(a, now.h ? first : a->taken);
        while (!now.h && a->taken == a->given && !a->over) {
            a->sleeps = true;
            (void)pthread_cond_wait(&a->more, &a->lock);
            a->sleeps = false;
        }
        bool has_begun = now.h;
        if (!has_begun) {
            first = a->taken;
            if (!take(a, NULL, &now)) {
                (void)pthread_mutex_unlock(&a->lock);
                return NULL;
            }
        }
        uint64_t second = a->taken;
        bool has_next = take(a, now.h, &next);
        (void)pthread_mutex_unlock(&a->lock);
        if (!has_begun)
            sha256_later(now.h, now.p, now.n);
        if (!has_next) {
            sha256_settle(now.h, NULL);
            now.h = NULL;
            continue;
        }
        sha256_later(next.h, next.p, next.n);
        if (sha256_left(next.h) < sha256_left(now.h)) {
            sha256_settle(next.h, now.h);
        } else {
            sha256_settle(now.h, next.h);
            now = next;
            first = second;
        }
    }
}

struct digest_aside *digest_aside_new(void)
{
    struct digest_aside *a = xnew(struct digest_aside);
    (void)pthread_mutex_init(&a->lock, NULL);
    (void)pthread_cond_init(&a->more, NULL);
    (void)pthread_cond_init(&a->done, NULL);
    if (thread_start(&a->thread, STACK_BYTES, run, a) < 0) {
        free(a);
        return NULL;
    }
    (void)pthread_mutex_lock(&a->lock);
    while (!a->runs)
        (void)pthread_cond_wait(&a->done, &a->lock);
    (void)pthread_mutex_unlock(&a->lock);
    return a;
}

struct digest_aside *digest_aside_free(struct digest_aside *a)
{
    if (!a)
        return NULL;
    digest_aside_wait(a, digest_aside_mark(a));
    (void)pthread_mutex_lock(&a->lock);
    a->over = true;
    (void)pthread_cond_signal(&a->more);
    (void)pthread_mutex_unlock(&a->lock);
    (void)pthread_join(a->thread, NULL);
    (void)pthread_cond_destroy(&a->done);
    (void)pthread_cond_destroy(&a->more);
    (void)pthread_mutex_destroy(&a->lock);
    free(a);
    return NULL;
}

/* To sleep and be woken takes longer than most that is waited for, when the thread is at it. */
static void watch(const struct digest_aside *a, uint64_t finished)
{
    for (unsigned i = 0; i < SPINS && a->finished < finished && !a->sleeps; i++)
        cpu_pause();
}

/* Until that many jobs are finished. Locked. */
static void wait_for(struct digest_aside *a, uint64_t finished)
{
    while (a->finished < finished) {
        if (a->sleeps)
            (void)pthread_cond_signal(&a->more);
        a->waits = finished;
        (void)pthread_cond_wait(&a->done, &a->lock);
        a->waits = 0;
    }
}

/* What was left for later, then this one (n 0: nothing). */
static void give(struct digest_aside *a, struct job job)
{
    const struct job both[] = {a->later, job};
    a->later.h = NULL;
    (void)pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < 2; i++) {
        if (!both[i].h || !both[i].n)
            continue;
        if (a->given >= JOBS)
            wait_for(a, a->given - JOBS + 1);
        a->jobs[a->given++ % JOBS] = both[i];
    }
    if (a->sleeps && a->given - a->taken >= WAKE_JOBS)
        (void)pthread_cond_signal(&a->more);
    (void)pthread_mutex_unlock(&a->lock);
}

void digest_aside_add(struct digest_aside *a, struct sha256 *h, const void *p, size_t n)
{
    give(a, (struct job){h, p, n});
}

void digest_aside_later(struct digest_aside *a, struct sha256 *h, const void *p, size_t n)
{
    if (a->later.h)
        give(a, (struct job){});
    a->later = (struct job){h, p, n};
}

uint64_t digest_aside_mark(const struct digest_aside *a)
{
    return a->given + (a->later.h && a->later.n);
}

void digest_aside_wait(struct digest_aside *a, uint64_t mark)
{
    if (a->later.h && mark > a->given)
        give(a, (struct job){});
    watch(a, mark);
    if (a->finished >= mark)
        return;
    (void)pthread_mutex_lock(&a->lock);
    wait_for(a, mark);
    (void)pthread_mutex_unlock(&a->lock);
}
