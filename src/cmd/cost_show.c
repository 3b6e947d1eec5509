// SPDX-License-Identifier: Apache-2.0
/* davy cost: the answer and the table for people. */
#include "base/day.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/cost.h"

enum { LABEL_COLUMNS = 32, VALUE_COLUMNS = 26 };

static int print(struct strbuf *b)
{
    return cmd_print_page("davy cost", b);
}

static void add_one(struct strbuf *b, double v, const char *unit)
{
    if (!strcmp(unit, "share"))
        strbuf_printf(b, "%.3g", v * 100);
    else if (!strcmp(unit, "USD") || !strcmp(unit, "USD/month"))
        cost_add_usd(b, v);
    else if (v >= 1e6)
        strbuf_printf(b, "%.3g", v);
    else
        strbuf_printf(b, "%.6g", v);
}

/* Hashes per second of many machines, in units that people say. */
static const char *scale_of(const struct cost_figure *f, double *ret_by)
{
    static const struct {
        double from;
        const char *unit;
    } SCALES[] = {{1e9, "GH/s"}, {1e6, "MH/s"}};
    *ret_by = 1;
    for (size_t i = 0; i < ARRAY_SIZE(SCALES) && !strcmp(f->unit, "H/s"); i++)
        if (f->value.low >= SCALES[i].from) {
            *ret_by = SCALES[i].from;
            return SCALES[i].unit;
        }
    return !strcmp(f->unit, "share") ? "%" : f->unit;
}

static void add_value(struct strbuf *b, const struct cost_figure *f)
{
    _cleanup_(strbuf_done) struct strbuf low = {}, high = {};
    double by;
    const char *unit = scale_of(f, &by);
    add_one(&low, f->value.low / by, f->unit);
    add_one(&high, f->value.high / by, f->unit);
    if (strbuf_str(&low).n == strbuf_str(&high).n && !strcmp(low.p, high.p))
        strbuf_printf(b, "%s %s", low.p, unit);
    else
        strbuf_printf(b, "%s … %s %s", low.p, high.p, unit);
}

/* "cited 2026-03-10, old", with the row's id. */
static void add_origin(struct strbuf *b, const struct cost_answer *a, const struct cost_figure *f)
{
    _cleanup_(arena_done) struct arena arena = {};
    strbuf_adds(b, _(cost_basis_name(f->basis)));
    if (!f->price)
        return;
    strbuf_adds(b, " · ");
    text_add_safe(b, f->price->id);
    strbuf_printf(b, " · %.*s", STR_ARG(day_text(&arena, f->price->day)));
    if (cost_is_stale(a, f->price))
        strbuf_adds(b, _(" · old"));
}

static void add_lines(struct strbuf *b, const struct cost_answer *a, const cost_figures *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct cost_figure *f = &list->v[i];
        _cleanup_(strbuf_done) struct strbuf value = {};
        add_value(&value, f);
        strbuf_adds(b, "   ");
        cmd_add_padded(b, _(f->label), LABEL_COLUMNS);
        cmd_add_padded(b, value.p, VALUE_COLUMNS);
        add_origin(b, a, f);
        strbuf_addc(b, '\n');
    }
}

static unsigned count_stale(const struct cost_answer *a, const cost_figures *list)
{
    unsigned n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += cost_is_stale(a, list->v[i].price);
    return n;
}

static const struct cost_figure *find(const cost_figures *list, const char *label)
{
    for (size_t i = 0; i < list->n; i++)
        if (!strcmp(list->v[i].label, label))
            return &list->v[i];
    return NULL;
}

/*
 * What it comes to, before what that is made of: "more on the bill: 50 … 51 USD · paid by you, used by another: 10 USD (duration 730 h,
 * estimated)". The bill is that of machines and traffic together.
 */
static void add_head(struct strbuf *b, const struct cost_answer *a)
{
    _cleanup_(strbuf_done) struct strbuf value = {}, time = {}, other = {};
    const struct cost_figure *duration = find(&a->inputs, "duration"), *both = find(&a->results, "both together"),
                             *used = find(&a->results, "paid by you, used by another");
    if (!a->results.n)
        return;
    add_value(&value, both ? both : &a->results.v[0]);
    strbuf_printf(b, "\n %s: %s", _(a->results.v[0].label), value.p);
    if (used) {
        add_value(&other, used);
        strbuf_printf(b, " · %s: %s", _(used->label), other.p);
    }
    strbuf_adds(b, " (");
    if (duration) {
        add_value(&time, duration);
        strbuf_printf(b, "%s %s, ", _(duration->label), time.p);
    }
    strbuf_printf(b, "%s)\n\n", _(cost_basis_name(a->results.v[0].basis)));
}

int cost_show(const struct cost_answer *a)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const unsigned stale = count_stale(a, &a->inputs) + count_stale(a, &a->results);
    add_head(&b, a);
    strbuf_printf(&b, _(" Cost of use by others, model %s"), a->model);
    strbuf_printf(&b, a->in.is_new ? _(", machines that the other started\n\n") : "\n\n");
    add_lines(&b, a, &a->results);
    strbuf_adds(&b, _("\n made of\n"));
    add_lines(&b, a, &a->inputs);
    if (stale)
        strbuf_printf(&b, intl_plural("\n %u figure is older than %u days: look it up and give it as an option or in --prices\n",
                                      "\n %u figures are older than %u days: look them up and give them as options or in --prices\n", stale),
                      stale, a->options->stale_days);
    strbuf_adds(&b, _("\n davy cost --list shows the source of each price\n"));
    return print(&b);
}

static void add_row(struct strbuf *b, const struct cost_answer *a, const struct price *row)
{
    _cleanup_(arena_done) struct arena arena = {};
    _cleanup_(strbuf_done) struct strbuf value = {}, kind = {};
    const struct cost_figure f = {.value = {row->low, row->high}, .unit = row->unit.p};
    text_add_safe(&kind, row->id);
    strbuf_printf(&kind, " · %s", price_kind_name(row->kind));
    if (row->kind == PRICE_CALIBRATION)
        strbuf_printf(&value, "%g %% → %g, %g %% → %g %.*s", row->at[0] * 100, row->usd[0], row->at[1] * 100, row->usd[1], STR_ARG(row->unit));
    else if (row->kind == PRICE_EGRESS)
        for (size_t i = 0; i < row->n_tiers; i++)
            strbuf_printf(&value, "%s%g", i ? " → " : "", row->tiers[i].usd);
    else
        add_value(&value, &f);
    if (row->kind == PRICE_EGRESS)
        strbuf_printf(&value, " %.*s", STR_ARG(row->unit));
    strbuf_addc(b, ' ');
    cmd_add_padded(b, kind.p, 34);
    text_add_safe(b, strbuf_str(&value));
    strbuf_printf(b, row->is_published ? _("\n   %s, published %.*s%s\n   ") : _("\n   %s, read %.*s%s\n   "),
                  _(cost_basis_name(row->basis)), STR_ARG(day_text(&arena, row->day)), cost_is_stale(a, row) ? _(" · old") : "");
    _cleanup_(strbuf_done) struct strbuf source = {};
    text_add_safe(&source, row->source);
    cmd_add_wrapped(b, strbuf_str(&source), 3, 3, cmd_columns(STDOUT_FILENO));
}

int cost_show_table(const struct cost_answer *a)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < a->prices.rows.n; i++)
        add_row(&b, a, &a->prices.rows.v[i]);
    return print(&b);
}
