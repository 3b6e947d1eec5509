// SPDX-License-Identifier: Apache-2.0
/* The workers as a whole: made, asked for a target, given back. */
#include <errno.h>
#include <sched.h>

#include "base/alloc.h"
#include "base/stop.h"
#include "event/facts_codec.h"
#include "worker/links.h"
#include "worker/private.h"

static unsigned processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
    return n < 1 ? 1 : (unsigned)n;
}

int workers_new(const struct worker_options *options, struct workers **ret, struct error *err)
{
    struct workers *ws = xnew(struct workers);
    ws->options = *options;
    if (!ws->options.stall_seconds)
        ws->options.stall_seconds = WORKER_STALL_SECONDS;
    unsigned jobs = options->jobs ? options->jobs : processors();
    ws->n_helpers = jobs > WORKERS_MAX ? WORKERS_MAX - 1 : jobs - 1;
    child_init(&ws->walker);
    child_init(&ws->server);
    for (size_t i = 0; i < WORKERS_MAX; i++)
        child_init(&ws->helpers[i]);
    facts_init(&ws->facts);
    int r = options->in_process ? 0 : child_try_walls(err);
    for (size_t i = 0; !r && !options->in_process && i < ws->n_helpers; i++)
        if (!(ws->queues[i] = queue_new()))
            r = error_set(err, -ENOMEM, "no shared memory for workers");
    if (r < 0) {
        workers_free(ws);
        return r;
    }
    *ret = ws;
    return 0;
}

struct workers *workers_free(struct workers *ws)
{
    if (!ws)
        return NULL;
    child_done(&ws->walker);
    child_done(&ws->server);
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        child_done(&ws->helpers[i]);
        (void)queue_free(ws->queues[i]);
    }
    facts_done(&ws->facts);
    free(ws);
    return NULL;
}

uint64_t workers_cpu_ns(const struct workers *ws)
{
    uint64_t ns = child_cpu_ns(&ws->walker) + child_cpu_ns(&ws->server);
    for (size_t i = 0; i < ws->n_helpers; i++)
        ns += child_cpu_ns(&ws->helpers[i]);
    return ns;
}

static void on_phase(void *ctx, enum walk_phase phase)
{
    (void)ctx;
    (void)phase;
}

static enum walk_verdict on_item(void *ctx, uint64_t item, const char **ret_problem)
{
    (void)ctx;
    (void)item;
    (void)ret_problem;
    return WALK_DO;
}

static unsigned on_abandon(void *ctx, uint64_t item, const char **ret_why)
{
    (void)ctx;
    (void)item;
    (void)ret_why;
    return 0;
}

/* The walk in this process: what it tells goes to the sink by way of the links. */
struct here {
    const struct worker_sink *sink;
    struct links links;
    struct strbuf encoded;
    int fd;
};

static void here_opened(void *ctx, const struct worker_opened *o)
{
    struct here *h = ctx;
    links_opened(&h->links, o->kind, h->fd);
    h->sink->opened(h->sink->ctx, o);
}

static int here_event(void *ctx, struct facts *facts)
{
    struct here *h = ctx;
    if (stop_signal())
        return -EINTR;
    if (h->links.is_wanted) {
        strbuf_clear(&h->encoded);
        facts_encode(facts, &h->encoded);
        links_see(&h->links, facts, strbuf_str(&h->encoded));
    }
    int r;
    do
        r = h->sink->event(h->sink->ctx, facts);
    while (!r && links_next(&h->links, facts));
    return r;
}

static void here_unread(void *ctx, struct str what, struct str why)
{
    struct here *h = ctx;
    h->sink->unread(h->sink->ctx, what, why);
}

static void here_layer(void *ctx, const struct worker_layer *l)
{
    struct here *h = ctx;
    h->sink->layer(h->sink->ctx, l);
}

static void here_progress(void *ctx, const struct worker_progress *p)
{
    struct here *h = ctx;
    if (h->sink->progress)
        h->sink->progress(h->sink->ctx, p);
}

static int walk_here(const struct walk_options *options, const struct worker_sink *sink, struct worker_counts *counts,
                     struct error *err)
{
    struct here here = {.sink = sink, .fd = options->fd};
    struct outlet out = {
        .ctx = &here,
        .phase = on_phase,
        .item = on_item,
        .abandon = on_abandon,
        .opened = here_opened,
        .event = here_event,
        .unread = here_unread,
        .layer = here_layer,
        .progress = here_progress,
    };
    struct walk_options walk = *options;
    walk.out = &out;
    int r = walk_target(&walk, counts, err);
    links_tell_lost(&here.links, sink->unread, sink->ctx);
    links_done(&here.links);
    strbuf_done(&here.encoded);
    return r;
}

static char *absolute(const char *target)
{
    _cleanup_free_ char *cwd = *target == '/' ? NULL : getcwd(NULL, 0);
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_printf(&b, "%s%s%s", cwd ? cwd : "", cwd ? "/" : "", target);
    return xstrdup(b.p);
}

int workers_target(struct workers *ws, const struct worker_job *job, const struct worker_sink *sink,
                   struct worker_counts *counts, struct error *err)
{
    const char *name;
    *counts = (struct worker_counts){};
    int fd = image_open_target(job->target, &name, err);
    if (fd < 0)
        return 1;
    _cleanup_free_ char *path = absolute(job->target);
    struct walk_options walk = {.worker = &ws->options, .job = job, .fd = fd, .path = path, .name = name};
    if (ws->options.in_process)
        return walk_here(&walk, sink, counts, err);
    walk.sink = sink;
    int r = run_target(ws, job, &walk, sink, err);
    if (ws->walker.desk)
        *counts = ws->walker.desk->counts;
    (void)close(fd);
    return r;
}
