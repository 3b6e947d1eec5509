// SPDX-License-Identifier: Apache-2.0
/*
 * Every call that there is a program for, made by a child: each parameter and block of its record. One row a case; what the last
 * one of that kind says is compared.
 */
#include "source/bpf/test-live.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>

static char dir[64]; /* of this run; the child works in it */
static int dir_fd;

enum how { END, NUMBER, TEXT, ABSENT, FD_NAME, FD_TYPE, FD_FLAG };
struct want {
    enum how how;
    uint16_t tag;
    uint64_t number;
    const char *text; /* "@" at its start stands for the folder of the run */
};
#define P(i) (RECORD_PARAM + (i))
#define NUM(i, n) {NUMBER, P(i), (uint64_t)(n), NULL}
#define TXT(t, s) {TEXT, t, 0, s}
#define NONE(t) {ABSENT, t, 0, NULL}
#define FDNAME(s) {FD_NAME, RECORD_FD, 0, s}
#define FDTYPE(t) {FD_TYPE, RECORD_FD, t, NULL}
#define FDFLAG(f) {FD_FLAG, RECORD_FD, f, NULL}
#define CWD_NUMBER ((uint32_t)AT_FDCWD)
#define ANY (-9999)

static void at_file(const char *name)
{
    (void)close(open(name, O_CREAT | O_WRONLY, 0644));
}

static void do_open(void)
{
    at_file("f");
    (void)syscall(SYS_open, "f", O_RDWR | O_TRUNC, 0);
}
static void do_open_absolute(void)
{
    (void)syscall(SYS_open, "/etc/passwd", O_RDONLY);
}
static void do_open_missing(void)
{
    (void)syscall(SYS_open, "/nonexistent/x", O_RDONLY);
}
static void do_openat_create(void)
{
    (void)syscall(SYS_openat, dir_fd, "made", O_CREAT | O_EXCL | O_WRONLY, 0751);
}
static void do_openat_link(void)
{
    (void)symlink("/etc/passwd", "link");
    (void)syscall(SYS_openat, AT_FDCWD, "./sub/..//link", O_RDONLY, 0777);
}
static void do_openat2(void)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY, .resolve = RESOLVE_BENEATH};
    (void)syscall(SYS_openat2, dir_fd, "sub", &how, sizeof(how));
}
static void do_open_device(void)
{
    (void)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY);
}
static void do_open_deleted(void)
{
    at_file("gone");
    int fd = open("gone", O_RDONLY);
    (void)unlink("gone");
    char path[32];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    (void)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}
static void do_creat(void)
{
    (void)syscall(SYS_creat, "created", 0640);
}
static void do_rename(void)
{
    at_file("a");
    (void)syscall(SYS_rename, "a", "b");
}
static void do_renameat(void)
{
    at_file("a");
    (void)syscall(SYS_renameat, dir_fd, "a", AT_FDCWD, "/nonexistent/b");
}
static void do_renameat2(void)
{
    at_file("a");
    at_file("b2");
    (void)syscall(SYS_renameat2, AT_FDCWD, "a", dir_fd, "b2", 2 /* RENAME_EXCHANGE */);
}
static void do_rmdir(void)
{
    (void)mkdir("d", 0700);
    (void)syscall(SYS_rmdir, "d");
}
static void do_unlink(void)
{
    at_file("u");
    (void)syscall(SYS_unlink, "u");
}
static void do_unlinkat(void)
{
    (void)mkdir("ud", 0700);
    (void)syscall(SYS_unlinkat, dir_fd, "ud", AT_REMOVEDIR);
}
static void do_mkdir(void)
{
    (void)syscall(SYS_mkdir, "m", 0750);
}
static void do_mkdirat(void)
{
    (void)syscall(SYS_mkdirat, dir_fd, "ma", 0711);
}
static void do_chmod(void)
{
    at_file("c");
    (void)syscall(SYS_chmod, "c", 04755);
}
static void do_fchmod(void)
{
    int fd = open("c2", O_CREAT | O_RDWR, 0600);
    (void)syscall(SYS_fchmod, fd, 0600);
}
static void do_fchmodat(void)
{
    at_file("c3");
    (void)syscall(SYS_fchmodat, dir_fd, "c3", 0777);
}
static void do_fchmodat2(void)
{
    at_file("c4");
    (void)syscall(452, dir_fd, "c4", 0711, 0);
}
static void do_link(void)
{
    at_file("l");
    (void)syscall(SYS_link, "l", "l2");
}
static void do_linkat(void)
{
    at_file("l3");
    (void)syscall(SYS_linkat, dir_fd, "l3", AT_FDCWD, "l4", AT_SYMLINK_FOLLOW);
}
static void do_symlink(void)
{
    (void)syscall(SYS_symlink, "/etc/shadow", "s");
}
static void do_symlinkat(void)
{
    (void)syscall(SYS_symlinkat, "../x", dir_fd, "s2");
}
static void do_chdir(void)
{
    (void)syscall(SYS_chdir, "sub");
}
static void do_fchdir(void)
{
    (void)syscall(SYS_fchdir, dir_fd);
}
static void do_chroot(void)
{
    (void)syscall(SYS_chroot, "sub");
}
static void do_dup(void)
{
    (void)syscall(SYS_dup, dir_fd);
}
static void do_dup2(void)
{
    int fds[2];
    (void)socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    (void)syscall(SYS_dup2, fds[0], 77);
}
static void do_dup3(void)
{
    (void)syscall(SYS_dup3, open("/dev/null", O_RDONLY), 78, O_CLOEXEC);
}
static void do_ptrace(void)
{
    (void)syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0x1234, 0x56789abcdeULL);
}
static void do_bpf(void)
{
    (void)syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, NULL, 0);
}
static void do_init_module(void)
{
    (void)syscall(SYS_init_module, "not a module", 12UL, "a=1");
}
static void do_finit_module(void)
{
    (void)syscall(SYS_finit_module, open("/etc/passwd", O_RDONLY), "b=2", 3);
}
static void do_delete_module(void)
{
    (void)syscall(SYS_delete_module, "no_such_module", O_NONBLOCK);
}
static void do_setns(void)
{
    (void)syscall(SYS_setns, open("/proc/self/ns/uts", O_RDONLY), CLONE_NEWUTS);
}
static void do_unshare(void)
{
    (void)syscall(SYS_unshare, CLONE_NEWUTS);
}
static void do_setuid(void)
{
    (void)syscall(SYS_setuid, 1234);
}
static void do_setgid(void)
{
    (void)syscall(SYS_setgid, 1235);
}
static void do_setreuid(void)
{
    (void)syscall(SYS_setreuid, -1, 1236);
}
static void do_setresuid(void)
{
    (void)syscall(SYS_setresuid, 1, 2, 3);
}
static void do_socket(void)
{
    (void)syscall(SYS_socket, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 17);
}
static void do_socket_packet(void)
{
    (void)syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0);
}
static void do_userfaultfd(void)
{
    (void)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
}

static const struct call_case {
    int line;
    uint16_t kind;
    void (*run)(void);
    long res;
    struct want wants[9];
} cases[] = {
    {__LINE__, SYS_open, do_open, ANY,
     {TXT(P(1), "f"), NUM(2, O_RDWR | O_TRUNC), NUM(3, 0), TXT(RECORD_BASE, "@"), FDNAME("@/f"), FDTYPE(RECORD_FD_FILE), NONE(RECORD_ROOT)}},
    {__LINE__, SYS_open, do_open_absolute, ANY, {TXT(P(1), "/etc/passwd"), NUM(2, 0), NONE(RECORD_BASE), FDNAME("/etc/passwd")}},
    {__LINE__, SYS_open, do_open_missing, -ENOENT, {TXT(P(1), "/nonexistent/x"), NONE(RECORD_FD), NONE(RECORD_BASE)}},
    {__LINE__, SYS_openat, do_openat_create, ANY,
     {NUM(1, -2), TXT(P(2), "made"), NUM(3, O_CREAT | O_EXCL | O_WRONLY), NUM(4, 0751), TXT(RECORD_BASE, "@"), FDNAME("@/made"),
      FDFLAG(RECORD_FD_CREATED)}},
    {__LINE__, SYS_openat, do_openat_link, ANY,
     {NUM(1, CWD_NUMBER), TXT(P(2), "./sub/..//link"), NUM(4, 0), TXT(RECORD_BASE, "@"), FDNAME("/etc/passwd"), FDFLAG(RECORD_FD_TRUSTED)}},
    {__LINE__, SYS_openat2, do_openat2, ANY,
     {NUM(1, -2), TXT(P(2), "sub"), NUM(3, O_RDONLY | O_DIRECTORY), NUM(4, 0), NUM(5, RESOLVE_BENEATH), FDNAME("@/sub"),
      FDTYPE(RECORD_FD_DIRECTORY)}},
    {__LINE__, SYS_openat, do_open_device, ANY, {FDNAME("/dev/null"), FDTYPE(RECORD_FD_CHAR)}},
    {__LINE__, SYS_openat, do_open_deleted, ANY, {FDNAME("@/gone"), FDFLAG(RECORD_FD_DELETED)}},
    {__LINE__, SYS_creat, do_creat, ANY,
     {TXT(P(1), "created"), NUM(2, 0640), NUM(5, 0), TXT(RECORD_BASE, "@"), FDNAME("@/created"), FDFLAG(RECORD_FD_CREATED)}},
    {__LINE__, SYS_rename, do_rename, 0,
     {TXT(P(1), "a"), TXT(P(2), "b"), TXT(RECORD_BASE, "@"), TXT(RECORD_BASE_OTHER, "@")}},
    {__LINE__, SYS_renameat, do_renameat, -ENOENT,
     {NUM(1, -2), TXT(P(2), "a"), NUM(3, CWD_NUMBER), TXT(P(4), "/nonexistent/b"), TXT(RECORD_BASE, "@"), NONE(RECORD_BASE_OTHER)}},
    {__LINE__, SYS_renameat2, do_renameat2, 0,
     {NUM(1, CWD_NUMBER), TXT(P(2), "a"), NUM(3, -2), TXT(P(4), "b2"), NUM(5, 2), TXT(RECORD_BASE_OTHER, "@")}},
    {__LINE__, SYS_rmdir, do_rmdir, 0, {TXT(P(1), "d"), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_unlink, do_unlink, 0, {TXT(P(1), "u"), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_unlinkat, do_unlinkat, 0, {NUM(1, -2), TXT(P(2), "ud"), NUM(3, AT_REMOVEDIR), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_mkdir, do_mkdir, 0, {TXT(P(1), "m"), NUM(2, 0750), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_mkdirat, do_mkdirat, 0, {NUM(1, -2), TXT(P(2), "ma"), NUM(3, 0711), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_chmod, do_chmod, 0, {TXT(P(1), "c"), NUM(2, 04755), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_fchmod, do_fchmod, 0, {FDNAME("@/c2"), FDTYPE(RECORD_FD_FILE), NUM(2, 0600)}},
    {__LINE__, SYS_fchmodat, do_fchmodat, 0, {NUM(1, -2), TXT(P(2), "c3"), NUM(3, 0777), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_fchmodat, do_fchmodat2, ANY, {NUM(1, -2), TXT(P(2), "c4"), NUM(3, 0711)}},
    {__LINE__, SYS_link, do_link, 0, {TXT(P(1), "l"), TXT(P(2), "l2"), TXT(RECORD_BASE, "@"), TXT(RECORD_BASE_OTHER, "@")}},
    {__LINE__, SYS_linkat, do_linkat, 0,
     {NUM(1, -2), TXT(P(2), "l3"), NUM(3, CWD_NUMBER), TXT(P(4), "l4"), NUM(5, AT_SYMLINK_FOLLOW)}},
    {__LINE__, SYS_symlink, do_symlink, 0, {TXT(P(1), "/etc/shadow"), TXT(P(2), "s"), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_symlinkat, do_symlinkat, 0, {TXT(P(1), "../x"), NUM(2, -2), TXT(P(3), "s2"), TXT(RECORD_BASE, "@")}},
    {__LINE__, SYS_chdir, do_chdir, 0, {TXT(P(1), "sub"), TXT(RECORD_CWD, "@/sub")}},
    {__LINE__, SYS_fchdir, do_fchdir, 0, {FDNAME("@"), TXT(RECORD_CWD, "@")}},
    {__LINE__, SYS_chroot, do_chroot, 0, {TXT(P(1), "sub"), TXT(RECORD_ROOT, "@/sub")}},
    {__LINE__, SYS_dup, do_dup, ANY, {FDNAME("@"), FDTYPE(RECORD_FD_DIRECTORY)}},
    {__LINE__, SYS_dup2, do_dup2, 77, {FDTYPE(RECORD_FD_UNIX), FDFLAG(RECORD_FD_CONNECTED), NUM(2, 77)}},
    {__LINE__, SYS_dup3, do_dup3, 78, {FDNAME("/dev/null"), NUM(2, 78), NUM(3, O_CLOEXEC)}},
    {__LINE__, SYS_ptrace, do_ptrace, 0, {NUM(1, 0x1234), NUM(2, 0x56789abcdeULL), NUM(3, PTRACE_TRACEME), NUM(4, 0)}},
    {__LINE__, SYS_bpf, do_bpf, ANY, {NUM(1, BPF_MAP_LOOKUP_ELEM)}},
    {__LINE__, SYS_init_module, do_init_module, ANY, {TXT(P(1), "not a module"), NUM(2, 12), TXT(P(3), "a=1")}},
    {__LINE__, SYS_finit_module, do_finit_module, ANY, {FDNAME("/etc/passwd"), TXT(P(2), "b=2"), NUM(3, 3)}},
    {__LINE__, SYS_delete_module, do_delete_module, ANY, {TXT(P(1), "no_such_module"), NUM(2, O_NONBLOCK)}},
    {__LINE__, SYS_setns, do_setns, 0, {NUM(2, CLONE_NEWUTS), FDFLAG(RECORD_FD_TRUSTED)}},
    {__LINE__, SYS_unshare, do_unshare, 0, {NUM(1, CLONE_NEWUTS)}},
    {__LINE__, SYS_setuid, do_setuid, 0, {NUM(1, 1234)}},
    {__LINE__, SYS_setgid, do_setgid, 0, {NUM(1, 1235)}},
    {__LINE__, SYS_setreuid, do_setreuid, 0, {NUM(1, UINT32_MAX), NUM(2, 1236)}},
    {__LINE__, SYS_setresuid, do_setresuid, 0, {NUM(1, 1), NUM(2, 2), NUM(3, 3)}},
    {__LINE__, SYS_socket, do_socket, ANY,
     {NUM(1, AF_INET6), NUM(2, SOCK_DGRAM), NUM(3, 17), NUM(4, SOCK_CLOEXEC), FDTYPE(RECORD_FD_IPV6)}},
    {__LINE__, SYS_socket, do_socket_packet, ANY, {NUM(1, AF_PACKET), NUM(2, SOCK_RAW), FDTYPE(RECORD_FD_PACKET)}},
    {__LINE__, SYS_userfaultfd, do_userfaultfd, ANY, {NUM(1, O_CLOEXEC | O_NONBLOCK), FDTYPE(RECORD_FD_USERFAULTFD)}},
};

static void run_case(void *ctx)
{
    const struct call_case *c = ctx;
    if (chdir(dir) || (dir_fd = open(".", O_RDONLY | O_DIRECTORY)) < 0)
        _exit(1);
    (void)mkdir("sub", 0755);
    c->run();
}

static const char *expand(const char *text, char *buffer, size_t n)
{
    if (text[0] != '@')
        return text;
    (void)snprintf(buffer, n, "%s%s", dir, text + 1);
    return buffer;
}

static void check_want(const struct call_case *c, const struct record *r, const struct want *w)
{
    char buffer[128];
    struct str name = {};
    const struct record_block *b = record_find(r, (enum record_tag)w->tag);
    if (w->how == ABSENT) {
        if (b)
            test_fail(__FILE__, c->line, "block %d is there", w->tag);
        return;
    }
    if (!b)
        test_fail(__FILE__, c->line, "block %d is missing", w->tag);
    const struct record_fd *fd = w->tag == RECORD_FD ? record_fd(b, &name) : NULL;
    uint64_t got = w->how == FD_TYPE ? fd->type : w->how == FD_FLAG ? fd->flags & w->number : record_number(b);
    switch (w->how) {
    case TEXT:
    case FD_NAME:
        test_check_str(__FILE__, c->line, w->how == TEXT ? record_text(b) : name, str_from(expand(w->text, buffer, sizeof(buffer))));
        break;
    case NUMBER: /* -2 stands for the child's descriptor of the folder, which is a small number */
        if (w->number == (uint64_t)-2 ? got > 1000 : got != w->number)
            test_fail(__FILE__, c->line, "block %d is %llx", w->tag, (unsigned long long)got);
        break;
    default:
        if (got != w->number)
            test_fail(__FILE__, c->line, "descriptor: %llx, want %llx", (unsigned long long)got, (unsigned long long)w->number);
    }
}

static void check_case(struct live *l, const struct call_case *c)
{
    const struct record *r = NULL, *next;
    (void)live_run(l, run_case, (void *)(uintptr_t)c);
    for (size_t i = 0; (next = live_nth(l, c->kind, i)); i++)
        r = next;
    if (!r)
        test_fail(__FILE__, c->line, "no record");
    if (c->res != ANY && r->res != c->res)
        test_fail(__FILE__, c->line, "result %lld", (long long)r->res);
    if (r->ppid != getpid() || r->tid != r->pid || r->vpid != r->pid || strncmp(r->comm, "test-", 5) || !r->start_ns || !r->pidns ||
        !r->mntns || !r->userns || r->flags & (RECORD_CUT | RECORD_UNREAD))
        test_fail(__FILE__, c->line, "header");
    for (const struct want *w = c->wants; w->how != END; w++)
        check_want(c, r, w);
}

static void check_all(enum source_bpf_objects objects)
{
    struct live l = live_open(&(struct source_bpf_options){.no_snapshot = true, .objects = objects});
    char remove[80];
    (void)snprintf(dir, sizeof(dir), "/tmp/davy-live-XXXXXX");
    CHECK(mkdtemp(dir));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_case(&l, &cases[i]);
    struct source_stats stats;
    l.source->ops->stats(l.source, &stats);
    for (int i = 0; i < 4; i++)
        CHECK_INT(stats.dropped[i], 0);
    live_done(&l);
    (void)snprintf(remove, sizeof(remove), "rm -rf %s", dir);
    (void)!system(remove);
}

TEST(every_call_with_direct_loads)
{
    check_all(SOURCE_BPF_DIRECT);
}

TEST(every_call_with_helpers)
{
    check_all(SOURCE_BPF_PROBE);
}
