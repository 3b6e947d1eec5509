// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "sandbox/pace_inside.h"
#include "sandbox/pace_serve.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifdef __x86_64__
#define OWN_ARCH AUDIT_ARCH_X86_64
#else
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif

enum { EVENTS_MAX = 64, MEMORY_MAX = 256 << 20, MESSAGE_MAX = 8192, CALLS_AT_ONCE = 64 };
/* What an event is about: a wait's place, or one of these. */
#define OF_LISTENER UINT64_MAX
#define OF_ALARM (UINT64_MAX - 1)

/* ---- answers ---- */

/* A thread that is gone, or that a signal took away, hears no answer: ENOENT, and nothing is lost. */
static void send_answer(struct pacer *p, uint64_t id, int64_t value, int error, uint32_t flags)
{
    struct seccomp_notif_resp r = {.id = id, .val = value, .error = -error, .flags = flags};
    (void)ioctl(p->listener, SECCOMP_IOCTL_NOTIF_SEND, &r);
}

void pace_answer(struct pacer *p, const struct seccomp_notif *n, int64_t value, int error)
{
    send_answer(p, n->id, error ? 0 : value, error, 0);
}

void pace_pass(struct pacer *p, const struct seccomp_notif *n)
{
    send_answer(p, n->id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

bool pace_is_valid(struct pacer *p, uint64_t id)
{
    return ioctl(p->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/* ---- who it is ---- */

/* runc sends the descriptor with words about the container. */
static int take_listener(int from)
{
    static char words[MESSAGE_MAX];
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int) * 4)];
    } control = {};
    struct iovec v = {words, sizeof(words)};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct ucred who = {.uid = 1};
    socklen_t size = sizeof(who);
    int fd = -1;
    _cleanup_close_ int peer = accept4(from, NULL, NULL, SOCK_CLOEXEC);
    if (peer < 0 || getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || who.uid != 0 || recvmsg(peer, &m, MSG_CMSG_CLOEXEC) < 0)
        return -1;
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fd)))
        memcpy(&fd, CMSG_DATA(c), sizeof(fd));
    return fd;
}

/* Into the clocks and the users of the jail's first process; of the machine's rights none is left. */
static int enter(struct pacer *p, pid_t pid)
{
    char path[32];
    (void)snprintf(path, sizeof(path), "%d/ns/time", pid);
    _cleanup_close_ int clocks = openat(p->proc, path, O_RDONLY | O_CLOEXEC); /* before Linux 5.6 there are none */
    (void)snprintf(path, sizeof(path), "%d/ns/user", pid);
    _cleanup_close_ int users = openat(p->proc, path, O_RDONLY | O_CLOEXEC);
    if (clocks >= 0 && setns(clocks, CLONE_NEWTIME) < 0)
        return -errno;
    if (users < 0 || setns(users, CLONE_NEWUSER) < 0)
        return -errno;
    /* so that even files are looked at as root of the jail, who is nobody */
    if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return -errno;
    return 0;
}

static const int ALLOWED[] = {
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(read), SCMP_SYS(close),
    SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(timerfd_settime),
    SCMP_SYS(clock_gettime), SCMP_SYS(getsockopt), SCMP_SYS(sysinfo), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(mprotect), SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit_group),
};

static int filter(void)
{
    static const uint64_t ASKED[] = {SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND, SECCOMP_IOCTL_NOTIF_ID_VALID};
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int r = f ? 0 : -ENOMEM;
    for (size_t i = 0; !r && i < ARRAY_SIZE(ALLOWED); i++)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, ALLOWED[i], 0);
    for (size_t i = 0; !r && i < ARRAY_SIZE(ASKED); i++)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, ASKED[i]));
    if (!r)
        r = seccomp_load(f);
    if (f)
        seccomp_release(f);
    return r;
}

/* Before it has heard anything of the jail. The only files below its root are what /proc tells of processes. */
static int wall_in(struct pacer *p)
{
    const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX}, nothing = {};
    struct rlimit files;
    if (chroot("/proc") < 0 || chdir("/") < 0)
        return -errno;
    p->proc = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    (void)setrlimit(RLIMIT_CORE, &nothing);
    (void)setrlimit(RLIMIT_DATA, &memory);
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    return p->proc < 0 ? -errno : 0;
}

/* ---- the loop ---- */

static void take_calls(struct pacer *p)
{
    for (int i = 0; i < CALLS_AT_ONCE; i++) {
        struct seccomp_notif n = {};
        struct pollfd ready = {.fd = p->listener, .events = POLLIN};
        if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLIN) || ioctl(p->listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
            return;
        /* timers that the kernel keeps have rung for the caller already */
        (void)pace_ring(p);
        /* what 32-bit programs mean by a number is another matter */
        if (n.data.arch == OWN_ARCH)
            pace_take(p, &n);
        else
            pace_pass(p, &n);
    }
}

static void set_alarm(struct pacer *p, uint64_t at)
{
    const uint64_t most = UINT64_C(1) << 55; /* a year */
    const struct itimerspec t = {.it_value = {(time_t)((at < most ? at : most) / PACE_SECOND), (long)((at < most ? at : most) % PACE_SECOND)}};
    (void)timerfd_settime(p->alarm, TFD_TIMER_ABSTIME, &t, NULL);
}

/* False: the jail has ended. */
static bool turn(struct pacer *p)
{
    struct epoll_event e[EVENTS_MAX];
    uint64_t rung;
    const uint64_t ring = pace_ring(p), wake = pace_next(p), now = pace_real(), at = ring < wake ? ring : wake;
    set_alarm(p, at > now ? at : now + 1);
    const int n = epoll_wait(p->events, e, EVENTS_MAX, -1);
    for (int i = 0; i < n; i++) {
        if (e[i].data.u64 == OF_LISTENER) {
            if (e[i].events & (EPOLLHUP | EPOLLERR))
                return false;
            take_calls(p);
        } else if (e[i].data.u64 == OF_ALARM) {
            (void)!read(p->alarm, &rung, sizeof(rung));
        } else if (e[i].data.u64 < PACE_WAITS_MAX && p->waits[e[i].data.u64].id) {
            pace_tell(p, &p->waits[e[i].data.u64]);
        }
    }
    pace_wake(p);
    return n >= 0 || errno == EINTR;
}

static int watch(struct pacer *p, int fd, uint64_t what)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = what};
    return epoll_ctl(p->events, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

/* The first call is of the jail's first process. */
static int begin(struct pacer *p)
{
    struct seccomp_notif n = {};
    p->events = epoll_create1(EPOLL_CLOEXEC);
    int r = watch(p, p->listener, OF_LISTENER);
    if (!r && ioctl(p->listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
        r = -errno;
    if (!r)
        r = enter(p, (pid_t)n.pid);
    /* of the clocks that it lives by from here on */
    p->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!r)
        r = watch(p, p->alarm, OF_ALARM);
    if (!r && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    if (!r)
        r = filter();
    if (!r)
        pace_take(p, &n);
    return r;
}

int pace_serve(const struct pace_options *o)
{
    struct pacer *p = xnew(struct pacer);
    *p = (struct pacer){.clock = {.factor = o->factor, .ahead = &o->shared->ahead}, .is_seen = &o->shared->is_seen, .vdso = dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD),
                        .waits = xalloc(PACE_WAITS_MAX * sizeof(*p->waits))};
    (void)prctl(PR_SET_NAME, "davy-pace");
    for (int i = SIGHUP; i <= SIGTERM; i++)
        (void)signal(i, SIG_IGN);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int socket = dup2(o->socket, 3);
    for (int fd = 0; fd < 3; fd++)
        (void)dup2(null, fd);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || socket < 0 || syscall(SYS_close_range, 4, ~0U, 0) < 0 || wall_in(p) < 0)
        return -EPERM;
    p->listener = take_listener(socket);
    (void)close(socket);
    const int r = p->listener < 0 ? -EPIPE : begin(p);
    while (!r && turn(p))
        ;
    return r;
}
