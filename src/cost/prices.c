// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>

#include "base/day.h"
#include "base/file.h"
#include "base/intl.h"
#include "base/toml.h"
#include "cost/prices.h"

static const char *const KINDS[] = {
    [PRICE_MACHINE] = "machine",
    [PRICE_VCPU_HOUR] = "vcpu-hour",
    [PRICE_CALIBRATION] = "calibration",
    [PRICE_EGRESS] = "egress",
    [PRICE_COIN] = "coin",
    [PRICE_NETWORK_HASHRATE] = "network-hashrate",
    [PRICE_VCPU_HASHRATE] = "vcpu-hashrate",
    [PRICE_EMISSION] = "emission",
    [PRICE_ANCHOR] = "anchor",
};
static const char *const BASES[] = {
    [COST_MEASURED] = N_("measured"), [COST_GIVEN] = N_("given"),     [COST_CITED] = N_("cited"),
    [COST_ESTIMATED] = N_("estimated"), [COST_ASSUMED] = N_("assumed"),
};

const char *cost_basis_name(enum cost_basis b)
{
    return BASES[b];
}

const char *price_kind_name(enum price_kind k)
{
    return KINDS[k];
}

struct reader {
    const char *name;
    struct prices *p;
    struct error *err;
};

#define WRONG(r, node, ...) wrong_at((r), (node), arena_printf(&(r)->p->arena, __VA_ARGS__))
static int wrong_at(const struct reader *r, const struct toml_node *node, struct str what)
{
    return error_set(r->err, -EINVAL, "%s:%u:%u: %.*s", r->name, node->line, node->column, STR_ARG(what));
}

/* A figure of a table: finite, not negative. */
static int number(const struct reader *r, const struct toml_node *node, double *ret)
{
    const double d = node->type == TOML_INT ? (double)node->i : node->type == TOML_DOUBLE ? node->d : NAN;
    if (!isfinite(d) || d < 0)
        return WRONG(r, node, _("must be a number, zero or more"));
    *ret = d;
    return 0;
}

static int text_of(const struct reader *r, const struct toml_node *node, struct str *ret)
{
    if (node->type != TOML_STRING || !node->s.n)
        return WRONG(r, node, _("must be a text that is not empty"));
    *ret = node->s;
    return 0;
}

static int word_of(const struct reader *r, const struct toml_node *node, const char *const *words, size_t n, int *ret)
{
    for (size_t i = 0; node->type == TOML_STRING && i < n; i++)
        if (words[i] && str_is(node->s, words[i])) {
            *ret = (int)i;
            return 0;
        }
    _cleanup_(strbuf_done) struct strbuf list = {};
    for (size_t i = 0; i < n; i++)
        if (words[i])
            strbuf_printf(&list, "%s%s", list.n ? ", " : "", words[i]);
    return WRONG(r, node, _("must be one of %s"), list.p);
}

static int points_of(const struct reader *r, const struct toml_node *node, struct price *ret)
{
    if (node->type != TOML_ARRAY || node->n != 2)
        return WRONG(r, node, _("must be two points, [[share, USD], [share, USD]]"));
    for (size_t i = 0; i < 2; i++) {
        const struct toml_node *point = &node->v[i];
        if (point->type != TOML_ARRAY || point->n != 2)
            return WRONG(r, point, _("must be two points, [[share, USD], [share, USD]]"));
        int e = number(r, &point->v[0], &ret->at[i]);
        if (e >= 0)
            e = number(r, &point->v[1], &ret->usd[i]);
        if (e < 0)
            return e;
    }
    if (ret->at[0] >= ret->at[1] || ret->at[1] > 1)
        return WRONG(r, node, _("shares must rise and be at most 1"));
    return 0;
}

static int tiers_of(const struct reader *r, const struct toml_node *node, struct price *ret)
{
    if (node->type != TOML_ARRAY || !node->n || node->n > PRICES_TIERS_MAX)
        return WRONG(r, node, _("must be 1 to %d tiers, [{ up-to = GB, usd = PRICE }, …]"), PRICES_TIERS_MAX);
    struct price_tier *tiers = arena_array(&r->p->arena, struct price_tier, node->n);
    for (size_t i = 0; i < node->n; i++) {
        const struct toml_node *t = &node->v[i], *up_to, *usd;
        if (t->type != TOML_TABLE || !(usd = toml_get(t, "usd")))
            return WRONG(r, t, _("a tier needs `usd`"));
        int e = number(r, usd, &tiers[i].usd);
        if (e < 0)
            return e;
        tiers[i].up_to_gb = INFINITY;
        if ((up_to = toml_get(t, "up-to")) && (e = number(r, up_to, &tiers[i].up_to_gb)) < 0)
            return e;
        if (!up_to != (i == node->n - 1))
            return WRONG(r, t, _("every tier but the last needs `up-to`"));
        if (i && tiers[i].up_to_gb <= tiers[i - 1].up_to_gb)
            return WRONG(r, t, _("tiers must rise"));
    }
    ret->tiers = tiers;
    ret->n_tiers = node->n;
    return 0;
}

static int day_of_row(const struct reader *r, const struct toml_node *node, uint16_t *ret)
{
    if ((node->type != TOML_TIME && node->type != TOML_STRING) || !day_parse(node->s, ret))
        return WRONG(r, node, _("must be a day, YYYY-MM-DD"));
    return 0;
}

static int take_key(const struct reader *r, const struct toml_node *node, struct price *row)
{
    static const char *const ROW_BASES[] = {[COST_CITED] = "cited", [COST_ASSUMED] = "assumed"};
    static const char *const DATED[] = {"read", "published"};
    const struct {
        const char *key;
        struct str *text;
        double *figure;
    } plain[] = {
        {"id", &row->id, NULL},           {"unit", &row->unit, NULL},           {"region", &row->region, NULL},
        {"source", &row->source, NULL},   {"low", NULL, &row->low},             {"high", NULL, &row->high},
        {"vcpus", NULL, &row->vcpus},     {"baseline", NULL, &row->baseline},   {"surplus", NULL, &row->surplus},
    };
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        if (str_is(node->key, plain[i].key))
            return plain[i].text ? text_of(r, node, plain[i].text) : number(r, node, plain[i].figure);
    int word = 0, e;
    if (str_is(node->key, "value")) {
        e = number(r, node, &row->low);
        row->high = row->low;
    } else if (str_is(node->key, "kind")) {
        if ((e = word_of(r, node, KINDS, ARRAY_SIZE(KINDS), &word)) >= 0)
            row->kind = (enum price_kind)word;
    } else if (str_is(node->key, "basis")) {
        if ((e = word_of(r, node, ROW_BASES, ARRAY_SIZE(ROW_BASES), &word)) >= 0)
            row->basis = (enum cost_basis)word;
    } else if (str_is(node->key, "dated")) {
        if ((e = word_of(r, node, DATED, ARRAY_SIZE(DATED), &word)) >= 0)
            row->is_published = word;
    } else if (str_is(node->key, "date")) {
        e = day_of_row(r, node, &row->day);
    } else if (str_is(node->key, "points")) {
        e = points_of(r, node, row);
    } else if (str_is(node->key, "tiers")) {
        e = tiers_of(r, node, row);
    } else {
        return WRONG(r, node, _("a price has no key `%.*s`"), STR_ARG(node->key));
    }
    return e;
}

static const char *missing_of(const struct toml_node *node, const struct price *row)
{
    static const char *const NEEDED[] = {"id", "kind", "unit", "basis", "date", "dated", "source"};
    for (size_t i = 0; i < ARRAY_SIZE(NEEDED); i++)
        if (!toml_get(node, NEEDED[i]))
            return NEEDED[i];
    if (row->kind == PRICE_CALIBRATION)
        return toml_get(node, "points") ? NULL : "points";
    if (row->kind == PRICE_EGRESS)
        return toml_get(node, "tiers") ? NULL : "tiers";
    if (toml_get(node, "value"))
        return NULL;
    return !toml_get(node, "low") ? "value" : !toml_get(node, "high") ? "high" : NULL;
}

static int take_row(const struct reader *r, const struct toml_node *node)
{
    struct price row = {};
    if (node->type != TOML_TABLE)
        return WRONG(r, node, _("must be a table, [[price]]"));
    for (size_t i = 0; i < node->n; i++) {
        int e = take_key(r, &node->v[i], &row);
        if (e < 0)
            return e;
    }
    const char *missing = missing_of(node, &row);
    if (missing)
        return WRONG(r, node, _("this price needs `%s`"), missing);
    if (row.low > row.high)
        return WRONG(r, node, _("`low` is above `high`"));
    if (row.baseline > 1 || (row.baseline > 0 && (!row.vcpus || !toml_get(node, "surplus"))))
        return WRONG(r, node, _("`baseline` is a share of at most 1, and needs `vcpus` and `surplus`"));
    if ((row.kind == PRICE_NETWORK_HASHRATE || row.kind == PRICE_VCPU_HASHRATE) && row.low <= 0)
        return WRONG(r, node, _("must be more than zero"));
    vec_each(other, &r->p->rows) {
        if (other->kind == row.kind && str_eq(other->id, row.id))
            return WRONG(r, node, _("there is a price `%.*s` of this kind already"), STR_ARG(row.id));
    }
    vec_add(&r->p->rows, row);
    return 0;
}

static int take_table(const struct reader *r, const struct toml_node *root)
{
    const struct toml_node *format = toml_get(root, "format"), *rows = toml_get(root, "price");
    if (!format || format->type != TOML_STRING || !str_is(format->s, "davy.prices/1"))
        return error_set(r->err, -EINVAL, "%s: this is no table of prices: it must say format = \"davy.prices/1\"", r->name);
    for (size_t i = 0; i < root->n; i++)
        if (&root->v[i] != format && &root->v[i] != rows)
            return WRONG(r, &root->v[i], _("a table of prices has no key `%.*s`"), STR_ARG(root->v[i].key));
    if (!rows || rows->type != TOML_ARRAY || rows->n > PRICES_ROWS_MAX)
        return error_set(r->err, -EINVAL, "%s: a table of prices has 1 to %d rows [[price]]", r->name, PRICES_ROWS_MAX);
    for (size_t i = 0; i < rows->n; i++) {
        int e = take_row(r, &rows->v[i]);
        if (e < 0)
            return e;
    }
    return 0;
}

int prices_parse(struct prices *p, struct str text, const char *name, struct error *err)
{
    const struct toml_node *root;
    const struct reader r = {name, p, err};
    *p = (struct prices){};
    int e = toml_parse(text, name, &p->arena, &root, err);
    if (e >= 0)
        e = take_table(&r, root);
    if (e < 0)
        prices_done(p);
    return e;
}

int prices_load(struct prices *p, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    *p = (struct prices){};
    int e = file_read(path, PRICES_BYTES_MAX, &text, err);
    return e < 0 ? e : prices_parse(p, strbuf_str(&text), path, err);
}

void prices_done(struct prices *p)
{
    vec_done(&p->rows);
    arena_done(&p->arena);
}

const struct price *prices_find(const struct prices *p, enum price_kind kind, const char *id)
{
    for (size_t i = 0; i < p->rows.n; i++)
        if (p->rows.v[i].kind == kind && (!id || str_is(p->rows.v[i].id, id)))
            return &p->rows.v[i];
    return NULL;
}

bool price_is_stale(const struct price *p, uint16_t today, unsigned days)
{
    return today > p->day && (unsigned)(today - p->day) > days;
}
