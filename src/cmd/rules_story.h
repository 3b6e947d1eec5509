// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A case of a correlation: events with times, through evaluator and correlator. docs/writing-rules.md describes the form.
 */
#include "cmd/rules_record.h"
#include "rule/correlator.h"

struct story {
    const struct ruleset *rs;
    struct evaluator *evaluator;
    struct inspector *inspector;
    struct facts *facts;
    struct rules_record *record;
    const struct map *hits; /* rule name → struct story_hit: for `like` */
    struct strbuf told;     /* what matched at which step, one a line, of the case at hand */
};

/* The first hit of a rule. */
struct story_hit {
    const struct yaml_node *node;
    const char *folder; /* of its file */
};

/* Whether the correlation holds for the steps of the case. 0, or negative with *err when the case itself is wrong. */
int rules_story_run(struct story *s, const struct yaml_node *c, const char *folder, const struct rule *wanted, bool *ret_found,
                    struct error *err);
