/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* One program for all calls that plain.def describes. */
#include <asm/unistd_64.h>

#include "source/bpf/late.h"

#include "mount.bpf.h"
#include "target.bpf.h"

enum plain_how {
    PLAIN_END,
    PLAIN_NUMBER,       /* the argument */
    PLAIN_FD,           /* the descriptor that fd.* speaks of */
    PLAIN_FD_OTHER,     /* a second one, and its number */
    PLAIN_FD_RESULT,    /* the one that the call made */
    PLAIN_FD_TARGET,    /* a pidfd that fd.* speaks of, and its process */
    PLAIN_PIDFD,        /* a pidfd of whose process only the target is told, and its number */
    PLAIN_TARGET,       /* a process or thread by its number */
    PLAIN_PATH, PLAIN_PATH_OTHER,
    PLAIN_FOLDER, PLAIN_FOLDER_OTHER, /* the descriptor that the path, which comes next, is relative to */
    PLAIN_TEXT,         /* ends in NUL */
    PLAIN_TEXT_N,       /* as long as argument `more` tells */
    PLAIN_BYTES,        /* likewise */
    PLAIN_DATA,         /* what was read or written, as long as the result tells; only where the rules ask for it */
    PLAIN_VECTOR,       /* the same of vectors: the first of them that is not empty, of two */
    PLAIN_WORD, PLAIN_LONG, /* 4, 8 bytes at offset `more` of what the argument points to */
    PLAIN_NAME_15,      /* a text when the first argument is PR_SET_NAME */
    PLAIN_CONFIG_TEXT,  /* a text when the command of fsconfig(2) takes one */
    PLAIN_MICROTIME, PLAIN_NANOTIME, /* struct timeval, timespec: nanoseconds since the epoch */
};

enum { PR_SET_NAME = 15, FSCONFIG_SET_STRING = 1, FSCONFIG_SET_PATH = 3, FSCONFIG_SET_PATH_EMPTY = 4 };
enum { PLAIN_CALLS = 512, PLAIN_ROWS = 8, PLAIN_TEXT_MAX = 1024, PLAIN_BYTES_MAX = RECORD_DATA_MAX, AT_FDCWD = -100 };

/* One parameter. */
struct plain {
    u8 how, param, arg, more;
};

#define NONE {PLAIN_END, 0, 0, 0}
#define NUMBER(param, arg) {PLAIN_NUMBER, param, arg, 0}
#define FD(param, arg) {PLAIN_FD, param, arg, 0}
#define FD_OTHER(param, arg) {PLAIN_FD_OTHER, param, arg, 0}
#define FD_RESULT {PLAIN_FD_RESULT, 0, 0, 0}
#define FD_TARGET(param, arg) {PLAIN_FD_TARGET, param, arg, 0}
#define PIDFD(param, arg) {PLAIN_PIDFD, param, arg, 0}
#define TARGET(param, arg) {PLAIN_TARGET, param, arg, 0}
#define PATH(param, arg) {PLAIN_PATH, param, arg, 0}
#define PATH_OTHER(param, arg) {PLAIN_PATH_OTHER, param, arg, 0}
#define FOLDER(param, arg) {PLAIN_FOLDER, param, arg, 0}
#define FOLDER_OTHER(param, arg) {PLAIN_FOLDER_OTHER, param, arg, 0}
#define TEXT(param, arg) {PLAIN_TEXT, param, arg, 0}
#define TEXT_N(param, arg, length) {PLAIN_TEXT_N, param, arg, length}
#define BYTES(param, arg, length) {PLAIN_BYTES, param, arg, length}
#define DATA(param, arg, more) {PLAIN_DATA, param, arg, more}
#define VECTOR(param, arg) {PLAIN_VECTOR, param, arg, 0}
#define WORD(param, arg, offset) {PLAIN_WORD, param, arg, offset}
#define LONG(param, arg, offset) {PLAIN_LONG, param, arg, offset}
#define NAME_15(param, arg) {PLAIN_NAME_15, param, arg, 0}
#define CONFIG_TEXT(param, arg) {PLAIN_CONFIG_TEXT, param, arg, 0}
#define MICROTIME(param, arg) {PLAIN_MICROTIME, param, arg, 0}
#define NANOTIME(param, arg) {PLAIN_NANOTIME, param, arg, 0}
#define PLAIN(call, shed, ...) [__NR_##call] = {__VA_ARGS__},
static const volatile struct plain plains[PLAIN_CALLS][PLAIN_ROWS] = {
#include "source/bpf/plain.def"
};
#undef PLAIN
#undef NONE
#undef NUMBER
#undef FD
#undef FD_OTHER
#undef FD_RESULT
#undef FD_TARGET
#undef PIDFD
#undef TARGET
#undef PATH
#undef PATH_OTHER
#undef FOLDER
#undef FOLDER_OTHER
#undef TEXT
#undef TEXT_N
#undef BYTES
#undef DATA
#undef VECTOR
#undef WORD
#undef LONG
#undef NAME_15
#undef CONFIG_TEXT
#undef MICROTIME
#undef NANOTIME

static __always_inline u64 plain_arg(struct call *c, u32 i)
{
    i &= 7;
    return i < 6 ? c->args[i] : 0;
}

/* A number as wide as the call's argument is in user space: negative ones of 32 bits are not made longer. */
static __always_inline void plain_number(struct scratch *s, u32 tag, u64 number)
{
    add_number(s, tag, number >> 32 == 0xffffffff ? (u32)number : number);
}

static __always_inline void plain_memory(struct scratch *s, u32 tag, u64 from, u32 size)
{
    u64 number = 0;
    if (from && !bpf_probe_read_user(&number, size & 8 ? 8 : 4, (void *)from))
        add_number(s, tag, number);
}

/* Seconds, then micro- or nanoseconds. */
static __always_inline void plain_time(struct scratch *s, u32 tag, u64 from, u64 unit)
{
    u64 time[2] = {};
    if (from && !bpf_probe_read_user(time, sizeof(time), (void *)from))
        add_number(s, tag, time[0] * 1000000000 + time[1] * unit);
}

/* The functions from here on are global: each is looked at once by the verifier, not once per call. */
__noinline int plain_text(u32 tag, u64 from)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    add_user_text(s, tag, (void *)from, PLAIN_TEXT_MAX);
    return 0;
}

__noinline int plain_bytes(u32 tag, u64 from, u64 n)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    add_user_bytes(s, tag, (void *)from, n, PLAIN_BYTES_MAX);
    return 0;
}

/* musl's stdio begins with a vector of what is still in its buffer, which may be nothing. */
__noinline int plain_vector(u64 from, u64 n)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    bool is_compat = s->call.flags & RECORD_IS_COMPAT;
    for (u32 i = 0; i < 2 && (!i || s->call.args[2] > 1); i++) {
        u64 vector[2] = {};
        u32 narrow[2] = {};
        if (is_compat ? bpf_probe_read_user(narrow, sizeof(narrow), (void *)(from + i * sizeof(narrow)))
                      : bpf_probe_read_user(vector, sizeof(vector), (void *)(from + i * sizeof(vector))))
            return 0;
        u64 base = is_compat ? narrow[0] : vector[0], size = is_compat ? narrow[1] : vector[1];
        if (size) {
            add_user_bytes(s, RECORD_DATA, (void *)base, n < size ? n : size, PLAIN_BYTES_MAX);
            return 0;
        }
    }
    return 0;
}

__noinline int plain_fd(u32 tag, s64 num)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    add_fd(s, tag, TASK(), num);
    return 0;
}

__noinline int plain_target(s64 number, u64 is_pidfd)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct task_struct *task = TASK();
    add_target(s, is_pidfd ? task_of_pidfd(task, number) : task_of_number(task, number), 0);
    return 0;
}

/* A path as the program wrote it, and the folder that it begins in when it does not begin at the root. */
__noinline int plain_path(u32 tag, u32 base, u64 from, s64 folder)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    char first = 0;
    if (from && bpf_probe_read_user(&first, 1, (void *)from)) {
        s->r.flags |= RECORD_UNREAD;
        return 0;
    }
    if (from)
        add_user_text(s, tag, (void *)from, RECORD_PATH_MAX);
    else if (folder == AT_FDCWD)
        s->r.flags |= RECORD_UNREAD; /* with a descriptor, no path means what that stands for */
    if (first != '/')
        add_base(s, base, TASK(), folder);
    return 0;
}

static __always_inline void plain_row(struct scratch *s, const volatile struct plain *p, s32 *folder, s32 *folder_other)
{
    struct call *c = &s->call;
    u32 tag = RECORD_PARAM + (p->param & (RECORD_PARAMS_MAX - 1)), more = p->more;
    u64 arg = plain_arg(c, p->arg);
    switch (p->how) {
    case PLAIN_FOLDER:
        *folder = arg;
        add_number(s, tag, (u32)arg);
        break;
    case PLAIN_FOLDER_OTHER:
        *folder_other = arg;
        add_number(s, tag, (u32)arg);
        break;
    case PLAIN_NUMBER:
        plain_number(s, tag, arg);
        break;
    case PLAIN_FD_TARGET:
        plain_target(arg, true);
        plain_fd(RECORD_FD, (s32)arg);
        break;
    case PLAIN_FD:
        plain_fd(RECORD_FD, (s32)arg);
        break;
    case PLAIN_FD_OTHER:
        add_number(s, tag, (u32)arg);
        plain_fd(RECORD_FD_OTHER, (s32)arg);
        break;
    case PLAIN_FD_RESULT:
        plain_fd(RECORD_FD, c->res < 0 ? -1 : c->res);
        break;
    case PLAIN_PIDFD:
        add_number(s, tag, (u32)arg);
        plain_target(arg, true);
        break;
    case PLAIN_TARGET:
        add_number(s, tag, (u32)arg);
        plain_target(arg, false);
        break;
    case PLAIN_PATH:
        plain_path(tag, RECORD_BASE, arg, *folder);
        break;
    case PLAIN_PATH_OTHER:
        plain_path(tag, RECORD_BASE_OTHER, arg, *folder_other);
        break;
    case PLAIN_CONFIG_TEXT:
        if (c->args[1] != FSCONFIG_SET_STRING && c->args[1] != FSCONFIG_SET_PATH && c->args[1] != FSCONFIG_SET_PATH_EMPTY)
            break;
        plain_text(tag, arg);
        break;
    case PLAIN_NAME_15:
        if ((u32)c->args[0] != PR_SET_NAME)
            break;
        plain_text(tag, arg);
        break;
    case PLAIN_TEXT:
        if (arg)
            plain_text(tag, arg);
        break;
    case PLAIN_TEXT_N:
    case PLAIN_BYTES:
        if (arg)
            plain_bytes(tag, arg, plain_arg(c, more));
        break;
    case PLAIN_DATA:
        if (c->res > 0 && settings.kinds[c->kind & (CALLS_MAX - 1)] & KIND_DATA)
            plain_bytes(RECORD_DATA, arg, c->res);
        break;
    case PLAIN_VECTOR:
        if (c->res > 0 && settings.kinds[c->kind & (CALLS_MAX - 1)] & KIND_DATA)
            plain_vector(arg, c->res);
        break;
    case PLAIN_WORD:
        plain_memory(s, tag, arg ? arg + more : 0, 4);
        break;
    case PLAIN_LONG:
        plain_memory(s, tag, arg ? arg + more : 0, 8);
        break;
    case PLAIN_MICROTIME:
        plain_time(s, tag, arg, 1000);
        break;
    case PLAIN_NANOTIME:
        plain_time(s, tag, arg, 1);
        break;
    }
}

EXIT int call_plain(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    call_begin(s);
    u32 kind = s->call.kind;
    s32 folder = AT_FDCWD, folder_other = AT_FDCWD;
    for (u32 i = 0; i < PLAIN_ROWS && kind < PLAIN_CALLS; i++) {
        const volatile struct plain *p = &plains[kind & (PLAIN_CALLS - 1)][i];
        if (!p->how)
            break;
        plain_row(s, p, &folder, &folder_other);
    }
    add_stash(s, ctx);
    add_mounted(kind);
    return record_send(s);
}
