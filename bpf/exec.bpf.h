/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* What a process is: told when it becomes it (exec), and of those that were there before (snapshot). */
#include "dispatch.bpf.h"
#include "fd.bpf.h"

enum {
    NR_EXECVE = 59, NR_EXECVEAT = 322,
    S_ISUID = 04000, S_ISGID = 02000, S_IXGRP = 0010, SB_RDONLY = 1, MNT_READONLY = 0x40,
    CAP_DAC_OVERRIDE = 1, CAP_FOWNER = 3,
    RLIMIT_NOFILE = 7,
    EXEC_WORDS_MAX = 64, WORD_MAX = 4096, /* of the command line of an exec that failed: words, bytes of one */
    NSEC_BITS = 0x3fffffff, /* above them the kernel keeps marks of its own */
};

/* ---- the program file ---- */

#define TIME_NS(inode, which)                                                                                          \
    ({                                                                                                                 \
        u64 _ns;                                                                                                       \
        struct inode___plain *_plain = (void *)(inode);                                                                \
        struct inode___under *_under = (void *)(inode);                                                                \
        if (bpf_core_field_exists((inode)->i_##which##_sec))                                                           \
            _ns = (u64)READ(inode, i_##which##_sec) * 1000000000ULL + (READ(inode, i_##which##_nsec) & NSEC_BITS);     \
        else if (bpf_core_field_exists(_under->__i_##which))                                                           \
            _ns = (u64)READ(_under, __i_##which.tv_sec) * 1000000000ULL + READ(_under, __i_##which.tv_nsec);           \
        else                                                                                                           \
            _ns = (u64)READ(_plain, i_##which.tv_sec) * 1000000000ULL + READ(_plain, i_##which.tv_nsec);               \
        _ns;                                                                                                           \
    })

/* May the user of the task write to the file, or give himself the right to? */
static __always_inline bool is_writable(struct task_struct *task, struct file *file, struct inode *inode, u32 mode)
{
    struct cred *cred = READ(task, cred);
    struct super_block *sb = READ(inode, i_sb);
    struct vfsmount *vfs = READ(file, f_path.mnt);
    u64 caps = CAPABILITIES(cred, cap_effective);
    if (READ(sb, s_flags) & SB_RDONLY || READ(vfs, mnt_flags) & MNT_READONLY)
        return false;
    if (mode & 0002 || caps & (1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER))
        return true;
    return READ(cred, fsuid.val) == READ(inode, i_uid.val) || (mode & 0020 && READ(cred, fsgid.val) == READ(inode, i_gid.val));
}

static __always_inline void fill_exe(struct record_exe *exe, struct task_struct *task, struct file *file)
{
    struct inode *inode = READ(file, f_inode);
    struct dentry *d = READ(file, f_path.dentry);
    struct super_block *sb = READ(inode, i_sb);
    u32 layer = overlay_layer(inode, sb);
    exe->ino = READ(inode, i_ino);
    exe->ctime_ns = TIME_NS(inode, ctime);
    exe->mtime_ns = TIME_NS(inode, mtime);
    exe->dev = user_dev(READ(sb, s_dev));
    exe->mode = READ(inode, i_mode);
    exe->uid = READ(inode, i_uid.val);
    if (is_writable(task, file, inode, exe->mode))
        exe->flags |= RECORD_EXE_WRITABLE;
    if (layer & RECORD_FD_UPPER)
        exe->flags |= RECORD_EXE_UPPER;
    if (layer & RECORD_FD_LOWER)
        exe->flags |= RECORD_EXE_LOWER;
    if (file_type(exe->mode, sb, d) == RECORD_FD_MEMFD)
        exe->flags |= RECORD_EXE_MEMFD;
    else if (!READ(d, d_hash.pprev) && READ(d, d_parent) != d)
        exe->flags |= RECORD_EXE_DELETED;
    if (exe->mode & S_ISUID || (exe->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
        exe->flags |= RECORD_EXE_SETID;
}

static __always_inline u64 pages_of(struct mm_struct *mm, int which)
{
    s64 n = 0;
    struct mm_struct___old *old = (void *)mm;
    if (bpf_core_field_exists(old->rss_stat.count))
        bpf_core_read(&n, sizeof(n), &old->rss_stat.count[which].counter);
    else
        PEEK(n, (void *)mm + bpf_core_field_offset(struct mm_struct, rss_stat) + which * bpf_core_type_size(struct percpu_counter) +
                    bpf_core_field_offset(struct percpu_counter, count));
    return n > 0 ? n : 0;
}

static __always_inline void fill_use(struct record_exe *exe, struct task_struct *task, struct mm_struct *mm)
{
    struct signal_struct *signal = READ(task, signal);
    int unused;
    exe->fdlimit = READ(signal, rlim[RLIMIT_NOFILE].rlim_cur);
    exe->pgft_maj = READ(task, maj_flt);
    exe->pgft_min = READ(task, min_flt);
    struct pid *pid = READ(task, thread_pid);
    if (pid) {
        struct pid_namespace *ns = CAST(struct pid_namespace, pidns_of(pid, &unused));
        struct task_struct *first = READ(ns, child_reaper);
        if (first)
            exe->pidns_start_ns = READ(first, start_boottime);
    }
    if (!mm)
        return;
    exe->vm_size = READ(mm, total_vm) * 4;
    exe->vm_rss = (pages_of(mm, 0) + pages_of(mm, 1) + pages_of(mm, 3)) * 4; /* of files, anonymous, shared */
    exe->vm_swap = pages_of(mm, 2) * 4;
}

__noinline int add_exe_of(u32 key, u64 task_address)
{
    struct scratch *s = scratch_of(key);
    struct task_struct *task = CAST(struct task_struct, task_address);
    if (!s)
        return 0;
    u64 at = block_at(s, sizeof(struct record_exe) + RECORD_PATH_MAX), n = sizeof(struct record_exe);
    if (!at)
        return 0;
    struct record_exe *exe = (struct record_exe *)&s->bytes[at + sizeof(struct record_block)];
    struct mm_struct *mm = READ(task, mm);
    __builtin_memset(exe, 0, sizeof(*exe));
    fill_use(exe, task, mm);
    struct file *file = mm ? READ(mm, exe_file) : NULL;
    if (file) {
        fill_exe(exe, task, file);
        if (path_walk(s, READ(file, f_path.mnt), READ(file, f_path.dentry), NULL, NULL) == WALK_CUT)
            s->r.flags |= RECORD_CUT;
        n = copy_text(s, at, sizeof(*exe), &s->resolved);
    }
    block_end(s, at, RECORD_EXE, 0, n);
    return 0;
}

/* ---- its control group ---- */

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
    struct kernfs_node___old *old = (void *)kn;
    struct kernfs_node *parent = NULL;
    if (bpf_core_field_exists(old->parent))
        bpf_core_read(&parent, sizeof(parent), &old->parent);
    else
        bpf_core_read(&parent, sizeof(parent), &kn->__parent);
    return parent ? CAST(struct kernfs_node, parent) : NULL;
}

/* The path of the group becomes s->resolved; its length. */
__noinline int cgroup_walk(u32 key, u64 cgroup_address)
{
    struct scratch *s = scratch_of(key);
    struct cgroup *cgroup = CAST(struct cgroup, cgroup_address);
    if (!s || !cgroup_address)
        return 0;
    struct text *t = &s->resolved;
    struct kernfs_node *kn = READ(cgroup, kn);
    text_clear(t);
    for (int i = 0; i < 32 && kn; i++) {
        struct kernfs_node *parent = kernfs_parent(kn);
        u64 at = t->at;
        if (!parent)
            break;
        /* Names end in NUL and have no length here: read to a place where they are moved from. */
        s64 n = bpf_probe_read_kernel_str(s->written.bytes, NAME_ROOM, READ(kn, name));
        KEEP(n);
        KEEP(at);
        if (n <= 1 || n > NAME_ROOM || at > WALK_MAX || at < NAME_ROOM + 1)
            break;
        at -= n;
        KEEP(at);
        if (at >= WALK_MAX)
            break;
        t->bytes[at] = '/';
        bpf_probe_read_kernel(&t->bytes[at + 1], n - 1, s->written.bytes);
        t->at = at;
        kn = parent;
    }
    if (t->at == WALK_MAX) {
        t->bytes[WALK_MAX - 1] = '/';
        t->at = WALK_MAX - 1;
    }
    t->n = WALK_MAX - t->at;
    return t->n;
}

/* The unified hierarchy's, or the first other one that is not "/": some machines use only the old hierarchies. */
__noinline int add_cgroup_of(u32 key, u64 task_address)
{
    struct scratch *s = scratch_of(key);
    struct task_struct *task = CAST(struct task_struct, task_address);
    struct css_set *set = READ(task, cgroups);
    if (!s || !set)
        return 0;
    int n = cgroup_walk(key, address_of(s, READ(set, dfl_cgrp)));
    u64 groups = address_of(s, set) + bpf_core_field_offset(struct css_set, subsys);
    for (u64 i = 0; i < 16 && n <= 1; i++) {
        u64 css = 0;
        if (i * 8 >= bpf_core_field_size(set->subsys))
            break;
        PEEK(css, groups + i * 8);
        if (css) {
            struct cgroup_subsys_state *state = CAST(struct cgroup_subsys_state, css);
            n = cgroup_walk(key, address_of(s, READ(state, cgroup)));
        }
    }
    if (!n && !cgroup_walk(key, address_of(s, READ(set, dfl_cgrp))))
        return 0;
    add_text(s, RECORD_CGROUP, 0, &s->resolved);
    return 0;
}

/* ---- all of it ---- */

/* Program, control group, working folder, root and standard descriptors. */
static __always_inline void add_process(struct scratch *s, struct task_struct *task)
{
    u64 address = address_of(s, task);
    add_exe_of(s->key, address);
    add_cgroup_of(s->key, address);
    add_base(s, RECORD_CWD, task, -100);
    add_root(s, task);
    for (int i = 0; i < 3; i++) {
        struct file *file = file_of(task, i);
        if (file)
            add_file(s, RECORD_STDIO, i, i, file, 0);
    }
}

/*
 * Which of the two calls it was: by now the kernel has made execve of the number in the saved registers, whatever it was. What was run by
 * its descriptor has a path of the kernel's making. execveat(2) with a path of its own is told as execve.
 */
static __always_inline u32 exec_kind(struct linux_binprm *bprm)
{
    if (bpf_core_field_exists(bprm->fdpath))
        return READ(bprm, fdpath) ? NR_EXECVEAT : NR_EXECVE;
    return NR_EXECVE;
}

TRACE("sched_process_exec")
int process_exec(u64 *ctx)
{
    struct task_struct *task = (struct task_struct *)ctx[0];
    struct linux_binprm *bprm = (struct linux_binprm *)ctx[2];
    u32 kind = exec_kind(bprm);
    struct scratch *s = scratch_take(kind);
    if (!s)
        return 0;
    record_begin(s, kind, 0, task);
    s->r.flags |= RECORD_IS_TRUSTED;
    const char *filename = READ(bprm, filename), *interp = READ(bprm, interp);
    add_kernel_text(s, RECORD_PARAM + 30, filename, RECORD_PATH_MAX);
    if (interp != filename)
        add_kernel_text(s, RECORD_LOADER, interp, RECORD_PATH_MAX);
    struct mm_struct *mm = READ(task, mm);
    if (mm) {
        u64 from = READ(mm, arg_start), end = READ(mm, arg_end);
        add_user_bytes(s, RECORD_ARGS, (void *)from, end > from ? end - from : 0, RECORD_ARGS_MAX);
        from = READ(mm, env_start);
        end = READ(mm, env_end);
        if (settings.env)
            add_user_bytes(s, RECORD_ENV, (void *)from, end > from ? end - from : 0, RECORD_ENV_MAX);
    }
    add_process(s, task);
    return record_send(s);
}

static __always_inline u64 word_at(struct scratch *s, u64 words, u64 i, u32 width)
{
    u64 word = 0;
    if (bpf_probe_read_user(&word, width == 4 ? 4 : 8, (const void *)(words + i * width)))
        s->r.flags |= RECORD_UNREAD;
    return word;
}

/*
 * The words of a command line that no process has taken over. The next one is read at the loop's end, so that it is a jump which leads
 * back: kernels before 6.2 take no loop without.
 */
__noinline int add_words(u32 key, u64 words, u32 width)
{
    struct scratch *s = scratch_of(key);
    if (!s)
        return 0;
    u64 at = block_at(s, RECORD_ARGS_MAX);
    if (!at)
        return 0;
    u64 n = 0, word = word_at(s, words, 0, width);
    for (u64 i = 0; word; i++) {
        KEEP(n);
        if (n > RECORD_ARGS_MAX - WORD_MAX || i == EXEC_WORDS_MAX - 1) {
            s->r.flags |= RECORD_CUT;
            break;
        }
        s64 got = bpf_probe_read_user_str(&s->bytes[at + sizeof(struct record_block) + n], WORD_MAX, (const void *)word);
        if (got <= 0) {
            s->r.flags |= RECORD_UNREAD;
            break;
        }
        n += got;
        word = word_at(s, words, i + 1, width);
    }
    block_pad(s, at + sizeof(struct record_block) + n);
    block_end(s, at, RECORD_ARGS, 0, n);
    return 0;
}

/* An exec that failed; one that did not was told by process_exec(). */
EXIT int call_exec(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct task_struct *task = TASK();
    bool at = c->kind == NR_EXECVEAT;
    if (c->res >= 0)
        return scratch_give(s);
    call_begin(s);
    add_user_text(s, RECORD_PARAM + 30, (const void *)(at ? c->args[1] : c->args[0]), RECORD_PATH_MAX);
    if (at)
        add_base(s, RECORD_BASE, task, (s32)c->args[0]);
    add_words(s->key, at ? c->args[2] : c->args[1], c->flags & RECORD_IS_COMPAT ? 4 : 8);
    add_process(s, task);
    return record_send(s);
}

/* ---- those that were there before ---- */

struct seq_file;
struct bpf_iter_meta {
    struct seq_file *seq;
    u64 session_id, seq_num;
};
struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    if (!task || task->pid != task->tgid)
        return 0;
    struct scratch *s = scratch_take(RECORD_PROCESS);
    if (!s)
        return 0;
    record_begin(s, RECORD_PROCESS, 0, task);
    s->r.flags |= RECORD_IS_TRUSTED;
    add_process(s, task);
    u64 size = s->r.size;
    KEEP(size);
    if (size <= RECORD_BYTES_MAX)
        bpf_seq_write(ctx->meta->seq, &s->r, size);
    return scratch_give(s);
}
