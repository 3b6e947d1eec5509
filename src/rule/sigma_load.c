// SPDX-License-Identifier: Apache-2.0
/* Files of Sigma: documents that are rules, correlations or filters. */
#include <errno.h>

#include "base/intl.h"
#include "rule/sigma.h"

struct sigma *sigma_of(struct ruleset *rs)
{
    if (!rs->sigma)
        rs->sigma = arena_new(&rs->load, struct sigma);
    return rs->sigma;
}

void sigma_done(struct ruleset *rs)
{
    struct sigma *s = rs->sigma;
    if (!s)
        return;
    for (size_t i = 0; i < s->rules.n; i++)
        if (s->rules.v[i]->work) {
            map_done(&s->rules.v[i]->work->state);
            s->rules.v[i]->work = NULL;
        }
    vec_done(&s->pipelines);
    vec_done(&s->rules);
    vec_done(&s->correlations);
    vec_done(&s->filters);
    map_done(&s->names);
    rs->sigma = NULL;
}

const struct yaml_node *sigma_get(const struct yaml_node *map, struct str key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i + 1 < map->n; i += 2)
        if (map->v[i]->kind == YAML_SCALAR && str_eq(map->v[i]->text, key))
            return map->v[i + 1];
    return NULL;
}

void ruleset_set_sigma_strict(struct ruleset *rs)
{
    sigma_of(rs)->is_strict = true;
}

size_t ruleset_sigma_refused(const struct ruleset *rs)
{
    return rs->n_sigma_refused + rs->n_skipped;
}

static struct str text_of(const struct yaml_node *doc, const char *key)
{
    const struct yaml_node *v = yaml_get(doc, key);
    return v && v->kind == YAML_SCALAR && !yaml_is_null(v) ? v->text : STR_NULL;
}

static int refuse(struct loader *l, const struct yaml_node *node, const char *cure, const char *what)
{
    struct sigma *s = sigma_of(l->rs);
    l->rs->n_sigma_refused++;
    return load_say(l, s->is_strict ? DIAG_ERR_SIGMA : DIAG_SIGMA_SKIPPED, node, 0, cure, "%s", intl_text(what));
}

/* Takes id and name of the rule, by which correlations and filters know it. */
static void add_names(struct sigma *s, struct sigma_rule *r)
{
    bool is_new = true;
    if (r->id.n)
        map_put(&s->names, r->id, NULL)->ptr = r;
    if (r->alias.n) {
        struct map_entry *e = map_put(&s->names, r->alias, &is_new);
        if (is_new)
            e->ptr = r;
    }
}

static int load_rule_document(struct loader *l, const struct yaml_node *doc)
{
    struct sigma *s = sigma_of(l->rs);
    const struct yaml_node *title = yaml_get(doc, "title"), *logsource = yaml_get(doc, "logsource"), *detection = yaml_get(doc, "detection");
    if (!title || title->kind != YAML_SCALAR || !title->text.n)
        return refuse(l, title ? title : doc, N_("add title: …"), N_("the rule has no title"));
    l->label = arena_printf(&l->rs->load, "rule %.*s", STR_ARG(title->text));
    if (!logsource || logsource->kind != YAML_MAP)
        return refuse(l, logsource ? logsource : doc, N_("add logsource: with product, category or service"), N_("the rule has no log source"));
    for (size_t i = 0; i + 1 < logsource->n; i += 2)
        if (logsource->v[i + 1]->kind != YAML_SCALAR)
            return refuse(l, logsource->v[i + 1], N_("write one word"), N_("a value of the log source is no text"));
    if (detection->kind != YAML_MAP || !yaml_get(detection, "condition"))
        return refuse(l, detection, N_("add condition: with the names of detections"), N_("the detection has no condition"));
    const struct yaml_node *correlation, *base = sigma_legacy_rule(l, doc, &correlation);
    if (base) {
        vec_add(&s->correlations, correlation);
        return load_rule_document(l, base);
    }
    if (yaml_get(detection, "timeframe"))
        return refuse(l, yaml_key(detection, "timeframe"), N_("write a correlation: type event_count, value_count or temporal, with timespan"),
                      N_("a timeframe without | count() by FIELD > NUMBER behind the condition"));
    if (s->rules.n >= SIGMA_RULES_MAX)
        return refuse(l, doc, N_("load fewer files"), N_("more than 50000 rules"));
    struct sigma_rule *r = arena_new(&l->rs->load, struct sigma_rule);
    *r = (struct sigma_rule){.node = doc, .title = title, .id = text_of(doc, "id"), .alias = text_of(doc, "name")};
    if (r->id.n && map_has(&s->names, r->id))
        return refuse(l, yaml_get(doc, "id"), N_("take one of them away, or give it an id of its own"), N_("a rule of this id was loaded before"));
    add_names(s, r);
    vec_add(&s->rules, r);
    return 0;
}

/*
 * A filter says what stays, as the converters of Sigma take it: its condition is one more that a match must meet. The specification's own example reads as if it said what goes; so
 * whoever writes none with "not" hears what it does.
 */
static int load_filter(struct loader *l, struct sigma *s, const struct yaml_node *doc)
{
    const struct yaml_node *condition = yaml_get(yaml_get(doc, "filter"), "condition");
    vec_add(&s->filters, (struct sigma_filter){.doc = doc});
    if (!condition || condition->kind != YAML_SCALAR || str_find_nocase(condition->text, STR("not"), 0) >= 0)
        return 0;
    return load_say(l, DIAG_WARNING_EXTENSION, condition, 0, N_("write condition: not selection, if those are the ones that are not to be told"),
                    "this filter keeps what its condition says, and its rules tell nothing else any more");
}

int sigma_document_load(struct loader *l, const struct yaml_node *doc)
{
    struct sigma *s = sigma_of(l->rs);
    l->label = STR_NULL;
    if (yaml_is_null(doc))
        return 0;
    if (doc->kind != YAML_MAP)
        return refuse(l, doc, N_("load Falco's and Davy's own rules with --rules"), N_("this is no Sigma rule"));
    if (!(doc = sigma_legacy_document(l, doc)))
        return 0;
    if (yaml_get(doc, "correlation"))
        vec_add(&s->correlations, doc);
    else if (yaml_get(doc, "filter"))
        return load_filter(l, s, doc);
    else if (yaml_get(doc, "detection"))
        return load_rule_document(l, doc);
    else
        return refuse(l, doc, N_("add title, logsource and detection"), N_("this is no Sigma rule"));
    return 0;
}
