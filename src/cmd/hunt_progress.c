// SPDX-License-Identifier: Apache-2.0
/* How far a hunt is: one line on a terminal, a line a minute elsewhere, both on standard error. */
#include "base/clock.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/hunt.h"
#include "cmd/progress.h"

enum { FIRST_NS = 500'000'000, EVERY_NS = 200'000'000 };
static const uint64_t LINE_NS = 60'000'000'000;

void hunt_progress_start(struct hunt_progress *p, bool is_wanted)
{
    *p = (struct hunt_progress){.is_on = is_wanted, .is_terminal = isatty(STDERR_FILENO) == 1, .started_ns = clock_ns(CLOCK_REALTIME)};
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

/* How far it is: a bar on a terminal, once there is a whole to compare with. */
static void add_line(struct strbuf *b, const struct hunt_progress *p, const struct hunt_counts *c, bool is_walking, uint64_t now)
{
    const uint64_t done = c->judged + c->failed, left = seconds_left(p, c, now);
    struct strbuf all = {}, some = {};
    text_add_count(&some, done);
    text_add_count(&all, c->images);
    if (!c->images && !is_walking) {
        strbuf_adds(b, _("nothing to look at"));
    } else if (!c->images) {
        strbuf_adds(b, _("asking what there is"));
    } else if (is_walking) {
        /* TRANSLATORS: "120 of 312 images, and more are being listed" */
        strbuf_printf(b, _("%s of %s images, and more are being listed"), some.p, all.p);
    } else {
        const double share = (double)done / (double)c->images;
        if (p->is_terminal)
            progress_add_bar(b, share, cmd_utf8());
        strbuf_printf(b, "%3.0f %%  ", share * 100);
        /* TRANSLATORS: "120 of 312 images" */
        strbuf_printf(b, _("%s of %s images"), some.p, all.p);
    }
    if (c->findings)
        HUNT_ADD_COUNT(b, intl_plural(", %s finding", ", %s findings", c->findings), c->findings);
    if (c->failed + c->lost)
        HUNT_ADD_COUNT(b, _(", %s failed"), c->failed + c->lost);
    if (!is_walking && left) {
        strbuf_adds(b, _(", ETA "));
        add_duration(b, left);
    }
    strbuf_done(&all);
    strbuf_done(&some);
}

struct str hunt_short_name(struct str repository)
{
    const ptrdiff_t slash = str_find(repository, STR("/"), 0);
    return slash < 0 ? repository : str_sub(repository, (size_t)slash + 1, repository.n);
}

void hunt_progress_show(struct hunt_progress *p, const struct hunt_counts *c, bool is_walking, struct str what)
{
    const uint64_t now = clock_ns(CLOCK_REALTIME);
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
