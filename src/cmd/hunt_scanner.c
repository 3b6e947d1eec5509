// SPDX-License-Identifier: Apache-2.0
/* One `davy scan --stream`: what an image does to it costs that image alone. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/json.h"
#include "cmd/hunt.h"
#include "config.h"

struct hunt_scanner {
    pid_t pid;
    int in, out; /* its standard input and output */
    struct strbuf buffer;
    size_t taken; /* bytes of it that were given out */
    struct arena arena;
    struct str identity;
};

const char *hunt_program(struct arena *a, const char *name)
{
    const char *beside = arena_printf(a, "%s/%s", cmd_program_dir(), name).p;
    return !access(beside, X_OK) ? beside : arena_printf(a, "%s/%s", cmd_installed_dir(DAVY_LIBEXEC), name).p;
}

static void run(const char *path, char **argv, int in, int out, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setpgid(0, 0); /* with its workers it can be ended as a whole */
    if (getppid() == parent && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        (void)execv(path, argv);
    cmd_error(HUNT, "cannot run %s: %s", path, error_words(errno));
    _exit(EXIT_CANNOT);
}

int hunt_scanner_new(const struct hunt_options *o, struct hunt_scanner **ret, struct error *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    struct hunt_scanner *s = xnew(struct hunt_scanner);
    VEC(char *) argv = {};
    vec_add(&argv, (char *)"davy-scan");
    vec_add(&argv, (char *)"--stream");
    vec_add(&argv, (char *)"--quiet");
    for (size_t i = 0; i < o->scan.n; i++)
        vec_add(&argv, (char *)o->scan.v[i]);
    vec_add(&argv, NULL);
    const char *path = hunt_program(&s->arena, "davy-scan");
    int r = pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ? -errno : 0;
    const pid_t parent = getpid();
    (void)fflush(NULL);
    s->pid = r ? -1 : fork();
    if (!s->pid)
        run(path, argv.v, in[0], out[1], parent);
    if (!r && s->pid < 0)
        r = -errno;
    vec_done(&argv);
    if (in[0] >= 0)
        (void)close(in[0]);
    if (out[1] >= 0)
        (void)close(out[1]);
    s->in = in[1];
    s->out = out[0];
    if (r < 0) {
        hunt_scanner_free(s);
        return error_errno(err, r, "cannot run %s", "davy-scan");
    }
    (void)fcntl(s->out, F_SETFL, O_NONBLOCK);
    *ret = s;
    return 0;
}

struct hunt_scanner *hunt_scanner_free(struct hunt_scanner *s)
{
    if (!s)
        return NULL;
    if (s->pid > 0) {
        (void)kill(-s->pid, SIGKILL);
        (void)kill(s->pid, SIGKILL); /* should it not lead its group yet */
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (s->in >= 0)
        (void)close(s->in);
    if (s->out >= 0)
        (void)close(s->out);
    strbuf_done(&s->buffer);
    arena_done(&s->arena);
    free(s);
    return NULL;
}

int hunt_scanner_fd(const struct hunt_scanner *s)
{
    return s->out;
}

struct str hunt_scanner_identity(const struct hunt_scanner *s)
{
    return s->identity;
}

int hunt_scanner_give(struct hunt_scanner *s, struct str target, struct str platform)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_printf(&b, "registry:%.*s%s%.*s\n", STR_ARG(target), platform.n ? "\t" : "", STR_ARG(platform));
    return io_write(s->in, strbuf_str(&b));
}

static int say_end(struct hunt_scanner *s, struct error *why)
{
    int status = 0;
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
        ;
    s->pid = -1;
    if (WIFSIGNALED(status))
        return error_set(why, -EPIPE, "davy scan was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return error_set(why, -EPIPE, "davy scan ended with %d", WEXITSTATUS(status));
}

static void take_identity(struct hunt_scanner *s, struct str line)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    size_t wrong = 0;
    if (!json_parse(line, &root, NULL))
        s->identity = json_get_str(root, "identity", &s->arena, &wrong);
}

static bool take_line(struct hunt_scanner *s, size_t from, struct str *ret)
{
    const char *end = s->buffer.n > from ? memchr(s->buffer.p + from, '\n', s->buffer.n - from) : NULL;
    if (!end)
        return false;
    *ret = str_n(s->buffer.p, (size_t)(end - s->buffer.p));
    s->taken = ret->n + 1;
    return true;
}

static void drop_taken(struct hunt_scanner *s)
{
    if (s->taken)
        memmove(s->buffer.p, s->buffer.p + s->taken, s->buffer.n - s->taken);
    s->buffer.n -= s->taken;
    s->taken = 0;
}

int hunt_scanner_read(struct hunt_scanner *s, struct str *ret, struct error *why)
{
    enum { PIECE = 64 << 10 };
    drop_taken(s);
    for (size_t from = 0;;) {
        if (take_line(s, from, ret)) {
            if (s->identity.n)
                return 1;
            take_identity(s, *ret);
            if (!s->identity.n)
                return error_set(why, -EPROTO, "davy scan does not say what it judges by");
            drop_taken(s); /* the next line may have come with it */
            from = 0;
            continue;
        }
        from = s->buffer.n;
        if (from > HUNT_REPORT_MAX)
            return error_set(why, -EFBIG, "the report of the image is larger than %d MB", HUNT_REPORT_MAX >> 20);
        strbuf_reserve(&s->buffer, PIECE);
        ssize_t n = read(s->out, s->buffer.p + from, PIECE);
        if (!n)
            return say_end(s, why);
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0 && errno != EINTR)
            return error_errno(why, -errno, "davy scan");
        s->buffer.n += n > 0 ? (size_t)n : 0;
    }
}
