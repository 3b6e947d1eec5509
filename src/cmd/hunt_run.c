// SPDX-License-Identifier: Apache-2.0
/* A hunt on one machine: the walker beside it, waiting images to the scanners, results into the store. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/intl.h"
#include "base/stop.h"
#include "cmd/hunt_pool.h"
#include "cmd/hunt_run.h"

enum { WINDOW = 64, STEP_MS = 100 };
static const uint64_t COUNTS_NS = 1'000'000'000;
enum { COUNTS_SHARE = 20 }; /* counting a large hunt takes a while: at most a twentieth of the time */

/* A waiting image, and the layers that it needs. */
struct candidate {
    struct hunt_job job;
    VEC(int64_t) layers;
};

struct hunt {
    const struct hunt_options *options;
    struct hunt_store *store;
    struct hunt_pool *pool;
    pid_t walker; /* 0: it ended */
    int walker_code;
    VEC(struct candidate) window;
    struct arena window_arena;
    bool is_window_last; /* the store had no more than that */
    struct map read;    /* layers that were looked at in this run, or are now: image numbers by layer */
    struct arena read_arena;
    struct hunt_progress progress;
    struct hunt_counts counts;
    uint64_t counted_ns, count_took_ns, looked_ns;
};

/* ---- the walker ---- */

pid_t hunt_walker_start(const struct hunt_options *o, struct str rules)
{
    const pid_t parent = getpid();
    (void)fflush(NULL);
    const pid_t pid = fork();
    if (pid)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    _exit(getppid() == parent ? hunt_walk(o, rules) : EXIT_CANNOT);
}

bool hunt_walker_ended(pid_t *walker, int *code)
{
    int status;
    if (!*walker)
        return true;
    const pid_t r = waitpid(*walker, &status, WNOHANG);
    if (!r || (r < 0 && errno == EINTR))
        return false;
    *walker = 0;
    *code = r > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CANNOT;
    return true;
}

void hunt_walker_stop(pid_t *walker)
{
    if (*walker) {
        (void)kill(*walker, SIGTERM);
        while (waitpid(*walker, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *walker = 0;
}

/* ---- which image is next ---- */

static bool is_busy(const struct hunt *h, int64_t image)
{
    const struct hunt_job *j;
    for (unsigned i = 0; (j = hunt_pool_at(h->pool, i)); i++)
        if (j->id == image)
            return true;
    return false;
}

static int take_waiting(void *ctx, const struct hunt_job *j)
{
    struct hunt *h = ctx;
    struct arena *a = &h->window_arena;
    if (is_busy(h, j->id) || h->window.n >= WINDOW)
        return 0;
    struct candidate c = {.job = *j};
    c.job.digest = arena_str(a, j->digest);
    c.job.pull = arena_str(a, j->pull);
    c.job.platform = arena_str(a, j->platform);
    c.job.repository = arena_str(a, j->repository);
    vec_add(&h->window, c);
    return 0;
}

static int take_layer(void *ctx, int64_t layer, uint64_t size)
{
    struct candidate *c = ctx;
    (void)size;
    vec_add(&c->layers, layer);
    return 0;
}

static void window_clear(struct hunt *h)
{
    vec_each(c, &h->window) vec_done(&c->layers);
    vec_clear(&h->window);
    arena_reset(&h->window_arena);
}

static int fill_window(struct hunt *h, struct error *err)
{
    const uint64_t now = clock_ns(CLOCK_REALTIME);
    if (h->window.n || now - h->looked_ns < STEP_MS * 1'000'000ULL)
        return 0;
    h->looked_ns = now;
    window_clear(h);
    int r = hunt_store_waiting(h->store, hunt_pool_identity(h->pool), now, 0, WINDOW + HUNT_JOBS_MAX, take_waiting, h, err);
    vec_each(c, &h->window) if (!r) r = hunt_store_layers(h->store, c->job.id, take_layer, c, err);
    return r;
}

/*
 * A layer that another scanner is at is waited for, so that it is looked at once: the image that has it becomes its reader, and lets
 * the layer go when it is done.
 */
static bool is_free(const struct hunt *h, const struct candidate *c)
{
    for (size_t i = 0; i < c->layers.n; i++) {
        const struct map_entry *e = map_get(&h->read, str_n(&c->layers.v[i], sizeof(*c->layers.v)));
        if (e && e->u64 && e->u64 != (uint64_t)c->job.id && is_busy(h, (int64_t)e->u64))
            return false;
    }
    return true;
}

static void claim_layers(struct hunt *h, const struct candidate *c)
{
    for (size_t i = 0; i < c->layers.n; i++) {
        struct str key = str_n(&c->layers.v[i], sizeof(*c->layers.v));
        if (!map_has(&h->read, key))
            map_put(&h->read, arena_str(&h->read_arena, key), NULL)->u64 = (uint64_t)c->job.id;
    }
}

static int hand_out(struct hunt *h, struct error *err)
{
    int r = 0;
    while (!r && hunt_pool_idle(h->pool)) {
        r = fill_window(h, err);
        size_t i = 0;
        while (i < h->window.n && !is_free(h, &h->window.v[i]))
            i++;
        if (r || i == h->window.n)
            break;
        struct candidate c = h->window.v[i];
        memmove(&h->window.v[i], &h->window.v[i + 1], (h->window.n - i - 1) * sizeof(c));
        h->window.n--;
        claim_layers(h, &c);
        r = hunt_pool_give(h->pool, &c.job);
        vec_done(&c.layers);
    }
    return r;
}

/* ---- results ---- */

/* When an image that failed so often before is tried again. */
static uint64_t hunt_next_try(const struct hunt_options *o, int64_t tries)
{
    uint64_t seconds = o->wait_seconds;
    for (int64_t i = 0; i < tries && i < 8; i++)
        seconds *= 4;
    return clock_ns(CLOCK_REALTIME) + seconds * 1'000'000'000U;
}

int hunt_keep_result(struct hunt_store *s, const struct hunt_options *o, struct str rules, const struct hunt_done *d, struct str report, struct error *err)
{
    if (!d->read)
        return hunt_store_fail(s, d->job->digest, rules, d->failure, d->job->tries + 1 >= o->tries, clock_ns(CLOCK_REALTIME), hunt_next_try(o, d->job->tries), err);
    struct hunt_result r = d->read->result;
    r.report = report;
    char host[256] = "";
    (void)gethostname(host, sizeof(host) - 1);
    r.by = str_from(host);
    int e = hunt_store_judge(s, d->job->digest, rules, &r, err);
    return e > 0 ? 0 : e;
}

struct ending {
    struct hunt *h;
    struct error *err;
};

static int on_done(void *ctx, const struct hunt_done *d)
{
    const struct ending *e = ctx;
    struct hunt *h = e->h;
    int r = 0;
    for (unsigned waited = 0;; waited++) {
        if (!h->store)
            r = hunt_store_open(hunt_store_of(h->options), HUNT_WRITE, &h->store, e->err);
        if (!r)
            r = hunt_keep_result(h->store, h->options, hunt_pool_identity(h->pool), d, d->report, e->err);
        /* a server that went away is waited for; what another program does at the same time is tried again */
        if (!r || waited >= HUNT_AWAY_SECONDS || stop_signal() || (r != -ENOTCONN && r != -EBUSY && waited >= 5))
            return r;
        if (r == -ENOTCONN)
            h->store = hunt_store_close(h->store);
        (void)sleep(1);
        r = 0;
    }
}

static int count(struct hunt *h, bool now, struct error *err)
{
    const uint64_t began = clock_ns(CLOCK_REALTIME);
    if (!now && began - h->counted_ns < COUNTS_NS + COUNTS_SHARE * h->count_took_ns)
        return 0;
    int r = hunt_store_counts(h->store, hunt_pool_identity(h->pool), &h->counts, err);
    h->counted_ns = clock_ns(CLOCK_REALTIME);
    h->count_took_ns = h->counted_ns - began;
    return r;
}

/* Whether anything is left: an image that is to be tried later counts. */
static bool is_done(struct hunt *h)
{
    return !h->walker && !hunt_pool_busy(h->pool) && !h->window.n && h->counts.judged + h->counts.failed == h->counts.images;
}

static int run(struct hunt *h, struct error *err)
{
    int r = 0;
    while (!r && !stop_signal()) {
        struct ending ending = {h, err};
        if (!h->store)
            r = hunt_store_open(hunt_store_of(h->options), HUNT_WRITE, &h->store, err);
        (void)hunt_walker_ended(&h->walker, &h->walker_code);
        if (!r)
            r = hand_out(h, err);
        const bool is_idle = !hunt_pool_busy(h->pool);
        if (!r)
            r = hunt_pool_wait(h->pool, STEP_MS, on_done, &ending, err);
        if (!r && h->store)
            r = count(h, is_idle && !h->walker, err);
        const struct hunt_job *job = hunt_pool_at(h->pool, 0);
        if (!r)
            hunt_progress_show(&h->progress, &h->counts, h->walker != 0, job ? hunt_short_name(job->repository) : STR_NULL);
        if (r == -ENOTCONN && hunt_store_is_server(hunt_store_of(h->options))) {
            h->store = hunt_store_close(h->store);
            (void)sleep(1);
            r = 0;
            continue;
        }
        if (!r && is_idle && is_done(h))
            break;
    }
    return r;
}

int hunt_alone(const struct hunt_options *o)
{
    struct error err = ERROR_NULL;
    struct hunt h = {.options = o};
    int r = hunt_store_open(hunt_store_of(o), HUNT_WRITE, &h.store, &err);
    if (!r)
        r = hunt_pool_new(o, &h.pool, &err);
    if (!r && o->retry)
        r = hunt_store_retry(h.store, hunt_pool_identity(h.pool), clock_ns(CLOCK_REALTIME), &err);
    if (!r) {
        h.walker = !hunt_walks(o) ? 0 : hunt_walker_start(o, hunt_pool_identity(h.pool));
        r = h.walker < 0 ? error_errno(&err, -errno, "cannot start the process that lists images") : 0;
    }
    if (!r) {
        hunt_progress_start(&h.progress, !o->quiet);
        r = run(&h, &err);
        hunt_progress_end(&h.progress);
    }
    hunt_walker_stop(&h.walker);
    hunt_pool_free(h.pool);
    hunt_store_close(h.store);
    window_clear(&h);
    vec_done(&h.window);
    arena_done(&h.window_arena);
    map_done(&h.read);
    arena_done(&h.read_arena);
    if (stop_signal())
        cmd_error(HUNT, "stopped; the same command goes on where it is");
    else if (r < 0)
        cmd_error(HUNT, "%s", err.text);
    return r < 0 || stop_signal() ? EXIT_CANNOT : h.walker_code;
}
