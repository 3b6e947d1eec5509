// SPDX-License-Identifier: Apache-2.0
/*
 * Alerts of Falco (json_output), also as this program writes them: what somebody else's rules found, with the fields that they told.
 * https://falco.org/docs/concepts/outputs/formatting/
 */
#include "base/cleanup.h"
#include "log/record.h"

static bool alert_is(struct node root)
{
    return node_kind(node_get(root, STR("output_fields"))) == NODE_OBJECT && node_get_str(root, STR("rule")).n && node_get_str(root, STR("priority")).n;
}

/* Fields that sinks and cases ask of every event: who, in which container, with whom. */
static void set_field(struct log_record *r, struct str name, struct node n)
{
    static const enum field_id KNOWN[] = {F_USER_NAME, F_PROC_NAME, F_CONTAINER_ID, F_K8S_POD_NAME, F_K8S_NS_NAME};
    const struct str text = node_str(n);
    for (size_t i = 0; i < ARRAY_SIZE(KNOWN); i++)
        if (str_is(name, FIELDS[KNOWN[i]].name))
            log_set_str(&r->values, KNOWN[i], text);
    if (str_is(name, "fd.rip"))
        log_set_ip(&r->values, F_FD_RIP, text);
}

static void alert_begin(struct log_record *r)
{
    const struct node fields = node_get(r->root, STR("output_fields")), time = node_get(r->root, STR("time"));
    struct log_values *v = &r->values;
    v->time_ns = log_node_time(node_is(time) ? time : node_get(fields, STR("evt.time")));
    log_set_str(v, F_LOG_HOST, log_first(r, "hostname", "output_fields/evt.hostname", NULL));
    log_set_str(v, F_LOG_PROGRAM, STR("falco"));
    log_set_str(v, F_LOG_MESSAGE, node_get_str(r->root, STR("output")));
    log_set_named(v, STR("rule"), node_get_str(r->root, STR("rule")));
    log_set_named(v, STR("priority"), node_get_str(r->root, STR("priority")));
    if (node_get_str(r->root, STR("source")).n)
        log_set_named(v, STR("source"), node_get_str(r->root, STR("source")));
    for (struct node_each e = node_each(fields); node_next(&e);) {
        set_field(r, e.name, e.value);
        if (node_kind(e.value) != NODE_NULL && e.name.n)
            log_set_named(v, e.name, node_text(e.value, &r->arena));
    }
}

const struct log_format_ops LOG_FALCO_ALERT_OPS = {.type = EVENT_LOG, .is_json = alert_is, .begin = alert_begin};
