// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/vec.h"
#include "source/container/asker.h"

enum { LANES = 2, LANE_MACHINE = 0, LANE_USERS = 1, END_SECONDS = 5, AWAITED_MS = 10 };

static const unsigned WAIT_MS[CONTAINER_TRIES] = {0, 50, 300, 2000};

struct waiting {
    uint64_t hash; /* of the id */
    struct container_question question;
    uint64_t due_ns; /* of CLOCK_MONOTONIC */
    unsigned tries;
};

/* What threads and the loop share. Counted, because a thread may be left behind with it. */
struct shared {
    pthread_mutex_t lock;
    pthread_cond_t more, answered;
    struct container_stores stores;
    int event;
    bool ends;
    unsigned users;
    VEC(struct waiting) waiting[LANES];
    struct waiting busy[LANES]; /* looked for right now */
    bool is_busy[LANES];
    VEC(struct container_answer) answers;
    struct {
        uint64_t hash, until_ns;
    } refused[256]; /* ids not found lately, a ring */
    size_t next_refused;
    struct {
        uint64_t hash; /* of the id that the loop waits for; 0: none */
        int32_t pid;   /* of a program in that container */
    } awaited;
    struct container_asker_stats stats;
};

struct lane {
    struct shared *shared;
    int number;
};

struct container_asker {
    struct shared *shared;
    pthread_t threads[LANES];
    unsigned started;
};

static uint64_t hash_of(const struct container_question *q)
{
    return hash_str(str_from(q->what.id));
}

/* ---- with the lock held ---- */

static bool is_under_way(const struct shared *s, uint64_t hash)
{
    for (int l = 0; l < LANES; l++) {
        if (s->is_busy[l] && s->busy[l].hash == hash)
            return true;
        for (size_t i = 0; i < s->waiting[l].n; i++)
            if (s->waiting[l].v[i].hash == hash)
                return true;
    }
    return false;
}

static bool is_known(const struct shared *s, uint64_t hash)
{
    const uint64_t now = clock_ns(CLOCK_MONOTONIC);
    for (size_t i = 0; i < ARRAY_SIZE(s->refused); i++)
        if (s->refused[i].hash == hash && s->refused[i].until_ns > now)
            return true;
    if (is_under_way(s, hash))
        return true;
    for (size_t i = 0; i < s->answers.n; i++)
        if (hash_of(&s->answers.v[i].question) == hash)
            return true;
    return false;
}

static int enqueue(struct shared *s, const struct container_question *q)
{
    int lane = q->owner ? LANE_USERS : LANE_MACHINE;
    uint64_t hash = hash_of(q);
    if (is_known(s, hash)) {
        s->stats.repeated++;
        return 1;
    }
    /* an answer needs a place too, so that the loop bounds the whole by taking them */
    if (s->waiting[lane].n + s->answers.n >= CONTAINER_QUESTIONS_MAX) {
        s->stats.refused++;
        return -ENOBUFS;
    }
    vec_add(&s->waiting[lane], (struct waiting){.hash = hash, .question = *q, .due_ns = clock_ns(CLOCK_MONOTONIC)});
    s->stats.asked++;
    (void)pthread_cond_broadcast(&s->more);
    return 0;
}

static void answer(struct shared *s, const struct container_question *q, struct container_info *info)
{
    const uint64_t one = 1;
    vec_add(&s->answers, (struct container_answer){*q, info});
    (void)pthread_cond_broadcast(&s->answered);
    if (info) {
        s->stats.found++;
    } else {
        size_t at = s->next_refused++ % ARRAY_SIZE(s->refused);
        s->refused[at].hash = hash_of(q);
        s->refused[at].until_ns = clock_ns(CLOCK_MONOTONIC) + CONTAINER_UNKNOWN_SECONDS * 1000000000ULL;
        s->stats.unknown++;
    }
    (void)!write(s->event, &one, sizeof(one));
}

/* Of the pod that a container belongs to. */
static void ask_for_sandbox(struct shared *s, const struct container_question *of,
                            const struct container_info *info)
{
    struct container_question q = {.what = of->what, .owner = of->owner};
    struct str id = info->sandbox_id;
    if (!id.n || str_eq(id, info->id) || id.n >= sizeof(q.what.id) || info->type == CONTAINER_PODMAN)
        return;
    q.what.type = info->type;
    q.what.is_type_sure = true;
    memcpy(q.what.id, id.p, id.n);
    q.what.id[id.n] = 0;
    (void)enqueue(s, &q);
}

/* Takes the question that is due first into *busy; false when the thread is to end. */
static bool take(struct shared *s, int lane)
{
    while (!s->ends) {
        struct waiting *first = NULL;
        vec_each(w, &s->waiting[lane]) if (!first || w->due_ns < first->due_ns) first = w;
        if (!first) {
            (void)pthread_cond_wait(&s->more, &s->lock);
        } else if (first->due_ns > clock_ns(CLOCK_MONOTONIC)) {
            struct timespec until = {.tv_sec = (time_t)(first->due_ns / 1000000000),
                                     .tv_nsec = (long)(first->due_ns % 1000000000)};
            (void)pthread_cond_timedwait(&s->more, &s->lock, &until);
        } else {
            s->busy[lane] = *first;
            s->is_busy[lane] = true;
            *first = s->waiting[lane].v[--s->waiting[lane].n];
            return true;
        }
    }
    return false;
}

static void release(struct shared *s)
{
    bool is_last = !--s->users;
    (void)pthread_mutex_unlock(&s->lock);
    if (!is_last)
        return;
    for (int l = 0; l < LANES; l++)
        vec_done(&s->waiting[l]);
    vec_each(a, &s->answers) container_info_free(a->info);
    vec_done(&s->answers);
    (void)close(s->event);
    (void)pthread_cond_destroy(&s->more);
    (void)pthread_cond_destroy(&s->answered);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- the threads ---- */

/* Nobody waits any longer; what is under way goes on. */
static void give_up(struct shared *s)
{
    s->awaited.hash = 0;
    (void)pthread_cond_broadcast(&s->answered);
}

/* A program ran in the container and is gone: whatever its runtime did not write down by now it never will, or has removed. */
static bool is_over(const struct shared *s, int32_t program)
{
    char path[16];
    (void)snprintf(path, sizeof(path), "%d", program);
    return program > 0 && s->stores.proc >= 0 && faccessat(s->stores.proc, path, F_OK, 0) < 0 && errno == ENOENT;
}

static void *run(void *ctx)
{
    struct lane lane = *(struct lane *)ctx;
    struct shared *s = lane.shared;
    struct waiting *w = &s->busy[lane.number];
    free(ctx);
    (void)pthread_mutex_lock(&s->lock);
    while (take(s, lane.number)) {
        struct container_info *info = NULL;
        const int32_t program = w->hash == s->awaited.hash ? s->awaited.pid : 0;
        (void)pthread_mutex_unlock(&s->lock);
        const bool is_last = is_over(s, program);
        w->question.is_early = w->tries + 1 < CONTAINER_TRIES && !is_last;
        int r = container_lookup(&s->stores, &w->question, &info);
        (void)pthread_mutex_lock(&s->lock);
        bool is_awaited = w->hash == s->awaited.hash; /* such looks take none of its tries */
        if (is_awaited && is_last) {
            give_up(s);
            is_awaited = false;
        }
        if (r && (is_awaited || ++w->tries < CONTAINER_TRIES)) {
            w->due_ns = clock_ns(CLOCK_MONOTONIC) + (is_awaited ? AWAITED_MS : WAIT_MS[w->tries]) * 1000000ULL;
            vec_add(&s->waiting[lane.number], *w);
            s->stats.retries++;
        } else {
            if (info)
                ask_for_sandbox(s, &w->question, info);
            s->is_busy[lane.number] = false;
            answer(s, &w->question, info);
        }
        s->is_busy[lane.number] = false;
    }
    release(s);
    return NULL;
}

static int start(struct container_asker *a, int number)
{
    sigset_t all, old;
    struct lane *lane = xnew(struct lane);
    *lane = (struct lane){a->shared, number};
    /* signals are the loop's */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int r = pthread_create(&a->threads[number], NULL, run, lane);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (r) {
        free(lane);
        return -r;
    }
    a->started++;
    a->shared->users++;
    return 0;
}

/* ---- the loop's side ---- */

int container_asker_new(const struct container_stores *stores, struct container_asker **ret,
                        struct error *err)
{
    _cleanup_(container_asker_freep) struct container_asker *a = xnew(struct container_asker);
    struct shared *s = a->shared = xnew(struct shared);
    pthread_condattr_t attr;
    s->stores = *stores;
    s->users = 1;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->more, &attr);
    (void)pthread_cond_init(&s->answered, &attr);
    (void)pthread_condattr_destroy(&attr);
    s->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->event < 0)
        return error_errno(err, -errno, "looking for containers");
    (void)pthread_mutex_lock(&s->lock);
    int r = 0;
    for (int i = 0; i < LANES && !r; i++)
        r = start(a, i);
    (void)pthread_mutex_unlock(&s->lock);
    if (r)
        return error_errno(err, r, "a thread that looks for containers");
    *ret = TAKE_PTR(a);
    return 0;
}

struct container_asker *container_asker_free(struct container_asker *a)
{
    if (!a)
        return NULL;
    struct shared *s = a->shared;
    (void)pthread_mutex_lock(&s->lock);
    s->ends = true;
    (void)pthread_cond_broadcast(&s->more);
    (void)pthread_mutex_unlock(&s->lock);
    const struct timespec until = clock_in_ms(CLOCK_MONOTONIC, END_SECONDS * 1000);
    for (unsigned i = 0; i < a->started; i++)
        if (pthread_clockjoin_np(a->threads[i], NULL, CLOCK_MONOTONIC, &until))
            (void)pthread_detach(a->threads[i]);
    (void)pthread_mutex_lock(&s->lock);
    release(s);
    free(a);
    return NULL;
}

int container_asker_ask(struct container_asker *a, const struct container_question *q)
{
    (void)pthread_mutex_lock(&a->shared->lock);
    int r = enqueue(a->shared, q);
    (void)pthread_mutex_unlock(&a->shared->lock);
    return r;
}

/* The question may have been asked before anything was written down: it is looked for at once, with all its tries. */
static void hurry(struct shared *s, uint64_t hash, int32_t pid)
{
    s->awaited.hash = hash;
    s->awaited.pid = pid;
    for (int l = 0; l < LANES; l++)
        vec_each(w, &s->waiting[l]) if (w->hash == hash)
        {
            w->due_ns = clock_ns(CLOCK_MONOTONIC);
            w->tries = 0;
        }
    (void)pthread_cond_broadcast(&s->more);
}

bool container_asker_wait(struct container_asker *a, const struct container_question *q, unsigned ms)
{
    struct shared *s = a->shared;
    const uint64_t hash = hash_of(q), end = clock_ns(CLOCK_MONOTONIC) + ms * 1000000ULL;
    const struct timespec until = {.tv_sec = (time_t)(end / 1000000000), .tv_nsec = (long)(end % 1000000000)};
    (void)pthread_mutex_lock(&s->lock);
    int r = 0;
    hurry(s, hash, q->pid);
    while (s->awaited.hash && is_under_way(s, hash) && !r)
        r = pthread_cond_timedwait(&s->answered, &s->lock, &until);
    s->awaited.hash = 0;
    const bool is_answered = !is_under_way(s, hash);
    (void)pthread_mutex_unlock(&s->lock);
    return is_answered;
}

int container_asker_fd(const struct container_asker *a)
{
    return a->shared->event;
}

bool container_asker_next(struct container_asker *a, struct container_answer *ret)
{
    struct shared *s = a->shared;
    uint64_t count;
    (void)pthread_mutex_lock(&s->lock);
    bool has = s->answers.n;
    if (has) {
        *ret = s->answers.v[0];
        memmove(s->answers.v, s->answers.v + 1, --s->answers.n * sizeof(*s->answers.v));
    }
    if (!s->answers.n)
        (void)!read(s->event, &count, sizeof(count));
    (void)pthread_mutex_unlock(&s->lock);
    return has;
}

struct container_asker_stats container_asker_stats(struct container_asker *a)
{
    (void)pthread_mutex_lock(&a->shared->lock);
    struct container_asker_stats stats = a->shared->stats;
    (void)pthread_mutex_unlock(&a->shared->lock);
    return stats;
}
