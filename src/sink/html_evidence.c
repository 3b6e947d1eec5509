// SPDX-License-Identifier: Apache-2.0
/* The findings of the HTML report: one card a rule, with why, what next, and every place with its evidence. */
#include "base/intl.h"
#include "base/text.h"
#include "sink/html.h"
#include "sink/text_private.h"

static const char *const SECTION_TITLES[SECTION__N] = {
    [SECTION_THREAT] = N_("Threats"),
    [SECTION_EXPOSURE] = N_("Exposures: weaknesses of one's own"),
    [SECTION_AUTHORISED] = N_("Authorised by the policy"),
    [SECTION_CONTEXT] = N_("Context: counts only beside others"),
};

/* A stack of layers, the top one first, with the file's own and the one that hides it. */
static void put_ministack(struct writer *w, const struct subject *s)
{
    if (s->layer_count < 2 || s->layer_count > HTML_LAYERS_DRAWN || s->layer > s->layer_count)
        return;
    unsigned step = s->layer_count > 12 ? 3 : 5, height = step - 1;
    writer_printf(w, "<svg class=\"ministack\" viewBox=\"0 0 24 %u\" aria-hidden=\"true\">", s->layer_count * step);
    for (uint32_t i = s->layer_count; i > 0; i--)
        writer_printf(w, "<rect%s y=\"%u\" width=\"24\" height=\"%u\" rx=\"1\"/>",
                      i == s->layer ? " class=\"here\"" : i == s->hidden_by ? " class=\"cover\"" : "",
                      (s->layer_count - i) * step, height);
    writer_puts(w, "</svg>");
}

static void put_place(struct writer *w, const struct finding *f)
{
    const struct subject *s = &f->subject;
    uint32_t line = s->type == EVENT_FILE ? order_first_line(f) : 0;
    writer_puts(w, "<div class=\"place\">");
    if (s->layer)
        put_ministack(w, s);
    writer_puts(w, "<code>");
    html_text(w, s->name);
    if (line)
        writer_printf(w, ":%u", line);
    writer_puts(w, "</code>");
    if (s->type == EVENT_PROCESS && s->path.n) {
        writer_puts(w, "<code>");
        html_text(w, s->path);
        writer_puts(w, "</code>");
    }
    if (s->layer) {
        writer_puts(w, "<span class=\"chip\">");
        writer_printf(w, _("layer %u of %u"), s->layer, s->layer_count);
        writer_puts(w, "</span>");
    }
    if (str_is(s->layer_state, "deleted") || str_is(s->layer_state, "shadowed")) {
        bool deleted = str_is(s->layer_state, "deleted");
        writer_puts(w, "<span class=\"chip gone\">");
        if (s->hidden_by)
            writer_printf(w, deleted ? _("deleted in layer %u, still readable") : _("replaced in layer %u, still readable"), s->hidden_by);
        else
            html_text(w, str_from(deleted ? _("deleted above, still readable") : _("replaced above, still readable")));
        writer_puts(w, "</span>");
    }
    writer_puts(w, "</div>\n");
}

/* The excerpt with the value in it marked. */
static void put_excerpt(struct writer *w, const struct note *n)
{
    struct str text = n->excerpt.n ? n->excerpt : n->value;
    ptrdiff_t at = n->excerpt.n && n->value.n ? str_find(text, n->value, 0) : -1;
    writer_puts(w, "<code>");
    if (at >= 0) {
        html_text(w, str_sub(text, 0, (size_t)at));
        writer_puts(w, "<mark>");
        html_text(w, n->value);
        writer_puts(w, "</mark>");
        html_text(w, str_sub(text, (size_t)at + n->value.n, text.n));
    } else {
        html_text(w, text);
    }
    writer_puts(w, "</code>");
}

static void put_note(struct writer *w, const struct note *n)
{
    writer_puts(w, "<li><span class=\"at\">");
    if (n->line)
        writer_printf(w, n->column ? _("line %u, column %u") : _("line %u"), n->line, n->column);
    else if (n->offset)
        writer_printf(w, _("byte %llu"), (unsigned long long)n->offset);
    else
        html_text(w, str_from(FIELDS[n->field].name));
    writer_puts(w, "</span><span>");
    put_excerpt(w, n);
    if (n->via.n) {
        writer_printf(w, " <span class=\"chip\">%s ", _("inside"));
        html_text(w, n->via);
        writer_puts(w, "</span>");
    }
    writer_puts(w, "</span></li>\n");
}

static void put_notes(struct writer *w, const struct finding *f)
{
    size_t shown = f->n_notes < HTML_NOTES_MAX ? f->n_notes : HTML_NOTES_MAX;
    if (!shown)
        return;
    writer_printf(w, "<ul class=\"evidence\" aria-label=\"%s\">\n", _("Evidence"));
    for (size_t i = 0; i < shown; i++)
        put_note(w, &f->notes[i]);
    writer_puts(w, "</ul>\n");
    if (f->n_notes_seen > shown) {
        writer_puts(w, "<p class=\"sum\">");
        unsigned long more = f->n_notes_seen - shown;
        writer_printf(w, intl_plural("and %lu more place", "and %lu more places", more), more);
        writer_puts(w, "</p>\n");
    }
}

static void put_also(struct writer *w, const struct finding *f)
{
    if (!f->n_also_seen)
        return;
    writer_puts(w, "<details><summary>");
    unsigned long also = f->n_also_seen;
    writer_printf(w, intl_plural("the same content under %lu more path", "the same content under %lu more paths", also), also);
    writer_puts(w, "</summary><ul class=\"plain small\">");
    for (size_t i = 0; i < f->n_also; i++) {
        writer_puts(w, "<li><code>");
        html_text(w, f->also[i]);
        writer_puts(w, "</code></li>");
    }
    if (f->n_also_seen > f->n_also) {
        unsigned long more = f->n_also_seen - f->n_also;
        writer_puts(w, "<li>");
        writer_printf(w, intl_plural("and %lu more place", "and %lu more places", more), more);
        writer_puts(w, "</li>");
    }
    writer_puts(w, "</ul></details>\n");
}

/* One place. Output that the last one had too is not said again. */
static void put_finding(struct writer *w, const struct finding *f, const struct finding *before, size_t number)
{
    writer_printf(w, "<li id=\"finding-%zu-%u\">", number, f->id);
    put_place(w, f);
    if (f->output.n && !str_eq(f->output, f->subject.name) && !(before && str_eq(before->output, f->output))) {
        struct strbuf words = {};
        text_output_words(&words, f);
        writer_puts(w, "<p class=\"output\">");
        html_text(w, strbuf_str(&words));
        writer_puts(w, "</p>\n");
        strbuf_done(&words);
    }
    put_notes(w, f);
    if (f->subject.sha256.n) {
        writer_puts(w, "<p class=\"sum\">SHA-256 <code>");
        html_text(w, f->subject.sha256);
        writer_puts(w, "</code></p>\n");
    }
    put_also(w, f);
    writer_puts(w, "</li>\n");
}

static void put_chips(struct writer *w, const struct finding *f)
{
    writer_puts(w, "<ul class=\"chips\">");
    if (f->intent || f->harm) {
        writer_puts(w, "<li>");
        html_text(w, str_from(f->intent && f->harm ? _("both axes") : f->intent ? _("against the owner's intent") : _("not acceptable")));
        if (f->conclusive)
            writer_printf(w, ", %s", _("cannot be chance"));
        writer_puts(w, "</li>");
    }
    for (size_t i = 0; i < f->n_purposes; i++) {
        writer_puts(w, "<li>");
        html_text(w, intl_str(f->purposes[i]));
        writer_puts(w, "</li>");
    }
    html_references(w, f->techniques, f->n_techniques, f->rows, f->n_rows, f->rule->name);
    writer_puts(w, "</ul>\n");
}

static void put_head(struct writer *w, const struct finding *f, uint64_t n)
{
    html_rule_head(w, f->rule->priority, f->rule->name, n);
    html_why(w, f->rule->desc);
    if (f->authorised) {
        writer_puts(w, "<p class=\"next\">");
        html_text(w, f->authorised_why);
        writer_puts(w, " <span class=\"soft\">");
        html_text(w, str_from(_("Approved by")));
        writer_puts(w, " ");
        html_text(w, f->authorised_by);
        writer_puts(w, ", ");
        html_text(w, str_from(_("until")));
        writer_puts(w, " ");
        html_text(w, f->authorised_until);
        writer_puts(w, "</span></p>\n");
    } else {
        html_next(w, f->rule->next);
    }
    put_chips(w, f);
}

static void put_group(struct writer *w, const struct report_target *t, const struct finding *const *v, size_t n, size_t number)
{
    enum section section = section_of(v[0]);
    uint64_t lost = findings_not_kept(t->findings, v[0]->rule, v[0]->authorised);
    size_t shown = n < HTML_PLACES_MAX ? n : HTML_PLACES_MAX, open = shown < HTML_PLACES_OPEN + 2 ? shown : HTML_PLACES_OPEN;
    bool quiet = section == SECTION_AUTHORISED || section == SECTION_CONTEXT;
    if (section == SECTION_CONTEXT)
        open = 0;
    writer_printf(w, "<article class=\"card finding %s%s\">\n", html_tone(severity_of(v[0]->rule->priority)), quiet ? " quiet" : "");
    put_head(w, v[0], n + lost);
    if (open) {
        writer_puts(w, "<ul class=\"places\">\n");
        for (size_t i = 0; i < open; i++)
            put_finding(w, v[i], i ? v[i - 1] : NULL, number);
        writer_puts(w, "</ul>\n");
    }
    if (shown > open) {
        writer_puts(w, "<details><summary>");
        unsigned long more = shown - open;
        writer_printf(w, open ? intl_plural("%lu more place", "%lu more places", more) : intl_plural("%lu place", "%lu places", more), more);
        writer_puts(w, "</summary>\n<ul class=\"places\">\n");
        for (size_t i = open; i < shown; i++)
            put_finding(w, v[i], i ? v[i - 1] : NULL, number);
        writer_puts(w, "</ul></details>\n");
    }
    if (n > shown || lost) {
        writer_puts(w, "<p class=\"sum\">");
        writer_printf(w, _("and %llu more that this page does not show"), (unsigned long long)(n - shown + lost));
        writer_puts(w, "</p>\n");
    }
    writer_puts(w, "</article>\n");
}

void html_findings(struct writer *w, const struct report_target *t, size_t number)
{
    size_t n;
    _cleanup_free_ const struct finding **v = order_findings(t, &n);
    int last = -1;
    for (size_t i = 0, end; i < n; i = end) {
        end = order_group_end(v, i, n);
        if ((int)section_of(v[i]) != last) {
            last = (int)section_of(v[i]);
            writer_printf(w, "<h3>%s</h3>\n", _(SECTION_TITLES[last]));
        }
        put_group(w, t, v + i, end - i, number);
    }
}
