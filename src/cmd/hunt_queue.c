// SPDX-License-Identifier: Apache-2.0
/*
 * The hunt that shares its work: it walks, puts a job for each waiting image, and watches the store until every one is done. Everything it
 * knows is in the store: another of its kind may go on at any time, and two at once put the same jobs under the same ids.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/stop.h"
#include "cmd/hunt_fleet.h"
#include "cmd/hunt_run.h"

enum { BATCH = 500, STEP_US = 200'000 };
static const uint64_t SECOND = 1'000'000'000;

struct fleet_queue hunt_queue_of(const struct hunt_options *o)
{
    return (struct fleet_queue){.stream = "DAVY_HUNT",
                                .subject = "davy.hunt.jobs",
                                .dead_stream = "DAVY_HUNT_DEAD",
                                .dead_subject = "davy.hunt.dead",
                                .consumer = "scanners",
                                .ack_seconds = o->ack_seconds};
}

struct str hunt_object_name(struct arena *a, struct str digest, struct str rules)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(digest), STR_ARG(str_sub(rules, 0, 16)));
}

int hunt_fetch_report(const struct hunt_options *o, struct str digest, struct str rules, struct strbuf *ret, struct error *err)
{
    _cleanup_(fleet_closep) struct fleet *f = NULL;
    struct arena a = {};
    int r = fleet_open(o->queue, HUNT, &f, err);
    if (!r)
        r = fleet_object_get(f, HUNT_BUCKET, hunt_object_name(&a, digest, rules), ret, err);
    arena_done(&a);
    return r;
}

struct sharing {
    const struct hunt_options *options;
    struct hunt_store *store;
    struct fleet *fleet;
    struct fleet_queue queue;
    struct arena arena;
    struct str rules;
    pid_t walker;
    int walker_code;
    VEC(struct hunt_job) jobs;
    struct arena jobs_arena;
    struct hunt_progress progress;
    struct hunt_counts counts;
    uint64_t told_ns, counted_ns, count_took_ns, checked_ns;
};

static int take_job(void *ctx, const struct hunt_job *j)
{
    struct sharing *s = ctx;
    struct hunt_job own = *j;
    own.digest = arena_str(&s->jobs_arena, j->digest);
    own.pull = arena_str(&s->jobs_arena, j->pull);
    own.platform = arena_str(&s->jobs_arena, j->platform);
    vec_add(&s->jobs, own);
    return 0;
}

static int put_job(struct sharing *s, const struct hunt_job *job, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {}, id = {};
    hunt_job_write(&text, job, s->rules);
    strbuf_printf(&id, "%.*s.%.*s.%lld", STR_ARG(job->digest), STR_ARG(str_sub(s->rules, 0, 16)), (long long)job->queued);
    int r = fleet_queue_put(s->fleet, &s->queue, id.p, strbuf_str(&text), err);
    return r < 0 ? r : 0;
}

/* Puts waiting images that were queued before that time, or never; then notes that they are. */
static int put_jobs(struct sharing *s, uint64_t queued_before, struct error *err)
{
    vec_clear(&s->jobs);
    arena_reset(&s->jobs_arena);
    int r = hunt_store_unqueued(s->store, s->rules, queued_before, BATCH, take_job, s, err);
    size_t n = 0;
    while (!r && n < s->jobs.n && !(r = put_job(s, &s->jobs.v[n], err)))
        n++;
    if (!n)
        return r;
    struct error *more = r ? NULL : err;
    int e = hunt_store_begin(s->store, more);
    for (size_t i = 0; !e && i < n; i++)
        e = hunt_store_set_queued(s->store, s->jobs.v[i].id, clock_ns(CLOCK_REALTIME), more);
    e = e ? e : hunt_store_commit(s->store, more);
    if (e)
        hunt_store_rollback(s->store);
    return r ? r : e;
}

/*
 * Nothing left that was not given out, and images that wait and nobody says to be at: their jobs were lost with a stream, or somebody
 * emptied it. One that comes twice is ended without a look.
 */
static int put_lost_jobs(struct sharing *s, struct error *err)
{
    const uint64_t now = clock_ns(CLOCK_REALTIME), patience = 3 * (s->queue.ack_seconds ? s->queue.ack_seconds : FLEET_ACK_SECONDS) * SECOND;
    uint64_t left = 0, unseen = 0;
    if (now - s->checked_ns < 5 * SECOND)
        return 0;
    s->checked_ns = now;
    int r = fleet_queue_left(s->fleet, &s->queue, &left, &unseen, err);
    return r || unseen ? r : put_jobs(s, now - patience, err);
}

/* All images of these rules are done: so is every job that names them. */
static bool is_ours(void *ctx, struct str text)
{
    const struct sharing *s = ctx;
    _cleanup_(arena_done) struct arena a = {};
    struct hunt_job job;
    struct str rules;
    return !hunt_job_read(text, &a, &job, &rules, NULL) && str_eq(rules, s->rules);
}

static int step(struct sharing *s, struct error *err)
{
    int r = s->store ? 0 : hunt_store_open(hunt_store_of(s->options), HUNT_WRITE, &s->store, err);
    if (!r)
        r = put_jobs(s, 1, err);
    if (!r)
        r = put_lost_jobs(s, err);
    const uint64_t began = clock_ns(CLOCK_REALTIME);
    if (!r && began - s->counted_ns > SECOND + 20 * s->count_took_ns) {
        r = hunt_store_counts(s->store, s->rules, &s->counts, err);
        s->counted_ns = clock_ns(CLOCK_REALTIME);
        s->count_took_ns = s->counted_ns - began;
    }
    return r;
}

/* What went away comes back, or the user ends the hunt: nothing is lost by waiting. */
static bool may_come_back(int r)
{
    return r == -ENOTCONN || r == -ETIMEDOUT || r == -EIO;
}

static int run(struct sharing *s, struct error *err)
{
    for (;;) {
        const bool had_walker = s->walker != 0;
        (void)hunt_walker_ended(&s->walker, &s->walker_code);
        int r = step(s, err);
        if (stop_signal() || (r < 0 && !may_come_back(r)))
            return r < 0 && !may_come_back(r) ? r : 0;
        if (r < 0) {
            if (clock_ns(CLOCK_REALTIME) - s->told_ns > 60 * SECOND)
                cmd_error(HUNT, "%s; it is tried again", err->text);
            s->told_ns = clock_ns(CLOCK_REALTIME);
            s->store = r == -ENOTCONN ? hunt_store_close(s->store) : s->store;
            (void)usleep(5 * STEP_US);
            continue;
        }
        hunt_progress_show(&s->progress, &s->counts, s->walker != 0, STR_NULL);
        if (!s->walker && !had_walker && !s->jobs.n && s->counted_ns && s->counts.judged + s->counts.failed == s->counts.images)
            return 0;
        if (had_walker && !s->walker)
            s->counted_ns = 0; /* what it wrote last counts */
        (void)usleep(STEP_US);
    }
}

/* What a scanner here judges by, which is what workers must judge by. */
static int ask_identity(struct sharing *s, struct error *err)
{
    struct hunt_options one = *s->options;
    struct hunt_pool *pool = NULL;
    one.jobs = 1;
    int r = hunt_pool_new(&one, &pool, err);
    if (!r)
        s->rules = arena_str(&s->arena, hunt_pool_identity(pool));
    hunt_pool_free(pool);
    return r;
}

int hunt_with_queue(const struct hunt_options *o)
{
    struct error err = ERROR_NULL;
    struct sharing s = {.options = o, .queue = hunt_queue_of(o)};
    int r = hunt_store_open(hunt_store_of(o), HUNT_WRITE, &s.store, &err);
    if (!r)
        r = ask_identity(&s, &err);
    if (!r && o->retry)
        r = hunt_store_retry(s.store, s.rules, clock_ns(CLOCK_REALTIME), &err);
    /* before there are threads of the queue's */
    if (!r) {
        s.walker = hunt_walks(o) ? hunt_walker_start(o, s.rules) : 0;
        r = s.walker < 0 ? error_errno(&err, -errno, "the walker cannot be started") : 0;
    }
    if (!r)
        r = fleet_open(o->queue, HUNT, &s.fleet, &err);
    if (!r)
        r = fleet_queue_make(s.fleet, &s.queue, &err);
    if (!r)
        r = fleet_bucket_make(s.fleet, HUNT_BUCKET, &err);
    if (!r) {
        hunt_progress_start(&s.progress, !o->quiet);
        r = run(&s, &err);
        hunt_progress_end(&s.progress);
        if (!r && !stop_signal())
            (void)fleet_queue_sweep(s.fleet, &s.queue, is_ours, &s, NULL);
    }
    hunt_walker_stop(&s.walker);
    fleet_close(s.fleet);
    hunt_store_close(s.store);
    vec_done(&s.jobs);
    arena_done(&s.jobs_arena);
    arena_done(&s.arena);
    if (stop_signal())
        cmd_error(HUNT, "stopped; workers go on with what is queued, and the same command with the rest");
    else if (r < 0)
        cmd_error(HUNT, "%s", err.text);
    return r < 0 || stop_signal() ? EXIT_CANNOT : s.walker_code;
}
