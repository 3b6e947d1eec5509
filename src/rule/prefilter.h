// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The prefilter: rules as the superset filter of event/filter.h. For each event type the program of a rule is gone through
 * backwards from its hits. A leaf is what the kernel side can know of it (rule/prefilter_leaf.h), or may go either way;
 * what comes out holds on every event that the rule matches, and is joined and widened until it fits the limits of
 * event/filter.h.
 *
 * A rule is asked about both forms of a path, and a filter about all forms together: a path that is named may lie there in any
 * form, and that a path is not named says nothing.
 */
#include "event/filter.h"
#include "rule/ruleset.h"

struct program;

/*
 * For the rules of the source `syscall` that are on, or for `only` one (which need not be on). Never NULL. The rule set must be
 * compiled.
 */
struct filter *prefilter_new(const struct ruleset *rs, const struct rule *only);
/* The same of a program: is_on[] as in program->rules. */
struct filter *prefilter_of_program(const struct program *p, const bool *is_on);

/* Whether the rule is tried on events, and could match none of them; false for one that was skipped or is not about live events. */
bool prefilter_is_vain(const struct ruleset *rs, const struct rule *r);

/* What the filter of one rule decides for each event type, and what is left to user space; for people. */
void prefilter_explain_rule(const struct ruleset *rs, const struct rule *r, struct strbuf *ret);
/* A summary of what the filter of all rules that are on decides. */
void prefilter_explain(const struct ruleset *rs, struct strbuf *ret);
