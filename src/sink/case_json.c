// SPDX-License-Identifier: Apache-2.0
/* docs/case-schema.json describes it. */
#include <stdlib.h>

#include "sink/case.h"
#include "sink/json_object.h"
#include "sink/writer.h"

static json_t *json_axis(const struct axis *a)
{
    json_t *o = json_object();
    json_put_count(o, "strength", a->strength);
    json_put_bool(o, "holds", axis_holds(a));
    json_put_list(o, "classes", a->classes, a->n_classes);
    return o;
}

static void put_number(json_t *o, const char *key, int64_t n)
{
    if (n >= 0)
        json_put_new(o, key, json_integer(n));
}

static json_t *json_line(const struct alert_ties *t)
{
    json_t *line = json_array();
    for (size_t i = 0; i < t->n_line; i++) {
        json_t *o = json_object();
        put_number(o, "pid", t->line[i].pid);
        if (t->line[i].start_ns)
            json_put_count(o, "start", t->line[i].start_ns);
        json_put_any(o, "name", t->line[i].name);
        json_put_any(o, "exe", t->line[i].exe);
        json_add_new(line, o);
    }
    return line;
}

static json_t *json_finding(const struct case_finding *f)
{
    json_t *o = json_object();
    json_put_count(o, "id", (uint64_t)f->id);
    json_put_time(o, "first", f->time_ns);
    json_put_time(o, "last", f->last_ns);
    json_put_count(o, "count", f->count);
    if (f->withheld)
        json_put_count(o, "withheld", f->withheld);
    json_put(o, "rule", f->rule);
    json_put_new(o, "severity", json_string(severity_name(severity_of(f->priority))));
    json_put_new(o, "priority", json_string(priority_name(f->priority)));
    json_put_new(o, "kind", json_string(finding_kind_name(f->kind)));
    json_put(o, "message", f->message);
    json_put_list(o, "purposes", f->purposes, f->n_purposes);
    json_put_list(o, "rows", f->rows, f->n_rows);
    json_put_list(o, "techniques", f->techniques, f->n_techniques);
    json_put_any(o, "cmdline", f->subject.cmdline);
    json_put_any(o, "user", f->subject.user);
    json_put_any(o, "container_id", f->subject.container_id);
    json_put_any(o, "file", f->file);
    json_put_any(o, "peer", f->ties.peer);
    if (f->load.observed_ns)
        json_put_new(o, "processors", json_real(f->load.processors));
    if (f->ties.n_written)
        json_put_list(o, "written", f->ties.written, f->ties.n_written);
    json_put_new(o, "line", json_line(&f->ties));
    return o;
}

static json_t *json_ways(const struct case_story *s)
{
    static const char *const STRENGTHS[] = {"none", "weak", "medium", "strong"};
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_ways; i++) {
        const struct case_way *w = &s->ways[i];
        json_t *o = json_object();
        json_put_new(o, "kind", json_string(w->kind == CASE_WAY_ORIGIN ? "origin" : "finding"));
        json_put_new(o, "strength", json_string(STRENGTHS[w->strength]));
        json_put_count(o, "finding", (uint64_t)w->finding->id);
        json_put(o, "rule", w->finding->rule);
        json_put_time(o, "time", w->finding->time_ns);
        json_put_new(o, "line", json_line(&w->finding->ties));
        json_add_new(list, o);
    }
    return list;
}

static json_t *json_occupants(const struct case_story *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_occupants; i++) {
        const struct case_occupant *c = &s->occupants[i];
        json_t *o = json_object();
        json_put_time(o, "first", c->first_ns);
        json_put_time(o, "last", c->last_ns);
        json_put_count(o, "findings", c->findings);
        json_put_list(o, "purposes", c->purposes, c->n_purposes);
        json_put_list(o, "programs", c->programs, c->n_programs);
        json_put_bool(o, "evicts", c->evicts);
        json_add_new(list, o);
    }
    return list;
}

static json_t *json_risks(const struct case_view *v)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->story.n_risks; i++) {
        json_t *o = json_object();
        json_put(o, "path", v->story.risks[i]);
        json_put_new(o, "how", json_string("read"));
        json_add_new(list, o);
    }
    for (size_t i = 0; i < v->n_credentials; i++) {
        json_t *o = json_object();
        json_put(o, "path", v->credentials[i].path);
        json_put_new(o, "what", json_string(v->credentials[i].what));
        json_put_new(o, "how", json_string(v->credentials[i].is_writable ? "writable" : "readable"));
        json_add_new(list, o);
    }
    return list;
}

static json_t *json_curve(const struct case_view_curve *c)
{
    json_t *o = json_object(), *usd = json_array();
    for (size_t i = 0; i < CASE_CURVE; i++)
        json_add_new(usd, json_real(c->usd[i]));
    json_put_time(o, "from", c->from_ns);
    json_put_time(o, "to", c->to_ns);
    json_put_bool(o, "measured", c->is_measured);
    json_put_new(o, "usd", usd);
    return o;
}

static void put_whole(json_t *o, const struct case_view *v)
{
    json_t *findings = json_array(), *notes = json_array(), *steps = json_array();
    for (size_t i = 0; i < v->n_findings; i++)
        json_add_new(findings, json_finding(&v->findings[i]));
    for (size_t i = 0; i < v->n_notes; i++) {
        json_t *n = json_object();
        json_put_time(n, "time", v->notes[i].time_ns);
        json_put(n, "who", v->notes[i].who);
        json_put(n, "text", v->notes[i].text);
        json_add_new(notes, n);
    }
    for (size_t i = 0; v->is_open && i < v->n_steps; i++) {
        json_t *n = json_object();
        json_put_new(n, "step", json_string(v->steps[i].what));
        json_put(n, "how", v->steps[i].how);
        json_add_new(steps, n);
    }
    json_put_new(o, "ways_in", json_ways(&v->story));
    json_put_new(o, "occupants", json_occupants(&v->story));
    json_put_new(o, "at_risk", json_risks(v));
    json_put_any(o, "cost", v->cost);
    if (v->curve.is_there)
        json_put_new(o, "cost_curve", json_curve(&v->curve));
    json_put_new(o, "next", steps);
    json_put_new(o, "findings", findings);
    json_put_count(o, "unreadable", v->unreadable);
    json_put_new(o, "notes", notes);
}

void case_view_json(struct strbuf *b, const struct case_view *v, bool whole)
{
    json_t *o = json_object();
    const struct verdict *d = &v->story.verdict;
    if (whole)
        json_put_new(o, "schema", json_string("davy.case/1"));
    json_put_count(o, "id", (uint64_t)v->id);
    json_put_new(o, "status", json_string(v->is_open ? "open" : "closed"));
    json_put(o, "host", v->host);
    json_put_any(o, "place", v->place);
    json_put_any(o, "image", v->image);
    json_put_time(o, "first", v->first_ns);
    json_put_time(o, "last", v->last_ns);
    if (!v->is_open) {
        json_put_time(o, "closed", v->closed_ns);
        json_put(o, "reason", v->reason);
    }
    if (v->follows)
        json_put_count(o, "follows", (uint64_t)v->follows);
    json_put_new(o, "verdict", json_string(verdict_name(d->word)));
    json_put_new(o, "intent", json_axis(&d->intent));
    json_put_new(o, "harm", json_axis(&d->harm));
    json_put_list(o, "purposes", d->purposes, d->n_purposes);
    json_put_count(o, "seen", v->seen);
    json_put_count(o, "not_kept", v->not_kept);
    if (whole)
        put_whole(o, v);
    struct writer *w = (struct writer *)writer_open(&(struct sink_options){.output = sink_output_strbuf(b)});
    writer_json(w, o);
    writer_flush(w);
    writer_close((struct sink *)w);
}
