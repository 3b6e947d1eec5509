// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The bytes of a Parquet file where they can be read from the end: its own, or those that came through a pipe, out of an archive or of a packed
 * file, put aside into a file without a name in $TMPDIR, or in /tmp.
 */
#include "base/error.h"
#include "base/str.h"

#define PARQUET_SPOOL_MAX (UINT64_C(4) << 30) /* what is put aside: such files have hundreds of MiB at most, for their own sake */

/* All of `n` bytes from `at`: 0; -ENODATA: the file ends before; -errno. */
int parquet_pread(int fd, void *to, size_t n, uint64_t at);

struct parquet_spool {
    int fd; /* 0: not open yet; a process has another file there */
    uint64_t size;
};

/* Puts bytes aside, behind those before. -errno with text. */
int parquet_spool_add(struct parquet_spool *s, struct str bytes, struct error *err);
void parquet_spool_done(struct parquet_spool *s);
