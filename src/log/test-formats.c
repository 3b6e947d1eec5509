// SPDX-License-Identifier: Apache-2.0
/* Records of each format, made after the documentation of their providers, with what must be read of them. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "log/reader.h"

struct want {
    const char *field, *arg, *value;
};

static void reads(const char *text, const char *format, uint64_t time_ns, const struct want *want)
{
    struct error err = ERROR_NULL;
    _cleanup_(log_reader_freep) struct log_reader *reader = NULL;
    const struct log_record *r;
    CHECK_INT(log_reader_new(&(struct log_options){}, &reader, &err), 0);
    if (log_reader_text(reader, str_from(text), &r, &err) < 0)
        test_fail(format, 0, "%s", err.text);
    CHECK_CSTR(log_format_name(r->format), format);
    CHECK_INT(r->event.time_ns, time_ns);
    for (; want->field; want++) {
        struct value v = {};
        struct strbuf b = {};
        struct field_ref ref = {.id = field_from(str_from(want->field)), .has_arg = want->arg != NULL, .arg = str_from(want->arg)};
        if (ref.id < 0)
            test_fail(want->field, 0, "no such field");
        if (want->arg && FIELDS[ref.id].flags & FIELD_ARG_INDEX) {
            ref.arg_is_index = true;
            ref.index = (uint32_t)atoi(want->arg);
        }
        if (event_get(&r->event, &ref, &v) != 1)
            v = (struct value){};
        value_add_text(&b, &v);
        if (!str_is(strbuf_str(&b), want->value))
            test_fail(want->field, 0, "%.*s, want %s", STR_ARG(strbuf_str(&b)), want->value);
        strbuf_done(&b);
    }
}

#define NS UINT64_C(1000000000)

TEST(kubernetes)
{
    reads("{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"RequestResponse\",\"auditID\":\"a1\",\"stage\":\"ResponseComplete\","
          "\"requestURI\":\"/api/v1/namespaces/web/pods/p1/exec?command=cat&command=x&stdin=true&q=a%20b\",\"verb\":\"create\","
          "\"user\":{\"username\":\"system:serviceaccount:web:ci\",\"groups\":[\"g1\",\"system:authenticated\"]},\"sourceIPs\":[\"203.0.113.9\",\"10.0.0.1\"],"
          "\"userAgent\":\"kubectl/v1.30\",\"objectRef\":{\"resource\":\"pods\",\"namespace\":\"web\",\"name\":\"p1\",\"apiVersion\":\"v1\"},"
          "\"responseStatus\":{\"code\":201},\"requestObject\":{\"kind\":\"Pod\",\"spec\":{\"hostPID\":true,\"securityContext\":{\"runAsUser\":1000,\"supplementalGroups\":[5]},"
          "\"containers\":[{\"name\":\"a\",\"image\":\"reg.example:5000/x/y:1.2\",\"securityContext\":{\"privileged\":true,\"capabilities\":{\"add\":[\"SYS_ADMIN\",\"NET_RAW\"]}},"
          "\"ports\":[{\"containerPort\":80,\"hostPort\":8080},{\"containerPort\":443}]},{\"name\":\"b\",\"image\":\"z@sha256:00\",\"securityContext\":{\"runAsUser\":0}}],"
          "\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/etc/x\"}},{\"name\":\"w\",\"emptyDir\":{}}]}},"
          "\"requestReceivedTimestamp\":\"2024-05-01T00:00:00.000000Z\",\"stageTimestamp\":\"2024-05-01T00:00:01.500000Z\","
          "\"annotations\":{\"authorization.k8s.io/decision\":\"allow\",\"authorization.k8s.io/reason\":\"RBAC\"}}",
          "k8s-audit", 1714521601 * NS + NS / 2,
          (const struct want[]){{"ka.verb", 0, "create"},
                                {"ka.user.groups", 0, "(g1,system:authenticated)"},
                                {"ka.uri.param", "command", "cat"},
                                {"ka.uri.param", "q", "a b"},
                                {"ka.uri.param", "none", "<NA>"},
                                {"ka.auth.decision", 0, "allow"},
                                {"ka.target.subresource", 0, "<NA>"},
                                {"ka.req.pod.containers.image", 0, "(reg.example:5000/x/y:1.2,z@sha256:00)"},
                                {"ka.req.pod.containers.image", "1", "(z@sha256:00)"},
                                {"ka.req.pod.containers.image", "2", "<NA>"},
                                {"ka.req.pod.containers.image.repository", 0, "(reg.example:5000/x/y,z)"},
                                {"ka.req.container.image.repository", 0, "reg.example:5000/x/y"},
                                {"ka.req.pod.containers.privileged", 0, "(true)"},
                                {"ka.req.container.privileged", 0, "true"},
                                {"ka.req.pod.containers.host_port", 0, "(8080,443)"},
                                {"ka.req.pod.containers.eff_run_as_user", 0, "(1000,0)"},
                                {"ka.req.pod.containers.add_capabilities", "0", "(SYS_ADMIN,NET_RAW)"},
                                {"ka.req.pod.supplemental_groups", 0, "(5)"},
                                {"ka.req.pod.volumes.hostpath", 0, "(/etc/x)"},
                                {"ka.req.volume.hostpath", "/etc/*", "true"},
                                {"ka.req.volume.hostpath", "/etc", "false"},
                                {"ka.req.pod.volumes.volume_type", 0, "(hostPath,emptyDir)"},
                                {"ka.req.pod.host_pid", 0, "true"},
                                {"ka.response.code", 0, "201"},
                                {"ka.sourceips", "1", "(10.0.0.1)"},
                                {"ka.target.pod.name", 0, "p1"},
                                {"cloud.action", 0, "create pods"},
                                {"cloud.outcome", 0, "success"},
                                {"cloud.principal.type", 0, "service"},
                                {"cloud.ip", 0, "203.0.113.9"},
                                {"cloud.resource", 0, "web/pods/p1"},
                                {"cloud.is_readonly", 0, "false"},
                                {"evt.source", 0, "k8s_audit"},
                                {}});
    reads("{\"auditID\":\"a2\",\"verb\":\"create\",\"objectRef\":{\"resource\":\"deployments\"},\"requestObject\":{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"image\":\"i\"}],"
          "\"hostNetwork\":true}}}},\"annotations\":{\"authorization.k8s.io/decision\":\"forbid\"},\"stageTimestamp\":\"2024-05-01T00:00:01Z\"}",
          "k8s-audit", 1714521601 * NS,
          (const struct want[]){{"ka.req.pod.containers.image", 0, "(i)"}, {"ka.req.pod.host_network", 0, "true"}, {"cloud.outcome", 0, "denied"}, {}});
    reads("{\"auditID\":\"a3\",\"verb\":\"create\",\"requestObject\":{\"roleRef\":{\"name\":\"cluster-admin\"},\"subjects\":[{\"kind\":\"User\",\"name\":\"u\"}],"
          "\"rules\":[{\"verbs\":[\"get\",\"*\"],\"resources\":[\"pods\"]},{\"verbs\":[\"list\"],\"nonResourceURLs\":[\"/x\"]}]}}",
          "k8s-audit", 0,
          (const struct want[]){{"ka.req.binding.role", 0, "cluster-admin"},
                                {"ka.req.role.rules.verbs", 0, "(get,*,list)"},
                                {"ka.req.role.rules.verbs", "1", "(list)"},
                                {"ka.req.role.rules.nonResourceURLs", 0, "(/x)"},
                                {}});
}

TEST(google)
{
    reads("{\"protoPayload\":{\"@type\":\"type.googleapis.com/google.cloud.audit.AuditLog\",\"authenticationInfo\":{\"principalEmail\":\"a@x.iam.gserviceaccount.com\","
          "\"serviceAccountKeyName\":\"//iam.googleapis.com/k1\"},\"requestMetadata\":{\"callerIp\":\"203.0.113.5\",\"callerSuppliedUserAgent\":\"gcloud/1\"},"
          "\"serviceName\":\"compute.googleapis.com\",\"methodName\":\"v1.compute.instances.insert\",\"resourceName\":\"projects/p/zones/us-central1-a/instances/i\","
          "\"status\":{\"code\":7,\"message\":\"PERMISSION_DENIED\"},\"authorizationInfo\":[{\"granted\":false}],\"request\":{\"name\":\"i\"}},\"insertId\":\"x1\","
          "\"resource\":{\"type\":\"gce_instance\",\"labels\":{\"project_id\":\"p\",\"zone\":\"us-central1-a\",\"instance_id\":\"42\"}},"
          "\"timestamp\":\"2024-05-01T00:00:00.123456789Z\",\"severity\":\"ERROR\",\"logName\":\"projects/p/logs/cloudaudit.googleapis.com%2Factivity\"}",
          "gcp-audit", 1714521600 * NS + 123456789,
          (const struct want[]){{"gcp.user", 0, "a@x.iam.gserviceaccount.com"},
                                {"gcp.methodName", 0, "v1.compute.instances.insert"},
                                {"gcp.authorizationInfo", 0, "[{\"granted\":false}]"},
                                {"gcp.location", 0, "us-central1"},
                                {"gcp.compute.instanceId", 0, "42"},
                                {"cloud.service", 0, "compute"},
                                {"cloud.outcome", 0, "denied"},
                                {"cloud.principal.type", 0, "service"},
                                {"cloud.key", 0, "//iam.googleapis.com/k1"},
                                {"cloud.ip", 0, "203.0.113.5"},
                                {"cloud.account", 0, "p"},
                                {"cloud.instances", 0, "(42)"},
                                {"cloud.category", 0, "management"},
                                {"cloud.is_readonly", 0, "false"},
                                {}});
}

TEST(azure_in_three_shapes)
{
    reads("{\"time\":\"2024-05-01T00:00:00.1234567Z\",\"resourceId\":\"/SUBSCRIPTIONS/S1/RESOURCEGROUPS/G1/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM1\","
          "\"operationName\":\"MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE\",\"category\":\"Administrative\",\"resultType\":\"Failure\",\"resultSignature\":\"Failed.Forbidden\","
          "\"callerIpAddress\":\"203.0.113.7\",\"correlationId\":\"c1\",\"identity\":{\"claims\":{\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"u@x.example\",\"appid\":\"app1\"}},"
          "\"level\":\"Error\",\"location\":\"global\"}",
          "azure-activity", 1714521600 * NS + 123456700,
          (const struct want[]){{"azure.operation", 0, "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE"},
                                {"azure.caller", 0, "u@x.example"},
                                {"azure.subscription", 0, "S1"},
                                {"azure.resource_group", 0, "G1"},
                                {"cloud.service", 0, "microsoft.compute"},
                                {"cloud.outcome", 0, "denied"},
                                {"cloud.principal.type", 0, "user"},
                                {"cloud.ip", 0, "203.0.113.7"},
                                {"cloud.key", 0, "app1"},
                                {"cloud.instances", 0, "(VM1)"},
                                {}});
    reads("{\"authorization\":{\"action\":\"x\"},\"caller\":\"u@x.example\",\"correlationId\":\"c\",\"eventDataId\":\"e1\",\"eventTimestamp\":\"2024-05-01T00:00:00Z\","
          "\"operationName\":{\"value\":\"Microsoft.Storage/storageAccounts/listKeys/action\",\"localizedValue\":\"List Keys\"},\"status\":{\"value\":\"Succeeded\"},"
          "\"subStatus\":{\"value\":\"OK\"},\"resourceId\":\"/subscriptions/s/resourceGroups/g/providers/x\",\"subscriptionId\":\"s\",\"tenantId\":\"t\",\"httpRequest\":{\"clientIpAddress\":\"203.0.113.8\"}}",
          "azure-activity", 1714521600 * NS,
          (const struct want[]){{"cloud.action", 0, "Microsoft.Storage/storageAccounts/listKeys/action"},
                                {"azure.status", 0, "Succeeded"},
                                {"cloud.outcome", 0, "success"},
                                {"cloud.ip", 0, "203.0.113.8"},
                                {"azure.tenant", 0, "t"},
                                {"cloud.id", 0, "e1"},
                                {}});
    reads("{\"TimeGenerated\":\"2024-05-01T00:00:00Z\",\"OperationNameValue\":\"MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE\",\"ActivityStatusValue\":\"Success\",\"Caller\":\"u@x\","
          "\"CallerIpAddress\":\"203.0.113.9\",\"_ResourceId\":\"/subscriptions/s9/x\",\"Type\":\"AzureActivity\"}",
          "azure-activity", 1714521600 * NS,
          (const struct want[]){{"cloud.account", 0, "s9"}, {"cloud.ip", 0, "203.0.113.9"}, {"cloud.outcome", 0, "success"}, {}});
}

TEST(entra_in_both_shapes)
{
    reads("{\"time\":\"2024-05-01T00:00:09Z\",\"resourceId\":\"/tenants/t/providers/Microsoft.aadiam\",\"operationName\":\"Sign-in activity\",\"category\":\"SignInLogs\",\"tenantId\":\"t\","
          "\"resultType\":\"50126\",\"resultDescription\":\"Invalid username\",\"callerIpAddress\":\"203.0.113.1\",\"identity\":\"U\",\"properties\":{\"id\":\"i\",\"createdDateTime\":\"2024-05-01T00:00:00Z\","
          "\"userPrincipalName\":\"u@x.example\",\"ipAddress\":\"203.0.113.2\",\"clientAppUsed\":\"IMAP4\",\"appDisplayName\":\"Azure CLI\",\"status\":{\"errorCode\":50126,\"failureReason\":\"bad\"},"
          "\"authenticationRequirement\":\"singleFactorAuthentication\",\"riskLevelDuringSignIn\":\"high\",\"location\":{\"city\":\"C\",\"countryOrRegion\":\"DE\"},\"deviceDetail\":{\"operatingSystem\":\"Linux\"}}}",
          "entra", 1714521600 * NS,
          (const struct want[]){{"login.user", 0, "u@x.example"},
                                {"login.ip", 0, "203.0.113.2"},
                                {"login.outcome", 0, "failure"},
                                {"login.reason", 0, "bad"},
                                {"login.method", 0, "password"},
                                {"azure.client_app", 0, "IMAP4"},
                                {"azure.risk", 0, "high"},
                                {"azure.country", 0, "DE"},
                                {"azure.error_code", 0, "50126"},
                                {"cloud.mfa", 0, "false"},
                                {"cloud.action", 0, "sign-in"},
                                {"cloud.outcome", 0, "failure"},
                                {"evt.source", 0, "azure_signin"},
                                {}});
    reads("{\"id\":\"i\",\"createdDateTime\":\"2024-05-01T00:00:00Z\",\"userPrincipalName\":\"u@x.example\",\"appDisplayName\":\"Portal\",\"ipAddress\":\"203.0.113.3\",\"clientAppUsed\":\"Browser\","
          "\"authenticationRequirement\":\"multiFactorAuthentication\",\"status\":{\"errorCode\":0},\"location\":{\"countryOrRegion\":\"JP\"}}",
          "entra", 1714521600 * NS,
          (const struct want[]){{"login.outcome", 0, "success"}, {"login.method", 0, "mfa"}, {"cloud.mfa", 0, "true"}, {"azure.country", 0, "JP"}, {}});
    reads("{\"category\":\"AuditLogs\",\"operationName\":\"Add member to role\",\"properties\":{\"activityDisplayName\":\"Add member to role\",\"activityDateTime\":\"2024-05-01T00:00:00Z\",\"result\":\"success\","
          "\"initiatedBy\":{\"user\":{\"userPrincipalName\":\"a@x\",\"ipAddress\":\"203.0.113.4\"}},\"targetResources\":[{\"userPrincipalName\":\"v@x\"}]}}",
          "entra", 1714521600 * NS,
          (const struct want[]){{"cloud.action", 0, "Add member to role"}, {"cloud.principal", 0, "a@x"}, {"cloud.ip", 0, "203.0.113.4"}, {"cloud.resource", 0, "v@x"}, {"login.user", 0, "<NA>"}, {}});
}

TEST(guardduty)
{
    reads("{\"version\":\"0\",\"detail-type\":\"GuardDuty Finding\",\"source\":\"aws.guardduty\",\"detail\":{\"schemaVersion\":\"2.0\",\"accountId\":\"1\",\"region\":\"eu-west-1\",\"id\":\"f\","
          "\"type\":\"CryptoCurrency:EC2/BitcoinTool.B!DNS\",\"resource\":{\"resourceType\":\"Instance\",\"instanceDetails\":{\"instanceId\":\"i-0123456789abcdef0\"}},"
          "\"service\":{\"count\":3,\"eventLastSeen\":\"2024-05-01T00:00:00Z\",\"action\":{\"networkConnectionAction\":{\"remoteIpDetails\":{\"ipAddressV4\":\"203.0.113.6\"}}}},\"severity\":8.5,\"title\":\"T\"}}",
          "guardduty", 1714521600 * NS,
          (const struct want[]){{"guardduty.type", 0, "CryptoCurrency:EC2/BitcoinTool.B!DNS"},
                                {"guardduty.count", 0, "3"},
                                {"cloud.instances", 0, "(i-0123456789abcdef0)"},
                                {"cloud.ip", 0, "203.0.113.6"},
                                {"cloud.category", 0, "finding"},
                                {}});
    reads("{\"AccountId\":\"1\",\"Region\":\"r\",\"Id\":\"f\",\"Type\":\"X\",\"Resource\":{\"ResourceType\":\"AccessKey\",\"AccessKeyDetails\":{\"AccessKeyId\":\"AKIA\",\"UserName\":\"u\"}},\"Severity\":5,\"UpdatedAt\":\"2024-05-01T00:00:00Z\"}",
          "guardduty", 1714521600 * NS, (const struct want[]){{"cloud.key", 0, "AKIA"}, {"cloud.principal", 0, "u"}, {"guardduty.resource", 0, "AccessKey"}, {}});
}

TEST(alibaba_and_huawei)
{
    reads("{\"eventId\":\"e\",\"eventName\":\"RunInstances\",\"eventSource\":\"ecs.aliyuncs.com\",\"eventTime\":\"2024-05-01T00:00:00Z\",\"acsRegion\":\"cn-hangzhou\",\"serviceName\":\"Ecs\",\"eventRW\":\"Write\","
          "\"sourceIpAddress\":\"203.0.113.10\",\"errorCode\":\"Forbidden.RAM\",\"userIdentity\":{\"type\":\"ram-user\",\"accountId\":\"9\",\"userName\":\"u\",\"accessKeyId\":\"LTAI\"},\"requestParameters\":{\"InstanceType\":\"x\"}}",
          "actiontrail", 1714521600 * NS,
          (const struct want[]){{"cloud.provider", 0, "alibaba"}, {"cloud.service", 0, "ecs"}, {"cloud.outcome", 0, "denied"}, {"cloud.key", 0, "LTAI"}, {"cloud.principal.type", 0, "user"}, {"ct.name", 0, "<NA>"}, {}});
    reads("{\"trace_id\":\"t\",\"trace_name\":\"deleteServer\",\"trace_rating\":\"normal\",\"trace_type\":\"ConsoleAction\",\"service_type\":\"ECS\",\"resource_type\":\"ecs\",\"resource_name\":\"vm\",\"resource_id\":\"id1\","
          "\"source_ip\":\"203.0.113.11\",\"time\":1714521600000,\"code\":\"200\",\"user\":{\"name\":\"u\",\"domain\":{\"id\":\"d\",\"name\":\"dn\"},\"access_key_id\":\"HW\"}}",
          "huawei-cts", 1714521600 * NS,
          (const struct want[]){{"cloud.provider", 0, "huawei"}, {"cloud.account", 0, "d"}, {"cloud.outcome", 0, "success"}, {"cloud.principal", 0, "u"}, {"cloud.is_console", 0, "true"}, {"cloud.instances", 0, "(id1)"}, {}});
}

TEST(anything_else)
{
    reads("{\"@timestamp\":\"2024-05-01T00:00:00Z\",\"a\":{\"b\":1.5}}", "json", 1714521600 * NS, (const struct want[]){{"json.value", "/a/b", "1.5"}, {"evt.source", 0, "log"}, {}});
}

/* Every day of two centuries, as clouds write it; a day that a month does not have is one of the next, as ever. */
TEST(days_are_counted_as_the_calendar_has_them)
{
    char text[32];
    for (int year = 2000; year < 2200; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= 31; day++) {
                struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = 23, .tm_min = 59, .tm_sec = 58};
                snprintf(text, sizeof(text), "%04d-%02d-%02dT23:59:58Z", year, month, day);
                const time_t seconds = timegm(&tm);
                if (log_time(str_from(text)) != (uint64_t)seconds * 1'000'000'000U)
                    test_fail(__FILE__, __LINE__, "%s", text);
            }
}
