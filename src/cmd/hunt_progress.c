// SPDX-License-Identifier: Apache-2.0
/* How far a hunt is: one line on a terminal, a line a minute elsewhere, both on standard error. */
#include "base/intl.h"
#include "base/text.h"
#include "cmd/hunt.h"

enum { FIRST_NS = 500'000'000, EVERY_NS = 200'000'000 };
static const uint64_t LINE_NS = 60'000'000'000;

void hunt_progress_start(struct hunt_progress *p, bool is_wanted)
{
    *p = (struct hunt_progress){.is_on = is_wanted, .is_terminal = isatty(STDERR_FILENO) == 1, .started_ns = hunt_now()};
    p->last_line_ns = p->started_ns;
}

static void add_duration(struct strbuf *b, uint64_t s)
{
    if (s >= 3600)
        strbuf_printf(b, "%llu:%02llu:%02llu", (unsigned long long)s / 3600, (unsigned long long)s / 60 % 60, (unsigned long long)s % 60);
    else
        strbuf_printf(b, "%llu:%02llu", (unsigned long long)s / 60, (unsigned long long)s % 60);
}

/* By images and by bytes, whichever is later: layers that were seen cost nothing, and small images cost more than their bytes. */
static uint64_t seconds_left(const struct hunt_progress *p, const struct hunt_counts *c, uint64_t now)
{
    const double seconds = (double)(now - p->started_ns) / 1e9;
    const uint64_t done = c->judged + c->failed - p->first.judged - p->first.failed, bytes = c->bytes_done - p->first.bytes_done;
    if (!done || seconds < 1)
        return 0;
    const double images = (double)(c->images - c->judged - c->failed) * seconds / (double)done;
    const double by_bytes = bytes ? (double)(c->bytes - c->bytes_done) * seconds / (double)bytes : 0;
    return (uint64_t)((images > by_bytes ? images : by_bytes) + 0.5);
}

static void add_line(struct strbuf *b, const struct hunt_progress *p, const struct hunt_counts *c, bool is_walking, uint64_t now)
{
    struct strbuf done = {}, all = {}, bytes = {}, all_bytes = {}, findings = {};
    text_add_count(&done, c->judged + c->failed);
    text_add_count(&all, c->images);
    text_add_size(&bytes, c->bytes_done);
    text_add_size(&all_bytes, c->bytes);
    text_add_count(&findings, c->findings);
    /* TRANSLATORS: "120 of 312 images, 1.2 GB of 4.0 GB, 41 findings" */
    strbuf_printf(b, _("%s of %s images, %s of %s, %s findings"), done.p, all.p, bytes.p, all_bytes.p, findings.p);
    if (c->failed + c->lost)
        strbuf_printf(b, _(", %llu failed"), (unsigned long long)(c->failed + c->lost));
    const uint64_t left = seconds_left(p, c, now);
    if (is_walking)
        strbuf_adds(b, _(", still walking"));
    else if (left) {
        strbuf_adds(b, _(", ETA "));
        add_duration(b, left);
    }
    strbuf_done(&done);
    strbuf_done(&all);
    strbuf_done(&bytes);
    strbuf_done(&all_bytes);
    strbuf_done(&findings);
}

void hunt_progress_show(struct hunt_progress *p, const struct hunt_counts *c, bool is_walking, struct str what)
{
    const uint64_t now = hunt_now();
    if (!p->has_first) {
        p->first = *c;
        p->has_first = true;
    }
    const uint64_t every = p->is_terminal ? EVERY_NS : LINE_NS, last = p->is_terminal ? p->last_ns : p->last_line_ns;
    if (!p->is_on || now - p->started_ns < FIRST_NS || now - last < every)
        return;
    p->last_ns = p->last_line_ns = now;
    struct strbuf b = {};
    add_line(&b, p, c, is_walking, now);
    if (p->is_terminal) {
        const size_t width = text_width(strbuf_str(&b)), columns = cmd_columns(STDERR_FILENO);
        if (what.n && width + 12 < columns) {
            strbuf_adds(&b, "  ");
            text_add_fit(&b, what, columns - width - 3, cmd_utf8());
        }
        (void)fprintf(stderr, "\r\033[K%.*s", STR_ARG(strbuf_str(&b)));
        (void)fflush(stderr);
        p->is_drawn = true;
    } else {
        cmd_error(HUNT, "%s", b.p);
    }
    strbuf_done(&b);
}

void hunt_progress_end(struct hunt_progress *p)
{
    if (p->is_drawn)
        (void)fputs("\r\033[K", stderr);
    p->is_drawn = false;
}
