/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Calls that open, make, name and remove files. */
#include "block.bpf.h"
#include "filter.bpf.h"
#include "stash.bpf.h"

enum {
    NR_OPEN = 2, NR_FCHDIR = 81, NR_RENAME = 82, NR_MKDIR = 83, NR_RMDIR = 84, NR_CREAT = 85, NR_LINK = 86, NR_UNLINK = 87, NR_SYMLINK = 88, NR_CHMOD = 90,
    NR_OPENAT = 257, NR_MKDIRAT = 258, NR_UNLINKAT = 263, NR_RENAMEAT = 264, NR_LINKAT = 265, NR_SYMLINKAT = 266, NR_FCHMODAT = 268,
    NR_RENAMEAT2 = 316, NR_OPENAT2 = 437,
    O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_TRUNC = 01000, O_TMPFILE_BIT = 020000000,
    CWD = -100, /* AT_FDCWD */
};

/* The path that was written as a parameter, and what it is relative to. */
static __always_inline void add_written(struct scratch *s, u32 tag, u32 base_tag, struct task_struct *task, s32 dirfd)
{
    u64 at = block_at(s, RECORD_PATH_MAX), n = s->written.n;
    if (!at)
        return;
    KEEP(n);
    if (n >= RECORD_PATH_MAX - 1) {
        n = RECORD_PATH_MAX - 1;
        s->r.flags |= RECORD_CUT;
    }
    bpf_probe_read_kernel(&s->bytes[at + sizeof(struct record_block)], n, s->written.bytes);
    block_pad(s, at + sizeof(struct record_block) + n);
    block_end(s, at, tag, 0, n);
    if (s->written.n && !s->written.absolute)
        add_base(s, base_tag, task, dirfd);
}

/* ---- open ---- */

/* What the ways to open differ in. */
struct opening {
    s32 dirfd;
    u32 name_param; /* flags and mode follow it */
    u64 path, flags, mode, resolve;
};

static __always_inline bool is_opening(u32 kind)
{
    return kind == NR_OPENAT || kind == NR_OPEN || kind == NR_OPENAT2 || kind == NR_CREAT;
}

static __always_inline void opening_of(struct call *c, struct opening *o)
{
    o->dirfd = CWD;
    o->name_param = 1;
    o->resolve = 0;
    switch (c->kind) {
    case NR_OPEN:
        o->path = c->args[0];
        o->flags = c->args[1];
        o->mode = c->args[2];
        break;
    case NR_CREAT:
        o->path = c->args[0];
        o->flags = O_CREAT | O_WRONLY | O_TRUNC;
        o->mode = c->args[1];
        break;
    case NR_OPENAT2: {
        u64 how[3] = {};
        bpf_probe_read_user(how, sizeof(how), (const void *)c->args[2]);
        o->flags = how[0];
        o->mode = how[1];
        o->resolve = how[2];
        goto at;
    }
    default:
        o->flags = c->args[2];
        o->mode = c->args[3];
    at:
        o->dirfd = c->args[0];
        o->path = c->args[1];
        o->name_param = 2;
    }
    o->flags = (u32)o->flags;
    o->mode = o->flags & (O_CREAT | O_TMPFILE_BIT) ? o->mode & 07777 : 0;
}

static __always_inline void facts_of_opening(struct facts *f, const struct opening *o, u32 kind, struct file *file, u32 mode)
{
    if (kind == NR_CREAT) {
        f->may |= FACT(FILTER_READ) | FACT(FILTER_WRITE) | FACT(FILTER_CREATED) | FACT(FILTER_EXECUTABLE) | FACT(FILTER_TRUNC);
    } else {
        u32 access = o->flags & 3;
        fact(f, FILTER_READ, access == 0 || access == O_RDWR);
        fact(f, FILTER_WRITE, access == O_WRONLY || access == O_RDWR);
        if (access == 3)
            f->may |= FACT(FILTER_READ) | FACT(FILTER_WRITE);
        fact(f, FILTER_TRUNC, o->flags & O_TRUNC);
        fact(f, FILTER_EXECUTABLE, o->flags & (O_CREAT | O_TMPFILE_BIT) && o->mode & 0111);
        if (o->flags & (O_CREAT | O_TMPFILE_BIT))
            fact_unknown(f, FILTER_CREATED);
        if (o->flags & O_TMPFILE_BIT || (file && READ(file, f_mode) & FMODE_CREATED))
            fact(f, FILTER_CREATED, true);
    }
    /* What was opened by its path is a file to rules, whatever it is, unless it was opened as a folder. */
    if (file && (mode & S_IFMT) != S_IFDIR)
        fact(f, FILTER_FILE, true);
    else
        f->may |= FACT(FILTER_FILE) | FACT(FILTER_DIRECTORY);
    if (!file)
        fact_unknown(f, FILTER_OTHER_FD);
}

/* Can rules want it? The path that was written has been read then. */
__noinline int opening_passes(u32 key)
{
    struct scratch *s = scratch_of(key);
    struct opening opening, *o = &opening;
    if (!s)
        return false;
    struct task_struct *task = CAST(struct task_struct, s->task);
    struct call *c = &s->call;
    struct facts f = facts_of_res(c->res);
    struct file *file = file_of(task, c->res);
    u32 mode = 0;
    opening_of(c, o);
    if (file) {
        struct inode *inode = READ(file, f_inode);
        mode = READ(inode, i_mode);
    }
    facts_of_opening(&f, o, c->kind, file, mode);
    u64 want = filter_ask(c->kind, &f);
    bool dotdot = settings.kinds[c->kind & (CALLS_MAX - 1)] & KIND_DOTDOT;
    if (!want && !dotdot)
        return false;
    bool there = written_read(s, o->path);
    if (want == FILTER_PASS || !there)
        return true;
    written_scan(s);
    if (dotdot && (s->written.dotdot || s->written.n > FILTER_PATH_MAX)) {
        u64 without = want;
        fact(&f, FILTER_DOTDOT, true);
        want = filter_ask(c->kind, &f);
        if (!s->written.dotdot) /* too long to be sure */
            want |= without;
        if (want == FILTER_PASS)
            return true;
    }
    if (!want)
        return false;
    if (file) {
        struct vfsmount *vfs = READ(file, f_path.mnt), *beside = root_mount_beside(task, vfs);
        struct dentry *d = READ(file, f_path.dentry);
        if (filter_resolved(s, vfs, d, want) || (beside && filter_resolved(s, beside, d, want)))
            return true;
    }
    return filter_written(s, task, o->dirfd, want);
}

EXIT int call_open(u64 *ctx)
{
    struct scratch *s = scratch_held();
    struct opening o;
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct task_struct *task = TASK();
    opening_of(c, &o);
    struct file *file = file_of(task, c->res);
    if (file && settings.kinds[RECORD_BLOCK_WRITE] & KIND_WANTED)
        block_opened(c->res);
    if (!(settings.kinds[c->kind & (CALLS_MAX - 1)] & KIND_WANTED))
        return scratch_give(s);
    if (!c->passed && !opening_passes(s->key))
        return filtered(s);
    call_begin(s);
    u32 param = RECORD_PARAM + o.name_param;
    if (o.name_param == 2)
        add_number(s, RECORD_PARAM + 1, (u32)o.dirfd);
    if (s->written.n)
        add_written(s, param, RECORD_BASE, task, o.dirfd);
    else
        s->r.flags |= RECORD_UNREAD;
    if (c->kind == NR_CREAT) {
        add_number(s, param + 1, o.mode);
    } else {
        add_number(s, param + 1, o.flags);
        add_number(s, param + 2, o.mode);
    }
    if (c->kind == NR_OPENAT2)
        add_number(s, param + 3, o.resolve);
    if (file) {
        u32 flags = add_file(s, RECORD_FD, 0, c->res, file, READ(file, f_mode) & FMODE_CREATED ? RECORD_FD_CREATED : 0);
        s->r.flags |= RECORD_IS_TRUSTED;
        struct vfsmount *beside = root_mount_beside(task, READ(file, f_path.mnt));
        if (beside)
            add_place(s, RECORD_ROOTED, beside, READ(file, f_path.dentry), NULL, NULL);
        if (c->kind == NR_CREAT)
            add_number(s, RECORD_PARAM + 5, flags & RECORD_FD_UPPER ? 1 : flags & RECORD_FD_LOWER ? 2 : 0);
    }
    add_root(s, task);
    return record_send(s);
}

/* ---- one path ---- */

static __always_inline bool text_passes(struct scratch *s, const struct text *t, u64 want)
{
    if (!t->n)
        return false;
    bpf_probe_read_kernel(&s->resolved, sizeof(s->resolved), t);
    return text_classes(s->key) & want;
}

/* May a path that a hook saw be in one of these classes? */
__noinline int stash_passes_of(u32 key, u64 regs, u64 want)
{
    struct scratch *s = scratch_of(key);
    struct stash *t = stash_of(regs);
    return s && t && (text_passes(s, &t->path[0], want) || text_passes(s, &t->path[1], want));
}
static __always_inline bool stash_passes(struct scratch *s, u64 *ctx, u64 want)
{
    return stash_passes_of(s->key, address_of(s, (const void *)ctx[0]), want);
}

/* rmdir, unlink, mkdir, chmod and their forms with a folder: the path, then a number. */
EXIT int call_path(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct task_struct *task = TASK();
    u32 kind = c->kind;
    bool at = kind == NR_UNLINKAT || kind == NR_MKDIRAT || kind == NR_FCHMODAT;
    bool number = kind != NR_RMDIR && kind != NR_UNLINK;
    s32 dirfd = at ? (s32)c->args[0] : CWD;
    struct facts f = facts_of_res(c->res);
    if (at)
        facts_of_no_file(&f); /* the folder is what fd.* may speak of */
    u64 want = filter_ask(kind, &f);
    if (!want)
        return filtered(s);
    bool there = written_read(s, at ? c->args[1] : c->args[0]);
    if (want != FILTER_PASS && there) {
        written_scan(s);
        if (!filter_named(s, task, dirfd, want) && !stash_passes(s, ctx, want))
            return filtered(s);
    }
    call_begin(s);
    add_stash(s, ctx);
    if (at)
        add_number(s, RECORD_PARAM + 1, (u32)dirfd);
    if (there)
        add_written(s, RECORD_PARAM + 1 + at, RECORD_BASE, task, dirfd);
    else
        s->r.flags |= RECORD_UNREAD;
    if (number)
        add_number(s, RECORD_PARAM + 2 + at, (u32)(at ? c->args[2] : c->args[1]));
    add_root(s, task);
    return record_send(s);
}

/* Whether its path is the name that rules are given: not that of a socket, a pipe, or what has no name any more. */
static __always_inline bool has_place(struct file *file)
{
    struct inode *inode = READ(file, f_inode);
    struct dentry *d = READ(file, f_path.dentry);
    u32 mode = READ(inode, i_mode) & S_IFMT;
    return mode != S_IFSOCK && mode != S_IFIFO && READ(d, d_hash.pprev);
}

EXIT int call_fchmod(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct task_struct *task = TASK();
    struct facts f = facts_of_res(s->call.res);
    struct file *file = file_of(task, (s32)s->call.args[0]);
    facts_of_file(&f, file);
    u64 want = filter_ask(s->call.kind, &f);
    if (!want || (want != FILTER_PASS && file && has_place(file) && !filter_resolved(s, READ(file, f_path.mnt), READ(file, f_path.dentry), want)))
        return filtered(s);
    call_begin(s);
    add_file(s, RECORD_FD, 0, s->call.args[0], file, 0);
    add_number(s, RECORD_PARAM + 2, (u32)s->call.args[1]);
    s->r.flags |= RECORD_IS_TRUSTED;
    return record_send(s);
}

/* ---- two paths ---- */

/* Adds one of two paths; true when rules may want it. */
static __always_inline bool one_of_two(struct scratch *s, struct task_struct *task, u64 path, s32 dirfd, u32 tag, u32 base_tag, u64 want)
{
    if (!written_read(s, path)) {
        s->r.flags |= RECORD_UNREAD;
        return true;
    }
    add_written(s, tag, base_tag, task, dirfd);
    if (want == FILTER_PASS)
        return true;
    written_scan(s);
    return filter_named(s, task, dirfd, want);
}

/* rename, link and their forms with folders. */
EXIT int call_two_paths(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct task_struct *task = TASK();
    u32 kind = c->kind;
    bool at = kind != NR_RENAME && kind != NR_LINK;
    struct facts f = facts_of_res(c->res);
    if (at)
        facts_of_no_file(&f);
    u64 want = filter_ask(kind, &f);
    if (!want)
        return filtered(s);
    s32 from = at ? (s32)c->args[0] : CWD, to = at ? (s32)c->args[2] : CWD;
    call_begin(s);
    if (at) {
        add_number(s, RECORD_PARAM + 1, (u32)from);
        add_number(s, RECORD_PARAM + 3, (u32)to);
    }
    bool wanted = one_of_two(s, task, at ? c->args[1] : c->args[0], from, RECORD_PARAM + 1 + at, RECORD_BASE, want);
    wanted |= one_of_two(s, task, at ? c->args[3] : c->args[1], to, RECORD_PARAM + 2 + 2 * at, RECORD_BASE_OTHER, want);
    if (!wanted && !stash_passes(s, ctx, want))
        return filtered(s);
    add_stash(s, ctx);
    if (kind == NR_RENAMEAT2 || kind == NR_LINKAT)
        add_number(s, RECORD_PARAM + 5, (u32)c->args[4]);
    add_root(s, task);
    return record_send(s);
}

/* symlink, symlinkat: what the link says is text, not a path of this moment. A relative one is not compared: it counts from the link. */
EXIT int call_symlink(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct task_struct *task = TASK();
    bool at = c->kind == NR_SYMLINKAT;
    s32 dirfd = at ? (s32)c->args[1] : CWD;
    struct facts f = facts_of_res(c->res);
    if (at)
        facts_of_no_file(&f);
    u64 want = filter_ask(c->kind, &f);
    if (!want)
        return filtered(s);
    call_begin(s);
    bool wanted = one_of_two(s, task, at ? c->args[2] : c->args[1], dirfd, RECORD_PARAM + 2 + at, RECORD_BASE, want);
    if (at)
        add_number(s, RECORD_PARAM + 2, (u32)dirfd);
    if (written_read(s, c->args[0])) {
        s->written.absolute = true; /* for the record: it has no base */
        add_written(s, RECORD_PARAM + 1, RECORD_BASE, task, CWD);
        written_scan(s);
        wanted |= s->written.bytes[0] != '/' || want == FILTER_PASS || filter_named(s, task, CWD, want);
    } else {
        s->r.flags |= RECORD_UNREAD;
        wanted = true;
    }
    if (!wanted && !stash_passes(s, ctx, want))
        return filtered(s);
    add_stash(s, ctx);
    add_root(s, task);
    return record_send(s);
}

/* chdir, fchdir, chroot: what was asked for, and where it led. */
EXIT int call_chdir(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct task_struct *task = TASK();
    struct facts f = facts_of_res(c->res);
    if (c->kind == NR_FCHDIR)
        facts_of_no_file(&f);
    if (!filter_ask(c->kind, &f))
        return filtered(s);
    call_begin(s);
    add_stash(s, ctx);
    if (c->kind == NR_FCHDIR) {
        add_fd(s, RECORD_FD, task, (s32)c->args[0]);
    } else if (written_read(s, c->args[0])) {
        s->written.absolute = true; /* what it was relative to may be gone: the folder is another now */
        add_written(s, RECORD_PARAM + 1, RECORD_BASE, task, CWD);
    } else {
        s->r.flags |= RECORD_UNREAD;
    }
    add_base(s, RECORD_CWD, task, CWD);
    add_root(s, task);
    return record_send(s);
}
