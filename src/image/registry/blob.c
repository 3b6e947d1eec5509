// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/io.h"
#include "image/part.h"
#include "image/registry/blob.h"

enum {
    HASH_BUFFER = 256 << 10,
    NAME_BYTES = 192, /* ".partial/sha512-" and 128 digits */
    DIGEST_HEX_MAX = 128,
};

struct blob_writer {
    int dir, fd;
    char name[NAME_BYTES], partial[NAME_BYTES];
    char hex[DIGEST_HEX_MAX + 1];
    uint64_t at, size;
    EVP_MD_CTX *hash;
    const EVP_MD *algorithm;
};

static void set_names(struct str digest, char name[NAME_BYTES], char partial[NAME_BYTES])
{
    struct str hex = digest, algorithm;
    (void)str_split(&hex, ':', &algorithm);
    (void)snprintf(name, NAME_BYTES, "blobs/%.*s/%.*s", STR_ARG(algorithm), STR_ARG(hex));
    (void)snprintf(partial, NAME_BYTES, "blobs/.partial/%.*s-%.*s", STR_ARG(algorithm), STR_ARG(hex));
}

/* What the folder is called, for errors. */
static int write_error(int dir, int code, struct error *err)
{
    char link[32], path[PATH_MAX];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
    ssize_t n = readlink(link, path, sizeof(path) - 1);
    if (n > 0)
        path[n] = 0;
    else
        (void)snprintf(path, sizeof(path), "%s", _("the folder for pulled images"));
    if (code == -ENOSPC || code == -EDQUOT)
        return error_set(err, code, "%s: the disk is full; make room, or set XDG_CACHE_HOME to a folder on a larger one", path);
    return error_errno(err, code, "%s", path);
}

int layout_file(int dir, const char *name, struct str content, struct error *err)
{
    _cleanup_close_ int fd = openat(dir, "blobs/.partial/new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int r = fd < 0 ? -errno : io_write(fd, content);
    if (!r && renameat(dir, "blobs/.partial/new", dir, name) < 0)
        r = -errno;
    return r < 0 ? write_error(dir, r, err) : 0;
}

int layout_begin(int dir, struct error *err)
{
    static const char *const FOLDERS[] = {"blobs", "blobs/sha256", "blobs/sha512", "blobs/.partial"};
    for (size_t i = 0; i < ARRAY_SIZE(FOLDERS); i++)
        if (mkdirat(dir, FOLDERS[i], 0700) < 0 && errno != EEXIST)
            return write_error(dir, -errno, err);
    return layout_file(dir, "oci-layout", STR("{\"imageLayoutVersion\":\"1.0.0\"}"), err);
}

static bool size_of(int dir, const char *name, uint64_t *ret)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
        return false;
    *ret = (uint64_t)st.st_size;
    return true;
}

bool blob_is_there(int dir, struct str digest, uint64_t size)
{
    char name[NAME_BYTES], partial[NAME_BYTES];
    uint64_t has;
    set_names(digest, name, partial);
    return size_of(dir, name, &has) && has == size;
}

uint64_t blob_partial(int dir, struct str digest)
{
    char name[NAME_BYTES], partial[NAME_BYTES];
    uint64_t has = 0;
    set_names(digest, name, partial);
    return size_of(dir, partial, &has) ? has : 0;
}

static void hash_reset(struct blob_writer *w)
{
    if (!EVP_DigestInit_ex2(w->hash, w->algorithm, NULL))
        abort();
}

/* Hashes what an earlier try left behind. */
static int hash_again(struct blob_writer *w)
{
    _cleanup_free_ uint8_t *buffer = xalloc(HASH_BUFFER);
    for (;;) {
        ssize_t n = pread(w->fd, buffer, HASH_BUFFER, (off_t)w->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (!n)
            return 0;
        if (!EVP_DigestUpdate(w->hash, buffer, (size_t)n))
            abort();
        w->at += (uint64_t)n;
    }
}

int blob_open(int dir, struct str digest, uint64_t size, struct blob_writer **ret, struct error *err)
{
    _cleanup_(blob_closep) struct blob_writer *w = xnew(struct blob_writer);
    w->dir = dir;
    w->size = size;
    set_names(digest, w->name, w->partial);
    (void)snprintf(w->hex, sizeof(w->hex), "%.*s", (int)digest.n - 7, digest.p + 7);
    w->algorithm = str_starts(digest, STR("sha512:")) ? EVP_sha512() : EVP_sha256();
    w->hash = EVP_MD_CTX_new();
    if (!w->hash)
        abort();
    w->fd = openat(dir, w->partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (w->fd < 0)
        return write_error(dir, -errno, err);
    hash_reset(w);
    int r = hash_again(w);
    if (!r && lseek(w->fd, (off_t)w->at, SEEK_SET) < 0)
        r = -errno;
    if (r < 0)
        return write_error(dir, r, err);
    if (w->at > size) {
        r = blob_restart(w, err);
        if (r < 0)
            return r;
    }
    *ret = TAKE_PTR(w);
    return 0;
}

struct blob_writer *blob_close(struct blob_writer *w)
{
    if (!w)
        return NULL;
    if (w->fd >= 0)
        (void)close(w->fd);
    EVP_MD_CTX_free(w->hash);
    free(w);
    return NULL;
}

uint64_t blob_at(const struct blob_writer *w)
{
    return w->at;
}

int blob_restart(struct blob_writer *w, struct error *err)
{
    if (ftruncate(w->fd, 0) < 0 || lseek(w->fd, 0, SEEK_SET) < 0)
        return write_error(w->dir, -errno, err);
    w->at = 0;
    hash_reset(w);
    return 0;
}

int blob_add(struct blob_writer *w, const void *p, size_t n, struct error *err)
{
    if (n > w->size - w->at)
        return error_set(err, -EFBIG, "there are more than the %llu bytes that the manifest declares",
                         (unsigned long long)w->size);
    int r = io_write(w->fd, str_n(p, n));
    if (r < 0) {
        /* what part of it was written is not known: the file ends again where the digest does */
        if (ftruncate(w->fd, (off_t)w->at) < 0 || lseek(w->fd, (off_t)w->at, SEEK_SET) < 0)
            (void)unlinkat(w->dir, w->partial, 0);
        return write_error(w->dir, r, err);
    }
    if (!EVP_DigestUpdate(w->hash, p, n))
        abort();
    w->at += n;
    return 0;
}

int blob_finish(struct blob_writer *w, struct error *err)
{
    uint8_t bytes[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    unsigned n = 0;
    if (!EVP_DigestFinal_ex(w->hash, bytes, &n))
        abort();
    for (unsigned i = 0; i < n; i++)
        (void)snprintf(hex + 2 * (size_t)i, 3, "%02x", bytes[i]);
    if (w->at != w->size || strcmp(hex, w->hex)) {
        (void)unlinkat(w->dir, w->partial, 0);
        return error_set(err, -EBADMSG, "the bytes that came have the digest %s", hex);
    }
    if (renameat(w->dir, w->partial, w->dir, w->name) < 0)
        return write_error(w->dir, -errno, err);
    return 0;
}

int blob_put(int dir, struct str digest, struct str content, struct error *err)
{
    _cleanup_(blob_closep) struct blob_writer *w = NULL;
    int r = blob_open(dir, digest, content.n, &w, err);
    if (!r)
        r = blob_restart(w, err);
    if (!r)
        r = blob_add(w, content.p, content.n, err);
    return r ? r : blob_finish(w, err);
}

int blob_read(int dir, struct str digest, uint64_t max, char **ret, size_t *ret_n)
{
    char name[NAME_BYTES], partial[NAME_BYTES];
    _cleanup_(part_done) struct part part = {.fd = -1};
    set_names(digest, name, partial);
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    int r = part_file(fd, true, &part);
    if (r < 0) {
        (void)close(fd);
        return r;
    }
    return part_read_all(&part, max, ret, ret_n);
}
