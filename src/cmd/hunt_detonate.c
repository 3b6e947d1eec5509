// SPDX-License-Identifier: Apache-2.0
/* `davy detonate` of one image: a program of its own, whose report is read from a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cmd/hunt_detonate.h"

const char *hunt_detonate_program(struct arena *a)
{
    const char *path = hunt_program(a, "davy-detonate");
    return access(path, X_OK) ? NULL : path;
}

static void run(const char *path, char **argv, int out, pid_t parent)
{
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setpgid(0, 0);
    if (getppid() == parent && dup2(nothing, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        (void)execv(path, argv);
    _exit(EXIT_CANNOT);
}

/* Of the options for davy scan: those that davy detonate takes, too, and those with a value behind them. */
static bool is_shared(const char *option)
{
    static const char *const SHARED[] = {"--auth", "--ca", "--policy", "--rules", "--yara", "--yara-define", "--feed", "--no-feed"};
    for (size_t i = 0; i < ARRAY_SIZE(SHARED); i++)
        if (!strcmp(option, SHARED[i]))
            return true;
    return false;
}

static size_t takes_value(const char *option)
{
    return strcmp(option, "--no-feed") && strcmp(option, "--no-cache") && strcmp(option, "--no-shipped-lists");
}

int hunt_detonation_begin(struct hunt_detonation *d, const struct hunt_options *o, struct str pull, struct str platform, struct error *err)
{
    struct arena a = {};
    int out[2];
    const char *path = hunt_detonate_program(&a);
    char seconds[16], fast[16];
    (void)snprintf(seconds, sizeof(seconds), "%u", o->detonate_seconds);
    (void)snprintf(fast, sizeof(fast), "%u", o->fast);
    VEC(char *) argv = {};
    vec_add(&argv, (char *)"davy-detonate");
    vec_add(&argv, (char *)"--format");
    vec_add(&argv, (char *)"json");
    vec_add(&argv, (char *)"--quiet");
    for (size_t i = 0; i < o->scan.n; i += 1 + takes_value(o->scan.v[i]))
        if (is_shared(o->scan.v[i]))
            for (size_t k = 0; k <= takes_value(o->scan.v[i]); k++)
                vec_add(&argv, (char *)o->scan.v[i + k]);
    if (o->detonate_seconds) {
        vec_add(&argv, (char *)"--time");
        vec_add(&argv, seconds);
    }
    if (o->fast) {
        vec_add(&argv, (char *)"--fast");
        vec_add(&argv, fast);
    }
    if (o->mark)
        vec_add(&argv, (char *)"--mark");
    if (platform.n) {
        vec_add(&argv, (char *)"--platform");
        vec_add(&argv, (char *)arena_str(&a, platform).p);
    }
    vec_add(&argv, (char *)arena_printf(&a, "registry:%.*s", STR_ARG(pull)).p);
    vec_add(&argv, NULL);
    *d = (struct hunt_detonation){.out = -1, .pid = -1};
    int r = !path ? -ENOENT : pipe2(out, O_CLOEXEC) < 0 ? -errno : 0;
    if (!r) {
        const pid_t parent = getpid();
        (void)fflush(NULL);
        d->pid = fork();
        if (!d->pid)
            run(path, argv.v, out[1], parent);
        (void)close(out[1]);
        d->out = out[0];
        (void)fcntl(d->out, F_SETFL, O_NONBLOCK);
        r = d->pid < 0 ? -errno : 0;
    }
    vec_done(&argv);
    arena_done(&a);
    if (r < 0) {
        hunt_detonation_end(d);
        return error_errno(err, r, "cannot run %s", "davy-detonate");
    }
    return 0;
}

int hunt_detonation_read(struct hunt_detonation *d, struct error *why)
{
    enum { PIECE = 64 << 10 };
    int status = 0;
    for (;;) {
        if (d->text.n > HUNT_REPORT_MAX)
            return error_set(why, -EFBIG, "the report of the image is larger than %d MB", HUNT_REPORT_MAX >> 20);
        strbuf_reserve(&d->text, PIECE);
        ssize_t n = read(d->out, d->text.p + d->text.n, PIECE);
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0 && errno != EINTR)
            return error_errno(why, -errno, "davy detonate");
        if (!n)
            break;
        d->text.n += n > 0 ? (size_t)n : 0;
    }
    while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
        ;
    d->pid = -1;
    if (WIFSIGNALED(status))
        return error_set(why, -EPIPE, "davy detonate was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    /* what could not be done stands in the report, when there is one */
    if (WEXITSTATUS(status) != EXIT_NOTHING && WEXITSTATUS(status) != EXIT_FINDINGS && !d->text.n)
        return error_set(why, -EPIPE, "davy detonate ended with %d", WEXITSTATUS(status));
    return 1;
}

void hunt_detonation_end(struct hunt_detonation *d)
{
    if (d->pid > 0) {
        /* asked first: its jail, cgroup and network go with it only when it takes them down itself */
        (void)kill(-d->pid, SIGTERM);
        for (int i = 0; i < 50 && waitpid(d->pid, NULL, WNOHANG) == 0; i++)
            (void)usleep(100 * 1000);
        (void)kill(-d->pid, SIGKILL);
        (void)waitpid(d->pid, NULL, 0);
    }
    if (d->out > 0)
        (void)close(d->out);
    strbuf_done(&d->text);
    *d = (struct hunt_detonation){.out = -1, .pid = -1};
}
