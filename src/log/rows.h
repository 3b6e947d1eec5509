// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Answers to queries that give columns beside their names: Athena (GetQueryResults) and CloudTrail Lake (QueryResultRows). Each row is
 * written anew as an object.
 */
#include "base/strbuf.h"
#include "log/node.h"

enum { ROWS_COLUMNS_MAX = 256 };

/* Whether an array is a row of CloudTrail Lake: objects with one member each. */
bool rows_is_lake(struct node array);
void rows_add_lake(struct node array, struct strbuf *b);
/* Whether an array is a row of CloudWatch Logs Insights: objects with a field and a value. It is written as an object, without the @ before names. */
bool rows_is_insights(struct node array);
void rows_add_insights(struct node array, struct strbuf *b);
/* Whether an object is an answer of Athena; its rows are written as an array of objects then. */
bool rows_is_athena(struct node root);
void rows_add_athena(struct node root, struct strbuf *b);
