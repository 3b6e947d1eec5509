// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The tree of a condition, between the parser and the compiler. Everything lives in the arena given to the parser.
 *
 * The parser knows the grammar and nothing of fields: names are kept as written and resolved by the type check
 * (rule/check.h). Macros are AST_MACRO nodes until rule/resolve.h replaces them.
 */
#include "event/field.h"

/*
 * Where something was written. A condition may be folded over lines, appended to in another file, and full of lists and
 * macros, so a place names the text it lies in; rule_origin.report (rule/compiled.h) turns it into file, line and column.
 */
struct place {
    uint32_t text;   /* number of the text within the rule set, from 1; 0: nowhere */
    uint32_t offset; /* byte in that text, after lists were put in */
};

enum ast_kind {
    AST_AND, /* children, two or more */
    AST_OR,  /* children, two or more */
    AST_NOT, /* one child */
    AST_MACRO,
    AST_UNARY, /* left exists */
    AST_CHECK, /* left op right */
};

/* Operators and list modifiers: rule/operator.def gives each its spelling and the types it takes. */
enum operator{
#define OPERATOR(id, text, help) OP_##id,
#include "rule/operator.def"
#undef OPERATOR
    OP__N,
};

enum list_modifier { MOD_NONE, MOD_ONEOF, MOD_ANYOF, MOD_ALLOF };

enum transformer {
    TR_NONE, /* a plain field */
    TR_VAL,  /* val(field), right-hand side only */
    TR_TOLOWER,
    TR_TOUPPER,
    TR_B64,
    TR_BASENAME,
    TR_LEN,
    TR_JOIN,
    TR_CONCAT,
    TR_GETOPT,
    TR_TEXT,   /* any one value as text */
    TR_NUMBER, /* a text as a number; absent when it is none */
    TR_MINUTE, /* parts of a time, UTC: of a time field or of a text such as 2026-01-31T08:15:00Z */
    TR_HOUR,
    TR_DAY,
    TR_WEEK, /* of the year, ISO 8601 */
    TR_MONTH,
    TR_YEAR,
    TR__N,
};
/* Those that map one value, and of a list each. */
static inline bool transformer_is_map(enum transformer t)
{
    return (t >= TR_VAL && t <= TR_BASENAME) || t >= TR_TEXT;
}

/* A field, a transformer around operands, or a literal inside a transformer's arguments. */
struct operand {
    enum transformer transformer;
    struct place place;
    struct str name; /* TR_NONE: field name as written, without argument; empty for a literal */
    bool has_arg;
    struct str arg;     /* field[arg], getopt(…)[arg] */
    struct str literal; /* TR_NONE with an empty name */
    bool is_literal;
    struct operand **args; /* of a transformer */
    size_t n_args;
    bool has_elements; /* as written: join(separator, (a, b)) instead of a list field */
    /* Filled by the type check. */
    struct field_ref ref;
    enum field_family family; /* of the field */
    enum field_brief brief;   /* likewise; BRIEF_NONE */
    bool is_of_kind;          /* field_is_of_kind() */
    enum value_type type;
    bool is_list;
};

/* The right-hand side as written. */
struct literal {
    struct str text; /* unescaped */
    struct place place;
    bool quoted;
};

struct ast {
    enum ast_kind kind;
    struct place place;
    /* AND, OR, NOT */
    struct ast **children;
    size_t n_children;
    /* MACRO */
    struct str macro;
    /* UNARY, CHECK */
    struct operand *left;
    enum operator op;
    enum list_modifier modifier;
    struct literal *literals; /* right-hand side of literal values */
    size_t n_literals;
    bool is_list;           /* written in parentheses or a bare list name */
    struct operand *right;  /* right-hand side that is a field or transformer, else NULL */
};
