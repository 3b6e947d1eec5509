// SPDX-License-Identifier: Apache-2.0
/*
 * From what files say of correlations to struct correlation: names of rules, tags and aliases are looked up here, when every file
 * was read. The back resolves the fields (struct rule_key), correlations_finish() puts their numbers in.
 */
#include "rule/correlation_build.h"

#include <errno.h>

#include "base/intl.h"

int correlation_say(struct draft *d, enum diag_code code, const struct yaml_node *node, const char *cure, const char *fmt, ...)
{
    va_list ap;
    struct strbuf message = {};
    va_start(ap, fmt);
    strbuf_vprintf(&message, intl_text(fmt), ap);
    va_end(ap);
    load_report(d->b->diags, load_code(&d->d->rule, code), d->label, node, 0, message.p, cure);
    strbuf_done(&message);
    return diag_code_is_error(code) ? -EINVAL : 0;
}

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
    add_id(&b, d->c->n_fields ? d->c->fields[0] : STR_NULL);
    for (size_t i = 1; i < d->c->n_fields; i++)
        add_id(&b, d->c->fields[i]);
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
    result = correlation_build_steps(&d);
    result |= correlation_build_condition(&d);
    if (!result)
        result = correlation_build_members(&d);
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

/* One that is wrong costs itself, where that is asked for. */
static bool leave_out(struct builder *b, size_t at)
{
    struct rule *r = &b->rs->v[b->first + at];
    struct rule_input *in = &b->inputs[r->index];
    if (!in->is_lenient)
        return false;
    in->is_skipped = in->is_wrong = true;
    in->n_keys = 0;
    r->enabled = b->is_below[r->index] = false;
    ((struct correlation *)r->correlation)->n_members = 0;
    return true;
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
        (void)correlation_say(&d, DIAG_ERR_VALIDATE, b->definitions[at]->rules.v[0], N_("let it name rules, or correlations that do not lead back"),
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
        if (!ruleset_is_wanted(rs, d->rule.source))
            continue;
        const size_t at = b->n++;
        b->definitions[at] = d;
        const struct rule *r = ruleset_add(rs, &d->rule, &b->inputs[rs->n]);
        if (map_has(&rs->rules, r->name)) {
            struct draft draft = draft_of(b, at);
            (void)correlation_say(&draft, DIAG_ERR_VALIDATE, d->rule.def.node, N_("give it another name"), "there is a rule of this name");
            b->inputs[r->index].is_wrong = true;
            if (b->inputs[r->index].is_lenient)
                continue;
            result = -EINVAL;
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
        if ((build_one(&b, i) || b.inputs[b.first + i].is_wrong) && !leave_out(&b, i))
            result = -EINVAL;
    for (size_t i = 0; !result && i < b.n; i++)
        if (!find_depth(&b, i, 1) && !leave_out(&b, i))
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
            const struct correlation_key *keys = c->members[m].keys;
            for (size_t k = 0; k < c->n_group_by + c->n_fields; k++)
                for (size_t o = 0; o < keys[k].n; o++)
                    keys[k].operands[o] = inputs[i].keys[keys[k].operands[o]].operand;
        }
    }
}
