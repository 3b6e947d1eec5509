/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Paths of the kernel's objects. bpf_d_path() may not be called on a tracepoint, so the folders are walked upwards, across mounts,
 * and the path is written from its end. Whoever renames at this moment may spoil it, as any path that is told later.
 */
#include "build.bpf.h"

/* Folders and mounts on the way to the root. With PATH_MAX the kernel itself has no limit on them; more mark a path as cut. */
#ifndef WALK_STEPS
#define WALK_STEPS 64
#endif

enum walk_end {
    WALK_ROOT,     /* the root that was asked for, or the top of all mounts */
    WALK_DETACHED, /* there is no way to it: an object without a place (memfd, pipe) or a mount that was taken away */
    WALK_CUT,      /* longer than PATH_MAX or WALK_STEPS */
};

static __always_inline struct mount *mount_of(struct vfsmount *vfs)
{
    return CAST(struct mount, (void *)vfs - bpf_core_field_offset(struct mount, mnt));
}

static __always_inline struct vfsmount *vfsmount_of(struct mount *m)
{
    return CAST(struct vfsmount, (void *)m + bpf_core_field_offset(struct mount, mnt));
}

/* Puts a name before what t holds, with '/' before it unless it is the name of an object without a place. */
static __always_inline bool prepend(struct text *t, struct dentry *d, bool slash)
{
    u64 n = READ(d, d_name.len), at = t->at;
    const unsigned char *name = READ(d, d_name.name);
    KEEP(at);
    if (n >= NAME_ROOM || at > WALK_MAX || at < n + 1)
        return false;
    at -= n;
    KEEP(at);
    if (at > WALK_MAX || bpf_probe_read_kernel(&t->bytes[at], n, name))
        return false;
    if (slash) {
        at--;
        KEEP(at);
        if (at > WALK_MAX)
            return false;
        t->bytes[at] = '/';
    }
    t->at = at;
    return true;
}

/* Puts the path from `root` (0: from the top of all mounts) to `d` on `vfs` before what t holds. Returns enum walk_end. */
static __always_inline int walk_to(struct text *t, struct vfsmount *vfs, struct dentry *d, u64 root_vfs, u64 root)
{
    int end = WALK_CUT;
    for (int i = 0; i < WALK_STEPS; i++) {
        if ((u64)d == root && (u64)vfs == root_vfs) {
            end = WALK_ROOT;
            break;
        }
        if (d == READ(vfs, mnt_root)) {
            struct mount *m = mount_of(vfs), *parent = READ(m, mnt_parent);
            if (parent == m) {
                end = WALK_ROOT;
                break;
            }
            d = READ(m, mnt_mountpoint);
            vfs = vfsmount_of(parent);
            continue;
        }
        struct dentry *up = READ(d, d_parent);
        if (up == d || !up) {
            u8 first = 0;
            PEEK(first, READ(d, d_name.name));
            if (first != '/')
                prepend(t, d, false);
            end = WALK_DETACHED;
            break;
        }
        if (t->skip)
            t->skip--;
        else if (!prepend(t, d, true))
            break;
        d = up;
    }
    u64 at = t->at;
    if (end == WALK_ROOT && at == WALK_MAX) {
        t->bytes[WALK_MAX - 1] = '/';
        t->at = at = WALK_MAX - 1;
    }
    t->n = WALK_MAX - at;
    return end;
}

/* The same with s->resolved. */
__noinline int walk_on(u32 key, u64 vfs_address, u64 d_address, u64 root_vfs, u64 root)
{
    struct scratch *s = scratch_of(key);
    if (!s)
        return WALK_CUT;
    return walk_to(&s->resolved, CAST(struct vfsmount, vfs_address), CAST(struct dentry, d_address), root_vfs, root);
}

/* Begins a text anew. */
static __always_inline void text_clear(struct text *t)
{
    t->at = WALK_MAX;
    t->n = t->skip = 0;
}

/* The path of a place becomes s->resolved. */
static __always_inline int path_walk(struct scratch *s, struct vfsmount *vfs, struct dentry *d, struct vfsmount *root_vfs, struct dentry *root)
{
    text_clear(&s->resolved);
    return walk_on(s->key, address_of(s, vfs), address_of(s, d), address_of(s, root_vfs), address_of(s, root));
}

/* A copy of t behind n_before bytes that stand in a block at `at` already. Room for RECORD_PATH_MAX more must be there. */
static __always_inline u64 copy_text(struct scratch *s, u64 at, u64 n_before, struct text *t)
{
    u64 n = t->n, from = t->at, to = at + sizeof(struct record_block) + n_before;
    KEEP(n);
    KEEP(from);
    if (n > RECORD_PATH_MAX || from > WALK_MAX)
        return n_before;
    bpf_probe_read_kernel(&s->bytes[to], n, &t->bytes[from]);
    block_pad(s, to + n);
    return n_before + n;
}

static __always_inline void add_text(struct scratch *s, u32 tag, u32 value, struct text *t)
{
    u64 at = block_at(s, RECORD_PATH_MAX);
    if (at)
        block_end(s, at, tag, value, copy_text(s, at, 0, t));
}

/* The path of a place as a block; `root` as for walk_on(). */
static __always_inline void add_place(struct scratch *s, u32 tag, struct vfsmount *vfs, struct dentry *d, struct vfsmount *root_vfs,
                                      struct dentry *root)
{
    if (path_walk(s, vfs, d, root_vfs, root) == WALK_CUT)
        s->r.flags |= RECORD_CUT;
    add_text(s, tag, 0, &s->resolved);
}

/* ---- open files ---- */

static __always_inline struct file *file_of(struct task_struct *task, s64 fd)
{
    struct files_struct *files = READ(task, files);
    if (!files || fd < 0)
        return NULL;
    struct fdtable *table = READ(files, fdt);
    if (fd >= READ(table, max_fds))
        return NULL;
    u64 file = LOAD64(READ(table, fd) + fd);
    return file ? CAST(struct file, file) : NULL;
}

/*
 * The mount by which the root of the process shows what lies on another mount of the same file system, so that a mount of a watched
 * folder elsewhere hides nothing; NULL when there is none, which is nearly always.
 */
static __always_inline struct vfsmount *root_mount_beside(struct task_struct *task, struct vfsmount *vfs)
{
    struct fs_struct *fs = READ(task, fs);
    struct vfsmount *root = fs ? READ(fs, root.mnt) : NULL;
    if (!root || root == vfs)
        return NULL;
    struct super_block *sb = READ(root, mnt_sb);
    return sb == READ(vfs, mnt_sb) && READ(root, mnt_root) == READ(sb, s_root) ? root : NULL;
}

/* Is the root of the process that of all its mounts? */
static __always_inline bool root_is_top(struct vfsmount *vfs, struct dentry *d)
{
    for (int i = 0; i < 4; i++) {
        struct mount *m = mount_of(vfs), *parent = READ(m, mnt_parent);
        if (d != READ(vfs, mnt_root))
            return false;
        if (parent == m)
            return true;
        d = READ(m, mnt_mountpoint);
        vfs = vfsmount_of(parent);
    }
    return false;
}

/* Where a relative path begins, and the root of the process. */
struct base {
    struct vfsmount *vfs, *root_vfs;
    struct dentry *d, *root;
};

static __always_inline bool base_of(struct base *b, struct task_struct *task, s32 dirfd)
{
    struct fs_struct *fs = READ(task, fs);
    if (!fs)
        return false;
    b->root_vfs = READ(fs, root.mnt);
    b->root = READ(fs, root.dentry);
    if (dirfd == -100 /* AT_FDCWD */) {
        b->vfs = READ(fs, pwd.mnt);
        b->d = READ(fs, pwd.dentry);
        return true;
    }
    struct file *file = file_of(task, dirfd);
    if (!file)
        return false;
    b->vfs = READ(file, f_path.mnt);
    b->d = READ(file, f_path.dentry);
    return true;
}

/* The folder that a relative path begins at (AT_FDCWD: the working directory), as the process sees it: from its own root. */
__noinline int add_base_of(u32 key, u32 tag, u64 task_address, s32 dirfd)
{
    struct scratch *s = scratch_of(key);
    struct base b = {};
    if (s && base_of(&b, CAST(struct task_struct, task_address), dirfd))
        add_place(s, tag, b.vfs, b.d, b.root_vfs, b.root);
    return 0;
}
static __always_inline void add_base(struct scratch *s, u32 tag, struct task_struct *task, s32 dirfd)
{
    add_base_of(s->key, tag, address_of(s, task), dirfd);
}

/* The root of the process where that is not the top of all its mounts. */
__noinline int add_root_of(u32 key, u64 task_address)
{
    struct scratch *s = scratch_of(key);
    struct task_struct *task = CAST(struct task_struct, task_address);
    struct fs_struct *fs = READ(task, fs);
    if (!s || !fs)
        return 0;
    struct vfsmount *vfs = READ(fs, root.mnt);
    struct dentry *d = READ(fs, root.dentry);
    if (!root_is_top(vfs, d))
        add_place(s, RECORD_ROOT, vfs, d, NULL, NULL);
    return 0;
}
static __always_inline void add_root(struct scratch *s, struct task_struct *task)
{
    add_root_of(s->key, address_of(s, task));
}
