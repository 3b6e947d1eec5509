// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/digest.h"
#include "cmd/common.h"
#include "cmd/scan_spool.h"

enum {
    DEPTH_MAX = 8,                /* of what lies in a spool: blobs/sha256/NAME */
    BROKEN_SECONDS = 7 * 86400,   /* what a broken pull left is kept so long */
    ORPHAN_SECONDS = 3600,        /* what cannot be gone on with, of a run that was killed */
    KEY_HEX = 32,
    ATTEMPTS = 16,
};

/* ---- removing ---- */

static void remove_tree(int parent, const char *name, int depth)
{
    if (!unlinkat(parent, name, 0) || errno != EISDIR || depth > DEPTH_MAX)
        return;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    _cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            remove_tree(dirfd(d), e->d_name, depth + 1);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* Removes what nobody uses any more and nobody will go on with. */
static void purge(int root)
{
    int copy = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_closedir_ DIR *d = copy < 0 ? NULL : fdopendir(copy);
    time_t now = time(NULL);
    for (struct dirent *e; d && (e = readdir(d));) {
        struct str name = str_from(e->d_name);
        bool is_broken = str_starts(name, STR("pull-"));
        struct stat st;
        if (!is_broken && !str_starts(name, STR("tmp-")))
            continue;
        _cleanup_close_ int fd = openat(root, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0 || now - st.st_mtime < (is_broken ? BROKEN_SECONDS : ORPHAN_SECONDS))
            continue;
        if (!flock(fd, LOCK_EX | LOCK_NB))
            remove_tree(root, e->d_name, 0);
    }
}

/* ---- the folder of all ---- */

/* Makes the folders of the path that are missing, for this user only, and opens the last one. */
static int open_folder(const char *path)
{
    char partial[PATH_MAX];
    struct str p = str_from(path);
    if (!p.n || p.n >= sizeof(partial))
        return -ENAMETOOLONG;
    for (size_t i = 1; i <= p.n; i++) {
        if (i < p.n && p.p[i] != '/')
            continue;
        memcpy(partial, p.p, i);
        partial[i] = 0;
        if (mkdir(partial, 0700) < 0 && errno != EEXIST)
            return -errno;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* A folder that somebody else may write to is not used: they could put other bytes in the image's place. */
static bool is_ours(int fd)
{
    struct stat st;
    return !fstat(fd, &st) && st.st_uid == geteuid() && !(st.st_mode & 022) && !faccessat(fd, ".", W_OK | X_OK, AT_EACCESS);
}

static int open_root(struct spool *s, struct str *ret_path, struct error *err)
{
    const char *cache = cmd_cache_dir(), *temp = getenv("TMPDIR");
    const char *places[3];
    size_t n = 0;
    int first = 0;
    if (*cache)
        places[n++] = arena_printf(&s->arena, "%s/pull", cache).p;
    places[n++] = arena_printf(&s->arena, "%s/davy-pull-%u", temp && *temp == '/' ? temp : "/tmp", geteuid()).p;
    for (size_t i = 0; i < n; i++) {
        _cleanup_close_ int fd = open_folder(places[i]);
        if (!first)
            first = fd < 0 ? fd : -EACCES;
        if (fd < 0 || !is_ours(fd))
            continue;
        s->root = TAKE_FD(fd);
        *ret_path = str_from(places[i]);
        return 0;
    }
    if (n == 1)
        return error_errno(err, first, "no folder for the image: %s cannot be used by this user alone; set XDG_CACHE_HOME",
                           places[0]);
    return error_errno(err, first,
                       "no folder for the image: neither %s nor %s can be used by this user alone; set XDG_CACHE_HOME", places[0], places[1]);
}

/* ---- the folder of one image ---- */

/* Opens and locks it: 0, -EAGAIN when another run has it or has just removed it. */
static int lock_folder(struct spool *s)
{
    struct stat st;
    s->dir = openat(s->root, s->name.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s->dir < 0)
        return -errno;
    if (flock(s->dir, LOCK_EX | LOCK_NB) < 0 || fstat(s->dir, &st) < 0 || !st.st_nlink) {
        (void)close(TAKE_FD(s->dir));
        return -EAGAIN;
    }
    return 0;
}

static int make_folder(struct spool *s, struct str key)
{
    uint8_t digest[SHA256_BYTES];
    sha256_once(key.p ? key.p : "", key.n, digest);
    struct str hex = hex_encode(&s->arena, digest, sizeof(digest));
    for (int i = 0; i < ATTEMPTS; i++) {
        struct timespec t;
        (void)clock_gettime(CLOCK_REALTIME, &t);
        /* another run that fetches the same now keeps its folder; this one takes a new one */
        s->name = key.n && !i ? arena_printf(&s->arena, "pull-%.*s", KEY_HEX, hex.p)
                              : arena_printf(&s->arena, "tmp-%d-%ld-%d", getpid(), t.tv_nsec, i);
        if (mkdirat(s->root, s->name.p, 0700) < 0 && (errno != EEXIST || !key.n || i))
            return -errno;
        int r = lock_folder(s);
        if (r != -EAGAIN && r != -ENOENT)
            return r;
    }
    return -EBUSY;
}

int spool_open(struct spool *s, struct str key, const char *keep, struct error *err)
{
    struct str root = STR_NULL;
    if (keep) {
        s->is_kept = true;
        s->dir = open_folder(keep);
        s->path = keep;
        return s->dir < 0 ? error_errno(err, s->dir, "%s", keep) : 0;
    }
    int r = open_root(s, &root, err);
    if (r < 0)
        return r;
    purge(s->root);
    r = make_folder(s, key);
    if (r < 0)
        return error_errno(err, r, "%.*s", STR_ARG(root));
    s->path = arena_printf(&s->arena, "%.*s/%.*s", STR_ARG(root), STR_ARG(s->name)).p;
    return 0;
}

void spool_done(struct spool *s, bool leave)
{
    if (s->dir >= 0 && !s->is_kept && !leave)
        remove_tree(s->root, s->name.p, 0);
    if (s->dir >= 0)
        (void)close(s->dir);
    if (s->root >= 0)
        (void)close(s->root);
    arena_done(&s->arena);
    *s = SPOOL_NULL;
}
