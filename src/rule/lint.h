// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What parses and means something else than its writer thinks: warnings about a condition's tree. */
#include "rule/load.h"

void lint_condition(const struct ruleset *rs, const struct ast *a, struct str label, struct diags *diags);
