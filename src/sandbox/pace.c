// SPDX-License-Identifier: Apache-2.0
/* The process that keeps a jail's pace, as its parent sees it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "sandbox/pace.h"
#include "sandbox/pace_serve.h"

#define SOCKET_NAME "pace"

struct pace {
    pid_t pid;
    bool has_failed;
    int folder;
    struct pace_shared *shared;
    char listener[PACE_LISTENER_MAX];
};

/* By the descriptor of the folder: its whole path may be longer than names of sockets can be. */
static int listen_there(struct pace *p, const char *folder, struct error *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    p->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (p->folder < 0)
        return error_errno(err, -errno, "%s", folder);
    (void)snprintf(p->listener, sizeof(p->listener), "/proc/%d/fd/%d/" SOCKET_NAME, getpid(), p->folder);
    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s", p->listener);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && !bind(fd, (const struct sockaddr *)&name, sizeof(name)) && !fchmodat(p->folder, SOCKET_NAME, 0600, 0) && !listen(fd, 1))
        return fd;
    const int r = error_errno(err, -errno, "a socket for the jail's clocks");
    if (fd >= 0)
        (void)close(fd);
    return r;
}

int pace_start(unsigned factor, const char *folder, struct pace **ret, struct error *err)
{
    struct pace *p = xnew(struct pace);
    p->shared = mmap(NULL, sizeof(*p->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p->folder = -1;
    _cleanup_close_ int fd = p->shared == MAP_FAILED ? error_errno(err, -errno, "memory for the jail's clocks") : listen_there(p, folder, err);
    int r = fd;
    if (r >= 0 && !(p->pid = fork())) {
        const int code = pace_serve(&(struct pace_options){.factor = factor, .socket = fd, .shared = p->shared});
        (void)syscall(SYS_exit_group, code < 0 ? 1 : 0);
    }
    if (r >= 0 && p->pid < 0)
        r = error_errno(err, -errno, "fork");
    if (r < 0) {
        pace_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

struct pace *pace_free(struct pace *p)
{
    if (!p)
        return NULL;
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (p->folder >= 0)
        (void)close(p->folder);
    if (p->shared != MAP_FAILED)
        (void)munmap(p->shared, sizeof(*p->shared));
    free(p);
    return NULL;
}

const char *pace_listener(const struct pace *p)
{
    return p->listener;
}

uint64_t pace_ahead_ns(const struct pace *p)
{
    return atomic_load_explicit(&p->shared->ahead, memory_order_relaxed);
}

bool pace_is_seen(const struct pace *p)
{
    return atomic_load_explicit(&p->shared->is_seen, memory_order_relaxed);
}

bool pace_failed(struct pace *p)
{
    int status = 0;
    if (p->pid > 0 && waitpid(p->pid, &status, WNOHANG) == p->pid) {
        p->pid = 0;
        p->has_failed = status != 0;
    }
    return p->has_failed;
}
