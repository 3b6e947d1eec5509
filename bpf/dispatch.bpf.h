/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Which call returned, and with what arguments, whatever the width it was made in. dispatcher.bpf.h is the program. */
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

/* Begins the record of the call that the dispatcher saw. */
static __always_inline void call_begin(struct scratch *s)
{
    record_begin(s, s->call.kind, s->call.res, TASK());
    s->r.flags |= s->call.flags;
}
