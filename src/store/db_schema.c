// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "base/strbuf.h"
#include "store/db.h"

const char *db_name(const char *url, char *buf, size_t size)
{
    const char *slashes = strstr(url, "://"), *at = slashes ? strrchr(url, '@') : NULL;
    const char *colon = at ? memchr(slashes + 3, ':', (size_t)(at - slashes - 3)) : NULL;
    if (db_is_postgres(url) && colon)
        (void)snprintf(buf, size, "%.*s:…%s", (int)(colon - url), url, at);
    else
        (void)snprintf(buf, size, "%s", url);
    return buf;
}

static int take_number(void *ctx, const struct db_value *v, size_t n)
{
    *(int64_t *)ctx = n ? v[0].n : 0;
    return 0;
}

int db_schema_version(const struct db_ops *ops, struct db *db, const struct db_schema *schema, int64_t *ret, struct error *err)
{
    int64_t has = 0, version = 0;
    int r = DB_QUERY(ops, db, ops->has_table, take_number, &has, err, DB_S(schema->table));
    if (!r && has)
        r = ops->query(db, schema->get_version, NULL, 0, take_number, &version, err);
    if (!r)
        *ret = version;
    return r;
}

static int run_step(const struct db_ops *ops, struct db *db, const struct db_schema *schema, int64_t from, struct error *err)
{
    struct strbuf b = {};
    struct str rest = str_from(schema->steps[from]), piece;
    while (str_split(&rest, '@', &piece))
        if (str_is(piece, "ID"))
            strbuf_adds(&b, ops->id_type);
        else if (str_is(piece, "BYTES"))
            strbuf_adds(&b, ops->bytes_type);
        else
            strbuf_add(&b, piece);
    int r = ops->run(db, b.p, err);
    if (!r)
        r = ops->run(db, schema->raise, err);
    strbuf_done(&b);
    return r;
}

int db_schema_migrate(const struct db_ops *ops, struct db *db, const struct db_schema *schema, int64_t to, struct error *err)
{
    int64_t version = 0;
    int r = ops->run(db, ops->begin, err);
    if (!r && *ops->lock)
        r = ops->run(db, ops->lock, err);
    /* another program may have done it in between */
    if (!r)
        r = db_schema_version(ops, db, schema, &version, err);
    while (!r && version < to)
        r = run_step(ops, db, schema, version++, err);
    if (!r)
        return ops->run(db, "COMMIT", err);
    (void)ops->run(db, "ROLLBACK", NULL);
    return r;
}
