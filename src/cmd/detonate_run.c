// SPDX-License-Identifier: Apache-2.0
/* Which commands of an image are run, and one run from its start to its end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/intl.h"
#include "base/stop.h"
#include "base/text.h"
#include "cmd/detonate.h"
#include "image/platform.h"
#include "sandbox/group.h"
#include "sandbox/program.h"
#include "sandbox/tree.h"

enum { TICK_MS = 40, WORDS_MAX = 1024 };

static struct str joined(struct arena *a, const struct str *v, size_t n)
{
    struct strbuf b = {};
    for (size_t i = 0; i < n; i++) {
        if (i)
            strbuf_addc(&b, ' ');
        strbuf_add(&b, v[i]);
    }
    struct str s = arena_str(a, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

/* ---- one run ---- */

static struct str ending(struct detonate *d, bool in_time)
{
    const struct jail *j = d->jail;
    struct arena *a = d->run->arena;
    if (d->broken)
        return STR(N_("the jail broke"));
    if (!j->has_ended)
        return in_time ? STR(N_("it was stopped")) : STR(N_("the time was over"));
    if (WIFEXITED(j->status))
        return arena_printf(a, "exit %d", WEXITSTATUS(j->status));
    return arena_printf(a, "signal %d", WTERMSIG(j->status));
}

/* The last that happened, so that one who waits sees what for. */
static void show_progress(struct detonate *d, uint64_t passed, uint64_t total)
{
    const struct report_run *run = d->run;
    struct strbuf b = {};
    if (run->moments.n > 1) {
        const struct report_moment *last = &run->moments.v[run->moments.n - 1];
        text_add_safe(&b, last->finding ? intl_rule(last->text) : last->text);
    }
    progress_time(&d->scan.progress, _("running"), passed, total, b.n ? b.p : NULL);
    strbuf_done(&b);
}

static void wait_for_end(struct detonate *d, uint64_t end_ns)
{
    const uint64_t begin = progress_now();
    uint64_t now;
    while (!stop_signal() && (now = progress_now()) < end_ns) {
        observer_read(&d->observer, TICK_MS);
        const bool goes_on = jail_poll(d->jail, detonate_exchange, d);
        d->broken = jail_broken(d->jail);
        if (!goes_on || d->broken)
            break;
        show_progress(d, now - begin, end_ns - begin);
    }
    if ((d->stopped_by = stop_take())) /* what it did and left is told all the same */
        d->scan.report.is_incomplete = true;
}

/* From here on nothing in the jail moves any more; what it did is told to the end, and what it holds is looked at. */
static int take_stock(struct detonate *d)
{
    struct report_run *run = d->run;
    if (jail_clocks_are_seen(d->jail))
        report_unread(d->scan.target, STR(N_("the clocks of the run")),
                      STR(N_("this kernel lets nobody replace how programs ask for the time: waits were shortened, and their clocks tell it")));
    if (jail_stop(d->jail) < 0)
        report_unread(d->scan.target, STR(N_("memory of the run")), STR(N_("its processes could not be stopped")));
    else
        detonate_look_at_memory(d);
    jail_drain(d->jail, detonate_exchange, d);
    observer_close(&d->observer);
    int r = detonate_look_at_files(d);
    run->exchanges = d->tally.exchanges;
    run->dropped = d->tally.dropped;
    run->output = arena_str(run->arena, str_sub(strbuf_str(&d->jail->said), 0, REPORT_OUTPUT_MAX));
    report_moment(run, run->started_ns + run->wall_ns, "ended", run->ended, 0);
    detonate_judge_run(d);
    report_run_end(run);
    return r;
}

/* What is no whole run although it has a report. */
static int judge_ending(const struct detonate *d, struct error *err)
{
    const struct report_run *run = d->run;
    if (d->broken)
        return error_set(err, -EPIPE, "%s", _(d->broken));
    if (d->stopped_by && !d->jail->has_ended)
        return error_set(err, -EINTR, "it was stopped before its end");
    if (d->jail->has_ended && !d->observer.has_executed && !run->lost)
        return error_set(err, -ENOEXEC, "the program could not be executed (%.*s)", STR_ARG(str_trim(str_sub(run->output, 0, 200))));
    return 0;
}

static int run_in_jail(struct detonate *d, struct error *err)
{
    struct report_run *run = d->run;
    int r = observer_open(&d->observer, d, jail_group_id(d->jail), err);
    const uint64_t started = progress_now(), end = started + d->options->time_ns;
    if (!r)
        r = jail_start(d->jail, err);
    run->started_ns = d->jail->started_ns;
    if (r < 0) {
        observer_close(&d->observer);
        run->ended = STR(N_("the jail broke"));
        return r;
    }
    report_moment(run, run->started_ns, "start", run->command, 0);
    wait_for_end(d, end);
    run->wall_ns = progress_now() - started;
    run->ahead_ns = jail_ahead_ns(d->jail);
    run->cpu_ns = group_cpu_ns(d->jail->group);
    run->ended = ending(d, progress_now() < end);
    r = take_stock(d);
    return r ? r : judge_ending(d, err);
}

/* A jail that cannot be had for one command is no reason to leave out the others. */
static int run_command(struct detonate *d, const struct str *args, size_t n)
{
    const struct detonate_options *o = d->options;
    struct scan *s = &d->scan;
    struct error err = ERROR_NULL;
    const struct jail_options options = {.image = &d->image, .args = args, .n_args = n, .pretend = o->pretend, .marked = o->mark, .memory = o->memory,
                                         .pids = (unsigned)o->pids, .cpu_percent = (unsigned)o->cpu_percent, .uptime = o->uptime,
                                         .fast = o->fast > 1 ? (unsigned)o->fast : 0};
    struct str command = joined(&d->arena, args, n);
    d->tally = (struct run_tally){};
    d->broken = NULL;
    int r = n ? program_check(d->yard.lower, &d->image, args[0], &err) : 0;
    if (!r)
        r = jail_create(&d->yard, &options, &d->jail, &err);
    if (!r) {
        d->run = report_add_run(s->target, command);
        d->run->is_pretend = o->pretend;
        d->run->fast = options.fast;
        r = run_in_jail(d, &err);
    }
    d->jail = jail_free(d->jail);
    d->run = NULL;
    map_done(&d->tally.hosts);
    map_done(&d->tally.listed_hosts);
    map_done(&d->tally.fetched);
    s->report.is_incomplete |= r < 0;
    if (r < 0)
        report_unread(s->target, arena_printf(&d->arena, _("the run of %.*s"), STR_ARG(str_sub(command, 0, 200))), str_from(err.text));
    return r;
}

/* ---- which commands ---- */

/* Whether the file of the image can be run: 1: as it is, 2: by a shell, 0: not. */
static int can_run(const struct detonate *d, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    struct stat st;
    char start[4] = "";
    _cleanup_close_ int fd = (int)syscall(SYS_openat2, d->yard.lower, path, &how, sizeof(how));
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || read(fd, start, sizeof(start)) < 2)
        return 0;
    const bool is_elf = !memcmp(start, "\177ELF", 4), is_script = start[0] == '#' && start[1] == '!';
    if (!is_elf && !is_script)
        return 0;
    return st.st_mode & 0111 ? 1 : is_script ? 2 : 0;
}

/* Scripts and programs that a threat was found in, in the order they were found, each once. */
static size_t suspicious(struct detonate *d, struct str *ret, size_t max)
{
    const struct findings *fs = d->scan.target->findings;
    size_t n = 0;
    for (size_t i = 0; i < findings_count(fs) && n < max; i++) {
        const struct finding *f = findings_get(fs, i);
        bool is_new = f->kind == FINDING_THREAT && !f->authorised && f->subject.type == EVENT_FILE && f->subject.path.n;
        if (f->subject.layer_state.n && !str_is(f->subject.layer_state, layer_state_name(LAYER_EFFECTIVE)))
            is_new = false;
        for (size_t k = 0; is_new && k < n; k++)
            is_new = !str_eq(ret[k], f->subject.path);
        if (is_new)
            ret[n++] = f->subject.path;
    }
    return n;
}

/* But for what ran already: `own` is the image's command. */
static int run_each(struct detonate *d, const struct str *own, size_t n_own)
{
    struct str paths[RUNS_MAX];
    const size_t n = suspicious(d, paths, ARRAY_SIZE(paths));
    int ran = 0;
    for (size_t i = 0; i < n && !d->stopped_by; i++) {
        const char *path = arena_str(&d->arena, paths[i]).p;
        const int how = n_own == 1 && str_eq(own[0], paths[i]) ? 0 : can_run(d, path);
        const struct str args[] = {STR("/bin/sh"), paths[i]};
        if (how && run_command(d, how == 2 ? args : args + 1, how == 2 ? 2 : 1) >= 0)
            ran++;
    }
    return ran;
}

/* Entrypoint and command of the image, unless the user says another. */
static size_t own_command(const struct detonate *d, struct str *ret, size_t max)
{
    const struct unpacked *u = &d->image;
    size_t n = 0;
    if (d->options->command) {
        for (; n < d->options->n_command && n < max; n++)
            ret[n] = d->options->command[n];
        return n;
    }
    for (size_t i = 0; i < u->n_entrypoint && n < max; i++)
        ret[n++] = u->entrypoint[i];
    for (size_t i = 0; i < u->n_cmd && n < max; i++)
        ret[n++] = u->cmd[i];
    return n;
}

/* The last image's files make room for this one's. */
static int unpack_target(struct detonate *d, const char *path, struct error *err)
{
    (void)close(d->yard.lower);
    (void)tree_remove(d->yard.folder, "lower");
    if (mkdirat(d->yard.folder, "lower", 0700) < 0 || (d->yard.lower = openat(d->yard.folder, "lower", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return error_errno(err, -errno, "%s", d->yard.path);
    const struct unpack_options o = {.target = path, .platform = d->options->scan.platform, .folder = d->yard.lower, .owner = d->yard.owner};
    return unpack(&o, &d->arena, &d->image, err);
}

int detonate_after_scan(struct scan *s, const char *path)
{
    struct detonate *d = s->hook_ctx;
    struct error err = ERROR_NULL;
    struct str *words = arena_array(&d->arena, struct str, WORDS_MAX);
    if (d->stopped_by)
        return -EINTR;
    int r = stop_signal() ? -EINTR : unpack_target(d, path, &err);
    if (stop_signal())
        return -EINTR;
    if (r < 0) {
        report_failure(s->target, str_from(err.text));
        return 0;
    }
    const size_t n = own_command(d, words, WORDS_MAX);
    /* what was stopped has run all the same */
    int ran = n ? run_command(d, words, n) >= 0 || d->stopped_by : 0;
    if (d->options->each && !d->stopped_by)
        ran += run_each(d, words, n);
    if (!ran && !s->target->unread.total)
        report_failure(s->target, STR(N_("the image names no command that could be run; name one behind it: davy detonate IMAGE -- COMMAND")));
    else if (!ran)
        report_failure(s->target, s->target->unread.list.v[s->target->unread.list.n - 1].why);
    return d->stopped_by ? -EINTR : 0;
}
