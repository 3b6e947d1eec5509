/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* The process that a call is meant for: found by its number, a pidfd or a pointer. */
#include "fd.bpf.h"
#include "kernel_more.h"

enum { XA_STEPS = 6 }; /* 64 slots each: 36 bits */

/*
 * What a pid namespace keeps under a number. Numbers hang in a radix tree (XArray): a pointer whose low bits are 2 leads to a node of it,
 * any other to what we look for.
 */
static __always_inline struct pid *pid_of_number(struct pid_namespace *ns, s32 number)
{
    struct pid_namespace___numbers *numbers = CAST(struct pid_namespace___numbers, ns);
    u64 at = (u64)READ(numbers, idr.idr_rt.xa_head), index = (u32)number - READ(numbers, idr.idr_base);
    bool at_leaf = false;
    if (number <= 0)
        return NULL;
    for (int i = 0; i < XA_STEPS && (at & 3) == 2 && at > 4096 && !at_leaf; i++) {
        struct xa_node *node = CAST(struct xa_node, at - 2);
        u64 shift = READ(node, shift), slot = index >> (shift & 63);
        if (i == 0 && slot > 63)
            return NULL;
        at_leaf = !shift;
        PEEK(at, (void *)node + bpf_core_field_offset(struct xa_node, slots) + (slot & 63) * sizeof(void *));
    }
    return at_leaf && at > 4096 && !(at & 3) ? CAST(struct pid, at) : NULL;
}

/* The task that has a number: the thread, or the leader of the process. */
static __always_inline struct task_struct *task_of_pid(struct pid *pid)
{
    struct pid___tasks *tasks = CAST(struct pid___tasks, pid);
    u64 link = (u64)READ(tasks, tasks[0].first);
    return link ? CAST(struct task_struct, link - bpf_core_field_offset(struct task_struct___links, pid_links[0])) : NULL;
}

/* By a number that `task` uses, in its own namespace. */
static __always_inline struct task_struct *task_of_number(struct task_struct *task, s32 number)
{
    int unused;
    struct pid *own = READ(task, thread_pid);
    if (!own)
        return NULL;
    struct pid *pid = pid_of_number(CAST(struct pid_namespace, pidns_of(own, &unused)), number);
    return pid ? task_of_pid(pid) : NULL;
}

/* By a pidfd: the file holds the number's structure, since 6.9 its inode does. */
static __always_inline struct task_struct *task_of_pidfd(struct task_struct *task, s32 num)
{
    struct file *file = file_of(task, num);
    if (!file)
        return NULL;
    struct inode *inode = READ(file, f_inode);
    struct super_block *sb = READ(inode, i_sb);
    u64 magic = READ(sb, s_magic), pid = 0;
    if (magic == PIDFD_MAGIC) {
        struct inode___pidfs *of = CAST(struct inode___pidfs, inode);
        pid = (u64)READ(of, i_private);
    } else if (magic == ANON_MAGIC && anon_type(first_letters(READ(file, f_path.dentry))) == RECORD_FD_PIDFD) {
        pid = (u64)READ(file, private_data);
    }
    return pid ? task_of_pid(CAST(struct pid, pid)) : NULL;
}

static __always_inline void fill_target(struct record_target *t, struct task_struct *task, u32 signal)
{
    struct cred *cred = (struct cred *)READ(task, cred);
    struct task_struct *leader = READ(task, group_leader);
    t->pid = READ(task, tgid);
    t->tid = READ(task, pid);
    t->start_ns = READ(leader, start_boottime);
    t->uid = READ(cred, uid.val);
    t->signal = signal;
    bpf_probe_read_kernel_str(t->comm, sizeof(t->comm), task->comm);
}

static __always_inline void add_target(struct scratch *s, struct task_struct *task, u32 signal)
{
    u64 at = block_at(s, sizeof(struct record_target));
    if (!at || !task)
        return;
    struct record_target *t = (struct record_target *)&s->bytes[at + sizeof(struct record_block)];
    __builtin_memset(t, 0, sizeof(*t));
    fill_target(t, task, signal);
    block_end(s, at, RECORD_TARGET, 0, sizeof(*t));
}
