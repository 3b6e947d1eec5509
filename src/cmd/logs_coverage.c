// SPDX-License-Identifier: Apache-2.0
/* davy logs coverage: who logs what, and where nobody does. */
#include <errno.h>
#include <jansson.h>

#include "base/intl.h"
#include "base/stop.h"
#include "base/text.h"
#include "cmd/logs.h"
#include "cmd/progress.h"
#include "log/coverage.h"

static const struct cmd_option OPTIONS[] = {
    {"since", 0, "TIME", N_("only records from then on: 2024-07-31, 2024-07-31T14:00Z, or an age such as 7d, 12h, 30m")},
    {"until", 0, "TIME", N_("only records before then")},
    {"gap", 0, "DURATION", N_("hours without a record that are told as a gap, and how long a log may have been silent at the end (24h)")},
    {"expect", 0, "LOG", N_("exit with 1 unless this log is there and not silent: PROVIDER[:ACCOUNT[:REGION[:FORMAT]]], * for any; may be repeated")},
    {"format", 'f', "FORMAT", N_("text (the default) or json")},
    {"quiet", 'q', NULL, N_("nothing on standard error but mistakes and losses")},
    {"verbose", 'v', NULL, N_("each service of each log, and every gap")},
    {"help", 'h', NULL, N_("this text")},
    {"version", 'V', NULL, N_("the version")},
    {},
};

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct logs_options *o = ctx;
    const struct str name = str_from(option->name);
    if (str_is(name, "since"))
        return logs_time(o, "since", value, &o->since_ns);
    if (str_is(name, "until"))
        return logs_time(o, "until", value, &o->until_ns);
    if (str_is(name, "gap"))
        return logs_age(o, "gap", value, &o->gap_ns);
    if (str_is(name, "expect")) {
        if (!*value || *value == ':') {
            cmd_error(o->watch.program, "--expect takes PROVIDER[:ACCOUNT[:REGION[:FORMAT]]], such as aws:123456789012:eu-west-1, not `%s`", value);
            return -EINVAL;
        }
        vec_add(&o->expected, value);
    }
    else if (str_is(name, "quiet"))
        o->watch.quiet = true;
    else if (str_is(name, "verbose"))
        o->watch.verbose = true;
    else if (str_is(name, "format")) {
        o->is_json = !strcmp(value, "json");
        if (!o->is_json && strcmp(value, "text") != 0) {
            cmd_error(o->watch.program, "there is no format `%s`; --format takes text or json", value);
            return -EINVAL;
        }
    }
    return 0;
}

static const struct cmd_program PROGRAM = {
    .name = "davy logs coverage",
    .usage = "[OPTION…] PATH…|-",
    .summary = N_("Tells who logs what: for each provider, account, region and format the first and the last record, hours without one, and "
                  "what was done to logging itself. A log is silent when the newest record of all is so much newer than its last."),
    .options = OPTIONS,
    .examples = N_("  davy logs coverage AWSLogs/\n"
                   "  davy logs coverage --gap 6h --expect aws:123456789012 AWSLogs/\n"),
    .take = take,
};

static bool is_silent(const struct coverage *c, const struct logs_options *o, const struct coverage_log *l)
{
    const uint64_t end_ns = o->until_ns == UINT64_MAX ? c->last_ns : o->until_ns;
    return end_ns > l->last_ns && end_ns - l->last_ns > o->gap_ns;
}

/* A log that was asked for and is there, and not silent. */
static bool is_met(const struct coverage *c, const struct logs_options *o, const char *words)
{
    for (size_t i = 0; i < c->logs.n; i++)
        if (coverage_is(c->logs.v[i], str_from(words)) && !is_silent(c, o, c->logs.v[i]))
            return true;
    return false;
}

/* ---- JSON ---- */

static json_t *json_safe(struct str s)
{
    struct strbuf b = {};
    text_add_safe(&b, s);
    json_t *j = json_stringn(strbuf_str(&b).p, b.n);
    strbuf_done(&b);
    return j;
}

static json_t *json_time(uint64_t ns)
{
    struct strbuf b = {};
    text_add_time(&b, ns, 0);
    json_t *j = json_stringn(strbuf_str(&b).p, b.n);
    strbuf_done(&b);
    return j;
}

static json_t *json_log(const struct coverage *c, const struct logs_options *o, const struct coverage_log *l)
{
    json_t *services = json_array(), *gaps = json_array();
    uint64_t hour = 0, from, to;
    for (size_t i = 0; i < l->services.n; i++) {
        const struct coverage_service *s = &l->services.v[i];
        json_array_append_new(services, json_pack("{s:o, s:I, s:o, s:o}", "service", json_safe(s->name), "records", (json_int_t)s->records, "first",
                                                  json_time(s->first_ns), "last", json_time(s->last_ns)));
    }
    while (coverage_gap(l, o->gap_ns, &hour, &from, &to))
        json_array_append_new(gaps, json_pack("{s:o, s:o}", "from", json_time(from), "to", json_time(to)));
    return json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:b, s:o, s:o}", "provider", json_safe(l->provider), "account", json_safe(l->account),
                     "region", json_safe(l->region), "format", json_safe(l->format), "records", (json_int_t)l->records, "first", json_time(l->first_ns),
                     "last", json_time(l->last_ns), "silent", is_silent(c, o, l), "gaps", gaps, "services", services);
}

static int print_json(const struct coverage *c, const struct logs_options *o)
{
    json_t *logs = json_array(), *changes = json_array(), *missing = json_array();
    for (size_t i = 0; i < c->logs.n; i++)
        json_array_append_new(logs, json_log(c, o, c->logs.v[i]));
    for (size_t i = 0; i < c->changes.n; i++) {
        const struct coverage_change *x = &c->changes.v[i];
        json_array_append_new(changes, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "time", json_time(x->time_ns), "action", json_safe(x->action), "by",
                                                 json_safe(x->principal), "account", json_safe(x->account), "region", json_safe(x->region), "outcome",
                                                 json_safe(x->outcome)));
    }
    for (size_t i = 0; i < o->expected.n; i++)
        if (!is_met(c, o, o->expected.v[i]))
            json_array_append_new(missing, json_string(o->expected.v[i]));
    json_t *all = json_pack("{s:I, s:I, s:o, s:o, s:o}", "records", (json_int_t)c->records, "without_time", (json_int_t)c->without_time, "logs", logs,
                            "changes", changes, "missing", missing);
    (void)json_dumpf(all, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    (void)putchar('\n');
    json_decref(all);
    return cmd_flush(o->watch.program);
}

/* ---- text ---- */

enum { STATE_COLUMNS = 10, TEXT_COLUMN = 1 + STATE_COLUMNS };

static void add_time(struct strbuf *b, uint64_t ns)
{
    text_add_time(b, ns, 0);
}

static void add_gaps(struct strbuf *b, const struct logs_options *o, const struct coverage_log *l)
{
    enum { SHOWN = 5 };
    uint64_t hour = 0, from, to, n = 0;
    while (coverage_gap(l, o->gap_ns, &hour, &from, &to)) {
        if (n++ >= SHOWN && !o->watch.verbose)
            continue;
        const uint64_t hours = (to - from) / 3600 / 1'000'000'000;
        struct strbuf first = {}, last = {};
        add_time(&first, from);
        add_time(&last, to);
        strbuf_pad(b, ' ', TEXT_COLUMN);
        /* TRANSLATORS: a gap in a log: "nothing from TIME to TIME, 96 hours" */
        strbuf_printf(b, intl_plural("nothing from %s to %s, %llu hour\n", "nothing from %s to %s, %llu hours\n", hours), first.p, last.p, (unsigned long long)hours);
        strbuf_done(&first);
        strbuf_done(&last);
    }
    if (n > SHOWN && !o->watch.verbose) {
        strbuf_pad(b, ' ', TEXT_COLUMN);
        strbuf_printf(b, intl_plural("and %llu gap more (--verbose shows it)\n", "and %llu gaps more (--verbose shows them)\n", n - SHOWN), (unsigned long long)(n - SHOWN));
    }
}

static uint64_t count_gaps(const struct logs_options *o, const struct coverage_log *l)
{
    uint64_t hour = 0, from, to, n = 0;
    while (coverage_gap(l, o->gap_ns, &hour, &from, &to))
        n++;
    return n;
}

/* "45 records, TIME → TIME", with what stands before them. */
static void add_span(struct strbuf *b, const char *before, uint64_t records, uint64_t first_ns, uint64_t last_ns)
{
    struct strbuf n = {};
    text_add_count(&n, records);
    strbuf_printf(b, intl_plural("%s%s record, ", "%s%s records, ", records), before, n.p);
    add_time(b, first_ns);
    strbuf_adds(b, cmd_utf8() ? " → " : " > ");
    add_time(b, last_ns);
    strbuf_done(&n);
}

static void add_log(struct strbuf *b, const struct coverage *c, const struct logs_options *o, const struct coverage_log *l)
{
    const struct str words[] = {l->provider, l->account, l->region, l->format};
    const bool has_gap = count_gaps(o, l);
    strbuf_addc(b, ' ');
    cmd_add_padded(b, is_silent(c, o, l) ? _("SILENT") : has_gap ? _("GAPS") : _("ok"), STATE_COLUMNS);
    for (size_t i = 0, n = 0; i < ARRAY_SIZE(words); i++)
        if (words[i].n) {
            strbuf_adds(b, n++ ? " " : "");
            text_add_safe(b, words[i]);
        }
    strbuf_printf(b, intl_plural(", %zu service", ", %zu services", l->services.n), l->services.n);
    strbuf_addc(b, '\n');
    strbuf_pad(b, ' ', TEXT_COLUMN);
    add_span(b, "", l->records, l->first_ns, l->last_ns);
    strbuf_addc(b, '\n');
    for (size_t i = 0; o->watch.verbose && i < l->services.n; i++) {
        struct strbuf name = {};
        text_add_safe(&name, l->services.v[i].name);
        strbuf_adds(&name, ": ");
        strbuf_pad(b, ' ', TEXT_COLUMN + 2);
        add_span(b, name.p, l->services.v[i].records, l->services.v[i].first_ns, l->services.v[i].last_ns);
        strbuf_addc(b, '\n');
        strbuf_done(&name);
    }
    add_gaps(b, o, l);
}

/* What it comes to: how many logs ended, have gaps, are missing; and whether logging was changed. */
static void add_head(struct strbuf *b, const struct coverage *c, const struct logs_options *o)
{
    uint64_t silent = 0, gaps = 0, missing = 0;
    for (size_t i = 0; i < c->logs.n; i++) {
        silent += is_silent(c, o, c->logs.v[i]);
        gaps += count_gaps(o, c->logs.v[i]) > 0;
    }
    for (size_t i = 0; i < o->expected.n; i++)
        missing += !is_met(c, o, o->expected.v[i]);
    const bool is_bad = silent || gaps || missing || c->changes.n || !c->logs.n;
    strbuf_printf(b, " %s ", is_bad ? (cmd_utf8() ? "✗" : "X") : (cmd_utf8() ? "✓" : "+"));
    const size_t begin = b->n;
    const char *const between = cmd_utf8() ? " · " : ", ";
    if (!c->logs.n)
        strbuf_adds(b, _("no record of a known format"));
    if (missing)
        strbuf_printf(b, intl_plural("%s%llu log missing or silent", "%s%llu logs missing or silent", missing), b->n > begin ? between : "", (unsigned long long)missing);
    if (silent)
        strbuf_printf(b, intl_plural("%s%llu of %zu logs fell silent", "%s%llu of %zu logs fell silent", silent), b->n > begin ? between : "", (unsigned long long)silent, c->logs.n);
    if (gaps)
        strbuf_printf(b, intl_plural("%s%llu with gaps", "%s%llu with gaps", gaps), b->n > begin ? between : "", (unsigned long long)gaps);
    if (c->changes.n)
        strbuf_printf(b, intl_plural("%slogging was changed %zu time", "%slogging was changed %zu times", c->changes.n), b->n > begin ? between : "", c->changes.n);
    if (!is_bad)
        strbuf_printf(b, intl_plural("%zu log, without a gap", "%zu logs, without a gap", c->logs.n), c->logs.n);
    strbuf_addc(b, '\n');
}

static void add_change(struct strbuf *b, const struct coverage_change *x)
{
    const struct str words[] = {x->action, x->outcome, x->account, x->region};
    strbuf_addc(b, ' ');
    add_time(b, x->time_ns);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (words[i].n) {
            strbuf_adds(b, "  ");
            text_add_safe(b, words[i]);
        }
    strbuf_addc(b, '\n');
    if (!x->principal.n)
        return;
    strbuf_pad(b, ' ', TEXT_COLUMN);
    text_add_safe(b, x->principal);
    strbuf_addc(b, '\n');
}

static int print_text(const struct coverage *c, const struct logs_options *o)
{
    struct strbuf b = {};
    add_head(&b, c, o);
    for (size_t i = 0; i < o->expected.n; i++)
        if (!is_met(c, o, o->expected.v[i])) {
            strbuf_printf(&b, _("\nmissing or silent: "));
            text_add_safe(&b, str_from(o->expected.v[i]));
            strbuf_addc(&b, '\n');
        }
    if (c->logs.n)
        strbuf_adds(&b, _("\nwho logs\n"));
    for (int silent = 1; silent >= 0; silent--)
        for (size_t i = 0; i < c->logs.n; i++)
            if (is_silent(c, o, c->logs.v[i]) == (bool)silent)
                add_log(&b, c, o, c->logs.v[i]);
    if (c->changes.n)
        strbuf_printf(&b, _("\nwhat was done to logging itself\n"));
    for (size_t i = 0; i < c->changes.n; i++)
        add_change(&b, &c->changes.v[i]);
    const int code = cmd_print_page(o->watch.program, &b);
    strbuf_done(&b);
    return code;
}

static int run(struct logs_options *o, const char *const *paths, size_t n)
{
    struct progress progress;
    struct logs_reading reading = {.options = o, .progress = &progress};
    struct coverage c = {};
    const struct log_record *r;
    progress_start(&progress, !o->watch.quiet && !isatty(STDOUT_FILENO));
    int code = logs_open(&reading, paths, n);
    if (code)
        return code;
    watch_signals();
    for (int e; !watch_is_stopping() && (e = log_reader_next(reading.reader, &r)) != 0;) {
        if (e != 1)
            continue;
        if (r->event.time_ns >= o->since_ns && r->event.time_ns < o->until_ns)
            coverage_take(&c, r);
        if (!(r->event.num & 0x3ff))
            logs_progress(&reading);
    }
    if (watch_is_stopping()) { /* what is missing from a part says nothing of the whole */
        progress_end(&progress);
        cmd_error(o->watch.program, "stopped by %s before all was read: nothing is told of a part", stop_name(watch_is_stopping()));
        cmd_end_by(watch_is_stopping());
    }
    coverage_finish(&c);
    code = logs_close(&reading);
    const int written = (o->is_json ? print_json : print_text)(&c, o);
    for (size_t i = 0; i < o->expected.n; i++)
        if (!is_met(&c, o, o->expected.v[i]))
            code = EXIT_FINDINGS;
    coverage_done(&c);
    return written ? written : code;
}

int logs_coverage(int argc, char **argv)
{
    _cleanup_(logs_options_done) struct logs_options options;
    logs_options_init(&options, PROGRAM.name);
    options.gap_ns = UINT64_C(24) * 3600 * 1'000'000'000;
    const int first = logs_operands(&options, &PROGRAM, argc, argv);
    return first < 0 ? EXIT_USAGE : run(&options, (const char *const *)argv + first, (size_t)(argc - first));
}
