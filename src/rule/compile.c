// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "rule/compile.h"

struct compiler {
    struct arena arena; /* keys of the maps */
    struct map texts, operands, leaves;
    VEC(struct program_operand) operand_v;
    VEC(uint32_t) args;
    VEC(struct program_leaf) leaf_v;
    VEC(uint32_t) constants;
    VEC(struct program_text) text_v;
    VEC(struct program_code) code;
    VEC(struct program_rule) rules;
    struct strbuf bytes;
    size_t code_start; /* of the rule under way */
};

struct compiler *compiler_new(void)
{
    return xnew(struct compiler);
}

struct compiler *compiler_free(struct compiler *c)
{
    if (!c)
        return NULL;
    map_done(&c->texts);
    map_done(&c->operands);
    map_done(&c->leaves);
    vec_done(&c->operand_v);
    vec_done(&c->args);
    vec_done(&c->leaf_v);
    vec_done(&c->constants);
    vec_done(&c->text_v);
    vec_done(&c->code);
    vec_done(&c->rules);
    strbuf_done(&c->bytes);
    arena_done(&c->arena);
    free(c);
    return NULL;
}

static uint32_t add_text(struct compiler *c, struct str s)
{
    struct map_entry *e = map_get(&c->texts, s);
    if (e)
        return (uint32_t)e->u64;
    uint32_t id = (uint32_t)c->text_v.n;
    vec_add(&c->text_v, (struct program_text){.from = (uint32_t)c->bytes.n, .n = (uint32_t)s.n});
    strbuf_add(&c->bytes, s);
    map_put(&c->texts, arena_str(&c->arena, s), NULL)->u64 = id;
    return id;
}

/* A record and the numbers that belong to it as a map key. */
static struct str make_key(struct arena *a, const void *record, size_t n_record, const uint32_t *numbers,
                           size_t n)
{
    char *key = arena_alloc(a, n_record + n * sizeof(*numbers));
    memcpy(key, record, n_record);
    if (n)
        memcpy(key + n_record, numbers, n * sizeof(*numbers));
    return str_n(key, n_record + n * sizeof(*numbers));
}

uint32_t compiler_add_operand(struct compiler *c, const struct operand *o, enum operand_use use)
{
    uint32_t args[TYPING_ARGS_MAX];
    struct program_operand p = {.transformer = o->transformer, .name = PROGRAM_NONE, .arg = PROGRAM_NONE};
    p.n_args = (uint32_t)o->n_args;
    for (size_t i = 0; i < o->n_args; i++)
        args[i] = compiler_add_operand(c, o->args[i], use);
    if (o->is_literal) {
        p.flags = OPERAND_IS_LITERAL;
        p.name = add_text(c, o->literal);
    } else {
        p.flags = use == USE_RIGHT ? OPERAND_IS_RIGHT : use == USE_OUTPUT ? OPERAND_IS_OUTPUT : 0;
        if (o->transformer == TR_NONE)
            p.name = add_text(c, str_from(FIELDS[o->ref.id].name));
        if (o->has_arg) {
            p.flags |= OPERAND_HAS_ARG;
            p.arg = add_text(c, o->arg);
        }
    }
    struct str key = make_key(&c->arena, &p, sizeof(p), args, o->n_args);
    bool is_new;
    struct map_entry *e = map_put(&c->operands, key, &is_new);
    if (is_new) {
        e->u64 = c->operand_v.n;
        vec_add(&c->operand_v, p);
        for (size_t i = 0; i < o->n_args; i++)
            vec_add(&c->args, args[i]);
    }
    return (uint32_t)e->u64;
}

static uint32_t add_leaf(struct compiler *c, const struct ast *a)
{
    struct program_leaf p = {
        .op = a->op == OP_EQ2 ? OP_EQ : a->op, .modifier = a->modifier, .right = PROGRAM_NONE};
    VEC(uint32_t) constants = {};
    if (a->kind == AST_UNARY)
        p.op = OP_EXISTS;
    p.left = compiler_add_operand(c, a->left, USE_LEFT);
    if (a->kind == AST_CHECK && a->right)
        p.right = compiler_add_operand(c, a->right, USE_RIGHT);
    else if (a->kind == AST_CHECK)
        for (size_t i = 0; i < a->n_literals; i++)
            vec_add(&constants, add_text(c, a->literals[i].text));
    p.n_constants = (uint32_t)constants.n;
    bool is_new;
    struct str key = make_key(&c->arena, &p, sizeof(p), constants.v, constants.n);
    struct map_entry *e = map_put(&c->leaves, key, &is_new);
    if (is_new) {
        e->u64 = c->leaf_v.n;
        vec_add(&c->leaf_v, p);
        for (size_t i = 0; i < constants.n; i++)
            vec_add(&c->constants, constants.v[i]);
    }
    vec_done(&constants);
    return (uint32_t)e->u64;
}

/*
 * Jumps whose target is not known yet form a list: each holds the place of the one before it, PROGRAM_NONE
 * ends it. Every jump goes forward, so a list is patched exactly once, when its target is reached.
 */
static void patch_here(struct compiler *c, uint32_t list)
{
    uint32_t here = (uint32_t)(c->code.n - c->code_start);
    while (list != PROGRAM_NONE) {
        struct program_code *jump = &c->code.v[c->code_start + list];
        list = jump->target;
        jump->target = here;
    }
}

static void emit(struct compiler *c, enum opcode op, uint32_t leaf, uint32_t target)
{
    vec_add(&c->code, (struct program_code){.word = op | leaf << 8, .target = target});
}

/* Code that jumps to *list when the condition is `jump_if` and falls through when it is not. */
static void generate(struct compiler *c, const struct ast *a, bool jump_if, uint32_t *list)
{
    switch (a->kind) {
    case AST_NOT:
        generate(c, a->children[0], !jump_if, list);
        return;
    case AST_AND:
    case AST_OR: {
        /* `and` is decided by a false child, `or` by a true one. */
        const bool decides = a->kind == AST_OR;
        uint32_t past = PROGRAM_NONE;
        for (size_t i = 0; i < a->n_children; i++)
            if (decides == jump_if || i + 1 == a->n_children)
                generate(c, a->children[i], jump_if, list);
            else
                generate(c, a->children[i], decides, &past);
        patch_here(c, past);
        return;
    }
    case AST_UNARY:
    case AST_CHECK: {
        uint32_t leaf = add_leaf(c, a), here = (uint32_t)(c->code.n - c->code_start);
        emit(c, jump_if ? OPCODE_JT : OPCODE_JF, leaf, *list);
        *list = here;
        return;
    }
    case AST_MACRO:
        break; /* the front leaves none */
    }
}

void compiler_add_rule(struct compiler *c, uint32_t number, enum event_source source,
                       const struct ast *condition)
{
    uint32_t misses = PROGRAM_NONE;
    c->code_start = c->code.n;
    generate(c, condition, false, &misses);
    emit(c, OPCODE_HIT, 0, 0);
    patch_here(c, misses);
    emit(c, OPCODE_MISS, 0, 0);
    vec_add(&c->rules, (struct program_rule){.number = number,
                                             .source = source,
                                             .n_code = (uint32_t)(c->code.n - c->code_start)});
}

static void add_section(struct strbuf *b, const void *p, size_t n)
{
    if (n)
        strbuf_add(b, str_n(p, n));
}

int compiler_finish(struct compiler *c, struct strbuf *ret)
{
    struct program_header h = {
        .magic = PROGRAM_MAGIC,
        .version = PROGRAM_VERSION,
        .n_operands = (uint32_t)c->operand_v.n,
        .n_args = (uint32_t)c->args.n,
        .n_leaves = (uint32_t)c->leaf_v.n,
        .n_constants = (uint32_t)c->constants.n,
        .n_texts = (uint32_t)c->text_v.n,
        .n_code = (uint32_t)c->code.n,
        .n_rules = (uint32_t)c->rules.n,
        .n_bytes = (uint32_t)c->bytes.n,
    };
    if (c->leaf_v.n >= PROGRAM_LEAVES_MAX || c->bytes.n > PROGRAM_BYTES_MAX)
        return -E2BIG;
    size_t start = ret->n;
    add_section(ret, &h, sizeof(h));
    add_section(ret, c->operand_v.v, c->operand_v.n * sizeof(*c->operand_v.v));
    add_section(ret, c->args.v, c->args.n * sizeof(*c->args.v));
    add_section(ret, c->leaf_v.v, c->leaf_v.n * sizeof(*c->leaf_v.v));
    add_section(ret, c->constants.v, c->constants.n * sizeof(*c->constants.v));
    add_section(ret, c->text_v.v, c->text_v.n * sizeof(*c->text_v.v));
    add_section(ret, c->code.v, c->code.n * sizeof(*c->code.v));
    add_section(ret, c->rules.v, c->rules.n * sizeof(*c->rules.v));
    add_section(ret, c->bytes.p, c->bytes.n);
    return ret->n - start > PROGRAM_BYTES_MAX ? -E2BIG : 0;
}
