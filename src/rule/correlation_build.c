// SPDX-License-Identifier: Apache-2.0
/*
 * From what files say of correlations to struct correlation: names of rules, tags and aliases are looked up here, when every file
 * was read. The back resolves the fields (struct rule_key), correlations_finish() puts their numbers in.
 */
#include <errno.h>

#include "base/intl.h"
#include "rule/load.h"

struct builder {
    struct ruleset *rs;
    struct rule_input *inputs;
    struct diags *diags;
    struct map names; /* → index in rs->v, of rules and correlations */
    size_t first, n;  /* index of the first correlation, and how many there are */
    struct correlation_definition **definitions; /* by index minus first */
    bool *is_below;   /* by index: on but for its priority */
    uint8_t *depths;  /* by index: correlations of correlations; 0: not known yet */
};

/* The correlation at hand. */
struct draft {
    struct builder *b;
    struct correlation_definition *d;
    struct rule *rule;
    struct correlation *c;
    struct str label;
    uint32_t *steps;    /* by rule index */
    VEC(struct rule_key) keys;
};

static int _printf_(5, 6) say(struct draft *d, enum diag_code code, const struct yaml_node *node, const char *cure, const char *fmt, ...)
{
    va_list ap;
    struct strbuf message = {};
    va_start(ap, fmt);
    strbuf_vprintf(&message, intl_text(fmt), ap);
    va_end(ap);
    load_report(d->b->diags, code, d->label, node, 0, message.p, cure);
    strbuf_done(&message);
    return diag_code_is_error(code) ? -EINVAL : 0;
}

/* ---- rules ---- */

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
        return say(d, DIAG_ERR_VALIDATE, node, N_("name rules for live events, or for logs with `source: log`"), "the rule \"%.*s\" is for another source",
                   STR_ARG(node->text));
    if (!e)
        return say(d, DIAG_ERR_VALIDATE, node, nearest_name(d, node->text), "there is no rule \"%.*s\"", STR_ARG(node->text));
    const struct rule *r = &d->b->rs->v[e->u64];
    if (!event_source_is_beside(r->source, d->d->rule.source))
        return say(d, DIAG_ERR_VALIDATE, node, N_("name rules for live events, or for logs with `source: log`"), "the rule \"%.*s\" is for another source",
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
        return say(d, DIAG_ERR_YAML_VALIDATE, node, N_("write {tags: [a, b]}: rules that have all of these tags"),
                   "this names no rules");
    size_t n = 0;
    int result = 0;
    for (size_t i = 0; i < d->b->first && !result; i++)
        if (event_source_is_beside(d->b->rs->v[i].source, d->d->rule.source) && has_tags(&d->b->rs->v[i], tags)) {
            result = add_member(d, (uint32_t)i, step);
            n++;
        }
    if (!n)
        return say(d, DIAG_WARNING_EXTENSION, node, N_("check the tags; davy rules list --tag shows who has one"),
                   "no rule for live events has these tags");
    return result;
}

static int add_one(struct draft *d, const struct yaml_node *node, size_t step)
{
    if (node->kind == YAML_SCALAR && node->text.n && !yaml_is_null(node))
        return add_name(d, node, step);
    if (node->kind == YAML_MAP)
        return add_tags(d, node, step);
    return say(d, DIAG_ERR_YAML_VALIDATE, node,
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
            (void)say(d, DIAG_WARNING_EXTENSION, d->d->rules.v[s], N_("switch one on, or the correlation off"),
                      "no rule that this names is on");
    }
}

static int build_steps(struct draft *d)
{
    int result = 0;
    d->c->n_steps = d->d->rules.n;
    for (size_t i = 0; i < d->d->rules.n; i++) {
        int r = add_step(d, d->d->rules.v[i], i);
        result = r ? r : result;
    }
    if (result == -E2BIG)
        return say(d, DIAG_ERR_VALIDATE, d->d->rules.v[0], N_("name fewer"), "a correlation about more than %d rules",
                   CORRELATION_MEMBERS_MAX);
    if (d->steps[d->rule->index])
        return say(d, DIAG_ERR_VALIDATE, d->d->rules.v[0], N_("take it out"), "the correlation names itself");
    if (!result)
        warn_of_off(d);
    return result;
}

/* ---- condition ---- */

static int set_bound(struct draft *d, const struct yaml_node *key, const struct yaml_node *value)
{
    struct correlation *c = d->c;
    uint64_t n = 0;
    if (value->kind != YAML_SCALAR || !str_to_u64(value->text, &n) || n > CORRELATION_COUNT_MAX)
        return say(d, DIAG_ERR_YAML_VALIDATE, value, N_("write a number from 0 to 10000"), "\"%.*s\" is compared with no such number",
                   STR_ARG(key->text));
    if (str_is(key->text, "gte") || str_is(key->text, "gt")) {
        n += str_is(key->text, "gt");
        c->least = n > c->least ? n : c->least;
    } else if (str_is(key->text, "lte") || str_is(key->text, "lt")) {
        if (!n && str_is(key->text, "lt"))
            return say(d, DIAG_ERR_VALIDATE, value, N_("write a larger number"), "nothing is less than 0");
        n -= str_is(key->text, "lt");
        c->most = n < c->most ? n : c->most;
    } else if (str_is(key->text, "eq")) {
        c->least = n > c->least ? n : c->least;
        c->most = n < c->most ? n : c->most;
    } else if (str_is(key->text, "neq")) {
        c->has_not = true;
        c->not = n;
    } else {
        return say(d, DIAG_ERR_YAML_VALIDATE, key, N_("gte, gt, lte, lt, eq, neq, and field for value_count"),
                   "a condition has no \"%.*s\"", STR_ARG(key->text));
    }
    return 0;
}

static int set_field(struct draft *d, const struct yaml_node *key, const struct yaml_node *value)
{
    if (d->c->type != CORRELATION_VALUE_COUNT)
        return say(d, DIAG_ERR_VALIDATE, key, N_("take it away, or make it value_count"), "only value_count counts the values of a field");
    if (value->kind != YAML_SCALAR || !value->text.n)
        return say(d, DIAG_ERR_YAML_VALIDATE, value, N_("write the name of a field"), "this is no field");
    d->c->field = arena_str(&d->b->rs->arena, value->text);
    return 0;
}

static int check_condition_keys(struct draft *d, const struct yaml_node *node, bool has_number)
{
    struct correlation *c = d->c;
    const bool is_count = c->type == CORRELATION_EVENT_COUNT || c->type == CORRELATION_VALUE_COUNT;
    if (is_count && !has_number)
        return say(d, DIAG_ERR_YAML_VALIDATE, node ? node : d->d->rule.def.node, N_("write condition: {gte: 3}, with field: … for value_count"),
                   "the condition says no number");
    if (c->type == CORRELATION_VALUE_COUNT && !c->field.n)
        return say(d, DIAG_ERR_YAML_VALIDATE, node, N_("add field: …"), "the condition names no field whose values are counted");
    if (c->type == CORRELATION_TEMPORAL_ORDERED && node)
        return say(d, DIAG_ERR_VALIDATE, node, N_("take it away"), "temporal_ordered has no condition: every item must match, in order");
    if (c->type == CORRELATION_TEMPORAL && c->least > c->n_steps)
        return say(d, DIAG_ERR_VALIDATE, node, N_("write a number up to that of the items"), "there are fewer items in \"rules\"");
    if (c->least > c->most || (c->has_not && c->least == c->most && c->not == c->least))
        return say(d, DIAG_ERR_VALIDATE, node, N_("look at its numbers"), "no count can meet the condition");
    if (node && c->least <= 1 && c->most != UINT64_MAX)
        (void)say(d, DIAG_WARNING_EXTENSION, node, N_("add gte: …, or name what should be told as rules of their own"),
                  "the first match meets the condition already: a window is judged when a match comes, not when it ends");
    return 0;
}

static int build_condition(struct draft *d)
{
    const struct yaml_node *node = d->d->condition;
    bool has_number = false;
    int result = 0;
    const bool is_count = d->c->type == CORRELATION_EVENT_COUNT || d->c->type == CORRELATION_VALUE_COUNT;
    d->c->most = UINT64_MAX;
    for (size_t i = 0; node && i + 1 < node->n; i += 2) {
        const bool is_field = str_is(node->v[i]->text, "field");
        has_number |= !is_field;
        result |= is_field ? set_field(d, node->v[i], node->v[i + 1]) : set_bound(d, node->v[i], node->v[i + 1]);
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
    load_report(diags, code, arena_printf(&d->rs->load, "correlation %.*s", STR_ARG(d->def.name)), node,
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

/* What a rule calls the value that the correlation groups by, or counts. */
static int find_key(struct draft *d, const struct yaml_node *group, const struct rule *r, uint32_t *ret)
{
    const struct yaml_node *alias = get_value(d->d->aliases, group->text), *field = get_value(alias, r->name);
    if (!alias) {
        *ret = add_key(d, group->text, group);
        return 0;
    }
    if (field && field->kind == YAML_SCALAR && field->text.n) {
        *ret = add_key(d, field->text, field);
        return 0;
    }
    if (alias->kind == YAML_MAP && !field && field_from(group->text) >= 0) {
        *ret = add_key(d, group->text, group);
        return 0;
    }
    return say(d, DIAG_ERR_VALIDATE, field ? field : alias, N_("add RULE: FIELD for each rule that the correlation names"),
               "the alias \"%.*s\" says no field for the rule \"%.*s\"", STR_ARG(group->text), STR_ARG(r->name));
}

static int check_aliases(struct draft *d)
{
    const struct yaml_node *a = d->d->aliases;
    for (size_t i = 0; a && i + 1 < a->n; i += 2) {
        bool is_used = false;
        for (size_t g = 0; g < d->d->group_by.n; g++)
            is_used |= str_eq(d->d->group_by.v[g]->text, a->v[i]->text);
        is_used |= d->c->field.n && str_eq(d->c->field, a->v[i]->text);
        if (!is_used)
            (void)say(d, DIAG_WARNING_EXTENSION, a->v[i], N_("name it in group-by, or take it away"), "nothing is grouped by this alias");
        for (size_t k = 0; a->v[i + 1]->kind == YAML_MAP && k + 1 < a->v[i + 1]->n; k += 2) {
            const struct yaml_node *rule = a->v[i + 1]->v[k];
            const struct map_entry *e = map_get(&d->b->names, rule->text);
            if (!e || !d->steps[e->u64])
                return say(d, DIAG_ERR_VALIDATE, rule, N_("name a rule of \"rules\""), "the correlation is not about a rule \"%.*s\"",
                           STR_ARG(rule->text));
        }
    }
    return 0;
}

static int build_member(struct draft *d, uint32_t rule, struct correlation_member *m)
{
    const struct rule *r = &d->b->rs->v[rule];
    const bool has_field = d->c->field.n;
    uint32_t *keys = arena_array(&d->b->rs->arena, uint32_t, d->c->n_group_by + has_field);
    int result = 0;
    *m = (struct correlation_member){.rule = rule, .steps = d->steps[rule], .keys = keys};
    for (size_t g = 0; g < d->c->n_group_by; g++)
        result |= find_key(d, d->d->group_by.v[g], r, &keys[g]);
    if (has_field)
        result |= find_key(d, yaml_get(d->d->condition, "field"), r, &keys[d->c->n_group_by]);
    return result;
}

static int build_members(struct draft *d)
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

/* ---- the whole ---- */

static void add_id(struct strbuf *b, struct str s)
{
    strbuf_printf(b, "%zu:", s.n);
    strbuf_add(b, s);
}

/* What saved matches and groups depend on: which values make a group, and whose values are counted. */
static uint64_t id_of(const struct draft *d)
{
    struct strbuf b = {};
    strbuf_printf(&b, "%d ", d->c->type);
    add_id(&b, d->c->field);
    for (size_t g = 0; g < d->c->n_group_by; g++)
        add_id(&b, d->c->group_by[g]);
    for (size_t i = 0; i < d->keys.n; i++)
        add_id(&b, d->keys.v[i].text);
    uint64_t id = hash_keyed(b.p, b.n, 0, 0);
    strbuf_done(&b);
    return id;
}

static void add_words(struct strbuf *b, const struct yaml_node *n)
{
    if (n->kind == YAML_SCALAR) {
        strbuf_add(b, n->text);
        return;
    }
    strbuf_addc(b, n->kind == YAML_MAP ? '{' : '[');
    for (size_t i = 0; i < n->n; i++) {
        strbuf_adds(b, !i ? "" : n->kind == YAML_MAP && i % 2 ? ": " : ", ");
        add_words(b, n->v[i]);
    }
    strbuf_addc(b, n->kind == YAML_MAP ? '}' : ']');
}

static struct str words(struct draft *d, const struct yaml_node *n)
{
    struct strbuf b = {};
    if (n)
        add_words(&b, n);
    struct str s = arena_str(&d->b->rs->arena, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

static struct str words_of_rules(struct draft *d)
{
    struct strbuf b = {};
    for (size_t i = 0; i < d->d->rules.n; i++) {
        strbuf_adds(&b, i ? "\n" : "");
        add_words(&b, d->d->rules.v[i]);
    }
    struct str s = arena_str(&d->b->rs->arena, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

static int build_one(struct builder *b, size_t at)
{
    struct correlation_definition *definition = b->definitions[at];
    struct draft d = {.b = b, .d = definition, .rule = &b->rs->v[b->first + at]};
    int result;
    d.c = arena_new(&b->rs->arena, struct correlation);
    d.label = arena_printf(&b->rs->load, "correlation %.*s", STR_ARG(definition->rule.def.name));
    d.steps = arena_array(&b->rs->load, uint32_t, b->rs->n);
    d.c->type = definition->type;
    d.c->timespan_ns = definition->timespan_ns;
    result = build_steps(&d);
    result |= build_condition(&d);
    if (!result)
        result = build_members(&d);
    d.rule->correlation = d.c;
    d.c->id = id_of(&d);
    d.c->condition = words(&d, definition->condition);
    d.c->timespan = words(&d, definition->timespan);
    d.c->rules = words_of_rules(&d);
    struct rule_input *in = &b->inputs[d.rule->index];
    in->keys = arena_array(&b->rs->load, struct rule_key, d.keys.n);
    in->n_keys = d.keys.n;
    if (d.keys.n)
        memcpy(in->keys, d.keys.v, d.keys.n * sizeof(*d.keys.v));
    vec_done(&d.keys);
    return result ? -EINVAL : 0;
}

static struct draft draft_of(struct builder *b, size_t at)
{
    return (struct draft){.b = b, .d = b->definitions[at], .rule = &b->rs->v[b->first + at],
                          .label = arena_printf(&b->rs->load, "correlation %.*s", STR_ARG(b->definitions[at]->rule.def.name))};
}

/* How deep a correlation stands on others; 0 after a report: in a circle, or too deep. */
static unsigned find_depth(struct builder *b, size_t at, unsigned above)
{
    const struct rule *r = &b->rs->v[b->first + at];
    unsigned most = 1;
    if (b->depths[at])
        return b->depths[at];
    if (above > CORRELATION_DEPTH_MAX) {
        struct draft d = draft_of(b, at);
        (void)say(&d, DIAG_ERR_VALIDATE, b->definitions[at]->rules.v[0], N_("let it name rules, or correlations that do not lead back"),
                  "correlations that name each other in a circle, or more than %d deep", CORRELATION_DEPTH_MAX);
        return 0;
    }
    for (size_t i = 0; i < r->correlation->n_members; i++) {
        const uint32_t m = r->correlation->members[i].rule;
        unsigned below = m < b->first ? 1 : find_depth(b, m - b->first, above + 1);
        if (!below)
            return 0;
        below += m >= b->first;
        most = below > most ? below : most;
    }
    b->depths[at] = (uint8_t)most;
    return most;
}

/* Which correlations each rule is a member of; those that stand on others come after them. */
static void index_members(struct builder *b)
{
    struct ruleset *rs = b->rs;
    rs->correlated = (void *)arena_alloc_array(&rs->arena, rs->n, sizeof(*rs->correlated));
    for (int is_filling = 0; is_filling < 2; is_filling++) {
        for (size_t i = 0; is_filling && i < rs->n; i++) {
            rs->correlated[i].v = arena_array(&rs->arena, const struct rule *, rs->correlated[i].n);
            rs->correlated[i].n = 0;
        }
        for (size_t i = b->first; i < rs->n; i++)
            for (size_t k = 0; rs->v[i].enabled && k < rs->v[i].correlation->n_members; k++) {
                typeof(rs->correlated) of = &rs->correlated[rs->v[i].correlation->members[k].rule];
                if (is_filling)
                    of->v[of->n] = &rs->v[i];
                of->n++;
            }
    }
}

/* A rule is silent when a correlation that is on and names it says so, and none says the contrary. */
static void mark_silent(struct builder *b)
{
    bool *is_loud = arena_array(&b->rs->load, bool, b->rs->n), *is_silenced = arena_array(&b->rs->load, bool, b->rs->n);
    for (size_t i = b->first; i < b->rs->n; i++) {
        const struct correlation_definition *d = b->definitions[i - b->first];
        for (size_t k = 0; b->rs->v[i].enabled && d->has_generate && k < b->rs->v[i].correlation->n_members; k++) {
            const uint32_t m = b->rs->v[i].correlation->members[k].rule;
            bool is_named = false;
            for (size_t s = 0; s < d->rules.n; s++) {
                const struct yaml_node *n = d->rules.v[s];
                is_named |= n->kind == YAML_SCALAR && str_eq(n->text, b->rs->v[m].name);
                for (size_t x = 0; n->kind == YAML_SEQUENCE && x < n->n; x++)
                    is_named |= n->v[x]->kind == YAML_SCALAR && str_eq(n->v[x]->text, b->rs->v[m].name);
            }
            if (is_named)
                (d->generate ? is_loud : is_silenced)[m] = true;
        }
    }
    for (size_t i = 0; i < b->rs->n; i++)
        b->rs->v[i].is_silent |= is_silenced[i] && !is_loud[i];
}

/* What correlations that are on need of rules and correlations that are off by priority only, to any depth. */
static void mark_all_below(struct builder *b)
{
    for (int round = 0; round <= CORRELATION_DEPTH_MAX; round++)
        for (size_t i = b->first; i < b->rs->n; i++)
            for (size_t k = 0; b->rs->v[i].enabled && k < b->rs->v[i].correlation->n_members; k++) {
                const uint32_t m = b->rs->v[i].correlation->members[k].rule;
                if (!b->is_below[m])
                    continue;
                b->is_below[m] = false;
                b->rs->v[m].enabled = b->rs->v[m].is_silent = true;
            }
}

/* A correlation that names no source has that of the first rule that it names. */
static void infer_source(const struct ruleset *rs, struct correlation_definition *d)
{
    const struct yaml_node *first = d->rules.n ? d->rules.v[0] : NULL;
    if (first && first->kind == YAML_SEQUENCE && first->n)
        first = first->v[0];
    if (d->has_source || !first || first->kind != YAML_SCALAR)
        return;
    const struct map_entry *rule = map_get(&rs->rules, first->text), *other = map_get(&rs->correlations, first->text);
    if (rule && event_source_is_log(((const struct rule_definition *)rule->ptr)->source))
        d->rule.source = SOURCE_LOG;
    else if (other)
        d->rule.source = ((const struct correlation_definition *)other->ptr)->rule.source;
}

static int add_all(struct builder *b)
{
    struct ruleset *rs = b->rs;
    int result = 0;
    for (size_t i = 0; i < rs->n; i++)
        map_put(&b->names, rs->v[i].name, NULL)->u64 = i;
    for (size_t i = 0; i < rs->correlations.n; i++) {
        struct correlation_definition *d = rs->correlations.v[i].ptr;
        infer_source(rs, d);
        if (rs->only >= 0 && !event_source_is_beside(d->rule.source, (enum event_source)rs->only))
            continue;
        const size_t at = b->n++;
        b->definitions[at] = d;
        const struct rule *r = ruleset_add(rs, &d->rule, &b->inputs[rs->n]);
        if (map_has(&rs->rules, r->name)) {
            struct draft draft = draft_of(b, at);
            result = say(&draft, DIAG_ERR_VALIDATE, d->rule.def.node, N_("give it another name"), "there is a rule of this name");
        }
        map_put(&b->names, r->name, NULL)->u64 = r->index;
    }
    return result;
}

static void note_below(struct builder *b)
{
    for (size_t i = 0; i < b->rs->n; i++) {
        const struct map_entry *e = i < b->first ? map_get(&b->rs->rules, b->rs->v[i].name) : NULL;
        const bool enabled = i < b->first ? ((const struct rule_definition *)e->ptr)->enabled : b->definitions[i - b->first]->rule.enabled;
        b->is_below[i] = enabled && !b->rs->v[i].enabled;
    }
}

int correlations_build(struct ruleset *rs, struct rule_input *inputs, struct diags *diags)
{
    struct builder b = {.rs = rs, .inputs = inputs, .diags = diags, .first = rs->n};
    int result;
    if (!rs->correlations.n || rs->only == (int)SOURCE_SCAN)
        return 0;
    b.definitions = arena_array(&rs->load, struct correlation_definition *, rs->correlations.n);
    b.depths = arena_array(&rs->load, uint8_t, rs->correlations.n);
    result = add_all(&b);
    b.is_below = arena_array(&rs->load, bool, rs->n);
    note_below(&b);
    for (size_t i = 0; i < b.n; i++)
        if (build_one(&b, i))
            result = -EINVAL;
    for (size_t i = 0; !result && i < b.n; i++)
        if (!find_depth(&b, i, 1))
            result = -EINVAL;
    if (!result) {
        mark_all_below(&b);
        mark_silent(&b);
        index_members(&b);
    }
    map_done(&b.names);
    return result;
}

void correlations_finish(struct ruleset *rs, const struct rule_input *inputs)
{
    for (size_t i = 0; i < rs->n; i++) {
        const struct correlation *c = rs->v[i].correlation;
        for (size_t m = 0; c && m < c->n_members; m++) {
            uint32_t *keys = (uint32_t *)c->members[m].keys;
            for (size_t k = 0; k < c->n_group_by + (c->field.n > 0); k++)
                keys[k] = inputs[i].keys[keys[k]].operand;
        }
    }
}
