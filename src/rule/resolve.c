// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "rule/limits.h"
#include "rule/list.h"
#include "rule/parser.h"
#include "rule/resolve.h"

uint32_t text_add(struct ruleset *rs, struct pieces *text)
{
    vec_add(&rs->texts, text);
    return (uint32_t)rs->texts.n;
}

void text_report(const struct ruleset *rs, struct diags *diags, enum diag_code code, struct str label,
                 struct place place, const char *message, const char *cure)
{
    const struct pieces *text = place.text && place.text <= rs->texts.n ? rs->texts.v[place.text - 1] : NULL;
    size_t from = 0;
    const struct yaml_node *node = text ? pieces_find(text, place.offset, &from) : NULL;
    load_report(diags, code, label, node, from, message, cure);
}

/* One condition being measured: of a macro or of a rule. */
struct measure {
    struct ruleset *rs;
    struct diags *diags;
    struct str label;
    uint32_t visible;
    bool is_broken, is_stale;
    size_t weight, depth;
};

static void complain(struct measure *m, const struct ast *a, const char *message, const char *cure)
{
    text_report(m->rs, m->diags, DIAG_ERR_VALIDATE, m->label, a->place, message, cure);
    m->is_broken = true;
}

static const char *nearest_macro(const struct ruleset *rs, struct str name)
{
    enum { LOOK_AT = 2000 }; /* names compared: a suggestion is not worth more */
    const char *nearest = NULL;
    size_t best = name.n < 6 ? 2 : 3;
    for (size_t i = 0; i < rs->macros.n && i < LOOK_AT; i++) {
        size_t d = str_distance(name, rs->macros.v[i].key, best);
        if (d < best) {
            best = d;
            nearest = rs->macros.v[i].key.p;
        }
    }
    return nearest;
}

static void complain_unknown(struct measure *m, const struct ast *a, const struct macro *later)
{
    struct arena *arena = &m->rs->load;
    const char *nearest = NULL;
    if (!later && m->rs->suggestions++ < RULE_SUGGESTIONS)
        nearest = nearest_macro(m->rs, a->macro);
    const char *cure = N_("define it; a field needs a dot and an operator");
    if (later)
        cure = N_("a macro sees only those defined before it: move one of the two");
    else if (nearest)
        cure = arena_printf(arena, _("did you mean \"%s\"?"), nearest).p;
    complain(m, a,
             arena_printf(arena, later ? _("the macro \"%.*s\" is defined later") : _("there is no macro \"%.*s\""),
                          STR_ARG(a->macro))
                 .p,
             cure);
}

static void measure_macro(struct ruleset *rs, struct macro *macro, size_t depth, struct diags *diags);

static void measure(struct measure *m, const struct ast *a, size_t depth)
{
    m->depth = depth > m->depth ? depth : m->depth;
    m->weight++;
    for (size_t i = 0; i < a->n_children && !m->is_broken; i++)
        measure(m, a->children[i], depth + 1);
    if (a->kind != AST_MACRO)
        return;
    struct map_entry *e = map_get(&m->rs->macros, a->macro);
    struct macro *macro = e ? e->ptr : NULL;
    if (!macro || macro->def.index >= m->visible) {
        complain_unknown(m, a, macro);
        return;
    }
    macro->def.is_used = true;
    if (macro->state == STATE_RUNNING) {
        complain(m, a,
                 arena_printf(&m->rs->load, _("the macro \"%.*s\" leads back to itself"), STR_ARG(a->macro)).p,
                 N_("a macro cannot be part of its own condition: break the circle"));
        return;
    }
    if (macro->state == STATE_NEW && depth < RULE_DEPTH)
        measure_macro(m->rs, macro, depth, m->diags);
    m->is_broken |= macro->is_broken;
    m->is_stale |= macro->is_stale;
    if (m->is_broken)
        return;
    m->weight += macro->weight;
    m->depth = depth + macro->depth > m->depth ? depth + macro->depth : m->depth;
    if (macro->state == STATE_NEW || m->depth > RULE_DEPTH)
        complain(m, a, N_("the condition is nested more than 1000 deep with this macro put in"),
                 N_("nest macros less deeply"));
    else if (m->weight > RULE_NODES)
        complain(m, a, N_("the condition has more than 50000 parts with this macro put in"),
                 N_("use fewer or smaller macros"));
}

static void measure_macro(struct ruleset *rs, struct macro *macro, size_t depth, struct diags *diags)
{
    struct measure m = {.rs = rs,
                        .diags = diags,
                        .label = arena_printf(&rs->load, "macro %.*s", STR_ARG(macro->def.name)),
                        .visible = macro->def.visible,
                        .is_broken = macro->is_broken};
    macro->state = STATE_RUNNING;
    if (macro->tree)
        measure(&m, macro->tree, depth);
    macro->state = STATE_DONE;
    macro->is_broken |= m.is_broken;
    macro->is_stale |= m.is_stale;
    macro->weight = m.weight;
    macro->depth = m.depth > depth ? m.depth - depth : 0;
}

static int parse_text(struct ruleset *rs, struct pieces *text, struct place place, struct str label, struct ast **ret, struct diags *diags)
{
    struct parse_error err;
    int result = parser_parse(strbuf_str(&text->text), place.text, &rs->load, ret, &err);
    if (result) {
        place.offset = (uint32_t)err.offset;
        text_report(rs, diags, DIAG_ERR_COMPILE_CONDITION, label, place, err.message.p, err.cure.p);
    }
    return result;
}

/* Puts lists in, takes the text over and parses it. *ret_stale: whether one of the lists is past its last day. */
static int parse(struct ruleset *rs, struct pieces *written, struct str label, struct ast **ret, bool *ret_stale,
                 struct diags *diags)
{
    struct pieces *text = xnew(struct pieces);
    struct place place = {.text = text_add(rs, text)};
    rs->met_expired = false;
    int result = list_substitute(rs, written, label, text, diags);
    if (result)
        return result;
    *ret_stale = rs->met_expired;
    return parse_text(rs, text, place, label, ret, diags);
}

size_t resolve_macros(struct ruleset *rs, struct diags *diags)
{
    size_t n = 0;
    for (size_t i = 0; i < rs->macros.n; i++) {
        struct macro *macro = rs->macros.v[i].ptr;
        struct pieces written = {};
        pieces_join(&written, &macro->condition);
        macro->is_broken =
            parse(rs, &written, arena_printf(&rs->load, "macro %.*s", STR_ARG(macro->def.name)), &macro->tree,
                  &macro->is_stale, diags) != 0;
        pieces_done(&written);
    }
    for (size_t i = 0; i < rs->macros.n; i++) {
        struct macro *macro = rs->macros.v[i].ptr;
        if (macro->state == STATE_NEW)
            measure_macro(rs, macro, 0, diags);
        n += macro->is_broken;
    }
    return n;
}

static struct operand *copy_operand(struct arena *arena, const struct operand *o)
{
    struct operand *copy = arena_new(arena, struct operand);
    *copy = *o;
    copy->args = arena_array(arena, struct operand *, o->n_args);
    for (size_t i = 0; i < o->n_args; i++)
        copy->args[i] = copy_operand(arena, o->args[i]);
    return copy;
}

/* A tree of its own for a rule, macros put in. The tree was measured: every macro is there and none is part
 * of itself. */
static struct ast *copy_tree(struct ruleset *rs, const struct ast *a)
{
    if (a->kind == AST_MACRO)
        return copy_tree(rs, ((struct macro *)map_get(&rs->macros, a->macro)->ptr)->tree);
    struct ast *copy = arena_new(&rs->load, struct ast);
    *copy = *a;
    if (a->n_children) {
        copy->children = arena_array(&rs->load, struct ast *, a->n_children);
        for (size_t i = 0; i < a->n_children; i++)
            copy->children[i] = copy_tree(rs, a->children[i]);
    }
    if (a->left)
        copy->left = copy_operand(&rs->load, a->left);
    if (a->right)
        copy->right = copy_operand(&rs->load, a->right);
    return copy;
}

static int put_macros_in(struct ruleset *rs, struct measure *m, const struct ast *tree, struct ast **ret)
{
    measure(m, tree, 0);
    rs->nodes += m->weight;
    if (!m->is_broken && rs->nodes > RULE_ALL_NODES)
        complain(m, tree, "the conditions of all rules have more than 500000 parts",
                 "load fewer rules, use smaller macros");
    if (m->is_broken)
        return -EINVAL;
    *ret = copy_tree(rs, tree);
    return 0;
}

int resolve_written(struct ruleset *rs, struct pieces *text, struct str label, struct ast **ret, struct diags *diags)
{
    struct ast *tree = NULL;
    struct measure m = {.rs = rs, .diags = diags, .label = label, .visible = UINT32_MAX};
    const struct place place = {.text = text_add(rs, text)};
    int result = parse_text(rs, text, place, label, &tree, diags);
    return result ? result : put_macros_in(rs, &m, tree, ret);
}

int resolve_condition(struct ruleset *rs, struct pieces *text, struct str label, struct ast **ret, bool *ret_stale,
                      struct diags *diags)
{
    struct ast *tree = NULL;
    struct measure m = {.rs = rs, .diags = diags, .label = label, .visible = UINT32_MAX};
    int result = parse(rs, text, label, &tree, &m.is_stale, diags);
    if (result)
        return result;
    result = put_macros_in(rs, &m, tree, ret);
    if (result)
        return result;
    *ret_stale = m.is_stale;
    return 0;
}
