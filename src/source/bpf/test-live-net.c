// SPDX-License-Identifier: Apache-2.0
/* Calls on sockets: both ends, whose word they are, and what the filter lets fall. All traffic stays in a network namespace of the test. */
#include "source/bpf/test-live.h"
#include "source/bpf/test-live-more.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { PORT = 4711, OTHER_PORT = 4712, CLOSED_PORT = 4799 };

static void own_network(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (unshare(CLONE_NEWNET))
        _exit(77);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (ioctl(fd, SIOCSIFFLAGS, &lo))
        _exit(78);
    (void)close(fd);
}

static struct sockaddr_in v4(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}
static struct sockaddr_in6 v6(uint16_t port)
{
    return (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
}
#define ADDRESS(a) ((const struct sockaddr *)&(a)), sizeof(a)

static int listener(int family)
{
    struct sockaddr_in a = v4(PORT);
    struct sockaddr_in6 b = v6(PORT);
    int one = 1, fd = socket(family, SOCK_STREAM, 0);
    b.sin6_addr = in6addr_any;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (family == AF_INET ? bind(fd, ADDRESS(a)) : bind(fd, ADDRESS(b)))
        _exit(79);
    if (listen(fd, 5))
        _exit(80);
    return fd;
}

static const struct record_fd *fd_of(const struct record *r)
{
    const struct record_fd *fd = record_fd(record_find(r, RECORD_FD), NULL);
    if (!fd)
        test_fail(__FILE__, __LINE__, "call %u has no descriptor", r->kind);
    return fd;
}
static bool is_v4(const uint8_t *p, uint32_t address)
{
    uint32_t n = htonl(address);
    return !memcmp(p, &n, 4);
}

/* ---- streams ---- */

static void act_tcp(void *ctx)
{
    (void)ctx;
    own_network();
    struct sockaddr_in to = v4(PORT), nobody = v4(CLOSED_PORT);
    int server = listener(AF_INET), a = socket(AF_INET, SOCK_STREAM, 0), b = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
        c = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(a, ADDRESS(to)))
        _exit(1);
    (void)connect(b, ADDRESS(to));
    (void)connect(c, ADDRESS(nobody));
    int x = accept(server, NULL, NULL), y = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    if (x < 0 || y < 0)
        _exit(2);
    (void)fcntl(server, F_SETFL, O_NONBLOCK);
    (void)accept(server, NULL, NULL);
    (void)connect(99, ADDRESS(to));
}

TEST(tcp_both_ends)
{
    struct live l = live_watch(LIVE_FILTER(SYS_connect, SYS_accept, SYS_accept4, SYS_listen, SYS_bind), act_tcp, NULL);
    const struct record *r = live_must(&l, SYS_bind);
    CHECK_INT(r->res, 0);
    CHECK_INT(live_text(r, RECORD_PARAM + 1).n, sizeof(struct sockaddr_in));
    CHECK_INT(fd_of(r)->lport, PORT);
    r = live_must(&l, SYS_listen);
    CHECK_INT(live_number(r, 2), 5);
    CHECK(fd_of(r)->flags & RECORD_FD_SERVER);
    CHECK_INT(fd_of(r)->lport, PORT);

    r = live_must(&l, SYS_connect);
    CHECK_INT(r->res, 0);
    CHECK(r->flags & RECORD_IS_TRUSTED);
    const struct record_fd *fd = fd_of(r), *client = fd;
    CHECK_INT(fd->type, RECORD_FD_IPV4);
    CHECK_INT(fd->l4proto, IPPROTO_TCP);
    CHECK_INT(fd->rport, PORT);
    CHECK(fd->lport);
    CHECK(is_v4(fd->raddr, INADDR_LOOPBACK) && is_v4(fd->laddr, INADDR_LOOPBACK));
    CHECK(fd->flags & RECORD_FD_CONNECTED && fd->flags & RECORD_FD_NAME_CHANGED && !(fd->flags & RECORD_FD_SERVER));
    struct sockaddr_in a;
    CHECK_INT(live_text(r, RECORD_PARAM + 3).n, sizeof(a));
    memcpy(&a, live_text(r, RECORD_PARAM + 3).p, sizeof(a));
    CHECK_INT(ntohs(a.sin_port), PORT);

    r = live_nth(&l, SYS_connect, 1);
    CHECK(r && r->res == -EINPROGRESS);
    CHECK_INT(fd_of(r)->rport, PORT);
    CHECK(r->flags & RECORD_IS_TRUSTED);
    r = live_nth(&l, SYS_connect, 2);
    CHECK(r && r->res == -ECONNREFUSED);
    CHECK_INT(fd_of(r)->rport, CLOSED_PORT);
    CHECK(is_v4(fd_of(r)->raddr, INADDR_LOOPBACK));
    /* the kernel keeps no address of it: a hook has seen its own copy, or it is the caller's */
    CHECK_INT(!!(r->flags & RECORD_IS_TRUSTED), live_has_hook(&l, SYS_connect));
    CHECK(!(fd_of(r)->flags & RECORD_FD_NAME_CHANGED));
    r = live_nth(&l, SYS_connect, 3);
    CHECK(r && r->res == -EBADF);
    CHECK_INT(fd_of(r)->num, 99);
    CHECK_INT(fd_of(r)->type, RECORD_FD_UNKNOWN);

    r = live_must(&l, SYS_accept);
    fd = fd_of(r);
    CHECK_INT(fd->num, r->res);
    CHECK_INT(fd->lport, PORT);
    CHECK_INT(fd->rport, client->lport);
    CHECK(fd->flags & RECORD_FD_SERVER && fd->flags & RECORD_FD_CONNECTED);
    CHECK_INT(live_number(r, 4), 5);
    CHECK_INT(live_number(r, 3), 1); /* the other one still waits */
    CHECK_INT(live_number(r, 2), 20);
    r = live_must(&l, SYS_accept4);
    CHECK_INT(live_number(r, 5), SOCK_CLOEXEC);
    r = live_nth(&l, SYS_accept, 1);
    CHECK(r && r->res == -EAGAIN);
    CHECK_INT(fd_of(r)->num, -1);
    live_done(&l);
}

static void act_tcp6(void *ctx)
{
    (void)ctx;
    own_network();
    struct sockaddr_in to4 = v4(PORT);
    struct sockaddr_in6 to6 = v6(PORT), mapped = v6(PORT);
    (void)inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
    int server = listener(AF_INET6);
    if (connect(socket(AF_INET6, SOCK_STREAM, 0), ADDRESS(to6)) || connect(socket(AF_INET6, SOCK_STREAM, 0), ADDRESS(mapped)) ||
        connect(socket(AF_INET, SOCK_STREAM, 0), ADDRESS(to4)))
        _exit(1);
    for (int i = 0; i < 3; i++)
        (void)accept(server, NULL, NULL);
}

TEST(tcp_over_ipv6_and_mapped_addresses)
{
    struct live l = live_watch(LIVE_FILTER(SYS_connect, SYS_accept), act_tcp6, NULL);
    const struct record_fd *fd = fd_of(live_must(&l, SYS_connect));
    CHECK_INT(fd->type, RECORD_FD_IPV6);
    CHECK(!memcmp(fd->raddr, &in6addr_loopback, 16) && !memcmp(fd->laddr, &in6addr_loopback, 16));
    CHECK_INT(fd->rport, PORT);
    const struct record *r = live_nth(&l, SYS_connect, 1);
    static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 127, 0, 0, 1};
    CHECK(r && !memcmp(fd_of(r)->raddr, mapped, 16) && !memcmp(fd_of(r)->laddr, mapped, 16));
    CHECK(fd_of(r)->flags & RECORD_FD_CONNECTED);
    r = live_nth(&l, SYS_accept, 2);
    CHECK(r && !memcmp(fd_of(r)->raddr, mapped, 16));
    live_done(&l);
}

/* ---- datagrams ---- */

static void act_udp(void *ctx)
{
    (void)ctx;
    own_network();
    struct sockaddr_in a = v4(PORT), b = v4(OTHER_PORT), from;
    socklen_t n = sizeof(from);
    char text[64];
    int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0), linked = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(server, ADDRESS(a)) || connect(linked, ADDRESS(a)))
        _exit(1);
    (void)sendto(client, "one", 3, 0, ADDRESS(a));
    (void)sendto(client, "two", 3, 0, ADDRESS(a));
    (void)sendto(client, "three", 5, 0, ADDRESS(b));
    (void)send(linked, "four", 4, 0);
    (void)recvfrom(server, text, sizeof(text), 0, (struct sockaddr *)&from, &n);
    struct iovec v[2] = {{(char[]){"ab"}, 2}, {(char[]){"cde"}, 3}};
    struct msghdr m = {.msg_name = &b, .msg_namelen = sizeof(b), .msg_iov = v, .msg_iovlen = 2};
    (void)sendmsg(client, &m, 0);
    struct mmsghdr many[2] = {{.msg_hdr = m}, {.msg_hdr = m}};
    many[1].msg_hdr.msg_name = &a;
    (void)sendmmsg(client, many, 2, 0);
    m = (struct msghdr){.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &(struct iovec){text, sizeof(text)}, .msg_iovlen = 1};
    (void)recvmsg(server, &m, 0);
}

TEST(datagrams_and_their_changing_peers)
{
    struct live l = live_watch(LIVE_FILTER(SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_connect), act_udp, NULL);
    const struct record *r = live_must(&l, SYS_connect);
    CHECK(fd_of(r)->flags & RECORD_FD_CONNECTED && fd_of(r)->flags & RECORD_FD_NAME_CHANGED);
    r = live_must(&l, SYS_sendto);
    const struct record_fd *fd = fd_of(r);
    CHECK_INT(fd->l4proto, IPPROTO_UDP);
    CHECK_INT(fd->rport, PORT);
    CHECK(is_v4(fd->raddr, INADDR_LOOPBACK));
    CHECK(fd->flags & RECORD_FD_NAME_CHANGED && !(fd->flags & RECORD_FD_CONNECTED) && !(r->flags & RECORD_IS_TRUSTED));
    CHECK_INT(live_number(r, 3), 3);
    CHECK_STR(live_text(r, RECORD_DATA), "one");
    r = live_nth(&l, SYS_sendto, 1);
    CHECK(r && fd_of(r)->rport == PORT && !(fd_of(r)->flags & RECORD_FD_NAME_CHANGED));
    r = live_nth(&l, SYS_sendto, 2);
    CHECK(r && fd_of(r)->rport == OTHER_PORT && fd_of(r)->flags & RECORD_FD_NAME_CHANGED);
    r = live_nth(&l, SYS_sendto, 3);
    CHECK(r && fd_of(r)->rport == PORT && fd_of(r)->flags & RECORD_FD_CONNECTED && r->flags & RECORD_IS_TRUSTED);
    CHECK(!(fd_of(r)->flags & RECORD_FD_NAME_CHANGED));
    r = live_must(&l, SYS_recvfrom);
    CHECK_INT(r->res, 3);
    CHECK_INT(fd_of(r)->lport, PORT);
    CHECK_INT(fd_of(r)->rport, fd_of(live_must(&l, SYS_sendto))->lport);
    CHECK_INT(live_number(r, 4), 64);
    CHECK_STR(live_text(r, RECORD_DATA), "one");
    r = live_must(&l, SYS_sendmsg);
    CHECK_INT(r->res, 5);
    CHECK_INT(live_number(r, 3), 5);
    CHECK_STR(live_text(r, RECORD_DATA), "ab");
    CHECK(!(fd_of(r)->flags & RECORD_FD_NAME_CHANGED));
    r = live_must(&l, SYS_sendmmsg);
    CHECK_INT(r->res, 2);
    CHECK_INT(fd_of(r)->rport, OTHER_PORT);
    r = live_nth(&l, SYS_sendmmsg, 1);
    CHECK(r && fd_of(r)->rport == PORT && fd_of(r)->flags & RECORD_FD_NAME_CHANGED);
    CHECK_INT(live_number(r, 2), 5);
    r = live_must(&l, SYS_recvmsg);
    CHECK_INT(r->res, 3);
    CHECK_INT(live_number(r, 1), 64);
    CHECK_STR(live_text(r, RECORD_DATA), "two");
    live_done(&l);
}

/* ---- unix sockets ---- */

static void act_unix(void *ctx)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX}, abstract = {.sun_family = AF_UNIX, .sun_path = "\0davy-abstract"}, none = to;
    snprintf(to.sun_path, sizeof(to.sun_path), "%s/s", (const char *)ctx);
    snprintf(none.sun_path, sizeof(none.sun_path), "%s/none", (const char *)ctx);
    int server = socket(AF_UNIX, SOCK_STREAM, 0), datagram = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(server, ADDRESS(to)) || listen(server, 2) || connect(socket(AF_UNIX, SOCK_STREAM, 0), ADDRESS(to)))
        _exit(1);
    (void)connect(socket(AF_UNIX, SOCK_STREAM, 0), ADDRESS(none));
    (void)accept(server, NULL, NULL);
    if (bind(datagram, (const struct sockaddr *)&abstract, 16))
        _exit(2);
    (void)sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, (const struct sockaddr *)&abstract, 16);
}

TEST(unix_sockets_have_paths)
{
    char folder[] = "/tmp/davy-net-XXXXXX", path[64];
    CHECK(mkdtemp(folder));
    struct live l = live_watch(LIVE_FILTER(SYS_connect, SYS_accept, SYS_bind, SYS_sendto), act_unix, folder);
    snprintf(path, sizeof(path), "%s/s", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    struct str name;
    CHECK(record_fd(record_find(live_must(&l, SYS_connect), RECORD_FD), &name));
    CHECK_STR(name, path);
    const struct record *r = live_nth(&l, SYS_connect, 1);
    CHECK(r && r->res == -ENOENT);
    CHECK_INT(record_fd(record_find(r, RECORD_FD), &name)->type, RECORD_FD_UNIX);
    snprintf(path, sizeof(path), "%s/none", folder);
    CHECK_STR(name, path);
    snprintf(path, sizeof(path), "%s/s", folder);
    CHECK(record_fd(record_find(live_must(&l, SYS_accept), RECORD_FD), &name));
    CHECK_STR(name, path);
    CHECK(record_fd(record_find(live_must(&l, SYS_sendto), RECORD_FD), &name));
    CHECK_STR(name, "@davy-abstract"); /* 16 bytes: the family, a NUL and 13 letters */
    live_done(&l);
}

/* ---- who rewrites the address meanwhile ---- */

struct rewriting {
    struct sockaddr_in *shared;
    pid_t child;
};

static void act_rewrite(void *ctx)
{
    (void)ctx;
    own_network();
    struct sockaddr_in *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), to = v4(PORT);
    int server = listener(AF_INET);
    *shared = to;
    pid_t pid = fork();
    if (!pid) {
        for (;;) {
            __atomic_store_n(&shared->sin_addr.s_addr, htonl(0x08080808), __ATOMIC_SEQ_CST);
            __atomic_store_n(&shared->sin_addr.s_addr, htonl(INADDR_LOOPBACK), __ATOMIC_SEQ_CST);
        }
    }
    int done = 0;
    for (int i = 0; i < 5000 && done < 20; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (!connect(fd, ADDRESS(*shared))) {
            done++;
            (void)close(accept(server, NULL, NULL));
        }
        (void)close(fd);
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    _exit(done < 20);
}

TEST(rewritten_addresses_deceive_nobody)
{
    struct live l = live_watch(LIVE_FILTER(SYS_connect), act_rewrite, NULL);
    int seen = 0;
    for (size_t i = 0; i < l.records.n; i++) {
        const struct record *r = l.records.v[i];
        if (r->kind == SYS_connect && !r->res) {
            CHECK(is_v4(fd_of(r)->raddr, INADDR_LOOPBACK));
            seen++;
        }
    }
    CHECK_INT(seen, 20);
    live_done(&l);
}

/* ---- the filter ---- */

TEST(filter_lets_streams_fall)
{
    _cleanup_free_ struct filter *f = LIVE_FILTER(SYS_sendto, SYS_connect);
    /* What rules on outgoing datagrams become: not tcp, not connected, another peer. */
    f->kinds[SYS_sendto].n = 1;
    f->kinds[SYS_sendto].clauses[0] = (struct filter_clause){.yes = 1ULL << FILTER_NAME_CHANGED | 1ULL << FILTER_UDP,
                                                             .no = 1ULL << FILTER_TCP | 1ULL << FILTER_CONNECTED};
    struct live l = live_open(&(struct source_bpf_options){.filter = f, .no_snapshot = true});
    CHECK_INT(live_run(&l, act_udp, NULL), 0);
    CHECK_INT(fd_of(live_must(&l, SYS_sendto))->rport, PORT);
    const struct record *r = live_nth(&l, SYS_sendto, 1);
    CHECK(r && fd_of(r)->rport == OTHER_PORT);
    CHECK(!live_nth(&l, SYS_sendto, 2));
    struct source_stats stats;
    l.source->ops->stats(l.source, &stats);
    CHECK(stats.filtered >= 2);
    live_done(&l);
}
