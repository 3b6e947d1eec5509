/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What the programs know of the kernel's structures: only the fields they read. Every access is relocated by name to the running
 * kernel (CO-RE), so order and neighbours do not matter. A structure whose field had another name or form in some kernel
 * has a flavour (NAME___form) with the old one; which is there is asked with bpf_core_field_exists().
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
#ifndef __bool_true_false_are_defined
typedef _Bool bool;
#define true 1
#define false 0
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
    unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, sp;
};

struct list_head {
    struct list_head *next, *prev;
};
struct hlist_bl_node {
    struct hlist_bl_node *next, **pprev;
};
struct rb_node {
    struct rb_node *rb_right;
};
struct rb_root {
    struct rb_node *rb_node;
};
typedef struct {
    int counter;
} atomic_t;
typedef struct {
    s64 counter;
} atomic64_t;
typedef struct {
    u32 val;
} kuid_t;
typedef struct {
    u32 val;
} kgid_t;

/* ---- files ---- */

struct qstr {
    union {
        struct {
            u32 hash, len;
        };
        u64 hash_len;
    };
    const unsigned char *name;
};

struct timespec64 {
    s64 tv_sec;
    long tv_nsec;
};

struct file_system_type {
    const char *name;
};

struct super_block {
    u32 s_dev;
    unsigned long s_flags, s_magic;
    struct file_system_type *s_type;
    struct dentry *s_root;
};

struct inode {
    u16 i_mode;
    kuid_t i_uid;
    kgid_t i_gid;
    u32 i_flags;
    struct super_block *i_sb;
    unsigned long i_ino;
    u32 i_nlink;
    u32 i_rdev;
    s64 i_mtime_sec, i_ctime_sec; /* since 6.11 */
    u32 i_mtime_nsec, i_ctime_nsec;
};
struct inode___plain { /* to 6.5 and 6.6 */
    struct timespec64 i_mtime, i_ctime;
};
struct inode___under { /* from 6.6 and 6.7 to 6.10 */
    struct timespec64 __i_mtime, __i_ctime;
};

struct dentry {
    u32 d_flags;
    struct hlist_bl_node d_hash;
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
    struct super_block *d_sb;
};

struct vfsmount {
    struct dentry *mnt_root;
    struct super_block *mnt_sb;
    int mnt_flags;
};

struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    struct mnt_namespace *mnt_ns;
};
struct mount___list { /* to 6.7 */
    struct list_head mnt_list;
};
struct mount___tree {
    struct rb_node mnt_node;
};

struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct file {
    u32 f_mode, f_flags;
    struct inode *f_inode;
    struct path f_path;
    void *private_data;
};

struct fdtable {
    u32 max_fds;
    struct file **fd;
};
struct files_struct {
    struct fdtable *fdt;
};
struct fs_struct {
    struct path root, pwd;
};

/* ---- who ---- */

typedef struct {
    u64 val;
} kernel_cap_t; /* 8 bytes in every kernel */

struct ns_common {
    u32 inum;
};
struct user_namespace {
    struct ns_common ns;
};
struct mnt_namespace {
    struct ns_common ns;
};
struct mnt_namespace___list { /* to 6.7: in the order in which they came */
    struct list_head list;
};
struct mnt_namespace___tree { /* from 6.8: by their number, which only grows */
    struct rb_root mounts;
};
struct mnt_namespace___last { /* from 6.14 */
    struct rb_node *mnt_last_node;
};
struct pid_namespace {
    struct task_struct *child_reaper;
    u32 level;
    struct ns_common ns;
};
struct nsproxy {
    struct mnt_namespace *mnt_ns;
};

struct cred {
    kuid_t uid, suid, euid, fsuid;
    kgid_t gid, sgid, egid, fsgid;
    kernel_cap_t cap_inheritable, cap_permitted, cap_effective;
    struct user_namespace *user_ns;
};

struct upid {
    int nr;
    struct pid_namespace *ns;
};
struct pid {
    u32 level;
    struct upid numbers[1];
};

struct tty_driver {
    int major, minor_start;
};
struct tty_struct {
    struct tty_driver *driver;
    int index;
};

struct rlimit {
    unsigned long rlim_cur, rlim_max;
};
struct signal_struct {
    atomic_t live;
    int group_exit_code;
    u32 flags;
    struct pid *pids[4];
    struct tty_struct *tty;
    unsigned long min_flt, maj_flt;
    struct rlimit rlim[16];
};

struct percpu_counter {
    s64 count;
};
struct mm_struct {
    unsigned long total_vm, arg_start, arg_end, env_start, env_end;
    struct percpu_counter rss_stat[4]; /* since 6.2 */
    struct file *exe_file;
};
struct mm_rss_stat___old {
    atomic64_t count[4];
};
struct mm_struct___old {
    struct mm_rss_stat___old rss_stat;
};

struct kernfs_node {
    struct kernfs_node *__parent; /* since 6.15 */
    const char *name;
    u64 id;
};
struct kernfs_node___old {
    struct kernfs_node *parent;
};
struct cgroup {
    struct kernfs_node *kn;
};
struct cgroup_subsys_state {
    struct cgroup *cgroup;
};
struct css_set {
    struct cgroup_subsys_state *subsys[1];
    struct cgroup *dfl_cgrp;
};

struct thread_info {
    u32 status;
};

struct task_struct {
    struct thread_info thread_info;
    void *stack;
    u32 flags;
    struct mm_struct *mm;
    int exit_code;
    int pid, tgid;
    struct task_struct *real_parent, *group_leader;
    struct pid *thread_pid;
    u64 start_boottime;
    unsigned long min_flt, maj_flt;
    struct cred *cred;
    char comm[16];
    struct fs_struct *fs;
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    kuid_t loginuid;
    struct css_set *cgroups;
};

struct linux_binprm {
    struct file *file;
    const char *filename, *interp, *fdpath;
};

/* ---- sockets ---- */

struct in6_addr {
    u8 bytes[16];
};
struct sock_common {
    u32 skc_daddr, skc_rcv_saddr;
    u16 skc_dport, skc_num;
    u16 skc_family;
    unsigned char skc_state;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock {
    struct sock_common __sk_common;
    u16 sk_protocol, sk_type;
    u32 sk_ack_backlog, sk_max_ack_backlog;
};
struct socket {
    short type;
    struct file *file;
    struct sock *sk;
};
struct inet_sock {
    struct sock sk;
    u32 inet_saddr;
    u16 inet_sport;
};
struct sockaddr_un {
    u16 sun_family;
    char sun_path[108];
};
struct unix_address {
    int len;
    struct sockaddr_un name[1];
};
struct unix_sock {
    struct sock sk;
    struct unix_address *addr;
    struct sock *peer;
};

#pragma clang attribute pop

/*
 * Two objects are built from these sources. In the one for kernels since 6.2 (DAVY_DIRECT) pointers are typed and
 * fields are loaded by plain instructions; in the other each is read by a helper, which every kernel since 5.5 can.
 *
 *     READ(p, field)    the field; 0 where p leads nowhere
 *     CAST(type, p)     a pointer that came from elsewhere, ready for READ
 *     EXIT, TRACE(x)    section of a program on sys_exit and on tracepoint x; both have u64 *ctx with the arguments
 */
#ifdef DAVY_DIRECT
extern void *bpf_rdonly_cast(const void *p, u32 btf_id) __ksym;
#define READ(p, field) ((p)->field)
#define CAST(type, p) ((type *)bpf_rdonly_cast((const void *)(p), bpf_core_type_id_kernel(type)))
#define TRACE(name) SEC("tp_btf/" name)
#define TASK() CAST(struct task_struct, bpf_get_current_task())
#else
#define READ(p, field)                                                                                                 \
    ({                                                                                                                 \
        typeof((p)->field) _read;                                                                                     \
        bpf_core_read(&_read, sizeof(_read), &(p)->field);                                                             \
        _read;                                                                                                         \
    })
#define CAST(type, p) ((type *)(p))
#define TRACE(name) SEC("raw_tp/" name)
#define TASK() ((struct task_struct *)bpf_get_current_task())
#endif
#define EXIT TRACE("sys_exit")

/* Eight bytes of the kernel's memory as a number; 0 where nothing is. */
#ifdef DAVY_DIRECT
#define LOAD64(address) ((u64)CAST(struct timespec64, address)->tv_sec)
#else
#define LOAD64(address)                                                                                                \
    ({                                                                                                                 \
        u64 _eight = 0;                                                                                                \
        bpf_probe_read_kernel(&_eight, sizeof(_eight), (const void *)(address));                                       \
        _eight;                                                                                                        \
    })
#endif

/* Bytes at an address that may be wrong; zeros then. */
#define PEEK(dst, address) bpf_probe_read_kernel(&(dst), sizeof(dst), (const void *)(address))

/* Keeps the compiler from forgetting what was just checked of a number, which the verifier needs to see. */
#define KEEP(x) asm volatile("" : "+r"(x))

/* Cuts a number to so many low bits at the place where a helper takes it: kernels before 6.2 forget bounds of what lay on the stack. */
#define BOUND(x, mask) asm volatile("%0 &= " #mask : "+r"(x))
