// SPDX-License-Identifier: Apache-2.0
/*
 * The report as JSON: schema davy.report/1 (docs/report-schema.json, docs/report-format.md). Written piece by
 * piece, one finding a line, so that memory does not grow with the report. All text is ASCII: what is not is
 * a \u escape, so that the file cannot do anything to a terminal. Keys stand in the order of this file.
 */

#include "sink/json_object.h"
#include "sink/json_runs.h"
#include "sink/writer.h"

static json_t *subject_json(const struct subject *x)
{
    json_t *j = json_object();
    json_put(j, "type", str_from(event_type_name(x->type)));
    json_put(j, "name", x->name);
    json_put_any(j, "path", x->path);
    if (x->pid)
        json_put_new(j, "pid", json_integer(x->pid));
    json_put_any(j, "sha256", x->sha256);
    if (x->size)
        json_put_count(j, "size", x->size);
    if (x->layer) {
        json_put_count(j, "layer", x->layer);
        json_put_count(j, "layer_count", x->layer_count);
        json_put_any(j, "layer_state", x->layer_state);
        if (x->hidden_by)
            json_put_count(j, "hidden_by", x->hidden_by);
        json_put_any(j, "layer_digest", x->layer_digest);
        json_put_any(j, "created_by", x->created_by);
    }
    return j;
}

static json_t *fields_json(const struct finding *f)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->n_fields; i++) {
        json_t *j = json_object();
        json_put(j, "name", str_from(FIELDS[f->fields[i].field].name));
        json_put(j, "text", f->fields[i].text);
        if (f->fields[i].cut)
            json_put_bool(j, "cut", true);
        json_add_new(list, j);
    }
    return list;
}

static json_t *notes_json(const struct finding *f)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->n_notes; i++) {
        const struct note *n = &f->notes[i];
        json_t *j = json_object();
        json_put(j, "field", str_from(FIELDS[n->field].name));
        json_put(j, "value", n->value);
        json_put_any(j, "excerpt", n->excerpt);
        json_put_any(j, "via", n->via);
        json_put_count(j, "offset", n->offset);
        if (n->line) {
            json_put_count(j, "line", n->line);
            json_put_count(j, "column", n->column);
        }
        json_add_new(list, j);
    }
    return list;
}

static json_t *axes_json(const struct finding *f)
{
    struct str axes[2];
    json_t *holder = json_object();
    size_t n = 0;
    if (f->intent)
        axes[n++] = STR("intent");
    if (f->harm)
        axes[n++] = STR("harm");
    json_put_list(holder, "axes", axes, n);
    json_t *list = json_incref(json_object_get(holder, "axes"));
    json_decref(holder);
    return list;
}

static json_t *finding_json(const struct finding *f)
{
    json_t *j = json_object();
    json_put_count(j, "id", f->id);
    json_put(j, "rule", f->rule->name);
    json_put(j, "kind", str_from(finding_kind_name(f->kind)));
    json_put(j, "priority", str_from(priority_name(f->rule->priority)));
    json_put(j, "severity", str_from(severity_name(severity_of(f->rule->priority))));
    json_put_new(j, "axes", axes_json(f));
    json_put_bool(j, "conclusive", f->conclusive);
    json_put_list(j, "by", f->by, f->n_by);
    json_put_list(j, "purposes", f->purposes, f->n_purposes);
    json_put_list(j, "rows", f->rows, f->n_rows);
    json_put_list(j, "techniques", f->techniques, f->n_techniques);
    json_put_list(j, "tags", f->rule->tags, f->rule->n_tags);
    json_put_time(j, "time", f->time_ns);
    json_put_new(j, "subject", subject_json(&f->subject));
    json_put(j, "output", f->output);
    json_put(j, "why", f->rule->desc);
    json_put_any(j, "next", f->rule->next);
    json_put_new(j, "fields", fields_json(f));
    json_put_new(j, "notes", notes_json(f));
    json_put_count(j, "notes_total", f->n_notes_seen);
    json_put_count(j, "repeats", f->repeats);
    if (f->n_also_seen) {
        json_put_list(j, "also", f->also, f->n_also);
        json_put_count(j, "also_total", f->n_also_seen);
    }
    if (f->authorised) {
        json_t *a = json_object();
        json_put(a, "approved_by", f->authorised_by);
        json_put(a, "reason", f->authorised_why);
        json_put(a, "until", f->authorised_until);
        json_put_count(a, "entry", f->policy_entry);
        json_put_new(j, "authorised", a);
    }
    json_put(j, "rule_file", str_from(f->rule->file));
    json_put_count(j, "rule_line", f->rule->line);
    return j;
}

static json_t *axis_json(const struct axis *a)
{
    json_t *j = json_object(), *ids = json_array();
    json_put_count(j, "strength", a->strength);
    json_put_bool(j, "holds", axis_holds(a));
    json_put_list(j, "classes", a->classes, a->n_classes);
    for (size_t i = 0; i < a->n_evidence; i++)
        json_add_new(ids, json_integer(a->evidence[i]));
    json_put_new(j, "evidence", ids);
    return j;
}

static json_t *verdict_json(const struct verdict *v)
{
    json_t *j = json_object();
    json_put(j, "word", str_from(verdict_name(v->word)));
    json_put_new(j, "intent", axis_json(&v->intent));
    json_put_new(j, "harm", axis_json(&v->harm));
    json_put_list(j, "purposes", v->purposes, v->n_purposes);
    return j;
}

static json_t *counts_json(const struct report_counts *c)
{
    json_t *j = json_object();
    json_put_count(j, "files", c->files);
    json_put_count(j, "directories", c->directories);
    json_put_count(j, "symlinks", c->symlinks);
    json_put_count(j, "hardlinks", c->hardlinks);
    json_put_count(j, "specials", c->specials);
    json_put_count(j, "whiteouts", c->whiteouts);
    json_put_count(j, "bytes", c->bytes);
    json_put_count(j, "bytes_stored", c->bytes_stored ? c->bytes_stored : c->bytes);
    json_put_count(j, "history", c->history);
    json_put_count(j, "processes", c->processes);
    json_put_count(j, "accounts", c->accounts);
    if (c->files_known)
        json_put_count(j, "files_known", c->files_known);
    if (c->layers_known)
        json_put_count(j, "layers_known", c->layers_known);
    return j;
}

static json_t *layers_json(const struct report_target *t)
{
    json_t *list = json_array();
    for (size_t i = 0; i < t->n_layers; i++) {
        const struct report_layer *l = &t->layers[i];
        json_t *j = json_object();
        json_put_count(j, "index", l->index);
        json_put_any(j, "digest", l->digest);
        json_put_any(j, "created_by", l->created_by);
        json_put_count(j, "size", l->size);
        json_put_count(j, "unpacked", l->unpacked);
        json_put_count(j, "entries", l->entries);
        json_add_new(list, j);
    }
    return list;
}

static json_t *gaps_json(const struct report_gaps *gaps)
{
    json_t *j = json_object(), *list = json_array();
    json_put_count(j, "total", gaps->total);
    for (size_t i = 0; i < gaps->list.n; i++) {
        json_t *g = json_object();
        json_put(g, "what", gaps->list.v[i].what);
        json_put(g, "why", gaps->list.v[i].why);
        json_add_new(list, g);
    }
    json_put_new(j, "list", list);
    return j;
}

static void put_target(struct writer *w, const struct report_target *t)
{
    size_t n = t->findings ? findings_count(t->findings) : 0;
    writer_puts(w, "{");
    json_t *head = json_object();
    json_put(head, "name", t->name);
    json_put(head, "kind", t->kind);
    json_put_any(head, "reference", t->reference);
    json_put_any(head, "artifact", t->artifact);
    json_put_any(head, "platform", t->platform);
    json_put_any(head, "digest", t->digest);
    json_put_any(head, "config_digest", t->config_digest);
    json_put_any(head, "failure", t->failure);
    const char *key;
    json_t *value;
    bool first = true;
    json_object_foreach(head, key, value)
    {
        writer_member(w, key, json_incref(value), first);
        first = false;
    }
    json_decref(head);
    if (!t->failure.n)
        writer_member(w, "verdict", verdict_json(&t->verdict), false);
    writer_member(w, "counts", counts_json(&t->counts), false);
    writer_member(w, "wall_seconds", json_real((double)t->wall_ns / 1e9), false);
    if (t->cpu_ns)
        writer_member(w, "cpu_seconds", json_real((double)t->cpu_ns / 1e9), false);
    writer_member(w, "layers", layers_json(t), false);
    writer_member(w, "unread", gaps_json(&t->unread), false);
    writer_member(w, "skipped", gaps_json(&t->skipped), false);
    writer_member(w, "findings_not_kept",
               json_integer((json_int_t)(n ? findings_not_kept_total(t->findings) : 0)), false);
    if (t->runs.n)
        writer_member(w, "runs", json_runs(t), false);
    writer_puts(w, ",\n\"findings\":[");
    for (size_t i = 0; i < n; i++) {
        writer_puts(w, i ? ",\n" : "\n");
        writer_json(w, finding_json(findings_get(t->findings, i)));
    }
    writer_puts(w, "]}");
    writer_flush(w);
}

static json_t *policy_json(const struct report *r)
{
    json_t *j = json_object(), *list = json_array();
    json_put(j, "file", str_from(policy_name(r->policy)));
    for (size_t i = 0; i < policy_count(r->policy); i++) {
        const struct policy_entry *e = policy_get(r->policy, i);
        json_t *x = json_object();
        json_put_count(x, "entry", e->number);
        json_put_count(x, "line", e->line);
        json_put(x, "approved_by", e->approved_by);
        json_put(x, "reason", e->reason);
        json_put(x, "until", e->until);
        json_put_bool(x, "expired", policy_entry_expired(e, r->started_ns));
        json_put_count(x, "used", e->used);
        json_put_count(x, "would_have", e->would_have);
        json_add_new(list, x);
    }
    json_put_new(j, "entries", list);
    return j;
}

static json_t *expired_json(const struct report_rules *x)
{
    json_t *list = json_array();
    for (size_t i = 0; i < x->expired.n; i++) {
        json_t *j = json_object();
        json_put(j, "list", x->expired.v[i].list);
        json_put(j, "day", x->expired.v[i].day);
        json_add_new(list, j);
    }
    return list;
}

static json_t *rules_json(const struct report_rules *x)
{
    json_t *j = json_object();
    json_put_any(j, "digest", x->digest);
    json_put_count(j, "behaviour", x->behaviour);
    json_put_count(j, "yara", x->yara);
    json_put_count(j, "secrets", x->secrets);
    json_put_count(j, "signs", x->signs);
    json_put_count(j, "listed_digests", x->listed_digests);
    json_put_count(j, "listed_names", x->listed_names);
    if (x->expired.n)
        json_put_new(j, "expired", expired_json(x));
    return j;
}

static json_t *time_json(uint64_t ns)
{
    json_t *holder = json_object();
    json_put_time(holder, "t", ns);
    json_t *j = json_incref(json_object_get(holder, "t"));
    json_decref(holder);
    return j;
}

static int json_report(struct sink *sink, const struct report *r, struct error *err)
{
    struct writer *w = writer_of(sink);
    writer_puts(w, "{");
    writer_member(w, "schema", json_string("davy.report/1"), true);
    writer_member(w, "version", json_text(r->version), false);
    writer_member(w, "started", time_json(r->started_ns), false);
    writer_member(w, "ended", time_json(r->ended_ns), false);
    writer_member(w, "rules", rules_json(&r->rules), false);
    if (r->policy)
        writer_member(w, "policy", policy_json(r), false);
    writer_member(w, "fail_on", r->never_fails ? json_string("none") : json_string(priority_name(r->fail_on)),
               false);
    writer_member(w, "exit_code", json_integer(report_exit_code(r, r->fail_on)), false);
    writer_puts(w, ",\n\"targets\":[");
    for (size_t i = 0; i < r->targets.n; i++) {
        writer_puts(w, i ? ",\n" : "\n");
        put_target(w, r->targets.v[i]);
    }
    writer_puts(w, "]}\n");
    return writer_end(w, err);
}

const struct sink_ops SINK_JSON = {
    .name = "json",
    .help = "the whole report for programs, schema davy.report/1",
    .open = writer_open,
    .report = json_report,
    .close = writer_close,
};
