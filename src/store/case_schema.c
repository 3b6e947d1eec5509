// SPDX-License-Identifier: Apache-2.0
#include "store/case_schema.h"

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

const struct db_schema CASE_TABLES = {
    .table = {"davy_cases_version", sizeof("davy_cases_version") - 1},
    .get_version = "SELECT version FROM davy_cases_version",
    .raise = "UPDATE davy_cases_version SET version = version + 1",
    .steps = STEPS,
    .version = CASE_SCHEMA,
};
