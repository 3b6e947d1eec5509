/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What the reader asks for now and then (source/bpf/periodic.c): it makes a call that nobody else makes, and the program of that call
 * writes the records. So nothing runs by itself, and the reader needs no right for it.
 */
#include "packet.bpf.h"
#include "target.bpf.h"
#include "tcp.bpf.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, USAGE_ASKS);
    __type(key, u32);
    __type(value, struct usage_ask);
} usage_asks SEC(".maps");

struct bpf_map;

static long flow_of_stream(struct bpf_map *map, u64 *key, struct owner *o, void *ctx)
{
    struct scratch *s = scratch_held();
    struct sock *sk = CAST(struct sock, *key);
    u32 state = READ(sk, __sk_common.skc_state);
    if (s && state != TCP_LISTEN && state != TCP_CLOSE && READ(sk, sk_protocol) == PROTO_TCP)
        flow_tell(s, sk, o);
    return 0;
}

static long flow_of_datagrams(struct bpf_map *map, struct datagrams_key *key, struct datagrams *d, void *ctx)
{
    struct scratch *s = scratch_held();
    u64 sent = d->sent, received = d->received;
    if (!s || (sent == d->owner.sent && received == d->owner.received))
        return 0;
    owner_begin(s, RECORD_FLOW, &d->owner);
    struct record_net *net = add_net(s);
    if (!net)
        return 0;
    net->family = key->family;
    net->l4proto = PROTO_UDP;
    net->lport = key->lport;
    net->rport = key->rport;
    __builtin_memcpy(net->laddr, d->laddr, sizeof(net->laddr));
    __builtin_memcpy(net->raddr, key->raddr, sizeof(net->raddr));
    net->flags = d->owner.outgoing;
    net->cookie = key->cookie;
    net->sent = sent - d->owner.sent;
    net->received = received - d->owner.received;
    add_number(s, RECORD_PARAM + 1, net->sent);
    add_number(s, RECORD_PARAM + 2, net->received);
    d->owner.sent = sent;
    d->owner.received = received;
    record_output(s);
    return 0;
}

/* Global: looked at once by the verifier, not for each entry. */
__noinline int usage_tell(u32 key)
{
    struct scratch *s = scratch_held();
    struct usage_ask *ask = bpf_map_lookup_elem(&usage_asks, &key);
    struct task_struct *task = ask ? task_of_number(TASK(), ask->pid) : NULL;
    if (!s || !ask || !task)
        return 0;
    record_begin(s, RECORD_USAGE, 0, task);
    /* /proc knows when a process began in ticks: another one may have been given the number. */
    u64 start = s->r.start_ns;
    if (start + USAGE_TICK_NS < ask->start_ns || start > ask->start_ns + USAGE_TICK_NS)
        return 0;
    const struct record_usage *u = &ask->usage;
    add_bytes(s, RECORD_USAGE_DATA, 0, u, sizeof(*u), sizeof(*u));
    add_number(s, RECORD_PARAM + 0, u->period_ns);
    add_number(s, RECORD_PARAM + 1, u->user_ns);
    add_number(s, RECORD_PARAM + 2, u->system_ns);
    add_number(s, RECORD_PARAM + 3, u->vm_kib);
    add_number(s, RECORD_PARAM + 4, u->rss_kib);
    add_number(s, RECORD_PARAM + 5, u->huge_kib);
    add_number(s, RECORD_PARAM + 6, u->locked_kib);
    add_number(s, RECORD_PARAM + 7, u->threads);
    add_number(s, RECORD_PARAM + 8, u->busy_threads);
    record_output(s);
    return 0;
}

/* The loops walk maps in one helper, which kernels have since 5.13. */
EXIT int asked_flows(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    bpf_for_each_map_elem(&owners, flow_of_stream, NULL, 0);
    bpf_for_each_map_elem(&datagrams, flow_of_datagrams, NULL, 0);
    return scratch_give(s);
}

EXIT int asked_usage(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    u64 n = s->call.args[1];
    for (u32 i = 0; i < USAGE_ASKS && i < n; i++)
        usage_tell(i);
    return scratch_give(s);
}
