// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A text put together from several: a condition with what was appended to it, the exceptions that were
 * written into it and the items of lists. Each piece remembers the YAML value it came from, so that any byte
 * of the whole can be shown in its file.
 */
#include "base/strbuf.h"
#include "rule/yaml.h"

struct node_list {
    const struct yaml_node **v;
    size_t n, capacity;
};

struct piece {
    uint32_t at;                  /* first byte in the text */
    const struct yaml_node *node; /* where it was written, NULL for glue of ours before anything else */
    uint32_t from;                /* first byte in the node's text */
    bool is_copy;                 /* byte for byte from the node; else all of it points to `from` */
};

struct pieces {
    struct strbuf text;
    VEC(struct piece) v;
};

/* A part [from, to) of the node's text. */
void pieces_copy(struct pieces *p, const struct yaml_node *node, size_t from, size_t to);
/* Text that is not in the file as such; errors in it point to byte `from` of the node. */
void pieces_insert(struct pieces *p, const struct yaml_node *node, size_t from, struct str text);
/* Part [from, to) of another text. */
void pieces_part(struct pieces *p, const struct pieces *other, size_t from, size_t to);
/* The same as pieces_insert() at the place of byte `at` of another text. */
void pieces_insert_at(struct pieces *p, const struct pieces *other, size_t at, struct str text);
/* Appends all texts of the nodes, joined by a blank. */
void pieces_join(struct pieces *p, const struct node_list *nodes);
/* Cuts the text to its first n bytes. */
void pieces_cut(struct pieces *p, size_t n);
/* The node and the byte in it that byte `at` came from; NULL when the text is empty. */
const struct yaml_node *pieces_find(const struct pieces *p, size_t at, size_t *ret_from);
void pieces_done(struct pieces *p);
