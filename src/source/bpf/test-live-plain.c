// SPDX-License-Identifier: Apache-2.0
/* Calls of plain.def: what each parameter of their records holds. */
#include "source/bpf/late.h"
#include "source/bpf/test-live.h"
#include "source/bpf/test-live-more.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>

struct folder {
    char path[64];
};
static void folder_make(struct folder *f)
{
    snprintf(f->path, sizeof(f->path), "/tmp/davy-plain-XXXXXX");
    CHECK(mkdtemp(f->path));
}
static void folder_remove(struct folder *f)
{
    static const char *const names[] = {"file", "node", "m", "n", "fifo"};
    char path[128];
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", f->path, names[i]);
        (void)remove(path);
    }
    (void)rmdir(f->path);
}

/* ---- mounts ---- */

static void act_mount(void *ctx)
{
    struct folder *f = ctx;
    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || chdir(f->path) || mkdir("m", 0700) || mkdir("n", 0700))
        _exit(1);
    if (mount("davy-test", "m", "tmpfs", MS_NOSUID, "size=64k"))
        _exit(2);
    (void)umount2("m", MNT_DETACH);
    int fs = (int)syscall(SYS_fsopen, "tmpfs", 1u /* FSOPEN_CLOEXEC */);
    (void)syscall(SYS_fsconfig, fs, 1u /* FSCONFIG_SET_STRING */, "size", "64k", 0);
    (void)syscall(SYS_fsconfig, fs, 6u /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0);
    int m = (int)syscall(SYS_fsmount, fs, 0u, (unsigned)MOUNT_ATTR_NOEXEC);
    (void)syscall(SYS_move_mount, m, "", AT_FDCWD, "n", 4u /* MOVE_MOUNT_F_EMPTY_PATH */);
    (void)syscall(SYS_open_tree, AT_FDCWD, "n", 1u /* OPEN_TREE_CLONE */);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY, .attr_clr = MOUNT_ATTR_NOEXEC};
    (void)syscall(SYS_mount_setattr, AT_FDCWD, "n", 0u, &attr, sizeof(attr));
    (void)umount2("n", MNT_DETACH);
    (void)!chroot("n");
}

TEST(mounts_of_both_kinds)
{
    struct folder f;
    folder_make(&f);
    struct live l = live_watch(LIVE_FILTER(SYS_mount, SYS_umount2, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_move_mount, SYS_open_tree, SYS_mount_setattr,
                                  SYS_chroot),
                        act_mount, &f);
    folder_remove(&f);
    struct str name;
    const struct record *r = live_nth(&l, SYS_mount, 1);
    CHECK(r);
    CHECK_INT(r->res, 0);
    CHECK_STR(live_text(r, RECORD_PARAM + 1), "davy-test");
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "m");
    CHECK_STR(live_text(r, RECORD_BASE), f.path);
    CHECK_STR(live_text(r, RECORD_PARAM + 3), "tmpfs");
    CHECK_INT(live_number(r, 4), MS_NOSUID);
    r = live_must(&l, SYS_umount2);
    CHECK_STR(live_text(r, RECORD_PARAM + 1), "m");
    CHECK_INT(live_number(r, 2), MNT_DETACH);
    r = live_must(&l, SYS_fsopen);
    CHECK_STR(live_text(r, RECORD_PARAM + 1), "tmpfs");
    CHECK(r->res >= 0);
    CHECK_INT(record_fd(record_find(r, RECORD_FD), &name)->num, r->res);
    r = live_must(&l, SYS_fsconfig);
    CHECK_STR(live_text(r, RECORD_PARAM + 3), "size");
    CHECK_STR(live_text(r, RECORD_PARAM + 5), "64k");
    CHECK(!record_find(live_nth(&l, SYS_fsconfig, 1), RECORD_PARAM + 5));
    CHECK_INT(live_number(live_must(&l, SYS_fsmount), 3), MOUNT_ATTR_NOEXEC);
    r = live_must(&l, SYS_move_mount);
    CHECK_INT(r->res, 0);
    CHECK_INT((int32_t)live_number(r, 3), AT_FDCWD);
    CHECK_STR(live_text(r, RECORD_PARAM + 4), "n");
    CHECK_STR(live_text(r, RECORD_BASE_OTHER), f.path);
    CHECK_STR(live_text(live_must(&l, SYS_open_tree), RECORD_PARAM + 2), "n");
    r = live_must(&l, SYS_mount_setattr);
    CHECK_INT(live_number(r, 4), MOUNT_ATTR_RDONLY);
    CHECK_INT(live_number(r, 5), MOUNT_ATTR_NOEXEC);
    CHECK_STR(live_text(live_must(&l, SYS_chroot), RECORD_PARAM + 1), "n");
    live_done(&l);
}

/* Each of these goes by a link to the folder; the kernel's word for the place does not. */
static void act_mount_by_link(void *ctx)
{
    struct folder *f = ctx;
    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || chdir(f->path) || mkdir("m", 0700) || mkdir("n", 0700) ||
        symlink(f->path, "fifo"))
        _exit(1);
    if (mount("m", "fifo/n", NULL, MS_BIND, NULL) || mount(NULL, "fifo/n", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) ||
        mount("davy-test", "fifo/../../..//tmp/./../proc/self/cwd/m", "tmpfs", 0xc0ed0000 | MS_NOSUID, "size=64k"))
        _exit(2);
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "m", 1u /* OPEN_TREE_CLONE */);
    if (syscall(SYS_move_mount, tree, "", AT_FDCWD, "fifo/n", 4u /* MOVE_MOUNT_F_EMPTY_PATH */))
        _exit(3);
    (void)umount2("n", MNT_DETACH);
    (void)umount2("n", MNT_DETACH);
    (void)umount2("m", MNT_DETACH);
}

TEST(a_mount_is_told_by_where_it_lies)
{
    struct folder f;
    folder_make(&f);
    struct live l = live_watch(LIVE_FILTER(SYS_mount, SYS_move_mount), act_mount_by_link, &f);
    folder_remove(&f);
    char m[80], n[80];
    (void)snprintf(m, sizeof(m), "%s/m", f.path);
    (void)snprintf(n, sizeof(n), "%s/n", f.path);
    const struct record *r = live_nth(&l, SYS_mount, 1);
    CHECK(r && r->res == 0);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "fifo/n");
    CHECK_STR(live_text(r, RECORD_RESOLVED), n);
    r = live_nth(&l, SYS_mount, 3);
    CHECK(r && r->res == 0);
    CHECK_STR(live_text(r, RECORD_RESOLVED), m);
    r = live_must(&l, SYS_move_mount);
    CHECK_INT(r->res, 0);
    CHECK_STR(live_text(r, RECORD_RESOLVED_OTHER), n);
    /* what only changes a mount has no new place */
    if (!live_has_hook(&l, SYS_mount)) {
        CHECK(!record_find(live_nth(&l, SYS_mount, 0), RECORD_RESOLVED));
        CHECK(!record_find(live_nth(&l, SYS_mount, 2), RECORD_RESOLVED));
    }
    live_done(&l);
}

/* ---- owners, nodes, attributes, sizes ---- */

static void act_inodes(void *ctx)
{
    struct folder *f = ctx;
    int dir = open(f->path, O_RDONLY | O_DIRECTORY);
    int fd = openat(dir, "file", O_CREAT | O_RDWR, 0600);
    char path[128];
    snprintf(path, sizeof(path), "%s/file", f->path);
    (void)!chown(path, 12, 34);
    (void)!lchown(path, 13, (gid_t)-1);
    (void)!fchown(fd, 14, 36);
    (void)!fchownat(dir, "file", 15, 37, AT_SYMLINK_NOFOLLOW);
    (void)!mknodat(dir, "node", S_IFIFO | 0640, 0);
    (void)!truncate(path, 5000000000LL);
    (void)!ftruncate(fd, 7);
    (void)setxattr(path, "user.davy", "\1\2\0\3", 4, XATTR_CREATE);
    (void)fsetxattr(fd, "user.davy", "x", 1, 0);
    (void)removexattr(path, "user.davy");
    (void)utimensat(dir, "file", NULL, 0);
}

TEST(owners_nodes_and_attributes)
{
    struct folder f;
    folder_make(&f);
    char path[128];
    snprintf(path, sizeof(path), "%s/file", f.path);
    struct live l = live_watch(LIVE_FILTER(SYS_chown, SYS_lchown, SYS_fchown, SYS_fchownat, SYS_mknodat, SYS_truncate, SYS_ftruncate, SYS_setxattr,
                                  SYS_fsetxattr, SYS_removexattr, SYS_utimensat),
                        act_inodes, &f);
    folder_remove(&f);
    struct str name;
    const struct record *r = live_must(&l, SYS_chown);
    CHECK_STR(live_text(r, RECORD_PARAM + 1), path);
    CHECK(!record_find(r, RECORD_BASE));
    CHECK_INT(live_number(r, 2), 12);
    CHECK_INT(live_number(r, 3), 34);
    CHECK_INT((int32_t)live_number(live_must(&l, SYS_lchown), 3), -1);
    r = live_must(&l, SYS_fchown);
    CHECK(record_fd(record_find(r, RECORD_FD), &name));
    CHECK_STR(name, path);
    CHECK_INT(live_number(r, 2), 14);
    r = live_must(&l, SYS_fchownat);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "file");
    CHECK_STR(live_text(r, RECORD_BASE), f.path);
    CHECK_INT(live_number(r, 5), AT_SYMLINK_NOFOLLOW);
    r = live_must(&l, SYS_mknodat);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "node");
    CHECK_INT(live_number(r, 3), S_IFIFO | 0640);
    CHECK_INT(live_number(live_must(&l, SYS_truncate), 2), 5000000000LL);
    CHECK_INT(live_number(live_must(&l, SYS_ftruncate), 2), 7);
    r = live_must(&l, SYS_setxattr);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "user.davy");
    CHECK(str_eq(live_text(r, RECORD_PARAM + 3), str_n("\1\2\0\3", 4)));
    CHECK_INT(live_number(r, 5), XATTR_CREATE);
    CHECK(record_fd(record_find(live_must(&l, SYS_fsetxattr), RECORD_FD), &name));
    CHECK_STR(name, path);
    CHECK_STR(live_text(live_must(&l, SYS_removexattr), RECORD_PARAM + 2), "user.davy");
    CHECK_STR(live_text(live_must(&l, SYS_utimensat), RECORD_BASE), f.path);
    live_done(&l);
}

/* ---- what asks for power over the machine: refused here by arguments that cannot work ---- */

static void act_powers(void *ctx)
{
    (void)ctx;
    char long_name[100];
    memset(long_name, 'h', sizeof(long_name));
    (void)prctl(PR_SET_NAME, "davy-renamed");
    (void)prctl(PR_SET_PDEATHSIG, 9L);
    (void)personality(0xffffffff);
    (void)syscall(SYS_kexec_load, 0x1234UL, 0x4242UL, NULL, 0x8000000000000001UL);
    (void)syscall(SYS_kexec_file_load, -1, -1, 7UL, "quiet x", 0x77UL);
    (void)syscall(SYS_sethostname, long_name, 100UL);
    (void)syscall(SYS_delete_module, "davy_none", 0u);
    (void)syscall(SYS_settimeofday, &(struct timeval){1000, 5000000}, NULL);
    (void)syscall(SYS_clock_settime, 77, &(struct timespec){12, 34});
    (void)syscall(SYS_iopl, 77);
    (void)syscall(SYS_swapon, "/davy-none", 5);
    (void)syscall(SYS_acct, "/davy-none");
    (void)syscall(SYS_add_key, "davy-type", "davy-key", NULL, 0UL, -77);
    (void)syscall(SYS_keyctl, 77, 5UL, 6UL);
    (void)syscall(SYS_seccomp, 77, 3u, NULL);
    (void)syscall(SYS_pivot_root, "/davy-new", "old");
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .config = 0x1122334455667788, .size = sizeof(attr)};
    (void)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);
    (void)syscall(SYS_memfd_create, "davy-mem", MFD_CLOEXEC);
    (void)syscall(SYS_io_uring_setup, 3u, (char[120]){0});
    (void)setsid();
}

TEST(powers_over_the_machine)
{
    struct live l = live_watch(LIVE_FILTER(SYS_prctl, SYS_personality, SYS_kexec_load, SYS_kexec_file_load, SYS_sethostname, SYS_delete_module, SYS_settimeofday,
                                  SYS_clock_settime, SYS_iopl, SYS_swapon, SYS_acct, SYS_add_key, SYS_keyctl, SYS_seccomp, SYS_pivot_root,
                                  SYS_perf_event_open, SYS_memfd_create, SYS_io_uring_setup, SYS_setsid),
                        act_powers, NULL);
    const struct record *r = live_must(&l, SYS_prctl);
    struct str name;
    CHECK_INT(live_number(r, 1), PR_SET_NAME);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "davy-renamed");
    CHECK_CSTR(r->comm, "davy-renamed");
    r = live_nth(&l, SYS_prctl, 1);
    CHECK(r && !record_find(r, RECORD_PARAM + 2));
    CHECK_INT(live_number(r, 3), 9);
    CHECK_INT(live_number(live_must(&l, SYS_personality), 1), 0xffffffff);
    r = live_must(&l, SYS_kexec_load);
    CHECK(r->res < 0);
    CHECK_INT(live_number(r, 1), 0x1234);
    CHECK_INT(live_number(r, 3), 0x8000000000000001UL);
    r = live_must(&l, SYS_kexec_file_load);
    CHECK_STR(live_text(r, RECORD_PARAM + 3), "quiet x");
    CHECK_INT(record_fd(record_find(r, RECORD_FD), &name)->num, -1);
    CHECK_INT(live_text(live_must(&l, SYS_sethostname), RECORD_PARAM + 1).n, 100);
    CHECK_STR(live_text(live_must(&l, SYS_delete_module), RECORD_PARAM + 1), "davy_none");
    CHECK_INT(live_number(live_must(&l, SYS_settimeofday), 1), 1005000000000);
    CHECK_INT(live_number(live_must(&l, SYS_clock_settime), 2), 12000000034);
    CHECK_INT(live_number(live_must(&l, SYS_iopl), 1), 77);
    CHECK_STR(live_text(live_must(&l, SYS_swapon), RECORD_PARAM + 1), "/davy-none");
    CHECK_STR(live_text(live_must(&l, SYS_acct), RECORD_PARAM + 1), "/davy-none");
    r = live_must(&l, SYS_add_key);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "davy-key");
    CHECK_INT((int32_t)live_number(r, 4), -77);
    CHECK_INT(live_number(live_must(&l, SYS_keyctl), 2), 5);
    CHECK_INT(live_number(live_must(&l, SYS_seccomp), 2), 3);
    r = live_must(&l, SYS_pivot_root);
    CHECK_STR(live_text(r, RECORD_PARAM + 1), "/davy-new");
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "old");
    CHECK(!record_find(r, RECORD_BASE) && record_find(r, RECORD_BASE_OTHER));
    r = live_must(&l, SYS_perf_event_open);
    CHECK_INT(live_number(r, 1), PERF_TYPE_SOFTWARE);
    CHECK_INT(live_number(r, 2), 0x1122334455667788);
    r = live_must(&l, SYS_memfd_create);
    CHECK_STR(live_text(r, RECORD_PARAM + 1), "davy-mem");
    CHECK_INT(record_fd(record_find(r, RECORD_FD), &name)->type, RECORD_FD_MEMFD);
    r = live_must(&l, SYS_io_uring_setup);
    CHECK_INT(live_number(r, 1), 3);
    CHECK(r->res < 0 || live_number(r, 2) == 4);
    CHECK(live_must(&l, SYS_setsid)->sid == l.child);
    live_done(&l);
}

/* ---- calls of later kernels, and those that are told with little ---- */

enum { CLONE_OWN_UTS = 0x04000000 };

/* What this kernel has not fails with ENOSYS, and is told all the same. */
static void act_late(void *ctx)
{
    struct folder *f = ctx;
    struct {
        uint64_t value;
        uint32_t size, flags;
    } attribute = {(uintptr_t) "v", 1, 2 /* XATTR_REPLACE */};
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    uint64_t clone_args[11] = {CLONE_OWN_UTS, [4] = SIGCHLD};
    if (chdir(f->path))
        _exit(1);
    close(open("file", O_CREAT | O_WRONLY, 0600));
    int folder = open(".", O_RDONLY | O_DIRECTORY), file = open("file", O_RDONLY);
    (void)syscall(SYS_setxattrat, folder, "file", 0x100u, "user.davy", &attribute, sizeof(attribute));
    (void)syscall(SYS_setxattrat, file, NULL, 0x1000u /* AT_EMPTY_PATH */, "user.davy", &attribute, sizeof(attribute));
    (void)syscall(SYS_removexattrat, AT_FDCWD, "file", 0u, "user.davy");
    (void)syscall(SYS_open_tree_attr, AT_FDCWD, "file", 0u, &attr, sizeof(attr));
    (void)syscall(SYS_fchroot, folder, 9u); /* a flag that there is not */
    (void)syscall(SYS_mseal, 0x1000UL, 0x2000UL, 77UL);
    (void)syscall(SYS_landlock_restrict_self, -1, 0u);
    (void)syscall(SYS_reboot, 0u, 0u, 0x1234u, NULL);
    pid_t pid = (pid_t)syscall(SYS_clone3, clone_args, sizeof(clone_args));
    if (pid == 0)
        _exit(0);
    (void)waitpid(pid, NULL, 0);
}

TEST(calls_of_later_kernels)
{
    struct folder f;
    folder_make(&f);
    struct live l = live_watch(LIVE_FILTER(SYS_setxattrat, SYS_removexattrat, SYS_open_tree_attr, SYS_fchroot, SYS_mseal, SYS_landlock_restrict_self, SYS_reboot,
                                  SYS_clone3),
                        act_late, &f);
    folder_remove(&f);
    const struct record *r = live_must(&l, SYS_setxattrat);
    struct str name;
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "file");
    CHECK_STR(live_text(r, RECORD_BASE), f.path);
    CHECK_INT(live_number(r, 3), 0x100);
    CHECK_STR(live_text(r, RECORD_PARAM + 4), "user.davy");
    CHECK_INT(live_number(r, 5), 1);
    CHECK_INT(live_number(r, 6), 2);
    r = live_nth(&l, SYS_setxattrat, 1);
    CHECK(r && !record_find(r, RECORD_PARAM + 2));
    char path[128];
    snprintf(path, sizeof(path), "%s/file", f.path);
    CHECK_STR(live_text(r, RECORD_BASE), path); /* no path: the file itself */
    CHECK(!(r->flags & RECORD_UNREAD));
    CHECK_STR(live_text(live_must(&l, SYS_removexattrat), RECORD_PARAM + 4), "user.davy");
    CHECK_INT(live_number(live_must(&l, SYS_open_tree_attr), 4), MOUNT_ATTR_RDONLY);
    r = live_must(&l, SYS_fchroot);
    CHECK(r->res < 0);
    CHECK(record_fd(record_find(r, RECORD_FD), &name));
    CHECK_STR(name, f.path);
    CHECK_INT(live_number(r, 2), 9);
    CHECK_INT(live_number(live_must(&l, SYS_mseal), 2), 0x2000);
    CHECK(live_must(&l, SYS_landlock_restrict_self)->res < 0);
    CHECK_INT(live_number(live_must(&l, SYS_reboot), 1), 0x1234);
    r = live_must(&l, SYS_clone3);
    CHECK_INT(live_number(r, 1), CLONE_OWN_UTS);
    live_done(&l);
}

/* ---- other processes ---- */

static void act_processes(void *ctx)
{
    (void)ctx;
    pid_t pid = fork();
    if (!pid) {
        for (;;)
            pause();
    }
    char buffer[8];
    struct iovec here = {buffer, sizeof(buffer)}, there = {buffer, sizeof(buffer)};
    (void)process_vm_readv(pid, &here, 1, &there, 1, 0);
    int fd = (int)syscall(SYS_pidfd_open, pid, 0u);
    (void)syscall(SYS_pidfd_getfd, fd, 0, 0u);
    (void)syscall(SYS_tgkill, pid, pid, 0);
    (void)syscall(SYS_pidfd_send_signal, fd, SIGUSR1 - SIGUSR1, NULL, 0u);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    if (kill(pid, SIGKILL) == 0)
        _exit(1);
}

TEST(other_processes_are_named)
{
    struct live l = live_watch(LIVE_FILTER(SYS_kill, SYS_tgkill, SYS_process_vm_readv, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, RECORD_SIGNAL),
                        act_processes, NULL);
    const struct record *r = live_must(&l, SYS_kill);
    const struct record_target *t = record_target(record_find(live_must(&l, SYS_process_vm_readv), RECORD_TARGET));
    CHECK(t);
    CHECK_INT(t->pid, live_number(r, 1));
    CHECK(t->start_ns >= r->start_ns);
    t = record_target(record_find(live_must(&l, SYS_pidfd_open), RECORD_TARGET));
    CHECK(t && t->pid == (int32_t)live_number(r, 1));
    r = live_must(&l, SYS_pidfd_getfd);
    t = record_target(record_find(r, RECORD_TARGET));
    CHECK(t && t->pid == (int32_t)live_number(live_must(&l, SYS_kill), 1));
    CHECK(r->res >= 0);
    r = live_must(&l, SYS_pidfd_send_signal);
    t = record_target(record_find(r, RECORD_TARGET));
    struct str name;
    CHECK(t && t->pid == (int32_t)live_number(live_must(&l, SYS_kill), 1));
    CHECK_INT(record_fd(record_find(r, RECORD_FD), &name)->type, RECORD_FD_PIDFD);
    CHECK_INT(live_number(live_must(&l, SYS_tgkill), 3), 0);
    r = live_must(&l, SYS_kill);
    CHECK_INT(r->res, 0);
    CHECK_INT(live_number(r, 2), SIGKILL);
    /* The second kill found nobody. */
    r = live_nth(&l, SYS_kill, 1);
    CHECK(r && r->res == -ESRCH && !record_find(r, RECORD_TARGET));
    r = live_must(&l, RECORD_SIGNAL);
    t = record_target(record_find(r, RECORD_TARGET));
    CHECK(t);
    CHECK_INT(t->pid, live_number(live_must(&l, SYS_kill), 1));
    CHECK_INT(t->signal, SIGKILL);
    CHECK_INT(live_number(r, 3), getuid());
    CHECK_STR(live_text(r, RECORD_PARAM + 2), t->comm);
    CHECK(!live_nth(&l, RECORD_SIGNAL, 1));
    live_done(&l);
}

/* Codes of timers are no disguise, and a signal to oneself is none between processes. */
static void act_disguised(void *ctx)
{
    (void)ctx;
    pid_t pid = fork();
    if (!pid) {
        for (;;)
            pause();
    }
    (void)signal(SIGUSR2, SIG_IGN);
    (void)raise(SIGUSR2);
    siginfo_t info = {.si_code = SI_TIMER, .si_signo = SIGTERM};
    (void)syscall(SYS_rt_sigqueueinfo, pid, SIGTERM, &info);
    (void)waitpid(pid, NULL, 0);
}

TEST(signals_in_disguise_are_seen)
{
    struct live l = live_watch(LIVE_FILTER(RECORD_SIGNAL), act_disguised, NULL);
    const struct record *r = live_must(&l, RECORD_SIGNAL);
    CHECK_INT(record_target(record_find(r, RECORD_TARGET))->signal, SIGTERM);
    CHECK(!live_nth(&l, RECORD_SIGNAL, 1));
    live_done(&l);
}

/* ---- data ---- */

static void act_data(void *ctx)
{
    (void)ctx;
    int p[2];
    char b[4096];
    if (pipe(p))
        _exit(1);
    memset(b, 'd', sizeof(b));
    (void)!write(p[1], b, sizeof(b));
    (void)!read(p[0], b, 10);
    (void)syscall(SYS_read, p[0], 8UL, 10UL);
}

static void act_vectors(void *ctx)
{
    (void)ctx;
    int p[2];
    char b[8];
    if (pipe(p))
        _exit(1);
    (void)!writev(p[1], (struct iovec[]){{(char *)"", 0}, {(char *)"of musl", 7}}, 2);
    (void)!writev(p[1], (struct iovec[]){{(char *)"first", 5}, {(char *)"second", 6}}, 2);
    (void)!readv(p[0], (struct iovec[]){{b, 4}, {b + 4, 1}}, 2);
    (void)!writev(p[1], (struct iovec[]){{(char *)"", 0}, {(char *)"", 0}}, 2);
}

TEST(data_of_vectors_is_the_first_of_them)
{
    struct live l = live_watch(LIVE_FILTER(SYS_readv, SYS_writev), act_vectors, NULL);
    CHECK_STR(live_text(live_must(&l, SYS_writev), RECORD_DATA), "of musl");
    const struct record *r = live_nth(&l, SYS_writev, 1);
    CHECK(r && r->res == 11);
    CHECK_STR(live_text(r, RECORD_DATA), "first");
    CHECK_STR(live_text(live_must(&l, SYS_readv), RECORD_DATA), "of m");
    r = live_nth(&l, SYS_writev, 2);
    CHECK(r && !record_find(r, RECORD_DATA));
    live_done(&l);
}

TEST(data_is_kept_to_its_limit)
{
    struct live l = live_watch(LIVE_FILTER(SYS_read, SYS_write), act_data, NULL);
    const struct record *r = live_must(&l, SYS_write);
    CHECK_INT(r->res, 4096);
    CHECK_INT(live_text(r, RECORD_DATA).n, RECORD_DATA_MAX);
    CHECK(r->flags & RECORD_CUT);
    r = live_nth(&l, SYS_read, 1); /* the first is the gate of the harness */
    CHECK(r && r->res == 10);
    CHECK_STR(live_text(r, RECORD_DATA), "dddddddddd");
    r = live_nth(&l, SYS_read, 2);
    CHECK(r && r->res == -EFAULT && !record_find(r, RECORD_DATA));
    live_done(&l);
}
