// SPDX-License-Identifier: Apache-2.0
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { PIECE = 64 << 10 };

/* After one call of the kernel that moved n bytes: 0 to go on or try again, -errno, and `nothing` when it moved none. */
static int step(ssize_t n, int nothing, size_t *done)
{
    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    *done += (size_t)n;
    return n ? 0 : nothing;
}

int io_write(int fd, struct str bytes)
{
    int r = 0;
    for (size_t done = 0; !r && done < bytes.n;)
        r = step(write(fd, bytes.p + done, bytes.n - done), -ENOSPC, &done);
    return r;
}

int io_write_at(int fd, struct str bytes, uint64_t at)
{
    int r = 0;
    for (size_t done = 0; !r && done < bytes.n;)
        r = step(pwrite(fd, bytes.p + done, bytes.n - done, (off_t)(at + done)), -ENOSPC, &done);
    return r;
}

int io_read(int fd, void *p, size_t n)
{
    int r = 0;
    for (size_t done = 0; !r && done < n;)
        r = step(read(fd, (char *)p + done, n - done), 1, &done);
    return r;
}

int io_read_at(int fd, void *p, size_t n, uint64_t at)
{
    int r = 0;
    for (size_t done = 0; !r && done < n;)
        r = step(pread(fd, (char *)p + done, n - done, (off_t)(at + done)), 1, &done);
    return r;
}

int io_read_up_to(int fd, size_t max, struct strbuf *b)
{
    int r = 0;
    while (!r && b->n < max) {
        const size_t want = max - b->n < PIECE ? max - b->n : PIECE;
        strbuf_reserve(b, want);
        r = step(read(fd, b->p + b->n, want), 1, &b->n);
        b->p[b->n] = 0;
    }
    return r < 0 ? r : 0;
}

int io_replace(int folder, struct str name, struct str content, mode_t mode, enum io_replace_flags flags)
{
    char beside[NAME_MAX + 1], there[NAME_MAX + 1];
    const bool syncs = flags & IO_REPLACE_SYNC;
    if (snprintf(beside, sizeof(beside), ".%.*s.new", STR_ARG(name)) >= (int)sizeof(beside))
        return -ENAMETOOLONG;
    (void)snprintf(there, sizeof(there), "%.*s", STR_ARG(name));
    int fd = openat(folder, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    int r = io_write(fd, content);
    if (!r && syncs && fsync(fd) < 0)
        r = -errno;
    (void)close(fd);
    if (!r && renameat(folder, beside, folder, there) < 0)
        r = -errno;
    if (r)
        (void)unlinkat(folder, beside, 0);
    else if (syncs && fsync(folder) < 0)
        r = -errno;
    return r;
}
