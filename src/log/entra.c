// SPDX-License-Identifier: Apache-2.0
/*
 * Sign-ins and changes of Microsoft Entra, as diagnostic settings deliver them (category, properties) and as the interface gives them.
 * https://learn.microsoft.com/graph/api/resources/signin
 */
#include "base/cleanup.h"
#include "log/record.h"
#include "log/words.h"

static bool has(struct node n, const char *name)
{
    return node_is(node_get(n, str_from(name)));
}

static bool is_entra(struct node root)
{
    const struct str category = node_get_str(root, STR("category"));
    if (str_ends(category, STR("SignInLogs")) || (str_is(category, "AuditLogs") && has(root, "properties")))
        return true;
    if (has(root, "userPrincipalName") && (has(root, "appDisplayName") || has(root, "clientAppUsed")) && has(root, "status"))
        return true;
    /* what Entra's own watch found: https://learn.microsoft.com/graph/api/resources/riskdetection */
    if (str_is(category, "UserRiskEvents") || str_is(category, "ServicePrincipalRiskEvents") || (has(root, "riskEventType") && has(root, "detectedDateTime")))
        return true;
    return has(root, "activityDisplayName") && has(root, "initiatedBy");
}

static void begin(struct log_record *r)
{
    r->values.time_ns = log_time(log_first(r, "properties/createdDateTime", "createdDateTime", "properties/activityDateTime", "activityDateTime", "properties/detectedDateTime", "detectedDateTime", "time", NULL));
}

/* What stands in properties, or at the top of a record from the interface. */
#define EITHER(r, name) log_first((r), "properties/" name, name, NULL)

static bool is_audit(const struct log_record *r)
{
    return EITHER(r, "activityDisplayName").n || node_is_str(node_get(r->root, STR("category")), "AuditLogs");
}

/* Of a finding: which risk. */
static struct str risk(const struct log_record *r)
{
    return EITHER(r, "riskEventType");
}

static struct str code(const struct log_record *r)
{
    return log_first(r, "properties/status/errorCode", "status/errorCode", "resultType", NULL);
}

static struct str user(const struct log_record *r)
{
    const struct str s = log_first(r, "properties/userPrincipalName", "userPrincipalName", "properties/initiatedBy/user/userPrincipalName",
                                   "initiatedBy/user/userPrincipalName", "properties/servicePrincipalName", "servicePrincipalName",
                                   "properties/initiatedBy/app/displayName", "initiatedBy/app/displayName", NULL);
    return s.n ? s : log_first(r, "identity", "properties/servicePrincipalId", NULL);
}

static bool is_good(const struct log_record *r)
{
    const struct str result = log_first(r, "properties/result", "result", NULL), c = code(r);
    if (is_audit(r))
        return !result.n || str_eq_nocase(result, STR("success"));
    return !c.n || str_is(c, "0");
}

/* Conditional access, a blocked account, an administrator's consent that is missing: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
static bool is_denied(const struct log_record *r)
{
    static const char *const CODES[] = {"53000", "53001", "53002", "53003", "53004", "50057", "50053", "50105", "65001", "90095"};
    const struct str c = code(r);
    for (size_t i = 0; i < ARRAY_SIZE(CODES); i++)
        if (str_is(c, CODES[i]))
            return true;
    return false;
}

/*
 * The sign-in stopped in between to ask for something: to stay signed in, a second factor, consent, another account. The password was right, or none was
 * given: nobody guessed. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
static bool is_interrupted(const struct log_record *r)
{
    static const char *const CODES[] = {"50140", "50074", "50076", "50079", "50072", "50125", "50127", "50129", "50097", "50055", "50058", "50143", "50144", "50203", "16000", "16001", "51006", "65001"};
    const struct str c = code(r);
    for (size_t i = 0; i < ARRAY_SIZE(CODES); i++)
        if (str_is(c, CODES[i]))
            return true;
    return false;
}

static int get_login(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    if (is_audit(r) || risk(r).n)
        return 0;
    switch (ref->id) {
    case F_LOGIN_USER:
        return log_give_str(user(r), ret);
    case F_LOGIN_IP:
        return log_give_first_ip(r, ret, "properties/ipAddress", "ipAddress", "callerIpAddress", NULL);
    case F_LOGIN_OUTCOME:
        return !is_interrupted(r) && log_give_str(is_good(r) ? STR("success") : STR("failure"), ret);
    case F_LOGIN_METHOD:
        if (str_is(EITHER(r, "authenticationRequirement"), "multiFactorAuthentication"))
            return log_give_str(STR("mfa"), ret);
        if (str_has(node_get_str(r->root, STR("category")), STR("ServicePrincipal")) || str_has(node_get_str(r->root, STR("category")), STR("ManagedIdentity")))
            return 0; /* with a secret, a certificate or what the cloud vouches for: it is not said */
        return log_give_str(str_ends(node_get_str(r->root, STR("category")), STR("NonInteractiveUserSignInLogs")) ? STR("token") : STR("password"), ret);
    case F_LOGIN_REASON:
        return is_good(r) ? 0 : log_give_str(log_first(r, "properties/status/failureReason", "status/failureReason", "resultDescription", NULL), ret);
    case F_LOGIN_HOST:
        return log_give_str(EITHER(r, "appDisplayName"), ret);
    default:
        return 0;
    }
}

static int get_azure(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    switch (ref->id) {
    case F_AZURE_CATEGORY:
        return log_give_str(log_first(r, "category", NULL), ret);
    case F_AZURE_STATUS:
        return log_give_str(log_first(r, "resultType", "properties/result", "result", "status/errorCode", NULL), ret);
    case F_AZURE_APP:
        return log_give_str(EITHER(r, "appDisplayName"), ret);
    case F_AZURE_CLIENT_APP:
        return log_give_str(EITHER(r, "clientAppUsed"), ret);
    case F_AZURE_RISK:
        return log_give_str(log_first(r, "properties/riskLevelDuringSignIn", "riskLevelDuringSignIn", "properties/riskLevel", "riskLevel", NULL), ret);
    case F_AZURE_RISK_STATE:
        return log_give_str(EITHER(r, "riskState"), ret);
    case F_AZURE_CONDITIONAL_ACCESS:
        return log_give_str(EITHER(r, "conditionalAccessStatus"), ret);
    case F_AZURE_ERROR_CODE:
        return log_give_str(code(r), ret);
    case F_AZURE_COUNTRY:
        return log_give_str(log_first(r, "properties/location/countryOrRegion", "location/countryOrRegion", "location", NULL), ret);
    case F_AZURE_CITY:
        return log_give_str(EITHER(r, "location/city"), ret);
    case F_AZURE_DEVICE:
        return log_give_str(EITHER(r, "deviceDetail/operatingSystem"), ret);
    default:
        return log_give_str(log_first(r, "properties/correlationId", "correlationId", NULL), ret);
    }
}

static struct str action(const struct log_record *r)
{
    return is_audit(r) ? log_first(r, "properties/activityDisplayName", "activityDisplayName", "operationName", NULL) : risk(r).n ? risk(r) : STR("sign-in");
}

static int get_targets(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    struct node n = NODE(r->root, "properties", "targetResources");
    struct node_each e = node_each(node_is(n) ? n : node_get(r->root, STR("targetResources")));
    while (node_next(&e)) {
        const struct str name = node_get_str(e.value, STR("displayName")), upn = node_get_str(e.value, STR("userPrincipalName"));
        log_list_add(&l, upn.n ? upn : name.n ? name : node_get_str(e.value, STR("id")));
    }
    if (!is_audit(r))
        log_list_add(&l, EITHER(r, "resourceDisplayName"));
    return ref->id == F_CLOUD_RESOURCE ? l.n && log_give_str(l.v[0].s, ret) : log_list_give(&l, ref, ret);
}

static int get_cloud(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    switch (ref->id) {
    case F_CLOUD_PROVIDER:
        return log_give_str(STR("azure"), ret);
    case F_CLOUD_ACCOUNT:
    case F_AZURE_TENANT:
        return log_give_str(log_first(r, "tenantId", "properties/tenantId", "properties/homeTenantId", "homeTenantId", NULL), ret);
    case F_CLOUD_SERVICE:
        return log_give_str(STR("entra"), ret);
    case F_CLOUD_ACTION:
    case F_AZURE_OPERATION:
        return log_give_str(action(r), ret);
    case F_CLOUD_OUTCOME:
        return !risk(r).n && log_give_str(is_good(r) ? STR("success") : is_denied(r) ? STR("denied") : STR("failure"), ret);
    case F_CLOUD_ERROR:
        return is_good(r) ? 0 : log_give_str(is_audit(r) ? log_first(r, "properties/result", "result", NULL) : code(r), ret);
    case F_CLOUD_ERROR_MESSAGE:
        return is_good(r) ? 0 : log_give_str(log_first(r, "properties/status/failureReason", "status/failureReason", "properties/resultReason", "resultReason",
                                                       "resultDescription", NULL), ret);
    case F_CLOUD_PRINCIPAL:
    case F_CLOUD_PRINCIPAL_NAME:
    case F_AZURE_CALLER:
        return log_give_str(user(r), ret);
    case F_CLOUD_PRINCIPAL_TYPE:
        return user(r).n && log_give_str(str_has(user(r), STR("@")) ? STR("user") : STR("service"), ret);
    case F_CLOUD_KEY:
        return log_give_str(EITHER(r, "appId"), ret);
    case F_CLOUD_CALLER:
        return log_give_str(log_first(r, "properties/ipAddress", "ipAddress", "callerIpAddress", "properties/initiatedBy/user/ipAddress", NULL), ret);
    case F_CLOUD_IP:
        return log_give_first_ip(r, ret, "properties/ipAddress", "ipAddress", "callerIpAddress", "properties/initiatedBy/user/ipAddress",
                                 "initiatedBy/user/ipAddress", NULL);
    case F_CLOUD_AGENT:
        return log_give_str(EITHER(r, "userAgent"), ret);
    case F_CLOUD_ID:
        return log_give_str(log_first(r, "properties/id", "id", NULL), ret);
    case F_CLOUD_CATEGORY:
        return log_give_str(is_audit(r) ? STR("management") : risk(r).n ? STR("finding") : STR("login"), ret);
    case F_CLOUD_MFA:
        return !is_audit(r) && EITHER(r, "authenticationRequirement").n &&
               log_give_bool(str_is(EITHER(r, "authenticationRequirement"), "multiFactorAuthentication"), ret);
    default:
        return log_give_bool(!is_audit(r), ret);
    }
}

static const struct log_answer ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(LOGIN_USER)] = {.get = get_login},
    [LOG_FIELD(LOGIN_IP)] = {.get = get_login},
    [LOG_FIELD(LOGIN_OUTCOME)] = {.get = get_login},
    [LOG_FIELD(LOGIN_METHOD)] = {.get = get_login},
    [LOG_FIELD(LOGIN_REASON)] = {.get = get_login},
    [LOG_FIELD(LOGIN_HOST)] = {.get = get_login},
    [LOG_FIELD(AZURE_OPERATION)] = {.get = get_cloud},
    [LOG_FIELD(AZURE_CATEGORY)] = {.get = get_azure},
    [LOG_FIELD(AZURE_STATUS)] = {.get = get_azure},
    [LOG_FIELD(AZURE_CALLER)] = {.get = get_cloud},
    [LOG_FIELD(AZURE_TENANT)] = {.get = get_cloud},
    [LOG_FIELD(AZURE_CORRELATION_ID)] = {.get = get_azure},
    [LOG_FIELD(AZURE_APP)] = {.get = get_azure},
    [LOG_FIELD(AZURE_CLIENT_APP)] = {.get = get_azure},
    [LOG_FIELD(AZURE_RISK)] = {.get = get_azure},
    [LOG_FIELD(AZURE_RISK_STATE)] = {.get = get_azure},
    [LOG_FIELD(AZURE_CONDITIONAL_ACCESS)] = {.get = get_azure},
    [LOG_FIELD(AZURE_ERROR_CODE)] = {.get = get_azure},
    [LOG_FIELD(AZURE_COUNTRY)] = {.get = get_azure},
    [LOG_FIELD(AZURE_CITY)] = {.get = get_azure},
    [LOG_FIELD(AZURE_DEVICE)] = {.get = get_azure},
    [LOG_FIELD(CLOUD_PROVIDER)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACCOUNT)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_SERVICE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACTION)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_OUTCOME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR_MESSAGE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL_NAME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_PRINCIPAL_TYPE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_KEY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_CALLER)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IP)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_AGENT)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ID)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_CATEGORY)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_RESOURCE)] = {.get = get_targets},
    [LOG_FIELD(CLOUD_RESOURCES)] = {.get = get_targets},
    [LOG_FIELD(CLOUD_MFA)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IS_READONLY)] = {.get = get_cloud},
};

const struct log_format_ops LOG_ENTRA_OPS = {.type = EVENT_AZURE_SIGNIN, .is_json = is_entra, .begin = begin, .answers = ANSWERS};
