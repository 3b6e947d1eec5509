// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libpq-fe.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "store/db.h"

enum { OID_BYTEA = 17, OID_INT8 = 20 };

struct db {
    PGconn *c;
    const char *kept[DB_STATEMENTS_MAX];
    size_t n_kept;
};

bool db_is_postgres(const char *url)
{
    return str_starts(str_from(url), STR("postgres://")) || str_starts(str_from(url), STR("postgresql://"));
}

/* libpq's words, which stand on several lines and name no password. */
static int say(struct db *d, int code, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf line = {};
    struct str text = str_trim(str_from(PQerrorMessage(d->c)));
    for (size_t i = 0; i < text.n; i++) {
        const bool blank = strchr(" \t\r\n", text.p[i]) != NULL;
        if (!blank || line.p[line.n - 1] != ' ')
            strbuf_addc(&line, blank ? ' ' : text.p[i]);
    }
    if (PQstatus(d->c) != CONNECTION_OK)
        code = -ENOTCONN;
    return error_set(err, code, "PostgreSQL: %.*s", STR_ARG(strbuf_str(&line)));
}

static struct db *pg_close(struct db *d)
{
    if (!d)
        return NULL;
    PQfinish(d->c);
    free(d);
    return NULL;
}

static void say_nothing(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

static int pg_open(const char *url, bool is_reader, struct db **ret, struct error *err)
{
    (void)is_reader;
    char timeout[16];
    (void)snprintf(timeout, sizeof(timeout), "%d", DB_WAIT_MS / 1000);
    /* what stands in the address goes before what stands here, and the environment after */
    const char *const keys[] = {"connect_timeout", "application_name", "dbname", NULL};
    const char *const values[] = {timeout, "davy", url, NULL};
    struct db *d = xnew(struct db);
    d->c = PQconnectdbParams(keys, values, 1);
    if (PQstatus(d->c) != CONNECTION_OK) {
        int r = say(d, -ENOTCONN, err);
        pg_close(d);
        return r;
    }
    (void)PQsetNoticeProcessor(d->c, say_nothing, NULL);
    *ret = d;
    return 0;
}

static int end(struct db *d, PGresult *result, struct error *err)
{
    const ExecStatusType s = PQresultStatus(result);
    int r = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_EMPTY_QUERY ? 0 : say(d, -EIO, err);
    PQclear(result);
    return r;
}

static int pg_run(struct db *d, const char *sql, struct error *err)
{
    return *sql ? end(d, PQexec(d->c, sql), err) : 0;
}

static int keep(struct db *d, const char *sql, const struct db_value *params, size_t n, size_t *ret, struct error *err)
{
    Oid types[DB_PARAMS_MAX];
    char name[16];
    for (size_t i = 0; i < d->n_kept; i++)
        if (d->kept[i] == sql) {
            *ret = i;
            return 0;
        }
    if (d->n_kept == DB_STATEMENTS_MAX)
        return error_set(err, -EOVERFLOW, "PostgreSQL: too many statements");
    for (size_t i = 0; i < n; i++)
        types[i] = params[i].is_bytes ? OID_BYTEA : OID_INT8;
    (void)snprintf(name, sizeof(name), "s%zu", d->n_kept);
    int r = end(d, PQprepare(d->c, name, sql, (int)n, types), err);
    if (r < 0)
        return r;
    *ret = d->n_kept;
    d->kept[d->n_kept++] = sql;
    return 0;
}

static int64_t number_in(const char *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n && i < 8; i++)
        v = v << 8 | (unsigned char)p[i];
    return n == 4 ? (int32_t)v : (int64_t)v;
}

static int give_rows(const PGresult *result, db_row row, void *ctx)
{
    struct db_value v[DB_COLUMNS_MAX] = {};
    const int columns = PQnfields(result) < DB_COLUMNS_MAX ? PQnfields(result) : DB_COLUMNS_MAX;
    int r = 0;
    for (int i = 0; !r && row && i < PQntuples(result); i++) {
        for (int k = 0; k < columns; k++) {
            const char *p = PQgetvalue(result, i, k);
            const int n = PQgetlength(result, i, k);
            v[k] = PQftype(result, k) == OID_BYTEA ? DB_S(str_n(p, (size_t)n)) : DB_N(number_in(p, n));
        }
        r = row(ctx, v, (size_t)columns);
    }
    return r;
}

static int pg_query(struct db *d, const char *sql, const struct db_value *params, size_t n, db_row row, void *ctx,
                    struct error *err)
{
    const char *values[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX], formats[DB_PARAMS_MAX];
    uint8_t numbers[DB_PARAMS_MAX][8];
    char name[16];
    size_t at = 0;
    int r = keep(d, sql, params, n, &at, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 8; k++)
            numbers[i][k] = (uint8_t)((uint64_t)params[i].n >> (56 - 8 * k));
        values[i] = !params[i].is_bytes ? (const char *)numbers[i] : params[i].s.n ? params[i].s.p : "";
        lengths[i] = params[i].is_bytes ? (int)params[i].s.n : 8;
        formats[i] = 1;
    }
    (void)snprintf(name, sizeof(name), "s%zu", at);
    PGresult *result = PQexecPrepared(d->c, name, (int)n, values, lengths, formats, 1);
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        r = give_rows(result, row, ctx);
    if (r) {
        PQclear(result);
        return r;
    }
    return end(d, result, err);
}

const struct db_ops DB_POSTGRES = {
    .id_type = "BIGSERIAL PRIMARY KEY",
    .bytes_type = "BYTEA",
    .begin = "BEGIN",
    .lock = "SELECT pg_advisory_xact_lock(1147238009)",
    .has_table = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = convert_from($1, 'UTF8')",
    .open = pg_open,
    .close = pg_close,
    .run = pg_run,
    .query = pg_query,
};
