// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "drill/room.h"
#include "drill/scratch.h"

enum {
    SAID_BYTES_MAX = 512, /* of what an act says: the first complaint is what counts */
    SPACES = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
    GROUP_TRIES = 100, /* of 20 ms each, until the kernel has ended what was in a control group */
};

/* A control group: what is in it is ended with it. */
struct group {
    int procs;      /* cgroup.procs, -1: none */
    char path[256]; /* "": none */
};

struct drill_scratch {
    pid_t first, janitor; /* 0: none */
    int first_fd;         /* pidfd */
    int own_pids;         /* the machine's space of processes */
    int alive;            /* write end; its closing ends everything */
    struct group container, plain; /* of acts in containers, and of the others */
    struct error no_groups;        /* why there are none */
};

/* What the first process tells of itself. */
struct answer {
    int code;
    char text[sizeof(((struct error *)0)->text)];
};

static _Noreturn void first_process(int alive, int ready, int act_program)
{
    struct error err = ERROR_NULL;
    struct answer a = {};
    char byte;
    (void)prctl(PR_SET_NAME, "davy-drill");
    a.code = drill_furnish(act_program, &err);
    (void)snprintf(a.text, sizeof(a.text), "%s", err.text);
    (void)!write(ready, &a, sizeof(a));
    (void)close(ready);
    while (a.code >= 0) {
        struct pollfd p = {.fd = alive, .events = POLLIN};
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (poll(&p, 1, 100) > 0 && read(alive, &byte, 1) <= 0)
            break;
    }
    _exit(0);
}

/* Removes the control group once nobody holds the pipe, and ends what is left in it. */
static void remove_group(const char *path)
{
    char kill_path[300];
    if (!*path)
        return;
    (void)snprintf(kill_path, sizeof(kill_path), "%s/cgroup.kill", path);
    for (int i = 0; i < GROUP_TRIES; i++) {
        if (rmdir(path) == 0 || errno == ENOENT)
            return;
        _cleanup_close_ int fd = open(kill_path, O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
            (void)!write(fd, "1", 1);
        (void)nanosleep(&(struct timespec){.tv_nsec = 20'000'000}, NULL);
    }
}

static _Noreturn void janitor(int alive, const struct drill_scratch *s)
{
    char byte;
    (void)prctl(PR_SET_NAME, "davy-drill");
    (void)setsid();
    for (int i = SIGHUP; i <= SIGTERM; i++)
        (void)signal(i, SIG_IGN);
    while (read(alive, &byte, 1) < 0 && errno == EINTR)
        ;
    remove_group(s->container.path);
    remove_group(s->plain.path);
    _exit(0);
}

/* Where control groups of the second version are mounted. */
static int find_groups(char *ret, size_t size, struct error *err)
{
    enum { MOUNTS_BYTES_MAX = 4 << 20 };
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct str line;
    int r = file_read("/proc/self/mountinfo", MOUNTS_BYTES_MAX, &text, err);
    if (r < 0)
        return r;
    struct str rest = strbuf_str(&text);
    while (str_split(&rest, '\n', &line)) {
        struct str word;
        if (!str_has(line, STR(" - cgroup2 ")))
            continue;
        for (int i = 0; i < 5 && str_split(&line, ' ', &word); i++)
            ;
        if (word.n < size) {
            (void)snprintf(ret, size, "%.*s", STR_ARG(word));
            return 0;
        }
    }
    return error_set(err, -ENOENT, "control groups of the second version are not mounted, so that there are no drills in containers");
}

static int make_group(struct group *g, struct error *err)
{
    char procs[320];
    (void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", g->path);
    if (mkdir(g->path, 0755) == 0 && (g->procs = open(procs, O_WRONLY | O_CLOEXEC)) >= 0)
        return 0;
    const int r = error_errno(err, -errno, "%s", procs);
    (void)rmdir(g->path);
    g->path[0] = 0;
    return r;
}

/* One with the name of a container whose id nobody else has, one with a plain name. */
static int make_groups(struct drill_scratch *s, struct error *err)
{
    unsigned char random[32];
    char hex[65], root[160];
    int r = find_groups(root, sizeof(root), err);
    if (r < 0)
        return r;
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return error_errno(err, -EIO, "getrandom");
    for (size_t i = 0; i < sizeof(random); i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", random[i]);
    (void)snprintf(s->container.path, sizeof(s->container.path), "%s/docker-%s.scope", root, hex);
    (void)snprintf(s->plain.path, sizeof(s->plain.path), "%s/davy-drill-%.8s", root, hex);
    r = make_group(&s->container, err);
    return r < 0 ? r : make_group(&s->plain, err);
}

static int start_first(struct drill_scratch *s, int alive_read, int act_program, struct error *err)
{
    int ready[2];
    struct answer a = {};
    if (pipe2(ready, O_CLOEXEC) < 0)
        return error_errno(err, -errno, "pipe");
    const long pid = syscall(SYS_clone, SPACES | CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
    if (!pid) {
        (void)close(s->alive);
        (void)close(ready[0]);
        first_process(alive_read, ready[1], act_program);
    }
    const int e = errno;
    (void)close(ready[1]);
    if (pid < 0) {
        (void)close(ready[0]);
        return error_errno(err, -e, "namespaces for drills cannot be had (they need root)");
    }
    s->first = (pid_t)pid;
    const ssize_t n = read(ready[0], &a, sizeof(a));
    (void)close(ready[0]);
    if (n != (ssize_t)sizeof(a))
        return error_set(err, -EIO, "the first process of the drills ended before it was ready");
    if (a.code < 0)
        return error_set(err, a.code, "%s", a.text);
    s->first_fd = (int)syscall(SYS_pidfd_open, s->first, 0);
    return s->first_fd < 0 ? error_errno(err, -errno, "pidfd_open") : 0;
}

static int start(struct drill_scratch *s, int act_program, struct error *err)
{
    int alive[2];
    if (pipe2(alive, O_CLOEXEC) < 0)
        return error_errno(err, -errno, "pipe");
    s->alive = alive[1];
    _cleanup_close_ int read_end = alive[0];
    (void)make_groups(s, &s->no_groups);
    s->janitor = fork();
    if (!s->janitor) {
        (void)close(s->alive);
        janitor(read_end, s);
    }
    if (s->janitor < 0) {
        s->janitor = 0;
        remove_group(s->container.path);
        remove_group(s->plain.path);
        return error_errno(err, -EAGAIN, "fork");
    }
    s->own_pids = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (s->own_pids < 0)
        return error_errno(err, -errno, "/proc/self/ns/pid");
    return start_first(s, read_end, act_program, err);
}

int drill_scratch_new(const char *act_program, struct drill_scratch **ret, struct error *err)
{
    _cleanup_close_ int program = open(act_program, O_RDONLY | O_CLOEXEC);
    if (program < 0)
        return error_errno(err, -errno, "%s", act_program);
    struct drill_scratch *s = xalloc(sizeof(*s));
    *s = (struct drill_scratch){.first_fd = -1, .own_pids = -1, .alive = -1, .container = {.procs = -1}, .plain = {.procs = -1}};
    int r = start(s, program, err);
    if (r < 0) {
        drill_scratch_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct drill_scratch *drill_scratch_free(struct drill_scratch *s)
{
    if (!s)
        return NULL;
    if (s->alive >= 0)
        (void)close(s->alive);
    if (s->first > 0) {
        (void)kill(s->first, SIGKILL);
        (void)waitpid(s->first, NULL, 0);
    }
    if (s->container.procs >= 0)
        (void)close(s->container.procs);
    if (s->plain.procs >= 0)
        (void)close(s->plain.procs);
    if (s->janitor > 0)
        (void)waitpid(s->janitor, NULL, 0);
    if (s->first_fd >= 0)
        (void)close(s->first_fd);
    if (s->own_pids >= 0)
        (void)close(s->own_pids);
    free(s);
    return NULL;
}

/* In the child: from here on everything is the scratch's. */
static _Noreturn void be_act(const struct drill_scratch *s, const struct drill_act *act, const char *label, int output, int terminal)
{
    const char *const words[] = {"sh", "-c", act->script, label, NULL};
    static const char *const env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C",
                         "A=" DRILL_PROGRAM, "B=/usr/local/bin", "D=" DRILL_FOLDER, NULL};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setsid();
    const struct group *group = act->flags & DRILL_CONTAINER ? &s->container : &s->plain;
    if (setns(s->first_fd, SPACES) < 0 || chdir(DRILL_FOLDER) < 0)
        _exit(125);
    if (group->procs >= 0 && write(group->procs, "0", 1) != 1)
        _exit(125);
    int input = terminal;
    if (terminal >= 0)
        (void)ioctl(terminal, TIOCSCTTY, 0);
    else
        input = open("/dev/null", O_RDONLY);
    (void)dup2(input, 0);
    (void)dup2(output, 1);
    (void)dup2(output, 2);
    (void)signal(SIGPIPE, SIG_DFL);
    execve("/bin/sh", (char *const *)words, (char *const *)env);
    _exit(127);
}

int drill_start(struct drill_scratch *s, const struct drill_act *act, const char *label, struct drill_run *ret, struct error *err)
{
    int terminal = -1, slave = -1;
    if ((act->flags & DRILL_CONTAINER) && s->container.procs < 0)
        return error_set(err, -EOPNOTSUPP, "there is no control group for a container: %s", s->no_groups.text);
    if ((act->flags & DRILL_TERMINAL) && openpty(&terminal, &slave, NULL, NULL, NULL) < 0)
        return error_errno(err, -errno, "openpty");
    const int output = memfd_create("davy-drill", MFD_CLOEXEC);
    const int pids = act->flags & DRILL_CONTAINER ? s->first_fd : s->own_pids;
    int r = output < 0 || setns(pids, CLONE_NEWPID) < 0 ? error_errno(err, -errno, "setns") : 0;
    const pid_t pid = r < 0 ? -1 : fork();
    if (!pid)
        be_act(s, act, label, output, slave);
    if (!r && pid < 0)
        r = error_errno(err, -errno, "fork");
    (void)setns(s->own_pids, CLONE_NEWPID);
    if (slave >= 0)
        (void)close(slave);
    if (r < 0) {
        if (output >= 0)
            (void)close(output);
        if (terminal >= 0)
            (void)close(terminal);
        return r;
    }
    *ret = (struct drill_run){pid, output, terminal};
    return 0;
}

bool drill_ended(const struct drill_run *run)
{
    siginfo_t info = {};
    return waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == run->pid;
}

int drill_wait(struct drill_run *run, unsigned seconds, struct strbuf *said)
{
    char text[SAID_BYTES_MAX];
    int status = 0, r = -ETIMEDOUT;
    for (unsigned i = 0; i < seconds * 200 && r == -ETIMEDOUT; i++) {
        const pid_t done = waitpid(run->pid, &status, WNOHANG);
        if (done == run->pid)
            r = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
        else
            (void)nanosleep(&(struct timespec){.tv_nsec = 5'000'000}, NULL);
    }
    if (r == -ETIMEDOUT) {
        (void)kill(-run->pid, SIGKILL);
        (void)kill(run->pid, SIGKILL);
        (void)waitpid(run->pid, NULL, 0);
    }
    const ssize_t n = pread(run->output, text, sizeof(text), 0);
    if (n > 0)
        strbuf_add(said, str_n(text, (size_t)n));
    (void)close(run->output);
    if (run->terminal >= 0)
        (void)close(run->terminal);
    return r;
}
