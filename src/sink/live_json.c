// SPDX-License-Identifier: Apache-2.0
/* A JSON object on a line of its own, with Falco's keys and ours (docs/man/davy-watch.8.scd describes it). */
#include "base/intl.h"
#include "base/text.h"
#include "sink/json_object.h"
#include "sink/live_private.h"

static json_t *number(uint64_t n)
{
    return n <= INT64_MAX ? json_integer((json_int_t)n) : json_real((double)n);
}

static json_t *json_value(const struct value *v);

static json_t *json_list(const struct value_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->n; i++)
        json_add_new(array, json_value(&list->v[i]));
    return array;
}

static json_t *json_value(const struct value *v)
{
    struct strbuf b = {};
    json_t *j;
    switch (v->type) {
    case VALUE_NONE:
        return json_null();
    case VALUE_BOOL:
        return json_boolean(v->b);
    case VALUE_INT:
        return json_integer(v->i);
    case VALUE_DOUBLE:
        return (j = json_real(v->d)) ? j : json_null(); /* what is no number is none in JSON */
    case VALUE_UINT:
    case VALUE_PORT:
    case VALUE_TIME:
    case VALUE_DURATION:
        return number(v->u);
    case VALUE_LIST:
        return json_list(&v->list);
    case VALUE_STRING:
    case VALUE_BYTES:
        return json_text(v->s);
    default:
        value_add_text(&b, v);
        j = json_text(strbuf_str(&b));
        strbuf_done(&b);
        return j;
    }
}

/* By name; where a text is not UTF-8 its exact bytes stand beside it. */
static json_t *json_fields(const struct output_field *v, size_t n)
{
    json_t *object = json_object();
    char key[256];
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(key, sizeof(key), "%.*s", STR_ARG(v[i].name));
        if (v[i].value.type == VALUE_STRING || v[i].value.type == VALUE_BYTES)
            json_put(object, key, v[i].value.s);
        else
            json_put_new(object, key, json_value(&v[i].value));
    }
    return object;
}

static void put_number(json_t *object, const char *key, int64_t n)
{
    if (n >= 0)
        json_put_new(object, key, json_integer(n));
}

static json_t *json_subject(const struct alert_subject *s)
{
    json_t *object = json_object();
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
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        json_put_any(object, texts[i].key, texts[i].text);
    put_number(object, "pid", s->pid);
    put_number(object, "ppid", s->ppid);
    put_number(object, "uid", s->uid);
    put_number(object, "loginuid", s->loginuid);
    return object;
}

/* What a case joins by: davy case ingest reads it back (finding/case.h). */
static json_t *json_ties(const struct alert_ties *t)
{
    json_t *object = json_object(), *line = json_array();
    for (size_t i = 0; i < t->n_line; i++) {
        const struct alert_process *p = &t->line[i];
        json_t *one = json_object();
        put_number(one, "pid", p->pid);
        put_number(one, "session", p->session);
        if (p->start_ns)
            json_put_count(one, "start", p->start_ns);
        json_put_any(one, "name", p->name);
        json_put_any(one, "exe", p->exe);
        json_add_new(line, one);
    }
    json_put_new(object, "line", line);
    if (t->n_written)
        json_put_list(object, "written", t->written, t->n_written);
    json_put_any(object, "cwd", t->cwd);
    json_put_any(object, "peer", t->peer);
    if (t->n_shared)
        json_put_list(object, "shared", t->shared, t->n_shared);
    if (t->peer_port)
        json_put_count(object, "peer_port", t->peer_port);
    return object;
}

static json_t *axes(const struct alert *a)
{
    json_t *array = json_array();
    if (a->intent)
        json_add_new(array, json_string("intent"));
    if (a->harm)
        json_add_new(array, json_string("harm"));
    return array;
}

/* The matches that a correlation's finding is made of. */
static json_t *json_correlation(const struct alert *a)
{
    json_t *object = json_object(), *members = json_array();
    for (size_t i = 0; i < a->n_members; i++) {
        json_t *m = json_object();
        json_put_time(m, "time", a->members[i].time_ns);
        json_put_count(m, "num", a->members[i].num);
        json_put(m, "rule", a->members[i].rule);
        json_add_new(members, m);
    }
    json_put_count(object, "matches", a->matches);
    json_put_new(object, "members", members);
    return object;
}

static json_t *json_alert(const struct alert *a)
{
    json_t *o = json_object();
    struct strbuf line = {}, message = {};
    live_add_line(&line, a);
    live_add_message(&message, a);
    json_put_time(o, "time", a->time_ns);
    json_put(o, "rule", a->name);
    json_put_new(o, "priority", json_string(priority_name(a->priority)));
    json_put_new(o, "source", json_string(event_source_name(a->type == EVENT__N ? SOURCE_SYSCALL : event_type_source(a->type))));
    json_put(o, "hostname", a->hostname);
    json_put(o, "output", strbuf_str(&line));
    json_put(o, "message", strbuf_str(&message));
    json_put_list(o, "tags", a->tags, a->n_tags);
    json_t *fields = json_fields(a->fields, a->n_fields);
    json_put_new(fields, "evt.time", number(a->time_ns));
    json_put_new(o, "output_fields", fields);

    json_put_new(o, "severity", json_string(severity_name(severity_of(a->priority))));
    json_put_new(o, "kind", json_string(finding_kind_name(a->kind)));
    json_put_new(o, "axes", axes(a));
    json_put_bool(o, "conclusive", a->conclusive);
    json_put_list(o, "purposes", a->purposes, a->n_purposes);
    json_put_list(o, "rows", a->rows, a->n_rows);
    json_put_list(o, "techniques", a->techniques, a->n_techniques);
    json_put_list(o, "by", a->by, a->n_by);
    if (a->type != EVENT__N) {
        json_put_new(o, "event", json_string(event_type_name(a->type)));
        json_put_count(o, "num", a->num);
        json_put_new(o, "subject", json_subject(&a->subject));
        json_put_new(o, "ties", json_ties(&a->ties));
        if (a->load.observed_ns)
            json_put_new(o, "load", json_pack("{s:f, s:o}", "processors", a->load.processors, "observed", number(a->load.observed_ns)));
        json_put_new(o, "evidence", json_fields(a->evidence, a->n_evidence));
        json_put_new(o, "path", json_string(a->is_resolved ? "resolved" : "written"));
    }
    if (a->n_members)
        json_put_new(o, "correlation", json_correlation(a));
    if (a->repeats || a->withheld) {
        json_put_count(o, a->repeats ? "repeats" : "withheld", a->repeats ? a->repeats : a->withheld);
        json_put_time(o, "since", a->since_ns);
    }
    strbuf_done(&line);
    strbuf_done(&message);
    return o;
}

/* jansson leaves DEL as it is, and terminals act on it; it can stand inside strings only. */
static int append(const char *text, size_t n, void *ctx)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] == 0x7f)
            strbuf_adds(ctx, "\\u007f");
        else
            strbuf_addc(ctx, text[i]);
    return 0;
}

static void add(struct strbuf *b, const struct alert *a, const struct live_look *look)
{
    (void)look;
    json_t *o = json_alert(a);
    if (json_dump_callback(o, append, b, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9)) < 0)
        abort(); /* depth and types are ours: only memory can fail */
    json_decref(o);
    strbuf_addc(b, '\n');
}

const struct live_format LIVE_JSON = {.name = "json",
                                      .help = N_("a JSON object on a line for each finding, with Falco's keys and ours"),
                                      .type = "application/json",
                                      .add = add};
