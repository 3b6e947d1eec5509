// SPDX-License-Identifier: Apache-2.0
/* What a target did in jails (davy detonate): for each run a timeline as a picture, and all of it as a table. */
#include "base/intl.h"
#include "base/text.h"
#include "sink/html.h"
#include "sink/order.h"

enum { WIDTH = 1000, ROW = 26, TIME_RIGHT = 62, LINE_LEFT = 76, LINE_RIGHT = 300, WORD_LEFT = 316, TEXT_LEFT = 386, TEXT_COLUMNS = 84 };

static const struct finding *finding_of(const struct report_target *t, const struct report_moment *m)
{
    return m->finding && t->findings && m->finding <= findings_count(t->findings) ? findings_get(t->findings, m->finding - 1) : NULL;
}

static const char *tone_of(const struct report_target *t, const struct report_moment *m)
{
    const struct finding *f = finding_of(t, m);
    return f && f->kind != FINDING_CONTEXT ? html_tone(severity_of(f->rule->priority)) : "t-info";
}

static uint64_t since_start(const struct report_run *run, const struct report_moment *m)
{
    return m->time_ns > run->started_ns ? m->time_ns - run->started_ns : 0;
}

static void put_text(struct writer *w, const struct report_target *t, const struct report_moment *m, size_t columns)
{
    const struct finding *f = finding_of(t, m);
    struct strbuf safe = {}, fit = {};
    text_add_safe(&safe, f ? intl_rule(f->rule->name) : intl_str(m->text));
    text_add_fit(&fit, strbuf_str(&safe), columns, true);
    html_text_all(w, strbuf_str(&fit));
    strbuf_done(&safe);
    strbuf_done(&fit);
    if (m->count > 1)
        writer_printf(w, " ×%llu", (unsigned long long)m->count);
}

static void put_at(struct writer *w, uint64_t ns)
{
    writer_printf(w, "%.1f s", (double)ns / 1e9);
}

/* Which moments a picture has room for: those in which something was found, then the first ones. */
static bool is_drawn(const struct report_run *run, size_t i, size_t *room)
{
    if (run->moments.n <= HTML_MOMENTS_DRAWN || run->moments.v[i].finding || !i || i + 1 == run->moments.n)
        return true;
    return *room && (*room)--;
}

static void draw(struct writer *w, const struct report_target *t, const struct report_run *run)
{
    size_t found = 0, rows = 0, y = 16;
    for (size_t i = 0; i < run->moments.n; i++)
        found += run->moments.v[i].finding != 0;
    const size_t left = found + 2 < HTML_MOMENTS_DRAWN ? HTML_MOMENTS_DRAWN - found - 2 : 0;
    size_t room = left;
    for (size_t i = 0; i < run->moments.n; i++)
        rows += is_drawn(run, i, &room);
    room = left;
    const double span = run->wall_ns ? (double)run->wall_ns : 1;
    writer_printf(w, "<div class=\"scroll\"><svg class=\"timeline run\" viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"%s\">", WIDTH, rows * ROW + 6, _("Timeline"));
    for (size_t i = 0; i < run->moments.n; i++) {
        const struct report_moment *m = &run->moments.v[i];
        if (!is_drawn(run, i, &room))
            continue;
        const double at = (double)since_start(run, m) / span;
        writer_printf(w, "<g class=\"%s\"><text class=\"sub\" text-anchor=\"end\" x=\"%d\" y=\"%zu\">", tone_of(t, m), TIME_RIGHT, y + 4);
        put_at(w, since_start(run, m));
        writer_printf(w, "</text><line x1=\"%d\" x2=\"%d\" y1=\"%zu\" y2=\"%zu\"/><circle cx=\"%ld\" cy=\"%zu\" r=\"%d\"/><text class=\"sub\" x=\"%d\" y=\"%zu\">",
                      LINE_LEFT, LINE_RIGHT, y, y, html_px(LINE_LEFT + (LINE_RIGHT - LINE_LEFT) * (at < 1 ? at : 1)), y, m->finding ? 6 : 4, WORD_LEFT, y + 4);
        html_text(w, str_from(word_of_moment(m->what)));
        writer_printf(w, "</text><text x=\"%d\" y=\"%zu\">", TEXT_LEFT, y + 4);
        put_text(w, t, m, TEXT_COLUMNS);
        writer_puts(w, "</text></g>");
        y += ROW;
    }
    writer_puts(w, "</svg></div>\n");
}

static void put_table(struct writer *w, const struct report_target *t, const struct report_run *run)
{
    writer_printf(w, "<details><summary>%s: ", _("Every moment"));
    html_count(w, run->moments.n);
    writer_printf(w, "</summary>\n<table class=\"small\"><caption>%s</caption><thead><tr><th scope=\"col\" class=\"n\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead><tbody>\n",
                  _("What it did, in order"), _("After"), _("What"), _("Of what"));
    for (size_t i = 0; i < run->moments.n; i++) {
        const struct report_moment *m = &run->moments.v[i];
        writer_puts(w, "<tr><td class=\"n\">");
        put_at(w, since_start(run, m));
        writer_puts(w, "</td><td>");
        html_text(w, str_from(word_of_moment(m->what)));
        writer_puts(w, "</td><td class=\"wide\">");
        put_text(w, t, m, HTML_TEXT_MAX);
        writer_puts(w, "</td></tr>\n");
    }
    writer_puts(w, "</tbody></table>\n");
    if (run->moments_left_out) {
        writer_puts(w, "<p class=\"sum\">");
        writer_printf(w, _("and %llu more"), (unsigned long long)run->moments_left_out);
        writer_puts(w, "</p>\n");
    }
    writer_puts(w, "</details>\n");
}

static void put_time(struct writer *w, uint64_t ns, const char *what)
{
    writer_puts(w, "<li>");
    html_seconds(w, ns);
    writer_printf(w, " %s</li>", what);
}

static void put_number(struct writer *w, uint64_t n, const char *what)
{
    writer_puts(w, "<li>");
    html_count(w, n);
    writer_printf(w, " %s</li>", what);
}

static void put_run_facts(struct writer *w, const struct report_run *run)
{
    writer_puts(w, "<ul class=\"facts\">");
    put_time(w, run->wall_ns, _("in the jail"));
    if (run->fast)
        put_time(w, run->wall_ns + run->ahead_ns, _("by its own clocks"));
    put_time(w, run->cpu_ns, _("of processor time"));
    put_number(w, run->exchanges, intl_plural("exchange with the pretend internet", "exchanges with the pretend internet", run->exchanges));
    put_number(w, run->dropped, intl_plural("file made or changed", "files made or changed", run->dropped));
    writer_puts(w, "<li>");
    html_text(w, intl_str(run->ended));
    writer_puts(w, "</li></ul>\n");
}

static void put_lines(struct writer *w, struct str text)
{
    struct str line;
    text = str_trim(text);
    while (str_split(&text, '\n', &line)) {
        html_text_all(w, line);
        writer_puts(w, text.n ? "\n" : "");
    }
}

void html_runs(struct writer *w, const struct report_target *t)
{
    if (t->runs.n)
        writer_printf(w, "<h3>%s</h3>\n", _("What it did in the jail"));
    for (size_t i = 0; i < t->runs.n; i++) {
        const struct report_run *run = t->runs.v[i];
        writer_puts(w, "<div class=\"card\"><code>");
        html_text(w, run->command);
        writer_puts(w, "</code>\n");
        put_run_facts(w, run);
        if (run->moments.n) {
            draw(w, t, run);
            put_table(w, t, run);
        }
        if (run->output.n) {
            writer_printf(w, "<details open><summary>%s</summary><pre>", _("What it said"));
            put_lines(w, run->output);
            writer_puts(w, "</pre></details>\n");
        }
        writer_puts(w, "</div>\n");
    }
}
