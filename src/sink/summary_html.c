// SPDX-License-Identifier: Apache-2.0
/* What a look at the past found, as one page of HTML: how grave, when, and of each rule who, how often and what it was last. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/intl.h"
#include "base/text.h"
#include "sink/html.h"
#include "sink/summary_private.h"

enum {
    WIDTH = 1000,
    LEFT = 96,       /* of it for the names of severities */
    LANE = 34,       /* high, of each severity */
    BAR_MIN = 4,     /* of one finding */
    BAR_WIDTH_MAX = 24,
    FOOT = 20,
    MACHINES_MAX = 40, /* shown of one */
};

static int write_memory(void *ctx, const void *bytes, size_t n)
{
    strbuf_add(ctx, str_n(bytes, n));
    return 0;
}

/* A number within a text, which is translated. */
static void _printf_(3, 0) _printf_(4, 0) put_counted(struct writer *w, uint64_t n, const char *one, const char *many)
{
    struct strbuf b = {};
    text_add_counted(&b, n, one, many);
    html_text(w, strbuf_str(&b));
    strbuf_done(&b);
}

static void put_minute(struct writer *w, uint64_t ns)
{
    struct strbuf b = {};
    text_add_time(&b, ns, 0);
    writer_printf(w, "%.10s %.5s", b.p, b.p + 11);
    strbuf_done(&b);
}

/* ---- how grave ---- */

static const char *nothing_says(const struct summary_about *about)
{
    return about->is_unread  ? N_("Nothing could be read, so nothing was judged.")
           : about->is_empty ? N_("There was no record to judge.")
           : about->is_part  ? N_("It was stopped; nothing was found until then.")
                             : N_("Nothing was found in what was looked at.");
}

static void put_gravest(struct writer *w, const struct summary *s, struct summary_group *const *v, size_t n, const uint64_t counts[SEVERITY__N])
{
    const bool is_clean = !n && !s->about.is_unread && !s->about.is_empty && !s->about.is_part;
    _cleanup_(strbuf_done) struct strbuf says = {};
    uint64_t total = 0;
    for (int i = 0; i < SEVERITY__N; i++)
        total += counts[i];
    writer_printf(w, "<div class=\"verdict %s\"><div><div class=\"word\">", n ? html_tone(severity_of(v[0]->priority)) : is_clean ? "t-ok" : "t-medium");
    html_text(w, str_from(n ? html_severity(severity_of(v[0]->priority)) : is_clean ? _("nothing found") : _("not known")));
    writer_puts(w, "</div>\n<p>");
    if (n) {
        text_add_counted(&says, total, "%s finding", "%s findings");
        strbuf_adds(&says, " · ");
        text_add_counted(&says, n, "%s rule", "%s rules");
    } else {
        strbuf_adds(&says, _(nothing_says(&s->about)));
    }
    html_text(w, strbuf_str(&says));
    writer_puts(w, "</p>\n</div></div>\n");
}

/* ---- when ---- */

static void put_lane(struct writer *w, const struct spread *s, int severity, size_t first, size_t last, size_t y)
{
    const double step = (double)(WIDTH - LEFT) / (double)(last - first + 1);
    const long wide = html_px(step < 3 ? 2 : step - 1 < BAR_WIDTH_MAX ? step - 1 : BAR_WIDTH_MAX);
    uint64_t most = 0;
    for (size_t i = first; i <= last; i++)
        most = s->n[i][severity] > most ? s->n[i][severity] : most;
    if (!most)
        return;
    writer_printf(w, "<g class=\"%s\"><text x=\"0\" y=\"%zu\">", html_tone((enum severity)severity), y + LANE - 4);
    html_text(w, str_from(html_severity((enum severity)severity)));
    writer_printf(w, "</text><line x1=\"%d\" x2=\"%d\" y1=\"%zu\" y2=\"%zu\"/>", LEFT, WIDTH, y + LANE, y + LANE);
    for (size_t i = first; i <= last; i++) {
        const uint64_t n = s->n[i][severity];
        if (!n)
            continue;
        const long high = html_px(BAR_MIN + (LANE - 6 - BAR_MIN) * ((double)n / (double)most));
        writer_puts(w, "<g><title>");
        put_minute(w, s->from_ns + i * s->width_ns);
        writer_puts(w, " UTC: ");
        html_count(w, n);
        writer_printf(w, "</title><rect class=\"fill\" x=\"%ld\" y=\"%ld\" width=\"%ld\" height=\"%ld\"/></g>",
                      html_px(LEFT + step * (double)(i - first)), (long)(y + LANE) - high, wide, high);
    }
    writer_puts(w, "</g>\n");
}

static void put_spread(struct writer *w, const struct spread *s, const uint64_t counts[SEVERITY__N])
{
    size_t first, last, lanes = 0, at = 0;
    if (!spread_used(s, &first, &last))
        return;
    for (int i = 0; i < SEVERITY__N; i++)
        lanes += counts[i] > 0;
    writer_printf(w, "<h3>%s</h3>\n<div class=\"card\"><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">"
                     "<svg class=\"lanes\" viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"%s\">\n",
                  _("When it happened"), _("When it happened"), WIDTH, lanes * LANE + FOOT, _("When it happened"));
    for (int i = 0; i < SEVERITY__N; i++)
        if (counts[i])
            put_lane(w, s, i, first, last, at++ * LANE);
    writer_printf(w, "<text class=\"sub\" x=\"%d\" y=\"%zu\">", LEFT, lanes * LANE + FOOT - 4);
    put_minute(w, s->from_ns + first * s->width_ns);
    writer_puts(w, " UTC</text>");
    if (last > first) {
        writer_printf(w, "<text class=\"sub\" text-anchor=\"end\" x=\"%d\" y=\"%zu\">", WIDTH, lanes * LANE + FOOT - 4);
        put_minute(w, s->from_ns + last * s->width_ns);
        writer_puts(w, " UTC</text>");
    }
    writer_puts(w, "</svg></div></div>\n");
}

/* ---- what one rule found ---- */

static void put_machines(struct writer *w, const struct summary_who *who)
{
    const size_t n = who->machines.n, shown = n < MACHINES_MAX ? n : MACHINES_MAX;
    if (n < 2)
        return;
    writer_puts(w, "<p class=\"small soft\">");
    put_counted(w, n + who->more_machines, "%s machine:", "%s machines:");
    for (size_t i = 0; i < shown; i++) {
        writer_puts(w, i ? ", <code>" : " <code>");
        html_text(w, who->machines.v[i].key);
        writer_puts(w, "</code>");
    }
    if (n + who->more_machines > shown) {
        writer_puts(w, ", ");
        writer_printf(w, _("and %llu more that this page does not show"), (unsigned long long)(n - shown + who->more_machines));
    }
    writer_puts(w, "</p>\n");
}

static void put_who(struct writer *w, const struct summary_who *who)
{
    writer_puts(w, "<li><div class=\"place\">");
    if (who->name.n) {
        writer_puts(w, "<code>");
        html_text(w, who->name);
        writer_puts(w, "</code>");
    }
    if (who->n > 1) {
        writer_puts(w, "<span class=\"times\">×");
        html_count(w, who->n);
        writer_puts(w, "</span>");
    }
    writer_puts(w, "<span class=\"soft small\">");
    html_time(w, who->first_ns);
    if (who->last_ns / CLOCK_SECOND != who->first_ns / CLOCK_SECOND) {
        writer_puts(w, " → ");
        html_time(w, who->last_ns);
    }
    writer_puts(w, "</span></div>\n");
    if (who->output.n) {
        writer_puts(w, "<p class=\"output\">");
        html_text(w, strbuf_str(&who->output));
        writer_puts(w, "</p>\n");
    }
    put_machines(w, who);
    writer_puts(w, "</li>\n");
}

static void put_group(struct writer *w, const struct summary_group *g, bool is_context)
{
    const size_t shown = g->who.n < HTML_PLACES_MAX ? g->who.n : HTML_PLACES_MAX;
    const size_t open = is_context ? 0 : shown < HTML_PLACES_OPEN + 2 ? shown : HTML_PLACES_OPEN;
    writer_printf(w, "<article class=\"card finding %s%s\">\n", html_tone(severity_of(g->priority)), is_context ? " quiet" : "");
    html_rule_head(w, g->priority, g->name, g->n);
    html_why(w, g->desc);
    html_next(w, g->next);
    writer_puts(w, "<ul class=\"chips\">");
    html_references(w, g->techniques, g->n_techniques, g->rows, g->n_rows, g->name);
    writer_puts(w, "</ul>\n");
    if (open) {
        writer_puts(w, "<ul class=\"places\">\n");
        for (size_t i = 0; i < open; i++)
            put_who(w, &g->who.v[i]);
        writer_puts(w, "</ul>\n");
    }
    if (shown > open) {
        writer_puts(w, "<details><summary>");
        if (open)
            put_counted(w, shown - open, "%s more", "%s more");
        else
            html_count(w, shown);
        writer_puts(w, "</summary>\n<ul class=\"places\">\n");
        for (size_t i = open; i < shown; i++)
            put_who(w, &g->who.v[i]);
        writer_puts(w, "</ul></details>\n");
    }
    if (g->who.n > shown || g->more) {
        writer_puts(w, "<p class=\"sum\">");
        writer_printf(w, _("and %llu more that this page does not show"), (unsigned long long)(g->who.n - shown + g->more));
        writer_puts(w, "</p>\n");
    }
    writer_puts(w, "</article>\n");
}

/* ---- the page ---- */

static void put_cases(struct writer *w, const struct summary *s)
{
    if (!s->cases.n)
        return;
    writer_printf(w, "<h3>%s</h3>\n<div class=\"card\"><ul class=\"plain\">", _("Cases"));
    for (size_t i = 0; i < s->cases.n && i < HTML_PLACES_MAX; i++)
        writer_printf(w, "<li><code>davy case show %lld</code></li>", (long long)s->cases.v[i]);
    writer_puts(w, "</ul>");
    if (s->cases.n > HTML_PLACES_MAX)
        writer_printf(w, _("and %llu more that this page does not show"), (unsigned long long)(s->cases.n - HTML_PLACES_MAX));
    writer_puts(w, "</div>\n");
}

static void put_foot(struct writer *w, const struct summary_about *about)
{
    writer_printf(w, "<div class=\"foot\"><table><caption class=\"hide\">%s</caption>", _("What was read"));
    for (size_t i = 0; i < ARRAY_SIZE(about->foot); i++) {
        if (!about->foot[i].text.n)
            continue;
        writer_puts(w, "<tr><th scope=\"row\">");
        html_text(w, str_from(about->foot[i].label));
        writer_puts(w, "</th><td>");
        html_text_all(w, about->foot[i].text);
        writer_puts(w, "</td></tr>\n");
    }
    writer_puts(w, "</table></div>\n");
}

void summary_html(struct summary *s, const struct live_look *look, struct strbuf *b)
{
    struct sink *sink = writer_open(&(struct sink_options){.output = {.write = write_memory, .ctx = b}});
    struct writer *w = writer_of(sink);
    size_t n, context;
    _cleanup_free_ struct summary_group **v = summary_sorted(s, &n, &context);
    uint64_t counts[SEVERITY__N];
    bool has[SEVERITY__N];
    (void)look;
    summary_count(v, n, counts);
    for (int i = 0; i < SEVERITY__N; i++)
        has[i] = counts[i];
    html_begin(w, STR_NULL);
    html_text(w, s->about.title);
    html_top(w, _("Davy report"));
    html_text(w, s->about.right);
    html_main(w);
    writer_puts(w, "<div class=\"target\"><h2>");
    html_text(w, s->about.title);
    writer_puts(w, "</h2>\n");
    put_gravest(w, s, v, context, counts);
    if (context) {
        writer_printf(w, "<h3>%s</h3>\n<div class=\"card\">\n", _("Findings by severity"));
        html_severity_bar(w, counts);
        html_severity_counts(w, counts);
        writer_puts(w, "</ul>\n</div>\n");
    }
    put_spread(w, &s->spread, counts);
    if (context)
        writer_printf(w, "<h3>%s</h3>\n", _("Findings"));
    html_filter(w, has);
    for (size_t i = 0; i < n; i++) {
        if (i == context)
            writer_printf(w, "<h3>%s</h3>\n", _("Context: counts only beside others"));
        put_group(w, v[i], i >= context);
    }
    put_cases(w, s);
    writer_puts(w, "</div>\n");
    put_foot(w, &s->about);
    writer_puts(w, "</main>\n</body>\n</html>\n");
    (void)writer_end(w, NULL);
    writer_close(sink);
}
