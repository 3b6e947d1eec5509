// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/text.h"
#include "sink/order.h"
#include "sink/text_private.h"

struct text_sink {
    struct sink_options options;
};

static const struct {
    const char *sgr;
    enum mark mark;
    const char *says; /* of verdicts that the axes do not explain */
} VERDICTS[VERDICT__N] = {
    [VERDICT_CLEAN] = {"32", MARK_CHECK, N_("nothing found in what was looked at")},
    [VERDICT_AUTHORISED] = {"32", MARK_CHECK, N_("the policy covers what was found")},
    [VERDICT_EXPOSED] = {"33", MARK_ARROW, N_("no sign of misuse, but a way in or something to steal")},
    [VERDICT_SUSPICIOUS] = {"33", MARK_ARROW, N_("one kind of evidence decides nothing: look at it")},
    [VERDICT_UNWANTED] = {"31", MARK_CROSS, NULL},
    [VERDICT_MALICIOUS] = {"1;31", MARK_CROSS, NULL},
};

static struct str size_text(struct page *p, uint64_t bytes)
{
    struct strbuf b = {};
    text_add_size(&b, bytes);
    struct str s = arena_str(&p->arena, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

const char *text_number(struct page *p, uint64_t n)
{
    struct strbuf b = {};
    text_add_count(&b, n);
    const char *s = arena_str(&p->arena, strbuf_str(&b)).p;
    strbuf_done(&b);
    return s;
}

/* "8,412 files", "1 file": the formats take the number as text. */
#define COUNT(p, n, one, many) page_format(p, intl_plural(one, many, n), text_number(p, n))

static struct str seconds_text(struct page *p, uint64_t ns)
{
    double s = (double)ns / 1e9;
    if (s >= 600)
        return page_format(p, _("%.0f min"), s / 60);
    if (s < 0.0995)
        return page_format(p, _("%.0f ms"), s < 0.001 ? 1 : s * 1000);
    return page_format(p, s < 99.5 ? _("%.1f s") : _("%.0f s"), s);
}

static void join(struct strbuf *b, const char *between, struct str s)
{
    if (!s.n)
        return;
    if (b->n)
        strbuf_adds(b, between);
    strbuf_add(b, s);
}

static void put_header(struct page *p, const struct report_target *t)
{
    struct strbuf sizes = {};
    const struct report_counts *c = &t->counts;
    const char *dot = page_format(p, " %s ", page_mark(p, MARK_DOT)).p;
    if (t->n_layers)
        join(&sizes, dot, COUNT(p, t->n_layers, "%s layer", "%s layers"));
    if (c->bytes_stored || c->bytes)
        join(&sizes, dot, size_text(p, c->bytes_stored ? c->bytes_stored : c->bytes));
    if (c->files)
        join(&sizes, dot, COUNT(p, c->files, "%s file", "%s files"));
    if (c->processes)
        join(&sizes, dot, COUNT(p, c->processes, "%s process", "%s processes"));
    page_puts(p, " ");
    page_piece(p, 1, 0, page_safe(p, t->name));
    if (t->platform.n)
        page_piece(p, 1, TEXT_GAP, page_safe(p, t->platform));
    if (t->digest.n)
        page_piece(p, 1, TEXT_GAP, page_safe(p, str_sub(t->digest, 0, sizeof("sha256:") - 1 + 12)));
    if (sizes.n)
        page_piece(p, 1, TEXT_GAP, strbuf_str(&sizes));
    if (t->wall_ns) {
        struct str seconds = seconds_text(p, t->wall_ns);
        unsigned width = (unsigned)text_width(seconds);
        if (p->column + TEXT_GAP + width > p->width)
            page_end_line(p);
        page_to(p, p->width - width);
        page_put(p, seconds);
    }
    page_end_line(p);
    if (t->artifact.n) {
        page_puts(p, " ");
        page_words(p, 1, page_format(p, _("No image but an artifact, of type %s"), page_safe(p, t->artifact).p));
        page_end_line(p);
    }
    page_end_line(p);
    strbuf_done(&sizes);
}

static struct str axis_text(struct page *p, const char *name, const struct axis *a)
{
    struct strbuf b = {};
    strbuf_printf(&b, "%s ", name);
    for (unsigned i = 1; i <= STRENGTH_STRONG; i++)
        strbuf_adds(&b, page_mark(p, i <= a->strength ? MARK_FULL : MARK_EMPTY));
    struct str s = arena_str(&p->arena, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

/* What machines are misused for; rules of other makers may name more. */
static const char *purpose_name(struct page *p, struct str purpose)
{
    static const char *const known[] = {N_("mining"),  N_("ransom"), N_("theft"), N_("ddos"),
                                        N_("hosting"), N_("dns"),    N_("access")};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (str_is(purpose, known[i]))
            return _(known[i]);
    return page_safe(p, purpose).p;
}

static struct str purposes_text(struct page *p, const struct verdict *v)
{
    struct strbuf b = {};
    for (size_t i = 0; i < v->n_purposes; i++)
        join(&b, _(", "), str_from(purpose_name(p, v->purposes[i])));
    struct str s = arena_str(&p->arena, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

static void put_verdict(struct page *p, const struct report_target *t)
{
    const struct verdict *v = &t->verdict;
    struct str word = page_format(p, "%s %s", page_mark(p, VERDICTS[v->word].mark), text_upper(p, verdict_name(v->word)));
    page_puts(p, " ");
    page_coloured(p, VERDICTS[v->word].sgr, word);
    struct str purposes = purposes_text(p, v);
    if (purposes.n)
        page_piece(p, TEXT_GAP, TEXT_GAP, purposes);
    if (v->word == VERDICT_CLEAN && t->unread.total)
        page_piece(p, TEXT_GAP, TEXT_GAP, str_from(_("nothing found in what could be read")));
    else if (VERDICTS[v->word].says)
        page_piece(p, TEXT_GAP, TEXT_GAP, str_from(_(VERDICTS[v->word].says)));
    if (v->intent.strength || v->harm.strength) {
        struct str intent = axis_text(p, _("against the owner's intent"), &v->intent),
                   harm = axis_text(p, _("not acceptable"), &v->harm);
        if (p->column + 2 * TEXT_GAP + text_width(intent) + text_width(harm) > p->width) {
            page_end_line(p); /* both axes on one line, where they can be compared */
            page_to(p, TEXT_GAP);
        }
        page_piece(p, TEXT_GAP, TEXT_GAP, intent);
        page_piece(p, TEXT_GAP, TEXT_GAP, harm);
    }
    page_end_line(p);
    page_end_line(p);
}

static void put_checked(struct page *p, const struct report *r, const struct report_target *t)
{
    struct strbuf what = {}, kinds = {}, judged = {};
    const struct report_counts *c = &t->counts;
    const char *comma = _(", ");
    struct str files = COUNT(p, c->files, "%s file", "%s files");
    if (t->n_layers) {
        /* TRANSLATORS: "7 files in 3 layers" */
        files = page_format(p, _("%s in %s"), files.p, COUNT(p, t->n_layers, "%s layer", "%s layers").p);
    }
    join(&what, comma, files);
    if (t->n_layers)
        join(&what, comma, str_from(_("config")));
    if (c->history)
        join(&what, comma, COUNT(p, c->history, "%s history line", "%s history lines"));
    if (c->processes)
        join(&what, comma, COUNT(p, c->processes, "%s process", "%s processes"));
    if (c->accounts)
        join(&what, comma, COUNT(p, c->accounts, "%s account", "%s accounts"));
    if (r->rules.secrets)
        join(&kinds, comma, page_format(p, _("%s secret"), text_number(p, r->rules.secrets)));
    if (r->rules.yara)
        join(&kinds, comma, page_format(p, _("%s YARA"), text_number(p, r->rules.yara)));
    join(&kinds, comma, page_format(p, _("%s behaviour"), text_number(p, r->rules.behaviour)));
    /* TRANSLATORS: "94 secret, 23 YARA, 106 behaviour rules" */
    struct str rules = page_format(p, _("%s rules"), kinds.p);
    strbuf_add(&judged, rules);
    if (r->rules.listed_digests)
        join(&judged, comma, COUNT(p, r->rules.listed_digests, "%s listed digest", "%s listed digests"));
    if (r->rules.listed_names)
        join(&judged, comma, COUNT(p, r->rules.listed_names, "%s listed name", "%s listed names"));
    rules = strbuf_str(&judged);
    text_label(p, 1, _("checked"));
    page_words(p, TEXT_INDENT, strbuf_str(&what));
    struct str bullet = page_format(p, "%s %.*s", page_mark(p, MARK_DOT), STR_ARG(rules));
    if (p->column + 1 + text_width(bullet) <= p->width) {
        page_to(p, p->column + 1);
        page_put(p, bullet);
    } else {
        page_end_line(p);
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT, rules);
    }
    page_end_line(p);
    strbuf_done(&what);
    strbuf_done(&judged);
    strbuf_done(&kinds);
}

static void put_speed(struct page *p, const struct report_target *t)
{
    const struct report_counts *c = &t->counts;
    if (!c->bytes || !t->wall_ns)
        return;
    uint64_t per_second = (uint64_t)((double)c->bytes * 1e9 / (double)t->wall_ns);
    const char *bytes = size_text(p, c->bytes).p, *wall = seconds_text(p, t->wall_ns).p, *speed = size_text(p, per_second).p;
    struct str said = c->bytes_stored ? page_format(p, _("%s of content (%s stored) in %s, %s/s"), bytes,
                                                    size_text(p, c->bytes_stored).p, wall, speed)
                                      : page_format(p, _("%s in %s, %s/s"), bytes, wall, speed);
    if (t->cpu_ns)
        said = page_format(p, _("%s, %s of processor time"), said.p, seconds_text(p, t->cpu_ns).p);
    page_to(p, TEXT_INDENT);
    page_words(p, TEXT_INDENT, said);
    page_end_line(p);
}

static void put_known(struct page *p, const struct report_target *t)
{
    if (!t->counts.layers_known)
        return;
    page_to(p, TEXT_INDENT);
    page_words(p, TEXT_INDENT,
               COUNT(p, t->counts.layers_known, "%s layer known from an earlier scan was judged and not read again (--no-cache reads it)",
                     "%s layers known from an earlier scan were judged and not read again (--no-cache reads them)"));
    page_end_line(p);
}

static void put_target(struct page *p, const struct report *r, const struct report_target *t, bool verbose)
{
    put_header(p, t);
    if (t->failure.n) {
        /* what was found before it failed is told all the same */
        const bool has_more = t->findings && t->verdict.word > VERDICT_AUTHORISED;
        page_puts(p, " ");
        page_coloured(p, "31", page_format(p, "%s %s", page_mark(p, MARK_CROSS), has_more || t->counts.files ? _("NOT FINISHED") : _("NOT SCANNED")));
        page_puts(p, "   ");
        page_words(p, TEXT_GAP, page_safe(p, t->failure));
        page_end_line(p);
        page_end_line(p);
        if (!has_more)
            return;
    }
    put_verdict(p, t);
    text_findings(p, t, verbose);
    text_runs(p, t, verbose);
    put_checked(p, r, t);
    put_known(p, t);
    put_speed(p, t);
    text_gaps(p, _("unread"), page_format(p, _("%s could not be read:"), text_number(p, t->unread.total)), &t->unread, verbose);
    text_gaps(p, _("skipped"), page_format(p, _("%s left out on purpose:"), text_number(p, t->skipped.total)), &t->skipped,
              verbose);
}

/* Lists past their last day: said once, since what they hold weighs less from then on. */
static void put_expired(struct page *p, const struct report *r)
{
    if (!r->rules.expired.n)
        return;
    text_label(p, 1, _("expired"));
    for (size_t i = 0; i < r->rules.expired.n; i++) {
        const struct report_expired *e = &r->rules.expired.v[i];
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT,
                   page_format(p, _("%.*s: good until %.*s; what it lists counts as context until it is renewed"),
                               STR_ARG(page_safe(p, e->list)), STR_ARG(e->day)));
        page_end_line(p);
    }
}

static void put_policy(struct page *p, const struct report *r)
{
    if (!r->policy)
        return;
    uint64_t used = 0;
    for (size_t i = 0; i < policy_count(r->policy); i++)
        used += policy_get(r->policy, i)->used;
    struct str name = page_safe(p, str_from(policy_name(r->policy)));
    text_label(p, 1, _("policy"));
    page_words(p, TEXT_INDENT,
               page_format(p, _("%.*s: %.*s authorised"), STR_ARG(name),
                           STR_ARG(COUNT(p, used, "%s match", "%s matches"))));
    page_end_line(p);
    for (size_t i = 0; i < policy_count(r->policy); i++) {
        const struct policy_entry *e = policy_get(r->policy, i);
        if (policy_entry_expired(e, r->started_ns)) {
            page_to(p, TEXT_INDENT);
            page_words(
                p, TEXT_INDENT,
                page_format(
                    p, _("entry %u (line %u) expired on %.*s and covers nothing; it would have covered %.*s"),
                    e->number, e->line, STR_ARG(e->until),
                    STR_ARG(COUNT(p, e->would_have, "%s match", "%s matches"))));
            page_end_line(p);
        } else if (!e->used) {
            page_to(p, TEXT_INDENT);
            page_words(p, TEXT_INDENT,
                       page_format(p, _("entry %u (line %u) matched nothing"), e->number, e->line));
            page_end_line(p);
        }
    }
}

/* What there is to say of a target once more, below many of them: its verdict, or that there is none. */
static struct str word_of(struct page *p, const struct report_target *t)
{
    const char *failed = t->counts.files ? _("NOT FINISHED") : _("NOT SCANNED");
    return t->failure.n ? page_format(p, "%s", failed) : page_upper(p, verdict_name(t->verdict.word));
}

/* Whom to look at, where nobody scrolls through all of them. */
static void put_names(struct page *p, const struct report *r, bool verbose)
{
    size_t n = 0, most = verbose ? SIZE_MAX : TEXT_NAMED;
    _cleanup_free_ size_t *order = order_targets(r);
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[order[i]];
        if ((!t->failure.n && t->verdict.word <= VERDICT_AUTHORISED) || n++ >= most)
            continue;
        page_to(p, TEXT_INDENT);
        page_coloured(p, t->failure.n ? "31" : VERDICTS[t->verdict.word].sgr, word_of(p, t));
        page_puts(p, "  ");
        page_words(p, TEXT_INDENT + TEXT_GAP, page_safe(p, t->name));
        page_end_line(p);
    }
    if (n <= most)
        return;
    page_to(p, TEXT_INDENT);
    page_words(p, TEXT_INDENT, page_format(p, _("and %s more (--verbose)"), text_number(p, n - most)));
    page_end_line(p);
}

/* Which verdicts, when there is more than one target to look through. */
static void put_summary(struct page *p, const struct report *r, bool verbose)
{
    size_t n[VERDICT__N] = {}, failed = 0;
    struct strbuf b = {};
    if (r->targets.n < 2)
        return;
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i];
        failed += t->failure.n > 0;
        n[t->verdict.word] += !t->failure.n;
    }
    for (int w = VERDICT__N - 1; w >= 0; w--)
        if (n[w])
            join(&b, _(", "), page_format(p, _("%zu %s"), n[w], _(verdict_name((enum verdict_word)w))));
    if (failed)
        join(&b, _(", "), page_format(p, _("%zu not scanned"), failed));
    text_label(p, 1, _("targets"));
    page_words(p, TEXT_INDENT, strbuf_str(&b));
    page_end_line(p);
    if (r->targets.n > ORDER_TARGETS_MANY)
        put_names(p, r, verbose);
    strbuf_done(&b);
}

/* One line where there is nothing to read about a target: of a thousand, those with findings would drown among the others. */
static void put_clean(struct page *p, const struct report_target *t)
{
    page_puts(p, " ");
    page_coloured(p, VERDICTS[VERDICT_CLEAN].sgr, page_format(p, "%s %.*s", page_mark(p, MARK_CHECK), STR_ARG(word_of(p, t))));
    page_piece(p, TEXT_GAP, TEXT_GAP, page_safe(p, t->name));
    if (t->platform.n)
        page_piece(p, TEXT_GAP, TEXT_GAP, page_safe(p, t->platform));
    if (t->digest.n)
        page_piece(p, TEXT_GAP, TEXT_GAP, page_safe(p, str_sub(t->digest, 0, sizeof("sha256:") - 1 + 12)));
    page_end_line(p);
}

static void put_end(struct page *p, const struct report *r)
{
    int code = report_exit_code(r, r->fail_on);
    struct strbuf word = {};
    strbuf_adds(&word, priority_name(r->fail_on));
    word.p[0] = (char)tolower((unsigned char)word.p[0]);
    text_label(p, 1, page_format(p, _("exit %d"), code).p);
    const char *severity = _(severity_name(severity_of(r->fail_on)));
    page_words(p, TEXT_INDENT,
               r->never_fails ? str_from(_("findings do not change it (--fail-on none)"))
               : code == 0    ? page_format(p, _("nothing at or above %s (--fail-on %s)"), severity, word.p)
               : r->is_incomplete ? str_from(_("a part of what was asked for could not be done"))
               : code == 1    ? page_format(p, _("findings at or above %s (--fail-on %s)"), severity, word.p)
                              : page_format(p, _("a target could not be scanned; nothing at or above %s (--fail-on %s)"),
                                            severity, word.p));
    page_end_line(p);
    strbuf_done(&word);
}

static struct sink *text_open(const struct sink_options *options)
{
    struct text_sink *s = xnew(struct text_sink);
    s->options = *options;
    s->options.width = !options->width ? 80 : options->width < 40 ? 40 : options->width;
    return (struct sink *)s;
}

static int text_report(struct sink *sink, const struct report *r, struct error *err)
{
    const struct sink_options *o = &((struct text_sink *)sink)->options;
    struct page p = {.width = o->width, .colour = o->colour, .utf8 = o->utf8};
    const bool many = r->targets.n > ORDER_TARGETS_MANY && !o->verbose;
    page_end_line(&p);
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i], *next = i + 1 < r->targets.n ? r->targets.v[i + 1] : NULL;
        const bool is_short = many && order_is_plainly_clean(t);
        if (is_short)
            put_clean(&p, t);
        else
            put_target(&p, r, t, o->verbose);
        if (next ? !is_short || !order_is_plainly_clean(next) : is_short) /* those that are clean stand line below line */
            page_end_line(&p);
    }
    put_expired(&p, r);
    put_policy(&p, r);
    put_summary(&p, r, o->verbose);
    put_end(&p, r);
    int code = o->output.write(o->output.ctx, p.out.p, p.out.n);
    page_done(&p);
    return code < 0 ? error_errno(err, code, "cannot write the report") : 0;
}

static struct sink *text_close(struct sink *s)
{
    free(s);
    return NULL;
}

const struct sink_ops SINK_TEXT = {
    .name = "text",
    .help = N_("a report for people"),
    .for_people = true,
    .open = text_open,
    .report = text_report,
    .close = text_close,
};
