// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A file of secret rules as it was read, before it is merged with what it extends. Of the loader only. */
#include "inspect/secret.h"

struct secret_draft {
    struct secret_set set;
    VEC(struct secret_rule) rules; /* each id once */
    struct str extend_path; /* empty: none */
    bool use_default;
    VEC(struct str) disabled;
    uint32_t line, column; /* of extend */
};

/*
 * Reads a document; strings live in the arena of `rules`, warnings are added there. -EINVAL as secret_rules_add(). The
 * caller gives the draft up with secret_draft_done() in both cases.
 */
int secret_draft_read(struct secret_rules *rules, struct str text, const char *name, struct secret_draft *d,
                      struct error *err);
void secret_draft_done(struct secret_draft *d);
/* Give up what a rule and a set own; may run twice. */
void secret_rule_done(struct secret_rule *rule);
void secret_set_done(struct secret_set *set);
