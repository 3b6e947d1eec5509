/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Packets of the root control group's sockets, that is of all: questions and answers of the domain name system as the one who asks
 * sees them, the bytes of datagrams, which no socket counts, and the first bytes of connections. What is neither ends after a look at a few fields.
 */
#include "owner.bpf.h"

enum { DNS_PORT = 53, DNS_HEADER = 12, DNS_MAX = 512, GREETING_MAX = 256, SAYINGS_MAX = 2048, TALKERS_MAX = 4096, DATAGRAMS_MAX = 8192 };

/* Who asked, by the socket's cookie: an answer comes in an interrupt. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, TALKERS_MAX);
    __type(key, u64);
    __type(value, struct owner);
} talkers SEC(".maps");

/* Datagrams of one socket with one peer. */
struct datagrams_key {
    u64 cookie;
    u8 raddr[16];
    u16 rport, lport;
    u32 family;
};
struct datagrams {
    struct owner owner; /* sent and received: told already */
    u64 sent, received;
    u8 laddr[16];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, DATAGRAMS_MAX);
    __type(key, struct datagrams_key);
    __type(value, struct datagrams);
} datagrams SEC(".maps");

/* What a connection said so far that may have only begun: the number of its first byte, bytes kept, bytes told. */
enum greeted { GREETED_NOT, GREETED_IN_PART, GREETED };
struct saying {
    u32 first, n, told, pad;
    u8 bytes[GREETING_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, SAYINGS_MAX);
    __type(key, u64); /* struct sock * */
    __type(value, struct saying);
} sayings SEC(".maps");

/* What the headers of a packet say. */
struct packet {
    u16 family, lport, rport; /* host order */
    u8 protocol;
    bool outgoing;
    u32 number;        /* of a stream's first byte in it */
    u32 payload, size; /* where it begins; of the whole packet */
    u8 laddr[16], raddr[16];
};

static __always_inline void packet_ends(struct packet *p, const u8 *from, const u8 *to, u32 n)
{
    __builtin_memcpy(p->outgoing ? p->laddr : p->raddr, from, n);
    __builtin_memcpy(p->outgoing ? p->raddr : p->laddr, to, n);
}

/* False for what is neither TCP nor UDP right behind its IP header. */
static __always_inline bool packet_read(struct packet *p, struct __sk_buff *skb)
{
    u8 h[40] = {}, l4[14] = {};
    u32 at;
    if (bpf_skb_load_bytes(skb, 0, h, 20))
        return false;
    if (h[0] >> 4 == 4) {
        at = (h[0] & 15) * 4;
        if (at < 20 || (h[6] & 0x1f) | h[7]) /* not the first fragment */
            return false;
        p->family = AF_INET;
        p->protocol = h[9];
        packet_ends(p, h + 12, h + 16, 4);
    } else {
        at = 40;
        if (h[0] >> 4 != 6 || bpf_skb_load_bytes(skb, 0, h, 40))
            return false;
        p->family = AF_INET6;
        p->protocol = h[6];
        packet_ends(p, h + 8, h + 24, 16);
    }
    if (p->protocol == PROTO_UDP) {
        if (bpf_skb_load_bytes(skb, at, l4, 8))
            return false;
        p->payload = at + 8;
    } else if (p->protocol == PROTO_TCP) {
        if (bpf_skb_load_bytes(skb, at, l4, 14))
            return false;
        p->payload = at + (l4[12] >> 4) * 4;
        p->number = l4[4] << 24 | l4[5] << 16 | l4[6] << 8 | l4[7];
    } else {
        return false;
    }
    u16 from = l4[0] << 8 | l4[1], to = l4[2] << 8 | l4[3];
    p->lport = p->outgoing ? from : to;
    p->rport = p->outgoing ? to : from;
    p->size = skb->len;
    return p->size >= p->payload;
}

/* The socket's owner; whoever sends now becomes it. */
static __always_inline struct owner *talker(struct scratch *s, u64 cookie, bool outgoing)
{
    struct owner *o = bpf_map_lookup_elem(&talkers, &cookie);
    if (o || !outgoing)
        return o;
    record_begin(s, 0, 0, TASK());
    o = (struct owner *)s->bytes;
    o->sent = o->received = 0;
    o->outgoing = 1;
    o->greeted = 0;
    bpf_map_update_elem(&talkers, &cookie, o, BPF_ANY);
    return bpf_map_lookup_elem(&talkers, &cookie);
}

static __always_inline void packet_net(struct record_net *net, const struct packet *p, u64 cookie)
{
    net->family = p->family;
    net->l4proto = p->protocol;
    net->lport = p->lport;
    net->rport = p->rport;
    __builtin_memcpy(net->laddr, p->laddr, sizeof(net->laddr));
    __builtin_memcpy(net->raddr, p->raddr, sizeof(net->raddr));
    net->flags = p->outgoing;
    net->cookie = cookie;
}

/* The message that begins at `from` becomes a block of the record, which is then sent. Global: with few numbers at hand its bounds hold. */
__noinline int dns_send(struct __sk_buff *skb, u32 from, u32 size)
{
    struct scratch *s = scratch_held();
    u64 n = size;
    if (!s)
        return 0;
    u64 at = block_at(s, DNS_MAX);
    if (!at)
        return 0;
    if (n > DNS_MAX) {
        n = DNS_MAX;
        s->r.flags |= RECORD_CUT;
    }
    u8 *to = &s->bytes[at + sizeof(struct record_block)];
    KEEP(n);
    if (n < DNS_HEADER || n > DNS_MAX || bpf_skb_load_bytes(skb, from, to, n))
        return 0;
    block_pad(s, at + sizeof(struct record_block) + n);
    block_end(s, at, RECORD_DNS_PACKET, 0, n);
    record_output(s);
    return 0;
}

static __always_inline void dns_tell(struct scratch *s, struct __sk_buff *skb, const struct packet *p, const struct owner *o, u64 cookie)
{
    u32 from = p->payload, n = p->size - from;
    if (p->protocol == PROTO_TCP) {
        /* A message has its length before it; only one that begins with a segment is taken. */
        u8 length[2] = {};
        if (n < 2 + DNS_HEADER || bpf_skb_load_bytes(skb, from, length, 2))
            return;
        u32 whole = length[0] << 8 | length[1];
        if (whole < DNS_HEADER)
            return;
        from += 2;
        n = n - 2 < whole ? n - 2 : whole;
    }
    if (n < DNS_HEADER)
        return;
    owner_begin(s, RECORD_DNS, o);
    struct record_net *net = add_net(s);
    if (!net)
        return;
    packet_net(net, p, cookie);
    dns_send(skb, from, n);
}

static __always_inline void datagram_count(struct scratch *s, const struct packet *p, const struct owner *o, u64 cookie)
{
    struct datagrams_key key = {.cookie = cookie, .rport = p->rport, .lport = p->lport, .family = p->family};
    u64 n = p->size - p->payload;
    __builtin_memcpy(key.raddr, p->raddr, sizeof(key.raddr));
    struct datagrams *d = bpf_map_lookup_elem(&datagrams, &key);
    if (!d) {
        d = (struct datagrams *)s->bytes;
        owner_begin(s, RECORD_FLOW, o);
        d->owner.sent = d->owner.received = d->sent = d->received = 0;
        d->owner.outgoing = p->outgoing;
        d->owner.greeted = 0;
        __builtin_memcpy(d->laddr, p->laddr, sizeof(d->laddr));
        bpf_map_update_elem(&datagrams, &key, d, BPF_NOEXIST);
        d = bpf_map_lookup_elem(&datagrams, &key);
        if (!d)
            return;
    }
    __sync_fetch_and_add(p->outgoing ? &d->sent : &d->received, n);
}

/*
 * What was said first becomes s->written.bytes: what is kept of it, and behind that the payload of this packet. Returns how many bytes; 0: the packet
 * is not the next one (it may be one that is sent again).
 */
__noinline int greeting_join(struct __sk_buff *skb, u32 from, u32 size)
{
    struct scratch *s = scratch_held();
    u64 n = size, before = 0;
    if (!s)
        return 0;
    u64 key = s->call.args[0];
    struct saying *said = bpf_map_lookup_elem(&sayings, &key);
    if (said) {
        before = said->n;
        if (said->first + said->n != (u32)s->call.args[1])
            return 0;
        bpf_probe_read_kernel(s->written.bytes, GREETING_MAX, said->bytes);
    }
    if (n > GREETING_MAX)
        n = GREETING_MAX;
    KEEP(n);
    KEEP(before);
    if (n < 1 || n > GREETING_MAX || before >= GREETING_MAX || bpf_skb_load_bytes(skb, from, &s->written.bytes[before], n))
        return 0;
    n += before;
    return n > GREETING_MAX ? GREETING_MAX : n;
}

/* Have the first n bytes of s->written an end: of a line that says something, of a text in braces, of a record of TLS? */
__noinline int greeting_is_whole(u32 n)
{
    struct scratch *s = scratch_held();
    if (!s || n >= GREETING_MAX)
        return 1;
    const u8 *bytes = s->written.bytes;
    if (bytes[0] == 0x16)
        return n >= 5U + (bytes[3] << 8 | bytes[4]);
    volatile bool has_begun = false;
    volatile s32 depth = 0; /* as if no text held a brace */
    for (u32 i = 0; i < GREETING_MAX; i++) {
        if (i >= n)
            break;
        u8 c = bytes[i];
        if (c == '\n' && has_begun && depth <= 0)
            return 1;
        has_begun |= c > ' ';
        depth += (c == '{') - (c == '}');
    }
    return 0;
}

/* Keeps it until more comes. The scratch must hold no record yet. */
__noinline int greeting_keep(u32 first, u32 n, u32 told)
{
    struct scratch *s = scratch_held();
    if (!s)
        return 0;
    u64 key = s->call.args[0];
    struct saying *said = (struct saying *)s->bytes;
    said->first = first;
    said->n = n;
    said->told = told;
    said->pad = 0;
    bpf_probe_read_kernel(said->bytes, GREETING_MAX, s->written.bytes);
    bpf_map_update_elem(&sayings, &key, said, BPF_ANY);
    return 0;
}

/* As dns_send(), of the first bytes of s->written. */
__noinline int greeting_send(u32 size)
{
    struct scratch *s = scratch_held();
    u64 n = size;
    if (!s)
        return 0;
    u64 at = block_at(s, GREETING_MAX);
    if (!at)
        return 0;
    u8 *to = &s->bytes[at + sizeof(struct record_block)];
    KEEP(n);
    if (n < 1 || n > GREETING_MAX || bpf_probe_read_kernel(to, n, s->written.bytes))
        return 0;
    block_pad(s, at + sizeof(struct record_block) + n);
    block_end(s, at, RECORD_DATA, 0, n);
    record_output(s);
    return 0;
}

/* A connection of which little more than its beginning was acknowledged, and whose bytes go out. */
static __always_inline bool is_greeting(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;
    struct bpf_tcp_sock *tcp = sk ? bpf_tcp_sock(sk) : NULL;
    return tcp && tcp->bytes_acked <= GREETING_MAX;
}

/* Tells what was said first: what has an end at once, the rest whenever it has doubled. */
static __always_inline void greeting_tell(struct scratch *s, struct __sk_buff *skb, const struct packet *p)
{
    struct bpf_sock *sk = skb->sk;
    if (!sk)
        return;
    /* by way of memory: an address is a number then */
    *(u64 *)s->call.args = (u64)sk;
    u64 key = *(volatile u64 *)s->call.args;
    struct owner *o = bpf_map_lookup_elem(&owners, &key);
    if (!o || !o->outgoing || o->greeted == GREETED || (o->head.pid == (s32)settings.self && o->head.pid))
        return;
    u32 first = p->number, told = 0;
    if (o->greeted == GREETED_NOT)
        bpf_map_delete_elem(&sayings, &key); /* of an earlier one at the same address */
    struct saying *said = bpf_map_lookup_elem(&sayings, &key);
    if (said) {
        first = said->first;
        told = said->told;
    } else if (o->greeted == GREETED_IN_PART) {
        return; /* there was no room for it */
    }
    s->call.args[1] = p->number;
    u32 n = greeting_join(skb, p->payload, p->size - p->payload);
    if (!n)
        return;
    bool is_whole = greeting_is_whole(n), is_told = is_whole || n >= 2 * told;
    o->greeted = is_whole ? GREETED : GREETED_IN_PART;
    if (!is_whole)
        greeting_keep(first, n, is_told ? n : told);
    else if (said)
        bpf_map_delete_elem(&sayings, &key);
    if (!is_told)
        return;
    owner_begin(s, RECORD_GREETING, o);
    struct record_net *net = add_net(s);
    if (!net)
        return;
    packet_net(net, p, bpf_get_socket_cookie(skb));
    greeting_send(n);
}

/* By itself: a kernel that does not take it still tells of names and datagrams. */
SEC("cgroup_skb/egress")
int greeting_out(struct __sk_buff *skb)
{
    struct packet p = {.outgoing = true};
    if (!is_greeting(skb) || !packet_read(&p, skb) || p.size == p.payload)
        return 1;
    struct scratch *s = scratch_take(RECORD_GREETING);
    if (!s)
        return 1;
    greeting_tell(s, skb, &p);
    scratch_give(s);
    return 1;
}

/* Always lets the packet pass. */
static __always_inline int packet_seen(struct __sk_buff *skb, bool outgoing)
{
    u8 version = 0, protocol = 0;
    bool dns = settings.kinds[RECORD_DNS] & KIND_WANTED, flow = settings.kinds[RECORD_FLOW] & KIND_WANTED;
    if (bpf_skb_load_bytes(skb, 0, &version, 1) || bpf_skb_load_bytes(skb, version >> 4 == 4 ? 9 : 6, &protocol, 1))
        return 1;
    /* A stream's remote port is the socket's. */
    if (protocol != PROTO_UDP && (!dns || protocol != PROTO_TCP || skb->remote_port != __builtin_bswap32(DNS_PORT)))
        return 1;
    struct packet p = {.outgoing = outgoing};
    if (!packet_read(&p, skb))
        return 1;
    bool is_dns = dns && p.rport == DNS_PORT;
    if (!is_dns && !(flow && p.protocol == PROTO_UDP))
        return 1;
    u64 cookie = bpf_get_socket_cookie(skb);
    struct scratch *s = scratch_take(RECORD_DNS);
    if (!s)
        return 1;
    struct owner *o = talker(s, cookie, outgoing);
    if (o && o->head.pid == (s32)settings.self && o->head.pid)
        goto end;
    if (flow && p.protocol == PROTO_UDP)
        datagram_count(s, &p, o, cookie);
    if (is_dns)
        dns_tell(s, skb, &p, o, cookie);
end:
    scratch_give(s);
    return 1;
}

SEC("cgroup_skb/egress")
int packet_out(struct __sk_buff *skb)
{
    return packet_seen(skb, true);
}

SEC("cgroup_skb/ingress")
int packet_in(struct __sk_buff *skb)
{
    return packet_seen(skb, false);
}
