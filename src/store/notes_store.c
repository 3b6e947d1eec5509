// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/alloc.h"
#include "store/notes_store.h"
#include "store/private.h"

enum {
    SCHEMA = 2,
    LEVEL = 1,              /* notes shrink to a seventh; level 3 takes half as long again for 3 of 100 bytes */
    PACKED_MAX = 256 << 20, /* bytes of one row: SQLite takes up to a billion */
    NOTES_BYTES_MAX = 256 << 20,
    WAIT_MS = 2000, /* for another program that writes */
    DAY = 86400,
};

struct notes_store {
    sqlite3 *db;
    sqlite3_stmt *get, *has, *put, *use, *is_sealed, *seal;
    uint64_t now_s;
    bool wrote;
    ZSTD_CCtx *zstd;      /* NULL until something is added for the first time */
    struct strbuf packed; /* what was added: whole frames only when it is put */
    uint64_t added;       /* bytes before they were packed */
    bool is_lost;         /* not all could be packed */
};

static int say(struct notes_store *s, const char *path, struct error *err)
{
    int code = sqlite3_errcode(s->db);
    return error_set(err, code == SQLITE_NOMEM ? -ENOMEM : -EIO, "%s: %s", path, sqlite3_errmsg(s->db));
}

static bool run(struct notes_store *s, const char *sql)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool prepare(struct notes_store *s, sqlite3_stmt **ret, const char *sql)
{
    return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) == SQLITE_OK;
}

static int schema(struct notes_store *s)
{
    sqlite3_stmt *q = NULL;
    int version = -1;
    if (prepare(s, &q, "PRAGMA user_version") && sqlite3_step(q) == SQLITE_ROW)
        version = sqlite3_column_int(q, 0);
    (void)sqlite3_finalize(q);
    if (version == SCHEMA)
        return 0;
    if (version < 0)
        return -EIO;
    /* another version's notes mean nothing to us */
    bool made = run(s, "BEGIN IMMEDIATE; DROP TABLE IF EXISTS notes; DROP TABLE IF EXISTS seals;"
                       "CREATE TABLE notes(key BLOB PRIMARY KEY, made INTEGER NOT NULL, used INTEGER NOT NULL,"
                       " bytes INTEGER NOT NULL, packed BLOB NOT NULL);"
                       "CREATE INDEX notes_used ON notes(used);"
                       "CREATE TABLE seals(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, made INTEGER NOT NULL);"
                       "PRAGMA user_version = 2; COMMIT");
    return made ? 0 : -EIO;
}

int notes_store_open(const char *path, uint64_t now_s, struct notes_store **ret, struct error *err)
{
    struct stat st;
    int r = private_folder_of(path, err);
    if (r < 0)
        return r;
    /* Made here, so that its mode is right from the beginning; closed before SQLite opens it, since closing a descriptor
     * drops every lock that the process has on the file. */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_errno(err, -errno, "%s", path);
    (void)close(fd);
    if (stat(path, &st) < 0)
        return error_errno(err, -errno, "%s", path);
    if ((r = private_check(&st, path, err)) < 0)
        return r;
    _cleanup_(notes_store_closep) struct notes_store *s = xnew(struct notes_store);
    s->now_s = now_s;
    if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK)
        return say(s, path, err);
    (void)sqlite3_busy_timeout(s->db, WAIT_MS);
    (void)run(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA auto_vacuum = INCREMENTAL");
    if (schema(s) < 0 ||
        !prepare(s, &s->get, "SELECT packed, bytes FROM notes WHERE key = ?1 AND made > ?2") ||
        !prepare(s, &s->has, "SELECT 1 FROM notes WHERE key = ?1 AND made > ?2") ||
        !prepare(s, &s->put, "INSERT OR REPLACE INTO notes VALUES(?1, ?2, ?2, ?3, ?4)") ||
        !prepare(s, &s->use, "UPDATE notes SET used = ?2 WHERE key = ?1") ||
        !prepare(s, &s->is_sealed, "SELECT 1 FROM seals WHERE key = ?1 AND made > ?2") ||
        !prepare(s, &s->seal, "INSERT OR REPLACE INTO seals(key, made) VALUES(?1, ?2)"))
        return say(s, path, err);
    *ret = TAKE_PTR(s);
    return 0;
}

/* What is old goes, then what was unused longest until the rest fits; of seals the oldest, whose ids are the lowest. */
static void prune(struct notes_store *s)
{
    const long long oldest = (long long)s->now_s - (long long)NOTES_STORE_DAYS * DAY;
    char *sql = sqlite3_mprintf(
        "BEGIN IMMEDIATE; DELETE FROM notes WHERE made <= %lld;"
        "DELETE FROM notes WHERE key IN (SELECT key FROM (SELECT key, sum(length(packed)) OVER (ORDER BY used DESC, key)"
        " AS total FROM notes) WHERE total > %lld);"
        "DELETE FROM seals WHERE made <= %lld OR id <= (SELECT max(id) FROM seals) - %d; COMMIT; PRAGMA incremental_vacuum",
        oldest, (long long)NOTES_STORE_BYTES, oldest, NOTES_STORE_SEALS);
    if (sql)
        (void)run(s, sql);
    sqlite3_free(sql);
}

struct notes_store *notes_store_close(struct notes_store *s)
{
    if (!s)
        return NULL;
    if (s->wrote)
        prune(s);
    (void)sqlite3_finalize(s->get);
    (void)sqlite3_finalize(s->has);
    (void)sqlite3_finalize(s->put);
    (void)sqlite3_finalize(s->use);
    (void)sqlite3_finalize(s->is_sealed);
    (void)sqlite3_finalize(s->seal);
    (void)sqlite3_close(s->db);
    (void)ZSTD_freeCCtx(s->zstd);
    strbuf_done(&s->packed);
    free(s);
    return NULL;
}

/* Binds the key, and the time before which notes and seals are too old. */
static sqlite3_stmt *ask(struct notes_store *s, sqlite3_stmt *q, const uint8_t key[SHA256_BYTES])
{
    (void)sqlite3_reset(q);
    (void)sqlite3_bind_blob(q, 1, key, SHA256_BYTES, SQLITE_TRANSIENT);
    (void)sqlite3_bind_int64(q, 2, (sqlite3_int64)s->now_s - (sqlite3_int64)NOTES_STORE_DAYS * DAY);
    return q;
}

/* Whether the question has an answer. */
static bool is_there(struct notes_store *s, sqlite3_stmt *q, const uint8_t key[SHA256_BYTES])
{
    bool is = sqlite3_step(ask(s, q, key)) == SQLITE_ROW;
    (void)sqlite3_reset(q);
    return is;
}

bool notes_store_has(struct notes_store *s, const uint8_t key[SHA256_BYTES])
{
    return is_there(s, s->has, key);
}

bool notes_store_is_sealed(struct notes_store *s, const uint8_t key[SHA256_BYTES])
{
    return is_there(s, s->is_sealed, key);
}

/* Binds the key and today. */
static sqlite3_stmt *now(struct notes_store *s, sqlite3_stmt *q, const uint8_t key[SHA256_BYTES])
{
    (void)sqlite3_reset(q);
    (void)sqlite3_bind_blob(q, 1, key, SHA256_BYTES, SQLITE_TRANSIENT);
    (void)sqlite3_bind_int64(q, 2, (sqlite3_int64)s->now_s);
    return q;
}

/* Unpacks into a file of its own that nothing else can change. */
static int unpack(const void *packed, size_t n, size_t bytes)
{
    if (bytes > NOTES_BYTES_MAX)
        return -1;
    _cleanup_close_ int fd = memfd_create("notes", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
        return -1;
    void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return -1;
    size_t got = ZSTD_decompress(map, bytes, packed, n);
    (void)munmap(map, bytes);
    return got == bytes ? TAKE_FD(fd) : -1;
}

int notes_store_get(struct notes_store *s, const uint8_t key[SHA256_BYTES])
{
    int fd = -1;
    if (sqlite3_step(ask(s, s->get, key)) == SQLITE_ROW) {
        sqlite3_int64 bytes = sqlite3_column_int64(s->get, 1);
        int n = sqlite3_column_bytes(s->get, 0);
        if (bytes > 0 && n > 0)
            fd = unpack(sqlite3_column_blob(s->get, 0), (size_t)n, (size_t)bytes);
    }
    (void)sqlite3_reset(s->get);
    if (fd >= 0) {
        (void)sqlite3_step(now(s, s->use, key));
        (void)sqlite3_reset(s->use);
    }
    return fd;
}

/* Packs into `packed`; with ZSTD_e_end the frame is finished. */
static void pack(struct notes_store *s, struct str piece, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = {piece.p, piece.n, 0};
    size_t left = 1;
    while (!s->is_lost && (in.pos < in.size || (how == ZSTD_e_end && left))) {
        strbuf_reserve(&s->packed, ZSTD_CStreamOutSize());
        ZSTD_outBuffer out = {s->packed.p + s->packed.n, s->packed.capacity - s->packed.n, 0};
        left = ZSTD_compressStream2(s->zstd, &out, &in, how);
        s->is_lost = ZSTD_isError(left) || s->packed.n + out.pos > PACKED_MAX;
        s->packed.n += s->is_lost ? 0 : out.pos;
    }
}

void notes_store_add(struct notes_store *s, struct str piece)
{
    if (!s->zstd) {
        s->zstd = ZSTD_createCCtx();
        s->is_lost |= !s->zstd || ZSTD_isError(ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, LEVEL));
    }
    s->added += piece.n;
    s->is_lost |= s->added > NOTES_BYTES_MAX;
    pack(s, piece, ZSTD_e_continue);
}

void notes_store_drop(struct notes_store *s)
{
    if (s->zstd)
        (void)ZSTD_CCtx_reset(s->zstd, ZSTD_reset_session_only);
    strbuf_done(&s->packed);
    s->added = 0;
    s->is_lost = false;
}

/* The row's bytes: a frame of its own, and the one of what was added. False when they cannot be had. */
static bool pack_all(struct notes_store *s, struct str first, struct strbuf *ret)
{
    strbuf_reserve(ret, ZSTD_compressBound(first.n));
    const size_t n = ZSTD_compress(ret->p, ret->capacity, first.p, first.n, LEVEL);
    if (ZSTD_isError(n))
        return false;
    ret->n = n;
    if (s->added)
        pack(s, STR_NULL, ZSTD_e_end);
    if (s->is_lost || ret->n + s->packed.n > PACKED_MAX)
        return false;
    strbuf_add(ret, strbuf_str(&s->packed));
    return true;
}

void notes_store_put(struct notes_store *s, const uint8_t key[SHA256_BYTES], struct str notes)
{
    _cleanup_(strbuf_done) struct strbuf packed = {};
    const uint64_t bytes = notes.n + s->added;
    if (bytes && bytes <= NOTES_BYTES_MAX && pack_all(s, notes, &packed)) {
        (void)now(s, s->put, key);
        (void)sqlite3_bind_int64(s->put, 3, (sqlite3_int64)bytes);
        (void)sqlite3_bind_blob64(s->put, 4, packed.p, packed.n, SQLITE_STATIC);
        s->wrote |= sqlite3_step(s->put) == SQLITE_DONE;
        (void)sqlite3_reset(s->put);
        (void)sqlite3_clear_bindings(s->put);
    }
    notes_store_drop(s);
}

void notes_store_seal(struct notes_store *s, const uint8_t key[SHA256_BYTES])
{
    s->wrote |= sqlite3_step(now(s, s->seal, key)) == SQLITE_DONE;
    (void)sqlite3_reset(s->seal);
}
