/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Calls with few arguments that are numbers, or a descriptor and numbers. */
#include "filter.bpf.h"

enum {
    NR_DUP = 32, NR_SETREUID = 113, NR_SETREGID = 114, NR_SETRESUID = 117,
    NR_SETRESGID = 119, NR_INIT_MODULE = 175, NR_DUP3 = 292,
    NR_FINIT_MODULE = 313, NR_USERFAULTFD = 323,
    PTRACE_PEEKTEXT = 1, PTRACE_PEEKDATA = 2, PTRACE_PEEKUSER = 3,
    SOCK_TYPE_MASK = 0xf, MODULE_BYTES = 256,
};

/* Begins a call that is filtered by facts alone; false and done with when no rule can want it. */
static __always_inline bool begin_by_facts(struct scratch *s, struct facts *f)
{
    if (!filter_ask(s->call.kind, f)) {
        filtered(s);
        return false;
    }
    call_begin(s);
    return true;
}

/* dup, dup2, dup3: the old descriptor is what fd.* speaks of; what the new one was before cannot be seen any more. */
EXIT int call_dup(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct file *file = file_of(TASK(), (s32)c->args[0]);
    struct facts f = facts_of_res(c->res);
    facts_of_file(&f, file);
    if (!begin_by_facts(s, &f))
        return 0;
    add_file(s, RECORD_FD, 0, c->args[0], file, 0);
    if (c->kind != NR_DUP)
        add_number(s, RECORD_PARAM + 2, (u32)c->args[1]);
    if (c->kind == NR_DUP3)
        add_number(s, RECORD_PARAM + 3, (u32)c->args[2]);
    s->r.flags |= RECORD_IS_TRUSTED;
    return record_send(s);
}

/* Calls whose arguments are numbers, in order from the first parameter on. */
EXIT int call_numbers(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct facts f = facts_of_res(c->res);
    u32 n = 1;
    if (c->kind == NR_USERFAULTFD)
        facts_of_no_file(&f);
    if (c->kind == NR_SETREUID || c->kind == NR_SETREGID)
        n = 2;
    else if (c->kind == NR_SETRESUID || c->kind == NR_SETRESGID)
        n = 3;
    if (!begin_by_facts(s, &f))
        return 0;
    for (u32 i = 0; i < 3; i++)
        if (i < n)
            add_number(s, RECORD_PARAM + 1 + i, (u32)c->args[i]);
    if (c->kind == NR_USERFAULTFD)
        add_fd(s, RECORD_FD, TASK(), c->res);
    s->r.flags |= RECORD_IS_TRUSTED;
    return record_send(s);
}

EXIT int call_socket(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct file *file = file_of(TASK(), c->res);
    struct facts f = facts_of_res(c->res);
    facts_of_file(&f, file);
    fact(&f, FILTER_PACKET, (u32)c->args[0] == AF_PACKET);
    if (!begin_by_facts(s, &f))
        return 0;
    add_number(s, RECORD_PARAM + 1, (u32)c->args[0]);
    add_number(s, RECORD_PARAM + 2, c->args[1] & SOCK_TYPE_MASK);
    add_number(s, RECORD_PARAM + 3, (u32)c->args[2]);
    add_number(s, RECORD_PARAM + 4, (u32)c->args[1] & ~(u32)SOCK_TYPE_MASK);
    if (file)
        add_file(s, RECORD_FD, 0, c->res, file, 0);
    s->r.flags |= RECORD_IS_TRUSTED;
    return record_send(s);
}

EXIT int call_setns(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct facts f = facts_of_res(c->res);
    struct file *file = file_of(TASK(), (s32)c->args[0]);
    facts_of_file(&f, file);
    if (!begin_by_facts(s, &f))
        return 0;
    add_file(s, RECORD_FD, 0, c->args[0], file, 0);
    add_number(s, RECORD_PARAM + 2, (u32)c->args[1]);
    s->r.flags |= RECORD_IS_TRUSTED;
    return record_send(s);
}

EXIT int call_bpf(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct facts f = facts_of_res(s->call.res);
    facts_of_no_file(&f);
    if (!begin_by_facts(s, &f))
        return 0;
    add_number(s, RECORD_PARAM + 1, (u32)s->call.args[0]);
    s->r.flags |= RECORD_IS_TRUSTED;
    return record_send(s);
}

/* Whom the call is meant for, as the initial namespace knows it: what is in `pid` is a number of the caller's namespace. */
static __always_inline void add_ptraced(struct scratch *s)
{
    struct record_target target = {};
    target.pid = target.tid = s->call.args[1];
    if (s->r.vtid != s->r.tid || !target.pid)
        return; /* in a namespace of its own the number says nothing here */
    u64 at = block_at(s, sizeof(target));
    if (!at)
        return;
    __builtin_memcpy(&s->bytes[at + sizeof(struct record_block)], &target, sizeof(target));
    block_end(s, at, RECORD_TARGET, 0, sizeof(target));
}

EXIT int call_ptrace(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct facts f = facts_of_res(c->res);
    u64 request = c->args[0], data = c->args[3];
    if (!begin_by_facts(s, &f))
        return 0;
    add_number(s, RECORD_PARAM + 1, c->args[2]);
    /* These give what they read to where `data` points. */
    if (request >= PTRACE_PEEKTEXT && request <= PTRACE_PEEKUSER) {
        u64 word = 0;
        if (bpf_probe_read_user(&word, c->flags & RECORD_IS_COMPAT ? 4 : 8, (const void *)data))
            s->r.flags |= RECORD_UNREAD;
        data = word;
    }
    add_number(s, RECORD_PARAM + 2, data);
    add_number(s, RECORD_PARAM + 3, request);
    add_number(s, RECORD_PARAM + 4, (u32)c->args[1]);
    add_ptraced(s);
    return record_send(s);
}

/* init_module, finit_module, delete_module. Of an image its beginning is kept. */
EXIT int call_module(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct facts f = facts_of_res(c->res);
    struct file *file = c->kind == NR_FINIT_MODULE ? file_of(TASK(), (s32)c->args[0]) : NULL;
    facts_of_file(&f, file);
    if (!begin_by_facts(s, &f))
        return 0;
    if (c->kind == NR_INIT_MODULE) {
        u64 n = c->args[1] < MODULE_BYTES ? c->args[1] : MODULE_BYTES;
        add_user_bytes(s, RECORD_PARAM + 1, (const void *)c->args[0], n, MODULE_BYTES);
        add_number(s, RECORD_PARAM + 2, c->args[1]);
        add_user_text(s, RECORD_PARAM + 3, (const void *)c->args[2], RECORD_PATH_MAX);
    } else if (c->kind == NR_FINIT_MODULE) {
        add_file(s, RECORD_FD, 0, c->args[0], file, 0);
        add_user_text(s, RECORD_PARAM + 2, (const void *)c->args[1], RECORD_PATH_MAX);
        add_number(s, RECORD_PARAM + 3, (u32)c->args[2]);
    } else {
        add_user_text(s, RECORD_PARAM + 1, (const void *)c->args[0], RECORD_PATH_MAX);
        add_number(s, RECORD_PARAM + 2, (u32)c->args[1]);
    }
    return record_send(s);
}
