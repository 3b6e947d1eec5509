// SPDX-License-Identifier: Apache-2.0
#include "base/cache.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/mask.h"

struct cache {
    int fd;
    unsigned written; /* for names of files that are being written */
};

/* An entry begins with this, then the SHA-256 of what follows when its mask is off. */
static const char MAGIC[8] = "davyche2";

enum { HEADER_BYTES = sizeof(MAGIC) + SHA256_BYTES, NAME_BYTES = 128 };

/* Ours, and for nobody else to write. */
static bool is_private(const struct stat *st)
{
    return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Makes the folder; of those above it only the last may be missing (~/.cache of a new user). */
static void make(const char *path)
{
    char above[4096];
    const char *slash = strrchr(path, '/');
    if (mkdir(path, 0700) == 0 || errno != ENOENT || !slash || slash == path || (size_t)(slash - path) >= sizeof(above))
        return;
    memcpy(above, path, (size_t)(slash - path));
    above[slash - path] = 0;
    if (mkdir(above, 0700) == 0)
        (void)mkdir(path, 0700);
}

struct cache *cache_open(const char *folder)
{
    struct stat st;
    make(folder);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) < 0 || !is_private(&st)) {
        close(fd);
        return NULL;
    }
    struct cache *c = xnew(struct cache);
    c->fd = fd;
    return c;
}

struct cache *cache_close(struct cache *c)
{
    if (c)
        close(c->fd);
    free(c);
    return NULL;
}

static void name_of(char ret[NAME_BYTES], const char *kind, const uint8_t key[SHA256_BYTES])
{
    size_t n = (size_t)snprintf(ret, 32, "%s-", kind);
    for (size_t i = 0; i < SHA256_BYTES; i++)
        n += (size_t)snprintf(ret + n, 3, "%02x", key[i]);
}

bool cache_get(struct cache *c, const char *kind, const uint8_t key[SHA256_BYTES], struct strbuf *ret)
{
    char name[NAME_BYTES], header[HEADER_BYTES];
    uint8_t digest[SHA256_BYTES];
    struct stat st;
    if (!c)
        return false;
    name_of(name, kind, key);
    _cleanup_close_ int fd = openat(c->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !is_private(&st) || st.st_size < HEADER_BYTES ||
        st.st_size > CACHE_ENTRY_MAX || io_read(fd, header, sizeof(header)) || memcmp(header, MAGIC, sizeof(MAGIC)))
        return false;
    size_t n = (size_t)st.st_size - HEADER_BYTES;
    strbuf_clear(ret);
    strbuf_reserve(ret, n + 1);
    if (io_read(fd, ret->p, n))
        return false;
    ret->n = n;
    mask_bytes(ret->p, n, 0, key);
    sha256_once(ret->p, n, digest);
    if (memcmp(digest, header + sizeof(MAGIC), sizeof(digest))) {
        strbuf_clear(ret);
        return false;
    }
    (void)futimens(fd, NULL); /* the oldest by use are dropped first */
    return true;
}

/* Whether a file is an entry, or one that somebody was killed while writing: others may keep things in the folder too. */
static bool is_entry(const char *name)
{
    const char *dash = strrchr(name, '-');
    return dash && strlen(name) < NAME_BYTES &&
           (!strncmp(name, "new-", 4) || (strlen(dash + 1) == SHA256_HEX && strspn(dash + 1, "0123456789abcdef") == SHA256_HEX));
}

/* Drops files beyond the limit, the one that was used longest ago first. */
static void prune(struct cache *c)
{
    for (;;) {
        int fd = openat(c->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        if (!d) {
            if (fd >= 0)
                close(fd);
            return;
        }
        char oldest[NAME_BYTES] = "";
        struct timespec when = {};
        size_t n = 0;
        for (struct dirent *e; (e = readdir(d));) {
            struct stat st;
            if (!is_entry(e->d_name) || fstatat(c->fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                continue;
            n++;
            if (!oldest[0] || st.st_mtim.tv_sec < when.tv_sec ||
                (st.st_mtim.tv_sec == when.tv_sec && st.st_mtim.tv_nsec < when.tv_nsec)) {
                memcpy(oldest, e->d_name, strlen(e->d_name) + 1);
                when = st.st_mtim;
            }
        }
        closedir(d);
        if (n <= CACHE_ENTRIES_MAX || unlinkat(c->fd, oldest, 0) < 0)
            return;
    }
}

static bool write_masked(int fd, struct str content, const uint8_t key[SHA256_BYTES])
{
    char piece[16 << 10];
    for (size_t at = 0, n; at < content.n; at += n) {
        n = content.n - at < sizeof(piece) ? content.n - at : sizeof(piece);
        memcpy(piece, content.p + at, n);
        mask_bytes(piece, n, at, key);
        if (io_write(fd, str_n(piece, n)))
            return false;
    }
    return true;
}

void cache_put(struct cache *c, const char *kind, const uint8_t key[SHA256_BYTES], struct str content)
{
    char name[NAME_BYTES], temp[NAME_BYTES];
    uint8_t digest[SHA256_BYTES];
    if (!c || content.n > CACHE_ENTRY_MAX - HEADER_BYTES)
        return;
    name_of(name, kind, key);
    snprintf(temp, sizeof(temp), "new-%d-%u", (int)getpid(), c->written++);
    (void)unlinkat(c->fd, temp, 0); /* of a process that had our number and was killed */
    _cleanup_close_ int fd = openat(c->fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    sha256_once(content.p, content.n, digest);
    bool done = !io_write(fd, str_n(MAGIC, sizeof(MAGIC))) && !io_write(fd, str_n(digest, sizeof(digest))) &&
                write_masked(fd, content, key) && renameat(c->fd, temp, c->fd, name) == 0;
    if (!done)
        (void)unlinkat(c->fd, temp, 0);
    else
        prune(c);
}

void cache_add_library(struct sha256 *h, const void *address)
{
    Dl_info info;
    struct stat st;
    if (!dladdr(address, &info) || !info.dli_fname)
        return;
    sha256_add(h, info.dli_fname, strlen(info.dli_fname) + 1);
    if (stat(info.dli_fname, &st) < 0)
        return;
    int64_t facts[] = {st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
    sha256_add(h, facts, sizeof(facts));
}
