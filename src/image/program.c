// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/stop.h"
#include "base/text.h"
#include "image/program.h"

enum {
    SAID_MAX = 16 << 10, /* of standard error: the end matters */
    TICK_MS = 250,
};

struct running {
    const struct program *program;
    pid_t pid;
    int in, out, said; /* -1 once closed */
    size_t written;
    struct strbuf *output;
    struct strbuf text; /* standard error */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static int make_pipe(int ret[2])
{
    return pipe2(ret, O_CLOEXEC) < 0 ? -errno : 0;
}

static int spawn(struct running *r)
{
    extern char **environ;
    int in[2] = {-1, -1}, out[2] = {-1, -1}, said[2] = {-1, -1};
    int e = make_pipe(in);
    if (!e)
        e = make_pipe(out);
    if (!e)
        e = make_pipe(said);
    if (!e) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t defaults;
        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawnattr_init(&attributes);
        (void)posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        (void)posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        (void)posix_spawn_file_actions_adddup2(&actions, said[1], STDERR_FILENO);
        (void)sigemptyset(&defaults);
        (void)sigaddset(&defaults, SIGPIPE);
        (void)posix_spawnattr_setsigdefault(&attributes, &defaults);
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
        e = -posix_spawnp(&r->pid, r->program->argv[0], &actions, &attributes, (char *const *)r->program->argv, environ);
        if (e < 0)
            r->pid = -1;
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)posix_spawnattr_destroy(&attributes);
    }
    close_fd(&in[0]);
    close_fd(&out[1]);
    close_fd(&said[1]);
    r->in = in[1];
    r->out = out[0];
    r->said = said[0];
    if (!e && (fcntl(r->in, F_SETFL, O_NONBLOCK) < 0 || fcntl(r->out, F_SETFL, O_NONBLOCK) < 0 ||
               fcntl(r->said, F_SETFL, O_NONBLOCK) < 0))
        e = -errno;
    return e;
}

static void feed(struct running *r)
{
    struct str rest = str_sub(r->program->input, r->written, r->program->input.n);
    ssize_t n = rest.n ? write(r->in, rest.p, rest.n) : 0;
    if (n > 0)
        r->written += (size_t)n;
    /* a program that does not read its input is no failure of ours */
    if (r->written == r->program->input.n || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(&r->in);
}

/* Reads what is there; closes the descriptor at the end. */
static void drain(int *fd, struct strbuf *b)
{
    char buffer[16 << 10];
    ssize_t n = read(*fd, buffer, sizeof(buffer));
    if (n > 0)
        strbuf_add(b, str_n(buffer, (size_t)n));
    else if (!n || (errno != EAGAIN && errno != EINTR))
        close_fd(fd);
}

static void forget_beginning(struct strbuf *b)
{
    if (b->n <= SAID_MAX)
        return;
    memmove(b->p, b->p + b->n - SAID_MAX / 2, SAID_MAX / 2);
    b->n = SAID_MAX / 2;
    b->p[b->n] = 0;
}

static int talk(struct running *r)
{
    uint64_t end = clock_ms(CLOCK_MONOTONIC) + r->program->seconds * 1000ULL;
    while (r->out >= 0 || r->said >= 0) {
        struct pollfd fds[] = {{r->in, POLLOUT, 0}, {r->out, POLLIN, 0}, {r->said, POLLIN, 0}};
        int n = poll(fds, ARRAY_SIZE(fds), TICK_MS);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0 && fds[0].revents)
            feed(r);
        if (n > 0 && fds[1].revents)
            drain(&r->out, r->output);
        if (n > 0 && fds[2].revents)
            drain(&r->said, &r->text);
        if (r->output->n > r->program->output_max)
            return -EFBIG;
        forget_beginning(&r->text);
        if (r->program->tick)
            r->program->tick(r->program->ctx);
        if (stop_signal())
            return -EINTR;
        if (clock_ms(CLOCK_MONOTONIC) > end)
            return -ETIMEDOUT;
    }
    return 0;
}

/* The last line that says something. */
static void set_said(struct error *err, const struct running *r, int code)
{
    struct str rest = str_trim(strbuf_str(r->text.n ? &r->text : r->output)), line = STR_NULL;
    _cleanup_(strbuf_done) struct strbuf safe = {};
    while (str_split(&rest, '\n', &line))
        ;
    text_add_safe(&safe, str_sub(str_trim(line), 0, 400));
    (void)error_set(err, code, "%s: %.*s", r->program->argv[0], STR_ARG(strbuf_str(&safe)));
}

int program_run(const struct program *p, struct strbuf *output, struct error *err)
{
    struct running r = {.program = p, .pid = -1, .in = -1, .out = -1, .said = -1, .output = output};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    (void)sigaction(SIGPIPE, &ignore, &before); /* it may end before it has read its input */
    int status = 0, e = spawn(&r);
    if (r.pid > 0 && !e)
        e = talk(&r);
    close_fd(&r.in);
    close_fd(&r.out);
    close_fd(&r.said);
    if (r.pid > 0) {
        if (e < 0)
            (void)kill(r.pid, SIGKILL);
        while (waitpid(r.pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    (void)sigaction(SIGPIPE, &before, NULL);
    if (e == -ETIMEDOUT)
        (void)error_set(err, e, "%s did not end within %u seconds", p->argv[0], p->seconds);
    else if (e == -EFBIG)
        (void)error_set(err, e, "%s says more than %zu bytes", p->argv[0], p->output_max);
    else if (e < 0)
        (void)error_errno(err, e, "cannot run %s", p->argv[0]);
    else if (!WIFEXITED(status))
        e = error_set(err, -EINTR, "%s was ended by signal %d", p->argv[0], WTERMSIG(status));
    else if ((e = WEXITSTATUS(status)))
        set_said(err, &r, -EIO);
    strbuf_done(&r.text);
    return e;
}
