// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Writes captures. Records are gathered into frames, which a thread of its own compresses and writes: writing never waits,
 * what the disk cannot take is lost, counted, and told in the capture itself (RECORD_DROPS).
 *
 *     capture_create(&options, &w, &err);
 *     capture_write(w, record); …            capture_flush(w) now and then: what a crash may cost
 *     lost = capture_close(w, 5000);
 */
#include "base/outlet.h"
#include "source/capture/format.h"

struct capture_options {
    const char *path;
    uint64_t bytes;  /* a file is no larger; 0: no bound */
    unsigned files;  /* kept with a bound: PATH, PATH.1 (the one before) and so on; 0 and 1: the capture ends when it is full */
    uint64_t boot_ns, started_ns; /* as in the header */
    size_t queue;    /* bytes that may wait for the disk; 0: CAPTURE_QUEUE_DEFAULT */
};
enum { CAPTURE_QUEUE_DEFAULT = 32 << 20, CAPTURE_FILES_MAX = 1000 };

struct capture_writer;
/* Begins the file, readable by its owner alone; one that is there is replaced. -errno with text. */
int capture_create(const struct capture_options *options, struct capture_writer **ret, struct error *err);
/* Takes a record, which is copied. */
void capture_write(struct capture_writer *w, const struct record *r);
/* Hands over what was gathered. */
void capture_flush(struct capture_writer *w);

struct capture_stats {
    uint64_t records, lost; /* taken, and of these lost */
    uint64_t bytes;         /* in files, compressed */
    struct error last;      /* why some are lost; code 0 while none are */
};
void capture_stats(struct capture_writer *w, struct capture_stats *ret);
/* Writes what waits, at most so long, and closes the file; NULL is fine. Returns how many records were lost. */
uint64_t capture_close(struct capture_writer *w, unsigned timeout_ms);
