// SPDX-License-Identifier: Apache-2.0
#include "cmd/rules_record.h"

#include "base/intl.h"
#include "base/text.h"
#include "cmd/common.h"

static int get(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    const struct rules_record *r = (const struct rules_record *)e;
    const int said = r->facts->event.ops->get(&r->facts->event, ref, ret);
    return said ? said : r->record->event.ops->get(&r->record->event, ref, ret);
}

static const struct event_ops OPS = {get};

void rules_record_done(struct rules_record *r)
{
    r->reader = log_reader_free(r->reader);
}

static int read_record(struct rules_record *r, const struct yaml_node *record, struct error *err)
{
    struct error why = ERROR_NULL;
    if (record->kind != YAML_SCALAR)
        return rules_case_error(err, record, "`record` is a record of a log as text: write `record: |` and the record below, indented");
    if (!r->reader && log_reader_new(&(struct log_options){}, &r->reader, &why) < 0)
        return rules_case_error(err, record, "%s", why.text);
    if (log_reader_text(r->reader, record->text, &r->record, &why) < 0)
        return rules_case_error(err, record, "%s", why.text);
    return 0;
}

int rules_case_event(const struct yaml_node *c, const char *folder, struct inspector *in, struct facts *facts, struct rules_record *r, struct event **ret, struct error *err)
{
    const struct yaml_node *record = yaml_get(c, "record"), *fields = yaml_get(c, "fields");
    r->record = NULL;
    *ret = &facts->event;
    if (!record)
        return rules_case_facts(c, folder, in, facts, err);
    if (yaml_get(c, "event") || yaml_get(c, "file"))
        return rules_case_error(err, c, "a case with `record` has its event from there");
    int e = read_record(r, record, err);
    if (e < 0)
        return e;
    const struct event *event = &r->record->event;
    facts_reset(facts, event->type, event->time_ns ? event->time_ns : RULES_CASE_TIME_NS);
    e = fields ? rules_case_more(fields, facts, err) : 0;
    r->facts = facts;
    r->event = *event;
    r->event.time_ns = facts->event.time_ns;
    r->event.ops = &OPS;
    *ret = &r->event;
    return e;
}

void rules_record_add(struct strbuf *b, const struct rules_record *r)
{
    struct strbuf text = {};
    strbuf_printf(b, "    evt.type = %s\n", event_type_name(r->event.type));
    for (int i = F_JSON_VALUE; i < FIELD__N; i++) {
        const struct field_ref ref = {.id = (enum field_id)i};
        struct value v;
        if (FIELDS[i].flags & FIELD_ARG_REQUIRED || event_get(&r->event, &ref, &v) != 1)
            continue;
        strbuf_clear(&text);
        value_add_text(&text, &v);
        strbuf_printf(b, "    %s = ", FIELDS[i].name);
        text_add_fit(b, strbuf_str(&text), 160, cmd_utf8());
        strbuf_addc(b, '\n');
    }
    strbuf_done(&text);
}
