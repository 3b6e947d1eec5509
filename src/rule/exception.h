// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Exceptions: what a rule lets pass, as tables of values. They become text of the condition before it is
 * parsed:
 *
 *     fields: [a, b]  comps: [=, in]  values: [[x, [y, z]]]   →  (condition) and not ((a = x and b in (y,
 * z))) fields: a       comps: in       values: [x, y]          →  (condition) and not (a in (x, y))
 */
#include "rule/load.h"

/*
 * Appends the condition of the rule with its exceptions to *ret; what an exception gave points into the
 * exception. -EINVAL after a report when rows and fields do not fit.
 */
int exception_apply(const struct rule_definition *r, struct str label, struct pieces *ret,
                    struct diags *diags);
