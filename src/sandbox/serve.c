// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "sandbox/dns.h"
#include "sandbox/serve.h"
#include "sandbox/serve_confine.h"
#include "sandbox/talk.h"

enum { PIECE = 16 << 10, DATAGRAM_MAX = 64 << 10, SEEN = 256, DNS_PORT = 53, TURN_DATAGRAMS = 64 };

struct connection {
    int fd; /* -1: free */
    struct talk talk;
    SSL *ssl;               /* NULL: plain, or not known yet */
    bool is_known, is_open; /* is_known: the first byte told whether it is TLS; is_open: the handshake is done */
    struct strbuf out;      /* to the wire */
    time_t last;
};

/* Datagrams to one place are told when they are 1, 2, 4, 8, … in number. */
struct seen {
    struct in6_addr to;
    uint16_t port;
    uint64_t count, bytes;
};

struct server {
    const struct serve_options *options;
    struct talk_world world;
    struct phonebook names;
    struct connection *connections;
    struct seen seen[SEEN];
    size_t next_seen;
};

/* ---- telling ---- */

static void tell(void *ctx, const struct exchange *e)
{
    const struct server *s = ctx;
    struct strbuf b = {};
    exchange_write(&b, e);
    while (send(s->options->told, b.p, b.n, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
    strbuf_done(&b);
}

static time_t clock_now(void)
{
    return (time_t)(clock_ns(CLOCK_MONOTONIC) / CLOCK_SECOND);
}

static void address_text(const struct in6_addr *a, char ret[48])
{
    if (IN6_IS_ADDR_V4MAPPED(a))
        (void)inet_ntop(AF_INET, a->s6_addr + 12, ret, 48);
    else
        (void)inet_ntop(AF_INET6, a, ret, 48);
}

static void host_text(const struct server *s, const struct in6_addr *a, char ret[256])
{
    struct str name = phonebook_name(&s->names, a);
    char text[48];
    address_text(a, text);
    (void)snprintf(ret, 256, "%.*s", STR_ARG(name.n ? name : str_from(text)));
}

/* ---- connections ---- */

static void close_connection(struct connection *c)
{
    talk_done(&c->talk);
    strbuf_done(&c->out);
    SSL_free(c->ssl);
    (void)close(c->fd);
    *c = (struct connection){.fd = -1};
}

static void accept_one(struct server *s)
{
    struct sockaddr_in6 to = {};
    socklen_t n = sizeof(to);
    char address[48], host[256];
    const int fd = accept4(s->options->stream, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++) {
        struct connection *c = &s->connections[i];
        if (c->fd >= 0)
            continue;
        (void)getsockname(fd, (struct sockaddr *)&to, &n);
        address_text(&to.sin6_addr, address);
        host_text(s, &to.sin6_addr, host);
        *c = (struct connection){.fd = fd, .last = clock_now()};
        talk_init(&c->talk, &s->world, address, host, ntohs(to.sin6_port), false);
        return;
    }
    (void)close(fd);
}

/* DNS over TCP: a length of two bytes before each query. True: it was one. */
static bool take_dns(struct server *s, struct connection *c)
{
    struct str in = strbuf_str(&c->talk.in);
    struct dns_question q;
    struct strbuf answer = {};
    if (c->talk.port != DNS_PORT || in.n < 2)
        return false;
    const size_t n = (size_t)(unsigned char)in.p[0] << 8 | (unsigned char)in.p[1];
    if (in.n < n + 2 || !dns_answer(str_sub(in, 2, n + 2), &s->names, &q, &answer))
        return false;
    strbuf_addc(&c->talk.out, (char)(answer.n >> 8));
    strbuf_addc(&c->talk.out, (char)answer.n);
    strbuf_add(&c->talk.out, strbuf_str(&answer));
    strbuf_done(&answer);
    struct exchange e = talk_exchange(&c->talk, "dns");
    e.text[EXCHANGE_HOST] = str_from(q.name);
    e.text[EXCHANGE_VERB] = str_from(q.type);
    talk_tell(&c->talk, &e);
    talk_used(&c->talk, n + 2);
    return true;
}

static void take_plain(struct server *s, struct connection *c, struct str bytes)
{
    if (c->talk.port == DNS_PORT && !c->talk.told) {
        strbuf_add(&c->talk.in, bytes);
        if (take_dns(s, c))
            return;
        strbuf_clear(&c->talk.in);
    }
    talk_take(&c->talk, bytes);
}

static void refused(struct connection *c)
{
    const char *name = SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name);
    struct exchange e = talk_exchange(&c->talk, "tls");
    e.text[EXCHANGE_VERB] = STR("refused"); /* the client does not take our certificate, or it is no TLS after all */
    if (name)
        e.text[EXCHANGE_HOST] = str_from(name);
    talk_tell(&c->talk, &e);
    c->talk.is_over = true;
}

/* The name that the client asked for is better than what the address says. */
static void opened(struct connection *c)
{
    const char *name = SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name);
    c->is_open = true;
    c->talk.tls = true;
    if (name)
        (void)snprintf(c->talk.host, sizeof(c->talk.host), "%s", name);
}

static void take_tls(struct server *s, struct connection *c, struct str bytes)
{
    char plain[PIECE];
    (void)BIO_write(SSL_get_rbio(c->ssl), bytes.p, (int)bytes.n);
    if (!c->is_open) {
        const int r = SSL_do_handshake(c->ssl);
        if (r == 1)
            opened(c);
        else if (SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_READ)
            refused(c);
    }
    for (int n; c->is_open && (n = SSL_read(c->ssl, plain, sizeof(plain))) > 0;)
        take_plain(s, c, str_n(plain, (size_t)n));
    if (c->is_open && SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN)
        c->talk.is_over = true;
}

static void take_bytes(struct server *s, struct connection *c, struct str bytes)
{
    if (!c->is_known && !c->talk.protocol && (unsigned char)bytes.p[0] == 0x16)
        c->ssl = authority_server(s->options->authority, c->talk.host);
    c->is_known = true;
    if (c->ssl)
        take_tls(s, c, bytes);
    else
        take_plain(s, c, bytes);
}

/* What is to be said goes to the wire, through TLS where that is spoken. */
static void send_out(struct connection *c)
{
    char wire[PIECE];
    struct strbuf *out = &c->talk.out;
    if (!c->ssl) {
        strbuf_add(&c->out, strbuf_str(out));
        strbuf_clear(out);
    } else if (c->is_open && out->n) {
        (void)SSL_write(c->ssl, out->p, (int)out->n);
        strbuf_clear(out);
    }
    for (int n; c->ssl && (n = BIO_read(SSL_get_wbio(c->ssl), wire, sizeof(wire))) > 0;)
        strbuf_add(&c->out, str_n(wire, (size_t)n));
    const ssize_t n = c->out.n ? send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (n > 0) {
        memmove(c->out.p, c->out.p + n, c->out.n - (size_t)n);
        c->out.n -= (size_t)n;
    }
    if ((n < 0 && errno != EAGAIN) || c->out.n > SERVE_OUT_MAX) {
        strbuf_clear(&c->out);
        c->talk.is_over = true;
    }
}

static void serve_connection(struct server *s, struct connection *c, short events)
{
    char bytes[PIECE];
    bool is_closed = false;
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        const ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        is_closed = !n || (n < 0 && errno != EAGAIN && errno != EINTR);
        if (n > 0)
            take_bytes(s, c, str_n(bytes, (size_t)n));
        c->last = clock_now();
    }
    send_out(c);
    if (is_closed || (c->talk.is_over && !c->out.n) || clock_now() - c->last > SERVE_IDLE_SECONDS) {
        if (!c->ssl || c->is_open || !c->talk.told)
            talk_end(&c->talk);
        close_connection(c);
    }
}

/* ---- datagrams ---- */

static struct seen *seen_of(struct server *s, const struct in6_addr *to, uint16_t port)
{
    for (size_t i = 0; i < SEEN; i++)
        if (s->seen[i].count && s->seen[i].port == port && IN6_ARE_ADDR_EQUAL(&s->seen[i].to, to))
            return &s->seen[i];
    struct seen *new = &s->seen[s->next_seen++ % SEEN];
    *new = (struct seen){.to = *to, .port = port};
    return new;
}

static void tell_datagram(struct server *s, const struct in6_addr *to, uint16_t port, struct str bytes, const struct dns_question *q)
{
    char address[48], host[256], first[EXCHANGE_TEXT_MAX];
    struct seen *seen = seen_of(s, to, port);
    seen->count++;
    seen->bytes += bytes.n;
    if (!q && seen->count & (seen->count - 1))
        return;
    address_text(to, address);
    host_text(s, to, host);
    struct talk t;
    talk_init(&t, &s->world, address, host, port, false);
    strbuf_clear(&t.out);
    t.bytes = seen->bytes;
    t.decoy = decoy_find(&s->world.decoys, bytes);
    struct exchange e = talk_exchange(&t, q ? "dns" : "udp");
    if (q) {
        e.text[EXCHANGE_HOST] = str_from(q->name);
        e.text[EXCHANGE_VERB] = str_from(q->type);
    } else {
        bytes = str_sub(bytes, 0, sizeof(first));
        memcpy(first, bytes.p, bytes.n);
        e.text[EXCHANGE_DATA] = str_n(first, bytes.n);
    }
    talk_tell(&t, &e);
    talk_done(&t);
}

static bool meant_for(struct msghdr *m, struct in6_addr *to, uint16_t *port)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_ORIGDSTADDR) {
            const struct sockaddr_in6 *a = (const void *)CMSG_DATA(c);
            *to = a->sin6_addr;
            *port = ntohs(a->sin6_port);
            return true;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_ORIGDSTADDR) {
            const struct sockaddr_in *a = (const void *)CMSG_DATA(c);
            memset(to, 0, sizeof(*to));
            to->s6_addr[10] = to->s6_addr[11] = 0xff;
            memcpy(to->s6_addr + 12, &a->sin_addr, 4);
            *port = ntohs(a->sin_port);
            return true;
        }
    return false;
}

/* From the address that was asked: clients take no answer from another. */
static void answer_datagram(struct server *s, struct sockaddr_in6 *client, const struct in6_addr *from, struct str answer)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control = {};
    struct iovec v = {(void *)answer.p, answer.n};
    struct msghdr m = {.msg_name = client, .msg_namelen = sizeof(*client), .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = IPPROTO_IPV6;
    c->cmsg_type = IPV6_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
    struct in6_pktinfo info = {.ipi6_addr = *from};
    memcpy(CMSG_DATA(c), &info, sizeof(info));
    (void)sendmsg(s->options->datagram, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool take_datagram(struct server *s)
{
    static char bytes[DATAGRAM_MAX]; /* one thread, one datagram at a time */
    char control[256];
    struct sockaddr_in6 client;
    struct in6_addr to;
    struct dns_question q;
    uint16_t port;
    struct strbuf answer = {};
    struct iovec v = {bytes, sizeof(bytes)};
    struct msghdr m = {.msg_name = &client, .msg_namelen = sizeof(client), .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
                       .msg_controllen = sizeof(control)};
    const ssize_t n = recvmsg(s->options->datagram, &m, MSG_DONTWAIT);
    if (n < 0 || !meant_for(&m, &to, &port))
        return n >= 0;
    const bool is_dns = port == DNS_PORT && dns_answer(str_n(bytes, (size_t)n), &s->names, &q, &answer);
    if (is_dns)
        answer_datagram(s, &client, &to, strbuf_str(&answer));
    tell_datagram(s, &to, port, str_n(bytes, (size_t)n), is_dns ? &q : NULL);
    strbuf_done(&answer);
    return true;
}

/* ---- the loop ---- */

static void turn(struct server *s)
{
    struct pollfd p[SERVE_CONNECTIONS_MAX + 2];
    size_t which[SERVE_CONNECTIONS_MAX], n = 0;
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        if (s->connections[i].fd >= 0) {
            const struct connection *c = &s->connections[i];
            p[n] = (struct pollfd){.fd = c->fd, .events = (short)(POLLIN | (c->out.n || c->talk.out.n ? POLLOUT : 0))};
            which[n++] = i;
        }
    const size_t held = n;
    p[n++] = (struct pollfd){.fd = s->options->datagram, .events = POLLIN};
    if (held < SERVE_CONNECTIONS_MAX)
        p[n++] = (struct pollfd){.fd = s->options->stream, .events = POLLIN};
    if (poll(p, n, 1000) < 0)
        return;
    for (size_t i = 0; i < held; i++)
        if (p[i].revents || clock_now() - s->connections[which[i]].last > SERVE_IDLE_SECONDS)
            serve_connection(s, &s->connections[which[i]], p[i].revents);
    for (int i = 0; p[held].revents && i < TURN_DATAGRAMS && take_datagram(s); i++)
        ;
    if (n > held + 1 && p[held + 1].revents)
        accept_one(s);
}

void serve(const struct serve_options *o)
{
    struct server s = {.options = o, .connections = xalloc(SERVE_CONNECTIONS_MAX * sizeof(*s.connections))};
    talk_world_init(&s.world, tell, &s);
    for (size_t i = 0; i < SERVE_CONNECTIONS_MAX; i++)
        s.connections[i].fd = -1;
    if (serve_confine(o) < 0)
        return;
    for (;;)
        turn(&s);
}
