// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"

int file_read(const char *path, size_t max, struct strbuf *b, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, -errno, "cannot read %s", path);
    if (S_ISDIR(st.st_mode))
        return error_errno(err, -EISDIR, "cannot read %s", path);
    size_t start = b->n;
    for (;;) {
        strbuf_reserve(b, 65536);
        ssize_t n = read(fd, b->p + b->n, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, -errno, "cannot read %s", path);
        b->n += (size_t)n;
        b->p[b->n] = 0;
        if (b->n - start > max)
            return error_set(err, -EFBIG, "%s is larger than %zu bytes", path, max);
        if (!n)
            return 0;
    }
}
