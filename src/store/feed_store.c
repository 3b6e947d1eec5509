// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sqlite3.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "store/feed_store_private.h"

/* Columns are named wherever they are used: a later version may add some. */
#define COLUMNS "digest, type, verdict, categories, reason, source, rules, engine, first_seen, updated, expires"
#define OWN_1 "SELECT " COLUMNS ", 0 AS size, '' AS image, '' AS approved_by, '' AS basis, '' AS scope, '' AS notified, '' AS feed FROM entries"
#define OWN_2 "SELECT " COLUMNS ", size, image, '' AS approved_by, '' AS basis, '' AS scope, '' AS notified, '' AS feed FROM entries"
#define ALL_2                                                                                                               \
    OWN_2 " UNION ALL SELECT p.digest, p.type, p.verdict, p.categories, p.reason, p.source, p.rules, p.engine, p.first_seen," \
          " p.updated, p.expires, p.size, p.image, p.approved_by, p.basis, p.scope, p.notified, f.name AS feed"                                  \
          " FROM pulled p JOIN feeds f ON f.id = p.feed AND f.role = 'pulled'"
/* ?2 is now. */
#define BEST "expires != 0 AND expires <= ?2, feed != '', verdict != 'malicious', feed"

int feed_store_damaged(const char *path, const char *what, struct error *err)
{
    return error_set(err, -EUCLEAN,
                     "%s is damaged (%s) and left as it is; put back a copy, or save what can be read with "
                     "`sqlite3 OLD .recover | sqlite3 NEW` and name the new file",
                     path, what);
}

int feed_store_say(struct feed_store *s, struct error *err)
{
    switch (s->db ? sqlite3_errcode(s->db) & 0xff : SQLITE_NOMEM) {
    case SQLITE_NOMEM:
        return error_errno(err, -ENOMEM, "%s", s->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return feed_store_damaged(s->path, sqlite3_errmsg(s->db), err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, -EBUSY, "%s: another program has been writing to it for %d seconds; try again when it is done",
                         s->path, FEED_BUSY_MS / 1000);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return error_set(err, -EACCES, "%s cannot be written", s->path);
    case SQLITE_FULL:
        return error_errno(err, -ENOSPC, "%s", s->path);
    default:
        return error_set(err, -EIO, "%s: %s", s->path, sqlite3_errmsg(s->db));
    }
}

int feed_store_run(struct feed_store *s, const char *sql, struct error *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : feed_store_say(s, err);
}

int feed_store_prepare(struct feed_store *s, const char *sql, sqlite3_stmt **ret, struct error *err)
{
    return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) == SQLITE_OK ? 0 : feed_store_say(s, err);
}

static int prepare_all(struct feed_store *s, enum feed_mode mode, struct error *err)
{
    const char *get = s->version == 1 ? "SELECT * FROM (" OWN_1 ") WHERE digest = ?1"
                                      : "SELECT * FROM (" ALL_2 ") WHERE digest = ?1 ORDER BY " BEST " LIMIT 1";
    int r = feed_store_prepare(s, get, &s->get, err);
    if (!r && mode == FEED_WRITE)
        r = feed_store_prepare(s, "SELECT 1 FROM entries WHERE digest = ?1", &s->has, err);
    if (!r && mode == FEED_WRITE)
        r = feed_store_prepare(s,
                               "INSERT INTO entries(" COLUMNS ", size, image) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
                               " ON CONFLICT(digest) DO UPDATE SET type = ?2, verdict = ?3, categories = ?4, reason = ?5, source = ?6,"
                               " rules = ?7, engine = ?8, updated = ?10, expires = ?11, size = ?12, image = ?13",
                               &s->put, err);
    if (!r && mode == FEED_WRITE)
        r = feed_store_prepare(s, "DELETE FROM entries WHERE digest = ?1", &s->remove, err);
    return r;
}

int feed_store_open(const char *path, enum feed_mode mode, uint64_t now_s, struct feed_store **ret, struct error *err)
{
    int r = feed_store_check_place(path, mode, err);
    if (r < 0)
        return r;
    _cleanup_(feed_store_closep) struct feed_store *s = xnew(struct feed_store);
    s->path = xstrdup(path);
    s->now_s = now_s;
    /* Reading too needs the right to write where it is given: the journal's index lies beside the file. */
    if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return feed_store_say(s, err);
    (void)sqlite3_busy_timeout(s->db, FEED_BUSY_MS);
    /* A file from a stranger: its schema may not do more than hold rows. */
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    r = feed_store_begin(s, mode, err);
    if (!r)
        r = prepare_all(s, mode, err);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(s);
    return 0;
}

struct feed_store *feed_store_close(struct feed_store *s)
{
    if (!s)
        return NULL;
    (void)sqlite3_finalize(s->get);
    (void)sqlite3_finalize(s->has);
    (void)sqlite3_finalize(s->put);
    (void)sqlite3_finalize(s->remove);
    (void)sqlite3_finalize(s->pulled_put);
    (void)sqlite3_finalize(s->pulled_remove);
    (void)sqlite3_close(s->db);
    free(s->path);
    free(s);
    return NULL;
}

void feed_store_bind(sqlite3_stmt *q, int n, struct str s)
{
    (void)sqlite3_bind_text(q, n, s.n ? s.p : "", (int)s.n, SQLITE_TRANSIENT);
}

void feed_store_bind_digest(sqlite3_stmt *q, const uint8_t digest[SHA256_BYTES])
{
    _cleanup_(arena_done) struct arena a = {};
    feed_store_bind(q, 1, feed_digest_text(&a, digest));
}

int feed_store_step(struct feed_store *s, sqlite3_stmt *q, struct error *err)
{
    int r = sqlite3_step(q) == SQLITE_DONE ? 0 : feed_store_say(s, err);
    (void)sqlite3_reset(q);
    return r;
}

static int has(struct feed_store *s, const uint8_t digest[SHA256_BYTES], bool *ret, struct error *err)
{
    feed_store_bind_digest(s->has, digest);
    int code = sqlite3_step(s->has), r = code == SQLITE_ROW || code == SQLITE_DONE ? 0 : feed_store_say(s, err);
    (void)sqlite3_reset(s->has);
    *ret = code == SQLITE_ROW;
    return r;
}

int feed_store_put(struct feed_store *s, const struct feed_entry *e, bool *ret_new, struct error *err)
{
    bool was = false;
    int r = feed_entry_check(e, err);
    if (!r)
        r = has(s, e->digest, &was, err);
    if (r < 0)
        return r;
    const struct str texts[] = {str_from(feed_type_name(e->type)), str_from(feed_verdict_name(e->verdict)), e->categories, e->reason, e->source,
                                e->rules, e->engine};
    feed_store_bind_digest(s->put, e->digest);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        feed_store_bind(s->put, (int)i + 2, texts[i]);
    (void)sqlite3_bind_int64(s->put, 9, (sqlite3_int64)s->now_s);
    (void)sqlite3_bind_int64(s->put, 10, (sqlite3_int64)s->now_s);
    (void)sqlite3_bind_int64(s->put, 11, (sqlite3_int64)e->expires_s);
    (void)sqlite3_bind_int64(s->put, 12, (sqlite3_int64)e->size);
    feed_store_bind(s->put, 13, e->image);
    r = feed_store_step(s, s->put, err);
    if (!r && ret_new)
        *ret_new = !was;
    return r;
}

int feed_store_remove(struct feed_store *s, const uint8_t digest[SHA256_BYTES], bool *ret_was, struct error *err)
{
    feed_store_bind_digest(s->remove, digest);
    int r = feed_store_step(s, s->remove, err);
    if (!r)
        *ret_was = sqlite3_changes(s->db) > 0;
    return r;
}

int feed_store_commit(struct feed_store *s, struct error *err)
{
    return feed_store_run(s, "COMMIT", err);
}

struct str feed_store_column(sqlite3_stmt *q, int n)
{
    const void *p = sqlite3_column_text(q, n);
    return str_n(p, p ? (size_t)sqlite3_column_bytes(q, n) : 0);
}

/* What a row holds, with borrowed texts; false when a hand or a fault has put something else there. */
static bool read_row(sqlite3_stmt *q, struct feed_entry *ret)
{
    int type = feed_type_from(feed_store_column(q, 1)), verdict = feed_verdict_from(feed_store_column(q, 2));
    sqlite3_int64 first = sqlite3_column_int64(q, 8), updated = sqlite3_column_int64(q, 9), expires = sqlite3_column_int64(q, 10),
                  size = sqlite3_column_int64(q, 11);
    struct feed_entry e = {
        .categories = feed_store_column(q, 3),
        .reason = feed_store_column(q, 4),
        .source = feed_store_column(q, 5),
        .rules = feed_store_column(q, 6),
        .engine = feed_store_column(q, 7),
        .first_seen_s = (uint64_t)first,
        .updated_s = (uint64_t)updated,
        .expires_s = (uint64_t)expires,
        .size = (uint64_t)size,
        .image = feed_store_column(q, 12),
        .approved_by = feed_store_column(q, 13),
        .basis = feed_store_column(q, 14),
        .scope = feed_store_column(q, 15),
        .notified = feed_store_column(q, 16),
        .feed = feed_store_column(q, 17),
    };
    if (type < 0 || verdict < 0 || first < 0 || updated < 0 || expires < 0 || size < 0 || !feed_digest_parse(feed_store_column(q, 0), e.digest) ||
        feed_entry_check(&e, NULL) < 0)
        return false;
    e.type = (enum feed_type)type;
    e.verdict = (enum feed_verdict)verdict;
    *ret = e;
    return true;
}

static int say_row(struct feed_store *s, sqlite3_stmt *q, struct error *err)
{
    return error_set(err, -EUCLEAN, "%s: the entry of `%.100s` holds what no entry can; take it out with sqlite3", s->path,
                     sqlite3_column_text(q, 0) ? (const char *)sqlite3_column_text(q, 0) : "");
}

int feed_store_get(struct feed_store *s, const uint8_t digest[SHA256_BYTES], struct arena *a, struct feed_entry *ret,
                   struct error *err)
{
    feed_store_bind_digest(s->get, digest);
    if (s->version > 1)
        (void)sqlite3_bind_int64(s->get, 2, (sqlite3_int64)s->now_s);
    int code = sqlite3_step(s->get), r = code == SQLITE_DONE ? 1 : code == SQLITE_ROW ? 0 : feed_store_say(s, err);
    struct feed_entry e;
    if (!r && !read_row(s->get, &e))
        r = say_row(s, s->get, err);
    if (!r) {
        struct str *const texts[] = {&e.categories, &e.reason, &e.source, &e.rules, &e.engine, &e.image, &e.approved_by, &e.basis, &e.scope, &e.notified, &e.feed};
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
            *texts[i] = arena_str(a, *texts[i]);
        *ret = e;
    }
    (void)sqlite3_reset(s->get);
    return r;
}

/* Whether there may be several entries of one digest: this machine's own alone are one each. */
static int has_pulled(struct feed_store *s, bool *ret, struct error *err)
{
    sqlite3_stmt *q = NULL;
    *ret = false;
    if (s->version == 1)
        return 0;
    int r = feed_store_prepare(s, "SELECT EXISTS (SELECT 1 FROM pulled)", &q, err);
    if (!r && sqlite3_step(q) != SQLITE_ROW)
        r = feed_store_say(s, err);
    *ret = !r && sqlite3_column_int(q, 0);
    (void)sqlite3_finalize(q);
    return r;
}

#define FIRST_SEEN_FIRST " ORDER BY first_seen, digest"

int feed_store_each(struct feed_store *s, enum feed_order order, int (*take)(void *ctx, const struct feed_entry *e), void *ctx, struct error *err)
{
    static const char *const QUERIES[][2] = {
        {OWN_1, OWN_1 FIRST_SEEN_FIRST},
        {OWN_2, OWN_2 FIRST_SEEN_FIRST},
#define BEST_OF_ALL "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY digest ORDER BY " BEST ") AS place FROM (" ALL_2 ")) WHERE place = 1"
        {BEST_OF_ALL, BEST_OF_ALL FIRST_SEEN_FIRST},
    };
    sqlite3_stmt *q = NULL;
    bool of_all;
    struct feed_entry e;
    int r = has_pulled(s, &of_all, err), code = SQLITE_DONE;
    if (!r)
        r = feed_store_prepare(s, QUERIES[of_all ? 2 : s->version > 1][order], &q, err);
    if (!r && of_all)
        (void)sqlite3_bind_int64(q, 2, (sqlite3_int64)s->now_s);
    while (!r && (code = sqlite3_step(q)) == SQLITE_ROW)
        r = read_row(q, &e) ? take(ctx, &e) : say_row(s, q, err);
    if (!r && code != SQLITE_DONE)
        r = feed_store_say(s, err);
    (void)sqlite3_finalize(q);
    return r;
}
