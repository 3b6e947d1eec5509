// SPDX-License-Identifier: Apache-2.0
/*
 * A confined process tries what an attacker who took it over would try. Each attempt has a child of its own, because most
 * end it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/confine.h"
#include "base/digest_aside.h"
#include "harness/test.h"

enum { KILLED = -1, ALLOWED = 0 }; /* otherwise the errno */

static int folder = -1, secret = -1;

/* What became of `attempt` in a confined child: KILLED, ALLOWED or its errno. */
static int fate(int (*attempt)(void), int below)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (!pid) {
        unsigned walls;
        struct error err = ERROR_NULL;
        if (confine_self(&(struct confine_options){.folder = below, .memory = 256 << 20}, &walls, &err) < 0)
            _exit(250);
        errno = 0;
        int r = attempt();
        _exit(r < 0 ? errno : 0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    if (WIFSIGNALED(status)) {
        CHECK_INT(WTERMSIG(status), SIGSYS);
        return KILLED;
    }
    CHECK(WEXITSTATUS(status) != 250);
    return WEXITSTATUS(status);
}

static struct digest_aside *aside;

static void start_a_thread(void *ctx)
{
    (void)ctx;
    aside = digest_aside_new();
}

/* A thread from before the filter goes on working behind it. */
TEST(threads_live_within_the_walls)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (!pid) {
        unsigned walls;
        struct error err = ERROR_NULL;
        struct sha256 *h = sha256_new();
        uint8_t is[SHA256_BYTES], want[SHA256_BYTES];
        if (confine_self(&(struct confine_options){.folder = -1, .memory = 256 << 20, .start = start_a_thread}, &walls, &err) < 0)
            _exit(250);
        if (!aside)
            _exit(251);
        digest_aside_add(aside, h, "abc", 3);
        digest_aside_wait(aside, digest_aside_mark(aside));
        sha256_end(h, is);
        sha256_once("abc", 3, want);
        if (memcmp(is, want, sizeof(is)))
            _exit(252);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

static sem_t runs, may_go;

static void *go_too_far(void *ctx)
{
    (void)ctx;
    (void)sem_post(&runs);
    (void)sem_wait(&may_go);
    (void)socket(AF_INET, SOCK_STREAM, 0);
    _exit(0);
}

static void start_one_that_goes_too_far(void *ctx)
{
    pthread_t thread;
    (void)ctx;
    if (pthread_create(&thread, NULL, go_too_far, NULL))
        _exit(251);
    (void)sem_wait(&runs);
}

TEST(what_no_process_may_no_thread_may)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (!pid) {
        unsigned walls;
        struct error err = ERROR_NULL;
        (void)sem_init(&runs, 0, 0);
        (void)sem_init(&may_go, 0, 0);
        if (confine_self(&(struct confine_options){.folder = -1, .start = start_one_that_goes_too_far}, &walls, &err) < 0)
            _exit(250);
        (void)sem_post(&may_go);
        for (;;)
            (void)sleep(1);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGSYS);
}

static int run_a_program(void)
{
    char *argv[] = {(char *)"/bin/true", NULL};
    return execv("/bin/true", argv);
}
static int start_a_process(void)
{
    return fork();
}
static int make_a_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static int make_a_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static int signal_the_parent(void)
{
    return kill(getppid(), 0);
}
static int signal_the_first(void)
{
    return kill(1, 0);
}
static int trace_the_parent(void)
{
    return (int)ptrace(PTRACE_ATTACH, getppid(), 0, 0);
}
static int read_the_parent(void)
{
    char c;
    struct iovec here = {&c, 1}, there = {&c, 1};
    return (int)syscall(SYS_process_vm_readv, getppid(), &here, 1, &there, 1, 0);
}
static int take_a_descriptor(void)
{
    return (int)syscall(SYS_pidfd_open, getppid(), 0);
}
static int mount_something(void)
{
    return mount("none", "/tmp", "tmpfs", 0, NULL);
}
static int leave_the_namespace(void)
{
    return (int)syscall(SYS_unshare, 0x10000000);
}
static int ring(void)
{
    char params[120] = {};
    return (int)syscall(SYS_io_uring_setup, 4, params);
}
static int load_bpf(void)
{
    return (int)syscall(SYS_bpf, 0, NULL, 0);
}
static int by_handle(void)
{
    return (int)syscall(SYS_open_by_handle_at, -1, NULL, 0);
}
static int anonymous_file(void)
{
    return (int)syscall(SYS_memfd_create, "x", 0);
}
static int remove_a_file(void)
{
    return unlink("/tmp/davy-no-such-file");
}
static int code_page(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int code_later(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static int open_passwd(void)
{
    return open("/etc/passwd", O_RDONLY);
}
static int open_environ(void)
{
    return open("/proc/self/environ", O_RDONLY);
}
static int open_below(void)
{
    return openat(folder, "inside", O_RDONLY);
}
static int open_above(void)
{
    return openat(folder, "../passwd", O_RDONLY);
}
static int open_by_link(void)
{
    return openat(folder, "link", O_RDONLY);
}
static int write_below(void)
{
    return openat(folder, "inside", O_WRONLY);
}
static int create_below(void)
{
    return openat(folder, "new", O_RDONLY | O_CREAT, 0600);
}
static int write_below_openat2(void)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {.flags = O_RDWR};
    return (int)syscall(SYS_openat2, folder, "inside", &how, sizeof(how));
}
static int read_what_was_open(void)
{
    char c;
    return (int)read(secret, &c, 1);
}
static int much_memory(void)
{
    return mmap(NULL, 1UL << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int some_memory(void)
{
    char *p = malloc(16 << 20);
    if (!p)
        return -1;
    memset(p, 1, 16 << 20);
    return 0;
}
static int raise_a_limit(void)
{
    return setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
}
static int type_into_the_terminal(void)
{
    return ioctl(0, 0x5412 /* TIOCSTI */, "x");
}
static int become_dumpable(void)
{
    return (int)syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0);
}

TEST(what_an_attacker_would_do_ends_the_process)
{
    static int (*const ATTEMPTS[])(void) = {
        run_a_program,   start_a_process, make_a_socket,       make_a_unix_socket, signal_the_parent, signal_the_first,
        trace_the_parent, read_the_parent, take_a_descriptor, mount_something,   leave_the_namespace, ring,
        load_bpf,        by_handle,       anonymous_file,      remove_a_file,
    };
    for (size_t i = 0; i < ARRAY_SIZE(ATTEMPTS); i++)
        if (fate(ATTEMPTS[i], -1) != KILLED)
            test_fail(__FILE__, __LINE__, "attempt %zu lived", i);
}

TEST(what_is_not_for_reading_is_refused)
{
    CHECK_INT(fate(code_page, -1), EPERM);
    CHECK_INT(fate(code_later, -1), EPERM);
    CHECK_INT(fate(open_passwd, -1), EPERM);
    CHECK_INT(fate(raise_a_limit, -1), EPERM);
    CHECK_INT(fate(type_into_the_terminal, -1), EPERM);
    CHECK_INT(fate(become_dumpable, -1), EPERM);
    secret = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    CHECK(secret > 2);
    CHECK_INT(fate(read_what_was_open, -1), EBADF);
    close(secret);
}

TEST(memory_has_a_bound)
{
    CHECK_INT(fate(some_memory, -1), ALLOWED);
#if defined(__SANITIZE_ADDRESS__)
    test_skip("the sanitizer needs its addresses");
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    test_skip("the sanitizer needs its addresses");
#endif
#endif
    CHECK_INT(fate(much_memory, -1), ENOMEM);
}

TEST(only_what_is_passed_in_can_be_read)
{
    char path[] = "/tmp/davy-confine-XXXXXX", name[64];
    CHECK(mkdtemp(path));
    (void)snprintf(name, sizeof(name), "%s/inside", path);
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1);
    close(fd);
    (void)snprintf(name, sizeof(name), "%s/link", path);
    CHECK(!symlink("/etc/passwd", name));
    folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(folder >= 0);
    int below = fate(open_below, folder), outside = fate(open_passwd, folder), environment = fate(open_environ, folder),
        above = fate(open_above, folder), link = fate(open_by_link, folder), writing = fate(write_below, folder),
        creating = fate(create_below, folder), writing2 = fate(write_below_openat2, folder);
    bool created = !faccessat(folder, "new", F_OK, 0);
    (void)unlinkat(folder, "inside", 0);
    (void)unlinkat(folder, "link", 0);
    close(folder);
    (void)rmdir(path);
    CHECK_INT(below, ALLOWED);
    CHECK(outside == EACCES);
    CHECK(environment == EACCES);
    CHECK(above == EACCES || above == ENOENT);
    CHECK(link == EACCES);
    CHECK_INT(writing, EPERM);
    CHECK_INT(creating, EPERM);
    CHECK(writing2 == EACCES || writing2 == ENOSYS);
    CHECK(!created);
}
