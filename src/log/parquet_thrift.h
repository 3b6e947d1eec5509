// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Structures as Thrift's compact protocol writes them, which is how Parquet describes itself
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md). Nothing is copied and nothing allocated: a cursor goes over the
 * bytes, and the caller takes the fields that it knows and skips the others. docs/decisions/parquet.md says why no library does it.
 *
 *     struct thrift_field f = {};
 *     while (thrift_next(&t, &f))
 *         if (f.id == 3 && f.type == THRIFT_I64) n = thrift_int(&t); else thrift_skip(&t, f.type);
 *
 * As with base/wire.h, a cursor that met something malformed gives zeros and ends every structure from there on, and says so in w.bad. Time is
 * linear in the bytes.
 */
#include "base/wire.h"

enum thrift_type {
    THRIFT_STOP,
    THRIFT_TRUE, /* a field that is true; as type of an element: a bool, one byte */
    THRIFT_FALSE,
    THRIFT_I8,
    THRIFT_I16,
    THRIFT_I32,
    THRIFT_I64,
    THRIFT_DOUBLE,
    THRIFT_BINARY,
    THRIFT_LIST,
    THRIFT_SET,
    THRIFT_MAP,
    THRIFT_STRUCT,
};

enum { THRIFT_DEPTH = 16 }; /* structures within one that is skipped; Parquet has five */

struct thrift {
    struct wire w;
};

/* Of the structure that is read: zeroed at its beginning. */
struct thrift_field {
    int16_t id;
    uint8_t type;
};

/* The next field, whose value is to be taken or skipped (one of TRUE and FALSE has none); false at the structure's end. */
bool thrift_next(struct thrift *t, struct thrift_field *f);
void thrift_skip(struct thrift *t, uint8_t type);
/* A number of 16, 32 or 64 bits. */
int64_t thrift_int(struct thrift *t);
/* Borrows from the bytes. */
struct str thrift_str(struct thrift *t);
/* How many elements follow, and of what type; at most as many as there are bytes. */
size_t thrift_list(struct thrift *t, uint8_t *ret_type);
