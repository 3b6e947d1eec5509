// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "finding/alert.h"
#include "finding/subject.h"
#include "finding/tags.h"

struct str alert_text(const struct event *event, enum field_id id)
{
    struct value v;
    struct field_ref ref = {.id = id};
    return event_get(event, &ref, &v) == 1 && v.type == VALUE_STRING ? v.s : STR_NULL;
}

static struct str text_of(const struct event *event, enum field_id id, struct arena *a)
{
    return shown_text(a, alert_text(event, id), NULL);
}

static int64_t number_of(const struct event *event, enum field_id id)
{
    struct value v;
    struct field_ref ref = {.id = id};
    if (event_get(event, &ref, &v) != 1)
        return -1;
    return v.type == VALUE_INT ? v.i : v.type == VALUE_UINT && v.u <= INT64_MAX ? (int64_t)v.u : -1;
}

static struct value copy(const struct value *v, struct arena *a)
{
    struct value c = *v;
    if (v->type == VALUE_STRING || v->type == VALUE_BYTES)
        c.s = shown_text(a, v->s, NULL);
    if (v->type == VALUE_IP || v->type == VALUE_NET) {
        struct net *n = arena_new(a, struct net);
        *n = *v->net;
        c.net = n;
    }
    if (v->type == VALUE_LIST) {
        c.list.n = v->list.n < ALERT_LIST_MAX ? v->list.n : ALERT_LIST_MAX;
        struct value *list = arena_array(a, struct value, c.list.n);
        for (size_t i = 0; i < c.list.n; i++)
            if (v->list.v[i].type != VALUE_LIST)
                list[i] = copy(&v->list.v[i], a);
        c.list.v = list;
    }
    return c;
}

static bool has_field(const struct alert *al, const char *name)
{
    for (size_t i = 0; i < al->n_fields; i++)
        if (str_is(al->fields[i].name, name))
            return true;
    return false;
}

/* What the output names; and which container it was, as Falco adds it to every rule's. */
static void fill_fields(struct alert *al, const struct alert_match *m, struct arena *a)
{
    static const enum field_id CONTAINER[] = {F_CONTAINER_ID, F_CONTAINER_NAME};
    struct output_field *named;
    size_t n = rule_output_fields(m->rs, m->rule, m->event, a, &named);
    al->fields = arena_array(a, struct output_field, n + ARRAY_SIZE(CONTAINER));
    for (size_t i = 0; i < n; i++)
        al->fields[al->n_fields++] =
            (struct output_field){.name = arena_str(a, named[i].name), .value = copy(&named[i].value, a)};
    for (size_t i = 0; i < ARRAY_SIZE(CONTAINER); i++) {
        struct value v = {};
        struct field_ref ref = {.id = CONTAINER[i]};
        if (has_field(al, FIELDS[ref.id].name))
            continue;
        if (event_get(m->event, &ref, &v) != 1)
            v = (struct value){};
        al->fields[al->n_fields++] =
            (struct output_field){.name = str_from(FIELDS[ref.id].name), .value = copy(&v, a)};
    }
}

static void fill_evidence(struct alert *al, const struct alert_match *m, struct arena *a)
{
    al->evidence = arena_array(a, struct output_field, m->rule->n_fields);
    for (size_t i = 0; i < m->rule->n_fields; i++) {
        struct field_ref ref = {.id = m->rule->fields[i]};
        struct value v;
        if (ref.id == F_EVT_TYPE || FIELDS[ref.id].flags & FIELD_ARG_REQUIRED || event_get(m->event, &ref, &v) != 1)
            continue;
        al->evidence[al->n_evidence++] =
            (struct output_field){.name = str_from(FIELDS[ref.id].name), .value = copy(&v, a)};
    }
}

static void fill_subject(struct alert_subject *s, const struct event *e, struct arena *a)
{
    const struct {
        struct str *text;
        enum field_id id;
    } texts[] = {
        {&s->process, F_PROC_NAME},     {&s->exe, F_PROC_EXEPATH},   {&s->cmdline, F_PROC_CMDLINE},
        {&s->parent, F_PROC_PNAME},     {&s->user, F_USER_NAME},     {&s->container_id, F_CONTAINER_ID},
        {&s->container_name, F_CONTAINER_NAME}, {&s->image, F_CONTAINER_IMAGE}, {&s->pod, F_K8S_POD_NAME},
        {&s->namespace, F_K8S_NS_NAME},
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i].text = text_of(e, texts[i].id, a);
    if (str_is(s->container_id, "host"))
        s->container_id = s->container_name = s->image = STR_NULL;
    s->pid = number_of(e, F_PROC_PID);
    s->ppid = number_of(e, F_PROC_PPID);
    s->uid = number_of(e, F_USER_UID);
    s->loginuid = number_of(e, F_USER_LOGINUID);
}

static const struct str *copy_list(struct arena *a, const struct str *v, size_t n)
{
    struct str *c = arena_array(a, struct str, n);
    for (size_t i = 0; i < n; i++)
        c[i] = arena_str(a, v[i]);
    return c;
}

static void fill_tags(struct alert *al, const struct rule *rule, struct arena *a)
{
    al->tags = copy_list(a, rule->tags, rule->n_tags);
    al->n_tags = rule->n_tags;
    const struct rule own = {.tags = al->tags, .n_tags = al->n_tags, .is_stale = rule->is_stale};
    const struct rule_tags *t = tags_parse(a, &own);
    al->kind = t->kind;
    al->intent = t->intent;
    al->harm = t->harm;
    al->conclusive = t->conclusive;
    al->by = t->by;
    al->n_by = t->n_by;
    al->purposes = t->purposes;
    al->n_purposes = t->n_purposes;
    al->rows = t->rows;
    al->n_rows = t->n_rows;
    al->techniques = t->techniques;
    al->n_techniques = t->n_techniques;
}

static void fill_load(struct alert_load *load, const struct event *e)
{
    struct value mean, observed;
    const struct field_ref refs[] = {{.id = F_CPU_MEAN}, {.id = F_CPU_OBSERVED}};
    if (event_get(e, &refs[0], &mean) == 1 && event_get(e, &refs[1], &observed) == 1 && mean.d > 0)
        *load = (struct alert_load){.processors = mean.d / 100, .observed_ns = observed.u};
}

static void fill_members(struct alert *al, const struct correlated *c, struct arena *a)
{
    struct alert_member *members = arena_array(a, struct alert_member, c->n_members);
    for (size_t i = 0; i < c->n_members; i++)
        members[i] = (struct alert_member){event_told_ns(c->event, c->members[i].time_ns), c->members[i].num, arena_str(a, c->members[i].rule->name)};
    al->members = members;
    al->n_members = c->n_members;
    al->matches = c->n_all;
}

struct str alert_output(const struct alert_match *m, struct arena *a)
{
    struct strbuf b = {};
    rule_format_output(m->rs, m->rule, m->event, &b);
    struct str output = shown_text(a, strbuf_str(&b), NULL);
    strbuf_done(&b);
    return output;
}

struct alert *alert_make(const struct alert_match *m, struct str output, struct arena *a)
{
    struct alert *al = arena_new(a, struct alert);
    *al = (struct alert){
        .time_ns = event_told_ns(m->event, m->event->time_ns),
        .num = m->event->num,
        .rule = m->rule,
        .name = arena_str(a, m->rule->name),
        .priority = m->rule->priority,
        .type = m->event->type,
        .output = output,
        .is_resolved = m->is_resolved,
        .hostname = text_of(m->event, F_EVT_HOSTNAME, a),
    };
    fill_tags(al, m->rule, a);
    fill_subject(&al->subject, m->event, a);
    alert_ties_fill(&al->ties, m->event, a);
    fill_load(&al->load, m->event);
    fill_fields(al, m, a);
    fill_evidence(al, m, a);
    if (m->correlated)
        fill_members(al, m->correlated, a);
    return al;
}
