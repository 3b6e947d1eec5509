// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/wire.h"
#include "worker/request.h"

enum { REQUEST_MAX = 64 << 20 };

/* Sent first, with the descriptor beside it. */
struct head {
    uint32_t n;
    uint32_t has_fd;
};

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

/* Unlike io_write(): the worker at the other end may have died, which is an error and no signal. */
static int send_all(int socket, struct str s)
{
    while (s.n) {
        ssize_t n = send(socket, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        s = str_sub(s, (size_t)n, s.n);
    }
    return 0;
}

int request_send(int socket, const struct request *q)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    wire_add_str(&b, q->facts);
    wire_add_str(&b, q->text);
    if (b.n > REQUEST_MAX)
        return -EFBIG;
    struct head head = {.n = (uint32_t)b.n, .has_fd = q->fd >= 0};
    union control control = {};
    struct msghdr m = {.msg_iov = &(struct iovec){&head, sizeof(head)}, .msg_iovlen = 1};
    if (head.has_fd) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(c), &q->fd, sizeof(int));
    }
    ssize_t n;
    do
        n = sendmsg(socket, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n != sizeof(head))
        return n < 0 ? -errno : -EIO;
    return send_all(socket, strbuf_str(&b));
}

int request_receive(int socket, struct request *q)
{
    struct head head = {};
    union control control = {};
    struct msghdr m = {.msg_iov = &(struct iovec){&head, sizeof(head)},
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof(control.bytes)};
    ssize_t n;
    do
        n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    while (n < 0 && errno == EINTR);
    if (n != sizeof(head) || head.n > REQUEST_MAX)
        return 1;
    q->fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (head.has_fd && c && c->cmsg_type == SCM_RIGHTS)
        memcpy(&q->fd, CMSG_DATA(c), sizeof(int));
    strbuf_clear(&q->bytes);
    strbuf_reserve(&q->bytes, head.n);
    while (q->bytes.n < head.n) {
        n = read(socket, q->bytes.p + q->bytes.n, head.n - q->bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 1;
        q->bytes.n += (size_t)n;
    }
    struct wire w = {.left = strbuf_str(&q->bytes)};
    q->facts = wire_str(&w);
    q->text = wire_str(&w);
    return w.bad || (head.has_fd && q->fd < 0);
}

void request_done(struct request *q)
{
    if (q->fd >= 0)
        (void)close(q->fd);
    q->fd = -1;
}

void request_free(struct request *q)
{
    request_done(q);
    strbuf_done(&q->bytes);
}
