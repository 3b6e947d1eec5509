// SPDX-License-Identifier: Apache-2.0
/* Huawei Cloud Trace Service: https://support.huaweicloud.com/intl/en-us/usermanual-cts/cts_03_0010.html */
#include "base/cleanup.h"
#include "log/record.h"
#include "log/words.h"

static bool is_cts(struct node root)
{
    return node_is(node_get(root, STR("trace_name"))) && (node_is(node_get(root, STR("trace_id"))) || node_is(node_get(root, STR("trace_type"))));
}

static void begin(struct log_record *r)
{
    r->values.time_ns = log_node_time(node_get(r->root, STR("time")));
    if (!r->values.time_ns)
        r->values.time_ns = log_node_time(node_get(r->root, STR("record_time")));
}

static struct str outcome(const struct log_record *r)
{
    const struct str rating = node_get_str(r->root, STR("trace_rating"));
    const struct node code = node_get(r->root, STR("code"));
    if (node_is_str(code, "401") || node_is_str(code, "403"))
        return STR("denied");
    if (str_is(rating, "normal"))
        return STR("success");
    return rating.n ? STR("failure") : STR_NULL;
}

static bool is_login(const struct log_record *r)
{
    return str_is(node_get_str(r->root, STR("trace_name")), "login") || str_is(node_get_str(r->root, STR("trace_name")), "loginFailed");
}

static bool is_readonly(const struct log_record *r)
{
    static const char *const READS[] = {"get", "list", "show", "query", "describe", "check"};
    const struct str s = node_get_str(r->root, STR("trace_name"));
    for (size_t i = 0; i < ARRAY_SIZE(READS); i++)
        if (str_starts(s, str_from(READS[i])))
            return true;
    return false;
}

static struct str user(const struct log_record *r)
{
    return log_first(r, "user/name", "user/user_name", "user/userName", "user/id", "user", NULL);
}

static int get_cloud(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    switch (ref->id) {
    case F_CLOUD_PROVIDER:
        return log_give_str(STR("huawei"), ret);
    case F_CLOUD_REGION:
        return log_give_str(log_first(r, "region_id", "region", "user/project/name", NULL), ret);
    case F_CLOUD_ACCOUNT:
        return log_give_str(log_first(r, "domain_id", "user/domain/id", "user/domain/name", "project_id", NULL), ret);
    case F_CLOUD_SERVICE:
        return log_give_str(words_lower(r, node_get_str(r->root, STR("service_type"))), ret);
    case F_CLOUD_OUTCOME:
        return log_give_str(outcome(r), ret);
    case F_CLOUD_ERROR:
        return str_is(outcome(r), "success") ? 0 : log_give_str(log_first(r, "code", NULL), ret);
    case F_CLOUD_PRINCIPAL:
    case F_CLOUD_PRINCIPAL_NAME:
        return log_give_str(user(r), ret);
    case F_CLOUD_PRINCIPAL_TYPE:
        return log_give_str(str_is(node_get_str(r->root, STR("trace_type")), "SystemAction") ? STR("service") : STR("user"), ret);
    case F_CLOUD_KEY:
        return log_give_str(log_first(r, "user/access_key_id", "user/accessKeyId", NULL), ret);
    case F_CLOUD_RESOURCE:
        return log_give_str(log_first(r, "resource_name", "resource_id", NULL), ret);
    case F_CLOUD_INSTANCES:
        if (!str_is(words_lower(r, node_get_str(r->root, STR("service_type"))), "ecs"))
            return 0;
        log_list_add(&l, node_get_str(r->root, STR("resource_id")));
        return log_list_give(&l, ref, ret);
    case F_CLOUD_IS_READONLY:
        return log_give_bool(is_readonly(r), ret);
    case F_CLOUD_IS_CONSOLE:
        return log_give_bool(str_starts(node_get_str(r->root, STR("trace_type")), STR("Console")), ret);
    case F_CLOUD_CATEGORY:
        return log_give_str(is_login(r) ? STR("login") : STR("management"), ret);
    default:
        log_list_add(&l, node_get_str(r->root, STR("resource_name")));
        log_list_add(&l, node_get_str(r->root, STR("resource_id")));
        return log_list_give(&l, ref, ret);
    }
}

static int get_login(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    if (!is_login(r))
        return 0;
    switch (ref->id) {
    case F_LOGIN_USER:
        return log_give_str(user(r), ret);
    case F_LOGIN_IP:
        return log_give_ip(r, node_get_str(r->root, STR("source_ip")), ret);
    case F_LOGIN_OUTCOME:
        return log_give_str(str_is(outcome(r), "success") ? STR("success") : STR("failure"), ret);
    default:
        return log_give_str(STR("console"), ret);
    }
}

static const struct log_answer ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(CLOUD_PROVIDER)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_REGION)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACCOUNT)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_SERVICE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACTION)] = {"trace_name"},
    [LOG_FIELD(CLOUD_OUTCOME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR_MESSAGE)] = {"message"},
    [LOG_FIELD(CLOUD_PRINCIPAL)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL_NAME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL_TYPE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_KEY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_CALLER)] = {"source_ip"},
    [LOG_FIELD(CLOUD_IP)] = {"source_ip"},
    [LOG_FIELD(CLOUD_AGENT)] = {"user_agent"},
    [LOG_FIELD(CLOUD_ID)] = {"trace_id"},
    [LOG_FIELD(CLOUD_CATEGORY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_RESOURCE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_RESOURCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_INSTANCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IS_READONLY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IS_CONSOLE)] = {.get = get_cloud},
    [LOG_FIELD(LOGIN_USER)] = {.get = get_login},
    [LOG_FIELD(LOGIN_IP)] = {.get = get_login},
    [LOG_FIELD(LOGIN_OUTCOME)] = {.get = get_login},
    [LOG_FIELD(LOGIN_HOST)] = {.get = get_login},
};

const struct log_format_ops LOG_HUAWEI_CTS_OPS = {.type = EVENT_HUAWEI_CTS, .is_json = is_cts, .begin = begin, .answers = ANSWERS};
