// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <openssl/rand.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "sandbox/serve_confine.h"

static const int CALLS[] = {
    SCMP_SYS(accept4), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(getsockname), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(close), SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(mprotect),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(futex),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* Everything above 2 but ours goes. */
static int keep_sockets(const struct serve_options *o)
{
    const int keep[] = {o->stream, o->datagram, o->told};
    int last = 2;
    for (size_t i = 0; i < ARRAY_SIZE(keep); i++) {
        /* from the lowest up: everything between goes */
        int next = INT32_MAX;
        for (size_t k = 0; k < ARRAY_SIZE(keep); k++)
            if (keep[k] > last && keep[k] < next)
                next = keep[k];
        if (next > last + 1 && syscall(SYS_close_range, last + 1, next - 1, 0) < 0)
            return -errno;
        last = next;
    }
    return syscall(SYS_close_range, last + 1, ~0U, 0) < 0 ? -errno : 0;
}

static int filter(void)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int r = f ? 0 : -ENOMEM;
    for (size_t i = 0; !r && i < ARRAY_SIZE(CALLS); i++)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALLS[i], 0);
    /* what libraries try in good faith */
    static const int REFUSED[] = {SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(ioctl), SCMP_SYS(sysinfo), SCMP_SYS(socket)};
    for (size_t i = 0; !r && i < ARRAY_SIZE(REFUSED); i++)
        r = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), REFUSED[i], 0);
    if (!r)
        r = seccomp_load(f);
    if (f)
        seccomp_release(f);
    return r;
}

int serve_confine(const struct serve_options *o)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {};
    const struct rlimit memory = {SERVE_MEMORY_MAX, SERVE_MEMORY_MAX}, nothing = {};
    unsigned char byte;
    (void)prctl(PR_SET_NAME, "davy-pretend");
    for (int i = SIGHUP; i <= SIGTERM; i++)
        (void)signal(i, SIG_IGN);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || RAND_bytes(&byte, 1) != 1)
        return -EIO;
    if (setns(o->space, CLONE_NEWNET) < 0)
        return -errno;
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        if (dup2(null, fd) < 0)
            return -errno;
    int r = keep_sockets(o);
    if (r < 0)
        return r;
    (void)setrlimit(RLIMIT_AS, &memory);
    (void)setrlimit(RLIMIT_CORE, &nothing);
    if (syscall(SYS_capset, &head, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return filter();
}
