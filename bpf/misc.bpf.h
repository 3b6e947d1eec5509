/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Calls with few arguments that are numbers, or a descriptor and numbers. */
#include "dispatch.bpf.h"
#include "fd.bpf.h"

/* dup, dup2, dup3: the old descriptor is what fd.* speaks of; what the new one was before cannot be seen any more. */
EXIT int call_dup(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    call_begin(s);
    add_fd(s, RECORD_FD, TASK(), s->call.args[0]);
    if (s->call.kind != 32 /* dup */)
        add_number(s, RECORD_PARAM + 2, (u32)s->call.args[1]);
    if (s->call.kind == 292 /* dup3 */)
        add_number(s, RECORD_PARAM + 3, (u32)s->call.args[2]);
    return record_send(s);
}
