/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* States of TCP sockets (TCP_STATE), and the bytes that went over them (FLOW). */
#include "owner.bpf.h"

enum { TCP_SYN_SENT = 2, TCP_CLOSE = 7 };

/* What went over the socket since that was told last; nothing is told of nothing. Keeps the scratch. */
static __always_inline void flow_tell(struct scratch *s, struct sock *sk, struct owner *o)
{
    struct tcp_sock *tcp = CAST(struct tcp_sock, sk);
    u64 sent = READ(tcp, bytes_acked), received = READ(tcp, bytes_received);
    if (sent <= o->sent && received <= o->received)
        return;
    owner_begin(s, RECORD_FLOW, o);
    struct record_net *net = add_net(s);
    if (!net)
        return;
    fill_net(net, sk);
    net->state = READ(sk, __sk_common.skc_state);
    net->flags = o->outgoing;
    net->sent = sent - o->sent;
    net->received = received - o->received;
    add_number(s, RECORD_PARAM + 1, sent - o->sent);
    add_number(s, RECORD_PARAM + 2, received - o->received);
    o->sent = sent;
    o->received = received;
    record_output(s);
}

/* const struct sock *sk, const int oldstate, const int newstate */
TRACE("inet_sock_set_state")
int tcp_state(u64 *ctx)
{
    struct sock *sk = CAST(struct sock, ctx[0]);
    u32 old = ctx[1], state = ctx[2];
    u64 key = (u64)sk;
    if (READ(sk, sk_protocol) != PROTO_TCP)
        return 0;
    struct scratch *s = scratch_take(RECORD_TCP_STATE);
    if (!s)
        return 0;
    /* These two happen in the call of the one who wants it. */
    if (state == TCP_SYN_SENT || state == TCP_LISTEN) {
        owner_remember(s, sk, TASK(), state == TCP_SYN_SENT);
        if (state == TCP_LISTEN) {
            struct listener port = listener_of(sk);
            bpf_map_update_elem(&listeners, &port, s->bytes, BPF_ANY);
        }
    }
    struct owner *o = owner_of(sk);
    if (o && o->head.pid == (s32)settings.self && o->head.pid)
        goto end;
    if (settings.kinds[RECORD_TCP_STATE] & KIND_WANTED) {
        owner_begin(s, RECORD_TCP_STATE, o);
        struct record_net *net = add_net(s);
        if (net) {
            fill_net(net, sk);
            net->old_state = old;
            net->state = state;
            net->flags = o && o->outgoing;
            add_number(s, RECORD_PARAM + 0, old);
            add_number(s, RECORD_PARAM + 1, state);
            record_output(s);
        }
    }
end:
    if (state == TCP_CLOSE) {
        o = bpf_map_lookup_elem(&owners, &key);
        if (o && old != TCP_LISTEN && settings.kinds[RECORD_FLOW] & KIND_WANTED)
            flow_tell(s, sk, o);
        bpf_map_delete_elem(&owners, &key);
        if (old == TCP_LISTEN) {
            struct listener port = listener_of(sk);
            bpf_map_delete_elem(&listeners, &port);
        }
    }
    return scratch_give(s);
}
