// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the files of the feed's store share. Inside the room only. */
#include <sqlite3.h>

#include "store/feed_store.h"

struct feed_store {
    sqlite3 *db;
    sqlite3_stmt *get, *has, *put, *remove;
    sqlite3_stmt *pulled_put, *pulled_remove; /* made when they are needed */
    char *path;
    uint64_t now_s;
    int version;
};

/* The file (feed_file.c): whether it can be one, made when it is to be written; then its tables, brought up to date when it is to be written. */
int feed_store_check_place(const char *path, enum feed_mode mode, struct error *err);
int feed_store_begin(struct feed_store *s, enum feed_mode mode, struct error *err);
/* -EUCLEAN, with what to do about it. */
int feed_store_damaged(const char *path, const char *what, struct error *err);
/* Says what SQLite last had against something. */
int feed_store_say(struct feed_store *s, struct error *err);
/* Statements without parameters and rows. */
int feed_store_run(struct feed_store *s, const char *sql, struct error *err);
int feed_store_prepare(struct feed_store *s, const char *sql, sqlite3_stmt **ret, struct error *err);
/* Runs a statement that gives no rows, and makes it ready to be bound again. */
int feed_store_step(struct feed_store *s, sqlite3_stmt *q, struct error *err);
void feed_store_bind(sqlite3_stmt *q, int n, struct str s);
/* As the first parameter. */
void feed_store_bind_digest(sqlite3_stmt *q, const uint8_t digest[SHA256_BYTES]);
/* Borrowed from the statement. */
struct str feed_store_column(sqlite3_stmt *q, int n);
