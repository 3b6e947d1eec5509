// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "image/part.h"
#include "image/unpacked.h"

struct part part_memory(const void *p, size_t n)
{
    return (struct part){.fd = -1, .mem = p, .size = n};
}

int part_file(int fd, bool owns, struct part *ret)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    *ret = (struct part){.fd = fd, .owns_fd = owns, .size = (uint64_t)st.st_size};
    return 0;
}

struct part part_slice(const struct part *p, uint64_t offset, uint64_t size)
{
    struct part s = *p;
    s.owns_fd = false;
    if (offset > p->size)
        offset = p->size;
    s.offset = p->offset + offset;
    s.size = size < p->size - offset ? size : p->size - offset;
    return s;
}

int part_read(const struct part *p, uint64_t at, void *buffer, size_t n, size_t *ret_n)
{
    size_t got = 0;
    if (at > p->size)
        at = p->size;
    if (n > p->size - at)
        n = (size_t)(p->size - at);
    if (p->view)
        return unpacked_read(p->view, p->offset + at, buffer, n, ret_n);
    if (p->fd < 0) {
        memcpy(buffer, p->mem + p->offset + at, n);
        got = n;
    }
    while (got < n) {
        ssize_t r = pread(p->fd, (char *)buffer + got, n - got, (off_t)(p->offset + at + got));
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return -errno;
        if (!r)
            break;
        got += (size_t)r;
    }
    *ret_n = got;
    return 0;
}

int part_read_all(const struct part *p, uint64_t max, char **ret, size_t *ret_n)
{
    if (p->size > max)
        return -EFBIG;
    _cleanup_free_ char *text = malloc((size_t)p->size + 1);
    if (!text)
        return -ENOMEM;
    size_t n;
    int r = part_read(p, 0, text, (size_t)p->size, &n);
    if (r < 0)
        return r;
    text[n] = 0;
    *ret = TAKE_PTR(text);
    *ret_n = n;
    return 0;
}

/* Whether the kernel of this machine keeps the file's times. */
static bool keeps_times(int fd)
{
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0)
        return false;
    switch ((unsigned long)fs.f_type) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
        return true;
    default:
        return false;
    }
}

struct str part_seal(const struct part *p, struct arena *a)
{
    enum { SETTLED_SECONDS = 2 };
    struct stat st;
    struct timespec now;
    if (p->view || p->fd < 0 || fstat(p->fd, &st) < 0 || !S_ISREG(st.st_mode) || clock_gettime(CLOCK_REALTIME, &now) ||
        now.tv_sec - st.st_ctim.tv_sec < SETTLED_SECONDS || !keeps_times(p->fd))
        return STR_NULL;
    return arena_printf(a, "%llx:%llx:%llu %lld.%09ld %lld.%09ld %llu+%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
                        (unsigned long long)st.st_size, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec,
                        (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (unsigned long long)p->offset,
                        (unsigned long long)p->size);
}

void part_done(struct part *p)
{
    if (p->owns_fd && p->fd >= 0)
        (void)close(p->fd);
    *p = (struct part){.fd = -1};
}
