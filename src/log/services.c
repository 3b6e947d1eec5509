// SPDX-License-Identifier: Apache-2.0
/*
 * Audit logs of services that say everything with plain members, and what finds of clouds' own watchmen say: a row for each. Their own words are asked with json.value[…]; here they become what all providers share.
 * https://developer.hashicorp.com/vault/docs/audit · https://docs.gitlab.com/administration/compliance/audit_event_streaming/ · https://goteleport.com/docs/reference/audit-events/ · https://confluence.atlassian.com/bitbucketserver/audit-log-776640423.html
 * https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes · https://developers.onelogin.com/api-docs/1/events/event-resource · https://duo.com/docs/adminapi#logs · https://api.slack.com/admins/audit-logs
 * https://www.keycloak.org/docs/latest/server_admin/#auditing-and-events · https://tailscale.com/kb/1203/audit-logging · https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/account/audit_logs/ · https://goharbor.io
 * https://cloud.google.com/security-command-center/docs/notifications · https://learn.microsoft.com/azure/defender-for-cloud/alerts-schemas · https://www.alibabacloud.com/help/security-center/user-guide/log-fields
 */
#include "base/cleanup.h"
#include "log/said.h"
#include "log/services.h"

enum { N_HAS = 3, N_WAYS = 5, N_LOGINS = 8 };

/* Ways to what is the same, of each the first that is there counts. */
static const struct service {
    const char *provider, *has[N_HAS]; /* without which it is none; of the first an own name of the object */
    const char *time[N_WAYS], *action[N_WAYS], *principal[N_WAYS], *ip[N_WAYS], *agent[N_WAYS], *resource[N_WAYS], *id[N_WAYS];
    const char *account[N_WAYS], *region[N_WAYS], *key[N_WAYS], *of[N_WAYS]; /* `of`: the cloud's service that was asked */
    const char *error[N_WAYS];                /* what is there, and not 0, when it failed */
    struct { const char *way, *is; } failed;  /* what tells the same by its value */
    struct { const char *way, *end; } but;    /* none of it when this ends so: somebody else reads it */
    const char *logins[N_LOGINS];             /* actions that are logins, whole, or a beginning with * behind */
    bool is_finding, has_login_path;          /* an act on a path that ends with a login */
    bool is_state;                            /* it tells how something is, and not what somebody did */
    bool is_in_two;                           /* a record of what was asked for, "type": "request", and one of what came of it */
} SERVICES[] = {
    {.provider = "vault", .has = {"request", "type", "request/operation"}, .time = {"time"}, .action = {"request/operation"}, .principal = {"auth/display_name", "auth/entity_id", "auth/accessor"}, .ip = {"request/remote_address"}, .resource = {"request/path"},
     .id = {"request/id"}, .error = {"error"}, .has_login_path = true, .is_in_two = true},
    {.provider = "gitlab", .has = {"author_name", "entity_type", "target_type"}, .time = {"created_at", "time"}, .action = {"event_type", "event_name", "details/custom_message", "custom_message", "change"}, .principal = {"author_name", "details/author_name"},
     .ip = {"ip_address", "details/ip_address"}, .resource = {"entity_path", "target_details"}, .id = {"id", "correlation_id"}},
    {.provider = "teleport", .has = {"code", "event", "uid"}, .time = {"time"}, .action = {"event"}, .principal = {"user"}, .ip = {"addr.remote"}, .agent = {"user_agent"}, .resource = {"server_hostname", "kubernetes_cluster", "db_service", "name"}, .id = {"uid"},
     .error = {"error"}, .failed = {"success", "false"}, .logins = {"user.login", "auth"}},
    {.provider = "bitbucket", .has = {"auditType", "author"}, .time = {"timestamp/epochSecond", "timestamp"}, .action = {"auditType/action", "auditType/actionI18nKey"}, .principal = {"author/name", "author/id"}, .ip = {"source"}, .resource = {"affectedObjects/0/name"},
     .logins = {"User login*"}, .failed = {"auditType/action", "User login failed"}},
    {.provider = "auth0", .has = {"log_id", "type", "date"}, .time = {"date"}, .action = {"type"}, .principal = {"user_name", "user_id", "client_id"}, .ip = {"ip"}, .agent = {"user_agent"}, .resource = {"connection", "client_name"}, .id = {"log_id"},
     .logins = {"s", "f", "fp", "fu", "fcoa", "scoa"}},
    {.provider = "onelogin", .has = {"event_type_id", "account_id"}, .time = {"created_at", "event_timestamp"}, .action = {"event_type_id"}, .principal = {"actor_user_name", "user_name", "user_id"}, .ip = {"ipaddr"}, .resource = {"app_name", "user_name"}, .id = {"id", "uuid"},
     .failed = {"event_type_id", "6"}, .logins = {"5", "6"}},
    {.provider = "duo", .has = {"isotimestamp", "action"}, .time = {"timestamp", "isotimestamp"}, .action = {"action"}, .principal = {"username"}, .resource = {"object"}, .logins = {"admin_login", "admin_login_error"}, .failed = {"action", "admin_login_error"}},
    {.provider = "duo", .has = {"activity_id", "action/name"}, .time = {"ts"}, .action = {"action/name"}, .principal = {"actor/name"}, .ip = {"access_device/ip/address", "access_device/ip"}, .resource = {"target/name"}, .id = {"activity_id"}},
    {.provider = "duo", .has = {"txid", "access_device", "event_type"}, .time = {"timestamp"}, .action = {"event_type"}, .principal = {"user/name", "alias"}, .ip = {"access_device/ip"}, .resource = {"application/name"}, .id = {"txid"}, .failed = {"result", "denied"},
     .logins = {"authentication"}},
    {.provider = "slack", .has = {"date_create", "action", "entity"}, .time = {"date_create"}, .action = {"action"}, .principal = {"actor/user/email", "actor/user/id"}, .ip = {"context/ip_address"}, .agent = {"context/ua"},
     .resource = {"entity/channel/name", "entity/user/email", "entity/app/name", "entity/type"}, .id = {"id"}, .failed = {"action", "user_login_failed"}, .logins = {"user_login*"}},
    {.provider = "keycloak", .has = {"realmId", "type"}, .time = {"time"}, .action = {"type"}, .principal = {"details/username", "userId"}, .ip = {"ipAddress"}, .resource = {"clientId"}, .id = {"id", "sessionId"}, .error = {"error"}, .logins = {"LOGIN", "LOGIN_ERROR"}},
    {.provider = "tailscale", .has = {"eventGroupID", "actor", "action"}, .time = {"eventTime"}, .action = {"action"}, .principal = {"actor/loginName", "actor/id"}, .resource = {"target/name", "target/id"}, .id = {"eventGroupID"}, .error = {"error"}, .logins = {"LOGIN"}},
    {.provider = "cloudflare", .has = {"ActionType", "When", "ActorID"}, .time = {"When"}, .action = {"ActionType"}, .principal = {"ActorEmail", "ActorID"}, .ip = {"ActorIP"}, .resource = {"ResourceID", "ResourceType"}, .id = {"ID"}, .failed = {"ActionResult", "false"},
     .logins = {"login"}},
    {.provider = "harbor", .has = {"op_time", "operation", "resource_type"}, .time = {"op_time"}, .action = {"operation"}, .principal = {"username"}, .resource = {"resource"}, .id = {"id"}},
    {.provider = "1password", .has = {"target_user", "category", "session_uuid"}, .time = {"timestamp"}, .action = {"category"}, .principal = {"target_user/email", "target_user/uuid"}, .ip = {"client/ip_address"}, .agent = {"client/app_name"}, .id = {"uuid"},
     .logins = {"success", "credentials_failed", "mfa_failed", "sso_failed", "modern_version_failed", "firewall_failed"}},
    {.provider = "1password", .has = {"actor_uuid", "action", "object_type"}, .time = {"timestamp"}, .action = {"action"}, .principal = {"actor_details/email", "actor_uuid"}, .ip = {"session/ip"}, .resource = {"object_type", "object_uuid"}, .id = {"uuid"}},
    {.provider = "atlassian", .has = {"attributes", "attributes/action", "attributes/actor"}, .time = {"attributes/time"}, .action = {"attributes/action"}, .principal = {"attributes/actor/email", "attributes/actor/name", "attributes/actor/id"}, .ip = {"attributes/location/ip"},
     .resource = {"attributes/container/0/attributes/siteName", "attributes/context/0/id"}, .id = {"id"}, .logins = {"user_login"}},
    {.provider = "elasticsearch", .has = {"event.action", "origin.address", "type"}, .time = {"timestamp", "@timestamp"}, .action = {"event.action"}, .principal = {"user.name", "apikey.name", "authentication.token.name"}, .ip = {"origin.address"}, .resource = {"url.path", "action"},
     .failed = {"event.action", "authentication_failed"}, .logins = {"authentication_failed", "authentication_success"}},
    {.provider = "opensearch", .has = {"audit_category", "audit_format_version"}, .time = {"@timestamp", "audit_utc_timestamp"}, .action = {"audit_category"}, .principal = {"audit_request_effective_user", "audit_request_initiating_user"}, .ip = {"audit_request_remote_address"},
     .resource = {"audit_rest_request_path", "audit_trace_indices/0"}, .failed = {"audit_category", "FAILED_LOGIN"}, .logins = {"FAILED_LOGIN", "AUTHENTICATED"}},
    {.provider = "minio", .has = {"remotehost", "api/name", "trigger"}, .time = {"time"}, .action = {"api/name"}, .principal = {"accessKey"}, .ip = {"remotehost"}, .agent = {"userAgent"}, .resource = {"api/bucket"}, .id = {"requestID"}, .failed = {"api/status", "Forbidden"}},
    {.provider = "grafana", .has = {"requestUri", "action", "result/statusType"}, .time = {"timestamp"}, .action = {"action"}, .principal = {"user/login", "user/name"}, .ip = {"ipAddress"}, .agent = {"userAgent"}, .resource = {"requestUri"}, .failed = {"result/statusType", "failure"},
     .logins = {"login*"}},
    {.provider = "aws", .has = {"connection-log-type", "client-vpn-endpoint-id"}, .time = {"connection-start-time"}, .action = {"connection-log-type"}, .principal = {"username"}, .ip = {"device-ip"}, .resource = {"client-vpn-endpoint-id"}, .id = {"connection-id"},
     .failed = {"connection-attempt-status", "failed"}, .logins = {"connection-attempt"}},
    /* what is found by itself */
    {.provider = "gcp", .has = {"finding", "finding/category", "finding/eventTime"}, .time = {"finding/eventTime", "finding/createTime"}, .action = {"finding/category"}, .resource = {"finding/resourceName"}, .id = {"finding/name"}, .is_finding = true},
    {.provider = "azure", .has = {"properties", "properties/alertType", "properties/alertDisplayName"}, .time = {"properties/startTimeUtc", "properties/timeGeneratedUtc", "properties/detectedTimeUtc"}, .action = {"properties/alertType"}, .resource = {"properties/compromisedEntity"},
     .id = {"id"}, .is_finding = true},
    {.provider = "azure", .has = {"AlertType", "CompromisedEntity", "AlertSeverity"}, .time = {"StartTime", "TimeGenerated"}, .action = {"AlertType"}, .resource = {"CompromisedEntity"}, .id = {"SystemAlertId"}, .is_finding = true},
    {.provider = "azure", .has = {"AlertType", "CompromisedEntity", "Severity"}, .time = {"StartTimeUtc", "TimeGenerated"}, .action = {"AlertType"}, .resource = {"CompromisedEntity"}, .id = {"SystemAlertId"}, .is_finding = true},
    {.provider = "alibaba", .has = {"__topic__", "uuid", "level"}, .time = {"__time__", "start_time"}, .action = {"name", "event_type"}, .resource = {"uuid", "instance_name"}, .ip = {"src_ip"}, .id = {"unique_info"}, .is_finding = true},
    /* https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html · https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html ·
     * https://docs.aws.amazon.com/macie/latest/user/findings-publish-event-schemas.html · https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html */
    {.provider = "aws", .has = {"ProductArn", "AwsAccountId", "Title"}, .but = {"ProductArn", "/guardduty"}, .time = {"UpdatedAt", "LastObservedAt", "CreatedAt"}, .action = {"Types/0", "GeneratorId"}, .resource = {"Resources/0/Id"}, .id = {"Id"}, .account = {"AwsAccountId"}, .region = {"Region", "Resources/0/Region"},
     .of = {"ProductName", "ProductFields/aws~1securityhub~1ProductName"}, .is_finding = true},
    {.provider = "aws", .has = {"findingArn", "awsAccountId", "severity"}, .time = {"updatedAt", "lastObservedAt", "firstObservedAt"}, .action = {"type"}, .resource = {"resources/0/id"}, .id = {"findingArn"}, .account = {"awsAccountId"}, .region = {"resources/0/region"}, .is_finding = true},
    {.provider = "aws", .has = {"resourcesAffected", "severity", "type"}, .time = {"updatedAt", "createdAt"}, .action = {"type"}, .resource = {"resourcesAffected/s3Bucket/arn", "resourcesAffected/s3Object/path"}, .id = {"id"}, .account = {"accountId"}, .region = {"region"}, .is_finding = true},
    {.provider = "aws", .has = {"isPublic", "resourceType", "analyzedAt"}, .time = {"updatedAt", "analyzedAt", "createdAt"}, .action = {"resourceType"}, .resource = {"resource"}, .id = {"id"}, .account = {"accountId", "resourceOwnerAccount"}, .region = {"region"}, .is_finding = true},
    /* what AWS Config keeps of the state of a resource: https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html */
    {.provider = "aws", .has = {"configurationItemCaptureTime", "resourceType"}, .time = {"configurationItemCaptureTime"}, .action = {"resourceType"}, .resource = {"ARN", "arn", "resourceId"}, .id = {"configurationStateId"}, .account = {"awsAccountId", "accountId"}, .region = {"awsRegion"},
     .is_state = true},
    /* what happens in engines of containers and in clusters */
    {.provider = "docker", .has = {"Actor", "Type", "timeNano"}, .time = {"timeNano", "time"}, .action = {"Action", "status"}, .resource = {"Actor/Attributes/image", "Actor/Attributes/name", "Actor/ID"}, .id = {"Actor/ID"}},
    {.provider = "podman", .has = {"Attributes", "Status", "Type"}, .time = {"Time"}, .action = {"Status"}, .resource = {"Image", "Name", "ID"}, .id = {"ID"}},
    {.provider = "kubernetes", .has = {"involvedObject", "reason", "message"}, .time = {"lastTimestamp", "eventTime", "firstTimestamp", "metadata/creationTimestamp"}, .action = {"reason"}, .resource = {"involvedObject/name"}, .id = {"metadata/uid"}, .region = {"involvedObject/namespace"}, .is_state = true},
    {.provider = "kubernetes", .has = {"regarding", "reason", "note"}, .time = {"deprecatedLastTimestamp", "eventTime", "metadata/creationTimestamp"}, .action = {"reason"}, .resource = {"regarding/name"}, .id = {"metadata/uid"}, .region = {"regarding/namespace"}, .is_state = true},
    /* https://osquery.readthedocs.io/en/stable/deployment/logging/ · https://docs.gitlab.com/administration/logs/#gitlab-shelllog */
    {.provider = "osquery", .has = {"hostIdentifier", "unixTime", "name"}, .time = {"unixTime"}, .action = {"name"}, .resource = {"hostIdentifier"}, .is_state = true},
    {.provider = "gitlab", .has = {"gl_key_id", "command", "remote_ip"}, .time = {"time"}, .action = {"command"}, .principal = {"username", "user_id"}, .ip = {"remote_ip"}, .resource = {"gl_project_path"}, .id = {"correlation_id"}},
};

/* Has CloudTrail's names, and no call of it: https://www.tencentcloud.com/document/product/1031/51561 */
static const struct service TENCENT = {
    .provider = "tencent", .has = {"eventRegion", "eventName", "userIdentity"}, .time = {"eventTime"}, .action = {"eventName"}, .principal = {"userIdentity/userName", "userIdentity/principalId"}, .ip = {"sourceIPAddress"}, .agent = {"userAgent"},
    .resource = {"resourceName"}, .id = {"eventId", "requestID"}, .account = {"userIdentity/accountId", "accountID"}, .region = {"eventRegion"}, .key = {"userIdentity/secretId"}, .of = {"resourceType", "eventSource"}, .error = {"apiErrorCode", "errorCode"},
    .logins = {"ConsoleLogin"},
};

static struct node first_node(struct node root, const char *const *ways, size_t n)
{
    for (size_t i = 0; i < n && ways[i]; i++) {
        const struct node x = node_way(root, ways[i]);
        if (node_is(x) && node_kind(x) != NODE_NULL && node_kind(x) != NODE_OBJECT && node_kind(x) != NODE_ARRAY && !node_is_str(x, ""))
            return x;
    }
    return (struct node){};
}

static struct str first_text(const struct log_record *r, const char *const *ways)
{
    return node_text(first_node(r->root, ways, N_WAYS), log_arena(r));
}

static bool is_of(struct node root, const struct service *s)
{
    if (!node_is(node_get(root, str_from(s->has[0]))))
        return false;
    for (size_t i = 1; i < N_HAS && s->has[i]; i++)
        if (!node_is(node_way(root, s->has[i])))
            return false;
    return node_is(first_node(root, s->action, N_WAYS)) && !(s->but.way && str_ends(node_str(node_way(root, s->but.way)), str_from(s->but.end)));
}

static const struct service *service_of(struct node root)
{
    for (size_t i = 0; i < ARRAY_SIZE(SERVICES); i++)
        if (is_of(root, &SERVICES[i]))
            return &SERVICES[i];
    return NULL;
}

void services_names(void (*tell)(struct str name, enum log_format f))
{
    for (size_t i = 0; i < ARRAY_SIZE(SERVICES); i++)
        tell(str_from(SERVICES[i].has[0]), LOG_SERVICES);
    tell(str_from(TENCENT.has[0]), LOG_TENCENT);
}

static bool services_is(struct node root)
{
    return service_of(root);
}

static bool is_login(const struct service *s, struct str action, struct str resource)
{
    for (size_t i = 0; i < N_LOGINS && s->logins[i]; i++) {
        const struct str want = str_from(s->logins[i]);
        if (want.p[want.n - 1] == '*' ? str_starts(action, str_sub(want, 0, want.n - 1)) : str_eq(action, want))
            return true;
    }
    return s->has_login_path && str_starts(resource, STR("auth/")) && str_has(resource, STR("/login"));
}

static void begin(struct log_record *r, const struct service *s)
{
    const struct str action = first_text(r, s->action), resource = first_text(r, s->resource), given = first_text(r, s->error), error = str_is(given, "0") ? STR_NULL : given, of = first_text(r, s->of), principal = first_text(r, s->principal);
    const bool is_auth0 = str_is(str_from(s->provider), "auth0");
    const struct str verdict = s->failed.way ? node_text(node_way(r->root, s->failed.way), log_arena(r)) : STR_NULL;
    const struct log_said said = {
        .provider = str_from(s->provider), .service = of.n ? of : str_from(s->provider), .account = first_text(r, s->account), .region = first_text(r, s->region), .key = first_text(r, s->key), .action = action, .principal = principal, .name = principal, .ip = log_without_port(first_text(r, s->ip)), .agent = first_text(r, s->agent), .resource = resource,
        .id = first_text(r, s->id), .error = error, .is_failure = error.n || (s->failed.way && str_is(verdict, s->failed.is)) || (is_auth0 && str_starts(action, STR("f"))) || str_ends(action, STR("_failed")), .is_login = is_login(s, action, resource),
        .is_open = s->is_finding || s->is_state || (s->is_in_two && node_is_str(node_get(r->root, STR("type")), "request")),
    };
    r->values.time_ns = log_node_time(first_node(r->root, s->time, N_WAYS));
    if (s->is_finding)
        log_set_str(&r->values, F_CLOUD_CATEGORY, STR("finding"));
    if (s->is_state)
        log_set_str(&r->values, F_CLOUD_CATEGORY, STR("state"));
    log_said_set(r, &said);
}

static void services_begin(struct log_record *r)
{
    const struct service *s = service_of(r->root);
    if (s)
        begin(r, s);
}

static bool tencent_is(struct node root)
{
    return is_of(root, &TENCENT);
}

static void tencent_begin(struct log_record *r)
{
    begin(r, &TENCENT);
}

const struct log_format_ops LOG_TENCENT_OPS = {.type = EVENT_LOG, .is_json = tencent_is, .begin = tencent_begin};
const struct log_format_ops LOG_SERVICES_OPS = {.type = EVENT_LOG, .is_json = services_is, .begin = services_begin};
