// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/strbuf.h"
#include "store/case_schema.h"

/*
 * What leads from one version to the next: @ID@ and @BYTES@ are the database's words for a numbered key and for bytes. What was once
 * released is never changed, only followed.
 */
static const char *const STEPS[CASE_SCHEMA] = {
    "CREATE TABLE davy_cases_version(version BIGINT NOT NULL);"
    "INSERT INTO davy_cases_version VALUES(0);"
    "CREATE TABLE davy_cases(id @ID@, status BIGINT NOT NULL, first_ns BIGINT NOT NULL, last_ns BIGINT NOT NULL,"
    " closed_ns BIGINT NOT NULL, findings BIGINT NOT NULL, not_kept BIGINT NOT NULL, merged_into BIGINT NOT NULL, worst BIGINT NOT NULL,"
    " host @BYTES@ NOT NULL, place @BYTES@ NOT NULL, image @BYTES@ NOT NULL, reason @BYTES@ NOT NULL);"
    "CREATE TABLE davy_findings(id @ID@, case_id BIGINT NOT NULL, time_ns BIGINT NOT NULL, last_ns BIGINT NOT NULL, n BIGINT NOT NULL,"
    " withheld BIGINT NOT NULL, priority BIGINT NOT NULL, fold @BYTES@ NOT NULL, rule @BYTES@ NOT NULL, host @BYTES@ NOT NULL,"
    " line @BYTES@ NOT NULL);"
    "CREATE INDEX davy_findings_fold ON davy_findings(case_id, fold);"
    "CREATE INDEX davy_findings_time ON davy_findings(case_id, time_ns);"
    "CREATE TABLE davy_case_notes(id @ID@, case_id BIGINT NOT NULL, time_ns BIGINT NOT NULL, who @BYTES@ NOT NULL, text @BYTES@ NOT NULL);"
    "CREATE TABLE davy_case_keys(tie BIGINT NOT NULL, key @BYTES@ NOT NULL, case_id BIGINT NOT NULL, last_ns BIGINT NOT NULL,"
    " PRIMARY KEY(tie, key))",

    "ALTER TABLE davy_cases ADD COLUMN follows BIGINT NOT NULL DEFAULT 0;"
    "CREATE INDEX davy_findings_rule ON davy_findings(rule, host, id);"
    "CREATE INDEX davy_case_keys_case ON davy_case_keys(case_id)",
};

static int take_number(void *ctx, const struct case_db_value *v, size_t n)
{
    *(int64_t *)ctx = n ? v[0].n : 0;
    return 0;
}

int case_schema_version(const struct case_db_ops *ops, struct case_db *db, int64_t *ret, struct error *err)
{
    int64_t has = 0, version = 0;
    int r = ops->query(db, ops->has_version, NULL, 0, take_number, &has, err);
    if (!r && has)
        r = ops->query(db, "SELECT version FROM davy_cases_version", NULL, 0, take_number, &version, err);
    if (!r)
        *ret = version;
    return r;
}

static int run_step(const struct case_db_ops *ops, struct case_db *db, int64_t from, struct error *err)
{
    struct strbuf b = {};
    struct str rest = str_from(STEPS[from]), piece;
    while (str_split(&rest, '@', &piece))
        if (str_is(piece, "ID"))
            strbuf_adds(&b, ops->id_type);
        else if (str_is(piece, "BYTES"))
            strbuf_adds(&b, ops->bytes_type);
        else
            strbuf_add(&b, piece);
    strbuf_printf(&b, "; UPDATE davy_cases_version SET version = %lld", (long long)from + 1);
    int r = ops->run(db, b.p, err);
    strbuf_done(&b);
    return r;
}

int case_schema_migrate(const struct case_db_ops *ops, struct case_db *db, int64_t to, struct error *err)
{
    int64_t version = 0;
    int r = ops->run(db, ops->begin, err);
    if (!r && *ops->lock)
        r = ops->run(db, ops->lock, err);
    /* another program may have done it in between */
    if (!r)
        r = case_schema_version(ops, db, &version, err);
    while (!r && version < to)
        r = run_step(ops, db, version++, err);
    if (!r)
        return ops->run(db, "COMMIT", err);
    (void)ops->run(db, "ROLLBACK", NULL);
    return r;
}
