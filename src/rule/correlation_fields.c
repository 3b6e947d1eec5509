// SPDX-License-Identifier: Apache-2.0
/* What a correlation counts, and by which fields of its rules. */
#include "rule/correlation_build.h"

#include <errno.h>
#include <math.h>

#include "base/intl.h"
#include "rule/typing.h"

/* ---- condition ---- */

static int set_bound(struct draft *d, const struct yaml_node *key, const struct yaml_node *value)
{
    struct correlation *c = d->c;
    uint64_t n = 0;
    if (value->kind != YAML_SCALAR || !str_to_u64(value->text, &n) || n > CORRELATION_COUNT_MAX)
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, value, N_("write a number from 0 to 10000"), "\"%.*s\" is compared with no such number",
                   STR_ARG(key->text));
    if (str_is(key->text, "gte") || str_is(key->text, "gt")) {
        n += str_is(key->text, "gt");
        c->least = n > c->least ? n : c->least;
    } else if (str_is(key->text, "lte") || str_is(key->text, "lt")) {
        if (!n && str_is(key->text, "lt"))
            return correlation_say(d, DIAG_ERR_VALIDATE, value, N_("write a larger number"), "nothing is less than 0");
        n -= str_is(key->text, "lt");
        c->most = n < c->most ? n : c->most;
    } else if (str_is(key->text, "eq")) {
        c->least = n > c->least ? n : c->least;
        c->most = n < c->most ? n : c->most;
    } else if (str_is(key->text, "neq")) {
        c->has_not = true;
        c->not = n;
    } else {
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, key, N_("gte, gt, lte, lt, eq, neq, and field for value_count"),
                   "a condition has no \"%.*s\"", STR_ARG(key->text));
    }
    return 0;
}

/* A bound of what is measured. */
static int set_measure(struct draft *d, const struct yaml_node *key, const struct yaml_node *value)
{
    typeof(d->c->measure) *m = &d->c->measure;
    double n;
    if (value->kind != YAML_SCALAR || !typing_double(value->text, &n))
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, value, N_("write a number"), "\"%.*s\" is compared with no number", STR_ARG(key->text));
    const bool is_least = str_is(key->text, "gte") || str_is(key->text, "gt"), is_most = str_is(key->text, "lte") || str_is(key->text, "lt"), is_both = str_is(key->text, "eq");
    if ((is_least || is_both) && n >= m->least) {
        m->is_above = str_is(key->text, "gt") || (m->is_above && n <= m->least);
        m->least = n;
    }
    if ((is_most || is_both) && n <= m->most) {
        m->is_below = str_is(key->text, "lt") || (m->is_below && n >= m->most);
        m->most = n;
    }
    if (str_is(key->text, "neq")) {
        m->has_not = true;
        m->not = n;
    } else if (!is_least && !is_most && !is_both) {
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, key, N_("gte, gt, lte, lt, eq, neq, field, and percentile for value_percentile"), "a condition has no \"%.*s\"", STR_ARG(key->text));
    }
    return 0;
}

static int set_percentile(struct draft *d, const struct yaml_node *key, const struct yaml_node *value)
{
    if (d->c->type != CORRELATION_VALUE_PERCENTILE)
        return correlation_say(d, DIAG_ERR_VALIDATE, key, N_("take it away, or make it value_percentile"), "only value_percentile has a percentile");
    if (value->kind != YAML_SCALAR || !typing_double(value->text, &d->c->measure.percent) || d->c->measure.percent < 0 || d->c->measure.percent > 100)
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, value, N_("write a number from 0 to 100"), "this is no percentile");
    return 0;
}

static int check_measure(struct draft *d, const struct yaml_node *node, bool has_number)
{
    const typeof(d->c->measure) *m = &d->c->measure;
    const struct yaml_node *at = node ? node : d->d->rule.def.node;
    if (!has_number)
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, at, N_("write condition: {field: FIELD, gte: 3}"), "the condition says no number");
    if (!d->c->n_fields)
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, at, N_("add field: …"), "the condition names no field whose numbers are measured");
    if (d->c->type == CORRELATION_VALUE_PERCENTILE && !yaml_get(node, "percentile"))
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, at, N_("add percentile: 95"), "the condition says no percentile");
    if (m->least > m->most || (m->least == m->most && (m->is_above || m->is_below || (m->has_not && m->not == m->least)))) /* NOLINT: equal numbers as written */
        return correlation_say(d, DIAG_ERR_VALIDATE, at, N_("look at its numbers"), "no number can meet the condition");
    if (isinf(m->least) && !isinf(m->most))
        (void)correlation_say(d, DIAG_WARNING_EXTENSION, at, N_("add gte: …, or name what should be told as rules of their own"),
                              "the first match meets the condition already: a window is judged when a match comes, not when it ends");
    return 0;
}

static int set_field(struct draft *d, const struct yaml_node *key, const struct yaml_node *value)
{
    if (d->c->type != CORRELATION_VALUE_COUNT && !correlation_is_metric(d->c->type))
        return correlation_say(d, DIAG_ERR_VALIDATE, key, N_("take it away, or make it value_count"), "only value_count counts the values of a field");
    const bool is_list = value->kind == YAML_SEQUENCE;
    const size_t n = is_list ? value->n : 1, most = correlation_is_metric(d->c->type) ? 1 : CORRELATION_FIELDS_MAX;
    if (!n || n > most)
        return correlation_say(d, DIAG_ERR_VALIDATE, value, most == 1 ? N_("write one field") : N_("write one field, or up to four"), "a condition is about so many fields: %zu", n);
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *field = is_list ? value->v[i] : value;
        if (field->kind != YAML_SCALAR || !field->text.n)
            return correlation_say(d, DIAG_ERR_YAML_VALIDATE, field, N_("write the name of a field"), "this is no field");
        d->c->fields[i] = arena_str(&d->b->rs->arena, field->text);
    }
    d->c->n_fields = n;
    return 0;
}

static int check_condition_keys(struct draft *d, const struct yaml_node *node, bool has_number)
{
    struct correlation *c = d->c;
    if (correlation_is_metric(c->type))
        return check_measure(d, node, has_number);
    const bool is_count = c->type == CORRELATION_EVENT_COUNT || c->type == CORRELATION_VALUE_COUNT;
    if (is_count && !has_number)
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, node ? node : d->d->rule.def.node, N_("write condition: {gte: 3}, with field: … for value_count"),
                   "the condition says no number");
    if (c->type == CORRELATION_VALUE_COUNT && !c->n_fields)
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, node, N_("add field: …"), "the condition names no field whose values are counted");
    /* Sigma's schema asks for one: that every item matches is what it is without */
    const bool is_all = c->least == c->n_steps && c->most >= c->n_steps && !c->has_not;
    if (c->type == CORRELATION_TEMPORAL_ORDERED && node && !is_all)
        return correlation_say(d, DIAG_ERR_VALIDATE, node, N_("take it away"), "temporal_ordered has no condition: every item must match, in order");
    if (c->type == CORRELATION_TEMPORAL && c->least > c->n_steps)
        return correlation_say(d, DIAG_ERR_VALIDATE, node, N_("write a number up to that of the items"), "there are fewer items in \"rules\"");
    if (c->least > c->most || (c->has_not && c->least == c->most && c->not == c->least))
        return correlation_say(d, DIAG_ERR_VALIDATE, node, N_("look at its numbers"), "no count can meet the condition");
    if (node && c->least <= 1 && c->most != UINT64_MAX)
        (void)correlation_say(d, DIAG_WARNING_EXTENSION, node, N_("add gte: …, or name what should be told as rules of their own"),
                  "the first match meets the condition already: a window is judged when a match comes, not when it ends");
    return 0;
}

int correlation_build_condition(struct draft *d)
{
    const struct yaml_node *node = d->d->condition;
    bool has_number = false;
    int result = 0;
    const bool is_count = d->c->type == CORRELATION_EVENT_COUNT || d->c->type == CORRELATION_VALUE_COUNT;
    d->c->most = UINT64_MAX;
    d->c->measure.least = -HUGE_VAL;
    d->c->measure.most = HUGE_VAL;
    const bool is_metric = correlation_is_metric(d->c->type);
    for (size_t i = 0; node && i + 1 < node->n; i += 2) {
        const struct yaml_node *key = node->v[i], *value = node->v[i + 1];
        const bool is_field = str_is(key->text, "field"), is_percentile = str_is(key->text, "percentile");
        has_number |= !is_field && !is_percentile;
        result |= is_field ? set_field(d, key, value) : is_percentile ? set_percentile(d, key, value) : is_metric ? set_measure(d, key, value) : set_bound(d, key, value);
    }
    if (!is_count && !has_number)
        d->c->least = d->c->n_steps;
    return result ? -EINVAL : check_condition_keys(d, node, has_number);
}

/* ---- fields ---- */

static void report_key(const struct rule_key *key, void *ctx, struct diags *diags, enum diag_code code, size_t at,
                       const char *message, const char *cure)
{
    const struct rule_definition *d = ctx;
    const struct yaml_node *node = key->node;
    load_report(diags, load_code(d, code), arena_printf(&d->rs->load, "correlation %.*s", STR_ARG(d->def.name)), node,
                at < node->text.n ? at : 0, message, cure);
}

static uint32_t add_key(struct draft *d, struct str text, const struct yaml_node *node)
{
    for (size_t i = 0; i < d->keys.n; i++)
        if (str_eq(d->keys.v[i].text, text))
            return (uint32_t)i;
    vec_add(&d->keys, (struct rule_key){.text = text, .node = node, .report = report_key});
    return (uint32_t)d->keys.n - 1;
}

static const struct yaml_node *get_value(const struct yaml_node *map, struct str key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i + 1 < map->n; i += 2)
        if (str_eq(map->v[i]->text, key))
            return map->v[i + 1];
    return NULL;
}

/* One field, or several of which the first that an event has is meant. False: it is neither. */
static bool add_keys(struct draft *d, const struct yaml_node *v, struct correlation_key *ret)
{
    const bool is_list = v->kind == YAML_SEQUENCE;
    const size_t n = is_list ? v->n : v->kind == YAML_SCALAR;
    if (!n || n > CORRELATION_NAMES_MAX)
        return false;
    *ret = (struct correlation_key){.operands = arena_array(&d->b->rs->arena, uint32_t, n)};
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *field = is_list ? v->v[i] : v;
        if (field->kind != YAML_SCALAR || !field->text.n)
            return false;
        ret->operands[ret->n++] = add_key(d, field->text, field);
    }
    return true;
}

/* What a rule calls the value that the correlation groups by, or counts. */
static int find_key(struct draft *d, const struct yaml_node *group, const struct rule *r, struct correlation_key *ret)
{
    const struct yaml_node *alias = get_value(d->d->aliases, group->text), *field = get_value(alias, r->name);
    const bool is_own = !alias || (alias->kind == YAML_MAP && !field && field_from(group->text) >= 0);
    if (is_own ? add_keys(d, group, ret) : field && add_keys(d, field, ret))
        return 0;
    return correlation_say(d, DIAG_ERR_VALIDATE, field ? field : alias ? alias : group, N_("add RULE: FIELD for each rule that the correlation names"),
               "the alias \"%.*s\" says no field for the rule \"%.*s\"", STR_ARG(group->text), STR_ARG(r->name));
}

static int check_aliases(struct draft *d)
{
    const struct yaml_node *a = d->d->aliases;
    for (size_t i = 0; a && i + 1 < a->n; i += 2) {
        bool is_used = false;
        for (size_t g = 0; g < d->d->group_by.n; g++)
            is_used |= str_eq(d->d->group_by.v[g]->text, a->v[i]->text);
        for (size_t k = 0; k < d->c->n_fields; k++)
            is_used |= str_eq(d->c->fields[k], a->v[i]->text);
        if (!is_used)
            (void)correlation_say(d, DIAG_WARNING_EXTENSION, a->v[i], N_("name it in group-by, or take it away"), "nothing is grouped by this alias");
        for (size_t k = 0; a->v[i + 1]->kind == YAML_MAP && k + 1 < a->v[i + 1]->n; k += 2) {
            const struct yaml_node *rule = a->v[i + 1]->v[k];
            const struct map_entry *e = map_get(&d->b->names, rule->text);
            if (!e || !d->steps[e->u64])
                return correlation_say(d, DIAG_ERR_VALIDATE, rule, N_("name a rule of \"rules\""), "the correlation is not about a rule \"%.*s\"",
                           STR_ARG(rule->text));
        }
    }
    return 0;
}

static int build_member(struct draft *d, uint32_t rule, struct correlation_member *m)
{
    const struct rule *r = &d->b->rs->v[rule];
    const struct yaml_node *fields = yaml_get(d->d->condition, "field");
    struct correlation_key *keys = arena_array(&d->b->rs->arena, struct correlation_key, d->c->n_group_by + d->c->n_fields);
    int result = 0;
    *m = (struct correlation_member){.rule = rule, .steps = d->steps[rule], .keys = keys};
    for (size_t g = 0; g < d->c->n_group_by; g++)
        result |= find_key(d, d->d->group_by.v[g], r, &keys[g]);
    for (size_t i = 0; i < d->c->n_fields; i++)
        result |= find_key(d, fields->kind == YAML_SEQUENCE ? fields->v[i] : fields, r, &keys[d->c->n_group_by + i]);
    return result;
}

int correlation_build_members(struct draft *d)
{
    struct correlation *c = d->c;
    struct arena *a = &d->b->rs->arena;
    struct str *group_by = arena_array(a, struct str, d->d->group_by.n);
    int result = check_aliases(d);
    c->n_group_by = d->d->group_by.n;
    c->group_by = group_by;
    for (size_t g = 0; g < c->n_group_by; g++)
        group_by[g] = arena_str(a, d->d->group_by.v[g]->text);
    struct correlation_member *members = arena_array(a, struct correlation_member, c->n_members);
    size_t n = 0;
    for (size_t i = 0; i < d->b->rs->n && !result; i++)
        if (d->steps[i])
            result = build_member(d, (uint32_t)i, &members[n++]);
    c->members = members;
    return result ? -EINVAL : 0;
}
