// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <poll.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/intl.h"
#include "base/stop.h"
#include "cmd/hunt_detonate.h"
#include "cmd/hunt_pool.h"

enum { STARTS_MAX = 3, START_MS = 120'000 };

struct slot {
    struct hunt_scanner *scanner;
    unsigned starts; /* that brought nothing, one after the other */
    struct arena arena;
    bool is_busy, is_detonating;
    struct hunt_job job;
    uint64_t started_ns;
    struct str scan; /* its report, while the image is detonated */
    struct hunt_read read;
    struct hunt_detonation detonation;
};

struct hunt_pool {
    const struct hunt_options *options;
    struct arena arena;
    struct str scanner, identity; /* what scanners judge by; with whether images are detonated */
    struct slot slots[HUNT_JOBS_MAX];
    unsigned n;
};

struct str hunt_pool_identity(const struct hunt_pool *p)
{
    return p->identity;
}

unsigned hunt_pool_busy(const struct hunt_pool *p)
{
    unsigned n = 0;
    for (unsigned i = 0; i < p->n; i++)
        n += p->slots[i].is_busy;
    return n;
}

unsigned hunt_pool_idle(const struct hunt_pool *p)
{
    return p->n - hunt_pool_busy(p);
}

const struct hunt_job *hunt_pool_at(const struct hunt_pool *p, unsigned i)
{
    for (unsigned k = 0; k < p->n; k++)
        if (p->slots[k].is_busy && !i--)
            return &p->slots[k].job;
    return NULL;
}

static void slot_clear(struct slot *s)
{
    if (s->is_detonating)
        hunt_detonation_end(&s->detonation);
    hunt_read_done(&s->read);
    s->read = (struct hunt_read){};
    s->is_busy = s->is_detonating = false;
    arena_reset(&s->arena);
}

struct hunt_pool *hunt_pool_free(struct hunt_pool *p)
{
    if (!p)
        return NULL;
    for (unsigned i = 0; i < p->n; i++) {
        slot_clear(&p->slots[i]);
        p->slots[i].scanner = hunt_scanner_free(p->slots[i].scanner);
        arena_done(&p->slots[i].arena);
    }
    arena_done(&p->arena);
    free(p);
    return NULL;
}

static int start(struct hunt_pool *p, struct slot *s, struct error *err)
{
    s->scanner = hunt_scanner_free(s->scanner);
    if (s->starts++ >= STARTS_MAX)
        return error_set(err, -EPIPE, "davy scan cannot be started");
    return hunt_scanner_new(p->options, &s->scanner, err);
}

/* What is judged with a run in the jail is another judgement than without. */
static struct str identity_of(struct hunt_pool *p, struct str scanner)
{
    static const char *const WHICH[] = {"", "suspicious", "all"};
    uint8_t digest[SHA256_BYTES];
    if (p->options->detonate == DETONATE_NEVER)
        return arena_str(&p->arena, scanner);
    struct str text = arena_printf(&p->arena, p->options->fast > 1 ? "%.*s|detonate %s %u fast %u" : "%.*s|detonate %s %u", STR_ARG(scanner),
                                   WHICH[p->options->detonate], p->options->detonate_seconds, p->options->fast);
    sha256_once(text.p, text.n, digest);
    return hex_encode(&p->arena, digest, sizeof(digest));
}

/* What it judges by must be what the first one does: rules may have been changed on the disk meanwhile. */
static int check_identity(struct hunt_pool *p, struct slot *s, struct error *err)
{
    struct str identity = hunt_scanner_identity(s->scanner);
    if (!identity.n)
        return 0;
    s->starts = 0;
    if (!p->scanner.n) {
        p->scanner = arena_str(&p->arena, identity);
        p->identity = identity_of(p, identity);
    }
    return str_eq(identity, p->scanner) ? 0 : error_set(err, -ESTALE, "the rules have changed since the hunt began; start it again");
}

/* ---- what comes back ---- */

static int finish(struct slot *s, const struct hunt_done *d, hunt_done_fn done, void *ctx)
{
    int r = done(ctx, d);
    slot_clear(s);
    return r;
}

static int fail(struct slot *s, const char *why, hunt_done_fn done, void *ctx)
{
    return finish(s, &(struct hunt_done){.job = &s->job, .failure = str_from(why)}, done, ctx);
}

static int succeed(struct slot *s, struct str detonation, struct str why_not, hunt_done_fn done, void *ctx)
{
    return finish(s, &(struct hunt_done){.job = &s->job, .read = &s->read, .report = hunt_report_of(s->scan, detonation, why_not, &s->arena)}, done, ctx);
}

/* Tried again; at last what the look found counts without a run: an image of another architecture runs nowhere here. */
static int cannot_detonate(const struct hunt_pool *p, struct slot *s, struct str why, hunt_done_fn done, void *ctx)
{
    struct str text = arena_printf(&s->arena, _("it could not be detonated: %.*s"), STR_ARG(why));
    if (s->job.tries + 1 < p->options->tries)
        return fail(s, text.p, done, ctx);
    s->read.result.detonated = HUNT_COULD_NOT_DETONATE;
    return succeed(s, STR_NULL, text, done, ctx);
}

static int on_report(struct hunt_pool *p, struct slot *s, struct str line, hunt_done_fn done, void *ctx)
{
    struct error why = ERROR_NULL;
    if (!s->is_busy)
        return 0;
    int r = hunt_result_read(line, &s->arena, &s->read, &why);
    if (r < 0)
        return fail(s, why.text, done, ctx);
    if (s->read.failure.n)
        return fail(s, s->read.failure.p, done, ctx);
    if (!str_eq(s->read.digest, s->job.digest))
        return fail(s, _("the registry gave another image than the one that was asked for"), done, ctx);
    s->scan = arena_str(&s->arena, line);
    if (!hunt_wants_detonation(p->options, s->read.result.verdict))
        return succeed(s, STR_NULL, STR_NULL, done, ctx);
    if (hunt_detonation_begin(&s->detonation, p->options, s->job.pull, s->job.platform, &why) < 0)
        return cannot_detonate(p, s, str_from(why.text), done, ctx);
    s->is_detonating = true;
    return 0;
}

static int on_scanner(struct hunt_pool *p, struct slot *s, hunt_done_fn done, void *ctx, struct error *err)
{
    struct error why = ERROR_NULL;
    struct str line;
    int r = hunt_scanner_read(s->scanner, &line, &why);
    if (r > 0)
        return on_report(p, s, line, done, ctx);
    if (!r)
        return check_identity(p, s, err);
    r = s->is_busy && !s->is_detonating ? fail(s, why.text, done, ctx) : 0;
    return r < 0 ? r : start(p, s, err);
}

static int on_detonation(const struct hunt_pool *p, struct slot *s, hunt_done_fn done, void *ctx)
{
    struct error why = ERROR_NULL;
    struct hunt_read more = {};
    int r = hunt_detonation_read(&s->detonation, &why);
    if (!r)
        return 0;
    if (r > 0)
        r = hunt_result_read(strbuf_str(&s->detonation.text), &s->arena, &more, &why);
    if (r < 0 || more.failure.n)
        return cannot_detonate(p, s, r < 0 ? str_from(why.text) : more.failure, done, ctx);
    hunt_result_add(&s->read, &more, &s->arena);
    hunt_read_done(&more);
    return succeed(s, strbuf_str(&s->detonation.text), STR_NULL, done, ctx);
}

static int on_late(struct hunt_pool *p, struct slot *s, hunt_done_fn done, void *ctx, struct error *err)
{
    char text[128];
    (void)snprintf(text, sizeof(text), _("not done after %u seconds"), p->options->image_seconds);
    int r = fail(s, text, done, ctx);
    return r < 0 ? r : start(p, s, err);
}

/* ---- the pool ---- */

int hunt_pool_give(struct hunt_pool *p, const struct hunt_job *job)
{
    for (unsigned i = 0; i < p->n; i++) {
        struct slot *s = &p->slots[i];
        if (s->is_busy)
            continue;
        s->job = *job;
        s->job.digest = arena_str(&s->arena, job->digest);
        s->job.pull = arena_str(&s->arena, job->pull);
        s->job.platform = arena_str(&s->arena, job->platform);
        s->job.repository = arena_str(&s->arena, job->repository);
        s->is_busy = true;
        s->started_ns = clock_ns(CLOCK_REALTIME);
        /* should it be gone, reading says so */
        (void)hunt_scanner_give(s->scanner, s->job.pull, s->job.platform);
        return 0;
    }
    return -EBUSY;
}

int hunt_pool_wait(struct hunt_pool *p, int milliseconds, hunt_done_fn done, void *ctx, struct error *err)
{
    struct pollfd fds[HUNT_JOBS_MAX];
    int r = 0;
    for (unsigned i = 0; i < p->n; i++)
        fds[i] = (struct pollfd){.fd = p->slots[i].is_detonating ? p->slots[i].detonation.out : hunt_scanner_fd(p->slots[i].scanner), .events = POLLIN};
    if (poll(fds, p->n, milliseconds) < 0 && errno != EINTR)
        return error_errno(err, -errno, "poll");
    for (unsigned i = 0; !r && i < p->n; i++) {
        struct slot *s = &p->slots[i];
        if (fds[i].revents)
            r = s->is_detonating ? on_detonation(p, s, done, ctx) : on_scanner(p, s, done, ctx, err);
        if (!r && s->is_busy && clock_ns(CLOCK_REALTIME) - s->started_ns > p->options->image_seconds * 1'000'000'000ULL)
            r = on_late(p, s, done, ctx, err);
    }
    return r;
}

int hunt_pool_new(const struct hunt_options *o, struct hunt_pool **ret, struct error *err)
{
    struct hunt_pool *p = xnew(struct hunt_pool);
    int r = 0;
    p->options = o;
    for (; !r && p->n < o->jobs; p->n++)
        r = start(p, &p->slots[p->n], err);
    for (int waited = 0; !r && !p->identity.n; waited += 100) {
        r = stop_signal() ? error_set(err, -EINTR, "stopped") : hunt_pool_wait(p, 100, NULL, NULL, err);
        if (!r && waited > START_MS)
            r = error_set(err, -ETIMEDOUT, "davy scan cannot be started");
    }
    if (r < 0) {
        hunt_pool_free(p);
        return r;
    }
    *ret = p;
    return 0;
}
