// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Inside of the front: what stands in the files, between reading them (load*.c) and ruleset_compile()
 * (ruleset.c). All of it lives in the `load` arena of the rule set and goes when the rules are compiled.
 */
#include "base/digest.h"
#include "base/map.h"
#include "rule/compiled.h"
#include "rule/correlation.h"
#include "rule/pieces.h"
#include "rule/yaml.h"

/*
 * What lists, macros and rules share. `index` is the position of the first definition, `visible` that of the
 * last change: a macro sees the macros, and a list the lists, whose index is below its own `visible`.
 */
struct definition {
    struct str name;
    const struct yaml_node *node; /* the whole item, for messages */
    uint32_t index, visible;
    bool is_used;
};

enum progress_state { STATE_NEW, STATE_RUNNING, STATE_DONE };

struct list {
    struct definition def;
    struct node_list items;
    uint16_t expires; /* last day (base/day.h), 0: never */
    bool is_expired;  /* itself, or a list that it names */
    /* rule/list.h */
    enum progress_state state;
    struct str *expanded; /* items with earlier lists spliced in */
    size_t n_expanded;
    struct str joined; /* as put into a condition */
};

struct macro {
    struct definition def;
    struct node_list condition;
    /* rule/resolve.h */
    enum progress_state state;
    bool is_broken; /* an error was reported: users stay silent */
    bool is_stale;  /* names an expired list, itself or through a macro */
    struct ast *tree;
    size_t weight, depth; /* with all macros put in */
};

struct exception {
    struct str name;
    const struct yaml_node *node, *fields, *comps; /* fields and comps may be NULL */
    struct node_list values;
};

struct exceptions {
    struct exception *v;
    size_t n, capacity;
};

/* Of a rule, and what a correlation has of one: it leaves condition and exceptions empty. */
struct rule_definition {
    struct definition def;
    struct pieces *written; /* a condition that another front wrote: no lists and exceptions are put in; else NULL */
    bool is_lenient;        /* what is wrong costs this one alone */
    bool is_of_sigma;       /* and is a warning then */
    const char *kind; /* "rule" or "correlation", for messages */
    struct ruleset *rs;
    struct node_list condition, output, desc, next, falsepositives, tags;
    struct exceptions exceptions;
    const struct yaml_node *priority_node;
    enum priority priority;
    struct str source_name;
    enum event_source source;
    bool is_source_known, enabled, warn_evttypes, skip_if_unknown_filter;
    uint32_t text, output_text; /* numbers of the texts (struct place) */
    size_t output_trimmed;      /* bytes taken off the front of the output */
};

/* What a problem of it is called in reports: what leaves a rule of others out is no error. */
static inline enum diag_code load_code(const struct rule_definition *d, enum diag_code code)
{
    return d->is_of_sigma && d->is_lenient && diag_code_is_error(code) ? DIAG_SIGMA_SKIPPED : code;
}

/* Nodes are checked when the correlation is built (correlation_build.c). */
struct correlation_definition {
    struct rule_definition rule; /* first */
    enum correlation_type type;
    uint64_t timespan_ns;
    struct node_list rules, group_by;
    const struct yaml_node *timespan, *condition, *aliases; /* condition, aliases: may be NULL */
    bool has_source;
    bool generate, has_generate; /* whether its rules tell of their matches by themselves, and whether it says so */
};

struct ruleset {
    struct arena arena; /* rules, names: as long as the rule set */
    struct arena load;  /* what the files say: until compiled */
    VEC(struct list *) wide_lists; /* whose names hold what ends a word elsewhere; in order of definition */
    struct map lists, macros,
        rules; /* by name → struct list *, macro *, rule_definition *, in order of first definition */
    struct map correlations; /* likewise → struct correlation_definition * */
    uint32_t n_items;
    size_t list_items, expanded_bytes, nodes, suggestions; /* used of the limits */
    struct sha256 *hash;
    struct str digest;
    VEC(struct pieces *) texts; /* struct place.text is the index plus one */
    struct sigma *sigma; /* what files of Sigma say (rule/sigma.h), NULL without any */
    size_t n_sigma_refused, n_skipped; /* documents of Sigma; of `v`, those that were left out when they were compiled */
    bool is_lenient; /* what is wrong in a rule file costs its item */
    size_t n_left_out; /* such items */
    size_t n_unread; /* files and folders of Sigma that could not be read */
    bool has_errors, is_compiled;
    int only;            /* source of the rules that are taken (enum event_source), -1: any; ruleset_is_wanted() */
    enum priority least; /* of the rules that run */
    uint16_t today;   /* 0: nothing expires */
    bool met_expired; /* list_substitute() put an expired list in */
    struct ruleset_expired *expired;
    size_t n_expired;
    struct rule *v; /* rules, then correlations */
    size_t n;
    struct {
        const struct rule **v;
        size_t n;
    } *correlated; /* by rule index: the correlations about it */
    struct compiled *compiled;
};

/* The look at one item of a file. */
struct loader {
    struct ruleset *rs;
    struct diags *diags;
    const struct source *source;
    const struct yaml_node *item;
    struct str label; /* "rule Foo" */
};

/* Whether rules of that source are taken (ruleset_limit()). */
bool ruleset_is_wanted(const struct ruleset *rs, enum event_source s);
/* Reports about byte `at` of a node; always -EINVAL for errors, 0 for warnings. cure may be NULL. */
int load_say(struct loader *l, enum diag_code code, const struct yaml_node *node, size_t at, const char *cure,
             const char *fmt, ...) _printf_(6, 7);
void load_report(struct diags *diags, enum diag_code code, struct str label, const struct yaml_node *node,
                 size_t at, const char *message, const char *cure);

/* A value that must be there and be a scalar with text; NULL after a report. */
const struct yaml_node *load_scalar(struct loader *l, const struct yaml_node *map, const char *key);
/* Whether a text with all that was appended to it is within the limits. */
int load_check_size(struct loader *l, const char *key, const struct node_list *parts);
/* An optional boolean: leaves *ret when there is none. */
int load_bool(struct loader *l, const struct yaml_node *map, const char *key, bool *ret);
/* A sequence of scalars, appended to *ret. */
int load_scalars(struct loader *l, const struct yaml_node *map, const char *key, struct node_list *ret);
/* Warns of keys that are not in the NULL-terminated list. */
void load_check_keys(struct loader *l, const struct yaml_node *map, const char *const *known,
                     const char *what);

enum override { OVERRIDE_NONE, OVERRIDE_APPEND, OVERRIDE_REPLACE };
struct override_key {
    const char *name;
    bool may_append;
    enum override asked; /* out */
};
/*
 * Reads `append:` and `override:`. Fills `asked` of each key; *ret_append tells the deprecated form. The list
 * ends with a NULL name. Checks that what is overridden is there and that nothing else is.
 */
int load_override(struct loader *l, struct override_key *keys, bool *ret_append);

/* Takes the name of the item from its key, and with it the label of messages; NULL after a report. */
const struct yaml_node *load_name(struct loader *l, const char *kind);
/* What this item is in the order of items, given what stood under the name before (or NULL). */
struct definition definition_new(struct loader *l, const struct yaml_node *name,
                                 const struct definition *previous);
/* Reports that append, and of rules override too, need something defined before; -EINVAL. */
int definition_missing(struct loader *l, const char *kind);

/* One item each, already known to be a map with that key. */
int load_list(struct loader *l);
int load_macro(struct loader *l);
int load_rule(struct loader *l);
int load_correlation(struct loader *l);
int load_engine_version(struct loader *l);
int load_plugin_versions(struct loader *l);
/* The exceptions of a rule item; in an append, fields may be missing. */
int load_exceptions(struct loader *l, bool is_append, struct exceptions *ret);
/* Puts appended exceptions into those that are there, by name. */
int load_merge_exceptions(struct loader *l, struct exceptions *into, const struct exceptions *more);

/* One document of a file of Sigma, or a processing pipeline (rule/sigma.h). */
int sigma_document_load(struct loader *l, const struct yaml_node *doc);
int sigma_pipeline_load(struct loader *l, const struct yaml_node *root);

void exceptions_done(struct exceptions *e);
/* Gives back what the definitions of rules and correlations hold beside the arena. */
void load_rules_done(struct ruleset *rs);
void load_correlations_done(struct ruleset *rs);

/*
 * Adds a rule to those of the rule set, with what it says and the text of its output, and begins what is compiled of it.
 */
struct rule *ruleset_add(struct ruleset *rs, struct rule_definition *d, struct rule_input *in);
/* Adds the correlations behind the rules. 0, or -EINVAL after reports. */
int correlations_build(struct ruleset *rs, struct rule_input *inputs, struct diags *diags);
/* Their operands are known: puts them in. */
void correlations_finish(struct ruleset *rs, const struct rule_input *inputs);

/* What rules and correlations have in common: each reads a key of the item at hand; -EINVAL after a report. */
int load_priority(struct loader *l, struct rule_definition *r);
/* A text (condition, output, desc, next), appended to *into. */
int load_text(struct loader *l, const char *key, struct node_list *into);
/* The same for an override: appended, or in the place of what is there. */
int load_change_text(struct loader *l, const char *key, bool replace, struct node_list *into);
int load_change_tags(struct loader *l, bool replace, struct rule_definition *r);
void load_rule_done(struct rule_definition *r);
