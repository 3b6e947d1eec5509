// SPDX-License-Identifier: Apache-2.0
/*
 * podman's database: SQLite since podman 4.8, bbolt before; the configuration of a container is the same JSON
 * in both. SQLite's is opened as a file that nobody writes, because a reader must not make the files beside
 * it that SQLite locks with; what a podman that runs right now has not yet written back is seen at the next
 * look.
 */
#include <fcntl.h>
#include <sqlite3.h>

#include "source/container/database.h"
#include "source/proc/fs.h"

static void closep(sqlite3 **db)
{
    (void)sqlite3_close(*db);
}

static void finalizep(sqlite3_stmt **s)
{
    (void)sqlite3_finalize(*s);
}

static json_t *read_config(int fd, struct str id)
{
    _cleanup_(closep) sqlite3 *db = NULL;
    _cleanup_(finalizep) sqlite3_stmt *s = NULL;
    char name[80];
    (void)snprintf(name, sizeof(name), "file:/proc/self/fd/%d?mode=ro&immutable=1", fd);
    if (sqlite3_open_v2(name, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK)
        return NULL;
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, STORE_FILE_MAX);
    if (sqlite3_prepare_v2(db, "SELECT JSON FROM ContainerConfig WHERE ID = ?", -1, &s, NULL) != SQLITE_OK ||
        sqlite3_bind_text(s, 1, id.p, (int)id.n, SQLITE_STATIC) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
        return NULL;
    return store_parse(str_n(sqlite3_column_text(s, 0), (size_t)sqlite3_column_bytes(s, 0)));
}

static json_t *from_sqlite(struct finder *f, const char *graph)
{
    struct stat st;
    struct str path = arena_printf(&f->arena, "%s/db.sql", graph);
    _cleanup_close_ int fd = fs_open_beneath(f->stores->root, path, O_RDONLY);
    return fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) ? read_config(fd, f->id) : NULL;
}

struct wanted {
    struct str id;
    struct strbuf config;
};

static bool look(struct bolt *b, void *ctx)
{
    struct wanted *w = ctx;
    const struct str path[] = {STR("ctr"), w->id, STR("config")};
    strbuf_clear(&w->config);
    return !bolt_get(b, path, ARRAY_SIZE(path), &w->config);
}

static json_t *from_bolt(struct finder *f, const char *graph)
{
    struct wanted w = {.id = f->id};
    json_t *o = NULL;
    if (database_look(f, arena_printf(&f->arena, "%s/libpod/bolt_state.db", graph).p, look, &w))
        o = store_parse(strbuf_str(&w.config));
    strbuf_done(&w.config);
    return o;
}

void podman_from_database(struct finder *f, struct container_info *c, const char *graph)
{
    _cleanup_(json_decrefp) json_t *o = from_sqlite(f, graph);
    if (!o)
        o = from_bolt(f, graph);
    if (!o)
        return;
    struct str image = text_at(o, "rootfsImageName");
    container_set(c, &c->name, text_at(o, "name"));
    if (image.n)
        container_set_image(c, image);
    container_set(c, &c->image_id, text_at(o, "rootfsImageID"));
    add_labels(c, &c->labels, json_object_get(o, "labels"));
    fill_healthcheck(c, node_at(o, "healthcheck", "Test"));
    c->created_ns = time_from(text_at(o, "createdTime"));
}
