// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "store/db.h"

static int check_version(const struct db_kind *k, const char *url, bool is_reader, const struct db_ops *ops, struct db *db, struct error *err)
{
    char name[256];
    int64_t version = 0;
    int r = db_schema_version(ops, db, k->schema, &version, err);
    if (r < 0)
        return r;
    (void)db_name(url, name, sizeof(name));
    if (version > k->schema->version)
        return error_set(err, -EPROTO, "%s has version %lld of the tables of %s, this Davy knows %lld; use the Davy that made it", name, (long long)version,
                         _(k->what), (long long)k->schema->version);
    if (version < k->schema->version && !is_reader)
        return db_schema_migrate(ops, db, k->schema, k->schema->version, err);
    if (!version)
        return error_set(err, -ENOENT, "%s holds no %s yet; `%s %s%s` makes them", name, _(k->what), k->command, name, k->operands);
    if (version < k->schema->version)
        return error_set(err, -EPROTO, "%s has the older version %lld of the tables of %s; `%s %s%s` brings it up to date", name, (long long)version,
                         _(k->what), k->command, name, k->operands);
    return 0;
}

int db_open(const struct db_kind *k, const char *url, bool is_reader, const struct db_ops **ret_ops, struct db **ret, struct error *err)
{
    const struct db_ops *ops = db_is_postgres(url) ? &DB_POSTGRES : &DB_SQLITE;
    struct db *db = NULL;
    int r = ops->open(url, is_reader, &db, err);
    if (r == -ENOENT)
        return error_set(err, r, "there is no store of %s at %s; `%s %s%s` makes it", _(k->what), url, k->command, url, k->operands);
    if (!r)
        r = check_version(k, url, is_reader, ops, db, err);
    if (r < 0) {
        if (db)
            ops->close(db);
        return r;
    }
    *ret_ops = ops;
    *ret = db;
    return 0;
}

int db_take_numbers(void *ctx, const struct db_value *v, size_t n)
{
    struct db_numbers *to = ctx;
    for (size_t i = 0; i < n && i < ARRAY_SIZE(to->v); i++)
        to->v[i] = v[i].n;
    to->rows++;
    return 0;
}
