/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Where something was mounted, for kernels in which no hook tells it (stash.bpf.h): the new mount is found once the call is done. Of a mount
 * with all that lies on it (MS_REC) the last one is told, and where two threads mount at once in one namespace each may be told the other's place.
 * Kernels that need the object without casts (kernel.h) are told nothing: their verifiers do not take it, and nearly all of them run hooks.
 */
#include "stash.bpf.h"

#ifdef DAVY_DIRECT

enum {
    NR_MOUNT = 165, NR_MOVE_MOUNT = 429,
    MOUNT_MAGIC = 0xc0ed, MOUNT_REMOUNT = 1 << 5, MOUNT_BIND = 1 << 12, MOUNT_MOVE = 1 << 13,
    MOUNT_PROPAGATION = 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20, /* unbindable, private, slave, shared */
    MOVE_FROM_EMPTY = 4, /* MOVE_MOUNT_F_EMPTY_PATH */
    MOUNT_TREE_DEPTH = 40, /* of a balanced tree of more mounts than a namespace may hold */
};

static __always_inline struct mount *mount_of_node(struct rb_node *node)
{
    return node ? CAST(struct mount, (void *)node - bpf_core_field_offset(struct mount___tree, mnt_node)) : NULL;
}

/* The mount that came last into the namespace. */
static __always_inline struct mount *newest_mount(struct mnt_namespace *ns)
{
    struct mnt_namespace___last *last = CAST(struct mnt_namespace___last, ns);
    struct mnt_namespace___tree *tree = CAST(struct mnt_namespace___tree, ns);
    struct mnt_namespace___list *list = CAST(struct mnt_namespace___list, ns);
    if (bpf_core_field_exists(last->mnt_last_node))
        return mount_of_node(READ(last, mnt_last_node));
    if (bpf_core_field_exists(tree->mounts)) {
        struct rb_node *node = READ(tree, mounts.rb_node);
        for (int i = 0; i < MOUNT_TREE_DEPTH && node; i++) {
            struct rb_node *right = READ(node, rb_right);
            if (!right)
                break;
            node = right;
        }
        return mount_of_node(node);
    }
    if (bpf_core_field_exists(list->list))
        return CAST(struct mount, (void *)READ(list, list.prev) - bpf_core_field_offset(struct mount___list, mnt_list));
    return NULL;
}

/* Does mount(2) with these flags put something over a folder, anew? As the kernel reads them. */
static __always_inline bool makes_mount(u64 flags)
{
    if (flags >> 16 == MOUNT_MAGIC)
        flags &= 0xffff;
    return !(flags & MOUNT_REMOUNT) && (flags & MOUNT_BIND || !(flags & (MOUNT_PROPAGATION | MOUNT_MOVE)));
}

/* The place of what mount(2) or move_mount(2) put somewhere, as the kernel resolved it: the path that the call was given for it. */
__noinline int add_mounted(u32 kind)
{
    struct scratch *s = scratch_held();
    if (!s || s->call.res < 0)
        return 0;
    struct call *c = &s->call;
    struct mount *m = NULL;
    u32 tag = RECORD_RESOLVED;
    if (kind == NR_MOUNT && !(settings.hooks & 1U << HOOK_MOUNT) && makes_mount((u32)c->args[3])) {
        struct nsproxy *proxy = READ(TASK(), nsproxy);
        m = newest_mount(READ(proxy, mnt_ns));
    } else if (kind == NR_MOVE_MOUNT && !(settings.hooks & 1U << HOOK_MOVE_MOUNT) && c->args[4] & MOVE_FROM_EMPTY) {
        u8 first = 1;
        struct file *file = file_of(TASK(), (s32)c->args[0]);
        if (!file || bpf_probe_read_user(&first, 1, (const void *)c->args[1]) || first)
            return 0;
        m = mount_of(READ(file, f_path.mnt));
        tag = RECORD_RESOLVED_OTHER;
    }
    if (!m)
        return 0;
    struct mount *parent = READ(m, mnt_parent);
    if (path_walk(s, vfsmount_of(parent), READ(m, mnt_mountpoint), NULL, NULL) == WALK_ROOT)
        add_text(s, tag, 0, &s->resolved);
    return 0;
}
#else
static __always_inline int add_mounted(u32 kind)
{
    return 0;
}
#endif
