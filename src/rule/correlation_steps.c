// SPDX-License-Identifier: Apache-2.0
/* Which rules a correlation is about. */
#include "rule/correlation_build.h"

#include <errno.h>

#include "base/intl.h"

static int add_member(struct draft *d, uint32_t rule, size_t step)
{
    if (!d->steps[rule] && ++d->c->n_members > CORRELATION_MEMBERS_MAX)
        return -E2BIG;
    d->steps[rule] |= 1U << step;
    return 0;
}

/* The name that was meant, if it is near one. */
static const char *nearest_name(struct draft *d, struct str name)
{
    size_t best = name.n < 6 ? 2 : 4;
    const struct map_entry *found = NULL;
    for (size_t i = 0; i < d->b->names.n && d->b->diags->n < 100; i++) {
        size_t n = str_distance(name, d->b->names.v[i].key, best);
        if (n < best) {
            best = n;
            found = &d->b->names.v[i];
        }
    }
    return found ? arena_printf(&d->b->rs->load, _("did you mean \"%.*s\"?"), STR_ARG(found->key)).p
                 : N_("write the name of a rule or correlation of the files that are loaded");
}

static int add_name(struct draft *d, const struct yaml_node *node, size_t step)
{
    const struct map_entry *e = map_get(&d->b->names, node->text);
    if (!e && map_has(&d->b->rs->rules, node->text))
        return correlation_say(d, DIAG_ERR_VALIDATE, node, N_("name rules for live events, or for logs with `source: log`"), "the rule \"%.*s\" is for another source",
                   STR_ARG(node->text));
    if (!e)
        return correlation_say(d, DIAG_ERR_VALIDATE, node, nearest_name(d, node->text), "there is no rule \"%.*s\"", STR_ARG(node->text));
    const struct rule *r = &d->b->rs->v[e->u64];
    if (!event_source_is_beside(r->source, d->d->rule.source))
        return correlation_say(d, DIAG_ERR_VALIDATE, node, N_("name rules for live events, or for logs with `source: log`"), "the rule \"%.*s\" is for another source",
                   STR_ARG(node->text));
    return add_member(d, r->index, step);
}

static bool has_tag(const struct rule *r, struct str tag)
{
    for (size_t i = 0; i < r->n_tags; i++)
        if (str_eq_nocase(r->tags[i], tag))
            return true;
    return false;
}

static bool has_tags(const struct rule *r, const struct yaml_node *tags)
{
    if (tags->kind == YAML_SCALAR)
        return has_tag(r, tags->text);
    for (size_t i = 0; i < tags->n; i++)
        if (!has_tag(r, tags->v[i]->text))
            return false;
    return true;
}

/* {tags: [a, b]}: every rule, but no correlation, that has all of them. */
static int add_tags(struct draft *d, const struct yaml_node *node, size_t step)
{
    const struct yaml_node *tags = yaml_get(node, "tags");
    bool is_good = tags && node->n == 2 && (tags->kind == YAML_SCALAR ? tags->text.n > 0 : tags->kind == YAML_SEQUENCE && tags->n);
    for (size_t i = 0; is_good && tags->kind == YAML_SEQUENCE && i < tags->n; i++)
        is_good = tags->v[i]->kind == YAML_SCALAR && tags->v[i]->text.n;
    if (!is_good)
        return correlation_say(d, DIAG_ERR_YAML_VALIDATE, node, N_("write {tags: [a, b]}: rules that have all of these tags"),
                   "this names no rules");
    size_t n = 0;
    int result = 0;
    for (size_t i = 0; i < d->b->first && !result; i++)
        if (event_source_is_beside(d->b->rs->v[i].source, d->d->rule.source) && has_tags(&d->b->rs->v[i], tags)) {
            result = add_member(d, (uint32_t)i, step);
            n++;
        }
    if (!n)
        return correlation_say(d, DIAG_WARNING_EXTENSION, node, N_("check the tags; davy rules list --tag shows who has one"),
                   "no rule for live events has these tags");
    return result;
}

static int add_one(struct draft *d, const struct yaml_node *node, size_t step)
{
    if (node->kind == YAML_SCALAR && node->text.n && !yaml_is_null(node))
        return add_name(d, node, step);
    if (node->kind == YAML_MAP)
        return add_tags(d, node, step);
    return correlation_say(d, DIAG_ERR_YAML_VALIDATE, node,
               N_("write the name of a rule, [a, b] for one of several, or {tags: [a]} for all that have a tag"),
               "this names no rules");
}

static int add_step(struct draft *d, const struct yaml_node *node, size_t step)
{
    int result = 0;
    if (node->kind != YAML_SEQUENCE || !node->n)
        return add_one(d, node, step);
    for (size_t i = 0; i < node->n; i++) {
        int r = add_one(d, node->v[i], step);
        result = r ? r : result;
    }
    return result;
}

static bool is_on(const struct draft *d, uint32_t rule)
{
    return d->b->rs->v[rule].enabled || d->b->is_below[rule];
}

/* A step of which no rule is on holds nothing up but what needs it. */
static void warn_of_off(struct draft *d)
{
    for (size_t s = 0; s < d->c->n_steps; s++) {
        bool has_members = false, has_on = false;
        for (size_t i = 0; i < d->b->rs->n; i++)
            if (d->steps[i] >> s & 1) {
                has_members = true;
                has_on |= is_on(d, (uint32_t)i);
            }
        if (has_members && !has_on && d->rule->enabled)
            (void)correlation_say(d, DIAG_WARNING_EXTENSION, d->d->rules.v[s], N_("switch one on, or the correlation off"),
                      "no rule that this names is on");
    }
}

int correlation_build_steps(struct draft *d)
{
    int result = 0;
    d->c->n_steps = d->d->rules.n;
    for (size_t i = 0; i < d->d->rules.n; i++) {
        int r = add_step(d, d->d->rules.v[i], i);
        result = r ? r : result;
    }
    if (result == -E2BIG)
        return correlation_say(d, DIAG_ERR_VALIDATE, d->d->rules.v[0], N_("name fewer"), "a correlation about more than %d rules",
                   CORRELATION_MEMBERS_MAX);
    if (d->steps[d->rule->index])
        return correlation_say(d, DIAG_ERR_VALIDATE, d->d->rules.v[0], N_("take it out"), "the correlation names itself");
    if (!result)
        warn_of_off(d);
    return result;
}
