// SPDX-License-Identifier: Apache-2.0
/* davy hunt report: the study for people, and where it goes. */
#include <errno.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/hunt_study.h"

enum { NAME_COLUMNS = 44, NUMBER_COLUMNS = 10 };

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
        strbuf_printf(b, "  %5.1f %%", 100.0 * (double)n / (double)of);
}

static void add_name(struct strbuf *b, struct str name, unsigned indent)
{
    struct strbuf safe = {};
    strbuf_pad(&safe, ' ', indent);
    text_add_fit(&safe, name, NAME_COLUMNS - indent - 1, cmd_utf8());
    cmd_add_padded(b, safe.p, NAME_COLUMNS);
    strbuf_done(&safe);
}

static void add_heading(struct strbuf *b, const char *text)
{
    strbuf_printf(b, "\n%s\n", text);
}

static void add_head(struct strbuf *b, struct study *s)
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
    if (s->totals.detonated)
        strbuf_printf(b, intl_plural("   %llu image was also run in the jail\n", "   %llu images were also run in the jail\n", s->totals.detonated),
                      (unsigned long long)s->totals.detonated);
    if (s->totals.not_run)
        strbuf_printf(b, intl_plural("   %llu image could not be run in the jail\n", "   %llu images could not be run in the jail\n", s->totals.not_run),
                      (unsigned long long)s->totals.not_run);
    if (s->totals.not_whole)
        strbuf_printf(b, intl_plural("   of %llu image parts could not be read\n", "   of %llu images parts could not be read\n", s->totals.not_whole),
                      (unsigned long long)s->totals.not_whole);
    const uint64_t waiting = s->counts.images - s->counts.judged - s->counts.failed;
    if (waiting)
        strbuf_printf(b, intl_plural("   %llu image still waits: the hunt is not at its end\n", "   %llu images still wait: the hunt is not at its end\n", waiting),
                      (unsigned long long)waiting);
    vec_each(x, &s->sources)
    {
        if (x->state == HUNT_WALKED)
            continue;
        strbuf_adds(b, "   ");
        text_add_safe(b, x->name);
        strbuf_adds(b, ": ");
        if (x->state == HUNT_WALKING)
            strbuf_adds(b, _("not walked to its end yet"));
        else
            text_add_safe(b, x->error);
        strbuf_addc(b, '\n');
    }
    strbuf_done(&images);
    strbuf_done(&refs);
    strbuf_done(&repositories);
    strbuf_done(&bytes);
    strbuf_done(&saved);
    strbuf_done(&layers);
    strbuf_done(&first);
    strbuf_done(&last);
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

static void add_categories(struct strbuf *b, struct study *s)
{
    struct strbuf text = {};
    add_heading(b, _("Categories (an image may count in several)"));
    cmd_add_padded(b, "", NAME_COLUMNS);
    /* TRANSLATORS: heads of columns, ten and eighteen wide */
    strbuf_printf(b, "%10s  %7s  %s\n", _("images"), _("share"), _("Sysdig, 2022 (of 1,652 malicious images)"));
    vec_each(c, &s->categories)
    {
        if (!c->images && !c->cited)
            continue;
        add_name(b, intl_str(c->title), c->parent ? 6 : 3);
        add_number(b, c->images);
        add_share(b, c->images, s->counts.judged);
        strbuf_clear(&text);
        if (c->cited)
            text_add_count(&text, c->cited);
        if (c->cited)
            strbuf_printf(b, "  %s", text.p);
        if (!c->images && c->needs.n)
            strbuf_printf(b, _("  (needs %.*s)"), STR_ARG(intl_str(c->needs)));
        strbuf_addc(b, '\n');
    }
    strbuf_done(&text);
}

static void add_worst(struct strbuf *b, struct study *s)
{
    if (!s->worst.n)
        return;
    add_heading(b, _("Worst repositories"));
    cmd_add_padded(b, "", NAME_COLUMNS);
    strbuf_printf(b, "%10s%10s%10s%10s\n", _("images"), _("malicious"), _("unwanted"), _("exposed"));
    vec_each(r, &s->worst)
    {
        add_name(b, r->name, 3);
        add_number(b, r->images);
        add_number(b, r->malicious);
        add_number(b, r->unwanted);
        add_number(b, r->exposed);
        strbuf_adds(b, r->purposes.n ? "  " : "");
        text_add_safe(b, r->purposes);
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
        add_name(b, intl_rule(r->name), 3);
        add_number(b, r->images);
        strbuf_printf(b, "  %.*s\n", STR_ARG(intl_str(r->kind)));
    }
    if (!shown)
        strbuf_printf(b, "   %s\n", _("none"));
}

static void add_layers(struct strbuf *b, struct study_shared *list, const char *heading)
{
    struct strbuf size = {};
    if (!list->n)
        return;
    add_heading(b, heading);
    cmd_add_padded(b, "", NAME_COLUMNS);
    strbuf_printf(b, "%10s%10s\n", _("images"), _("size"));
    vec_each(l, list)
    {
        add_name(b, str_sub(l->digest, 0, strlen("sha256:") + 32), 3);
        add_number(b, l->images);
        strbuf_clear(&size);
        text_add_size(&size, l->size);
        strbuf_printf(b, "%10s", size.p);
        strbuf_adds(b, l->rule.n ? "  " : "");
        strbuf_add(b, l->rule.n ? intl_rule(l->rule) : STR_NULL);
        strbuf_addc(b, '\n');
    }
    strbuf_done(&size);
}

static void add_look_alikes(struct strbuf *b, struct study *s)
{
    if (!s->look_alikes.n)
        return;
    add_heading(b, _("Names near official ones (most of such are honest)"));
    cmd_add_padded(b, "", NAME_COLUMNS);
    strbuf_printf(b, "%10s%10s  %s\n", _("images"), _("malicious"), _("like"));
    vec_each(l, &s->look_alikes)
    {
        add_name(b, l->name, 3);
        add_number(b, l->images);
        add_number(b, l->malicious);
        strbuf_adds(b, "  ");
        text_add_safe(b, l->like);
        strbuf_printf(b, " (%.*s)\n", STR_ARG(l->how));
    }
    if (s->n_look_alikes > s->look_alikes.n)
        strbuf_printf(b, _("   … and %llu more\n"), (unsigned long long)(s->n_look_alikes - s->look_alikes.n));
}

static void add_failures(struct strbuf *b, struct study *s)
{
    if (!s->failures.n)
        return;
    strbuf_printf(b, _("\nNot looked at: %llu images, %llu references\n"), (unsigned long long)s->counts.failed, (unsigned long long)s->counts.lost);
    vec_each(w, &s->failures)
    {
        strbuf_adds(b, "   ");
        text_add_safe(b, w->why);
        strbuf_printf(b, " (%llu: ", (unsigned long long)w->n);
        text_add_fit(b, w->example, 72, cmd_utf8());
        strbuf_adds(b, w->n > 1 ? ", …)\n" : ")\n");
    }
}

void study_text(struct study *s, struct strbuf *b)
{
    enum { SPOKE_MOST = 10 };
    add_head(b, s);
    add_verdicts(b, s);
    add_categories(b, s);
    add_worst(b, s);
    add_spoke(b, s, SPOKE_MOST);
    add_layers(b, &s->shared, _("Layers in most images"));
    add_layers(b, &s->shared_bad, _("Layers with threats or exposures in them"));
    add_look_alikes(b, s);
    add_failures(b, s);
    strbuf_adds(b, _("\nWhat was hunted was chosen, not drawn by lot: shares are those of these images and of no others.\n"));
}

/* ---- where it goes ---- */

static int write_out(const struct hunt_options *o, struct str text)
{
    FILE *f = o->output ? fopen(o->output, "we") : stdout;
    bool is_good = f && fwrite(text.p, 1, text.n, f) == text.n;
    if (f == stdout)
        is_good = !fflush(f) && is_good;
    else if (f)
        is_good = !fclose(f) && is_good;
    if (!is_good)
        cmd_error(HUNT, "cannot write %s: %s", o->output ? o->output : _("the study"), error_words(errno));
    return is_good ? EXIT_NOTHING : EXIT_CANNOT;
}

static int show_image(const struct hunt_options *o, struct hunt_store *store)
{
    _cleanup_(strbuf_done) struct strbuf rules = {}, digest = {}, report = {};
    struct error err = ERROR_NULL;
    int r = hunt_study_rules(store, &rules, &err);
    if (!r)
        r = hunt_store_report(store, strbuf_str(&rules), str_from(o->image), &digest, &report, &err);
    if (r > 0 && o->queue)
        r = hunt_fetch_report(o, strbuf_str(&digest), strbuf_str(&rules), &report, &err);
    if (r > 0)
        r = error_set(&err, -ENOENT, "%s has no report here: it waits, failed, or workers put it where --queue NATS tells", digest.p);
    if (r < 0) {
        cmd_error(HUNT, "%s", err.text);
        return EXIT_CANNOT;
    }
    strbuf_addc(&report, '\n');
    return write_out(o, strbuf_str(&report));
}

static int show_study(const struct hunt_options *o, struct hunt_store *store)
{
    _cleanup_(study_done) struct study s = {};
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct error err = ERROR_NULL;
    if (study_gather(store, o, &s, &err) < 0) {
        cmd_error(HUNT, "%s", err.text);
        return EXIT_CANNOT;
    }
    intl_pause(o->format == HUNT_JSON);
    if (o->format == HUNT_TEXT)
        study_text(&s, &b);
    else if (o->format == HUNT_JSON)
        study_json(&s, &b);
    else
        study_html(&s, &b);
    intl_pause(false);
    return write_out(o, strbuf_str(&b));
}

int hunt_report(const struct hunt_options *o)
{
    _cleanup_(hunt_store_closep) struct hunt_store *store = NULL;
    struct error err = ERROR_NULL;
    if (hunt_store_open(hunt_store_of(o), HUNT_READ, &store, &err) < 0) {
        cmd_error(HUNT, "%s", err.text);
        return EXIT_CANNOT;
    }
    return o->image ? show_image(o, store) : show_study(o, store);
}
