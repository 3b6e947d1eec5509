/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* What an open descriptor is: struct record_fd and its name, from the kernel's objects. */
#include "path.bpf.h"

enum {
    S_IFMT = 0170000, S_IFSOCK = 0140000, S_IFREG = 0100000, S_IFBLK = 0060000, S_IFDIR = 0040000, S_IFCHR = 0020000, S_IFIFO = 0010000,
    FMODE_CREATED = 0x100000,
    TMPFS_MAGIC = 0x01021994, OVERLAY_MAGIC = 0x794c7630, ANON_MAGIC = 0x09041934, PIDFD_MAGIC = 0x50494446,
    AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16, AF_PACKET = 17,
    TCP_ESTABLISHED = 1, TCP_LISTEN = 10,
};

static __always_inline u16 swap16(u16 x)
{
    return x << 8 | x >> 8;
}

/* The first eight letters of the names that the kernel gives objects without a place. */
#define LETTERS(a, b, c, d, e, f, g, h)                                                                                \
    ((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 | (u64)(g) << 48 | (u64)(h) << 56)

static __always_inline u8 anon_type(u64 name)
{
    if (name == LETTERS('[', 'e', 'v', 'e', 'n', 't', 'f', 'd'))
        return RECORD_FD_EVENTFD;
    if (name == LETTERS('[', 'e', 'v', 'e', 'n', 't', 'p', 'o'))
        return RECORD_FD_EPOLL;
    if (name == LETTERS('[', 't', 'i', 'm', 'e', 'r', 'f', 'd'))
        return RECORD_FD_TIMERFD;
    if (name == LETTERS('i', 'n', 'o', 't', 'i', 'f', 'y', 0))
        return RECORD_FD_INOTIFY;
    if (name == LETTERS('[', 'f', 'a', 'n', 'o', 't', 'i', 'f'))
        return RECORD_FD_FANOTIFY;
    if (name == LETTERS('[', 's', 'i', 'g', 'n', 'a', 'l', 'f'))
        return RECORD_FD_SIGNALFD;
    if (name == LETTERS('[', 'i', 'o', '_', 'u', 'r', 'i', 'n'))
        return RECORD_FD_URING;
    if (name == LETTERS('[', 'p', 'i', 'd', 'f', 'd', ']', 0))
        return RECORD_FD_PIDFD;
    if (name == LETTERS('[', 'u', 's', 'e', 'r', 'f', 'a', 'u'))
        return RECORD_FD_USERFAULTFD;
    if ((name & 0xffffff) == LETTERS('b', 'p', 'f', 0, 0, 0, 0, 0))
        return RECORD_FD_BPF;
    return RECORD_FD_ANON;
}

/* Letters of a name, zeros behind its end. */
static __always_inline u64 first_letters(struct dentry *d)
{
    u64 letters = 0;
    bpf_probe_read_kernel_str(&letters, sizeof(letters), READ(d, d_name.name));
    u8 eighth = 0;
    if (READ(d, d_name.len) >= 8)
        PEEK(eighth, READ(d, d_name.name) + 7);
    return (letters & ~(0xffULL << 56)) | (u64)eighth << 56;
}

static __always_inline bool is_memfd(u64 letters)
{
    return (letters & 0xffffffffffffULL) == LETTERS('m', 'e', 'm', 'f', 'd', ':', 0, 0);
}

/* Which layer of an overlay the inode's content is in; 0 elsewhere. The upper dentry stands behind the inode in every version. */
static __always_inline u32 overlay_layer(struct inode *inode, struct super_block *sb)
{
    void *upper = NULL;
    if (READ(sb, s_magic) != OVERLAY_MAGIC)
        return 0;
    PEEK(upper, (void *)inode + bpf_core_type_size(struct inode));
    return upper ? RECORD_FD_UPPER : RECORD_FD_LOWER;
}

static __always_inline u8 file_type(u32 mode, struct super_block *sb, struct dentry *d)
{
    u64 magic;
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return RECORD_FD_DIRECTORY;
    case S_IFBLK:
        return RECORD_FD_BLOCK;
    case S_IFCHR:
        return RECORD_FD_CHAR;
    case S_IFIFO:
        return RECORD_FD_FIFO;
    case S_IFSOCK:
        return RECORD_FD_SOCKET;
    }
    magic = READ(sb, s_magic);
    if (magic == PIDFD_MAGIC)
        return RECORD_FD_PIDFD;
    if (magic == ANON_MAGIC)
        return anon_type(first_letters(d));
    if (magic == TMPFS_MAGIC && READ(d, d_parent) == d && is_memfd(first_letters(d)))
        return RECORD_FD_MEMFD;
    return RECORD_FD_FILE;
}

/* ---- sockets ---- */

static __always_inline void fill_inet4(struct record_fd *fd, struct sock *sk)
{
    struct inet_sock *inet = CAST(struct inet_sock, sk);
    u32 local = READ(sk, __sk_common.skc_rcv_saddr), remote = READ(sk, __sk_common.skc_daddr);
    if (!local)
        local = READ(inet, inet_saddr);
    *(u32 *)fd->laddr = local;
    *(u32 *)fd->raddr = remote;
    fd->type = RECORD_FD_IPV4;
    if (remote)
        fd->flags |= RECORD_FD_CONNECTED;
}

static __always_inline void fill_inet6(struct record_fd *fd, struct sock *sk)
{
    PEEK(fd->laddr, &sk->__sk_common.skc_v6_rcv_saddr);
    PEEK(fd->raddr, &sk->__sk_common.skc_v6_daddr);
    fd->type = RECORD_FD_IPV6;
    u64 *remote = (u64 *)fd->raddr;
    if (remote[0] | remote[1])
        fd->flags |= RECORD_FD_CONNECTED;
}

/* The path of a unix socket, of its peer where it has none itself; '@' stands for the NUL of an abstract one. Returns its length. */
static __always_inline u64 unix_name(struct sock *sk, u8 *to, u64 room)
{
    struct unix_sock *u = CAST(struct unix_sock, sk);
    struct unix_address *address = READ(u, addr);
    if (!address) {
        struct sock *peer = READ(u, peer);
        if (!peer)
            return 0;
        u = CAST(struct unix_sock, peer);
        address = READ(u, addr);
        if (!address)
            return 0;
    }
    const u8 *path = (void *)address + bpf_core_field_offset(struct unix_address, name) + 2;
    u8 first = 0;
    u64 n = READ(address, len);
    s64 got;
    PEEK(first, path);
    if (n <= 2)
        return 0;
    if (first) {
        got = bpf_probe_read_kernel_str(to, room, path);
        return got > 0 ? got - 1 : 0;
    }
    /* An abstract name has no end of its own. */
    n -= 3;
    KEEP(n);
    if (n > 107)
        n = 107;
    to[0] = '@';
    BOUND(n, 127); /* more than 107 are not there: the room is 128 */
    if (bpf_probe_read_kernel(to + 1, n, path + 1))
        return 1;
    to[1 + n] = 0;
    got = bpf_probe_read_kernel_str(to + 1, 108, to + 1);
    return got > 0 ? got : 1;
}

/* Everything of a socket but its file; the name of a unix socket goes to `name`, its length is returned. */
static __always_inline u64 fill_socket(struct record_fd *fd, struct sock *sk, u8 *name)
{
    u16 family = READ(sk, __sk_common.skc_family);
    u8 state = READ(sk, __sk_common.skc_state);
    u64 n = 0;
    fd->l4proto = READ(sk, sk_protocol);
    if (family == AF_INET || family == AF_INET6) {
        fd->lport = READ(sk, __sk_common.skc_num);
        fd->rport = swap16(READ(sk, __sk_common.skc_dport));
        if (family == AF_INET)
            fill_inet4(fd, sk);
        else
            fill_inet6(fd, sk);
    } else if (family == AF_UNIX) {
        struct unix_sock *u = CAST(struct unix_sock, sk);
        fd->type = RECORD_FD_UNIX;
        if (READ(u, peer))
            fd->flags |= RECORD_FD_CONNECTED;
        n = unix_name(sk, name, 109);
    } else {
        fd->type = family == AF_NETLINK ? RECORD_FD_NETLINK : family == AF_PACKET ? RECORD_FD_PACKET : RECORD_FD_SOCKET;
    }
    if (state == TCP_LISTEN)
        fd->flags |= RECORD_FD_SERVER;
    return n;
}

static __always_inline struct sock *sock_of(struct file *file)
{
    struct inode *inode = READ(file, f_inode);
    if ((READ(inode, i_mode) & S_IFMT) != S_IFSOCK || READ(file, f_flags) & 010000000 /* O_PATH */)
        return NULL;
    struct socket *socket = CAST(struct socket, READ(file, private_data));
    return READ(socket, sk);
}

/* ---- the block ---- */

static __always_inline void fill_inode(struct record_fd *fd, struct file *file, struct inode *inode)
{
    struct super_block *sb = READ(inode, i_sb);
    struct dentry *d = READ(file, f_path.dentry);
    fd->mode = READ(inode, i_mode);
    fd->ino = READ(inode, i_ino);
    fd->links = READ(inode, i_nlink);
    fd->dev = user_dev(READ(sb, s_dev));
    fd->oflags = READ(file, f_flags);
    fd->type = file_type(fd->mode, sb, d);
    fd->flags = RECORD_FD_TRUSTED;
    if (fd->type == RECORD_FD_FILE || fd->type == RECORD_FD_DIRECTORY)
        fd->flags |= overlay_layer(inode, sb);
    if ((fd->type == RECORD_FD_FILE || fd->type == RECORD_FD_DIRECTORY) && !READ(d, d_hash.pprev) && READ(d, d_parent) != d)
        fd->flags |= RECORD_FD_DELETED;
}

__noinline int add_file_of(u32 key, u64 tag_and_value, s32 num, u64 file_address, u32 flags)
{
    struct scratch *s = scratch_of(key);
    if (!s)
        return 0;
    u64 at = block_at(s, sizeof(struct record_fd) + RECORD_PATH_MAX), n = sizeof(struct record_fd);
    if (!at)
        return 0;
    struct record_fd *fd = (struct record_fd *)&s->bytes[at + sizeof(struct record_block)];
    __builtin_memset(fd, 0, sizeof(*fd));
    fd->num = num;
    if (file_address) {
        struct file *file = CAST(struct file, file_address);
        struct inode *inode = READ(file, f_inode);
        fill_inode(fd, file, inode);
        struct sock *sk = fd->type == RECORD_FD_SOCKET ? sock_of(file) : NULL;
        if (sk) {
            n = fill_socket(fd, sk, (u8 *)(fd + 1));
            KEEP(n);
            if (n > 109)
                n = 0;
            block_pad(s, at + sizeof(struct record_block) + sizeof(*fd) + n);
            n += sizeof(*fd);
        } else {
            if (path_walk(s, READ(file, f_path.mnt), READ(file, f_path.dentry), NULL, NULL) == WALK_CUT)
                s->r.flags |= RECORD_CUT;
            n = copy_text(s, at, sizeof(*fd), &s->resolved);
        }
        fd->flags |= flags;
    }
    u32 found = fd->flags;
    block_end(s, at, (u16)tag_and_value, tag_and_value >> 32, n);
    return found;
}

/*
 * Adds what the descriptor is as a block, with flags (enum record_fd_flags) beside those found. A NULL file is a descriptor that is not
 * open: nothing is known but its number. The path is from the top of all mounts. Returns all flags.
 */
static __always_inline u32 add_file(struct scratch *s, u32 tag, u32 value, s32 num, struct file *file, u32 flags)
{
    return add_file_of(s->key, (u64)value << 32 | tag, num, address_of(s, file), flags);
}

/* The same of a descriptor of the task. */
static __always_inline u32 add_fd(struct scratch *s, u32 tag, struct task_struct *task, s32 num)
{
    return add_file(s, tag, 0, num, file_of(task, num), 0);
}
