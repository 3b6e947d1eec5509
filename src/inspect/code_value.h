// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Values that code computes from constants, and the functions of JavaScript, Python and PHP that unfold text. */
#include "base/arena.h"
#include "base/strbuf.h"
#include "inspect/code_read.h"

enum {
    CODE_ITEMS_MAX = 65536,     /* of a list */
    CODE_VALUES_MAX = 16 << 20, /* bytes of all values of one program, and of what was read to make them */
};

enum code_value_kind {
    VALUE_OF_NOTHING, /* that anybody could know without running it */
    VALUE_OF_TEXT,
    VALUE_OF_NUMBER,
    VALUE_OF_LIST,
    VALUE_OF_NAME, /* of a function or module */
    VALUE_OF_CHR,  /* chr(x), waiting for the list that x is taken from */
};

struct code_value {
    enum code_value_kind kind;
    struct str text;
    int64_t number;
    struct code_value *items;
    size_t n;
    struct str how; /* the ways in which it was folded: "base64>zlib"; empty for what is written plainly */
};

/*
 * What a call comes out as: `receiver` is what the function is a member of, NULL for none. Unknown for functions that are not of
 * this kind, for arguments that are not known, and when *bytes reaches CODE_VALUES_MAX.
 */
struct code_value code_value_call(struct arena *a, size_t *bytes, struct str name, const struct code_value *receiver, const struct code_value *arguments,
                             size_t n);
/* Whether the function runs the text that it gets, as code or command, in that language. */
bool code_value_runs(struct str name, enum code_language language);
/* Whether all arguments are one list of letters or elements: fromCharCode, array. */
bool code_value_takes_all(struct str name);
/* Texts and numbers added up; `op` is + - or ^. */
struct code_value code_value_sum(struct arena *a, size_t *bytes, const struct code_value *v, const struct code_value *w, char op);
/* An element of a list or a letter of a text. */
struct code_value code_value_element(const struct code_value *v, const struct code_value *index);
/* A list is as folded as its elements. */
void code_value_list(struct code_value *list);
/* The texts of a list in base64, decoded, when that is what all of them are. */
void code_value_decode_all(struct arena *a, size_t *bytes, struct code_value *list);
/* Whether it can stand in code as a literal: text in UTF-8 without control bytes. */
bool code_value_is_text(struct str s);
bool code_value_is_name(struct str s);
/* Adds the text as a literal; in a page no tag may end within it. */
void code_value_write(struct strbuf *out, struct str s, bool in_page);
