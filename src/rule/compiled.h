// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The seam between the two halves of the room. The front (load, lexer, parser, lists, macros, exceptions) turns files into
 * rules with one tree each; the back (check, compile, verify, index, evaluate, format) turns trees into what runs.
 *
 *     front: ruleset_compile() builds a rule_input per rule that is not skipped, then calls compiled_new()
 *     back:  checks types against the field table, marks rules to skip, builds programs, index and output formats
 */
#include "rule/ast.h"
#include "rule/ruleset.h"

/* Where a rule's text came from, so that the back can point into the file. The front implements the report. */
struct rule_origin {
    void *ctx;
    /*
     * Adds a diagnostic about `place` (of the condition, or of the output when `in_output`; a NULL place means the rule as
     * a whole). message and cure are copied; cure may be NULL.
     */
    void (*report)(void *ctx, struct diags *diags, enum diag_code code, const struct place *place, bool in_output,
                   const char *message, const char *cure);
};

/* A field, or a transformer around fields, that a correlation reads of its members. */
struct rule_key {
    struct str text; /* as in an output, without percent sign */
    const void *node; /* the front's: where it was written */
    void (*report)(const struct rule_key *key, void *ctx, struct diags *diags, enum diag_code code, size_t at, const char *message,
                   const char *cure); /* `ctx` as in rule_origin */
    uint32_t operand; /* out: in the program */
};

struct rule_input {
    struct rule *rule;         /* fields and n_fields are filled by the back, in the arena given */
    struct ast *condition;     /* macros and lists resolved, exceptions applied: no AST_MACRO left; NULL: a correlation */
    struct rule_key *keys;     /* of a correlation */
    size_t n_keys;
    struct rule_origin origin;
    bool skip_if_unknown_filter; /* an unknown field makes the rule skipped with a warning, not an error */
    bool is_lenient; /* any error makes the rule skipped, and the others go on */
    bool warn_evttypes;
    bool is_skipped;           /* out: set by the back */
    bool is_wrong;             /* out: skipped for an error */
};

struct compiled;
/*
 * Compiles all rules. 0, or -EINVAL after reporting every error it can find (not just the first). `arena` must outlive
 * *ret; the inputs need not.
 */
int compiled_new(struct rule_input *rules, size_t n, struct arena *arena, struct diags *diags, struct compiled **ret);
struct compiled *compiled_free(struct compiled *c);
/* What ruleset_explain() shows. */
void compiled_explain(const struct compiled *c, const struct rule *rule, struct strbuf *ret);
/* What rule_format_output() does. */
void compiled_format(const struct compiled *c, const struct rule *rule, const struct event *event, struct strbuf *ret);
/* The number of event types on which a rule is tried; 0 for one that is off or was skipped. For tests and `rules list`. */
unsigned compiled_event_types(const struct compiled *c, const struct rule *rule, const enum event_type **ret);
/* evaluator_new() is the back's: it asks the front for the compiled rules. */
const struct compiled *ruleset_compiled(const struct ruleset *rs);
/* The program of all rules, and the place of a rule in it: PROGRAM_NONE for one that was skipped and for a correlation. For the prefilter. */
struct program;
const struct program *compiled_program(const struct compiled *c);
uint32_t compiled_place(const struct compiled *c, const struct rule *rule);
/* What ruleset_key() does. */
bool compiled_key(const struct compiled *c, uint32_t operand, const struct event *event, struct strbuf *ret);
/* The same as a number; false when it is none. */
bool compiled_number(const struct compiled *c, uint32_t operand, const struct event *event, double *ret);
