// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Columns of a table that stand in the names of the folders around it, as Hive, Athena, Spark and delivery to S3 write them: `region=eu-west-1/day=02/x.parquet`. They are added to
 * each row as texts, unless the table has a column of that name itself.
 */
#include "base/strbuf.h"

struct partition {
    struct strbuf members; /* `"region":"eu-west-1","day":"02"`; empty: there are none */
    bool is_known;         /* the path was read */
};

/* Reads the folders of a path; `has` says whether the table has a column, in any case of letters. */
void partition_read(struct partition *p, struct str path, bool (*has)(void *ctx, struct str name), void *ctx);
/* Adds the members to a row, which is the text of an object. */
void partition_add(const struct partition *p, struct strbuf *row);
void partition_done(struct partition *p);
