// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The tables of cases, version by version. Inside the room only. */
#include "store/case_store.h"
#include "store/db.h"

extern const struct db_schema CASE_TABLES;
