/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Both ends of a socket: what the kernel knows, what an address in the caller's memory says, and whether the filter wants them. */
#include "filter.bpf.h"
#include "kernel_more.h"
#include "stash.bpf.h"

enum { SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, PROTO_TCP = 6, PROTO_UDP = 17, GIVEN_MAX = 128, PEERS_MAX = 8192 };

/* An address as the caller gave it; its bytes stand in scratch.written. */
struct given {
    u16 family; /* 0: none, or nothing we know */
    u16 port;   /* host order */
    u32 n;      /* bytes */
    u8 addr[16];
};

/* The socket that a call works on. */
struct ends {
    struct file *file;
    struct sock *sk;    /* NULL: no socket */
    struct given given; /* replaces what the socket says of the remote end */
    u16 family;
    u8 protocol;
    bool is_datagram, is_trusted, is_server, changed;
};

static __always_inline void ends_of(struct ends *e, s64 num)
{
    __builtin_memset(e, 0, sizeof(*e));
    e->file = file_of(TASK(), (s32)num);
    if (!e->file)
        return;
    struct sock *sk = sock_of(e->file);
    e->sk = sk;
    if (!sk)
        return;
    e->family = READ(sk, __sk_common.skc_family);
    e->protocol = READ(sk, sk_protocol);
    e->is_datagram = READ(sk, sk_type) != SOCK_STREAM;
}

/* What the first bytes of scratch.written, of which there are `size`, say. */
static __always_inline void given_parse(struct scratch *s, struct given *g, u64 size)
{
    KEEP(size);
    if (size > GIVEN_MAX || size < 2)
        return;
    s->written.bytes[size] = 0;
    g->n = size;
    u16 family = *(u16 *)s->written.bytes;
    if (family == AF_INET && size >= 8) {
        g->port = swap16(*(u16 *)(s->written.bytes + 2));
        __builtin_memcpy(g->addr, s->written.bytes + 4, 4);
        g->family = family;
    } else if (family == AF_INET6 && size >= 24) {
        g->port = swap16(*(u16 *)(s->written.bytes + 2));
        __builtin_memcpy(g->addr, s->written.bytes + 8, 16);
        g->family = family;
    } else if (family == AF_UNIX && size > 2) {
        g->family = family;
    }
}

static __always_inline void given_read(struct scratch *s, struct given *g, u64 from, u32 n)
{
    u64 size = n;
    __builtin_memset(g, 0, sizeof(*g));
    KEEP(size);
    if (size > GIVEN_MAX)
        size = GIVEN_MAX;
    if (from && size >= 2 && !bpf_probe_read_user(s->written.bytes, size, (void *)from))
        given_parse(s, g, size);
}

/* The kernel's own copy of an address, as a hook saw it, becomes what was written; its size, 0 without a hook. */
__noinline int given_stashed(u32 key, u64 regs)
{
    struct scratch *s = scratch_of(key);
    struct stash *t = stash_of(regs);
    if (!s || !t)
        return 0;
    u64 size = t->n_address;
    KEEP(size);
    if (size > GIVEN_MAX || bpf_probe_read_kernel(s->written.bytes, size, t->address))
        return 0;
    stash_drop(t);
    return size;
}

/* The same from the caller's memory. */
__noinline int given_written(u32 key, u64 from, u32 n)
{
    struct scratch *s = scratch_of(key);
    u64 size = n;
    KEEP(size);
    if (size > GIVEN_MAX)
        size = GIVEN_MAX;
    return !s || !from || bpf_probe_read_user(s->written.bytes, size, (void *)from) ? 0 : size;
}

/* The address as a parameter: its bytes, as they came. */
static __always_inline void add_given(struct scratch *s, u32 tag, const struct given *g)
{
    if (g->n)
        add_bytes(s, tag, 0, s->written.bytes, g->n, GIVEN_MAX);
}

static __always_inline bool ends_has_remote(const struct ends *e)
{
    struct sock *sk = e->sk;
    return e->family != AF_INET || READ(sk, __sk_common.skc_daddr);
}

/* ---- the last peer of sockets that may have many ---- */

struct peer_key {
    u64 sk, ino; /* the address is used again for other sockets: the inode's number tells them apart */
};
struct peer {
    u8 addr[16];
    u16 port, family;
    u32 pad;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, PEERS_MAX);
    __type(key, struct peer_key);
    __type(value, struct peer);
} peers SEC(".maps");

/* Remembers the peer and tells whether it is another one than that of the last datagram. What was forgotten counts as another. */
static __always_inline bool peer_changes(const struct ends *e, const struct given *g)
{
    if (g->family != AF_INET && g->family != AF_INET6)
        return g->family == AF_UNIX;
    struct file *file = e->file;
    struct inode *inode = READ(file, f_inode);
    struct peer_key key = {.sk = (u64)e->sk, .ino = READ(inode, i_ino)};
    struct peer now = {.port = g->port, .family = g->family};
    __builtin_memcpy(now.addr, g->addr, sizeof(now.addr));
    struct peer *last = bpf_map_lookup_elem(&peers, &key);
    if (last && last->port == now.port && last->family == now.family && *(u64 *)last->addr == *(u64 *)now.addr &&
        *(u64 *)(last->addr + 8) == *(u64 *)(now.addr + 8))
        return false;
    bpf_map_update_elem(&peers, &key, &now, BPF_ANY);
    return true;
}

/* ---- the filter ---- */

/* What is known of the ends. Of a socket of IPv6 who looks at both ends decides whether it carries IPv4 (context/endpoint.h). */
static __always_inline struct facts facts_of_ends(const struct scratch *s, const struct ends *e)
{
    struct sock *sk = e->sk;
    struct facts f = facts_of_res(s->call.res);
    fact(&f, FILTER_NAME_CHANGED, e->changed);
    f.may |= ~0ULL << FILTER_PACKET << 1; /* facts on addresses: left to the rules */
    if (!sk) {
        facts_of_no_file(&f); /* a failed accept has the letter of what it would have made */
    } else if (e->family == AF_INET) {
        fact(&f, FILTER_IPV4, true);
        fact(&f, FILTER_CONNECTED, READ(sk, __sk_common.skc_daddr));
    } else if (e->family == AF_INET6) {
        u64 remote[2] = {};
        PEEK(remote, &sk->__sk_common.skc_v6_daddr);
        f.may |= FACT(FILTER_IPV4) | FACT(FILTER_IPV6);
        fact(&f, FILTER_CONNECTED, remote[0] | remote[1]);
    } else {
        fact(&f, e->family == AF_UNIX ? FILTER_UNIX : FILTER_OTHER_FD, true);
        f.may |= FACT(FILTER_CONNECTED) | FACT(FILTER_TCP) | FACT(FILTER_UDP) | FACT(FILTER_OTHER_L4);
    }
    if (sk && (e->family == AF_INET || e->family == AF_INET6))
        fact_l4(&f, e->protocol, f.sure & FACT(FILTER_CONNECTED) || READ(sk, __sk_common.skc_state) == TCP_LISTEN || e->is_server || e->given.port);
    return f;
}

/* Global, so that the verifier looks at it once. Paths, ports and addresses are left to the rules. */
__noinline int facts_pass(u32 kind, u64 may, u64 sure)
{
    struct facts f = {.may = may, .sure = sure};
    return filter_ask(kind, &f) != 0;
}

static __always_inline bool ends_pass(struct scratch *s, const struct ends *e)
{
    u32 kind = s->call.kind & (CALLS_MAX - 1);
    if (!(settings.kinds[kind] & KIND_FILTERED))
        return true;
    struct facts f = facts_of_ends(s, e);
    if (facts_pass(kind, f.may, f.sure))
        return true;
    s->counters.filtered++;
    return false;
}

/* ---- the block ---- */

static __always_inline void put_remote(struct record_fd *fd, const struct given *g)
{
    if (g->family == AF_INET && fd->type == RECORD_FD_IPV6) {
        __builtin_memset(fd->raddr, 0, sizeof(fd->raddr));
        fd->raddr[10] = fd->raddr[11] = 0xff;
        __builtin_memcpy(fd->raddr + 12, g->addr, 4);
    } else {
        __builtin_memcpy(fd->raddr, g->addr, sizeof(fd->raddr));
    }
    fd->rport = g->port;
}

/* The path that the caller gave for a unix socket, behind the structure; its length. */
static __always_inline u64 put_path(struct record_fd *fd, const struct scratch *s)
{
    u8 *name = (u8 *)(fd + 1);
    bool is_abstract = !s->written.bytes[2];
    if (is_abstract)
        name[0] = '@';
    s64 n = is_abstract ? bpf_probe_read_kernel_str(name + 1, 108, s->written.bytes + 3) : bpf_probe_read_kernel_str(name, 109, s->written.bytes + 2);
    return n <= 0 ? is_abstract : n - 1 + is_abstract;
}

/* RECORD_FD of the socket with both its ends; of anything else what it is. */
static __always_inline void add_ends(struct scratch *s, s32 num, const struct ends *e)
{
    struct file *file = e->file;
    if (!e->sk) {
        add_file(s, RECORD_FD, 0, num, file, 0);
        return;
    }
    u64 at = block_at(s, sizeof(struct record_fd) + GIVEN_MAX);
    if (!at)
        return;
    BOUND(at, 0xffff);
    struct record_fd *fd = (struct record_fd *)&s->bytes[at + sizeof(struct record_block)];
    __builtin_memset(fd, 0, sizeof(*fd));
    fd->num = num;
    fill_inode(fd, file, READ(file, f_inode));
    u64 n = fill_socket(fd, e->sk, (u8 *)(fd + 1));
    if (e->given.family == AF_UNIX && fd->type == RECORD_FD_UNIX && (!n || e->is_datagram))
        n = put_path(fd, s);
    else if (e->given.family && (fd->type == RECORD_FD_IPV4 || fd->type == RECORD_FD_IPV6))
        put_remote(fd, &e->given);
    if (!e->is_trusted)
        fd->flags &= ~RECORD_FD_TRUSTED;
    else
        s->r.flags |= RECORD_IS_TRUSTED;
    if (e->changed)
        fd->flags |= RECORD_FD_NAME_CHANGED;
    if (e->is_server)
        fd->flags |= RECORD_FD_SERVER;
    KEEP(n);
    if (n > 109)
        n = 0;
    block_pad(s, at + sizeof(struct record_block) + sizeof(*fd) + n);
    block_end(s, at, RECORD_FD, 0, sizeof(*fd) + n);
}
