// SPDX-License-Identifier: Apache-2.0
/*
 * Records of services that people sign in to: Okta's system log, the unified audit log of Microsoft 365, the audit log of GitHub.
 * https://developer.okta.com/docs/reference/api/system-log/
 * https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema
 * https://docs.github.com/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise
 */
#include "base/cleanup.h"
#include "log/said.h"

/* ---- Okta ---- */

static bool okta_is(struct node root)
{
    return node_get_str(root, STR("eventType")).n && node_is(node_get(root, STR("published"))) && node_kind(node_get(root, STR("actor"))) == NODE_OBJECT &&
           node_kind(node_get(root, STR("outcome"))) == NODE_OBJECT;
}

static void okta_begin(struct log_record *r)
{
    const struct node n = r->root;
    const struct str action = node_get_str(n, STR("eventType")), result = node_str(NODE(n, "outcome", "result"));
    const bool is_person = str_eq_nocase(log_first(r, "actor/type", NULL), STR("User"));
    const struct log_said s = {
        .is_person = is_person, .key = log_first(r, "transaction/detail/requestApiTokenId", NULL),
        .provider = STR("okta"), .service = STR("okta"), .action = action,
        .principal = log_first(r, "actor/alternateId", "actor/id", NULL), .name = log_first(r, "actor/displayName", NULL),
        .type = log_said_type(is_person), .ip = log_first(r, "client/ipAddress", NULL),
        .agent = log_first(r, "client/userAgent/rawUserAgent", NULL), .id = node_get_str(n, STR("uuid")),
        .resource = log_first(r, "target/0/alternateId", "target/0/displayName", "target/0/id", NULL),
        .is_failure = str_is(result, "FAILURE") || str_is(result, "DENY"),
        .error = str_is(result, "FAILURE") || str_is(result, "DENY") ? log_first(r, "outcome/reason", "outcome/result", NULL) : STR_NULL,
        .is_login = str_is(action, "user.session.start") || str_starts(action, STR("user.authentication.")),
    };
    r->values.time_ns = log_node_time(node_get(n, STR("published")));
    log_said_set(r, &s);
}

/* The first target of a kind. */
static int okta_target(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const bool is_app = ref->id == F_OKTA_APP, is_group = ref->id >= F_OKTA_TARGET_GROUP_ID && ref->id <= F_OKTA_TARGET_GROUP_NAME;
    const char *const type = is_app ? "AppInstance" : is_group ? "UserGroup" : "User";
    const bool is_id = ref->id == F_OKTA_TARGET_USER_ID || ref->id == F_OKTA_TARGET_GROUP_ID, is_alternate = ref->id == F_OKTA_TARGET_USER_ALTERNATE_ID || ref->id == F_OKTA_TARGET_GROUP_ALTERNATE_ID;
    for (struct node_each e = node_each(node_get(r->root, STR("target"))); node_next(&e);)
        if (node_is_str(node_get(e.value, STR("type")), type))
            return log_give_text(r, node_get(e.value, is_id ? STR("id") : is_alternate ? STR("alternateId") : STR("displayName")), ret);
    return 0;
}

static const struct log_answer OKTA_ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(OKTA_EVT_TYPE)] = {"eventType"},
    [LOG_FIELD(OKTA_EVT_LEGACY_TYPE)] = {"legacyEventType"},
    [LOG_FIELD(OKTA_SEVERITY)] = {"severity"},
    [LOG_FIELD(OKTA_MESSAGE)] = {"displayMessage"},
    [LOG_FIELD(OKTA_PUBLISHED)] = {"published"},
    [LOG_FIELD(OKTA_ACTOR_ID)] = {"actor/id"},
    [LOG_FIELD(OKTA_ACTOR_TYPE)] = {"actor/type"},
    [LOG_FIELD(OKTA_ACTOR_ALTERNATE_ID)] = {"actor/alternateId"},
    [LOG_FIELD(OKTA_ACTOR_NAME)] = {"actor/displayName"},
    [LOG_FIELD(OKTA_CLIENT_ZONE)] = {"client/zone"},
    [LOG_FIELD(OKTA_CLIENT_IP)] = {"client/ipAddress"},
    [LOG_FIELD(OKTA_CLIENT_DEVICE)] = {"client/device"},
    [LOG_FIELD(OKTA_CLIENT_ID)] = {"client/id"},
    [LOG_FIELD(OKTA_CLIENT_GEO_CITY)] = {"client/geographicalContext/city"},
    [LOG_FIELD(OKTA_CLIENT_GEO_STATE)] = {"client/geographicalContext/state"},
    [LOG_FIELD(OKTA_CLIENT_GEO_COUNTRY)] = {"client/geographicalContext/country"},
    [LOG_FIELD(OKTA_CLIENT_GEO_POSTAL_CODE)] = {"client/geographicalContext/postalCode"},
    [LOG_FIELD(OKTA_CLIENT_GEO_LAT)] = {"client/geographicalContext/geolocation/lat"},
    [LOG_FIELD(OKTA_CLIENT_GEO_LON)] = {"client/geographicalContext/geolocation/lon"},
    [LOG_FIELD(OKTA_USERAGENT_OS)] = {"client/userAgent/os"},
    [LOG_FIELD(OKTA_USERAGENT_BROWSER)] = {"client/userAgent/browser"},
    [LOG_FIELD(OKTA_USERAGENT_RAW)] = {"client/userAgent/rawUserAgent"},
    [LOG_FIELD(OKTA_RESULT)] = {"outcome/result"},
    [LOG_FIELD(OKTA_REASON)] = {"outcome/reason"},
    [LOG_FIELD(OKTA_TRANSACTION_ID)] = {"transaction/id"},
    [LOG_FIELD(OKTA_TRANSACTION_TYPE)] = {"transaction/type"},
    [LOG_FIELD(OKTA_REQUEST_URI)] = {"debugContext/debugData/requestUri"},
    [LOG_FIELD(OKTA_AUTHENTICATION_STEP)] = {"authenticationContext/authenticationStep"},
    [LOG_FIELD(OKTA_AUTHENTICATION_SESSION_ID)] = {"authenticationContext/externalSessionId"},
    [LOG_FIELD(OKTA_SECURITY_AS_NUMBER)] = {"securityContext/asNumber"},
    [LOG_FIELD(OKTA_SECURITY_AS_ORG)] = {"securityContext/asOrg"},
    [LOG_FIELD(OKTA_SECURITY_ISP)] = {"securityContext/isp"},
    [LOG_FIELD(OKTA_SECURITY_DOMAIN)] = {"securityContext/domain"},
    [LOG_FIELD(OKTA_APP)] = {.get = okta_target},
    [LOG_FIELD(OKTA_TARGET_USER_ID)] = {.get = okta_target},
    [LOG_FIELD(OKTA_TARGET_USER_ALTERNATE_ID)] = {.get = okta_target},
    [LOG_FIELD(OKTA_TARGET_USER_NAME)] = {.get = okta_target},
    [LOG_FIELD(OKTA_TARGET_GROUP_ID)] = {.get = okta_target},
    [LOG_FIELD(OKTA_TARGET_GROUP_ALTERNATE_ID)] = {.get = okta_target},
    [LOG_FIELD(OKTA_TARGET_GROUP_NAME)] = {.get = okta_target},
};

const struct log_format_ops LOG_OKTA_OPS = {.type = EVENT_OKTA, .is_json = okta_is, .begin = okta_begin, .answers = OKTA_ANSWERS};

/* ---- Microsoft 365 ---- */

static bool m365_is(struct node root)
{
    return node_get_str(root, STR("Operation")).n && node_is(node_get(root, STR("RecordType"))) && node_get_str(root, STR("CreationTime")).n &&
           node_is(node_get(root, STR("Workload")));
}

static void m365_begin(struct log_record *r)
{
    const struct node n = r->root;
    const struct str action = node_get_str(n, STR("Operation")), status = log_first(r, "ResultStatus", NULL);
    const bool is_failed_login = str_is(action, "UserLoginFailed");
    const struct str kind = log_first(r, "UserType", NULL); /* 0 and 2 are people; others are the service itself, applications and their like */
    const bool is_person = !kind.n || str_is(kind, "0") || str_is(kind, "2") || str_eq_nocase(kind, STR("Regular")) || str_eq_nocase(kind, STR("Admin"));
    const bool is_failure = is_failed_login || str_eq_nocase(status, STR("Failed")) || str_eq_nocase(status, STR("False")) || str_eq_nocase(status, STR("Failure"));
    const struct log_said s = {
        .is_person = is_person, .type = log_said_type(is_person), .provider = STR("m365"), .service = node_get_str(n, STR("Workload")), .action = action, .account = node_get_str(n, STR("OrganizationId")),
        .principal = log_first(r, "UserId", "UserKey", NULL), .name = log_first(r, "UserId", NULL),
        .ip = log_without_port(log_first(r, "ClientIP", "ClientIPAddress", "ActorIpAddress", NULL)), .agent = log_first(r, "UserAgent", "ClientInfoString", NULL),
        .id = node_get_str(n, STR("Id")), .resource = log_first(r, "ObjectId", "MailboxOwnerUPN", NULL), .is_failure = is_failure,
        .error = is_failure ? log_first(r, "LogonError", "ErrorNumber", "ResultStatus", NULL) : STR_NULL,
        .is_login = is_failed_login || str_is(action, "UserLoggedIn"),
    };
    /* in UTC, and without saying so */
    const struct str when = node_get_str(n, STR("CreationTime"));
    r->values.time_ns = log_time(when);
    log_said_set(r, &s);
}

const struct log_format_ops LOG_M365_OPS = {.type = EVENT_LOG, .is_json = m365_is, .begin = m365_begin};

/* ---- GitHub ---- */

static bool github_is(struct node root)
{
    return node_get_str(root, STR("action")).n && str_has(node_get_str(root, STR("action")), STR(".")) && node_is(node_get(root, STR("actor"))) &&
           (node_is(node_get(root, STR("_document_id"))) || node_is(node_get(root, STR("org"))) || node_is(node_get(root, STR("business")))) &&
           (node_is(node_get(root, STR("@timestamp"))) || node_is(node_get(root, STR("created_at"))));
}

static void github_begin(struct log_record *r)
{
    const struct node n = r->root;
    bool is_bot = false;
    (void)node_bool(node_get(n, STR("actor_is_bot")), &is_bot);
    const struct log_said s = {
        .is_person = !is_bot, .type = log_said_type(!is_bot), .key = log_first(r, "hashed_token", NULL), .provider = STR("github"), .service = STR("github"), .action = node_get_str(n, STR("action")), .account = log_first(r, "org", "org/0", "business", NULL),
        .principal = log_first(r, "actor", NULL), .name = log_first(r, "actor", NULL), .ip = log_first(r, "actor_ip", NULL), .agent = log_first(r, "user_agent", NULL),
        .id = log_first(r, "_document_id", NULL), .resource = log_first(r, "repo", "repo/0", "user", "team", NULL),
    };
    r->values.time_ns = log_node_time(node_is(node_get(n, STR("@timestamp"))) ? node_get(n, STR("@timestamp")) : node_get(n, STR("created_at")));
    log_said_set(r, &s);
}

const struct log_format_ops LOG_GITHUB_OPS = {.type = EVENT_LOG, .is_json = github_is, .begin = github_begin};
