// SPDX-License-Identifier: Apache-2.0
/*
 * What is told once per period: bytes of each connection, time and memory of busy processes. The programs in the kernel write the records
 * when they are asked (shared.h): they know the processes' headers, which /proc does not tell exactly.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include "base/alloc.h"
#include "source/bpf/more.h"

static void ask(unsigned what, unsigned long n)
{
    (void)syscall(CALL_ASK, (unsigned long)what, n);
}

static bool is_wanted(const struct source_bpf *b, record_u32 kind)
{
    return b->settings->kinds[kind] & KIND_WANTED;
}

int bpf_periodic_open(struct source_bpf *b, unsigned period_ms, struct error *err)
{
    struct itimerspec t = {};
    struct epoll_event event = {.events = EPOLLIN};
    period_ms = period_ms ? period_ms : SOURCE_BPF_PERIOD_DEFAULT;
    t.it_value.tv_sec = t.it_interval.tv_sec = period_ms / 1000;
    t.it_value.tv_nsec = t.it_interval.tv_nsec = (long)(period_ms % 1000) * 1000000;
    b->settings->asker = (record_u32)getpid();
    b->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    b->period = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (b->period < 0 || timerfd_settime(b->period, 0, &t, NULL) || epoll_ctl(b->epoll, EPOLL_CTL_ADD, b->period, &event))
        return error_errno(err, -errno, "no timer for what is told from time to time");
    return 0;
}

void bpf_periodic_close(struct source_bpf *b)
{
    cleanup_closep(&b->period);
    cleanup_closep(&b->proc);
    if (b->asks)
        (void)munmap(b->asks, USAGE_ASKS * sizeof(*b->asks));
    usage_table_done(&b->usage);
}

/* Maps the table of questions when it is first needed: the object that has it may come with a later filter. */
int bpf_periodic_map(struct source_bpf *b, struct error *err)
{
    if (b->asks || !bpf_kind_loaded(b, RECORD_USAGE))
        return 0;
    int fd = bpf_object__find_map_fd_by_name(b->loads[0].object, "usage_asks");
    void *p = mmap(NULL, USAGE_ASKS * sizeof(*b->asks), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return error_errno(err, -errno, "the table of questions to the kernel's programs cannot be mapped");
    b->asks = p;
    return 0;
}

struct asking {
    struct source_bpf *b;
    unsigned n;
};
static int ask_share(void *ctx, const struct usage_share *s)
{
    struct asking *a = ctx;
    struct usage_ask *q = &a->b->asks[a->n];
    if (!usage_fill(&a->b->usage, a->b->proc, sysconf(_SC_CLK_TCK), s, &q->usage))
        return 0;
    q->pid = s->pid;
    q->start_ns = s->start_ns;
    if (++a->n == USAGE_ASKS) {
        ask(ASK_USAGE, a->n);
        a->n = 0;
    }
    return 0;
}

static void ask_usage(struct source_bpf *b)
{
    struct asking a = {.b = b};
    if (usage_from_proc(&b->usage, b->proc, sysconf(_SC_CLK_TCK)))
        return;
    (void)usage_table_pass(&b->usage, bpf_now_ns(), ask_share, &a);
    if (a.n)
        ask(ASK_USAGE, a.n);
}

void bpf_periodic(struct source_bpf *b)
{
    uint64_t ticks;
    if (b->period < 0 || read(b->period, &ticks, sizeof(ticks)) != sizeof(ticks))
        return;
    if (is_wanted(b, RECORD_FLOW))
        ask(ASK_FLOWS, 0);
    if (b->asks && is_wanted(b, RECORD_USAGE))
        ask_usage(b);
}
