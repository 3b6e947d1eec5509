// SPDX-License-Identifier: Apache-2.0
/* Acts by system calls that newer kernels brought: other ways to what older calls do. */
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts.h"

enum { NR_FCHMODAT2 = 452, NR_SETXATTRAT = 463, NR_REMOVEXATTRAT = 466, NR_OPEN_TREE_ATTR = 467, NR_FCHROOT = 472 };

static void mode_at(void)
{
    int fd = (int)must(open(ROOM "/data/mode", O_CREAT | O_WRONLY, 0600), "open");
    close(fd);
    must(syscall(NR_FCHMODAT2, AT_FDCWD, ROOM "/data/mode", 04711, AT_SYMLINK_NOFOLLOW), "fchmodat2");
}

static void attribute_at(void)
{
    struct {
        uint64_t value;
        uint32_t size, flags;
    } attribute = {(uintptr_t) "1", 1, 0};
    int folder = (int)must(open(ROOM "/data", O_RDONLY | O_DIRECTORY), "open");
    must(syscall(NR_SETXATTRAT, folder, "flags", 0, "security.davy-late", &attribute, sizeof(attribute)), "setxattrat");
    must(syscall(NR_REMOVEXATTRAT, folder, "flags", 0, "security.davy-late"), "removexattrat");
}

static void tree_with_attributes(void)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID};
    must(syscall(NR_OPEN_TREE_ATTR, AT_FDCWD, ROOM "/mnt", 1u /* OPEN_TREE_CLONE */, &attr, sizeof(attr)), "open_tree_attr");
}

static void root_by_descriptor(void)
{
    int folder = (int)must(open(ROOM "/data", O_PATH | O_DIRECTORY), "open");
    must(syscall(NR_FCHROOT, folder, 0u), "fchroot");
}

static void clone_3(void)
{
    uint64_t args[11] = {0x04000000 /* CLONE_NEWUTS */, [4] = SIGCHLD};
    pid_t pid = (pid_t)must(syscall(SYS_clone3, args, sizeof(args)), "clone3");
    if (pid == 0)
        _exit(0);
    report->fact = pid;
    waitpid(pid, NULL, 0);
}

const struct act ACTS_LATE[] = {
    {"fchmodat2", mode_at},
    {"setxattrat", attribute_at},
    {"open-tree-attr", tree_with_attributes},
    {"fchroot", root_by_descriptor},
    {"clone3", clone_3},
    {0},
};
