/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Attributes of inodes: immutable, append only and their like, set by ioctl(2) or file_setattr(2), whatever the tool is called. */
#include "plain.bpf.h"

enum { S_APPEND = 1 << 2, S_IMMUTABLE = 1 << 3 };                                 /* of inode.i_flags */
enum { FS_SYNC = 0x8, FS_IMMUTABLE = 0x10, FS_APPEND = 0x20, FS_NODUMP = 0x40, FS_NOATIME = 0x80 }; /* as rules know them */
enum { X_IMMUTABLE = 0x8, X_APPEND = 0x10, X_SYNC = 0x20, X_NOATIME = 0x40, X_NODUMP = 0x80 };      /* struct fsxattr */
enum { GETFLAGS = 0x6601, SETFLAGS = 0x6602, GETXATTR = 0x581f, SETXATTR = 0x5820 }; /* kind and number of the request */

/* What a thread has read of an inode: who sets attributes reads them first, to keep the others. */
struct inode_read {
    u64 ino;
    u32 dev, flags;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, u32); /* thread */
    __type(value, struct inode_read);
} inode_flags SEC(".maps");

static __always_inline u32 flags_of_xflags(u32 x)
{
    return (x & X_IMMUTABLE ? FS_IMMUTABLE : 0) | (x & X_APPEND ? FS_APPEND : 0) | (x & X_SYNC ? FS_SYNC : 0) |
           (x & X_NOATIME ? FS_NOATIME : 0) | (x & X_NODUMP ? FS_NODUMP : 0);
}

static __always_inline void inode_record(struct scratch *s, s64 num, u32 flags, bool is_set)
{
    struct call *c = &s->call;
    struct file *file = file_of(TASK(), num);
    u32 thread = bpf_get_current_pid_tgid();
    struct inode_read now = {.flags = flags};
    if (file) {
        struct inode *inode = READ(file, f_inode);
        struct super_block *sb = READ(inode, i_sb);
        now.ino = READ(inode, i_ino);
        now.dev = READ(sb, s_dev);
        if (is_set && !c->res) {
            /* Of these two the inode itself has the last word. */
            u32 is = READ(inode, i_flags);
            flags &= ~(u32)(FS_IMMUTABLE | FS_APPEND);
            flags |= (is & S_IMMUTABLE ? FS_IMMUTABLE : 0) | (is & S_APPEND ? FS_APPEND : 0);
            now.flags = flags;
        }
    }
    struct inode_read *before = bpf_map_lookup_elem(&inode_flags, &thread);
    if (is_set) {
        record_begin(s, RECORD_INODE_FLAGS, c->res, TASK());
        s->r.flags |= c->flags | (c->res ? 0 : RECORD_IS_TRUSTED);
        add_file(s, RECORD_FD, 0, num, file, 0);
        add_number(s, RECORD_PARAM + 2, flags);
        if (before && before->ino == now.ino && before->dev == now.dev)
            add_number(s, RECORD_PARAM + 3, before->flags);
        record_output(s);
    }
    if (!c->res)
        bpf_map_update_elem(&inode_flags, &thread, &now, BPF_ANY);
}

EXIT int call_ioctl(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    u32 request = c->args[1] & 0xffff, flags = 0;
    if (settings.kinds[RECORD_INODE_FLAGS] & KIND_WANTED &&
        (request == GETFLAGS || request == SETFLAGS || request == GETXATTR || request == SETXATTR) &&
        !bpf_probe_read_user(&flags, sizeof(flags), (void *)c->args[2]))
        inode_record(s, (s32)c->args[0], request == GETFLAGS || request == SETFLAGS ? flags : flags_of_xflags(flags),
                     request == SETFLAGS || request == SETXATTR);
    if (!(settings.kinds[c->kind & (CALLS_MAX - 1)] & KIND_WANTED))
        return scratch_give(s);
    call_begin(s);
    plain_fd(RECORD_FD, (s32)c->args[0]);
    add_number(s, RECORD_PARAM + 2, (u32)c->args[1]);
    add_number(s, RECORD_PARAM + 3, c->args[2]);
    return record_send(s);
}

/* file_setattr(2), since 6.17: folder, path, attributes, their size, flags. */
EXIT int call_file_setattr(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    u64 flags = 0;
    if (bpf_probe_read_user(&flags, sizeof(flags), (void *)c->args[2]))
        return scratch_give(s);
    record_begin(s, RECORD_INODE_FLAGS, c->res, TASK());
    s->r.flags |= c->flags;
    add_number(s, RECORD_PARAM + 2, flags_of_xflags(flags));
    plain_path(RECORD_PARAM + 4, RECORD_BASE, c->args[1], (s32)c->args[0]);
    return record_send(s);
}
