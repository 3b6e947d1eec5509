// SPDX-License-Identifier: Apache-2.0
/*
 * The report as one HTML file that needs nothing else: no script at all, no request, the style allowed by its own digest
 * in the Content-Security-Policy. Pictures are inline SVG; choosing what is shown is done by the style.
 */
#include "base/alloc.h"
#include "base/intl.h"
#include "sink/html.h"
#include "sink/order.h"

static const struct {
    const char *word, *says;
} VERDICTS[VERDICT__N] = {
    [VERDICT_CLEAN] = {N_("clean"), N_("Nothing was found in what was looked at.")},
    [VERDICT_AUTHORISED] = {N_("authorised"), N_("The owner's policy covers what was found.")},
    [VERDICT_EXPOSED] = {N_("exposed"), N_("No sign of misuse, but a way in or something to steal.")},
    [VERDICT_SUSPICIOUS] = {N_("suspicious"), N_("There is evidence, and not enough to decide: look at it.")},
    [VERDICT_UNWANTED] = {N_("unwanted"), N_("The evidence holds on one of the two axes.")},
    [VERDICT_MALICIOUS] = {N_("malicious"), N_("Against the owner's intent, and not acceptable: the evidence holds on both axes.")},
};

static void put_sentence(struct writer *w, const char *tag, const char *text)
{
    writer_printf(w, "<%s>", tag);
    html_text_all(w, str_from(text));
    writer_printf(w, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static const char *verdict_word(const struct report_target *t)
{
    if (!t->failure.n)
        return _(VERDICTS[t->verdict.word].word);
    return t->counts.files ? _("not finished") : _("not scanned");
}

static void put_head(struct writer *w, const struct report *r)
{
    html_begin(w, r->version);
    for (size_t i = 0; i < r->targets.n && i < 3; i++) {
        const struct report_target *t = r->targets.v[i];
        writer_puts(w, i ? ", " : "");
        html_text(w, t->name);
        writer_puts(w, ": ");
        html_text(w, str_from(verdict_word(t)));
    }
    html_top(w, _("Davy report"));
    html_time(w, r->started_ns);
    html_main(w);
}

/* Findings that are more than context, which a clean target may have too. */
static uint64_t told(const struct report_target *t)
{
    uint64_t n = 0;
    for (size_t i = 0; t->findings && i < findings_count(t->findings); i++)
        n += section_of(findings_get(t->findings, i)) != SECTION_CONTEXT;
    return n;
}

static void put_overview(struct writer *w, const struct report *r)
{
    if (r->targets.n < 2)
        return;
    _cleanup_free_ size_t *order = order_targets(r);
    writer_printf(w, "<div class=\"card overview\"><table><caption>%s</caption><thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\" class=\"n\">%s</th></tr></thead><tbody>\n",
                  _("All targets of this run"), _("Target"), _("Verdict"), _("Findings"));
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[order[i]];
        writer_printf(w, "<tr class=\"%s\"><th scope=\"row\"><a href=\"#target-%zu\">", t->failure.n ? "t-high" : html_verdict_tone(t->verdict.word),
                      order[i] + 1);
        html_text(w, t->name);
        writer_puts(w, "</a></th><td><span class=\"badge\">");
        html_text(w, str_from(verdict_word(t)));
        writer_puts(w, "</span></td><td class=\"n\">");
        html_count(w, told(t));
        writer_puts(w, "</td></tr>\n");
    }
    writer_puts(w, "</tbody></table></div>\n");
}

static void put_fact(struct writer *w, struct str text)
{
    if (!text.n)
        return;
    writer_puts(w, "<li>");
    html_text(w, text);
    writer_puts(w, "</li>");
}

static void put_number(struct writer *w, uint64_t n, const char *what)
{
    if (!n)
        return;
    writer_puts(w, "<li>");
    html_count(w, n);
    writer_printf(w, " %s</li>", what);
}

static void put_facts(struct writer *w, const struct report_target *t)
{
    const struct report_counts *c = &t->counts;
    writer_puts(w, "<ul class=\"facts\">");
    put_fact(w, intl_str(t->kind));
    if (!str_eq(t->reference, t->name))
        put_fact(w, t->reference);
    put_fact(w, t->artifact);
    put_fact(w, t->platform);
    if (t->digest.n) {
        writer_puts(w, "<li><code>");
        html_text(w, t->digest);
        writer_puts(w, "</code></li>");
    }
    put_number(w, t->n_layers, intl_plural("layer", "layers", t->n_layers));
    put_number(w, c->files, intl_plural("file", "files", c->files));
    put_number(w, c->processes, intl_plural("process", "processes", c->processes));
    if (c->bytes) {
        writer_puts(w, "<li>");
        html_size(w, c->bytes);
        writer_puts(w, "</li>");
    }
    if (t->wall_ns) {
        writer_puts(w, "<li>");
        html_seconds(w, t->wall_ns);
        writer_puts(w, "</li>");
    }
    writer_puts(w, "</ul>\n");
}

/* The rules whose findings the axes rest on, each once, as links to their first place. */
static void put_reasons(struct writer *w, const struct report_target *t, size_t number)
{
    enum { REASONS_MAX = 4 };
    const struct axis *axes[] = {&t->verdict.intent, &t->verdict.harm};
    const struct rule *told[REASONS_MAX];
    size_t n = 0;
    for (size_t x = 0; x < ARRAY_SIZE(axes); x++)
        for (size_t i = 0; i < axes[x]->n_evidence && n < REASONS_MAX; i++) {
            const struct finding *f = findings_get(t->findings, axes[x]->evidence[i] - 1);
            bool fresh = f->kind == FINDING_THREAT;
            for (size_t k = 0; k < n; k++)
                fresh &= told[k] != f->rule;
            if (!fresh)
                continue;
            told[n++] = f->rule;
            writer_printf(w, n == 1 ? "<p class=\"small\">%s " : "%s", n == 1 ? _("Because of:") : " · ");
            writer_printf(w, "<a href=\"#finding-%zu-%u\">", number, f->id);
            html_text(w, intl_rule(f->rule->name));
            writer_puts(w, "</a>");
        }
    if (n)
        writer_puts(w, "</p>\n");
}

static void put_verdict(struct writer *w, const struct report_target *t, size_t number)
{
    const struct verdict *v = &t->verdict;
    writer_printf(w, "<div class=\"verdict %s\"><div><div class=\"word\">", html_verdict_tone(v->word));
    html_text(w, str_from(_(VERDICTS[v->word].word)));
    writer_puts(w, "</div>\n");
    put_sentence(w, "p", v->word == VERDICT_CLEAN && t->unread.total ? _("Nothing was found in what could be read.") : _(VERDICTS[v->word].says));
    if (v->n_purposes) {
        writer_puts(w, "<ul class=\"chips\">");
        for (size_t i = 0; i < v->n_purposes; i++)
            put_fact(w, intl_str(v->purposes[i]));
        writer_puts(w, "</ul>");
    }
    put_reasons(w, t, number);
    writer_puts(w, "</div>\n");
    if (v->intent.strength || v->harm.strength)
        html_axes(w, v);
    writer_puts(w, "</div>\n");
}

/* What is shown is chosen by boxes that the style reads: one set for the page. */
static void put_filter(struct writer *w, const struct report *r)
{
    bool has[SEVERITY__N] = {};
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct findings *fs = r->targets.v[i]->findings;
        for (size_t k = 0; fs && k < findings_count(fs); k++) {
            const struct finding *f = findings_get(fs, k);
            has[severity_of(f->rule->priority)] |= section_of(f) != SECTION_CONTEXT; /* as they are counted above */
        }
    }
    html_filter(w, has);
}

static void put_row(struct writer *w, const char *what, uint64_t n)
{
    if (!n)
        return;
    writer_puts(w, "<tr><th scope=\"row\">");
    html_text(w, str_from(what));
    writer_puts(w, "</th><td class=\"n\">");
    html_count(w, n);
    writer_puts(w, "</td></tr>\n");
}

static void put_gaps(struct writer *w, const char *title, const struct report_gaps *gaps, bool open)
{
    size_t shown = gaps->list.n < HTML_GAPS_MAX ? gaps->list.n : HTML_GAPS_MAX;
    if (!gaps->total)
        return;
    writer_printf(w, "<details%s><summary>", open && shown <= 10 ? " open" : "");
    html_text(w, str_from(title));
    writer_puts(w, ": ");
    html_count(w, gaps->total);
    writer_puts(w, "</summary>\n<ul class=\"plain small\">\n");
    for (size_t i = 0; i < shown; i++) {
        writer_puts(w, "<li><code>");
        html_text(w, intl_str(gaps->list.v[i].what));
        writer_puts(w, "</code>");
        if (gaps->list.v[i].why.n) {
            writer_puts(w, " – ");
            html_text(w, intl_str(gaps->list.v[i].why));
        }
        writer_puts(w, "</li>\n");
    }
    writer_puts(w, "</ul>\n");
    if (gaps->total > shown) {
        writer_puts(w, "<p class=\"sum\">");
        writer_printf(w, _("and %llu more"), (unsigned long long)(gaps->total - shown));
        writer_puts(w, "</p>\n");
    }
    writer_puts(w, "</details>\n");
}

static void put_checked(struct writer *w, const struct report *r, const struct report_target *t)
{
    const struct report_counts *c = &t->counts;
    put_sentence(w, "h3", _("What was looked at"));
    writer_printf(w, "<div class=\"card\"><table><caption>%s</caption><tbody>\n", _("What was read, and what judged it"));
    put_row(w, _("Files"), c->files);
    put_row(w, _("Folders"), c->directories);
    put_row(w, _("Links"), c->symlinks + c->hardlinks);
    put_row(w, _("Devices, pipes and sockets"), c->specials);
    put_row(w, _("Deletions of lower layers' files"), c->whiteouts);
    put_row(w, _("Lines of the build history"), c->history);
    put_row(w, _("Processes"), c->processes);
    put_row(w, _("Accounts"), c->accounts);
    put_row(w, _("Bytes of content"), c->bytes);
    put_row(w, _("Bytes as stored"), c->bytes_stored);
    put_row(w, _("Behaviour rules"), r->rules.behaviour);
    put_row(w, _("YARA rules"), r->rules.yara);
    put_row(w, _("Rules for secrets"), r->rules.secrets);
    put_row(w, _("Strings that tools carry"), r->rules.signs);
    writer_puts(w, "</tbody></table>\n");
    if (!t->unread.total)
        put_sentence(w, "p class=\"soft\"", _("Everything that was to be looked at could be read."));
    put_gaps(w, _("Could not be read"), &t->unread, true);
    put_gaps(w, _("Left out on purpose"), &t->skipped, false);
    writer_puts(w, "</div>\n");
}

/* A name and a word where there is nothing to read, so that a thousand clean targets bury none of the others. */
static void put_clean(struct writer *w, const struct report_target *t, size_t number)
{
    writer_printf(w, "<section class=\"target brief %s\" id=\"target-%zu\" aria-labelledby=\"name-%zu\">\n<h2 id=\"name-%zu\">",
                  html_verdict_tone(t->verdict.word), number, number, number);
    html_text(w, t->name);
    writer_puts(w, "</h2> <span class=\"badge\">");
    html_text(w, str_from(verdict_word(t)));
    writer_puts(w, "</span>\n");
    put_facts(w, t);
    writer_puts(w, "</section>\n");
}

static void put_target(struct writer *w, const struct report *r, size_t i)
{
    const struct report_target *t = r->targets.v[i];
    size_t number = i + 1;
    writer_printf(w, "<section class=\"target\" id=\"target-%zu\" aria-labelledby=\"name-%zu\">\n<h2 id=\"name-%zu\">", number, number, number);
    html_text(w, t->name);
    writer_puts(w, "</h2>\n");
    put_facts(w, t);
    if (t->failure.n) {
        writer_printf(w, "<div class=\"verdict t-high\"><div><div class=\"word\">%s</div><p>", verdict_word(t));
        html_text_all(w, t->failure);
        writer_puts(w, "</p></div></div>\n");
        /* what was found before it failed is told all the same */
        if (!t->findings || t->verdict.word <= VERDICT_AUTHORISED) {
            writer_puts(w, "</section>\n");
            return;
        }
    }
    put_verdict(w, t, number);
    bool quiet = t->verdict.word == VERDICT_CLEAN; /* then what was looked at is the news */
    if (quiet)
        put_checked(w, r, t);
    html_severities(w, t);
    html_runs(w, t);
    if (r->targets.n == 1)
        put_filter(w, r);
    html_findings(w, t, number);
    html_layers(w, t, number);
    html_bytes(w, t, number);
    if (!quiet)
        put_checked(w, r, t);
    writer_puts(w, "</section>\n");
}

static void put_policy(struct writer *w, const struct report *r)
{
    if (!r->policy)
        return;
    writer_printf(w, "<details><summary>%s <code>", _("Policy"));
    html_text(w, str_from(policy_name(r->policy)));
    writer_printf(w, "</code></summary><table><caption>%s</caption><thead><tr><th scope=\"col\" class=\"n\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
                     "<th scope=\"col\" class=\"n\">%s</th></tr></thead><tbody>\n",
                  _("What the owner authorises"), _("Line"), _("Reason"), _("Approved by"), _("Until"), _("Used"));
    for (size_t i = 0; i < policy_count(r->policy); i++) {
        const struct policy_entry *e = policy_get(r->policy, i);
        writer_printf(w, "<tr><td class=\"n\">%u</td><td>", e->line);
        html_text(w, e->reason);
        writer_puts(w, "</td><td>");
        html_text(w, e->approved_by);
        writer_puts(w, "</td><td>");
        html_text(w, e->until);
        if (policy_entry_expired(e, r->started_ns))
            writer_printf(w, " <span class=\"chip gone\">%s</span>", _("expired"));
        writer_puts(w, "</td><td class=\"n\">");
        html_count(w, e->used);
        writer_puts(w, "</td></tr>\n");
    }
    writer_puts(w, "</tbody></table></details>\n");
}

static void put_foot(struct writer *w, const struct report *r)
{
    writer_puts(w, "</main>\n<footer class=\"foot small\">\n");
    put_policy(w, r);
    writer_puts(w, "<ul class=\"facts\"><li>Davy ");
    html_text(w, r->version);
    writer_printf(w, "</li><li>%s <code>", _("rules"));
    html_text(w, str_sub(r->rules.digest, 0, 12));
    writer_printf(w, "</code></li><li>%s %d</li><li>", _("exit code"), report_exit_code(r, r->fail_on));
    html_text(w, str_from(r->never_fails ? _("findings do not change it") : _("fails from this severity on:")));
    if (!r->never_fails) {
        writer_puts(w, " ");
        html_text(w, str_from(html_severity(severity_of(r->fail_on))));
    }
    writer_puts(w, "</li></ul>\n</footer>\n</body>\n</html>\n");
}

static int html_report(struct sink *sink, const struct report *r, struct error *err)
{
    struct writer *w = writer_of(sink);
    put_head(w, r);
    put_overview(w, r);
    if (r->targets.n > 1)
        put_filter(w, r);
    const bool many = r->targets.n > ORDER_TARGETS_MANY;
    _cleanup_free_ size_t *order = order_targets(r);
    for (size_t i = 0; i < r->targets.n; i++) {
        const size_t k = many ? order[i] : i;
        if (many && order_is_plainly_clean(r->targets.v[k]))
            put_clean(w, r->targets.v[k], k + 1);
        else
            put_target(w, r, k);
    }
    put_foot(w, r);
    return writer_end(w, err);
}

const struct sink_ops SINK_HTML = {
    .name = "html",
    .help = N_("a page for people, one file that works offline"),
    .for_people = true,
    .open = writer_open,
    .report = html_report,
    .close = writer_close,
};
