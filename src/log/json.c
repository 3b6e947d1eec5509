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
    static const char *const TIMES[] = {"@timestamp", "timestamp", "time", "eventTime", "ts", "date", "createdAt"};
    for (size_t i = 0; i < ARRAY_SIZE(TIMES) && !r->values.time_ns; i++)
        r->values.time_ns = log_node_time(node_get(r->root, str_from(TIMES[i])));
}

const struct log_format_ops LOG_JSON_OPS = {.type = EVENT_LOG, .is_json = is_json, .begin = begin};
