// SPDX-License-Identifier: Apache-2.0

#include "base/clock.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/progress.h"

enum {
    FIRST_NS = 500'000'000, /* work that is done sooner shows no bar */
    EVERY_NS = 100'000'000,
    BAR_COLUMNS = 20,
};

uint64_t progress_now(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

void progress_start(struct progress *p, bool wanted)
{
    *p = (struct progress){
        .on = wanted && isatty(STDERR_FILENO),
        .utf8 = cmd_utf8(),
        .columns = cmd_columns(STDERR_FILENO),
        .started_ns = progress_now(),
    };
}

void progress_series(struct progress *p, size_t at, size_t of)
{
    p->at = of > 1 ? at : 0;
    p->of = of > 1 ? of : 0;
}

void progress_start_next(struct progress *p, bool wanted)
{
    const struct progress before = *p;
    progress_start(p, wanted);
    p->at = before.at;
    p->of = before.of;
    if (!p->of || !before.started_ns)
        return;
    p->started_ns = before.started_ns;
    p->last_ns = before.last_ns;
    p->drawn = before.drawn;
}

void progress_series_end(struct progress *p)
{
    p->of = 0;
    progress_end(p);
}

/* Which work it is, and what is done. */
static void add_begin(const struct progress *p, struct strbuf *b, const char *verb)
{
    if (p->of)
        strbuf_printf(b, " %zu/%zu", p->at, p->of);
    strbuf_printf(b, " %s ", verb);
}

void progress_add_bar(struct strbuf *b, double share, bool utf8)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned filled = (unsigned)(share * BAR_COLUMNS * 8), columns = filled / 8;
    for (unsigned i = 0; i < columns; i++)
        strbuf_adds(b, utf8 ? "█" : "#");
    if (utf8 && filled % 8) {
        strbuf_adds(b, eighths[filled % 8]);
        columns++;
    }
    strbuf_pad(b, ' ', BAR_COLUMNS - columns);
}

static bool is_due(struct progress *p, uint64_t now)
{
    return p->on && now - p->started_ns >= FIRST_NS && now - p->last_ns >= EVERY_NS;
}

static void show(struct progress *p, struct strbuf *b, const char *what)
{
    size_t width = text_width(strbuf_str(b));
    if (what && width + 12 < p->columns) {
        strbuf_adds(b, "  ");
        text_add_fit(b, str_from(what), p->columns - width - 3, p->utf8);
    }
    (void)fprintf(stderr, "\r\033[K%.*s", STR_ARG(strbuf_str(b)));
    (void)fflush(stderr);
    p->drawn = true;
}

void progress_time(struct progress *p, const char *verb, uint64_t passed_ns, uint64_t total_ns, const char *what)
{
    const uint64_t now = progress_now();
    if (!is_due(p, now))
        return;
    p->last_ns = now;
    struct strbuf b = {};
    const double share = passed_ns < total_ns ? (double)passed_ns / (double)total_ns : 1;
    const uint64_t left = passed_ns < total_ns ? (total_ns - passed_ns + 999'999'999) / 1'000'000'000 : 0;
    add_begin(p, &b, verb);
    progress_add_bar(&b, share, p->utf8);
    /* TRANSLATORS: minutes and seconds that are left at most */
    strbuf_printf(&b, _(" %llu:%02llu left"), (unsigned long long)left / 60, (unsigned long long)left % 60);
    show(p, &b, what);
    strbuf_done(&b);
}

void progress_at(struct progress *p, const char *verb, uint64_t done, uint64_t total, uint64_t items, const char *what)
{
    uint64_t now = progress_now();
    if (!is_due(p, now))
        return;
    double seconds = p->last_ns ? (double)(now - p->last_ns) / 1e9 : (double)(now - p->started_ns) / 1e9;
    double rate = done > p->last_bytes ? (double)(done - p->last_bytes) / seconds : 0;
    p->rate = p->last_ns ? p->rate * 0.8 + rate * 0.2 : rate;
    p->last_ns = now;
    p->last_bytes = done;

    struct strbuf b = {}, first = {}, second = {};
    add_begin(p, &b, verb);
    if (total) {
        double share = done < total ? (double)done / (double)total : 1;
        progress_add_bar(&b, share, p->utf8);
        strbuf_printf(&b, " %3.0f %% ", share * 100);
        text_add_size(&first, done);
        text_add_size(&second, total);
        /* TRANSLATORS: "152 MB of 214 MB" */
        strbuf_printf(&b, _("%s of %s"), first.p, second.p);
    } else {
        text_add_count(&first, items);
        text_add_size(&second, done);
        strbuf_printf(&b, _("%s looked at, %s"), first.p, second.p);
    }
    strbuf_adds(&b, "  ");
    text_add_size(&b, (uint64_t)p->rate);
    strbuf_adds(&b, "/s");
    if (total && p->rate > 1 && done < total) {
        uint64_t left = (uint64_t)((double)(total - done) / p->rate);
        strbuf_printf(&b, _("  ETA %llu:%02llu"), (unsigned long long)left / 60, (unsigned long long)left % 60);
    }
    show(p, &b, what);
    strbuf_done(&b);
    strbuf_done(&first);
    strbuf_done(&second);
}

void progress_end(struct progress *p)
{
    if (p->drawn && !p->of) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        p->drawn = false;
    }
}
