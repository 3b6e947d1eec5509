// SPDX-License-Identifier: Apache-2.0
/*
 * Work whose cost a sensor changes: watch-work NAME [OPERATIONS [ROUNDS [PATH]]] prints one line of JSON with the nanoseconds
 * of processor time and of wall clock that one operation takes, the least of all rounds, because other work on the machine
 * only ever adds. Everything stays on this machine: connections go to loopback.
 * `watch-work herd N` starts N processes that wait, prints a line when all are there, and ends them when its input ends.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct work {
    const char *path;
    int listener, null;
    struct sockaddr_in address;
};

static void die(const char *what)
{
    perror(what);
    exit(3);
}

static void do_open(struct work *w)
{
    int fd = open(w->path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
}

static void do_getppid(struct work *w)
{
    (void)w;
    syscall(SYS_getppid);
}

static void do_write(struct work *w)
{
    if (write(w->null, "x", 1) != 1)
        die("write");
}

static void do_spawn(struct work *w)
{
    (void)w;
    pid_t pid;
    char *const argv[] = {"/bin/true", NULL};
    char *const env[] = {NULL};
    int status;
    if (posix_spawn(&pid, argv[0], NULL, NULL, argv, env) || waitpid(pid, &status, 0) < 0)
        die("spawn");
}

static void do_connect(struct work *w)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&w->address, sizeof(w->address)))
        die("connect");
    int peer = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);
    if (peer < 0)
        die("accept");
    /* Reset instead of waiting for the port's time to pass: 28,000 ports would not last. */
    struct linger linger = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
    close(peer);
}

static const struct {
    const char *name;
    void (*once)(struct work *w);
    unsigned operations;
} WORKS[] = {
    {"open", do_open, 20000}, {"getppid", do_getppid, 200000}, {"write", do_write, 100000},
    {"spawn", do_spawn, 200}, {"connect", do_connect, 1000},
};

static uint64_t wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t ns_of(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

/* Of this process and of its children that ended. */
static uint64_t processor(void)
{
    struct rusage own, children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    return ns_of(own.ru_utime) + ns_of(own.ru_stime) + ns_of(children.ru_utime) + ns_of(children.ru_stime);
}

/* Each waits for the end of the pipe that their parent holds. */
static int herd(unsigned long n)
{
    int alive[2];
    char byte;
    if (pipe(alive))
        die("pipe");
    for (unsigned long i = 0; i < n; i++) {
        pid_t pid = fork();
        if (pid < 0)
            die("fork");
        if (!pid) {
            close(alive[1]);
            _exit(read(alive[0], &byte, 1) != 0);
        }
    }
    printf("%lu\n", n);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    close(alive[1]);
    while (wait(NULL) > 0)
        ;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "herd"))
        return herd(strtoul(argv[2], NULL, 10));
    size_t k = 0, n_works = sizeof(WORKS) / sizeof(*WORKS);
    while (argc > 1 && k < n_works && strcmp(argv[1], WORKS[k].name))
        k++;
    if (argc < 2 || k == n_works) {
        fprintf(stderr, "usage: watch-work open|getppid|write|spawn|connect [operations [rounds [path]]]\n");
        return 2;
    }
    unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 9;
    if (!n)
        n = WORKS[k].operations;
    struct work w = {.path = argc > 4 ? argv[4] : "/etc/hostname", .null = open("/dev/null", O_WRONLY | O_CLOEXEC),
        .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
        .address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(w.address);
    if (w.null < 0 || w.listener < 0 || bind(w.listener, (struct sockaddr *)&w.address, sizeof(w.address)) ||
        listen(w.listener, 64) || getsockname(w.listener, (struct sockaddr *)&w.address, &size))
        die("set-up");

    uint64_t best_wall = UINT64_MAX, best_cpu = UINT64_MAX;
    for (unsigned long r = 0; r < rounds; r++) {
        uint64_t wall_before = wall(), cpu_before = processor();
        for (unsigned long i = 0; i < n; i++)
            WORKS[k].once(&w);
        uint64_t cpu = processor() - cpu_before, elapsed = wall() - wall_before;
        best_cpu = cpu < best_cpu ? cpu : best_cpu;
        best_wall = elapsed < best_wall ? elapsed : best_wall;
    }
    printf("{\"work\": \"%s\", \"operations\": %lu, \"cpu_ns\": %.1f, \"wall_ns\": %.1f}\n", WORKS[k].name, n,
        (double)best_cpu / (double)n, (double)best_wall / (double)n);
    return 0;
}
