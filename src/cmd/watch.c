// SPDX-License-Identifier: Apache-2.0
/* davy watch: what happens on this machine and in its containers, judged by rules as it happens. */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/confine_watch.h"
#include "base/intl.h"
#include "cmd/watch_live.h"
#include "source/bpf/bpf.h"

enum { NICE = -5 };

static const struct cmd_option OPTIONS[] = {
    WATCH_OPTIONS,
    {"capture", 'w', "FILE", N_("keep the events in FILE, for davy replay; a file that is there is replaced")},
    {"capture-size", 0, "SIZE", N_("of a capture at most, such as 100M")},
    {"capture-files", 0, "N", N_("captures that are kept, FILE, FILE.1 and so on, each of --capture-size; with 1 the capture ends when it is full")},
    {"duration", 0, "SECONDS", N_("stop after so long")},
    {"buffer", 0, "SIZE", N_("of the ring between the kernel and the program, 256K to 1G (4M)")},
    {"plan", 0, NULL, N_("tell how events are seen on this machine, and what is lost by it, and end; with --verbose each kind by itself")},
    WATCH_LAST_OPTIONS,
};

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct watch_options *o = ctx;
    struct str name = str_from(option->name);
    uint64_t n;
    int r = watch_options_take(o, option, value);
    if (r <= 0)
        return r;
    r = 0;
    if (str_is(name, "capture"))
        o->capture = value;
    else if (str_is(name, "capture-size"))
        r = watch_size(o, "capture-size", value, 1 << 20, UINT64_MAX >> 1, &o->capture_bytes);
    else if (str_is(name, "capture-files") && !(r = watch_number(o, "capture-files", value, 1, CAPTURE_FILES_MAX, &n)))
        o->capture_files = (unsigned)n;
    else if (str_is(name, "duration") && !(r = watch_number(o, "duration", value, 1, UINT32_MAX, &n)))
        o->duration_ns = n * 1'000'000'000;
    else if (str_is(name, "buffer") && !(r = watch_size(o, "buffer", value, SOURCE_BPF_RING_MIN, SOURCE_BPF_RING_MAX, &n)))
        o->buffer = n;
    else if (str_is(name, "plan"))
        o->plan = true;
    return r;
}

static const struct cmd_program PROGRAM = {
    .name = "davy watch",
    .usage = "[OPTION…]",
    .summary = N_("Tells what happens on this machine and in its containers against their owner's will, as it happens. Rules are Davy's own, "
                  "or Falco's files as they are. Needs root to begin, and gives up what it does not need once it watches."),
    .options = OPTIONS,
    .examples = N_("  sudo davy watch                          findings on the terminal\n"
                   "  sudo davy watch -f text -f json=/var/log/davy.json\n"
                   "  sudo davy watch -r falco_rules.yaml -f falco --matching first\n"
                   "  sudo davy watch -f json=https://hook.example/davy -f json=syslog:\n"
                   "  sudo davy watch --capture incident.davycap --duration 60\n"),
    .take = take,
};

static int change_filter(void *ctx, const struct ruleset *rs, struct error *err)
{
    struct asker *a = ctx;
    if (!a->keeps_env && sensor_reads_env(rs))
        return error_set(err, -ENOTSUP, "the new ones read environments of processes, which are not kept so far; start davy watch again");
    a->hidden.is_wanted = sensor_reads_hidden(rs);
    if (sensor_reads_logins(rs))
        config_source_follow(a->configs);
    return sensor_filter(a->watch->source, rs, err);
}

static void take_answers(void *ctx)
{
    asker_look(ctx);
    watch_mark_keep(((struct asker *)ctx)->watch);
}

static void before_record(void *ctx, const struct record *r)
{
    asker_ahead(ctx, r);
}

static const struct watch_ops OPS = {.filter = change_filter, .ahead = before_record, .between = take_answers};

/* Tells systemd (Type=notify) that it watches: sd_notify(3)'s protocol is a datagram. */
static void notify_ready(void)
{
    static const char READY[] = "READY=1";
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (!path || !path[0] || strlen(path) >= sizeof(a.sun_path))
        return;
    memcpy(a.sun_path, path, strlen(path));
    if (a.sun_path[0] == '@')
        a.sun_path[0] = 0;
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        (void)sendto(fd, READY, sizeof(READY) - 1, MSG_NOSIGNAL, (struct sockaddr *)&a,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
}

/*
 * What stays: reading what /proc tells of processes of others and what runtimes keep for root, and changing the filter when
 * rules are loaded again.
 */
static int confine(const struct watch_options *o)
{
    struct error err = ERROR_NULL;
    const struct confine_watch_options keep = {
        .capabilities = 1ULL << CAP_BPF | 1ULL << CAP_PERFMON | 1ULL << CAP_SYS_PTRACE | 1ULL << CAP_DAC_READ_SEARCH,
        .bpf = true,
    };
    if (confine_watch(&keep, &err) >= 0)
        return 0;
    cmd_error(o->program, "%s", err.text);
    return EXIT_CANNOT;
}

static int begin_capture(const struct watch_options *o, struct watch *w)
{
    struct error err = ERROR_NULL;
    if (!o->capture)
        return 0;
    const struct capture_options c = {.path = o->capture, .bytes = o->capture_bytes, .files = o->capture_files, .started_ns = clock_ns(CLOCK_REALTIME),
                                      .boot_ns = w->boot_ns};
    if (capture_create(&c, &w->capture, &err) >= 0)
        return 0;
    cmd_error(o->program, "%s", err.text);
    return EXIT_CANNOT;
}

/*
 * Whoever makes events faster than they are read makes losses, so the reader goes a little before what it watches, unless
 * somebody chose another nice value for it.
 */
static void go_before(void)
{
    errno = 0;
    if (getpriority(PRIO_PROCESS, 0) == 0 && !errno)
        (void)setpriority(PRIO_PROCESS, 0, NICE);
}

static int watch_on(struct watch *w, struct asker *a)
{
    struct error err = ERROR_NULL;
    const struct watch_options *o = w->options;
    go_before();
    asker_prepare(a, w);
    int code = confine(o);
    if (code)
        return code;
    if (asker_init(a, w, &err) < 0) {
        cmd_error(o->program, "%s", err.text);
        return EXIT_CANNOT;
    }
    a->keeps_env = sensor_reads_env(w->rules->rs);
    w->context = context_new(&(struct context_options){
        .ask = asker_questions(a), .keep_env = a->keeps_env, .boot_ns = w->boot_ns});
    asker_begin(a);
    watch_mark_begin(w);
    if (!o->quiet)
        (void)fprintf(stderr, intl_plural("%s: watching by %zu rule\n", "%s: watching by %zu rules\n", w->rules->n_enabled), o->program,
                      w->rules->n_enabled);
    notify_ready();
    code = watch_run(w);
    watch_about(w, (const char *const[]){o->hostname ? o->hostname : _("this machine")}, 1, STR_NULL);
    watch_mark_end(w);
    return code;
}

/* Under systemd the unit's own folder is the place of what is kept. */
static void settle_store(struct watch_options *o)
{
    static char path[PATH_MAX];
    const char *folder = getenv("STATE_DIRECTORY");
    if (o->store || !folder || folder[0] != '/' || strchr(folder, ':'))
        return;
    (void)snprintf(path, sizeof(path), "%s/davy.db", folder);
    o->store = path;
    o->is_store_default = true;
}

static int watch(struct watch_options *o)
{
    struct asker asker = {.root = -1, .proc = -1};
    struct watch w = {.options = o, .ops = &OPS, .ops_ctx = &asker, .boot_ns = clock_boot_ns()};
    settle_store(o);
    int code = o->plan ? 0 : watch_outputs_open(o);
    if (!code && !(w.rules = watch_rules_load(o)))
        code = EXIT_CANNOT;
    if (!code && !o->plan)
        code = watch_state_open(&w);
    if (!code)
        code = begin_capture(o, &w);
    watch_signals();
    if (!code)
        code = sensor_open(o, w.rules->rs, &w.source);
    if (!code)
        code = o->plan ? plan_print(w.source, o->verbose) : watch_on(&w, &asker);
    watch_done(&w);
    asker_done(&asker);
    if (w.source)
        w.source = w.source->ops->close(w.source);
    (void)watch_outputs_close(o, false); /* what was lost has been told; a watch that was ended has done its work */
    return code;
}

int main(int argc, char **argv)
{
    cmd_language();
    _cleanup_(watch_options_done) struct watch_options options;
    watch_options_init(&options, PROGRAM.name);
    int first = cmd_parse(&PROGRAM, argc, argv, &options);
    if (first < 0)
        return EXIT_USAGE;
    if (first < argc) {
        cmd_error(PROGRAM.name, "takes no operand, and was given `%s`; to judge a capture: davy replay", argv[first]);
        return EXIT_USAGE;
    }
    if (options.capture_files > 1 && !options.capture_bytes) {
        cmd_error(PROGRAM.name, "--capture-files needs --capture-size, which says when the next one begins");
        return EXIT_USAGE;
    }
    return watch(&options);
}
