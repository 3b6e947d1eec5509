// SPDX-License-Identifier: Apache-2.0
/*
 * DAVY TEST IMITATION. Shapes of behaviour without their effects, for images that davy detonate is tested with. It refuses to start
 * where /run/davy-jail does not stand, which only the jail of `davy detonate --mark` has; it is bounded in count and time, and touches
 * only files and processes that it made itself. It computes no hash, encrypts nothing, and speaks to the pretend internet alone.
 *
 *     shape miner HOST PORT | targets HOST | rewrite FOLDER | kill | disk PATH | burn HOST PORT | memory
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SECONDS_MAX = 120,   /* of processor time and of the clock, whatever it does, on a machine that has little time for it */
    BUSY_MS = 60, REST_MS = 40,
    REQUESTS = 60, FILES = 20, CHILDREN = 12, LINE = 512, LISTED_MAX = 16,
    FILE_BYTES = 4096,
};

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of processor time. */
static double used(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void busy(double seconds)
{
    volatile unsigned long n = 0;
    for (double end = used() + seconds; used() < end;)
        for (int i = 0; i < 10000; i++)
            n += (unsigned long)i;
    (void)n;
}

/* What it asks of names goes to 172.17.0.1 as /etc/resolv.conf there says: a query of its own, because a static program has no resolver. */
static bool look_up(const char *name, struct in_addr *ret)
{
    unsigned char q[512] = {0x12, 0x34, 1, 0, 0, 1}, answer[512];
    size_t n = 12;
    const struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(0xac110001)};
    const struct timeval wait = {.tv_sec = 2};
    for (const char *p = name; *p;) {
        const size_t length = strcspn(p, ".");
        q[n++] = (unsigned char)length;
        memcpy(q + n, p, length);
        n += length;
        p += length + (p[length] == '.');
    }
    n++;
    q[n + 1] = 1;
    q[n + 3] = 1;
    n += 4;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    (void)sendto(fd, q, n, 0, (const struct sockaddr *)&server, sizeof(server));
    const ssize_t got = recv(fd, answer, sizeof(answer), 0);
    (void)close(fd);
    if (got < (ssize_t)n + 16)
        return false;
    memcpy(ret, answer + got - 4, 4);
    return true;
}

static int reach(const char *host, unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const struct timeval wait = {.tv_sec = 2};
    if (!inet_aton(host, &to.sin_addr) && !look_up(host, &to.sin_addr))
        return -1;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    if (!connect(fd, (const struct sockaddr *)&to, sizeof(to)))
        return fd;
    (void)close(fd);
    return -1;
}

static void say(int fd, const char *text)
{
    (void)!write(fd, text, strlen(text));
}

/* Asks for large pages, logs in to a pool, and is busy by a steady measure. */
static int miner(const char *host, unsigned port)
{
    char answer[4096];
    const int fd = reach(host, port);
    void *pages = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    if (fd < 0)
        return 1;
    say(fd, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":\"DAVY-TEST-IMITATION-WALLET\",\"pass\":\"x\","
            "\"agent\":\"davy-imitation/1.0\",\"algo\":[\"rx/0\"]}}\n");
    (void)!read(fd, answer, sizeof(answer));
    for (double end = now() + 4; now() < end;) {
        busy(BUSY_MS / 1e3);
        (void)usleep(REST_MS * 1000);
    }
    say(fd, "{\"id\":2,\"jsonrpc\":\"2.0\",\"method\":\"keepalived\",\"params\":{\"id\":\"1\"}}\n");
    (void)close(fd);
    return pages == NULL;
}

/* A request; what comes back, bounded. */
static bool get(const char *host, const char *path, char *ret, size_t size)
{
    char request[LINE];
    size_t n = 0;
    const int fd = reach(host, 80);
    if (fd < 0)
        return false;
    (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: davy-imitation\r\nConnection: close\r\n\r\n", path, host);
    say(fd, request);
    for (ssize_t got; n + 1 < size && (got = read(fd, ret + n, size - n - 1)) > 0;)
        n += (size_t)got;
    ret[n] = 0;
    (void)close(fd);
    return true;
}

static int targets(const char *host)
{
    char list[8192], hosts[LISTED_MAX][128], answer[4096];
    size_t n = 0;
    if (!get(host, "/targets.txt", list, sizeof(list)))
        return 1;
    for (char *p = list; n < LISTED_MAX && (p = strstr(p, "http://")); n++) {
        p += 7;
        (void)snprintf(hosts[n], sizeof(hosts[n]), "%.*s", (int)strcspn(p, "/\n"), p);
    }
    for (int i = 0; n && i < REQUESTS; i++)
        (void)get(hosts[(size_t)i % n], "/", answer, sizeof(answer));
    return n == 0;
}

/* Makes files of its own, and puts random bytes in their place under another name. */
static int rewrite(const char *folder)
{
    char path[LINE], other[LINE + 16], text[FILE_BYTES];
    unsigned char bytes[FILE_BYTES];
    (void)mkdir(folder, 0755);
    memset(text, 'a', sizeof(text));
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(path, sizeof(path), "%s/DAVY-TEST-IMITATION-%d.txt", folder, i);
        (void)snprintf(other, sizeof(other), "%s.locked", path);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (fd < 0)
            return 1;
        (void)!write(fd, text, sizeof(text));
        (void)close(fd);
        (void)!getrandom(bytes, sizeof(bytes), 0);
        fd = open(path, O_WRONLY | O_TRUNC);
        (void)!write(fd, bytes, sizeof(bytes));
        (void)close(fd);
        (void)rename(path, other);
    }
    return 0;
}

static int end_children(void)
{
    pid_t pids[CHILDREN];
    for (int i = 0; i < CHILDREN; i++)
        if (!(pids[i] = fork())) {
            (void)pause();
            _exit(0);
        }
    (void)usleep(200'000);
    for (int i = 0; i < CHILDREN; i++)
        if (pids[i] > 0)
            (void)kill(pids[i], SIGKILL);
    while (wait(NULL) > 0)
        ;
    return 0;
}

/* A "disk" that it makes itself, under a name that disks have. */
static int disk(const char *path)
{
    char block[FILE_BYTES] = "DAVY TEST IMITATION";
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    for (int i = 0; fd >= 0 && i < 16; i++)
        (void)!write(fd, block, sizeof(block));
    return fd < 0;
}

/* Waits for the watcher to lose patience, by the processor and not by the clock; then it does what it came for. */
static int burn(const char *host, unsigned port)
{
    busy(2);
    return miner(host, port);
}

/* Text in memory that can be executed, and nowhere in the file: what an unpacked program looks like. Nothing there is a program. */
static int memory(void)
{
    static const char TURNED[] = "E@WX!UDRU!HLHU@UHNO!horhed!ldlnsx";
    char *at = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; at != MAP_FAILED && TURNED[i]; i++)
        at[i] = (char)(TURNED[i] ^ 1);
    (void)sleep(SECONDS_MAX);
    return 0;
}

static bool is_in_jail(void)
{
    char text[64] = "";
    const int fd = open("/run/davy-jail", O_RDONLY);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        (void)close(fd);
    return n > 0 && !strncmp(text, "DAVY JAIL ", 10);
}

int main(int argc, char **argv)
{
    const struct rlimit seconds = {SECONDS_MAX, SECONDS_MAX};
    const char *what = argc > 1 ? argv[1] : "";
    if (!is_in_jail()) {
        (void)fprintf(stderr, "DAVY TEST IMITATION: it runs in the jail of davy detonate --mark only\n");
        return 3;
    }
    (void)setrlimit(RLIMIT_CPU, &seconds);
    (void)alarm(SECONDS_MAX);
    if (!strcmp(what, "miner") && argc == 4)
        return miner(argv[2], (unsigned)atoi(argv[3]));
    if (!strcmp(what, "targets") && argc == 3)
        return targets(argv[2]);
    if (!strcmp(what, "rewrite") && argc == 3)
        return rewrite(argv[2]);
    if (!strcmp(what, "kill"))
        return end_children();
    if (!strcmp(what, "disk") && argc == 3)
        return disk(argv[2]);
    if (!strcmp(what, "memory"))
        return memory();
    if (!strcmp(what, "burn") && argc == 4)
        return burn(argv[2], (unsigned)atoi(argv[3]));
    return 2;
}
