// SPDX-License-Identifier: Apache-2.0
/* What rings: the alarm of a process is kept here and rung by a signal; timers that are files are set in its place, to ring sooner. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "sandbox/pace_inside.h"

enum {
    FLOOR_NS = PACE_SLEEP_FLOOR_MS * 1'000'000,
    ALARM_FLOOR_NS = 50'000'000, /* the thread that waits for it is on its way into the wait */
};
/* No machine is up for as long, and no clock of the day tells less. */
#define DAY_CLOCK_FIRST (UINT64_C(1'000'000'000) * PACE_SECOND)

static uint64_t paced_now(const struct pacer *p)
{
    return pace_real() + pace_ahead(&p->clock);
}

static void drop(struct pace_timer *t)
{
    if (t->process)
        (void)close(t->pidfd);
    *t = (struct pace_timer){};
}

static bool is_gone(const struct pace_timer *t)
{
    struct pollfd p = {.fd = t->pidfd, .events = POLLIN};
    return poll(&p, 1, 0) != 0;
}

static struct pace_timer *find(struct pacer *p, pid_t process, int file, bool is_silent)
{
    for (struct pace_timer *t = p->timers; t < p->timers + PACE_TIMERS_MAX; t++)
        if (t->process == process && t->file == file && t->is_silent == is_silent) {
            if (!is_gone(t))
                return t;
            drop(t);
        }
    return NULL;
}

static struct pace_timer *place(struct pacer *p, pid_t process)
{
    const int pidfd = (int)syscall(SYS_pidfd_open, process, 0);
    for (struct pace_timer *t = p->timers; pidfd >= 0 && t < p->timers + PACE_TIMERS_MAX; t++) {
        if (t->process && is_gone(t))
            drop(t);
        if (!t->process) {
            t->process = process;
            t->pidfd = pidfd;
            return t;
        }
    }
    if (pidfd >= 0)
        (void)close(pidfd);
    return NULL;
}

/*
 * A timer that is a file is waited for. An alarm may as well watch over work, which does not go faster: it rings when the clocks have come
 * so far, until its process waits.
 */
static void begin(const struct pacer *p, struct pace_timer *t, uint64_t now, uint64_t length)
{
    t->end = pace_end_of(&p->clock, now, length, t->is_silent ? FLOOR_NS : length);
}

void pace_wait_for_alarm(struct pacer *p, pid_t thread)
{
    bool is_any = false;
    for (size_t i = 0; i < PACE_TIMERS_MAX && !is_any; i++)
        is_any = p->timers[i].process && !p->timers[i].is_silent;
    const pid_t process = is_any ? pace_process(p, thread) : 0;
    struct pace_timer *t = process ? find(p, process, -1, false) : NULL;
    const uint64_t now = pace_real();
    if (t && t->end.paced > now + pace_ahead(&p->clock)) {
        const struct pace_end sooner = pace_end_of(&p->clock, now, t->end.paced - now - pace_ahead(&p->clock), ALARM_FLOOR_NS);
        t->end.real = sooner.real < t->end.real ? sooner.real : t->end.real;
    }
}

/* Sets the one of this process and file; false: there is no room. */
static bool set(struct pacer *p, pid_t process, int file, bool is_silent, uint64_t length, uint64_t interval)
{
    struct pace_timer *t = find(p, process, file, is_silent);
    if (!length) {
        if (t)
            drop(t);
        return true;
    }
    if (!t && !(t = place(p, process)))
        return false;
    t->file = file;
    t->is_silent = is_silent;
    t->interval = interval;
    begin(p, t, pace_real(), length);
    return true;
}

uint64_t pace_ring(struct pacer *p)
{
    const uint64_t now = pace_real();
    uint64_t next = PACE_NEVER;
    for (struct pace_timer *t = p->timers; t < p->timers + PACE_TIMERS_MAX; t++) {
        if (!t->process)
            continue;
        if (pace_is_over(&p->clock, now, &t->end)) {
            if (is_gone(t)) {
                drop(t);
                continue;
            }
            pace_leap(&p->clock, now, &t->end);
            if (!t->is_silent)
                (void)syscall(SYS_pidfd_send_signal, t->pidfd, SIGALRM, NULL, 0);
            if (!t->interval) {
                drop(t);
                continue;
            }
            begin(p, t, now, t->interval);
        }
        const uint64_t at = pace_when(&p->clock, &t->end);
        next = at < next ? at : next;
    }
    return next;
}

/* ---- alarm, setitimer, getitimer ---- */

static uint64_t of_timeval(const int64_t v[2])
{
    return (uint64_t)v[0] < PACE_NEVER / PACE_SECOND ? (uint64_t)v[0] * PACE_SECOND + (uint64_t)v[1] * 1000 : PACE_NEVER;
}

static bool is_timeval(const int64_t v[2])
{
    return v[0] >= 0 && v[1] >= 0 && v[1] < 1'000'000;
}

/* As the kernel tells it: interval, then what is left. */
static void told(const struct pacer *p, const struct pace_timer *t, int64_t ret[4])
{
    const uint64_t now = paced_now(p), left = !t ? 0 : t->end.paced > now + 1000 ? t->end.paced - now : 1000;
    const uint64_t interval = t ? t->interval : 0;
    ret[0] = (int64_t)(interval / PACE_SECOND);
    ret[1] = (int64_t)(interval % PACE_SECOND / 1000);
    ret[2] = (int64_t)(left / PACE_SECOND);
    ret[3] = (int64_t)(left % PACE_SECOND / 1000);
}

/* Rounded as alarm(2) does, and never to nothing. */
static int64_t alarm_left(const int64_t v[4])
{
    return (v[2] || !v[3] ? v[2] : 1) + (v[2] && v[3] >= 500'000 ? 1 : 0);
}

void pace_take_itimer(struct pacer *p, const struct seccomp_notif *n)
{
    const bool is_get = n->data.nr == SYS_getitimer, is_set = n->data.nr == SYS_setitimer;
    const __u64 *args = n->data.args;
    const pid_t process = (is_get || is_set) && args[0] != ITIMER_REAL ? 0 : pace_process(p, (pid_t)n->pid);
    _cleanup_close_ int memory = process ? pace_memory(p, n) : -1;
    int64_t new[4] = {0, 0, is_get || is_set ? 0 : (int64_t)(uint32_t)args[0], 0}, old[4];
    const uint64_t where = is_get ? args[1] : is_set ? args[2] : 0;
    if (memory < 0 || (is_set && args[1] && (!pace_read(memory, args[1], new, sizeof(new)) || !is_timeval(new) || !is_timeval(new + 2)))) {
        pace_pass(p, n);
        return;
    }
    told(p, find(p, process, -1, false), old);
    if (!is_get && !set(p, process, -1, false, of_timeval(new + 2), of_timeval(new))) {
        pace_pass(p, n);
        return;
    }
    const bool is_written = !where || pace_write(memory, where, old, sizeof(old));
    pace_answer(p, n, is_get || is_set ? 0 : alarm_left(old), is_written ? 0 : EFAULT);
}

/* ---- timerfd ---- */

static struct timespec to_time(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / PACE_SECOND), (long)(ns % PACE_SECOND)};
}

static uint64_t share_of(const struct pacer *p, uint64_t ns)
{
    const struct pace_end e = pace_end_of(&p->clock, 0, ns, FLOOR_NS);
    return e.real;
}

static uint64_t scaled(const struct pacer *p, const struct timespec *t)
{
    return ((uint64_t)t->tv_sec * PACE_SECOND + (uint64_t)t->tv_nsec) * p->clock.factor;
}

/* False: the kernel does it, or says what is wrong with it. */
static bool set_timerfd(struct pacer *p, const struct seccomp_notif *n, int memory)
{
    const __u64 *args = n->data.args;
    const pid_t process = pace_process(p, (pid_t)n->pid);
    const int file = (int)args[0];
    uint64_t now, length, interval;
    struct itimerspec old = {};
    if (!process || !pace_read_time(memory, args[2], &interval) || !pace_read_time(memory, args[2] + sizeof(struct timespec), &length))
        return false;
    if (!length) {
        (void)set(p, process, file, true, 0, 0);
        return false;
    }
    if (args[1] & TFD_TIMER_ABSTIME) {
        if (!pace_clock_now(p, length > DAY_CLOCK_FIRST ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now))
            return false;
        length = length > now ? length - now : 1;
    }
    _cleanup_close_ int fd = pace_file_get(p, (pid_t)n->pid, file);
    if (length >= PACE_NEVER || fd < 0 || !pace_is_valid(p, n->id) || !set(p, process, file, true, length, interval))
        return false;
    const struct itimerspec new = {.it_value = to_time(share_of(p, length)), .it_interval = to_time(interval ? share_of(p, interval) : 0)};
    const int r = timerfd_settime(fd, 0, &new, &old);
    if (r < 0 || !args[3]) {
        pace_answer(p, n, 0, r < 0 ? errno : 0);
        return true;
    }
    old = (struct itimerspec){to_time(scaled(p, &old.it_interval)), to_time(scaled(p, &old.it_value))};
    pace_answer(p, n, 0, pace_write(memory, args[3], &old, sizeof(old)) ? 0 : EFAULT);
    return true;
}

void pace_take_timerfd(struct pacer *p, const struct seccomp_notif *n)
{
    _cleanup_close_ int memory = pace_memory(p, n);
    if (memory < 0 || !set_timerfd(p, n, memory))
        pace_pass(p, n);
}
