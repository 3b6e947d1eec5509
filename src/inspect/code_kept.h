// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Texts that an obfuscator of JavaScript keeps in a list: the program asks a function for each by its number, by way of other functions
 * that shift the number, and before that the list is turned until a sum of the numbers that some of its texts begin with is right.
 * The texts may be in base64, or in RC4 under a key that is given with the number. No statement is run: the forms of these functions are
 * known, and the sum is counted for each turn.
 */
#include "base/arena.h"
#include "base/vec.h"
#include "inspect/code_read.h"

enum {
    KEPT_CODE_MAX = 2 << 20,    /* of one program; more is data */
    KEPT_TOKENS_MAX = 400'000,  /* that are held at once */
    KEPT_ITEMS_MAX = 16384,     /* of the list */
    KEPT_SUM_MAX = 256,         /* numbers and marks of the sum */
    KEPT_WORK_MAX = 16 << 20,   /* bytes looked at to turn the list and to decode texts */
    KEPT_NAMES_MAX = 16384,     /* functions that ask others, and names for them */
    KEPT_ARGUMENTS_MAX = 6,
};

/* A call that gives a text. */
struct code_kept_text {
    size_t at, end; /* in the code: from the name to behind the closing mark */
    struct str text; /* of the arena */
};

struct code_kept {
    VEC(struct code_kept_text) texts; /* in the order they stand in */
};

/* Reads the code; without such a list, or when no turn makes the sum right, there are no texts. */
void code_kept_read(struct code_kept *k, struct str code, struct arena *a);
void code_kept_done(struct code_kept *k);
/* The call that begins there, NULL for none. */
const struct code_kept_text *code_kept_at(const struct code_kept *k, size_t at);
