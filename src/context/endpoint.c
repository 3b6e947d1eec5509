// SPDX-License-Identifier: Apache-2.0
#include "context/endpoint.h"

#include <netinet/in.h>

enum { EPHEMERAL = 32768 }; /* Linux' default for the lowest port that a client is given */

static const struct {
    const char *word;
    char letter;
} types[] = {
    [RECORD_FD_UNKNOWN] = {"<NA>", 'o'},       [RECORD_FD_FILE] = {"file", 'f'},
    [RECORD_FD_DIRECTORY] = {"directory", 'd'}, [RECORD_FD_BLOCK] = {"file", 'f'},
    [RECORD_FD_CHAR] = {"file", 'f'},          [RECORD_FD_FIFO] = {"pipe", 'p'},
    [RECORD_FD_IPV4] = {"ipv4", '4'},          [RECORD_FD_IPV6] = {"ipv6", '6'},
    [RECORD_FD_UNIX] = {"unix", 'u'},          [RECORD_FD_NETLINK] = {"netlink", 'n'},
    [RECORD_FD_PACKET] = {"<NA>", 'o'},        [RECORD_FD_SOCKET] = {"<NA>", 'o'},
    [RECORD_FD_MEMFD] = {"memfd", 'm'},        [RECORD_FD_EVENTFD] = {"event", 'e'},
    [RECORD_FD_EPOLL] = {"eventpoll", 'l'},    [RECORD_FD_TIMERFD] = {"timerfd", 't'},
    [RECORD_FD_INOTIFY] = {"inotify", 'i'},    [RECORD_FD_FANOTIFY] = {"<NA>", 'o'},
    [RECORD_FD_SIGNALFD] = {"signalfd", 's'},  [RECORD_FD_URING] = {"io_uring", 'r'},
    [RECORD_FD_BPF] = {"bpf", 'b'},            [RECORD_FD_PIDFD] = {"pidfd", 'P'},
    [RECORD_FD_USERFAULTFD] = {"userfaultfd", 'u'}, [RECORD_FD_ANON] = {"<NA>", 'o'},
};

struct str endpoint_type_word(enum record_fd_type type)
{
    return str_from(types[type].word);
}

char endpoint_type_char(enum record_fd_type type)
{
    return types[type].letter;
}

struct str endpoint_l4_word(uint8_t l4proto)
{
    switch (l4proto) {
    case IPPROTO_TCP:
        return STR("tcp");
    case IPPROTO_UDP:
        return STR("udp");
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        return STR("icmp");
    case IPPROTO_RAW:
        return STR("raw");
    default:
        return STR_NULL;
    }
}

static bool is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static bool is_mapped(const uint8_t *p)
{
    return is_zero(p, 10) && p[10] == 0xff && p[11] == 0xff;
}

enum record_fd_type endpoint_type(const struct record_fd *fd)
{
    if (fd->type != RECORD_FD_IPV6)
        return (enum record_fd_type)fd->type;
    bool local = is_mapped(fd->laddr), remote = is_mapped(fd->raddr);
    return (local && (remote || is_zero(fd->raddr, 16))) || (remote && is_zero(fd->laddr, 16)) ? RECORD_FD_IPV4 : RECORD_FD_IPV6;
}

/* Where nothing else tells who serves, ports do: the server's is the well-known one. */
static bool looks_like_server(const struct record_fd *fd)
{
    return fd->lport && fd->lport < EPHEMERAL && fd->rport > fd->lport &&
           (fd->rport >= EPHEMERAL || (fd->lport < 1024 && fd->rport >= 1024));
}

bool endpoint_read(const struct record_fd *fd, struct endpoint *ret)
{
    if (fd->type != RECORD_FD_IPV4 && fd->type != RECORD_FD_IPV6)
        return false;
    const bool v6 = endpoint_type(fd) == RECORD_FD_IPV6;
    const size_t from = fd->type == RECORD_FD_IPV6 && !v6 ? 12 : 0, n = v6 ? 16 : 4;
    const bool has_remote = fd->rport || !is_zero(fd->raddr + from, n);
    *ret = (struct endpoint){
        .v6 = v6,
        .is_listening = !has_remote && (fd->flags & RECORD_FD_SERVER),
        .is_server = (fd->flags & RECORD_FD_SERVER) || looks_like_server(fd),
        .has_role = has_remote || (fd->flags & (RECORD_FD_SERVER | RECORD_FD_CONNECTED)),
        .local = fd->laddr + from,
        .remote = fd->raddr + from,
        .lport = fd->lport,
        .rport = fd->rport,
    };
    return true;
}

void endpoint_jot(struct jot *j, const struct endpoint *e)
{
    if (e->is_listening || (!e->has_role && e->lport)) {
        jot_endpoint(j, e->local, e->v6, e->lport);
    } else if (e->has_role) {
        jot_endpoint(j, endpoint_client(e), e->v6, endpoint_client_port(e));
        jot_add(j, STR("->"));
        jot_endpoint(j, endpoint_server(e), e->v6, endpoint_server_port(e));
    }
}

void endpoint_jot_name(struct jot *j, const struct record_fd *fd, struct str path)
{
    struct endpoint e;
    if (endpoint_read(fd, &e))
        endpoint_jot(j, &e);
    else
        jot_add(j, path);
}
