// SPDX-License-Identifier: Apache-2.0
/* Events about sockets, and names of addresses. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "context/test-records.h"
#include "harness/test.h"

TEST(a_client_connects)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = ipv4(41000, "93.184.216.34", 443, IPPROTO_TCP, RECORD_FD_CONNECTED | RECORD_FD_NAME_CHANGED);
    stream_call(&s, EVENT_CONNECT, 30, 20, "curl");
    stream_fd(&s, &fd, "");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "fd.name", "10.0.0.5:41000->93.184.216.34:443");
    CHECK_FIELD(&s, "fd.type", "ipv4");
    CHECK_FIELD(&s, "fd.typechar", "4");
    CHECK_FIELD(&s, "fd.l4proto", "tcp");
    CHECK_FIELD(&s, "fd.sockfamily", "ip");
    CHECK_FIELD(&s, "fd.sip", "93.184.216.34");
    CHECK_FIELD(&s, "fd.rip", "93.184.216.34");
    CHECK_FIELD(&s, "fd.cip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.lip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.ip", "(10.0.0.5,93.184.216.34)");
    CHECK_FIELD(&s, "fd.sport", "443");
    CHECK_FIELD(&s, "fd.cport", "41000");
    CHECK_FIELD(&s, "fd.lport", "41000");
    CHECK_FIELD(&s, "fd.rport", "443");
    CHECK_FIELD(&s, "fd.port", "(41000,443)");
    CHECK_FIELD(&s, "fd.is_server", "false");
    CHECK_FIELD(&s, "fd.connected", "true");
    CHECK_FIELD(&s, "fd.name_changed", "true");
    CHECK_FIELD(&s, "fd.directory", "<NA>");
    CHECK_FIELD(&s, "evt.args", "res=0 tuple=10.0.0.5:41000->93.184.216.34:443 fd=5(<4t>10.0.0.5:41000->93.184.216.34:443) addr=NULL");
    CHECK_FIELD(&s, "evt.category", "net");
    CHECK_FIELD(&s, "fd.sip.name", "<NA>");
    CHECK_FIELD(&s, "fd.sproto", "443");
    CHECK_FIELD(&s, "fd.proto", "(41000,443)");
    stream_done(&s);
}

TEST(a_server_accepts_and_listens)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = ipv4(80, "192.0.2.7", 50000, IPPROTO_TCP, RECORD_FD_CONNECTED | RECORD_FD_SERVER);
    stream_call(&s, EVENT_ACCEPT4, 30, 20, "nginx")->res = 5;
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.name", "192.0.2.7:50000->10.0.0.5:80");
    CHECK_FIELD(&s, "fd.cip", "192.0.2.7");
    CHECK_FIELD(&s, "fd.sip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.lip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.sport", "80");
    CHECK_FIELD(&s, "fd.is_server", "true");
    CHECK_FIELD(&s, "evt.arg.tuple", "192.0.2.7:50000->10.0.0.5:80");
    CHECK_FIELD(&s, "evt.arg.fd", "<4t>192.0.2.7:50000->10.0.0.5:80");
    fd = ipv4(80, "", 0, IPPROTO_TCP, RECORD_FD_SERVER);
    stream_call(&s, EVENT_LISTEN, 30, 20, "nginx");
    stream_fd(&s, &fd, "");
    stream_number(&s, 2, 511);
    stream_take(&s);
    CHECK_FIELD(&s, "fd.name", "10.0.0.5:80");
    CHECK_FIELD(&s, "fd.sip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.sport", "80");
    CHECK_FIELD(&s, "fd.cip", "<NA>");
    CHECK_FIELD(&s, "fd.lport", "<NA>");
    CHECK_FIELD(&s, "fd.net", "(10.0.0.5)");
    CHECK_FIELD(&s, "evt.args", "res=0 fd=5(<4t>10.0.0.5:80) backlog=511");
    stream_done(&s);
}

TEST(ipv4_in_ipv6_is_ipv4)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = {.num = 5, .type = RECORD_FD_IPV6, .l4proto = IPPROTO_TCP, .flags = RECORD_FD_SERVER, .lport = 80, .rport = 50000,
                           .laddr = {[10] = 255, 255, 10, 0, 0, 5}, .raddr = {[10] = 255, 255, 192, 0, 2, 7}};
    stream_call(&s, EVENT_ACCEPT, 30, 20, "java")->res = 5;
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.typechar", "4");
    CHECK_FIELD(&s, "fd.name", "192.0.2.7:50000->10.0.0.5:80");
    CHECK_FIELD(&s, "fd.cip", "192.0.2.7");
    memcpy(fd.raddr, (uint8_t[16]){0x20, 1, 0xd, 0xb8, [15] = 1}, 16);
    memcpy(fd.laddr, (uint8_t[16]){[15] = 1}, 16);
    stream_call(&s, EVENT_ACCEPT, 30, 20, "java")->res = 5;
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.typechar", "6");
    CHECK_FIELD(&s, "fd.name", "2001:db8::1:50000->::1:80");
    CHECK_FIELD(&s, "fd.sip", "::1");
    stream_done(&s);
}

TEST(a_socket_is_made)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = {.num = 5, .type = RECORD_FD_PACKET};
    stream_call(&s, EVENT_SOCKET, 30, 20, "tcpdump")->res = 5;
    stream_number(&s, 1, 17);
    stream_number(&s, 2, 3);
    stream_number(&s, 3, 768);
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.domain", "AF_PACKET");
    CHECK_FIELD(&s, "evt.args", "fd=5(<o>) domain=17(AF_PACKET) type=3 proto=768 flags=NULL");
    CHECK_FIELD(&s, "fd.l4proto", "<NA>");
    CHECK_FIELD(&s, "fd.name", "");
    stream_done(&s);
}

/* What happens to a socket comes with the header of who made it, as it was then. */
TEST(a_header_of_long_ago_changes_nothing)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    stream_exec(&s, 30, 20, "curl", "/usr/bin/curl", "curl|");
    struct record_net net = {.family = 2, .l4proto = IPPROTO_TCP, .lport = 41000, .rport = 443, .flags = 1};
    stream_begin(&s, RECORD_FLOW, 30, 99, "old-name");
    record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "proc.exepath", "/usr/bin/curl");
    CHECK_FIELD(&s, "proc.pname", "bash");
    stream_fork(&s, 40, 30, "curl");
    stream_call(&s, EVENT_SETUID, 40, 30, "curl");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.pname", "curl");
    CHECK_FIELD(&s, "proc.aname[2]", "bash");
    /* Nobody's socket. */
    stream_begin(&s, RECORD_TCP_STATE, 0, 0, "");
    record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "proc.name", "<NA>");
    CHECK_FIELD(&s, "fd.lport", "41000");
    stream_done(&s);
}

TEST(names_of_hosts)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_net net = {.family = 2, .raddr = {192, 0, 2, 9}};
    stream_begin(&s, RECORD_HOSTNAME, 0, 0, "");
    record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    stream_text(&s, RECORD_TEXT, "pool.example.org");
    CHECK_INT(stream_take(&s), 0);
    struct record_fd fd = ipv4(41000, "192.0.2.9", 3333, IPPROTO_TCP, RECORD_FD_CONNECTED);
    stream_call(&s, EVENT_CONNECT, 30, 20, "x");
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.sip.name", "pool.example.org");
    CHECK_FIELD(&s, "fd.rip.name", "pool.example.org");
    CHECK_FIELD(&s, "fd.cip.name", "<NA>");
    /* Who asks for a name calls the address by it; what comes from elsewhere than a server's port counts for nothing. */
    static const char packet[] = "\0\1\x81\x80\0\1\0\1\0\0\0\0\1X\3org\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x09";
    for (uint16_t port = 54; port >= 53; port--) {
        net = (struct record_net){.family = 2, .l4proto = IPPROTO_UDP, .lport = 40000, .rport = port};
        stream_begin(&s, RECORD_DNS, 30, 20, "x");
        record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
        record_add_text(&s.w, RECORD_DNS_PACKET, str_n(packet, sizeof(packet) - 1));
        CHECK_INT(stream_take(&s), 1);
        CHECK_FIELD(&s, "dns.question", "x.org");
        stream_call(&s, EVENT_CONNECT, 30, 20, "x");
        stream_fd(&s, &fd, "");
        stream_take(&s);
        CHECK_FIELD(&s, "fd.sip.name", port == 53 ? "x.org" : "pool.example.org");
    }
    stream_done(&s);
}
