// SPDX-License-Identifier: Apache-2.0
/*
 * The report as SARIF 2.1.0 (OASIS), in the form that GitHub's code scanning takes too. One run, and a further one for
 * each 25,000 results. Results are written one a line; only the rules of a run and the fingerprints are kept meanwhile.
 */
#include "base/digest.h"
#include "base/intl.h"
#include "base/text.h"
#include "sink/json_object.h"
#include "sink/json_runs.h"
#include "sink/sarif.h"
#include "sink/writer.h"

struct sarif {
    struct writer *w;
    const struct report *report;
    struct map fingerprints; /* → how often met, so that each is told once */
    struct arena arena;
    size_t left_out; /* findings beyond the last run */
};

/* The findings of one run: from a place in a target up to another. */
struct span {
    size_t target, finding;
};

static size_t count_findings(const struct report_target *t)
{
    return t->findings ? findings_count(t->findings) : 0;
}

/* The finding at the place, which moves on; NULL after the last. */
static const struct finding *next_finding(const struct report *r, struct span *at, const struct report_target **ret)
{
    while (at->target < r->targets.n && at->finding >= count_findings(r->targets.v[at->target])) {
        at->target++;
        at->finding = 0;
    }
    if (at->target >= r->targets.n)
        return NULL;
    *ret = r->targets.v[at->target];
    return findings_get((*ret)->findings, at->finding++);
}

static void base_id(const struct report *r, size_t target, char ret[static 32])
{
    (void)snprintf(ret, 32, r->targets.n > 1 ? "TARGET%zu" : "TARGET", target + 1);
}

static void hash_part(struct sha256 *h, struct str s)
{
    sha256_add(h, s.p ? s.p : "", s.n);
    sha256_add(h, "", 1);
}

/*
 * What stays when the same thing is found again: rule, subject and layer state; no process id, time, line or digest of
 * a layer that is built anew each day. Equal ones in a run are told apart by a count.
 */
static struct str fingerprint(struct sarif *s, const struct report_target *t, const struct finding *f)
{
    struct sha256 *h = sha256_new();
    const struct subject *x = &f->subject;
    const char *paren = x->type == EVENT_PROCESS && x->name.n ? memrchr(x->name.p, '(', x->name.n) : NULL;
    hash_part(h, f->rule->name);
    hash_part(h, str_from(event_type_name(x->type)));
    hash_part(h, paren ? str_sub(x->name, 0, (size_t)(paren - x->name.p)) : x->name);
    hash_part(h, x->type == EVENT_PROCESS ? x->path : STR_NULL);
    hash_part(h, x->layer_state);
    hash_part(h, s->report->targets.n > 1 ? t->name : STR_NULL);
    struct str hex = sha256_end_hex(h, &s->arena);
    (void)sha256_free(h);
    struct map_entry *e = map_put(&s->fingerprints, hex, NULL);
    return arena_printf(&s->arena, "%.*s:%llu", 32, hex.p, (unsigned long long)++e->u64);
}

static json_t *suppressions(const struct finding *f)
{
    json_t *list = json_array();
    if (!f->authorised)
        return list;
    json_t *j = json_object(), *p = json_object();
    json_put_new(j, "kind", json_string("external"));
    json_put_new(j, "status", json_string("accepted"));
    struct strbuf why = {};
    strbuf_printf(&why, _("%.*s (approved by %.*s until %.*s)"), STR_ARG(f->authorised_why), STR_ARG(f->authorised_by),
                  STR_ARG(f->authorised_until));
    json_t *message = sarif_message(strbuf_str(&why));
    json_put_new(j, "justification", json_incref(json_object_get(message, "text")));
    json_decref(message);
    strbuf_done(&why);
    json_put_new(p, "approvedBy", json_text(f->authorised_by));
    json_put_new(p, "until", json_text(f->authorised_until));
    json_put_count(p, "policyEntry", f->policy_entry);
    json_put_new(j, "properties", p);
    json_add_new(list, j);
    return list;
}

/* When it was seen in a jail, and in which run, from 1. */
static void put_moment(json_t *j, const struct report_target *t, const struct finding *f)
{
    for (size_t i = 0; i < t->runs.n; i++)
        for (size_t k = 0; k < t->runs.v[i]->moments.n; k++)
            if (t->runs.v[i]->moments.v[k].finding == f->id) {
                json_put_count(j, "run", i + 1);
                json_put_time(j, "seen", t->runs.v[i]->moments.v[k].time_ns);
                return;
            }
}

static json_t *result_properties(const struct report_target *t, const struct finding *f)
{
    json_t *j = json_object();
    json_put_new(j, "target", json_text(t->name));
    json_put_count(j, "finding", f->id);
    json_put_new(j, "kind", json_string(finding_kind_name(f->kind)));
    json_put_new(j, "severity", json_string(severity_name(severity_of(f->rule->priority))));
    json_put_new(j, "subject", json_text(f->subject.name));
    if (f->subject.sha256.n)
        json_put_new(j, "sha256", json_text(f->subject.sha256));
    if (f->subject.pid)
        json_put_new(j, "pid", json_integer(f->subject.pid));
    json_put_list(j, "by", f->by, f->n_by);
    if (f->conclusive)
        json_put_bool(j, "conclusive", true);
    if (f->repeats)
        json_put_count(j, "repeats", f->repeats);
    put_moment(j, t, f);
    if (f->n_also_seen) {
        json_put_list(j, "also", f->also, f->n_also);
        json_put_count(j, "alsoTotal", f->n_also_seen);
    }
    return j;
}

static json_t *result_message(const struct finding *f)
{
    const struct subject *s = &f->subject;
    struct strbuf b = {};
    strbuf_add(&b, str_sub(f->output.n ? f->output : f->rule->name, 0, SARIF_TEXT_MAX - 200));
    if (s->hidden_by)
        strbuf_printf(&b, _(" (in layer %u, %s by layer %u, still readable)"), s->layer,
                      str_is(s->layer_state, "deleted") ? _("deleted") : _("replaced"), s->hidden_by);
    json_t *j = sarif_message(strbuf_str(&b));
    strbuf_done(&b);
    return j;
}

static void put_result(struct sarif *s, const struct report_target *t, const struct finding *f, size_t target, size_t rule,
                       struct str rule_id)
{
    char base[32];
    base_id(s->report, target, base);
    json_t *j = json_object(), *prints = json_object(), *locations = json_array();
    json_put_new(j, "ruleId", json_text(rule_id));
    json_put_count(j, "ruleIndex", rule);
    if (f->kind == FINDING_CONTEXT)
        json_put_new(j, "kind", json_string("informational")); /* its level is then none */
    else
        json_put_new(j, "level", json_string(sarif_level(f->rule->priority)));
    json_put_new(j, "message", result_message(f));
    json_add_new(locations, sarif_location(t, f, base));
    json_put_new(j, "locations", locations);
    json_t *related = sarif_related(t, f, base);
    if (related)
        json_put_new(j, "relatedLocations", related);
    struct str print = fingerprint(s, t, f);
    json_put_new(prints, "davyFinding/v1", json_text(print));
    json_put_new(prints, "primaryLocationLineHash", json_text(print));
    json_put_new(j, "partialFingerprints", prints);
    if (s->report->policy)
        json_put_new(j, "suppressions", suppressions(f));
    json_put_new(j, "properties", result_properties(t, f));
    writer_json(s->w, j);
}

static json_t *notification(const char *id, const char *level, const struct report_target *t, struct str what, struct str why)
{
    json_t *j = json_object(), *descriptor = json_object();
    struct strbuf b = {};
    strbuf_printf(&b, "%.*s: %.*s%s%.*s", STR_ARG(t->name), STR_ARG(what), what.n && why.n ? ": " : "", STR_ARG(why));
    json_put_new(descriptor, "id", json_string(id));
    json_put_new(j, "descriptor", descriptor);
    json_put_new(j, "level", json_string(level));
    json_put_new(j, "message", sarif_message(strbuf_str(&b)));
    strbuf_done(&b);
    return j;
}

static void add_gaps(json_t *list, const char *id, const char *level, const struct report_target *t,
                     const struct report_gaps *gaps)
{
    for (size_t i = 0; i < gaps->list.n; i++)
        json_add_new(list, notification(id, level, t, gaps->list.v[i].what, gaps->list.v[i].why));
    if (gaps->total > gaps->list.n) {
        struct strbuf b = {};
        strbuf_printf(&b, _("and %llu more, counted only"), (unsigned long long)(gaps->total - gaps->list.n));
        json_add_new(list, notification(id, level, t, strbuf_str(&b), STR_NULL));
        strbuf_done(&b);
    }
}

static json_t *notifications(const struct report *r, size_t left_out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i];
        uint64_t lost = t->findings ? findings_not_kept_total(t->findings) : 0;
        lost += i + 1 == r->targets.n ? left_out : 0;
        if (t->failure.n)
            json_add_new(list, notification("davy/failed", "error", t, t->failure, STR_NULL));
        add_gaps(list, "davy/unread", "warning", t, &t->unread);
        add_gaps(list, "davy/skipped", "note", t, &t->skipped);
        if (lost) {
            struct strbuf b = {};
            strbuf_printf(&b, _("%llu findings beyond the limits of a report were counted only"), (unsigned long long)lost);
            json_add_new(list, notification("davy/not-kept", "warning", t, strbuf_str(&b), STR_NULL));
            strbuf_done(&b);
        }
    }
    return list;
}

static void put_time(json_t *j, const char *key, uint64_t ns)
{
    struct strbuf b = {};
    text_add_time(&b, ns, 3);
    json_put_new(j, key, json_text(strbuf_str(&b)));
    strbuf_done(&b);
}

static json_t *invocation(const struct report *r, size_t left_out)
{
    static const char *const says[] = {
        [0] = N_("nothing at or above the chosen severity"),
        [1] = N_("findings at or above the chosen severity"),
        [3] = N_("a target could not be scanned"),
    };
    static const char *const incomplete = N_("a part of what was asked for could not be done");
    int code = report_exit_code(r, r->fail_on);
    bool whole = !r->is_incomplete;
    json_t *j = json_object();
    for (size_t i = 0; i < r->targets.n; i++)
        whole &= !r->targets.v[i]->failure.n;
    json_put_bool(j, "executionSuccessful", whole);
    json_put_new(j, "exitCode", json_integer(code));
    json_put_new(j, "exitCodeDescription", json_text(str_from(r->is_incomplete ? _(incomplete) : _(says[code]))));
    put_time(j, "startTimeUtc", r->started_ns);
    put_time(j, "endTimeUtc", r->ended_ns);
    json_put_new(j, "toolExecutionNotifications", notifications(r, left_out));
    return j;
}

static json_t *notification_rules(void)
{
    static const char *const rows[][3] = {
        {"davy/failed", "TargetFailed", N_("A target could not be scanned at all.")},
        {"davy/unread", "NotRead", N_("Something could not be read: nothing is known about it.")},
        {"davy/skipped", "LeftOut", N_("Something was left out on purpose.")},
        {"davy/not-kept", "NotKept", N_("There were more findings than a report holds.")},
    };
    json_t *list = json_array();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *j = json_object();
        json_put_new(j, "id", json_string(rows[i][0]));
        json_put_new(j, "name", json_string(rows[i][1]));
        static const char *const descriptions[] = {"shortDescription", "fullDescription", "help"};
        for (size_t k = 0; k < ARRAY_SIZE(descriptions); k++)
            json_put_new(j, descriptions[k], sarif_message(str_from(_(rows[i][2]))));
        json_add_new(list, j);
    }
    return list;
}

static json_t *axis_json(const struct axis *a)
{
    json_t *j = json_object();
    json_put_count(j, "strength", a->strength);
    json_put_bool(j, "holds", axis_holds(a));
    return j;
}

static json_t *target_json(const struct report_target *t)
{
    json_t *j = json_object();
    json_put_new(j, "name", json_text(t->name));
    json_put_new(j, "kind", json_text(t->kind));
    if (t->digest.n)
        json_put_new(j, "digest", json_text(t->digest));
    if (t->artifact.n)
        json_put_new(j, "artifact", json_text(t->artifact));
    if (t->platform.n)
        json_put_new(j, "platform", json_text(t->platform));
    if (!t->failure.n) {
        json_put_new(j, "verdict", json_string(verdict_name(t->verdict.word)));
        json_put_new(j, "intent", axis_json(&t->verdict.intent));
        json_put_new(j, "harm", axis_json(&t->verdict.harm));
        json_put_list(j, "purposes", t->verdict.purposes, t->verdict.n_purposes);
    }
    json_put_count(j, "files", t->counts.files);
    json_put_count(j, "bytes", t->counts.bytes);
    json_put_count(j, "unread", t->unread.total);
    if (t->runs.n)
        json_put_new(j, "runs", json_runs(t));
    return j;
}

static void put_driver(struct sarif *s, const struct sarif_rules *rules)
{
    const struct report *r = s->report;
    json_t *properties = json_object();
    json_put_new(properties, "rulesDigest", json_text(r->rules.digest));
    json_put_count(properties, "behaviourRules", r->rules.behaviour);
    json_put_count(properties, "yaraRules", r->rules.yara);
    json_put_count(properties, "secretRules", r->rules.secrets);
    json_put_count(properties, "signs", r->rules.signs);
    writer_puts(s->w, "\"tool\":{\"driver\":{");
    writer_member(s->w, "name", json_string("Davy"), true);
    writer_member(s->w, "fullName", json_text(arena_printf(&s->arena, "Davy %.*s", STR_ARG(r->version))), false);
    writer_member(s->w, "semanticVersion", json_text(r->version), false);
    writer_member(s->w, "version", json_text(r->version), false);
    writer_member(s->w, "properties", properties, false);
    writer_member(s->w, "notifications", notification_rules(), false);
    if (rules->techniques.n)
        writer_puts(s->w, ",\n\"supportedTaxonomies\":[{\"name\":\"MITRE ATT&CK\",\"index\":0}]");
    writer_puts(s->w, ",\n\"rules\":[");
    for (size_t i = 0; i < rules->first.n; i++) {
        writer_puts(s->w, i ? ",\n" : "\n");
        writer_json(s->w, sarif_rule(rules, i));
    }
    writer_puts(s->w, "]}}");
    if (rules->techniques.n) {
        writer_puts(s->w, ",\n\"taxonomies\":[");
        writer_json(s->w, sarif_taxonomy(rules));
        writer_puts(s->w, "]");
    }
}

static json_t *bases(const struct report *r)
{
    json_t *j = json_object();
    for (size_t i = 0; i < r->targets.n; i++) {
        char id[32];
        struct strbuf b = {};
        base_id(r, i, id);
        strbuf_printf(&b, _("The root of %.*s"), STR_ARG(r->targets.v[i]->name));
        json_t *base = json_object();
        json_put_new(base, "description", sarif_message(strbuf_str(&b)));
        json_put_new(j, id, base);
        strbuf_done(&b);
    }
    return j;
}

static void put_run(struct sarif *s, struct span *at, size_t n, size_t run, size_t runs)
{
    const struct report *r = s->report;
    _cleanup_(sarif_rules_done) struct sarif_rules rules = {};
    const struct report_target *t = NULL;
    const struct finding *f;
    struct span ahead = *at;
    for (size_t i = 0; i < n && (f = next_finding(r, &ahead, &t)); i++)
        (void)sarif_rules_add(&rules, f);
    writer_puts(s->w, run ? ",\n{" : "\n{");
    put_driver(s, &rules);
    if (runs > 1) { /* runs of one file must not have the same category */
        json_t *id = json_object();
        json_put_new(id, "id", json_text(arena_printf(&s->arena, "davy-scan/part-%zu/", run + 1)));
        writer_member(s->w, "automationDetails", id, false);
    }
    json_t *invocations = json_array(), *targets = json_array(), *properties = json_object();
    json_add_new(invocations, invocation(r, s->left_out));
    writer_member(s->w, "invocations", invocations, false);
    writer_member(s->w, "originalUriBaseIds", bases(r), false);
    writer_member(s->w, "columnKind", json_string("utf16CodeUnits"), false);
    for (size_t i = 0; i < r->targets.n; i++)
        json_add_new(targets, target_json(r->targets.v[i]));
    json_put_new(properties, "targets", targets);
    writer_member(s->w, "properties", properties, false);
    writer_puts(s->w, ",\n\"results\":[");
    for (size_t i = 0; i < n && (f = next_finding(r, at, &t)); i++) {
        size_t rule = sarif_rules_add(&rules, f);
        writer_puts(s->w, i ? ",\n" : "\n");
        put_result(s, t, f, at->target, rule, rules.slugs.v[rule]);
    }
    writer_puts(s->w, "]}");
}

static int sarif_report(struct sink *sink, const struct report *r, struct error *err)
{
    struct sarif s = {.w = writer_of(sink), .report = r};
    struct span at = {};
    size_t total = 0;
    for (size_t i = 0; i < r->targets.n; i++)
        total += count_findings(r->targets.v[i]);
    size_t runs = total ? (total + SARIF_RESULTS_MAX - 1) / SARIF_RESULTS_MAX : 1;
    if (runs > SARIF_RUNS_MAX)
        runs = SARIF_RUNS_MAX;
    s.left_out = total > runs * SARIF_RESULTS_MAX ? total - runs * SARIF_RESULTS_MAX : 0;
    writer_puts(s.w, "{\"$schema\":\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json\",\n"
                     "\"version\":\"2.1.0\",\n\"runs\":[");
    for (size_t i = 0; i < runs; i++)
        put_run(&s, &at, SARIF_RESULTS_MAX, i, runs);
    writer_puts(s.w, "]}\n");
    map_done(&s.fingerprints);
    arena_done(&s.arena);
    return writer_end(s.w, err);
}

const struct sink_ops SINK_SARIF = {
    .name = "sarif",
    .help = N_("SARIF 2.1.0, for code scanning and editors"),
    .open = writer_open,
    .report = sarif_report,
    .close = writer_close,
};
