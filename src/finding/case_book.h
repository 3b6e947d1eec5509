// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The book of cases: which case a finding belongs to, by the keys that findings have in common (finding/case_key.h). It knows keys
 * and numbers of cases; the cases themselves lie in a store, whose numbers it is given.
 *
 * Deterministic: the same findings in the same order give the same cases, whatever the clock says. Bounded: when there are too
 * many keys, the one that was met longest ago goes, so that a case may be told as two, never two as one.
 */
#include "finding/case_key.h"

enum {
    CASE_BOOK_WAYS = 16, CASE_BOOK_SETS = 4096, /* 65536 keys: about a thousand open cases, 3 MB */
    CASE_BOOK_MERGE_MAX = 16,                   /* cases that one finding can make one; further ones stay apart */
};

struct case_found {
    int64_t id; /* the oldest of the cases that the finding belongs to; 0: none, it opens one */
    enum case_tie tie; /* the first key that led there */
    int64_t others[CASE_BOOK_MERGE_MAX]; /* further ones: they are the same intrusion */
    size_t n_others;
};

struct case_book;
struct case_book *case_book_new(void);
struct case_book *case_book_free(struct case_book *b);
DEFINE_CLEANUP(struct case_book *, case_book_free)
/* Looks up; nothing is changed. */
void case_book_find(const struct case_book *b, const struct case_key *keys, size_t n, uint64_t time_ns, struct case_found *ret);
/* The finding was put into the case: its keys lead there from now on. */
void case_book_set(struct case_book *b, const struct case_key *keys, size_t n, uint64_t time_ns, int64_t id);
/* One key, as a store kept it. */
void case_book_restore(struct case_book *b, enum case_tie tie, const uint8_t id[CASE_KEY_BYTES], uint64_t time_ns, int64_t case_id);
/* All keys of one case lead to another from now on; 0: nowhere, it is closed. */
void case_book_move(struct case_book *b, int64_t from, int64_t to);
