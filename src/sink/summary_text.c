// SPDX-License-Identifier: Apache-2.0
/*
 *  MEDIUM     Passwords guessed from one address ×12                     row 26   T1110.001
 *             173.234.31.186   ×3   2025-12-10 06:55:46 → 07:28:03
 *             10 failed within 29 s from 173.234.31.186, last as uucp on LabSZ
 *             and 3 more (--verbose lists them)
 *    why      …
 *    next     …
 */
#include <time.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/text.h"
#include "sink/summary_private.h"
#include "sink/text_private.h"

enum {
    WHO_SHOWN = 3,
    OUTPUT_LINES = 2,
    CASES_SHOWN = 8,
    MACHINES_SHOWN = 6,
};

static struct str moment(struct page *p, uint64_t time_ns, bool with_day)
{
    const time_t seconds = (time_t)(time_ns / 1'000'000'000);
    struct tm t = {};
    char text[40];
    (void)localtime_r(&seconds, &t);
    (void)strftime(text, sizeof(text), with_day ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &t);
    return page_format(p, "%s", text);
}

static struct str period(struct page *p, uint64_t first_ns, uint64_t last_ns)
{
    enum { DAY = 10 };
    const struct str from = moment(p, first_ns, true), to = moment(p, last_ns, true);
    if (str_eq(from, to))
        return from;
    const bool same_day = str_eq(str_sub(from, 0, DAY), str_sub(to, 0, DAY));
    return page_format(p, "%s %s %s", from.p, page_mark(p, MARK_ARROW), same_day ? moment(p, last_ns, false).p : to.p);
}

static const char *times(struct page *p, uint64_t n)
{
    return n > 1 ? page_format(p, " %s%s", page_mark(p, MARK_TIMES), text_number(p, n)).p : "";
}

static void put_title(struct page *p, const struct summary_group *g)
{
    const struct str right = text_references(p, &(struct text_sources){g->rows, g->techniques, g->n_rows, g->n_techniques}, "   ");
    page_puts(p, " ");
    page_severity(p, g->priority);
    page_to(p, TEXT_INDENT);
    page_words(p, TEXT_INDENT, page_format(p, "%s%s", page_safe(p, intl_rule(g->name)).p, times(p, g->n)));
    const size_t width = text_width(right);
    if (right.n && p->column + TEXT_GAP + width <= p->width)
        page_to(p, p->width - (unsigned)width);
    else if (right.n) {
        page_end_line(p);
        page_to(p, TEXT_INDENT);
    }
    page_put(p, right);
    page_end_line(p);
}

static void put_who(struct page *p, const struct summary_who *w, bool verbose)
{
    page_to(p, TEXT_INDENT);
    if (w->name.n)
        page_words(p, TEXT_INDENT, page_format(p, "%s%s", page_safe(p, w->name).p, times(p, w->n)));
    page_piece(p, TEXT_INDENT, w->name.n ? TEXT_GAP : 0, period(p, w->first_ns, w->last_ns));
    page_end_line(p);
    if (w->output.n) {
        page_to(p, TEXT_INDENT + 2);
        page_words_most(p, TEXT_INDENT + 2, page_safe(p, strbuf_str(&w->output)), verbose ? UINT32_MAX : OUTPUT_LINES);
        page_end_line(p);
    }
}

/* Of one who did the same to several: which, so that nobody reads as many findings. */
static void put_machines(struct page *p, const struct summary_who *w, bool verbose)
{
    const size_t n = w->machines.n, shown = verbose || n < MACHINES_SHOWN ? n : MACHINES_SHOWN;
    if (n < 2)
        return;
    page_to(p, TEXT_INDENT + 2);
    page_words(p, TEXT_INDENT + 2, page_format(p, _("%s machines:"), text_number(p, n + w->more_machines)));
    for (size_t i = 0; i < shown; i++)
        page_piece(p, TEXT_INDENT + 2, 1, page_format(p, "%s%s", page_safe(p, w->machines.v[i].key).p, i + 1 < n + w->more_machines ? "," : ""));
    if (n + w->more_machines > shown)
        page_piece(p, TEXT_INDENT + 2, 1, page_format(p, verbose ? _("and %s more, counted and not kept") : _("and %s more (--verbose lists them)"),
                                                      text_number(p, n - shown + w->more_machines)));
    page_end_line(p);
}

static void put_group(struct page *p, const struct summary_group *g, bool verbose)
{
    const size_t shown = verbose || g->who.n <= WHO_SHOWN ? g->who.n : WHO_SHOWN;
    put_title(p, g);
    for (size_t i = 0; i < shown; i++) {
        put_who(p, &g->who.v[i], verbose);
        put_machines(p, &g->who.v[i], verbose);
    }
    if (g->who.n > shown || g->more) {
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT, page_format(p, verbose ? _("and %s more, counted and not kept") : _("and %s more (--verbose lists them)"),
                                               text_number(p, g->who.n - shown + g->more)));
        page_end_line(p);
    }
    text_sentence(p, _("why"), intl_rule(g->desc));
    text_sentence(p, _("next"), intl_rule(g->next));
    page_end_line(p);
}

static void put_context(struct page *p, struct summary_group *const *v, size_t n)
{
    _cleanup_(strbuf_done) struct strbuf names = {};
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += v[i]->n;
        strbuf_printf(&names, "%s%s%s", i ? _(", ") : "", page_safe(p, intl_rule(v[i]->name)).p, times(p, v[i]->n));
    }
    text_label(p, 1, _("context"));
    page_words(p, TEXT_INDENT,
               page_format(p, intl_plural("%s sign that counts only beside others (--verbose lists them): %s",
                                          "%s signs that count only beside others (--verbose lists them): %s", total),
                           text_number(p, total), names.p));
    page_end_line(p);
    page_end_line(p);
}

static void put_head(struct page *p, const struct summary *s)
{
    if (!s->about.title.n)
        return;
    const struct str right = page_safe(p, s->about.right);
    const size_t width = text_width(right);
    page_puts(p, " ");
    page_words(p, 1, page_safe(p, s->about.title));
    if (width && p->column + TEXT_GAP + width <= p->width) {
        page_to(p, p->width - (unsigned)width);
        page_put(p, right);
    }
    page_end_line(p);
    page_end_line(p);
}

static void put_counts(struct page *p, struct summary_group *const *v, size_t n, const struct summary_about *about)
{
    uint64_t counts[SEVERITY__N];
    bool any = false;
    summary_count(v, n, counts);
    page_puts(p, " ");
    for (int i = 0; i < SEVERITY_INFO; i++) {
        if (!counts[i])
            continue;
        page_puts(p, any ? page_format(p, "  %s  ", page_mark(p, MARK_DOT)).p : "");
        page_puts(p, page_format(p, "%s ", text_number(p, counts[i])).p);
        page_coloured(p, page_severity_sgr((enum severity)i), page_upper(p, severity_name((enum severity)i)));
        any = true;
    }
    if (!any && about->is_unread)
        page_puts(p, page_format(p, _("%s NOT READ   nothing was judged"), page_mark(p, MARK_CROSS)).p);
    else if (!any && about->is_empty)
        page_puts(p, page_format(p, _("%s EMPTY   there was no record to judge"), page_mark(p, MARK_DOT)).p);
    else if (!any && about->is_part)
        page_puts(p, page_format(p, _("%s STOPPED   nothing found until then"), page_mark(p, MARK_DOT)).p);
    else if (!any)
        page_puts(p, page_format(p, _("%s nothing found in what was looked at"), page_mark(p, MARK_CHECK)).p);
    page_end_line(p);
    page_end_line(p);
}

static void put_cases(struct page *p, const struct summary *s)
{
    _cleanup_(strbuf_done) struct strbuf ids = {};
    if (!s->cases.n)
        return;
    for (size_t i = 0; i < s->cases.n && i < CASES_SHOWN; i++)
        strbuf_printf(&ids, "%s%lld", i ? ", " : "", (long long)s->cases.v[i]);
    strbuf_adds(&ids, s->cases.n > CASES_SHOWN ? page_format(p, ", %s", page_mark(p, MARK_ELLIPSIS)).p : "");
    text_label(p, 1, _("cases"));
    page_words(p, TEXT_INDENT, page_format(p, "%s (davy case show %lld)", ids.p, (long long)s->cases.v[0]));
    page_end_line(p);
}

void summary_text(struct summary *s, const struct live_look *look, struct strbuf *b)
{
    struct page p = {.width = look->width, .colour = look->colour, .utf8 = look->utf8};
    size_t n, context;
    _cleanup_free_ struct summary_group **v = summary_sorted(s, &n, &context);
    put_head(&p, s);
    put_counts(&p, v, n, &s->about);
    for (size_t i = 0; i < (look->verbose ? n : context); i++)
        put_group(&p, v[i], look->verbose);
    if (context < n && !look->verbose)
        put_context(&p, v + context, n - context);
    for (size_t i = 0; i < ARRAY_SIZE(s->about.foot); i++) {
        if (!s->about.foot[i].text.n)
            continue;
        text_label(&p, 1, s->about.foot[i].label);
        page_words(&p, TEXT_INDENT, page_safe(&p, s->about.foot[i].text));
        page_end_line(&p);
    }
    put_cases(&p, s);
    strbuf_add(b, strbuf_str(&p.out));
    page_done(&p);
}
