// SPDX-License-Identifier: Apache-2.0
/*
 * Correlations of Sigma as ours: the two say the same. What is left is to turn names of rules into ours, and the fields that
 * they group by into what each rule's pipeline makes of them (as aliases).
 */
#include <errno.h>

#include "base/intl.h"
#include "rule/sigma.h"
#include "rule/typing.h"

struct draft {
    struct sigma_work w; /* for messages */
    const struct yaml_node *doc, *body;
    struct correlation_definition *c;
    const char *percent;                         /* of value_min and value_max */
    unsigned least;                              /* a condition in words: so many of the rules; 0: all */
    struct map names;                            /* of ours → 1: correlations that were built before */
    VEC(const struct yaml_node *) aliases;       /* key, value, … */
    VEC(struct sigma_rule *) rules;
};

static struct arena *arena_of(struct draft *d)
{
    return &d->w.l.rs->load;
}

static int set_type(struct draft *d)
{
    const struct yaml_node *type = yaml_get(d->body, "type");
    if (!type || type->kind != YAML_SCALAR)
        return sigma_refuse(&d->w, type ? type : d->body, 0, N_("one of event_count, value_count, value_sum, value_avg, value_min, value_max, value_median, value_percentile, temporal, temporal_ordered"),
                            "the correlation has no type");
    const bool is_least = str_is(type->text, "value_min"), is_most = str_is(type->text, "value_max");
    d->percent = is_least ? "0" : is_most ? "100" : NULL; /* the least and the greatest are percentiles too */
    const int t = d->percent ? CORRELATION_VALUE_PERCENTILE : correlation_type_from(type->text);
    if (t < 0)
        return sigma_refuse(&d->w, type, 0, N_("one of event_count, value_count, value_sum, value_avg, value_min, value_max, value_median, value_percentile, temporal, temporal_ordered"),
                            "the type of correlation \"%.*s\" is not supported", STR_ARG(type->text));
    d->c->type = (enum correlation_type)t;
    return 0;
}

static int set_timespan(struct draft *d)
{
    const struct yaml_node *v = yaml_get(d->body, "timespan");
    v = v ? v : yaml_get(d->body, "timeframe");
    if (!v || v->kind != YAML_SCALAR || correlation_timespan_from(v->text, &d->c->timespan_ns) < 0 || !d->c->timespan_ns)
        return sigma_refuse(&d->w, v ? v : d->body, 0, N_("write timespan: and a number with s, m, h, d or w, such as 5m, up to 31d"),
                            "the correlation has no timespan that is supported");
    d->c->timespan = v;
    return 0;
}

/* A rule or correlation by id or name; the name that it has here goes into `rules`. */
static int add_rule(struct draft *d, const struct yaml_node *node)
{
    const struct map_entry *e = node->kind == YAML_SCALAR ? map_get(&d->w.sigma->names, node->text) : NULL;
    struct sigma_rule *r = e ? e->ptr : NULL;
    for (size_t i = 0; !r && i < d->w.sigma->rules.n; i++)
        if (node->kind == YAML_SCALAR && str_eq(d->w.sigma->rules.v[i]->title->text, node->text))
            r = d->w.sigma->rules.v[i];
    if (!r)
        return sigma_refuse(&d->w, node, 0, N_("write the id or the name of a rule in the files that are loaded"), "there is no such rule");
    if (!r->definition)
        return sigma_refuse(&d->w, node, 0, N_("look at what is said about that rule"), "the rule is left out, so that this cannot be judged");
    vec_add(&d->c->rules, sigma_node(arena_of(d), node, r->name));
    vec_add(&d->rules, r);
    return 0;
}

static int set_rules(struct draft *d)
{
    const struct yaml_node *v = yaml_get(d->body, "rules");
    const size_t n = !v ? 0 : v->kind == YAML_SEQUENCE ? v->n : v->kind == YAML_SCALAR;
    if (!n || n > CORRELATION_STEPS_MAX)
        return sigma_refuse(&d->w, v ? v : d->body, 0, N_("write rules: [a, b], up to 16"), "the correlation names no rules, or too many");
    for (size_t i = 0; i < n; i++)
        if (add_rule(d, v->kind == YAML_SEQUENCE ? v->v[i] : v))
            return -EINVAL;
    return 0;
}

/* ---- conditions in words ---- */

/* A step as an item of `rules`: a name, or several of which one is enough. */
static const struct yaml_node *step_of(struct draft *d, const struct yaml_node *at, uint32_t step)
{
    const struct yaml_node **v = arena_array(arena_of(d), const struct yaml_node *, d->rules.n);
    size_t n = 0;
    for (size_t i = 0; i < d->rules.n; i++)
        if (step >> i & 1)
            v[n++] = d->c->rules.v[i];
    if (n == 1)
        return v[0];
    struct yaml_node *list = arena_new(arena_of(d), struct yaml_node);
    *list = (struct yaml_node){.kind = YAML_SEQUENCE, .source = at->source, .start = at->start, .end = at->end, .v = v, .n = n, .weight = 1};
    return list;
}

static int set_words(struct draft *d)
{
    _Static_assert((int)CORRELATION_STEPS_MAX <= (int)SIGMA_WORDS_STEPS, "a step for each rule");
    const struct yaml_node *v = yaml_get(d->body, "condition"), *items[SIGMA_WORDS_STEPS];
    const bool is_ordered = d->c->type == CORRELATION_TEMPORAL_ORDERED;
    struct sigma_words_names names = {.n = d->rules.n};
    struct sigma_words words;
    uint32_t named = 0;
    size_t n = 0;
    if (!v || v->kind != YAML_SCALAR)
        return 0;
    if (!is_ordered && d->c->type != CORRELATION_TEMPORAL)
        return sigma_refuse(&d->w, v, 0, N_("write condition: {gte: 3}"), "only temporal and temporal_ordered have a condition in words");
    for (size_t i = 0; i < d->rules.n; i++) {
        names.v[i][0] = d->rules.v[i]->id;
        names.v[i][1] = d->rules.v[i]->alias;
        names.v[i][2] = d->rules.v[i]->title->text;
    }
    if (sigma_words_read(&d->w, v, &names, &words))
        return -EINVAL;
    if (is_ordered && (words.least || words.n < 2))
        return sigma_refuse(&d->w, v, 0, N_("write a and b, (a or b) and c, 2 of them, or condition: {gte: 2}"), "this condition of a correlation in words is not supported");
    for (size_t i = 0; i < words.n; i++) {
        items[i] = step_of(d, v, words.steps[i]);
        named |= words.steps[i];
    }
    d->least = words.least;
    /* what is left are the rules that it names */
    for (size_t i = 0; i < d->rules.n; i++)
        if (named >> i & 1)
            d->rules.v[n++] = d->rules.v[i];
    d->rules.n = n;
    d->c->rules.n = 0;
    for (size_t i = 0; i < words.n; i++)
        vec_add(&d->c->rules, items[i]);
    return 0;
}

/* What a rule calls a field of `group-by` or of the condition: an alias says so, else it is the same name. */
static struct str name_for(struct draft *d, struct str field, const struct sigma_rule *r)
{
    const struct yaml_node *alias = sigma_get(yaml_get(d->body, "aliases"), field);
    const struct yaml_node *name = sigma_get(alias, r->id);
    name = name ? name : sigma_get(alias, r->alias);
    name = name ? name : sigma_get(alias, r->title->text);
    return name && name->kind == YAML_SCALAR ? name->text : field;
}

/* Several names: of these the first that a record has. */
static const struct yaml_node *names_node(struct draft *d, const struct yaml_node *at, const struct str *names, size_t n)
{
    const struct yaml_node **v = arena_array(arena_of(d), const struct yaml_node *, n);
    for (size_t i = 0; i < n; i++)
        v[i] = sigma_node(arena_of(d), at, names[i]);
    if (n == 1)
        return v[0];
    struct yaml_node *list = arena_new(arena_of(d), struct yaml_node);
    *list = (struct yaml_node){.kind = YAML_SEQUENCE, .source = at->source, .start = at->start, .end = at->end, .v = v, .n = n, .weight = 1};
    return list;
}

/* The field as alias of ours: per rule what its pipeline makes of it. */
static int add_field(struct draft *d, const struct yaml_node *node, bool groups)
{
    const struct yaml_node **v = arena_array(arena_of(d), const struct yaml_node *, 2 * d->rules.n);
    size_t n = 0;
    if (node->kind != YAML_SCALAR || !node->text.n)
        return sigma_refuse(&d->w, node, 0, N_("write the name of a field"), "this is no field");
    for (size_t i = 0; i < d->rules.n; i++) {
        struct sigma_rule *r = d->rules.v[i];
        struct str *names;
        size_t n_names;
        struct loader l = r->work->l;
        r->work->l = d->w.l;
        const int result = sigma_map_field(r->work, node, 0, name_for(d, node->text, r), 0, &names, &n_names);
        r->work->l = l;
        if (result)
            return result;
        bool is_known = n_names > 0;
        for (size_t k = 0; k < n_names; k++)
            is_known &= sigma_field(names[k]) != NULL;
        if (!is_known)
            return sigma_refuse(&d->w, node, 0, N_("map it to one of `davy rules fields` in a pipeline (--sigma-pipeline)"),
                                "nothing gives the field \"%.*s\" for the rule \"%.*s\"", STR_ARG(node->text), STR_ARG(r->name));
        for (size_t k = 0; groups && k < n_names; k++)
            if (sigma_field(names[k])->flags & FIELD_LIST)
                return sigma_refuse(&d->w, node, 0, N_("group by a field that has one value"), "a record has many values of \"%.*s\" at once, and so belongs to no group of it", STR_ARG(node->text));
        v[n++] = sigma_node(arena_of(d), node, r->name);
        v[n++] = names_node(d, node, names, n_names);
    }
    struct yaml_node *map = arena_new(arena_of(d), struct yaml_node);
    *map = (struct yaml_node){.kind = YAML_MAP, .source = node->source, .start = node->start, .end = node->end, .v = v, .n = n, .weight = 1};
    vec_add(&d->aliases, node);
    vec_add(&d->aliases, (const struct yaml_node *)map);
    return 0;
}

static int set_group_by(struct draft *d)
{
    const struct yaml_node *v = yaml_get(d->body, "group-by");
    const size_t n = !v || yaml_is_null(v) ? 0 : v->kind == YAML_SEQUENCE ? v->n : v->kind == YAML_SCALAR;
    if (n > CORRELATION_GROUP_BY_MAX)
        return sigma_refuse(&d->w, v, 0, N_("group by fewer"), "more than %d fields in \"group-by\"", CORRELATION_GROUP_BY_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *field = v->kind == YAML_SEQUENCE ? v->v[i] : v;
        if (add_field(d, field, true))
            return -EINVAL;
        vec_add(&d->c->group_by, field);
    }
    return 0;
}

/* A bound of a condition. What no correlation of ours can take is refused here, so that one mistake costs one correlation. */
static int check_bound(struct draft *d, const struct yaml_node *key, const struct yaml_node *value)
{
    static const char *const bounds[] = {"gte", "gt", "lte", "lt", "eq", "neq"};
    bool is_bound = false;
    uint64_t n;
    double number;
    for (size_t i = 0; i < ARRAY_SIZE(bounds); i++)
        is_bound |= str_is(key->text, bounds[i]);
    if (!is_bound)
        return sigma_refuse(&d->w, key, 0, N_("gte, gt, lte, lt, eq, neq, field, and percentile for value_percentile"), "a condition has no \"%.*s\"", STR_ARG(key->text));
    if (correlation_is_metric(d->c->type)) {
        if (value->kind != YAML_SCALAR || !typing_double(value->text, &number))
            return sigma_refuse(&d->w, value, 0, N_("write a number"), "\"%.*s\" is compared with no number", STR_ARG(key->text));
    } else if (value->kind != YAML_SCALAR || !str_to_u64(value->text, &n) || n > CORRELATION_COUNT_MAX) {
        return sigma_refuse(&d->w, value, 0, N_("write a number from 0 to 10000"), "\"%.*s\" is compared with no such number", STR_ARG(key->text));
    }
    return 0;
}

static int check_condition(struct draft *d, const struct yaml_node *v)
{
    const bool is_metric = correlation_is_metric(d->c->type), is_valued = is_metric || d->c->type == CORRELATION_VALUE_COUNT;
    const struct yaml_node *at = v ? v : d->body, *field = yaml_get(v, "field"), *percentile = yaml_get(v, "percentile");
    bool has_bound = false;
    double percent;
    for (size_t i = 0; v && i + 1 < v->n; i += 2) {
        if (v->v[i] != yaml_key(v, "field") && v->v[i] != yaml_key(v, "percentile")) {
            has_bound = true;
            if (check_bound(d, v->v[i], v->v[i + 1]))
                return -EINVAL;
        }
    }
    if (!has_bound && (is_valued || d->c->type == CORRELATION_EVENT_COUNT))
        return sigma_refuse(&d->w, at, 0, is_valued ? N_("write condition: {field: FIELD, gte: 3}") : N_("write condition: {gte: 3}"), "the condition says no number");
    if (is_valued && !field)
        return sigma_refuse(&d->w, at, 0, N_("add field: …"), "the condition names no field whose values are counted or measured");
    if (field && !is_valued)
        return sigma_refuse(&d->w, yaml_key(v, "field"), 0, N_("take it away, or make it value_count"), "a correlation of this type has no field");
    if (d->c->type == CORRELATION_VALUE_PERCENTILE && !percentile)
        return sigma_refuse(&d->w, at, 0, N_("add percentile: 95"), "the condition says no percentile");
    if (percentile && d->c->type != CORRELATION_VALUE_PERCENTILE)
        return sigma_refuse(&d->w, yaml_key(v, "percentile"), 0, N_("take it away, or make it value_percentile"), "only value_percentile has a percentile");
    if (percentile && (percentile->kind != YAML_SCALAR || !typing_double(percentile->text, &percent) || percent < 0 || percent > 100))
        return sigma_refuse(&d->w, percentile, 0, N_("write a number from 0 to 100"), "this is no percentile");
    return 0;
}

/* A condition with one member more. */
static const struct yaml_node *with_member(struct draft *d, const struct yaml_node *map, const char *key, const char *value)
{
    const struct yaml_node *at = map ? map : d->body;
    const size_t n = at->kind == YAML_MAP && map ? map->n : 0;
    const struct yaml_node **v = arena_array(arena_of(d), const struct yaml_node *, n + 2);
    if (n)
        memcpy(v, map->v, n * sizeof(*v));
    v[n] = sigma_node(arena_of(d), at, str_from(key));
    v[n + 1] = sigma_node(arena_of(d), at, str_from(value));
    struct yaml_node *more = arena_new(arena_of(d), struct yaml_node);
    *more = (struct yaml_node){.kind = YAML_MAP, .source = at->source, .start = at->start, .end = at->end, .v = v, .n = n + 2, .weight = 1};
    return more;
}

static int set_condition(struct draft *d)
{
    const struct yaml_node *v = yaml_get(d->body, "condition"), *field = yaml_get(v, "field");
    if (v && v->kind == YAML_SCALAR) /* in words, which set_words() has read */
        v = d->least ? with_member(d, NULL, "gte", arena_printf(arena_of(d), "%u", d->least).p) : NULL;
    if (v && v->kind != YAML_MAP)
        return sigma_refuse(&d->w, v, 0, N_("write condition: {gte: 3}"), "the condition of a correlation is no map");
    if (v && d->percent) {
        if (yaml_get(v, "percentile"))
            return sigma_refuse(&d->w, yaml_key(v, "percentile"), 0, N_("take it away, or make it value_percentile"), "only value_percentile has a percentile");
        v = with_member(d, v, "percentile", d->percent);
    }
    if (check_condition(d, v))
        return -EINVAL;
    d->c->condition = v;
    const bool is_list = field && field->kind == YAML_SEQUENCE;
    const size_t n = is_list ? field->n : field != NULL, most = correlation_is_metric(d->c->type) ? 1 : CORRELATION_FIELDS_MAX;
    if (n > most || (field && !n))
        return sigma_refuse(&d->w, field, 0, most == 1 ? N_("write one field") : N_("write one field, or up to four"), "a condition is about so many fields: %zu", n);
    for (size_t i = 0; i < n; i++)
        if (add_field(d, is_list ? field->v[i] : field, false))
            return -EINVAL;
    return 0;
}

static int fill(struct draft *d)
{
    const struct yaml_node *title = yaml_get(d->doc, "title"), *generate = yaml_get(d->body, "generate");
    if (!title || title->kind != YAML_SCALAR || !title->text.n)
        return sigma_refuse(&d->w, title ? title : d->doc, 0, N_("add title: …"), "the correlation has no title");
    d->w.l.label = arena_printf(arena_of(d), "correlation %.*s", STR_ARG(title->text));
    if (d->body->kind != YAML_MAP)
        return sigma_refuse(&d->w, d->body, 0, N_("write type, rules, group-by, timespan and condition below it"), "the correlation is no map");
    if (set_type(d) || set_timespan(d) || set_rules(d) || set_words(d) || set_group_by(d) || set_condition(d))
        return -EINVAL;
    d->c->has_generate = true;
    if (generate && !yaml_bool(generate, &d->c->generate))
        return sigma_refuse(&d->w, generate, 0, N_("write true or false"), "the value of \"generate\" is neither true nor false");
    d->c->rule.source = d->rules.v[0]->definition->source;
    d->c->rule.source_name = d->rules.v[0]->definition->source_name;
    d->c->rule.is_source_known = d->c->rule.enabled = true;
    return sigma_meta(&d->w, d->doc, &d->c->rule);
}

static void set_aliases(struct draft *d)
{
    struct yaml_node *map = arena_new(arena_of(d), struct yaml_node);
    const struct yaml_node **v = arena_array(arena_of(d), const struct yaml_node *, d->aliases.n);
    if (d->aliases.n)
        memcpy(v, d->aliases.v, d->aliases.n * sizeof(*v));
    *map = (struct yaml_node){.kind = YAML_MAP, .source = d->doc->source, .start = d->body->start, .end = d->body->end, .v = v, .n = d->aliases.n, .weight = 1};
    d->c->aliases = d->aliases.n ? map : NULL;
}

/* Correlations are named by others as rules are. */
static void add_names(struct draft *d)
{
    struct sigma_rule *r = arena_new(arena_of(d), struct sigma_rule);
    const struct yaml_node *id = yaml_get(d->doc, "id"), *name = yaml_get(d->doc, "name");
    *r = (struct sigma_rule){.node = d->doc, .title = yaml_get(d->doc, "title"), .name = d->c->rule.def.name, .definition = &d->c->rule};
    r->work = d->rules.v[0]->work; /* what it groups by is called as its first rule calls it */
    r->id = id && id->kind == YAML_SCALAR ? id->text : STR_NULL;
    r->alias = name && name->kind == YAML_SCALAR ? name->text : STR_NULL;
    if (r->id.n)
        map_put(&d->w.sigma->names, r->id, NULL)->ptr = r;
    if (r->alias.n)
        map_put(&d->w.sigma->names, r->alias, NULL)->ptr = r;
}

int sigma_correlation_build(struct ruleset *rs, struct sigma *s, const struct yaml_node *doc, bool is_quiet, struct diags *diags)
{
    struct correlation_definition *c = arena_new(&rs->load, struct correlation_definition);
    struct draft d = {.doc = doc, .body = yaml_get(doc, "correlation"), .c = c};
    d.w = (struct sigma_work){.sigma = s, .is_quiet = is_quiet, .l = {.rs = rs, .diags = diags, .source = doc->source, .item = doc, .label = STR("correlation")}};
    c->rule = (struct rule_definition){.rs = rs, .kind = "correlation", .is_lenient = !s->is_strict, .is_of_sigma = true};
    int result = fill(&d);
    if (!result) {
        struct str name = yaml_get(doc, "title")->text;
        for (unsigned n = 2; map_has(&rs->rules, name) || map_has(&rs->correlations, name); n++)
            name = arena_printf(&rs->load, "%.*s (%u)", STR_ARG(yaml_get(doc, "title")->text), n);
        const uint32_t id = rs->n_items++;
        c->rule.def = (struct definition){.name = name, .node = doc, .index = id, .visible = id};
        set_aliases(&d);
        add_names(&d);
        map_put(&rs->correlations, name, NULL)->ptr = c;
    } else {
        load_rule_done(&c->rule);
        vec_done(&c->rules);
        vec_done(&c->group_by);
        rs->n_sigma_refused += !is_quiet;
    }
    vec_done(&d.aliases);
    vec_done(&d.rules);
    return result;
}
