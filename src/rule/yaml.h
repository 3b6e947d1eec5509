// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A YAML file as a tree that knows, for every byte of every value, where in the file it was written:
 * conditions are folded blocks and quoted strings more often than not, and an error inside them must point to
 * the right column.
 *
 * libfyaml reads; this keeps what it gives in an arena, bounded by rule/limits.h. An alias is the node it
 * names, so a tree may be a graph; `weight` counts what walking it costs and is bounded too, which is what
 * stops alias bombs.
 */
#include "base/arena.h"
#include "base/vec.h"

/* A file in memory. `content` must live as long as any node of it. */
struct source {
    const char *name; /* as diagnostics show it */
    struct str content;
    uint32_t *lines; /* offset of the first byte of each line */
    size_t n_lines;
};

/* Finds the lines; they live in the arena. */
void source_init(struct source *s, struct arena *arena, const char *name, struct str content);
/* Line and column (bytes), both from 1. */
void source_place(const struct source *s, size_t offset, uint32_t *ret_line, uint32_t *ret_column);
/* A line without its end; empty when there is no such line. */
struct str source_line(const struct source *s, uint32_t line);

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAP };
enum yaml_style { YAML_PLAIN, YAML_SINGLE, YAML_DOUBLE, YAML_BLOCK };

struct yaml_mark {
    uint32_t at, from; /* byte of the text, byte of the file where the search for it begins */
};

struct yaml_node {
    enum yaml_kind kind;
    enum yaml_style style; /* of a scalar */
    const struct source *source;
    uint32_t start, end;        /* bytes in the file; of a collection only `start` means something */
    struct str text;            /* of a scalar, decoded */
    const struct yaml_node **v; /* of a sequence its items, of a map key, value, key, value … */
    size_t n;
    struct yaml_mark
        *marks; /* of a long scalar: where every so many bytes of it stand, to find places fast */
    size_t n_marks;
    size_t weight, bytes; /* nodes and text below, itself included, aliases counted each time */
};

struct yaml_problem {
    size_t offset;
    struct str message, cure; /* in the arena; cure may be empty */
};

struct yaml_documents {
    const struct yaml_node **v;
    size_t n, capacity;
};

/*
 * Reads all documents of the file; empty ones are NULL nodes in the result. 0, or -EINVAL with *problem. The
 * caller ends *ret with vec_done(), also on failure. Keys that their map has already are put into *repeated, which the caller
 * ends too, and yaml_get() finds the first; where `repeated` is NULL they are an error.
 */
int yaml_parse(const struct source *source, struct arena *arena, struct yaml_documents *ret, struct yaml_documents *repeated,
               struct yaml_problem *problem);

/* Value of a key, NULL when the map has none (or the node is no map). */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* The key itself as it stands in the map. */
const struct yaml_node *yaml_key(const struct yaml_node *map, const char *key);
/* A plain scalar that says nothing: empty, ~, null, Null, NULL. */
bool yaml_is_null(const struct yaml_node *n);
/* A boolean in any of YAML 1.1's spellings; false when it is none. */
bool yaml_bool(const struct yaml_node *n, bool *ret);
/* Prepares yaml_offset() on a long scalar; what it needs lives in the arena. */
void yaml_add_marks(struct yaml_node *n, struct arena *arena);
/* Where byte `at` of a scalar's text stands in the file. */
size_t yaml_offset(const struct yaml_node *n, size_t at);
