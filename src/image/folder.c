// SPDX-License-Identifier: Apache-2.0
/*
 * Folders and single files: a walk by descriptors, each folder opened from its parent without following
 * links, so that nobody who renames folders meanwhile can lead it astray. Only regular files are ever opened,
 * and only read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/strbuf.h"
#include "image/beneath.h"
#include "image/internal.h"
#include "image/path.h"

struct frame {
    int fd;
    char *names;   /* one after the other, each with its NUL */
    size_t *order; /* offsets in names, sorted */
    size_t n, at;
    size_t path_n; /* length of the folder's path in folder.path */
    uint64_t mount;
};

struct folder {
    int root;
    bool is_file, is_live, is_done;
    struct image_options options;
    uint64_t root_mount;
    size_t next_only;
    VEC(struct frame) stack;
    struct strbuf path; /* of the folder on top of the stack, then of its child */
    int file;           /* of the current entry, -1 when it is not to be read */
    uint64_t left;      /* bytes of it still to be read */
    bool is_cut;        /* more bytes than are worth reading: holes, or over limits.layer_bytes */
    uint8_t *buffer;
};

static void frame_done(struct frame *f)
{
    (void)close(f->fd);
    free(f->names);
    free(f->order);
}

static bool has_path(const char *const *list, struct str path)
{
    for (; list && *list; list++)
        if (str_is(path, *list))
            return true;
    return false;
}

/* File systems of the kernel's own making: nothing is stored there, and reading can act. */
static bool is_pseudo(int fd)
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

/* The folder's names, sorted so that every run gives the same order. */
static int read_names(struct frame *f, uint64_t max)
{
    _cleanup_closedir_ DIR *d = NULL;
    struct strbuf names = {};
    VEC(size_t) order = {};
    int copy = fcntl(f->fd, F_DUPFD_CLOEXEC, 0), r = 0;
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
    f->names = names.p;
    f->order = order.v;
    f->n = order.n;
    return r;
}

static uint64_t mount_of(const struct statx *x)
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

static void unreadable(struct image *img, int error)
{
    img->entry.error = error;
    img->entry.problems |= IMAGE_PROBLEM_MASK(UNREADABLE);
}

/* Inode flags: statx tells them where the file system supports it, else the ioctl does. */
static void add_flags(struct image_entry *e, const struct statx *x, int fd)
{
    long flags = 0;
    e->is_immutable = x->stx_attributes & STATX_ATTR_IMMUTABLE;
    e->is_append_only = x->stx_attributes & STATX_ATTR_APPEND;
    if (x->stx_attributes_mask & STATX_ATTR_IMMUTABLE || fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
        return;
    e->is_immutable = flags & FS_IMMUTABLE_FL;
    e->is_append_only = flags & FS_APPEND_FL;
}

static void add_xattrs(struct image *img, int fd)
{
    char names[4096];
    ssize_t n = flistxattr(fd, names, sizeof(names));
    size_t count = 0;
    if (n <= 0)
        return;
    for (ssize_t i = 0; i < n; i++)
        count += !names[i];
    struct str *list = arena_array(&img->entry_arena, struct str, count);
    struct str rest = str_n(names, (size_t)n), name;
    for (count = 0; rest.n && str_split(&rest, 0, &name);)
        list[count++] = arena_str(&img->entry_arena, name);
    img->entry.xattrs = list;
    img->entry.n_xattrs = count;
}

/* Opens without touching the access time where we may (owner or root). */
static int open_quietly(int dir, const char *name, int flags)
{
    flags |= O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = openat(dir, name, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(dir, name, flags);
    return fd < 0 ? -errno : fd;
}

/*
 * How much of a file is read: its size when it was opened (a log that grows would not end), but no more than
 * the limits allow, and only the beginning of one that is nearly all holes: anybody may make such a file of
 * exabytes.
 */
static void plan_read(struct image *img, const struct statx *x)
{
    struct folder *f = img->folder;
    uint64_t stored = x->stx_blocks * 512, max = img->limits.layer_bytes;
    if (x->stx_size > IMAGE_BOMB_FLOOR && x->stx_size / img->limits.ratio > stored)
        max = IMAGE_BOMB_FLOOR;
    f->is_cut = x->stx_size > max;
    f->left = f->is_cut ? max : x->stx_size;
}

static void open_file(struct image *img, int dir, const char *name, const struct statx *x)
{
    struct stat st;
    int fd = open_quietly(dir, name, 0);
    if (fd < 0) {
        unreadable(img, fd);
        return;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_ino != x->stx_ino) {
        unreadable(img, -ESTALE); /* it was exchanged between look and open */
        (void)close(fd);
        return;
    }
    add_flags(&img->entry, x, fd);
    add_xattrs(img, fd);
    img->folder->file = fd;
    plan_read(img, x);
}

/* Opens the folder and puts it on the stack, unless it is not to be entered. */
static void enter(struct image *img, int dir, const char *name, const struct statx *x)
{
    struct folder *f = img->folder;
    struct frame frame = {.path_n = f->path.n, .mount = mount_of(x)};
    uint64_t outer = f->stack.n ? f->stack.v[f->stack.n - 1].mount : f->root_mount;
    if (has_path(f->options.skip, img->entry.path) ||
        (f->options.one_file_system && frame.mount != f->root_mount))
        return;
    if (f->stack.n >= img->limits.depth) {
        img->entry.problems |= IMAGE_PROBLEM_MASK(BAD_NAME);
        return;
    }
    if (frame.mount != outer || !f->stack.n) {
        /* looked at before it is opened: opening an automount point would mount it */
        _cleanup_close_ int look = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (look < 0 || is_pseudo(look))
            return;
    }
    frame.fd = open_quietly(dir, name, O_DIRECTORY);
    if (frame.fd < 0) {
        unreadable(img, frame.fd);
        return;
    }
    add_flags(&img->entry, x, frame.fd);
    int r = read_names(&frame, img->limits.entries);
    if (r == -E2BIG)
        img->entry.problems |= IMAGE_PROBLEM_MASK(TOO_MANY);
    else if (r < 0)
        unreadable(img, r);
    vec_add(&f->stack, frame);
}

static void add_link(struct image *img, int dir, const char *name)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(dir, name, target, sizeof(target));
    if (n < 0) {
        unreadable(img, -errno);
        return;
    }
    img->entry.link_target = arena_str(&img->entry_arena, str_n(target, (size_t)n));
    if (path_symlink_escapes(img->entry.path, img->entry.link_target))
        img->entry.problems |= IMAGE_PROBLEM_MASK(LINK_ESCAPE);
}

/* Fills img->entry for `name` in `dir`; folder.path holds its path. 0, or 1 when it is gone. */
static int visit(struct image *img, int dir, const char *name)
{
    struct folder *f = img->folder;
    struct image_entry *e = &img->entry;
    struct statx x;
    if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH),
              STATX_BASIC_STATS | STATX_MNT_ID, &x) < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return 1;
        unreadable(img, -errno);
        x = (struct statx){};
    }
    e->path = e->raw_path = arena_str(&img->entry_arena, f->path.n ? strbuf_str(&f->path) : STR("/"));
    img->progress.entries++;
    if (e->error)
        return 0;
    if (e->path.n > img->limits.path_bytes)
        e->problems |= IMAGE_PROBLEM_MASK(BAD_NAME);
    e->type = type_of(x.stx_mode);
    e->size = e->type == ENTRY_REGULAR ? x.stx_size : 0;
    e->mode = x.stx_mode & 07777;
    e->uid = x.stx_uid;
    e->gid = x.stx_gid;
    e->mtime_ns = nanoseconds(x.stx_mtime);
    e->ctime_ns = nanoseconds(x.stx_ctime);
    add_flags(e, &x, -1);
    if (e->type == ENTRY_REGULAR)
        open_file(img, dir, name, &x);
    else if (e->type == ENTRY_DIRECTORY)
        enter(img, dir, *name ? name : ".", &x);
    else if (e->type == ENTRY_SYMLINK)
        add_link(img, dir, name);
    else if ((e->type == ENTRY_CHAR_DEVICE || e->type == ENTRY_BLOCK_DEVICE) &&
             !(f->is_live && str_starts(e->path, STR("/dev/"))))
        e->problems |= IMAGE_PROBLEM_MASK(DEVICE);
    return 0;
}

/*
 * Another path of `only` stands above this one (or is the same, earlier) and its walk comes by here: no link
 * lies between.
 */
static bool is_covered(const struct folder *f, size_t at)
{
    const char *const *only = f->options.only;
    struct str path = str_from(only[at]);
    bool has_above = false;
    for (size_t i = 0; only[i]; i++) {
        struct str o = str_from(only[i]);
        has_above |= str_is(o, "/") ? path.n > 1 : str_starts(path, o) && path.n > o.n && path.p[o.n] == '/';
        if (i < at && str_eq(path, o))
            return true;
    }
    if (!has_above)
        return false;
    _cleanup_free_ char *parent = xstrndup(path.p, path.n - str_basename(path).n);
    _cleanup_close_ int fd = beneath_open_unlinked(f->root, parent, O_PATH | O_DIRECTORY);
    return fd >= 0;
}

/* Visits the next of the places to begin at: 0, 1 when there is none left. */
static int next_root(struct image *img)
{
    struct folder *f = img->folder;
    const char *const *only = f->options.only;
    strbuf_clear(&f->path);
    if (!only || !*only) {
        if (f->is_done)
            return 1;
        f->is_done = true;
        return visit(img, f->root, "");
    }
    while (only[f->next_only]) {
        size_t at = f->next_only++;
        uint64_t ignored = 0;
        if (is_covered(f, at))
            continue;
        struct str path = path_clean(&img->entry_arena, str_from(only[at]), &img->limits, &ignored);
        if (path.n == 1) {
            f->is_done = true;
            return visit(img, f->root, "");
        }
        struct str parent = arena_str(&img->entry_arena, str_dirname(path));
        _cleanup_close_ int dir = beneath_open(f->root, parent.p, O_PATH | O_DIRECTORY);
        strbuf_clear(&f->path);
        strbuf_add(&f->path, path);
        if (dir >= 0 && !visit(img, dir, arena_str(&img->entry_arena, str_basename(path)).p))
            return 0;
    }
    return 1;
}

static int next_file(struct image *img)
{
    struct folder *f = img->folder;
    struct stat st;
    if (f->is_done)
        return 1;
    f->is_done = true;
    struct image_entry *e = &img->entry;
    e->path = e->raw_path = strbuf_str(&f->path);
    struct statx x;
    if (fstat(f->root, &st) < 0 || statx(f->root, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x) < 0)
        return -errno;
    e->type = ENTRY_REGULAR;
    e->size = x.stx_size;
    plan_read(img, &x);
    e->mode = x.stx_mode & 07777;
    e->uid = x.stx_uid;
    e->gid = x.stx_gid;
    e->mtime_ns = nanoseconds(x.stx_mtime);
    e->ctime_ns = nanoseconds(x.stx_ctime);
    add_flags(e, &x, f->root);
    add_xattrs(img, f->root);
    f->file = fcntl(f->root, F_DUPFD_CLOEXEC, 0);
    img->progress.entries++;
    return f->file < 0 ? -errno : 0;
}

int folder_next(struct image *img, struct error *err)
{
    struct folder *f = img->folder;
    arena_reset(&img->entry_arena);
    img->entry = (struct image_entry){};
    if (f->file >= 0)
        (void)close(f->file);
    f->file = -1;
    if (f->is_file) {
        int r = next_file(img);
        return r < 0 ? error_errno(err, r, "%.*s", STR_ARG(strbuf_str(&f->path))) : r;
    }
    while (f->stack.n) {
        struct frame *top = &f->stack.v[f->stack.n - 1];
        f->path.n = top->path_n;
        if (top->at == top->n) {
            frame_done(top);
            f->stack.n--;
            continue;
        }
        const char *name = top->names + top->order[top->at++];
        strbuf_addc(&f->path, '/');
        strbuf_adds(&f->path, name);
        if (!visit(img, top->fd, name))
            return 0;
    }
    return next_root(img);
}

int folder_read(struct image *img, const uint8_t **ret, size_t *ret_n, struct error *err)
{
    struct folder *f = img->folder;
    if (img->entry.error)
        return error_errno(err, img->entry.error, "%.*s", STR_ARG(img->entry.path));
    if (f->file >= 0 && !f->left && f->is_cut) {
        img->entry.problems |= IMAGE_PROBLEM_MASK(BOMB);
        return error_set(err, -EFBIG, "%.*s: the rest is not read", STR_ARG(img->entry.path));
    }
    if (f->file < 0 || !f->left)
        return 1;
    size_t want = f->left < IMAGE_IO_BYTES ? (size_t)f->left : IMAGE_IO_BYTES;
    ssize_t n;
    do
        n = read(f->file, f->buffer, want);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        int r = -errno;
        img->entry.problems |= IMAGE_PROBLEM_MASK(UNREADABLE);
        return error_errno(err, r, "%.*s", STR_ARG(img->entry.path));
    }
    if (!n) {
        img->entry.problems |= IMAGE_PROBLEM_MASK(TRUNCATED);
        return 1;
    }
    f->left -= (size_t)n;
    img->progress.bytes_done += (size_t)n;
    *ret = f->buffer;
    *ret_n = (size_t)n;
    return 0;
}

int folder_open(struct image *img, int fd, const char *path, bool is_file,
                const struct image_options *options, struct error *err)
{
    struct stat here, root;
    struct statx x;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return error_errno(err, -errno, "%s", path);
    struct folder *f = xnew(struct folder);
    img->folder = f;
    f->root = copy;
    f->file = -1;
    f->is_file = is_file;
    f->options = options ? *options : (struct image_options){};
    f->buffer = xalloc(IMAGE_IO_BYTES);
    if (fstat(fd, &here) < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &x) < 0)
        return error_errno(err, -errno, "%s", path);
    f->is_live = !stat("/", &root) && root.st_dev == here.st_dev && root.st_ino == here.st_ino;
    f->root_mount = mount_of(&x);
    if (is_file) {
        strbuf_adds(&f->path, path);
        img->progress.bytes_total = (uint64_t)here.st_size;
    }
    return 0;
}

struct folder *folder_free(struct folder *f)
{
    if (!f)
        return NULL;
    vec_each(frame, &f->stack) frame_done(frame);
    vec_done(&f->stack);
    strbuf_done(&f->path);
    free(f->buffer);
    if (f->file >= 0)
        (void)close(f->file);
    (void)close(f->root);
    free(f);
    return NULL;
}
