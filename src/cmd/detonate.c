// SPDX-License-Identifier: Apache-2.0
/* davy detonate: runs an image where it can do no harm, and tells what it did. */
#include <errno.h>
#include <signal.h>

#include "base/intl.h"
#include "base/stop.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "cmd/detonate.h"
#include "sandbox/pace.h"

enum { SECONDS_MAX = 3600, PIDS_MAX = 32768, CPUS_MAX = 64, DAYS_MAX = 10'000 };
#define MIB (UINT64_C(1) << 20)

static const struct cmd_option OPTIONS[] = {
    {"time", 't', "SECONDS", N_("how long one run may take (60); it ends earlier when all its processes have ended")},
    {"network", 0, "HOW", N_("pretend (the default): an internet of our own that answers everything and passes nothing on; none: a loopback alone")},
    {"each", 0, NULL, N_("also run each script and program in which the look at the files found a threat, at most 32, each in a jail of its own")},
    {"memory", 0, "MIB", N_("memory of a jail (1024)")},
    {"disk", 0, "MIB", N_("what runs may write, in memory (512)")},
    {"cpus", 0, "N", N_("processors of a jail (1)")},
    {"pids", 0, "N", N_("processes and threads of a jail (512)")},
    {"uptime", 0, "DAYS", N_("days that clocks since boot tell more in the jail (47), so that who asks sees no machine that was just started")},
    {"fast", 0, "N", N_("waiting takes an Nth of the time, and the jail's clocks agree: with 600 who sleeps an hour wakes after 6 s (1)")},
    {"mark", 0, NULL, N_("put /run/davy-jail into the jail, for samples that refuse to run anywhere else")},
    {"format", 'f', "FORMAT[=FILE]", N_("text (the default), json, sarif, html, cyclonedx, spdx or openmetrics, described in "
                                     "davy-report(5); may be repeated")},
    {"output", 'o', "FILE", N_("write the report to FILE instead of standard output")},
    {"fail-on", 0, "SEVERITY", N_("exit with 1 when a finding is at least this severe: critical, high, medium (the default), low or none")},
    {"name", 0, "REFERENCE", N_("the name of the image, such as acme/tools:latest, when the archive does not tell")},
    {"platform", 0, "OS/ARCH", N_("which image of several; it must run on this machine")},
    {"auth", 0, "FILE", N_("logins for registries instead of those that docker and podman keep")},
    {"ca", 0, "FILE", N_("certificates of authorities to trust for registries, beside the system's")},
    {"policy", 0, "FILE", N_("what the owner authorises (/etc/davy/policy.yaml when it is there)")},
    {"rules", 'r', "PATH", N_("rule file or folder instead of the shipped ones; may be repeated")},
    {"yara", 0, "PATH", N_("YARA rules, file or folder, beside the shipped ones; may be repeated")},
    {"yara-define", 0, "NAME=VALUE", N_("an external variable that YARA rules ask for, as yara -d declares it; may be repeated")},
    {"feed", 0, "FILE", N_("the feed of verdicts (davy feed), instead of the default one")},
    {"no-feed", 0, NULL, N_("read no feed")},
    {"colour", 0, "WHEN", N_("auto (the default), always or never")},
    {"quiet", 'q', NULL, N_("no progress")},
    {"verbose", 'v', NULL, N_("every finding, the whole timeline, and everything that could not be read")},
    {"help", 'h', NULL, N_("this text")},
    {"version", 'V', NULL, N_("the version")},
    {},
};

static int take(void *ctx, const struct cmd_option *option, const char *value);

static const struct cmd_program PROGRAM = {
    .name = "davy detonate",
    .usage = "[OPTION…] IMAGE [-- COMMAND…]",
    .summary = N_("Looks at an image as davy scan does, then runs its own command (or COMMAND) in a jail whose network is a pretend internet, and tells "
                  "what it did there: one verdict from both. IMAGE is whatever davy scan takes for one. Needs root and runc."),
    .options = OPTIONS,
    .examples = N_("  sudo davy detonate image.tar                run it for a minute at most\n"
                   "  sudo davy detonate -t 20 ghcr.io/acme/x:1   an image in a registry\n"
                   "  sudo davy detonate --each image.tar         and what looks suspicious in it\n"
                   "  sudo davy detonate -f json -o r.json rootfs -- /opt/start.sh\n"),
    .take = take,
};

/* Numbers of the jail: where they go, and what one stands for there. */
static const struct {
    const char *name;
    uint64_t most, unit;
    size_t at;
} NUMBERS[] = {
    {"time", SECONDS_MAX, 1'000'000'000, offsetof(struct detonate_options, time_ns)},
    {"memory", 1 << 20, MIB, offsetof(struct detonate_options, memory)},
    {"disk", 1 << 20, MIB, offsetof(struct detonate_options, disk)},
    {"cpus", CPUS_MAX, 100, offsetof(struct detonate_options, cpu_percent)},
    {"pids", PIDS_MAX, 1, offsetof(struct detonate_options, pids)},
    {"uptime", DAYS_MAX, 86400, offsetof(struct detonate_options, uptime)},
    {"fast", PACE_FACTOR_MAX, 1, offsetof(struct detonate_options, fast)},
};

/* 1: it is no number of the jail. */
static int take_number(struct detonate_options *o, const char *name, const char *value)
{
    uint64_t n;
    for (size_t i = 0; i < ARRAY_SIZE(NUMBERS); i++) {
        if (strcmp(NUMBERS[i].name, name) != 0)
            continue;
        if (!str_to_u64(str_from(value), &n) || !n || n > NUMBERS[i].most) {
            cmd_error(PROGRAM.name, "--%s takes a number from 1 to %llu", name, (unsigned long long)NUMBERS[i].most);
            return -EINVAL;
        }
        *(uint64_t *)((char *)o + NUMBERS[i].at) = n * NUMBERS[i].unit;
        return 0;
    }
    return 1;
}

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct detonate_options *o = ctx;
    int r = take_number(o, option->name, value);
    if (r > 0)
        r = scan_take(PROGRAM.name, &o->scan, option->name, value);
    if (r <= 0)
        return r;
    if (!strcmp(option->name, "each"))
        o->each = true;
    if (!strcmp(option->name, "mark"))
        o->mark = true;
    if (!strcmp(option->name, "network")) {
        o->pretend = !strcmp(value, "pretend");
        if (!o->pretend && strcmp(value, "none") != 0) {
            cmd_error(PROGRAM.name, "--network takes pretend or none");
            return -EINVAL;
        }
    }
    return 0;
}

static void options_done(struct detonate_options *o)
{
    scan_options_done(&o->scan);
    free(o->command);
}

/* The first that asks to stop ends the run and tells what was seen so far; everything is removed on the way out. */
static void answer_signals(void)
{
    stop_listen();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
}

static int detonate_target(struct detonate *d, const char *target)
{
    struct scan *s = &d->scan;
    struct error err = ERROR_NULL;
    enum source_kind kind;
    struct str rest;
    int r = source_tell(target, &kind, &rest, &err);
    char *real = !r && kind == SOURCE_PATH ? realpath(rest.p, NULL) : NULL;
    const bool is_machine = real && !strcmp(real, "/"); /* its disks would be copied to be run */
    free(real);
    if (!r && (kind == SOURCE_PROCESS || kind == SOURCE_CONTAINER || is_machine))
        r = error_set(&err, -EINVAL, "%s runs already; an image can be detonated", target);
    if (r < 0) {
        scan_target_begin(s, target, "image");
        report_failure(s->target, str_from(err.text));
        scan_target_end(s);
        return 0;
    }
    return kind == SOURCE_PATH ? scan_image(s, rest.p) : scan_fetched(s, target, kind, rest);
}

static int write_report(struct detonate *d)
{
    struct scan *s = &d->scan;
    struct error err = ERROR_NULL;
    const struct scan_look look = {.colour = s->options->colour, .verbose = s->options->verbose};
    report_judge(&s->report);
    intl_pause(false);
    if (outputs_write((struct scan_outputs *)&s->options->outputs, &look, &s->report, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_CANNOT;
    }
    return report_exit_code(&s->report, s->options->fail_on);
}

static int say_stopped(void)
{
    intl_pause(false);
    cmd_error(PROGRAM.name, "stopped by %s before anything ran; no report was written", stop_name(stop_signal()));
    return EXIT_CANNOT;
}

static int detonate(struct detonate *d, const char *target)
{
    struct error err = ERROR_NULL;
    struct scan_outputs *outputs = (struct scan_outputs *)&d->options->scan.outputs;
    if (scan_load(&d->scan) < 0)
        return EXIT_CANNOT;
    if (stop_signal())
        return say_stopped();
    if (outputs_open(outputs, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_CANNOT;
    }
    intl_pause(!outputs_for_people(outputs));
    const int r = detonate_target(d, target);
    if (r < 0 && stop_signal() && !d->stopped_by)
        return say_stopped();
    const int code = write_report(d);
    if (d->stopped_by)
        cmd_error(PROGRAM.name, "stopped by %s while it ran: the report tells what was seen until then", stop_name(d->stopped_by));
    else if (r < 0)
        cmd_error(PROGRAM.name, "stopped early: %s", error_words(r));
    return r < 0 ? EXIT_CANNOT : code;
}

int main(int argc, char **argv)
{
    cmd_language();
    _cleanup_(options_done) struct detonate_options options = {
        .scan = {.program = PROGRAM.name, .colour = "auto", .fail_on = PRIORITY_WARNING, .no_notes = true, .entropy = true, .with_live = true}, /* every layer is needed */
        .time_ns = 60'000'000'000, .pretend = true, .memory = 1024 * MIB, .disk = 512 * MIB, .pids = 512, .cpu_percent = 100, .fast = 1, .uptime = 47 * 86400 + 7321};
    struct error err = ERROR_NULL;
    int first = cmd_parse(&PROGRAM, argc, argv, &options);
    if (first < 0)
        return EXIT_USAGE;
    if (first == argc) {
        cmd_error(PROGRAM.name, "say which image");
        return EXIT_USAGE;
    }
    if (!*argv[first]) {
        cmd_error(PROGRAM.name, "the name of the image is empty; is a variable of the command line not set?");
        return EXIT_USAGE;
    }
    const bool has_dashes = !strcmp(argv[first - 1], "--"); /* getopt(3) puts them before what is no option */
    if (first + 1 < argc && !has_dashes) {
        cmd_error(PROGRAM.name, "`%s` is too much: one image at a time; a command for it stands behind --", argv[first + 1]);
        return EXIT_USAGE;
    }
    if (outputs_settle(&options.scan.outputs, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_USAGE;
    }
    options.n_command = (size_t)(argc - first - 1);
    options.command = options.n_command ? xalloc(options.n_command * sizeof(*options.command)) : NULL;
    for (size_t i = 0; i < options.n_command; i++)
        options.command[i] = str_from(argv[first + 1 + (int)i]);
    struct detonate d = {.options = &options, .scan = {.options = &options.scan, .after = detonate_after_scan}, .observer = {.proc = -1}};
    d.scan.hook_ctx = &d;
    answer_signals();
    /* while there is one thread, and before there are workers: they are to see what lies in the yard */
    if (yard_make(options.disk, &d.yard, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_CANNOT;
    }
    const int code = detonate(&d, argv[first]);
    scan_unload(&d.scan);
    yard_done(&d.yard);
    arena_done(&d.arena);
    const int signal = d.stopped_by ? d.stopped_by : stop_signal();
    if (signal && code == EXIT_CANNOT) { /* all is cleared away; whoever waits sees why it ended */
        options_done(&options);
        cmd_end_by(signal);
    }
    return code;
}
