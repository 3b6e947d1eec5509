// SPDX-License-Identifier: Apache-2.0
/* Streams of bytes: standard output and files. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "sink/live_private.h"

enum { PATIENCE_MS = 10'000 }; /* for a stream that takes nothing: a stopped terminal, a full pipe without waiting */

struct file {
    char *path; /* NULL: the descriptor is borrowed */
    int fd;
    bool is_torn; /* the last message went out in part: the next begins on a new line */
    bool is_old;  /* what is in it goes when the first message comes */
};

/* Unlike io_write(): what does not wait is waited for, not for ever, and what went out in part is remembered. */
static int write_all(struct file *f, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(f->fd, bytes.p, bytes.n);
        if (n < 0 && errno == EAGAIN && poll(&(struct pollfd){.fd = f->fd, .events = POLLOUT}, 1, PATIENCE_MS) == 1)
            continue;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        f->is_torn = (size_t)n < bytes.n;
        bytes = str_sub(bytes, (size_t)n, bytes.n);
    }
    return 0;
}

static int file_write(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    struct file *f = ctx;
    (void)attempt;
    (void)is_last;
    (void)wait_ms;
    if (f->is_old)
        (void)ftruncate(f->fd, 0); /* a pipe or a device has nothing old */
    f->is_old = false;
    int r = f->is_torn ? write_all(f, STR("\n")) : 0;
    if (!r)
        r = write_all(f, message);
    return r < 0 ? error_errno(err, r, "cannot write %s", f->path ? f->path : "to standard output") : 0;
}

/* A named pipe is opened for both directions, which waits for nobody. */
static int open_file(const char *path)
{
    struct stat st;
    int flags = stat(path, &st) == 0 && S_ISFIFO(st.st_mode) ? O_RDWR : O_WRONLY | O_APPEND | O_CREAT;
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0640);
    return fd < 0 ? -errno : fd;
}

static int file_reopen(void *ctx, struct error *err)
{
    struct file *f = ctx;
    if (!f->path)
        return 0;
    int fd = open_file(f->path);
    if (fd < 0)
        return error_errno(err, fd, "cannot open %s again, and go on in the old file", f->path);
    (void)close(f->fd);
    f->fd = fd;
    f->is_torn = false;
    return 0;
}

static void file_done(void *ctx)
{
    struct file *f = ctx;
    if (f->path)
        (void)close(f->fd);
    free(f->path);
    free(f);
}

static const struct outlet_ops OPS = {.write = file_write, .reopen = file_reopen, .done = file_done, .joins = true};

static struct outlet *outlet_of(int fd, const char *path, size_t bytes, bool is_whole)
{
    struct file *f = xnew(struct file);
    f->fd = fd;
    f->path = path ? xstrdup(path) : NULL;
    f->is_old = is_whole;
    return outlet_new(&(struct outlet_options){.ops = &OPS, .ctx = f, .bytes = bytes});
}

struct outlet *outlet_to_fd(int fd, size_t bytes)
{
    return outlet_of(fd, NULL, bytes, false);
}

int outlet_to_file(const char *path, size_t bytes, bool is_whole, struct outlet **ret, struct error *err)
{
    int fd = open_file(path);
    if (fd < 0)
        return error_errno(err, fd, "cannot write %s", path);
    *ret = outlet_of(fd, path, bytes, is_whole);
    return 0;
}
