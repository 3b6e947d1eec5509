// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A tolerant reader of pages: tags with their attributes, and the code that a page carries: of the server, in script elements, in
 * event handlers and in addresses. Nothing is an error; linear.
 */
#include "base/arena.h"
#include "inspect/code_read.h"

enum {
    PAGE_TAG_BYTES_MAX = 16 << 10,  /* of a tag; of a value in quotes: */
    PAGE_VALUE_BYTES_MAX = 1 << 20,
    PAGE_ATTRIBUTES_MAX = 64,
    PAGE_PLAIN_BYTES_MAX = 8 << 20, /* of all values that are not as they are written */
};

struct page_tag {
    struct str name;
    struct {
        struct str name, value;
    } attributes[PAGE_ATTRIBUTES_MAX];
    size_t n;
    size_t end; /* behind '>' */
};

/* The value of the attribute, as it is written; empty where there is none. */
struct str page_attribute(const struct page_tag *tag, const char *name);

enum page_kind {
    PAGE_TAG,    /* the reader's `tag` was read */
    PAGE_CODE,   /* as it stands in the page */
    PAGE_VALUE,  /* code that is an attribute's value, or an address in one: character references and escapes are taken away */
    PAGE_NESTED, /* a page that is an attribute's value or an address */
};

struct page_part {
    enum page_kind kind;
    enum code_language language;
    struct str text; /* in the page, or in the reader's arena where that is not as it is written */
};

struct page_reader;
/* The value as it is meant: character references are taken away. It lies in the page, or in the reader's arena. */
struct str page_plain(struct page_reader *r, struct str value);

struct page_reader {
    struct str page;
    bool runs_php, runs_marks; /* a server runs <?php ?>, <% %> wherever they stand, in comments and scripts too */
    bool is_java;              /* <% %> is Java's */
    struct arena *arena;
    size_t plain;        /* bytes of values that are not as they are written */
    size_t server, at;   /* where code of the server, and then tags, are looked for */
    struct page_tag tag;
    size_t attribute;
    bool in_tag;
};

/* `path` tells whether a server runs the page's code, and in which language <% %> is. */
void page_begin(struct page_reader *r, struct str page, struct str path, struct arena *a);
/* The next part: the server's code first, then each tag followed by the code that it carries. False at the end. */
bool page_next(struct page_reader *r, struct page_part *ret);
