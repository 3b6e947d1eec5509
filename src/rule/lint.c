// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "rule/lint.h"
#include "rule/resolve.h"

/* A field of which no event ever says "<NA>": Falco's older sources did, and rules for them still ask for it.
 */
static bool never_says_na(const struct operand *o)
{
    enum field_id id = o->transformer == TR_NONE ? field_from(o->name) : FIELD__INVALID;
    return id != FIELD__INVALID && !(FIELDS[id].sources & S_SYSCALL);
}

/* Falco's older rules ask for the beginning of a call. */
static bool asks_for_entry(const struct ast *a, const struct literal *l)
{
    return (a->op == OP_EQ || a->op == OP_EQ2 || a->op == OP_IN) && a->left->transformer == TR_NONE && field_from(a->left->name) == F_EVT_DIR &&
           str_is(l->text, ">");
}

static void lint_check(const struct ruleset *rs, const struct ast *a, struct str label, struct diags *diags)
{
    for (size_t i = 0; i < a->n_literals; i++) {
        const struct literal *l = &a->literals[i];
        if (str_is(l->text, "<NA>") && never_says_na(a->left))
            text_report(rs, diags, DIAG_UNSAFE_NA_CHECK, label, l->place,
                        N_("a missing value is never equal to \"<NA>\""), N_("write `not field exists`"));
        if (asks_for_entry(a, l))
            text_report(rs, diags, DIAG_COMPILE_CONDITION, label, l->place, N_("never true: events are told when their calls return"),
                        N_("leave `evt.dir = >` out"));
        if (field_from(l->text) != FIELD__INVALID)
            text_report(rs, diags, DIAG_COMPILE_CONDITION, label, l->place,
                        N_("the name of a field stands where a value is expected and is compared as text"),
                        N_("write val(field.name) to compare with the field's value"));
    }
}

void lint_condition(const struct ruleset *rs, const struct ast *a, struct str label, struct diags *diags)
{
    for (size_t i = 0; i < a->n_children; i++)
        lint_condition(rs, a->children[i], label, diags);
    if (a->kind == AST_CHECK)
        lint_check(rs, a, label, diags);
}
