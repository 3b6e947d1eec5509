// SPDX-License-Identifier: Apache-2.0
/*
 * The run as figures, in OpenMetrics text 1.0: for node_exporter's textfile collector and for a push gateway. All are
 * gauges without timestamps: the one type that OpenMetrics and the older Prometheus text format write the same way.
 */
#include "base/intl.h"
#include "base/text.h"
#include "sink/order.h"
#include "sink/writer.h"

/* One family; `help` is a sentence for people. */
static void family(struct writer *w, const char *name, const char *unit, const char *help)
{
    writer_printf(w, "# TYPE %s gauge\n", name);
    if (unit)
        writer_printf(w, "# UNIT %s %s\n", name, unit);
    writer_printf(w, "# HELP %s ", name);
    for (const char *p = help; *p; p++)
        writer_put(w, *p == '\\' ? STR("\\\\") : *p == '"' ? STR("\\\"") : str_n(p, 1));
    writer_puts(w, "\n");
}

/* A label's value: what cannot be shown is spelled out first, so that no line can begin inside it. */
static void label(struct writer *w, const char *name, struct str value)
{
    struct strbuf safe = {};
    text_add_safe(&safe, value);
    writer_printf(w, "%s=\"", name);
    for (size_t i = 0; i < safe.n; i++)
        writer_put(w, safe.p[i] == '\\' ? STR("\\\\") : safe.p[i] == '"' ? STR("\\\"") : str_n(safe.p + i, 1));
    writer_puts(w, "\"");
    strbuf_done(&safe);
}

/* "name{target=…,kind=…": more labels may follow before sample_end(). Targets that are named twice are told by number. */
static void sample(struct writer *w, const char *name, const struct report *r, size_t i)
{
    const struct report_target *t = r->targets.v[i];
    struct strbuf target = {};
    bool twice = false;
    for (size_t k = 0; k < i; k++)
        twice |= str_eq(r->targets.v[k]->name, t->name);
    strbuf_add(&target, t->name);
    if (twice)
        strbuf_printf(&target, " (%zu)", i + 1);
    writer_printf(w, "%s{", name);
    label(w, "target", strbuf_str(&target));
    writer_puts(w, ",");
    label(w, "target_kind", t->kind);
    strbuf_done(&target);
}

static void sample_end(struct writer *w, uint64_t value)
{
    writer_printf(w, "} %llu\n", (unsigned long long)value);
}

/* A decimal point in every locale. */
static void seconds(struct writer *w, uint64_t ns)
{
    writer_printf(w, "%llu.%06llu\n", (unsigned long long)(ns / 1'000'000'000U),
                  (unsigned long long)(ns % 1'000'000'000U / 1000U));
}

static void put_findings(struct writer *w, const struct report *r)
{
    static const char *const sections[SECTION__N] = {
        [SECTION_THREAT] = "threat", [SECTION_EXPOSURE] = "exposure", [SECTION_AUTHORISED] = "authorised",
        [SECTION_CONTEXT] = "context",
    };
    family(w, "davy_findings", NULL, _("Findings kept, by kind and severity; what the policy authorises is a kind of its own."));
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i];
        uint64_t n[SECTION__N][SEVERITY__N] = {};
        for (size_t k = 0; t->findings && k < findings_count(t->findings); k++) {
            const struct finding *f = findings_get(t->findings, k);
            n[section_of(f)][severity_of(f->rule->priority)]++;
        }
        for (int s = 0; s < SECTION__N; s++)
            for (int v = 0; v < SEVERITY__N; v++) {
                sample(w, "davy_findings", r, i);
                writer_printf(w, ",kind=\"%s\",severity=\"%s\"", sections[s], severity_name((enum severity)v));
                sample_end(w, n[s][v]);
            }
    }
}

static void put_verdicts(struct writer *w, const struct report *r)
{
    family(w, "davy_verdict", NULL, _("The verdict of a target: 1 for the word that holds, 0 for the others."));
    for (size_t i = 0; i < r->targets.n; i++)
        for (int v = 0; v < VERDICT__N; v++) {
            const struct report_target *t = r->targets.v[i];
            sample(w, "davy_verdict", r, i);
            writer_printf(w, ",verdict=\"%s\"", verdict_name((enum verdict_word)v));
            sample_end(w, !t->failure.n && (int)t->verdict.word == v);
        }
    family(w, "davy_axis_strength", NULL, _("Strength of the evidence on an axis: 0 none, 1 weak, 2 holds, 3 strong."));
    for (size_t i = 0; i < r->targets.n; i++)
        for (int harm = 0; harm < 2; harm++) {
            const struct verdict *v = &r->targets.v[i]->verdict;
            sample(w, "davy_axis_strength", r, i);
            writer_printf(w, ",axis=\"%s\"", harm ? "harm" : "intent");
            sample_end(w, harm ? v->harm.strength : v->intent.strength);
        }
}

/* Counts that a target gives as one number each. */
static uint64_t files(const struct report_target *t)
{
    return t->counts.files;
}
static uint64_t bytes(const struct report_target *t)
{
    return t->counts.bytes;
}
static uint64_t stored(const struct report_target *t)
{
    return t->counts.bytes_stored ? t->counts.bytes_stored : t->counts.bytes;
}
static uint64_t layers(const struct report_target *t)
{
    return t->n_layers;
}
static uint64_t processes(const struct report_target *t)
{
    return t->counts.processes;
}
static uint64_t accounts(const struct report_target *t)
{
    return t->counts.accounts;
}
static uint64_t unread(const struct report_target *t)
{
    return t->unread.total;
}
static uint64_t skipped(const struct report_target *t)
{
    return t->skipped.total;
}
static uint64_t not_kept(const struct report_target *t)
{
    return t->findings ? findings_not_kept_total(t->findings) : 0;
}
static uint64_t failed(const struct report_target *t)
{
    return t->failure.n > 0;
}

static const struct {
    const char *name, *unit, *help;
    uint64_t (*of)(const struct report_target *t);
} COUNTS[] = {
    {"davy_target_failed", NULL, N_("1 when the target could not be scanned at all."), failed},
    {"davy_scanned_files", NULL, N_("Regular files looked at."), files},
    {"davy_scanned_bytes", "bytes", N_("Bytes of content looked at, unpacked."), bytes},
    {"davy_stored_bytes", "bytes", N_("The same as stored, compressed."), stored},
    {"davy_scanned_layers", NULL, N_("Image layers looked at."), layers},
    {"davy_scanned_processes", NULL, N_("Processes looked at."), processes},
    {"davy_scanned_accounts", NULL, N_("Accounts looked at."), accounts},
    {"davy_unread", NULL, N_("Things that could not be read."), unread},
    {"davy_skipped", NULL, N_("Things left out on purpose."), skipped},
    {"davy_findings_not_kept", NULL, N_("Findings beyond the limits of a report, counted only."), not_kept},
};

static void put_counts(struct writer *w, const struct report *r)
{
    for (size_t k = 0; k < ARRAY_SIZE(COUNTS); k++) {
        family(w, COUNTS[k].name, COUNTS[k].unit, _(COUNTS[k].help));
        for (size_t i = 0; i < r->targets.n; i++) {
            sample(w, COUNTS[k].name, r, i);
            sample_end(w, COUNTS[k].of(r->targets.v[i]));
        }
    }
}

static void put_seconds(struct writer *w, const struct report *r)
{
    family(w, "davy_scan_duration_seconds", "seconds", _("Time that the look at a target took."));
    for (size_t i = 0; i < r->targets.n; i++) {
        sample(w, "davy_scan_duration_seconds", r, i);
        writer_puts(w, "} ");
        seconds(w, r->targets.v[i]->wall_ns);
    }
    family(w, "davy_scan_cpu_seconds", "seconds", _("Processor time that the look at a target took."));
    for (size_t i = 0; i < r->targets.n; i++) {
        sample(w, "davy_scan_cpu_seconds", r, i);
        writer_puts(w, "} ");
        seconds(w, r->targets.v[i]->cpu_ns);
    }
}

static void put_run(struct writer *w, const struct report *r)
{
    const struct {
        const char *kind;
        uint64_t n;
    } rules[] = {
        {"behaviour", r->rules.behaviour}, {"yara", r->rules.yara}, {"secrets", r->rules.secrets}, {"signs", r->rules.signs}};
    family(w, "davy_build", NULL, _("The version that scanned, and the digest of the rules it used."));
    writer_puts(w, "davy_build{");
    label(w, "version", r->version);
    writer_puts(w, ",");
    label(w, "rules_digest", r->rules.digest);
    sample_end(w, 1);
    family(w, "davy_rules", NULL, _("Rules and signs that judged, by kind."));
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        writer_printf(w, "davy_rules{kind=\"%s\"", rules[i].kind);
        sample_end(w, rules[i].n);
    }
    family(w, "davy_scan_start_timestamp_seconds", "seconds", _("When the scan began, since the epoch."));
    writer_puts(w, "davy_scan_start_timestamp_seconds ");
    seconds(w, r->started_ns);
    family(w, "davy_scan_end_timestamp_seconds", "seconds", _("When the scan ended, since the epoch."));
    writer_puts(w, "davy_scan_end_timestamp_seconds ");
    seconds(w, r->ended_ns);
    family(w, "davy_scan_exit_code", NULL, _("The exit code that follows from what was found."));
    writer_printf(w, "davy_scan_exit_code %d\n", report_exit_code(r, r->fail_on));
}

static int openmetrics_report(struct sink *sink, const struct report *r, struct error *err)
{
    struct writer *w = writer_of(sink);
    put_run(w, r);
    put_verdicts(w, r);
    put_findings(w, r);
    put_counts(w, r);
    put_seconds(w, r);
    writer_puts(w, "# EOF\n");
    return writer_end(w, err);
}

const struct sink_ops SINK_OPENMETRICS = {
    .name = "openmetrics",
    .help = N_("figures of the run, for Prometheus (node_exporter's textfile collector)"),
    .open = writer_open,
    .report = openmetrics_report,
    .close = writer_close,
};
