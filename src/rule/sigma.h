// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Inside of the front: Sigma rules (specification 2) on their way to the same compiled program. What a Sigma file says is kept
 * until ruleset_compile(); then every detection becomes a condition in our language and goes the way that all conditions go:
 *
 *     file ─ sigma_load ─▶ documents ─ sigma_pipeline ─▶ source, fields ─ sigma_condition, _item, _emit ─▶ text ─▶ parser …
 *
 * Nothing is ignored: a rule that asks for what is not supported is refused as a whole, with the place and a cure. The refusal
 * is a warning and the other rules go on, or an error when the rule set is strict.
 */
#include "rule/load.h"

enum {
    SIGMA_RULES_MAX = 50'000,      /* of a rule set; SigmaHQ has about 3,500 */
    SIGMA_LEAVES_MAX = 20'000,     /* values of a rule's condition once `1 of` is written out; SigmaHQ's largest has some 900 */
    SIGMA_CONDITION_BYTES = 16 << 10, /* a condition as written */
    SIGMA_DEPTH_MAX = 64,          /* parentheses in it, and `not` before `not` */
    SIGMA_VALUES_MAX = 4096,       /* values of one item once windash, base64offset and placeholders are written out */
    SIGMA_DASHES_MAX = 3,          /* dashes of one value that windash varies independently; more are varied together */
    SIGMA_MODIFIERS_MAX = 16,      /* of one field */
    SIGMA_REGEXES_MAX = 900,       /* of all rules: below PROGRAM_REGEXES_MAX, so that too many leave rules out, not all of them */
    SIGMA_STEPS_MAX = 1024,        /* transformations of all pipelines */
    SIGMA_FIELDS_MAX = 16,         /* fields that a pipeline may put in the place of one */
};

/* A value as written: literal text and wildcards. */
struct sigma_part {
    enum { SIGMA_LITERAL, SIGMA_ANY, SIGMA_ONE } kind;
    struct str text;
};
struct sigma_text {
    struct sigma_part *v;
    size_t n;
};
struct sigma_value {
    const struct yaml_node *node;
    bool is_null;
    bool is_spelling; /* another spelling of the value before it, by windash or base64offset: with `all` one of them is enough */
    struct sigma_text text;
};
struct sigma_values {
    struct sigma_value *v;
    size_t n, capacity;
};

enum sigma_compare { SIGMA_TEXT, SIGMA_RE, SIGMA_CIDR, SIGMA_NUMBER, SIGMA_EXISTS, SIGMA_FIELD };

/* `field|modifiers: values`. */
struct sigma_item {
    const struct yaml_node *key; /* NULL: keywords in a list */
    struct str field;            /* empty: keywords */
    enum sigma_compare compare;
    enum operator order;   /* of NUMBER: OP_LT … OP_GE, or OP_EQ for a part of a time */
    enum transformer part; /* of a time, or TR_NONE */
    enum operator how;     /* of FIELD: equal, contains, starts or ends with */
    bool all, cased, neq, wants_absent;
    struct sigma_values values;
};

struct sigma_rule {
    const struct yaml_node *node, *title;
    struct str name; /* ours: the title, made unique */
    struct str id, alias; /* as Sigma refers to it: `id`, `name`; may be empty */
    bool is_built;
    struct rule_definition *definition;
    struct sigma_work *work; /* its pipeline, for correlations and filters */
};

enum sigma_step_type {
    STEP_FIELD_MAPPING,
    STEP_PREFIX_MAPPING,
    STEP_PREFIX,
    STEP_SUFFIX,
    STEP_DROP,
    STEP_CONDITION,
    STEP_LOGSOURCE,
    STEP_RULE_FAILURE,
    STEP_ITEM_FAILURE,
    STEP_STATE,
    STEP_MAP_STRING,
    STEP_PLACEHOLDERS,
    STEP_WILDCARD_PLACEHOLDERS,
    STEP_OUR_CONDITION,
    STEP_JSON,
    STEP_VALUE,
};
struct sigma_step {
    enum sigma_step_type type;
    const struct yaml_node *node;
    struct str id;
};
struct sigma_pipeline {
    const struct yaml_node *node;
    int64_t priority;
    struct sigma_step *steps;
    size_t n_steps;
};

struct sigma_filter {
    const struct yaml_node *doc;
    bool is_refused; /* and told of */
};

struct sigma {
    VEC(struct sigma_pipeline *) pipelines; /* in the order in which they are applied */
    VEC(struct sigma_rule *) rules;
    VEC(const struct yaml_node *) correlations; /* documents */
    VEC(struct sigma_filter) filters;
    struct map names;                                    /* id, name → struct sigma_rule * */
    const struct source *collection_source;   /* sigma_legacy.c: the file whose `action: global` holds */
    const struct yaml_node *global, *last;
    size_t n_refused;
    size_t n_steps, n_regexes;
    bool is_strict;
};

/* The look at one rule. */
struct sigma_work {
    struct loader l; /* label for messages */
    struct sigma *sigma;
    struct sigma_rule *rule;
    bool *is_active; /* by number of the step, over all pipelines */
    struct str category, product, service;
    struct map state; /* → const struct yaml_node *: the value of a set_state */
    struct pieces *out;
    size_t n_leaves;
    bool is_quiet; /* a refusal is not said: it is about what can be left out */
};

/* Says why a rule is not taken: with the cure, at byte `at` of a node. -EINVAL. */
#define sigma_refuse(w, node, at, cure, ...)                                                                           \
    ((w)->is_quiet ? -EINVAL                                                                                           \
                   : ((void)load_say(&(w)->l, (w)->sigma->is_strict ? DIAG_ERR_SIGMA : DIAG_SIGMA_SKIPPED, (node), (at), (cure), \
                                     __VA_ARGS__),                                                                     \
                      -EINVAL))

struct sigma *sigma_of(struct ruleset *rs);
void sigma_done(struct ruleset *rs);
/* Value of a key that need not end in NUL; NULL when there is none. */
const struct yaml_node *sigma_get(const struct yaml_node *map, struct str key);

/* ---- sigma_text.c ---- */
/* Takes wildcards and escapes apart. */
struct sigma_text sigma_text_parse(struct arena *a, struct str s);
/* Without taking anything apart. */
struct sigma_text sigma_text_plain(struct arena *a, struct str s);
bool sigma_text_has_wildcard(const struct sigma_text *t);
/* The literal text of a value without wildcards. */
struct str sigma_text_literal(const struct sigma_text *t);
/* With a star before and behind, where there is none. */
struct sigma_text sigma_text_wrap(struct arena *a, const struct sigma_text *t, bool before, bool behind);
enum sigma_utf16 { SIGMA_UTF16LE, SIGMA_UTF16BE, SIGMA_UTF16_BOM };
struct sigma_text sigma_text_utf16(struct arena *a, const struct sigma_text *t, enum sigma_utf16 how);
struct str sigma_base64(struct arena *a, struct str s);
/* The base64 text that stands for s when it begins at byte `offset` (0, 1, 2) of a group of three, without what neighbours decide. */
struct str sigma_base64_offset(struct arena *a, struct str s, unsigned offset);
/* Adds the value with each spelling of the dashes that begin options. */
void sigma_text_windash(struct arena *a, const struct sigma_value *v, struct sigma_values *into);

/* ---- sigma_item.c ---- */
/* Reads an item. The caller ends ret->values with vec_done(), also on failure. */
int sigma_item_read(struct sigma_work *w, const struct yaml_node *key, const struct yaml_node *value, struct sigma_item *ret);
/* An item of keywords out of scalars. */
int sigma_item_keyword(struct sigma_work *w, const struct yaml_node *value, struct sigma_item *ret);

/* ---- sigma_emit.c ---- */
/* Writes an item as condition. `from` is the first step of the pipelines that is applied to its field. */
int sigma_emit_item(struct sigma_work *w, struct sigma_item *item, size_t from);
void sigma_emit(struct sigma_work *w, const struct yaml_node *node, const char *text);
/* The field of ours that a text names, with or without an argument; NULL when there is none of that name. */
const struct field *sigma_field(struct str text);

/* ---- sigma_condition.c ---- */
/* Writes one detection: a map, a list of maps, keywords. */
int sigma_emit_detection(struct sigma_work *w, const struct yaml_node *name, const struct yaml_node *detection);
/* Writes `condition` of a `detection` map. */
int sigma_emit_conditions(struct sigma_work *w, const struct yaml_node *detections, const struct yaml_node *condition);

/* ---- sigma_pipeline.c, sigma_apply.c ---- */
/* Decides which steps hold for the rule, and what they say of it as a whole. */
int sigma_apply(struct sigma_work *w, const struct yaml_node *logsource);
/* Writes the conditions that pipelines add: each begins with " and ". */
int sigma_emit_added(struct sigma_work *w);
/*
 * The fields that stand for one of the rule's: *ret in the arena, *ret_n of them; none when pipelines drop it. `at` is where in
 * the node it is named.
 */
int sigma_map_field(struct sigma_work *w, const struct yaml_node *node, size_t at, struct str field, size_t from, struct str **ret,
                    size_t *ret_n);
/* What pipelines make of the values of an item. */
int sigma_map_values(struct sigma_work *w, struct sigma_item *item, size_t from);
/* Puts the values of a placeholder (or a wildcard) in; a placeholder that no pipeline knows is refused. */
int sigma_expand(struct sigma_work *w, const struct sigma_value *v, struct sigma_values *into);
/* The value of a state as texts; none when it is not set. */
size_t sigma_state(const struct sigma_work *w, const char *key, const struct yaml_node *const **ret);

/* ---- sigma_legacy.c ---- */
/* A document as it would stand outside of a collection; NULL: it says something for others alone. */
const struct yaml_node *sigma_legacy_document(struct loader *l, const struct yaml_node *doc);
/* Of a rule with an aggregation that has a correlation for it: the rule without it, and that. NULL: it is another rule. */
const struct yaml_node *sigma_legacy_rule(struct loader *l, const struct yaml_node *doc, const struct yaml_node **ret_correlation);

/* ---- sigma_build.c ---- */
/* Everything that was loaded becomes rules and correlations of the rule set. 0, or -EINVAL after reports. */
int sigma_build(struct ruleset *rs, struct diags *diags);
/* A node as if it stood in the file: for what we say ourselves. */
const struct yaml_node *sigma_node(struct arena *a, const struct yaml_node *at, struct str text);
/* ---- sigma_meta.c ---- */
/* What a document says about itself: name, description, severity, tags, advice. */
int sigma_meta(struct sigma_work *w, const struct yaml_node *doc, struct rule_definition *d);
/* ---- sigma_correlation.c ---- */
/* A condition of a correlation in words (sigma_words.c): steps, each a bit for every rule of which one is enough. */
enum { SIGMA_WORDS_STEPS = 16, SIGMA_WORDS_BYTES = 4 << 10 };
struct sigma_words_names {
    struct str v[SIGMA_WORDS_STEPS][3]; /* id, name and title of each rule; those that it has not are empty */
    size_t n;
};
struct sigma_words {
    uint32_t steps[SIGMA_WORDS_STEPS]; /* in the order of the rules */
    size_t n;
    unsigned least; /* so many of them; 0: all */
};
int sigma_words_read(struct sigma_work *w, const struct yaml_node *node, const struct sigma_words_names *names, struct sigma_words *ret);

/* is_quiet: a refusal is neither said nor counted. */
int sigma_correlation_build(struct ruleset *rs, struct sigma *s, const struct yaml_node *doc, bool is_quiet, struct diags *diags);
