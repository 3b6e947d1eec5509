// SPDX-License-Identifier: Apache-2.0
/* Acts on sockets; all of them stay on loopback. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "acts.h"

/* A listener on any free port of `address`; the port becomes the act's fact. */
static void listen_at(int family, struct sockaddr *address, socklen_t n)
{
    int fd = (int)must(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(bind(fd, address, n), "bind");
    must(listen(fd, 4), "listen");
    must(getsockname(fd, address, &n), "getsockname");
}

static void connect_4(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listen_at(AF_INET, (struct sockaddr *)&to, sizeof(to));
    report->fact = ntohs(to.sin_port);
    int fd = (int)must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
}

static void connect_6(void)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    listen_at(AF_INET6, (struct sockaddr *)&to, sizeof(to));
    report->fact = ntohs(to.sin6_port);
    int fd = (int)must(socket(AF_INET6, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
}

static void connect_unix(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = ROOM "/data/socket"};
    listen_at(AF_UNIX, (struct sockaddr *)&to, sizeof(to));
    int fd = (int)must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
}

static void send_datagram(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(to);
    int server = (int)must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(bind(server, (struct sockaddr *)&to, sizeof(to)), "bind");
    must(getsockname(server, (struct sockaddr *)&to, &n), "getsockname");
    report->fact = ntohs(to.sin_port);
    int fd = (int)must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(sendto(fd, "davy", 4, 0, (struct sockaddr *)&to, sizeof(to)), "sendto");
}

const struct act ACTS_NET[] = {
    {"connect", connect_4},
    {"connect6", connect_6},
    {"connect-unix", connect_unix},
    {"sendto", send_datagram},
    {0},
};
