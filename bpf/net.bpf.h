/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Calls on sockets. Both ends are read from the kernel's socket after the call, so that no thread can show us another address than it
 * used. Only where the kernel keeps none (a datagram to an address that goes with it, a connect that failed) the
 * address in the caller's memory is taken; such a record is not RECORD_IS_TRUSTED.
 */
#include "dispatch.bpf.h"
#include "owner.bpf.h"
#include "plain.bpf.h"
#include "socket.bpf.h"

enum { CALL_CONNECT = 42, CALL_ACCEPT = 43, CALL_ACCEPT4 = 288, CALL_SENDTO = 44, CALL_RECVFROM = 45, CALL_SENDMSG = 46, CALL_RECVMSG = 47,
       CALL_SENDMMSG = 307, CALL_RECVMMSG = 299 };
enum { EINPROGRESS = 115 };
enum { MESSAGES_MAX = 8, VECTORS_MAX = 8 };

EXIT int call_connect(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct ends e;
    bool is_done = !c->res || c->res == -EINPROGRESS;
    ends_of(&e, c->args[0]);
    if (e.sk) {
        u64 size = given_stashed(s->key, address_of(s, (const void *)ctx[0]));
        bool is_hooked = size;
        if (!size)
            size = given_written(s->key, c->args[1], c->args[2]);
        given_parse(s, &e.given, size);
        e.is_trusted = is_hooked || (is_done && ends_has_remote(&e));
        if (is_done)
            e.changed = e.is_datagram ? peer_changes(&e, &e.given) : true;
        if (is_done && ends_has_remote(&e) && e.given.family != AF_UNIX)
            e.given.family = 0;
    }
    if (!ends_pass(s, &e))
        return scratch_give(s);
    call_begin(s);
    add_ends(s, c->args[0], &e);
    add_given(s, RECORD_PARAM + 3, &e.given);
    return record_send(s);
}

EXIT int call_accept(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct ends e, listening;
    ends_of(&listening, c->args[0]);
    ends_of(&e, c->res);
    e.changed = e.is_trusted = e.is_server = e.sk;
    u32 wanted = settings.kinds[c->kind & (CALLS_MAX - 1)];
    if (wanted & KIND_OTHER && e.sk && e.protocol == PROTO_TCP)
        owner_remember(s, e.sk, TASK(), false);
    if (!(wanted & KIND_WANTED) || !ends_pass(s, &e))
        return scratch_give(s);
    call_begin(s);
    add_ends(s, c->res < 0 ? -1 : c->res, &e);
    struct sock *sk = listening.sk;
    if (sk) {
        u32 length = READ(sk, sk_ack_backlog), most = READ(sk, sk_max_ack_backlog);
        add_number(s, RECORD_PARAM + 2, most ? (u64)length * 100 / most : 0);
        add_number(s, RECORD_PARAM + 3, length);
        add_number(s, RECORD_PARAM + 4, most);
    }
    if (c->kind == CALL_ACCEPT4)
        add_number(s, RECORD_PARAM + 5, (u32)c->args[3]);
    return record_send(s);
}

EXIT int call_listen(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct ends e;
    ends_of(&e, c->args[0]);
    e.is_trusted = e.sk;
    if (!ends_pass(s, &e))
        return scratch_give(s);
    call_begin(s);
    add_ends(s, c->args[0], &e);
    add_number(s, RECORD_PARAM + 2, (u32)c->args[1]);
    return record_send(s);
}

EXIT int call_bind(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct ends e;
    ends_of(&e, c->args[0]);
    e.is_trusted = e.sk;
    if (!ends_pass(s, &e))
        return scratch_give(s);
    call_begin(s);
    add_ends(s, c->args[0], &e);
    given_read(s, &e.given, c->args[1], c->args[2]);
    add_given(s, RECORD_PARAM + 1, &e.given);
    return record_send(s);
}

/* sendto and recvfrom, which send and recv are, too. */
EXIT int call_sendto(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    struct ends e;
    bool is_incoming = c->kind == CALL_RECVFROM;
    ends_of(&e, c->args[0]);
    if (e.is_datagram && c->args[4] && (c->res >= 0 || !is_incoming)) {
        u32 n = c->args[5];
        if (is_incoming && bpf_probe_read_user(&n, sizeof(n), (void *)c->args[5]))
            n = 0;
        given_read(s, &e.given, c->args[4], n);
        e.changed = c->res >= 0 && peer_changes(&e, &e.given);
    }
    e.is_trusted = e.sk && !e.given.family;
    if (!ends_pass(s, &e))
        return scratch_give(s);
    call_begin(s);
    add_ends(s, c->args[0], &e);
    add_number(s, RECORD_PARAM + (is_incoming ? 4 : 3), (u32)c->args[2]);
    if (c->res > 0 && settings.kinds[c->kind & (CALLS_MAX - 1)] & KIND_DATA)
        plain_bytes(RECORD_DATA, c->args[1], c->res);
    return record_send(s);
}

/* ---- messages ---- */

struct message {
    u64 name, vectors, n_vectors, control, n_control;
    u32 n_name;
};

/* struct user_msghdr, of 56 bytes, and compat_msghdr, of 28. */
static __always_inline bool message_read(struct message *m, u64 from, bool is_compat)
{
    __builtin_memset(m, 0, sizeof(*m));
    if (is_compat) {
        u32 v[6] = {};
        if (bpf_probe_read_user(v, sizeof(v), (void *)from))
            return false;
        *m = (struct message){.name = v[0], .n_name = v[1], .vectors = v[2], .n_vectors = v[3], .control = v[4], .n_control = v[5]};
        return true;
    }
    u64 v[6] = {};
    if (bpf_probe_read_user(v, sizeof(v), (void *)from))
        return false;
    *m = (struct message){.name = v[0], .n_name = v[1], .vectors = v[2], .n_vectors = v[3], .control = v[4], .n_control = v[5]};
    return true;
}

/* Bytes that the vectors have room for, and where the first begins. */
static __always_inline u64 vectors_size(const struct message *m, bool is_compat, u64 *ret_first, u64 *ret_n_first)
{
    u64 sum = 0;
    *ret_first = *ret_n_first = 0;
    for (u64 i = 0; i < VECTORS_MAX; i++) {
        u64 v[2] = {};
        u32 narrow[2] = {};
        if (i >= m->n_vectors)
            break;
        if (is_compat) {
            if (bpf_probe_read_user(narrow, sizeof(narrow), (void *)(m->vectors + i * sizeof(narrow))))
                break;
            v[0] = narrow[0];
            v[1] = narrow[1];
        } else if (bpf_probe_read_user(v, sizeof(v), (void *)(m->vectors + i * sizeof(v)))) {
            break;
        }
        sum += v[1];
        if (!i) {
            *ret_first = v[0];
            *ret_n_first = v[1];
        }
    }
    return sum;
}

/* One message at an address in the caller's memory, of which `n` bytes were sent or received. Gives no scratch back. */
__noinline int message_record(u64 from, s64 n)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    struct call *c = &s->call;
    bool is_incoming = c->kind == CALL_RECVMSG || c->kind == CALL_RECVMMSG, is_compat = c->flags & RECORD_IS_COMPAT;
    bool is_many = c->kind == CALL_SENDMMSG || c->kind == CALL_RECVMMSG;
    struct ends e;
    struct message m;
    u64 first, n_first;
    ends_of(&e, c->args[0]);
    bool is_read = message_read(&m, from, is_compat);
    if (e.is_datagram && is_read && m.name && (c->res >= 0 || !is_incoming)) {
        given_read(s, &e.given, m.name, m.n_name);
        e.changed = c->res >= 0 && peer_changes(&e, &e.given);
    }
    e.is_trusted = e.sk && !e.given.family;
    if (!ends_pass(s, &e))
        return 0;
    call_begin(s);
    add_ends(s, c->args[0], &e);
    if (!is_read) {
        s->r.flags |= RECORD_UNREAD;
    } else {
        add_number(s, RECORD_PARAM + (is_many ? 2 : is_incoming ? 1 : 3), (u32)vectors_size(&m, is_compat, &first, &n_first));
        if (settings.kinds[c->kind & (CALLS_MAX - 1)] & KIND_DATA) {
            if (is_incoming && m.control && m.n_control && c->res >= 0)
                plain_bytes(RECORD_PARAM + (is_many ? 5 : 4), m.control, m.n_control);
            if (n > 0 && first)
                plain_bytes(RECORD_DATA, first, (u64)n < n_first ? (u64)n : n_first);
        }
    }
    record_output(s);
    return 0;
}

EXIT int call_message(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    message_record(s->call.args[1], s->call.res);
    return scratch_give(s);
}

/* sendmmsg, recvmmsg: a record for each of the first messages. */
EXIT int call_messages(u64 *ctx)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    bool is_compat = s->call.flags & RECORD_IS_COMPAT;
    u64 size = is_compat ? 32 : 64, at = s->call.args[1];
    s64 count = s->call.res;
    for (int i = 0; i < MESSAGES_MAX; i++) {
        u32 n = 0;
        (void)bpf_probe_read_user(&n, sizeof(n), (void *)(at + size - (is_compat ? 4 : 8)));
        message_record(at, count > 0 ? n : count);
        if (i + 1 >= count)
            break;
        at += size;
    }
    return scratch_give(s);
}
