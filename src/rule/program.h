// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The program: all rules of a rule set as one flat, relocatable buffer, and what the loader makes of it. Everything in the
 * buffer is a number or an offset, so it can be written to a file and read back; program_load() trusts none of it.
 *
 *     ┌────────┬──────────┬──────┬────────┬───────────┬───────┬──────┬───────┬───────┐
 *     │ header │ operands │ args │ leaves │ constants │ texts │ code │ rules │ bytes │
 *     └────────┴──────────┴──────┴────────┴───────────┴───────┴──────┴───────┴───────┘
 *       operand    what gives a value: a field, a literal, or a transformer around operands with smaller numbers
 *       args       operand numbers: the arguments of all transformers, one operand's after the other's
 *       leaf       a check: operand, operator, modifier, and on the right constants or an operand
 *       constants  text numbers: the constants of all leaves, one leaf's after the other's
 *       text       a piece of `bytes`: names, arguments and constants as written in the rule
 *       code       the instructions of all rules, one rule's after the other's
 *       rule       how many instructions are its own, of which source its events are
 *
 * An instruction is 64 bits:
 *
 *     63            32 31            8 7      0
 *     ┌───────────────┬───────────────┬────────┐
 *     │ target        │ leaf          │ opcode │      rule/opcode.def says what each does
 *     └───────────────┴───────────────┴────────┘
 *
 * Targets count from the start of the rule and point forward, so every rule ends. There are no registers and no stack:
 * and, or, not are jumps. A leaf that several rules share has one number and is judged once per event.
 */
#include "base/map.h"
#include "base/regex.h"
#include "rule/automaton.h"
#include "rule/netset.h"
#include "rule/pathset.h"
#include "rule/typing.h"

enum opcode {
#define OPCODE(id, text, has_leaf, has_target, help) OPCODE_##id,
#include "rule/opcode.def"
#undef OPCODE
    OPCODE__N,
};

enum {
    PROGRAM_MAGIC = 0x50565944, /* "DYVP" as bytes in the file */
    PROGRAM_VERSION = 1,
    PROGRAM_NONE = UINT32_MAX,
    PROGRAM_BYTES_MAX = 64 << 20,
    PROGRAM_LEAVES_MAX = 1 << 24,
    PROGRAM_REGEXES_MAX = 1024,
};

struct program_header {
    uint32_t magic, version;
    uint32_t n_operands, n_args, n_leaves, n_constants, n_texts, n_code, n_rules, n_bytes;
};

enum { OPERAND_IS_LITERAL = 1, OPERAND_HAS_ARG = 2, OPERAND_IS_RIGHT = 4, OPERAND_IS_OUTPUT = 8 };
struct program_operand {
    uint32_t transformer; /* enum transformer; TR_NONE for fields and literals */
    uint32_t flags;
    uint32_t name, arg;   /* texts; PROGRAM_NONE where there is none. A literal has its text in `name`. */
    uint32_t n_args;
};

struct program_leaf {
    uint32_t op, modifier;
    uint32_t left, right; /* operands; right is PROGRAM_NONE when the constants count */
    uint32_t n_constants;
};

struct program_text {
    uint32_t from, n;
};

struct program_code {
    uint32_t word;   /* opcode in the low 8 bits, leaf above */
    uint32_t target;
};
static inline enum opcode code_opcode(struct program_code c)
{
    return (enum opcode)(c.word & 0xff);
}
static inline uint32_t code_leaf(struct program_code c)
{
    return c.word >> 8;
}

struct program_rule {
    uint32_t number; /* of whoever compiled it */
    uint32_t source; /* enum event_source */
    uint32_t n_code;
};

/* After loading. */

enum { TYPE_WORDS = (EVENT__N + 63) / 64 };

/* Leaves over one operand that are judged together: one look-up or one pass says which of them hold. */
struct group {
    enum {
        GROUP_HASH,
        GROUP_IHASH, /* keys in lower case */
        GROUP_CONTAINS,
        GROUP_ICONTAINS,
        GROUP_STARTS,
        GROUP_ISTARTS,
        GROUP_ENDS,
        GROUP_IENDS
    } kind;
    uint32_t operand;
    struct map keys;   /* HASH, IHASH: value → row of `rows` */
    uint64_t lengths, marks[4]; /* of HASH: bits of matcher_length() and matcher_mark() of the keys */
    uint32_t *rows;    /* HASH: from … to in `leaves`, n + 1 entries */
    uint32_t *leaves;  /* HASH: leaves that hold for the value of a row */
    struct automaton *automaton; /* the others: needles carry leaf numbers */
};

struct leaf {
    enum operator op;
    enum list_modifier modifier;
    uint32_t left, right;
    struct value *constants;
    struct value *numbers; /* DYNAMIC left side: the constants read as numbers, type NONE where they are none */
    struct str *texts;     /* as written */
    size_t n_constants;
    uint32_t group;        /* PROGRAM_NONE: judged alone */
    bool is_type_test;     /* over evt.type: `types` has the answer */
    uint64_t types[TYPE_WORDS];
    struct map set;            /* in, intersects */
    struct netset *nets;       /* in, intersects on addresses */
    struct pathset **pathsets; /* pmatch: one for all constants, with a modifier one each */
    struct regex **regexes;    /* regex: one each */
};

struct program_range {
    uint32_t number;
    enum event_source source;
    const struct program_code *code;
    uint32_t n_code;
};

struct program {
    struct arena arena;
    struct operand *operands; /* resolved; args point into this array */
    size_t n_operands;
    struct leaf *leaves;
    size_t n_leaves;
    struct group *groups;
    size_t n_groups;
    struct program_range *rules;
    size_t n_rules;
};

/*
 * Verifies the buffer and builds what the evaluator needs; nothing of the buffer is kept. 0, or -EINVAL with the reason
 * in *err (may be NULL). Fields are found by name, so a program outlives a new field table as long as its fields do.
 */
int program_load(const void *buffer, size_t n, struct program **ret, struct error *err);
struct program *program_free(struct program *p);
DEFINE_CLEANUP(struct program *, program_free)

/* One rule as text, one instruction a line: number, opcode, check, target. */
void program_explain(const struct program *p, size_t rule, struct strbuf *ret);
/* An operand or a leaf as it would be written in a rule. */
void program_add_leaf(const struct program *p, uint32_t leaf, struct strbuf *ret);
