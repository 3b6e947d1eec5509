// SPDX-License-Identifier: Apache-2.0
/* Real processes, started by the test, seen through this machine's own /proc. They only sleep. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "source/proc/proc.h"

/* Runs `child` in a new process and gives its id once it has called ready(). */
static pid_t start(void (*child)(int ready, void *ctx), void *ctx)
{
    int p[2];
    char c;
    CHECK(pipe2(p, O_CLOEXEC) == 0);
    const pid_t pid = fork();
    CHECK(pid >= 0);
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(p[0]);
        child(p[1], ctx);
        _exit(9);
    }
    close(p[1]);
    /* A byte says ready; the end of the pipe says that another program was started (close-on-exec). */
    (void)!read(p[0], &c, 1);
    close(p[0]);
    return pid;
}

static void wait_here(int ready)
{
    (void)!write(ready, "", 1);
    for (;;)
        pause();
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Facts of a process; the source stays open for opening the program. */
static struct proc_source *look(pid_t pid, struct facts *f)
{
    struct proc_source *ps = NULL;
    struct error err = {};
    if (proc_source_new(&(struct proc_options){.pid = pid}, &ps, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    facts_init(f);
    CHECK_INT(proc_source_next(ps, f), 0);
    CHECK_INT(facts_get(f, F_PROC_PID)->i, pid);
    return ps;
}

static void done(struct proc_source *ps, struct facts *f, pid_t pid)
{
    facts_done(f);
    proc_source_free(ps);
    stop(pid);
}

static int copy_sleep(int to)
{
    char buffer[65536];
    ssize_t n;
    _cleanup_close_ int from = open("/bin/sleep", O_RDONLY | O_CLOEXEC);
    while (from >= 0 && (n = read(from, buffer, sizeof(buffer))) > 0)
        if (write(to, buffer, (size_t)n) != n)
            return -1;
    return from < 0 ? -1 : 0;
}

static void run_path(int ready, void *ctx)
{
    (void)ready;
    execl(ctx, ctx, "100", NULL);
}

TEST(a_program_that_was_deleted)
{
    char path[] = "/tmp/davy-test-exe-XXXXXX";
    struct facts f;
    int fd = mkstemp(path), exe;
    CHECK(fd >= 0 && copy_sleep(fd) == 0 && fchmod(fd, 0700) == 0);
    close(fd);
    const pid_t pid = start(run_path, path);
    unlink(path);
    struct proc_source *ps = look(pid, &f);
    CHECK(facts_get(&f, F_PROC_EXE_DELETED)->b && !facts_get(&f, F_PROC_EXE_REPLACED)->b);
    CHECK(!facts_get(&f, F_PROC_IS_EXE_FROM_MEMFD)->b);
    CHECK_STR(facts_get_str(&f, F_PROC_EXEPATH), path);
    CHECK_STR(facts_get_str(&f, F_PROC_ARGS), "100");
    CHECK(!facts_has(&f, F_PROC_MAPS_DELETED));
    char magic[4];
    CHECK_INT(proc_source_open_exe(ps, &exe), 0);
    CHECK(read(exe, magic, 4) == 4 && !memcmp(magic, "\177ELF", 4));
    close(exe);
    facts_done(&f);
    proc_source_free(ps);

    /* another file at the same path, as a package upgrade leaves it */
    fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600);
    CHECK(fd >= 0);
    close(fd);
    ps = look(pid, &f);
    CHECK(facts_get(&f, F_PROC_EXE_DELETED)->b && facts_get(&f, F_PROC_EXE_REPLACED)->b);
    stop(pid);
    CHECK_INT(proc_source_open_exe(ps, &exe), 1);
    facts_done(&f);
    proc_source_free(ps);
    unlink(path);
}

TEST(a_file_that_is_called_deleted)
{
    char folder[] = "/tmp/davy-test-dir-XXXXXX", path[64];
    struct facts f;
    CHECK(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/x (deleted)", folder);
    int fd = open(path, O_CREAT | O_WRONLY, 0700);
    CHECK(fd >= 0 && copy_sleep(fd) == 0);
    close(fd);
    const pid_t pid = start(run_path, path);
    struct proc_source *ps = look(pid, &f);
    CHECK(!facts_get(&f, F_PROC_EXE_DELETED)->b);
    CHECK_STR(facts_get_str(&f, F_PROC_EXEPATH), path);
    done(ps, &f, pid);
    unlink(path);
    rmdir(folder);
}

static void run_memfd(int ready, void *ctx)
{
    (void)ready;
    char *args[] = {(char *)"davy-test", (char *)"100", NULL}, *env[] = {NULL};
    int fd = memfd_create("davy-test", MFD_CLOEXEC);
    (void)ctx;
    if (fd >= 0 && copy_sleep(fd) == 0)
        fexecve(fd, args, env);
}

TEST(a_program_in_memory_only)
{
    struct facts f;
    int exe;
    const pid_t pid = start(run_memfd, NULL);
    struct proc_source *ps = look(pid, &f);
    CHECK(facts_get(&f, F_PROC_IS_EXE_FROM_MEMFD)->b && !facts_get(&f, F_PROC_EXE_DELETED)->b);
    CHECK_STR(facts_get_str(&f, F_PROC_EXEPATH), "/memfd:davy-test");
    CHECK_INT(proc_source_open_exe(ps, &exe), 0);
    close(exe);
    done(ps, &f, pid);
}

static void run_renamed(int ready, void *ctx)
{
    prctl(PR_SET_NAME, ctx);
    wait_here(ready);
}

TEST(a_kernel_threads_name)
{
    struct facts f;
    pid_t pid = start(run_renamed, (void *)"[kworker/u8:2]");
    struct proc_source *ps = look(pid, &f);
    CHECK(facts_get(&f, F_PROC_LOOKS_KTHREAD)->b && !facts_get(&f, F_PROC_IS_KTHREAD)->b);
    CHECK_STR(facts_get_str(&f, F_PROC_NAME), "[kworker/u8:2]");
    done(ps, &f, pid);
    pid = start(run_renamed, (void *)"kdeconnectd");
    ps = look(pid, &f);
    CHECK(!facts_get(&f, F_PROC_LOOKS_KTHREAD)->b);
    done(ps, &f, pid);
}

struct listening {
    uint16_t ports[2];
};

static int listener(in_addr_t address, uint16_t *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&a, n) < 0 || listen(fd, 1) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) < 0)
        _exit(3);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static void run_listeners(int ready, void *ctx)
{
    struct listening *net = ctx;
    /* In a namespace of its own nothing is reachable from outside. */
    if (unshare(CLONE_NEWNET) < 0)
        _exit(4);
    listener(INADDR_LOOPBACK, &net->ports[0]);
    listener(INADDR_ANY, &net->ports[1]);
    wait_here(ready);
}

TEST(listeners_in_a_network_namespace)
{
    struct facts f;
    char text[32];
    if (geteuid() != 0)
        test_skip("a network namespace needs root");
    struct listening *net =
        mmap(NULL, sizeof(*net), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const pid_t pid = start(run_listeners, net);
    struct proc_source *ps = look(pid, &f);
    const struct value *all = facts_get(&f, F_PROC_LISTEN_PORTS),
                       *open = facts_get(&f, F_PROC_LISTEN_OPEN_PORTS);
    CHECK_INT(all->list.n, 2);
    CHECK_INT(open->list.n, 1);
    CHECK_INT(open->list.v[0].u, net->ports[1]);
    snprintf(text, sizeof(text), "127.0.0.1:%u/tcp", net->ports[0]);
    CHECK_STR(facts_get(&f, F_PROC_LISTEN)->list.v[0].s, text);
    CHECK(!facts_has(&f, F_PROC_PEERS));
    done(ps, &f, pid);
    munmap(net, sizeof(*net));
}

static void run_peers(int ready, void *ctx)
{
    struct listening *net = ctx;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listener(INADDR_LOOPBACK, &net->ports[0]);
    a.sin_port = htons(net->ports[0]);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
        _exit(3);
    wait_here(ready);
}

TEST(peers)
{
    struct facts f;
    struct listening *net =
        mmap(NULL, sizeof(*net), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const pid_t pid = start(run_peers, net);
    struct proc_source *ps = look(pid, &f);
    CHECK_INT(facts_get(&f, F_PROC_PEERS_PORTS)->list.n, 1);
    CHECK_INT(facts_get(&f, F_PROC_PEERS_PORTS)->list.v[0].u, net->ports[0]);
    done(ps, &f, pid);
    munmap(net, sizeof(*net));
}

static void run_preloaded(int ready, void *ctx)
{
    (void)ready, (void)ctx;
    char *args[] = {(char *)"sleep", (char *)"100", NULL};
    char *env[] = {(char *)"LD_PRELOAD=/nonexistent/davy-test.so", (char *)"DAVY_TEST_SECRET=hunter2", NULL};
    int null = open("/dev/null", O_WRONLY);
    dup2(null, 2);
    execve("/bin/sleep", args, env);
}

TEST(a_preloaded_library_but_no_secrets)
{
    struct facts f;
    const pid_t pid = start(run_preloaded, NULL);
    struct proc_source *ps = look(pid, &f);
    CHECK_STR(facts_get(&f, F_PROC_PRELOAD)->list.v[0].s, "/nonexistent/davy-test.so");
    CHECK_STR(facts_get_str(&f, F_PROC_ENV), "LD_PRELOAD=/nonexistent/davy-test.so DAVY_TEST_SECRET");
    done(ps, &f, pid);
}

enum { BIG = 64 << 20 };

static void run_big(int ready, void *ctx)
{
    cpu_set_t one;
    (void)ctx;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof(one), &one);
    if (mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ||
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
            MAP_FAILED)
        _exit(3);
    wait_here(ready);
}

TEST(memory_and_pinning)
{
    struct facts f;
    const pid_t pid = start(run_big, NULL);
    struct proc_source *ps = look(pid, &f);
    CHECK(facts_get(&f, F_PROC_MEM_LARGEST)->u >= BIG);
    CHECK(facts_get(&f, F_PROC_MAPS_RWX)->u >= 1);
    CHECK(facts_get(&f, F_PROC_VMSIZE)->u >= BIG >> 10);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        CHECK_INT(facts_get(&f, F_PROC_THREADS_PINNED)->u, 1);
    done(ps, &f, pid);
}

TEST(blackhole_routes_in_a_network_namespace)
{
    if (geteuid() != 0 || access("/usr/sbin/ip", X_OK) != 0)
        test_skip("needs root and ip");
    const pid_t pid = fork();
    if (!pid) {
        struct proc_source *ps = NULL;
        struct facts f;
        /* two that discard, and one that does not */
        if (unshare(CLONE_NEWNET) < 0 ||
            system("/usr/sbin/ip link set lo up && /usr/sbin/ip route add blackhole 192.0.2.0/24 && "
                   "/usr/sbin/ip route add prohibit 198.51.100.7 && "
                   "/usr/sbin/ip route add 203.0.113.0/24 dev lo") != 0)
            _exit(100);
        facts_init(&f);
        if (proc_source_new(&(struct proc_options){}, &ps, NULL) < 0)
            _exit(101);
        proc_source_host(ps, &f);
        _exit((int)facts_get(&f, F_HOST_ROUTES_BLACKHOLE)->u);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 2);
}

TEST(all_of_this_machine)
{
    struct proc_source *ps = NULL;
    struct facts f;
    size_t n = 0;
    bool self = false;
    CHECK_INT(proc_source_new(&(struct proc_options){}, &ps, NULL), 0);
    facts_init(&f);
    proc_source_host(ps, &f);
    CHECK(facts_get(&f, F_HOST_PROCESSES)->u > 1);
    CHECK(facts_get_str(&f, F_HOST_NAME).n && facts_get_str(&f, F_HOST_ARCH).n);
    while (proc_source_next(ps, &f) == 0) {
        n++;
        if (facts_get(&f, F_PROC_IS_KTHREAD)->b)
            CHECK(!facts_get(&f, F_PROC_LOOKS_KTHREAD)->b && !facts_has(&f, F_PROC_EXEPATH));
        if (facts_get(&f, F_PROC_PID)->i == getpid()) {
            self = true;
            CHECK_INT(facts_get(&f, F_PROC_PPID)->i, getppid());
            CHECK_INT(facts_get(&f, F_USER_UID)->u, geteuid());
        }
    }
    CHECK(self && n <= proc_source_count(ps) && n + 50 > proc_source_count(ps));
    facts_done(&f);
    proc_source_free(ps);
}
