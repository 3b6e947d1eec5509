// SPDX-License-Identifier: Apache-2.0
#include "log/anew.h"

#include <time.h>

#include "base/cleanup.h"
#include "base/json_string.h"

/* A column that has no value in this row, in whatever way. */
static bool says_nothing(struct node n)
{
    return node_kind(n) == NODE_ABSENT || node_kind(n) == NODE_NULL || (node_kind(n) == NODE_STRING && !node_str(n).n);
}

/* Begins a member: a comma where it is not the first. */
static void add_name(struct strbuf *b, struct str name)
{
    if (b->n && b->p[b->n - 1] != '{' && b->p[b->n - 1] != '[')
        strbuf_addc(b, ',');
    json_string_add_bytes(b, name);
    strbuf_addc(b, ':');
}

static void add_text(struct strbuf *b, const char *name, struct str text)
{
    if (!text.n)
        return;
    add_name(b, str_from(name));
    json_string_add_bytes(b, text);
}

/* A value as it is; a string that holds JSON stands for what it holds. */
static void add_value(struct strbuf *b, struct node n, bool opens)
{
    _cleanup_(arena_done) struct arena a = {};
    const struct str s = str_trim(node_str(n));
    if (node_kind(n) != NODE_STRING)
        strbuf_add(b, node_text(n, &a));
    else if (opens && s.n > 1 && (s.p[0] == '{' || s.p[0] == '['))
        strbuf_add(b, s);
    else
        json_string_add_bytes(b, node_str(n));
}

static void add_node(struct strbuf *b, const char *name, struct node n)
{
    if (node_kind(n) == NODE_ABSENT || node_kind(n) == NODE_NULL)
        return;
    add_name(b, str_from(name));
    add_value(b, n, false);
}

/* The same of a value that may be JSON in a string. */
static void add_opened(struct strbuf *b, const char *name, struct node n)
{
    if (says_nothing(n))
        return;
    add_name(b, str_from(name));
    add_value(b, n, true);
}

/* ---- BigQuery: https://cloud.google.com/logging/docs/export/bigquery ---- */

static void add_payload(struct strbuf *b, struct node payload)
{
    static const char *const names[][2] = {{"requestJson", "request"}, {"responseJson", "response"}, {"metadataJson", "metadata"}, {"serviceDataJson", "serviceData"},
                                           {"servicedata_v1_iam", "serviceData"}, {"servicedata_v1_iam_admin", "serviceData"}};
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(payload); node_next(&e);) {
        struct str name = e.name;
        bool opens = false;
        if (node_kind(e.value) == NODE_NULL)
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
            if (str_is(e.name, names[i][0])) {
                name = str_from(names[i][1]);
                opens = true;
            }
        add_name(b, name);
        add_value(b, e.value, opens);
    }
    strbuf_addc(b, '}');
}

static bool write_bigquery(struct node root, struct strbuf *b)
{
    const struct node payload = node_get(root, STR("protopayload_auditlog"));
    if (node_kind(payload) != NODE_OBJECT)
        return false;
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(root); node_next(&e);) {
        const bool is_payload = str_is(e.name, "protopayload_auditlog");
        if (node_kind(e.value) == NODE_NULL)
            continue;
        add_name(b, is_payload ? STR("protoPayload") : e.name);
        if (is_payload)
            add_payload(b, payload);
        else
            add_value(b, e.value, false);
    }
    strbuf_addc(b, '}');
    return true;
}

/* ---- Log Analytics: https://learn.microsoft.com/azure/azure-monitor/reference/tables/signinlogs ---- */

/* The interface's names are those of the table with a small first letter, but for these. */
static struct str name_of(struct str column, char buffer[64])
{
    static const char *const names[][2] = {{"IPAddress", "ipAddress"}, {"LocationDetails", "location"}, {"ConditionalAccessPolicies", "appliedConditionalAccessPolicies"}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_is(column, names[i][0]))
            return str_from(names[i][1]);
    if (!column.n || column.n >= 64)
        return column;
    memcpy(buffer, column.p, column.n);
    buffer[0] = buffer[0] >= 'A' && buffer[0] <= 'Z' ? (char)(buffer[0] | 0x20) : buffer[0];
    return str_n(buffer, column.n);
}

static bool write_workspace(struct node root, struct strbuf *b)
{
    char buffer[64];
    const bool is_user = node_get_str(root, STR("UserPrincipalName")).n || node_get_str(root, STR("ServicePrincipalName")).n;
    if (!node_is(node_get(root, STR("TimeGenerated"))) || !node_is(node_get(root, STR("ResultType"))) || !is_user)
        return false;
    const struct str category = node_get_str(root, STR("Category"));
    strbuf_addc(b, '{');
    add_text(b, "category", str_ends(category, STR("SignInLogs")) ? category : STR("SignInLogs"));
    add_node(b, "time", node_get(root, STR("TimeGenerated")));
    add_node(b, "operationName", node_get(root, STR("OperationName")));
    add_node(b, "resultType", node_get(root, STR("ResultType")));
    add_node(b, "resultDescription", node_get(root, STR("ResultDescription")));
    add_node(b, "identity", node_get(root, STR("Identity")));
    add_name(b, STR("properties"));
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(root); node_next(&e);) {
        if (node_kind(e.value) == NODE_NULL || str_is(e.name, "Location"))
            continue;
        add_name(b, name_of(e.name, buffer));
        add_value(b, e.value, true);
    }
    const struct node details = node_get(root, STR("LocationDetails"));
    if (!node_is(details) && node_get_str(root, STR("Location")).n) {
        add_name(b, STR("location"));
        strbuf_addc(b, '{');
        add_node(b, "countryOrRegion", node_get(root, STR("Location")));
        strbuf_addc(b, '}');
    }
    strbuf_adds(b, "}}");
    return true;
}

/* https://learn.microsoft.com/azure/azure-monitor/reference/tables/auditlogs: changes of the directory, with the interface's names but for a large first letter. */
static bool write_directory(struct node root, struct strbuf *b)
{
    static const char *const others[] = {"OperationName", "Category", "Result", "ResultReason", "LoggedByService", "InitiatedBy", "TargetResources", "AdditionalDetails", "CorrelationId", "Id"};
    char buffer[64];
    if (!node_get_str(root, STR("LoggedByService")).n || !node_is(node_get(root, STR("InitiatedBy"))) || !node_get_str(root, STR("OperationName")).n)
        return false;
    const struct node time = node_get(root, STR("ActivityDateTime")), display = node_get(root, STR("ActivityDisplayName"));
    strbuf_addc(b, '{');
    add_node(b, "activityDateTime", node_get_str(root, STR("ActivityDateTime")).n ? time : node_get(root, STR("TimeGenerated")));
    add_node(b, "activityDisplayName", node_get_str(root, STR("ActivityDisplayName")).n ? display : node_get(root, STR("OperationName")));
    add_node(b, "operationType", node_get(root, STR("AADOperationType")));
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        const struct node n = node_get(root, str_from(others[i]));
        if (says_nothing(n))
            continue;
        add_name(b, name_of(str_from(others[i]), buffer));
        add_value(b, n, true);
    }
    strbuf_addc(b, '}');
    return true;
}

/* https://learn.microsoft.com/azure/event-grid/event-schema-subscriptions: an act in Azure, whose time and resource stand around it. */
static bool write_event_grid(struct node root, struct strbuf *b)
{
    const struct node data = node_get(root, STR("data")), own = node_get(root, STR("eventTime"));
    const struct str type = node_get_str(root, STR("eventType")).n ? node_get_str(root, STR("eventType")) : node_get_str(root, STR("type"));
    if (!str_starts(type, STR("Microsoft.Resources.")) || !node_get_str(data, STR("operationName")).n)
        return false;
    strbuf_addc(b, '{');
    add_node(b, "eventTimestamp", node_is(own) ? own : node_get(root, STR("time")));
    add_node(b, "resourceId", node_get(data, STR("resourceUri")));
    for (struct node_each e = node_each(data); node_next(&e);) {
        if (node_kind(e.value) == NODE_NULL || str_is(e.name, "eventTimestamp") || str_is(e.name, "resourceId"))
            continue;
        add_name(b, e.name);
        add_value(b, e.value, false);
    }
    strbuf_addc(b, '}');
    return true;
}

/* ---- tables of a workspace that Microsoft Sentinel fills: AWSCloudTrail, OfficeActivity ---- */

static void add_texts(struct strbuf *b, struct node root, const char *const names[][2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_text(b, names[i][0], node_get_str(root, str_from(names[i][1])));
}

/* https://learn.microsoft.com/azure/azure-monitor/reference/tables/awscloudtrail */
static bool write_sentinel_trail(struct node root, struct strbuf *b)
{
    static const char *const outer[][2] = {{"eventVersion", "EventVersion"}, {"eventTime", "TimeGenerated"}, {"eventName", "EventName"}, {"eventSource", "EventSource"}, {"awsRegion", "AWSRegion"},
                                           {"sourceIPAddress", "SourceIpAddress"}, {"userAgent", "UserAgent"}, {"errorCode", "ErrorCode"}, {"errorMessage", "ErrorMessage"}, {"eventID", "AwsEventId"},
                                           {"eventType", "EventTypeName"}, {"recipientAccountId", "RecipientAccountId"}, {"vpcEndpointId", "VpcEndpointId"}, {"eventCategory", "Category"}};
    static const char *const who[][2] = {{"type", "UserIdentityType"}, {"principalId", "UserIdentityPrincipalid"}, {"arn", "UserIdentityArn"}, {"accountId", "UserIdentityAccountId"},
                                         {"accessKeyId", "UserIdentityAccessKeyId"}, {"userName", "UserIdentityUserName"}, {"invokedBy", "UserIdentityInvokedBy"}};
    static const char *const issuer[][2] = {{"type", "SessionIssuerType"}, {"principalId", "SessionIssuerPrincipalId"}, {"arn", "SessionIssuerArn"}, {"accountId", "SessionIssuerAccountId"}, {"userName", "SessionIssuerUserName"}};
    static const char *const opened[][2] = {{"requestParameters", "RequestParameters"}, {"responseElements", "ResponseElements"}, {"additionalEventData", "AdditionalEventData"}, {"resources", "Resources"}};
    if (!node_get_str(root, STR("EventName")).n || !node_get_str(root, STR("EventSource")).n || !node_is(node_get(root, STR("TimeGenerated"))) || !node_is(node_get(root, STR("SourceIpAddress"))))
        return false;
    strbuf_addc(b, '{');
    add_texts(b, root, outer, ARRAY_SIZE(outer));
    add_node(b, "readOnly", node_get(root, STR("ReadOnly")));
    add_node(b, "managementEvent", node_get(root, STR("ManagementEvent")));
    for (size_t i = 0; i < ARRAY_SIZE(opened); i++)
        add_opened(b, opened[i][0], node_get(root, str_from(opened[i][1])));
    add_name(b, STR("userIdentity"));
    strbuf_addc(b, '{');
    add_texts(b, root, who, ARRAY_SIZE(who));
    if (node_get_str(root, STR("SessionIssuerArn")).n || node_is(node_get(root, STR("SessionMfaAuthenticated")))) {
        add_name(b, STR("sessionContext"));
        strbuf_adds(b, "{\"attributes\":{");
        add_node(b, "mfaAuthenticated", node_get(root, STR("SessionMfaAuthenticated")));
        strbuf_adds(b, "},\"sessionIssuer\":{");
        add_texts(b, root, issuer, ARRAY_SIZE(issuer));
        strbuf_adds(b, "}}");
    }
    strbuf_adds(b, "}}");
    return true;
}

/* https://learn.microsoft.com/azure/azure-monitor/reference/tables/aksaudit: what a cluster audits, in columns. */
static bool write_aks(struct node root, struct strbuf *b)
{
    static const char *const names[][2] = {{"level", "Level"}, {"auditID", "AuditId"}, {"stage", "Stage"}, {"requestURI", "RequestUri"}, {"verb", "Verb"}, {"user", "User"}, {"impersonatedUser", "ImpersonatedUser"}, {"sourceIPs", "SourceIps"},
                                           {"userAgent", "UserAgent"}, {"objectRef", "ObjectRef"}, {"responseStatus", "ResponseStatus"}, {"requestObject", "RequestObject"}, {"responseObject", "ResponseObject"},
                                           {"requestReceivedTimestamp", "RequestReceivedTime"}, {"annotations", "Annotations"}};
    if (!node_get_str(root, STR("AuditId")).n || !node_get_str(root, STR("Verb")).n || !node_get_str(root, STR("Stage")).n)
        return false;
    strbuf_adds(b, "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        add_opened(b, names[i][0], node_get(root, str_from(names[i][1])));
    const struct node end = node_get(root, STR("StageReceivedTime"));
    add_node(b, "stageTimestamp", node_is(end) ? end : node_get(root, STR("TimeGenerated")));
    strbuf_addc(b, '}');
    return true;
}

/* https://learn.microsoft.com/azure/azure-monitor/reference/tables/officeactivity: the names of the audit log but for these. */
static bool write_office(struct node root, struct strbuf *b)
{
    static const char *const names[][2] = {{"TimeGenerated", "CreationTime"}, {"OfficeWorkload", "Workload"}, {"OfficeObjectId", "ObjectId"}, {"OfficeId", "Id"}, {"Client_IPAddress", "ClientIP"}};
    if (!node_get_str(root, STR("OfficeWorkload")).n || !node_get_str(root, STR("Operation")).n || !node_is(node_get(root, STR("TimeGenerated"))))
        return false;
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(root); node_next(&e);) {
        struct str name = e.name;
        if (node_kind(e.value) == NODE_NULL || (node_kind(e.value) == NODE_STRING && !node_str(e.value).n))
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
            name = str_is(name, names[i][0]) ? str_from(names[i][1]) : name;
        add_name(b, name);
        add_value(b, e.value, true);
    }
    strbuf_addc(b, '}');
    return true;
}

/* ---- OCSF, as Security Lake and Security Hub have records of AWS: https://schema.ocsf.io ---- */

static bool is_product(struct node root, const char *product)
{
    return str_eq_nocase(node_str(NODE(root, "metadata", "product", "name")), str_from(product));
}

/* The first of two that is there. */
static struct node either(struct node a, struct node b)
{
    return node_is(a) && node_kind(a) != NODE_NULL ? a : b;
}

/* Milliseconds since the epoch, where no text says the time. */
static void add_time(struct strbuf *b, const char *name, struct node root)
{
    const struct str text = node_get_str(root, STR("time_dt"));
    uint64_t ms;
    struct tm tm;
    char buffer[40];
    if (text.n)
        add_text(b, name, text);
    else if (node_u64(node_get(root, STR("time")), &ms) && ms < UINT64_C(1) << 43 && gmtime_r(&(time_t){(time_t)(ms / 1000)}, &tm) &&
             strftime(buffer, sizeof(buffer), "%Y-%m-%dT%H:%M:%SZ", &tm))
        add_text(b, name, str_from(buffer));
}

static void add_identity(struct strbuf *b, struct node root)
{
    const struct node user = NODE(root, "actor", "user"), session = NODE(root, "actor", "session");
    bool was_mfa;
    add_name(b, STR("userIdentity"));
    strbuf_addc(b, '{');
    add_node(b, "type", node_get(user, STR("type")));
    add_node(b, "principalId", either(node_get(user, STR("uid_alt")), node_get(user, STR("uuid"))));
    add_node(b, "arn", node_get(user, STR("uid")));
    add_node(b, "accountId", either(NODE(user, "account", "uid"), node_get(user, STR("account_uid"))));
    add_node(b, "accessKeyId", node_get(user, STR("credential_uid")));
    add_node(b, "userName", node_get(user, STR("name")));
    add_node(b, "invokedBy", NODE(root, "actor", "invoked_by"));
    add_name(b, STR("sessionContext"));
    strbuf_adds(b, "{\"attributes\":{");
    const struct node mfa = either(node_get(session, STR("is_mfa")), node_get(session, STR("mfa")));
    if (node_bool(mfa, &was_mfa))
        add_text(b, "mfaAuthenticated", str_from(was_mfa ? "true" : "false"));
    strbuf_addc(b, '}');
    if (node_get_str(session, STR("issuer")).n) {
        add_name(b, STR("sessionIssuer"));
        strbuf_addc(b, '{');
        add_node(b, "arn", node_get(session, STR("issuer")));
        strbuf_addc(b, '}');
    }
    strbuf_adds(b, "}}");
}

static bool write_ocsf_trail(struct node root, struct strbuf *b)
{
    const struct node api = node_get(root, STR("api")), source = node_get(root, STR("src_endpoint"));
    if (!is_product(root, "CloudTrail") || !node_get_str(api, STR("operation")).n)
        return false;
    strbuf_adds(b, "{\"eventVersion\":\"1.08\"");
    add_identity(b, root);
    add_time(b, "eventTime", root);
    add_node(b, "eventSource", NODE(api, "service", "name"));
    add_node(b, "eventName", node_get(api, STR("operation")));
    add_node(b, "awsRegion", NODE(root, "cloud", "region"));
    add_node(b, "sourceIPAddress", either(node_get(source, STR("ip")), node_get(source, STR("domain"))));
    add_node(b, "userAgent", NODE(root, "http_request", "user_agent"));
    add_node(b, "errorCode", NODE(api, "response", "error"));
    add_node(b, "errorMessage", either(NODE(api, "response", "error_message"), NODE(api, "response", "message")));
    add_opened(b, "requestParameters", either(NODE(api, "request", "data"), NODE(root, "unmapped", "requestParameters")));
    add_opened(b, "responseElements", either(NODE(api, "response", "data"), NODE(root, "unmapped", "responseElements")));
    add_opened(b, "additionalEventData", NODE(root, "unmapped", "additionalEventData"));
    add_node(b, "requestID", NODE(api, "request", "uid"));
    add_node(b, "eventID", NODE(root, "metadata", "uid"));
    add_node(b, "eventType", NODE(root, "metadata", "event_code"));
    add_node(b, "recipientAccountId", either(either(NODE(root, "cloud", "account", "uid"), NODE(root, "cloud", "account_uid")), NODE(root, "unmapped", "recipientAccountId")));
    strbuf_addc(b, '}');
    return true;
}

/* ---- findings of GuardDuty as others pass them on ---- */

/* "TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B!DNS" is CryptoCurrency:EC2/BitcoinTool.B!DNS. */
static void add_type(struct strbuf *b, struct str type)
{
    const ptrdiff_t colon = str_find(type, STR(":"), 0);
    const char *slash = colon > 0 ? memrchr(type.p, '/', (size_t)colon) : NULL;
    char buffer[256];
    type = slash ? str_sub(type, (size_t)(slash - type.p) + 1, type.n) : type;
    if (!type.n || type.n > sizeof(buffer))
        return;
    memcpy(buffer, type.p, type.n);
    char *dash = memchr(buffer, ':', type.n) ? memchr(buffer, '-', type.n) : NULL;
    if (dash && !memchr(buffer, '/', type.n))
        *dash = '/';
    add_text(b, "type", str_n(buffer, type.n));
}

/* arn:aws:ec2:eu-west-1:1:instance/i-0123 */
static void add_machine(struct strbuf *b, struct str kind, struct str id)
{
    const char *slash = id.n ? memrchr(id.p, '/', id.n) : NULL;
    const struct str name = slash ? str_sub(id, (size_t)(slash - id.p) + 1, id.n) : id;
    add_name(b, STR("resource"));
    strbuf_addc(b, '{');
    add_text(b, "resourceType", str_starts(kind, STR("Aws")) ? str_sub(kind, 3, kind.n) : kind);
    if (str_starts(name, STR("i-"))) {
        add_name(b, STR("instanceDetails"));
        strbuf_addc(b, '{');
        add_text(b, "instanceId", name);
        strbuf_addc(b, '}');
    }
    strbuf_addc(b, '}');
}

/* https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html */
static bool write_asff(struct node root, struct strbuf *b)
{
    const struct node first = node_at(node_get(root, STR("Resources")), 0), severity = node_get(root, STR("Severity"));
    uint64_t normal;
    if (!str_ends(node_get_str(root, STR("ProductArn")), STR("/guardduty")) || !node_is(node_get(root, STR("AwsAccountId"))))
        return false;
    strbuf_adds(b, "{\"schemaVersion\":\"2.0\"");
    add_node(b, "accountId", node_get(root, STR("AwsAccountId")));
    add_node(b, "region", node_get(root, STR("Region")));
    add_node(b, "id", node_get(root, STR("Id")));
    add_type(b, node_str(node_at(node_get(root, STR("Types")), 0)));
    add_machine(b, node_get_str(first, STR("Type")), node_get_str(first, STR("Id")));
    strbuf_adds(b, ",\"service\":{\"serviceName\":\"guardduty\"}");
    if (node_is(node_get(severity, STR("Product"))))
        add_node(b, "severity", node_get(severity, STR("Product")));
    else if (node_u64(node_get(severity, STR("Normalized")), &normal))
        strbuf_printf(b, ",\"severity\":%llu", (unsigned long long)normal / 10);
    add_node(b, "createdAt", node_get(root, STR("CreatedAt")));
    add_node(b, "updatedAt", node_get(root, STR("UpdatedAt")));
    add_node(b, "title", node_get(root, STR("Title")));
    add_node(b, "description", node_get(root, STR("Description")));
    strbuf_addc(b, '}');
    return true;
}

static bool write_ocsf_finding(struct node root, struct strbuf *b)
{
    enum { MOST = 6 };
    static const unsigned severities[MOST + 1] = {0, 1, 2, 5, 8, 9, 9}; /* informational, low, medium, high, critical, fatal */
    const struct node about = node_get(root, STR("finding_info")), first = node_at(node_get(root, STR("resources")), 0);
    uint64_t severity = 0;
    if (!is_product(root, "GuardDuty") || node_kind(about) != NODE_OBJECT)
        return false;
    (void)node_u64(node_get(root, STR("severity_id")), &severity);
    strbuf_adds(b, "{\"schemaVersion\":\"2.0\"");
    add_node(b, "accountId", NODE(root, "cloud", "account", "uid"));
    add_node(b, "region", NODE(root, "cloud", "region"));
    add_node(b, "id", node_get(about, STR("uid")));
    add_type(b, node_str(node_at(node_get(about, STR("types")), 0)));
    add_machine(b, node_get_str(first, STR("type")), node_get_str(first, STR("uid")));
    strbuf_printf(b, ",\"service\":{\"serviceName\":\"guardduty\"},\"severity\":%u", severities[severity <= MOST ? severity : 0]);
    add_time(b, "updatedAt", root);
    add_node(b, "title", node_get(about, STR("title")));
    add_node(b, "description", node_get(about, STR("desc")));
    strbuf_addc(b, '}');
    return true;
}

/*
 * https://www.alibabacloud.com/help/en/sls/log-fields-25: ActionTrail by Simple Log Service, which names members within each other by a way with dots: "event.userIdentity.accountId". What is named
 * so goes back where it was, two deep; a third part stays in the name.
 */
static bool write_flat_trail(struct node root, struct strbuf *b)
{
    enum { GROUPS = 16 };
    static const struct str front = {"event.", 6};
    struct str groups[GROUPS];
    size_t n = 0;
    if (!node_get_str(root, STR("event.eventName")).n)
        return false;
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(root); node_next(&e);) {
        const struct str name = str_starts(e.name, front) ? str_sub(e.name, front.n, e.name.n) : STR_NULL;
        const ptrdiff_t dot = str_find(name, STR("."), 0);
        if (!name.n || says_nothing(e.value))
            continue;
        if (dot < 0) {
            add_name(b, name);
            add_value(b, e.value, true);
            continue;
        }
        size_t i = 0;
        const struct str group = str_sub(name, 0, (size_t)dot);
        while (i < n && !str_eq(groups[i], group))
            i++;
        if (i == n && n < GROUPS)
            groups[n++] = group;
    }
    for (size_t i = 0; i < n; i++) {
        add_name(b, groups[i]);
        strbuf_addc(b, '{');
        for (struct node_each e = node_each(root); node_next(&e);) {
            const struct str name = str_starts(e.name, front) ? str_sub(e.name, front.n, e.name.n) : STR_NULL;
            if (!str_starts(name, groups[i]) || name.n <= groups[i].n + 1 || name.p[groups[i].n] != '.' || says_nothing(e.value))
                continue;
            add_name(b, str_sub(name, groups[i].n + 1, name.n));
            add_value(b, e.value, true);
        }
        strbuf_addc(b, '}');
    }
    strbuf_addc(b, '}');
    return true;
}

bool anew_write(struct node root, struct strbuf *b)
{
    return write_bigquery(root, b) || write_workspace(root, b) || write_directory(root, b) || write_event_grid(root, b) || write_sentinel_trail(root, b) || write_office(root, b) || write_aks(root, b) || write_flat_trail(root, b) || write_ocsf_trail(root, b) || write_asff(root, b) || write_ocsf_finding(root, b);
}

/* ---- Huawei ---- */

bool anew_write_cts(struct node root, struct strbuf *b)
{
    if (!str_starts(str_trim(node_get_str(root, STR("user"))), STR("{")))
        return false;
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(root); node_next(&e);) {
        add_name(b, e.name);
        add_value(b, e.value, str_is(e.name, "user"));
    }
    strbuf_addc(b, '}');
    return true;
}

/* ---- GKE: https://cloud.google.com/kubernetes-engine/docs/how-to/audit-logging ---- */

struct object_ref {
    struct str group, version, space, resource, name, sub;
};

/* core/v1/namespaces/default/pods/x/exec, rbac.authorization.k8s.io/v1/clusterroles/x, readyz */
static struct object_ref ref_of(struct str path)
{
    struct str part[8] = {};
    size_t n = 0;
    while (n < ARRAY_SIZE(part) && str_split(&path, '/', &part[n]))
        n++;
    struct object_ref r = {.group = n > 2 ? part[0] : STR_NULL, .version = n > 2 ? part[1] : STR_NULL};
    const size_t at = n > 4 && str_is(part[2], "namespaces") ? 4 : 2;
    if (at == 4)
        r.space = part[3];
    if (n > at) {
        r.resource = part[at];
        r.name = at + 1 < n ? part[at + 1] : STR_NULL;
        r.sub = at + 2 < n ? part[at + 2] : STR_NULL;
    }
    if (str_is(r.group, "core"))
        r.group = STR_NULL;
    return r;
}

/* Codes of gRPC as those of HTTP. */
static unsigned status_of(uint64_t code, struct str verb)
{
    enum { INVALID = 3, NOT_FOUND = 5, EXISTS = 6, DENIED = 7, UNKNOWN_USER = 16 };
    return code == 0 ? (str_is(verb, "create") ? 201 : 200) : code == INVALID ? 400 : code == NOT_FOUND ? 404 : code == EXISTS ? 409 : code == DENIED ? 403 : code == UNKNOWN_USER ? 401 : 500;
}

static void add_ref(struct strbuf *b, const struct object_ref *r, struct node payload)
{
    struct str name = r->name;
    if (!name.n)
        name = node_str(NODE(payload, "request", "metadata", "name"));
    if (!name.n)
        name = node_str(NODE(payload, "response", "metadata", "name"));
    add_name(b, STR("objectRef"));
    strbuf_addc(b, '{');
    add_text(b, "resource", r->resource);
    add_text(b, "namespace", r->space);
    add_text(b, "name", name);
    add_text(b, "apiGroup", r->group);
    add_text(b, "apiVersion", r->version);
    add_text(b, "subresource", r->sub);
    strbuf_addc(b, '}');
}

bool anew_write_gke(struct node root, struct strbuf *b)
{
    const struct node payload = node_get(root, STR("protoPayload")), time = node_get(root, STR("timestamp"));
    if (!str_is(node_get_str(payload, STR("serviceName")), "k8s.io"))
        return false;
    const struct str path = node_get_str(payload, STR("resourceName")), method = node_get_str(payload, STR("methodName"));
    const char *dot = method.n ? memrchr(method.p, '.', method.n) : NULL;
    const struct str verb = dot ? str_sub(method, (size_t)(dot - method.p) + 1, method.n) : method;
    const struct object_ref ref = ref_of(path);
    uint64_t code = 0;
    (void)node_u64(NODE(payload, "status", "code"), &code);
    strbuf_adds(b, "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"RequestResponse\",\"stage\":\"ResponseComplete\"");
    add_node(b, "auditID", node_get(root, STR("insertId")));
    add_text(b, "verb", verb);
    add_name(b, STR("requestURI"));
    struct strbuf uri = {};
    strbuf_adds(&uri, !ref.resource.n ? "/" : ref.group.n ? "/apis/" : "/api/");
    strbuf_add(&uri, str_starts(path, STR("core/")) ? str_sub(path, 5, path.n) : path);
    json_string_add_bytes(b, strbuf_str(&uri));
    strbuf_done(&uri);
    strbuf_adds(b, ",\"user\":{");
    add_node(b, "username", NODE(payload, "authenticationInfo", "principalEmail"));
    strbuf_adds(b, "},\"sourceIPs\":[");
    const struct str ip = node_str(NODE(payload, "requestMetadata", "callerIp"));
    if (ip.n)
        json_string_add_bytes(b, ip);
    strbuf_addc(b, ']');
    add_node(b, "userAgent", NODE(payload, "requestMetadata", "callerSuppliedUserAgent"));
    add_ref(b, &ref, payload);
    strbuf_printf(b, ",\"responseStatus\":{\"code\":%u}", status_of(code, verb));
    add_node(b, "requestObject", node_get(payload, STR("request")));
    add_node(b, "responseObject", node_get(payload, STR("response")));
    add_node(b, "requestReceivedTimestamp", time);
    add_node(b, "stageTimestamp", time);
    add_node(b, "annotations", node_get(root, STR("labels")));
    add_node(b, "cluster_name", NODE(root, "resource", "labels", "cluster_name"));
    strbuf_addc(b, '}');
    return true;
}
