/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Signals that a process sends to another one. */
#include <asm/unistd_64.h>

#include "dispatch.bpf.h"
#include "target.bpf.h"

enum { SI_USER = 0, SI_QUEUE = -1, SI_TKILL = -6, KERNEL_STACK = 16384 };

/* Is this task inside a call that sends signals? Such a call may claim any negative code, also those of timers. */
static __always_inline bool is_sending(struct task_struct *task)
{
    u64 nr = 0;
    if (READ(task, thread_info.status) & TS_COMPAT)
        return true; /* other numbers */
#ifdef DAVY_DIRECT
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
    nr = regs->orig_ax;
#else
    /* Registers lie at the top of the stack: 21 of them, of which orig_ax is the sixth from the end. */
    PEEK(nr, (u64)READ(task, stack) + KERNEL_STACK - 6 * sizeof(nr));
#endif
    return nr == __NR_rt_sigqueueinfo || nr == __NR_rt_tgsigqueueinfo || nr == __NR_pidfd_send_signal;
}

/*
 * int sig, struct kernel_siginfo *info, struct task_struct *task, int group, int result. info is 0 for a signal of a user without
 * more, 1 for one of the kernel's own. What the kernel sends for a timer or the end of a child is not what anybody did.
 */
TRACE("signal_generate")
int signal_generate(u64 *ctx)
{
    struct task_struct *target = CAST(struct task_struct, ctx[2]), *sender = TASK();
    u64 info = ctx[1];
    int code = 0, pid = READ(target, tgid);
    if (pid == READ(sender, tgid) || info == 1)
        return 0;
    if (info)
        PEEK(code, info + bpf_core_field_offset(struct kernel_siginfo, si_code));
    if (code > 0 || (code != SI_USER && code != SI_QUEUE && code != SI_TKILL && !is_sending(sender)))
        return 0;
    if ((u32)READ(sender, tgid) == settings.self || !(settings.kinds[RECORD_SIGNAL] & KIND_WANTED))
        return 0;
    struct scratch *s = scratch_take(RECORD_SIGNAL);
    if (!s)
        return 0;
    record_begin(s, RECORD_SIGNAL, 0, sender);
    add_target(s, target, ctx[0]);
    add_kernel_text(s, RECORD_PARAM + 2, target->comm, sizeof(target->comm));
    struct cred *cred = (struct cred *)READ(target, cred);
    add_number(s, RECORD_PARAM + 3, READ(cred, uid.val));
    return record_send(s);
}
