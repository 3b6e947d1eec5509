// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "intel/lines.h"

enum { READ_BYTES = 256 << 10 };

int lines_open(struct lines *l, const char *path, struct digest *hash, struct error *err)
{
    struct stat st;
    *l = (struct lines){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), .hash = hash};
    if (l->fd < 0 || fstat(l->fd, &st) < 0)
        return error_errno(err, -errno, "cannot read %s", path);
    if (S_ISDIR(st.st_mode))
        return error_errno(err, -EISDIR, "cannot read %s", path);
    return 0;
}

void lines_from(struct lines *l, struct str text, struct digest *hash)
{
    *l = (struct lines){.fd = -1, .at_end = true, .memory = text};
    if (hash)
        digest_add(hash, text.p, text.n);
}

void lines_pull(struct lines *l, lines_source *source, void *ctx)
{
    *l = (struct lines){.fd = -1, .source = source, .ctx = ctx};
}

static bool is_memory(const struct lines *l)
{
    return l->fd < 0 && !l->source;
}

static struct str have(const struct lines *l)
{
    return is_memory(l) ? l->memory : str_sub(strbuf_str(&l->buffer), l->from, l->buffer.n);
}

static void take(struct lines *l, size_t n)
{
    if (is_memory(l))
        l->memory = str_sub(l->memory, n, l->memory.n);
    else
        l->from += n;
}

/* Reads some more behind what is there; 0 also at the end, which at_end tells. */
static int fill(struct lines *l)
{
    if (l->at_end)
        return 0;
    if (l->from) {
        memmove(l->buffer.p, l->buffer.p + l->from, l->buffer.n - l->from);
        l->buffer.n -= l->from;
        l->from = 0;
    }
    strbuf_reserve(&l->buffer, READ_BYTES);
    ssize_t n;
    do
        n = l->source ? l->source(l->ctx, l->buffer.p + l->buffer.n, READ_BYTES) : read(l->fd, l->buffer.p + l->buffer.n, READ_BYTES);
    while (n < 0 && !l->source && errno == EINTR);
    if (n < 0)
        return l->source ? (int)n : -errno;
    if (l->hash)
        digest_add(l->hash, l->buffer.p + l->buffer.n, (size_t)n);
    l->buffer.n += (size_t)n;
    l->buffer.p[l->buffer.n] = 0;
    l->at_end = n == 0;
    return 0;
}

int lines_peek(struct lines *l, struct str *ret)
{
    while (!have(l).n && !l->at_end) {
        int r = fill(l);
        if (r < 0)
            return r;
    }
    *ret = have(l);
    return 0;
}

/* Drops bytes up to the end of a line that is too long to be kept. */
static int skip_line(struct lines *l)
{
    for (;;) {
        struct str s = have(l);
        const char *end = s.n ? memchr(s.p, '\n', s.n) : NULL;
        take(l, end ? (size_t)(end - s.p) + 1 : s.n);
        if (end || l->at_end)
            return 0;
        int r = fill(l);
        if (r < 0)
            return r;
    }
}

int lines_next(struct lines *l, struct str *ret)
{
    struct str s = have(l);
    const char *end;
    while (!(end = s.n ? memchr(s.p, '\n', s.n) : NULL) && !l->at_end && s.n <= LINE_BYTES_MAX) {
        int r = fill(l);
        if (r < 0)
            return r;
        s = have(l);
    }
    if (!s.n)
        return 1;
    l->number++;
    size_t n = end ? (size_t)(end - s.p) : s.n;
    l->is_cut = n > LINE_BYTES_MAX;
    if (l->is_cut) {
        *ret = STR("");
        return skip_line(l);
    }
    *ret = str_sub(s, 0, n && s.p[n - 1] == '\r' ? n - 1 : n);
    take(l, n + (end != NULL));
    return 0;
}

int lines_rest(struct lines *l, size_t max, struct strbuf *out)
{
    for (;;) {
        struct str s = have(l);
        if (s.n > max - out->n)
            return -EFBIG;
        strbuf_add(out, s);
        take(l, s.n);
        if (l->at_end)
            return 0;
        int r = fill(l);
        if (r < 0)
            return r;
    }
}

int lines_take_up_to(struct lines *l, size_t max, struct str *ret)
{
    int r = lines_peek(l, ret);
    if (r < 0)
        return r;
    *ret = str_sub(*ret, 0, max);
    take(l, ret->n);
    return 0;
}

int lines_take(struct lines *l, struct str *ret)
{
    return lines_take_up_to(l, SIZE_MAX, ret);
}

void lines_done(struct lines *l)
{
    if (l->fd >= 0)
        (void)close(l->fd);
    strbuf_done(&l->buffer);
    *l = (struct lines){.fd = -1, .at_end = true};
}
