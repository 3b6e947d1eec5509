// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "cmd/watch.h"

enum {
    CLOSE_MS = 5000,
    WAIT_MS = 100,
    CASE_MS = 700, /* the writer of cases commits every 200 ms; what it does not tell in time is shown without */
    CASE_PAST_MS = 5000, /* the same where nothing is new: a machine that is busy changes nothing of what is told */
};

static bool is_stdout(const struct watch_output *x)
{
    return live_place_of(x->where) == LIVE_STDOUT;
}

/* Text when nothing was chosen; --output; no two to one place. */
static int settle(struct watch_options *o)
{
    if (!o->outputs.n)
        vec_add(&o->outputs, (struct watch_output){.format = live_format_from(o->sums_up ? STR("summary") : STR("text"))});
    for (size_t i = 0; i < o->outputs.n && o->output; i++)
        if (!o->outputs.v[i].where) {
            o->outputs.v[i].where = o->output;
            o->output = NULL;
        }
    if (o->output) {
        cmd_error(o->program, "every --format has its place already; --output %s is of none", o->output);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < o->outputs.n; i++)
        for (size_t k = 0; k < i; k++) {
            const struct watch_output *a = &o->outputs.v[k], *b = &o->outputs.v[i];
            if (is_stdout(a) && is_stdout(b)) {
                cmd_error(o->program, "two formats, %s and %s, would go to standard output; name a place: --format %s=FILE",
                          a->format->name, b->format->name, b->format->name);
                return EXIT_USAGE;
            }
            if (!is_stdout(a) && !is_stdout(b) && live_place_of(a->where) == LIVE_FILE && !strcmp(a->where, b->where)) {
                cmd_error(o->program, "two formats, %s and %s, would go to %s", a->format->name, b->format->name, b->where);
                return EXIT_USAGE;
            }
        }
    return 0;
}

int watch_outputs_open(struct watch_options *o)
{
    int code = settle(o);
    for (size_t i = 0; !code && i < o->outputs.n; i++) {
        struct error err = ERROR_NULL;
        struct watch_output *x = &o->outputs.v[i];
        const bool is_terminal = is_stdout(x) && isatty(STDOUT_FILENO);
        int r = live_sink_open(
            &(struct live_options){
                .format = x->format,
                .where = x->where,
                .ca = o->ca,
                .headers = o->headers,
                .case_ms = !o->store || !*o->store ? 0 : o->is_past ? CASE_PAST_MS : CASE_MS,
                .look = {.width = cmd_columns(STDOUT_FILENO),
                         .colour = !strcmp(o->colour, "always") || (!strcmp(o->colour, "auto") && is_stdout(x) && cmd_colour(STDOUT_FILENO)),
                         .utf8 = cmd_utf8(),
                         .verbose = o->verbose,
                         .dated = o->is_past,
                         .is_terminal = is_terminal && !o->quiet && !x->format->type && x->format->add},
            },
            &x->sink, &err);
        if (r < 0) {
            cmd_error(o->program, "%s", err.text);
            code = r == -EINVAL ? EXIT_USAGE : EXIT_CANNOT;
        }
    }
    return code ? code : watch_store_begin(o);
}

void watch_outputs_put(struct watch *w, const struct alert *a)
{
    for (size_t i = 0; i < w->options->outputs.n; i++) {
        struct watch_output *x = &w->options->outputs.v[i];
        /* a replay can wait, but not for a place that is gone, nor beyond the word to stop */
        while (w->is_replay && !w->is_broken && !watch_is_stopping() && !live_sink_wait(x->sink, WAIT_MS))
            watch_outputs_tell(w);
        (void)live_sink_put(x->sink, a);
    }
}

static void case_told(void *ctx, const struct live_case *c)
{
    const struct watch_options *o = ctx;
    for (size_t i = 0; i < o->outputs.n; i++)
        if (o->outputs.v[i].sink)
            live_sink_case(o->outputs.v[i].sink, c);
}

void watch_outputs_tick(struct watch *w)
{
    watch_store_hear(w->options, case_told, (void *)w->options);
    for (size_t i = 0; i < w->options->outputs.n; i++)
        live_sink_tick(w->options->outputs.v[i].sink, clock_ns(CLOCK_MONOTONIC) / 1'000'000);
}

void watch_outputs_about(struct watch_options *o, const struct summary_about *about)
{
    for (size_t i = 0; i < o->outputs.n; i++)
        if (o->outputs.v[i].sink)
            live_sink_about(o->outputs.v[i].sink, about);
}

void watch_outputs_status(struct watch *w, const struct live_status *status)
{
    for (size_t i = 0; i < w->options->outputs.n; i++)
        live_sink_status(w->options->outputs.v[i].sink, status);
}

void watch_outputs_reopen(struct watch *w)
{
    for (size_t i = 0; i < w->options->outputs.n; i++)
        live_sink_reopen(w->options->outputs.v[i].sink);
}

static void say_lost(const char *program, const char *name, uint64_t lost, const struct error *why)
{
    char said[32];
    (void)snprintf(said, sizeof(said), "%llu", (unsigned long long)lost);
    if (why->code)
        cmd_error(program, intl_plural("%s: %s message lost: %s", "%s: %s messages lost: %s", lost), name, said, why->text);
    else
        cmd_error(program, intl_plural("%s: %s message lost", "%s: %s messages lost", lost), name, said);
}

void watch_outputs_tell(struct watch *w)
{
    for (size_t i = 0; i < w->options->outputs.n; i++) {
        struct watch_output *x = &w->options->outputs.v[i];
        struct outlet_stats s;
        live_sink_stats(x->sink, &s);
        if (is_stdout(x) && (s.last.code == -EPIPE || s.last.code == -EBADF)) {
            w->is_broken = true;
            x->told = s.lost; /* who closes the pipe knows */
        }
        if (s.lost > x->told && watch_can_say()) {
            say_lost(w->options->program, live_sink_name(x->sink), s.lost - x->told, &s.last);
            x->told = s.lost;
        }
    }
}

/* A pager is left open, and a pipe is read by who does other things first; one who is gone is not waited for. */
static bool is_waited_for(void *ctx)
{
    const struct watch_output *x = ctx;
    struct outlet_stats s;
    live_sink_stats(x->sink, &s);
    return !watch_is_stopping() && s.last.code != -EPIPE && s.last.code != -EBADF;
}

/* A disk that is full: the numbers may have been told while it was. A pipe that was closed, and servers, are no reason to fail. */
static bool is_short(const struct watch_output *x, uint64_t lost, const struct error *why)
{
    const enum live_place place = live_place_of(x->where);
    return lost && why->code != -EPIPE && why->code != -EBADF && (place == LIVE_STDOUT || place == LIVE_FILE);
}

/* True when something is missing in what it wrote. */
static bool close_one(const struct watch_options *o, struct watch_output *x, bool is_patient)
{
    struct error why;
    if (!x->sink)
        return false;
    if (is_patient)
        live_sink_finish(x->sink, is_waited_for, x);
    _cleanup_free_ char *name = xstrdup(live_sink_name(x->sink));
    const uint64_t lost = live_sink_end(x->sink, CLOSE_MS, &why);
    if (lost > x->told && !(is_stdout(x) && why.code == -EPIPE) && watch_can_say())
        say_lost(o->program, name, lost - x->told, &why);
    x->sink = NULL;
    return is_short(x, lost, &why);
}

/* The writer of cases first, which is the last of them: what it tells at its end is still shown. */
int watch_outputs_close(struct watch_options *o, bool is_patient)
{
    bool lacks = false;
    if (o->store_lines > 0) {
        (void)close_one(o, &o->outputs.v[o->outputs.n - 1], is_patient);
        watch_store_end(o, case_told, o);
    }
    for (size_t i = 0; i < o->outputs.n; i++)
        lacks |= close_one(o, &o->outputs.v[i], is_patient);
    return lacks ? EXIT_CANNOT : EXIT_NOTHING;
}
