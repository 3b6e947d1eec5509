// SPDX-License-Identifier: Apache-2.0
#include "source/bpf/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"
#include "source/proc/fs.h"
#include "source/proc/parse.h"

enum { STAT_MAX = 4096, STATUS_MAX = 8192 };
/* /proc tells when a process began in ticks of 10 ms: one that began just after a pass must not look older than it. */
static const uint64_t START_SLACK_NS = 20000000;

void usage_table_done(struct usage_table *t)
{
    free(t->now);
    free(t->before);
    free(t->threads);
    free(t->threads_before);
    *t = (struct usage_table){};
}

void usage_table_add(struct usage_table *t, const struct usage_process *p)
{
    if (t->n >= USAGE_PROCESSES_MAX) {
        t->lost++;
        return;
    }
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? t->capacity * 2 : 256;
        t->now = xrealloc(t->now, t->capacity, sizeof(*t->now));
    }
    t->now[t->n++] = *p;
}

/* A pid that was given again sorts by when it began. */
static int process_compare(const void *a, const void *b)
{
    const struct usage_process *x = a, *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

static int thread_compare(const void *a, const void *b)
{
    const struct usage_thread *x = a, *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static void turn_over(struct usage_table *t)
{
    struct usage_process *processes = t->before;
    struct usage_thread *threads = t->threads_before;
    size_t capacity = t->capacity_before, threads_capacity = t->threads_before_capacity;
    t->before = t->now;
    t->n_before = t->n;
    t->capacity_before = t->capacity;
    t->now = processes;
    t->n = 0;
    t->capacity = capacity;
    if (t->n_threads)
        qsort(t->threads, t->n_threads, sizeof(*t->threads), thread_compare);
    t->threads_before = t->threads;
    t->n_threads_before = t->n_threads;
    t->threads_before_capacity = t->threads_capacity;
    t->threads = threads;
    t->n_threads = 0;
    t->threads_capacity = threads_capacity;
    t->time_before_ns = t->time_ns;
}

int usage_table_pass(struct usage_table *t, uint64_t time_ns, usage_share_fn fn, void *ctx)
{
    int r = 0;
    t->time_ns = time_ns;
    if (t->n)
        qsort(t->now, t->n, sizeof(*t->now), process_compare);
    size_t at = 0;
    for (size_t i = 0; t->time_before_ns && i < t->n && r == 0; i++) {
        const struct usage_process *p = &t->now[i];
        while (at < t->n_before && process_compare(&t->before[at], p) < 0)
            at++;
        const struct usage_process *old = at < t->n_before && process_compare(&t->before[at], p) == 0 ? &t->before[at] : NULL;
        if (!old && p->start_ns + START_SLACK_NS <= t->time_before_ns)
            continue;
        struct usage_share s = {.pid = p->pid, .threads = p->threads, .start_ns = p->start_ns,
                                .user_ns = minus(p->user_ns, old ? old->user_ns : 0),
                                .system_ns = minus(p->system_ns, old ? old->system_ns : 0)};
        if ((s.user_ns + s.system_ns) / USAGE_BUSY_PERMILLE * 1000 >= minus(time_ns, t->time_before_ns))
            r = fn(ctx, &s);
    }
    turn_over(t);
    return r;
}

static void thread_add(struct usage_table *t, const struct usage_thread *thread)
{
    if (t->n_threads >= USAGE_THREADS_MAX) {
        t->lost++;
        return;
    }
    if (t->n_threads == t->threads_capacity) {
        t->threads_capacity = t->threads_capacity ? t->threads_capacity * 2 : 64;
        t->threads = xrealloc(t->threads, t->threads_capacity, sizeof(*t->threads));
    }
    t->threads[t->n_threads++] = *thread;
}

uint32_t usage_table_busy(struct usage_table *t, const struct usage_share *s, const struct usage_thread *threads, size_t n)
{
    uint64_t period = minus(t->time_ns, t->time_before_ns);
    uint32_t busy = 0, known = 0;
    for (size_t i = 0; i < n; i++) {
        const struct usage_thread *old =
            t->n_threads_before ? bsearch(&threads[i], t->threads_before, t->n_threads_before, sizeof(*threads), thread_compare) : NULL;
        known += old != NULL;
        busy += old && minus(threads[i].ran_ns, old->ran_ns) > period / 2;
        thread_add(t, &threads[i]);
    }
    if (known || !period)
        return busy;
    uint64_t whole = (s->user_ns + s->system_ns + period / 2) / period;
    return whole < n ? (uint32_t)whole : (uint32_t)n;
}

/* ---- /proc ---- */

static uint64_t ticks_to_ns(uint64_t ticks, long per_second)
{
    return ticks * (1000000000 / (uint64_t)per_second);
}

static bool stat_read(int dir, const char *path, struct strbuf *b, struct proc_stat *ret)
{
    return fs_read(dir, path, STAT_MAX, b) && proc_parse_stat(strbuf_str(b), ret);
}

int usage_from_proc(struct usage_table *t, int proc, long ticks_per_second)
{
    if (ticks_per_second <= 0)
        return -EINVAL;
    int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    _cleanup_closedir_ DIR *d = fdopendir(fd);
    if (!d) {
        int r = -errno;
        (void)close(fd);
        return r;
    }
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (struct dirent *e; (e = readdir(d));) {
        char path[32];
        struct proc_stat stat;
        if (e->d_name[0] < '0' || e->d_name[0] > '9' || strlen(e->d_name) > 10)
            continue;
        snprintf(path, sizeof(path), "%.10s/stat", e->d_name);
        if (!stat_read(proc, path, &b, &stat) || stat.flags & PROC_PF_KTHREAD)
            continue;
        usage_table_add(t, &(struct usage_process){.pid = atoi(e->d_name), .threads = (uint32_t)stat.threads,
                                                   .start_ns = ticks_to_ns(stat.start, ticks_per_second),
                                                   .user_ns = ticks_to_ns(stat.utime, ticks_per_second),
                                                   .system_ns = ticks_to_ns(stat.stime, ticks_per_second)});
    }
    return 0;
}

static uint32_t busy_threads(struct usage_table *t, int proc, long ticks_per_second, const struct usage_share *s, struct strbuf *b)
{
    VEC(struct usage_thread) threads = {};
    char path[32];
    snprintf(path, sizeof(path), "%d/task", s->pid);
    int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_closedir_ DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d && fd >= 0)
        (void)close(fd);
    for (struct dirent *e; d && threads.n < USAGE_THREADS_MAX && (e = readdir(d));) {
        struct proc_stat stat;
        if (e->d_name[0] < '0' || e->d_name[0] > '9')
            continue;
        snprintf(path, sizeof(path), "%.10s/stat", e->d_name);
        if (stat_read(dirfd(d), path, b, &stat))
            vec_add(&threads, (struct usage_thread){s->pid, atoi(e->d_name), ticks_to_ns(stat.utime + stat.stime, ticks_per_second)});
    }
    uint32_t busy = usage_table_busy(t, s, threads.v, threads.n);
    vec_done(&threads);
    return busy;
}

bool usage_fill(struct usage_table *t, int proc, long ticks_per_second, const struct usage_share *s, struct record_usage *ret)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct proc_stat stat;
    char path[32];
    uint64_t period = minus(t->time_ns, t->time_before_ns);
    snprintf(path, sizeof(path), "%d/stat", s->pid);
    if (!stat_read(proc, path, &b, &stat) || ticks_to_ns(stat.start, ticks_per_second) != s->start_ns)
        return false;
    *ret = (struct record_usage){.period_ns = period, .user_ns = s->user_ns, .system_ns = s->system_ns, .threads = s->threads};
    ret->busy_threads = busy_threads(t, proc, ticks_per_second, s, &b);
    snprintf(path, sizeof(path), "%d/status", s->pid);
    if (fs_read(proc, path, STATUS_MAX, &b)) {
        struct str text = strbuf_str(&b);
        ret->vm_kib = proc_status_number(text, "VmSize");
        ret->rss_kib = proc_status_number(text, "VmRSS");
        ret->locked_kib = proc_status_number(text, "VmLck");
        ret->huge_kib = proc_status_number(text, "HugetlbPages");
    }
    if ((s->user_ns + s->system_ns) / USAGE_DETAIL_PERMILLE * 1000 < period)
        return true;
    /* Walks the page tables; may be closed to us. */
    snprintf(path, sizeof(path), "%d/smaps_rollup", s->pid);
    if (fs_read(proc, path, STATUS_MAX, &b))
        ret->huge_kib += proc_status_number(strbuf_str(&b), "AnonHugePages");
    return true;
}
