// SPDX-License-Identifier: Apache-2.0
/* davy replay: the events of captures again, judged by rules as davy watch would have judged them. */
#include <errno.h>

#include "base/confine_watch.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/watch.h"
#include "source/capture/read.h"

static const struct cmd_option OPTIONS[] = {
    WATCH_OPTIONS,
    {"fail-on", 0, "SEVERITY", N_("exit with 1 when a finding is at least this severe: critical, high, medium, low or a priority; "
                               "without it the exit code does not tell of findings")},
    WATCH_LAST_OPTIONS,
};

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct watch_options *o = ctx;
    int r = watch_options_take(o, option, value);
    if (r <= 0)
        return r;
    if (!strcmp(option->name, "fail-on")) {
        o->fail_on = severity_or_priority_from(str_from(value));
        if (o->fail_on >= 0)
            return 0;
        cmd_error(o->program, "`%s` is no severity; --fail-on takes critical, high, medium or low", value);
        return -EINVAL;
    }
    return 0;
}

static const struct cmd_program PROGRAM = {
    .name = "davy replay",
    .usage = "[OPTION…] CAPTURE…",
    .summary = N_("Judges the events of captures, which davy watch --capture makes, again: the same rules give the same findings, "
                  "other rules tell what they would have found. Several files are one stream, in the order given, - is standard "
                  "input. Needs no right but to read them."),
    .options = OPTIONS,
    .examples = N_("  davy replay incident.davycap\n"
                   "  davy replay -r mine.yaml -f json incident.davycap.1 incident.davycap\n"
                   "  ssh db-3 cat /var/lib/davy/watch.davycap | davy replay -\n"),
    .take = take,
};

static const struct watch_ops OPS = {};

/* A capture is a stranger's file: what reads it has no rights that it does not need. */
static int confine(const struct watch_options *o)
{
    struct error err = ERROR_NULL;
    int r = confine_watch(&(struct confine_watch_options){}, &err);
    if (r < 0)
        cmd_error(o->program, "%s", err.text);
    return r < 0 ? EXIT_CANNOT : 0;
}

/* Says what is damaged, here and on the page. */
static int say_trouble(struct watch *w, const char *const *paths, size_t n, int code)
{
    _cleanup_(strbuf_done) struct strbuf unread = {};
    struct capture_trouble t;
    capture_trouble(w->source, &t);
    if (t.first[0])
        cmd_error(PROGRAM.name, "%s", t.first);
    if (t.places)
        text_add_counted(&unread, t.places, "%s damaged place", "%s damaged places");
    watch_about(w, paths, n, strbuf_str(&unread));
    if (t.places)
        cmd_error(PROGRAM.name, "damaged places: %llu, bytes in them: %llu; what was between them is judged",
                  (unsigned long long)t.places, (unsigned long long)t.bytes);
    return t.places && code != EXIT_FINDINGS ? EXIT_CANNOT : code;
}

static int replay(struct watch_options *o, const char *const *paths, size_t n)
{
    struct error err = ERROR_NULL;
    struct watch w = {.options = o, .ops = &OPS, .is_replay = true};
    o->is_past = true;
    int code = watch_outputs_open(o);
    if (!code && !(w.rules = watch_rules_load(o)))
        code = EXIT_CANNOT;
    if (!code)
        code = watch_state_open(&w);
    if (!code && capture_open(paths, n, &w.source, &err) < 0) {
        cmd_error(o->program, "%s", err.text);
        code = EXIT_CANNOT;
    }
    if (!code)
        code = confine(o);
    if (!code) {
        w.context = context_new(&(struct context_options){.keep_env = true});
        watch_signals();
        code = watch_run(&w);
        if (!code && o->fail_on >= 0 && w.worst <= (enum priority)o->fail_on)
            code = EXIT_FINDINGS;
        code = say_trouble(&w, paths, n, code);
    }
    watch_done(&w);
    if (w.source)
        w.source = w.source->ops->close(w.source);
    const int written = watch_outputs_close(o, true);
    bool is_pipe = false; /* what comes as it happens has no end of its own */
    for (size_t i = 0; i < n; i++)
        is_pipe |= !strcmp(paths[i], "-");
    if (w.stopped_by && !is_pipe)
        watch_end_stopped(o, w.stopped_by);
    return written ? written : code;
}

int main(int argc, char **argv)
{
    cmd_language();
    _cleanup_(watch_options_done) struct watch_options options;
    watch_options_init(&options, PROGRAM.name);
    int first = cmd_parse(&PROGRAM, argc, argv, &options);
    if (first < 0)
        return EXIT_USAGE;
    if (first == argc) {
        cmd_error(PROGRAM.name, "say which capture: a file that davy watch --capture made, or - for standard input");
        return EXIT_USAGE;
    }
    return replay(&options, (const char *const *)argv + first, (size_t)(argc - first));
}
