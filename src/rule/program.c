// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "rule/parser.h"
#include "rule/program.h"

static const struct {
    const char *name;
    bool has_leaf, has_target;
} OPCODES[OPCODE__N] = {
#define OPCODE(id, text, has_leaf, has_target, help) [OPCODE_##id] = {text, has_leaf, has_target},
#include "rule/opcode.def"
#undef OPCODE
};

/* As a rule would quote it: bare where the grammar allows a bare word. */
static void add_quoted(struct strbuf *b, struct str s)
{
    bool is_bare = s.n;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        is_bare &= c > ' ' && c < 0x7f && !strchr("()\"'=,", c);
    }
    if (is_bare) {
        strbuf_add(b, s);
        return;
    }
    strbuf_addc(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            strbuf_printf(b, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            strbuf_printf(b, "\\x%02x", c);
        else
            strbuf_addc(b, (char)c);
    }
    strbuf_addc(b, '"');
}

static void program_add_operand(const struct operand *o, struct strbuf *b)
{
    if (o->is_literal) {
        add_quoted(b, o->literal);
        return;
    }
    if (o->transformer == TR_NONE) {
        strbuf_adds(b, FIELDS[o->ref.id].name);
    } else {
        strbuf_adds(b, transformer_name(o->transformer));
        strbuf_addc(b, '(');
        const bool has_elements = o->transformer == TR_JOIN && (o->n_args != 2 || !o->args[1]->is_list);
        for (size_t i = 0; i < o->n_args; i++) {
            if (i)
                strbuf_adds(b, ", ");
            if (i == 1 && has_elements)
                strbuf_addc(b, '(');
            program_add_operand(o->args[i], b);
        }
        if (has_elements)
            strbuf_adds(b, o->n_args == 1 ? ", ())" : "))");
        else
            strbuf_addc(b, ')');
    }
    if (!o->has_arg)
        return;
    if (o->transformer == TR_NONE && (FIELDS[o->ref.id].flags & FIELD_ARG_DOT) && !o->ref.arg_is_index)
        strbuf_printf(b, ".%.*s", STR_ARG(o->arg));
    else
        strbuf_printf(b, "[%.*s]", STR_ARG(o->arg));
}

void program_add_leaf(const struct program *p, uint32_t id, struct strbuf *b)
{
    const struct leaf *l = &p->leaves[id];
    const bool is_list =
        operator_takes_list(l->op) || l->modifier != MOD_NONE;
    program_add_operand(&p->operands[l->left], b);
    strbuf_printf(b, " %s", operator_name(l->op));
    if (l->op == OP_EXISTS)
        return;
    if (l->modifier != MOD_NONE)
        strbuf_printf(b, " %s", list_modifier_name(l->modifier));
    strbuf_addc(b, ' ');
    if (l->right != PROGRAM_NONE) {
        program_add_operand(&p->operands[l->right], b);
        return;
    }
    if (is_list)
        strbuf_addc(b, '(');
    for (size_t i = 0; i < l->n_constants; i++) {
        if (i)
            strbuf_adds(b, ", ");
        add_quoted(b, l->texts[i]);
    }
    if (is_list)
        strbuf_addc(b, ')');
}

static const char *how(const struct program *p, const struct leaf *l)
{
    static const char *const kinds[] = {[GROUP_HASH] = "hash",
                                        [GROUP_IHASH] = "hash",
                                        [GROUP_ISTARTS] = "tree",
                                        [GROUP_IENDS] = "tree",
                                        [GROUP_CONTAINS] = "automaton",
                                        [GROUP_ICONTAINS] = "automaton",
                                        [GROUP_STARTS] = "tree",
                                        [GROUP_ENDS] = "tree"};
    if (l->is_type_test)
        return "type";
    if (l->group != PROGRAM_NONE)
        return kinds[p->groups[l->group].kind];
    return l->op == OP_EXISTS ? "read" : "compare";
}

void program_explain(const struct program *p, size_t rule, struct strbuf *b)
{
    const struct program_range *r = &p->rules[rule];
    for (uint32_t pc = 0; pc < r->n_code; pc++) {
        const enum opcode op = code_opcode(r->code[pc]);
        strbuf_printf(b, "%4u  %-4s", pc, OPCODES[op].name);
        if (OPCODES[op].has_target)
            strbuf_printf(b, "  %4u", r->code[pc].target);
        if (OPCODES[op].has_leaf) {
            const uint32_t leaf = code_leaf(r->code[pc]);
            strbuf_printf(b, "  #%u %s: ", leaf, how(p, &p->leaves[leaf]));
            program_add_leaf(p, leaf, b);
        }
        strbuf_addc(b, '\n');
    }
}
