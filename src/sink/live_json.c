// SPDX-License-Identifier: Apache-2.0
/* A JSON object on a line of its own, with Falco's keys and ours (docs/man/davy-watch.8.scd describes it). */
#include "base/intl.h"
#include "base/json_write.h"
#include "sink/live_private.h"

static void add_value(struct strbuf *b, const struct value *v)
{
    struct strbuf text = {};
    switch (v->type) {
    case VALUE_NONE:
        json_write_null(b, NULL);
        return;
    case VALUE_BOOL:
        json_write_bool(b, NULL, v->b);
        return;
    case VALUE_INT:
        json_write_int(b, NULL, v->i);
        return;
    case VALUE_DOUBLE:
        json_write_double(b, NULL, v->d);
        return;
    case VALUE_UINT:
    case VALUE_PORT:
    case VALUE_TIME:
    case VALUE_DURATION:
        json_write_count(b, NULL, v->u);
        return;
    case VALUE_LIST:
        json_write_open(b, NULL, '[');
        for (size_t i = 0; i < v->list.n; i++)
            add_value(b, &v->list.v[i]);
        json_write_close(b, ']');
        return;
    case VALUE_STRING:
    case VALUE_BYTES:
        json_write_text(b, NULL, v->s);
        return;
    default:
        value_add_text(&text, v);
        json_write_text(b, NULL, strbuf_str(&text));
        strbuf_done(&text);
    }
}

/* By name; where a text is not UTF-8 its exact bytes stand beside it. */
static void add_fields(struct strbuf *b, const struct output_field *v, size_t n, const char *except)
{
    for (size_t i = 0; i < n; i++) {
        if (str_is(v[i].name, except))
            continue;
        if (v[i].value.type == VALUE_STRING || v[i].value.type == VALUE_BYTES) {
            json_write_put_named(b, v[i].name, v[i].value.s);
        } else {
            json_write_key(b, v[i].name);
            add_value(b, &v[i].value);
        }
    }
}

static void put_any(struct strbuf *b, const char *key, struct str s)
{
    if (s.n)
        json_write_put(b, key, s);
}

static void put_number(struct strbuf *b, const char *key, int64_t n)
{
    if (n >= 0)
        json_write_int(b, key, n);
}

static void put_word(struct strbuf *b, const char *key, const char *word)
{
    json_write_text(b, key, str_from(word));
}

static void add_subject(struct strbuf *b, const struct alert_subject *s)
{
    const struct {
        const char *key;
        struct str text;
    } texts[] = {{"process", s->process},
                 {"exe", s->exe},
                 {"cmdline", s->cmdline},
                 {"parent", s->parent},
                 {"user", s->user},
                 {"container_id", s->container_id},
                 {"container_name", s->container_name},
                 {"image", s->image},
                 {"pod", s->pod},
                 {"namespace", s->namespace}};
    json_write_open(b, "subject", '{');
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        put_any(b, texts[i].key, texts[i].text);
    put_number(b, "pid", s->pid);
    put_number(b, "ppid", s->ppid);
    put_number(b, "uid", s->uid);
    put_number(b, "loginuid", s->loginuid);
    json_write_close(b, '}');
}

/* What a case joins by: davy case ingest reads it back (finding/case.h). */
static void add_ties(struct strbuf *b, const struct alert_ties *t)
{
    json_write_open(b, "ties", '{');
    json_write_open(b, "line", '[');
    for (size_t i = 0; i < t->n_line; i++) {
        const struct alert_process *p = &t->line[i];
        json_write_open(b, NULL, '{');
        put_number(b, "pid", p->pid);
        put_number(b, "session", p->session);
        if (p->start_ns)
            json_write_count(b, "start", p->start_ns);
        put_any(b, "name", p->name);
        put_any(b, "exe", p->exe);
        json_write_close(b, '}');
    }
    json_write_close(b, ']');
    if (t->n_written)
        json_write_list(b, "written", t->written, t->n_written);
    put_any(b, "cwd", t->cwd);
    put_any(b, "peer", t->peer);
    if (t->n_shared)
        json_write_list(b, "shared", t->shared, t->n_shared);
    if (t->peer_port)
        json_write_count(b, "peer_port", t->peer_port);
    json_write_close(b, '}');
}

static void add_axes(struct strbuf *b, const struct alert *a)
{
    json_write_open(b, "axes", '[');
    if (a->intent)
        put_word(b, NULL, "intent");
    if (a->harm)
        put_word(b, NULL, "harm");
    json_write_close(b, ']');
}

/* The matches that a correlation's finding is made of. */
static void add_correlation(struct strbuf *b, const struct alert *a)
{
    json_write_open(b, "correlation", '{');
    json_write_count(b, "matches", a->matches);
    json_write_open(b, "members", '[');
    for (size_t i = 0; i < a->n_members; i++) {
        json_write_open(b, NULL, '{');
        json_write_time(b, "time", a->members[i].time_ns);
        json_write_count(b, "num", a->members[i].num);
        json_write_put(b, "rule", a->members[i].rule);
        json_write_close(b, '}');
    }
    json_write_close(b, ']');
    json_write_close(b, '}');
}

/* What Falco writes too. */
static void add_falco(struct strbuf *b, const struct alert *a)
{
    struct strbuf text = {};
    json_write_time(b, "time", a->time_ns);
    json_write_put(b, "rule", a->name);
    put_word(b, "priority", priority_name(a->priority));
    put_word(b, "source", event_source_name(a->type == EVENT__N ? SOURCE_SYSCALL : event_type_source(a->type)));
    json_write_put(b, "hostname", a->hostname);
    const size_t message = live_add_line(&text, a);
    json_write_put(b, "output", strbuf_str(&text));
    json_write_put(b, "message", str_sub(strbuf_str(&text), message, text.n));
    strbuf_done(&text);
    json_write_list(b, "tags", a->tags, a->n_tags);
    json_write_open(b, "output_fields", '{');
    add_fields(b, a->fields, a->n_fields, "evt.time"); /* which every finding has as a number */
    json_write_count(b, "evt.time", a->time_ns);
    json_write_close(b, '}');
}

/* What only the finding of an event has. */
static void add_event(struct strbuf *b, const struct alert *a)
{
    put_word(b, "event", event_type_name(a->type));
    json_write_count(b, "num", a->num);
    add_subject(b, &a->subject);
    add_ties(b, &a->ties);
    if (a->load.observed_ns) {
        json_write_open(b, "load", '{');
        json_write_double(b, "processors", a->load.processors);
        json_write_count(b, "observed", a->load.observed_ns);
        json_write_close(b, '}');
    }
    json_write_open(b, "evidence", '{');
    add_fields(b, a->evidence, a->n_evidence, "");
    json_write_close(b, '}');
    put_word(b, "path", a->is_resolved ? "resolved" : "written");
}

static void add(struct strbuf *b, const struct alert *a, const struct live_look *look)
{
    (void)look;
    json_write_open(b, NULL, '{');
    add_falco(b, a);
    put_word(b, "severity", severity_name(severity_of(a->priority)));
    put_word(b, "kind", finding_kind_name(a->kind));
    add_axes(b, a);
    json_write_bool(b, "conclusive", a->conclusive);
    json_write_list(b, "purposes", a->purposes, a->n_purposes);
    json_write_list(b, "rows", a->rows, a->n_rows);
    json_write_list(b, "techniques", a->techniques, a->n_techniques);
    json_write_list(b, "by", a->by, a->n_by);
    if (a->type != EVENT__N)
        add_event(b, a);
    if (a->n_members)
        add_correlation(b, a);
    if (a->repeats || a->withheld) {
        json_write_count(b, a->repeats ? "repeats" : "withheld", a->repeats ? a->repeats : a->withheld);
        json_write_time(b, "since", a->since_ns);
    }
    json_write_close(b, '}');
    strbuf_addc(b, '\n');
}

const struct live_format LIVE_JSON = {.name = "json",
                                      .help = N_("a JSON object on a line for each finding, with Falco's keys and ours"),
                                      .type = "application/json",
                                      .add = add};
