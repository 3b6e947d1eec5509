// SPDX-License-Identifier: Apache-2.0
/* The pictures of the HTML report, each with the same figures as text. */
#include "base/alloc.h"
#include "base/intl.h"
#include "sink/html.h"

/* A class of evidence (tag by:…) in the reader's language, where it is one of the shipped rules'. */
static struct str class_name(struct str name)
{
    static const char *const KNOWN[] = {N_("name"), N_("config"), N_("content"), N_("shape"), N_("behaviour"), N_("key"), N_("account"), N_("place"),
                                        N_("digest"), N_("chain"), N_("credential"), N_("evasion"), N_("list"), N_("wallet")};
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++)
        if (str_is(name, KNOWN[i]))
            return str_from(_(KNOWN[i]));
    return name;
}

static void put_axis(struct writer *w, const char *name, const struct axis *a)
{
    static const char *const says[] = {N_("no evidence"), N_("weak: does not hold"), N_("holds"), N_("strong")};
    const char *word = _(says[a->strength < ARRAY_SIZE(says) ? a->strength : STRENGTH_STRONG]);
    writer_puts(w, "<div class=\"axis\"><span>");
    html_text(w, str_from(name));
    writer_puts(w, "</span><svg viewBox=\"0 0 96 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    html_text(w, str_from(word));
    writer_puts(w, "\">");
    for (unsigned i = 0; i < STRENGTH_STRONG; i++)
        writer_printf(w, "<rect class=\"seg%s\" x=\"%u\" width=\"30\" height=\"10\" rx=\"2\"/>", i < a->strength ? " on" : "", i * 33);
    writer_puts(w, "</svg><span class=\"soft\">");
    html_text(w, str_from(word));
    for (size_t i = 0; i < a->n_classes; i++) {
        writer_puts(w, i ? _(", ") : ": ");
        html_text(w, class_name(a->classes[i]));
    }
    writer_puts(w, "</span></div>\n");
}

void html_axes(struct writer *w, const struct verdict *v)
{
    writer_puts(w, "<div class=\"axes\">\n");
    put_axis(w, _("Against the owner's intent"), &v->intent);
    put_axis(w, _("Not acceptable"), &v->harm);
    writer_puts(w, "</div>\n");
}

void html_severities(struct writer *w, const struct report_target *t)
{
    uint64_t n[SEVERITY__N] = {}, total = 0, authorised = 0, context = 0;
    for (size_t i = 0; t->findings && i < findings_count(t->findings); i++) {
        const struct finding *f = findings_get(t->findings, i);
        enum section s = section_of(f);
        authorised += s == SECTION_AUTHORISED;
        context += s == SECTION_CONTEXT;
        if (s == SECTION_THREAT || s == SECTION_EXPOSURE) {
            n[severity_of(f->rule->priority)]++;
            total++;
        }
    }
    if (!total && !authorised)
        return;
    writer_printf(w, "<h3>%s</h3>\n<div class=\"card\">\n", _("Findings by severity"));
    html_severity_bar(w, n);
    html_severity_counts(w, n);
    if (authorised)
        writer_printf(w, "<li class=\"t-ok\"><b>%llu</b> %s</li>", (unsigned long long)authorised, _("authorised"));
    if (context)
        writer_printf(w, "<li class=\"t-info\"><b>%llu</b> %s</li>", (unsigned long long)context, _("context"));
    writer_puts(w, "</ul>\n</div>\n");
}

/* What was found in one layer. */
struct layer_count {
    unsigned effective, shadowed, deleted, context;
    enum severity worst;
};

static void count_layers(const struct report_target *t, struct layer_count *v)
{
    for (size_t i = 0; t->findings && i < findings_count(t->findings); i++) {
        const struct finding *f = findings_get(t->findings, i);
        uint32_t layer = f->subject.layer;
        if (!layer || layer > t->n_layers || f->authorised)
            continue;
        struct layer_count *c = &v[layer - 1];
        enum severity s = severity_of(f->rule->priority);
        if (f->kind == FINDING_CONTEXT) {
            c->context++;
            continue;
        }
        c->shadowed += str_is(f->subject.layer_state, "shadowed");
        c->deleted += str_is(f->subject.layer_state, "deleted");
        c->effective += str_is(f->subject.layer_state, "effective");
        c->worst = s < c->worst ? s : c->worst;
    }
}

static bool has_hits(const struct layer_count *c)
{
    return c->effective + c->shadowed + c->deleted;
}

static void put_stack(struct writer *w, const struct report_target *t, const struct layer_count *v, size_t number)
{
    uint64_t total = 0;
    double at = 0;
    for (size_t i = 0; i < t->n_layers; i++)
        total += t->layers[i].size;
    /* each layer is wide enough to be seen, what is left goes by size */
    double least = 14, rest = 1000 - least * (double)t->n_layers;
    if (rest < 0)
        return;
    writer_printf(w, "<svg class=\"stack\" viewBox=\"0 0 1000 34\" role=\"img\" aria-labelledby=\"stack-title-%zu\"><title id=\"stack-title-%zu\">",
                  number, number);
    html_text(w, str_from(_("Layers side by side, the lowest first, as wide as they are large; coloured where something was found")));
    writer_puts(w, "</title>");
    for (size_t i = 0; i < t->n_layers; i++) {
        double width = least + (total ? rest * (double)t->layers[i].size / (double)total : rest / (double)t->n_layers);
        writer_printf(w, "<g class=\"%s\"><rect class=\"%s\" x=\"%ld\" width=\"%ld\" height=\"34\" rx=\"3\"/>", html_tone(v[i].worst),
                      has_hits(&v[i]) ? "hit" : "", html_px(at), html_px(width));
        if (width > 20)
            writer_printf(w, "<text x=\"%ld\" y=\"21\">%zu</text>", html_px(at + width / 2), i + 1);
        writer_puts(w, "</g>");
        at += width;
    }
    writer_puts(w, "</svg>\n");
}

static void put_state(struct writer *w, unsigned n, const char *class, const char *says)
{
    if (n)
        writer_printf(w, " <span class=\"chip%s\">%u %s</span>", class, n, says);
}

static void put_layer(struct writer *w, const struct report_layer *l, const struct layer_count *c, uint64_t largest)
{
    writer_printf(w, "<tr class=\"%s\"><th scope=\"row\">%u</th><td class=\"wide\">"
                     "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"1000\" "
                     "height=\"10\"/><rect class=\"%s\" width=\"%ld\" height=\"10\"/></svg></td><td class=\"n\">",
                  html_tone(c->worst), l->index, has_hits(c) ? "fill" : "k-text", largest ? html_px(1000.0 * (double)l->size / (double)largest) : 0);
    html_size(w, l->size);
    writer_puts(w, "</td><td class=\"from\">");
    if (l->created_by.n) {
        writer_puts(w, "<code>");
        html_text(w, str_sub(l->created_by, 0, 400));
        writer_puts(w, "</code>");
    } else {
        html_text(w, str_from(_("not said")));
    }
    writer_puts(w, "</td><td class=\"has\">");
    put_state(w, c->effective, "", _("effective"));
    put_state(w, c->shadowed, " gone", _("replaced above, still readable"));
    put_state(w, c->deleted, " gone", _("deleted above, still readable"));
    put_state(w, c->context, "", _("context"));
    if (!has_hits(c) && !c->context)
        writer_puts(w, "<span class=\"soft\">–</span>");
    writer_puts(w, "</td></tr>\n");
}

void html_layers(struct writer *w, const struct report_target *t, size_t number)
{
    if (!t->n_layers)
        return;
    _cleanup_free_ struct layer_count *v = xalloc(t->n_layers * sizeof(*v));
    uint64_t largest = 0;
    for (size_t i = 0; i < t->n_layers; i++) {
        v[i].worst = SEVERITY_INFO;
        largest = t->layers[i].size > largest ? t->layers[i].size : largest;
    }
    count_layers(t, v);
    writer_printf(w, "<h3 id=\"layers-%zu\">%s</h3>\n<div class=\"card\">\n", number, _("Layers"));
    if (t->n_layers > 1 && t->n_layers <= HTML_LAYERS_DRAWN)
        put_stack(w, t, v, number);
    writer_printf(w, "<table class=\"layers\"><caption>%s</caption><thead><tr><th scope=\"col\">%s</th><th scope=\"col\"><span class=\"hide\">%s</span></th><th scope=\"col\" class=\"n\">%s</th>"
                     "<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead><tbody>\n",
                  _("The top layer first: what a higher layer hides stays in the image."), _("Layer"), _("Share"), _("Size"), _("Made by"), _("Found"));
    for (size_t i = t->n_layers; i-- > 0;)
        put_layer(w, &t->layers[i], &v[i], largest);
    writer_puts(w, "</tbody></table>\n</div>\n");
}
