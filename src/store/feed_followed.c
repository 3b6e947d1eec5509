// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "store/feed_followed.h"
#include "store/feed_store_private.h"

static const char *const ROLES[] = {[FEED_PULLED] = "pulled", [FEED_PUBLISHED] = "published"};
#define COLUMNS "id, role, name, url, key, length, bytes, hash, time, expires, pulled"

static void bind_id(sqlite3_stmt *q, int n, const uint8_t id[SHA256_BYTES])
{
    _cleanup_(arena_done) struct arena a = {};
    feed_store_bind(q, n, hex_encode(&a, id, SHA256_BYTES));
}

/* With borrowed texts. */
static bool read_row(sqlite3_stmt *q, struct feed_followed *ret)
{
    struct feed_followed f = {.name = feed_store_column(q, 2), .url = feed_store_column(q, 3)};
    const int64_t numbers[] = {sqlite3_column_int64(q, 5), sqlite3_column_int64(q, 6), sqlite3_column_int64(q, 8), sqlite3_column_int64(q, 9),
                               sqlite3_column_int64(q, 10)};
    struct str id = feed_store_column(q, 0), hash = feed_store_column(q, 7);
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (numbers[i] < 0)
            return false;
    f.role = str_is(feed_store_column(q, 1), ROLES[FEED_PULLED]) ? FEED_PULLED : FEED_PUBLISHED;
    f.seen = (struct feed_seen){.length = (uint64_t)numbers[0], .bytes = (uint64_t)numbers[1], .time_s = (uint64_t)numbers[2]};
    f.expires_s = (uint64_t)numbers[3];
    f.pulled_s = (uint64_t)numbers[4];
    if (id.n != SHA256_HEX || hash.n != SHA256_HEX || !hex_decode(id, f.id) || !hex_decode(hash, f.seen.hash) ||
        !feed_public_parse(feed_store_column(q, 4), &f.seen.key))
        return false;
    *ret = f;
    return true;
}

static int say_row(struct feed_store *s, struct error *err)
{
    return error_set(err, -EUCLEAN, "%s: what was seen of a feed is damaged; put back a copy, or take the row out of `feeds` with sqlite3", s->path);
}

int feed_followed_get(struct feed_store *s, const uint8_t id[SHA256_BYTES], enum feed_role role, struct arena *a, struct feed_followed *ret,
                      struct error *err)
{
    sqlite3_stmt *q = NULL;
    struct feed_followed f;
    if (s->version < FEED_SCHEMA)
        return 1;
    int r = feed_store_prepare(s, "SELECT " COLUMNS " FROM feeds WHERE id = ?1 AND role = ?2", &q, err);
    if (r < 0)
        return r;
    bind_id(q, 1, id);
    feed_store_bind(q, 2, str_from(ROLES[role]));
    int code = sqlite3_step(q);
    r = code == SQLITE_DONE ? 1 : code != SQLITE_ROW ? feed_store_say(s, err) : read_row(q, &f) ? 0 : say_row(s, err);
    if (!r) {
        f.name = arena_str(a, f.name);
        f.url = arena_str(a, f.url);
        *ret = f;
    }
    (void)sqlite3_finalize(q);
    return r;
}

int feed_followed_put(struct feed_store *s, const struct feed_followed *f, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    sqlite3_stmt *q = NULL;
    int r = feed_store_prepare(s, "INSERT OR REPLACE INTO feeds(" COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", &q, err);
    if (r < 0)
        return r;
    bind_id(q, 1, f->id);
    feed_store_bind(q, 2, str_from(ROLES[f->role]));
    feed_store_bind(q, 3, f->name);
    feed_store_bind(q, 4, f->url);
    feed_store_bind(q, 5, feed_public_text(&a, &f->seen.key));
    (void)sqlite3_bind_int64(q, 6, (sqlite3_int64)f->seen.length);
    (void)sqlite3_bind_int64(q, 7, (sqlite3_int64)f->seen.bytes);
    bind_id(q, 8, f->seen.hash);
    (void)sqlite3_bind_int64(q, 9, (sqlite3_int64)f->seen.time_s);
    (void)sqlite3_bind_int64(q, 10, (sqlite3_int64)f->expires_s);
    (void)sqlite3_bind_int64(q, 11, (sqlite3_int64)s->now_s);
    r = feed_store_step(s, q, err);
    (void)sqlite3_finalize(q);
    return r;
}

int feed_followed_each(struct feed_store *s, int (*take)(void *ctx, const struct feed_followed *f), void *ctx, struct error *err)
{
    sqlite3_stmt *q = NULL;
    struct feed_followed f;
    if (s->version < FEED_SCHEMA)
        return 0;
    int r = feed_store_prepare(s, "SELECT " COLUMNS " FROM feeds ORDER BY name, id, role", &q, err), code = SQLITE_DONE;
    while (!r && (code = sqlite3_step(q)) == SQLITE_ROW)
        r = read_row(q, &f) ? take(ctx, &f) : say_row(s, err);
    if (!r && code != SQLITE_DONE)
        r = feed_store_say(s, err);
    (void)sqlite3_finalize(q);
    return r;
}

static int delete_of(struct feed_store *s, const char *sql, const uint8_t id[SHA256_BYTES], uint64_t *ret_rows, struct error *err)
{
    sqlite3_stmt *q = NULL;
    int r = feed_store_prepare(s, sql, &q, err);
    if (r < 0)
        return r;
    bind_id(q, 1, id);
    r = feed_store_step(s, q, err);
    (void)sqlite3_finalize(q);
    if (!r)
        *ret_rows = (uint64_t)sqlite3_changes64(s->db);
    return r;
}

int feed_followed_forget(struct feed_store *s, const uint8_t id[SHA256_BYTES], uint64_t *ret_entries, struct error *err)
{
    uint64_t rows;
    int r = delete_of(s, "DELETE FROM pulled WHERE feed = ?1", id, ret_entries, err);
    return r ? r : delete_of(s, "DELETE FROM feeds WHERE id = ?1 AND role = 'pulled'", id, &rows, err);
}

int feed_pulled_put(struct feed_store *s, const uint8_t id[SHA256_BYTES], const struct feed_entry *e, bool *ret_new, struct error *err)
{
    bool was = false;
    int r = feed_pulled_remove(s, id, e->digest, &was, err);
    if (!r && !s->pulled_put)
        r = feed_store_prepare(s,
                               "INSERT INTO pulled(digest, feed, type, verdict, categories, reason, source, rules, engine, approved_by, basis,"
                               " scope, image, notified, first_seen, updated, expires, size) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                               " ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
                               &s->pulled_put, err);
    if (r < 0)
        return r;
    const struct str texts[] = {str_from(feed_type_name(e->type)), str_from(feed_verdict_name(e->verdict)), e->categories, e->reason, e->source,
                                e->rules, e->engine, e->approved_by, e->basis, e->scope, e->image, e->notified};
    const uint64_t numbers[] = {e->first_seen_s, e->updated_s, e->expires_s, e->size};
    feed_store_bind_digest(s->pulled_put, e->digest);
    bind_id(s->pulled_put, 2, id);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        feed_store_bind(s->pulled_put, 3 + (int)i, texts[i]);
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        (void)sqlite3_bind_int64(s->pulled_put, 15 + (int)i, (sqlite3_int64)numbers[i]);
    r = feed_store_step(s, s->pulled_put, err);
    if (!r)
        *ret_new = !was;
    return r;
}

int feed_pulled_remove(struct feed_store *s, const uint8_t id[SHA256_BYTES], const uint8_t digest[SHA256_BYTES], bool *ret_was,
                       struct error *err)
{
    int r = s->pulled_remove ? 0 : feed_store_prepare(s, "DELETE FROM pulled WHERE digest = ?1 AND feed = ?2", &s->pulled_remove, err);
    if (r < 0)
        return r;
    feed_store_bind_digest(s->pulled_remove, digest);
    bind_id(s->pulled_remove, 2, id);
    r = feed_store_step(s, s->pulled_remove, err);
    if (!r)
        *ret_was = sqlite3_changes(s->db) > 0;
    return r;
}

int feed_pulled_count(struct feed_store *s, const uint8_t id[SHA256_BYTES], uint64_t *ret, struct error *err)
{
    sqlite3_stmt *q = NULL;
    if (s->version < FEED_SCHEMA) {
        *ret = 0;
        return 0;
    }
    int r = feed_store_prepare(s, "SELECT count(*) FROM pulled WHERE feed = ?1", &q, err);
    if (r < 0)
        return r;
    bind_id(q, 1, id);
    r = sqlite3_step(q) == SQLITE_ROW ? 0 : feed_store_say(s, err);
    if (!r)
        *ret = (uint64_t)sqlite3_column_int64(q, 0);
    (void)sqlite3_finalize(q);
    return r;
}
