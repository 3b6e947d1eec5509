// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Reading small files of /proc, /sys and /etc beneath a folder descriptor. Files vanish: callers treat
 * failure as absence. */
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/strbuf.h"

/* Replaces b with at most `max` bytes of the file; false when it cannot be opened or read (b is then empty).
 */
bool fs_read(int dir, const char *path, size_t max, struct strbuf *b);
/* The first line without white space at its ends, in b; empty when there is none. */
struct str fs_line(int dir, const char *path, struct strbuf *b);
/* Text of a symbolic link in b, at most PATH_MAX bytes; false when there is none. */
bool fs_link(int dir, const char *path, struct strbuf *b);
/*
 * Opens a path as a process with `root` as its root folder would: absolute links and ".." stay beneath it.
 * Follows links, never blocks on fifos, takes no terminal. Returns a descriptor or -errno.
 */
int fs_open_beneath(int root, struct str path, int flags);
/* stat(2) of the same; false when it is not there. */
bool fs_stat_beneath(int root, struct str path, struct stat *ret);
/* fs_read() of a regular file found the same way. */
bool fs_read_beneath(int root, const char *path, size_t max, struct strbuf *b);
