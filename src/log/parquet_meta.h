// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a Parquet file says of itself (https://github.com/apache/parquet-format): its columns as a tree, where the pieces of each lie, and what a
 * page holds. The footer stays as it is in memory; of its row groups one at a time is taken apart.
 */
#include "base/error.h"
#include "base/vec.h"
#include "log/parquet_thrift.h"

enum {
    PARQUET_FOOTER_MAX = 16 << 20, /* of a table of thousands of columns and row groups with figures of each; a log has some hundred KiB */
    PARQUET_NODES_MAX = 4096,      /* columns and what they are grouped in: Athena takes some thousand */
    PARQUET_DEPTH = 12,            /* groups within groups: a list is two of them */
    PARQUET_NAME_MAX = 1024,
    PARQUET_HEAD_MAX = 1 << 20,    /* of a page: may hold its smallest and greatest value */
};

enum parquet_type { PARQUET_BOOLEAN, PARQUET_INT32, PARQUET_INT64, PARQUET_INT96, PARQUET_FLOAT, PARQUET_DOUBLE, PARQUET_BYTES, PARQUET_FIXED, PARQUET_TYPE__N };

/* What a value means. */
enum parquet_sense {
    PARQUET_PLAIN,  /* as its type has it; bytes: text when they are UTF-8 */
    PARQUET_TEXT,
    PARQUET_UNSIGNED,
    PARQUET_DECIMAL,
    PARQUET_DATE,      /* days */
    PARQUET_TIME,      /* of a day, in units of 10^-digits s */
    PARQUET_TIMESTAMP, /* since 1970, likewise */
    PARQUET_UUID,
    PARQUET_FLOAT16,
};

enum parquet_repetition { PARQUET_REQUIRED, PARQUET_OPTIONAL, PARQUET_REPEATED };

/* A column, or a group of such; in the order of the file, what is in a group behind it. */
struct parquet_node {
    struct str name; /* in the footer */
    uint32_t end;    /* of what is within: the next node beside this one */
    uint8_t repetition, max_def, max_rep; /* levels of a value that is there */
    bool is_leaf, is_list, is_map, is_utc;
    uint32_t leaf, n_leaves; /* of leaves in the file's order: the first within, and how many */
    /* of a leaf */
    uint8_t type, sense, digits; /* enum parquet_type, enum parquet_sense */
    uint32_t size;   /* of FIXED */
    int32_t scale;   /* of DECIMAL */
};

/* Where the values of a leaf in a row group lie. */
struct parquet_chunk {
    uint64_t at, end; /* bytes of the file */
    uint64_t values;  /* nulls counted */
    int64_t codec;
    int64_t type;
    const char *why;  /* that it cannot be read; NULL: it can */
};

struct parquet_meta {
    char *footer;
    struct str bytes;                /* of the footer */
    VEC(struct parquet_node) nodes;  /* the first is the whole */
    VEC(uint32_t) leaves;            /* their nodes */
    VEC(uint32_t) groups;            /* where the row groups begin in the footer */
    uint64_t rows;
};

/* Reads the footer of the `size` bytes behind `fd`. -errno with text. */
int parquet_meta_read(struct parquet_meta *m, int fd, uint64_t size, struct error *err);
void parquet_meta_done(struct parquet_meta *m);
/* A row group: rows and chunks, one for each leaf in *chunks. false: it makes no sense. */
bool parquet_group(const struct parquet_meta *m, size_t group, uint64_t size, struct parquet_chunk *chunks, uint64_t *ret_rows);

enum parquet_page_kind { PARQUET_DATA_PAGE, PARQUET_INDEX_PAGE, PARQUET_DICTIONARY_PAGE, PARQUET_DATA_PAGE_2 };
struct parquet_page {
    int64_t kind, unpacked, packed; /* bytes */
    int64_t values, encoding;
    int64_t def_encoding, rep_encoding;   /* of the first kind of data pages */
    int64_t def_bytes, rep_bytes;         /* of the second */
    bool is_packed;
};
/* The head of a page; *ret_used are its bytes. false: it does not end within `bytes`, or makes no sense. */
bool parquet_page_head(struct str bytes, struct parquet_page *ret, size_t *ret_used);
