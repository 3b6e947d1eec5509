/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What io_uring does, which no system call shows. A request is met when it was submitted: names and addresses have been copied into the
 * kernel then, and current is the process that asked (or its io_uring thread). Its record is begun and put by until the request is done,
 * wherever that happens; then it is given the result and what the kernel knows of the descriptor.
 *
 * The tracepoints changed their form; source/bpf/more.c chooses by the kernel's own description of them.
 */
#include "block.bpf.h"
#include "net.bpf.h"

enum {
    OPS = 128, /* more than any kernel knows */
    OP_SENDMSG = 9, OP_RECVMSG = 10, OP_ACCEPT = 13, OP_CONNECT = 16, OP_OPENAT = 18, OP_SEND = 26, OP_RECV = 27, OP_OPENAT2 = 28,
    OP_SHUTDOWN = 34, OP_RENAMEAT = 35, OP_UNLINKAT = 36, OP_MKDIRAT = 37, OP_SYMLINKAT = 38, OP_LINKAT = 39, OP_FSETXATTR = 41,
    OP_SETXATTR = 42, OP_SOCKET = 45, OP_SEND_ZC = 47, OP_SENDMSG_ZC = 48, OP_FTRUNCATE = 55, OP_BIND = 56, OP_LISTEN = 57,
    CQE_MORE = 2, /* IORING_CQE_F_MORE: the request goes on */
    SHORT_MAX = 1024, LONG_MAX = 10 * 1024, XATTR_NAME_MAX = 255,
};

/* The system call that an operation stands for; 0: none, which IO_URING tells. read(2), which is call 0, stands there as 1000. */
#define AS_READ 1000
static const volatile u16 uring_calls[OPS] = {
    [1] = 19, [2] = 20, [3] = 74, [4] = AS_READ, [5] = 1, [8] = 277, [OP_SENDMSG] = 46, [OP_RECVMSG] = 47, [OP_ACCEPT] = 288, [OP_CONNECT] = 42,
    [17] = 285, [OP_OPENAT] = 257, [19] = 3, [21] = 332, [22] = AS_READ, [23] = 1, [24] = 221, [25] = 28, [OP_SEND] = 44, [OP_RECV] = 45,
    [OP_OPENAT2] = 437, [29] = 233, [30] = 275, [33] = 276, [OP_SHUTDOWN] = 48, [OP_RENAMEAT] = 316, [OP_UNLINKAT] = 263,
    [OP_MKDIRAT] = 258, [OP_SYMLINKAT] = 266, [OP_LINKAT] = 265, [OP_FSETXATTR] = 190, [OP_SETXATTR] = 188, [43] = 193, [44] = 191,
    [OP_SOCKET] = 41, [OP_SEND_ZC] = 44, [OP_SENDMSG_ZC] = 46, [49] = AS_READ, [50] = 247, [OP_FTRUNCATE] = 77, [OP_BIND] = 49, [OP_LISTEN] = 50,
    [58] = 45, [59] = 232, [60] = 19, [61] = 20, [62] = 293, /* 63 is a NOP, 64 a command to a device or socket, as 46 is */
};

/* A request that is not done: by its address, and where its end does not tell that, by its ring and the program's mark. */
struct uring_key {
    u64 a, b;
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, struct uring_key);
    __type(value, u8[SHORT_MAX]);
} uring_short SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64);
    __type(key, struct uring_key);
    __type(value, u8[LONG_MAX]);
} uring_long SEC(".maps");

static __always_inline u32 uring_kind(u8 op)
{
    u32 call = uring_calls[op & (OPS - 1)];
    return call == AS_READ ? 0 : call ? call : RECORD_IO_URING;
}

/* ---- parameters ---- */

/* A file name that the kernel copied (`s` is the scratch); since 7.0 its structure is held by another one. */
#define NAME_OF(type, req, field)                                                                                      \
    ({                                                                                                                 \
        u64 _name;                                                                                                     \
        if (bpf_core_field_exists(((struct type *)0)->field)) {                                                        \
            struct type *_args = CAST(struct type, req);                                                               \
            _name = address_of(s, READ(_args, field));                                                                 \
        } else {                                                                                                       \
            struct type##___late *_args = CAST(struct type##___late, req);                                             \
            _name = address_of(s, READ(_args, field.__incomplete_filename));                                           \
        }                                                                                                              \
        _name;                                                                                                         \
    })

/* Global: looked at once by the verifier. */
__noinline int uring_name(u32 tag, u32 base, u64 filename, s64 folder)
{
    struct scratch *s = scratch_held();
    u8 first = 0;
    if (!s || !filename)
        return 0;
    struct filename *f = CAST(struct filename, filename);
    const char *name = READ(f, name);
    PEEK(first, name);
    add_kernel_text(s, tag, name, RECORD_PATH_MAX);
    if (base && first != '/')
        add_base(s, base, TASK(), (s32)folder);
    return 0;
}

static __always_inline void uring_open(struct scratch *s, u64 req, u8 op)
{
    struct io_open *o = CAST(struct io_open, req);
    s32 folder = READ(o, dfd);
    add_number(s, RECORD_PARAM + 1, (u32)folder);
    uring_name(RECORD_PARAM + 2, RECORD_BASE, NAME_OF(io_open, req, filename), folder);
    add_number(s, RECORD_PARAM + 3, (u32)READ(o, how.flags));
    add_number(s, RECORD_PARAM + 4, (u32)READ(o, how.mode));
    if (op == OP_OPENAT2)
        add_number(s, RECORD_PARAM + 5, (u32)READ(o, how.resolve));
}

static __always_inline void uring_unlink(struct scratch *s, u64 req)
{
    struct io_unlink *u = CAST(struct io_unlink, req);
    s32 folder = READ(u, dfd);
    add_number(s, RECORD_PARAM + 1, (u32)folder);
    uring_name(RECORD_PARAM + 2, RECORD_BASE, NAME_OF(io_unlink, req, filename), folder);
    add_number(s, RECORD_PARAM + 3, (u32)READ(u, flags));
}

static __always_inline void uring_mkdir(struct scratch *s, u64 req)
{
    struct io_mkdir *m = CAST(struct io_mkdir, req);
    s32 folder = READ(m, dfd);
    add_number(s, RECORD_PARAM + 1, (u32)folder);
    uring_name(RECORD_PARAM + 2, RECORD_BASE, NAME_OF(io_mkdir, req, filename), folder);
    add_number(s, RECORD_PARAM + 3, READ(m, mode));
}

static __always_inline void two_names(struct scratch *s, s32 from, u64 from_name, s32 to, u64 to_name, u32 flags)
{
    add_number(s, RECORD_PARAM + 1, (u32)from);
    uring_name(RECORD_PARAM + 2, RECORD_BASE, from_name, from);
    add_number(s, RECORD_PARAM + 3, (u32)to);
    uring_name(RECORD_PARAM + 4, RECORD_BASE_OTHER, to_name, to);
    add_number(s, RECORD_PARAM + 5, flags);
}

static __always_inline void uring_rename(struct scratch *s, u64 req)
{
    struct io_rename *r = CAST(struct io_rename, req);
    two_names(s, READ(r, old_dfd), NAME_OF(io_rename, req, oldpath), READ(r, new_dfd), NAME_OF(io_rename, req, newpath), READ(r, flags));
}

static __always_inline void uring_link(struct scratch *s, u64 req)
{
    if (bpf_core_type_exists(struct io_link)) {
        struct io_link *l = CAST(struct io_link, req);
        two_names(s, READ(l, old_dfd), NAME_OF(io_link, req, oldpath), READ(l, new_dfd), NAME_OF(io_link, req, newpath), READ(l, flags));
    } else {
        struct io_hardlink *l = CAST(struct io_hardlink, req);
        two_names(s, READ(l, old_dfd), address_of(s, READ(l, oldpath)), READ(l, new_dfd), address_of(s, READ(l, newpath)), READ(l, flags));
    }
}

static __always_inline void uring_symlink(struct scratch *s, u64 req)
{
    s32 folder;
    u64 target, path;
    if (bpf_core_type_exists(struct io_link)) {
        struct io_link *l = CAST(struct io_link, req);
        folder = READ(l, new_dfd);
        target = NAME_OF(io_link, req, oldpath);
        path = NAME_OF(io_link, req, newpath);
    } else {
        struct io_symlink *l = CAST(struct io_symlink, req);
        folder = READ(l, new_dfd);
        target = address_of(s, READ(l, oldpath));
        path = address_of(s, READ(l, newpath));
    }
    uring_name(RECORD_PARAM + 1, 0, target, 0);
    add_number(s, RECORD_PARAM + 2, (u32)folder);
    uring_name(RECORD_PARAM + 3, RECORD_BASE, path, folder);
}

static __always_inline void uring_xattr(struct scratch *s, u64 req, u8 op)
{
    u64 name = 0;
    if (bpf_core_field_exists(((struct io_xattr *)0)->ctx)) {
        struct io_xattr *x = CAST(struct io_xattr, req);
        name = (u64)READ(x, ctx.kname);
    } else {
        struct io_xattr___before *x = CAST(struct io_xattr___before, req);
        name = (u64)READ(x, ctx.kname);
    }
    if (op == OP_SETXATTR)
        uring_name(RECORD_PARAM + 1, RECORD_BASE, NAME_OF(io_xattr, req, filename), AT_FDCWD);
    if (name)
        add_kernel_text(s, RECORD_PARAM + 2, (void *)name, XATTR_NAME_MAX + 1);
}

/* The address of a message as the kernel copied it. */
static __always_inline void uring_address(struct scratch *s, struct given *g, u64 req)
{
    u64 name, n;
    __builtin_memset(g, 0, sizeof(*g));
    if (!bpf_core_type_exists(struct io_async_msghdr))
        return;
    struct io_kiocb *r = CAST(struct io_kiocb, req);
    void *data = READ(r, async_data);
    if (!data)
        return;
    struct io_async_msghdr *m = CAST(struct io_async_msghdr, data);
    name = (u64)READ(m, msg.msg_name);
    n = (u32)READ(m, msg.msg_namelen);
    KEEP(n);
    if (n > GIVEN_MAX)
        n = GIVEN_MAX;
    if (!name || bpf_probe_read_kernel(s->written.bytes, n, (void *)name))
        return;
    given_parse(s, g, n);
}

static __always_inline void uring_params(struct scratch *s, u64 req, u8 op)
{
    switch (op) {
    case OP_OPENAT:
    case OP_OPENAT2:
        uring_open(s, req, op);
        break;
    case OP_UNLINKAT:
        uring_unlink(s, req);
        break;
    case OP_MKDIRAT:
        uring_mkdir(s, req);
        break;
    case OP_RENAMEAT:
        uring_rename(s, req);
        break;
    case OP_LINKAT:
        if (bpf_core_type_exists(struct io_link) || bpf_core_type_exists(struct io_hardlink))
            uring_link(s, req);
        break;
    case OP_SYMLINKAT:
        if (bpf_core_type_exists(struct io_link) || bpf_core_type_exists(struct io_symlink))
            uring_symlink(s, req);
        break;
    case OP_SETXATTR:
    case OP_FSETXATTR:
        if (bpf_core_type_exists(struct io_xattr))
            uring_xattr(s, req, op);
        break;
    case OP_SOCKET:
        if (bpf_core_type_exists(struct io_socket)) {
            struct io_socket *o = CAST(struct io_socket, req);
            add_number(s, RECORD_PARAM + 1, (u32)READ(o, domain));
            add_number(s, RECORD_PARAM + 2, (u32)READ(o, type) & 15);
            add_number(s, RECORD_PARAM + 3, (u32)READ(o, protocol));
        }
        break;
    case OP_ACCEPT: {
        struct io_accept *a = CAST(struct io_accept, req);
        add_number(s, RECORD_PARAM + 5, (u32)READ(a, flags));
        break;
    }
    case OP_CONNECT: {
        struct io_connect *c = CAST(struct io_connect, req);
        struct given g;
        given_read(s, &g, (u64)READ(c, addr), READ(c, addr_len));
        add_given(s, RECORD_PARAM + 3, &g);
        break;
    }
    case OP_SEND:
    case OP_SEND_ZC:
    case OP_RECV: {
        struct io_sr_msg *m = CAST(struct io_sr_msg, req);
        add_number(s, RECORD_PARAM + (op == OP_RECV ? 4 : 3), (u32)READ(m, len));
        break;
    }
    case OP_FTRUNCATE:
        if (bpf_core_type_exists(struct io_ftrunc)) {
            struct io_ftrunc *t = CAST(struct io_ftrunc, req);
            add_number(s, RECORD_PARAM + 2, READ(t, len));
        }
        break;
    case OP_LISTEN:
        if (bpf_core_type_exists(struct io_listen)) {
            struct io_listen *l = CAST(struct io_listen, req);
            add_number(s, RECORD_PARAM + 2, (u32)READ(l, backlog));
        }
        break;
    }
}

/* ---- when it is submitted ---- */

static __always_inline u64 uring_mark(struct io_kiocb *r)
{
    if (bpf_core_field_exists(r->cqe))
        return READ(r, cqe.user_data);
    struct io_kiocb___old *old = CAST(struct io_kiocb___old, r);
    return READ(old, user_data);
}

/* The number of the descriptor, where the kernel still has it; -1. */
static __always_inline s32 uring_num(struct io_kiocb *r)
{
    return bpf_core_field_exists(r->cqe.fd) ? READ(r, cqe.fd) : -1;
}

static __always_inline bool uring_wants(u32 kind)
{
    return settings.kinds[kind] & KIND_WANTED || ((kind == 257 || kind == 437) && settings.kinds[RECORD_BLOCK_WRITE] & KIND_WANTED);
}

static __always_inline int uring_begin(u64 req, bool by_mark)
{
    struct io_kiocb *r = CAST(struct io_kiocb, req);
    u8 op = READ(r, opcode);
    u32 kind = uring_kind(op);
    if (op >= OPS || kind >= FILTER_KINDS || !uring_wants(kind) || bpf_get_current_pid_tgid() >> 32 == settings.self)
        return 0;
    struct scratch *s = scratch_take(kind);
    if (!s)
        return 0;
    record_begin(s, kind, 0, TASK());
    s->r.flags = RECORD_IS_URING;
    uring_params(s, req, op);
    if (kind == RECORD_IO_URING) {
        add_number(s, RECORD_PARAM + 1, op);
        add_number(s, RECORD_PARAM + 2, (u32)uring_num(r));
    }
    /* Until it is done, res and upid hold what is needed then. */
    s->r.res = (u64)READ(r, file);
    s->r.upid = (u32)uring_num(r);
    struct uring_key key = {.a = req};
    if (by_mark)
        key = (struct uring_key){.a = (u64)READ(r, ctx), .b = uring_mark(r)};
    long failed = -1;
    u64 size = s->r.size;
    KEEP(size);
    if (size <= LONG_MAX - sizeof(struct given)) {
        /* Behind the record, until it is done: where a datagram goes. */
        struct given *g = (struct given *)&s->bytes[size];
        if (op == OP_SEND || op == OP_SEND_ZC || op == OP_SENDMSG || op == OP_SENDMSG_ZC)
            uring_address(s, g, req);
        else
            g->family = g->n = 0;
    }
    if (size <= SHORT_MAX - sizeof(struct given))
        failed = bpf_map_update_elem(&uring_short, &key, s->bytes, BPF_NOEXIST);
    else if (size <= LONG_MAX - sizeof(struct given))
        failed = bpf_map_update_elem(&uring_long, &key, s->bytes, BPF_NOEXIST);
    if (failed) {
        /* No room, or a mark that is used twice: better told without its result than not at all. */
        s->r.res = 0;
        s->r.upid = 0;
        record_output(s);
    }
    return scratch_give(s);
}

TRACE("io_uring_submit_req")
int uring_submit(u64 *ctx)
{
    return uring_begin(ctx[0], false);
}

/* The request, and whether it must not wait. */
TRACE("io_uring_submit_sqe")
int uring_submit_flag(u64 *ctx)
{
    return uring_begin(ctx[0], false);
}

/* The ring, the request, and more. The end of a request tells the program's mark only, in kernels up to 5.15 and their like. */
TRACE("io_uring_submit_sqe")
int uring_submit_ring(u64 *ctx)
{
    return uring_begin(ctx[1], settings.uring_by_mark);
}

/* ---- when it is done ---- */

/* What the descriptor is now: the one that was made, or the one that was worked on. */
static __always_inline void uring_fd(struct scratch *s, struct file *file, s32 num, s64 res, const struct given *g)
{
    u32 kind = s->r.kind;
    bool makes = kind == 257 || kind == 437 || kind == 41 || kind == 288, mine = bpf_get_current_pid_tgid() >> 32 == (u32)s->r.pid;
    if (makes) {
        if (res < 0 || !mine)
            return;
        num = res;
        file = file_of(TASK(), res);
    }
    if (!file)
        return;
    struct ends e = {.file = file, .is_trusted = true};
    struct sock *sk = sock_of(file);
    if (!sk) {
        add_file(s, RECORD_FD, 0, num, file, 0);
        s->r.flags |= RECORD_IS_TRUSTED;
        return;
    }
    e.sk = sk;
    e.family = READ(sk, __sk_common.skc_family);
    e.is_server = kind == 288;
    e.changed = e.is_server || (kind == 42 && (!res || res == -EINPROGRESS));
    e.protocol = READ(sk, sk_protocol);
    if (READ(sk, sk_type) != SOCK_STREAM && (g->family == AF_INET || g->family == AF_INET6)) {
        e.given = *g;
        e.changed = res >= 0 && peer_changes(&e, g);
    }
    add_ends(s, num, &e);
}

/* req: 0 where the tracepoint does not tell it. */
static __always_inline int uring_end(struct uring_key *key, u64 req, s64 res, bool more)
{
    struct record *head = bpf_map_lookup_elem(&uring_short, key);
    bool is_short = head;
    if (!head)
        head = bpf_map_lookup_elem(&uring_long, key);
    if (!head)
        return 0;
    struct given g = {};
    u64 size = head->size;
    struct scratch *s = scratch_take(head->kind);
    if (!s)
        return 0;
    KEEP(size);
    if (size > (is_short ? SHORT_MAX : LONG_MAX) - sizeof(g))
        goto end;
    KEEP(size);
    if (size > LONG_MAX - sizeof(g) || bpf_probe_read_kernel(s->bytes, size, head) || bpf_probe_read_kernel(&g, sizeof(g), (void *)head + size))
        goto end;
    struct file *file = CAST(struct file, s->r.res);
    s32 num = s->r.upid;
    if (req) {
        struct io_kiocb *r = CAST(struct io_kiocb, req);
        file = READ(r, file);
    }
    s->r.res = res;
    s->r.upid = 0;
    s->r.time_ns = bpf_ktime_get_boot_ns();
    uring_fd(s, file, num, res, &g);
    u32 kind = s->r.kind;
    if (kind < FILTER_KINDS && settings.kinds[kind] & KIND_WANTED)
        record_output(s);
    if ((kind == 257 || kind == 437) && res >= 0)
        block_opened(res);
end:
    if (!more) {
        if (is_short)
            bpf_map_delete_elem(&uring_short, key);
        else
            bpf_map_delete_elem(&uring_long, key);
    }
    return scratch_give(s);
}

static __always_inline bool uring_may_wait(u64 req)
{
    struct io_kiocb *r = CAST(struct io_kiocb, req);
    u32 kind = uring_kind(READ(r, opcode));
    return kind < FILTER_KINDS && uring_wants(kind);
}

/* The ring, the request, the entry that the program gets. */
TRACE("io_uring_complete")
int uring_complete(u64 *ctx)
{
    struct uring_key key = {.a = ctx[1]};
    struct {
        u64 mark;
        s32 res;
        u32 flags;
    } cqe = {};
    if (!key.a || !uring_may_wait(key.a))
        return 0;
    PEEK(cqe, ctx[2]);
    return uring_end(&key, key.a, cqe.res, cqe.flags & CQE_MORE);
}

/* The ring, the request, the program's mark, the result, flags, and more. */
TRACE("io_uring_complete")
int uring_complete_res(u64 *ctx)
{
    struct uring_key key = {.a = ctx[1]};
    if (!key.a || !uring_may_wait(key.a))
        return 0;
    return uring_end(&key, key.a, (s32)ctx[3], ctx[4] & CQE_MORE);
}

/* The ring, the program's mark, the result, flags. */
TRACE("io_uring_complete")
int uring_complete_data(u64 *ctx)
{
    struct uring_key key = {.a = ctx[0], .b = ctx[1]};
    return uring_end(&key, 0, (s32)ctx[2], ctx[3] & CQE_MORE);
}
