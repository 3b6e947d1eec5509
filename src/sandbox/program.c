// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "sandbox/jail.h"
#include "sandbox/program.h"

/* 0: it may be executed; else why not. Links lead to places within the tree, as they will in the jail. */
static int look(int tree, struct str folder, struct str name)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    char path[PATH_MAX];
    struct stat st;
    const int n = snprintf(path, sizeof(path), "/%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
    if (n < 0 || (size_t)n >= sizeof(path))
        return -ENAMETOOLONG;
    _cleanup_close_ int fd = (int)syscall(SYS_openat2, tree, path, &how, sizeof(how));
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) && st.st_mode & 0111 ? 0 : -EACCES;
}

static struct str path_of(const struct unpacked *image)
{
    struct str path = STR(JAIL_PATH);
    for (size_t i = 0; i < image->n_env; i++)
        if (str_starts(image->env[i], STR("PATH=")))
            path = str_sub(image->env[i], strlen("PATH="), image->env[i].n);
    return path;
}

/* The best of what its places say: a file that may not be executed tells more than none. */
static int search(int tree, const struct unpacked *image, struct str name)
{
    struct str rest = path_of(image), folder;
    int r = -ENOENT;
    if (!name.n)
        return r;
    while (str_split(&rest, ':', &folder)) {
        const int one = look(tree, folder.n ? folder : image->workdir, name);
        if (!one)
            return 0;
        r = one == -EACCES ? one : r;
    }
    return r;
}

int program_check(int tree, const struct unpacked *image, struct str name, struct error *err)
{
    if (str_starts(name, STR("/proc/")) || str_starts(name, STR("/dev/")))
        return 0;
    const bool is_path = str_has(name, STR("/"));
    const int r = !is_path               ? search(tree, image, name)
                  : name.p[0] == '/'     ? look(tree, STR_NULL, name)
                                         : look(tree, image->workdir, name);
    if (r == -EACCES)
        return error_set(err, r, "%.*s is no file of the image that may be executed; name another command behind it: davy detonate IMAGE -- COMMAND",
                         STR_ARG(name));
    return r < 0 ? error_set(err, -ENOENT, "the image has no program `%.*s`; name another command behind it: davy detonate IMAGE -- COMMAND",
                             STR_ARG(name))
                 : 0;
}
