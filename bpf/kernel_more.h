/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* More of the kernel's structures (kernel.h says how): sockets in use, signals, io_uring, numbers of processes. */
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* ---- processes by number ---- */

struct xarray {
    void *xa_head;
};
struct idr {
    struct xarray idr_rt;
    u32 idr_base;
};
struct xa_node {
    u8 shift;
    void *slots[1]; /* 64, or 16 in kernels built to be small */
};
struct hlist_node {
    struct hlist_node *next;
};
struct hlist_head {
    struct hlist_node *first;
};
struct pid_namespace___numbers {
    struct idr idr;
};
struct pid___tasks {
    struct hlist_head tasks[4];
};
struct task_struct___links {
    struct hlist_node pid_links[4];
};
struct inode___pidfs {
    void *i_private;
};
struct kernel_siginfo {
    int si_signo, si_errno, si_code;
};

/* ---- sockets ---- */

struct sock_common___key {
    u32 skc_hash;
    atomic64_t skc_cookie;
    int skc_bound_dev_if;
};
struct net {
    struct ns_common ns;
};
typedef struct {
    struct net *net;
} possible_net_t;
struct sock_common___net {
    possible_net_t skc_net;
};
struct tcp_sock {
    u64 bytes_acked, bytes_received;
};

/* ---- io_uring ---- */

struct filename {
    const char *name;
};
struct delayed_filename {
    struct filename *__incomplete_filename;
};
struct io_cqe {
    u64 user_data;
    int fd; /* until the request is done */
};
struct io_kiocb {
    struct file *file;
    u8 opcode;
    struct io_cqe cqe; /* since 5.19 */
    struct io_ring_ctx *ctx;
    void *async_data;
};
struct io_kiocb___old {
    u64 user_data;
};
struct open_how {
    u64 flags, mode, resolve;
};
/* Names: since 7.0 they are kept in a structure of their own, which holds the same pointer. */
struct io_open {
    int dfd;
    u32 file_slot;
    struct filename *filename;
    struct open_how how;
};
struct io_open___late {
    struct delayed_filename filename;
};
struct io_unlink {
    int dfd, flags;
    struct filename *filename;
};
struct io_unlink___late {
    struct delayed_filename filename;
};
struct io_mkdir {
    int dfd;
    u16 mode;
    struct filename *filename;
};
struct io_mkdir___late {
    struct delayed_filename filename;
};
struct io_rename {
    int old_dfd, new_dfd, flags;
    struct filename *oldpath, *newpath;
};
struct io_rename___late {
    struct delayed_filename oldpath, newpath;
};
struct io_link { /* hard and symbolic links; before 6.0 one structure for each */
    int old_dfd, new_dfd, flags;
    struct filename *oldpath, *newpath;
};
struct io_link___late {
    struct delayed_filename oldpath, newpath;
};
struct io_hardlink {
    int old_dfd, new_dfd, flags;
    struct filename *oldpath, *newpath;
};
struct io_symlink {
    int new_dfd;
    struct filename *oldpath, *newpath;
};
struct xattr_name {
    char name[1];
};
struct xattr_ctx {
    unsigned long size;
    struct xattr_name *kname;
};
struct kernel_xattr_ctx { /* its name since 6.13 */
    unsigned long size;
    struct xattr_name *kname;
};
struct io_xattr {
    struct kernel_xattr_ctx ctx;
    struct filename *filename;
};
struct io_xattr___before {
    struct xattr_ctx ctx;
};
struct io_xattr___late {
    struct delayed_filename filename;
};
struct io_ftrunc {
    s64 len;
};
struct io_listen {
    int backlog;
};
struct msghdr {
    void *msg_name;
    int msg_namelen;
};
struct io_async_msghdr { /* the message as the kernel copied it; always there since 6.10 */
    struct msghdr msg;
};
struct io_connect {
    void *addr;
    int addr_len;
};
struct io_accept {
    int flags;
    u32 file_slot;
};
struct io_socket {
    int domain, type, protocol;
};
struct io_sr_msg {
    void *buf;
    int len; /* 8 bytes before 6.0, of which these are the lower */
};

#pragma clang attribute pop
