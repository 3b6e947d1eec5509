// SPDX-License-Identifier: Apache-2.0
/* davy drill: the watcher whose findings are read, its own or one that runs already. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/intl.h"
#include "cmd/drill.h"

enum {
    START_SECONDS = 120,   /* until it watches: compiling and loading take seconds, with sanitizers longer */
    FILE_PAUSE_MS = 50,    /* between looks at a file, which cannot be waited for */
    LINE_BYTES_MAX = 1 << 20, /* a finding has some kB */
};

struct drill_watch {
    pid_t pid; /* 0: not ours */
    int found, said;
    bool is_file;
    struct strbuf found_text, said_text; /* what came since the last whole line */
    VEC(char *) losses;
    bool watches;
};

static _Noreturn void be_watcher(const struct drill_options *o, int found, int said)
{
    char path[PATH_MAX];
    VEC(const char *) words = {};
    (void)snprintf(path, sizeof(path), "%s/davy-watch", cmd_program_dir());
    vec_add(&words, "davy watch");
    static const char *const FIXED[] = {"--format", "json", "--repeats", "0", "--rate", "0"};
    for (size_t i = 0; i < ARRAY_SIZE(FIXED); i++)
        vec_add(&words, FIXED[i]);
    for (size_t i = 0; i < o->rules.n; i++) {
        vec_add(&words, "--rules");
        vec_add(&words, o->rules.v[i]);
    }
    vec_add(&words, NULL);
    sigset_t none; /* the drill holds back what would end it; its watcher must end when it is told to */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)setsid();
    (void)dup2(found, STDOUT_FILENO);
    (void)dup2(said, STDERR_FILENO);
    (void)setenv("LC_ALL", "C", 1);
    execv(path, (char *const *)words.v);
    (void)dprintf(STDERR_FILENO, "%s: %s\n", path, error_words(errno));
    _exit(EXIT_CANNOT);
}

/* A line that the watcher said to people. */
static void hear(struct drill_watch *w, struct str line)
{
    if (str_has(line, STR("watching by")))
        w->watches = true;
    if (str_has(line, STR("lost")) || str_has(line, STR("dropped")) || str_has(line, STR("missing")))
        vec_add(&w->losses, strndup(line.p, line.n));
}

static int take_lines(struct strbuf *b, void (*take)(void *ctx, struct str line), void *ctx)
{
    size_t from = 0;
    for (const char *end; b->p && from < b->n && (end = memchr(b->p + from, '\n', b->n - from));) {
        take(ctx, str_n(b->p + from, (size_t)(end - b->p) - from));
        from = (size_t)(end - b->p) + 1;
    }
    if (from) {
        memmove(b->p, b->p + from, b->n - from);
        b->n -= from;
    }
    if (b->n > LINE_BYTES_MAX)
        strbuf_clear(b);
    return 0;
}

/* What is there now; 0: the end. */
static ssize_t pull(int fd, struct strbuf *b)
{
    enum { PIECE = 1 << 16 };
    strbuf_reserve(b, PIECE);
    const ssize_t n = read(fd, b->p + b->n, PIECE);
    if (n > 0)
        b->n += (size_t)n;
    return n;
}

static void hear_one(void *ctx, struct str line)
{
    hear(ctx, line);
}

int drill_watch_read(struct drill_watch *w, int milliseconds, void (*take)(void *ctx, struct str line), void *ctx)
{
    if (w->is_file) {
        while (pull(w->found, &w->found_text) > 0)
            ;
        const bool has = w->found_text.n;
        (void)take_lines(&w->found_text, take, ctx);
        if (!has)
            (void)poll(NULL, 0, milliseconds < FILE_PAUSE_MS ? milliseconds : FILE_PAUSE_MS);
        return 0;
    }
    struct pollfd p[] = {{.fd = w->found, .events = POLLIN}, {.fd = w->said, .events = POLLIN}};
    if (poll(p, 2, milliseconds) <= 0)
        return 0;
    if (p[1].revents && pull(w->said, &w->said_text) > 0)
        (void)take_lines(&w->said_text, hear_one, w);
    if (p[0].revents && pull(w->found, &w->found_text) == 0)
        return -EPIPE;
    return take_lines(&w->found_text, take, ctx);
}

static void ignore(void *ctx, struct str line)
{
    (void)ctx;
    (void)line;
}

/* Waits until it watches; the exit code. */
static int wait_until_ready(struct drill_watch *w)
{
    const uint64_t start = clock_ms(CLOCK_MONOTONIC);
    int r = 0;
    while (!w->watches && r >= 0 && clock_ms(CLOCK_MONOTONIC) - start < START_SECONDS * 1000) {
        struct strbuf kept = {};
        r = drill_watch_read(w, 200, ignore, NULL);
        strbuf_done(&kept);
    }
    if (w->watches)
        return 0;
    while (pull(w->said, &w->said_text) > 0)
        ;
    cmd_error("davy drill", "davy watch does not watch: %.*s", STR_ARG(str_trim(strbuf_str(&w->said_text))));
    return EXIT_CANNOT;
}

static int start(const struct drill_options *o, struct drill_watch *w)
{
    int found[2], said[2];
    if (pipe2(found, O_CLOEXEC) < 0 || pipe2(said, O_CLOEXEC) < 0) {
        cmd_error("davy drill", "pipe: %s", error_words(errno));
        return EXIT_CANNOT;
    }
    w->pid = fork();
    if (!w->pid)
        be_watcher(o, found[1], said[1]);
    (void)close(found[1]);
    (void)close(said[1]);
    w->found = found[0];
    w->said = said[0];
    if (w->pid > 0)
        return wait_until_ready(w);
    w->pid = 0;
    cmd_error("davy drill", "fork: %s", error_words(errno));
    return EXIT_CANNOT;
}

int drill_watch_open(const struct drill_options *o, struct drill_watch **ret)
{
    struct drill_watch *w = xalloc(sizeof(*w));
    *w = (struct drill_watch){.found = -1, .said = -1, .is_file = o->watch_output};
    int code = 0;
    if (!o->watch_output) {
        code = start(o, w);
    } else if ((w->found = open(o->watch_output, O_RDONLY | O_CLOEXEC)) < 0 || lseek(w->found, 0, SEEK_END) < 0) {
        cmd_error("davy drill", "cannot read %s: %s; a davy watch that runs writes it with -f json=%s", o->watch_output, error_words(errno), o->watch_output);
        code = EXIT_CANNOT;
    }
    if (code)
        w = drill_watch_close(w);
    *ret = w;
    return code;
}

void drill_watch_losses(const struct drill_watch *w, struct drill_report *r)
{
    for (size_t i = 0; i < w->losses.n; i++)
        vec_add(&r->losses, arena_str(&r->arena, str_from(w->losses.v[i])));
}

struct drill_watch *drill_watch_close(struct drill_watch *w)
{
    if (!w)
        return NULL;
    if (w->found >= 0)
        (void)close(w->found);
    if (w->said >= 0)
        (void)close(w->said);
    if (w->pid > 0) {
        (void)kill(w->pid, SIGTERM);
        (void)waitpid(w->pid, NULL, 0);
    }
    for (size_t i = 0; i < w->losses.n; i++)
        free(w->losses.v[i]);
    vec_done(&w->losses);
    strbuf_done(&w->found_text);
    strbuf_done(&w->said_text);
    free(w);
    return NULL;
}
