// SPDX-License-Identifier: Apache-2.0
/*
 * Waits for files, with an end. The program's descriptors are taken over here (pidfd_getfd) and waited for in its place: they are the
 * same open files, so what is ready there is ready here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "sandbox/pace_inside.h"

enum { READY_MAX = 256, SET_WORDS = PACE_FILES_MAX / 64, SETS = 3 };

/* What select(2) takes for ready to read, to write, and for something special. */
static const short SELECTED[SETS] = {POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR, POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR, POLLPRI};

int pace_file_get(struct pacer *p, pid_t thread, int file)
{
    struct linger linger;
    socklen_t size = sizeof(linger);
    const pid_t pid = pace_process(p, thread);
    _cleanup_close_ int process = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    const int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, file, 0);
    if (fd < 0)
        return -errno;
    /* Who closes the last descriptor of such a socket waits for the other side: that must never be this process. */
    if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size) < 0 || !linger.l_onoff)
        return fd;
    (void)close(fd);
    return -EOPNOTSUPP;
}

/* Takes over what w->polled names; false: not all of it can be had. */
static bool take_files(struct pacer *p, struct pace_wait *w)
{
    w->files = xalloc(w->n_files * sizeof(*w->files));
    for (size_t i = 0; i < w->n_files; i++)
        w->files[i] = -1;
    for (size_t i = 0; i < w->n_files; i++)
        if (w->polled[i].fd >= 0 && (w->files[i] = pace_file_get(p, (pid_t)w->call.pid, w->polled[i].fd)) < 0)
            return false;
    return pace_is_valid(p, w->call.id);
}

static void hold_files(struct pacer *p, struct pace_wait *w)
{
    if (w->length > PACE_FILE_FLOOR_MS * PACE_MS && take_files(p, w)) {
        pace_hold(p, w, PACE_FILE_FLOOR_MS * PACE_MS);
        return;
    }
    pace_pass(p, &w->call);
    pace_wait_done(p, w);
}

static void hold_sleep(struct pacer *p, struct pace_wait *w)
{
    if (w->memory >= 0)
        (void)close(w->memory);
    w->memory = -1;
    w->kind = PACE_SLEEP;
    pace_hold(p, w, PACE_SLEEP_FLOOR_MS * PACE_MS);
}

void pace_take_poll(struct pacer *p, const struct seccomp_notif *n, uint64_t length)
{
    struct pace_wait w = {.call = *n, .kind = PACE_POLL, .length = length, .memory = -1};
    const uint64_t count = (uint32_t)n->data.args[1];
    if (!count) {
        hold_sleep(p, &w);
        return;
    }
    w.memory = pace_memory(p, n);
    if (count <= PACE_FILES_MAX && w.memory >= 0) {
        w.polled = xalloc(count * sizeof(*w.polled));
        if (pace_read(w.memory, n->data.args[0], w.polled, count * sizeof(*w.polled))) {
            w.n_files = count;
            hold_files(p, &w);
            return;
        }
    }
    pace_pass(p, n);
    pace_wait_done(p, &w);
}

/* ---- select(2): three sets of bits ---- */

static bool read_sets(const struct pace_wait *w, uint64_t sets[SETS][SET_WORDS])
{
    const size_t bytes = ((uint32_t)w->call.data.args[0] + 63) / 64 * 8;
    memset(sets, 0, SETS * sizeof(*sets));
    for (int i = 0; i < SETS; i++)
        if (w->call.data.args[1 + i] && !pace_read(w->memory, w->call.data.args[1 + i], sets[i], bytes))
            return false;
    return true;
}

static void write_sets(const struct pace_wait *w, uint64_t sets[SETS][SET_WORDS])
{
    const size_t bytes = ((uint32_t)w->call.data.args[0] + 63) / 64 * 8;
    for (int i = 0; i < SETS; i++)
        if (w->call.data.args[1 + i])
            (void)pace_write(w->memory, w->call.data.args[1 + i], sets[i], bytes);
}

/* What is left of the time, as this call tells it. */
static void write_left(const struct pacer *p, const struct pace_wait *w)
{
    const uint64_t now = pace_real() + pace_ahead(&p->clock), left = w->end.paced > now ? w->end.paced - now : 0;
    int64_t words[2] = {(int64_t)(left / PACE_SECOND), (int64_t)(left % PACE_SECOND)};
    if (w->call.data.nr != SYS_pselect6)
        words[1] /= 1000;
    (void)pace_write(w->memory, w->call.data.args[4], words, sizeof(words));
}

void pace_take_select(struct pacer *p, const struct seccomp_notif *n, uint64_t length)
{
    struct pace_wait w = {.call = *n, .kind = PACE_SELECT, .length = length, .memory = pace_memory(p, n)};
    uint64_t sets[SETS][SET_WORDS];
    const uint64_t count = (uint32_t)n->data.args[0];
    if (w.memory < 0 || count > PACE_FILES_MAX || !read_sets(&w, sets)) {
        pace_pass(p, n);
        pace_wait_done(p, &w);
        return;
    }
    w.polled = xalloc((count + 1) * sizeof(*w.polled));
    for (uint64_t fd = 0; fd < count; fd++) {
        short events = 0;
        for (int i = 0; i < SETS; i++)
            if (sets[i][fd / 64] >> fd % 64 & 1)
                events |= SELECTED[i] & ~(POLLHUP | POLLERR);
        if (events)
            w.polled[w.n_files++] = (struct pollfd){.fd = (int)fd, .events = events};
    }
    if (w.n_files)
        hold_files(p, &w);
    else
        hold_sleep(p, &w);
}

static int selected(const struct pace_wait *w, const struct pollfd *ready, uint64_t sets[SETS][SET_WORDS])
{
    int n = 0;
    memset(sets, 0, SETS * sizeof(*sets));
    for (size_t k = 0; k < w->n_files; k++)
        for (int i = 0; i < SETS; i++)
            if (w->polled[k].events & SELECTED[i] && ready[k].revents & SELECTED[i]) {
                sets[i][w->polled[k].fd / 64] |= UINT64_C(1) << w->polled[k].fd % 64;
                n++;
            }
    return n;
}

/* ---- epoll(7): the program's own instance is asked ---- */

void pace_take_epoll(struct pacer *p, const struct seccomp_notif *n, uint64_t length)
{
    struct pace_wait w = {.call = *n, .kind = PACE_EPOLL, .length = length, .memory = pace_memory(p, n), .n_files = 1};
    w.polled = xalloc(sizeof(*w.polled));
    w.polled[0] = (struct pollfd){.fd = (int)n->data.args[0], .events = POLLIN};
    if (w.memory >= 0 && (int)n->data.args[2] > 0) {
        hold_files(p, &w);
        return;
    }
    pace_pass(p, n);
    pace_wait_done(p, &w);
}

static bool epoll_ready(struct pacer *p, struct pace_wait *w)
{
    struct epoll_event ready[READY_MAX];
    const int max = (int)w->call.data.args[2], n = epoll_wait(w->files[0], ready, max < READY_MAX ? max : READY_MAX, 0);
    if (!n)
        return false;
    if (n < 0)
        pace_pass(p, &w->call);
    else if (pace_write(w->memory, w->call.data.args[1], ready, (size_t)n * sizeof(*ready)))
        pace_answer(p, &w->call, n, 0);
    else
        pace_answer(p, &w->call, 0, EFAULT);
    return true;
}

/* ---- what they share ---- */

void pace_file_watch(struct pacer *p, struct pace_wait *w)
{
    for (size_t i = 0; i < w->n_files; i++) {
        struct epoll_event e = {.events = (uint32_t)(unsigned short)w->polled[i].events, .data.u64 = (uint64_t)(w - p->waits)};
        if (w->files[i] >= 0 && epoll_ctl(p->events, EPOLL_CTL_ADD, w->files[i], &e) < 0)
            w->is_blind = true;
    }
}

static bool poll_ready(struct pacer *p, struct pace_wait *w)
{
    _cleanup_free_ struct pollfd *ready = xalloc(w->n_files * sizeof(*ready));
    uint64_t sets[SETS][SET_WORDS];
    for (size_t i = 0; i < w->n_files; i++)
        ready[i] = (struct pollfd){.fd = w->files[i], .events = w->polled[i].events};
    int n = poll(ready, w->n_files, 0);
    if (n > 0 && w->kind == PACE_SELECT)
        n = selected(w, ready, sets);
    if (n <= 0)
        return false;
    if (w->kind == PACE_SELECT) {
        write_sets(w, sets);
        write_left(p, w);
    } else {
        for (size_t i = 0; i < w->n_files; i++)
            ready[i].fd = w->polled[i].fd;
        (void)pace_write(w->memory, w->call.data.args[0], ready, w->n_files * sizeof(*ready));
    }
    pace_answer(p, &w->call, n, 0);
    return true;
}

bool pace_file_ready(struct pacer *p, struct pace_wait *w)
{
    return w->kind == PACE_EPOLL ? epoll_ready(p, w) : poll_ready(p, w);
}

void pace_file_over(struct pacer *p, struct pace_wait *w)
{
    uint64_t none[SETS][SET_WORDS] = {};
    if (w->kind == PACE_SELECT) {
        write_sets(w, none);
        write_left(p, w);
    } else if (w->kind == PACE_POLL) {
        for (size_t i = 0; i < w->n_files; i++)
            w->polled[i].revents = 0;
        (void)pace_write(w->memory, w->call.data.args[0], w->polled, w->n_files * sizeof(*w->polled));
    }
    pace_answer(p, &w->call, 0, 0);
}
