// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "store/db.h"

struct db {
    sqlite3 *db;
    char *path;
    struct {
        const char *sql;
        sqlite3_stmt *q;
    } kept[DB_STATEMENTS_MAX];
    size_t n_kept;
};

static int say(struct db *d, struct error *err)
{
    switch (d->db ? sqlite3_errcode(d->db) & 0xff : SQLITE_NOMEM) {
    case SQLITE_NOMEM:
        return error_errno(err, -ENOMEM, "%s", d->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(err, -EUCLEAN, "%s is damaged or no store of Davy's (%s) and left as it is; name another file, or save what can be read "
                                        "with `sqlite3 OLD .recover | sqlite3 NEW`", d->path, sqlite3_errmsg(d->db));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, -EBUSY, "%s: another program has been writing to it for %d seconds; try again when it is done", d->path,
                         DB_WAIT_MS / 1000);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return error_set(err, -EACCES, "%s cannot be written", d->path);
    case SQLITE_FULL:
        return error_errno(err, -ENOSPC, "%s", d->path);
    default:
        return error_set(err, -EIO, "%s: %s", d->path, sqlite3_errmsg(d->db));
    }
}

static struct db *sqlite_close(struct db *d)
{
    if (!d)
        return NULL;
    for (size_t i = 0; i < d->n_kept; i++)
        (void)sqlite3_finalize(d->kept[i].q);
    (void)sqlite3_close(d->db);
    free(d->path);
    free(d);
    return NULL;
}

static int sqlite_run(struct db *d, const char *sql, struct error *err)
{
    return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : say(d, err);
}

/* Its mode is right from the beginning; folders above it are the owner's alone. */
static int make_file(const char *path, struct error *err)
{
    _cleanup_free_ char *folder = xstrdup(path);
    for (char *slash = *folder ? strchr(folder + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            return error_errno(err, -errno, "cannot make %s", folder);
        *slash = '/';
    }
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    return fd < 0 && errno != EEXIST ? error_errno(err, -errno, "%s", path) : 0;
}

static int check_place(const char *path, bool is_reader, struct error *err)
{
    struct stat st;
    int r = is_reader ? 0 : make_file(path, err);
    if (r < 0)
        return r;
    if (stat(path, &st) < 0)
        return error_errno(err, -errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL, "%s is no file; name the store's file", path);
    return access(path, R_OK) < 0 ? error_errno(err, -errno, "%s", path) : 0;
}

/* SQLite does not wait by itself when two programs change the journal's mode at the same moment. */
static int use_journal(struct db *d, struct error *err)
{
    enum { STEP_MS = 20 };
    for (int waited = 0;; waited += STEP_MS) {
        int code = sqlite3_exec(d->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", NULL, NULL, NULL);
        if (code == SQLITE_OK)
            return 0;
        if ((code & 0xff) != SQLITE_BUSY || waited >= DB_WAIT_MS)
            return say(d, err);
        (void)sqlite3_sleep(STEP_MS);
    }
}

static int sqlite_open(const char *path, bool is_reader, struct db **ret, struct error *err)
{
    int r = check_place(path, is_reader, err);
    if (r < 0)
        return r;
    struct db *d = xnew(struct db);
    d->path = xstrdup(path);
    /* reading too needs the right to write where it is given: the journal's index lies beside the file */
    const bool writes = !is_reader || !access(path, W_OK);
    if (sqlite3_open_v2(path, &d->db, writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        r = say(d, err);
        sqlite_close(d);
        return r;
    }
    (void)sqlite3_busy_timeout(d->db, DB_WAIT_MS);
    /* a file from a stranger: its schema may not do more than hold rows */
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    r = is_reader ? 0 : use_journal(d, err);
    if (r < 0) {
        sqlite_close(d);
        return r;
    }
    *ret = d;
    return 0;
}

static sqlite3_stmt *kept(struct db *d, const char *sql)
{
    for (size_t i = 0; i < d->n_kept; i++)
        if (d->kept[i].sql == sql)
            return d->kept[i].q;
    sqlite3_stmt *q = NULL;
    if (d->n_kept == DB_STATEMENTS_MAX || sqlite3_prepare_v3(d->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL) != SQLITE_OK)
        return NULL;
    d->kept[d->n_kept].sql = sql;
    d->kept[d->n_kept++].q = q;
    return q;
}

static void bind(sqlite3_stmt *q, int at, const struct db_value *v)
{
    if (v->is_bytes)
        (void)sqlite3_bind_blob(q, at, v->s.n ? v->s.p : "", (int)v->s.n, SQLITE_STATIC);
    else
        (void)sqlite3_bind_int64(q, at, v->n);
}

static int give_row(sqlite3_stmt *q, db_row row, void *ctx)
{
    struct db_value v[DB_COLUMNS_MAX] = {};
    const int n = sqlite3_column_count(q) < DB_COLUMNS_MAX ? sqlite3_column_count(q) : DB_COLUMNS_MAX;
    for (int i = 0; i < n; i++) {
        const int type = sqlite3_column_type(q, i);
        if (type == SQLITE_BLOB || type == SQLITE_TEXT) {
            const void *p = sqlite3_column_blob(q, i);
            v[i] = DB_S(str_n(p ? p : "", (size_t)sqlite3_column_bytes(q, i)));
        } else {
            v[i] = DB_N(sqlite3_column_int64(q, i));
        }
    }
    return row ? row(ctx, v, (size_t)n) : 0;
}

static int sqlite_query(struct db *d, const char *sql, const struct db_value *params, size_t n, db_row row, void *ctx,
                        struct error *err)
{
    sqlite3_stmt *q = kept(d, sql);
    int r = 0, code = SQLITE_DONE;
    if (!q)
        return say(d, err);
    for (size_t i = 0; i < n; i++)
        bind(q, (int)i + 1, &params[i]);
    while (!r && (code = sqlite3_step(q)) == SQLITE_ROW)
        r = give_row(q, row, ctx);
    if (!r && code != SQLITE_DONE)
        r = say(d, err);
    (void)sqlite3_reset(q);
    (void)sqlite3_clear_bindings(q);
    return r;
}

const struct db_ops DB_SQLITE = {
    .id_type = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .bytes_type = "BLOB",
    .begin = "BEGIN IMMEDIATE",
    .lock = "",
    .has_table = "SELECT count(*) FROM sqlite_schema WHERE name = CAST($1 AS TEXT)",
    .open = sqlite_open,
    .close = sqlite_close,
    .run = sqlite_run,
    .query = sqlite_query,
};
