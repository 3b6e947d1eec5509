// SPDX-License-Identifier: Apache-2.0
#include "source/bpf/more.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sys/syscall.h>

#include "base/intl.h"

/* Calls that io_uring can do, and so the kinds that its programs make. */
static const record_u16 by_uring[] = {
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_openat, SYS_openat2, SYS_close, SYS_connect, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_recvfrom, SYS_recvmsg,
    SYS_socket, SYS_bind, SYS_listen, SYS_shutdown, SYS_unlinkat, SYS_renameat2, SYS_mkdirat, SYS_symlinkat, SYS_linkat, SYS_setxattr,
    SYS_fsetxattr, SYS_ftruncate, SYS_fallocate, SYS_statx, SYS_splice, RECORD_IO_URING, RECORD_BLOCK_WRITE,
};

static bool wants(const struct filter *filter, record_u32 kind)
{
    return !filter || filter->kinds[kind].wanted;
}

static bool wants_uring(const struct filter *filter)
{
    bool any = false;
    for (size_t i = 0; i < ARRAY_SIZE(by_uring); i++)
        any |= wants(filter, by_uring[i]);
    return any;
}

bool more_wants_help(const struct filter *filter, record_u32 kind)
{
    switch (kind) {
    case HELP_URING:
        return wants_uring(filter);
    case CALL_ASKED + ASK_FLOWS:
        return wants(filter, RECORD_FLOW);
    case CALL_ASKED + ASK_USAGE:
        return wants(filter, RECORD_USAGE);
    default:
        return false;
    }
}

bool more_wants_other(const struct filter *filter, record_u32 kind)
{
    switch (kind) {
    case SYS_accept:
    case SYS_accept4:
        return wants(filter, RECORD_TCP_STATE) || wants(filter, RECORD_FLOW);
    case SYS_ioctl:
    case FILE_SETATTR:
        return wants(filter, RECORD_INODE_FLAGS);
    case SYS_open:
    case SYS_openat:
    case SYS_openat2:
    case SYS_creat:
        return wants(filter, RECORD_BLOCK_WRITE);
    case CALL_ASK:
        return wants(filter, RECORD_FLOW) || wants(filter, RECORD_USAGE);
    default:
        return false;
    }
}

record_u32 more_made_by(record_u32 kind)
{
    switch (kind) {
    case RECORD_USAGE:
        return CALL_ASKED + ASK_USAGE;
    case RECORD_IO_URING:
        return HELP_URING;
    case RECORD_INODE_FLAGS:
        return SYS_ioctl;
    case RECORD_BLOCK_WRITE:
        return SYS_openat;
    default:
        return kind;
    }
}

int more_kind(size_t i)
{
    static const record_u16 kinds[] = {RECORD_USAGE, RECORD_INODE_FLAGS, RECORD_BLOCK_WRITE, RECORD_IO_URING};
    return i < ARRAY_SIZE(kinds) ? kinds[i] : -1;
}

const char *more_lost(const struct source_bpf *b, record_u32 kind)
{
    switch (kind) {
    case RECORD_FLOW:
        if (bpf_program_refused(b, "packet_out") || bpf_program_refused(b, "packet_in"))
            return N_("bytes of datagrams");
        return bpf_program_refused(b, "asked_flows") ? N_("bytes of a connection while it lives, and of datagrams") : NULL;
    case RECORD_GREETING:
        return bpf_program_refused(b, "greeting_out") ? N_("the first bytes of connections") : NULL;
    case RECORD_TCP_STATE:
        return bpf_program_refused(b, "owners_there") ? N_("whose the connections are that were there before") : NULL;
    case RECORD_INODE_FLAGS:
        return N_("what the attributes were before, unless the same thread had read them");
    case RECORD_BLOCK_WRITE:
        return N_("writes by descriptors that were open before");
    default:
        return NULL;
    }
}

/* ---- forms of tracepoints ---- */

/* How many arguments the tracepoint has here, and whether the i-th is a pointer. 0: there is none. */
static unsigned tracepoint_form(const struct btf *btf, const char *name, unsigned pointer, bool *ret_is_pointer)
{
    char type_name[64];
    snprintf(type_name, sizeof(type_name), "btf_trace_%s", name);
    int id = btf__find_by_name_kind(btf, type_name, BTF_KIND_TYPEDEF);
    const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (unsigned)id) : NULL;
    t = t ? btf__type_by_id(btf, t->type) : NULL; /* a pointer */
    t = t ? btf__type_by_id(btf, t->type) : NULL;
    *ret_is_pointer = false;
    if (!t || !btf_is_func_proto(t) || btf_vlen(t) < 1)
        return 0;
    unsigned n = btf_vlen(t) - 1; /* the first is the program's own */
    if (pointer < n) {
        const struct btf_type *arg = btf__type_by_id(btf, btf_params(t)[pointer + 1].type);
        *ret_is_pointer = arg && btf_is_ptr(arg);
    }
    return n;
}

static const char *const forms[MORE_FORMS] = {
    "uring_submit", "uring_submit_flag", "uring_submit_ring", "uring_complete", "uring_complete_res", "uring_complete_data",
};

void more_learn(struct source_bpf *b)
{
    bool is_pointer = false;
    if (b->is_learned)
        return;
    b->is_learned = true;
    for (size_t i = 0; i < MORE_FORMS; i++)
        b->unfit[i] = true;
    struct btf *btf = btf__load_vmlinux_btf();
    if (!btf)
        return;
    b->has_casts = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
    const unsigned req = tracepoint_form(btf, "io_uring_submit_req", 0, &is_pointer);
    const unsigned sqe = tracepoint_form(btf, "io_uring_submit_sqe", 1, &is_pointer);
    b->unfit[0] = !req;
    b->unfit[1] = !sqe || sqe > 2;        /* the request, and whether it must not wait */
    b->unfit[2] = sqe <= 2 || !is_pointer; /* the ring, the request, and more */
    const unsigned done = tracepoint_form(btf, "io_uring_complete", 1, &is_pointer);
    b->unfit[3] = done != 3;                /* the ring, the request, the entry */
    b->unfit[4] = done <= 3 || !is_pointer; /* the ring, the request, the program's data, the result */
    b->unfit[5] = done <= 3 || is_pointer;  /* the ring, the program's data, the result */
    b->uring_by_mark = !b->unfit[5];
    btf__free(btf);
}

bool more_is_unfit(const struct source_bpf *b, const char *program)
{
    for (size_t i = 0; i < MORE_FORMS; i++)
        if (!strcmp(program, forms[i]))
            return b->unfit[i];
    return false;
}

/* ---- maps ---- */

enum { SMALL = 2 };

static bool map_wanted(const char *name, const struct filter *filter)
{
    if (!strcmp(name, "owners") || !strcmp(name, "listeners"))
        return wants(filter, RECORD_TCP_STATE) || wants(filter, RECORD_FLOW) || wants(filter, RECORD_GREETING);
    if (!strcmp(name, "talkers"))
        return wants(filter, RECORD_DNS) || wants(filter, RECORD_FLOW);
    if (!strcmp(name, "sayings"))
        return wants(filter, RECORD_GREETING);
    if (!strcmp(name, "inode_flags"))
        return wants(filter, RECORD_INODE_FLAGS);
    if (!strcmp(name, "datagrams"))
        return wants(filter, RECORD_FLOW);
    if (!strcmp(name, "uring_short") || !strcmp(name, "uring_long"))
        return wants_uring(filter);
    if (!strcmp(name, "peers"))
        return wants(filter, SYS_connect) || wants(filter, SYS_sendto) || wants(filter, SYS_sendmsg) || wants(filter, SYS_sendmmsg) ||
               wants(filter, SYS_recvfrom) || wants(filter, SYS_recvmsg) || wants(filter, SYS_recvmmsg);
    return true;
}

void more_maps(struct bpf_object *object, const struct filter *filter)
{
    struct bpf_map *map;
    bpf_object__for_each_map(map, object)
        if (!map_wanted(bpf_map__name(map), filter))
            (void)bpf_map__set_max_entries(map, SMALL);
}

bool more_is_small(const struct bpf_map *map)
{
    return bpf_map__max_entries(map) == SMALL && bpf_map__type(map) != BPF_MAP_TYPE_ARRAY;
}

/* ---- attaching ---- */

/* Where the unified hierarchy of control groups is mounted; -ENOENT. */
static int unified_root(void)
{
    FILE *f = setmntent("/proc/self/mounts", "r");
    struct mntent *m;
    int fd = -ENOENT;
    if (!f)
        return -errno;
    while (fd < 0 && (m = getmntent(f)))
        if (!strcmp(m->mnt_type, "cgroup2"))
            fd = open(m->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)endmntent(f);
    return fd;
}

static int attach_to_cgroup(struct bpf_program *program, struct bpf_link **ret, struct error *err)
{
    _cleanup_close_ int root = unified_root();
    if (root < 0)
        return error_errno(err, root, "no unified hierarchy of control groups is mounted to attach %s to", bpf_program__name(program));
    struct bpf_link *link = bpf_program__attach_cgroup(program, root);
    if (!link)
        return error_errno(err, -errno, "%s cannot be attached to the root of control groups", bpf_program__name(program));
    *ret = link;
    return 0;
}

/* An iterator runs once, to its end, and is gone. */
static int run_iterator(struct bpf_program *program, struct bpf_link **ret, struct error *err)
{
    char bytes[256];
    struct bpf_link *link = bpf_program__attach_iter(program, NULL);
    _cleanup_close_ int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
    int r = fd < 0 ? -errno : 0;
    while (!r && read(fd, bytes, sizeof(bytes)) > 0)
        ;
    if (link)
        (void)bpf_link__destroy(link);
    *ret = NULL;
    return r ? error_errno(err, r, "%s cannot run", bpf_program__name(program)) : 0;
}

int more_attach(struct bpf_program *program, struct bpf_link **ret, struct error *err)
{
    const char *section = bpf_program__section_name(program);
    if (!strncmp(section, "cgroup_skb/", 11))
        return attach_to_cgroup(program, ret, err);
    if (!strncmp(section, "iter/", 5))
        return run_iterator(program, ret, err);
    return -ENOENT;
}
