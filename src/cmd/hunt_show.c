// SPDX-License-Identifier: Apache-2.0
/* The study for people, 80 columns wide: a name that is longer than its column has a line of its own, and is never cut. */
#include "base/intl.h"
#include "base/text.h"
#include "cmd/hunt_study.h"

enum { WIDTH = 80, NAME_COLUMNS = 38, NUMBER_COLUMNS = 10, SHORT_DIGEST = 7 + 16 };

static void add_number(struct strbuf *b, uint64_t n)
{
    struct strbuf text = {};
    text_add_count(&text, n);
    strbuf_pad(b, ' ', text.n < NUMBER_COLUMNS ? NUMBER_COLUMNS - text.n : 0);
    strbuf_add(b, strbuf_str(&text));
    strbuf_done(&text);
}

static void add_share(struct strbuf *b, uint64_t n, uint64_t of)
{
    if (of)
        strbuf_printf(b, "%8.1f %%", 100.0 * (double)n / (double)of);
    else
        strbuf_pad(b, ' ', NUMBER_COLUMNS);
}

static void add_name(struct strbuf *b, struct str name, unsigned indent)
{
    struct strbuf safe = {};
    strbuf_pad(&safe, ' ', indent);
    text_add_safe(&safe, name);
    if (text_width(strbuf_str(&safe)) >= NAME_COLUMNS) {
        strbuf_addc(&safe, '\n');
        strbuf_add(b, strbuf_str(&safe));
        strbuf_clear(&safe);
    }
    cmd_add_padded(b, safe.n ? safe.p : "", NAME_COLUMNS);
    strbuf_done(&safe);
}

static void add_heading(struct strbuf *b, const char *text)
{
    strbuf_printf(b, "\n%s\n", text);
}

/* Heads of columns of numbers; they may be in wide letters. */
static void add_heads(struct strbuf *b, const char *const *heads, size_t n)
{
    size_t at = NAME_COLUMNS;
    strbuf_pad(b, ' ', at);
    for (size_t i = 0; i < n; i++) {
        const size_t width = text_width(str_from(heads[i])), end = NAME_COLUMNS + (i + 1) * NUMBER_COLUMNS, blanks = at + width < end ? end - at - width : 1;
        strbuf_pad(b, ' ', blanks);
        strbuf_adds(b, heads[i]);
        at += blanks + width;
    }
}
#define ADD_HEADS(b, ...) add_heads((b), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void add_paragraph(struct strbuf *b, struct str text, unsigned indent)
{
    strbuf_pad(b, ' ', indent);
    cmd_add_wrapped(b, text, indent, indent, WIDTH);
}

static void add_sources(struct strbuf *b, struct study *s)
{
    vec_each(x, &s->sources)
    {
        if (x->state == HUNT_WALKED)
            continue;
        strbuf_adds(b, "   ");
        text_add_safe(b, x->name);
        strbuf_adds(b, ": ");
        if (x->state == HUNT_WALKING)
            strbuf_adds(b, _("not listed to its end yet"));
        else
            text_add_safe(b, x->error);
        strbuf_addc(b, '\n');
    }
}

static void add_numbers(struct strbuf *b, struct study *s)
{
    const uint64_t waiting = s->counts.images - s->counts.judged - s->counts.failed;
    if (s->totals.detonated)
        HUNT_ADD_COUNT(b, intl_plural("   %s image was also run in the jail\n", "   %s images were also run in the jail\n", s->totals.detonated), s->totals.detonated);
    if (s->totals.not_run)
        HUNT_ADD_COUNT(b, intl_plural("   %s image could not be run in the jail\n", "   %s images could not be run in the jail\n", s->totals.not_run), s->totals.not_run);
    if (s->totals.not_whole)
        HUNT_ADD_COUNT(b, intl_plural("   parts of %s image could not be read\n", "   parts of %s images could not be read\n", s->totals.not_whole), s->totals.not_whole);
    if (waiting)
        HUNT_ADD_COUNT(b, intl_plural("   %s image still waits: the hunt is not at its end\n", "   %s images still wait: the hunt is not at its end\n", waiting), waiting);
}

void study_head(struct study *s, struct strbuf *b)
{
    struct strbuf images = {}, refs = {}, repositories = {}, bytes = {}, saved = {}, layers = {}, first = {}, last = {};
    text_add_count(&images, s->counts.judged);
    text_add_count(&refs, s->totals.references);
    text_add_count(&repositories, s->totals.repositories);
    text_add_count(&layers, s->totals.layers);
    text_add_size(&bytes, s->totals.layer_bytes);
    text_add_size(&saved, s->totals.shared_bytes_saved);
    /* TRANSLATORS: "Study: 312 images of 480 references in 96 repositories" */
    strbuf_printf(b, _("Study: %s images of %s references in %s repositories\n"), images.p, refs.p, repositories.p);
    if (s->totals.first_ns) {
        text_add_time(&first, s->totals.first_ns, 0);
        text_add_time(&last, s->totals.last_ns, 0);
        strbuf_printf(b, _("   looked at from %s to %s\n"), first.p, last.p);
    }
    strbuf_printf(b, _("   %s different layers, %s; shared ones saved %s\n"), layers.p, bytes.p, saved.p);
    add_numbers(b, s);
    add_sources(b, s);
    strbuf_done(&images);
    strbuf_done(&refs);
    strbuf_done(&repositories);
    strbuf_done(&bytes);
    strbuf_done(&saved);
    strbuf_done(&layers);
    strbuf_done(&first);
    strbuf_done(&last);
}

void study_verdict(struct study *s, struct strbuf *b)
{
    bool any = false;
    struct strbuf n = {};
    vec_each(v, &s->verdicts)
    {
        if (!v->images)
            continue;
        strbuf_clear(&n);
        text_add_count(&n, v->images);
        strbuf_adds(b, any ? cmd_utf8() ? " · " : ", " : "");
        /* TRANSLATORS: how many images, and their verdict: "3 malicious" */
        strbuf_printf(b, _("%s %.*s"), n.p, STR_ARG(intl_str(v->word)));
        any = true;
    }
    if (!any)
        strbuf_adds(b, _("no image was judged"));
    strbuf_done(&n);
}

int study_rank(struct study *s)
{
    int worst = -1;
    vec_each(v, &s->verdicts)
    {
        const int rank = v->images ? hunt_verdict_rank(v->word) : -1;
        worst = rank > worst ? rank : worst;
    }
    return worst;
}

static void add_verdict(struct strbuf *b, struct study *s, const struct study_look *look)
{
    const int rank = study_rank(s), malicious = hunt_verdict_rank(STR("malicious")), clean = hunt_verdict_rank(STR("clean"));
    const char *mark = rank < 0 || rank > clean ? (look->utf8 ? "✗" : "X") : (look->utf8 ? "✓" : "+");
    const char *colour = rank == malicious ? "1;31" : rank > clean ? "33" : rank < 0 ? "1" : "32";
    strbuf_addc(b, ' ');
    if (look->colour)
        strbuf_printf(b, "\033[%sm", colour);
    strbuf_printf(b, "%s ", mark);
    study_verdict(s, b);
    strbuf_adds(b, look->colour ? "\033[0m\n\n" : "\n\n");
}

static void add_verdicts(struct strbuf *b, struct study *s)
{
    add_heading(b, _("Verdicts"));
    vec_each(v, &s->verdicts)
    {
        add_name(b, intl_str(v->word), 3);
        add_number(b, v->images);
        add_share(b, v->images, s->counts.judged);
        strbuf_addc(b, '\n');
    }
}

static void add_category(struct strbuf *b, const struct study *s, const struct study_category *c)
{
    struct strbuf text = {};
    add_name(b, intl_rule(c->title), c->parent ? 6 : 3);
    add_number(b, c->images);
    add_share(b, c->images, s->counts.judged);
    add_share(b, c->images, s->not_clean);
    if (c->cited)
        strbuf_printf(b, "%5llu%5.1f %%", (unsigned long long)c->cited, 100.0 * (double)c->cited / STUDY_CITED_OF);
    strbuf_addc(b, '\n');
    if (!c->images && c->needs.n) {
        strbuf_printf(&text, _("needs %.*s"), STR_ARG(intl_rule(c->needs)));
        add_paragraph(b, strbuf_str(&text), 6);
    }
    strbuf_done(&text);
}

static void add_categories(struct strbuf *b, struct study *s)
{
    struct strbuf text = {};
    add_heading(b, _("Categories (an image may count in several)"));
    /* TRANSLATORS: heads of columns, ten wide */
    ADD_HEADS(b, _("images"), _("of all"), _("of found"), "  Sysdig");
    strbuf_addc(b, '\n');
    vec_each(c, &s->categories) if (c->images || c->cited) add_category(b, s, c);
    HUNT_ADD_COUNT(&text, _("Found: the %s images that are not clean. Sysdig: of the 1,652 malicious images among 250,000 of Docker Hub, 2022."), s->not_clean);
    add_paragraph(b, strbuf_str(&text), 3);
    strbuf_done(&text);
}

void study_add_purposes(struct strbuf *b, struct str words)
{
    const size_t from = b->n;
    struct str word;
    while (str_split(&words, ' ', &word)) {
        strbuf_adds(b, b->n > from ? " " : "");
        text_add_safe(b, intl_str(word));
    }
}

static void add_worst(struct strbuf *b, struct study *s)
{
    if (!s->worst.n)
        return;
    add_heading(b, _("Worst repositories"));
    ADD_HEADS(b, _("images"), _("malicious"), _("unwanted"), _("exposed"));
    strbuf_addc(b, '\n');
    vec_each(r, &s->worst)
    {
        add_name(b, r->name, 3);
        add_number(b, r->images);
        add_number(b, r->malicious);
        add_number(b, r->unwanted);
        add_number(b, r->exposed);
        strbuf_addc(b, '\n');
        if (!r->example.n)
            continue;
        strbuf_pad(b, ' ', 6);
        text_add_safe(b, r->example);
        strbuf_adds(b, r->purposes.n ? "  " : "");
        study_add_purposes(b, r->purposes);
        strbuf_addc(b, '\n');
    }
}

static void add_spoke(struct strbuf *b, struct study *s, unsigned top)
{
    unsigned shown = 0;
    add_heading(b, _("Rules that spoke for most images"));
    vec_each(r, &s->spoke)
    {
        if (str_is(r->kind, "context") || shown == top)
            continue;
        shown++;
        add_number(b, r->images);
        strbuf_printf(b, "  %.*s (%.*s)\n", STR_ARG(intl_rule(r->name)), STR_ARG(intl_str(r->kind)));
    }
    if (!shown)
        strbuf_printf(b, "   %s\n", _("none"));
}

static void add_size(struct strbuf *b, uint64_t n)
{
    struct strbuf size = {};
    text_add_size(&size, n);
    strbuf_printf(b, "%*s", NUMBER_COLUMNS, size.p);
    strbuf_done(&size);
}

static void add_layers(struct strbuf *b, struct study_shared *list)
{
    if (!list->n)
        return;
    add_heading(b, _("Layers in most images"));
    ADD_HEADS(b, _("images"), _("size"));
    strbuf_addc(b, '\n');
    vec_each(l, list)
    {
        add_name(b, str_sub(l->digest, 0, SHORT_DIGEST), 3);
        add_number(b, l->images);
        add_size(b, l->size);
        strbuf_addc(b, '\n');
    }
}

/* Whole digests: `davy feed` takes them. */
static void add_bad_layers(struct strbuf *b, struct study_shared *list)
{
    struct strbuf size = {}, text = {};
    if (!list->n)
        return;
    add_heading(b, _("Layers with threats or exposures in them"));
    vec_each(l, list)
    {
        strbuf_printf(b, "   %.*s\n", STR_ARG(l->digest));
        strbuf_clear(&size);
        strbuf_clear(&text);
        text_add_size(&size, l->size);
        HUNT_ADD_COUNT(&text, intl_plural("%s image, ", "%s images, ", l->images), l->images);
        strbuf_printf(&text, "%s: %.*s", size.p, STR_ARG(l->rule.n ? intl_rule(l->rule) : STR_NULL));
        add_paragraph(b, strbuf_str(&text), 6);
    }
    strbuf_done(&size);
    strbuf_done(&text);
}

static void add_look_alikes(struct strbuf *b, struct study *s)
{
    if (!s->look_alikes.n)
        return;
    add_heading(b, _("Names near official ones (most of such are honest)"));
    ADD_HEADS(b, _("images"), _("malicious"));
    strbuf_addc(b, '\n');
    vec_each(l, &s->look_alikes)
    {
        add_name(b, l->name, 3);
        add_number(b, l->images);
        add_number(b, l->malicious);
        strbuf_printf(b, "\n      %s ", _("like"));
        text_add_safe(b, l->like);
        strbuf_printf(b, " (%.*s)\n", STR_ARG(l->how));
    }
    if (s->n_look_alikes > s->look_alikes.n)
        strbuf_printf(b, _("   … and %llu more\n"), (unsigned long long)(s->n_look_alikes - s->look_alikes.n));
}

static void add_failures(struct strbuf *b, struct study *s)
{
    struct strbuf safe = {};
    if (!s->failures.n)
        return;
    strbuf_printf(b, "\n%s: ", _("Not looked at"));
    HUNT_ADD_COUNT(b, intl_plural("%s image", "%s images", s->counts.failed), s->counts.failed);
    strbuf_adds(b, _(", "));
    HUNT_ADD_COUNT(b, intl_plural("%s reference\n", "%s references\n", s->counts.lost), s->counts.lost);
    vec_each(w, &s->failures)
    {
        strbuf_clear(&safe);
        text_add_safe(&safe, intl_str(w->why));
        add_paragraph(b, strbuf_str(&safe), 3);
        strbuf_pad(b, ' ', 6);
        text_add_safe(b, w->example);
        if (w->n > 1)
            strbuf_printf(b, _(" and %llu more"), (unsigned long long)w->n - 1);
        strbuf_addc(b, '\n');
    }
    strbuf_done(&safe);
}

/* A command that can be pasted, and what it does. */
static void add_command(struct strbuf *b, const struct study_look *look, const char *option, struct str value, const char *behind, const char *what)
{
    struct strbuf first = {}, second = {};
    strbuf_adds(&first, "   davy hunt report");
    if (look->store)
        strbuf_printf(&first, " --store %s", look->store);
    strbuf_printf(&second, " %s ", option);
    text_add_safe(&second, value);
    strbuf_adds(&second, behind);
    strbuf_add(b, strbuf_str(&first));
    if (text_width(strbuf_str(&first)) + text_width(strbuf_str(&second)) > WIDTH)
        strbuf_adds(b, " \\\n     "); /* a shell goes on there */
    strbuf_add(b, strbuf_str(&second));
    strbuf_addc(b, '\n');
    add_paragraph(b, str_from(what), 6);
    strbuf_done(&first);
    strbuf_done(&second);
}

static void add_next(struct strbuf *b, struct study *s, const struct study_look *look)
{
    if (!s->worst.n || !s->worst.v[0].example.n || !s->not_clean)
        return;
    add_heading(b, _("Next"));
    add_command(b, look, "--image", s->worst.v[0].example, "", _("what was found in it, with the evidence"));
    if (study_rank(s) == hunt_verdict_rank(STR("malicious")))
        add_command(b, look, "--reports", STR("malicious"), " | davy feed add --report -",
                    _("puts what is malicious into the feed: davy scan tells it from then on, and davy admit keeps it out of a cluster"));
}

void study_text(struct study *s, const struct study_look *look, struct strbuf *b)
{
    enum { SPOKE_MOST = 10 };
    strbuf_addc(b, '\n');
    add_verdict(b, s, look);
    study_head(s, b);
    add_verdicts(b, s);
    add_categories(b, s);
    add_worst(b, s);
    add_spoke(b, s, SPOKE_MOST);
    add_layers(b, &s->shared);
    add_bad_layers(b, &s->shared_bad);
    add_look_alikes(b, s);
    add_failures(b, s);
    add_next(b, s, look);
    strbuf_addc(b, '\n');
    add_paragraph(b, str_from(_("What was hunted was chosen, not drawn by lot: shares are those of these images and of no others.")), 0);
}
