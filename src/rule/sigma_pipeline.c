// SPDX-License-Identifier: Apache-2.0
/*
 * Processing pipelines as Sigma writes them: what the fields and log sources of rules are here. A pipeline is ours or its
 * user's own, so what is wrong in one is an error, other than in rules of strangers.
 */
#include <errno.h>

#include "base/intl.h"
#include "rule/sigma.h"
#include "rule/typing.h"

static const struct {
    const char *name;
    enum sigma_step_type type;
    const char *keys[4]; /* that must be there */
} TYPES[] = {
    {"field_name_mapping", STEP_FIELD_MAPPING, {"mapping"}},
    {"field_name_prefix_mapping", STEP_PREFIX_MAPPING, {"mapping"}},
    {"field_name_prefix", STEP_PREFIX, {"prefix"}},
    {"field_name_suffix", STEP_SUFFIX, {"suffix"}},
    {"drop_detection_item", STEP_DROP, {}},
    {"add_condition", STEP_CONDITION, {"conditions"}},
    {"change_logsource", STEP_LOGSOURCE, {}},
    {"rule_failure", STEP_RULE_FAILURE, {"message"}},
    {"detection_item_failure", STEP_ITEM_FAILURE, {"message"}},
    {"set_state", STEP_STATE, {"key", "val"}},
    {"map_string", STEP_MAP_STRING, {"mapping"}},
    {"value_placeholders", STEP_PLACEHOLDERS, {}},
    {"wildcard_placeholders", STEP_WILDCARD_PLACEHOLDERS, {}},
    {"davy_condition", STEP_OUR_CONDITION, {"condition"}},
    {"davy_json", STEP_JSON, {"field"}},
    {"davy_value", STEP_VALUE, {"field"}},
};

static const char *const STEP_KEYS[] = {"id",          "type",     "mapping",          "prefix",          "suffix",
                                        "conditions",  "negated",  "category",         "product",         "service",
                                        "message",     "key",      "val",              "condition",       "field",
                                        "camel",       "include",     "exclude",  "rule_conditions",  "rule_cond_op",    "rule_cond_not",
                                        "field_name_conditions",   "field_name_cond_op", "field_name_cond_not", NULL};

/* What each kind of condition needs. */
static const struct {
    const char *list, *type, *key;
} CONDITIONS[] = {
    {"rule_conditions", "logsource", NULL},
    {"rule_conditions", "contains_field", "field"},
    {"rule_conditions", "processing_item_applied", "processing_item_id"},
    {"rule_conditions", "processing_state", "key"},
    {"field_name_conditions", "include_fields", "fields"},
    {"field_name_conditions", "exclude_fields", "fields"},
};

static int wrong(struct loader *l, const struct yaml_node *node, const char *cure, const char *what)
{
    return load_say(l, DIAG_ERR_SIGMA, node, 0, cure, "%s", intl_text(what));
}

static int check_conditions(struct loader *l, const struct yaml_node *step, const char *list)
{
    const struct yaml_node *all = yaml_get(step, list);
    if (!all)
        return 0;
    if (all->kind != YAML_SEQUENCE)
        return wrong(l, all, N_("write a list: - type: logsource"), N_("conditions are a list"));
    for (size_t i = 0; i < all->n; i++) {
        const struct yaml_node *type = yaml_get(all->v[i], "type");
        bool is_known = false;
        for (size_t k = 0; type && type->kind == YAML_SCALAR && k < sizeof(CONDITIONS) / sizeof(*CONDITIONS); k++)
            is_known |= !strcmp(CONDITIONS[k].list, list) && str_is(type->text, CONDITIONS[k].type) &&
                        (!CONDITIONS[k].key || yaml_get(all->v[i], CONDITIONS[k].key));
        if (!is_known)
            return wrong(l, type ? type : all->v[i],
                         N_("supported: logsource, contains_field, processing_item_applied, processing_state; include_fields, exclude_fields"),
                         N_("this condition of a transformation is not supported"));
    }
    return 0;
}

static int check_mapping(struct loader *l, const struct yaml_node *mapping)
{
    if (mapping->kind != YAML_MAP)
        return wrong(l, mapping, N_("write name: name, or name: [name, name]"), N_("a mapping is no map"));
    for (size_t i = 0; i + 1 < mapping->n; i += 2) {
        const struct yaml_node *to = mapping->v[i + 1];
        bool is_good = to->kind == YAML_SCALAR || (to->kind == YAML_SEQUENCE && to->n > 0);
        for (size_t k = 0; is_good && to->kind == YAML_SEQUENCE && k < to->n; k++)
            is_good = to->v[k]->kind == YAML_SCALAR;
        if (mapping->v[i]->kind != YAML_SCALAR || !is_good)
            return wrong(l, to, N_("write name: name, or name: [name, name]"), N_("this maps to nothing"));
    }
    return 0;
}

static int load_step(struct loader *l, const struct yaml_node *node, struct sigma_step *ret)
{
    const struct yaml_node *type = yaml_get(node, "type"), *id = yaml_get(node, "id");
    if (!type || type->kind != YAML_SCALAR)
        return wrong(l, node, N_("write - type: field_name_mapping, with mapping: {name: name}"), N_("a transformation has no type"));
    size_t t = 0;
    while (t < sizeof(TYPES) / sizeof(*TYPES) && !str_is(type->text, TYPES[t].name))
        t++;
    if (t == sizeof(TYPES) / sizeof(*TYPES))
        return load_say(l, DIAG_ERR_SIGMA, type, 0, N_("davy-rules(5) lists the transformations that are supported"),
                        "the transformation \"%.*s\" is not supported", STR_ARG(type->text));
    for (const char *const *key = TYPES[t].keys; *key; key++)
        if (!yaml_get(node, *key))
            return load_say(l, DIAG_ERR_SIGMA, node, 0, N_("add it"), "the transformation has no \"%s\"", *key);
    static const char *const scalars[] = {"suffix", "message", "key", "condition", "field", "category", "product", "service", NULL};
    for (const char *const *key = scalars; *key; key++)
        if (yaml_get(node, *key) && yaml_get(node, *key)->kind != YAML_SCALAR)
            return load_say(l, DIAG_ERR_SIGMA, yaml_get(node, *key), 0, N_("write a single value"), "the value of \"%s\" is no text", *key);
    const struct yaml_node *prefix = yaml_get(node, "prefix");
    for (size_t i = 0; prefix && prefix->kind != YAML_SCALAR && i < prefix->n; i++)
        if (prefix->kind == YAML_MAP || prefix->v[i]->kind != YAML_SCALAR || TYPES[t].type != STEP_JSON)
            return load_say(l, DIAG_ERR_SIGMA, prefix, 0, N_("write a single value"), "the value of \"%s\" is no text", "prefix");
    const struct yaml_node *mapping = yaml_get(node, "mapping"), *conditions = yaml_get(node, "conditions");
    if (mapping && check_mapping(l, mapping))
        return -EINVAL;
    if (TYPES[t].type == STEP_CONDITION && conditions->kind != YAML_MAP)
        return wrong(l, conditions, N_("write conditions: {field: value}"), N_("the conditions to add are no map"));
    load_check_keys(l, node, STEP_KEYS, N_("a transformation"));
    *ret = (struct sigma_step){TYPES[t].type, node, id && id->kind == YAML_SCALAR ? id->text : STR_NULL};
    int result = check_conditions(l, node, "rule_conditions");
    result |= check_conditions(l, node, "field_name_conditions");
    return result;
}

int sigma_pipeline_load(struct loader *l, const struct yaml_node *root)
{
    static const char *const known[] = {"name", "priority", "transformations", "vars", "allowed_backends", NULL};
    struct sigma *s = sigma_of(l->rs);
    const struct yaml_node *steps = yaml_get(root, "transformations"), *priority = yaml_get(root, "priority");
    if (!steps || steps->kind != YAML_SEQUENCE)
        return wrong(l, steps ? steps : root, N_("write name:, priority: and transformations: with a list"), N_("this is no processing pipeline"));
    struct sigma_pipeline *p = arena_new(&l->rs->load, struct sigma_pipeline);
    struct value v = {};
    load_check_keys(l, root, known, N_("a pipeline"));
    if (priority && (priority->kind != YAML_SCALAR || !typing_number(priority->text, &v) || (v.type == VALUE_UINT && v.u > INT64_MAX)))
        return wrong(l, priority, N_("write a whole number"), N_("the priority is no number"));
    p->node = root;
    p->priority = v.i;
    p->steps = arena_array(&l->rs->load, struct sigma_step, steps->n);
    int result = 0;
    for (size_t i = 0; i < steps->n; i++)
        if (load_step(l, steps->v[i], &p->steps[p->n_steps++]))
            result = -EINVAL;
    if (s->n_steps + p->n_steps > SIGMA_STEPS_MAX)
        return load_say(l, DIAG_ERR_SIGMA, root, 0, N_("load fewer pipelines"), "more than %d transformations", SIGMA_STEPS_MAX);
    s->n_steps += p->n_steps;
    vec_add(&s->pipelines, p);
    /* A smaller priority comes first, equal ones as they were loaded. */
    for (size_t i = s->pipelines.n - 1; i > 0 && s->pipelines.v[i - 1]->priority > p->priority; i--) {
        s->pipelines.v[i] = s->pipelines.v[i - 1];
        s->pipelines.v[i - 1] = p;
    }
    return result;
}
