// SPDX-License-Identifier: Apache-2.0
/* What pages are put together of. */
#include "base/intl.h"
#include "sink/html.h"

void html_severity_bar(struct writer *w, const uint64_t n[SEVERITY__N])
{
    double at = 0, total = 0;
    for (int s = 0; s < SEVERITY__N; s++)
        total += (double)n[s];
    if (total <= 0)
        return;
    writer_puts(w, "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (int s = 0; s < SEVERITY__N; s++) {
        const double width = (double)n[s] * 1000 / total;
        if (n[s])
            writer_printf(w, "<g class=\"%s\"><rect class=\"fill gap-line\" x=\"%ld\" width=\"%ld\" height=\"10\"/></g>",
                          html_tone((enum severity)s), html_px(at), html_px(width));
        at += width;
    }
    writer_puts(w, "</svg>\n");
}

void html_severity_counts(struct writer *w, const uint64_t n[SEVERITY__N])
{
    writer_puts(w, "<ul class=\"counts\">");
    for (int s = 0; s < SEVERITY__N; s++) {
        writer_printf(w, "<li class=\"%s\"><b>", n[s] ? html_tone((enum severity)s) : "t-info");
        html_count(w, n[s]);
        writer_puts(w, "</b> ");
        html_text(w, str_from(html_severity((enum severity)s)));
        writer_puts(w, "</li>");
    }
}

void html_filter(struct writer *w, const bool has[SEVERITY__N])
{
    unsigned kinds = 0;
    for (int s = 0; s < SEVERITY__N; s++)
        kinds += has[s];
    if (kinds < 2)
        return;
    writer_printf(w, "<fieldset class=\"filter\"><legend>%s</legend>\n", _("Show"));
    for (int s = 0; s < SEVERITY__N; s++)
        if (has[s])
            writer_printf(w, "<label class=\"%s\"><input type=\"checkbox\" id=\"show-%s\" checked> %s</label>\n", html_tone((enum severity)s),
                          severity_name((enum severity)s), html_severity((enum severity)s));
    writer_puts(w, "</fieldset>\n");
}

void html_rule_head(struct writer *w, enum priority priority, struct str name, uint64_t n)
{
    writer_puts(w, "<header><span class=\"badge\">");
    html_text(w, str_from(html_severity(severity_of(priority))));
    writer_puts(w, "</span><h4>");
    html_text(w, intl_rule(name));
    writer_puts(w, "</h4>");
    if (n > 1) {
        writer_puts(w, "<span class=\"times\">×");
        html_count(w, n);
        writer_puts(w, "</span>");
    }
    writer_puts(w, "</header>\n");
}

void html_why(struct writer *w, struct str desc)
{
    if (!str_trim(desc).n)
        return;
    writer_puts(w, "<p class=\"why\">");
    html_text_all(w, str_trim(intl_rule(desc)));
    writer_puts(w, "</p>\n");
}

void html_next(struct writer *w, struct str next)
{
    if (!str_trim(next).n)
        return;
    writer_printf(w, "<p class=\"next\"><b>%s</b> ", _("What next:"));
    html_text_all(w, str_trim(intl_rule(next)));
    writer_puts(w, "</p>\n");
}

void html_references(struct writer *w, const struct str *techniques, size_t n_techniques, const struct str *rows, size_t n_rows, struct str name)
{
    for (size_t i = 0; i < n_techniques; i++) {
        writer_puts(w, "<li>ATT&amp;CK ");
        html_text(w, techniques[i]);
        writer_puts(w, "</li>");
    }
    for (size_t i = 0; i < n_rows; i++) {
        char row[32];
        (void)snprintf(row, sizeof(row), "%.*s", STR_ARG(rows[i]));
        writer_puts(w, "<li>");
        writer_printf(w, intl_plural("row %s", "rows %s", 1), row);
        writer_puts(w, "</li>");
    }
    if (intl_rule(name).p != name.p) { /* its name in files and in exceptions */
        writer_puts(w, "<li lang=\"en\">");
        html_text(w, name);
        writer_puts(w, "</li>");
    }
}
