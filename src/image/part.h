// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A run of bytes that can be read at any place: a file, a member of an archive, memory. It borrows what it
 * reads from unless it owns the descriptor. Files are read, never mapped: one that shrinks meanwhile gives a
 * short read, no signal.
 */
#include "image/image.h"

struct unpacked;
struct part {
    int fd;                /* -1: memory */
    bool owns_fd;          /* part_done() closes it */
    const uint8_t *mem;    /* borrowed */
    struct unpacked *view; /* borrowed; set: neither a file nor memory but unpacked.h */
    uint64_t offset;       /* of the part in the descriptor or memory */
    uint64_t size;
};

/* n bytes of memory, borrowed. */
struct part part_memory(const void *p, size_t n);
/* The bytes of an open regular file; takes the descriptor when `owns` is set. -errno when it cannot be looked
 * at. */
int part_file(int fd, bool owns, struct part *ret);
/* A piece of it, clamped to its end; borrows the descriptor. */
struct part part_slice(const struct part *p, uint64_t offset, uint64_t size);
/* Reads up to n bytes at `at`; fewer only at the end (*ret_n). 0 or -errno. */
int part_read(const struct part *p, uint64_t at, void *buffer, size_t n, size_t *ret_n);
/* All of it into memory that the caller frees (NUL after it); -EFBIG when it is over `max`. */
int part_read_all(const struct part *p, uint64_t max, char **ret, size_t *ret_n);
/*
 * Words that stand for these bytes as long as nobody writes into their file: its device, inode, size and times, the part's place in
 * it. Empty for what lies in no file, for file systems whose times another machine or program tells, and for a file that changed
 * within the last seconds: one more change might not show in its times.
 */
struct str part_seal(const struct part *p, struct arena *a);
/* Closes the descriptor when the part owns it; may run twice. */
void part_done(struct part *p);
