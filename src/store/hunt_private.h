// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the files of the hunt's store share. Inside the room only. */
#include "store/db.h"
#include "store/hunt_store.h"

extern const struct db_schema HUNT_TABLES;

struct hunt_store {
    const struct db_ops *ops;
    struct db *db;
};

/* Images that no reference means any more are history: neither counted nor looked at. */
#define HUNT_IS_MEANT "EXISTS(SELECT 1 FROM davy_hunt_refs r WHERE r.digest = i.digest)"

#define QUERY(s, ...) DB_QUERY((s)->ops, (s)->db, __VA_ARGS__)
