// SPDX-License-Identifier: Apache-2.0
/*
 * What CloudTrail Insights finds unusual: how often a call is made, or fails, against what it was in the days before. It stands in files of its own
 * (CloudTrail-Insight) and is no call.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html
 */
#include "base/cleanup.h"
#include "log/record.h"

static bool insight_is(struct node root)
{
    return node_kind(node_get(root, STR("insightDetails"))) == NODE_OBJECT && node_get_str(root, STR("eventTime")).n;
}

/* The first of what the unusual calls have in common: who made them, with what client, with what error. */
static struct str attributed(struct node details, const char *attribute)
{
    for (struct node_each e = node_each(NODE(details, "insightContext", "attributions")); node_next(&e);)
        if (node_is_str(node_get(e.value, STR("attribute")), attribute))
            return node_get_str(node_at(node_get(e.value, STR("insight")), 0), STR("value"));
    return STR_NULL;
}

static void begin(struct log_record *r)
{
    struct log_values *v = &r->values;
    const struct node details = node_get(r->root, STR("insightDetails"));
    const struct str tail = STR(".amazonaws.com"), who = attributed(details, "userIdentityArn"), error = node_get_str(details, STR("errorCode"));
    struct str service = node_get_str(details, STR("eventSource"));
    if (service.n > tail.n && str_ends(service, tail))
        service.n -= tail.n;
    v->time_ns = log_time(node_get_str(r->root, STR("eventTime")));
    log_set_str(v, F_CLOUD_PROVIDER, STR("aws"));
    log_set_str(v, F_CLOUD_ACCOUNT, node_get_str(r->root, STR("recipientAccountId")));
    log_set_str(v, F_CLOUD_REGION, node_get_str(r->root, STR("awsRegion")));
    log_set_str(v, F_CLOUD_SERVICE, service);
    log_set_str(v, F_CLOUD_ACTION, node_get_str(details, STR("insightType"))); /* the call itself was made by others, and is told elsewhere */
    log_set_str(v, F_CLOUD_CATEGORY, STR("insight"));
    log_set_str(v, F_CLOUD_PRINCIPAL, who);
    log_set_str(v, F_CLOUD_PRINCIPAL_NAME, str_basename(who));
    log_set_str(v, F_CLOUD_AGENT, attributed(details, "userAgent"));
    log_set_str(v, F_CLOUD_ERROR, error.n ? error : attributed(details, "errorCode"));
    log_set_str(v, F_CLOUD_RESOURCE, node_get_str(details, STR("eventName")));
    log_set_str(v, F_CLOUD_ID, node_get_str(r->root, STR("eventID")));
}

const struct log_format_ops LOG_INSIGHT_OPS = {.type = EVENT_LOG, .is_json = insight_is, .begin = begin};
