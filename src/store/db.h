// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A database that understands SQL, as the stores of cases and of hunts need one: SQLite in a file, or PostgreSQL. Inside the room only.
 *
 * Statements name their parameters $1, $2 … in the order of their first use; columns are whole numbers or bytes. Bytes are kept as
 * they are: nothing that a stranger wrote must be text in some encoding.
 */
#include "base/error.h"
#include "base/str.h"

enum {
    DB_PARAMS_MAX = 16,
    DB_COLUMNS_MAX = 20,
    DB_STATEMENTS_MAX = 64, /* that are kept prepared */
    DB_WAIT_MS = 10 * 1000, /* for another program that writes, for a server that does not answer */
};

struct db_value {
    bool is_bytes;
    int64_t n;
    struct str s; /* borrowed */
};
#define DB_N(x) ((struct db_value){.n = (int64_t)(x)})
#define DB_S(x) ((struct db_value){.is_bytes = true, .s = (x)})

struct db;
/* One row; the values are valid during the call. What it returns other than 0 ends the query and is returned. */
typedef int (*db_row)(void *ctx, const struct db_value *v, size_t n);

struct db_ops {
    const char *id_type, *bytes_type; /* of columns */
    const char *begin;                /* a transaction that will write */
    const char *lock;                 /* in a transaction: nobody else changes tables until its end; "" when `begin` does it */
    const char *has_table;            /* how many tables have the name $1: one row with a number */
    /* -errno with text, see case_store_open(); -ENOENT when there is nothing to read. `is_reader`: nothing is made. */
    int (*open)(const char *where, bool is_reader, struct db **ret, struct error *err);
    struct db *(*close)(struct db *db);
    /* Statements without parameters and rows, several at once. */
    int (*run)(struct db *db, const char *sql, struct error *err);
    /* One statement; `sql` is a constant, by whose address it stays prepared. `row` may be NULL. */
    int (*query)(struct db *db, const char *sql, const struct db_value *params, size_t n, db_row row, void *ctx,
                 struct error *err);
};

extern const struct db_ops DB_SQLITE, DB_POSTGRES;
/* Whether the words name a PostgreSQL server. */
bool db_is_postgres(const char *url);
/* "…" of `url` without its password; in `buf`. */
const char *db_name(const char *url, char *buf, size_t size);

/* One statement with its values: DB_QUERY(ops, db, "… $1 …", take, ctx, err, DB_N(1)). */
#define DB_QUERY(ops, db, sql, take, ctx, err, ...)                                                                            \
    ({                                                                                                                         \
        const struct db_value _params[] = {__VA_ARGS__};                                                                       \
        (ops)->query((db), (sql), _params, ARRAY_SIZE(_params), (take), (ctx), (err));                                         \
    })

/* Tables, version by version, and where their version is kept: a table with one row and the column `version`. */
struct db_schema {
    struct str table;        /* of the version */
    const char *get_version; /* SELECT version FROM … */
    const char *raise;       /* UPDATE … SET version = version + 1 */
    /*
     * What leads from one version to the next: @ID@ and @BYTES@ are the database's words for a numbered key and for bytes. What was
     * once released is never changed, only followed.
     */
    const char *const *steps;
    int64_t version; /* of this program: as many as there are steps */
};
/* The version of the tables that are there, 0: none. */
int db_schema_version(const struct db_ops *ops, struct db *db, const struct db_schema *schema, int64_t *ret, struct error *err);
/* Brings the tables to version `to`, at most schema->version, in one transaction; older data stays. */
int db_schema_migrate(const struct db_ops *ops, struct db *db, const struct db_schema *schema, int64_t to, struct error *err);

/* What a store keeps, and what makes it: for what is said when it cannot be opened. */
struct db_kind {
    const struct db_schema *schema;
    const char *what;              /* N_("hunts") */
    const char *command, *operands; /* `davy hunt --store` URL ` REGISTRY` */
};
/*
 * Opens a store and, unless it is only read, makes its tables or brings them up to date. -errno with text; -ENOENT when there is nothing to
 * read, -EPROTO when its tables are of another version. The caller closes it with (*ret_ops)->close().
 */
int db_open(const struct db_kind *kind, const char *url, bool is_reader, const struct db_ops **ret_ops, struct db **ret, struct error *err);

/* The numbers of the last row, and how many rows there were: for db_take_numbers() as the function of a query. */
struct db_numbers {
    int64_t v[8];
    size_t rows;
};
int db_take_numbers(void *ctx, const struct db_value *v, size_t n);
