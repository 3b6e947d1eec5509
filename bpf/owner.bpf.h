/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Whose a socket is. What happens to a connection later, happens in interrupts and on behalf of others; so who connected, listened or
 * accepted is remembered by the socket, bounded. A connection that nobody has accepted yet belongs to who listens on its port.
 */
#include "dispatch.bpf.h"
#include "socket.bpf.h"

enum { OWNERS_MAX = 16384, LISTENERS_MAX = 1024 };

struct owner {
    struct record head;   /* who; its size, kind and time are of no use */
    u64 sent, received;   /* FLOW: told already */
    u32 outgoing, greeted; /* the process began the connection; GREETING: enum greeted */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, OWNERS_MAX);
    __type(key, u64); /* struct sock * */
    __type(value, struct owner);
} owners SEC(".maps");

struct listener {
    u32 netns, port;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, LISTENERS_MAX);
    __type(key, struct listener);
    __type(value, struct owner);
} listeners SEC(".maps");

static __always_inline struct listener listener_of(struct sock *sk)
{
    struct sock_common___net *common = CAST(struct sock_common___net, sk);
    struct net *net = READ(common, skc_net.net);
    return (struct listener){.netns = READ(net, ns.inum), .port = READ(sk, __sk_common.skc_num)};
}

/* Remembers that the socket belongs to the task; the scratch must hold nothing yet. */
static __always_inline void owner_remember(struct scratch *s, struct sock *sk, struct task_struct *task, bool outgoing)
{
    u64 key = (u64)sk;
    record_begin(s, 0, 0, task);
    struct owner *o = (struct owner *)s->bytes;
    o->sent = o->received = 0;
    o->outgoing = outgoing;
    o->greeted = 0;
    bpf_map_update_elem(&owners, &key, o, BPF_ANY);
    if (READ(sk, __sk_common.skc_state) == TCP_LISTEN) {
        struct listener port = listener_of(sk);
        bpf_map_update_elem(&listeners, &port, o, BPF_ANY);
    }
}

static __always_inline struct owner *owner_of(struct sock *sk)
{
    u64 key = (u64)sk;
    struct owner *o = bpf_map_lookup_elem(&owners, &key);
    if (o)
        return o;
    struct listener port = listener_of(sk);
    return bpf_map_lookup_elem(&listeners, &port);
}

/* Begins a record of what happens to a socket of that owner (NULL: not known, and nobody is named). */
static __always_inline void owner_begin(struct scratch *s, u32 kind, const struct owner *o)
{
    if (o)
        __builtin_memcpy(&s->r, &o->head, sizeof(s->r));
    else
        __builtin_memset(&s->r, 0, sizeof(s->r));
    s->r.size = sizeof(s->r);
    s->r.kind = kind;
    s->r.flags = RECORD_IS_TRUSTED;
    s->r.time_ns = bpf_ktime_get_boot_ns();
    s->r.cpu = bpf_get_smp_processor_id();
}

static __always_inline struct record_net *add_net(struct scratch *s)
{
    u64 at = block_at(s, sizeof(struct record_net));
    if (!at)
        return NULL;
    struct record_net *net = (struct record_net *)&s->bytes[at + sizeof(struct record_block)];
    __builtin_memset(net, 0, sizeof(*net));
    block_end(s, at, RECORD_NET, 0, sizeof(*net));
    return net;
}

static __always_inline void fill_net(struct record_net *net, struct sock *sk)
{
    net->family = READ(sk, __sk_common.skc_family);
    net->l4proto = READ(sk, sk_protocol);
    net->lport = READ(sk, __sk_common.skc_num);
    if (!net->lport) {
        /* Given back already; the one in the headers of packets stays. */
        struct inet_sock *inet = CAST(struct inet_sock, sk);
        net->lport = swap16(READ(inet, inet_sport));
    }
    net->rport = swap16(READ(sk, __sk_common.skc_dport));
    if (net->family == AF_INET) {
        *(u32 *)net->laddr = READ(sk, __sk_common.skc_rcv_saddr);
        *(u32 *)net->raddr = READ(sk, __sk_common.skc_daddr);
    } else {
        PEEK(net->laddr, &sk->__sk_common.skc_v6_rcv_saddr);
        PEEK(net->raddr, &sk->__sk_common.skc_v6_daddr);
    }
    struct sock_common___key *common = CAST(struct sock_common___key, sk);
    net->cookie = READ(common, skc_cookie.counter);
    net->ifindex = READ(common, skc_bound_dev_if);
}

/* ---- sockets that were there before ---- */

struct bpf_iter_task_file_context {
    void *meta;
    struct task_struct *task;
    u32 fd;
    struct file *file;
};

/* Of several processes that have a socket open the last one is met last. */
SEC("iter/task_file")
int owners_there(struct bpf_iter_task_file_context *ctx)
{
    struct task_struct *task = ctx->task;
    struct file *file = ctx->file;
    if (!task || !file)
        return 0;
    task = CAST(struct task_struct, task);
    file = CAST(struct file, file);
    struct sock *sk = sock_of(file);
    if (!sk || READ(sk, sk_protocol) != PROTO_TCP)
        return 0;
    struct scratch *s = scratch_take(RECORD_TCP_STATE);
    if (!s)
        return 0;
    /* Who listens on the local port was not who began the connection. */
    struct listener port = listener_of(sk);
    bool listening = READ(sk, __sk_common.skc_state) == TCP_LISTEN;
    owner_remember(s, sk, READ(task, group_leader), !listening && !bpf_map_lookup_elem(&listeners, &port));
    return scratch_give(s);
}
