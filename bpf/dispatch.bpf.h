/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The one program on sys_exit. It tells which call returned, whatever the width it was made in, and jumps to the program of
 * that call; what nobody wants ends here, which is most of all that passes.
 */
#include "build.bpf.h"
#include "compat.h"

#define TS_COMPAT 2

/* The number of the call on x86-64, or COMPAT_NONE. */
static __always_inline u64 call_number(struct pt_regs *regs, bool compat)
{
    u64 nr = READ(regs, orig_ax);
    if (!compat) {
        if (nr & X32_BIT) {
            nr &= ~(u64)X32_BIT;
            if (nr >= X32_FIRST)
                return nr < X32_FIRST + 64 ? x32_calls[(nr - X32_FIRST) & 63] : COMPAT_NONE;
        }
        return nr;
    }
    if (nr >= COMPAT_CALLS)
        return COMPAT_NONE;
    nr = compat_calls[nr & (COMPAT_CALLS - 1)];
    return nr;
}

/* Arguments of socketcall(2) stand in memory, as numbers of 32 bits. */
static __always_inline u64 socket_call(struct call *c)
{
    u32 args[6] = {};
    u64 which = c->args[0] & 31;
    if (bpf_probe_read_user(args, sizeof(args), (void *)c->args[1]) && bpf_probe_read_user(args, 12, (void *)c->args[1]))
        return COMPAT_NONE;
    for (int i = 0; i < 6; i++)
        c->args[i] = args[i];
    if (which == SOCKETCALL_SEND || which == SOCKETCALL_RECV)
        c->args[4] = c->args[5] = 0;
    return socket_calls[which];
}

static __always_inline void call_args(struct call *c, struct pt_regs *regs, bool compat)
{
    if (compat) {
        c->args[0] = (u32)READ(regs, bx);
        c->args[1] = (u32)READ(regs, cx);
        c->args[2] = (u32)READ(regs, dx);
        c->args[3] = (u32)READ(regs, si);
        c->args[4] = (u32)READ(regs, di);
        c->args[5] = (u32)READ(regs, bp);
    } else {
        c->args[0] = READ(regs, di);
        c->args[1] = READ(regs, si);
        c->args[2] = READ(regs, dx);
        c->args[3] = READ(regs, r10);
        c->args[4] = READ(regs, r8);
        c->args[5] = READ(regs, r9);
    }
}

EXIT int dispatch(u64 *ctx)
{
    struct pt_regs *regs = (struct pt_regs *)ctx[0];
    struct task_struct *task = TASK();
    bool compat = READ(task, thread_info.status) & TS_COMPAT;
    u64 kind = call_number(regs, compat);
    bool socketcall = kind == COMPAT_SOCKETCALL;
    if (socketcall)
        kind = socket_calls[READ(regs, bx) & 31];
    if (kind >= CALLS_MAX)
        return 0;
    u32 wanted = settings.kinds[kind];
    if (!wanted)
        return 0;
    s64 res = ctx[1];
    if (wanted & KIND_MOVES && !res)
        __sync_fetch_and_add(&settings.moves, 1);
    u32 process = READ(task, tgid);
    if (kind == CALL_ASK && process == settings.asker) {
        kind = CALL_ASKED + (READ(regs, di) & 1);
        wanted = KIND_OTHER;
    } else if (process == settings.self) {
        return 0;
    }
    if (!(wanted & (KIND_WANTED | KIND_OTHER)))
        return 0;
    u32 level = wanted >> KIND_SHED_SHIFT & 3;
    if (level && settings.shed >= level) {
        count_drop(kind, RECORD_DROP_SHED);
        return 0;
    }
    struct scratch *s = scratch_take(kind);
    if (!s)
        return 0;
    s->call.kind = kind;
    s->call.flags = compat ? RECORD_IS_COMPAT : 0;
    s->call.res = res;
    call_args(&s->call, regs, compat);
    if (socketcall)
        socket_call(&s->call);
    bpf_tail_call(ctx, &programs, kind);
    count_drop(kind, RECORD_DROP_MAP);
    return scratch_give(s);
}

/* Begins the record of the call that the dispatcher saw. */
static __always_inline void call_begin(struct scratch *s)
{
    record_begin(s, s->call.kind, s->call.res, TASK());
    s->r.flags |= s->call.flags;
}
