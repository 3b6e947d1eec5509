// SPDX-License-Identifier: Apache-2.0
/* What a confined watcher still can, and what it no longer can; each attempt in a child of its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/confine_watch.h"
#include "base/outlet.h"
#include "harness/test.h"

enum { KILLED = -1, ALLOWED = 0 }; /* otherwise the errno */

static int fate_with(int (*attempt)(void), const struct confine_watch_options *o)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (!pid) {
        if (confine_watch(o, NULL) < 0)
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

static int fate(int (*attempt)(void))
{
    return fate_with(attempt, &(struct confine_watch_options){});
}

static int run_a_program(void)
{
    char *argv[] = {(char *)"/bin/true", NULL};
    return execv("/bin/true", argv);
}
static int run_a_shell(void)
{
    return system("true") ? -1 : 0;
}
static int start_a_process(void)
{
    return fork();
}
static int trace_the_parent(void)
{
    return (int)ptrace(PTRACE_ATTACH, getppid(), 0, 0);
}
static int mount_something(void)
{
    return mount("none", "/tmp", "tmpfs", 0, NULL);
}
static int enter_a_namespace(void)
{
    return (int)syscall(SYS_setns, -1, 0);
}
static int serve(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd < 0 ? -1 : listen(fd, 1);
}
static int take_a_connection(void)
{
    return accept4(-1, NULL, NULL, 0);
}
static int call_somebody(void)
{
    return connect(-1, NULL, 0);
}
static int make_a_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static int raw_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0);
}
static int signal_the_parent(void)
{
    return kill(getppid(), SIGCONT);
}
static int ask_whether_the_parent_runs(void)
{
    return kill(getppid(), 0);
}
static int load_bpf(void)
{
    return (int)syscall(SYS_bpf, -1, NULL, 0);
}
static int code_page(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int become_somebody(void)
{
    return setuid(65534);
}

TEST(an_intruder_has_nothing_of_it)
{
    CHECK_INT(fate(run_a_program), KILLED);
    CHECK_INT(fate(run_a_shell), KILLED);
    CHECK_INT(fate(start_a_process), KILLED);
    CHECK_INT(fate(trace_the_parent), KILLED);
    CHECK_INT(fate(mount_something), KILLED);
    CHECK_INT(fate(enter_a_namespace), KILLED);
    CHECK_INT(fate(serve), KILLED);
    CHECK_INT(fate(become_somebody), KILLED);
    CHECK_INT(fate(raw_socket), EPERM);
    CHECK_INT(fate(signal_the_parent), EPERM);
    CHECK_INT(fate(ask_whether_the_parent_runs), 0);
    CHECK_INT(fate(load_bpf), EPERM);
    CHECK_INT(fate(code_page), EPERM);
}

static int write_a_log(void)
{
    char name[] = "/tmp/davy-confine-XXXXXX", moved[64];
    int fd = mkstemp(name);
    (void)snprintf(moved, sizeof(moved), "%s.1", name);
    return fd < 0 || write(fd, "x", 1) != 1 || rename(name, moved) < 0 || unlink(moved) < 0 ? -1 : 0;
}
static int read_proc(void)
{
    char path[64], line[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)getppid());
    FILE *f = fopen(path, "r");
    return f && fgets(line, sizeof(line), f) ? 0 : -1;
}
static int use_a_socket(void)
{
    int pair[2];
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/nonexistent"};
    int fd = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0 || local < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || send(pair[0], "x", 1, 0) != 1)
        return -1;
    return connect(local, (struct sockaddr *)&a, sizeof(a)) < 0 && errno == ENOENT ? 0 : -1;
}
static int resolve_a_name(void)
{
    struct addrinfo *list = NULL;
    int r = getaddrinfo("localhost", "80", NULL, &list);
    if (!r)
        freeaddrinfo(list);
    errno = EIO;
    return r ? -1 : 0;
}

static int discard(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    (void)message, (void)attempt, (void)is_last, (void)wait_ms, (void)err;
    *(bool *)ctx = true;
    return 0;
}
static int use_an_outlet(void)
{
    static const struct outlet_ops OPS = {.write = discard};
    bool was_there = false;
    struct outlet *o = outlet_new(&(struct outlet_options){.ops = &OPS, .ctx = &was_there});
    errno = EIO;
    return outlet_put(o, STR("x")) && !outlet_free(o, 5000) && was_there ? 0 : -1;
}

TEST(a_watcher_goes_on)
{
    CHECK_INT(fate(write_a_log), ALLOWED);
    CHECK_INT(fate(read_proc), ALLOWED);
    CHECK_INT(fate(use_a_socket), ALLOWED);
    CHECK_INT(fate(resolve_a_name), ALLOWED);
    CHECK_INT(fate(use_an_outlet), ALLOWED);
    CHECK_INT(fate_with(load_bpf, &(struct confine_watch_options){.bpf = true}), EINVAL);
}

TEST(who_serves_takes_connections_and_makes_none)
{
    const struct confine_watch_options serves = {.serves = true};
    CHECK_INT(fate(take_a_connection), KILLED);
    CHECK_INT(fate_with(take_a_connection, &serves), EBADF);
    CHECK_INT(fate(call_somebody), EBADF);
    CHECK_INT(fate_with(call_somebody, &serves), EPERM);
    CHECK_INT(fate_with(make_a_socket, &serves), EPERM);
    CHECK_INT(fate_with(serve, &serves), EPERM);
    CHECK_INT(fate_with(run_a_program, &serves), KILLED);
}

/* The wall that must stand where seccomp has a hole: what the process holds. */
static int count_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2] = {};
    if (syscall(SYS_capget, &head, have) < 0)
        return -1;
    errno = have[1].permitted ? 99 : __builtin_popcount(have[0].permitted) + 100;
    return -1;
}

TEST(capabilities_go_but_for_those_that_are_kept)
{
    CHECK_INT(fate(count_capabilities), 100);
    if (prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE) != 1 || geteuid() != 0)
        test_skip("holds no capabilities");
    CHECK_INT(fate_with(count_capabilities, &(struct confine_watch_options){.capabilities = 1ULL << CAP_SYS_PTRACE}), 101);
}
