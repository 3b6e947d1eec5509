// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/cleanup.h"
#include "base/intl.h"
#include "base/vec.h"
#include "rule/lexer.h"
#include "rule/limits.h"
#include "rule/parser.h"

struct parser {
    struct lexer lex;
    uint32_t text_id;
    struct arena *arena;
    struct parse_error *err;
    unsigned depth;
    size_t nodes;
};

static const char *const OPERATOR_NAMES[OP__N] = {
#define OPERATOR(id, text, help) [OP_##id] = text,
#include "rule/operator.def"
#undef OPERATOR
};
static const char *const TRANSFORMER_NAMES[] = {
    [TR_NONE] = "",         [TR_VAL] = "val",           [TR_TOLOWER] = "tolower", [TR_TOUPPER] = "toupper",
    [TR_B64] = "b64",       [TR_BASENAME] = "basename", [TR_LEN] = "len",         [TR_JOIN] = "join",
    [TR_CONCAT] = "concat", [TR_GETOPT] = "getopt",         [TR_TEXT] = "text",       [TR_NUMBER] = "number",
    [TR_MINUTE] = "minute", [TR_HOUR] = "hour",     [TR_DAY] = "day",         [TR_WEEK] = "week",
    [TR_MONTH] = "month",   [TR_YEAR] = "year",
};
static const char *const MODIFIER_NAMES[] = {
    [MOD_NONE] = "",
    [MOD_ONEOF] = "oneof",
    [MOD_ANYOF] = "anyof",
    [MOD_ALLOF] = "allof",
};

const char *operator_name(enum operator op)
{
    return OPERATOR_NAMES[op];
}

const char *transformer_name(enum transformer t)
{
    return TRANSFORMER_NAMES[t];
}

const char *list_modifier_name(enum list_modifier m)
{
    return MODIFIER_NAMES[m];
}

bool operator_takes_list(enum operator op)
{
    return op == OP_IN || op == OP_INTERSECTS || op == OP_PMATCH || op == OP_CIDR;
}

enum operator operator_from(struct str name)
{
    int op = 0;
    while (op < OP__N && !str_is(name, OPERATOR_NAMES[op]))
        op++;
    return (enum operator)op;
}

enum list_modifier list_modifier_from(struct str name)
{
    for (int m = MOD_ONEOF; m <= MOD_ALLOF; m++)
        if (str_is(name, MODIFIER_NAMES[m]))
            return (enum list_modifier)m;
    return MOD_NONE;
}

static enum transformer transformer_from(struct str name)
{
    for (int t = TR_VAL; t < TR__N; t++)
        if (str_is(name, TRANSFORMER_NAMES[t]))
            return (enum transformer)t;
    return TR_NONE;
}

/* Says what is wrong at `offset`; always NULL, so that a production can return it. */
#define fail_at(p, at_offset, cure_text, format, ...)                                                        \
    ((p)->err->offset = (at_offset),                                                                         \
     (p)->err->message = arena_printf((p)->arena, intl_text(format), ##__VA_ARGS__),                         \
     (p)->err->cure = str_from(cure_text), NULL)
#define fail(p, cure_text, ...) fail_at(p, (p)->lex.at, cure_text, __VA_ARGS__)

static struct place place_at(const struct parser *p, size_t offset)
{
    return (struct place){.text = p->text_id, .offset = (uint32_t)offset};
}

static struct ast *node(struct parser *p, enum ast_kind kind, size_t offset)
{
    if (++p->nodes > RULE_NODES)
        return fail_at(p, offset, N_("split the rule"), "the condition has more than %d parts", RULE_NODES);
    struct ast *a = arena_new(p->arena, struct ast);
    a->kind = kind;
    a->place = place_at(p, offset);
    return a;
}

/* What stands at the cursor, for messages: a word, a sign, or the end. */
static struct str found(struct parser *p)
{
    struct lexer look = p->lex;
    struct str word;
    if (look.at >= look.text.n)
        return str_from(_("the end"));
    if (lexer_bare(&look, &word))
        return arena_printf(p->arena, "\"%.*s\"", (int)(word.n < 40 ? word.n : 40), word.p);
    return arena_printf(p->arena, "'%c'", lexer_peek(&p->lex));
}

/* A quoted string; false when there is none, or, with *ret_failed, when it is wrong. */
static bool quoted(struct parser *p, struct str *ret, bool *ret_failed)
{
    switch (lexer_quoted(&p->lex, p->arena, ret)) {
    case QUOTED_NONE:
        return false;
    case QUOTED_OK:
        return true;
    case QUOTED_OPEN:
        (void)fail(p, N_("put the same quote at the end of the value"), "the quote opened here is never closed");
        break;
    case QUOTED_BAD_ESCAPE:
        (void)fail(p, N_("known are \\\\ \\\" \\' \\/ \\b \\f \\n \\r \\t \\xHH; write \\\\ for a backslash"),
                   "unknown escape");
        break;
    }
    *ret_failed = true;
    return false;
}

static bool enter(struct parser *p)
{
    if (p->depth >= RULE_DEPTH) {
        (void)fail(p, N_("move parts into macros of their own"), "the condition is nested more than %d deep",
                   RULE_DEPTH);
        return false;
    }
    p->depth++;
    return true;
}

/* field[arg]: the part in brackets, if there is one; false when it is wrong. */
static bool parse_argument(struct parser *p, struct operand *o)
{
    size_t open = p->lex.at;
    bool failed = false;
    if (!lexer_char(&p->lex, '['))
        return true;
    if (!quoted(p, &o->arg, &failed) && (failed || !lexer_bare_argument(&p->lex, &o->arg))) {
        if (!failed)
            (void)fail(p, N_("write name[argument]; quote an argument with blanks"),
                       "expected an argument after '['");
        return false;
    }
    if (!lexer_char(&p->lex, ']')) {
        (void)fail_at(p, open, N_("put ']' after the argument"), "this '[' is never closed");
        return false;
    }
    o->has_arg = true;
    return true;
}

static struct operand *parse_field(struct parser *p)
{
    struct str name;
    size_t at = p->lex.at;
    if (!lexer_field_name(&p->lex, &name))
        return NULL;
    struct operand *o = arena_new(p->arena, struct operand);
    o->place = place_at(p, at);
    o->name = name;
    return parse_argument(p, o) ? o : NULL;
}

/* "name(" of a transformer that exists: takes it. */
static enum transformer take_transformer(struct parser *p)
{
    struct lexer look = p->lex;
    struct str name;
    if (!lexer_identifier(&look, &name) || !lexer_char(&look, '('))
        return TR_NONE;
    enum transformer t = transformer_from(name);
    if (t != TR_NONE)
        p->lex = look;
    return t;
}

static struct operand *parse_transformer(struct parser *p, enum transformer t, size_t at);

/* One argument of a transformer: a field, another transformer, a quoted string or a number. */
static struct operand *parse_operand(struct parser *p, bool literals)
{
    size_t at = p->lex.at;
    struct str text;
    bool failed = false;
    enum transformer t = take_transformer(p);
    if (t != TR_NONE)
        return parse_transformer(p, t, at);
    if (literals && (quoted(p, &text, &failed) || (!failed && lexer_number(&p->lex, &text)))) {
        struct operand *o = arena_new(p->arena, struct operand);
        o->place = place_at(p, at);
        o->literal = text;
        o->is_literal = true;
        return o;
    }
    if (failed)
        return NULL;
    struct operand *o = parse_field(p);
    if (!o && !p->err->message.n) {
        struct str what = found(p);
        return fail(p, N_("a transformer takes fields, other transformers and quoted strings"),
                    "expected a field, found %.*s", STR_ARG(what));
    }
    return o;
}

/* "(a, b, …)", the values that join() puts together: they follow the separator among its arguments. */
static bool parse_elements(struct parser *p, struct operand **args, size_t *n)
{
    size_t open = p->lex.at;
    (void)lexer_char(&p->lex, '(');
    (void)lexer_blank(&p->lex);
    while (lexer_peek(&p->lex) != ')') {
        if (*n == RULE_ARGS) {
            (void)fail(p, N_("nest several of them"), "more than %d arguments of join()", RULE_ARGS);
            return false;
        }
        args[*n] = parse_operand(p, true);
        if (!args[(*n)++])
            return false;
        (void)lexer_blank(&p->lex);
        if (!lexer_char(&p->lex, ','))
            break;
        (void)lexer_blank(&p->lex);
    }
    if (lexer_char(&p->lex, ')'))
        return true;
    (void)fail_at(p, open, N_("put ')' after its last value"), "this list of join() is never closed");
    return false;
}

static struct operand *parse_transformer(struct parser *p, enum transformer t, size_t at)
{
    struct operand *args[RULE_ARGS];
    size_t n = 0, open = p->lex.at - 1;
    bool has_elements = false;
    const char *name = TRANSFORMER_NAMES[t];
    if (!enter(p))
        return NULL;
    do {
        if (n == RULE_ARGS)
            return fail(p, N_("nest several of them"), "more than %d arguments of %s()", RULE_ARGS, name);
        (void)lexer_blank(&p->lex);
        if (t == TR_JOIN && n == 1 && lexer_peek(&p->lex) == '(') {
            if (!parse_elements(p, args, &n))
                return NULL;
            (void)lexer_blank(&p->lex);
            has_elements = true;
            break;
        }
        args[n] = t == TR_VAL ? parse_field(p) : parse_operand(p, t == TR_CONCAT || t == TR_JOIN || n > 0);
        if (!args[n] && !p->err->message.n)
            return fail(p, N_("write val(field.name)"), "val() takes the name of one field");
        if (!args[n++])
            return NULL;
        (void)lexer_blank(&p->lex);
    } while (t != TR_VAL && lexer_char(&p->lex, ','));
    if (!lexer_char(&p->lex, ')'))
        return fail_at(p, open, N_("put ')' after its arguments"), "this '(' of %s() is never closed", name);
    p->depth--;
    if (t == TR_JOIN && !has_elements && n != 2)
        return fail_at(p, at, N_("write join(\", \", field) or join(\", \", (a, b))"),
                       "join() takes a separator and a list");

    struct operand *o = arena_new(p->arena, struct operand);
    o->transformer = t;
    o->has_elements = has_elements;
    o->place = place_at(p, at);
    o->args = arena_array(p->arena, struct operand *, n);
    memcpy(o->args, args, n * sizeof(*args));
    o->n_args = n;
    return parse_argument(p, o) ? o : NULL;
}

/* A quoted or bare value at the cursor; false without a message when there is none. */
static bool take_literal(struct parser *p, struct literal *ret)
{
    bool failed = false;
    ret->place = place_at(p, p->lex.at);
    ret->quoted = quoted(p, &ret->text, &failed);
    return ret->quoted || (!failed && lexer_bare(&p->lex, &ret->text));
}

static void set_literals(struct parser *p, struct ast *a, const struct literal *v, size_t n)
{
    a->literals = arena_array(p->arena, struct literal, n);
    if (n)
        memcpy(a->literals, v, n * sizeof(*v));
    a->n_literals = n;
}

/* "( v , … )"; the cursor stands on the parenthesis. */
static struct ast *parse_list(struct parser *p, struct ast *a)
{
    VEC(struct literal) items = {};
    struct literal item;
    size_t open = p->lex.at;
    const char *cure = NULL, *message = NULL;
    (void)lexer_char(&p->lex, '(');
    (void)lexer_blank(&p->lex);
    a->is_list = true;
    while (!message && lexer_peek(&p->lex) != ')') {
        size_t at = p->lex.at;
        if (!take_literal(p, &item)) {
            if (p->err->message.n) {
                vec_done(&items);
                return NULL;
            }
            message = at < p->lex.text.n ? N_("expected a value of the list") : N_("this list is never closed");
            cure = at < p->lex.text.n ? N_("write (a, b, c); quote a value with blanks or ( ) , =")
                                      : N_("put ')' after its last value");
            if (at >= p->lex.text.n)
                p->lex.at = open;
            break;
        }
        vec_add(&items, item);
        (void)lexer_blank(&p->lex);
        if (lexer_char(&p->lex, ',')) {
            (void)lexer_blank(&p->lex);
            if (lexer_peek(&p->lex) == ')') {
                message = N_("a value is missing after the last comma of the list");
                cure = N_("take the comma away");
            }
        } else if (lexer_peek(&p->lex) != ')') {
            bool end = p->lex.at >= p->lex.text.n;
            message = end ? N_("this list is never closed") : N_("expected ',' or ')' in the list");
            cure =
                end ? N_("put ')' after its last value")
                    : N_("separate values by commas; quote a value with blanks");
            if (end)
                p->lex.at = open;
        }
    }
    if (!message) {
        (void)lexer_char(&p->lex, ')');
        set_literals(p, a, items.v, items.n);
    }
    vec_done(&items);
    return message ? fail(p, cure, "%s", message) : a;
}

/* "oneof (", "anyof (", "allof (": takes the word, leaves the parenthesis. */
static enum list_modifier take_modifier(struct parser *p)
{
    struct lexer look = p->lex;
    struct str word;
    if (!lexer_identifier(&look, &word))
        return MOD_NONE;
    (void)lexer_blank(&look);
    enum list_modifier m = list_modifier_from(word);
    if (m == MOD_NONE || lexer_peek(&look) != '(')
        return MOD_NONE;
    p->lex = look;
    return m;
}

/* The right-hand side, by what the operator takes. */
static struct ast *parse_value(struct parser *p, struct ast *a)
{
    const char *name = OPERATOR_NAMES[a->op];
    bool is_number = a->op == OP_LT || a->op == OP_LE || a->op == OP_GT || a->op == OP_GE;
    struct literal one = {};
    (void)lexer_blank(&p->lex);
    size_t at = p->lex.at;

    if (!operator_takes_list(a->op)) {
        a->modifier = take_modifier(p);
        if (a->modifier != MOD_NONE)
            return parse_list(p, a);
    } else if (lexer_peek(&p->lex) == '(') {
        return parse_list(p, a);
    }
    enum transformer t = take_transformer(p);
    if (t != TR_NONE) {
        a->right = parse_transformer(p, t, at);
        return a->right ? a : NULL;
    }

    one.place = place_at(p, at);
    bool taken = operator_takes_list(a->op) ? lexer_identifier(&p->lex, &one.text)
                 : is_number                ? lexer_number(&p->lex, &one.text)
                                            : take_literal(p, &one);
    if (!taken && p->err->message.n)
        return NULL;
    if (!taken) {
        struct str what = found(p);
        if (operator_takes_list(a->op))
            return fail(p, N_("write (a, b, c)"), "expected a list after '%s', found %.*s", name, STR_ARG(what));
        if (is_number)
            return fail(p, N_("compare text with = or !=; another field goes into val()"),
                        "expected a number after '%s', found %.*s", name, STR_ARG(what));
        return fail(p,
                    lexer_peek(&p->lex) == '('
                        ? N_("for a list use in, or write one of oneof, anyof, allof before it")
                        : N_("quote a value that holds ( ) , = or quotes"),
                    "expected a value after '%s', found %.*s", name, STR_ARG(what));
    }
    a->is_list = operator_takes_list(a->op);
    set_literals(p, a, &one, 1);
    return a;
}

/* After the left-hand side: an operator and its value. */
static struct ast *parse_condition(struct parser *p, struct operand *left, size_t at)
{
    (void)lexer_blank(&p->lex);
    size_t before = p->lex.at;
    int op = lexer_operator(&p->lex);
    if (op < 0) {
        struct str what = found(p), word = STR_NULL;
        struct lexer look = p->lex;
        const char *cure =
            N_("operators: exists = != < <= > >= contains icontains bcontains startswith bstartswith endswith "
               "glob iglob regex in intersects pmatch");
        (void)lexer_identifier(&look, &word);
        size_t best = 3;
        for (int i = 0; word.n > 3 && i < OP__N; i++) {
            size_t d = str_distance(word, str_from(OPERATOR_NAMES[i]), best);
            if (d < best) {
                best = d;
                cure = arena_printf(p->arena, _("did you mean '%s'?"), OPERATOR_NAMES[i]).p;
            }
        }
        return fail_at(p, before, cure, "expected an operator after the field, found %.*s", STR_ARG(what));
    }
    struct ast *a = node(p, op == OP_EXISTS ? AST_UNARY : AST_CHECK, at);
    if (!a)
        return NULL;
    a->left = left;
    a->op = (enum operator)op;
    return op == OP_EXISTS ? a : parse_value(p, a);
}

static struct ast *parse_or(struct parser *p);

/* After "(": the expression and its ")". */
static struct ast *parse_group(struct parser *p, size_t open)
{
    if (!enter(p))
        return NULL;
    struct ast *a = parse_or(p);
    p->depth--;
    if (!a)
        return NULL;
    (void)lexer_blank(&p->lex);
    if (lexer_char(&p->lex, ')'))
        return a;
    struct str what = found(p);
    if (p->lex.at >= p->lex.text.n)
        return fail_at(p, open, N_("put ')' where the group ends"), "this '(' is never closed");
    return fail(p, N_("join checks with 'and' or 'or', or close the group with ')'"),
                "expected 'and', 'or' or ')', found %.*s", STR_ARG(what));
}

/* A word without a dot: a macro, or one of several mistakes. */
static struct ast *parse_macro(struct parser *p)
{
    struct str name;
    size_t at = p->lex.at;
    (void)lexer_identifier(&p->lex, &name);
    if (lexer_peek(&p->lex) == '(')
        return fail_at(p, at, N_("transformers: tolower toupper b64 basename len join concat getopt val"),
                       "there is no transformer %.*s()", STR_ARG(name));
    if (str_is(name, "and") || str_is(name, "or") || str_is(name, "not"))
        return fail_at(p, at, N_("write a check, a macro or a group in parentheses here"),
                       "expected a check, found '%.*s'", STR_ARG(name));
    struct lexer look = p->lex;
    (void)lexer_blank(&look);
    if (lexer_operator(&look) >= 0)
        return fail_at(p, at, N_("field names have a dot, such as proc.name; `davy rules fields` lists them"),
                       "\"%.*s\" is no field, and a macro takes no operator", STR_ARG(name));
    struct ast *a = node(p, AST_MACRO, at);
    if (a)
        a->macro = name;
    return a;
}

static struct ast *parse_check(struct parser *p)
{
    size_t at = p->lex.at;
    struct lexer look = p->lex;
    struct str word;
    if (lexer_char(&p->lex, '('))
        return parse_group(p, at);
    enum transformer t = take_transformer(p);
    if (t == TR_VAL)
        return fail_at(p, at, N_("write the field itself on the left"),
                       "val() stands on the right of an operator only");
    struct operand *left = t != TR_NONE ? parse_transformer(p, t, at) : parse_field(p);
    if (left)
        return parse_condition(p, left, at);
    if (p->err->message.n)
        return NULL;
    if (lexer_identifier(&look, &word))
        return parse_macro(p);
    struct str what = found(p);
    return fail(p, N_("write a check such as proc.name = sh, a macro or a group in parentheses"),
                "expected a check, found %.*s", STR_ARG(what));
}

/* The keyword, when a blank or a parenthesis follows it. */
static bool keyword(struct parser *p, const char *word)
{
    struct lexer look = p->lex;
    if (!lexer_word(&look, word) ||
        (lexer_peek(&look) != '(' && !lexer_blank(&look) && look.at < look.text.n))
        return false;
    p->lex = look;
    return true;
}

static struct ast *parse_not(struct parser *p)
{
    (void)lexer_blank(&p->lex);
    size_t at = p->lex.at;
    bool negated = false;
    while (keyword(p, "not")) {
        negated = !negated;
        (void)lexer_blank(&p->lex);
    }
    struct ast *child = parse_check(p);
    if (!child || !negated)
        return child;
    struct ast *a = node(p, AST_NOT, at);
    if (!a)
        return NULL;
    a->children = arena_new(p->arena, struct ast *);
    a->children[0] = child;
    a->n_children = 1;
    return a;
}

/* One level of joined operands: "and" over parse_not(), "or" over "and". */
static struct ast *parse_joined(struct parser *p, enum ast_kind kind)
{
    const char *word = kind == AST_AND ? "and" : "or";
    VEC(struct ast *) children = {};
    (void)lexer_blank(&p->lex);
    size_t at = p->lex.at;
    struct ast *a = NULL;
    do {
        a = kind == AST_AND ? parse_not(p) : parse_joined(p, AST_AND);
        if (!a)
            break;
        vec_add(&children, a);
        (void)lexer_blank(&p->lex);
    } while (keyword(p, word));
    if (a && children.n > 1) {
        a = node(p, kind, at);
        if (a) {
            a->children = arena_array(p->arena, struct ast *, children.n);
            memcpy(a->children, children.v, children.n * sizeof(*children.v));
            a->n_children = children.n;
        }
    }
    vec_done(&children);
    return a;
}

static struct ast *parse_or(struct parser *p)
{
    return parse_joined(p, AST_OR);
}

int parser_parse(struct str text, uint32_t text_id, struct arena *arena, struct ast **ret,
                 struct parse_error *err)
{
    struct parser p = {.lex.text = text, .text_id = text_id, .arena = arena, .err = err};
    *err = (struct parse_error){};
    struct ast *a = parse_or(&p);
    if (!a)
        return -EINVAL;
    (void)lexer_blank(&p.lex);
    if (p.lex.at < text.n) {
        struct str what = found(&p);
        const char *cure = lexer_peek(&p.lex) == ')'
                               ? N_("take it away, or open a group with '(' before")
                               : N_("join checks with 'and' or 'or'; quote a value with blanks");
        (void)fail(&p, cure, "expected 'and', 'or' or the end, found %.*s", STR_ARG(what));
        return -EINVAL;
    }
    *ret = a;
    return 0;
}
