// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What is known of one list: where it came from, what it says of itself, how much was read. A list may begin with comment
 * lines that say so, in any order, each `key: value`:
 *
 *     # category: mining              what being named here means; a word of [a-z0-9-]
 *     # kind: context                 threat (the default), or context: to know, never evidence
 *     # source: https://…             who says so
 *     # licence: MIT
 *     # reviewed: 2026-11-28          last time somebody looked
 *     # expires: 2027-11-30           last day on which it counts in full; after it the list is context
 */
#include "base/arena.h"
#include "base/error.h"

/* What a digest on the list is. */
enum list_role { LIST_BAD, LIST_UNWANTED, LIST_ALLOWED, LIST_LEAKED /* of a secret that others have */ };

enum {
    LIST_CATEGORY_MAX = 32, /* bytes: a word for people */
    LIST_BAD_SHOWN = 3,     /* lines that were not understood and are shown; the rest is counted */
    LIST_TEXT_MAX = 512,    /* bytes of a source or reason that are kept */
};

struct intel_list {
    struct str file;     /* as it was named */
    struct str category; /* of names; empty for digests */
    struct str source, licence;
    enum list_role role;
    bool is_context;            /* says so itself */
    bool is_expired;            /* past its last day */
    uint16_t reviewed, expires; /* days since 1970-01-01, 0: not said */
    uint64_t digests, names, nets;
    uint64_t passed; /* lines of formats that say more than names: a path, a pattern, other records of a zone */
    uint64_t bad;    /* lines that were not understood */
    struct str bad_shown; /* "line 3: …; line 9: …" */
    struct str left_out;  /* parts of a container or folder that are not read, for people; it has no entries itself then */
};

/* Whether the text can be a category; *ret is its lower-case form in the arena. */
bool category_parse(struct arena *a, struct str s, struct str *ret);
/*
 * Takes a comment's text for the header when it is one of its lines. What is set already stays, so that a manifest or the first
 * line of two wins. `fixed`: the category is given from outside and stays.
 * False when it is one and its value is wrong; *ret_why then says so.
 */
bool list_header(struct intel_list *list, struct arena *a, struct str comment, bool fixed, const char **ret_why);
/* Counts a line that was not understood, and keeps the first ones for people. */
void list_bad(struct intel_list *list, struct arena *a, uint32_t line, const char *why);
