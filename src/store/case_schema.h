// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The tables of cases, version by version. Inside the room only. */
#include "store/case_db.h"
#include "store/case_store.h"

/* Brings the tables to `version`, at most CASE_SCHEMA, in one transaction; older data stays. */
int case_schema_migrate(const struct case_db_ops *ops, struct case_db *db, int64_t version, struct error *err);
/* The version of the tables that are there, 0: none. */
int case_schema_version(const struct case_db_ops *ops, struct case_db *db, int64_t *ret, struct error *err);
