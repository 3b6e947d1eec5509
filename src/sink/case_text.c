// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include "base/intl.h"
#include "base/text.h"
#include "sink/case.h"
#include "sink/page.h"
#include "sink/words.h"

enum { COLUMN_TIME = 3, COLUMN_WHAT = 14, COLUMN_RULE = 24, COLUMN_TEXT = 11, GAP = 3, TIMELINE_MAX = 200, MESSAGE_LINES = 2, RUN_SHOWN = 3 };

static const char *const TONES[VERDICT__N] = {
    [VERDICT_CLEAN] = "32",      [VERDICT_AUTHORISED] = "32", [VERDICT_EXPOSED] = "33",
    [VERDICT_SUSPICIOUS] = "33", [VERDICT_UNWANTED] = "31",   [VERDICT_MALICIOUS] = "1;31",
};

const char *case_verdict_word(enum verdict_word word)
{
    static const char *const WORDS[VERDICT__N] = {
        [VERDICT_CLEAN] = N_("CLEAN"),           [VERDICT_AUTHORISED] = N_("AUTHORISED"), [VERDICT_EXPOSED] = N_("EXPOSED"),
        [VERDICT_SUSPICIOUS] = N_("SUSPICIOUS"), [VERDICT_UNWANTED] = N_("UNWANTED"),     [VERDICT_MALICIOUS] = N_("MALICIOUS"),
    };
    return _(WORDS[word]);
}

const char *case_strength(unsigned strength)
{
    static const char *const STRENGTHS[] = {"", N_("weak"), N_("fair"), N_("strong")};
    return _(STRENGTHS[strength]);
}

void case_add_line(struct strbuf *b, const struct alert_ties *t, size_t most, const char *arrow)
{
    for (size_t i = 0; i < t->n_line && i < most; i++) {
        if (i)
            strbuf_printf(b, " %s ", arrow);
        strbuf_add(b, t->line[i].name.n ? t->line[i].name : STR("?"));
        strbuf_printf(b, "(%lld)", (long long)t->line[i].pid);
    }
}

enum stamp { CLOCK, MINUTE, SECOND };
static struct str stamp(struct page *p, uint64_t ns, enum stamp form)
{
    char text[40];
    const time_t s = (time_t)(ns / 1'000'000'000U);
    struct tm tm;
    if (!localtime_r(&s, &tm) || !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
        return STR("?");
    if (form == MINUTE)
        text[strlen(text) - 3] = 0;
    if (form == CLOCK)
        return page_format(p, "%s", text + strlen(text) - 8);
    return page_format(p, "%s", text);
}

static void put_purposes(struct page *p, const struct verdict *v, unsigned indent)
{
    struct strbuf b = {};
    for (size_t i = 0; i < v->n_purposes; i++) {
        strbuf_adds(&b, i ? " + " : "");
        strbuf_add(&b, intl_str(v->purposes[i]));
    }
    if (b.n)
        page_piece(p, indent, GAP, page_safe(p, strbuf_str(&b)));
    strbuf_done(&b);
}

static struct str place_of(struct page *p, const struct case_view *v)
{
    struct str host = page_safe(p, v->host), place = page_safe(p, v->place);
    if (place.n && host.n)
        return page_format(p, _("%s on host %s"), place.p, host.p);
    return place.n ? place : host.n ? host : STR("?");
}

static void put_axis(struct page *p, const char *name, const struct axis *a)
{
    struct strbuf b = {};
    strbuf_printf(&b, "%s ", name);
    for (unsigned i = 0; i < STRENGTH_STRONG; i++)
        strbuf_adds(&b, page_mark(p, i < a->strength ? MARK_FULL : MARK_EMPTY));
    page_piece(p, COLUMN_TIME, GAP, page_format(p, "%s", b.p));
    strbuf_done(&b);
}

static void put_verdict(struct page *p, const struct case_view *v)
{
    const struct verdict *d = &v->story.verdict;
    const char *mark = page_mark(p, d->word == VERDICT_MALICIOUS || d->word == VERDICT_UNWANTED ? MARK_CROSS : MARK_DOT);
    page_puts(p, " ");
    page_coloured(p, TONES[d->word], page_format(p, "%s %s", mark, case_verdict_word(d->word)));
    put_axis(p, _("against the owner's intent"), &d->intent);
    put_axis(p, _("not acceptable"), &d->harm);
    page_end_line(p);
}

static void put_head(struct page *p, const struct case_view *v)
{
    page_puts(p, " ");
    page_put(p, page_format(p, _("Case %lld"), (long long)v->id));
    page_piece(p, COLUMN_TIME, GAP, str_from(v->is_open ? _("OPEN") : _("CLOSED")));
    put_purposes(p, &v->story.verdict, COLUMN_TIME);
    page_piece(p, COLUMN_TIME, GAP, place_of(p, v));
    page_piece(p, COLUMN_TIME, GAP,
               page_format(p, "%s %s %s", stamp(p, v->first_ns, SECOND).p, page_mark(p, MARK_ARROW),
                           stamp(p, v->last_ns, v->last_ns - v->first_ns < 43'200'000'000'000U ? CLOCK : SECOND).p));
    page_end_line(p);
    if (v->follows) {
        page_to(p, COLUMN_TIME);
        page_words(p, COLUMN_TIME, page_format(p, _("goes on from case %lld, which was closed"), (long long)v->follows));
        page_end_line(p);
    }
    if (!v->is_open) {
        page_to(p, COLUMN_TIME);
        page_words(p, COLUMN_TIME, page_format(p, _("closed %s: %s"), stamp(p, v->closed_ns, MINUTE).p, page_safe(p, v->reason).p));
        page_end_line(p);
    }
}

void case_translate(struct case_finding *f, struct str output, const struct output_field *fields, size_t n, struct arena *a)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const struct words w = {output, f->message, fields, n};
    if (words_fit(&w) && words_translated(&b, &w).p == b.p && b.n)
        f->said = arena_str(a, strbuf_str(&b));
}

struct str case_said(const struct case_finding *f)
{
    const struct str missing = STR("=<NA>");
    struct str message = f->message;
    if (f->said.n)
        return f->said;
    while (str_ends(message, missing)) {
        size_t n = message.n - missing.n;
        while (n && message.p[n - 1] != ' ')
            n--;
        if (!n)
            break;
        message = str_sub(message, 0, n - 1);
    }
    return message;
}

static void put_title(struct page *p, const char *title)
{
    page_end_line(p);
    page_puts(p, " ");
    page_words(p, 1, str_from(title));
    page_end_line(p);
}

static void put_ways(struct page *p, const struct case_view *v)
{
    put_title(p, _("The way in (best candidate first)"));
    for (size_t i = 0; i < v->story.n_ways; i++) {
        const struct case_way *w = &v->story.ways[i];
        struct strbuf line = {};
        bool is_told = false;
        page_to(p, COLUMN_TIME);
        page_put(p, page_format(p, "%zu  ", i + 1));
        if (w->kind == CASE_WAY_ORIGIN) {
            case_add_line(&line, &w->finding->ties, ALERT_LINE_MAX, p->utf8 ? "←" : "<-");
            page_words(p, COLUMN_TIME + 3, page_format(p, _("where the first threat came from: %s"), page_safe(p, strbuf_str(&line)).p));
        } else {
            page_words(p, COLUMN_TIME + 3,
                       page_format(p, _("%s at %s"), page_safe(p, intl_rule(w->finding->rule)).p, stamp(p, w->finding->time_ns, CLOCK).p));
            is_told = w->finding->message.n;
        }
        page_piece(p, COLUMN_TIME + 3, GAP, str_from(case_strength(w->strength)));
        page_end_line(p);
        if (is_told) {
            page_to(p, COLUMN_TIME + 3);
            page_words_most(p, COLUMN_TIME + 3, page_safe(p, case_said(w->finding)), 1);
            page_end_line(p);
        }
        strbuf_done(&line);
    }
    if (!v->story.n_ways) {
        page_to(p, COLUMN_TIME);
        page_words(p, COLUMN_TIME, str_from(_("nothing that was found shows it; look at logins and exposed services before the first finding")));
        page_end_line(p);
    }
}

static void put_finding(struct page *p, const struct case_finding *f)
{
    struct strbuf line = {};
    page_to(p, COLUMN_TIME);
    page_put(p, stamp(p, f->time_ns, CLOCK));
    page_to(p, COLUMN_WHAT);
    page_severity(p, f->priority);
    page_puts(p, "  ");
    page_to(p, COLUMN_RULE);
    page_words(p, COLUMN_RULE, page_safe(p, intl_rule(f->rule)));
    if (f->count > 1)
        page_piece(p, COLUMN_WHAT, GAP, page_format(p, _("%s%llu until %s"), page_mark(p, MARK_TIMES), (unsigned long long)f->count,
                                                    stamp(p, f->last_ns, CLOCK).p));
    if (f->withheld)
        page_piece(p, COLUMN_WHAT, GAP, page_format(p, _("%llu more beyond the rule's rate"), (unsigned long long)f->withheld));
    case_add_line(&line, &f->ties, 3, p->utf8 ? "←" : "<-");
    if (line.n)
        page_piece(p, COLUMN_WHAT, GAP, page_safe(p, strbuf_str(&line)));
    page_end_line(p);
    if (f->message.n) {
        page_to(p, COLUMN_WHAT);
        page_words_most(p, COLUMN_WHAT, page_safe(p, case_said(f)), MESSAGE_LINES);
        page_end_line(p);
    }
    strbuf_done(&line);
}

/* How many findings of one rule follow each other from the i-th on. */
static size_t run_of(const struct case_view *v, size_t i)
{
    size_t n = 1;
    while (i + n < v->n_findings && str_eq(v->findings[i + n].rule, v->findings[i].rule) && v->findings[i + n].priority == v->findings[i].priority)
        n++;
    return n;
}

/* The same again and again: the first ones tell what it is, and how long it went on. */
static void put_run(struct page *p, const struct case_view *v, size_t i, size_t n)
{
    const size_t shown = n > RUN_SHOWN + 1 ? RUN_SHOWN : n, more = n - shown;
    for (size_t k = 0; k < shown; k++)
        put_finding(p, &v->findings[i + k]);
    if (!more)
        return;
    page_to(p, COLUMN_WHAT);
    page_words(p, COLUMN_WHAT,
               page_format(p, intl_plural("%s and %zu more of it until %s", "%s and %zu more of it until %s", more), page_mark(p, MARK_ELLIPSIS), more,
                           stamp(p, v->findings[i + n - 1].last_ns, CLOCK).p));
    page_end_line(p);
}

static void put_timeline(struct page *p, const struct case_view *v)
{
    put_title(p, _("Timeline"));
    for (size_t i = 0, n; i < v->n_findings && i < TIMELINE_MAX; i += n) {
        n = run_of(v, i);
        put_run(p, v, i, n);
    }
    if (v->n_findings > TIMELINE_MAX) {
        page_to(p, COLUMN_TIME);
        page_words(p, COLUMN_TIME, page_format(p, _("%zu more: davy case export %lld --format json"), v->n_findings - TIMELINE_MAX, (long long)v->id));
        page_end_line(p);
    }
    if (v->not_kept || v->unreadable) {
        page_to(p, COLUMN_TIME);
        page_words(p, COLUMN_TIME,
                   page_format(p, _("%llu more were only counted, %zu cannot be read"), (unsigned long long)v->not_kept, v->unreadable));
        page_end_line(p);
    }
}

static void put_occupants(struct page *p, const struct case_view *v)
{
    if (v->story.n_occupants < 2)
        return;
    put_title(p, _("Who was here, one after the other: findings that neither processes nor files connect"));
    for (size_t i = 0; i < v->story.n_occupants; i++) {
        const struct case_occupant *o = &v->story.occupants[i];
        page_to(p, COLUMN_TIME);
        const struct str first = stamp(p, o->first_ns, CLOCK), last = stamp(p, o->last_ns, CLOCK);
        page_put(p, page_format(p, "%2zu  %s", i + 1, first.p));
        if (!str_eq(first, last))
            page_put(p, page_format(p, " %s %s", page_mark(p, MARK_ARROW), last.p));
        for (size_t k = 0; k < o->n_purposes; k++)
            page_piece(p, COLUMN_TIME + 3, k ? 1 : GAP, page_safe(p, intl_str(o->purposes[k])));
        for (size_t k = 0; k < o->n_programs; k++)
            page_piece(p, COLUMN_TIME + 3, k ? 1 : GAP, page_safe(p, o->programs[k]));
        if (o->evicts)
            page_piece(p, COLUMN_TIME + 3, GAP, str_from(_("drives others out")));
        page_end_line(p);
    }
}

static void put_label(struct page *p, const char *label)
{
    page_puts(p, " ");
    page_puts(p, label);
    page_to(p, COLUMN_TEXT - 1);
    page_puts(p, " ");
}

static void put_risks(struct page *p, const struct case_view *v)
{
    if (!v->story.n_risks && !v->n_credentials)
        return;
    put_title(p, _("At risk here too"));
    for (size_t i = 0; i < v->story.n_risks; i++) {
        page_to(p, COLUMN_TIME);
        page_words(p, COLUMN_TIME, page_safe(p, v->story.risks[i]));
        page_piece(p, COLUMN_TIME, GAP, str_from(_("was read")));
        page_end_line(p);
    }
    for (size_t i = 0; i < v->n_credentials; i++) {
        page_to(p, COLUMN_TIME);
        page_words(p, COLUMN_TIME, page_safe(p, v->credentials[i].path));
        page_piece(p, COLUMN_TIME, GAP, str_from(_(v->credentials[i].what)));
        page_piece(p, COLUMN_TIME, GAP, str_from(v->credentials[i].is_writable ? _("writable") : _("readable")));
        page_end_line(p);
    }
}

/* How the cost grew, in blocks. */
static void put_curve(struct page *p, const struct case_view *v)
{
    static const char *const BLOCKS[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}, *const ASCII[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    const struct case_view_curve *c = &v->curve;
    struct strbuf b = {};
    const double most = c->usd[CASE_CURVE - 1];
    for (size_t i = 0; i < CASE_CURVE; i++) {
        const size_t step = (size_t)(c->usd[i] / most * 7.999);
        strbuf_adds(&b, p->utf8 ? BLOCKS[step] : ASCII[step]);
    }
    page_to(p, COLUMN_TEXT);
    page_piece(p, COLUMN_TEXT, 0, page_format(p, "%s", b.p));
    page_piece(p, COLUMN_TEXT, GAP, page_format(p, "%s %s %s", stamp(p, c->from_ns, CLOCK).p, page_mark(p, MARK_ARROW), stamp(p, c->to_ns, CLOCK).p));
    page_piece(p, COLUMN_TEXT, GAP, page_format(p, _("0 to %s USD"), page_safe(p, c->all).p));
    page_piece(p, COLUMN_TEXT, GAP, page_format(p, _("%s USD in 30 days if it goes on"), page_safe(p, c->month).p));
    page_end_line(p);
    strbuf_done(&b);
}

static void put_end(struct page *p, const struct case_view *v)
{
    for (size_t i = 0; i < v->n_notes; i++) {
        put_label(p, _("Note"));
        page_words(p, COLUMN_TEXT, page_format(p, "%s %s: %s", stamp(p, v->notes[i].time_ns, MINUTE).p, page_safe(p, v->notes[i].who).p,
                                               page_safe(p, v->notes[i].text).p));
        page_end_line(p);
    }
    if (v->cost.n) {
        put_label(p, _("Cost"));
        page_words(p, COLUMN_TEXT, page_safe(p, v->cost));
        page_end_line(p);
        if (v->curve.is_there)
            put_curve(p, v);
    }
    for (size_t i = 0; v->is_open && i < v->n_steps; i++) {
        put_label(p, i ? "" : _("Next"));
        page_put(p, page_format(p, "%zu %s  ", i + 1, _(v->steps[i].what)));
        page_words(p, COLUMN_TEXT + 2, page_safe(p, v->steps[i].how));
        page_end_line(p);
    }
    if (v->is_open) {
        page_to(p, COLUMN_TEXT);
        page_words(p, COLUMN_TEXT, str_from(_("This case cannot be closed as cleaned: whoever was in may have left what nobody found.")));
        page_end_line(p);
    }
}

static struct page page_of(const struct sink_options *look)
{
    return (struct page){.width = look->width ? look->width : 80, .colour = look->colour, .utf8 = look->utf8};
}

void case_view_text(struct strbuf *b, const struct case_view *v, const struct sink_options *look)
{
    struct page p = page_of(look);
    put_head(&p, v);
    put_verdict(&p, v);
    put_ways(&p, v);
    put_timeline(&p, v);
    put_occupants(&p, v);
    put_risks(&p, v);
    page_end_line(&p);
    put_end(&p, v);
    strbuf_add(b, strbuf_str(&p.out));
    page_done(&p);
}

void case_view_line(struct strbuf *b, const struct case_view *v, const struct sink_options *look)
{
    enum { COLUMN_VERDICT = 7, COLUMN_WHEN = 22, COLUMN_FINDINGS_END = 51 };
    struct page p = page_of(look);
    const struct verdict *d = &v->story.verdict;
    page_put(&p, page_format(&p, "%6lld", (long long)v->id));
    page_to(&p, COLUMN_VERDICT + 1);
    page_coloured(&p, TONES[d->word], str_from(case_verdict_word(d->word)));
    page_to(&p, COLUMN_WHEN);
    page_put(&p, stamp(&p, v->last_ns, MINUTE));
    page_piece(&p, COLUMN_WHEN, 2, page_format(&p, intl_plural("%llu finding", "%llu findings", v->seen), (unsigned long long)v->seen));
    page_to(&p, COLUMN_FINDINGS_END);
    put_purposes(&p, d, COLUMN_WHEN);
    page_piece(&p, COLUMN_WHEN, GAP, place_of(&p, v));
    if (!v->is_open)
        page_piece(&p, COLUMN_WHEN, GAP, page_format(&p, _("closed: %s"), page_safe(&p, v->reason).p));
    page_end_line(&p);
    strbuf_add(b, strbuf_str(&p.out));
    page_done(&p);
}
