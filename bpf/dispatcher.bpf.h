/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The one program on sys_exit. It tells which call returned and jumps to the program of that call; what nobody wants ends here, which is
 * most of all that passes. Files that are opened are the most of what is left, so these are filtered before the jump, which costs as much
 * as several looks.
 */
#include "file.bpf.h"

EXIT int dispatch(u64 *ctx)
{
    struct pt_regs *regs = (struct pt_regs *)ctx[0];
    u64 self = bpf_get_current_task();
    struct task_struct *task = CAST(struct task_struct, self);
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
    } else if (process == settings.self || (settings.cgroup && bpf_get_current_cgroup_id() != settings.cgroup)) {
        return 0;
    } else if (kind == CALL_ASK) {
        return 0; /* anybody's call that only looks like the reader's */
    } else if (kind == CALL_FCHMODAT2) {
        kind = NR_FCHMODAT; /* rules know both by this name */
    }
    if (!(wanted & (KIND_WANTED | KIND_OTHER)))
        return 0;
    struct scratch *s = scratch_take_by(kind, self);
    if (!s)
        return 0;
    s->call.kind = kind;
    s->call.flags = compat ? RECORD_IS_COMPAT : 0;
    s->call.res = res;
    call_args(&s->call, regs, compat);
    if (socketcall)
        socket_call(&s->call);
    s->call.passed = 0;
    if (is_opening(kind) && wanted & KIND_FILTERED && !(settings.kinds[RECORD_BLOCK_WRITE] & KIND_WANTED)) {
        if (!opening_passes(s->key))
            return filtered(s);
        s->call.passed = 1;
    }
    u32 level = wanted >> KIND_SHED_SHIFT & 3;
    if (level && bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > settings.shed_at[level]) {
        count_drop(kind, RECORD_DROP_SHED);
        return scratch_give(s);
    }
    bpf_tail_call(ctx, &programs, kind);
    count_drop(kind, RECORD_DROP_MAP);
    return scratch_give(s);
}
