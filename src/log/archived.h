// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Files of logs in an archive (zip, tar, 7-Zip, each packed or not), and what is packed otherwise than the clouds do (xz, bzip2, lz4, compress):
 * by libarchive, one member after the other, none of them unpacked to a disk or held whole.
 */
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

struct log_archive;

/* Whether a file that begins so is one; `head` should hold ARCHIVE_HEAD bytes when there are so many. */
enum { ARCHIVE_HEAD = 512 };
bool log_archive_is(struct str head);
/* The same of what was packed by gzip or zstd: a tar. */
bool log_archive_is_tar(struct str head);
/*
 * `front` was read off `fd` already: of a file that can be sought it is read again, else it is copied. -errno with text: -ESPIPE when more was
 * read than `front` (is_whole_front false) and it cannot be sought. `limit` of bytes as in log_archive_is_bomb().
 */
int log_archive_open(int fd, struct str front, bool is_whole_front, uint64_t limit, struct log_archive **ret, struct error *err);
struct log_archive *log_archive_free(struct log_archive *a);
/* The next member that is a file: 1, its name in *ret (NULL for a file that is only packed) until the next one; 0: there is none; -errno with text. */
int log_archive_next(struct log_archive *a, const char **ret, struct error *err);
/* Bytes of the member; 0 at its end; -errno with text. */
ssize_t log_archive_read(struct log_archive *a, void *to, size_t n, struct error *err);
/* Whether so many bytes out of so few are more than a log becomes, once they are more than `limit` (log/limits.h); -EFBIG with the words for it. */
bool log_archive_is_bomb(uint64_t unpacked, uint64_t raw, uint64_t limit);
int log_archive_say_bomb(struct error *err);
/* Nothing more is taken out: log_archive_next() says that there is no other member. */
void log_archive_stop(struct log_archive *a);
/* Bytes of the file that were read so far. */
uint64_t log_archive_raw(const struct log_archive *a);
