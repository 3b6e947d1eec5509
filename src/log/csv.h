// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Tables of records as text: what Athena and CloudTrail Lake write as the result of a query (RFC 4180, names in the first line), also with tabs or semicolons in place of commas. Each row
 * is written anew as an object of strings, and goes the way of JSON from there.
 */
#include "base/strbuf.h"
#include "base/vec.h"
#include "log/format.h"

struct csv_name {
    size_t at, n;
};
struct csv_names {
    struct strbuf text;     /* of the names, one after the other */
    VEC(struct csv_name) v; /* empty: the first line was not read yet */
    char separator;         /* a comma, a tab or a semicolon: which of them the first line has most of */
};

/* Whether a file that begins so is a table whose columns are those of a log. */
bool csv_is(struct str head);
/* Takes the next row off the front of `bytes`; LOG_NOTHING for the names. *ret is cleared, and holds the object of a LOG_RECORD. */
enum log_next csv_next(struct csv_names *names, struct str bytes, bool is_end, size_t *ret_used, struct strbuf *ret);
/* Whether a column has the name, in any case. */
bool csv_has(const struct csv_names *names, struct str name);
void csv_done(struct csv_names *names);
