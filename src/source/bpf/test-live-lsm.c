// SPDX-License-Identifier: Apache-2.0
/* What hooks add to records. This needs a kernel that lets programs look at its hooks: `make test-kernels` has some. */
#include "source/bpf/test-live-more.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

static char folder[] = "/tmp/davy-lsm-XXXXXX";

static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static unsigned n;
    char *path = paths[n++ % 4];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

/* One source for all tests: loading it is most of their time where the processor is emulated. */
static struct live *open_with_hooks(uint16_t kind)
{
    static struct live l;
    if (!l.source) {
        _cleanup_free_ struct filter *filter =
            LIVE_FILTER(SYS_unlink, SYS_unlinkat, SYS_rmdir, SYS_rename, SYS_link, SYS_symlink, SYS_mkdir, SYS_chmod, SYS_truncate, SYS_chown, SYS_mknod,
                        SYS_chroot, SYS_connect);
        l = live_open(&(struct source_bpf_options){.filter = filter, .no_snapshot = true});
    }
    if (!live_has_hook(&l, kind))
        test_skip("this kernel lets no program look at its hooks");
    CHECK(mkdtemp(strcpy(folder, "/tmp/davy-lsm-XXXXXX")));
    CHECK_INT(mkdir(in_folder("real"), 0700), 0);
    CHECK_INT(symlink("real", in_folder("link")), 0);
    return &l;
}

static void remove_folder(void)
{
    (void)unlink(in_folder("link"));
    (void)rmdir(in_folder("real"));
    (void)rmdir(folder);
}

static void check_resolved(const struct record *r, uint16_t tag, const char *name)
{
    CHECK(r);
    char want[128];
    (void)snprintf(want, sizeof(want), "%s/real/%s", folder, name);
    CHECK_STR(record_text(record_find(r, tag)), want);
    CHECK(r->flags & RECORD_IS_TRUSTED);
}

static void through_link(void *ctx)
{
    (void)ctx;
    (void)close(open(in_folder("real/a"), O_CREAT | O_WRONLY, 0600));
    (void)chmod(in_folder("link/a"), 0644);
    (void)link(in_folder("link/a"), in_folder("link/b"));
    (void)rename(in_folder("link/b"), in_folder("link/c"));
    (void)symlink("nowhere", in_folder("link/s"));
    (void)mkdir(in_folder("link/d"), 0700);
    (void)rmdir(in_folder("link/d"));
    (void)unlink(in_folder("link/s"));
    (void)unlink(in_folder("link/c"));
    (void)unlinkat(AT_FDCWD, in_folder("link/a"), 0);
}

TEST(paths_are_told_as_the_kernel_resolved_them)
{
    struct live *l = open_with_hooks(SYS_unlink);
    CHECK_INT(live_run(l, through_link, NULL), 0);
    check_resolved(live_find(l, SYS_chmod), RECORD_RESOLVED, "a");
    check_resolved(live_find(l, SYS_link), RECORD_RESOLVED, "a");
    check_resolved(live_find(l, SYS_link), RECORD_RESOLVED_OTHER, "b");
    check_resolved(live_find(l, SYS_rename), RECORD_RESOLVED, "b");
    check_resolved(live_find(l, SYS_rename), RECORD_RESOLVED_OTHER, "c");
    check_resolved(live_find(l, SYS_symlink), RECORD_RESOLVED, "s");
    check_resolved(live_find(l, SYS_mkdir), RECORD_RESOLVED, "d");
    check_resolved(live_find(l, SYS_rmdir), RECORD_RESOLVED, "d");
    check_resolved(live_nth(l, SYS_unlink, 0), RECORD_RESOLVED, "s");
    check_resolved(live_nth(l, SYS_unlink, 1), RECORD_RESOLVED, "c");
    check_resolved(live_find(l, SYS_unlinkat), RECORD_RESOLVED, "a");
    remove_folder();
}

static void calls_of_one_form(void *ctx)
{
    (void)ctx;
    (void)close(open(in_folder("real/a"), O_CREAT | O_WRONLY, 0600));
    (void)truncate(in_folder("link/a"), 0);
    (void)!chown(in_folder("link/a"), 0, 0);
    (void)syscall(SYS_mknod, in_folder("link/n"), S_IFIFO | 0600, 0); /* the C library makes another call of it */
    (void)unlink(in_folder("real/n"));
    (void)unlink(in_folder("real/a"));
    (void)!chroot(in_folder("link"));
}

TEST(paths_of_other_calls_are_told_too)
{
    struct live *l = open_with_hooks(SYS_unlink);
    CHECK_INT(live_run(l, calls_of_one_form, NULL), 0);
    check_resolved(live_find(l, SYS_truncate), RECORD_RESOLVED, "a");
    if (live_has_hook(l, SYS_chown)) /* before 5.11 no program may look at this one */
        check_resolved(live_find(l, SYS_chown), RECORD_RESOLVED, "a");
    check_resolved(live_find(l, SYS_mknod), RECORD_RESOLVED, "n");
    const struct record *r = live_find(l, SYS_chroot);
    CHECK(r);
    CHECK(str_ends(record_text(record_find(r, RECORD_RESOLVED)), STR("/real")));
    remove_folder();
}

static void connect_in_vain(void *ctx)
{
    struct sockaddr_in to = *(struct sockaddr_in *)ctx;
    (void)connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof(to));
}

TEST(the_address_of_a_connect_that_failed_is_the_kernels_copy)
{
    struct live *l = open_with_hooks(SYS_connect);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(to);
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* keeps the port, and does not listen */
    CHECK_INT(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&to, &n), 0);
    CHECK_INT(live_run(l, connect_in_vain, &to), 0);
    const struct record *r = live_find(l, SYS_connect);
    struct str name;
    CHECK(r);
    CHECK_INT(r->res, -ECONNREFUSED);
    CHECK(r->flags & RECORD_IS_TRUSTED);
    const struct record_fd *end = record_fd(record_find(r, RECORD_FD), &name);
    CHECK(end);
    CHECK_INT(end->rport, ntohs(to.sin_port));
    (void)close(fd);
    remove_folder();
}

/* A call that fails before its hook must not be given what the call before it left. */
static void fails_after_another(void *ctx)
{
    (void)ctx;
    (void)close(open(in_folder("real/a"), O_CREAT | O_WRONLY, 0600));
    for (int i = 0; i < 2; i++)
        (void)unlink(in_folder("link/a"));
}

TEST(what_one_call_left_is_not_taken_for_anothers)
{
    struct live *l = open_with_hooks(SYS_unlink);
    CHECK_INT(live_run(l, fails_after_another, NULL), 0);
    check_resolved(live_nth(l, SYS_unlink, 0), RECORD_RESOLVED, "a");
    const struct record *r = live_nth(l, SYS_unlink, 1);
    CHECK(r);
    CHECK_INT(r->res, -ENOENT);
    CHECK(!record_find(r, RECORD_RESOLVED));
    remove_folder();
}

static void by_the_32_bit_gate(void *ctx)
{
    (void)ctx;
    long res;
    char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED)
        return;
    (void)close(open(in_folder("real/a"), O_CREAT | O_WRONLY, 0600));
    strcpy(low, in_folder("link/a"));
    __asm__ volatile("int $0x80" : "=a"(res) : "0"(10L), "b"(low), "c"(0L) : "memory", "r8", "r9", "r10", "r11");
    (void)unlink(in_folder("real/a"));
}

TEST(calls_of_32_bits_are_told_too)
{
    struct live *l = open_with_hooks(SYS_unlink);
    CHECK_INT(live_run(l, by_the_32_bit_gate, NULL), 0);
    const struct record *r = live_nth(l, SYS_unlink, 0);
    CHECK(r);
    CHECK(r->flags & RECORD_IS_COMPAT);
    check_resolved(r, RECORD_RESOLVED, "a");
    remove_folder();
}
