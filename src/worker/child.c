// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/confine.h"
#include "worker/child.h"

enum { PIPE_BYTES = 1 << 20 };

void child_init(struct child *c)
{
    *c = (struct child){.in.fd = -1, .socket = -1};
}

int child_try_walls(struct error *err)
{
    pid_t pid = fork();
    if (pid < 0)
        return error_errno(err, -errno, "cannot start a worker");
    if (!pid) {
        unsigned walls = 0;
        struct confine_options o = {.folder = -1, .memory = WORKER_MEMORY};
        _exit(confine_self(&o, &walls, NULL) < 0 ? 0 : (int)walls);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) & (CONFINE_SECCOMP | CONFINE_LANDLOCK))
        return 0;
    return error_set(err, -EPERM, "no process can be confined here (seccomp is refused); --unconfined looks without "
                                  "that protection: only at what you trust");
}

static void mark_alive(struct child *c, uint64_t cpu_ns)
{
    c->beat = atomic_load(&c->desk->beat);
    c->cpu_ns = cpu_ns;
    c->wall_ns = clock_ns(CLOCK_MONOTONIC);
}

int child_start(struct child *c, const struct worker_options *options, bool with_socket, struct role *ret_role, int *ret_socket)
{
    int ends[2], sockets[2] = {-1, -1};
    if (!c->desk && !(c->desk = desk_memory(sizeof(*c->desk))))
        return -ENOMEM;
    *c->desk = (struct desk){};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    if (with_socket && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0) {
        int r = -errno;
        (void)close(ends[0]);
        (void)close(ends[1]);
        return r;
    }
    pid_t pid = fork();
    int r = pid < 0 ? -errno : 0;
    if (!pid) {
        *ret_role = (struct role){.options = options, .desk = c->desk, .out = ends[1]};
        *ret_socket = sockets[1];
        return 1;
    }
    (void)close(ends[1]);
    if (sockets[1] >= 0)
        (void)close(sockets[1]);
    if (r < 0) {
        (void)close(ends[0]);
        if (sockets[0] >= 0)
            (void)close(sockets[0]);
        return r;
    }
    c->pid = pid;
    c->socket = sockets[0];
    c->in.fd = ends[0];
    c->in.received = 0;
    c->problem = NULL;
    mark_alive(c, 0);
    return 0;
}

static int reap(struct child *c)
{
    int status = 0;
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    c->pid = 0;
    if (c->in.fd >= 0)
        (void)close(c->in.fd);
    if (c->socket >= 0)
        (void)close(c->socket);
    c->in.fd = c->socket = -1;
    return status;
}

void child_stop(struct child *c)
{
    if (c->pid) {
        (void)kill(c->pid, SIGKILL);
        (void)reap(c);
    }
    strbuf_clear(&c->in.bytes);
    c->in.at = 0;
}

void child_done(struct child *c)
{
    child_stop(c);
    inbox_done(&c->in);
    if (c->desk)
        (void)munmap(c->desk, sizeof(*c->desk));
    c->desk = NULL;
}

uint64_t child_cpu_ns(const struct child *c)
{
    clockid_t cpu;
    return c->pid && !clock_getcpuclockid(c->pid, &cpu) ? clock_ns(cpu) : 0;
}

void child_watch(struct child *c, bool has_work, unsigned stall_seconds)
{
    if (!c->pid)
        return;
    uint64_t cpu_ns = child_cpu_ns(c), limit = (uint64_t)stall_seconds * 1'000'000'000U;
    if (atomic_load(&c->desk->beat) != c->beat || !has_work) {
        mark_alive(c, cpu_ns);
        return;
    }
    if (cpu_ns - c->cpu_ns < limit && clock_ns(CLOCK_MONOTONIC) - c->wall_ns < limit * WORKER_WAIT_FACTOR)
        return;
    c->problem = "parser-stalled";
    (void)kill(c->pid, SIGKILL);
}

bool child_ended(struct child *c)
{
    int status = reap(c);
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    inbox_salvage(&c->in, c->desk);
    if (!good && !c->problem)
        c->problem = "parser-died";
    return good;
}
