// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What one name in a live folder is: questions to the kernel that open nothing but regular files and folders.
 */
#include <sys/stat.h>

#include "image/image.h"

/* Fills type, size, mode, owner and times. */
void inode_fill(const struct statx *x, struct image_entry *e);
/* Fills is_immutable and is_append_only: statx tells where the file system supports it, else (fd >= 0) the
 * ioctl. */
void inode_flags(int fd, const struct statx *x, struct image_entry *e);
/* Names of the extended attributes, and the value of security.capability, in the arena; none when the names take over 4 KiB. */
void inode_xattrs(int fd, struct arena *a, struct image_entry *e);
/* A number per mount (per device before Linux 5.8). */
uint64_t inode_mount(const struct statx *x);
/* A file system of the kernel's own making: nothing is stored there, and reading can act. */
bool inode_is_pseudo(int fd);
/* Opens for reading, no link followed, without waiting, and without touching the access time where we may.
 * -errno. */
int inode_open(int dir, const char *name, int flags);

struct inode_names {
    char *names;   /* one after the other, each with its NUL */
    size_t *order; /* offsets in names, sorted, so that every run gives the same order */
    size_t n;
};
/*
 * The names in a folder. -E2BIG when there are over `max`, -errno when it cannot be read to its end; *ret
 * then holds what was read. The caller frees names and order.
 */
int inode_names(int fd, uint64_t max, struct inode_names *ret);
