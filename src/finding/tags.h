// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a rule's tags say about its findings, taken apart once per rule. Inside the room only.
 */
#include "finding/finding.h"

struct rule_tags {
    enum finding_kind kind;
    bool intent, harm, conclusive;
    struct str *by, *purposes, *rows, *techniques;
    size_t n_by, n_purposes, n_rows, n_techniques;
};

/* Arrays live in the arena, strings belong to the rule. A stale rule's threats are context. Unknown tags say nothing: rules of other makers have
 * their own. */
struct rule_tags *tags_parse(struct arena *a, const struct rule *rule);
