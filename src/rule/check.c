// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "base/regex.h"
#include "base/vec.h"
#include "event/record_kind.h"
#include "rule/check.h"
#include "rule/limits.h"
#include "rule/parser.h"

struct problem {
    enum diag_code code;
    struct place place;
    struct str message, cure;
};

struct checker {
    struct rule_input *rule;
    struct arena *arena;
    VEC(struct problem) problems;
    size_t n_before; /* problems of other rules */
    bool has_unknown_field;
    bool names_type; /* the condition asks for evt.type */
};

static void add(struct checker *c, enum diag_code code, const struct place *place, struct str message,
                struct str cure)
{
    vec_add(&c->problems, (struct problem){code, *place, message, cure});
}

static int check_operand_at(struct operand *o, enum operand_use use, unsigned sources, unsigned depth,
                            struct arena *arena, struct typing_error *e, struct place *place)
{
    *place = o->place;
    if (depth > TYPING_DEPTH_MAX) {
        *e = (struct typing_error){.is_terse = e->is_terse,
                                   .message = STR(N_("transformers are nested too deeply"))};
        return -EINVAL;
    }
    for (size_t i = 0; i < o->n_args; i++) {
        int r = check_operand_at(o->args[i], use, sources, depth + 1, arena, e, place);
        if (r < 0)
            return r;
    }
    *place = o->place;
    if (o->transformer == TR_JOIN && !o->has_elements && o->n_args == 2 && !o->args[1]->is_list) {
        *e = (struct typing_error){.is_terse = e->is_terse,
                                   .message = STR(N_("join() takes a separator and a list field")),
                                   .cure = STR(N_("write join(\", \", field) or join(\", \", (a, b))"))};
        return -EINVAL;
    }
    return typing_operand(o, use, sources, arena, e);
}

int check_operand(struct operand *o, enum operand_use use, enum event_source source, struct arena *arena,
                  struct typing_error *ret_error, struct place *ret_place)
{
    return check_operand_at(o, use, 1U << source, 1, arena, ret_error, ret_place);
}

static bool resolve(struct checker *c, struct operand *o, enum operand_use use)
{
    struct typing_error e = {.is_terse = c->n_before + c->problems.n >= RULE_SUGGESTIONS};
    struct place place;
    if (!check_operand(o, use, c->rule->rule->source, c->arena, &e, &place))
        return true;
    c->has_unknown_field |= e.is_unknown_field;
    add(c,
        e.is_unknown_field && c->rule->skip_if_unknown_filter ? DIAG_UNKNOWN_FILTER
                                                              : DIAG_ERR_COMPILE_CONDITION,
        &place, e.message, e.cure);
    return false;
}

/* The event type whose name is nearest in letters: one inserted, left out or changed, two swapped. */
static struct str nearest_type(struct arena *arena, struct str name, enum event_source source)
{
    for (int i = 0; i < EVENT__N; i++) {
        struct str s = str_from(event_type_name((enum event_type)i));
        if (!event_source_gives(source, (enum event_type)i) || s.n + 1 < name.n || name.n + 1 < s.n)
            continue;
        size_t head = 0, tail = 0;
        while (head < s.n && head < name.n && s.p[head] == name.p[head])
            head++;
        while (tail < s.n - head && tail < name.n - head && s.p[s.n - 1 - tail] == name.p[name.n - 1 - tail])
            tail++;
        size_t a = s.n - head - tail, b = name.n - head - tail;
        if ((a <= 1 && b <= 1) ||
            (a == 2 && b == 2 && s.p[head] == name.p[head + 1] && s.p[head + 1] == name.p[head]))
            return arena_printf(arena, _("did you mean \"%.*s\"?"), STR_ARG(s));
    }
    return STR_NULL;
}

/* A name that a call has beside the one it is told by is replaced: events have that one alone. */
static void check_type_name(struct checker *c, struct literal *l)
{
    enum event_source source = c->rule->rule->source;
    enum event_type type = event_type_from(l->text);
    if (type < 0)
        add(c, DIAG_ERR_COMPILE_CONDITION, &l->place,
            arena_printf(c->arena, _("unknown event type \"%.*s\""), STR_ARG(l->text)),
            nearest_type(c->arena, l->text, source));
    else if (!event_source_gives(source, type))
        add(c, DIAG_ERR_COMPILE_CONDITION, &l->place,
            arena_printf(c->arena, _("event type \"%.*s\" never comes from source %s"), STR_ARG(l->text),
                         event_source_name(source)),
            arena_printf(c->arena, _("give the rule `source: %s`"), event_source_name(event_type_source(type))));
    else if (record_kind_traits(type) & RECORD_IS_UNTOLD)
        add(c, DIAG_COMPILE_CONDITION, &l->place,
            arena_printf(c->arena, _("no event of type \"%.*s\" ever comes: the call passes too often to be told, or never returns"), STR_ARG(l->text)),
            STR_NULL);
    if (type >= 0)
        l->text = str_from(event_type_name(type));
}

static void check_literal(struct checker *c, const struct ast *a, struct literal *l)
{
    struct value v;
    const char *why;
    enum value_type type = a->left->type;
    if (typing_literal(l->text, a->op, type, c->arena, &v, &why) < 0) {
        const bool is_hex = typing_form(a->op, type) == FORM_HEX;
        add(c, DIAG_ERR_COMPILE_CONDITION, &l->place,
            arena_printf(c->arena, _("\"%.*s\" is no %s"), STR_ARG(l->text),
                         is_hex                                          ? _("hex text")
                         : type == VALUE_STRING || type == VALUE_DYNAMIC ? _("pattern")
                                                                         : value_type_name(type)),
            str_from(why));
        return;
    }
    if (a->op == OP_REGEX || a->op == OP_MATCHES) {
        struct regex *regex;
        struct error e = ERROR_NULL;
        if (regex_new(l->text, a->op == OP_REGEX ? REGEX_POSIX : REGEX_GO, TYPING_REGEX_BYTES, &regex, &e) < 0)
            add(c, DIAG_ERR_COMPILE_CONDITION, &l->place, arena_str(c->arena, str_from(e.text)),
                a->op == OP_REGEX ? STR(N_("the syntax is RE2's POSIX one: (…|…), [[:digit:]], {2,3}"))
                                  : STR(N_("the syntax is RE2's: no (?=…), (?!…), (?<=…), (?<!…) and no \\1")));
        else
            regex_free(regex);
    }
    if (typing_is_number(type) && type != VALUE_DOUBLE && l->text.n > 1 && l->text.p[0] == '0' &&
        l->text.p[1] >= '0' && l->text.p[1] <= '9')
        add(c, DIAG_COMPILE_CONDITION, &l->place,
            arena_printf(c->arena, _("\"%.*s\" is read as a decimal number"), STR_ARG(l->text)),
            STR(N_("write 0x… for hex; there are no octal numbers")));
    if (a->left->transformer == TR_NONE && a->left->ref.id == F_EVT_TYPE &&
        (a->op == OP_EQ || a->op == OP_EQ2 || a->op == OP_NE || a->op == OP_IN || a->op == OP_INTERSECTS))
        check_type_name(c, l);
}

static const char *type_words(const struct operand *o)
{
    return o->is_list ? "list" : value_type_name(o->type);
}

static void check_leaf(struct checker *c, struct ast *a)
{
    bool left_ok = resolve(c, a->left, USE_LEFT), right_ok = !a->right || resolve(c, a->right, USE_RIGHT);
    enum operator op = a->kind == AST_UNARY ? OP_EXISTS : a->op;
    if (!left_ok || !right_ok)
        return;
    if (a->left->transformer == TR_NONE && a->left->ref.id == F_EVT_TYPE)
        c->names_type = true;
    if (!typing_takes(op, a->left->type, a->left->is_list)) {
        add(c, DIAG_ERR_COMPILE_CONDITION, &a->place,
            arena_printf(c->arena, _("operator \"%s\" is not for a %s field"), operator_name(op),
                         type_words(a->left)),
            a->left->is_list
                ? STR(N_("a list field takes exists, in and intersects; join(\" \", field) makes a text of it"))
                : STR_NULL);
        return;
    }
    if (a->kind == AST_UNARY)
        return;
    if (a->modifier != MOD_NONE && !typing_takes_modifier(op)) {
        add(c, DIAG_ERR_COMPILE_CONDITION, &a->place,
            arena_printf(c->arena, _("\"%s %s\" says nothing: \"%s\" asks about a list already"),
                         operator_name(op), list_modifier_name(a->modifier), operator_name(op)),
            STR(N_("leave the second word out")));
        return;
    }
    if (a->right) {
        if (!typing_pair(op, a->left, a->right) || a->modifier != MOD_NONE)
            add(c, DIAG_ERR_COMPILE_CONDITION, &a->right->place,
                arena_printf(c->arena, _("operator \"%s\" cannot compare a %s field with a %s field"),
                             operator_name(op), type_words(a->left), type_words(a->right)),
                STR_NULL);
        return;
    }
    const bool takes_list = operator_takes_list(op) || a->modifier != MOD_NONE;
    if (!takes_list && a->n_literals != 1) {
        add(c, DIAG_ERR_COMPILE_CONDITION, &a->place,
            arena_printf(c->arena, _("operator \"%s\" takes one value"), operator_name(op)),
            STR(N_("write `in (…)`, or put anyof, allof or oneof after the operator")));
        return;
    }
    for (size_t i = 0; i < a->n_literals; i++)
        check_literal(c, a, &a->literals[i]);
}

static void check_tree(struct checker *c, struct ast *a)
{
    if (a->kind == AST_UNARY || a->kind == AST_CHECK)
        check_leaf(c, a);
    for (size_t i = 0; i < a->n_children; i++)
        check_tree(c, a->children[i]);
}

int check_condition(struct rule_input *r, struct arena *arena, struct diags *diags)
{
    struct checker c = {.rule = r, .arena = arena, .n_before = diags ? diags->n : 0};
    check_tree(&c, r->condition);
    r->is_skipped = c.has_unknown_field && r->skip_if_unknown_filter;
    if (r->rule->source == SOURCE_SCAN && r->warn_evttypes && !c.names_type && !r->is_skipped)
        add(&c, DIAG_NO_EVTTYPE, &r->condition->place,
            STR(N_("the condition names no evt.type: the rule is tried on every event")),
            STR(N_("begin with `evt.type = file` or the like")));
    int ret = 0;
    for (size_t i = 0; i < c.problems.n; i++) {
        const struct problem *p = &c.problems.v[i];
        if (r->is_skipped && p->code != DIAG_UNKNOWN_FILTER)
            continue;
        if (diag_code_is_error(p->code))
            ret = -EINVAL;
        r->origin.report(r->origin.ctx, diags, p->code, &p->place, false, arena_str(arena, p->message).p,
                         p->cure.n ? arena_str(arena, p->cure).p : NULL);
    }
    vec_done(&c.problems);
    return ret;
}
