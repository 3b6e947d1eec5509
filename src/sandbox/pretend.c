// SPDX-License-Identifier: Apache-2.0
/* The process of the pretend internet, as its parent sees it: begun, listened to, ended. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "sandbox/authority.h"
#include "sandbox/pretend.h"
#include "sandbox/serve.h"
#include "sandbox/steer.h"

enum { DNS_PORT = 53, STREAM_PORT = 80, BACKLOG = 256 };

struct pretend {
    struct authority authority;
    pid_t pid;
    int told; /* exchanges come here, one a packet */
    int steering;
};

/* A socket of both families for everything that is steered to it. */
static int open_socket(int type, uint16_t port, struct error *err)
{
    const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const int one = 1, zero = 0;
    const int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int r = fd < 0 ? -1 : 0;
    if (!r)
        r = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
    if (!r)
        r = bind(fd, (const struct sockaddr *)&any, sizeof(any));
    if (!r && type == SOCK_STREAM)
        r = listen(fd, BACKLOG);
    if (!r && type == SOCK_DGRAM)
        r = setsockopt(fd, IPPROTO_IP, IP_RECVORIGDSTADDR, &one, sizeof(one)) || setsockopt(fd, IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, &one, sizeof(one));
    if (!r)
        return fd;
    r = error_errno(err, -errno, "a socket of the pretend internet");
    if (fd >= 0)
        (void)close(fd);
    return r;
}

/* Opens both while this thread is in the namespace. */
static int open_sockets(int space, int *stream, int *datagram, struct error *err)
{
    _cleanup_close_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0 || setns(space, CLONE_NEWNET) < 0)
        return error_errno(err, -errno, "setns");
    int r = open_socket(SOCK_STREAM, STREAM_PORT, err);
    *stream = r;
    if (r >= 0)
        *datagram = r = open_socket(SOCK_DGRAM, DNS_PORT, err);
    if (setns(own, CLONE_NEWNET) < 0 && r >= 0)
        r = error_errno(err, -errno, "setns");
    return r < 0 ? r : 0;
}

static int start(struct pretend *p, int space, int stream, int datagram, struct error *err)
{
    int fds[2];
    p->steering = steer(space, stream, datagram, err);
    if (p->steering < 0)
        return p->steering;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
        return error_errno(err, -errno, "socketpair");
    p->told = fds[0];
    (void)fcntl(p->told, F_SETFL, O_NONBLOCK);
    p->pid = fork();
    if (!p->pid) {
        serve(&(struct serve_options){.authority = &p->authority, .space = space, .stream = stream, .datagram = datagram, .told = fds[1]});
        (void)syscall(SYS_exit_group, 0);
    }
    (void)close(fds[1]);
    if (p->pid > 0)
        return 0;
    p->pid = 0;
    return error_errno(err, -errno, "fork");
}

int pretend_start(int space, struct pretend **ret, struct error *err)
{
    struct pretend *p = xnew(struct pretend);
    _cleanup_close_ int stream = -1, datagram = -1;
    p->told = p->steering = -1;
    int r = authority_make(&p->authority, err);
    if (!r)
        r = open_sockets(space, &stream, &datagram, err);
    if (!r)
        r = start(p, space, stream, datagram, err);
    if (r < 0) {
        pretend_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

struct pretend *pretend_free(struct pretend *p)
{
    if (!p)
        return NULL;
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (p->told >= 0)
        (void)close(p->told);
    if (p->steering >= 0)
        (void)close(p->steering);
    authority_done(&p->authority);
    free(p);
    return NULL;
}

struct str pretend_authority(const struct pretend *p)
{
    return strbuf_str(&p->authority.pem);
}

void pretend_take(struct pretend *p, exchange_fn fn, void *ctx)
{
    char bytes[EXCHANGE_BYTES_MAX];
    struct exchange e;
    for (ssize_t n; (n = recv(p->told, bytes, sizeof(bytes), 0)) > 0;)
        if (exchange_read(str_n(bytes, (size_t)n), &e))
            fn(ctx, &e);
}

bool pretend_lives(struct pretend *p)
{
    if (p->pid > 0 && waitpid(p->pid, NULL, WNOHANG) == p->pid)
        p->pid = 0;
    return p->pid > 0;
}
