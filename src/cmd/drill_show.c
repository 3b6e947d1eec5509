// SPDX-License-Identifier: Apache-2.0
/* davy drill: the report and the list of acts for people. */
#include <errno.h>
#include <stdlib.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/drill.h"

enum { NAME_COLUMNS = 26, SECONDS_COLUMNS = 9 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* " 98 acts · 98 seen · median 0.2 s · slowest 0.9 s" */
static void add_summary(struct strbuf *b, const struct drill_report *r)
{
    VEC(double) seconds = {};
    for (size_t i = 0; i < r->outcomes.n; i++)
        for (size_t j = 0; j < r->outcomes.v[i].n_expected; j++)
            if (r->outcomes.v[i].expected[j].seconds >= 0)
                vec_add(&seconds, r->outcomes.v[i].expected[j].seconds);
    strbuf_printf(b, intl_plural(" %zu act · %zu seen", " %zu acts · %zu seen", r->outcomes.n), r->outcomes.n, drill_count_seen(r));
    if (seconds.n) {
        qsort(seconds.v, seconds.n, sizeof(*seconds.v), by_size);
        strbuf_printf(b, _(" · median %.2f s · slowest %.2f s"), seconds.v[seconds.n / 2], seconds.v[seconds.n - 1]);
    }
    if (drill_count_skipped(r))
        strbuf_printf(b, _(" · %zu not possible here"), drill_count_skipped(r));
    strbuf_adds(b, "\n\n");
    vec_done(&seconds);
}

static void add_outcome(struct strbuf *b, const struct drill_outcome *o)
{
    const bool utf8 = cmd_utf8();
    for (size_t i = 0; i < o->n_expected; i++) {
        const struct drill_expected *e = &o->expected[i];
        char seconds[32];
        (void)snprintf(seconds, sizeof(seconds), "%.2f s", e->seconds);
        strbuf_printf(b, " %s ", e->seconds >= 0 ? (utf8 ? "✓" : "+") : drill_is_skipped(o) ? "-" : (utf8 ? "✗" : "x"));
        cmd_add_padded(b, i ? "" : o->act->name, NAME_COLUMNS);
        cmd_add_padded(b, e->seconds >= 0 ? seconds : "-", SECONDS_COLUMNS);
        text_add_safe(b, intl_rule(str_from(e->name)));
        if (!e->rule)
            strbuf_adds(b, _(" (no such rule, or switched off)"));
        strbuf_addc(b, '\n');
    }
    if (drill_is_seen(o) || !o->status)
        return;
    if (o->status == DRILL_ABSENT) {
        strbuf_adds(b, _("   this machine does not have what the act is about\n"));
        return;
    }
    strbuf_adds(b, o->status == -ETIMEDOUT ? _("   the act took too long") : _("   the act could not be done"));
    if (o->said.n) {
        strbuf_adds(b, ": ");
        text_add_safe(b, str_trim(strbuf_str(&o->said)));
    }
    strbuf_addc(b, '\n');
}

/* Where to look when an act was not seen. */
static void add_next(struct strbuf *b, const struct drill_report *r)
{
    if (drill_count_seen(r) + drill_count_skipped(r) < r->outcomes.n)
        strbuf_adds(b, _("\n next   davy watch --plan tells what this kernel shows,\n"
                         "        davy rules explain --kernel RULE what it passes on\n"));
}

/* Rules that were not seen, each with its reason. */
static void add_gaps(struct strbuf *b, const struct drill_report *r)
{
    bool has = false;
    for (size_t i = 0; i < ruleset_count(r->rules); i++) {
        const struct rule *rule = ruleset_get(r->rules, i);
        if (!drill_is_live(rule) || drill_cover_of(r, rule) != DRILL_NO_ACT)
            continue;
        if (!has)
            strbuf_adds(b, _("\n rules that no act is for\n"));
        has = true;
        const char *why = drill_gap_of(rule->name);
        struct strbuf line = {};
        text_add_safe(&line, intl_rule(rule->name));
        strbuf_printf(&line, why ? ": %s" : "%s", why ? _(why) : "");
        strbuf_adds(b, "   ");
        cmd_add_wrapped(b, strbuf_str(&line), 3, 5, cmd_columns(STDOUT_FILENO));
        strbuf_done(&line);
    }
}

/* " row 10   3/3   row 11   2/2 …": rules seen of those that there are. */
static void add_matrix(struct strbuf *b, const struct drill_report *r)
{
    enum { CELL = 18 };
    drill_matrix m = {};
    drill_make_matrix(r, &m);
    const unsigned across = (cmd_columns(STDOUT_FILENO) - 1) / CELL;
    strbuf_adds(b, _("\n rules seen, of those that name a row of the threats or a technique of ATT&CK (old and new numbers)\n"));
    for (size_t i = 0, column = 0; i < m.n; i++) {
        char text[64];
        const struct drill_cell *c = &m.v[i];
        unsigned all = 0;
        const bool starts_techniques = i && str_starts(m.v[i - 1].tag, STR("row:")) && !str_starts(c->tag, STR("row:"));
        for (size_t j = 0; j <= DRILL_NO_ACT; j++)
            all += c->rules[j];
        if (starts_techniques || column == across) {
            strbuf_addc(b, '\n');
            column = 0;
        }
        (void)snprintf(text, sizeof(text), "%-10.*s %u/%u", STR_ARG(c->tag), c->rules[DRILL_SEEN], all);
        strbuf_addc(b, ' ');
        cmd_add_padded(b, text, CELL - 1);
        column++;
    }
    strbuf_addc(b, '\n');
    vec_done(&m);
}

void drill_add_text(struct strbuf *b, struct drill_report *r)
{
    add_summary(b, r);
    for (size_t i = 0; i < r->outcomes.n; i++)
        add_outcome(b, &r->outcomes.v[i]);
    add_next(b, r);
    if (r->options->all) { /* of single acts it would tell what was not asked */
        add_gaps(b, r);
        add_matrix(b, r);
    }
    for (size_t i = 0; i < r->losses.n; i++) {
        strbuf_addc(b, i ? ' ' : '\n');
        text_add_safe(b, r->losses.v[i]);
        strbuf_addc(b, '\n');
    }
}

int drill_list(const struct drill_options *o)
{
    size_t n;
    _cleanup_(strbuf_done) struct strbuf b = {};
    const struct drill_act *acts = drill_acts(&n);
    for (size_t i = 0; i < n; i++) {
        if (o->format == DRILL_NAMES) {
            strbuf_printf(&b, "%s\n", acts[i].name);
            continue;
        }
        for (const char *const *rule = acts[i].rules; *rule; rule++) {
            strbuf_addc(&b, ' ');
            cmd_add_padded(&b, rule == acts[i].rules ? acts[i].name : "", NAME_COLUMNS);
            text_add_safe(&b, intl_rule(str_from(*rule)));
            strbuf_addc(&b, '\n');
        }
    }
    return cmd_print_page("davy drill", &b);
}
