// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <unistd.h>

#include "worker/fd_content.h"

int fd_content_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct fd_content *c = ctx;
    ssize_t n;
    do
        n = read(c->fd, c->buffer, sizeof(c->buffer));
    while (n < 0 && errno == EINTR);
    if (c->beat)
        atomic_fetch_add_explicit(c->beat, 1, memory_order_relaxed);
    if (n <= 0) {
        c->error = n < 0 ? -errno : 0;
        return n < 0 ? c->error : 1;
    }
    c->n += (uint64_t)n;
    *ret = c->buffer;
    *ret_n = (size_t)n;
    return 0;
}
