// SPDX-License-Identifier: Apache-2.0
/* Correlations: defined, redefined, overridden. What they name is looked up when all files are read (correlation_build.c). */
#include <errno.h>

#include "base/intl.h"
#include "rule/load.h"

static struct correlation_definition *find(struct loader *l, struct str name)
{
    struct map_entry *e = map_get(&l->rs->correlations, name);
    return e ? e->ptr : NULL;
}

static int set_type(struct loader *l, struct correlation_definition *c)
{
    const struct yaml_node *v = load_scalar(l, l->item, "type");
    int type = v ? correlation_type_from(v->text) : 0;
    if (!v)
        return -EINVAL;
    if (type < 0)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("one of event_count, value_count, value_sum, value_avg, value_median, value_percentile, temporal, temporal_ordered"),
                        "\"%.*s\" is no type of correlation", STR_ARG(v->text));
    c->type = (enum correlation_type)type;
    return 0;
}

static int set_timespan(struct loader *l, struct correlation_definition *c)
{
    const struct yaml_node *v = load_scalar(l, l->item, "timespan");
    if (!v)
        return -EINVAL;
    c->timespan = v;
    c->timespan_ns = 0;
    int r = correlation_timespan_from(v->text, &c->timespan_ns);
    if (r == -EINVAL)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("write a number and s, m, h, d or w, such as 5m"),
                        "\"%.*s\" is no timespan", STR_ARG(v->text));
    if (r < 0 || !c->timespan_ns)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("from 1s to 31d"), "the timespan is out of bounds");
    return 0;
}

/* `rules`: the items are looked at later; only that there are some is known now. */
static int set_rules(struct loader *l, bool replace, struct correlation_definition *c)
{
    const struct yaml_node *v = yaml_get(l->item, "rules");
    if (!v)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, l->item, 0, N_("add it"), "the key \"%s\" is missing", "rules");
    if (v->kind != YAML_SEQUENCE || !v->n)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("write [a, b], or one item a line after \"- \""),
                        "the value of \"%s\" is no sequence", "rules");
    if (replace)
        vec_clear(&c->rules);
    for (size_t i = 0; i < v->n; i++)
        vec_add(&c->rules, v->v[i]);
    if (c->rules.n > CORRELATION_STEPS_MAX)
        return load_say(l, DIAG_ERR_VALIDATE, v, 0,
                        N_("write rules of which one is enough as one item: [a, b], or name them by a tag"),
                        "a correlation of more than %d items", CORRELATION_STEPS_MAX);
    return 0;
}

static int set_group_by(struct loader *l, bool replace, struct correlation_definition *c)
{
    const struct yaml_node *v = yaml_get(l->item, "group-by");
    if (replace)
        vec_clear(&c->group_by);
    if (!v)
        return 0;
    int result = load_scalars(l, l->item, "group-by", &c->group_by);
    if (!result && c->group_by.n > CORRELATION_GROUP_BY_MAX)
        result = load_say(l, DIAG_ERR_VALIDATE, v, 0, N_("group by fewer"), "more than %d fields in \"group-by\"",
                          CORRELATION_GROUP_BY_MAX);
    return result;
}

static int set_map(struct loader *l, const char *key, const struct yaml_node **ret)
{
    const struct yaml_node *v = yaml_get(l->item, key);
    if (v && v->kind != YAML_MAP)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0,
                        !strcmp(key, "condition") ? N_("write condition: {gte: 3}") : N_("write aliases: {name: {rule: field}}"),
                        "the value of \"%s\" is no map", key);
    *ret = v;
    return 0;
}

static int set_generate(struct loader *l, struct correlation_definition *c)
{
    c->has_generate = yaml_get(l->item, "generate");
    return load_bool(l, l->item, "generate", &c->generate);
}

/* Correlations are about live events and logs: those of a look at files have no times to speak of. */
static int set_source(struct loader *l, struct correlation_definition *c)
{
    const struct yaml_node *v = yaml_get(l->item, "source");
    if (!v)
        return 0;
    const int source = v->kind == YAML_SCALAR ? event_source_from(v->text) : -EINVAL;
    if (source < 0 || source == SOURCE_SCAN)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("write `source: log`, or take it away"),
                        "correlations are for the source syscall and for logs");
    c->rule.source = (enum event_source)source;
    c->has_source = true;
    return 0;
}

static int fill(struct loader *l, struct correlation_definition *c)
{
    int result = 0;
    c->rule.enabled = c->generate = c->rule.is_source_known = true;
    c->rule.source = SOURCE_SYSCALL;
    result |= set_type(l, c);
    result |= set_rules(l, false, c);
    result |= set_group_by(l, false, c);
    result |= set_timespan(l, c);
    result |= set_map(l, "condition", &c->condition);
    result |= set_map(l, "aliases", &c->aliases);
    result |= set_generate(l, c);
    result |= set_source(l, c);
    result |= load_text(l, "output", &c->rule.output);
    result |= load_text(l, "desc", &c->rule.desc);
    result |= load_priority(l, &c->rule);
    result |= load_bool(l, l->item, "enabled", &c->rule.enabled);
    if (yaml_get(l->item, "next"))
        result |= load_text(l, "next", &c->rule.next);
    if (yaml_get(l->item, "falsepositives"))
        result |= load_text(l, "falsepositives", &c->rule.falsepositives);
    if (yaml_get(l->item, "tags"))
        result |= load_scalars(l, l->item, "tags", &c->rule.tags);
    return result ? -EINVAL : 0;
}

static void correlation_done(struct correlation_definition *c)
{
    load_rule_done(&c->rule);
    vec_done(&c->rules);
    vec_done(&c->group_by);
}

static int define(struct loader *l, const struct yaml_node *name)
{
    struct correlation_definition *previous = find(l, name->text);
    struct correlation_definition c = {.rule = {.rs = l->rs, .kind = "correlation"}};
    int result = fill(l, &c);
    if (result) {
        correlation_done(&c);
        return result;
    }
    c.rule.def = definition_new(l, name, previous ? &previous->rule.def : NULL);
    if (!previous) {
        previous = arena_new(&l->rs->load, struct correlation_definition);
        map_put(&l->rs->correlations, name->text, NULL)->ptr = previous;
    } else {
        correlation_done(previous);
    }
    *previous = c;
    return 0;
}

/* One key that an override names. */
static int change(struct loader *l, struct correlation_definition *c, const struct override_key *k)
{
    const bool replace = k->asked == OVERRIDE_REPLACE;
    const struct str key = str_from(k->name);
    if (str_is(key, "rules"))
        return set_rules(l, replace, c);
    if (str_is(key, "group-by"))
        return set_group_by(l, replace, c);
    if (str_is(key, "timespan"))
        return set_timespan(l, c);
    if (str_is(key, "condition"))
        return set_map(l, k->name, &c->condition);
    if (str_is(key, "aliases"))
        return set_map(l, k->name, &c->aliases);
    if (str_is(key, "generate"))
        return set_generate(l, c);
    if (str_is(key, "priority"))
        return load_priority(l, &c->rule);
    if (str_is(key, "enabled"))
        return load_bool(l, l->item, k->name, &c->rule.enabled);
    if (str_is(key, "tags"))
        return load_change_tags(l, replace, &c->rule);
    return load_change_text(l, k->name, replace,
                            str_is(key, "output")           ? &c->rule.output
                            : str_is(key, "desc")           ? &c->rule.desc
                            : str_is(key, "falsepositives") ? &c->rule.falsepositives
                                                            : &c->rule.next);
}

int load_correlation(struct loader *l)
{
    static const char *const known[] = {"correlation", "type",     "rules",    "group-by", "timespan", "condition",
                                        "aliases",     "generate", "output",   "desc",     "priority", "source",
                                        "enabled",     "tags",     "next",     "override", "append",   "falsepositives", NULL};
    struct override_key keys[] = {
        {"rules", true, OVERRIDE_NONE},      {"group-by", true, OVERRIDE_NONE},  {"timespan", false, OVERRIDE_NONE},
        {"condition", false, OVERRIDE_NONE}, {"aliases", false, OVERRIDE_NONE},  {"generate", false, OVERRIDE_NONE},
        {"output", true, OVERRIDE_NONE},     {"desc", true, OVERRIDE_NONE},      {"next", true, OVERRIDE_NONE},
        {"falsepositives", true, OVERRIDE_NONE},
        {"tags", true, OVERRIDE_NONE},       {"priority", false, OVERRIDE_NONE}, {"enabled", false, OVERRIDE_NONE},
        {},
    };
    bool append = false, overrides = false;
    const struct yaml_node *name = load_name(l, "correlation");
    if (!name)
        return -EINVAL;
    load_check_keys(l, l->item, known, N_("a correlation"));
    if (yaml_get(l->item, "append"))
        return load_say(l, DIAG_ERR_YAML_VALIDATE, yaml_key(l->item, "append"), 0,
                        N_("write override: {key: append} instead, with each key that is to be appended"),
                        "a correlation cannot be appended to as a whole");
    if (load_override(l, keys, &append))
        return -EINVAL;
    for (const struct override_key *k = keys; k->name; k++)
        overrides |= k->asked != OVERRIDE_NONE;
    if (!overrides)
        return define(l, name);
    struct correlation_definition *c = find(l, name->text);
    int result = 0;
    if (!c)
        return definition_missing(l, "correlation");
    for (const struct override_key *k = keys; k->name; k++)
        if (k->asked != OVERRIDE_NONE)
            result |= change(l, c, k);
    c->rule.def.visible = l->rs->n_items++;
    return result ? -EINVAL : 0;
}

void load_correlations_done(struct ruleset *rs)
{
    for (size_t i = 0; i < rs->correlations.n; i++)
        correlation_done(rs->correlations.v[i].ptr);
}
