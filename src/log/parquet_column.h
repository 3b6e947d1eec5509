// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The values of one column of a row group, one after the other, page by page. In memory are the bytes of one page and of the dictionary; a value is
 * decoded when its turn comes.
 */
#include "base/strbuf.h"
#include "log/parquet_bits.h"
#include "log/parquet_meta.h"
#include "log/parquet_unpack.h"

enum {
    PARQUET_HOLD_MAX = 48 << 20,   /* pages and dictionaries of all columns in memory, and the page that is unpacked */
    PARQUET_PAGE_HELD = 8 << 20,   /* a larger page is put aside, and one for which there is no room; writers end them at 1 MiB or some ten thousand rows, DuckDB at 100 MB */
    PARQUET_PAGE_MAX = 256 << 20,  /* that is put aside */
    PARQUET_PACKED_MAX = 40 << 20, /* of a page as it is packed, which is in memory */
    PARQUET_ASIDE_MAX = 1 << 30,   /* pages that are aside at once */
    PARQUET_GROWTH = 1024,         /* times as much as the file may come of it ... */
    PARQUET_UNPACKED_LEAST = 256 << 20, /* ... or this */
    PARQUET_VALUES_PER_BYTE = 64,  /* nulls and runs take next to nothing: what all columns together stand for, for each byte of the file ... */
    PARQUET_VALUES_LEAST = 4 << 20, /* ... and this */
};

struct parquet_buffer {
    char *p;
    size_t n, capacity; /* bytes of the page, and room */
    bool is_aside;      /* in a file without a name, of which what is read is mapped */
};

/* What the columns of a file share. */
struct parquet_source {
    int fd;
    uint64_t size;
    struct parquet_unpacker *unpacker;
    struct parquet_buffer packed;  /* of the page that is unpacked */
    uint64_t held, aside;          /* bytes in memory, and not */
    uint64_t unpacked, read;       /* bytes that came of pages; of the file */
    uint64_t work, values;         /* what bounds both */
};

struct parquet_value {
    int64_t i;    /* of whole numbers and booleans */
    double d;     /* of FLOAT and DOUBLE */
    struct str s; /* of bytes, INT96; until the column goes on */
};

struct parquet_column {
    const struct parquet_node *node;
    struct parquet_source *source;
    struct parquet_chunk chunk;
    const char *why; /* not readable: why; NULL: it is */

    bool has;        /* what follows is its value at hand: */
    uint8_t def, rep;
    struct parquet_value value; /* when def is node->max_def */

    struct parquet_buffer page, dictionary;
    uint32_t *offsets; /* of the dictionary's texts */
    size_t n_dictionary, n_offsets;
    struct strbuf text; /* that was put together of two */

    uint64_t left;     /* values of the chunk that were not in pages so far */
    uint64_t in_page;  /* values of the page at hand */
    int64_t encoding;
    struct runs defs, reps, indices;
    struct deltas lengths, prefixes;
    const uint8_t *p, *end; /* of the page's values */
    size_t passed;          /* bytes of a page aside that need not be mapped any more */
    uint64_t n_split, at_split;
};

/* Begins a row group; what another one left is given up. */
void parquet_column_begin(struct parquet_column *c, const struct parquet_chunk *chunk);
/* The next value, or null, in c->def and its like; false when there is none any more (c->has is false then), or c->why. */
bool parquet_column_next(struct parquet_column *c);
void parquet_column_done(struct parquet_column *c);
