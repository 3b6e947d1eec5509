// SPDX-License-Identifier: Apache-2.0
/* davy cost: the answer and the table for programs. */
#include <jansson.h>

#include "base/day.h"
#include "cmd/cost.h"

static json_t *text(struct str s)
{
    return json_stringn(s.p, s.n);
}

static int print(json_t *j)
{
    (void)json_dumpf(j, stdout, JSON_INDENT(2)); /* a stream that failed remembers it */
    (void)fputc('\n', stdout);
    json_decref(j);
    return cmd_flush("davy cost");
}

static void add_origin(json_t *o, const struct cost_answer *a, const struct price *row)
{
    _cleanup_(arena_done) struct arena arena = {};
    if (!row)
        return;
    (void)json_object_set_new(o, "price", text(row->id));
    (void)json_object_set_new(o, "source", text(row->source));
    (void)json_object_set_new(o, "date", text(day_text(&arena, row->day)));
    (void)json_object_set_new(o, "dated", json_string(row->is_published ? "published" : "read"));
    (void)json_object_set_new(o, "stale", json_boolean(cost_is_stale(a, row)));
}

static json_t *figures(const struct cost_answer *a, const cost_figures *list)
{
    json_t *all = json_array();
    for (size_t i = 0; i < list->n; i++) {
        const struct cost_figure *f = &list->v[i];
        json_t *o = json_object();
        (void)json_object_set_new(o, "name", json_string(f->key));
        (void)json_object_set_new(o, "low", json_real(f->value.low));
        (void)json_object_set_new(o, "high", json_real(f->value.high));
        (void)json_object_set_new(o, "unit", json_string(f->unit));
        (void)json_object_set_new(o, "basis", json_string(cost_basis_name(f->basis)));
        add_origin(o, a, f->price);
        (void)json_array_append_new(all, o);
    }
    return all;
}

int cost_json(const struct cost_answer *a)
{
    return print(json_pack("{s:s, s:s, s:b, s:i, s:o, s:o}", "schema", "davy.cost/1", "model", a->model, "new_machines", a->in.is_new,
                           "stale_after_days", (int)a->options->stale_days, "results", figures(a, &a->results), "inputs",
                           figures(a, &a->inputs)));
}

int cost_json_table(const struct cost_answer *a)
{
    json_t *all = json_array();
    for (size_t i = 0; i < a->prices.rows.n; i++) {
        const struct price *row = &a->prices.rows.v[i];
        json_t *o = json_object();
        (void)json_object_set_new(o, "kind", json_string(price_kind_name(row->kind)));
        (void)json_object_set_new(o, "unit", text(row->unit));
        (void)json_object_set_new(o, "basis", json_string(cost_basis_name(row->basis)));
        if (row->kind != PRICE_CALIBRATION && row->kind != PRICE_EGRESS) {
            (void)json_object_set_new(o, "low", json_real(row->low));
            (void)json_object_set_new(o, "high", json_real(row->high));
        }
        add_origin(o, a, row);
        (void)json_array_append_new(all, o);
    }
    return print(json_pack("{s:s, s:o}", "schema", "davy.prices/1", "prices", all));
}
