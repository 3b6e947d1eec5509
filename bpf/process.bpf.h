/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Birth and death of processes and threads. */
#include "target.bpf.h"

TRACE("sched_process_fork")
int process_fork(u64 *ctx)
{
    struct task_struct *child = (struct task_struct *)ctx[1];
    struct scratch *s = scratch_take(RECORD_FORK);
    if (!s)
        return 0;
    record_begin(s, RECORD_FORK, 0, child);
    struct task_struct *maker = (struct task_struct *)ctx[0];
    if (s->r.pid != s->r.tid)
        s->r.flags |= RECORD_IS_THREAD;
    else if (READ(maker, tgid) != s->r.ppid)
        add_target(s, maker, 0); /* CLONE_PARENT: a sibling of who made it */
    return record_send(s);
}

TRACE("sched_process_exit")
int process_exit(u64 *ctx)
{
    struct task_struct *task = (struct task_struct *)ctx[0];
    struct signal_struct *signal = READ(task, signal);
    struct scratch *s = scratch_take(RECORD_PROCEXIT);
    if (!s)
        return 0;
    record_begin(s, RECORD_PROCEXIT, READ(task, exit_code), task);
    s->r.flags |= READ(signal, live.counter) ? RECORD_IS_THREAD : RECORD_IS_LAST;
    return record_send(s);
}
