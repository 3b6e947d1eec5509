// SPDX-License-Identifier: Apache-2.0
/* What io_uring does, by whichever thread of it, becomes records of the calls it stands for; attributes of inodes; block devices. */
#include "source/bpf/test-live.h"
#include "source/bpf/test-live-more.h"
#include "source/bpf/test-uring.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { PORT = 4711, NOT_HERE = 76 };

static void own_network(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (unshare(CLONE_NEWNET))
        _exit(77);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (ioctl(fd, SIOCSIFFLAGS, &lo))
        _exit(78);
    (void)close(fd);
}
static struct sockaddr_in v4(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}
#define ADDRESS(a) ((const struct sockaddr *)&(a)), sizeof(a)
#define POINTER(p) ((uint64_t)(uintptr_t)(p))

static struct live watch_uring(struct filter *f, void (*fn)(void *), void *ctx)
{
    _cleanup_free_ struct filter *filter = f;
    struct live l = live_open(&(struct source_bpf_options){.filter = filter, .no_snapshot = true});
    int r = live_run(&l, fn, ctx);
    if (r == NOT_HERE) {
        live_done(&l);
        test_skip("this kernel or file system has not what the act needs");
    }
    CHECK_INT(r, 0);
    return l;
}

/* The nth record of that kind that io_uring asked for. */
static const struct record *uring_nth(const struct live *l, unsigned kind, size_t nth)
{
    for (size_t i = 0; i < l->records.n; i++)
        if (l->records.v[i]->kind == kind && l->records.v[i]->flags & RECORD_IS_URING && nth-- == 0)
            return l->records.v[i];
    return NULL;
}
static const struct record *uring_must(const struct live *l, unsigned kind)
{
    const struct record *r = uring_nth(l, kind, 0);
    if (!r)
        test_fail(__FILE__, __LINE__, "io_uring gave no record of call %u", kind);
    CHECK_INT(r->pid, l->child);
    return r;
}

struct place {
    char folder[64];
    unsigned setup, flags; /* IORING_SETUP_…, IOSQE_… */
};

static void act_files(void *ctx)
{
    const struct place *p = ctx;
    struct test_uring u;
    int dir = open(p->folder, O_RDONLY | O_DIRECTORY);
    if (test_uring_open(&u, p->setup))
        _exit(NOT_HERE);
    struct io_uring_sqe s = {.opcode = IORING_OP_OPENAT, .flags = (uint8_t)p->flags, .fd = dir, .addr = POINTER("./made"), .open_flags = O_CREAT | O_WRONLY,
                             .len = 0640};
    if (test_uring_do(&u, &s) < 0)
        _exit(1);
    s = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .flags = (uint8_t)p->flags, .fd = dir, .addr = POINTER("none"), .open_flags = O_RDONLY};
    if (test_uring_do(&u, &s) != -ENOENT)
        _exit(2);
    uint64_t how[3] = {O_RDONLY, 0, 0x04 /* RESOLVE_NO_SYMLINKS */};
    s = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT2, .flags = (uint8_t)p->flags, .fd = AT_FDCWD, .addr = POINTER("/etc/passwd"), .len = sizeof(how),
                              .off = POINTER(how)};
    if (test_uring_do(&u, &s) < 0)
        _exit(3);
    s = (struct io_uring_sqe){.opcode = IORING_OP_MKDIRAT, .flags = (uint8_t)p->flags, .fd = dir, .addr = POINTER("folder"), .len = 0750};
    (void)test_uring_do(&u, &s);
    s = (struct io_uring_sqe){.opcode = IORING_OP_LINKAT, .flags = (uint8_t)p->flags, .fd = dir, .addr = POINTER("made"), .len = (uint32_t)dir,
                              .off = POINTER("linked")};
    (void)test_uring_do(&u, &s);
    s = (struct io_uring_sqe){.opcode = IORING_OP_SYMLINKAT, .flags = (uint8_t)p->flags, .fd = dir, .addr = POINTER("/etc/shadow"), .off = POINTER("symbolic")};
    (void)test_uring_do(&u, &s);
    s = (struct io_uring_sqe){.opcode = IORING_OP_RENAMEAT, .flags = (uint8_t)p->flags, .fd = dir, .addr = POINTER("made"), .len = (uint32_t)AT_FDCWD,
                              .off = POINTER("/davy-none/moved")};
    (void)test_uring_do(&u, &s);
    s = (struct io_uring_sqe){.opcode = IORING_OP_UNLINKAT, .flags = (uint8_t)p->flags, .fd = dir, .addr = POINTER("made")};
    if (test_uring_do(&u, &s))
        _exit(4);
    test_uring_close(&u);
}

/* An operation that this kernel does not know is refused before anybody can see it. */
static bool is_known(uint8_t op)
{
    struct test_uring u;
    if (test_uring_open(&u, 0))
        return false;
    struct io_uring_sqe s = {.opcode = op, .fd = AT_FDCWD, .addr = 8, .off = 8};
    int r = test_uring_do(&u, &s);
    test_uring_close(&u);
    return r != -EINVAL;
}

static void check_made_links(const struct live *l, const char *folder)
{
    const struct record *r = uring_must(l, SYS_mkdirat);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "folder");
    CHECK_INT(live_number(r, 3), 0750);
    r = uring_must(l, SYS_linkat);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "made");
    CHECK_STR(live_text(r, RECORD_PARAM + 4), "linked");
    CHECK_STR(live_text(r, RECORD_BASE_OTHER), folder);
    r = uring_must(l, SYS_symlinkat);
    CHECK_STR(live_text(r, RECORD_PARAM + 1), "/etc/shadow");
    CHECK_STR(live_text(r, RECORD_PARAM + 3), "symbolic");
    CHECK_STR(live_text(r, RECORD_BASE), folder);
}

static void check_files(unsigned setup, unsigned flags)
{
    struct place p = {.folder = "/tmp/davy-uring-XXXXXX", .setup = setup, .flags = flags};
    char path[128];
    CHECK(mkdtemp(p.folder));
    struct live l = watch_uring(LIVE_FILTER(SYS_openat, SYS_openat2, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_renameat2, SYS_unlinkat), act_files, &p);
    static const char *const names[] = {"folder", "linked", "symbolic", "made"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", p.folder, names[i]);
        (void)remove(path);
    }
    (void)rmdir(p.folder);
    struct str name;
    const struct record *r = uring_must(&l, SYS_openat);
    CHECK(r->res >= 0);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "./made");
    CHECK_STR(live_text(r, RECORD_BASE), p.folder);
    CHECK_INT(live_number(r, 3) & (O_CREAT | O_ACCMODE), O_CREAT | O_WRONLY);
    CHECK_INT(live_number(r, 4) & 07777, 0640);
    const struct record_fd *fd = record_fd(record_find(r, RECORD_FD), &name);
    CHECK(fd);
    CHECK_INT(fd->num, r->res);
    snprintf(path, sizeof(path), "%s/made", p.folder);
    CHECK_STR(name, path);
    CHECK(r->flags & RECORD_IS_TRUSTED);
    r = uring_nth(&l, SYS_openat, 1);
    CHECK(r && r->res == -ENOENT);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "none");
    r = uring_must(&l, SYS_openat2);
    CHECK(record_fd(record_find(r, RECORD_FD), &name));
    CHECK_STR(name, "/etc/passwd");
    CHECK(!record_find(r, RECORD_BASE));
    CHECK_INT(live_number(r, 5), 4);
    if (is_known(IORING_OP_LINKAT)) /* the three came together, with 5.15 */
        check_made_links(&l, p.folder);
    r = uring_must(&l, SYS_renameat2);
    CHECK(r->res == -ENOENT);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "made");
    CHECK_STR(live_text(r, RECORD_PARAM + 4), "/davy-none/moved");
    r = uring_must(&l, SYS_unlinkat);
    CHECK_INT(r->res, 0);
    CHECK_STR(live_text(r, RECORD_PARAM + 2), "made");
    live_done(&l);
}

TEST(files_inline)
{
    check_files(0, 0);
}
TEST(files_by_workers)
{
    check_files(0, IOSQE_ASYNC);
}
TEST(files_by_the_polling_thread)
{
    check_files(IORING_SETUP_SQPOLL, 0);
}

static void act_sockets(void *ctx)
{
    (void)ctx;
    own_network();
    struct test_uring u;
    struct sockaddr_in to = v4(PORT), other = v4(PORT + 1);
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (test_uring_open(&u, 0))
        _exit(NOT_HERE);
    (void)setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(server, ADDRESS(to)) || listen(server, 3))
        _exit(1);
    struct io_uring_sqe s = {.opcode = IORING_OP_CONNECT, .fd = client, .addr = POINTER(&to), .off = sizeof(to)};
    if (test_uring_do(&u, &s))
        _exit(2);
    s = (struct io_uring_sqe){.opcode = IORING_OP_ACCEPT, .fd = server, .accept_flags = SOCK_CLOEXEC};
    if (test_uring_do(&u, &s) < 0)
        _exit(3);
    s = (struct io_uring_sqe){.opcode = IORING_OP_SEND, .fd = client, .addr = POINTER("hello"), .len = 5};
    if (test_uring_do(&u, &s) != 5)
        _exit(4);
    struct msghdr m = {.msg_name = &other, .msg_namelen = sizeof(other), .msg_iov = &(struct iovec){&one, 4}, .msg_iovlen = 1};
    s = (struct io_uring_sqe){.opcode = IORING_OP_SENDMSG, .fd = udp, .addr = POINTER(&m), .len = 1};
    (void)test_uring_do(&u, &s);
    s = (struct io_uring_sqe){.opcode = IORING_OP_NOP};
    (void)test_uring_do(&u, &s);
    test_uring_close(&u);
}

TEST(sockets)
{
    struct live l = watch_uring(LIVE_FILTER(SYS_connect, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_io_uring_setup, RECORD_IO_URING), act_sockets, NULL);
    CHECK(live_must(&l, SYS_io_uring_setup)->res >= 0);
    const struct record *r = uring_must(&l, SYS_connect);
    CHECK_INT(r->res, 0);
    const struct record_fd *fd = record_fd(record_find(r, RECORD_FD), NULL);
    CHECK(fd);
    CHECK_INT(fd->rport, PORT);
    CHECK(fd->lport && fd->flags & RECORD_FD_CONNECTED && fd->flags & RECORD_FD_NAME_CHANGED);
    CHECK_INT(live_text(r, RECORD_PARAM + 3).n, sizeof(struct sockaddr_in));
    uint16_t client = fd->lport;
    r = uring_must(&l, SYS_accept4);
    fd = record_fd(record_find(r, RECORD_FD), NULL);
    CHECK(fd && fd->num == r->res && fd->flags & RECORD_FD_SERVER);
    CHECK_INT(fd->rport, client);
    CHECK_INT(live_number(r, 5), SOCK_CLOEXEC);
    r = uring_must(&l, SYS_sendto);
    CHECK_INT(r->res, 5);
    CHECK_INT(live_number(r, 3), 5);
    fd = record_fd(record_find(r, RECORD_FD), NULL);
    CHECK(fd && fd->rport == PORT && fd->l4proto == IPPROTO_TCP);
    r = uring_must(&l, SYS_sendmsg);
    fd = record_fd(record_find(r, RECORD_FD), NULL);
    CHECK(fd && fd->l4proto == IPPROTO_UDP);
    r = uring_must(&l, RECORD_IO_URING);
    CHECK_INT(live_number(r, 1), IORING_OP_NOP);
    CHECK(!uring_nth(&l, RECORD_IO_URING, 1));
    live_done(&l);
}

/* ---- attributes ---- */

static void act_attributes(void *ctx)
{
    int fd = open(ctx, O_RDONLY), flags = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
        _exit(NOT_HERE);
    flags |= FS_IMMUTABLE_FL;
    if (ioctl(fd, FS_IOC_SETFLAGS, &flags))
        _exit(NOT_HERE);
    flags = (flags & ~FS_IMMUTABLE_FL) | FS_APPEND_FL;
    (void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
    struct fsxattr x;
    if (!ioctl(fd, FS_IOC_FSGETXATTR, &x)) {
        x.fsx_xflags &= ~(unsigned)FS_XFLAG_APPEND;
        (void)ioctl(fd, FS_IOC_FSSETXATTR, &x);
    }
    flags = 0;
    (void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
    (void)ioctl(-1, FS_IOC_SETFLAGS, &flags);
}

TEST(immutable_and_append_only)
{
    char path[] = "/tmp/davy-flags-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)close(fd);
    struct live l = watch_uring(LIVE_FILTER(RECORD_INODE_FLAGS), act_attributes, path);
    (void)unlink(path);
    struct str name;
    const struct record *r = live_must(&l, RECORD_INODE_FLAGS);
    CHECK_INT(r->res, 0);
    CHECK(record_fd(record_find(r, RECORD_FD), &name));
    CHECK_STR(name, path);
    CHECK_INT(live_number(r, 2) & (FS_IMMUTABLE_FL | FS_APPEND_FL), FS_IMMUTABLE_FL);
    CHECK_INT(live_number(r, 3) & (FS_IMMUTABLE_FL | FS_APPEND_FL), 0);
    r = live_nth(&l, RECORD_INODE_FLAGS, 1);
    CHECK(r);
    CHECK_INT(live_number(r, 2) & (FS_IMMUTABLE_FL | FS_APPEND_FL), FS_APPEND_FL);
    CHECK_INT(live_number(r, 3) & (FS_IMMUTABLE_FL | FS_APPEND_FL), FS_IMMUTABLE_FL);
    r = live_nth(&l, RECORD_INODE_FLAGS, 2);
    CHECK(r);
    CHECK_INT(live_number(r, 2) & (FS_IMMUTABLE_FL | FS_APPEND_FL), 0);
    CHECK_INT(live_number(r, 3) & FS_APPEND_FL, FS_APPEND_FL);
    r = live_nth(&l, RECORD_INODE_FLAGS, 4);
    CHECK(r && r->res == -EBADF);
    CHECK(!live_find(&l, SYS_ioctl));
    live_done(&l);
}

/* ---- block devices: one that is not there, so that nothing can be harmed ---- */

struct block {
    char node[64];
};

static void act_block(void *ctx)
{
    struct block *b = ctx;
    int fd = open(b->node, O_RDONLY);
    (void)close(fd);
    fd = open(b->node, O_WRONLY);
    if (fd < 0)
        _exit(NOT_HERE);
    (void)close(fd);
    struct test_uring u;
    if (test_uring_open(&u, 0))
        return;
    struct io_uring_sqe s = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = POINTER(b->node), .open_flags = O_RDWR};
    (void)test_uring_do(&u, &s);
    test_uring_close(&u);
}

TEST(block_devices_opened_for_writing)
{
    char folder[] = "/tmp/davy-block-XXXXXX";
    struct block b;
    /* A loop device that no file is behind can be opened and has nothing to write to. */
    int control = open("/dev/loop-control", O_RDWR), number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
    (void)close(control);
    if (number < 0)
        test_skip("no loop device here");
    CHECK(mkdtemp(folder));
    snprintf(b.node, sizeof(b.node), "%s/disk", folder);
    bool made = !mknod(b.node, S_IFBLK | 0600, makedev(7, (unsigned)number));
    struct live l = watch_uring(LIVE_FILTER(RECORD_BLOCK_WRITE), act_block, &b);
    (void)unlink(b.node);
    (void)rmdir(folder);
    CHECK(made);
    struct str name;
    const struct record *r = live_must(&l, RECORD_BLOCK_WRITE);
    const struct record_fd *fd = record_fd(record_find(r, RECORD_FD), &name);
    CHECK(fd);
    CHECK_STR(name, b.node);
    CHECK_INT(fd->type, RECORD_FD_BLOCK);
    CHECK_INT(live_number(r, 1), makedev(7, (unsigned)number));
    CHECK(!live_find(&l, SYS_openat) && !live_find(&l, SYS_open));
    r = live_nth(&l, RECORD_BLOCK_WRITE, 1);
    CHECK(!r || r->flags & RECORD_IS_URING);
    CHECK(!live_nth(&l, RECORD_BLOCK_WRITE, 2));
    live_done(&l);
}
