// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Macros: each is parsed once; a rule gets a copy of the trees of those it names. A macro sees the macros
 * that were first defined before its own last change; a rule sees all. What a condition is once its macros
 * are put in is measured before anything is copied, so that macros that double each other cost nothing.
 */
#include "rule/load.h"

/* Parses and measures all macros. How many are wrong, after reporting each. */
size_t resolve_macros(struct ruleset *rs, struct diags *diags);
/*
 * Parses a text of the rule set (lists are put in, exceptions written) and gives its tree without macros, in
 * the load arena. *ret_stale: whether it names a list that is past its last day. -EINVAL after reports.
 */
int resolve_condition(struct ruleset *rs, struct pieces *text, struct str label, struct ast **ret, bool *ret_stale,
                      struct diags *diags);

/*
 * The same for a text that another front wrote, which it takes over (made with xnew): no lists are put in. A tree that is too
 * large is none of the rule set's.
 */
int resolve_written(struct ruleset *rs, struct pieces *text, struct str label, struct ast **ret, struct diags *diags);

/* Takes over a text (made with xnew); its number for struct place. */
uint32_t text_add(struct ruleset *rs, struct pieces *text);
/* Reports about a place in a text. */
void text_report(const struct ruleset *rs, struct diags *diags, enum diag_code code, struct str label,
                 struct place place, const char *message, const char *cure);
