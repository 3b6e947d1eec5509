// SPDX-License-Identifier: Apache-2.0
#include "log/workspace.h"

#include "base/cleanup.h"
#include "base/json_string.h"

bool workspace_is(struct node root)
{
    return node_str(NODE(root, "id", "applicationName")).n && node_str(NODE(root, "id", "time")).n && node_kind(node_get(root, STR("events"))) == NODE_ARRAY;
}

static void add_name(struct strbuf *b, const char *name)
{
    if (b->p[b->n - 1] != '{')
        strbuf_addc(b, ',');
    json_string_add_bytes(b, str_from(name));
    strbuf_addc(b, ':');
}

static void add(struct strbuf *b, const char *name, struct str text)
{
    if (!text.n)
        return;
    add_name(b, name);
    json_string_add_bytes(b, text);
}

static void add_value(struct strbuf *b, struct node n)
{
    _cleanup_(arena_done) struct arena a = {};
    if (node_kind(n) == NODE_STRING)
        json_string_add_bytes(b, node_str(n));
    else
        strbuf_add(b, node_text(n, &a));
}

/* ENFORCE_STRONG_AUTHENTICATION is enforceStrongAuthentication where it is the name of a method. */
static void add_method(struct strbuf *b, struct str application, struct str event)
{
    _cleanup_(strbuf_done) struct strbuf m = {};
    bool is_first = false;
    strbuf_printf(&m, "google.%.*s.", STR_ARG(application));
    for (size_t i = 0; i < application.n; i++)
        strbuf_addc(&m, !i && application.p[0] >= 'a' && application.p[0] <= 'z' ? (char)(application.p[0] & ~0x20) : application.p[i]);
    strbuf_adds(&m, "Service.");
    for (size_t i = 0; i < event.n; i++) {
        const char c = event.p[i];
        if (c == '_' || c == ' ') {
            is_first = i;
            continue;
        }
        strbuf_addc(&m, c >= 'A' && c <= 'Z' && !is_first ? (char)(c | 0x20) : c >= 'a' && c <= 'z' && is_first ? (char)(c & ~0x20) : c);
        is_first = false;
    }
    add(b, "methodName", strbuf_str(&m));
}

/* A parameter has one of several members by its type; here it is always the value. */
static void add_parameters(struct strbuf *b, struct node parameters)
{
    static const char *const VALUES[] = {"value", "intValue", "boolValue", "multiValue", "multiIntValue", "messageValue", "multiMessageValue"};
    add_name(b, "parameter");
    strbuf_addc(b, '[');
    for (struct node_each e = node_each(parameters); node_kind(parameters) == NODE_ARRAY && node_next(&e);) {
        if (b->p[b->n - 1] != '[')
            strbuf_addc(b, ',');
        strbuf_addc(b, '{');
        add(b, "name", node_get_str(e.value, STR("name")));
        for (size_t i = 0; i < ARRAY_SIZE(VALUES); i++) {
            const struct node n = node_get(e.value, str_from(VALUES[i]));
            if (!node_is(n))
                continue;
            add_name(b, "value");
            add_value(b, n);
            break;
        }
        strbuf_addc(b, '}');
    }
    strbuf_addc(b, ']');
}

/* What stands in every entry is cut: a name of a megabyte would make a gigabyte of a thousand events. */
static struct str shared(struct node n)
{
    enum { MOST = 256 };
    return str_sub(node_str(n), 0, MOST);
}

static void add_entry(struct strbuf *b, struct node root, struct node event)
{
    const struct node actor = node_get(root, STR("actor"));
    const struct str application = shared(NODE(root, "id", "applicationName")), name = node_get_str(event, STR("name")), customer = shared(NODE(root, "id", "customerId"));
    const struct str email = shared(node_get(actor, STR("email"))), key = shared(node_get(actor, STR("key"))), who = email.n ? email : key.n ? key : shared(node_get(actor, STR("profileId")));
    const bool is_admin = str_is(application, "admin");
    _cleanup_(strbuf_done) struct strbuf text = {};
    strbuf_addc(b, '{');
    add(b, "insertId", shared(NODE(root, "id", "uniqueQualifier")));
    strbuf_printf(&text, "organizations/%.*s/logs/cloudaudit.googleapis.com%%2F%s", STR_ARG(customer), is_admin ? "activity" : "data_access");
    add(b, "logName", strbuf_str(&text));
    add(b, "timestamp", shared(NODE(root, "id", "time")));
    strbuf_adds(b, ",\"resource\":{\"type\":\"audited_resource\",\"labels\":{\"project_id\":");
    json_string_add_bytes(b, customer);
    strbuf_adds(b, "}},\"protoPayload\":{\"@type\":\"type.googleapis.com/google.cloud.audit.AuditLog\"");
    strbuf_clear(&text);
    strbuf_printf(&text, "%.*s.googleapis.com", STR_ARG(application));
    add(b, "serviceName", strbuf_str(&text));
    add_method(b, application, name);
    strbuf_clear(&text);
    strbuf_printf(&text, "organizations/%.*s", STR_ARG(customer));
    add(b, "resourceName", strbuf_str(&text));
    add_name(b, "authenticationInfo");
    strbuf_addc(b, '{');
    add(b, "principalEmail", who);
    strbuf_addc(b, '}');
    add_name(b, "requestMetadata");
    strbuf_addc(b, '{');
    add(b, "callerIp", shared(node_get(root, STR("ipAddress"))));
    strbuf_addc(b, '}');
    strbuf_adds(b, ",\"metadata\":{\"@type\":\"type.googleapis.com/ccc_hosted_reporting.ActivityProto\",\"event\":[{");
    add(b, "eventName", name);
    add(b, "eventType", node_get_str(event, STR("type")));
    add_parameters(b, node_get(event, STR("parameters")));
    strbuf_adds(b, "}]}}}");
}

void workspace_write(struct node root, struct strbuf *b)
{
    enum { EVENTS_MAX = 1024 };
    const struct node events = node_get(root, STR("events"));
    strbuf_addc(b, '[');
    for (struct node_each e = node_each(events); e.index < EVENTS_MAX && node_next(&e);) {
        if (node_kind(e.value) != NODE_OBJECT)
            continue;
        if (b->p[b->n - 1] != '[')
            strbuf_addc(b, ',');
        add_entry(b, root, e.value);
    }
    strbuf_addc(b, ']');
}
