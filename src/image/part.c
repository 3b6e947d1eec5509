// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/stat.h>

#include "image/part.h"
#include "image/unpacked.h"

struct part part_memory(const void *p, size_t n)
{
    return (struct part){.fd = -1, .mem = p, .size = n};
}

int part_file(int fd, bool owns, struct part *ret)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    *ret = (struct part){.fd = fd, .owns_fd = owns, .size = (uint64_t)st.st_size};
    return 0;
}

struct part part_slice(const struct part *p, uint64_t offset, uint64_t size)
{
    struct part s = *p;
    s.owns_fd = false;
    if (offset > p->size)
        offset = p->size;
    s.offset = p->offset + offset;
    s.size = size < p->size - offset ? size : p->size - offset;
    return s;
}

int part_read(const struct part *p, uint64_t at, void *buffer, size_t n, size_t *ret_n)
{
    size_t got = 0;
    if (at > p->size)
        at = p->size;
    if (n > p->size - at)
        n = (size_t)(p->size - at);
    if (p->view)
        return unpacked_read(p->view, p->offset + at, buffer, n, ret_n);
    if (p->fd < 0) {
        memcpy(buffer, p->mem + p->offset + at, n);
        got = n;
    }
    while (got < n) {
        ssize_t r = pread(p->fd, (char *)buffer + got, n - got, (off_t)(p->offset + at + got));
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return -errno;
        if (!r)
            break;
        got += (size_t)r;
    }
    *ret_n = got;
    return 0;
}

int part_read_all(const struct part *p, uint64_t max, char **ret, size_t *ret_n)
{
    if (p->size > max)
        return -EFBIG;
    _cleanup_free_ char *text = malloc((size_t)p->size + 1);
    if (!text)
        return -ENOMEM;
    size_t n;
    int r = part_read(p, 0, text, (size_t)p->size, &n);
    if (r < 0)
        return r;
    text[n] = 0;
    *ret = TAKE_PTR(text);
    *ret_n = n;
    return 0;
}

void part_done(struct part *p)
{
    if (p->owns_fd && p->fd >= 0)
        (void)close(p->fd);
    *p = (struct part){.fd = -1};
}
