// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Cases and their findings, kept in SQLite (a file) or PostgreSQL (postgres://…), the same tables in both.
 *
 *     r = case_store_open(url, CASE_STORE_WRITE, &s, &err);
 *     r = case_store_begin(s, &err);
 *     r = case_store_put(s, &finding, &id, &err) …
 *     r = case_store_commit(s, &err);                what was committed survives the end of this program and of the machine
 *
 * A finding is bytes to the store: a line of JSON as davy watch writes it. Who reads one believes nothing.
 */
#include "base/error.h"
#include "base/str.h"

enum {
    CASE_SCHEMA = 2,             /* version of the tables */
    CASE_FINDINGS_MAX = 2000,    /* different ones kept of one case; beyond it only the first of each rule is, others are counted */
    CASE_CASES_MAX = 20'000,     /* beyond it the oldest closed ones go, then the oldest */
    CASE_TEXT_MAX = 4 << 10,     /* bytes of a note, a reason, a name */
    CASE_NOTES_MAX = 1000,       /* of one case */
    CASE_TIE_KEY_BYTES = 16,
};

struct case_store;
enum case_store_mode { CASE_STORE_READ, CASE_STORE_WRITE };
/*
 * Opens the store. CASE_STORE_WRITE makes what is not there, and brings older tables to this version; CASE_STORE_READ changes nothing.
 * Errors, with the cure: -ENOENT no store, -EPROTO tables of a newer Davy or of another program, -EUCLEAN damaged, -EBUSY, -ENOTCONN
 * no server, else what the system says.
 */
int case_store_open(const char *url, enum case_store_mode mode, struct case_store **ret, struct error *err);
struct case_store *case_store_close(struct case_store *s);
DEFINE_CLEANUP(struct case_store *, case_store_close)
/* The address without its password; in `buf`. */
const char *case_store_name(const char *url, char *buf, size_t size);

/* A transaction. An error within one is followed by case_store_rollback(), which cannot fail. */
int case_store_begin(struct case_store *s, struct error *err);
int case_store_commit(struct case_store *s, struct error *err);
void case_store_rollback(struct case_store *s);

enum case_status { CASE_OPEN, CASE_CLOSED, CASE_MERGED, CASE_STATUS__N };
struct case_row {
    int64_t id;
    enum case_status status;
    uint64_t first_ns, last_ns, closed_ns; /* of the events; when it was closed */
    uint64_t findings, not_kept;           /* how often something was found; of it, counted only */
    int64_t merged_into, follows;          /* another case, 0: none; follows: a closed one that it goes on from */
    int64_t worst;                         /* least priority, as a number */
    struct str host, place, image;         /* place: container or pod, empty: the machine itself */
    struct str reason;                     /* why it was closed */
};

struct case_put {
    int64_t case_id; /* 0: opens one */
    int64_t follows; /* of a new case */
    uint64_t time_ns, last_ns, count, withheld;
    int64_t priority;
    struct str fold; /* what repeats have in common */
    struct str rule, host, place, image;
    struct str line; /* the finding */
};
/*
 * Puts a finding into a case, or counts it there when its like is in. 1: the case is not open any more, nothing was done. *ret_id
 * is the case's number.
 */
int case_store_put(struct case_store *s, const struct case_put *p, int64_t *ret_id, struct error *err);
/* Further findings of a rule of this host, beyond its rate: counted at the newest of them. */
int case_store_withheld(struct case_store *s, struct str rule, struct str host, uint64_t n, struct error *err);
/* What leads to a case (finding/case_key.h); the place of an older one of the same key. */
int case_store_put_key(struct case_store *s, int tie, const uint8_t key[CASE_TIE_KEY_BYTES], int64_t case_id, uint64_t last_ns, struct error *err);
/* All of one case becomes another's. 1: the first is not open any more, nothing was done. */
int case_store_merge(struct case_store *s, int64_t from, int64_t into, struct error *err);
/* Lets go what is more than CASE_CASES_MAX, and keys that were last met before a time. */
int case_store_prune(struct case_store *s, uint64_t keys_before_ns, struct error *err);

/* -ENOENT, in words, when there is no such case; -EALREADY when it is not open. Texts are cut at CASE_TEXT_MAX. */
int case_store_close_case(struct case_store *s, int64_t id, struct str reason, struct str who, uint64_t now_ns, struct error *err);
int case_store_note(struct case_store *s, int64_t id, struct str text, struct str who, uint64_t now_ns, struct error *err);

/* Each calls `take` for each row; texts are valid during the call; what it returns other than 0 ends it. */
typedef int (*case_row_fn)(void *ctx, const struct case_row *row);
/* Newest first, at most `most`; of one number: id, else 0. */
int case_store_cases(struct case_store *s, int64_t id, uint64_t most, case_row_fn take, void *ctx, struct error *err);
struct case_kept {
    int64_t id, case_id;
    uint64_t time_ns, last_ns, count, withheld;
    struct str line;
};
typedef int (*case_kept_fn)(void *ctx, const struct case_kept *kept);
/* The findings of a case in order of time. */
int case_store_findings(struct case_store *s, int64_t id, case_kept_fn take, void *ctx, struct error *err);
/* One finding of each rule of it: enough for a verdict. */
int case_store_rules(struct case_store *s, int64_t id, case_kept_fn take, void *ctx, struct error *err);
struct case_note {
    uint64_t time_ns;
    struct str who, text;
};
typedef int (*case_note_fn)(void *ctx, const struct case_note *note);
int case_store_notes(struct case_store *s, int64_t id, case_note_fn take, void *ctx, struct error *err);
typedef int (*case_key_fn)(void *ctx, int tie, const uint8_t key[CASE_TIE_KEY_BYTES], int64_t case_id, uint64_t last_ns);
/* Keys of cases, oldest first; those of closed ones lead to what a new one goes on from. */
int case_store_keys(struct case_store *s, case_key_fn take, void *ctx, struct error *err);
