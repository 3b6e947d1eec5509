// SPDX-License-Identifier: Apache-2.0
/*
 * A worker: takes jobs, looks, keeps. A job leaves the queue only after its result is in the store, so it may come twice; the store takes a
 * result once, and a job whose image is done is ended without a look. While the store or the queue is away the worker holds what it has
 * and tells the queue, as soon as there is one, that it is still at it.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/stop.h"
#include "cmd/hunt_fleet.h"
#include "cmd/hunt_run.h"

enum { STEP_MS = 100, IDLE_MS = 1000, EMPTY_ROUNDS = 3, MORE_TIMES = 4 };
static const uint64_t SECOND = 1'000'000'000;

struct held {
    struct fleet_job *job;
    uint64_t number; /* also the job's id in the pool */
};

struct working {
    const struct hunt_options *options;
    struct hunt_store *store;
    struct hunt_pool *pool;
    struct fleet *fleet;
    struct fleet_queue queue;
    struct held held[HUNT_JOBS_MAX];
    size_t n_held;
    uint64_t kept_ns, told_ns, judged, failed;
    struct error *err;
};

static void say(struct working *w, const struct error *why)
{
    if (clock_ns(CLOCK_REALTIME) - w->told_ns > 60 * SECOND)
        cmd_error(HUNT, "%s; it is tried again", why->text);
    w->told_ns = clock_ns(CLOCK_REALTIME);
}

/* Tells the queue that all jobs here are being done, three times in the time that it waits; and the store, as far as it is there. */
static void keep(struct working *w)
{
    const unsigned wait = w->queue.ack_seconds ? w->queue.ack_seconds : FLEET_ACK_SECONDS;
    if (clock_ns(CLOCK_REALTIME) - w->kept_ns < wait * SECOND / 3)
        return;
    w->kept_ns = clock_ns(CLOCK_REALTIME);
    for (size_t i = 0; i < w->n_held; i++)
        (void)fleet_job_keep(w->held[i].job);
    const struct hunt_job *j;
    for (unsigned i = 0; w->store && (j = hunt_pool_at(w->pool, i)); i++)
        if (hunt_store_keep(w->store, j->digest, hunt_pool_identity(w->pool), clock_ns(CLOCK_REALTIME), NULL) < 0)
            break;
}

/*
 * Does something in the store until it is done: a store that is away is waited for. Negative only for what waiting cannot cure, and when the
 * worker is stopped.
 */
static int in_store(struct working *w, int (*act)(struct working *w, void *ctx, struct error *err), void *ctx)
{
    enum { OTHER_TRIES = 5 };
    for (unsigned tries = 0;; tries++) {
        struct error why = ERROR_NULL;
        int r = w->store ? 0 : hunt_store_open(hunt_store_of(w->options), HUNT_WRITE, &w->store, &why);
        if (!r)
            r = act(w, ctx, &why);
        if (r >= 0)
            return r;
        if (stop_signal() || (r != -ENOTCONN && tries >= OTHER_TRIES)) {
            *w->err = why;
            return r;
        }
        say(w, &why);
        w->store = hunt_store_close(w->store);
        (void)usleep(500'000);
        keep(w);
    }
}

/* Ends the job of that number in the queue, one way or the other. What the queue does not hear, it gives out again. */
enum end { END_DONE, END_AGAIN, END_DEAD };
static void end_job(struct working *w, uint64_t number, enum end end, const char *why)
{
    struct error ignored = ERROR_NULL;
    size_t i = 0;
    while (i < w->n_held && w->held[i].number != number)
        i++;
    if (i == w->n_held)
        return;
    struct fleet_job *job = w->held[i].job;
    w->held[i] = w->held[--w->n_held];
    if (end == END_DONE)
        (void)fleet_job_done(job, &ignored);
    else if (end == END_AGAIN)
        (void)fleet_job_again(job, w->options->wait_seconds);
    else
        (void)fleet_job_die(w->fleet, &w->queue, job, why, &ignored);
    fleet_job_free(job);
}

/* ---- results ---- */

struct keeping {
    const struct hunt_done *done;
    struct hunt_job job; /* with as many tries as the queue counted */
};

static int keep_result(struct working *w, void *ctx, struct error *err)
{
    const struct keeping *k = ctx;
    struct hunt_done d = *k->done;
    d.job = &k->job;
    return hunt_keep_result(w->store, w->options, hunt_pool_identity(w->pool), &d, STR_NULL, err);
}

/* The report first: a result in the store has its report. An object that is there twice is the same object. */
static int put_report(struct working *w, const struct hunt_done *d)
{
    struct arena a = {};
    int r = -ENOTCONN;
    while (r < 0 && !stop_signal()) {
        struct error why = ERROR_NULL;
        r = fleet_object_put(w->fleet, HUNT_BUCKET, hunt_object_name(&a, d->job->digest, hunt_pool_identity(w->pool)), d->report, &why);
        if (r == -EINVAL)
            break;
        if (r < 0) {
            say(w, &why);
            (void)usleep(500'000);
            keep(w);
        }
    }
    arena_done(&a);
    return r;
}

static int on_done(void *ctx, const struct hunt_done *d)
{
    struct working *w = ctx;
    const uint64_t number = (uint64_t)d->job->id;
    struct keeping k = {d, *d->job};
    int r = d->read ? put_report(w, d) : 0;
    if (!r)
        r = in_store(w, keep_result, &k);
    if (r < 0)
        return stop_signal() ? 0 : r;
    const bool is_last = k.job.tries + 1 >= w->options->tries;
    w->judged += d->read != NULL;
    w->failed += !d->read && is_last;
    struct arena a = {};
    end_job(w, number, d->read ? END_DONE : is_last ? END_DEAD : END_AGAIN, arena_str(&a, d->failure).p);
    arena_done(&a);
    return 0;
}

/* ---- jobs ---- */

struct asking {
    struct str digest, rules;
    enum hunt_state state;
};

static int ask_state(struct working *w, void *ctx, struct error *err)
{
    struct asking *a = ctx;
    return hunt_store_state(w->store, a->digest, a->rules, &a->state, err);
}

struct giving_up {
    struct str digest, rules, why;
};

static int give_up(struct working *w, void *ctx, struct error *err)
{
    const struct giving_up *g = ctx;
    return hunt_store_fail(w->store, g->digest, g->rules, g->why, true, clock_ns(CLOCK_REALTIME), 0, err);
}

static int take_up(struct working *w, struct fleet_job *job)
{
    _cleanup_(arena_done) struct arena a = {};
    struct error why = ERROR_NULL;
    struct hunt_job j;
    struct str rules;
    const uint64_t number = fleet_job_number(job);
    w->held[w->n_held++] = (struct held){job, number};
    if (hunt_job_read(fleet_job_bytes(job), &a, &j, &rules, &why) < 0) {
        end_job(w, number, END_DEAD, why.text);
        return 0;
    }
    if (!str_eq(rules, hunt_pool_identity(w->pool))) {
        end_job(w, number, END_AGAIN, NULL);
        return error_set(w->err, -ESTALE, "the hunt is judged by other rules (%.*s…) than this worker's (%.*s…): give both the same version, rules, lists and --detonate",
                         STR_ARG(str_sub(rules, 0, 12)), STR_ARG(str_sub(hunt_pool_identity(w->pool), 0, 12)));
    }
    struct asking ask = {j.digest, rules, HUNT_WAITING};
    int r = in_store(w, ask_state, &ask);
    if (r < 0)
        return r;
    if (r > 0 || ask.state == HUNT_JUDGED) {
        end_job(w, number, END_DONE, NULL);
        return 0;
    }
    /* it failed for good, and the queue did not hear of it: its letter may not lie where dead ones do */
    if (ask.state == HUNT_FAILED) {
        end_job(w, number, END_DEAD, "it failed, as the store says");
        return 0;
    }
    /* workers that die of it say nothing: the queue's count does */
    if (fleet_job_times(job) > w->options->tries + MORE_TIMES) {
        struct giving_up g = {j.digest, rules, STR("every worker that took it ended without a result")};
        r = in_store(w, give_up, &g);
        end_job(w, number, END_DEAD, g.why.p);
        return r < 0 ? r : 0;
    }
    j.id = (int64_t)number;
    j.tries = (int64_t)fleet_job_times(job) - 1;
    return hunt_pool_give(w->pool, &j);
}

/* 1: there is none. */
static int take_some(struct working *w)
{
    while (hunt_pool_idle(w->pool)) {
        struct error why = ERROR_NULL;
        struct fleet_job *job = NULL;
        int r = fleet_queue_take(w->fleet, &w->queue, hunt_pool_busy(w->pool) ? STEP_MS : IDLE_MS, &job, &why);
        if (r < 0) {
            say(w, &why);
            (void)usleep(200'000);
        }
        if (r)
            return r < 0 ? 0 : 1;
        r = take_up(w, job);
        if (r < 0)
            return r;
    }
    return 0;
}

static int run(struct working *w)
{
    unsigned empty = 0;
    int r = 0;
    while (!r && !stop_signal()) {
        const bool was_busy = hunt_pool_busy(w->pool);
        r = take_some(w);
        empty = r > 0 && !was_busy ? empty + 1 : 0;
        if (w->options->until_empty && empty >= EMPTY_ROUNDS) {
            uint64_t left = 1;
            if (!fleet_queue_left(w->fleet, &w->queue, &left, NULL, NULL) && !left)
                return 0;
        }
        r = r < 0 ? r : hunt_pool_busy(w->pool) ? hunt_pool_wait(w->pool, STEP_MS, on_done, w, w->err) : 0;
        keep(w);
    }
    return r;
}

int hunt_worker(const struct hunt_options *o)
{
    struct error err = ERROR_NULL;
    struct working w = {.options = o, .queue = hunt_queue_of(o), .err = &err};
    int r = hunt_store_open(hunt_store_of(o), HUNT_WRITE, &w.store, &err);
    if (!r)
        r = hunt_pool_new(o, &w.pool, &err);
    if (!r)
        r = fleet_open(o->queue, HUNT, &w.fleet, &err);
    if (!r)
        r = fleet_queue_make(w.fleet, &w.queue, &err);
    if (!r)
        r = fleet_bucket_make(w.fleet, HUNT_BUCKET, &err);
    if (!r)
        r = run(&w);
    /* what is given back at once need not be waited for */
    while (w.n_held) {
        (void)fleet_job_again(w.held[--w.n_held].job, 0);
        fleet_job_free(w.held[w.n_held].job);
    }
    hunt_pool_free(w.pool);
    fleet_close(w.fleet);
    hunt_store_close(w.store);
    if (r < 0)
        cmd_error(HUNT, "%s", err.text);
    if (!o->quiet)
        cmd_error(HUNT, "%llu images judged, %llu failed", (unsigned long long)w.judged, (unsigned long long)w.failed);
    return r < 0 ? EXIT_CANNOT : EXIT_NOTHING;
}
