// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "rule/exception.h"
#include "rule/limits.h"
#include "rule/list.h"
#include "rule/parser.h"

/* "in", "startswith anyof": the operator with its modifier; false when there is no such thing. */
static bool read_comparison(struct str text, enum operator* ret_op, enum list_modifier *ret_modifier)
{
    struct str rest = str_trim(text), word;
    if (!str_split(&rest, ' ', &word))
        return false;
    *ret_op = operator_from(word);
    rest = str_trim(rest);
    *ret_modifier = list_modifier_from(rest);
    return *ret_op != OP__N && *ret_op != OP_EXISTS && (!rest.n || *ret_modifier != MOD_NONE) &&
           (!rest.n || !operator_takes_list(*ret_op));
}

static int check_comparison(struct loader *l, const struct yaml_node *node, bool one_field)
{
    enum operator op;
    enum list_modifier modifier;
    if (node->kind != YAML_SCALAR || !read_comparison(node->text, &op, &modifier))
        return load_say(l, DIAG_ERR_VALIDATE, node, 0,
                        N_("operators: = != < <= > >= contains icontains bcontains startswith bstartswith "
                        "endswith glob iglob "
                        "regex in intersects pmatch; all but the last three also with oneof, anyof, allof"),
                        "this is no operator for an exception");
    if (one_field && !operator_takes_list(op) && modifier == MOD_NONE)
        return load_say(l, DIAG_ERR_VALIDATE, node, 0,
                        N_("write in, intersects, pmatch or an operator with oneof, anyof or allof; or make "
                        "fields a sequence"),
                        "one field is compared with all values at once: \"%.*s\" takes one",
                        STR_ARG(node->text));
    return 0;
}

/* Fields and comparisons of a new exception. */
static int check_exception(struct loader *l, const struct exception *e)
{
    const struct yaml_node *fields = e->fields, *comps = e->comps;
    if (fields->kind == YAML_MAP || (fields->kind == YAML_SCALAR && !fields->text.n) ||
        (fields->kind == YAML_SEQUENCE && !fields->n))
        return load_say(l, DIAG_ERR_YAML_VALIDATE, fields, 0, N_("write a field, or [field, field]"),
                        "the value of \"fields\" is neither a field nor a sequence of fields");
    if (fields->kind == YAML_SCALAR) {
        if (comps && comps->kind != YAML_SCALAR)
            return load_say(l, DIAG_ERR_VALIDATE, comps, 0,
                            N_("write one operator, or make fields a sequence too"),
                            "fields is one field, comps is not one operator");
        return comps ? check_comparison(l, comps, true) : 0;
    }
    for (size_t i = 0; i < fields->n; i++)
        if (fields->v[i]->kind != YAML_SCALAR || !fields->v[i]->text.n)
            return load_say(l, DIAG_ERR_YAML_VALIDATE, fields->v[i], 0, N_("write the name of a field"),
                            "this is no field");
    if (!comps)
        return 0;
    if (comps->kind != YAML_SEQUENCE || comps->n != fields->n)
        return load_say(l, DIAG_ERR_VALIDATE, comps, 0,
                        N_("write one operator for each field, or leave comps out for ="),
                        "comps and fields differ in length");
    for (size_t i = 0; i < comps->n; i++)
        if (check_comparison(l, comps->v[i], false))
            return -EINVAL;
    return 0;
}

/* One entry of `exceptions:`. */
static int load_exception(struct loader *l, const struct yaml_node *node, bool is_append,
                          struct exceptions *into)
{
    static const char *const known[] = {"name", "fields", "comps", "values", NULL};
    if (node->kind != YAML_MAP)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, node, 0, N_("write {name: …, fields: …, values: …}"),
                        "an exception is a map");
    const struct yaml_node *name = load_scalar(l, node, "name");
    if (!name)
        return -EINVAL;
    load_check_keys(l, node, known, "an exception");
    struct exception e = {.name = name->text,
                          .node = node,
                          .fields = yaml_get(node, "fields"),
                          .comps = yaml_get(node, "comps")};
    const struct yaml_node *values = yaml_get(node, "values");
    if (into->n >= RULE_EXCEPTIONS)
        return load_say(l, DIAG_ERR_VALIDATE, node, 0, N_("put their values together"),
                        "the rule has more than %d exceptions", RULE_EXCEPTIONS);
    for (size_t i = 0; i < into->n; i++)
        if (str_eq(into->v[i].name, e.name)) { /* both hold, as in Falco; what is appended goes to the first */
            (void)load_say(l, DIAG_EXCEPTION_NAME_NOT_UNIQUE, name, 0, N_("rename one, or put the values together"),
                           "the rule has two exceptions \"%.*s\"", STR_ARG(e.name));
            break;
        }
    if (!e.fields && !is_append)
        return load_say(l, DIAG_ERR_VALIDATE, node, 0, N_("add fields: field, or fields: [field, field]"),
                        "the exception \"%.*s\" has no fields", STR_ARG(e.name));
    if (e.fields && check_exception(l, &e))
        return -EINVAL;
    if (values && !yaml_is_null(values) && values->kind != YAML_SEQUENCE)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, values, 0,
                        N_("write [[a, b], [c, d]], or [a, b] for one field"),
                        "the value of \"values\" is no sequence");
    if ((!values || yaml_is_null(values)) && is_append)
        (void)load_say(l, DIAG_APPEND_NO_VALUES, node, 0, N_("add values"),
                       "the exception \"%.*s\" appends nothing", STR_ARG(e.name));
    for (size_t i = 0; values && values->kind == YAML_SEQUENCE && i < values->n; i++)
        vec_add(&e.values, values->v[i]);
    vec_add(into, e);
    return 0;
}

int load_exceptions(struct loader *l, bool is_append, struct exceptions *ret)
{
    const struct yaml_node *v = yaml_get(l->item, "exceptions");
    int result = 0;
    if (!v || yaml_is_null(v))
        return 0;
    if (v->kind != YAML_SEQUENCE)
        return load_say(l, DIAG_ERR_YAML_VALIDATE, v, 0, N_("begin each exception with \"- name:\""),
                        "the value of \"exceptions\" is no sequence");
    for (size_t i = 0; i < v->n; i++)
        if (load_exception(l, v->v[i], is_append, ret))
            result = -EINVAL;
    return result;
}

/* Values for an exception that is there. */
static int merge_values(struct loader *l, struct exception *into, const struct exception *more)
{
    if (more->fields || more->comps)
        return load_say(l, DIAG_ERR_VALIDATE, more->fields ? more->fields : more->comps, 0,
                        N_("append values only"), "the exception \"%.*s\" is there already with fields and comps",
                        STR_ARG(more->name));
    for (size_t i = 0; i < more->values.n; i++)
        vec_add(&into->values, more->values.v[i]);
    return 0;
}

int load_merge_exceptions(struct loader *l, struct exceptions *into, const struct exceptions *more)
{
    int result = 0;
    for (size_t i = 0; i < more->n; i++) {
        const struct exception *e = &more->v[i];
        struct exception *there = NULL;
        for (size_t j = 0; j < into->n && !there; j++)
            if (str_eq(into->v[j].name, e->name))
                there = &into->v[j];
        if (there) {
            result |= merge_values(l, there, e);
        } else if (into->n >= RULE_EXCEPTIONS) {
            return load_say(l, DIAG_ERR_VALIDATE, e->node, 0, N_("put their values together"),
                            "the rule has more than %d exceptions", RULE_EXCEPTIONS);
        } else if (!e->fields || !e->values.n) {
            result =
                load_say(l, DIAG_ERR_VALIDATE, e->node, 0, N_("give it fields and values, or correct the name"),
                         "the rule has no exception \"%.*s\" to append to", STR_ARG(e->name));
        } else {
            struct exception copy = *e;
            copy.values = (struct node_list){};
            for (size_t j = 0; j < e->values.n; j++)
                vec_add(&copy.values, e->values.v[j]);
            vec_add(into, copy);
        }
    }
    return result ? -EINVAL : 0;
}

void exceptions_done(struct exceptions *e)
{
    for (size_t i = 0; i < e->n; i++)
        vec_done(&e->v[i].values);
    vec_done(e);
}

struct writing {
    const struct exception *e;
    struct str label;
    struct pieces *out;
    struct diags *diags;
};

static int fail(struct writing *w, const struct yaml_node *node, const char *message, const char *cure)
{
    load_report(w->diags, DIAG_ERR_VALIDATE, w->label, node, 0, message, cure);
    return -EINVAL;
}

static void glue(struct writing *w, const struct yaml_node *node, const char *text)
{
    pieces_insert(w->out, node, 0, str_from(text));
}

/* A value, in quotes when it needs them. */
static void value(struct writing *w, const struct yaml_node *node)
{
    struct strbuf b = {};
    list_quote(&b, node->text);
    if (b.n == node->text.n)
        pieces_copy(w->out, node, 0, node->text.n);
    else
        pieces_insert(w->out, node, 0, strbuf_str(&b));
    strbuf_done(&b);
}

/* "(a, b)" of a sequence of scalars. */
static int list_of_values(struct writing *w, const struct yaml_node *const *v, size_t n,
                          const struct yaml_node *at)
{
    glue(w, at, "(");
    for (size_t i = 0; i < n; i++) {
        if (v[i]->kind != YAML_SCALAR)
            return fail(w, v[i], N_("a value of the exception is no text"),
                        N_("values are words, numbers or quoted texts"));
        glue(w, v[i], i ? ", " : "");
        value(w, v[i]);
    }
    glue(w, at, ")");
    return 0;
}

/* One comparison: the field, its operator and a value that may be a sequence. */
static int comparison(struct writing *w, const struct yaml_node *field, const struct yaml_node *comp,
                      const struct yaml_node *v)
{
    enum operator op = OP_EQ;
    enum list_modifier modifier = MOD_NONE;
    pieces_copy(w->out, field, 0, field->text.n);
    glue(w, comp ? comp : field, " ");
    if (comp) {
        (void)read_comparison(comp->text, &op, &modifier);
        pieces_copy(w->out, comp, 0, comp->text.n);
    } else {
        glue(w, field, "=");
    }
    glue(w, v, " ");
    if (v->kind == YAML_SEQUENCE)
        return list_of_values(w, v->v, v->n, v);
    if (v->kind != YAML_SCALAR)
        return fail(w, v, N_("a value of the exception is no text"), N_("values are words, numbers or quoted texts"));
    bool takes_list = operator_takes_list(op) || modifier != MOD_NONE;
    bool wrap = takes_list && (!v->text.n || v->text.p[0] != '(');
    if (!takes_list) {
        value(w, v);
        return 0;
    }
    if (wrap)
        glue(w, v, "(");
    pieces_copy(w->out, v, 0, v->text.n);
    if (wrap)
        glue(w, v, ")");
    return 0;
}

/* One row of values: all fields must agree. */
static int row(struct writing *w, const struct yaml_node *v)
{
    const struct yaml_node *fields = w->e->fields;
    if (v->kind != YAML_SEQUENCE || v->n != fields->n)
        return fail(w, v, N_("values and fields of the exception differ in length"),
                    N_("write one value for each field: [a, b]"));
    glue(w, v, "(");
    for (size_t i = 0; i < fields->n; i++) {
        glue(w, fields->v[i], i ? " and " : "");
        if (comparison(w, fields->v[i], w->e->comps ? w->e->comps->v[i] : NULL, v->v[i]))
            return -EINVAL;
    }
    glue(w, v, ")");
    return 0;
}

static int write_exception(struct writing *w)
{
    const struct exception *e = w->e;
    if (!e->values.n)
        return 0;
    glue(w, e->node, " and not (");
    if (e->fields->kind == YAML_SCALAR) {
        pieces_copy(w->out, e->fields, 0, e->fields->text.n);
        glue(w, e->fields, " ");
        if (e->comps)
            pieces_copy(w->out, e->comps, 0, e->comps->text.n);
        else
            glue(w, e->fields, "in");
        glue(w, e->node, " ");
        if (list_of_values(w, e->values.v, e->values.n, e->node))
            return -EINVAL;
    }
    for (size_t i = 0; e->fields->kind == YAML_SEQUENCE && i < e->values.n; i++) {
        glue(w, e->values.v[i], i ? " or " : "");
        if (row(w, e->values.v[i]))
            return -EINVAL;
        if (w->out->text.n > RULE_EXPANDED_BYTES)
            return fail(w, e->node, N_("the condition grows too large with its exceptions"),
                        N_("put the values into lists"));
    }
    glue(w, e->node, ")");
    return 0;
}

int exception_apply(const struct rule_definition *r, struct str label, struct pieces *ret,
                    struct diags *diags)
{
    const struct yaml_node *last = r->condition.v[r->condition.n - 1];
    if (!r->exceptions.n) {
        pieces_join(ret, &r->condition);
        return 0;
    }
    pieces_insert(ret, r->condition.v[0], 0, STR("("));
    pieces_join(ret, &r->condition);
    pieces_insert(ret, last, last->text.n, STR(")"));
    for (size_t i = 0; i < r->exceptions.n; i++) {
        struct writing w = {.e = &r->exceptions.v[i], .label = label, .out = ret, .diags = diags};
        if (write_exception(&w))
            return -EINVAL;
    }
    return 0;
}
