// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "store/feed_store_private.h"

/* In the head of the file, so that no database of another program is taken for a feed: "Davy". */
enum { APPLICATION_ID = 0x44617679 };

/* Columns are named wherever they are used: a later version may add some. */
#define COLUMNS "digest, type, verdict, categories, reason, source, rules, engine, first_seen, updated, expires"
static const char MAKE[] =
    "CREATE TABLE entries(digest TEXT NOT NULL PRIMARY KEY, type TEXT NOT NULL, verdict TEXT NOT NULL,"
    " categories TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, rules TEXT NOT NULL, engine TEXT NOT NULL,"
    " first_seen INTEGER NOT NULL, updated INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX entries_first_seen ON entries(first_seen, digest);"
    "PRAGMA application_id = 1147238009";
/* Version 2: sizes, the feeds that are followed or published, and what was pulled from them. */
static const char UPGRADE[] =
    "ALTER TABLE entries ADD COLUMN size INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE entries ADD COLUMN image TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE feeds(id TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, key TEXT NOT NULL,"
    " length INTEGER NOT NULL, bytes INTEGER NOT NULL, hash TEXT NOT NULL, time INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " pulled INTEGER NOT NULL, PRIMARY KEY(id, role)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE pulled(digest TEXT NOT NULL, feed TEXT NOT NULL, type TEXT NOT NULL, verdict TEXT NOT NULL,"
    " categories TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, rules TEXT NOT NULL, engine TEXT NOT NULL,"
    " first_seen INTEGER NOT NULL, updated INTEGER NOT NULL, expires INTEGER NOT NULL, size INTEGER NOT NULL,"
    " image TEXT NOT NULL, approved_by TEXT NOT NULL, basis TEXT NOT NULL, scope TEXT NOT NULL, notified TEXT NOT NULL, PRIMARY KEY(digest, feed)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 2";
_Static_assert(APPLICATION_ID == 1147238009 && FEED_SCHEMA == 2, "as MAKE and UPGRADE have them");

#define OWN_1 "SELECT " COLUMNS ", 0 AS size, '' AS image, '' AS approved_by, '' AS basis, '' AS scope, '' AS notified, '' AS feed FROM entries"
#define OWN_2 "SELECT " COLUMNS ", size, image, '' AS approved_by, '' AS basis, '' AS scope, '' AS notified, '' AS feed FROM entries"
#define ALL_2                                                                                                               \
    OWN_2 " UNION ALL SELECT p.digest, p.type, p.verdict, p.categories, p.reason, p.source, p.rules, p.engine, p.first_seen," \
          " p.updated, p.expires, p.size, p.image, p.approved_by, p.basis, p.scope, p.notified, f.name AS feed"                                  \
          " FROM pulled p JOIN feeds f ON f.id = p.feed AND f.role = 'pulled'"
/* ?2 is now. */
#define BEST "expires != 0 AND expires <= ?2, feed != '', verdict != 'malicious', feed"

static int say_damaged(const char *path, const char *what, struct error *err)
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
        return say_damaged(s->path, sqlite3_errmsg(s->db), err);
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

static int run(struct feed_store *s, const char *sql, struct error *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : feed_store_say(s, err);
}

int feed_store_prepare(struct feed_store *s, const char *sql, sqlite3_stmt **ret, struct error *err)
{
    return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) == SQLITE_OK ? 0 : feed_store_say(s, err);
}

/* 0 a feed that can be used, 1 an empty file. */
static int check_kind(struct feed_store *s, struct error *err)
{
    sqlite3_int64 application = 0, version = 0, things = 0;
    sqlite3_stmt *q = NULL;
    /* one statement: another program may make the feed at this very moment */
    int r = feed_store_prepare(s,
                    "SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)"
                    " FROM pragma_application_id a, pragma_user_version v",
                    &q, err);
    if (!r && sqlite3_step(q) == SQLITE_ROW) {
        application = sqlite3_column_int64(q, 0);
        version = sqlite3_column_int64(q, 1);
        things = sqlite3_column_int64(q, 2);
    } else if (!r) {
        r = feed_store_say(s, err);
    }
    (void)sqlite3_finalize(q);
    if (r < 0)
        return r;
    if (!application && !version && !things)
        return 1;
    if (application != APPLICATION_ID)
        return error_set(err, -EPROTO, "%s is a database of another program; name another file for the feed", s->path);
    s->version = (int)version;
    if (version < 1 || version > FEED_SCHEMA)
        return error_set(err, -EPROTO, "%s has version %lld of the feed, this Davy knows %d; use the Davy that made it", s->path,
                         (long long)version, FEED_SCHEMA);
    return 0;
}

/* Also when two programs make it at the same moment: SQLite does not wait by itself when the journal's mode changes. */
static int use_journal(struct feed_store *s, struct error *err)
{
    enum { STEP_MS = 20 };
    for (int waited = 0;; waited += STEP_MS) {
        int code = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", NULL, NULL, NULL);
        if (code == SQLITE_OK)
            return 0;
        if ((code & 0xff) != SQLITE_BUSY || waited >= FEED_BUSY_MS)
            return feed_store_say(s, err);
        (void)sqlite3_sleep(STEP_MS);
    }
}

static int check_whole(struct feed_store *s, struct error *err)
{
    sqlite3_stmt *q = NULL;
    int r = feed_store_prepare(s, "PRAGMA quick_check(1)", &q, err);
    if (!r && sqlite3_step(q) != SQLITE_ROW)
        r = feed_store_say(s, err);
    else if (!r && strcmp((const char *)sqlite3_column_text(q, 0), "ok"))
        r = say_damaged(s->path, (const char *)sqlite3_column_text(q, 0), err);
    (void)sqlite3_finalize(q);
    return r;
}

static int begin_writing(struct feed_store *s, struct error *err)
{
    int r = check_kind(s, err);
    if (r >= 0)
        r = use_journal(s, err);
    if (!r)
        r = run(s, "BEGIN IMMEDIATE", err);
    if (!r)
        r = check_kind(s, err); /* another may have made it in between */
    if (r == 1)
        r = run(s, MAKE, err);
    if (!r)
        r = check_whole(s, err);
    if (!r && s->version < FEED_SCHEMA)
        r = run(s, UPGRADE, err);
    s->version = FEED_SCHEMA;
    return r;
}

/* The folders above the file, for the owner alone. */
static int make_folders(const char *path, struct error *err)
{
    _cleanup_free_ char *folder = xstrdup(path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            return error_errno(err, -errno, "cannot make %s", folder);
        *slash = '/';
    }
    return 0;
}

/* Its mode is right from the beginning, and nothing that is there is touched. */
static int make_file(const char *path, struct error *err)
{
    int r = *path ? make_folders(path, err) : 0;
    if (r < 0)
        return r;
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    return fd < 0 && errno != EEXIST ? error_errno(err, -errno, "%s", path) : 0;
}

/* Where nothing can be written SQLite has no place for its index of the journal, and needs none: there is no journal. */
static bool open_unchanging(struct feed_store *s)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_printf(&b, "%s-wal", s->path);
    if (!access(b.p, F_OK))
        return false;
    strbuf_clear(&b);
    strbuf_adds(&b, "file:");
    for (const char *p = s->path; *p; p++)
        strbuf_printf(&b, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
    strbuf_adds(&b, "?immutable=1");
    (void)sqlite3_close(s->db);
    s->db = NULL;
    return sqlite3_open_v2(b.p, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK;
}

static int begin_reading(struct feed_store *s, struct error *err)
{
    struct error first = ERROR_NULL;
    int r = check_kind(s, &first), code = sqlite3_errcode(s->db) & 0xff;
    if (r < 0 && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && open_unchanging(s))
        r = check_kind(s, &first);
    if (r < 0)
        return error_set(err, r, "%s", first.text);
    return r == 1 ? error_set(err, -ENOENT, "%s holds no feed yet; `davy feed add` makes it", s->path) : 0;
}

static int check_place(const char *path, enum feed_mode mode, struct error *err)
{
    struct stat st;
    if (mode == FEED_WRITE) {
        int r = make_file(path, err);
        if (r < 0)
            return r;
    }
    if (stat(path, &st) < 0)
        return errno == ENOENT ? error_set(err, -ENOENT, "there is no feed at %s; `davy feed add` makes it", path)
                               : error_errno(err, -errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL, "%s is no file; name the feed's file", path);
    return access(path, R_OK) < 0 ? error_errno(err, -errno, "%s", path) : 0;
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
    int r = check_place(path, mode, err);
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
    r = mode == FEED_WRITE ? begin_writing(s, err) : begin_reading(s, err);
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
    return run(s, "COMMIT", err);
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

int feed_store_each(struct feed_store *s, int (*take)(void *ctx, const struct feed_entry *e), void *ctx, struct error *err)
{
    sqlite3_stmt *q = NULL;
    const char *sql = s->version == 1 ? OWN_1 " ORDER BY first_seen, digest"
                                      : "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY digest ORDER BY " BEST ") AS place FROM (" ALL_2
                                        ")) WHERE place = 1 ORDER BY first_seen, digest";
    int r = feed_store_prepare(s, sql, &q, err), code = SQLITE_DONE;
    struct feed_entry e;
    if (!r && s->version > 1)
        (void)sqlite3_bind_int64(q, 2, (sqlite3_int64)s->now_s);
    while (!r && (code = sqlite3_step(q)) == SQLITE_ROW)
        r = read_row(q, &e) ? take(ctx, &e) : say_row(s, q, err);
    if (!r && code != SQLITE_DONE)
        r = feed_store_say(s, err);
    (void)sqlite3_finalize(q);
    return r;
}
