// SPDX-License-Identifier: Apache-2.0
/*
 * The system calls that are left are those that reading, unpacking and matching were seen to need, with the C library and
 * the sanitizers on top. Numbers of Landlock's rights stand here because Debian 12's headers know only its second version.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/confine.h"

#ifndef SYS_landlock_create_ruleset
#error "the C library's headers are older than Debian 12's"
#endif

/* Rights by the version of Landlock that brought them. */
enum {
    FS_V1 = (1 << 13) - 1,
    FS_V2 = 1 << 13, /* refer */
    FS_V3 = 1 << 14, /* truncate */
    FS_V5 = 1 << 15, /* ioctl on devices */
    NET_V4 = 3,      /* bind and connect TCP */
    SCOPE_V6 = 3,    /* abstract sockets, signals */
};

struct landlock_attributes {
    uint64_t fs, net, scope;
};

static int landlock(const struct confine_options *o, unsigned *walls)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return 0;
    struct landlock_attributes a = {
        .fs = FS_V1 | (version >= 2 ? FS_V2 : 0) | (version >= 3 ? FS_V3 : 0) | (version >= 5 ? FS_V5 : 0),
        .net = version >= 4 ? NET_V4 : 0,
        .scope = version >= 6 ? SCOPE_V6 : 0,
    };
    size_t size = version >= 6 ? sizeof(a) : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    _cleanup_close_ int rules = (int)syscall(SYS_landlock_create_ruleset, &a, size, 0);
    if (rules < 0)
        return -errno;
    if (o->folder >= 0) {
        struct landlock_path_beneath_attr below = {
            .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
            .parent_fd = o->folder,
        };
        if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0) < 0)
            return -errno;
    }
    if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
        return -errno;
    *walls |= CONFINE_LANDLOCK;
    return 0;
}

/* Root's rights go, but for reading what the folder holds. A process without rights has none to lose. */
static int drop_capabilities(const struct confine_options *o)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2] = {}, keep[2] = {};
    if (syscall(SYS_capget, &head, have) < 0)
        return -errno;
    if (o->folder >= 0) {
        uint32_t read_all = 1U << CAP_DAC_READ_SEARCH | 1U << CAP_DAC_OVERRIDE; /* the second where the first is not held */
        if (have[0].permitted & 1U << CAP_DAC_READ_SEARCH)
            read_all = 1U << CAP_DAC_READ_SEARCH;
        keep[0].permitted = keep[0].effective = have[0].permitted & read_all;
    }
    return syscall(SYS_capset, &head, keep) < 0 ? -errno : 0;
}

/* Address sanitizers reserve terabytes of addresses. */
static bool memory_can_be_bounded(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return false;
#else
    return true;
#endif
#else
    return true;
#endif
}

static uint64_t address_space(void)
{
    unsigned long long pages = 0;
    _cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "re");
    if (!f || fscanf(f, "%llu", &pages) != 1)
        return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int lower(int resource, uint64_t most)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) < 0)
        return -errno;
    if (now.rlim_max == RLIM_INFINITY || now.rlim_max > most)
        now.rlim_max = most;
    if (now.rlim_cur == RLIM_INFINITY || now.rlim_cur > now.rlim_max)
        now.rlim_cur = now.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &now) < 0 ? -errno : 0;
}

static int limit(const struct confine_options *o)
{
    int r = lower(RLIMIT_CORE, 0);
    if (!r)
        r = lower(RLIMIT_FSIZE, 0);
    uint64_t used = o->memory && memory_can_be_bounded() ? address_space() : 0;
    if (!r && used)
        r = lower(RLIMIT_AS, used + o->memory);
    return r;
}

/* What is done in good faith while reading. Of files only what reading takes; Landlock says below what. */
static const int ALLOWED[] = {
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(lseek),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstatfs),
    SCMP_SYS(getdents64), SCMP_SYS(readlinkat), SCMP_SYS(flistxattr), SCMP_SYS(fgetxattr), SCMP_SYS(dup), SCMP_SYS(fadvise64),
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(getrandom), SCMP_SYS(uname), SCMP_SYS(getrusage),
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
    SCMP_SYS(recvmsg), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* What nobody does in good faith here: the process ends at once. */
static const int DEADLY[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(clone3),
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(pidfd_send_signal),
    SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
    SCMP_SYS(accept4), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
    SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(userfaultfd),
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare),
    SCMP_SYS(open_tree), SCMP_SYS(move_mount), SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(ioperm), SCMP_SYS(iopl),
    SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(open_by_handle_at), SCMP_SYS(name_to_handle_at),
    SCMP_SYS(memfd_create), SCMP_SYS(memfd_secret), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
    SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat),
    SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(chmod),
    SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown), SCMP_SYS(lchown), SCMP_SYS(fchownat),
    SCMP_SYS(truncate), SCMP_SYS(creat), SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setresuid), SCMP_SYS(setresgid),
};

enum { OPEN_MAY_NOT = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND };

static int add_special_rules(scmp_filter_ctx f, bool may_open)
{
    static const unsigned FCNTL[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL};
    static const unsigned IOCTL[] = {0x80086601 /* FS_IOC_GETFLAGS */, 0x5401 /* TCGETS, by stdio */};
    int r = 0;
    for (size_t i = 0; !r && i < ARRAY_SIZE(FCNTL); i++)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, FCNTL[i]));
    for (size_t i = 0; !r && i < ARRAY_SIZE(IOCTL); i++)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, IOCTL[i]));
    /* memory that is both written and run is what exploits need */
    if (!r)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, 4 /* PROT_EXEC */, 0));
    if (!r)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0));
    /* abort() signals itself */
    if (!r)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    /* a limit may be asked for, none set: the third argument is NULL */
    if (!r)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0));
    if (!r && may_open)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, OPEN_MAY_NOT, 0));
    return r;
}

/* `landlocked`: openat2() keeps its flags in memory, which seccomp cannot see; Landlock can refuse what they ask. */
static int seccomp(bool may_open, bool landlocked, bool has_threads)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!f)
        return -ENOMEM;
    int r = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a binary tree: few steps for each call */
    if (!r && has_threads)
        r = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
    for (size_t i = 0; !r && i < ARRAY_SIZE(ALLOWED); i++)
        r = seccomp_rule_add(f, SCMP_ACT_ALLOW, ALLOWED[i], 0);
    for (size_t i = 0; !r && i < ARRAY_SIZE(DEADLY); i++)
        r = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, DEADLY[i], 0);
    if (!r)
        r = add_special_rules(f, may_open);
    if (!r && may_open)
        r = seccomp_rule_add(f, landlocked ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
    if (!r)
        r = seccomp_load(f);
    seccomp_release(f);
    return r;
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int close_others(const struct confine_options *o)
{
    int keep[16];
    size_t n = 0;
    if (o->n_keep + 1 > ARRAY_SIZE(keep))
        return -E2BIG;
    for (size_t i = 0; i < o->n_keep; i++)
        keep[n++] = o->keep[i];
    if (o->folder >= 0)
        keep[n++] = o->folder;
    qsort(keep, n, sizeof(*keep), by_number);
    int next = 3;
    for (size_t i = 0; i < n; i++) {
        if (keep[i] > next && syscall(SYS_close_range, next, keep[i] - 1, 0) < 0)
            return -errno;
        if (keep[i] >= next)
            next = keep[i] + 1;
    }
    return syscall(SYS_close_range, next, ~0U, 0) < 0 ? -errno : 0;
}

int confine_self(const struct confine_options *o, unsigned *ret_walls, struct error *err)
{
    unsigned walls = 0;
    int r = close_others(o);
    if (r < 0)
        return error_errno(err, r, "cannot close what a worker must not hold");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return error_errno(err, -errno, "cannot give up rights");
    r = limit(o);
    if (r < 0)
        return error_errno(err, r, "cannot set limits");
    r = landlock(o, &walls);
    if (r < 0)
        return error_errno(err, r, "Landlock refuses");
    r = drop_capabilities(o);
    if (r < 0)
        return error_errno(err, r, "cannot drop capabilities");
    if (o->start)
        o->start(o->ctx);
    r = seccomp(o->folder >= 0, walls & CONFINE_LANDLOCK, o->start);
    if (r < 0)
        return error_errno(err, r, "seccomp refuses");
    *ret_walls = walls | CONFINE_SECCOMP;
    return 0;
}
