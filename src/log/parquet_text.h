// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Values of Parquet as JSON: whole numbers and real ones as numbers; times as 2024-07-31T14:23:46.123Z, days as 2024-07-31, decimals and UUIDs as
 * text; bytes that nobody calls text as text where they are UTF-8, else in hexadecimal.
 */
#include "log/parquet_column.h"

void parquet_add_value(struct strbuf *b, const struct parquet_node *node, const struct parquet_value *v);
