// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Answers to queries that give columns beside their names: Athena (GetQueryResults) and CloudTrail Lake (QueryResultRows); and tables that are written column by column. Each row is
 * written anew as an object.
 */
#include "base/strbuf.h"
#include "log/node.h"

enum {
    ROWS_COLUMNS_MAX = 256,
    ROWS_BYTES_MAX = 64 << 20, /* of the rows of one value, each with its names: an answer of a record's size has eight times less unless its names are made long */
};

/* Whether an array is a row of CloudTrail Lake: objects with one member each. */
bool rows_is_lake(struct node array);
void rows_add_lake(struct node array, struct strbuf *b);
/* Whether an array is a row of CloudWatch Logs Insights: objects with a field and a value. It is written as an object, without the @ before names. */
bool rows_is_insights(struct node array);
void rows_add_insights(struct node array, struct strbuf *b);
/* Whether an object is an answer of Athena; its rows are written as an array of objects then. False: they would be more than ROWS_BYTES_MAX. */
bool rows_is_athena(struct node root);
bool rows_add_athena(struct node root, struct strbuf *b);
/*
 * The same of a table whose columns stand one behind the other: Splunk's json_cols ("fields", "columns"), a frame of Grafana ("schema", "data": {"values"}), ClickHouse's JSONColumnsWithMetadata
 * ("meta", "data": {NAME: […]}). What is null, or missing at a column's end, is absent.
 */
bool rows_is_columnar(struct node root);
bool rows_add_columnar(struct node root, struct strbuf *b);
/*
 * A row of a table whose head says what its columns are (names, or objects with one; of BigQuery a schema, with records in records): an object without what is null. False: it is no row,
 * or there are no names for it.
 */
bool rows_add_columns(struct node row, struct node head, struct strbuf *b);
/* A line of Loki: [time, text], maybe with more about it; `labels` are those of its stream. */
bool rows_add_line(struct node row, struct node labels, struct strbuf *b);
