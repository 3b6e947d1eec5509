// SPDX-License-Identifier: Apache-2.0
/* Rules: defined, redefined, appended to, overridden, switched on and off. */
#include <errno.h>

#include "base/intl.h"
#include "rule/load.h"

static struct rule_definition *find_rule(struct loader *l, struct str name)
{
    struct map_entry *e = map_get(&l->rs->rules, name);
    return e ? e->ptr : NULL;
}

int load_priority(struct loader *l, struct rule_definition *r)
{
    const struct yaml_node *v = load_scalar(l, l->item, "priority");
    int priority = v ? priority_from(v->text) : 0;
    if (!v)
        return -EINVAL;
    if (priority < 0)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0,
                        N_("one of EMERGENCY ALERT CRITICAL ERROR WARNING NOTICE INFORMATIONAL DEBUG"),
                        "\"%.*s\" is no priority", STR_ARG(v->text));
    r->priority_node = v;
    r->priority = (enum priority)priority;
    return 0;
}

/* One text key: condition, output, desc, next or falsepositives. */
int load_text(struct loader *l, const char *key, struct node_list *into)
{
    const struct yaml_node *v = load_scalar(l, l->item, key);
    if (!v)
        return -EINVAL;
    vec_add(into, v);
    return 0;
}

/* Keys whose values only have to make sense: nothing here captures yet knows what a capture is. */
static int check_capture(struct loader *l)
{
    const struct yaml_node *duration = yaml_get(l->item, "capture_duration");
    bool capture = false;
    uint64_t ms;
    int result = load_bool(l, l->item, "capture", &capture);
    if (duration && (duration->kind != YAML_SCALAR || !str_to_u64(duration->text, &ms)))
        result = load_say(l, DIAG_ERR_YAML_VALIDATE, duration, 0, N_("write whole milliseconds"),
                          "the value of \"capture_duration\" is no number");
    return result;
}

/* The source and whether it exists here. */
static int set_source(struct loader *l, struct rule_definition *r)
{
    const struct yaml_node *v = yaml_get(l->item, "source");
    if (v && !load_scalar(l, l->item, "source"))
        return -EINVAL;
    r->source_name = v ? v->text : str_from(event_source_name(SOURCE_SYSCALL));
    int source = event_source_from(r->source_name);
    r->is_source_known = source >= 0;
    r->source = source >= 0 ? (enum event_source)source : SOURCE_SYSCALL;
    if (!r->is_source_known)
        (void)load_say(l, DIAG_UNKNOWN_SOURCE, v, 0, N_("sources are syscall, scan, log and kinds of logs such as aws_cloudtrail"),
                       "the rule is skipped: there is no source \"%.*s\"", STR_ARG(v->text));
    return 0;
}

/* Everything of a whole rule but its name; reports all that is wrong. */
static int fill(struct loader *l, struct rule_definition *r)
{
    int result = 0;
    r->enabled = r->warn_evttypes = true;
    result |= load_text(l, "condition", &r->condition);
    result |= load_text(l, "output", &r->output);
    result |= load_text(l, "desc", &r->desc);
    result |= load_priority(l, r);
    result |= set_source(l, r);
    result |= load_bool(l, l->item, "enabled", &r->enabled);
    result |= load_bool(l, l->item, "warn_evttypes", &r->warn_evttypes);
    result |= load_bool(l, l->item, "skip-if-unknown-filter", &r->skip_if_unknown_filter);
    result |= check_capture(l);
    if (yaml_get(l->item, "next"))
        result |= load_text(l, "next", &r->next);
    if (yaml_get(l->item, "falsepositives"))
        result |= load_text(l, "falsepositives", &r->falsepositives);
    if (yaml_get(l->item, "tags"))
        result |= load_scalars(l, l->item, "tags", &r->tags);
    result |= load_exceptions(l, false, &r->exceptions);
    return result ? -EINVAL : 0;
}

void load_rule_done(struct rule_definition *r)
{
    if (r->written)
        pieces_done(r->written);
    free(TAKE_PTR(r->written));
    vec_done(&r->condition);
    vec_done(&r->output);
    vec_done(&r->desc);
    vec_done(&r->next);
    vec_done(&r->falsepositives);
    vec_done(&r->tags);
    exceptions_done(&r->exceptions);
}

static int define_rule(struct loader *l, const struct yaml_node *name)
{
    struct rule_definition *previous = find_rule(l, name->text);
    struct rule_definition r = {.rs = l->rs, .kind = "rule"};
    int result = fill(l, &r);
    if (!result && previous && !str_eq(previous->source_name, r.source_name))
        result = load_say(l, DIAG_ERR_VALIDATE,
                          yaml_get(l->item, "source") ? yaml_get(l->item, "source") : l->item, 0,
                          N_("give the rule another name"), "the rule was defined before for the source \"%.*s\"",
                          STR_ARG(previous->source_name));
    if (result) {
        load_rule_done(&r);
        return result;
    }
    r.def = definition_new(l, name, previous ? &previous->def : NULL);
    if (!previous) {
        previous = arena_new(&l->rs->load, struct rule_definition);
        map_put(&l->rs->rules, name->text, NULL)->ptr = previous;
    } else {
        load_rule_done(previous);
    }
    *previous = r;
    return 0;
}

/* The deprecated form with nothing but `enabled`. */
static int enable_rule(struct loader *l, const struct yaml_node *name)
{
    struct rule_definition *r = find_rule(l, name->text);
    bool enabled = true;
    if (!yaml_get(l->item, "enabled"))
        return load_say(l, DIAG_ERR_YAML_VALIDATE, l->item, 0,
                        N_("a rule needs condition, output, desc and priority"), "there is nothing but a name");
    if (load_bool(l, l->item, "enabled", &enabled))
        return -EINVAL;
    (void)load_say(l, DIAG_DEPRECATED_ITEM, yaml_key(l->item, "enabled"), 0,
                   N_("write override: {enabled: replace} beside it"), "\"enabled\" alone is deprecated");
    if (!r)
        return definition_missing(l, "rule");
    r->enabled = enabled;
    return 0;
}

/* Appends, or puts in the place of, the texts of one key. */
int load_change_text(struct loader *l, const char *key, bool replace, struct node_list *into)
{
    const struct yaml_node *v = load_scalar(l, l->item, key);
    if (!v)
        return -EINVAL;
    if (replace)
        vec_clear(into);
    vec_add(into, v);
    return load_check_size(l, key, into);
}

static int change_exceptions(struct loader *l, bool replace, struct rule_definition *r)
{
    struct exceptions more = {};
    int result = load_exceptions(l, !replace, &more);
    if (!result && replace) {
        exceptions_done(&r->exceptions);
        r->exceptions = more;
        more = (struct exceptions){};
    } else if (!result) {
        result = load_merge_exceptions(l, &r->exceptions, &more);
    }
    exceptions_done(&more);
    return result;
}

int load_change_tags(struct loader *l, bool replace, struct rule_definition *r)
{
    struct node_list tags = {};
    int result = load_scalars(l, l->item, "tags", &tags);
    if (!result && replace)
        vec_clear(&r->tags);
    for (size_t i = 0; !result && i < tags.n; i++)
        vec_add(&r->tags, tags.v[i]);
    vec_done(&tags);
    return result;
}

/* One key that an override names. */
static int change(struct loader *l, struct rule_definition *r, const struct override_key *k)
{
    bool replace = k->asked == OVERRIDE_REPLACE;
    const struct str key = str_from(k->name);
    if (str_is(key, "condition"))
        return load_change_text(l, k->name, replace, &r->condition);
    if (str_is(key, "output"))
        return load_change_text(l, k->name, replace, &r->output);
    if (str_is(key, "desc"))
        return load_change_text(l, k->name, replace, &r->desc);
    if (str_is(key, "next"))
        return load_change_text(l, k->name, replace, &r->next);
    if (str_is(key, "falsepositives"))
        return load_change_text(l, k->name, replace, &r->falsepositives);
    if (str_is(key, "tags"))
        return load_change_tags(l, replace, r);
    if (str_is(key, "exceptions"))
        return change_exceptions(l, replace, r);
    if (str_is(key, "priority"))
        return load_priority(l, r);
    if (str_is(key, "enabled"))
        return load_bool(l, l->item, k->name, &r->enabled);
    if (str_is(key, "warn_evttypes"))
        return load_bool(l, l->item, k->name, &r->warn_evttypes);
    if (str_is(key, "skip-if-unknown-filter"))
        return load_bool(l, l->item, k->name, &r->skip_if_unknown_filter);
    return check_capture(l);
}

static int append_rule(struct loader *l, const struct yaml_node *name)
{
    struct rule_definition *r = find_rule(l, name->text);
    int result = 0;
    if (!r)
        return definition_missing(l, "rule");
    if (!yaml_get(l->item, "condition") && !yaml_get(l->item, "exceptions"))
        return load_say(l, DIAG_ERR_VALIDATE, l->item, 0, N_("add condition or exceptions"),
                        "there is nothing to append");
    if (yaml_get(l->item, "condition"))
        result |= load_change_text(l, "condition", false, &r->condition);
    if (yaml_get(l->item, "exceptions"))
        result |= change_exceptions(l, false, r);
    r->def.visible = l->rs->n_items++;
    return result;
}

static int override_rule(struct loader *l, const struct yaml_node *name, const struct override_key *keys)
{
    struct rule_definition *r = find_rule(l, name->text);
    int result = 0;
    if (!r)
        return definition_missing(l, "rule");
    for (const struct override_key *k = keys; k->name; k++)
        if (k->asked != OVERRIDE_NONE)
            result |= change(l, r, k);
    r->def.visible = l->rs->n_items++;
    return result;
}

int load_rule(struct loader *l)
{
    static const char *const known[] = {
        "rule",
        "condition",
        "output",
        "desc",
        "priority",
        "source",
        "enabled",
        "tags",
        "next",
        "falsepositives",
        "capture",
        "capture_duration",
        "exceptions",
        "warn_evttypes",
        "skip-if-unknown-filter",
        "append",
        "override",
        NULL,
    };
    struct override_key keys[] = {
        {"condition", true, OVERRIDE_NONE},
        {"output", true, OVERRIDE_NONE},
        {"desc", true, OVERRIDE_NONE},
        {"tags", true, OVERRIDE_NONE},
        {"exceptions", true, OVERRIDE_NONE},
        {"next", true, OVERRIDE_NONE},
        {"falsepositives", true, OVERRIDE_NONE},
        {"priority", false, OVERRIDE_NONE},
        {"enabled", false, OVERRIDE_NONE},
        {"capture", false, OVERRIDE_NONE},
        {"capture_duration", false, OVERRIDE_NONE},
        {"warn_evttypes", false, OVERRIDE_NONE},
        {"skip-if-unknown-filter", false, OVERRIDE_NONE},
        {},
    };
    bool append = false, overrides = false;
    const struct yaml_node *name = load_name(l, "rule");
    if (!name)
        return -EINVAL;
    load_check_keys(l, l->item, known, "a rule");
    if (load_override(l, keys, &append))
        return -EINVAL;
    for (const struct override_key *k = keys; k->name; k++)
        overrides |= k->asked != OVERRIDE_NONE;
    if (overrides)
        return override_rule(l, name, keys);
    if (append)
        return append_rule(l, name);
    if (!yaml_get(l->item, "condition") && !yaml_get(l->item, "output") && !yaml_get(l->item, "desc") &&
        !yaml_get(l->item, "priority"))
        return enable_rule(l, name);
    return define_rule(l, name);
}

void load_rules_done(struct ruleset *rs)
{
    for (size_t i = 0; i < rs->rules.n; i++)
        load_rule_done(rs->rules.v[i].ptr);
}
