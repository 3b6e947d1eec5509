// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/outlet.h"
#include "base/strbuf.h"

enum {
    GRACE_MS = 1000, /* for the thread to see that the time is over */
    GATHER_MS = 1,   /* how long it gathers what comes behind a message: nobody notices */
};

struct message {
    struct message *next;
    size_t n;
    char bytes[];
};

struct outlet {
    struct outlet_options options;
    pthread_mutex_t lock;
    pthread_cond_t filled;  /* something to do for the thread */
    pthread_cond_t emptied; /* room, or the thread's end */
    pthread_t thread;
    bool is_running, is_ending, has_ended, wants_reopen, is_left;
    bool is_gathering;        /* the thread wakes by itself in a moment */
    struct timespec deadline; /* once it is ending */
    struct message *first, **last;
    size_t bytes, n;
    size_t carried; /* messages that are being written */
    uint64_t written, lost;
    struct error error;
};

static bool is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

struct outlet *outlet_new(const struct outlet_options *options)
{
    struct outlet *o = xnew(struct outlet);
    pthread_condattr_t monotonic;
    o->options = *options;
    if (!o->options.bytes)
        o->options.bytes = OUTLET_BYTES_DEFAULT;
    o->last = &o->first;
    (void)pthread_mutex_init(&o->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&o->filled, &monotonic);
    (void)pthread_cond_init(&o->emptied, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return o;
}

static void give_back(struct outlet *o)
{
    for (struct message *m = o->first, *next; m; m = next) {
        next = m->next;
        free(m);
    }
    if (o->options.ops->done)
        o->options.ops->done(o->options.ctx);
    (void)pthread_cond_destroy(&o->filled);
    (void)pthread_cond_destroy(&o->emptied);
    (void)pthread_mutex_destroy(&o->lock);
    free(o);
}

/* Takes the first message off the queue, and those behind it that fit into one piece. */
static size_t take(struct outlet *o, struct strbuf *piece)
{
    size_t n = 0;
    strbuf_clear(piece);
    do {
        struct message *m = o->first;
        strbuf_add(piece, str_n(m->bytes, m->n));
        o->first = m->next;
        if (!o->first)
            o->last = &o->first;
        o->bytes -= m->n;
        free(m);
        n++;
    } while (o->options.ops->joins && o->first && piece->n + o->first->n <= OUTLET_JOIN_BYTES);
    o->n -= n;
    o->carried = n;
    return n;
}

/* Carries one piece out, again and again where that helps; the lock is not held but while it waits. */
static int carry(struct outlet *o, struct str piece, struct error *err)
{
    bool is_last = false;
    for (unsigned attempt = 0;; attempt++) {
        unsigned wait_ms = 0;
        int r = o->options.ops->write(o->options.ctx, piece, attempt, is_last, &wait_ms, err);
        if (r <= 0)
            return r;
        (void)pthread_mutex_lock(&o->lock);
        o->error = *err;
        /* once it is ending, a wait beyond the deadline is the end: one last attempt, at once */
        const struct timespec until = clock_in_ms(CLOCK_MONOTONIC, wait_ms);
        const bool was_ending = o->is_ending;
        int waited = 0;
        while (waited != ETIMEDOUT && o->is_ending == was_ending && !(was_ending && is_before(&o->deadline, &until)))
            waited = pthread_cond_timedwait(&o->filled, &o->lock, &until);
        const struct timespec now = clock_in_ms(CLOCK_MONOTONIC, 0);
        bool is_over = is_last || (o->is_ending && is_before(&o->deadline, &now));
        is_last = o->is_ending && is_before(&o->deadline, &until);
        (void)pthread_mutex_unlock(&o->lock);
        if (is_over)
            return err->code < 0 ? err->code : -ETIMEDOUT;
    }
}

static void reopen(struct outlet *o)
{
    struct error err = ERROR_NULL;
    o->wants_reopen = false;
    if (!o->options.ops->reopen)
        return;
    (void)pthread_mutex_unlock(&o->lock);
    int r = o->options.ops->reopen(o->options.ctx, &err);
    (void)pthread_mutex_lock(&o->lock);
    if (r < 0)
        o->error = err;
}

/*
 * What comes within moments of a message is gathered, and nobody is woken for each: many come one behind the other, or one comes alone and is carried out at
 * once.
 */
static void wait_for_more(struct outlet *o)
{
    if (!o->is_gathering) {
        (void)pthread_cond_wait(&o->filled, &o->lock);
        return;
    }
    const struct timespec until = clock_in_ms(CLOCK_MONOTONIC, GATHER_MS);
    while (o->is_gathering && !o->is_ending && !o->is_left && !o->wants_reopen && pthread_cond_timedwait(&o->filled, &o->lock, &until) != ETIMEDOUT)
        ;
    o->is_gathering = false;
}

static void *run(void *ctx)
{
    struct outlet *o = ctx;
    _cleanup_(strbuf_done) struct strbuf piece = {};
    (void)pthread_mutex_lock(&o->lock);
    while (!o->is_left) {
        if (o->wants_reopen)
            reopen(o);
        if (!o->first && o->is_ending)
            break;
        if (!o->first) {
            wait_for_more(o);
            continue;
        }
        struct error err = ERROR_NULL;
        size_t n = take(o, &piece);
        (void)pthread_mutex_unlock(&o->lock);
        int r = carry(o, strbuf_str(&piece), &err);
        (void)pthread_mutex_lock(&o->lock);
        *(r < 0 ? &o->lost : &o->written) += n;
        o->carried = 0;
        o->error = r < 0 ? err : ERROR_NULL;
        o->is_gathering = true;
        (void)pthread_cond_broadcast(&o->emptied);
    }
    o->has_ended = true;
    bool is_left = o->is_left;
    (void)pthread_cond_signal(&o->emptied);
    (void)pthread_mutex_unlock(&o->lock);
    if (is_left)
        give_back(o);
    return NULL;
}

/* With every signal blocked, so that they come to the thread that handles them. */
static bool start(struct outlet *o)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&o->thread, NULL, run, o);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    o->is_running = !r;
    if (r)
        (void)error_errno(&o->error, -r, "cannot start a thread");
    return o->is_running;
}

bool outlet_put(struct outlet *o, struct str message)
{
    (void)pthread_mutex_lock(&o->lock);
    bool fits = message.n <= o->options.bytes && o->bytes <= o->options.bytes - message.n && (o->is_running || start(o));
    if (fits) {
        struct message *m = xalloc(sizeof(*m) + message.n);
        m->n = message.n;
        if (message.n)
            memcpy(m->bytes, message.p, message.n);
        *o->last = m;
        o->last = &m->next;
        o->bytes += message.n;
        o->n++;
        if (!o->is_gathering)
            (void)pthread_cond_signal(&o->filled);
    } else {
        o->lost++;
    }
    (void)pthread_mutex_unlock(&o->lock);
    return fits;
}

/* Somebody waits: nothing is gathered. */
static void hurry(struct outlet *o)
{
    o->is_gathering = false;
    (void)pthread_cond_signal(&o->filled);
}

bool outlet_wait(struct outlet *o, size_t bytes, unsigned timeout_ms)
{
    const struct timespec until = clock_in_ms(CLOCK_MONOTONIC, timeout_ms);
    int r = 0;
    (void)pthread_mutex_lock(&o->lock);
    size_t most = bytes > o->options.bytes ? 0 : o->options.bytes - bytes; /* what never fits need not be waited for beyond emptiness */
    if (o->bytes > most) /* who has room waits for nobody, and wakes nobody */
        hurry(o);
    while (o->bytes > most && r != ETIMEDOUT)
        r = pthread_cond_timedwait(&o->emptied, &o->lock, &until);
    bool fits = o->bytes <= most;
    (void)pthread_mutex_unlock(&o->lock);
    return fits;
}

bool outlet_drain(struct outlet *o, unsigned timeout_ms)
{
    const struct timespec until = clock_in_ms(CLOCK_MONOTONIC, timeout_ms);
    int r = 0;
    (void)pthread_mutex_lock(&o->lock);
    hurry(o);
    while ((o->n || o->carried) && r != ETIMEDOUT)
        r = pthread_cond_timedwait(&o->emptied, &o->lock, &until);
    bool is_empty = !o->n && !o->carried;
    (void)pthread_mutex_unlock(&o->lock);
    return is_empty;
}

void outlet_reopen(struct outlet *o)
{
    (void)pthread_mutex_lock(&o->lock);
    o->wants_reopen = true;
    if (!o->is_running)
        reopen(o);
    (void)pthread_cond_signal(&o->filled);
    (void)pthread_mutex_unlock(&o->lock);
}

void outlet_stats(struct outlet *o, struct outlet_stats *ret)
{
    (void)pthread_mutex_lock(&o->lock);
    *ret = (struct outlet_stats){
        .written = o->written, .lost = o->lost, .queued = o->n, .bytes = o->bytes, .last = o->error};
    (void)pthread_mutex_unlock(&o->lock);
}

uint64_t outlet_free(struct outlet *o, unsigned timeout_ms)
{
    return outlet_end(o, timeout_ms, &(struct error){});
}

uint64_t outlet_end(struct outlet *o, unsigned timeout_ms, struct error *ret_last)
{
    *ret_last = (struct error){};
    if (!o)
        return 0;
    (void)pthread_mutex_lock(&o->lock);
    o->is_ending = true;
    o->deadline = clock_in_ms(CLOCK_MONOTONIC, timeout_ms);
    const struct timespec grace = clock_in_ms(CLOCK_MONOTONIC, timeout_ms + GRACE_MS);
    (void)pthread_cond_signal(&o->filled);
    for (int r = 0; o->is_running && !o->has_ended && r != ETIMEDOUT;)
        r = pthread_cond_timedwait(&o->emptied, &o->lock, &grace);
    uint64_t lost = o->lost;
    *ret_last = o->error;
    bool is_left = o->is_running && !o->has_ended;
    if (is_left) {
        lost = o->lost += o->n + o->carried;
        o->is_left = true;
    }
    (void)pthread_mutex_unlock(&o->lock);
    if (is_left) {
        (void)pthread_detach(o->thread);
        return lost;
    }
    if (o->is_running)
        (void)pthread_join(o->thread, NULL);
    give_back(o);
    return lost;
}
