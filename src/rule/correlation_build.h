// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the files share that build correlations; inside the room only. */
#include "rule/load.h"

struct builder {
    struct ruleset *rs;
    struct rule_input *inputs;
    struct diags *diags;
    struct map names; /* → index in rs->v, of rules and correlations */
    size_t first, n;  /* index of the first correlation, and how many there are */
    struct correlation_definition **definitions; /* by index minus first */
    bool *is_below;   /* by index: on but for its priority */
    uint8_t *depths;  /* by index: correlations of correlations; 0: not known yet */
};

/* The correlation at hand. */
struct draft {
    struct builder *b;
    struct correlation_definition *d;
    struct rule *rule;
    struct correlation *c;
    struct str label;
    uint32_t *steps;    /* by rule index */
    VEC(struct rule_key) keys;
};

/* Reports something about the correlation at hand; -EINVAL when it is an error, else 0. */
int _printf_(5, 6) correlation_say(struct draft *d, enum diag_code code, const struct yaml_node *node, const char *cure, const char *fmt, ...);
/* The rules that it names, by name or by tags: d->steps. */
int correlation_build_steps(struct draft *d);
/* What its condition says. */
int correlation_build_condition(struct draft *d);
/* Its members, and the fields that each of them is asked for: d->keys. */
int correlation_build_members(struct draft *d);
