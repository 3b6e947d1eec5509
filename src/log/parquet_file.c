// SPDX-License-Identifier: Apache-2.0
#include "log/parquet_file.h"

#include <errno.h>
#include <fcntl.h>

#include "base/io.h"

int parquet_pread(int fd, void *to, size_t n, uint64_t at)
{
    const int r = io_read_at(fd, to, n, at);
    return r > 0 ? -ENODATA : r;
}

int parquet_spool_add(struct parquet_spool *s, struct str bytes, struct error *err)
{
    if (!s->fd) {
        const char *temp = getenv("TMPDIR");
        int fd = open(temp && *temp ? temp : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (!fd) { /* who started us closed it */
            fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
            (void)close(0);
        }
        if (fd < 0)
            return error_errno(err, -errno, "this is Parquet, which is read from its end and has to be put aside first, and there is no room for it in %s: unpack it and name the file, or set TMPDIR",
                               temp && *temp ? temp : "/tmp");
        s->fd = fd;
    }
    if (bytes.n > PARQUET_SPOOL_MAX - s->size)
        return error_set(err, -E2BIG, "this is Parquet of more than %llu GiB that has to be put aside first: unpack it and name the file", (unsigned long long)(PARQUET_SPOOL_MAX >> 30));
    const int r = io_write_at(s->fd, bytes, s->size);
    if (r < 0)
        return error_errno(err, r, "this is Parquet, which is read from its end, and cannot be put aside: unpack it and name the file, or set TMPDIR");
    s->size += bytes.n;
    return 0;
}

void parquet_spool_done(struct parquet_spool *s)
{
    if (s->fd > 0)
        (void)close(s->fd);
    *s = (struct parquet_spool){};
}
