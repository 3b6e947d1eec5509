// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A source gives records: the kernel, a capture, or a test. The ops table is what `davy watch` and `davy replay` know of it.
 */
#include "base/error.h"
#include "event/record.h"

struct source;

/* What a source counted since it was opened. */
struct source_stats {
    uint64_t seen;      /* times a program of ours ran on something that could have been an event */
    uint64_t filtered;  /* of these, those the filter let fall */
    uint64_t delivered; /* records read */
    uint64_t dropped[8]; /* by enum record_drop_reason */
    uint64_t bytes;     /* of the records read */
    uint64_t memory;    /* bytes of buffers and maps that it holds in the kernel */
};

/* Takes one record; it is valid until the function returns. Non-zero stops the reading and is returned. */
typedef int (*source_record_fn)(void *ctx, const struct record *r);

struct source_ops {
    const char *name;
    /*
     * Gives the records that are there to the function, in order, after waiting at most timeout_ms for the first (-1: without
     * bound, 0: not at all). Returns how many, -ENODATA when there will be no more, -EINTR after a signal, -errno with
     * text for a source that broke, or what the function returned when that was not 0 (a negative number).
     */
    int (*read)(struct source *s, int timeout_ms, source_record_fn fn, void *ctx, struct error *err);
    /*
     * Shows the function records of these two kinds that are there and were not read yet, each once, and changes nothing. It may be called while read()
     * gives a record. A record may be left out. NULL: a source that cannot.
     */
    void (*ahead)(struct source *s, const uint16_t kinds[2], source_record_fn fn, void *ctx);
    void (*stats)(struct source *s, struct source_stats *ret);
    /* A descriptor that becomes readable when there are records; -1 for a source that never waits. */
    int (*pollable)(struct source *s);
    /* NULL is fine. Returns NULL. */
    struct source *(*close)(struct source *s);
};
/* First member of every source's own structure. */
struct source {
    const struct source_ops *ops;
};
