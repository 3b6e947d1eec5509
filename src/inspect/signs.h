// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Signs: lists of fixed strings that miners, browser miners and flooding tools carry. A list file is text:
 *
 *     # why these, row of the threat specification, source
 *     [miner.signs]            the field that the strings below belong to; `nocase` after it ignores ASCII
 * case
 *     --donate-level
 *     \x23tag                  \xHH, \\ and a leading \# or \[ for what could not be written otherwise
 *
 * Blanks at the ends of a line do not count; write them as \x20.
 */
#include "base/vec.h"
#include "inspect/analyzer.h"

struct sign {
    enum field_id field;
    struct str text; /* the bytes to find */
    bool nocase;
};

struct signs {
    struct arena arena;
    VEC(struct sign) v;
};

enum {
    SIGNS_MAX = 50000,
    SIGN_BYTES_MIN = 4, /* shorter strings are in everything */
    SIGN_BYTES_MAX = 255,
};

/* Adds the strings of a document. -EINVAL with name:line, what is wrong and the cure. */
int signs_add(struct signs *s, struct str text, const char *name, struct error *err);
/* The same from a file; -errno when it cannot be read. */
int signs_add_file(struct signs *s, const char *path, struct error *err);
/* Gives the memory back; may run twice. */
void signs_done(struct signs *s);
/* The field that counts the different signs of a field. */
enum field_id signs_count_field(enum field_id field);
