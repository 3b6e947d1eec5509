// SPDX-License-Identifier: Apache-2.0
/* Acts on the system: mounts, modules, programs of the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "acts.h"

static void mount_old(void)
{
    must(mount("davy", ROOM "/mnt", "tmpfs", MS_NOSUID, "size=64k"), "mount");
    must(umount2(ROOM "/mnt", MNT_DETACH), "umount2");
}

static void mount_bind(void)
{
    must(mount(ROOM "/data", ROOM "/mnt", NULL, MS_BIND, NULL), "mount");
    int fd = open(ROOM "/mnt/secret", O_RDONLY);
    must(umount2(ROOM "/mnt", MNT_DETACH), "umount2");
    must(fd, "open");
}

static void mount_new(void)
{
    int fs = (int)must(syscall(SYS_fsopen, "tmpfs", 0), "fsopen");
    must(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", "davy", 0), "fsconfig");
    must(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "fsconfig");
    int mounted = (int)must(syscall(SYS_fsmount, fs, 0, 0), "fsmount");
    must(syscall(SYS_move_mount, mounted, "", AT_FDCWD, ROOM "/mnt", MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
    must(umount2(ROOM "/mnt", MNT_DETACH), "umount2");
}

static void module(void)
{
    int fd = open(ROOM "/module.ko", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        skip("the package of this kernel has no module to load");
    must(syscall(SYS_finit_module, fd, "", 0), "finit_module");
}

static void bpf_map(void)
{
    union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    /* before 5.11 maps of all programs of a user count as locked memory, the sensor's too */
    (void)setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    must(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)), "bpf");
}

const struct act ACTS_SYSTEM[] = {
    {"mount", mount_old},
    {"mount-bind", mount_bind},
    {"mount-new", mount_new},
    {"module", module},
    {"bpf", bpf_map},
    {0},
};
