// SPDX-License-Identifier: Apache-2.0
#include "log/otel.h"

#include "base/cleanup.h"
#include "base/json_string.h"
#include "log/limits.h"

enum {
    DEPTH = 16,     /* of values in values: a record of Kubernetes within is eleven deep */
    LISTS_MAX = 4096, /* of resources, of scopes: more than a batch has */
    WRITTEN_MAX = 2 * LOG_RECORD_MAX, /* beyond it a resource is not said with each of its records any more */
};

static void add_any(struct strbuf *b, struct node any, unsigned depth);

/* [{"key": …, "value": …}, …] as members. */
static void add_pairs(struct strbuf *b, struct node list, unsigned depth)
{
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(list); node_kind(list) == NODE_ARRAY && node_next(&e);) {
        const struct str key = node_get_str(e.value, STR("key"));
        if (!key.n)
            continue;
        if (b->p[b->n - 1] != '{')
            strbuf_addc(b, ',');
        json_string_add_bytes(b, key);
        strbuf_addc(b, ':');
        add_any(b, node_get(e.value, STR("value")), depth + 1);
    }
    strbuf_addc(b, '}');
}

static void add_list(struct strbuf *b, struct node list, unsigned depth)
{
    strbuf_addc(b, '[');
    for (struct node_each e = node_each(list); node_kind(list) == NODE_ARRAY && node_next(&e);) {
        if (b->p[b->n - 1] != '[')
            strbuf_addc(b, ',');
        add_any(b, e.value, depth + 1);
    }
    strbuf_addc(b, ']');
}

/* A value says its type by the name of its only member; whole numbers are written as strings. */
static void add_any(struct strbuf *b, struct node any, unsigned depth)
{
    _cleanup_(arena_done) struct arena a = {};
    struct node_each e = node_each(any);
    uint64_t u;
    if (depth > DEPTH || node_kind(any) != NODE_OBJECT || !node_next(&e)) {
        strbuf_adds(b, "null");
        return;
    }
    if (str_is(e.name, "kvlistValue"))
        add_pairs(b, node_get(e.value, STR("values")), depth);
    else if (str_is(e.name, "arrayValue"))
        add_list(b, node_get(e.value, STR("values")), depth);
    else if (str_is(e.name, "intValue") && node_kind(e.value) == NODE_STRING && str_to_u64(node_str(e.value), &u))
        strbuf_printf(b, "%llu", (unsigned long long)u);
    else if (node_kind(e.value) == NODE_STRING)
        json_string_add_bytes(b, node_str(e.value));
    else
        strbuf_add(b, node_text(e.value, &a));
}

static bool is_record(struct node n)
{
    static const char *const BESIDE[] = {"timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "attributes"};
    struct node_each e = node_each(node_get(n, STR("body")));
    bool has_beside = false;
    if (node_kind(e.of) != NODE_OBJECT || !node_next(&e) || !str_ends(e.name, STR("Value")))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(BESIDE); i++)
        has_beside |= node_is(node_get(n, str_from(BESIDE[i])));
    return has_beside;
}

static void add_record(struct strbuf *b, struct node record, struct node resource)
{
    const struct node own = node_get(record, STR("timeUnixNano")), seen = node_get(record, STR("observedTimeUnixNano"));
    uint64_t ns = 0;
    if (!node_u64(own, &ns) || !ns)
        (void)node_u64(seen, &ns);
    strbuf_printf(b, "{\"timestamp\":%llu,\"body\":", (unsigned long long)ns);
    add_any(b, node_get(record, STR("body")), 0);
    strbuf_adds(b, ",\"attributes\":");
    add_pairs(b, node_get(record, STR("attributes")), 0);
    if (node_is(resource) && b->n < WRITTEN_MAX) { /* it is written for each record */
        strbuf_adds(b, ",\"resource\":");
        add_pairs(b, node_get(resource, STR("attributes")), 0);
    }
    strbuf_addc(b, '}');
}

bool otel_is(struct node root)
{
    const struct node list = node_get(root, STR("resourceLogs"));
    return node_kind(node_get(node_at(list, 0), STR("scopeLogs"))) == NODE_ARRAY;
}

void otel_write_all(struct node root, struct strbuf *b)
{
    const struct node list = node_get(root, STR("resourceLogs"));
    strbuf_addc(b, '[');
    for (struct node_each r = node_each(list); r.index < LISTS_MAX && node_next(&r);) {
        const struct node scopes = node_get(r.value, STR("scopeLogs"));
        for (struct node_each s = node_each(scopes); node_kind(scopes) == NODE_ARRAY && s.index < LISTS_MAX && node_next(&s);) {
            const struct node records = node_get(s.value, STR("logRecords"));
            for (struct node_each e = node_each(records); node_kind(records) == NODE_ARRAY && node_next(&e);) {
                if (node_kind(e.value) != NODE_OBJECT)
                    continue;
                if (b->p[b->n - 1] != '[')
                    strbuf_addc(b, ',');
                add_record(b, e.value, node_get(r.value, STR("resource")));
            }
        }
    }
    strbuf_addc(b, ']');
}

bool otel_write(struct node root, struct strbuf *b)
{
    if (!is_record(root))
        return false;
    add_record(b, root, node_get(root, STR("resource")));
    return true;
}
