// SPDX-License-Identifier: Apache-2.0
/* An object of JSON whose format nobody here knows: rules ask for json.value[…]. */
#include "base/cleanup.h"
#include "log/record.h"

static bool is_json(struct node root)
{
    return node_kind(root) == NODE_OBJECT;
}

static void begin(struct log_record *r)
{
    enum { LOOK = 16, SHORTEST = sizeof("2026-03-02T10:00Z") - 1, LONGEST = 40 };
    static const char *const TIMES[] = {"@timestamp", "timestamp", "time", "eventTime", "ts", "date", "createdAt", "datetime", "event_time", "start_time", "Timestamp", "TimeGenerated"};
    for (size_t i = 0; i < ARRAY_SIZE(TIMES) && !r->values.time_ns; i++)
        r->values.time_ns = log_node_time(node_get(r->root, str_from(TIMES[i])));
    /* under whatever name: the first text that is a time */
    struct node_each e = node_each(r->root);
    for (unsigned i = 0; i < LOOK && !r->values.time_ns && node_next(&e); i++) {
        const struct str s = node_str(e.value);
        if (s.n >= SHORTEST && s.n <= LONGEST)
            r->values.time_ns = log_time(s);
    }
}

const struct log_format_ops LOG_JSON_OPS = {.type = EVENT_LOG, .is_json = is_json, .begin = begin};
