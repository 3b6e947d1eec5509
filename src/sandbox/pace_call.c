// SPDX-License-Identifier: Apache-2.0
/* What each call asks for. Where it asks wrongly the kernel is let to say so. */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "sandbox/pace_inside.h"

enum {
    /*
     * So many questions for the time by one thread, all within so long and none of them much after the last answer, are a loop that waits.
     * Servers ask often too, but do something between.
     */
    LOOP_TIMES = 2000, LOOP_WITHIN_MS = 4000, LOOP_GAP_MS = 10,
};

/* ---- what tells the time ---- */

bool pace_clock_now(const struct pacer *p, clockid_t clock, uint64_t *ret)
{
    struct timespec t;
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_BOOTTIME_ALARM:
    case CLOCK_TAI:
        if (clock_gettime(clock, &t) < 0)
            return false;
        *ret = (uint64_t)t.tv_sec * PACE_SECOND + (uint64_t)t.tv_nsec + pace_ahead(&p->clock);
        return true;
    default:
        return false;
    }
}

static struct pace_asker *asker_of(struct pacer *p, pid_t thread)
{
    for (size_t i = 0; i < PACE_ASKERS; i++)
        if (p->askers[i].thread == thread)
            return &p->askers[i];
    struct pace_asker *a = &p->askers[p->next_asker++ % PACE_ASKERS];
    *a = (struct pace_asker){.thread = thread};
    return a;
}

/* Whoever only asks for the time waits for it to pass. How much further the clocks are by that, nanoseconds. */
static uint64_t note_asker(struct pacer *p, pid_t thread)
{
    struct pace_asker *a = asker_of(p, thread);
    const uint64_t now = pace_real(), gap = now - a->last, ahead = pace_ahead(&p->clock);
    const bool is_loop = a->times >= LOOP_TIMES;
    if (gap > LOOP_GAP_MS * PACE_MS || (!is_loop && now - a->since > LOOP_WITHIN_MS * PACE_MS)) {
        a->times = 0;
        a->since = now;
    } else if (is_loop) {
        /* a machine that is busy makes gaps, in which nobody asked */
        const struct pace_end e = {now, now + ahead + (gap < PACE_MS ? gap : PACE_MS) * (p->clock.factor - 1)};
        pace_leap(&p->clock, now, &e);
    } else {
        a->times++;
    }
    a->last = now;
    return pace_ahead(&p->clock) - ahead;
}

static void answer_written(struct pacer *p, const struct seccomp_notif *n, uint64_t to, const void *from, size_t size, int64_t value)
{
    _cleanup_close_ int memory = to ? pace_memory(p, n) : -1;
    pace_answer(p, n, value, !to || (memory >= 0 && pace_write(memory, to, from, size)) ? 0 : EFAULT);
}

static void pace_clock_gettime(struct pacer *p, const struct seccomp_notif *n)
{
    uint64_t now;
    if (!n->data.args[1] || !pace_clock_now(p, (clockid_t)n->data.args[0], &now)) {
        asker_of(p, (pid_t)n->pid)->times = 0; /* of processor time: it works */
        pace_pass(p, n);
        return;
    }
    now += note_asker(p, (pid_t)n->pid);
    const int64_t words[2] = {(int64_t)(now / PACE_SECOND), (int64_t)(now % PACE_SECOND)};
    answer_written(p, n, n->data.args[1], words, sizeof(words), 0);
}

static void pace_gettimeofday(struct pacer *p, const struct seccomp_notif *n)
{
    uint64_t now;
    (void)note_asker(p, (pid_t)n->pid);
    /* zones of time are nobody's business today */
    if (n->data.args[1] || !pace_clock_now(p, CLOCK_REALTIME, &now)) {
        pace_pass(p, n);
        return;
    }
    const int64_t words[2] = {(int64_t)(now / PACE_SECOND), (int64_t)(now % PACE_SECOND / 1000)};
    answer_written(p, n, n->data.args[0], words, sizeof(words), 0);
}

static void pace_sysinfo(struct pacer *p, const struct seccomp_notif *n)
{
    struct sysinfo s;
    if (sysinfo(&s) < 0 || !n->data.args[0]) {
        pace_pass(p, n);
        return;
    }
    s.uptime += (long)(pace_ahead(&p->clock) / PACE_SECOND);
    answer_written(p, n, n->data.args[0], &s, sizeof(s), 0);
}

/* ---- waits for time ---- */

static void sleep_for(struct pacer *p, const struct seccomp_notif *n, uint64_t length, bool is_absolute)
{
    struct pace_wait w = {.call = *n, .kind = PACE_SLEEP, .length = length, .is_absolute = is_absolute, .memory = -1};
    pace_hold(p, &w, PACE_SLEEP_FLOOR_MS * PACE_MS);
}

/* A length of time that the call points to; false: there is none, or it is wrong. */
static bool length_at(struct pacer *p, const struct seccomp_notif *n, uint64_t at, uint64_t *ret)
{
    _cleanup_close_ int memory = at ? pace_memory(p, n) : -1;
    return memory >= 0 && pace_read_time(memory, at, ret);
}

static void pace_nanosleep(struct pacer *p, const struct seccomp_notif *n)
{
    uint64_t length;
    if (length_at(p, n, n->data.args[0], &length))
        sleep_for(p, n, length, false);
    else
        pace_pass(p, n);
}

static void pace_clock_nanosleep(struct pacer *p, const struct seccomp_notif *n)
{
    const bool is_absolute = n->data.args[1] & TIMER_ABSTIME;
    uint64_t length, now;
    if (!length_at(p, n, n->data.args[2], &length) || !pace_clock_now(p, (clockid_t)n->data.args[0], &now))
        pace_pass(p, n);
    else if (is_absolute && length <= now)
        pace_answer(p, n, 0, 0);
    else
        sleep_for(p, n, is_absolute ? length - now : length, is_absolute);
}

static void pace_futex(struct pacer *p, const struct seccomp_notif *n)
{
    const __u64 *args = n->data.args;
    const int op = (int)args[1] & FUTEX_CMD_MASK;
    struct pace_wait w = {.call = *n, .kind = PACE_FUTEX, .is_absolute = op == FUTEX_WAIT_BITSET, .is_blind = true, .memory = pace_memory(p, n),
                          .address = args[0], .expected = (uint32_t)args[2]};
    uint64_t now = 0;
    const bool is_right = w.memory >= 0 && args[3] && pace_read_time(w.memory, args[3], &w.length) &&
                          (!w.is_absolute || pace_clock_now(p, args[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now));
    if (!is_right) {
        pace_pass(p, n);
        pace_wait_done(p, &w);
        return;
    }
    w.length = w.length > now ? w.length - now : 0;
    pace_hold(p, &w, PACE_FUTEX_FLOOR_MS * PACE_MS);
}

/* ---- waits for files ---- */

typedef void (*take_fn)(struct pacer *p, const struct seccomp_notif *n, uint64_t length);

/* A mask of signals that holds for this wait alone cannot be set from here: such a wait takes as long as it takes. */
static void take_masked(struct pacer *p, const struct seccomp_notif *n, uint64_t time_at, uint64_t mask, take_fn take)
{
    uint64_t length;
    if (!mask && length_at(p, n, time_at, &length) && length)
        take(p, n, length);
    else
        pace_pass(p, n);
}

static void pace_ppoll(struct pacer *p, const struct seccomp_notif *n)
{
    take_masked(p, n, n->data.args[2], n->data.args[3], pace_take_poll);
}

static void pace_pselect6(struct pacer *p, const struct seccomp_notif *n)
{
    uint64_t mask[2] = {};
    _cleanup_close_ int memory = n->data.args[5] ? pace_memory(p, n) : -1;
    const bool is_masked = n->data.args[5] && (memory < 0 || !pace_read(memory, n->data.args[5], mask, sizeof(mask)) || mask[0]);
    take_masked(p, n, n->data.args[4], is_masked, pace_take_select);
}

static void pace_epoll_pwait2(struct pacer *p, const struct seccomp_notif *n)
{
    take_masked(p, n, n->data.args[3], n->data.args[4], pace_take_epoll);
}

static void take_ms(struct pacer *p, const struct seccomp_notif *n, int ms, take_fn take)
{
    if (ms > 0)
        take(p, n, (uint64_t)ms * PACE_MS);
    else
        pace_pass(p, n);
}

static void pace_epoll_pwait(struct pacer *p, const struct seccomp_notif *n)
{
    take_ms(p, n, n->data.args[4] ? -1 : (int)n->data.args[3], pace_take_epoll);
}

/* ---- what rings ---- */

static void pace_setitimer(struct pacer *p, const struct seccomp_notif *n)
{
    pace_take_itimer(p, n);
}

static void pace_getitimer(struct pacer *p, const struct seccomp_notif *n)
{
    pace_take_itimer(p, n);
}

static void pace_timerfd_settime(struct pacer *p, const struct seccomp_notif *n)
{
    pace_take_timerfd(p, n);
}

static void wait_for_signal(struct pacer *p, const struct seccomp_notif *n)
{
    pace_wait_for_alarm(p, (pid_t)n->pid);
    pace_pass(p, n);
}

static void pace_rt_sigsuspend(struct pacer *p, const struct seccomp_notif *n)
{
    wait_for_signal(p, n);
}

/* ---- the beginning of every program ---- */

static void turn_and_pass(struct pacer *p, const struct seccomp_notif *n)
{
    pace_turn(p, n);
    pace_pass(p, n);
}

static void pace_brk(struct pacer *p, const struct seccomp_notif *n)
{
    turn_and_pass(p, n);
}

static void pace_set_tid_address(struct pacer *p, const struct seccomp_notif *n)
{
    turn_and_pass(p, n);
}

/* ---- older ways to ask, which newer machines do not have ---- */

#ifdef __x86_64__
static void pace_pause(struct pacer *p, const struct seccomp_notif *n)
{
    wait_for_signal(p, n);
}

static void pace_arch_prctl(struct pacer *p, const struct seccomp_notif *n)
{
    turn_and_pass(p, n);
}

static void pace_time(struct pacer *p, const struct seccomp_notif *n)
{
    uint64_t now;
    (void)note_asker(p, (pid_t)n->pid);
    if (!pace_clock_now(p, CLOCK_REALTIME_COARSE, &now)) {
        pace_pass(p, n);
        return;
    }
    const int64_t seconds = (int64_t)(now / PACE_SECOND);
    answer_written(p, n, n->data.args[0], &seconds, sizeof(seconds), seconds);
}

static void pace_poll(struct pacer *p, const struct seccomp_notif *n)
{
    take_ms(p, n, (int)n->data.args[2], pace_take_poll);
}

static void pace_epoll_wait(struct pacer *p, const struct seccomp_notif *n)
{
    take_ms(p, n, (int)n->data.args[3], pace_take_epoll);
}

static void pace_select(struct pacer *p, const struct seccomp_notif *n)
{
    int64_t v[2];
    _cleanup_close_ int memory = n->data.args[4] ? pace_memory(p, n) : -1;
    /* microseconds beyond a second are taken for seconds, here alone */
    if (memory < 0 || !pace_read(memory, n->data.args[4], v, sizeof(v)) || v[0] < 0 || v[1] < 0 || v[0] > INT32_MAX || v[1] > INT32_MAX || !(v[0] | v[1])) {
        pace_pass(p, n);
        return;
    }
    pace_take_select(p, n, (uint64_t)v[0] * PACE_SECOND + (uint64_t)v[1] * 1000);
}

static void pace_alarm(struct pacer *p, const struct seccomp_notif *n)
{
    pace_take_itimer(p, n);
}
#endif

static const struct {
    int nr;
    void (*take)(struct pacer *p, const struct seccomp_notif *n);
} CALLS[] = {
#define PACED(name) {SYS_##name, pace_##name},
#include "sandbox/pace.def"
#undef PACED
};

void pace_take(struct pacer *p, const struct seccomp_notif *n)
{
    for (size_t i = 0; i < ARRAY_SIZE(CALLS); i++)
        if (CALLS[i].nr == n->data.nr) {
            CALLS[i].take(p, n);
            return;
        }
    pace_pass(p, n);
}
