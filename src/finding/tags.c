// SPDX-License-Identifier: Apache-2.0
#include "finding/tags.h"

static void add(struct str *list, size_t *n, struct str s)
{
    for (size_t i = 0; i < *n; i++)
        if (str_eq(list[i], s))
            return;
    list[(*n)++] = s;
}

/* T1496 or T1496.001, as ATT&CK numbers its techniques; Falco's rules also write mitre_… words, which name
 * tactics. */
static bool is_technique(struct str tag)
{
    if (tag.n < 5 || tag.p[0] != 'T')
        return false;
    for (size_t i = 1; i < tag.n; i++)
        if (i == 5 ? tag.p[i] != '.' : tag.p[i] < '0' || tag.p[i] > '9')
            return false;
    return tag.n == 5 || tag.n == 9;
}

static bool take_prefix(struct str tag, struct str prefix, struct str *ret)
{
    if (!str_starts(tag, prefix) || tag.n == prefix.n)
        return false;
    *ret = str_sub(tag, prefix.n, tag.n);
    return true;
}

struct rule_tags *tags_parse(struct arena *a, const struct rule *rule)
{
    struct rule_tags *t = arena_new(a, struct rule_tags);
    t->by = arena_array(a, struct str, rule->n_tags);
    t->purposes = arena_array(a, struct str, rule->n_tags);
    t->rows = arena_array(a, struct str, rule->n_tags);
    t->techniques = arena_array(a, struct str, rule->n_tags);
    for (size_t i = 0; i < rule->n_tags; i++) {
        struct str tag = rule->tags[i], rest;
        if (str_is(tag, "kind:exposure"))
            t->kind = FINDING_EXPOSURE;
        else if (str_is(tag, "kind:context"))
            t->kind = FINDING_CONTEXT;
        else if (str_is(tag, "axis:intent"))
            t->intent = true;
        else if (str_is(tag, "axis:harm"))
            t->harm = true;
        else if (str_is(tag, "evidence:conclusive"))
            t->conclusive = true;
        else if (take_prefix(tag, STR("by:"), &rest))
            add(t->by, &t->n_by, rest);
        else if (take_prefix(tag, STR("purpose:"), &rest))
            add(t->purposes, &t->n_purposes, rest);
        else if (take_prefix(tag, STR("row:"), &rest))
            add(t->rows, &t->n_rows, rest);
        else if (is_technique(tag))
            add(t->techniques, &t->n_techniques, tag);
    }
    if (rule->is_stale && t->kind == FINDING_THREAT) {
        t->kind = FINDING_CONTEXT;
        t->conclusive = false;
    }
    return t;
}
