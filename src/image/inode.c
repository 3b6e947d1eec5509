// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "image/inode.h"
#include "image/limits.h"

bool inode_is_pseudo(int fd)
{
    static const long TYPES[] = {
        PROC_SUPER_MAGIC,
        SYSFS_MAGIC,
        DEVPTS_SUPER_MAGIC,
        CGROUP_SUPER_MAGIC,
        CGROUP2_SUPER_MAGIC,
        DEBUGFS_MAGIC,
        TRACEFS_MAGIC,
        SECURITYFS_MAGIC,
        PSTOREFS_MAGIC,
        BPF_FS_MAGIC,
        BINFMTFS_MAGIC,
        EFIVARFS_MAGIC,
        HUGETLBFS_MAGIC,
        NSFS_MAGIC,
        SELINUX_MAGIC,
        AUTOFS_SUPER_MAGIC,
        RDTGROUP_SUPER_MAGIC,
        0x62656570 /* configfs */,
        0x65735543 /* fusectl */,
        0x19800202 /* mqueue */,
    };
    struct statfs s;
    if (fstatfs(fd, &s) < 0)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(TYPES); i++)
        if (s.f_type == TYPES[i])
            return true;
    return false;
}

static int compare(const void *a, const void *b, void *names)
{
    return strcmp((const char *)names + *(const size_t *)a, (const char *)names + *(const size_t *)b);
}

int inode_names(int fd, uint64_t max, struct inode_names *ret)
{
    _cleanup_closedir_ DIR *d = NULL;
    struct strbuf names = {};
    VEC(size_t) order = {};
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), r = 0;
    if (copy < 0)
        return -errno;
    d = fdopendir(copy);
    if (!d) {
        (void)close(copy);
        return -ENOMEM;
    }
    errno = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (order.n == max) {
            r = -E2BIG;
            break;
        }
        vec_add(&order, names.n);
        strbuf_add(&names, str_n(e->d_name, strlen(e->d_name) + 1));
        errno = 0;
    }
    if (!r && errno)
        r = -errno;
    if (order.n)
        qsort_r(order.v, order.n, sizeof(*order.v), compare, names.p);
    ret->names = names.p;
    ret->order = order.v;
    ret->n = order.n;
    return r;
}

uint64_t inode_mount(const struct statx *x)
{
    return x->stx_mask & STATX_MNT_ID ? x->stx_mnt_id : (uint64_t)x->stx_dev_major << 32 | x->stx_dev_minor;
}

static uint64_t nanoseconds(struct statx_timestamp t)
{
    return t.tv_sec < 0 ? 0 : (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static enum entry_type type_of(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return ENTRY_DIRECTORY;
    case S_IFLNK:
        return ENTRY_SYMLINK;
    case S_IFIFO:
        return ENTRY_FIFO;
    case S_IFSOCK:
        return ENTRY_SOCKET;
    case S_IFCHR:
        return ENTRY_CHAR_DEVICE;
    case S_IFBLK:
        return ENTRY_BLOCK_DEVICE;
    default:
        return ENTRY_REGULAR;
    }
}

void inode_fill(const struct statx *x, struct image_entry *e)
{
    e->type = type_of(x->stx_mode);
    e->size = e->type == ENTRY_REGULAR ? x->stx_size : 0;
    e->mode = x->stx_mode & 07777;
    e->uid = x->stx_uid;
    e->gid = x->stx_gid;
    e->mtime_ns = nanoseconds(x->stx_mtime);
    e->ctime_ns = nanoseconds(x->stx_ctime);
}

void inode_flags(int fd, const struct statx *x, struct image_entry *e)
{
    long flags = 0;
    e->is_immutable = x->stx_attributes & STATX_ATTR_IMMUTABLE;
    e->is_append_only = x->stx_attributes & STATX_ATTR_APPEND;
    if (x->stx_attributes_mask & STATX_ATTR_IMMUTABLE || fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
        return;
    e->is_immutable = flags & FS_IMMUTABLE_FL;
    e->is_append_only = flags & FS_APPEND_FL;
}

/* The one whose value says something about every file that has it. */
static void read_capability(int fd, struct arena *a, struct image_entry *e)
{
    char value[IMAGE_CAPABILITY_BYTES];
    ssize_t n = -1;
    for (size_t i = 0; i < e->n_xattrs && n < 0; i++)
        if (str_is(e->xattrs[i], "security.capability"))
            n = fgetxattr(fd, "security.capability", value, sizeof(value));
    if (n > 0)
        e->capability = arena_str(a, str_n(value, (size_t)n));
}

void inode_xattrs(int fd, struct arena *a, struct image_entry *e)
{
    char names[4096];
    ssize_t n = flistxattr(fd, names, sizeof(names));
    size_t count = 0;
    if (n <= 0)
        return;
    for (ssize_t i = 0; i < n; i++)
        count += !names[i];
    struct str *list = arena_array(a, struct str, count);
    struct str rest = str_n(names, (size_t)n), name;
    for (count = 0; rest.n && str_split(&rest, 0, &name);)
        list[count++] = arena_str(a, name);
    e->xattrs = list;
    e->n_xattrs = count;
    read_capability(fd, a, e);
}

int inode_open(int dir, const char *name, int flags)
{
    flags |= O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = openat(dir, name, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(dir, name, flags);
    return fd < 0 ? -errno : fd;
}
