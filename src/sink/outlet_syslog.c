// SPDX-License-Identifier: Apache-2.0
/*
 * Log sockets. Of this machine: /dev/log and its like, datagrams or a stream, messages as syslog(3) writes them. Over the
 * network: RFC 5424, in datagrams (RFC 5426), or over TCP with each message's length before it (RFC 6587, 3.4.1).
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config.h"
#include "sink/live_private.h"

enum {
    FACILITY_DAEMON = 3,
    CONNECT_MS = 5000,
    SEND_SECONDS = 5,
    WAIT_FIRST_MS = 500, WAIT_MAX_MS = 30'000,
    ATTEMPTS_MAX = 10, /* some two and a half minutes: a daemon is started again, a network comes back */
    LINE_MAX_BYTES = 8192, /* of a text: what receivers take by default */
};

struct log_socket {
    char *path;        /* of this machine's; else NULL */
    char *host, *port;
    bool is_stream;    /* so asked for, or found out */
    int fd;            /* -1: not connected */
};

static void disconnect(struct log_socket *l)
{
    if (l->fd >= 0)
        (void)close(l->fd);
    l->fd = -1;
}

static int finish_connect(int fd)
{
    int code = 0;
    socklen_t size = sizeof(code);
    int r = poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, CONNECT_MS);
    if (r <= 0)
        return r < 0 ? -errno : -ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0 ? -errno : -code;
}

/* A connected socket that waits a bounded time in each send; or -errno. */
static int connect_to(const struct sockaddr *address, socklen_t size, int type)
{
    const struct timeval patience = {.tv_sec = SEND_SECONDS};
    _cleanup_close_ int fd = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int r = connect(fd, address, size) < 0 ? -errno : 0;
    if (r == -EINPROGRESS)
        r = finish_connect(fd);
    if (!r && (fcntl(fd, F_SETFL, 0) < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0))
        r = -errno;
    return r < 0 ? r : TAKE_FD(fd);
}

static int connect_path(struct log_socket *l)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", l->path);
    l->is_stream = false;
    int fd = connect_to((struct sockaddr *)&a, sizeof(a), SOCK_DGRAM);
    if (fd == -EPROTOTYPE) {
        l->is_stream = true;
        fd = connect_to((struct sockaddr *)&a, sizeof(a), SOCK_STREAM);
    }
    return fd;
}

static int connect_host(const struct log_socket *l, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = l->is_stream ? SOCK_STREAM : SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    int r = getaddrinfo(l->host, l->port, &hints, &list), fd = -EHOSTUNREACH;
    if (r)
        return error_set(err, -EHOSTUNREACH, "%s:%s: %s", l->host, l->port, gai_strerror(r));
    for (struct addrinfo *a = list; fd < 0 && a; a = a->ai_next)
        fd = connect_to(a->ai_addr, a->ai_addrlen, a->ai_socktype);
    freeaddrinfo(list);
    return fd < 0 ? error_errno(err, fd, "%s:%s", l->host, l->port) : fd;
}

static int connect_any(struct log_socket *l, struct error *err)
{
    int fd = l->path ? connect_path(l) : connect_host(l, err);
    if (fd < 0)
        return l->path ? error_errno(err, fd, "%s", l->path) : fd;
    l->fd = fd;
    return 0;
}

static int send_message(struct log_socket *l, struct str message)
{
    char length[24] = "";
    if (l->is_stream && !l->path)
        (void)snprintf(length, sizeof(length), "%zu ", message.n);
    struct iovec parts[] = {{length, strlen(length)}, {(char *)message.p, message.n}, {(char *)"\n", l->is_stream && l->path}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = ARRAY_SIZE(parts)};
    size_t left = parts[0].iov_len + parts[1].iov_len + parts[2].iov_len;
    while (left) {
        ssize_t n = sendmsg(l->fd, &m, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        left -= (size_t)n;
        for (size_t i = 0; i < ARRAY_SIZE(parts) && n > 0; i++) {
            size_t taken = (size_t)n < parts[i].iov_len ? (size_t)n : parts[i].iov_len;
            parts[i].iov_base = (char *)parts[i].iov_base + taken;
            parts[i].iov_len -= taken;
            n -= (ssize_t)taken;
        }
    }
    return 0;
}

static int log_write(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    struct log_socket *l = ctx;
    int r = l->fd < 0 ? connect_any(l, err) : 0;
    if (!r) {
        r = send_message(l, message);
        if (!r)
            return 0;
        disconnect(l);
        (void)error_errno(err, r, "%s", l->path ? l->path : l->host);
    }
    if (r == -EMSGSIZE || is_last || attempt + 1 >= ATTEMPTS_MAX)
        return r;
    /* what a restart of the daemon broke is whole again with a new connection */
    *wait_ms = !attempt ? 0 : WAIT_FIRST_MS << attempt < WAIT_MAX_MS ? WAIT_FIRST_MS << attempt : WAIT_MAX_MS;
    return 1;
}

static void log_done(void *ctx)
{
    struct log_socket *l = ctx;
    disconnect(l);
    free(l->path);
    free(l->host);
    free(l->port);
    free(l);
}

static const struct outlet_ops OPS = {.write = log_write, .done = log_done};

/* "HOST:PORT", "[::1]:PORT", or without port. */
static int parse_host(struct log_socket *l, struct str text, const char *port)
{
    struct str host = text, rest = STR_NULL;
    if (text.n && text.p[0] == '[') {
        ptrdiff_t end = str_find(text, STR("]"), 0);
        if (end < 2)
            return -EINVAL;
        host = str_sub(text, 1, (size_t)end);
        rest = str_sub(text, (size_t)end + 1, text.n);
    } else {
        ptrdiff_t colon = str_find(text, STR(":"), 0);
        if (colon >= 0) {
            host = str_sub(text, 0, (size_t)colon);
            rest = str_sub(text, (size_t)colon, text.n);
        }
    }
    uint64_t n;
    if (rest.n && (rest.p[0] != ':' || !str_to_u64(str_sub(rest, 1, rest.n), &n) || !n || n > UINT16_MAX))
        return -EINVAL;
    if (!host.n)
        return -EINVAL;
    l->host = xstrndup(host.p, host.n);
    l->port = rest.n ? xstrndup(rest.p + 1, rest.n - 1) : xstrdup(port);
    return 0;
}

int outlet_to_syslog(const char *where, size_t bytes, struct outlet **ret, struct error *err)
{
    struct log_socket *l = xnew(struct log_socket);
    struct str address = str_from(where);
    int r = 0;
    l->fd = -1;
    if (!address.n || address.p[0] == '/') {
        l->path = xstrdup(address.n ? where : "/dev/log");
        r = strlen(l->path) < sizeof(((struct sockaddr_un *)NULL)->sun_path) ? 0 : -ENAMETOOLONG;
    } else if (str_starts(address, STR("udp://"))) {
        r = parse_host(l, str_sub(address, 6, address.n), "514");
    } else if (str_starts(address, STR("tcp://"))) {
        l->is_stream = true;
        r = parse_host(l, str_sub(address, 6, address.n), "601");
    } else {
        r = -EINVAL;
    }
    if (r < 0) {
        log_done(l);
        return error_set(err, r, "`syslog:%s` is no log; write syslog: for /dev/log, syslog:/SOCKET, syslog:udp://HOST:PORT or "
                                 "syslog:tcp://HOST:PORT", where);
    }
    *ret = outlet_new(&(struct outlet_options){.ops = &OPS, .ctx = l, .bytes = bytes});
    return 0;
}

/* A header field: printable ASCII without blanks, "-" when there is nothing. */
static void add_word(struct strbuf *b, struct str word, size_t most)
{
    size_t before = b->n;
    for (size_t i = 0; i < word.n && b->n - before < most; i++)
        if (word.p[i] > ' ' && word.p[i] < 0x7f)
            strbuf_addc(b, word.p[i]);
    if (b->n == before)
        strbuf_addc(b, '-');
}

void live_add_syslog(struct strbuf *b, const struct alert *a, struct str text, bool is_local)
{
    /* the eight priorities of the rule language are syslog's severities */
    strbuf_printf(b, "<%u>", FACILITY_DAEMON << 3 | (unsigned)a->priority);
    if (is_local) {
        static const char MONTHS[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        time_t seconds = (time_t)(a->time_ns / 1'000'000'000);
        struct tm tm = {};
        (void)localtime_r(&seconds, &tm);
        strbuf_printf(b, "%s %2d %02d:%02d:%02d davy[%d]: ", MONTHS[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                      (int)getpid());
    } else {
        strbuf_adds(b, "1 ");
        text_add_time(b, a->time_ns, 6);
        strbuf_addc(b, ' ');
        add_word(b, a->hostname, 255);
        strbuf_printf(b, " davy %d finding [origin software=\"davy\" swVersion=\"%s\"] \xef\xbb\xbf", (int)getpid(), DAVY_VERSION);
    }
    strbuf_add(b, text.n && text.p[0] == '{' ? text : text_cut(text, LINE_MAX_BYTES));
}
