// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The regular files of a squashfs file system that lies in memory, by libsquashfs: images of Snap, AppImage, live systems.
 * What its tables say is a stranger's word: names, sizes, folders that hold each other.
 */
#include "base/arena.h"
#include "base/cleanup.h"

struct squash;
struct squash_file {
    struct str path; /* from the root on, without "/" in front; valid until the next call */
    uint64_t size, uid, gid, mtime_s;
    uint32_t mode;
};

enum {
    SQUASH_ENTRIES_MAX = 1 << 20, /* looked at: a whole system has 500,000 */
    SQUASH_HELD_BYTES = 64 << 20, /* of folders that wait for their turn: names and tables */
    SQUASH_PATH_MAX = 4096,       /* PATH_MAX: also ends folders that hold each other */
    SQUASH_FRAGMENTS_MAX = 1 << 20, /* of the table that is read beforehand: 16 bytes each, one per few small files */
};

/* Borrows the data. 0; -ENOTSUP when its compressor is not known here, -EBADMSG when the tables cannot be read. */
int squash_open(struct str data, struct squash **ret);
struct squash *squash_free(struct squash *s);
DEFINE_CLEANUP(struct squash *, squash_free)
/* The next file: 0, 1 at the end, -EBADMSG for something that cannot be read (the next call goes on), -E2BIG at a limit. */
int squash_next(struct squash *s, struct squash_file *ret);
/* Its next bytes, valid until the next call: 0, 1 at the end, negative when the rest cannot be read. */
int squash_read(struct squash *s, const uint8_t **ret, size_t *ret_n);
/* Whether a squashfs begins here; *ret_n is how long it says to be, as far as the data goes. */
bool squash_begins(struct str data, size_t *ret_n);
