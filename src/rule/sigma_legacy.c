// SPDX-License-Identifier: Apache-2.0
/*
 * The old format of Sigma, as what took its place: an aggregation behind the condition (`selection | count(b) by a > 5` with a timeframe) is a rule and a
 * correlation over it; documents of a collection (`action: global`, `reset`, `repeat`) are written out.
 * https://github.com/SigmaHQ/sigma/wiki/Specification, before version 2
 */
#include <errno.h>

#include "base/intl.h"
#include "rule/sigma.h"

enum { MERGE_DEPTH_MAX = 8, BY_MAX = 8 };

/* ---- nodes ---- */

struct members {
    const struct yaml_node **v;
    size_t n;
};

static struct members members_new(struct arena *a, size_t pairs)
{
    return (struct members){.v = arena_array(a, const struct yaml_node *, 2 * pairs)};
}

static void put(struct members *m, const struct yaml_node *key, const struct yaml_node *value)
{
    m->v[m->n++] = key;
    m->v[m->n++] = value;
}

static const struct yaml_node *collection(struct arena *a, enum yaml_kind kind, const struct yaml_node *at, struct members m)
{
    struct yaml_node *node = arena_new(a, struct yaml_node);
    *node = (struct yaml_node){.kind = kind, .source = at->source, .start = at->start, .end = at->end, .v = m.v, .n = m.n, .weight = at->weight, .bytes = at->bytes};
    return node;
}

static bool is_key(const struct yaml_node *key, const char *const *names)
{
    for (; key->kind == YAML_SCALAR && *names; names++)
        if (str_eq(key->text, str_from(*names)))
            return true;
    return false;
}

/* Without these keys. */
static const struct yaml_node *without(struct arena *a, const struct yaml_node *map, const char *const *names)
{
    struct members m = members_new(a, map->n / 2);
    for (size_t i = 0; i + 1 < map->n; i += 2)
        if (!is_key(map->v[i], names))
            put(&m, map->v[i], map->v[i + 1]);
    return collection(a, YAML_MAP, map, m);
}

/* ---- collections ---- */

/* What `over` says beside what `under` says; maps go into one another. */
static const struct yaml_node *merge(struct arena *a, const struct yaml_node *under, const struct yaml_node *over, unsigned depth)
{
    if (!under || under->kind != YAML_MAP || over->kind != YAML_MAP || depth == MERGE_DEPTH_MAX)
        return over;
    struct members m = members_new(a, (under->n + over->n) / 2);
    for (size_t i = 0; i + 1 < under->n; i += 2)
        if (!sigma_get(over, under->v[i]->text))
            put(&m, under->v[i], under->v[i + 1]);
    for (size_t i = 0; i + 1 < over->n; i += 2)
        put(&m, over->v[i], merge(a, sigma_get(under, over->v[i]->text), over->v[i + 1], depth + 1));
    return collection(a, YAML_MAP, over, m);
}

const struct yaml_node *sigma_legacy_document(struct loader *l, const struct yaml_node *doc)
{
    static const char *const action_only[] = {"action", NULL}, *const own[] = {"action", "id", "name", NULL};
    struct sigma *s = sigma_of(l->rs);
    struct arena *a = &l->rs->load;
    const struct yaml_node *action = yaml_get(doc, "action");
    const struct str what = action && action->kind == YAML_SCALAR ? action->text : STR_NULL;
    if (s->collection_source != doc->source) { /* a collection ends with its file */
        s->collection_source = doc->source;
        s->global = s->last = NULL;
    }
    if (str_is(what, "global")) {
        s->global = merge(a, s->global, without(a, doc, own), 0);
        return NULL;
    }
    const bool repeats = str_is(what, "repeat") && s->last;
    const struct yaml_node *fresh = action ? without(a, doc, action_only) : doc;
    if (str_is(what, "reset"))
        s->global = NULL;
    const struct yaml_node *whole = merge(a, repeats ? s->last : s->global, fresh, 0);
    /* `action: reset` may stand alone */
    if (action && !fresh->n && !repeats)
        return NULL;
    s->last = without(a, whole, own);
    return whole;
}

/* ---- aggregations ---- */

static void skip_blanks(struct str *s)
{
    *s = str_trim(*s);
}

static bool take(struct str *s, struct str word)
{
    skip_blanks(s);
    if (s->n < word.n || !str_eq_nocase(str_sub(*s, 0, word.n), word))
        return false;
    *s = str_sub(*s, word.n, s->n);
    return true;
}

static struct str take_name(struct str *s)
{
    size_t n = 0;
    skip_blanks(s);
    while (n < s->n && !strchr(" \t\r\n,()<>=", s->p[n]))
        n++;
    const struct str name = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return name;
}

/* count(FIELD) by A, B > N */
struct aggregation {
    struct str base, field, by[BY_MAX], number;
    size_t n_by;
    const char *order;
};

static bool read_aggregation(struct str condition, struct aggregation *ret)
{
    static const struct {
        struct str sign;
        const char *name;
    } orders[] = {{{">=", 2}, "gte"}, {{"<=", 2}, "lte"}, {{"==", 2}, "eq"}, {{">", 1}, "gt"}, {{"<", 1}, "lt"}, {{"=", 1}, "eq"}};
    const ptrdiff_t bar = str_find(condition, STR("|"), 0);
    uint64_t n;
    *ret = (struct aggregation){};
    if (bar <= 0)
        return false;
    ret->base = str_trim(str_sub(condition, 0, (size_t)bar));
    struct str s = str_sub(condition, (size_t)bar + 1, condition.n);
    if (!take(&s, STR("count")) || !take(&s, STR("(")))
        return false;
    ret->field = take_name(&s);
    if (!take(&s, STR(")")))
        return false;
    if (take(&s, STR("by ")))
        do {
            if (ret->n_by == BY_MAX || !(ret->by[ret->n_by++] = take_name(&s)).n)
                return false;
        } while (take(&s, STR(",")));
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]) && !ret->order; i++)
        if (take(&s, orders[i].sign))
            ret->order = orders[i].name;
    ret->number = take_name(&s);
    return ret->order && !str_trim(s).n && str_to_u64(ret->number, &n);
}

static const struct yaml_node *make_correlation(struct arena *a, const struct yaml_node *doc, const struct yaml_node *condition, const struct yaml_node *timeframe,
                                                const struct aggregation *g, struct str base_name)
{
    static const char *const other[] = {"logsource", "detection", "fields", NULL};
#define WORD(text) sigma_node(a, condition, (text))
    const struct yaml_node *const meta = without(a, doc, other);
    struct members test = members_new(a, 2), by = members_new(a, BY_MAX), body = members_new(a, 5), all = members_new(a, meta->n / 2 + 1);
    put(&test, WORD(str_from(g->order)), WORD(g->number));
    if (g->field.n)
        put(&test, WORD(STR("field")), WORD(g->field));
    for (size_t i = 0; i < g->n_by; i++)
        by.v[by.n++] = WORD(g->by[i]);
    put(&body, WORD(STR("type")), WORD(g->field.n ? STR("value_count") : STR("event_count")));
    put(&body, WORD(STR("rules")), WORD(base_name));
    if (g->n_by)
        put(&body, WORD(STR("group-by")), collection(a, YAML_SEQUENCE, condition, by));
    put(&body, WORD(STR("timespan")), timeframe);
    put(&body, WORD(STR("condition")), collection(a, YAML_MAP, condition, test));
    for (size_t i = 0; i + 1 < meta->n; i += 2)
        put(&all, meta->v[i], meta->v[i + 1]);
    put(&all, WORD(STR("correlation")), collection(a, YAML_MAP, condition, body));
    return collection(a, YAML_MAP, doc, all);
#undef WORD
}

const struct yaml_node *sigma_legacy_rule(struct loader *l, const struct yaml_node *doc, const struct yaml_node **ret_correlation)
{
    static const char *const names[] = {"title", "id", "name", "detection", NULL}, *const parts[] = {"condition", "timeframe", NULL};
    struct arena *a = &l->rs->load;
    const struct yaml_node *detection = yaml_get(doc, "detection"), *title = yaml_get(doc, "title");
    const struct yaml_node *condition = yaml_get(detection, "condition"), *timeframe = yaml_get(detection, "timeframe");
    struct aggregation g;
    if (condition && condition->kind == YAML_SEQUENCE && condition->n == 1)
        condition = condition->v[0];
    if (!condition || condition->kind != YAML_SCALAR || !timeframe || !title || title->kind != YAML_SCALAR || !read_aggregation(condition->text, &g))
        return NULL;
    const struct str base_name = arena_printf(a, "%.*s (each)", STR_ARG(title->text));
    const struct yaml_node *const inner = without(a, detection, parts), *const outer = without(a, doc, names);
    struct members d = members_new(a, inner->n / 2 + 1), r = members_new(a, outer->n / 2 + 3);
    for (size_t i = 0; i + 1 < inner->n; i += 2)
        put(&d, inner->v[i], inner->v[i + 1]);
    put(&d, sigma_node(a, condition, STR("condition")), sigma_node(a, condition, g.base));
    put(&r, sigma_node(a, title, STR("title")), sigma_node(a, title, base_name));
    for (size_t i = 0; i + 1 < outer->n; i += 2)
        put(&r, outer->v[i], outer->v[i + 1]);
    put(&r, sigma_node(a, detection, STR("detection")), collection(a, YAML_MAP, detection, d));
    *ret_correlation = make_correlation(a, doc, condition, timeframe, &g, base_name);
    return collection(a, YAML_MAP, doc, r);
}
