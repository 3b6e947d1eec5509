/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hooks that see what a call will work on: paths with links and mounts followed, the copy of an address that the kernel uses. Each
 * program is loaded for the hook of BPF LSM, or where that does not run for the entry of the function security_NAME, which calls the
 * hooks: both are given the same arguments. They only look, and let everything pass.
 */
#include "stash.bpf.h"

enum {
    THREAD_SIZE = 16384, /* of x86-64; needed only where the kernel has no helper that gives a thread's registers */
    PF_IO_WORKER = 0x10,
};

/* What a stash begins as. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct stash);
} empty_stash SEC(".maps");

/* The registers that the running call was made with. */
static __always_inline struct pt_regs *call_regs(void)
{
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
        return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
    return (struct pt_regs *)(READ(TASK(), stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs));
}

/*
 * The stash of the running call. NULL: there is no room; or nobody will ask for it, because this is our own process, which tries
 * whether hooks run, or a thread of io_uring, which makes no calls.
 */
static __always_inline struct stash *stash_begin(enum hook hook)
{
    u64 task = bpf_get_current_task();
    u32 process = bpf_get_current_pid_tgid() >> 32, zero = 0;
    if (process == settings.trying) {
        settings.hooked |= 1U << hook;
        return NULL;
    }
    if (process == settings.self || READ((struct task_struct *)task, flags) & PF_IO_WORKER)
        return NULL;
    struct stash *t = bpf_map_lookup_elem(&stashes, &task);
    if (!t) {
        struct stash *empty = bpf_map_lookup_elem(&empty_stash, &zero);
        if (!empty || bpf_map_update_elem(&stashes, &task, empty, BPF_ANY))
            return NULL;
        t = bpf_map_lookup_elem(&stashes, &task);
        if (!t)
            return NULL;
    }
    t->task = 0;
    t->n_address = t->path[0].n = t->path[1].n = 0;
    stash_call(t->call, call_regs());
    return t;
}

static __always_inline int stash_end(struct stash *t)
{
    t->task = bpf_get_current_task();
    return 0;
}

/*
 * The path becomes one of the running call's stash, which is found again by its task. A path that is cut or leads nowhere is not told:
 * it would be taken for the whole.
 */
__noinline int stash_walk(u32 which, u64 vfs, u64 d)
{
    u64 task = bpf_get_current_task();
    struct stash *t = bpf_map_lookup_elem(&stashes, &task);
    if (!t)
        return 0;
    struct text *text = &t->path[which & 1];
    text_clear(text);
    if (walk_to(text, (struct vfsmount *)vfs, (struct dentry *)d, 0, 0) != WALK_ROOT)
        text->n = 0;
    return 0;
}

/* The verifier lets nobody give a pointer away as a number but by way of memory. */
static __always_inline void stash_path(struct stash *t, u32 which, struct vfsmount *vfs, struct dentry *d)
{
    *(volatile u64 *)&t->pointer = (u64)d;
    stash_walk(which, (u64)vfs, *(volatile u64 *)&t->pointer);
}

/* Hooks with a folder and what is in it. */
static __always_inline int in_folder(enum hook hook, const u64 *ctx)
{
    struct path *folder = (struct path *)ctx[0];
    struct stash *t = stash_begin(hook);
    if (!t)
        return 0;
    stash_path(t, 0, READ(folder, mnt), (struct dentry *)ctx[1]);
    return stash_end(t);
}

/* Hooks with a path. */
static __always_inline int at_path(enum hook hook, u64 arg)
{
    struct path *path = (struct path *)arg;
    struct stash *t = stash_begin(hook);
    if (!t)
        return 0;
    stash_path(t, 0, READ(path, mnt), READ(path, dentry));
    return stash_end(t);
}

/* Hooks with two paths. */
static __always_inline int at_paths(enum hook hook, const u64 *ctx)
{
    struct path *from = (struct path *)ctx[0], *to = (struct path *)ctx[1];
    struct stash *t = stash_begin(hook);
    if (!t)
        return 0;
    stash_path(t, 0, READ(from, mnt), READ(from, dentry));
    stash_path(t, 1, READ(to, mnt), READ(to, dentry));
    return stash_end(t);
}

SEC("lsm/path_unlink")
int path_unlink(u64 *ctx)
{
    return in_folder(HOOK_UNLINK, ctx);
}

SEC("lsm/path_rmdir")
int path_rmdir(u64 *ctx)
{
    return in_folder(HOOK_RMDIR, ctx);
}

SEC("lsm/path_mkdir")
int path_mkdir(u64 *ctx)
{
    return in_folder(HOOK_MKDIR, ctx);
}

SEC("lsm/path_symlink")
int path_symlink(u64 *ctx)
{
    return in_folder(HOOK_SYMLINK, ctx);
}

/* open(2) and bind(2) come by here too; their records are made of the descriptor. */
SEC("lsm/path_mknod")
int path_mknod(u64 *ctx)
{
    u32 type = (u32)ctx[2] & 0170000;
    return type == 0100000 || type == 0140000 ? 0 : in_folder(HOOK_MKNOD, ctx);
}

SEC("lsm/path_rename")
int path_rename(u64 *ctx)
{
    struct path *from = (struct path *)ctx[0], *to = (struct path *)ctx[2];
    struct stash *t = stash_begin(HOOK_RENAME);
    if (!t)
        return 0;
    stash_path(t, 0, READ(from, mnt), (struct dentry *)ctx[1]);
    stash_path(t, 1, READ(to, mnt), (struct dentry *)ctx[3]);
    return stash_end(t);
}

/* A link lies on the mount of what it leads to. */
SEC("lsm/path_link")
int path_link(u64 *ctx)
{
    struct path *folder = (struct path *)ctx[1];
    struct stash *t = stash_begin(HOOK_LINK);
    if (!t)
        return 0;
    stash_path(t, 0, READ(folder, mnt), (struct dentry *)ctx[0]);
    stash_path(t, 1, READ(folder, mnt), (struct dentry *)ctx[2]);
    return stash_end(t);
}

SEC("lsm/path_chmod")
int path_chmod(u64 *ctx)
{
    return at_path(HOOK_CHMOD, ctx[0]);
}

SEC("lsm/path_chown")
int path_chown(u64 *ctx)
{
    return at_path(HOOK_CHOWN, ctx[0]);
}

SEC("lsm/path_truncate")
int path_truncate(u64 *ctx)
{
    return at_path(HOOK_TRUNCATE, ctx[0]);
}

SEC("lsm/path_chroot")
int path_chroot(u64 *ctx)
{
    return at_path(HOOK_CHROOT, ctx[0]);
}

/* What is mounted is a word of the file system's own; the path is where. */
SEC("lsm/sb_mount")
int sb_mount(u64 *ctx)
{
    return at_path(HOOK_MOUNT, ctx[1]);
}

SEC("lsm/sb_umount")
int sb_umount(u64 *ctx)
{
    struct vfsmount *vfs = (struct vfsmount *)ctx[0];
    struct stash *t = stash_begin(HOOK_UMOUNT);
    if (!t)
        return 0;
    *(volatile u64 *)&t->pointer = (u64)vfs;
    u64 address = *(volatile u64 *)&t->pointer;
    stash_walk(0, address, (u64)READ(vfs, mnt_root));
    return stash_end(t);
}

SEC("lsm/move_mount")
int move_mount(u64 *ctx)
{
    return at_paths(HOOK_MOVE_MOUNT, ctx);
}

SEC("lsm/sb_pivotroot")
int sb_pivotroot(u64 *ctx)
{
    return at_paths(HOOK_PIVOT_ROOT, ctx);
}

SEC("lsm/socket_connect")
int socket_connect(u64 *ctx)
{
    struct stash *t = stash_begin(HOOK_CONNECT);
    if (!t)
        return 0;
    u64 n = (u32)ctx[2];
    KEEP(n);
    if (n <= STASH_ADDRESS_MAX && !bpf_probe_read_kernel(t->address, n, (void *)ctx[1]))
        t->n_address = n;
    return stash_end(t);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
