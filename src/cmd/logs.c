// SPDX-License-Identifier: Apache-2.0
/* davy logs: records of clouds, clusters and servers, judged by rules. */
#include <errno.h>
#include <linux/capability.h>

#include "base/confine_watch.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/logs.h"
#include "cmd/progress.h"

static const struct cmd_option OPTIONS[] = {
    {"since", 0, "TIME", N_("only records from then on: 2024-07-31, 2024-07-31T14:00Z, or an age such as 7d, 12h, 30m")},
    {"until", 0, "TIME", N_("only records before then")},
    {"follow", 'F', NULL, N_("go on when files grow or others take their names; until a signal")},
    {"geo", 0, "FILE", N_("country and network of addresses from this database (.mmdb, such as GeoLite2 or DB-IP); may be repeated")},
    {"list", 0, "provider:NAME=FILE", N_("networks of a provider of clouds, as it publishes them, in place of the shipped list of that name; may be repeated")},
    WATCH_OPTIONS,
    {"fail-on", 0, "SEVERITY", N_("exit with 1 when a finding is at least this severe: critical, high, medium, low or a priority; "
                               "without it the exit code does not tell of findings")},
    WATCH_LAST_OPTIONS,
};

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct logs_options *o = ctx;
    int r = watch_options_take(&o->watch, option, value);
    if (r <= 0)
        return r;
    if (!strcmp(option->name, "since"))
        return logs_time(o, "since", value, &o->since_ns);
    if (!strcmp(option->name, "until"))
        return logs_time(o, "until", value, &o->until_ns);
    if (!strcmp(option->name, "follow"))
        o->follow = true;
    if (!strcmp(option->name, "geo"))
        vec_add(&o->geo, value);
    if (!strcmp(option->name, "list")) {
        const char *file;
        (void)logs_provider_in(value, &file);
        if (!file) {
            cmd_error(o->watch.program, "--list takes provider:NAME=FILE, such as provider:aws=ip-ranges.json, not `%s`", value);
            return -EINVAL;
        }
        vec_add(&o->lists, value);
    }
    if (!strcmp(option->name, "fail-on")) {
        o->watch.fail_on = severity_or_priority_from(str_from(value));
        if (o->watch.fail_on < 0) {
            cmd_error(o->watch.program, "`%s` is no severity; --fail-on takes critical, high, medium or low", value);
            return -EINVAL;
        }
    }
    return 0;
}

static const struct cmd_program PROGRAM = {
    .name = "davy logs",
    .usage = "[OPTION…] PATH…|-\n       davy logs coverage [OPTION…] PATH…|-",
    .summary = N_("Judges records of clouds, clusters and servers: AWS CloudTrail and GuardDuty, Google Cloud audit, Azure Activity and Entra, "
                  "Kubernetes audit, Alibaba ActionTrail, Huawei CTS, flow and resolver logs, logins (sshd, journal), access logs of web servers. Reads files, folders with all below, gzip, zstd and Parquet, or standard input; "
                  "what a file is, its content tells. Rules for Falco's plugins cloudtrail, k8saudit, gcpaudit and json are taken as they are. "
                  "davy logs coverage tells who logs what, and where nobody does."),
    .options = OPTIONS,
    .examples = N_("  davy logs AWSLogs/\n"
                   "  davy logs -r aws_cloudtrail_rules.yaml -f json --since 7d trail.json.gz\n"
                   "  kubectl logs audit-0 | davy logs --fail-on high -\n"
                   "  davy logs coverage --expect aws:123456789012:eu-west-1 AWSLogs/\n"),
    .take = take,
};

struct logs {
    const struct logs_options *options;
    struct logs_reading reading;
    struct watch watch;
    uint64_t outside; /* of --since and --until */
    uint64_t first_ns, last_ns; /* of the records inside; 0: none had a time */
};

static void note_time(struct logs *l, uint64_t time_ns)
{
    if (!time_ns)
        return;
    if (!l->first_ns || time_ns < l->first_ns)
        l->first_ns = time_ns;
    if (time_ns > l->last_ns)
        l->last_ns = time_ns;
}

static int read_some(void *ctx, struct error *err)
{
    enum { ROUND = 1024 };
    struct logs *l = ctx;
    const struct log_record *r;
    (void)err;
    for (unsigned i = 0; i < ROUND; i++) {
        const int e = log_reader_next(l->reading.reader, &r);
        if (e <= 0)
            return e ? 0 : -ENODATA;
        if (r->event.time_ns >= l->options->since_ns && r->event.time_ns < l->options->until_ns) {
            note_time(l, r->event.time_ns);
            watch_event(&l->watch, &r->event);
        } else
            l->outside++;
    }
    logs_progress(&l->reading);
    return 0;
}

static void matched(void *ctx, const struct event *event)
{
    struct logs *l = ctx;
    log_reader_name(l->reading.reader, event);
}

static void add_row(struct strbuf *b, const char *what, uint64_t n)
{
    strbuf_adds(b, "  ");
    cmd_add_padded(b, what, 29);
    text_add_count(b, n);
    strbuf_addc(b, '\n');
}

static void add_stats(void *ctx, struct strbuf *b)
{
    struct logs *l = ctx;
    struct log_stats s;
    log_reader_stats(l->reading.reader, &s);
    add_row(b, _("files"), s.files);
    add_row(b, _("records"), s.records);
    for (int f = 0; f < LOG_FORMAT__N; f++)
        if (s.formats[f])
            strbuf_printf(b, "    %s %llu\n", log_format_name((enum log_format)f), (unsigned long long)s.formats[f]);
    add_row(b, _("their bytes"), s.bytes);
    add_row(b, _("records that do not parse"), s.broken);
    if (s.unknown_files)
        add_row(b, _("files of no known format"), s.unknown_files);
    if (l->outside)
        add_row(b, _("outside of --since, --until"), l->outside);
}

static const struct watch_ops OPS = {.read = read_some, .matched = matched, .add_stats = add_stats};

/* A log is full of what strangers wrote: who reads it has no rights that it does not need. */
static int confine(const struct watch_options *o)
{
    struct error err = ERROR_NULL;
    /* logs belong to many users, and whoever may read them all is asked to */
    const int r = confine_watch(&(struct confine_watch_options){.capabilities = UINT64_C(1) << CAP_DAC_READ_SEARCH}, &err);
    if (r < 0)
        cmd_error(o->program, "%s", err.text);
    return r < 0 ? EXIT_CANNOT : 0;
}

/* *ret_stopped_by: the signal that ended it before its end; 0: none. */
static int run(struct logs_options *o, const char *const *paths, size_t n, int *ret_stopped_by)
{
    struct logs l = {.options = o, .watch = {.options = &o->watch, .ops = &OPS, .is_replay = !o->follow}};
    struct progress progress;
    const uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
    o->watch.is_past = true;
    o->watch.sums_up = !o->follow && !o->watch.outputs.n;
    l.reading = (struct logs_reading){.options = o, .progress = &progress, .folder = -1};
    if (o->watch.store && *o->watch.store) {
        l.reading.cases = logs_cases_new();
        o->watch.machine = logs_cases_take;
        o->watch.machine_ctx = l.reading.cases;
    }
    int code = watch_outputs_open(&o->watch);
    if (!o->follow) /* what this run finds itself would come sooner or later */
        o->watch.machine = NULL;
    l.watch.ops_ctx = &l;
    progress_start(&progress, !o->watch.quiet && !o->follow && (o->watch.sums_up || !isatty(STDOUT_FILENO)));
    if (!code && !(l.watch.rules = watch_rules_load(&o->watch)))
        code = EXIT_CANNOT;
    if (!code)
        code = watch_state_open(&l.watch);
    if (!code) {
        logs_state_open(&l.reading, l.watch.rules->rs);
        code = logs_addresses_open(&l.reading, l.watch.rules->rs);
    }
    if (!code)
        code = logs_open(&l.reading, paths, n);
    if (!code)
        code = confine(&o->watch);
    if (!code) {
        watch_signals();
        code = watch_run(&l.watch);
        if (!code && o->watch.fail_on >= 0 && l.watch.worst <= (enum priority)o->watch.fail_on)
            code = EXIT_FINDINGS;
    }
    if (l.reading.reader)
        logs_about(&l.reading, &(struct logs_span){l.first_ns, l.last_ns, clock_ns(CLOCK_MONOTONIC) - begin_ns,
                                                   l.watch.rules ? ruleset_count(l.watch.rules->rs) : 0, o->follow ? 0 : l.watch.stopped_by});
    else
        watch_outputs_about(&o->watch, &(struct summary_about){.is_unread = true});
    int trouble = logs_close(&l.reading);
    if (!trouble && l.watch.rules && (ruleset_unread(l.watch.rules->rs) || ruleset_left_out(l.watch.rules->rs))) /* the others judged; it was told which are missing */
        trouble = EXIT_CANNOT;
    logs_state_close(&l.reading);
    watch_done(&l.watch);
    const int written = watch_outputs_close(&o->watch, !o->follow);
    if (!o->follow)
        *ret_stopped_by = l.watch.stopped_by;
    return written && !o->follow ? written : code ? code : trouble; /* as davy watch, which has told of it when it happened */
}

int main(int argc, char **argv)
{
    cmd_language();
    if (argc > 1 && !strcmp(argv[1], "coverage"))
        return logs_coverage(argc - 1, argv + 1);
    _cleanup_(logs_options_done) struct logs_options options;
    logs_options_init(&options, PROGRAM.name);
    const int first = logs_operands(&options, &PROGRAM, argc, argv);
    int stopped_by = 0;
    const int code = first < 0 ? EXIT_USAGE : run(&options, (const char *const *)argv + first, (size_t)(argc - first), &stopped_by);
    if (stopped_by)
        watch_end_stopped(&options.watch, stopped_by);
    return code;
}
