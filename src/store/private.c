// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "store/private.h"

int private_check(const struct stat *st, const char *path, struct error *err)
{
    if (st->st_uid != geteuid() || st->st_mode & (S_IWGRP | S_IWOTH))
        return error_set(err, -EPERM, "%s belongs to somebody else or can be written by others", path);
    return 0;
}

int private_folder_of(const char *path, struct error *err)
{
    struct stat st;
    _cleanup_free_ char *folder = xstrdup(path);
    char *slash = strrchr(folder, '/');
    if (!slash || slash == folder)
        return 0;
    *slash = 0;
    char *above = strrchr(folder, '/');
    if (mkdir(folder, 0700) < 0 && errno == ENOENT && above && above != folder) {
        *above = 0;
        (void)mkdir(folder, 0700);
        *above = '/';
        (void)mkdir(folder, 0700);
    }
    if (stat(folder, &st) < 0)
        return error_errno(err, -errno, "%s", folder);
    return private_check(&st, folder, err);
}
