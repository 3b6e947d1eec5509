// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/text.h"
#include "sink/live_fold.h"
#include "sink/live_held.h"
#include "sink/live_private.h"

enum { ROOM_FOR_ONE = 64 << 10 }; /* what an alert takes at most, as a rule */

struct live_sink {
    struct live_options options;
    enum live_place place;
    bool is_local; /* syslog of this machine */
    struct outlet *outlet;
    struct strbuf text, message, status;
    struct live_held held;
    struct summary *summary; /* NULL: alerts go out as they come */
    struct live_fold *fold; /* NULL: every alert is shown */
    uint64_t now_ms; /* of the last tick */
    char *name;
};

static const char SYSLOG[] = "syslog:";

enum live_place live_place_of(const char *where)
{
    struct str w = str_from(where);
    if (!w.n || str_is(w, "-"))
        return LIVE_STDOUT;
    if (str_starts(w, str_from(SYSLOG)))
        return LIVE_SYSLOG;
    if (str_starts(w, STR("https://")) || str_starts(w, STR("http://")))
        return LIVE_WEBHOOK;
    return LIVE_FILE;
}

static int open_place(struct live_sink *s, struct error *err)
{
    const struct live_options *o = &s->options;
    if ((s->place == LIVE_SYSLOG || s->place == LIVE_WEBHOOK) && !o->format->type)
        return error_set(err, -EINVAL, "the format %s is for people; %s takes falco or json", o->format->name, o->where);
    switch (s->place) {
    case LIVE_STDOUT:
        s->outlet = outlet_to_fd(STDOUT_FILENO, o->bytes);
        return 0;
    case LIVE_PIPE:
        s->outlet = outlet_to_fd(o->fd, o->bytes);
        return 0;
    case LIVE_FILE:
        return outlet_to_file(o->where, o->bytes, o->format->page, &s->outlet, err);
    case LIVE_SYSLOG:
        s->is_local = !o->where[strlen(SYSLOG)] || o->where[strlen(SYSLOG)] == '/';
        return outlet_to_syslog(o->where + strlen(SYSLOG), o->bytes, &s->outlet, err);
    default:
        return outlet_to_webhook(&(struct webhook_options){.url = o->where, .type = o->format->type, .ca = o->ca,
                                                           .headers = o->headers, .bytes = o->bytes},
                                 &s->outlet, err);
    }
}

static void give_back(struct live_sink *s)
{
    strbuf_done(&s->text);
    strbuf_done(&s->message);
    strbuf_done(&s->status);
    live_held_done(&s->held);
    summary_free(s->summary);
    live_fold_free(s->fold);
    free(s->name);
    free(s);
}

int live_sink_open(const struct live_options *options, struct live_sink **ret, struct error *err)
{
    struct live_sink *s = xnew(struct live_sink);
    struct strbuf name = {};
    s->options = *options;
    s->place = options->fd ? LIVE_PIPE : live_place_of(options->where);
    if (options->format == &LIVE_TEXT && options->look.dated && !options->look.verbose)
        s->fold = live_fold_new();
    s->options.look.is_terminal &= s->place == LIVE_STDOUT;
    int r = open_place(s, err);
    if (r < 0) {
        give_back(s);
        return r;
    }
    if (options->format->page)
        s->summary = summary_new();
    strbuf_printf(&name, "%s to %s", options->format->name, s->place == LIVE_STDOUT ? "standard output" : options->where);
    s->name = name.p;
    s->options.where = s->options.ca = s->options.headers = NULL; /* borrowed only until here */
    *ret = s;
    return 0;
}

/* The line at the bottom goes before something else is written, and comes again behind it. */
static const char CLEAR_LINE[] = "\r\033[K";

static bool put_text(struct live_sink *s, struct str text)
{
    if (!s->options.look.is_terminal)
        return outlet_put(s->outlet, text);
    strbuf_clear(&s->message);
    strbuf_adds(&s->message, CLEAR_LINE);
    strbuf_add(&s->message, text);
    strbuf_add(&s->message, strbuf_str(&s->status));
    return outlet_put(s->outlet, strbuf_str(&s->message));
}

static void tell_folded(struct live_sink *s, uint64_t now_ms)
{
    struct alert a;
    while (s->fold && live_fold_next(s->fold, now_ms, &a)) {
        strbuf_clear(&s->text);
        LIVE_TEXT.add(&s->text, &a, &s->options.look);
        (void)put_text(s, strbuf_str(&s->text));
    }
}

void live_sink_tick(struct live_sink *s, uint64_t now_ms)
{
    s->now_ms = now_ms;
    if (!s->held.n)
        tell_folded(s, now_ms);
    for (struct strbuf *text; (text = live_held_next(&s->held, now_ms)); live_held_drop(&s->held))
        (void)put_text(s, strbuf_str(text));
}

void live_sink_case(struct live_sink *s, const struct live_case *c)
{
    if (s->summary)
        summary_case(s->summary, c->id);
    live_held_case(&s->held, c, &s->options.look);
    live_sink_tick(s, s->now_ms);
}

static void hold(struct live_sink *s, const struct alert *a)
{
    struct live_seam seam;
    strbuf_clear(&s->text);
    live_text_add(&s->text, a, &s->options.look, &seam);
    live_held_add(&s->held, &s->text, &seam, a, s->now_ms + s->options.case_ms);
    live_sink_tick(s, s->now_ms);
}

void live_sink_about(struct live_sink *s, const struct summary_about *about)
{
    if (s->summary)
        summary_about(s->summary, about);
}

bool live_sink_put(struct live_sink *s, const struct alert *a)
{
    if (s->summary) {
        summary_add(s->summary, a);
        return true;
    }
    if (s->fold && live_fold_take(s->fold, a, s->now_ms))
        return true;
    if (s->options.case_ms && s->options.format == &LIVE_TEXT) {
        hold(s, a);
        return true;
    }
    strbuf_clear(&s->text);
    strbuf_clear(&s->message);
    s->options.format->add(&s->text, a, &s->options.look);
    if (s->place == LIVE_SYSLOG) {
        live_add_syslog(&s->message, a, str_trim(strbuf_str(&s->text)), s->is_local);
        return outlet_put(s->outlet, strbuf_str(&s->message));
    }
    return put_text(s, strbuf_str(&s->text));
}

void live_sink_status(struct live_sink *s, const struct live_status *status)
{
    if (!s->options.look.is_terminal)
        return;
    struct outlet_stats stats;
    strbuf_clear(&s->status);
    if (status)
        live_status_add(&s->status, status, &s->options.look);
    strbuf_clear(&s->message);
    strbuf_adds(&s->message, CLEAR_LINE);
    strbuf_add(&s->message, strbuf_str(&s->status));
    outlet_stats(s->outlet, &stats);
    if (!stats.queued || !status) /* a terminal that is stopped needs no lines of a past moment */
        (void)outlet_put(s->outlet, strbuf_str(&s->message));
}

bool live_sink_wait(struct live_sink *s, unsigned timeout_ms)
{
    return outlet_wait(s->outlet, ROOM_FOR_ONE, timeout_ms);
}

void live_sink_reopen(struct live_sink *s)
{
    outlet_reopen(s->outlet);
}

void live_sink_stats(struct live_sink *s, struct outlet_stats *ret)
{
    outlet_stats(s->outlet, ret);
}

const char *live_sink_name(const struct live_sink *s)
{
    return s->name;
}

enum { STEP_MS = 100 }; /* between two questions whether to go on */

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

/* In pieces, as a place takes them; one that takes nothing for so long is given up, unless who waits goes on. */
static void put_summary(struct live_sink *s, unsigned timeout_ms, bool (*goes_on)(void *ctx), void *ctx)
{
    strbuf_clear(&s->text);
    s->options.format->page(s->summary, &s->options.look, &s->text);
    struct str rest = strbuf_str(&s->text);
    s->summary = summary_free(s->summary);
    while (rest.n) {
        if (!live_sink_wait(s, timeout_ms)) {
            if (!goes_on(ctx))
                return;
            continue;
        }
        const size_t n = rest.n < ROOM_FOR_ONE / 2 ? rest.n : ROOM_FOR_ONE / 2;
        (void)outlet_put(s->outlet, str_sub(rest, 0, n));
        rest = str_sub(rest, n, rest.n);
    }
}

static void drain(struct live_sink *s, bool (*goes_on)(void *ctx), void *ctx)
{
    while (!outlet_drain(s->outlet, STEP_MS) && goes_on(ctx))
        ;
}

void live_sink_finish(struct live_sink *s, bool (*goes_on)(void *ctx), void *ctx)
{
    drain(s, goes_on, ctx); /* so that there is room for what was held back */
    live_sink_tick(s, UINT64_MAX);
    if (s->summary)
        put_summary(s, STEP_MS, goes_on, ctx);
    tell_folded(s, UINT64_MAX);
    drain(s, goes_on, ctx);
}

uint64_t live_sink_close(struct live_sink *s, unsigned timeout_ms)
{
    return live_sink_end(s, timeout_ms, &(struct error){});
}

uint64_t live_sink_end(struct live_sink *s, unsigned timeout_ms, struct error *ret_last)
{
    *ret_last = (struct error){};
    if (!s)
        return 0;
    live_sink_tick(s, UINT64_MAX);
    if (s->summary)
        put_summary(s, timeout_ms, never, NULL);
    tell_folded(s, UINT64_MAX);
    uint64_t lost = outlet_end(s->outlet, timeout_ms, ret_last);
    give_back(s);
    return lost;
}
