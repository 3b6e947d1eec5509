// SPDX-License-Identifier: Apache-2.0
/* A case as one page without scripts that needs nothing else: a policy in it forbids the browser to fetch anything. */
#include "base/intl.h"
#include "sink/case_picture.h"

static void put_h3(struct writer *w, const char *title)
{
    writer_puts(w, "<h3>");
    html_text(w, str_from(title));
    writer_puts(w, "</h3>\n");
}

static void put_item(struct writer *w, struct str text)
{
    writer_puts(w, "<li>");
    html_text(w, text);
    writer_puts(w, "</li>");
}

static void put_head(struct writer *w, const struct case_view *v)
{
    html_begin(w, STR_NULL);
    writer_printf(w, _("Case %lld"), (long long)v->id);
    html_top(w, _("Davy case"));
    html_time(w, v->first_ns);
    writer_puts(w, " – ");
    html_time(w, v->last_ns);
    html_main(w);
    writer_puts(w, "<div class=\"target\"><h2>");
    writer_printf(w, _("Case %lld"), (long long)v->id);
    writer_puts(w, "</h2><ul class=\"facts\">");
    put_item(w, str_from(v->is_open ? _("OPEN") : _("CLOSED")));
    put_item(w, v->host);
    if (v->place.n)
        put_item(w, v->place);
    if (v->image.n)
        put_item(w, v->image);
    if (!v->is_open)
        put_item(w, v->reason);
    writer_puts(w, "</ul>\n");
}

/* What to do stands at the end, behind all that it follows from; who has an hour goes there at once. */
static void put_steps_in_short(struct writer *w, const struct case_view *v)
{
    if (!v->is_open || !v->n_steps)
        return;
    writer_printf(w, "<p class=\"small\"><b>%s</b> <a href=\"#next\">", _("What next:"));
    for (size_t i = 0; i < v->n_steps; i++)
        writer_printf(w, "%s%zu %s", i ? " · " : "", i + 1, _(v->steps[i].what));
    writer_puts(w, "</a></p>\n");
}

static void put_verdict(struct writer *w, const struct case_view *v)
{
    const struct verdict *d = &v->story.verdict;
    writer_printf(w, "<div class=\"verdict %s\"><div><p class=\"word\">", html_verdict_tone(d->word));
    html_text(w, str_from(case_verdict_word(d->word)));
    writer_puts(w, "</p><ul class=\"chips\">");
    for (size_t i = 0; i < d->n_purposes; i++)
        put_item(w, intl_str(d->purposes[i]));
    writer_puts(w, "</ul>");
    put_steps_in_short(w, v);
    writer_puts(w, "</div>");
    html_axes(w, d);
    writer_puts(w, "</div></div>\n");
}

static void put_line(struct writer *w, const struct alert_ties *t)
{
    struct strbuf b = {};
    case_add_line(&b, t, ALERT_LINE_MAX, "←");
    html_text(w, strbuf_str(&b));
    strbuf_done(&b);
}

static void put_ways(struct writer *w, const struct case_view *v)
{
    put_h3(w, _("The way in (best candidate first)"));
    writer_puts(w, "<div class=\"card\"><ol class=\"plain\">");
    for (size_t i = 0; i < v->story.n_ways; i++) {
        const struct case_way *way = &v->story.ways[i];
        bool is_told = false;
        writer_puts(w, "<li>");
        if (way->kind == CASE_WAY_FINDING) {
            html_text(w, intl_rule(way->finding->rule));
            writer_puts(w, " · ");
            html_time(w, way->finding->time_ns);
            is_told = way->finding->message.n;
        } else {
            writer_puts(w, "<span class=\"soft\">");
            html_text(w, str_from(_("where the first threat came from")));
            writer_puts(w, "</span> ");
            put_line(w, &way->finding->ties);
        }
        writer_puts(w, " <span class=\"chip\">");
        html_text(w, str_from(case_strength(way->strength)));
        writer_puts(w, "</span>");
        if (is_told) {
            writer_puts(w, "<br><code class=\"soft small\">");
            html_text(w, case_said(way->finding));
            writer_puts(w, "</code>");
        }
        writer_puts(w, "</li>");
    }
    if (!v->story.n_ways)
        put_item(w, str_from(_("nothing that was found shows it; look at logins and exposed services before the first finding")));
    writer_puts(w, "</ol></div>\n");
}

static void put_findings(struct writer *w, const struct case_view *v)
{
    writer_printf(w, "<details><summary>%s</summary><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table><caption class=\"hide\">%s</caption><thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead><tbody>\n",
                  _("All findings"), _("All findings"), _("All findings"), _("Time"), _("Finding"), _("Process"));
    for (size_t i = 0; i < v->n_findings; i++) {
        const struct case_finding *f = &v->findings[i];
        writer_printf(w, "<tr class=\"%s\" id=\"f%lld\"><td>", html_tone(severity_of(f->priority)), (long long)f->id);
        html_time(w, f->time_ns);
        writer_puts(w, "</td><td><span class=\"badge\">");
        html_text(w, str_from(html_severity(severity_of(f->priority))));
        writer_puts(w, "</span> ");
        html_text(w, intl_rule(f->rule));
        if (f->count > 1)
            writer_printf(w, " ×%llu", (unsigned long long)f->count);
        writer_puts(w, "<br><code>");
        html_text(w, case_said(f));
        writer_puts(w, "</code></td><td>");
        put_line(w, &f->ties);
        writer_puts(w, "</td></tr>\n");
    }
    writer_puts(w, "</tbody></table></div></details>\n");
}

static void put_occupants(struct writer *w, const struct case_view *v)
{
    if (v->story.n_occupants < 2)
        return;
    put_h3(w, _("Who was here, one after the other: findings that neither processes nor files connect"));
    writer_puts(w, "<div class=\"card\"><ol class=\"plain\">");
    for (size_t i = 0; i < v->story.n_occupants; i++) {
        const struct case_occupant *o = &v->story.occupants[i];
        writer_puts(w, "<li>");
        html_time(w, o->first_ns);
        if (o->last_ns / 1'000'000'000U != o->first_ns / 1'000'000'000U) {
            writer_puts(w, " – ");
            html_time(w, o->last_ns);
        }
        for (size_t k = 0; k < o->n_purposes; k++) {
            writer_puts(w, " <span class=\"chip\">");
            html_text(w, intl_str(o->purposes[k]));
            writer_puts(w, "</span>");
        }
        for (size_t k = 0; k < o->n_programs; k++) {
            writer_puts(w, " <code>");
            html_text(w, o->programs[k]);
            writer_puts(w, "</code>");
        }
        writer_puts(w, "</li>");
    }
    writer_puts(w, "</ol></div>\n");
}

static void put_risk(struct writer *w, struct str path, const char *what, const char *how)
{
    writer_puts(w, "<li><code>");
    html_text(w, path);
    writer_puts(w, "</code> ");
    if (what) {
        html_text(w, str_from(what));
        writer_puts(w, " ");
    }
    writer_puts(w, "<span class=\"chip\">");
    html_text(w, str_from(how));
    writer_puts(w, "</span></li>");
}

static void put_risks(struct writer *w, const struct case_view *v)
{
    if (!v->story.n_risks && !v->n_credentials)
        return;
    put_h3(w, _("At risk here too"));
    writer_puts(w, "<div class=\"card\"><ul class=\"plain\">");
    for (size_t i = 0; i < v->story.n_risks; i++)
        put_risk(w, v->story.risks[i], NULL, _("was read"));
    for (size_t i = 0; i < v->n_credentials; i++)
        put_risk(w, v->credentials[i].path, _(v->credentials[i].what), v->credentials[i].is_writable ? _("writable") : _("readable"));
    writer_puts(w, "</ul></div>\n");
}

static void put_end(struct writer *w, const struct case_view *v)
{
    if (v->cost.n) {
        put_h3(w, _("Cost"));
        writer_puts(w, "<div class=\"card\">");
        html_text(w, v->cost);
        if (v->curve.is_there)
            case_picture_cost(w, v);
        writer_puts(w, "</div>\n");
    }
    if (v->is_open && v->n_steps) {
        writer_printf(w, "<h3 id=\"next\">%s</h3>\n", _("Next"));
        writer_puts(w, "<div class=\"card\"><ol class=\"plain\">");
        for (size_t i = 0; i < v->n_steps; i++) {
            writer_puts(w, "<li><b>");
            html_text(w, str_from(_(v->steps[i].what)));
            writer_puts(w, "</b> ");
            html_text_all(w, v->steps[i].how);
            writer_puts(w, "</li>");
        }
        writer_puts(w, "</ol><p>");
        html_text(w, str_from(_("This case cannot be closed as cleaned: whoever was in may have left what nobody found.")));
        writer_puts(w, "</p></div>\n");
    }
    if (v->n_notes)
        put_h3(w, _("Notes"));
    for (size_t i = 0; i < v->n_notes; i++) {
        writer_puts(w, "<div class=\"card\"><span class=\"soft\">");
        html_time(w, v->notes[i].time_ns);
        writer_puts(w, " ");
        html_text(w, v->notes[i].who);
        writer_puts(w, "</span><br>");
        html_text_all(w, v->notes[i].text);
        writer_puts(w, "</div>\n");
    }
    writer_puts(w, "</main>\n</body>\n</html>\n");
}

static bool has_processes(const struct case_view *v)
{
    for (size_t i = 0; i < v->n_findings; i++)
        if (v->findings[i].ties.n_line)
            return true;
    return false;
}

int case_view_html(const struct case_view *v, const struct sink_options *options, struct error *err)
{
    struct sink *s = writer_open(options);
    struct writer *w = writer_of(s);
    put_head(w, v);
    put_verdict(w, v);
    put_ways(w, v);
    put_h3(w, _("Timeline"));
    writer_puts(w, "<div class=\"card\">\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    html_text(w, str_from(_("Timeline")));
    writer_puts(w, "\">\n");
    case_picture_timeline(w, v);
    writer_puts(w, "</div>\n");
    put_findings(w, v);
    writer_puts(w, "</div>\n");
    if (has_processes(v)) {
        put_h3(w, _("Processes"));
        writer_puts(w, "<div class=\"card\">\n");
        case_picture_tree(w, v);
        writer_puts(w, "</div>\n");
    }
    put_occupants(w, v);
    put_risks(w, v);
    put_end(w, v);
    int r = writer_end(w, err);
    writer_close(s);
    return r;
}
