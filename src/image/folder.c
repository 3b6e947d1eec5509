// SPDX-License-Identifier: Apache-2.0
/*
 * Folders and single files: a walk by descriptors, each folder opened from its parent without following
 * links, so that nobody who renames folders meanwhile can lead it astray. Only regular files are ever opened,
 * and only read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "image/beneath.h"
#include "image/inode.h"
#include "image/internal.h"
#include "image/landing.h"
#include "image/path.h"

struct frame {
    int fd;
    struct inode_names names;
    size_t at;
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
    uint64_t at, end;   /* in it: what is read next, and where it ends */
    uint64_t most;      /* bytes of it that may still be given */
    uint64_t zeros;     /* bytes of its holes that were given */
    uint64_t solid;     /* up to here it is read without asking for holes */
    struct landing out;
};

static void frame_done(struct frame *f)
{
    (void)close(f->fd);
    free(f->names.names);
    free(f->names.order);
}

static bool has_path(const char *const *list, struct str path)
{
    for (; list && *list; list++)
        if (str_is(path, *list))
            return true;
    return false;
}

static void unreadable(struct image *img, int error)
{
    img->entry.error = error;
    img->entry.problems |= IMAGE_PROBLEM_MASK(UNREADABLE);
}

/*
 * How much of a file is read: its size when it was opened (a log that grows would not end), but no more than
 * the limits allow, nor than what is stored of it can honestly unpack to where the file system packs files.
 */
static void plan_read(struct image *img, const struct statx *x)
{
    struct folder *f = img->folder;
    uint64_t stored = x->stx_blocks * 512, ratio = img->limits.ratio;
    uint64_t most = stored > UINT64_MAX / ratio ? UINT64_MAX : stored * ratio;
    most = most > IMAGE_BOMB_FLOOR ? most : IMAGE_BOMB_FLOOR;
    f->at = f->zeros = 0;
    f->end = x->stx_size;
    most += most < UINT64_MAX - IMAGE_HOLE_BYTES ? IMAGE_HOLE_BYTES : 0; /* zeros of holes unpack from nothing */
    f->most = most < img->limits.layer_bytes ? most : img->limits.layer_bytes;
    /* holes that are given anyway need no question */
    f->solid = stored < x->stx_size && x->stx_size - stored > IMAGE_HOLE_BYTES ? 0 : UINT64_MAX;
}

/* Goes over the hole that the file goes on with, when it is a long one, and tells how far the file is read on. */
static void pass_hole(struct image *img)
{
    struct folder *f = img->folder;
    off_t at = (off_t)f->at, data = lseek(f->file, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
        data = (off_t)f->end; /* nothing but a hole follows */
    if (data < at) {
        f->solid = UINT64_MAX; /* the file system does not say */
        return;
    }
    uint64_t hole = (uint64_t)data < f->end ? (uint64_t)(data - at) : f->end - f->at;
    if (hole > IMAGE_HOLE_BYTES - f->zeros) {
        img->entry.hole_bytes += hole;
        f->at += hole;
        data = lseek(f->file, (off_t)f->at, SEEK_HOLE);
        f->solid = data > (off_t)f->at ? (uint64_t)data : f->at + 1;
    } else {
        f->zeros += hole;
        data = lseek(f->file, data, SEEK_HOLE);
        f->solid = data > at ? (uint64_t)data : f->end;
    }
    if (lseek(f->file, (off_t)f->at, SEEK_SET) < 0)
        f->solid = UINT64_MAX;
}

static void open_file(struct image *img, int dir, const char *name, const struct statx *x)
{
    struct stat st;
    int fd = inode_open(dir, name, 0);
    if (fd < 0) {
        unreadable(img, fd);
        return;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_ino != x->stx_ino) {
        unreadable(img, -ESTALE); /* it was exchanged between look and open */
        (void)close(fd);
        return;
    }
    inode_flags(fd, x, &img->entry);
    inode_xattrs(fd, &img->entry_arena, &img->entry);
    img->folder->file = fd;
    plan_read(img, x);
}

/* Opens the folder and puts it on the stack, unless it is not to be entered. */
static void enter(struct image *img, int dir, const char *name, const struct statx *x)
{
    struct folder *f = img->folder;
    struct frame frame = {.path_n = f->path.n, .mount = inode_mount(x)};
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
        if (look < 0 || inode_is_pseudo(look))
            return;
    }
    frame.fd = inode_open(dir, name, O_DIRECTORY);
    if (frame.fd < 0) {
        unreadable(img, frame.fd);
        return;
    }
    inode_flags(frame.fd, x, &img->entry);
    int r = inode_names(frame.fd, img->limits.entries, &frame.names);
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
    inode_fill(&x, e);
    inode_flags(-1, &x, e);
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
    if (f->is_done)
        return 1;
    f->is_done = true;
    struct image_entry *e = &img->entry;
    e->path = e->raw_path = strbuf_str(&f->path);
    struct statx x;
    if (statx(f->root, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x) < 0)
        return -errno;
    inode_fill(&x, e);
    plan_read(img, &x);
    inode_flags(f->root, &x, e);
    inode_xattrs(f->root, &img->entry_arena, e);
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
        if (top->at == top->names.n) {
            frame_done(top);
            f->stack.n--;
            continue;
        }
        const char *name = top->names.names + top->names.order[top->at++];
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
    if (f->file >= 0 && f->at < f->end && f->at >= f->solid)
        pass_hole(img);
    if (f->file < 0 || f->at >= f->end)
        return 1;
    if (!f->most) {
        img->entry.problems |= IMAGE_PROBLEM_MASK(BOMB);
        return error_set(err, -EFBIG, "%.*s: the rest is not read", STR_ARG(img->entry.path));
    }
    size_t room;
    uint8_t *to = landing_next(&f->out, &room);
    uint64_t until = f->end < f->solid ? f->end : f->solid, left = until - f->at < f->most ? until - f->at : f->most;
    size_t want = left < room ? (size_t)left : room;
    ssize_t n;
    do
        n = read(f->file, to, want);
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
    f->at += (size_t)n;
    f->most -= (size_t)n;
    img->progress.bytes_done += (size_t)n;
    landing_take(&f->out, (size_t)n);
    *ret = to;
    *ret_n = (size_t)n;
    return 0;
}

bool folder_hold(struct image *img, uint64_t n)
{
    struct folder *f = img->folder;
    landing_release(&f->out);
    f->out.at = 0;
    return n >= f->end - f->at && landing_hold(&f->out, n);
}

void folder_release(struct image *img)
{
    landing_release(&img->folder->out);
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
    landing_init(&f->out, 1, IMAGE_HELD_BYTES);
    if (fstat(fd, &here) < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &x) < 0)
        return error_errno(err, -errno, "%s", path);
    f->is_live = !stat("/", &root) && root.st_dev == here.st_dev && root.st_ino == here.st_ino;
    f->root_mount = inode_mount(&x);
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
    landing_done(&f->out);
    if (f->file >= 0)
        (void)close(f->file);
    (void)close(f->root);
    free(f);
    return NULL;
}
