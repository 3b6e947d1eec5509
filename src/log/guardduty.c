// SPDX-License-Identifier: Apache-2.0
/*
 * Findings of GuardDuty, as they are exported (names begin small) and as the interface gives them (names begin large).
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html
 */
#include "base/cleanup.h"
#include "log/record.h"

static bool is_guardduty(struct node root)
{
    return (node_is(node_get(root, STR("severity"))) && node_is(node_get(root, STR("resource"))) && node_is(node_get(root, STR("service"))) &&
            node_get_str(root, STR("type")).n) ||
           (node_is(node_get(root, STR("Severity"))) && node_is(node_get(root, STR("Resource"))) && node_get_str(root, STR("Type")).n);
}

static void begin(struct log_record *r)
{
    r->values.time_ns = log_time(log_first(r, "service/eventLastSeen", "Service/EventLastSeen", "updatedAt", "UpdatedAt", "createdAt", "CreatedAt", NULL));
}

static int get_number(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    uint64_t u;
    struct node n = node_get(r->root, STR("severity"));
    if (ref->id == F_GUARDDUTY_COUNT) {
        n = NODE(r->root, "service", "count");
        return node_u64(node_is(n) ? n : NODE(r->root, "Service", "Count"), &u) && log_give_uint(u, ret);
    }
    n = node_is(n) ? n : node_get(r->root, STR("Severity"));
    *ret = (struct value){.type = VALUE_DOUBLE, .d = node_double(n)};
    return node_is(n);
}

static int get_text(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    switch (ref->id) {
    case F_GUARDDUTY_ID:
    case F_CLOUD_ID:
        return log_give_str(log_first(r, "id", "Id", NULL), ret);
    case F_GUARDDUTY_TYPE:
    case F_CLOUD_ACTION:
        return log_give_str(log_first(r, "type", "Type", NULL), ret);
    case F_GUARDDUTY_TITLE:
        return log_give_str(log_first(r, "title", "Title", NULL), ret);
    case F_GUARDDUTY_DESCRIPTION:
        return log_give_str(log_first(r, "description", "Description", NULL), ret);
    case F_GUARDDUTY_RESOURCE:
        return log_give_str(log_first(r, "resource/resourceType", "Resource/ResourceType", NULL), ret);
    case F_CLOUD_PROVIDER:
        return log_give_str(STR("aws"), ret);
    case F_CLOUD_REGION:
        return log_give_str(log_first(r, "region", "Region", NULL), ret);
    case F_CLOUD_ACCOUNT:
        return log_give_str(log_first(r, "accountId", "AccountId", NULL), ret);
    case F_CLOUD_SERVICE:
        return log_give_str(STR("guardduty"), ret);
    case F_CLOUD_CATEGORY:
        return log_give_str(STR("finding"), ret);
    case F_CLOUD_PRINCIPAL:
    case F_CLOUD_PRINCIPAL_NAME:
        return log_give_str(log_first(r, "resource/accessKeyDetails/userName", "Resource/AccessKeyDetails/UserName", NULL), ret);
    case F_CLOUD_KEY:
        return log_give_str(log_first(r, "resource/accessKeyDetails/accessKeyId", "Resource/AccessKeyDetails/AccessKeyId", NULL), ret);
    case F_CLOUD_IP:
        return log_give_first_ip(r, ret, "service/action/awsApiCallAction/remoteIpDetails/ipAddressV4",
                                 "service/action/networkConnectionAction/remoteIpDetails/ipAddressV4",
                                 "service/action/portProbeAction/portProbeDetails/0/remoteIpDetails/ipAddressV4",
                                 "service/action/kubernetesApiCallAction/remoteIpDetails/ipAddressV4",
                                 "Service/Action/AwsApiCallAction/RemoteIpDetails/IpAddressV4",
                                 "Service/Action/NetworkConnectionAction/RemoteIpDetails/IpAddressV4",
                                 "Service/Action/PortProbeAction/PortProbeDetails/0/RemoteIpDetails/IpAddressV4", NULL);
    default:
        log_list_add(&l, log_first(r, "resource/instanceDetails/instanceId", "Resource/InstanceDetails/InstanceId", NULL));
        return log_list_give(&l, ref, ret);
    }
}

static const struct log_answer ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(GUARDDUTY_ID)] = {.get = get_text},
    [LOG_FIELD(GUARDDUTY_TYPE)] = {.get = get_text},
    [LOG_FIELD(GUARDDUTY_TITLE)] = {.get = get_text},
    [LOG_FIELD(GUARDDUTY_DESCRIPTION)] = {.get = get_text},
    [LOG_FIELD(GUARDDUTY_RESOURCE)] = {.get = get_text},
    [LOG_FIELD(GUARDDUTY_SEVERITY)] = {.get = get_number},
    [LOG_FIELD(GUARDDUTY_COUNT)] = {.get = get_number},
    [LOG_FIELD(CLOUD_PROVIDER)] = {.get = get_text},
    [LOG_FIELD(CLOUD_REGION)] = {.get = get_text},
    [LOG_FIELD(CLOUD_ACCOUNT)] = {.get = get_text},
    [LOG_FIELD(CLOUD_SERVICE)] = {.get = get_text},
    [LOG_FIELD(CLOUD_ACTION)] = {.get = get_text},
    [LOG_FIELD(CLOUD_CATEGORY)] = {.get = get_text},
    [LOG_FIELD(CLOUD_PRINCIPAL)] = {.get = get_text},
    [LOG_FIELD(CLOUD_PRINCIPAL_NAME)] = {.get = get_text},
    [LOG_FIELD(CLOUD_KEY)] = {.get = get_text},
    [LOG_FIELD(CLOUD_IP)] = {.get = get_text},
    [LOG_FIELD(CLOUD_ID)] = {.get = get_text},
    [LOG_FIELD(CLOUD_INSTANCES)] = {.get = get_text},
};

const struct log_format_ops LOG_GUARDDUTY_OPS = {.type = EVENT_GUARDDUTY, .is_json = is_guardduty, .begin = begin, .answers = ANSWERS};
