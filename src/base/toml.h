// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * TOML through toml++: the whole document as a tree of plain nodes in an arena, each with its place, so that
 * a loader can point at the line that is wrong. Keys are sorted by name (toml++ keeps them so). Dates and
 * times come as text.
 */
#include "base/arena.h"
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum toml_type {
    TOML_TABLE,
    TOML_ARRAY,
    TOML_STRING,
    TOML_INT,
    TOML_DOUBLE,
    TOML_BOOL,
    TOML_TIME, /* date, time or both */
};

enum {
    TOML_BYTES_MAX = 16 << 20, /* of a document; a rule file of this size is a mistake */
};

struct toml_node {
    enum toml_type type;
    struct str key;        /* in the parent table; empty in arrays and at the root */
    uint32_t line, column; /* of the value, from 1 */
    union {
        struct {
            const struct toml_node *v; /* members of a table or elements of an array */
            size_t n;
        };
        struct str s; /* TOML_STRING, TOML_TIME */
        int64_t i;
        double d;
        bool b;
    };
};

/*
 * Parses; `name` is what errors call the document. *ret is a table that lives in the arena. -EINVAL with
 * name:line:column and what is wrong; -EFBIG beyond TOML_BYTES_MAX. Nesting is bounded by toml++ (256).
 */
int toml_parse(struct str text, const char *name, struct arena *a, const struct toml_node **ret,
               struct error *err);
/* The member of a table, NULL when there is none. */
const struct toml_node *toml_get(const struct toml_node *table, const char *key);
/* "table", "array", "string", … for messages. */
const char *toml_type_name(enum toml_type t);

#ifdef __cplusplus
}
#endif
