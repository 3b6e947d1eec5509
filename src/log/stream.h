// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Where one file stands: its bytes, how its records are held, and what a text format keeps of it. */
#include "base/strbuf.h"
#include "log/csv.h"
#include "log/holder.h"
#include "log/input.h"
#include "log/json_scan.h"
#include "log/parquet.h"
#include "log/parquet_file.h"
#include "log/partition.h"
#include "log/prefix.h"
#include "log/unknown.h"

enum log_shape { LOG_SHAPE_UNKNOWN, LOG_SHAPE_JSON, LOG_SHAPE_TEXT, LOG_SHAPE_CSV, LOG_SHAPE_PREFIX, LOG_SHAPE_PARQUET };
enum log_place { LOG_PLACE_TOP, LOG_PLACE_ARRAY, LOG_PLACE_BEHIND_ARRAY };

struct log_stream {
    const char *path, *file;        /* as it was named or found; the same, or of an archive the member at hand (label) */
    struct strbuf label;
    struct log_input in;
    bool is_open, is_done, is_told; /* is_told: that a record does not parse */
    bool has_trouble, is_unread; /* is_unread: for another reason than records that do not parse */
    enum log_shape shape;
    struct log_unknown unknown;     /* records of JSON of no known format */
    uint64_t number, line;          /* records so far; lines before the window, when every record is a line */

    /* JSON */
    enum log_place place;
    struct {
        enum log_holds holds;
        unsigned objects;           /* that are to be left behind it */
    } arrays[LOG_HOLDERS];          /* that are open, the innermost last */
    unsigned n_arrays;
    struct strbuf head;             /* of the rows or lines in the innermost */
    bool is_pretty;                 /* records go over several lines */
    bool is_skipping;               /* after a record that does not end: to the next place that looks like a beginning */
    struct json_scan scan;
    size_t scanned;                 /* bytes of the window that `scan` has seen */
    char begin[32];                 /* how records in the array begin, or at the top, up to the first name's end: `{"eventVersion"`; of rows a byte or two */
    size_t n_begin;
    bool is_begin_plain;            /* by its first name, what begins so holds no others */

    /* text */
    enum log_format format;
    void *state;

    struct csv_names csv; /* of a table */
    struct partition partition; /* columns that folders give it */
    struct log_prefix prefix;

    struct parquet *parquet;    /* NULL: its end was not seen yet */
    struct parquet_spool spool; /* what cannot be sought, put aside */
    struct parquet_place table; /* where it stands */
};
