// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "image/beneath.h"
#include "image/path.h"

static int open_step_by_step(int dir, const char *path, int flags)
{
    struct str rest = str_from(path), c;
    _cleanup_close_ int at = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    if (at < 0)
        return -errno;
    while (path_component(&rest, &c)) {
        char name[256];
        if (str_is(c, ".."))
            return -EXDEV;
        if (c.n >= sizeof(name))
            return -ENAMETOOLONG;
        memcpy(name, c.p, c.n);
        name[c.n] = 0;
        struct str look = rest;
        struct str next;
        bool is_last = !path_component(&look, &next);
        int fd = openat(at, name, O_CLOEXEC | O_NOFOLLOW | (is_last ? flags : O_PATH | O_DIRECTORY));
        if (fd < 0)
            return -errno;
        (void)close(at);
        at = fd;
    }
    return TAKE_FD(at);
}

static int resolve(int dir, const char *path, int flags, uint64_t how_to)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | how_to,
    };
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
    if (fd >= 0)
        return (int)fd;
    if (errno != ENOSYS && errno != EPERM)
        return -errno;
    return open_step_by_step(dir, path, flags);
}

int beneath_open(int dir, const char *path, int flags)
{
    return resolve(dir, path, flags, 0);
}

int beneath_open_unlinked(int dir, const char *path, int flags)
{
    return resolve(dir, path, flags, RESOLVE_NO_SYMLINKS);
}
