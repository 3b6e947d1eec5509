// SPDX-License-Identifier: Apache-2.0
/* davy logs coverage: who logs what, and where nobody does. */
#include <errno.h>
#include <jansson.h>

#include "base/intl.h"
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
    if (str_is(name, "expect"))
        vec_add(&o->expected, value);
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

static void print_json(const struct coverage *c, const struct logs_options *o)
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
}

/* ---- text ---- */

enum { COUNT_COLUMNS = 12, TIME_COLUMNS = 22 };

static void add_cell(struct strbuf *b, struct str s, size_t columns)
{
    struct strbuf safe = {};
    text_add_safe(&safe, s);
    cmd_add_padded(b, safe.n ? safe.p : "-", columns);
    strbuf_done(&safe);
}

static void add_time(struct strbuf *b, uint64_t ns)
{
    struct strbuf t = {};
    text_add_time(&t, ns, 0);
    cmd_add_padded(b, t.p, TIME_COLUMNS);
    strbuf_done(&t);
}

static void add_count(struct strbuf *b, uint64_t n)
{
    struct strbuf t = {};
    text_add_count(&t, n);
    strbuf_pad(b, ' ', t.n < COUNT_COLUMNS ? COUNT_COLUMNS - t.n : 0);
    strbuf_printf(b, "%s  ", t.p);
    strbuf_done(&t);
}

static void add_gaps(struct strbuf *b, const struct logs_options *o, const struct coverage_log *l)
{
    enum { SHOWN = 5 };
    uint64_t hour = 0, from, to, n = 0;
    while (coverage_gap(l, o->gap_ns, &hour, &from, &to)) {
        if (n++ >= SHOWN && !o->watch.verbose)
            continue;
        strbuf_printf(b, _("    nothing from "));
        add_time(b, from);
        strbuf_printf(b, _("to "));
        add_time(b, to);
        strbuf_printf(b, intl_plural("%llu hour\n", "%llu hours\n", (to - from) / 3600 / 1'000'000'000), (unsigned long long)((to - from) / 3600 / 1'000'000'000));
    }
    if (n > SHOWN && !o->watch.verbose)
        strbuf_printf(b, _("    and %llu gaps more, with --verbose\n"), (unsigned long long)(n - SHOWN));
}

static void add_who(struct strbuf *b, const struct coverage_log *l)
{
    const struct str words[] = {l->provider, l->account, l->region, l->format};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (words[i].n) {
            strbuf_adds(b, b->n ? " " : "");
            text_add_safe(b, words[i]);
        }
}

/* Of the first column, with room behind it. */
static size_t who_columns(const struct coverage *c)
{
    size_t most = 20;
    for (size_t i = 0; i < c->logs.n; i++) {
        struct strbuf who = {};
        add_who(&who, c->logs.v[i]);
        const size_t n = text_width(strbuf_str(&who)) + 2;
        most = n > most ? n : most;
        strbuf_done(&who);
    }
    return most;
}

static void add_log(struct strbuf *b, const struct coverage *c, const struct logs_options *o, const struct coverage_log *l, size_t columns)
{
    struct strbuf who = {};
    add_who(&who, l);
    add_cell(b, strbuf_str(&who), columns);
    strbuf_done(&who);
    add_count(b, l->records);
    add_time(b, l->first_ns);
    add_time(b, l->last_ns);
    strbuf_printf(b, intl_plural("%zu service", "%zu services", l->services.n), l->services.n);
    strbuf_adds(b, is_silent(c, o, l) ? _("  SILENT since then\n") : "\n");
    for (size_t i = 0; o->watch.verbose && i < l->services.n; i++) {
        strbuf_adds(b, "    ");
        add_cell(b, l->services.v[i].name, columns - 4);
        add_count(b, l->services.v[i].records);
        add_time(b, l->services.v[i].first_ns);
        add_time(b, l->services.v[i].last_ns);
        strbuf_addc(b, '\n');
    }
    add_gaps(b, o, l);
}

static void print_text(const struct coverage *c, const struct logs_options *o)
{
    struct strbuf b = {};
    const size_t columns = who_columns(c);
    cmd_add_padded(&b, _("who logs"), columns);
    strbuf_printf(&b, "%*s  ", COUNT_COLUMNS, _("records"));
    cmd_add_padded(&b, _("first"), TIME_COLUMNS);
    cmd_add_padded(&b, _("last"), TIME_COLUMNS);
    strbuf_addc(&b, '\n');
    for (size_t i = 0; i < c->logs.n; i++)
        add_log(&b, c, o, c->logs.v[i], columns);
    if (c->changes.n)
        strbuf_printf(&b, _("\nwhat was done to logging itself\n"));
    for (size_t i = 0; i < c->changes.n; i++) {
        const struct coverage_change *x = &c->changes.v[i];
        strbuf_adds(&b, "  ");
        add_time(&b, x->time_ns);
        add_cell(&b, x->action, 34);
        add_cell(&b, x->outcome, 9);
        add_cell(&b, x->account, 14);
        add_cell(&b, x->region, 16);
        text_add_safe(&b, x->principal);
        strbuf_addc(&b, '\n');
    }
    for (size_t i = 0; i < o->expected.n; i++)
        if (!is_met(c, o, o->expected.v[i])) {
            strbuf_printf(&b, _("\nmissing or silent: "));
            text_add_safe(&b, str_from(o->expected.v[i]));
            strbuf_addc(&b, '\n');
        }
    (void)fputs(b.p, stdout);
    strbuf_done(&b);
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
    coverage_finish(&c);
    code = logs_close(&reading);
    (o->is_json ? print_json : print_text)(&c, o);
    for (size_t i = 0; i < o->expected.n; i++)
        if (!is_met(&c, o, o->expected.v[i]))
            code = EXIT_FINDINGS;
    coverage_done(&c);
    return code;
}

int logs_coverage(int argc, char **argv)
{
    _cleanup_(logs_options_done) struct logs_options options;
    logs_options_init(&options, PROGRAM.name);
    options.gap_ns = UINT64_C(24) * 3600 * 1'000'000'000;
    const int first = logs_operands(&options, &PROGRAM, argc, argv);
    return first < 0 ? EXIT_USAGE : run(&options, (const char *const *)argv + first, (size_t)(argc - first));
}
