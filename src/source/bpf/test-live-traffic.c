// SPDX-License-Identifier: Apache-2.0
/* States of connections, questions to the domain name system, bytes per peer, time of processes. */
#include "source/bpf/test-live.h"
#include "source/bpf/test-live-more.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { PORT = 4711, SECRET_BYTES = 100000 };

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
#define ADDRESS(a) ((const struct sockaddr *)&(a)), sizeof(a)

static const struct record_net *net_of(const struct record *r)
{
    const struct record_net *net = record_net(record_find(r, RECORD_NET));
    if (!net)
        test_fail(__FILE__, __LINE__, "kind %u has no ends", r->kind);
    return net;
}

/* ---- connections ---- */

static void act_connection(void *ctx)
{
    (void)ctx;
    own_network();
    struct sockaddr_in to = v4(PORT);
    char bytes[4096] = {0};
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(server, ADDRESS(to)) || listen(server, 1))
        _exit(1);
    pid_t pid = fork();
    if (!pid) {
        int fd = accept(server, NULL, NULL);
        long n, sum = 0;
        while ((n = read(fd, bytes, sizeof(bytes))) > 0)
            sum += n;
        _exit(sum != SECRET_BYTES);
    }
    int fd = socket(AF_INET, SOCK_STREAM, 0), status;
    if (connect(fd, ADDRESS(to)))
        _exit(2);
    for (int left = SECRET_BYTES; left > 0;) {
        long n = write(fd, bytes, (size_t)(left < (int)sizeof(bytes) ? left : (int)sizeof(bytes)));
        if (n <= 0)
            _exit(3);
        left -= (int)n;
    }
    (void)close(fd);
    if (waitpid(pid, &status, 0) != pid || status)
        _exit(4);
    usleep(100000);
}

/* The last state record of a process with that new state. */
static const struct record *state(const struct live *l, bool of_child, unsigned state)
{
    for (size_t i = l->records.n; i-- > 0;) {
        const struct record *r = l->records.v[i];
        if (r->kind == RECORD_TCP_STATE && (r->pid == l->child) == of_child && live_number(r, 1) == state)
            return r;
    }
    return NULL;
}

TEST(states_of_a_connection_belong_to_its_processes)
{
    struct live l = live_watch(LIVE_FILTER(RECORD_TCP_STATE, RECORD_FLOW), act_connection, NULL);
    const struct record *r = state(&l, true, 10);
    CHECK(r);
    CHECK_INT(net_of(r)->lport, PORT);
    r = state(&l, true, 2);
    CHECK(r && net_of(r)->rport == PORT && live_number(r, 0) == 7);
    CHECK(net_of(r)->flags & 1);
    /* Both ends become established; the server's nobody has accepted yet: it is who listens. */
    int established = 0;
    for (size_t i = 0; i < l.records.n; i++)
        if (l.records.v[i]->kind == RECORD_TCP_STATE && live_number(l.records.v[i], 1) == 1) {
            established++;
            CHECK_INT(l.records.v[i]->pid, l.child);
            CHECK(l.records.v[i]->start_ns && l.records.v[i]->comm[0]);
        }
    CHECK_INT(established, 2);
    CHECK(state(&l, true, 7));
    const struct record *sent = NULL, *received = NULL;
    for (size_t i = 0; i < l.records.n; i++)
        if (l.records.v[i]->kind == RECORD_FLOW) {
            if (l.records.v[i]->pid == l.child)
                sent = l.records.v[i];
            else
                received = l.records.v[i];
        }
    CHECK(sent && received);
    /* The acknowledged closing counts as a byte. */
    CHECK(net_of(sent)->sent >= SECRET_BYTES && net_of(sent)->sent <= SECRET_BYTES + 2);
    CHECK_INT(net_of(sent)->rport, PORT);
    CHECK(net_of(sent)->flags & 1);
    CHECK(net_of(received)->received >= SECRET_BYTES && net_of(received)->received <= SECRET_BYTES + 2);
    CHECK_INT(net_of(received)->lport, PORT);
    CHECK_INT(received->ppid, l.child);
    CHECK(!(net_of(received)->flags & 1));
    CHECK(!memcmp(net_of(sent)->raddr, (uint8_t[]){127, 0, 0, 1}, 4));
    live_done(&l);
}

static void wait_for_more(_Atomic unsigned *told, unsigned than)
{
    for (time_t until = time(NULL) + LIVE_PATIENCE; *told <= than && time(NULL) < until;)
        usleep(10000);
}

static void act_long_connection(void *ctx)
{
    _Atomic unsigned *told = ctx;
    own_network();
    struct sockaddr_in to = v4(PORT), nobody = v4(PORT + 1);
    char bytes[1000] = {0};
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    (void)setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(server, ADDRESS(to)) || listen(server, 1) || connect(fd, ADDRESS(to)))
        _exit(1);
    (void)!write(fd, bytes, sizeof(bytes));
    for (int i = 0; i < 3; i++)
        (void)sendto(udp, bytes, 500, 0, ADDRESS(nobody));
    wait_for_more(told, 1); /* of both sockets */
    const unsigned before = *told;
    (void)!write(fd, bytes, sizeof(bytes));
    wait_for_more(told, before);
    kill(getpid(), SIGKILL);
}

static bool is_something_lost(const struct live *l, uint16_t kind)
{
    struct source_bpf_kind k;
    for (size_t i = 0; source_bpf_kind(l->source, i, &k); i++)
        if (k.kind == kind)
            return k.lost;
    return true;
}

TEST(bytes_are_told_while_a_connection_lives)
{
    _cleanup_free_ struct filter *f = LIVE_FILTER(RECORD_FLOW);
    struct live l = live_open(&(struct source_bpf_options){.filter = f, .no_snapshot = true, .period_ms = 200});
    if (is_something_lost(&l, RECORD_FLOW)) {
        live_done(&l);
        test_skip("this kernel tells a connection's bytes when it ends");
    }
    l.told_kind = RECORD_FLOW;
    l.told = mmap(NULL, sizeof(*l.told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    (void)live_run_beside(&l, act_long_connection, (void *)l.told);
    uint64_t streams = 0, datagrams = 0;
    int n = 0;
    for (size_t i = 0; i < l.records.n; i++) {
        const struct record *r = l.records.v[i];
        if (r->kind != RECORD_FLOW || r->pid != l.child)
            continue;
        if (net_of(r)->l4proto == IPPROTO_UDP) {
            datagrams += live_number(r, 1);
            CHECK_INT(net_of(r)->rport, PORT + 1);
        } else if (net_of(r)->rport == PORT) {
            streams += live_number(r, 1);
            n++;
        }
    }
    CHECK(n >= 2);
    CHECK(streams >= 2000 && streams <= 2002);
    CHECK_INT(datagrams, 1500);
    (void)munmap((void *)l.told, sizeof(*l.told));
    live_done(&l);
}

/* ---- names ---- */

static const uint8_t question[] = {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 'd', 'a', 'v', 'y', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1};

static void serve(int fd)
{
    uint8_t b[600];
    struct sockaddr_in from;
    socklen_t n_from = sizeof(from);
    long n = recvfrom(fd, b, sizeof(b), 0, (struct sockaddr *)&from, &n_from);
    b[2] |= 0x80;
    if (n > 0)
        (void)sendto(fd, b, (size_t)n, 0, (const struct sockaddr *)&from, n_from);
}

static void act_names(void *ctx)
{
    (void)ctx;
    own_network();
    struct sockaddr_in to = v4(53);
    uint8_t b[600], stream[2 + sizeof(question)] = {0, sizeof(question)};
    memcpy(stream + 2, question, sizeof(question));
    int server = socket(AF_INET, SOCK_DGRAM, 0), listening = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server, ADDRESS(to)) || bind(listening, ADDRESS(to)) || listen(listening, 1))
        _exit(1);
    pid_t pid = fork();
    if (!pid) {
        serve(server);
        _exit(0);
    }
    int fd = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    (void)sendto(fd, question, sizeof(question), 0, ADDRESS(to));
    if (recv(fd, b, sizeof(b), 0) != sizeof(question))
        _exit(2);
    (void)waitpid(pid, NULL, 0);
    if (connect(tcp, ADDRESS(to)))
        _exit(3);
    (void)!write(tcp, stream, sizeof(stream));
    (void)close(tcp);
}

TEST(questions_and_answers_by_process)
{
    struct live l = live_watch(LIVE_FILTER(RECORD_DNS), act_names, NULL);
    const struct record *r = live_must(&l, RECORD_DNS);
    CHECK(net_of(r)->flags & 1);
    CHECK_INT(net_of(r)->rport, 53);
    CHECK_INT(net_of(r)->l4proto, IPPROTO_UDP);
    CHECK(str_eq(live_text(r, RECORD_DNS_PACKET), str_n(question, sizeof(question))));
    CHECK(r->comm[0] && r->start_ns);
    r = live_nth(&l, RECORD_DNS, 1);
    CHECK(r && !(net_of(r)->flags & 1));
    struct str answer = live_text(r, RECORD_DNS_PACKET);
    CHECK_INT(answer.n, sizeof(question));
    CHECK((uint8_t)answer.p[2] & 0x80);
    r = live_nth(&l, RECORD_DNS, 2);
    CHECK(r && net_of(r)->l4proto == IPPROTO_TCP);
    CHECK(str_eq(live_text(r, RECORD_DNS_PACKET), str_n(question, sizeof(question))));
    CHECK(!live_nth(&l, RECORD_DNS, 3));
    live_done(&l);
}

/* ---- first bytes ---- */

static void act_greeting(void *ctx)
{
    (void)ctx;
    own_network();
    struct sockaddr_in to = v4(PORT + 1);
    char bytes[64];
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (bind(server, ADDRESS(to)) || listen(server, 1) || connect(fd, ADDRESS(to)))
        _exit(1);
    int other = accept(server, NULL, NULL);
    if (write(fd, "NICK x\r\n", 8) != 8 || read(other, bytes, sizeof(bytes)) != 8 || write(other, "hello", 5) != 5 ||
        read(fd, bytes, sizeof(bytes)) != 5 || write(fd, "second", 6) != 6 || read(other, bytes, sizeof(bytes)) != 6)
        _exit(1);
    _exit(0);
}

TEST(what_is_said_first_is_told_once)
{
    struct live l = live_watch(LIVE_FILTER(RECORD_GREETING), act_greeting, NULL);
    const struct record *r = live_must(&l, RECORD_GREETING);
    CHECK(r->comm[0] && r->start_ns && r->pid > 0);
    CHECK_STR(live_text(r, RECORD_DATA), "NICK x\r\n");
    CHECK_INT(net_of(r)->rport, PORT + 1);
    CHECK_INT(net_of(r)->flags, 1);
    CHECK(!live_nth(&l, RECORD_GREETING, 1));
    live_done(&l);
}

/* What a program says first may come in pieces, and by any call: each way has a port of its own. */
enum { PIECES_PORT = PORT + 10, WAY_TWO_WRITES = 0, WAY_BYTES, WAY_WRITEV, WAY_MORE, WAY_SENDFILE, WAY_ANSWERED, WAY_BRACES, WAY_HELLO, WAYS };
#define FIRST_HALF "{\"id\":1,\"meth"
#define SECOND_HALF "od\":\"x\"}\n"
#define BRACES "\n{\n \"id\": 1,\n \"k\": {}\n"
static const char HELLO[] = "\x16\x03\x01\x00\x20\x01\n\n23456789012345678901234567890";

static void say(int fd, int other, const char *text, size_t n)
{
    char bytes[512];
    if (write(fd, text, n) != (ssize_t)n || recv(other, bytes, n, MSG_WAITALL) != (ssize_t)n)
        _exit(3);
}

static void say_by(int way, int fd, int other)
{
    char bytes[64], first[] = FIRST_HALF, second[] = SECOND_HALF;
    struct iovec parts[2] = {{first, strlen(first)}, {second, strlen(second)}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    switch (way) {
    case WAY_TWO_WRITES:
        say(fd, other, FIRST_HALF, strlen(FIRST_HALF));
        say(fd, other, SECOND_HALF, strlen(SECOND_HALF));
        say(fd, other, "second", 6);
        break;
    case WAY_BYTES:
        for (const char *c = FIRST_HALF SECOND_HALF; *c; c++)
            say(fd, other, c, 1);
        break;
    case WAY_WRITEV:
        if (writev(fd, parts, 2) < 0)
            _exit(4);
        break;
    case WAY_MORE:
        if (send(fd, FIRST_HALF, strlen(FIRST_HALF), MSG_MORE) < 0 || sendmsg(fd, &(struct msghdr){.msg_iov = &parts[1], .msg_iovlen = 1}, 0) < 0)
            _exit(4);
        break;
    case WAY_SENDFILE: {
        int file = memfd_create("davy", 0);
        off_t at = 0;
        if (writev(file, parts, 2) < 0 || sendfile(fd, file, &at, 7) != 7 || sendfile(fd, file, &at, 4096) < 0)
            _exit(4);
        break;
    }
    case WAY_ANSWERED:
        say(other, fd, "welcome\n", 8);
        say(fd, other, FIRST_HALF, strlen(FIRST_HALF));
        say(other, fd, "go on\n", 6);
        if (sendmsg(fd, &message, 0) < 0)
            _exit(4);
        break;
    case WAY_BRACES: /* neither an empty line nor one within braces is the end of what is said first */
        say(fd, other, BRACES, strlen(BRACES));
        say(fd, other, "}\n", 2);
        say(fd, other, "second", 6);
        break;
    default: /* a record of TLS says how long it is */
        say(fd, other, HELLO, 20);
        say(fd, other, HELLO + 20, sizeof(HELLO) - 21);
        say(fd, other, "second", 6);
    }
    (void)shutdown(fd, SHUT_WR);
    while (read(other, bytes, sizeof(bytes)) > 0)
        ;
}

static void act_pieces(void *ctx)
{
    (void)ctx;
    own_network();
    for (int way = 0; way < WAYS; way++) {
        struct sockaddr_in to = v4((uint16_t)(PIECES_PORT + way));
        int one = 1, server = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        if (bind(server, ADDRESS(to)) || listen(server, 1) || connect(fd, ADDRESS(to)))
            _exit(1);
        int other = accept(server, NULL, NULL);
        (void)setsockopt(other, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        say_by(way, fd, other);
        (void)close(fd);
        (void)close(other);
        (void)close(server);
    }
}

TEST(what_is_said_first_is_put_together)
{
    struct live l = live_watch(LIVE_FILTER(RECORD_GREETING), act_pieces, NULL);
    static const struct str WHOLE = {FIRST_HALF SECOND_HALF, sizeof(FIRST_HALF SECOND_HALF) - 1};
    struct str last[WAYS] = {};
    unsigned n[WAYS] = {};
    const struct record *r;
    for (size_t i = 0; (r = live_nth(&l, RECORD_GREETING, i)); i++) {
        const int way = net_of(r)->rport - PIECES_PORT;
        CHECK(way >= 0 && way < WAYS);
        struct str now = live_text(r, RECORD_DATA);
        CHECK(now.n > last[way].n && str_starts(now, last[way]));
        last[way] = now;
        n[way]++;
    }
    for (int way = 0; way <= WAY_SENDFILE; way++)
        if (!str_eq(last[way], WHOLE))
            test_fail(__FILE__, __LINE__, "way %d: \"%.*s\"", way, STR_ARG(last[way]));
    CHECK_INT(n[WAY_TWO_WRITES], 2);
    CHECK(n[WAY_BYTES] <= 6); /* 1, 2, 4, 8, 16 bytes, and all */
    CHECK_INT(n[WAY_WRITEV], 1);
    CHECK_STR(last[WAY_ANSWERED], FIRST_HALF FIRST_HALF SECOND_HALF);
    CHECK_STR(last[WAY_BRACES], BRACES "}\n");
    CHECK(str_eq(last[WAY_HELLO], str_n(HELLO, sizeof(HELLO) - 1)));
    live_done(&l);
}

/* ---- time and memory ---- */

static void act_busy(void *ctx)
{
    (void)ctx;
    enum { BYTES = 16 << 20 };
    char *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < BYTES; i += 4096)
        *(volatile char *)&p[i] = 1;
    (void)mlock(p, 1 << 20);
    time_t until = time(NULL) + 3;
    for (volatile unsigned i = 0; time(NULL) < until; i++)
        ;
}

TEST(busy_processes_are_told)
{
    _cleanup_free_ struct filter *f = LIVE_FILTER(RECORD_USAGE);
    struct live l = live_open(&(struct source_bpf_options){.filter = f, .no_snapshot = true, .period_ms = 500});
    CHECK_INT(live_run_beside(&l, act_busy, NULL), 0);
    /* On a machine with much else to do a period may be short, and the first may end before the memory is there: all count together. */
    const struct record *r = live_must(&l, RECORD_USAGE);
    uint64_t ran = 0, period = 0, rss = 0, locked = 0;
    for (size_t i = 0; i < l.records.n; i++) {
        const struct record_usage *u = record_usage(record_find(l.records.v[i], RECORD_USAGE_DATA));
        if (!u || l.records.v[i]->pid != l.child)
            continue;
        ran += u->user_ns + u->system_ns;
        period += u->period_ns;
        rss = rss > u->rss_kib ? rss : u->rss_kib;
        locked = locked > u->locked_kib ? locked : u->locked_kib;
        CHECK_INT(u->threads, 1);
        CHECK_INT(live_number(l.records.v[i], 4), u->rss_kib);
        CHECK_INT(l.records.v[i]->tid, l.child);
    }
    CHECK(ran >= 20000000 && ran <= period + 100000000);
    CHECK(rss >= 16 << 10);
    CHECK(locked >= 1 << 10);
    /* The header is as exact as that of any other record of the process. */
    CHECK_INT(r->start_ns, live_must(&l, RECORD_FORK)->start_ns);
    live_done(&l);
}
