// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "base/io.h"
#include "source/proc/fs.h"

/* A process may end while it is read: what came before counts. */
static bool read_all(int fd, size_t max, struct strbuf *b)
{
    return !io_read_up_to(fd, max, b) || b->n;
}

bool fs_read(int dir, const char *path, size_t max, struct strbuf *b)
{
    strbuf_clear(b);
    _cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd >= 0 && read_all(fd, max, b);
}

bool fs_read_beneath(int root, const char *path, size_t max, struct strbuf *b)
{
    struct stat st;
    strbuf_clear(b);
    _cleanup_close_ int fd = fs_open_beneath(root, str_from(path), O_RDONLY);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read_all(fd, max, b);
}

struct str fs_line(int dir, const char *path, struct strbuf *b)
{
    if (!fs_read(dir, path, 4096, b))
        return STR_NULL;
    struct str text = strbuf_str(b), line = STR_NULL;
    str_split(&text, '\n', &line);
    return str_trim(line);
}

bool fs_link(int dir, const char *path, struct strbuf *b)
{
    strbuf_clear(b);
    strbuf_reserve(b, PATH_MAX);
    const ssize_t n = readlinkat(dir, path, b->p, PATH_MAX);
    if (n <= 0)
        return false;
    b->n = (size_t)n;
    return true;
}

int fs_open_beneath(int root, struct str path, int flags)
{
    char text[PATH_MAX];
    while (path.n && path.p[0] == '/')
        path = str_sub(path, 1, path.n);
    if (path.n >= sizeof(text) || (path.n && memchr(path.p, 0, path.n)))
        return -ENAMETOOLONG;
    memcpy(text, path.n ? path.p : ".", path.n ? path.n : 1);
    text[path.n ? path.n : 1] = 0;

    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK | O_NOCTTY)),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    const long fd = syscall(SYS_openat2, root, text, &how, sizeof(how));
    return fd < 0 ? -errno : (int)fd;
}

bool fs_stat_beneath(int root, struct str path, struct stat *ret)
{
    _cleanup_close_ int fd = fs_open_beneath(root, path, O_PATH);
    return fd >= 0 && fstat(fd, ret) == 0;
}
