// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include "source/container/database.h"
#include "source/proc/fs.h"

enum { LOOKS = 3 };

bool database_look(struct finder *f, const char *path, bool (*look)(struct bolt *b, void *ctx), void *ctx)
{
    struct stat st;
    bool found = false, is_same = false;
    _cleanup_close_ int fd = fs_open_beneath(f->stores->root, str_from(path), O_RDONLY);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    for (int i = 0; i < LOOKS && !is_same; i++) {
        struct bolt b;
        found = !bolt_open(&b, fd) && look(&b, ctx);
        is_same = bolt_is_same(&b);
        bolt_done(&b);
    }
    return found && is_same;
}
