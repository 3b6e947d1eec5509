// SPDX-License-Identifier: Apache-2.0
/*
 * The activity log of Azure, in three shapes: of the event hub and storage account (time, operationName, resultType), of the interface
 * (operationName.value, eventTimestamp), of the table AzureActivity (TimeGenerated, OperationNameValue).
 * https://learn.microsoft.com/azure/azure-monitor/essentials/activity-log-schema
 */
#include "base/cleanup.h"
#include "log/said.h"
#include "log/words.h"

#define CLAIMS "http:~1~1schemas.xmlsoap.org~1ws~12005~105~1identity~1claims~1"
#define TENANT "http:~1~1schemas.microsoft.com~1identity~1claims~1tenantid"

/* StorageBlobLogs, AzureDiagnostics and other tables of a workspace that name operations so. */
static bool is_table(struct node root)
{
    return node_is(node_get(root, STR("OperationName"))) && node_is(node_get(root, STR("Category"))) && (node_is(node_get(root, STR("CallerIpAddress"))) || node_is(node_get(root, STR("CallerIPAddress")))) &&
           (node_is(node_get(root, STR("ResourceId"))) || node_is(node_get(root, STR("_ResourceId"))));
}

static bool is_azure(struct node root)
{
    static const char *const ABOUT[] = {"resourceId", "ResourceId", "_ResourceId", "correlationId", "CorrelationId", "ActivityStatusValue"};
    bool is = false;
    if (is_table(root))
        return true;
    if (!node_is(node_get(root, STR("operationName"))) && !node_is(node_get(root, STR("OperationNameValue"))))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(ABOUT) && !is; i++)
        is = node_is(node_get(root, str_from(ABOUT[i])));
    return is;
}

static void begin(struct log_record *r)
{
    r->values.time_ns = log_time(log_first(r, "eventTimestamp", "time", "TimeGenerated", "TimeGenerated [UTC]", NULL));
}

static struct str operation(const struct log_record *r)
{
    return log_first(r, "operationName/value", "operationName", "OperationNameValue", "OperationName", NULL);
}

static struct str status(const struct log_record *r)
{
    return log_first(r, "status/value", "resultType", "ActivityStatusValue", "ActivityStatus", "status", "ResultType", "statusText", "StatusText", NULL);
}

static struct str substatus(const struct log_record *r)
{
    return log_first(r, "subStatus/value", "resultSignature", "ActivitySubstatusValue", NULL);
}

static struct str caller(const struct log_record *r)
{
    return log_first(r, "caller", "Caller", "identity/claims/" CLAIMS "upn", "claims/" CLAIMS "upn", "identity/claims/" CLAIMS "name",
                     "identity/claims/appid", "claims/appid", "properties/caller",
                     /* of a vault of keys; of storage */
                     "identity/claim/" CLAIMS "upn", "identity/claim/upn", "identity/claim/unique_name", "identity/requester/upn", "identity/claim/appid", "identity/requester/appId", "identity/requester/objectId", "RequesterUpn", "RequesterObjectId",
                     "identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s", "identity_claim_upn_s", "identity_claim_appid_g", /* of databases */ "properties/user", "properties/server_principal_name", NULL);
}

static struct str resource(const struct log_record *r)
{
    return log_first(r, "resourceId", "ResourceId", "_ResourceId", "properties/resource", NULL);
}

/* The part of a resource's path behind a name: /subscriptions/X/resourceGroups/Y/… */
static struct str part_of(struct str path, struct str name)
{
    struct str part;
    while (str_split(&path, '/', &part))
        if (str_eq_nocase(part, name))
            return str_split(&path, '/', &part) ? part : STR_NULL;
    return STR_NULL;
}

static struct str subscription(const struct log_record *r)
{
    const struct str s = log_first(r, "subscriptionId", "SubscriptionId", NULL);
    return s.n ? s : part_of(resource(r), STR("subscriptions"));
}

static struct str group(const struct log_record *r)
{
    const struct str s = log_first(r, "resourceGroupName", "ResourceGroup", "ResourceGroupName", NULL);
    return s.n ? s : part_of(resource(r), STR("resourceGroups"));
}

static struct str outcome(const struct log_record *r)
{
    static const char *const BAD[] = {"fail", "error"};
    const struct str s = status(r), sub = substatus(r);
    /* AuthorizationFailure and its like: of storage */
    if (words_is_denied(sub) || words_is_denied(s) || str_starts(s, STR("Authorization")))
        return STR("denied");
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++)
        if (str_find_nocase(s, str_from(BAD[i]), 0) >= 0)
            return STR("failure");
    return s.n ? STR("success") : STR_NULL;
}

static struct str principal_type(const struct log_record *r)
{
    const struct str s = caller(r);
    if (str_is(log_first(r, "identity/claims/idtyp", "claims/idtyp", NULL), "app"))
        return STR("service");
    return !s.n ? STR_NULL : str_has(s, STR("@")) ? STR("user") : STR("service");
}

static int get_azure(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    switch (ref->id) {
    case F_AZURE_OPERATION:
    case F_CLOUD_ACTION:
        return log_give_str(operation(r), ret);
    case F_AZURE_CATEGORY:
        return log_give_str(log_first(r, "category/value", "category", "CategoryValue", NULL), ret);
    case F_AZURE_STATUS:
        return log_give_str(status(r), ret);
    case F_AZURE_SUBSTATUS:
        return log_give_str(substatus(r), ret);
    case F_AZURE_CALLER:
    case F_CLOUD_PRINCIPAL:
    case F_CLOUD_PRINCIPAL_NAME:
        return log_give_str(caller(r), ret);
    case F_AZURE_RESOURCE_ID:
    case F_CLOUD_RESOURCE:
        return log_give_str(resource(r), ret);
    case F_AZURE_RESOURCE_GROUP:
        return log_give_str(group(r), ret);
    case F_AZURE_SUBSCRIPTION:
    case F_CLOUD_ACCOUNT:
        return log_give_str(subscription(r), ret);
    case F_AZURE_TENANT:
        return log_give_str(log_first(r, "tenantId", "TenantId", "identity/claims/" TENANT, "claims/" TENANT, NULL), ret);
    case F_AZURE_LEVEL:
        return log_give_str(log_first(r, "level", "Level", NULL), ret);
    case F_AZURE_CORRELATION_ID:
        return log_give_str(log_first(r, "correlationId", "CorrelationId", NULL), ret);
    default:
        return 0;
    }
}

static int get_cloud(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct str s = operation(r), rest = s;
    struct log_list l = log_list(r);
    switch (ref->id) {
    case F_CLOUD_PROVIDER:
        return log_give_str(STR("azure"), ret);
    case F_CLOUD_REGION:
        return log_give_str(log_first(r, "location", "resourceLocation", NULL), ret);
    case F_CLOUD_SERVICE:
        return str_split(&rest, '/', &s) && log_give_str(words_lower(r, s), ret);
    case F_CLOUD_OUTCOME:
        return log_give_str(outcome(r), ret);
    case F_CLOUD_ERROR:
        return str_is(outcome(r), "success") ? 0 : log_give_str(substatus(r), ret);
    case F_CLOUD_ERROR_MESSAGE:
        return log_give_str(log_first(r, "properties/statusMessage", "resultDescription", NULL), ret);
    case F_CLOUD_PRINCIPAL_TYPE:
        return log_give_str(principal_type(r), ret);
    case F_CLOUD_KEY:
        return log_give_str(log_first(r, "identity/claims/appid", "claims/appid", NULL), ret);
    case F_CLOUD_CALLER:
        return log_give_str(log_first(r, "callerIpAddress", "httpRequest/clientIpAddress", "CallerIpAddress", "CallerIPAddress", "properties/client_ip", "properties/ip", NULL), ret);
    case F_CLOUD_IP:
        return log_give_ip(r, log_without_port(log_first(r, "callerIpAddress", "httpRequest/clientIpAddress", "CallerIpAddress", "CallerIPAddress", "properties/client_ip", "properties/ip", NULL)), ret);
    case F_CLOUD_ID:
        return log_give_str(log_first(r, "eventDataId", "EventDataId", "properties/eventDataId", NULL), ret);
    case F_CLOUD_CATEGORY:
        return log_give_str(STR("management"), ret);
    case F_CLOUD_IS_READONLY:
        return log_give_bool(str_ends(s, STR("/read")) || str_ends(s, STR("/READ")), ret);
    case F_CLOUD_INSTANCES:
        log_list_add(&l, part_of(resource(r), STR("virtualMachines")));
        return log_list_give(&l, ref, ret);
    default:
        log_list_add(&l, resource(r));
        return log_list_give(&l, ref, ret);
    }
}

static const struct log_answer ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(AZURE_OPERATION)] = {.get = get_azure},
    [LOG_FIELD(AZURE_CATEGORY)] = {.get = get_azure},
    [LOG_FIELD(AZURE_STATUS)] = {.get = get_azure},
    [LOG_FIELD(AZURE_SUBSTATUS)] = {.get = get_azure},
    [LOG_FIELD(AZURE_CALLER)] = {.get = get_azure},
    [LOG_FIELD(AZURE_RESOURCE_ID)] = {.get = get_azure},
    [LOG_FIELD(AZURE_RESOURCE_GROUP)] = {.get = get_azure},
    [LOG_FIELD(AZURE_SUBSCRIPTION)] = {.get = get_azure},
    [LOG_FIELD(AZURE_TENANT)] = {.get = get_azure},
    [LOG_FIELD(AZURE_LEVEL)] = {.get = get_azure},
    [LOG_FIELD(AZURE_CORRELATION_ID)] = {.get = get_azure},
    [LOG_FIELD(CLOUD_PROVIDER)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_REGION)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACCOUNT)] = {.get = get_azure},
    [LOG_FIELD(CLOUD_SERVICE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACTION)] = {.get = get_azure},
    [LOG_FIELD(CLOUD_OUTCOME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR_MESSAGE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL)] = {.get = get_azure},
    [LOG_FIELD(CLOUD_PRINCIPAL_NAME)] = {.get = get_azure},
    [LOG_FIELD(CLOUD_PRINCIPAL_TYPE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_KEY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_CALLER)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IP)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ID)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_CATEGORY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_RESOURCE)] = {.get = get_azure},
    [LOG_FIELD(CLOUD_RESOURCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_INSTANCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IS_READONLY)] = {.get = get_cloud},
};

const struct log_format_ops LOG_AZURE_ACTIVITY_OPS = {.type = EVENT_AZURE_ACTIVITY, .is_json = is_azure, .begin = begin, .answers = ANSWERS};
