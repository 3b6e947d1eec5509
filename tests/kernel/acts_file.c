// SPDX-License-Identifier: Apache-2.0
/* Acts on files, and the many ways to one file. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "acts.h"

static void make(const char *path)
{
    int fd = (int)must(open(path, O_CREAT | O_WRONLY, 0600), path);
    close(fd);
}

static void open_plain(void)
{
    must(open(SECRET, O_RDONLY), "open");
}

static void open_create(void)
{
    must(open(ROOM "/data/created", O_CREAT | O_EXCL | O_WRONLY, 0755), "open");
}

static void open_symlink(void)
{
    must(open(ROOM "/link/to/secret", O_RDONLY), "open");
}

static void open_proc_root(void)
{
    must(open("/proc/self/root" SECRET, O_RDONLY), "open");
}

static void open_dirfd(void)
{
    int folder = (int)must(open(ROOM "/data", O_PATH | O_DIRECTORY), "open folder");
    must(openat(folder, "secret", O_RDONLY), "openat");
}

static void open_relative(void)
{
    must(chdir(ROOM "/link"), "chdir");
    must(open("..//./data/../data/secret", O_RDONLY), "open");
}

static void open_missing(void)
{
    if (open(ROOM "/data/missing", O_RDONLY) >= 0 || errno != ENOENT)
        fail("open of a file that is not there");
}

static void open_2(void)
{
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_MAGICLINKS};
    must(syscall(SYS_openat2, AT_FDCWD, SECRET, &how, sizeof(how)), "openat2");
}

/* open(2) of a pipe returns when somebody opens the other end: time enough to write another name over the one that was read. */
static char rewritten[64];
static void *rewrite_and_write(void *unused)
{
    (void)unused;
    usleep(200 * 1000);
    strcpy(rewritten, ROOM "/data/harmless");
    int fd = open(ROOM "/data/pipe", O_WRONLY);
    return fd < 0 ? NULL : rewritten;
}

static void open_rewritten(void)
{
    pthread_t other;
    strcpy(rewritten, ROOM "/data/pipe");
    if (pthread_create(&other, NULL, rewrite_and_write, NULL))
        fail("pthread_create");
    must(syscall(SYS_openat, AT_FDCWD, rewritten, O_RDONLY), "openat");
    pthread_join(other, NULL);
}

/*
 * rename(2) reads one name, then the other; which is first is the compiler's choice. The second lies in a page that userfaultfd
 * keeps back until the first has been written over: whoever reads names when the call returns reads a wrong one. Where the
 * kernel reads in the other order it uses the harmless name, finds nothing, and the names change places.
 */
struct rewriting {
    int faults;
    char *page;                        /* holds `second` once it is asked for */
    const char *second, *over;         /* what stands over the first by then */
};

static void *rewrite_and_serve(void *arg)
{
    struct rewriting *r = arg;
    struct uffd_msg message;
    static char content[4096];
    if (read(r->faults, &message, sizeof(message)) != sizeof(message))
        return NULL;
    strcpy(rewritten, r->over);
    strcpy(content, r->second);
    struct uffdio_copy copy = {.dst = (uintptr_t)r->page, .src = (uintptr_t)content, .len = sizeof(content)};
    return ioctl(r->faults, UFFDIO_COPY, &copy) ? NULL : r;
}

static int rename_with(const char *first, const char *over, const char *second, bool old_first)
{
    pthread_t other;
    struct rewriting r = {.second = second, .over = over};
    r.faults = (int)must(syscall(SYS_userfaultfd, O_CLOEXEC), "userfaultfd");
    r.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register range = {.range = {.start = (uintptr_t)r.page, .len = 4096}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    must(ioctl(r.faults, UFFDIO_API, &api), "UFFDIO_API");
    must(ioctl(r.faults, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
    strcpy(rewritten, first);
    if (pthread_create(&other, NULL, rewrite_and_serve, &r))
        fail("pthread_create");
    int res = (int)syscall(SYS_rename, old_first ? rewritten : r.page, old_first ? r.page : rewritten);
    pthread_join(other, NULL);
    return res;
}

static void rename_rewritten(void)
{
    const char *from = ROOM "/data/to-rename", *to = ROOM "/data/renamed";
    make(from);
    if (rename_with(from, ROOM "/data/nothing", to, true) && rename_with(to, ROOM "/nowhere/nothing", from, false))
        fail("rename");
}

static void names(void)
{
    make(ROOM "/data/a");
    must(rename(ROOM "/data/a", ROOM "/data/b"), "rename");
    must(link(ROOM "/data/b", ROOM "/data/hard"), "link");
    must(symlink(ROOM "/data/b", ROOM "/data/soft"), "symlink");
    must(chmod(ROOM "/data/soft", 04755), "chmod");
    must(mkdir(ROOM "/data/folder", 0700), "mkdir");
    must(rmdir(ROOM "/data/folder"), "rmdir");
    must(unlink(ROOM "/data/b"), "unlink");
    must(unlink(ROOM "/data/hard"), "unlink");
    must(unlink(ROOM "/data/soft"), "unlink");
}

/* A folder on the way is a link: only the kernel knows which file goes. */
static void unlink_symlink(void)
{
    make(ROOM "/data/to-unlink");
    must(unlink(ROOM "/link/to/to-unlink"), "unlink");
}

static void set_flags(const char *path, int flags)
{
    int fd = open(path, O_RDONLY), before = 0;
    if (fd < 0)
        skip("no file system with attributes of inodes is mounted");
    must(ioctl(fd, FS_IOC_GETFLAGS, &before), "FS_IOC_GETFLAGS");
    int after = before | flags;
    must(ioctl(fd, FS_IOC_SETFLAGS, &after), "FS_IOC_SETFLAGS");
    must(ioctl(fd, FS_IOC_SETFLAGS, &before), "FS_IOC_SETFLAGS");
}

static void immutable(void)
{
    set_flags(ROOM "/ext4/file", FS_IMMUTABLE_FL);
}

static void immutable_tmpfs(void)
{
    set_flags(ROOM "/data/flags", FS_IMMUTABLE_FL);
}

static void immutable_xattr(void)
{
    int fd = open(ROOM "/ext4/file", O_RDONLY);
    struct fsxattr attributes;
    if (fd < 0)
        skip("no file system with attributes of inodes is mounted");
    must(ioctl(fd, FS_IOC_FSGETXATTR, &attributes), "FS_IOC_FSGETXATTR");
    attributes.fsx_xflags |= FS_XFLAG_APPEND;
    must(ioctl(fd, FS_IOC_FSSETXATTR, &attributes), "FS_IOC_FSSETXATTR");
    attributes.fsx_xflags &= ~(uint32_t)FS_XFLAG_APPEND;
    must(ioctl(fd, FS_IOC_FSSETXATTR, &attributes), "FS_IOC_FSSETXATTR");
}

static void immutable_syscall(void)
{
    enum { SYS_FILE_GETATTR = 468, SYS_FILE_SETATTR = 469 };
    struct {
        uint64_t xflags;
        uint32_t extsize, nextents, projid, cowextsize;
    } attributes;
    if (access(ROOM "/ext4/file", F_OK))
        skip("no file system with attributes of inodes is mounted");
    must(syscall(SYS_FILE_GETATTR, AT_FDCWD, ROOM "/ext4/file", &attributes, sizeof(attributes), 0), "file_getattr");
    attributes.xflags |= FS_XFLAG_IMMUTABLE;
    must(syscall(SYS_FILE_SETATTR, AT_FDCWD, ROOM "/ext4/file", &attributes, sizeof(attributes), 0), "file_setattr");
    attributes.xflags &= ~(uint64_t)FS_XFLAG_IMMUTABLE;
    must(syscall(SYS_FILE_SETATTR, AT_FDCWD, ROOM "/ext4/file", &attributes, sizeof(attributes), 0), "file_setattr");
}

static void xattr(void)
{
    must(setxattr(ROOM "/data/flags", "security.davy", "1", 1, 0), "setxattr");
}

static void write_device(void)
{
    static char block[4096];
    int fd = open(ROOM "/disk", O_WRONLY | O_SYNC);
    if (fd < 0)
        skip("no block device is there to write to");
    if (write(fd, block, sizeof(block)) != sizeof(block))
        fail("write");
}

const struct act ACTS_FILE[] = {
    {"open", open_plain},
    {"open-create", open_create},
    {"open-symlink", open_symlink},
    {"open-proc-root", open_proc_root},
    {"open-dirfd", open_dirfd},
    {"open-relative", open_relative},
    {"open-missing", open_missing},
    {"openat2", open_2},
    {"open-rewritten", open_rewritten},
    {"rename-rewritten", rename_rewritten},
    {"names", names},
    {"unlink-symlink", unlink_symlink},
    {"immutable", immutable},
    {"immutable-tmpfs", immutable_tmpfs},
    {"immutable-xattr", immutable_xattr},
    {"immutable-syscall", immutable_syscall},
    {"setxattr", xattr},
    {"write-device", write_device},
    {0},
};
