// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A database that understands SQL, as the store of cases needs one: SQLite in a file, or PostgreSQL. Inside the room only.
 *
 * Statements name their parameters $1, $2 … in the order of their first use; columns are whole numbers or bytes. Bytes are kept as
 * they are: nothing that a stranger wrote must be text in some encoding.
 */
#include "base/error.h"
#include "base/str.h"

enum {
    CASE_DB_PARAMS_MAX = 16,
    CASE_DB_COLUMNS_MAX = 20,
    CASE_DB_STATEMENTS_MAX = 64, /* that are kept prepared */
    CASE_DB_WAIT_MS = 10 * 1000, /* for another program that writes, for a server that does not answer */
};

struct case_db_value {
    bool is_bytes;
    int64_t n;
    struct str s; /* borrowed */
};
#define DB_N(x) ((struct case_db_value){.n = (int64_t)(x)})
#define DB_S(x) ((struct case_db_value){.is_bytes = true, .s = (x)})

struct case_db;
/* One row; the values are valid during the call. What it returns other than 0 ends the query and is returned. */
typedef int (*case_db_row)(void *ctx, const struct case_db_value *v, size_t n);

struct case_db_ops {
    const char *id_type, *bytes_type; /* of columns */
    const char *begin;                /* a transaction that will write */
    const char *lock;                 /* in a transaction: nobody else changes tables until its end; "" when `begin` does it */
    const char *has_version;          /* whether there is a table of versions: one row with a number */
    /* -errno with text, see case_store_open(). `is_reader`: nothing is made. */
    int (*open)(const char *where, bool is_reader, struct case_db **ret, struct error *err);
    struct case_db *(*close)(struct case_db *db);
    /* Statements without parameters and rows, several at once. */
    int (*run)(struct case_db *db, const char *sql, struct error *err);
    /* One statement; `sql` is a constant, by whose address it stays prepared. `row` may be NULL. */
    int (*query)(struct case_db *db, const char *sql, const struct case_db_value *params, size_t n, case_db_row row, void *ctx,
                 struct error *err);
};

extern const struct case_db_ops CASE_DB_SQLITE, CASE_DB_POSTGRES;
/* Whether the words name a PostgreSQL server. */
bool case_db_is_postgres(const char *url);
