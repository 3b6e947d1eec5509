// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "rule/parser.h"
#include "rule/eval.h"
#include "rule/matcher.h"
#include "rule/verify.h"

static bool section(const char **at, const char *end, uint32_t count, size_t size, const void **ret)
{
    size_t n;
    if (!size_mul(count, size, &n) || (size_t)(end - *at) < n)
        return false;
    *ret = *at;
    *at += n;
    return true;
}

int program_view_init(struct program_view *v, const void *buffer, size_t n, struct error *err)
{
    const char *at = buffer, *end = at + n;
    if (n > PROGRAM_BYTES_MAX)
        return error_set(err, -EINVAL, "the program is larger than %d bytes", PROGRAM_BYTES_MAX);
    if (!section(&at, end, 1, sizeof(*v->header), (const void **)&v->header) ||
        v->header->magic != PROGRAM_MAGIC)
        return error_set(err, -EINVAL, "not a program");
    const struct program_header *h = v->header;
    if (h->version != PROGRAM_VERSION)
        return error_set(err, -EINVAL, "program of version %u, this davy reads version %d", h->version,
                         PROGRAM_VERSION);
    if (!section(&at, end, h->n_operands, sizeof(*v->operands), (const void **)&v->operands) ||
        !section(&at, end, h->n_args, sizeof(*v->args), (const void **)&v->args) ||
        !section(&at, end, h->n_leaves, sizeof(*v->leaves), (const void **)&v->leaves) ||
        !section(&at, end, h->n_constants, sizeof(*v->constants), (const void **)&v->constants) ||
        !section(&at, end, h->n_texts, sizeof(*v->texts), (const void **)&v->texts) ||
        !section(&at, end, h->n_code, sizeof(*v->code), (const void **)&v->code) ||
        !section(&at, end, h->n_rules, sizeof(*v->rules), (const void **)&v->rules) ||
        !section(&at, end, h->n_bytes, 1, (const void **)&v->bytes) || at != end)
        return error_set(err, -EINVAL, "the sections do not fill the program");
    for (uint32_t i = 0; i < h->n_texts; i++)
        if (v->texts[i].from > h->n_bytes || h->n_bytes - v->texts[i].from < v->texts[i].n)
            return error_set(err, -EINVAL, "text %u lies outside", i);
    return 0;
}

/* What a load has used up so far. */
struct usage {
    uint32_t args, constants;
    size_t regexes, text_bytes, path_bytes;
};

static bool get_text(const struct program_view *v, uint32_t id, struct str *ret)
{
    if (id >= v->header->n_texts)
        return false;
    *ret = str_n(v->bytes + v->texts[id].from, v->texts[id].n);
    return true;
}

/*
 * One text may be the constant of many leaves, and leaves make sets of their constants: a small buffer must
 * not grow into gigabytes. Honest rules repeat a list for a handful of fields.
 */
static bool charge(struct usage *u, const struct program_view *v, const struct leaf *l, size_t n)
{
    enum { FREE_BYTES = 16 << 20, REPEATS = 8, PATH_BYTES_MAX = 1 << 20 };
    u->text_bytes += n;
    u->path_bytes += l->op == OP_PMATCH ? n : 0;
    return u->text_bytes <= FREE_BYTES + (size_t)REPEATS * v->header->n_bytes &&
           u->path_bytes <= PATH_BYTES_MAX;
}

static int load_operand(struct program *p, const struct program_view *v, uint32_t id, struct usage *u,
                        uint8_t *depths, struct error *err)
{
    const struct program_operand *from = &v->operands[id];
    struct operand *o = &p->operands[id];
    const bool is_literal = from->flags & OPERAND_IS_LITERAL;
    if (from->transformer >= TR__N || (is_literal && from->transformer != TR_NONE))
        return error_set(err, -EINVAL, "operand %u is of no known kind", id);
    o->transformer = (enum transformer)from->transformer;
    o->is_literal = is_literal;
    o->has_arg = from->flags & OPERAND_HAS_ARG;
    if (from->n_args > TYPING_ARGS_MAX || v->header->n_args - u->args < from->n_args ||
        (from->n_args && o->transformer == TR_NONE))
        return error_set(err, -EINVAL, "operand %u has too many arguments", id);
    o->n_args = from->n_args;
    o->args = arena_array(&p->arena, struct operand *, o->n_args);
    depths[id] = 1;
    for (uint32_t i = 0; i < from->n_args; i++) {
        uint32_t arg = v->args[u->args++];
        if (arg >= id || depths[arg] >= TYPING_DEPTH_MAX)
            return error_set(err, -EINVAL, "operand %u does not come after its arguments", id);
        o->args[i] = &p->operands[arg];
        if (depths[arg] >= depths[id])
            depths[id] = (uint8_t)(depths[arg] + 1);
    }
    if (o->transformer == TR_NONE && !get_text(v, from->name, is_literal ? &o->literal : &o->name))
        return error_set(err, -EINVAL, "operand %u has no name", id);
    if (o->has_arg && !get_text(v, from->arg, &o->arg))
        return error_set(err, -EINVAL, "operand %u has no argument", id);
    enum operand_use use = from->flags & OPERAND_IS_RIGHT    ? USE_RIGHT
                           : from->flags & OPERAND_IS_OUTPUT ? USE_OUTPUT
                                                             : USE_LEFT;
    struct typing_error e = {.is_terse = true};
    if (typing_operand(o, use, S_ANY, &p->arena, &e) < 0)
        return error_set(err, -EINVAL, "operand %u: %.*s", id, STR_ARG(e.message));
    return 0;
}

static int load_leaf(struct program *p, const struct program_view *v, uint32_t id, struct usage *u,
                     struct error *err)
{
    const struct program_leaf *from = &v->leaves[id];
    struct leaf *l = &p->leaves[id];
    if (from->op >= OP__N || from->op == OP_EQ2 || from->modifier > MOD_ALLOF || from->left >= p->n_operands)
        return error_set(err, -EINVAL, "leaf %u is of no known kind", id);
    *l = (struct leaf){.op = (enum operator)from->op,
                       .modifier = (enum list_modifier)from->modifier,
                       .left = from->left,
                       .right = from->right,
                       .group = PROGRAM_NONE,
                       .n_constants = from->n_constants};
    const struct operand *left = &p->operands[l->left];
    if (left->is_literal || left->transformer == TR_VAL || !typing_takes(l->op, left->type, left->is_list) ||
        (l->modifier != MOD_NONE && !typing_takes_modifier(l->op)))
        return error_set(err, -EINVAL, "leaf %u: its operator does not take its left side", id);
    if (l->right != PROGRAM_NONE) {
        if (l->right >= p->n_operands || l->n_constants || l->modifier != MOD_NONE ||
            p->operands[l->right].is_literal || typing_is_any(&p->operands[l->right]) ||
            !typing_pair(l->op, left, &p->operands[l->right]))
            return error_set(err, -EINVAL, "leaf %u: its operator does not take its right side", id);
        return 0;
    }
    const bool takes_list =
        operator_takes_list(l->op) || l->modifier != MOD_NONE;
    if (v->header->n_constants - u->constants < l->n_constants ||
        (!takes_list && l->n_constants != (l->op != OP_EXISTS)))
        return error_set(err, -EINVAL, "leaf %u has the wrong number of constants", id);
    l->constants = arena_array(&p->arena, struct value, l->n_constants);
    l->texts = arena_array(&p->arena, struct str, l->n_constants);
    for (size_t i = 0; i < l->n_constants; i++) {
        const char *why = "";
        if (!get_text(v, v->constants[u->constants++], &l->texts[i]) || !charge(u, v, l, l->texts[i].n) ||
            typing_literal(l->texts[i], l->op, left->type, &p->arena, &l->constants[i], &why) < 0)
            return error_set(err, -EINVAL, "leaf %u: bad constant: %s", id, why);
    }
    return 0;
}

static int load_code(struct program *p, const struct program_view *v, struct error *err)
{
    struct program_code *code = arena_array(&p->arena, struct program_code, v->header->n_code);
    uint32_t used = 0;
    if (v->header->n_code)
        memcpy(code, v->code, v->header->n_code * sizeof(*code));
    for (uint32_t r = 0; r < p->n_rules; r++) {
        const uint32_t n = v->rules[r].n_code;
        if (v->rules[r].source >= SOURCE__N || !n || v->header->n_code - used < n)
            return error_set(err, -EINVAL, "rule %u has no code", r);
        for (uint32_t pc = 0; pc < n; pc++) {
            const enum opcode op = code_opcode(code[used + pc]);
            const bool is_jump = op == OPCODE_JT || op == OPCODE_JF;
            if (op >= OPCODE__N || (is_jump ? code_leaf(code[used + pc]) >= p->n_leaves || pc + 1 == n ||
                                                  code[used + pc].target <= pc || code[used + pc].target >= n
                                            : code_leaf(code[used + pc]) || code[used + pc].target))
                return error_set(err, -EINVAL, "rule %u: bad instruction %u", r, pc);
        }
        p->rules[r] = (struct program_range){.number = v->rules[r].number,
                                             .source = (enum event_source)v->rules[r].source,
                                             .code = code + used,
                                             .n_code = n};
        used += n;
    }
    if (used != v->header->n_code)
        return error_set(err, -EINVAL, "code that belongs to no rule");
    return 0;
}

static int load(struct program *p, const struct program_view *v, struct error *err)
{
    struct usage u = {};
    p->n_operands = v->header->n_operands;
    p->operands = arena_array(&p->arena, struct operand, p->n_operands);
    _cleanup_free_ uint8_t *depths = xalloc(p->n_operands);
    for (uint32_t i = 0; i < p->n_operands; i++) {
        int r = load_operand(p, v, i, &u, depths, err);
        if (r < 0)
            return r;
    }
    p->leaves = arena_array(&p->arena, struct leaf, v->header->n_leaves);
    for (uint32_t i = 0; i < v->header->n_leaves; i++) {
        p->n_leaves = i + 1; /* those that matcher_done() may look at */
        int r = load_leaf(p, v, i, &u, err);
        if (r < 0)
            return r;
        r = matcher_init(p, i, &u.regexes, err);
        if (r < 0)
            return r;
        eval_find_types(p, i);
    }
    if (u.args != v->header->n_args || u.constants != v->header->n_constants)
        return error_set(err, -EINVAL, "arguments or constants that belong to nothing");
    p->n_rules = v->header->n_rules;
    p->rules = arena_array(&p->arena, struct program_range, p->n_rules);
    return load_code(p, v, err);
}

int program_load(const void *buffer, size_t n, struct program **ret, struct error *err)
{
    struct program_view v;
    if (n > PROGRAM_BYTES_MAX)
        return error_set(err, -EINVAL, "the program is larger than %d bytes", PROGRAM_BYTES_MAX);
    /* A copy: the caller's bytes may lie at any address and go away, texts are borrowed from here. */
    struct program *p = xnew(struct program);
    char *copy = arena_alloc(&p->arena, n);
    if (n)
        memcpy(copy, buffer, n);
    int r = program_view_init(&v, copy, n, err);
    if (r == 0)
        r = load(p, &v, err);
    if (r < 0) {
        program_free(p);
        return r;
    }
    matcher_group(p);
    *ret = p;
    return 0;
}

struct program *program_free(struct program *p)
{
    if (!p)
        return NULL;
    matcher_done(p);
    arena_done(&p->arena);
    free(p);
    return NULL;
}
