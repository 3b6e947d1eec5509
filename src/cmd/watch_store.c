// SPDX-License-Identifier: Apache-2.0
/*
 * The writer of --store: `davy case ingest` in a process of its own, begun before this one gives up its rights, fed with lines over a
 * pipe. It tells over another when its store is open, and closes that when it ends. docs/decisions/case-store.md says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "base/intl.h"
#include "cmd/watch.h"
#include "config.h"

enum { OPEN_MS = 30'000 }; /* a server that is away, a database that others write to */

static void run_writer(const struct watch_options *o, int in, int out)
{
    char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof(path), "%s/davy-case", cmd_program_dir());
    if (access(path, X_OK))
        (void)snprintf(path, sizeof(path), "%s/davy-case", cmd_installed_dir(DAVY_LIBEXEC));
    char *argv[] = {(char *)"davy-case", (char *)"ingest", (char *)"--for-watch", (char *)"--store", (char *)o->store, o->machine ? (char *)"--machines" : NULL, NULL};
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        (void)execv(path, argv);
    cmd_error(o->program, "cannot run %s: %s", path, error_words(errno));
    _exit(EXIT_CANNOT);
}

static bool hear(struct watch_options *o, void (*told)(void *ctx, const struct live_case *c), void *ctx);

/* Until the writer says that it is ready; false: it ended, and has said why. */
static bool is_ready(struct watch_options *o)
{
    struct pollfd p = {.fd = o->store_answer, .events = POLLIN};
    int r;
    while (!o->is_store_ready) {
        while ((r = poll(&p, 1, OPEN_MS)) < 0 && errno == EINTR)
            if (watch_is_stopping())
                return false;
        if (r != 1 || !hear(o, NULL, NULL))
            return false;
    }
    return true;
}

int watch_store_begin(struct watch_options *o)
{
    int lines[2], answer[2];
    if (!o->store || !*o->store)
        return 0;
    if (pipe2(lines, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0) {
        cmd_error(o->program, "no pipe: %s", error_words(errno));
        return EXIT_CANNOT;
    }
    (void)fflush(NULL);
    const pid_t pid = fork();
    if (!pid)
        run_writer(o, lines[0], answer[1]);
    (void)close(lines[0]);
    (void)close(answer[1]);
    o->store_answer = answer[0];
    o->store_lines = lines[1];
    if (pid < 0 || !is_ready(o)) {
        if (o->is_store_default)
            cmd_error(o->program, "the store cannot be opened: cases are not kept");
        else
            cmd_error(o->program, "the store cannot be opened");
        watch_store_end(o, NULL, NULL);
        return o->is_store_default ? 0 : EXIT_CANNOT;
    }
    struct error err = ERROR_NULL;
    struct watch_output x = {.format = live_format_from(STR("json")), .where = "store"};
    if (live_sink_open(&(struct live_options){.format = x.format, .fd = lines[1], .where = x.where}, &x.sink, &err) < 0) {
        cmd_error(o->program, "%s", err.text);
        return EXIT_CANNOT;
    }
    vec_add(&o->outputs, x);
    return 0;
}

/* "machine 12 1795953600000000000 i-0123456789abcdef0": what a case is about, and since when there is one */
static bool read_machine(const struct watch_options *o, struct str line)
{
    struct str word, id, first;
    uint64_t n, ns;
    if (!o->machine || !str_split(&line, ' ', &word) || !str_is(word, "machine") || !str_split(&line, ' ', &id) || !str_split(&line, ' ', &first) || !str_to_u64(id, &n) ||
        !str_to_u64(first, &ns) || !line.n)
        return false;
    o->machine(o->machine_ctx, line, n, ns);
    return true;
}

/* "12 opened 4711 Name of a rule": a case, whether this finding opened it, the number of its event, its rule */
static bool read_answer(struct str line, struct live_case *ret)
{
    struct str id, how, num;
    uint64_t n;
    if (!str_split(&line, ' ', &id) || !str_split(&line, ' ', &how) || !str_split(&line, ' ', &num) || !str_to_u64(id, &n) ||
        !str_to_u64(num, &ret->num))
        return false;
    ret->id = (int64_t)n;
    ret->is_new = str_is(how, "opened");
    ret->rule = line;
    return true;
}

/* False: the writer has ended, or says nothing now. */
static bool hear(struct watch_options *o, void (*told)(void *ctx, const struct live_case *c), void *ctx)
{
    enum { PIECE = 16 << 10 };
    strbuf_reserve(&o->store_said, PIECE);
    const ssize_t n = read(o->store_answer, o->store_said.p + o->store_said.n, PIECE);
    if (n <= 0)
        return false;
    o->store_said.n += (size_t)n;
    struct str rest = strbuf_str(&o->store_said), line;
    for (ptrdiff_t end; (end = str_find(rest, STR("\n"), 0)) >= 0; rest = str_sub(rest, (size_t)end + 1, rest.n)) {
        struct live_case c;
        line = str_sub(rest, 0, (size_t)end);
        if (str_is(line, "ready"))
            o->is_store_ready = true;
        else if (!read_machine(o, line) && told && read_answer(line, &c))
            told(ctx, &c);
    }
    const size_t left = rest.n;
    if (left)
        memmove(o->store_said.p, rest.p, left);
    o->store_said.n = left;
    return true;
}

void watch_store_hear(struct watch_options *o, void (*told)(void *ctx, const struct live_case *c), void *ctx)
{
    struct pollfd p = {.fd = o->store_answer, .events = POLLIN};
    while (o->store_answer > 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLIN) && hear(o, told, ctx))
        ;
}

/* Closing the pipe is the word to end; the writer's end of the other pipe goes with it. */
void watch_store_end(struct watch_options *o, void (*told)(void *ctx, const struct live_case *c), void *ctx)
{
    struct pollfd p = {.fd = o->store_answer, .events = POLLIN};
    if (o->store_lines > 0)
        (void)close(o->store_lines);
    while (o->store_answer > 0 && poll(&p, 1, OPEN_MS) == 1 && hear(o, told, ctx))
        ;
    if (o->store_answer > 0)
        (void)close(o->store_answer);
    o->store_lines = o->store_answer = 0;
    strbuf_done(&o->store_said);
}
