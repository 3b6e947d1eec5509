/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Building a record. A program takes a scratch, begins a record in it, adds blocks and sends it:
 *
 *     struct scratch *s = scratch_take(kind);     (programs behind the dispatcher: scratch_held())
 *     if (!s) return 0;
 *     record_begin(s, kind, res, task);
 *     add_number(s, RECORD_PARAM + 2, flags);
 *     return record_send(s);                      (or scratch_give(s) without a record)
 *
 * Functions that are not static are looked at by the verifier once, and not again at each place they are called from. They can be given
 * numbers only: the scratch by its key, objects of the kernel by their address (address_of()).
 *
 * What does not fit is cut and marked (RECORD_CUT), what cannot be read is marked (RECORD_UNREAD). No function here fails.
 */
#include "maps.bpf.h"

/* ---- scratch ---- */

static __always_inline struct scratch *scratch_at(u32 level)
{
    u32 key = bpf_get_smp_processor_id() * SCRATCH_LEVELS + level;
    struct scratch *s = bpf_map_lookup_elem(&scratches, &key);
    if (s)
        s->key = key;
    return s;
}

/* NULL when two records are being built on this processor already; that is counted. */
static __always_inline struct scratch *scratch_take_by(u32 kind, u64 task)
{
    struct scratch *s = scratch_at(0);
    if (s && s->task)
        s = scratch_at(1);
    if (!s || s->task) {
        count_drop(kind, RECORD_DROP_MAP);
        return NULL;
    }
    s->task = task;
    s->counters.seen++;
    return s;
}
static __always_inline struct scratch *scratch_take(u32 kind)
{
    return scratch_take_by(kind, bpf_get_current_task());
}

/* The one that the dispatcher took before it jumped here. */
static __always_inline struct scratch *scratch_held(void)
{
    struct scratch *s = scratch_at(0);
    return s && s->task == bpf_get_current_task() ? s : scratch_at(1);
}

static __always_inline struct scratch *scratch_of(u32 key)
{
    return bpf_map_lookup_elem(&scratches, &key);
}

static __always_inline int scratch_give(struct scratch *s)
{
    s->task = 0;
    return 0;
}

/* A pointer as a number to calculate with: by way of memory, because the verifier lets nobody calculate with the pointer. */
static __always_inline u64 address_of(struct scratch *s, const void *p)
{
    *(volatile u64 *)&s->address = (u64)p;
    return *(volatile u64 *)&s->address;
}

/* ---- header ---- */

static __always_inline struct pid_namespace *pidns_of(struct pid *pid, int *ret_nr)
{
    struct upid last = {};
    u64 level = READ(pid, level);
    if (level > 32) /* MAX_PID_NS_LEVEL */
        level = 0;
    bpf_probe_read_kernel(&last, sizeof(last), (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * sizeof(last));
    *ret_nr = last.nr;
    return last.ns;
}

/* The number of a process group or session in the initial namespace and in that of the task. */
static __always_inline void group_of(struct signal_struct *signal, int type, u64 level, int *ret_nr, int *ret_vnr)
{
    struct upid up = {};
    struct pid *pid = READ(signal, pids[type]);
    if (!pid)
        return;
    const void *numbers = (void *)pid + bpf_core_field_offset(struct pid, numbers);
    bpf_probe_read_kernel(&up, sizeof(up), numbers);
    *ret_nr = *ret_vnr = up.nr;
    if (!level || level > READ(pid, level) || level > 32)
        return;
    bpf_probe_read_kernel(&up, sizeof(up), numbers + level * sizeof(up));
    *ret_vnr = up.nr;
}

#define CAPABILITIES(cred, set)                                                                                        \
    ({                                                                                                                 \
        u64 _caps = 0;                                                                                                 \
        if (bpf_core_field_exists((cred)->set.val))                                                                    \
            _caps = READ(cred, set.val);                                                                               \
        else                                                                                                           \
            PEEK(_caps, &(cred)->set);                                                                                 \
        _caps;                                                                                                         \
    })

/* A device number as user space knows it: the kernel's has 20 bits of minor. */
static __always_inline u32 user_dev(u32 dev)
{
    u32 major = dev >> 20, minor = dev & 0xfffff;
    return (minor & 0xff) | major << 8 | (minor & ~0xffU) << 12;
}

static __always_inline u32 tty_of(struct signal_struct *signal)
{
    struct tty_struct *tty = READ(signal, tty);
    if (!tty)
        return 0;
    struct tty_driver *driver = READ(tty, driver);
    if (!driver)
        return 0;
    return user_dev((u32)READ(driver, major) << 20 | (u32)(READ(driver, minor_start) + READ(tty, index)));
}

static __always_inline void header_ids(struct record *r, struct task_struct *task)
{
    struct signal_struct *signal = READ(task, signal);
    struct pid *pid = READ(task, thread_pid);
    struct task_struct *leader = READ(task, group_leader), *parent = READ(task, real_parent);
    u64 level = 0;
    r->tid = r->vtid = READ(task, pid);
    r->pid = r->vpid = READ(task, tgid);
    r->ppid = READ(parent, tgid);
    r->start_ns = READ(leader, start_boottime);
    parent = READ(parent, group_leader);
    r->pstart_ns = READ(parent, start_boottime);
    if (pid) {
        struct pid_namespace *ns = CAST(struct pid_namespace, pidns_of(pid, &r->vtid));
        r->pidns = READ(ns, ns.inum);
        level = READ(pid, level);
        if (level && r->pid != r->tid) {
            struct pid *of_leader = READ(leader, thread_pid);
            pidns_of(of_leader, &r->vpid);
        } else if (level) {
            r->vpid = r->vtid;
        }
    }
    int unused;
    group_of(signal, 2 /* PIDTYPE_PGID */, level, &r->pgid, &r->vpgid);
    group_of(signal, 3 /* PIDTYPE_SID */, 0, &r->sid, &unused);
    r->tty = tty_of(signal);
}

static __always_inline void header_rights(struct record *r, struct task_struct *task)
{
    struct cred *cred = READ(task, cred);
    struct user_namespace *userns = READ(cred, user_ns);
    struct nsproxy *proxy = READ(task, nsproxy);
    r->uid = READ(cred, uid.val);
    r->euid = READ(cred, euid.val);
    r->gid = READ(cred, egid.val);
    r->cap_effective = CAPABILITIES(cred, cap_effective);
    r->cap_permitted = CAPABILITIES(cred, cap_permitted);
    r->cap_inheritable = CAPABILITIES(cred, cap_inheritable);
    r->userns = READ(userns, ns.inum);
    if (proxy) {
        struct mnt_namespace *mntns = READ(proxy, mnt_ns);
        r->mntns = READ(mntns, ns.inum);
    }
    r->loginuid = bpf_core_field_exists(task->loginuid) ? READ(task, loginuid.val) : (u32)-1;
}

static __always_inline void header_cgroup(struct record *r, struct task_struct *task)
{
    struct css_set *set = READ(task, cgroups);
    struct cgroup *cgroup = READ(set, dfl_cgrp);
    if (!cgroup)
        return;
    struct kernfs_node *kn = READ(cgroup, kn);
    r->cgroup = READ(kn, id);
}

__noinline int record_begin_of(u32 key, u32 kind, s64 res, u64 task_address)
{
    struct scratch *s = scratch_of(key);
    struct task_struct *task = CAST(struct task_struct, task_address);
    if (!s)
        return 0;
    struct record *r = &s->r;
    __builtin_memset(r, 0, sizeof(*r));
    r->size = sizeof(*r);
    r->kind = kind;
    r->time_ns = bpf_ktime_get_boot_ns();
    r->res = res;
    r->cpu = bpf_get_smp_processor_id();
    header_ids(r, task);
    header_rights(r, task);
    header_cgroup(r, task);
    bpf_probe_read_kernel_str(r->comm, sizeof(r->comm), task->comm);
    return 0;
}

/* Begins a record of what `task` does. */
static __always_inline void record_begin(struct scratch *s, u32 kind, s64 res, struct task_struct *task)
{
    record_begin_of(s->key, kind, res, address_of(s, task));
}

/* ---- blocks ---- */

/*
 * Room for a block of at most `most` bytes (a constant up to PIECE_MAX): its offset in bytes[], or 0 and RECORD_CUT. The block counts
 * once block_end() was called.
 */
static __always_inline u64 block_at(struct scratch *s, u64 most)
{
    u64 at = s->r.size;
    KEEP(at);
    if (at > RECORD_BYTES_MAX - RECORD_ALIGN - sizeof(struct record_block) - most) {
        s->r.flags |= RECORD_CUT;
        return 0;
    }
    return at;
}

static __always_inline void block_end(struct scratch *s, u64 at, u32 tag, u32 value, u64 size)
{
    BOUND(at, 0xffff); /* RECORD_BYTES_MAX is less */
    struct record_block *b = (struct record_block *)&s->bytes[at];
    b->tag = tag;
    b->size = size;
    b->value = value;
    s->r.size = at + sizeof(*b) + ((size + RECORD_ALIGN - 1) & ~(u64)(RECORD_ALIGN - 1));
}

/* Zeros behind the bytes of a block that ends at `end` in bytes[]. */
static __always_inline void block_pad(struct scratch *s, u64 end)
{
    KEEP(end);
    if (end < RECORD_BYTES_MAX)
        __builtin_memset(&s->bytes[end], 0, RECORD_ALIGN);
}

static __always_inline void add_number(struct scratch *s, u32 tag, u64 number)
{
    u64 at = block_at(s, 8);
    if (!at)
        return;
    if (number <= 0xffffffffULL) {
        block_end(s, at, tag, number, 0);
    } else {
        *(u64 *)&s->bytes[at + sizeof(struct record_block)] = number;
        block_end(s, at, tag, 0, 8);
    }
}

/* Bytes of the kernel: n of them, at most `most`, a constant. */
static __always_inline void add_bytes(struct scratch *s, u32 tag, u32 value, const void *p, u64 n, u64 most)
{
    u64 at = block_at(s, most);
    if (!at)
        return;
    KEEP(n);
    if (n > most) {
        n = most;
        s->r.flags |= RECORD_CUT;
    }
    if (bpf_probe_read_kernel(&s->bytes[at + sizeof(struct record_block)], n, p)) {
        s->r.flags |= RECORD_UNREAD;
        return;
    }
    block_pad(s, at + sizeof(struct record_block) + n);
    block_end(s, at, tag, value, n);
}

/* The same from the memory of the program; without a block when it cannot be read. */
static __always_inline void add_user_bytes(struct scratch *s, u32 tag, const void *p, u64 n, u64 most)
{
    u64 at = block_at(s, most);
    if (!at)
        return;
    KEEP(n);
    if (n > most) {
        n = most;
        s->r.flags |= RECORD_CUT;
    }
    if (bpf_probe_read_user(&s->bytes[at + sizeof(struct record_block)], n, p)) {
        s->r.flags |= RECORD_UNREAD;
        return;
    }
    block_pad(s, at + sizeof(struct record_block) + n);
    block_end(s, at, tag, 0, n);
}

/* A text that ends in NUL; `most` is a constant up to RECORD_PATH_MAX. */
static __always_inline void add_user_text(struct scratch *s, u32 tag, const void *p, u64 most)
{
    u64 at = block_at(s, most);
    if (!at)
        return;
    s64 n = bpf_probe_read_user_str(&s->bytes[at + sizeof(struct record_block)], most, p);
    if (n <= 0) {
        s->r.flags |= RECORD_UNREAD;
        return;
    }
    u64 length = n - 1;
    if (length == most - 1)
        s->r.flags |= RECORD_CUT;
    block_pad(s, at + sizeof(struct record_block) + length);
    block_end(s, at, tag, 0, length);
}

static __always_inline void add_kernel_text(struct scratch *s, u32 tag, const void *p, u64 most)
{
    u64 at = block_at(s, most);
    if (!at)
        return;
    s64 n = bpf_probe_read_kernel_str(&s->bytes[at + sizeof(struct record_block)], most, p);
    if (n <= 0) {
        s->r.flags |= RECORD_UNREAD;
        return;
    }
    u64 length = n - 1;
    if (length == most - 1)
        s->r.flags |= RECORD_CUT;
    block_pad(s, at + sizeof(struct record_block) + length);
    block_end(s, at, tag, 0, length);
}

/* ---- sending ---- */

/*
 * The reader polls while there is something to do and sleeps when there was nothing for a while; only then, and when much is waiting,
 * is it woken: a wake-up costs as much as a record.
 */
static __always_inline u64 wake_up(void)
{
    if (settings.waiting) {
        settings.waiting = 0;
        return BPF_RB_FORCE_WAKEUP;
    }
    return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= settings.wake_bytes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* Sends and keeps the scratch: for a call that makes several records. */
static __always_inline void record_output(struct scratch *s)
{
    u64 size = s->r.size;
    u32 kind = s->r.kind;
    KEEP(size);
    if (settings.cgroup && s->r.cgroup != settings.cgroup)
        return; /* told by what is not about a call: births, signals, states of connections */
    if (size > RECORD_BYTES_MAX) {
        count_drop(kind, RECORD_DROP_LONG);
    } else if (bpf_ringbuf_output(&ring, &s->r, size, wake_up())) {
        count_drop(kind, RECORD_DROP_FULL);
    } else {
        s->counters.sent++;
    }
}

static __always_inline int record_send(struct scratch *s)
{
    record_output(s);
    return scratch_give(s);
}
