// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/test.h"
#include "source/bpf/usage.h"

static const uint64_t SECOND = 1000000000;

struct shares {
    struct usage_share v[8];
    int n;
};
static int keep(void *ctx, const struct usage_share *s)
{
    struct shares *k = ctx;
    if (k->n < 8)
        k->v[k->n++] = *s;
    return 0;
}

static struct usage_process ran(int pid, uint64_t start, uint64_t user_ms, uint64_t system_ms)
{
    return (struct usage_process){.pid = pid, .threads = 2, .start_ns = start, .user_ns = user_ms * 1000000, .system_ns = system_ms * 1000000};
}

static void pass(struct usage_table *t, uint64_t at, struct shares *s, const struct usage_process *v, size_t n)
{
    *s = (struct shares){};
    for (size_t i = 0; i < n; i++)
        usage_table_add(t, &v[i]);
    CHECK_INT(usage_table_pass(t, at, keep, s), 0);
}
#define PASS(t, at, s, ...)                                                                                            \
    pass(t, at, s, (struct usage_process[]){__VA_ARGS__},                                                              \
         sizeof((struct usage_process[]){__VA_ARGS__}) / sizeof(struct usage_process))

TEST(first_pass_tells_nothing)
{
    _cleanup_(usage_table_done) struct usage_table t = {};
    struct shares s;
    PASS(&t, 100 * SECOND, &s, ran(10, 5, 90000, 0));
    CHECK_INT(s.n, 0);
}

TEST(time_between_passes_is_told)
{
    _cleanup_(usage_table_done) struct usage_table t = {};
    struct shares s;
    PASS(&t, 100 * SECOND, &s, ran(10, 5, 1000, 50), ran(7, 1, 0, 5000), ran(3, 1, 7, 7));
    PASS(&t, 110 * SECOND, &s, ran(3, 1, 7, 7), ran(7, 1, 0, 5090), ran(10, 5, 13000, 2050));
    CHECK_INT(s.n, 1); /* 7 ran 90 ms of 10 s: less than a hundredth */
    CHECK_INT(s.v[0].pid, 10);
    CHECK_INT(s.v[0].user_ns, 12 * SECOND);
    CHECK_INT(s.v[0].system_ns, 2 * SECOND);
    CHECK_INT(s.v[0].threads, 2);
    PASS(&t, 120 * SECOND, &s, ran(7, 1, 0, 5190));
    CHECK_INT(s.n, 1);
    CHECK_INT(s.v[0].system_ns, SECOND / 10);
}

TEST(pid_given_again_is_another_process)
{
    _cleanup_(usage_table_done) struct usage_table t = {};
    struct shares s;
    PASS(&t, 100 * SECOND, &s, ran(10, 5, 1000, 0), ran(11, 6, 1000, 0));
    /* Began after the pass: all of its time counts. */
    PASS(&t, 110 * SECOND, &s, ran(10, 105 * SECOND, 2000, 0), ran(11, 6, 1000, 0));
    CHECK_INT(s.n, 1);
    CHECK_INT(s.v[0].pid, 10);
    CHECK_INT(s.v[0].user_ns, 2 * SECOND);
    /* Older than the pass, but not met in it: nobody knows how much of its time is new. */
    PASS(&t, 120 * SECOND, &s, ran(12, 7, 9000, 0));
    CHECK_INT(s.n, 0);
}

struct asked {
    struct usage_table *table;
    const struct usage_thread *threads;
    size_t n;
    uint32_t busy;
};
static int count_busy(void *ctx, const struct usage_share *s)
{
    struct asked *a = ctx;
    a->busy = usage_table_busy(a->table, s, a->threads, a->n);
    return 0;
}

TEST(busy_threads_are_counted_from_the_second_look_on)
{
    _cleanup_(usage_table_done) struct usage_table t = {};
    struct shares s;
    struct usage_process p = ran(10, 5, 0, 0);
    PASS(&t, 100 * SECOND, &s, p);
    const struct usage_thread first[] = {{10, 12, 1 * SECOND}, {10, 10, 0}, {10, 11, 20 * SECOND}};
    struct asked a = {&t, first, 3, 99};
    p = ran(10, 5, 21000, 0);
    usage_table_add(&t, &p);
    CHECK_INT(usage_table_pass(&t, 110 * SECOND, count_busy, &a), 0);
    CHECK_INT(a.busy, 2); /* 21 s in 10: two, one might think */
    const struct usage_thread second[] = {{10, 10, 6 * SECOND}, {10, 11, 24 * SECOND}, {10, 12, 7 * SECOND}, {10, 13, 9 * SECOND}};
    a.threads = second;
    a.n = 4;
    p = ran(10, 5, 46000, 0);
    usage_table_add(&t, &p);
    CHECK_INT(usage_table_pass(&t, 120 * SECOND, count_busy, &a), 0);
    CHECK_INT(a.busy, 2); /* 10 and 12; nobody knows when 13 began */
}

static int stop(void *ctx, const struct usage_share *share)
{
    (void)ctx;
    return -(int)share->pid;
}

TEST(function_stops_the_pass)
{
    _cleanup_(usage_table_done) struct usage_table t = {};
    struct shares s;
    PASS(&t, 100 * SECOND, &s, ran(10, 5, 0, 0));
    struct usage_process later = ran(10, 5, 9000, 0);
    usage_table_add(&t, &later);
    CHECK_INT(usage_table_pass(&t, 110 * SECOND, stop, NULL), -10);
}

static uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

struct wanted {
    int32_t pid, proc;
    struct usage_table *table;
    struct usage_share share;
    struct record_usage usage;
    bool found;
};
static int find(void *ctx, const struct usage_share *s)
{
    struct wanted *w = ctx;
    if (s->pid == w->pid) {
        w->share = *s;
        w->found = usage_fill(w->table, w->proc, sysconf(_SC_CLK_TCK), s, &w->usage);
    }
    return 0;
}

/* A machine that is busy may give a process little time; a period is 700 ms at least. */
static void wait_until_busy(pid_t pid, uint64_t cpu_ns)
{
    clockid_t clock;
    struct timespec ts, begin;
    CHECK_INT(clock_getcpuclockid(pid, &clock), 0);
    CHECK_INT(clock_gettime(clock, &begin), 0);
    usleep(700000);
    do {
        usleep(1000);
        CHECK_INT(clock_gettime(clock, &ts), 0);
    } while ((uint64_t)(ts.tv_sec - begin.tv_sec) * SECOND + (uint64_t)ts.tv_nsec - (uint64_t)begin.tv_nsec < cpu_ns);
}

TEST(busy_process_is_told_from_proc)
{
    pid_t pid = fork();
    if (pid == 0) {
        char *p = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (size_t i = 0; i < 8 << 20; i += 4096)
            *(volatile char *)&p[i] = 1;
        for (volatile unsigned i = 0;; i++)
            ;
    }
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long per_second = sysconf(_SC_CLK_TCK);
    _cleanup_(usage_table_done) struct usage_table t = {};
    struct wanted want = {.pid = pid, .table = &t, .proc = proc};
    CHECK_INT(usage_from_proc(&t, proc, per_second), 0);
    CHECK_INT(usage_table_pass(&t, now_ns(), find, &want), 0);
    CHECK(!want.found);
    wait_until_busy(pid, SECOND / 5);
    CHECK_INT(usage_from_proc(&t, proc, per_second), 0);
    CHECK_INT(usage_table_pass(&t, now_ns(), find, &want), 0);
    CHECK(want.found);
    CHECK(want.share.user_ns > SECOND / 50);
    CHECK_INT(want.usage.user_ns, want.share.user_ns);
    CHECK(want.usage.period_ns >= 7 * SECOND / 10);
    CHECK(want.usage.rss_kib >= 8 << 10 && want.usage.vm_kib > want.usage.rss_kib);
    CHECK_INT(want.usage.threads, 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    struct record_usage u;
    CHECK(!usage_fill(&t, proc, per_second, &want.share, &u));
    close(proc);
}
