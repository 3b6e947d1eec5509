// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Tables in Parquet, row after row, each written anew as a JSON object: groups as objects, lists as arrays, maps as objects, nulls left out. So a
 * row goes the way of a record of JSON from there (docs/decisions/parquet.md).
 *
 *     file ─▶ meta (footer, by thrift) ─▶ column (pages: unpack, bits) ─▶ rows ─▶ text (JSON)
 */
#include "base/error.h"
#include "base/strbuf.h"

struct parquet;

/* Where a file stands: of the row that was given last, counting from 1; bytes of the file that were read, and what came of them. */
struct parquet_place {
    uint64_t group, row;
    uint64_t read, unpacked;
};

/* Whether a file that begins so is Parquet. */
bool parquet_is(struct str head);
/* Reads the footer; `fd` stays the caller's. -errno with text. */
int parquet_open(int fd, uint64_t size, struct parquet **ret, struct error *err);
struct parquet *parquet_free(struct parquet *p);
/*
 * The next row, in *row, which is cleared: 1; 0: there is none. 2: something cannot be read, and *ret_why says what (valid until the next call): columns
 * are left out, or a row group. -E2BIG: this row is larger than a record may be, and was passed.
 */
int parquet_next(struct parquet *p, struct strbuf *row, const char **ret_why);
/* Whether a column of the table has the name, in any case. */
bool parquet_has(const struct parquet *p, struct str name);
void parquet_place(const struct parquet *p, struct parquet_place *ret);
