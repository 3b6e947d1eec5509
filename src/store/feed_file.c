// SPDX-License-Identifier: Apache-2.0
/* The file of a feed: made, brought up to date, told from others, read where nobody may write. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "store/feed_store_private.h"

/* In the head of the file, so that no database of another program is taken for a feed: "Davy". */
enum { APPLICATION_ID = 0x44617679 };

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
        r = feed_store_damaged(s->path, (const char *)sqlite3_column_text(q, 0), err);
    (void)sqlite3_finalize(q);
    return r;
}

static int begin_writing(struct feed_store *s, struct error *err)
{
    int r = check_kind(s, err);
    if (r >= 0)
        r = use_journal(s, err);
    if (!r)
        r = feed_store_run(s, "BEGIN IMMEDIATE", err);
    if (!r)
        r = check_kind(s, err); /* another may have made it in between */
    if (r == 1)
        r = feed_store_run(s, MAKE, err);
    if (!r)
        r = check_whole(s, err);
    if (!r && s->version < FEED_SCHEMA)
        r = feed_store_run(s, UPGRADE, err);
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

int feed_store_check_place(const char *path, enum feed_mode mode, struct error *err)
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

int feed_store_begin(struct feed_store *s, enum feed_mode mode, struct error *err)
{
    return mode == FEED_WRITE ? begin_writing(s, err) : begin_reading(s, err);
}
