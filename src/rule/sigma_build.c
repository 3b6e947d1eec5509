// SPDX-License-Identifier: Apache-2.0
/* From documents of Sigma to rules of the rule set, once every file is read. */
#include <errno.h>

#include "base/intl.h"
#include "rule/sigma.h"

/* The title, with something behind it when there is another of that name. */
static struct str make_name(struct ruleset *rs, const struct sigma_rule *r)
{
    struct str name = r->title->text;
    for (unsigned n = 2; map_has(&rs->rules, name) || map_has(&rs->correlations, name); n++)
        name = r->id.n && n == 2 ? arena_printf(&rs->load, "%.*s (%.*s)", STR_ARG(r->title->text), STR_ARG(str_sub(r->id, 0, 8)))
                                 : arena_printf(&rs->load, "%.*s (%u)", STR_ARG(r->title->text), n);
    return name;
}

static int set_source(struct sigma_work *w, struct rule_definition *d)
{
    const struct yaml_node *logsource = yaml_get(w->rule->node, "logsource"), *const *states;
    const size_t n = sigma_state(w, "source", &states);
    if (!n) {
        struct strbuf b = {};
        for (size_t i = 0; i + 1 < logsource->n; i += 2)
            strbuf_printf(&b, "%s%.*s=%.*s", i ? " " : "", STR_ARG(logsource->v[i]->text), STR_ARG(logsource->v[i + 1]->text));
        const struct str what = arena_str(&w->l.rs->load, strbuf_str(&b));
        strbuf_done(&b);
        return sigma_refuse(w, logsource, 0, N_("load a pipeline for it (--sigma-pipeline); davy-rules(5) lists those that are here"),
                            "no pipeline knows the log source %.*s", STR_ARG(what));
    }
    const int source = event_source_from(states[0]->text);
    if (source < 0)
        return sigma_refuse(w, states[0], 0, N_("davy rules fields shows the sources"), "there is no source \"%.*s\"", STR_ARG(states[0]->text));
    d->source_name = states[0]->text;
    d->source = (enum event_source)source;
    d->is_source_known = true;
    return 0;
}

/* ---- filters: conditions that take matches of other rules away ---- */

static bool names_rule(const struct yaml_node *rules, const struct sigma_rule *r)
{
    if (!rules || (rules->kind == YAML_SCALAR && str_eq_nocase(rules->text, STR("any"))))
        return true;
    for (size_t i = 0; rules->kind == YAML_SEQUENCE && i < rules->n; i++) {
        const struct str s = rules->v[i]->text;
        if (s.n && (str_eq(s, r->id) || str_eq(s, r->alias) || str_eq(s, r->title->text)))
            return true;
    }
    return false;
}

static bool is_same(const struct yaml_node *a, const struct yaml_node *b, const char *key)
{
    const struct yaml_node *x = yaml_get(a, key), *y = yaml_get(b, key);
    return !x || (y && x->kind == YAML_SCALAR && y->kind == YAML_SCALAR && str_eq_nocase(x->text, y->text));
}

static bool is_filter_of(const struct yaml_node *doc, const struct sigma_rule *r)
{
    const struct yaml_node *logsource = yaml_get(doc, "logsource"), *of_rule = yaml_get(r->node, "logsource");
    return names_rule(yaml_get(yaml_get(doc, "filter"), "rules"), r) && is_same(logsource, of_rule, "category") &&
           is_same(logsource, of_rule, "product") && is_same(logsource, of_rule, "service");
}

/* A filter's condition says what stays: `not selection`. */
static int emit_filter(struct sigma_work *w, const struct yaml_node *doc)
{
    const struct yaml_node *filter = yaml_get(doc, "filter"), *condition = yaml_get(filter, "condition");
    if (filter->kind != YAML_MAP || !condition)
        return sigma_refuse(w, filter, 0, N_("add condition: not selection"), "the filter has no condition");
    sigma_emit(w, condition, " and (");
    const int result = sigma_emit_conditions(w, filter, condition);
    sigma_emit(w, condition, ")");
    return result;
}

/* A filter that is wrong, or asks for what this rule's log source does not have, costs itself and not its rules: they find more then, not less. It is told of once. */
static int emit_filters(struct sigma_work *w)
{
    const struct str label = w->l.label;
    const bool was_quiet = w->is_quiet;
    int result = 0;
    for (size_t i = 0; !result && i < w->sigma->filters.n; i++) {
        struct sigma_filter *f = &w->sigma->filters.v[i];
        const struct yaml_node *title = yaml_get(f->doc, "title");
        const size_t n = w->out->text.n;
        if (!is_filter_of(f->doc, w->rule))
            continue;
        w->l.label = arena_printf(&w->l.rs->load, "filter %.*s", STR_ARG(title && title->kind == YAML_SCALAR ? title->text : STR_NULL));
        w->is_quiet = was_quiet || f->is_refused;
        if (emit_filter(w, f->doc)) {
            pieces_cut(w->out, n);
            w->l.rs->n_sigma_refused += !f->is_refused;
            f->is_refused = true;
            result = w->sigma->is_strict ? -EINVAL : 0;
        }
    }
    w->l.label = label;
    w->is_quiet = was_quiet;
    return result;
}

/* Rules that a filter names and nobody loaded. */
static void check_filters(struct ruleset *rs, const struct sigma *s, struct diags *diags)
{
    for (size_t i = 0; i < s->filters.n; i++) {
        const struct yaml_node *doc = s->filters.v[i].doc, *rules = yaml_get(yaml_get(doc, "filter"), "rules"), *title = yaml_get(doc, "title");
        struct loader l = {.rs = rs, .diags = diags, .source = doc->source, .item = doc};
        l.label = arena_printf(&rs->load, "filter %.*s", STR_ARG(title && title->kind == YAML_SCALAR ? title->text : STR_NULL));
        for (size_t k = 0; rules && rules->kind == YAML_SEQUENCE && k < rules->n; k++) {
            const struct str name = rules->v[k]->text;
            bool is_known = map_has(&s->names, name);
            for (size_t r = 0; !is_known && r < s->rules.n; r++)
                is_known = str_eq(s->rules.v[r]->title->text, name);
            if (!is_known)
                (void)load_say(&l, DIAG_WARNING_EXTENSION, rules->v[k], 0, N_("write the id or the name of a rule in the files that are loaded"), "there is no such rule");
        }
    }
}

/* ---- rules ---- */

static int write_condition(struct sigma_work *w, struct rule_definition *d)
{
    const struct yaml_node *detection = yaml_get(w->rule->node, "detection");
    d->written = w->out = xnew(struct pieces);
    sigma_emit(w, detection, "(");
    int result = sigma_emit_conditions(w, detection, yaml_get(detection, "condition"));
    sigma_emit(w, detection, ")");
    if (!result)
        result = sigma_emit_added(w);
    if (!result)
        result = emit_filters(w);
    w->out = NULL;
    return result;
}

static int build(struct sigma_work *w, struct rule_definition *d)
{
    if (sigma_apply(w, yaml_get(w->rule->node, "logsource")) || set_source(w, d) || sigma_meta(w, w->rule->node, d))
        return -EINVAL;
    return write_condition(w, d);
}

static int build_rule(struct ruleset *rs, struct sigma *s, struct sigma_rule *r, struct diags *diags)
{
    struct sigma_work *w = arena_new(&rs->load, struct sigma_work);
    struct rule_definition *d = arena_new(&rs->load, struct rule_definition);
    *w = (struct sigma_work){.sigma = s, .rule = r};
    w->l = (struct loader){.rs = rs, .diags = diags, .source = r->node->source, .item = r->node,
                           .label = arena_printf(&rs->load, "rule %.*s", STR_ARG(r->title->text))};
    *d = (struct rule_definition){.rs = rs, .kind = "rule", .is_lenient = !s->is_strict, .is_of_sigma = true, .enabled = true};
    r->work = w;
    if (build(w, d)) {
        load_rule_done(d);
        rs->n_sigma_refused++;
        return -EINVAL;
    }
    r->name = make_name(rs, r);
    const uint32_t id = rs->n_items++;
    d->def = (struct definition){.name = r->name, .node = r->node, .index = id, .visible = id};
    map_put(&rs->rules, r->name, NULL)->ptr = d;
    r->definition = d;
    return 0;
}

/* A correlation may stand on one that is read later: each round takes those whose rules are known. */
static int build_correlations(struct ruleset *rs, struct sigma *s, struct diags *diags)
{
    bool *is_built = arena_array(&rs->load, bool, s->correlations.n);
    int result = 0;
    for (int round = 0; round <= CORRELATION_DEPTH_MAX; round++)
        for (size_t i = 0; i < s->correlations.n; i++) {
            if (is_built[i])
                continue;
            int r = sigma_correlation_build(rs, s, s->correlations.v[i], round < CORRELATION_DEPTH_MAX, diags);
            is_built[i] = !r;
            if (r && round == CORRELATION_DEPTH_MAX)
                result = -EINVAL;
        }
    return result;
}

int sigma_build(struct ruleset *rs, struct diags *diags)
{
    struct sigma *s = rs->sigma;
    int result = 0;
    check_filters(rs, s, diags);
    for (size_t i = 0; i < s->rules.n; i++)
        if (build_rule(rs, s, s->rules.v[i], diags))
            result = -EINVAL;
    if (build_correlations(rs, s, diags))
        result = -EINVAL;
    return s->is_strict ? result : 0;
}
