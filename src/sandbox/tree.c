// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "sandbox/tree.h"

enum { DEPTH_MAX = 512 }; /* image/limits.h admits no deeper path, and what runs in a jail may make some more */

static int remove_in(int folder, const char *name, dev_t device, unsigned depth)
{
    struct stat st;
    if (!unlinkat(folder, name, 0) || errno == ENOENT)
        return 0;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return -EPERM;
    if (st.st_dev != device || depth >= DEPTH_MAX)
        return -EBUSY;
    const int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        const int r = -errno;
        if (fd >= 0)
            (void)close(fd);
        return r;
    }
    int first = 0;
    for (struct dirent *e; (e = readdir(d));) {
        const bool is_dots = e->d_name[0] == '.' && (!e->d_name[1] || (e->d_name[1] == '.' && !e->d_name[2]));
        const int r = is_dots ? 0 : remove_in(dirfd(d), e->d_name, device, depth + 1);
        if (r < 0 && !first)
            first = r;
    }
    (void)closedir(d);
    if (!unlinkat(folder, name, AT_REMOVEDIR))
        return 0;
    return first ? first : -errno;
}

int tree_remove(int folder, const char *name)
{
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    return remove_in(folder, name, st.st_dev, 0);
}
