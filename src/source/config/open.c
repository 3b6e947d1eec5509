// SPDX-License-Identifier: Apache-2.0
#include "source/config/open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "source/proc/fs.h"

enum { PATH_BYTES = 4096 };

/* The number in "mnt:[4026531841]"; 0: no such process. */
static uint32_t space_of(const char *root, const char *process)
{
    char path[PATH_BYTES], text[64];
    uint64_t number;
    (void)snprintf(path, sizeof(path), "%s/proc/%s/ns/mnt", root, process);
    const ssize_t n = readlink(path, text, sizeof(text));
    struct str s = n > 0 ? str_n(text, (size_t)n) : STR_NULL;
    if (!str_starts(s, STR("mnt:[")) || !str_ends(s, STR("]")) || !str_to_u64(str_sub(s, 5, s.n - 1), &number))
        return 0;
    return (uint32_t)number;
}

uint32_t config_own_space(const char *root)
{
    return space_of(root, "self");
}

/* The root folder there, -1: nobody is in it any more. */
static int open_root(const char *root, const struct record *about)
{
    const int32_t pids[] = {about->pid, about->ppid, about->sid};
    for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
        char process[16], path[PATH_BYTES];
        (void)snprintf(process, sizeof(process), "%d", pids[i]);
        if (pids[i] <= 0 || space_of(root, process) != about->mntns)
            continue;
        (void)snprintf(path, sizeof(path), "%s/proc/%s/root", root, process);
        const int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

static bool is_same(int a, int b)
{
    struct stat x, y;
    return a >= 0 && b >= 0 && !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int config_open(const char *root, uint32_t own_space, const struct record *about, struct str path, uint32_t *ret_space)
{
    char whole[PATH_BYTES];
    *ret_space = 0;
    if (snprintf(whole, sizeof(whole), "%s%.*s", root, STR_ARG(path)) >= (int)sizeof(whole))
        return -ENAMETOOLONG;
    _cleanup_close_ int own = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const int own_error = own < 0 ? -errno : 0;
    const bool is_elsewhere = about->mntns && own_space && about->mntns != own_space;
    _cleanup_close_ int there = is_elsewhere ? open_root(root, about) : -1;
    if (there < 0)
        return own < 0 ? own_error : TAKE_FD(own);
    const int fd = fs_open_beneath(there, path, O_RDONLY);
    if (is_same(fd, own) || (fd < 0 && own < 0)) {
        if (fd >= 0)
            (void)close(fd);
        return own < 0 ? own_error : TAKE_FD(own);
    }
    *ret_space = about->mntns;
    return fd;
}
