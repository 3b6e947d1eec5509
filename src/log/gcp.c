// SPDX-License-Identifier: Apache-2.0
/* Audit logs of Google Cloud, as entries of a log: https://cloud.google.com/logging/docs/audit/understanding-audit-logs */
#include "base/cleanup.h"
#include "log/record.h"
#include "log/words.h"

static bool is_gcp(struct node root)
{
    const struct node payload = node_get(root, STR("protoPayload"));
    return node_is(node_get(payload, STR("methodName"))) || node_is(node_get(payload, STR("serviceName")));
}

static void begin(struct log_record *r)
{
    r->values.time_ns = log_time(log_first(r, "timestamp", "receiveTimestamp", NULL));
}

static struct str method(const struct log_record *r)
{
    return node_str(NODE(r->root, "protoPayload", "methodName"));
}

static int get_delta(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct node n = NODE(r->root, "protoPayload", "serviceData", "policyDelta", "bindingDeltas");
    (void)ref;
    if (!node_is(n))
        n = NODE(r->root, "protoPayload", "metadata", "datasetChange", "bindingDeltas");
    return log_give_text(r, n, ret);
}

/* A zone is a region with a letter behind it. */
static int get_location(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const struct str place = log_first(r, "resource/labels/location", "resource/labels/region", NULL), zone = node_str(NODE(r->root, "resource", "labels", "zone"));
    (void)ref;
    return log_give_str(place.n ? place : zone.n > 2 ? str_sub(zone, 0, zone.n - 2) : zone, ret);
}

static int get_sink(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return node_is_str(NODE(r->root, "resource", "type"), "logging_sink") ? log_give_text(r, NODE(r->root, "resource", "labels", "name"), ret) : 0;
}

static struct str service(const struct log_record *r)
{
    struct str s = node_str(NODE(r->root, "protoPayload", "serviceName"));
    const struct str tail = STR(".googleapis.com");
    s.n -= str_ends(s, tail) ? tail.n : 0;
    return s;
}

static struct str project(const struct log_record *r)
{
    struct str s = node_str(NODE(r->root, "resource", "labels", "project_id")), name = node_get_str(r->root, STR("logName")), part;
    if (s.n || !str_split(&name, '/', &part) || !str_split(&name, '/', &part))
        return s;
    return part;
}

/* Of Google Workspace: https://cloud.google.com/logging/docs/audit/gsuite-audit-logging */
static bool is_login(const struct log_record *r)
{
    const struct str m = method(r);
    return str_is(m, "google.login.LoginService.loginSuccess") || str_is(m, "google.login.LoginService.loginFailure");
}

static struct str outcome(const struct log_record *r)
{
    enum { PERMISSION_DENIED = 7, UNAUTHENTICATED = 16 };
    uint64_t code = 0;
    (void)node_u64(NODE(r->root, "protoPayload", "status", "code"), &code);
    if (is_login(r) && str_ends(method(r), STR("Failure"))) /* the entry says no status */
        return STR("failure");
    return !code ? STR("success") : code == PERMISSION_DENIED || code == UNAUTHENTICATED ? STR("denied") : STR("failure");
}

static struct str principal(const struct log_record *r)
{
    return log_first(r, "protoPayload/authenticationInfo/principalEmail", "protoPayload/authenticationInfo/principalSubject", NULL);
}

static struct str principal_type(const struct log_record *r)
{
    const struct str s = principal(r);
    if (!s.n)
        return STR("anonymous");
    return str_ends(s, STR("gserviceaccount.com")) ? STR("service") : str_starts(s, STR("principal:")) ? STR("federated") : STR("user");
}

static bool is_readonly(const struct log_record *r)
{
    static const char *const READS[] = {"get", "list", "search", "query", "read", "test", "aggregated", "describe"};
    struct str rest = method(r), part, last = STR_NULL;
    while (str_split(&rest, '.', &part))
        last = part;
    for (size_t i = 0; i < ARRAY_SIZE(READS); i++)
        if (last.n >= strlen(READS[i]) && str_eq_nocase(str_sub(last, 0, strlen(READS[i])), str_from(READS[i])))
            return true;
    return false;
}

static struct str category(const struct log_record *r)
{
    const struct str name = node_get_str(r->root, STR("logName"));
    if (is_login(r))
        return STR("login");
    return str_has(name, STR("data_access")) ? STR("data") : str_has(name, STR("cloudaudit")) ? STR("management") : STR_NULL;
}

static int get_cloud(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    switch (ref->id) {
    case F_CLOUD_PROVIDER:
        return log_give_str(STR("gcp"), ret);
    case F_CLOUD_ACCOUNT:
        return log_give_str(project(r), ret);
    case F_CLOUD_SERVICE:
        return log_give_str(service(r), ret);
    case F_CLOUD_OUTCOME:
        return log_give_str(outcome(r), ret);
    case F_CLOUD_PRINCIPAL:
    case F_CLOUD_PRINCIPAL_NAME:
        return log_give_str(principal(r), ret);
    case F_CLOUD_PRINCIPAL_TYPE:
        return log_give_str(principal_type(r), ret);
    case F_CLOUD_CATEGORY:
        return log_give_str(category(r), ret);
    case F_CLOUD_IS_READONLY:
        return log_give_bool(is_readonly(r), ret);
    case F_CLOUD_INSTANCES:
        log_list_add(&l, node_str(NODE(r->root, "resource", "labels", "instance_id")));
        return log_list_give(&l, ref, ret);
    default:
        log_list_add(&l, node_str(NODE(r->root, "protoPayload", "resourceName")));
        return log_list_give(&l, ref, ret);
    }
}

/* The value of a parameter of the event, or the first of several. */
static struct str parameter(const struct log_record *r, const char *name)
{
    const struct node list = node_get(node_at(NODE(r->root, "protoPayload", "metadata", "event"), 0), STR("parameter"));
    for (struct node_each e = node_each(list); node_kind(list) == NODE_ARRAY && node_next(&e);) {
        struct node value = node_get(e.value, STR("value"));
        if (!node_is_str(node_get(e.value, STR("name")), name))
            continue;
        value = node_is(value) ? value : node_get(e.value, STR("multiStrValue"));
        return node_str(node_kind(value) == NODE_ARRAY ? node_at(value, 0) : value);
    }
    return STR_NULL;
}

static int get_login(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const bool is_good = str_ends(method(r), STR("Success"));
    if (!is_login(r))
        return 0;
    switch (ref->id) {
    case F_LOGIN_USER:
        return log_give_str(principal(r), ret);
    case F_LOGIN_IP:
        return log_give_first_ip(r, ret, "protoPayload/requestMetadata/callerIp", NULL);
    case F_LOGIN_OUTCOME:
        return log_give_str(is_good ? STR("success") : STR("failure"), ret);
    case F_LOGIN_METHOD: {
        const struct str challenge = parameter(r, "login_challenge_method");
        return log_give_str(challenge.n ? challenge : parameter(r, "login_type"), ret);
    }
    default:
        return is_good ? 0 : log_give_str(parameter(r, "login_failure_type"), ret);
    }
}

static const struct log_answer ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(GCP_USER)] = {"protoPayload/authenticationInfo/principalEmail"},
    [LOG_FIELD(GCP_CALLER_IP)] = {"protoPayload/requestMetadata/callerIp"},
    [LOG_FIELD(GCP_USER_AGENT)] = {"protoPayload/requestMetadata/callerSuppliedUserAgent"},
    [LOG_FIELD(GCP_AUTHORIZATION_INFO)] = {"protoPayload/authorizationInfo"},
    [LOG_FIELD(GCP_SERVICE_NAME)] = {"protoPayload/serviceName"},
    [LOG_FIELD(GCP_POLICY_DELTA)] = {.get = get_delta},
    [LOG_FIELD(GCP_REQUEST)] = {"protoPayload/request"},
    [LOG_FIELD(GCP_METHOD_NAME)] = {"protoPayload/methodName"},
    [LOG_FIELD(GCP_CLOUDFUNCTIONS_FUNCTION)] = {"resource/labels/function_name"},
    [LOG_FIELD(GCP_CLOUDSQL_DATABASE_ID)] = {"resource/labels/database_id"},
    [LOG_FIELD(GCP_COMPUTE_INSTANCE_ID)] = {"resource/labels/instance_id"},
    [LOG_FIELD(GCP_COMPUTE_NETWORK_ID)] = {"resource/labels/network_id"},
    [LOG_FIELD(GCP_COMPUTE_SUBNETWORK)] = {"resource/labels/subnetwork_name"},
    [LOG_FIELD(GCP_COMPUTE_SUBNETWORK_ID)] = {"resource/labels/subnetwork_id"},
    [LOG_FIELD(GCP_DNS_ZONE)] = {"resource/labels/zone_name"},
    [LOG_FIELD(GCP_IAM_SERVICE_ACCOUNT)] = {"resource/labels/email_id"},
    [LOG_FIELD(GCP_IAM_SERVICE_ACCOUNT_ID)] = {"resource/labels/unique_id"},
    [LOG_FIELD(GCP_LOCATION)] = {.get = get_location},
    [LOG_FIELD(GCP_LOGGING_SINK)] = {.get = get_sink},
    [LOG_FIELD(GCP_PROJECT_ID)] = {"resource/labels/project_id"},
    [LOG_FIELD(GCP_RESOURCE_NAME)] = {"protoPayload/resourceName"},
    [LOG_FIELD(GCP_RESOURCE_TYPE)] = {"resource/type"},
    [LOG_FIELD(GCP_STORAGE_BUCKET)] = {"resource/labels/bucket_name"},
    [LOG_FIELD(CLOUD_PROVIDER)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_REGION)] = {.get = get_location},
    [LOG_FIELD(CLOUD_ACCOUNT)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_SERVICE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACTION)] = {"protoPayload/methodName"},
    [LOG_FIELD(CLOUD_OUTCOME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR)] = {"protoPayload/status/code"},
    [LOG_FIELD(CLOUD_ERROR_MESSAGE)] = {"protoPayload/status/message"},
    [LOG_FIELD(CLOUD_PRINCIPAL)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL_NAME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL_TYPE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_KEY)] = {"protoPayload/authenticationInfo/serviceAccountKeyName"},
    [LOG_FIELD(CLOUD_CALLER)] = {"protoPayload/requestMetadata/callerIp"},
    [LOG_FIELD(CLOUD_IP)] = {"protoPayload/requestMetadata/callerIp"},
    [LOG_FIELD(CLOUD_AGENT)] = {"protoPayload/requestMetadata/callerSuppliedUserAgent"},
    [LOG_FIELD(CLOUD_ID)] = {"insertId"},
    [LOG_FIELD(CLOUD_CATEGORY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_RESOURCE)] = {"protoPayload/resourceName"},
    [LOG_FIELD(CLOUD_RESOURCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_INSTANCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IS_READONLY)] = {.get = get_cloud},
    [LOG_FIELD(LOGIN_USER)] = {.get = get_login},
    [LOG_FIELD(LOGIN_IP)] = {.get = get_login},
    [LOG_FIELD(LOGIN_OUTCOME)] = {.get = get_login},
    [LOG_FIELD(LOGIN_METHOD)] = {.get = get_login},
    [LOG_FIELD(LOGIN_REASON)] = {.get = get_login},
};

const struct log_format_ops LOG_GCP_AUDIT_OPS = {.type = EVENT_GCP_AUDIT, .is_json = is_gcp, .begin = begin, .is_login = is_login, .answers = ANSWERS};
