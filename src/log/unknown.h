// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Records of JSON whose format nobody here knows: how many, in which files, what members they have, what they may be. Only rules that ask for json.value
 * see them, and whoever reads a log has to hear of that once, not for each record. Memory is bounded: UNKNOWN_KINDS kinds, told apart by the members of
 * the first such record of a file.
 */
#include "base/str.h"
#include "log/node.h"

enum {
    UNKNOWN_KINDS = 16,  /* that are kept apart; files of further ones are only counted */
    UNKNOWN_NAMES = 10,  /* members that are named */
    UNKNOWN_NAME = 40,   /* bytes of each */
    UNKNOWN_TEXT = UNKNOWN_NAMES * (UNKNOWN_NAME + 2) + 8,
};

/* Of one file. Zeroed: there are none. */
struct log_unknown {
    uint64_t records, number, line; /* how many; where the first one is, line 0: not known */
    const char *guess;              /* what it may be and the cure, to be translated; never NULL once there is one */
    bool is_known;                  /* what it is, is known, and that it is no record of what anybody did */
    char members[UNKNOWN_TEXT];     /* "when, who, what" as they are written */
};
/* Counts a record; of the first one of a file everything is noted. */
void log_unknown_take(struct log_unknown *u, struct node root, uint64_t number, uint64_t line);

/* Of all files. */
struct log_unknown_kind {
    struct log_unknown first; /* records: of all its files */
    char *file;               /* where it was met first */
    uint64_t files;
};
struct log_unknowns {
    struct log_unknown_kind kinds[UNKNOWN_KINDS];
    size_t n;
    uint64_t records, files; /* of all kinds but those whose is_known holds */
};
/* A file is over: what was noted of it goes to its kind, and `u` begins anew. */
void log_unknowns_add(struct log_unknowns *all, const char *file, struct log_unknown *u);
/* The kinds with the most records come first. */
void log_unknowns_sort(struct log_unknowns *all);
void log_unknowns_done(struct log_unknowns *all);
