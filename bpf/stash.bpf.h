/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What hooks of the kernel (lsm.bpf.c) saw in the course of a system call, kept until the call returns and its record is made. A
 * hook is given the kernel's own objects, after names were read and links followed and before anything is done: what it says is
 * true whatever becomes of the program's memory. The program at the end of the call adds it to the record, where there is any:
 *
 *     add_stash(s, ctx);     the paths as the kernel resolved them; the record is trusted
 */
#include "path.bpf.h"
#include "source/bpf/hook.h"

enum {
    STASHES = 256,           /* calls between their hook and their end; the oldest is forgotten, its record says what the program said */
    STASH_ADDRESS_MAX = 128, /* sizeof(struct sockaddr_storage) */
};

/* Written by its own task alone, in place: hooks may be preempted, and another one may run on the processor meanwhile. */
struct stash {
    u64 task;           /* whose it is; 0 while it is written */
    u64 pointer;        /* a pointer on its way to become a number */
    u64 call[4];        /* registers of the call, so that what one call left is not taken for another's */
    u32 n_address, pad; /* bytes; 0: not told */
    u8 address[STASH_ADDRESS_MAX];
    struct text path[2]; /* an empty one was not told */
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, STASHES);
    __type(key, u64); /* the task's address */
    __type(value, struct stash);
} stashes SEC(".maps");

/* What tells one call of a thread from another: its number, where it was made, on which stack, with which first argument. */
static __always_inline void stash_call(u64 call[4], struct pt_regs *regs)
{
    call[0] = READ(regs, orig_ax);
    call[1] = READ(regs, ip);
    call[2] = READ(regs, sp);
    call[3] = READ(regs, di);
}

/* What hooks saw of the call with these registers; NULL: nothing. */
static __always_inline struct stash *stash_of(u64 regs)
{
    u64 call[4], task = bpf_get_current_task();
    if (!settings.hooks)
        return NULL;
    struct stash *t = bpf_map_lookup_elem(&stashes, &task);
    if (!t || t->task != task)
        return NULL;
    stash_call(call, CAST(struct pt_regs, regs));
    return t->call[0] == call[0] && t->call[1] == call[1] && t->call[2] == call[2] && t->call[3] == call[3] ? t : NULL;
}

/* Lets go of it: what a hook saw is told once. */
static __always_inline void stash_drop(struct stash *t)
{
    u64 task = t->task;
    bpf_map_delete_elem(&stashes, &task);
}

/* add_stash() below. */
__noinline int add_stash_of(u32 key, u64 regs)
{
    struct scratch *s = scratch_of(key);
    struct stash *t = stash_of(regs);
    if (!s || !t)
        return 0;
    if (t->path[0].n)
        add_text(s, RECORD_RESOLVED, 0, &t->path[0]);
    if (t->path[1].n)
        add_text(s, RECORD_RESOLVED_OTHER, 0, &t->path[1]);
    if (t->path[0].n | t->path[1].n)
        s->r.flags |= RECORD_IS_TRUSTED;
    stash_drop(t);
    return 0;
}
static __always_inline void add_stash(struct scratch *s, u64 *ctx)
{
    add_stash_of(s->key, address_of(s, (const void *)ctx[0]));
}
