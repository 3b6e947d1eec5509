// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * CloudTrail as Athena and CloudTrail Lake export it: a column for each member, names in lower case, objects as strings. Such a record is
 * written anew as CloudTrail delivers it, so that rules with json.value[…] hold for both.
 */
#include "base/strbuf.h"
#include "log/node.h"

bool lake_is(struct node root);
void lake_rewrite(struct node root, struct strbuf *b);
