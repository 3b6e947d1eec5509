// SPDX-License-Identifier: Apache-2.0
/* Alibaba Cloud ActionTrail: https://www.alibabacloud.com/help/en/actiontrail/latest/actiontrail-event-reference */
#include "log/record.h"
#include "log/words.h"

static bool is_actiontrail(struct node root)
{
    return node_is(node_get(root, STR("eventName"))) &&
           (node_is(node_get(root, STR("acsRegion"))) || node_is(node_get(root, STR("eventRW"))) || node_is(node_get(root, STR("sourceIpAddress"))));
}

static void begin(struct log_record *r)
{
    r->values.time_ns = log_node_time(node_get(r->root, STR("eventTime")));
}

static struct str error_of(const struct log_record *r)
{
    return node_get_str(r->root, STR("errorCode"));
}

static int get_cloud(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    static const struct word_pair KINDS[] = {{"root-account", "root"}, {"ram-user", "user"}, {"assumed-role", "role"}, {"system", "service"},
                                             {"cloudsso-user", "federated"}, {"saml-user", "federated"}, {}};
    struct log_list l = log_list(r);
    switch (ref->id) {
    case F_CLOUD_PROVIDER:
        return log_give_str(STR("alibaba"), ret);
    case F_CLOUD_ACCOUNT:
        return log_give_str(log_first(r, "recipientAccountId", "userIdentity/accountId", NULL), ret);
    case F_CLOUD_SERVICE:
        return log_give_str(words_lower(r, node_get_str(r->root, STR("serviceName"))), ret);
    case F_CLOUD_OUTCOME:
        return log_give_str(!error_of(r).n ? STR("success") : words_is_denied(error_of(r)) ? STR("denied") : STR("failure"), ret);
    case F_CLOUD_PRINCIPAL:
        return log_give_str(log_first(r, "userIdentity/arn", "userIdentity/userName", "userIdentity/principalId", NULL), ret);
    case F_CLOUD_PRINCIPAL_TYPE:
        return log_give_str(words_pair(KINDS, node_str(NODE(r->root, "userIdentity", "type"))), ret);
    case F_CLOUD_IS_READONLY:
        return log_give_bool(str_is(node_get_str(r->root, STR("eventRW")), "Read"), ret);
    case F_CLOUD_IS_CONSOLE:
        return log_give_bool(str_starts(node_get_str(r->root, STR("eventType")), STR("Console")), ret);
    case F_CLOUD_MFA: {
        bool b;
        return node_bool(NODE(r->root, "userIdentity", "sessionContext", "attributes", "mfaAuthenticated"), &b) && log_give_bool(b, ret);
    }
    case F_CLOUD_INSTANCES:
        log_list_add(&l, node_str(NODE(r->root, "requestParameters", "InstanceId")));
        log_list_add_all(&l, r, NODE(r->root, "requestParameters", "InstanceIds"));
        log_list_add_all(&l, r, NODE(r->root, "responseElements", "InstanceIdSets", "InstanceIdSet"));
        return log_list_give(&l, ref, ret);
    default:
        log_list_add(&l, log_first(r, "resourceName", NULL));
        words_add_names(&l, node_get(r->root, STR("requestParameters")));
        return ref->id == F_CLOUD_RESOURCE ? l.n && log_give_str(l.v[0].s, ret) : log_list_give(&l, ref, ret);
    }
}

static int get_login(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    if (!str_is(node_get_str(r->root, STR("eventName")), "ConsoleSignin"))
        return 0;
    switch (ref->id) {
    case F_LOGIN_USER:
        return log_give_str(log_first(r, "userIdentity/userName", "userIdentity/principalId", NULL), ret);
    case F_LOGIN_IP:
        return log_give_ip(r, node_get_str(r->root, STR("sourceIpAddress")), ret);
    case F_LOGIN_OUTCOME:
        return log_give_str(error_of(r).n ? STR("failure") : STR("success"), ret);
    case F_LOGIN_METHOD:
        return log_give_str(STR("password"), ret);
    default:
        return log_give_str(STR("console"), ret);
    }
}

static const struct log_answer ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(CLOUD_PROVIDER)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_REGION)] = {"acsRegion"},
    [LOG_FIELD(CLOUD_ACCOUNT)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_SERVICE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACTION)] = {"eventName"},
    [LOG_FIELD(CLOUD_OUTCOME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR)] = {"errorCode"},
    [LOG_FIELD(CLOUD_ERROR_MESSAGE)] = {"errorMessage"},
    [LOG_FIELD(CLOUD_PRINCIPAL)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL_NAME)] = {"userIdentity/userName"},
    [LOG_FIELD(CLOUD_PRINCIPAL_TYPE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_KEY)] = {"userIdentity/accessKeyId"},
    [LOG_FIELD(CLOUD_CALLER)] = {"sourceIpAddress"},
    [LOG_FIELD(CLOUD_IP)] = {"sourceIpAddress"},
    [LOG_FIELD(CLOUD_AGENT)] = {"userAgent"},
    [LOG_FIELD(CLOUD_ID)] = {"eventId"},
    [LOG_FIELD(CLOUD_RESOURCE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_RESOURCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_INSTANCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_MFA)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IS_READONLY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IS_CONSOLE)] = {.get = get_cloud},
    [LOG_FIELD(LOGIN_USER)] = {.get = get_login},
    [LOG_FIELD(LOGIN_IP)] = {.get = get_login},
    [LOG_FIELD(LOGIN_OUTCOME)] = {.get = get_login},
    [LOG_FIELD(LOGIN_METHOD)] = {.get = get_login},
    [LOG_FIELD(LOGIN_HOST)] = {.get = get_login},
};

const struct log_format_ops LOG_ACTIONTRAIL_OPS = {.type = EVENT_ACTIONTRAIL, .is_json = is_actiontrail, .begin = begin, .answers = ANSWERS};
