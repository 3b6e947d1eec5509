// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Lists are text. Before a condition is parsed, every name of a list in it (standing between blanks,
 * parentheses, commas, equal signs or the ends) is replaced by the items, joined by ", "; items with a blank
 * are put in double quotes; an empty list takes a comma away. Names in quoted values are replaced too, as
 * Falco has it, with a warning.
 */
#include "rule/load.h"

/* Splices earlier lists into each list and joins the items. -EINVAL when a limit is passed, after a report.
 */
int list_expand_all(struct ruleset *rs, struct diags *diags);
/*
 * Puts lists into `from`, giving *ret; what came from a list points to its name in the condition. `label` is
 * for the warning and the error when the result grows too large.
 */
int list_substitute(struct ruleset *rs, const struct pieces *from, struct str label, struct pieces *ret,
                    struct diags *diags);
/* Puts double quotes around a value with a blank that has none. */
void list_quote(struct strbuf *b, struct str item);
