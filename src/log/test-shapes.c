// SPDX-License-Identifier: Apache-2.0
/* The same records in the shapes in which exports, collectors and interfaces give them: members that are missing, of another kind, or elsewhere. */
#include <sys/resource.h>

#include "base/strbuf.h"
#include "log/test-reads.h"

enum { NOON = 1772452800 }; /* 2026-03-02T12:00:00Z */

#define ASFF(arn) "{\"SchemaVersion\":\"2018-10-08\",\"ProductArn\":\"" arn "\",\"AwsAccountId\":\"111122223333\",\"Region\":\"eu-west-1\",\"Id\":\"f\",\"Types\":[\"TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B!DNS\"]," \
    "\"Severity\":{\"Product\":8},\"UpdatedAt\":\"2026-03-02T12:00:00Z\",\"Resources\":[{\"Type\":\"AwsEc2Instance\",\"Id\":\"arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0\"}]}"

TEST(what_services_find)
{
    READS("{\"eventVersion\":\"1.09\",\"eventTime\":\"2026-03-02T12:00:00Z\",\"awsRegion\":\"us-east-1\",\"eventID\":\"1\",\"eventType\":\"AwsCloudTrailInsight\",\"recipientAccountId\":\"111122223333\",\"insightDetails\":{\"state\":\"Start\","
          "\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"RunInstances\",\"insightType\":\"ApiErrorRateInsight\",\"errorCode\":\"Client.UnauthorizedOperation\",\"insightContext\":{\"attributions\":[{\"attribute\":\"userAgent\","
          "\"insight\":[{\"value\":\"aws-cli/2\"}]},{\"attribute\":\"userIdentityArn\",\"insight\":[{\"value\":\"arn:aws:iam::111122223333:user/eve\",\"average\":12.5}]}]}},\"eventCategory\":\"Insight\"}",
          "cloudtrail-insight", NOON, "cloud.provider=aws", "cloud.category=insight", "cloud.account=111122223333", "cloud.service=ec2", "cloud.action=ApiErrorRateInsight", "cloud.resource=RunInstances",
          "cloud.principal=arn:aws:iam::111122223333:user/eve", "cloud.principal.name=eve", "cloud.agent=aws-cli/2", "cloud.error=Client.UnauthorizedOperation", "cloud.outcome=<NA>");
    /* nothing that the calls have in common */
    READS("{\"eventTime\":\"2026-03-02T12:00:00Z\",\"insightDetails\":{\"eventSource\":7,\"insightContext\":{\"attributions\":\"x\"}}}", "cloudtrail-insight", NOON, "cloud.principal=<NA>", "cloud.service=<NA>");
    /* refused at an endpoint of the network */
    READS("{\"eventVersion\":\"1.09\",\"eventTime\":\"2026-03-02T12:00:00Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"PutObject\",\"userIdentity\":{\"type\":\"AWSAccount\",\"accountId\":\"444455556666\"},\"errorCode\":\"VpceAccessDenied\","
          "\"eventType\":\"AwsVpceEvent\",\"eventCategory\":\"NetworkActivity\",\"recipientAccountId\":\"111122223333\"}",
          "cloudtrail", NOON, "cloud.category=network", "cloud.outcome=denied", "cloud.account=111122223333", "ct.user.accountid=444455556666");
    /* an event of Security Hub holds findings: of GuardDuty as it would give them, others as they are */
    READS("{\"version\":\"0\",\"detail-type\":\"Security Hub Findings - Imported\",\"source\":\"aws.securityhub\",\"detail\":{\"findings\":[" ASFF("arn:aws:securityhub:eu-west-1::product/aws/guardduty") "]}}",
          "guardduty", NOON, "guardduty.type=CryptoCurrency:EC2/BitcoinTool.B!DNS", "guardduty.severity=8", "cloud.account=111122223333", "cloud.instances=(i-0123456789abcdef0)");
    READS("{\"detail\":{\"findings\":[" ASFF("arn:aws:securityhub:eu-west-1::product/aws/inspector") "]}}", "json", NOON, "cloud.provider=<NA>");
    /* the record as collectors of Elastic keep it, beside what they made of it */
    READS("{\"@timestamp\":\"2026-03-02T13:00:00Z\",\"ecs\":{\"version\":\"8.0.0\"},\"message\":\"a call\",\"event\":{\"dataset\":\"aws.cloudtrail\",\"original\":\"{\\\"eventVersion\\\":\\\"1.08\\\",\\\"eventTime\\\":\\\"2026-03-02T12:00:00Z\\\",\\\"eventName\\\":\\\"StopLogging\\\"}\"}}",
          "cloudtrail", NOON, "ct.name=StopLogging");
}

TEST(flows_of_azure)
{
    /* of a group: denied on the way in; then out, with what came back. A tuple of version 1 has no figures; what is none gives none */
    static const char group[] =
        "{\"records\":[{\"time\":\"2026-03-02T12:00:00Z\",\"systemId\":\"s\",\"category\":\"NetworkSecurityGroupFlowEvent\",\"resourceId\":\"/SUBSCRIPTIONS/0B1F/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB\","
        "\"operationName\":\"NetworkSecurityGroupFlowEvents\",\"properties\":{\"Version\":2,\"flows\":[{\"rule\":\"DenyAllInBound\",\"flows\":[{\"mac\":\"000D3AF87856\",\"flowTuples\":["
        "\"1772452800,203.0.113.9,10.5.16.4,28746,22,T,I,D,B,,,,\",\"x\",\"1772452801,10.5.16.4,198.51.100.7,40000,443,T,O,A,E,10,2000,20,90000\"]}]},"
        "{\"rule\":\"old\",\"flows\":[{\"mac\":\"000D3AF87856\",\"flowTuples\":[\"1772452802,10.5.16.4,10.5.16.5,40000,53,U,O,A\"]}]}]}}]}";
    READS_NTH(group, 1, "log.format=flow-json", "cloud.provider=azure", "cloud.account=0B1F", "flow.vpc=WEB", "flow.interface=000D3AF87856", "flow.src=203.0.113.9", "flow.dst=10.5.16.4", "flow.dstport=22", "flow.proto=tcp",
              "flow.action=REJECT", "flow.direction=ingress", "flow.bytes=<NA>");
    READS_NTH(group, 2, "flow.src=10.5.16.4", "flow.dst=198.51.100.7", "flow.srcport=40000", "flow.dstport=443", "flow.action=ACCEPT", "flow.direction=egress", "flow.packets=10", "flow.bytes=2000");
    READS_NTH(group, 3, "flow.src=198.51.100.7", "flow.dst=10.5.16.4", "flow.srcport=443", "flow.dstport=40000", "flow.direction=ingress", "flow.packets=20", "flow.bytes=90000");
    READS_NTH(group, 4, "flow.dst=10.5.16.5", "flow.proto=udp", "flow.bytes=<NA>");
    static const char network[] =
        "{\"records\":[{\"time\":\"2026-03-02T12:00:00Z\",\"flowLogVersion\":4,\"macAddress\":\"112233445566\",\"category\":\"FlowLogFlowEvent\",\"flowLogResourceID\":\"/SUBSCRIPTIONS/0B1F/X\","
        "\"targetResourceID\":\"/subscriptions/0b1f/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/vnet1\",\"operationName\":\"FlowLogFlowEvent\",\"flowRecords\":{\"flows\":[{\"aclID\":\"a\",\"flowGroups\":["
        "{\"rule\":\"AllowInternetOutBound\",\"flowTuples\":[\"1772452800250,10.0.0.6,192.0.2.180,23956,443,6,O,E,NX,4,400,0,0\",\"1772452800250,10.0.0.6,10.0.0.7,23956,445,6,O,D,NX,0,0,0,0\"]}]}]}}]}";
    READS_NTH(network, 1, "cloud.account=0b1f", "flow.vpc=vnet1", "flow.interface=112233445566", "flow.proto=tcp", "flow.bytes=400", "flow.action=ACCEPT");
    READS_NTH(network, 2, "flow.dstport=445", "flow.action=REJECT");
}

TEST(flows_and_questions_of_google)
{
    READS("{\"insertId\":\"x\",\"jsonPayload\":{\"bytes_sent\":\"756\",\"connection\":{\"dest_ip\":\"192.0.2.7\",\"dest_port\":443,\"protocol\":6,\"src_ip\":\"10.20.0.2\",\"src_port\":58010},\"start_time\":\"2026-03-02T12:00:00.5Z\",\"end_time\":\"2026-03-02T12:00:05Z\","
          "\"packets_sent\":\"3\",\"reporter\":\"SRC\",\"src_instance\":{\"project_id\":\"p\",\"region\":\"us-central1\",\"vm_name\":\"vm1\",\"zone\":\"us-central1-a\"},\"src_vpc\":{\"vpc_name\":\"v\",\"subnetwork_name\":\"s\"}},"
          "\"logName\":\"projects/p/logs/compute.googleapis.com%2Fvpc_flows\",\"timestamp\":\"2026-03-02T12:00:06Z\"}",
          "gcp-flow", NOON, "cloud.provider=gcp", "cloud.account=p", "cloud.region=us-central1", "flow.zone=us-central1-a", "flow.instance=vm1", "flow.vpc=v", "flow.subnet=s", "flow.src=10.20.0.2", "flow.dst=192.0.2.7", "flow.dstport=443",
          "flow.proto=tcp", "flow.bytes=756", "flow.packets=3", "flow.direction=egress", "flow.action=ACCEPT");
    /* of a firewall: no figures */
    READS("{\"jsonPayload\":{\"connection\":{\"dest_ip\":\"10.0.0.2\",\"dest_port\":22,\"protocol\":6,\"src_ip\":\"203.0.113.9\",\"src_port\":1},\"disposition\":\"DENIED\",\"instance\":{\"project_id\":\"p\",\"vm_name\":\"vm2\"},\"rule_details\":{\"direction\":\"INGRESS\"}},"
          "\"timestamp\":\"2026-03-02T12:00:00Z\"}",
          "gcp-flow", NOON, "flow.action=REJECT", "flow.direction=ingress", "flow.instance=vm2", "flow.bytes=<NA>");
    READS("{\"jsonPayload\":{\"queryName\":\"Pool.Example.\",\"queryType\":\"A\",\"responseCode\":\"NOERROR\",\"rdata\":\"pool.example.\\t300\\tIN\\ta\\t192.0.2.7\\npool.example.\\t300\\tIN\\ta\\t192.0.2.8\",\"sourceIP\":\"10.1.1.1\",\"sourceNetwork\":\"default\",\"vmInstanceName\":\"p.vm1\"},"
          "\"resource\":{\"labels\":{\"project_id\":\"p\"}},\"timestamp\":\"2026-03-02T12:00:00Z\"}",
          "gcp-dns", NOON, "dns.question=pool.example", "dns.zones=(pool.example,example)", "dns.answers=(192.0.2.7,192.0.2.8)", "dns.rcode=NOERROR", "dns.client=10.1.1.1", "dns.instance=p.vm1", "cloud.account=p");
}

TEST(times_as_numbers)
{
    static const char *const times[] = {"1772452800", "1772452800000", "\"1772452800000\"", "\"1772452800.25\"", "1772452800000000", "\"2026-03-02T21:00:00+09:00\"", "\"2026-03-02 12:00:00\""};
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        struct strbuf b = {};
        static const struct {
            const char *format, *before, *behind;
        } records[] = {{"cloudtrail", "{\"eventName\":\"x\",\"userIdentity\":{},\"eventTime\":", "}"},
                       {"gcp-audit", "{\"protoPayload\":{\"methodName\":\"x\"},\"timestamp\":", "}"},
                       {"k8s-audit", "{\"auditID\":\"1\",\"verb\":\"get\",\"stageTimestamp\":", "}"},
                       {"actiontrail", "{\"eventName\":\"x\",\"acsRegion\":\"r\",\"eventTime\":", "}"},
                       {"entra", "{\"userPrincipalName\":\"a\",\"appDisplayName\":\"x\",\"ipAddress\":\"203.0.113.9\",\"status\":{\"errorCode\":0},\"createdDateTime\":", "}"},
                       {"okta", "{\"eventType\":\"x\",\"actor\":{},\"outcome\":{},\"published\":", "}"},
                       {"access-json", "{\"request\":{\"remote_ip\":\"203.0.113.9\",\"method\":\"GET\",\"uri\":\"/\"},\"status\":200,\"ts\":", "}"}};
        for (size_t k = 0; k < ARRAY_SIZE(records); k++) {
            strbuf_clear(&b);
            strbuf_printf(&b, "%s%s%s", records[k].before, times[i], records[k].behind);
            READS(b.p, records[k].format, NOON, NULL);
        }
        strbuf_done(&b);
    }
}

TEST(okta_in_the_words_of_falco)
{
    READS("{\"actor\":{\"id\":\"00u\",\"type\":\"User\",\"alternateId\":\"eve@example.com\",\"displayName\":\"Eve\"},\"client\":{\"ipAddress\":\"203.0.113.9\",\"zone\":\"z\",\"geographicalContext\":{\"country\":\"Germany\",\"geolocation\":{\"lat\":52.5}}},"
          "\"eventType\":\"group.user_membership.add\",\"severity\":\"INFO\",\"displayMessage\":\"m\",\"outcome\":{\"result\":\"SUCCESS\"},\"published\":\"2026-03-02T12:00:00.000Z\",\"uuid\":\"u\",\"securityContext\":{\"asNumber\":64500},"
          "\"target\":[{\"id\":\"1\",\"type\":\"User\",\"alternateId\":\"bob@example.com\",\"displayName\":\"Bob\"},{\"id\":\"2\",\"type\":\"UserGroup\",\"displayName\":\"admins\"},{\"type\":\"AppInstance\",\"displayName\":\"mail\"}]}",
          "okta", NOON, "okta.evt.type=group.user_membership.add", "okta.actor.name=Eve", "okta.actor.alternateid=eve@example.com", "okta.client.ip=203.0.113.9", "okta.client.geo.country=Germany", "okta.client.geo.lat=52.5",
          "okta.target.user.name=Bob", "okta.target.user.alternateid=bob@example.com", "okta.target.group.name=admins", "okta.target.group.alternateid=<NA>", "okta.app=mail", "okta.result=SUCCESS", "okta.reason=<NA>", "okta.security.asnumber=64500",
          "okta.message=m", "cloud.provider=okta");
}

TEST(google)
{
    /* the least that there is */
    READS("{\"protoPayload\":{\"methodName\":\"storage.buckets.delete\"},\"timestamp\":\"2026-03-02T12:00:00Z\"}", "gcp-audit", NOON, "cloud.action=storage.buckets.delete", "cloud.outcome=success",
          "cloud.principal=<NA>", "cloud.principal.type=anonymous", "cloud.ip=<NA>", "cloud.account=<NA>");
    /* an identity of another provider, a caller that is no address, a status without a code */
    READS("{\"protoPayload\":{\"serviceName\":\"iam.googleapis.com\",\"methodName\":\"google.iam.admin.v1.CreateServiceAccountKey\",\"status\":{},\"authenticationInfo\":{\"principalSubject\":\"principal://iam.googleapis.com/x/subject/y\"},"
          "\"requestMetadata\":{\"callerIp\":\"private\"}},\"logName\":\"organizations/1/logs/cloudaudit.googleapis.com%2Factivity\",\"receiveTimestamp\":\"2026-03-02T13:00:00+01:00\"}",
          "gcp-audit", NOON, "cloud.principal=principal://iam.googleapis.com/x/subject/y", "cloud.principal.type=federated", "cloud.ip=<NA>", "cloud.account=1", "cloud.outcome=success");
    /* a row of BigQuery: other names, requests as text, empty columns as null, the time with a blank */
    READS("{\"logName\":\"projects/p/logs/cloudaudit_googleapis_com_activity\",\"resource\":{\"type\":\"project\",\"labels\":{\"project_id\":\"p\"}},\"protopayload_auditlog\":{\"serviceName\":\"compute.googleapis.com\","
          "\"methodName\":\"v1.compute.instances.insert\",\"authenticationInfo\":{\"principalEmail\":\"x@p.iam.gserviceaccount.com\"},\"requestMetadata\":{\"callerIp\":\"203.0.113.9\"},\"requestJson\":\"{\\\"machineType\\\":\\\"n2-standard-96\\\"}\","
          "\"responseJson\":null,\"status\":{\"code\":7,\"message\":\"no\"}},\"textPayload\":null,\"timestamp\":\"2026-03-02 12:00:00.500000 UTC\",\"insertId\":\"1\"}",
          "gcp-audit", NOON, "cloud.action=v1.compute.instances.insert", "cloud.outcome=denied", "cloud.ip=203.0.113.9", "gcp.request={\"machineType\":\"n2-standard-96\"}", "cloud.principal.type=service");
}

TEST(azure_activity)
{
    /* an identity that is a name, a time of a table */
    READS("{\"time\":\"3/2/2026 12:00:00 PM +00:00\",\"resourceId\":\"/subscriptions/s/x\",\"operationName\":\"MICROSOFT.EVENTHUB/NAMESPACES/WRITE\",\"category\":\"Action\",\"identity\":\"somebody\",\"resultType\":\"Start\"}",
          "azure-activity", NOON, "cloud.action=MICROSOFT.EVENTHUB/NAMESPACES/WRITE", "cloud.outcome=success", "cloud.account=s", "cloud.principal=<NA>");
    /* names in the interface's language, without who and where */
    READS("{\"operationName\":{\"value\":\"Microsoft.Authorization/elevateAccess/action\",\"localizedValue\":\"x\"},\"status\":{\"value\":\"Failed\"},\"subStatus\":{\"value\":\"Forbidden\"},\"eventTimestamp\":\"2026-03-02T12:00:00.1234567Z\","
          "\"correlationId\":\"1\",\"claims\":{\"appid\":\"a1\"},\"caller\":\"11111111-1111-1111-1111-111111111111\"}",
          "azure-activity", NOON, "cloud.action=Microsoft.Authorization/elevateAccess/action", "cloud.outcome=denied", "cloud.principal.type=service", "cloud.key=a1");
}

TEST(entra)
{
    static const char *const want[] = {"login.user=alice@example.com", "login.ip=203.0.113.9", "login.outcome=failure", "azure.country=DE", "cloud.country=DE", "cloud.asn=64500", "azure.error_code=50126", NULL};
    /* asked whether to stay signed in, for a second factor: nobody guessed a password */
    READS("{\"createdDateTime\":\"2026-03-02T12:00:00Z\",\"userPrincipalName\":\"alice@example.com\",\"appDisplayName\":\"x\",\"ipAddress\":\"203.0.113.9\",\"status\":{\"errorCode\":50140}}", "entra", NOON, "login.outcome=<NA>",
          "cloud.outcome=failure", "azure.error_code=50140");
    /* diagnostic settings, the interface, a workspace with objects, the same with texts */
    reads("{\"time\":\"2026-03-02T12:00:00Z\",\"category\":\"SignInLogs\",\"operationName\":\"Sign-in activity\",\"resultType\":\"50126\",\"callerIpAddress\":\"203.0.113.9\",\"identity\":\"Alice\",\"location\":\"DE\",\"properties\":{\"createdDateTime\":\"2026-03-02T12:00:00+00:00\","
          "\"userPrincipalName\":\"alice@example.com\",\"ipAddress\":\"203.0.113.9\",\"autonomousSystemNumber\":64500,\"status\":{\"errorCode\":50126},\"location\":{\"countryOrRegion\":\"DE\"}}}",
          "entra", NOON, want);
    reads("{\"createdDateTime\":\"2026-03-02T12:00:00Z\",\"userPrincipalName\":\"alice@example.com\",\"appDisplayName\":\"x\",\"ipAddress\":\"203.0.113.9\",\"autonomousSystemNumber\":64500,\"status\":{\"errorCode\":50126},\"location\":{\"countryOrRegion\":\"DE\"}}",
          "entra", NOON, want);
    reads("{\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"Category\":\"SignInLogs\",\"OperationName\":\"Sign-in activity\",\"ResultType\":\"50126\",\"UserPrincipalName\":\"alice@example.com\",\"IPAddress\":\"203.0.113.9\",\"AutonomousSystemNumber\":\"64500\","
          "\"CreatedDateTime\":\"2026-03-02T12:00:00Z\",\"Status\":{\"errorCode\":50126},\"LocationDetails\":{\"countryOrRegion\":\"DE\"},\"Type\":\"SigninLogs\",\"CorrelationId\":\"c\"}",
          "entra", NOON, want);
    reads("{\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"ResultType\":\"50126\",\"UserPrincipalName\":\"alice@example.com\",\"IPAddress\":\"203.0.113.9\",\"AutonomousSystemNumber\":\"64500\",\"Status\":\"{\\\"errorCode\\\":50126}\",\"Location\":\"DE\"}",
          "entra", NOON, want);
}

TEST(huawei)
{
    READS("{\"cts\":{\"time\":1772452800000,\"trace_id\":\"1\",\"trace_name\":\"deleteServer\",\"trace_rating\":\"normal\",\"service_type\":\"ECS\",\"resource_id\":\"r\",\"source_ip\":\"203.0.113.9\",\"user\":{\"name\":\"alice\",\"domain\":{\"id\":\"d\",\"name\":\"n\"}}}}",
          "huawei-cts", NOON, "cloud.principal=alice", "cloud.account=d", "cloud.instances=(r)", "cloud.ip=203.0.113.9");
    READS("{\"trace_id\":\"1\",\"trace_name\":\"createServer\",\"time\":1772452800000,\"trace_rating\":\"normal\",\"service_type\":\"ECS\",\"user\":\"{\\\"name\\\":\\\"alice\\\",\\\"domain\\\":{\\\"id\\\":\\\"d\\\"}}\",\"request\":\"{}\"}",
          "huawei-cts", NOON, "cloud.principal=alice", "cloud.account=d", "cloud.outcome=success");
    READS("{\"time\":\"2026-03-02 20:00:00 GMT+08:00\",\"user\":\"alice\",\"code\":403,\"service_type\":\"SMN\",\"source_ip\":\"203.0.113.9\",\"trace_name\":\"createTopic\",\"trace_rating\":\"incident\",\"trace_id\":\"x\"}", "huawei-cts", NOON,
          "cloud.principal=alice", "cloud.outcome=denied", "cloud.service=smn");
}

TEST(alibaba)
{
    READS("{\"__topic__\":\"actiontrail_audit_event\",\"event\":\"{\\\"eventId\\\":\\\"1\\\",\\\"eventVersion\\\":1,\\\"eventName\\\":\\\"StopLogging\\\",\\\"serviceName\\\":\\\"Actiontrail\\\",\\\"eventTime\\\":\\\"2026-03-02T12:00:00Z\\\","
          "\\\"acsRegion\\\":\\\"cn-hangzhou\\\",\\\"sourceIpAddress\\\":\\\"203.0.113.9\\\",\\\"userIdentity\\\":{\\\"type\\\":\\\"root-account\\\",\\\"principalId\\\":\\\"5\\\",\\\"accountId\\\":\\\"5\\\",\\\"userName\\\":\\\"root\\\"}}\"}",
          "actiontrail", NOON, "cloud.action=StopLogging", "cloud.principal.type=root", "cloud.account=5", "cloud.region=cn-hangzhou");
}

TEST(kubernetes)
{
    /* of old versions, without an object, at another stage; what a collector puts around it */
    READS("{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1beta1\",\"auditID\":\"1\",\"stage\":\"Panic\",\"verb\":\"get\",\"requestURI\":\"/healthz\",\"user\":{},\"timestamp\":\"2026-03-02T12:00:00Z\",\"requestReceivedTimestamp\":\"2026-03-02T12:00:00.5Z\"}",
          "k8s-audit", NOON, "ka.stage=Panic", "ka.target.resource=<NA>", "ka.user.name=<NA>", "ka.uri=/healthz");
    READS("{\"log\":\"{\\\"kind\\\":\\\"Event\\\",\\\"apiVersion\\\":\\\"audit.k8s.io/v1\\\",\\\"auditID\\\":\\\"1\\\",\\\"verb\\\":\\\"list\\\",\\\"user\\\":{\\\"username\\\":\\\"system:anonymous\\\"},\\\"objectRef\\\":{\\\"resource\\\":\\\"secrets\\\"},\\\"stageTimestamp\\\":\\\"2026-03-02T12:00:00Z\\\"}\\n\",\"stream\":\"stdout\"}",
          "k8s-audit", NOON, "ka.verb=list", "ka.target.resource=secrets", "ka.user.name=system:anonymous");
}

TEST(records_of_aws_in_the_words_of_others)
{
    READS("{\"metadata\":{\"product\":{\"name\":\"CloudTrail\",\"vendor_name\":\"AWS\"},\"event_code\":\"AwsApiCall\",\"uid\":\"b\"},\"time\":1772452800000,"
          "\"cloud\":{\"region\":\"sa-east-1\",\"provider\":\"AWS\"},\"api\":{\"response\":{\"error\":\"AccessDenied\",\"message\":\"no\"},\"operation\":\"StopLogging\","
          "\"service\":{\"name\":\"cloudtrail.amazonaws.com\"},\"request\":{\"data\":\"{\\\"name\\\":\\\"main\\\"}\",\"uid\":\"a\"}},"
          "\"actor\":{\"user\":{\"type\":\"IAMUser\",\"name\":\"mallory\",\"uid\":\"arn:aws:iam::1:user/mallory\",\"account\":{\"uid\":\"1\"},\"credential_uid\":\"AKIA\"},"
          "\"session\":{\"is_mfa\":true}},\"http_request\":{\"user_agent\":\"Boto3\"},\"src_endpoint\":{\"ip\":\"203.0.113.9\",\"domain\":null},\"class_uid\":6003,"
          "\"unmapped\":{\"recipientAccountId\":\"1\"}}",
          "cloudtrail", NOON, "ct.name=StopLogging", "ct.src=cloudtrail.amazonaws.com", "cloud.key=AKIA", "cloud.principal=arn:aws:iam::1:user/mallory", "cloud.region=sa-east-1",
          "cloud.ip=203.0.113.9", "ct.error=AccessDenied", "cloud.account=1", "cloud.mfa=true");
    READS("{\"SchemaVersion\":\"2018-10-08\",\"Id\":\"f\",\"ProductArn\":\"arn:aws:securityhub:eu-west-1::product/aws/guardduty\",\"Region\":\"eu-west-1\",\"AwsAccountId\":\"1\","
          "\"Types\":[\"TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B!DNS\"],\"UpdatedAt\":\"2026-03-02T12:00:00Z\",\"Severity\":{\"Normalized\":80},\"Title\":\"t\","
          "\"Resources\":[{\"Type\":\"AwsEc2Instance\",\"Id\":\"arn:aws:ec2:eu-west-1:1:instance/i-0123456789abcdef0\"}]}",
          "guardduty", NOON, "guardduty.type=CryptoCurrency:EC2/BitcoinTool.B!DNS", "cloud.instances=(i-0123456789abcdef0)", "cloud.account=1");
    READS("{\"metadata\":{\"product\":{\"name\":\"GuardDuty\"}},\"time_dt\":\"2026-03-02T12:00:00Z\",\"severity_id\":4,\"cloud\":{\"account\":{\"uid\":\"1\"},\"region\":\"eu-west-1\"},"
          "\"finding_info\":{\"types\":[\"CryptoCurrency:EC2/BitcoinTool.B!DNS\"],\"uid\":\"f\",\"title\":\"t\"},\"resources\":[{\"type\":\"AwsEc2Instance\",\"uid\":\"i-0123456789abcdef0\"}]}",
          "guardduty", NOON, "guardduty.type=CryptoCurrency:EC2/BitcoinTool.B!DNS", "cloud.instances=(i-0123456789abcdef0)", "cloud.id=f");
    /* of another product: not what it is not */
    READS("{\"ProductArn\":\"arn:aws:securityhub:eu-west-1::product/aws/inspector\",\"AwsAccountId\":\"1\",\"time\":\"2026-03-02T12:00:00Z\"}", "json", NOON, "cloud.provider=<NA>");
}

#define BEAT(module, action, more) "{\"@timestamp\":\"2026-03-02T12:00:00.250Z\",\"event\":{\"module\":\"" module "\",\"action\":\"" action "\",\"outcome\":\"success\",\"kind\":\"event\"},\"host\":{\"name\":\"web1\"}," more "}"
#define WHO "\"process\":{\"pid\":701,\"parent\":{\"pid\":700},\"name\":\"curl\",\"executable\":\"/usr/bin/curl\",\"args\":[\"curl\",\"-o\",\"/tmp/\\\"x\\\"\"]},\"user\":{\"id\":\"0\",\"name\":\"root\",\"audit\":{\"id\":\"1000\",\"name\":\"alice\"}},\"tags\":[\"exec\"]"

TEST(audit_in_the_schema_of_elastic)
{
    /* the first line of an act; the others are in tests/e2e/test_log_answers.py */
    READS(BEAT("auditd", "executed", "\"auditd\":{\"message_type\":\"syscall\",\"sequence\":7,\"result\":\"success\",\"session\":\"3\",\"data\":{\"syscall\":\"execve\",\"arch\":\"x86_64\",\"a0\":\"55d\",\"exit\":\"0\"}}," WHO),
          "auditd", NOON, "log.value[type]=SYSCALL", "log.value[SYSCALL]=execve", "log.value[success]=yes", "log.value[exe]=/usr/bin/curl", "log.value[auid]=1000", "log.value[AUID]=alice", "log.value[UID]=root",
          "log.value[ppid]=700", "log.value[key]=exec", "log.value[a0]=55d", "log.value[ses]=3", "log.host=web1", "log.pid=701");
    /* older names, and a hit that holds it */
    READS("{\"_index\":\"a\",\"_source\":" BEAT("auditd", "connected-to", "\"auditd\":{\"message_type\":\"syscall\",\"sequence\":7,\"result\":\"fail\",\"data\":{\"syscall\":\"connect\"}},\"process\":{\"exe\":\"/usr/bin/nc\",\"ppid\":1},"
          "\"user\":{\"auid\":\"1000\",\"uid\":\"5\",\"name_map\":{\"auid\":\"bob\"}}") "}",
          "auditd", NOON, "log.value[SYSCALL]=connect", "log.value[success]=no", "log.value[exe]=/usr/bin/nc", "log.value[AUID]=bob", "log.value[uid]=5", "log.value[ppid]=1");
    READS(BEAT("auditd", "logged-in", "\"auditd\":{\"message_type\":\"user_login\",\"sequence\":8,\"result\":\"fail\",\"data\":{\"op\":\"login\",\"acct\":\"eve\",\"terminal\":\"ssh\"}},\"source\":{\"ip\":\"203.0.113.9\"},\"user\":{\"id\":\"0\",\"name\":\"root\"}"),
          "auditd", NOON, "login.action=login", "login.user=eve", "login.ip=203.0.113.9", "login.outcome=failure", "login.host=web1");
    READS(BEAT("auditd", "logged-in", "\"auditd\":{\"message_type\":\"user_login\",\"result\":\"success\",\"data\":{}},\"user\":{\"name\":\"root\",\"audit\":{\"name\":\"alice\"}}"), "auditd", NOON, "login.user=alice", "login.outcome=success");
    READS(BEAT("auditd", "changed-audit-configuration", "\"auditd\":{\"message_type\":\"config_change\",\"data\":{\"audit_enabled\":\"0\",\"old\":\"1\",\"res\":\"1\"}},\"user\":{\"audit\":{\"id\":\"1000\"}}"),
          "auditd", NOON, "log.value[type]=CONFIG_CHANGE", "log.value[audit_enabled]=0", "log.value[auid]=1000", "log.value[res]=1");
    /* lines that were kept beside count */
    READS("{\"@timestamp\":\"2026-03-02T12:00:00Z\",\"event\":{\"module\":\"auditd\",\"original\":[\"type=USER_CMD msg=audit(1772452800.250:7): pid=1 uid=5 auid=1000 msg='cmd=6964 res=success'\"]},\"auditd\":{\"message_type\":\"user_cmd\"}}",
          "auditd", NOON, "login.command=id");
    /* Filebeat, of the file */
    READS(BEAT("auditd", "syscall", "\"auditd\":{\"log\":{\"record_type\":\"SYSCALL\",\"sequence\":9,\"syscall\":\"59\",\"arch\":\"c000003e\",\"success\":\"yes\",\"node\":\"db1\"}}," WHO), "auditd", NOON, "log.value[SYSCALL]=execve", "log.host=db1", "log.value[serial]=9");
    /* what other modules found */
    READS(BEAT("system", "process_started", WHO), "auditd", NOON, "log.value[type]=EXECVE", "log.value[cmdline]=curl -o /tmp/\"x\"", "log.value[exe]=/usr/bin/curl", "log.value[UID]=root");
    READS(BEAT("system", "user_login", "\"user\":{\"id\":1000,\"name\":\"alice\",\"terminal\":\"pts/1\"},\"source\":{\"ip\":\"203.0.113.9\"}"), "auditd", NOON, "login.action=login", "login.user=alice", "login.outcome=success", "login.tty=pts/1");
    READS(BEAT("system", "user_added", "\"user\":{\"id\":0,\"name\":\"eve\"}"), "auditd", NOON, "login.action=account-added", "login.target=eve", "login.reason=uid-0", "log.value[UID]=<NA>");
    READS(BEAT("system", "network_flow", "\"network\":{\"direction\":\"egress\"},\"source\":{\"ip\":\"10.0.0.4\",\"port\":5},\"destination\":{\"ip\":\"203.0.113.9\",\"port\":4444}," WHO), "auditd", NOON, "log.value[type]=SOCKADDR", "log.value[laddr]=203.0.113.9", "log.value[lport]=4444");
    READS(BEAT("system", "network_flow", "\"network\":{\"direction\":\"ingress\"},\"source\":{\"ip\":\"203.0.113.9\",\"port\":5},\"destination\":{\"ip\":\"10.0.0.4\",\"port\":22}"), "auditd", NOON, "log.value[laddr]=203.0.113.9", "log.value[SYSCALL]=accept");
    READS(BEAT("file_integrity", "created", "\"file\":{\"path\":\"/etc/ld.so.preload\"}"), "auditd", NOON, "log.value[type]=PATH", "log.value[name]=/etc/ld.so.preload", "log.value[nametype]=CREATE");
    /* of Metricbeat and others that have the same words */
    READS(BEAT("system", "process", "\"system\":{\"process\":{\"cpu\":{}}}," WHO), "json", NOON, "login.action=<NA>");
    READS(BEAT("auditd", "x", "\"auditd\":\"x\""), "json", NOON, "login.action=<NA>");
    READS(BEAT("auditd", "x", "\"auditd\":{\"message_type\":\"a b\"}"), "json", NOON, "login.action=<NA>");
}

#define SAID "Failed password for invalid user admin from 203.0.113.9 port 22 ssh2"
#define ENTRY(more, ...) reads("{" more "}", "journal-json", NOON, (const char *const[]){"log.program=sshd", "log.host=web1", "login.user=admin", "login.ip=203.0.113.9", "login.outcome=failure", "log.message=" SAID, __VA_ARGS__ __VA_OPT__(,) NULL})

TEST(lines_of_syslog_that_were_taken_apart)
{
    ENTRY("\"host\":\"web1\",\"ident\":\"sshd\",\"pid\":\"7\",\"message\":\"" SAID "\",\"time\":\"2026-03-02T12:00:00Z\"", "log.pid=7", "json.value[/ident]=sshd", "json.value[/host]=web1");
    ENTRY("\"date\":1772452800.0,\"time\":\"Mar  2 12:00:00\",\"host\":\"web1\",\"ident\":\"sshd\",\"message\":\"" SAID "\"");
    ENTRY("\"@timestamp\":\"2026-03-02T12:00:00Z\",\"host\":\"web1\",\"programname\":\"sshd\",\"procid\":\"7\",\"message\":\" " SAID "\"", "log.pid=7");
    ENTRY("\"timestamp\":\"2026-03-02T12:00:00Z\",\"hostname\":\"web1\",\"syslogtag\":\"sshd[7]:\",\"msg\":\" " SAID "\"", "log.pid=7");
    ENTRY("\"appname\":\"sshd\",\"facility\":\"auth\",\"hostname\":\"web1\",\"message\":\"" SAID "\",\"procid\":7,\"timestamp\":\"2026-03-02T12:00:00Z\"", "log.pid=7");
    ENTRY("\"version\":\"1.1\",\"host\":\"web1\",\"short_message\":\"" SAID "\",\"timestamp\":1772452800.25,\"_application_name\":\"sshd\"");
    ENTRY("\"PROGRAM\":\"sshd\",\"PID\":\"7\",\"MESSAGE\":\"" SAID "\",\"HOST\":\"web1\",\"ISODATE\":\"2026-03-02T12:00:00+00:00\"", "log.pid=7");
    ENTRY("\"TenantId\":\"t\",\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"Computer\":\"web1\",\"SyslogMessage\":\"" SAID "\",\"ProcessID\":7,\"ProcessName\":\"sshd\",\"Type\":\"Syslog\"", "log.pid=7");
    ENTRY("\"EventTime\":\"2026-03-02 12:00:00\",\"Hostname\":\"web1\",\"SourceName\":\"sshd\",\"Message\":\"" SAID "\",\"SyslogFacility\":\"AUTH\"");
    ENTRY("\"date\":1772452800.25,\"SYSLOG_IDENTIFIER\":\"sshd\",\"_HOSTNAME\":\"web1\",\"_PID\":\"7\",\"MESSAGE\":\"" SAID "\"", "log.pid=7");
    ENTRY("\"fields\":{\"message\":\"" SAID "\",\"procid\":\"7\"},\"name\":\"syslog\",\"tags\":{\"appname\":\"sshd\",\"host\":\"collector\",\"hostname\":\"web1\"},\"timestamp\":1772452800", "log.pid=7");
    ENTRY("\"id\":\"A\",\"attributes\":{\"message\":\"" SAID "\",\"host\":\"x\",\"timestamp\":\"2026-03-02T12:00:00Z\",\"attributes\":{\"syslog\":{\"appname\":\"sshd\",\"hostname\":\"web1\"}}}");
    ENTRY("\"@timestamp\":\"2026-03-02T12:00:00Z\",\"event\":{\"dataset\":\"system.auth\"},\"process\":{\"name\":\"sshd\",\"pid\":7},\"host\":{\"hostname\":\"web1\"},\"message\":\"" SAID "\"", "log.pid=7");
    ENTRY("\"@timestamp\":\"2026-03-02T12:00:00Z\",\"syslog\":{\"identifier\":\"sshd\",\"pid\":7},\"host\":{\"name\":\"web1\"},\"message\":\"" SAID "\"", "log.pid=7");
    /* a question to a server of names */
    READS("{\"ident\":\"dnsmasq\",\"message\":\"query[A] x.example from 10.0.0.9\",\"time\":\"2026-03-02T12:00:00Z\"}", "journal-json", NOON, "dns.question=x.example", "dns.client=10.0.0.9");
    /* the whole line is better than its parts */
    READS("{\"ident\":\"other\",\"message\":\"Mar  2 12:00:00 web1 sshd[7]: " SAID "\",\"timestamp\":\"2026-03-02T12:00:00Z\"}", "syslog", NOON, "log.program=sshd", "login.user=admin");
    READS("{\"insertId\":\"x\",\"textPayload\":\"2026-03-02T12:00:00Z web1 sshd[7]: " SAID "\",\"logName\":\"projects/p/logs/auth\"}", "syslog", NOON, "log.program=sshd", "login.user=admin");
    READS("{\"fields\":{\"value\":\"2026-03-02T12:00:00Z web1 sshd[7]: " SAID "\"},\"name\":\"tail\",\"tags\":{\"path\":\"/var/log/auth.log\"}}", "syslog", NOON, "log.program=sshd", "login.user=admin");
    /* no program that said it */
    READS("{\"message\":\"" SAID "\",\"timestamp\":\"2026-03-02T12:00:00Z\"}", "json", NOON, "login.user=<NA>");
    READS("{\"ident\":\"two words\",\"message\":\"" SAID "\",\"timestamp\":\"2026-03-02T12:00:00Z\"}", "json", NOON, "login.user=<NA>");
    READS("{\"SourceName\":\"Microsoft-Windows-Security-Auditing\",\"Hostname\":\"w\",\"Message\":\"An account failed to log on.\",\"EventTime\":\"2026-03-02 12:00:00\"}", "json", NOON, "log.program=<NA>");
    READS("{\"process\":{\"name\":\"sshd\"},\"event\":{\"dataset\":\"endpoint.events.process\"},\"message\":\"" SAID "\",\"@timestamp\":\"2026-03-02T12:00:00Z\"}", "json", NOON, "login.user=<NA>");
}

#define REQUEST(json, ...) reads((json), "access-json", NOON, (const char *const[]){"http.ip=203.0.113.9", "http.method=GET", "http.path=/x", "http.query=y=1", "http.status=404", "http.agent=curl", __VA_ARGS__ __VA_OPT__(,) NULL})

TEST(requests_in_the_words_of_proxies)
{
    REQUEST("{\"ClientIP\":\"203.0.113.9\",\"ClientRequestHost\":\"h\",\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/x?y=1\",\"EdgeEndTimestamp\":\"2026-03-02T12:00:09Z\",\"EdgeStartTimestamp\":\"2026-03-02T12:00:00Z\",\"EdgeResponseBytes\":5,\"EdgeResponseStatus\":404,"
            "\"ClientRequestUserAgent\":\"curl\"}", "http.bytes=5", "http.host=h", "json.value[/ClientIP]=203.0.113.9");
    REQUEST("{\"timestamp\":\"2026-03-02T12:00:00+0000\",\"client_ip\":\"203.0.113.9\",\"host\":\"h\",\"url\":\"/x?y=1\",\"request_method\":\"GET\",\"response_status\":404,\"response_body_size\":5,\"request_user_agent\":\"curl\"}", "http.bytes=5");
    REQUEST("{\"authority\":\"h\",\"bytes_sent\":135,\"downstream_remote_address\":\"10.0.0.1:5\",\"method\":\"GET\",\"path\":\"/x?y=1\",\"response_code\":404,\"start_time\":\"2026-03-02T12:00:00.310Z\",\"user_agent\":\"curl\",\"x_forwarded_for\":\"192.0.2.1,203.0.113.9\"}");
    REQUEST("{\"authority\":\"h\",\"downstream_remote_address\":\"203.0.113.9:5\",\"method\":\"GET\",\"path\":\"/x?y=1\",\"response_code\":404,\"start_time\":\"2026-03-02T12:00:00.310Z\",\"user_agent\":\"curl\",\"x_forwarded_for\":\"-\"}");
    REQUEST("{\"requestId\":\"x\",\"ip\":\"203.0.113.9\",\"requestTime\":\"02/Mar/2026:12:00:00 +0000\",\"httpMethod\":\"GET\",\"path\":\"/x?y=1\",\"status\":\"404\",\"userAgent\":\"curl\"}");
    REQUEST("{\"timeStamp\":\"2026-03-02T12:00:00Z\",\"resourceId\":\"/SUBSCRIPTIONS/X\",\"category\":\"ApplicationGatewayAccessLog\",\"operationName\":\"ApplicationGatewayAccess\",\"properties\":{\"clientIP\":\"203.0.113.9\",\"httpMethod\":\"GET\",\"requestUri\":\"/x\",\"requestQuery\":\"y=1\","
            "\"userAgent\":\"curl\",\"httpStatus\":404,\"sentBytes\":5}}", "http.bytes=5");
    REQUEST("{\"time\":\"2026-03-02T12:00:00Z\",\"resourceId\":\"/SUBSCRIPTIONS/X\",\"category\":\"FrontDoorAccessLog\",\"operationName\":\"Microsoft.Cdn/Profiles/AccessLog/Write\",\"properties\":{\"clientIp\":\"203.0.113.9\",\"httpMethod\":\"GET\",\"requestUri\":\"https://h:443/x?y=1\",\"userAgent\":\"curl\","
            "\"httpStatusCode\":\"404\",\"responseBytes\":\"5\"}}", "http.host=h", "http.bytes=5");
    REQUEST("{\"time\":\"2026-03-02T12:00:00Z\",\"resourceId\":\"/SUBSCRIPTIONS/X\",\"category\":\"AppServiceHTTPLogs\",\"properties\":\"{\\\"CIp\\\":\\\"203.0.113.9\\\",\\\"CsUriStem\\\":\\\"/x\\\",\\\"CsUriQuery\\\":\\\"y=1\\\",\\\"CsMethod\\\":\\\"GET\\\","
            "\\\"ScStatus\\\":\\\"404\\\",\\\"UserAgent\\\":\\\"curl\\\"}\"}");
    REQUEST("{\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"CIp\":\"203.0.113.9\",\"CsUriStem\":\"/x\",\"CsUriQuery\":\"y=1\",\"CsMethod\":\"GET\",\"ScStatus\":404,\"UserAgent\":\"curl\"}");
    REQUEST("{\"@timestamp\":\"2026-03-02T12:00:00Z\",\"url\":{\"original\":\"/x?y=1\"},\"http\":{\"request\":{\"method\":\"GET\"},\"response\":{\"status_code\":404}},\"source\":{\"ip\":\"203.0.113.9\"},\"user_agent\":{\"original\":\"curl\"}}");
    REQUEST("{\"@timestamp\":\"2026-03-02T12:00:00Z\",\"clientip\":\"203.0.113.9\",\"status\":404,\"request\":\"/x\",\"query\":\"?y=1\",\"verb\":\"GET\",\"useragent\":\"curl\"}");
    /* the line itself is better; what has no client, or did something else */
    READS("{\"@timestamp\":\"2026-03-02T12:00:09Z\",\"event\":{\"original\":\"203.0.113.9 - - [02/Mar/2026:12:00:00 +0000] \\\"GET /x HTTP/1.1\\\" 200 5 \\\"-\\\" \\\"curl\\\"\"},\"url\":{\"original\":\"/y\"},\"http\":{\"request\":{\"method\":\"GET\"},\"response\":{\"status_code\":200}},\"source\":{\"ip\":\"192.0.2.1\"}}",
          "access", NOON, "http.ip=203.0.113.9", "http.path=/x");
    READS("{\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/x\",\"EdgeResponseStatus\":404}", "json", 0, "http.method=<NA>");
    READS("{\"time\":\"2026-03-02T12:00:00Z\",\"resourceId\":\"/SUBSCRIPTIONS/X\",\"category\":\"Administrative\",\"operationName\":\"MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE\",\"properties\":\"{\\\"statusCode\\\":\\\"OK\\\"}\"}", "azure-activity", NOON, "http.method=<NA>", "json.value[/properties/statusCode]=OK");
    READS("Mar  2 12:00:00 lb haproxy[7]: 203.0.113.9:33317 [02/Mar/2026:11:00:00.655] in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 \"GET /x?y=1 HTTP/1.1\"", "syslog", NOON, "http.ip=203.0.113.9", "http.path=/x", "log.program=haproxy", "login.ip=<NA>");
}

#define CLUSTER(json) READS((json), "k8s-audit", NOON, "cloud.action=create pods/exec", "cloud.principal=eve", "cloud.ip=203.0.113.9", "cloud.outcome=success", "ka.target.subresource=exec")

TEST(clusters_of_azure)
{
    CLUSTER("{\"time\":\"2026-03-02T12:00:01Z\",\"category\":\"kube-audit\",\"operationName\":\"Microsoft.ContainerService/managedClusters/diagnosticLogs/Read\",\"resourceId\":\"/SUBSCRIPTIONS/S\",\"properties\":{\"log\":\"{\\\"kind\\\":\\\"Event\\\",\\\"apiVersion\\\":\\\"audit.k8s.io/v1\\\",\\\"auditID\\\":\\\"x\\\",\\\"stage\\\":\\\"ResponseComplete\\\",\\\"verb\\\":\\\"create\\\",\\\"user\\\":{\\\"username\\\":\\\"eve\\\"},\\\"sourceIPs\\\":[\\\"203.0.113.9\\\"],\\\"objectRef\\\":{\\\"resource\\\":\\\"pods\\\",\\\"namespace\\\":\\\"d\\\",\\\"name\\\":\\\"p\\\",\\\"subresource\\\":\\\"exec\\\"},\\\"responseStatus\\\":{\\\"code\\\":101},\\\"stageTimestamp\\\":\\\"2026-03-02T12:00:00Z\\\"}\\n\",\"stream\":\"stdout\",\"pod\":\"kube-apiserver-0\"}}");
    CLUSTER("{\"TimeGenerated\":\"2026-03-02T12:00:01Z\",\"Category\":\"kube-audit\",\"log_s\":\"{\\\"kind\\\":\\\"Event\\\",\\\"apiVersion\\\":\\\"audit.k8s.io/v1\\\",\\\"auditID\\\":\\\"x\\\",\\\"stage\\\":\\\"ResponseComplete\\\",\\\"verb\\\":\\\"create\\\",\\\"user\\\":{\\\"username\\\":\\\"eve\\\"},\\\"sourceIPs\\\":[\\\"203.0.113.9\\\"],\\\"objectRef\\\":{\\\"resource\\\":\\\"pods\\\",\\\"namespace\\\":\\\"d\\\",\\\"name\\\":\\\"p\\\",\\\"subresource\\\":\\\"exec\\\"},\\\"responseStatus\\\":{\\\"code\\\":101},\\\"stageTimestamp\\\":\\\"2026-03-02T12:00:00Z\\\"}\",\"pod_s\":\"kube-apiserver-0\",\"Type\":\"AzureDiagnostics\"}");
    CLUSTER("{\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"Level\":\"Request\",\"AuditId\":\"x\",\"Stage\":\"ResponseComplete\",\"Verb\":\"create\",\"User\":\"{\\\"username\\\":\\\"eve\\\"}\",\"SourceIps\":[\"203.0.113.9\"],\"ObjectRef\":{\"resource\":\"pods\",\"namespace\":\"d\",\"name\":\"p\",\"subresource\":\"exec\"},"
            "\"ResponseStatus\":{\"code\":101},\"Type\":\"AKSAudit\"}");
    /* another log of the cluster */
    READS("{\"time\":\"2026-03-02T12:00:00Z\",\"category\":\"guard\",\"operationName\":\"Microsoft.ContainerService/managedClusters/diagnosticLogs/Read\",\"resourceId\":\"/SUBSCRIPTIONS/S\",\"properties\":{\"log\":\"{\\\"a\\\":1}\"}}", "azure-activity", NOON, "cloud.principal=<NA>");
    /* a program signs in with no password */
    READS("{\"time\":\"2026-03-02T12:00:00Z\",\"category\":\"ServicePrincipalSignInLogs\",\"operationName\":\"Sign-in activity\",\"resultType\":\"0\",\"properties\":{\"servicePrincipalName\":\"ci\",\"ipAddress\":\"203.0.113.9\",\"status\":{\"errorCode\":0}}}", "entra", NOON, "login.user=ci",
          "login.outcome=success", "login.method=<NA>");
    /* of the identity center of AWS */
    READS("{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"IdentityCenterUser\",\"accountId\":\"1\",\"onBehalfOf\":{\"userId\":\"544894e8\",\"identityStoreArn\":\"arn:aws:identitystore::1:identitystore/d-9\"}},\"eventTime\":\"2026-03-02T12:00:00Z\",\"eventSource\":\"sso.amazonaws.com\",\"eventName\":\"Authenticate\"}",
          "cloudtrail", NOON, "cloud.principal=544894e8", "cloud.principal.type=federated");
}

#define OTEL(record) "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"host.name\",\"value\":{\"stringValue\":\"web1\"}}]},\"scopeLogs\":[{\"scope\":{},\"logRecords\":[" record "]}]}]}"
#define STOP "{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-03-02T12:00:00Z\",\"eventSource\":\"cloudtrail.amazonaws.com\",\"eventName\":\"StopLogging\",\"userIdentity\":{\"type\":\"Root\"},\"sourceIPAddress\":\"203.0.113.9\"}"
#define IN_STRING "{\\\"eventVersion\\\":\\\"1.08\\\",\\\"eventTime\\\":\\\"2026-03-02T12:00:00Z\\\",\\\"eventSource\\\":\\\"cloudtrail.amazonaws.com\\\",\\\"eventName\\\":\\\"StopLogging\\\",\\\"userIdentity\\\":{\\\"type\\\":\\\"Root\\\"}}"

TEST(records_of_open_telemetry)
{
    READS(OTEL("{\"timeUnixNano\":\"1772452800000000000\",\"body\":{\"stringValue\":\"Mar  2 12:00:00 web1 sshd[7]: " SAID "\"}}"), "syslog", NOON, "log.program=sshd", "login.user=admin");
    READS(OTEL("{\"observedTimeUnixNano\":\"1772452800000000000\",\"body\":{\"stringValue\":\"" IN_STRING "\"}}"), "cloudtrail", NOON, "ct.name=StopLogging", "cloud.principal.type=root");
    READS(OTEL("{\"timeUnixNano\":\"1\",\"body\":{\"kvlistValue\":{\"values\":[{\"key\":\"eventSource\",\"value\":{\"stringValue\":\"ec2.amazonaws.com\"}},{\"key\":\"eventName\",\"value\":{\"stringValue\":\"RunInstances\"}},"
               "{\"key\":\"eventVersion\",\"value\":{\"stringValue\":\"1.08\"}},{\"key\":\"eventTime\",\"value\":{\"stringValue\":\"2026-03-02T12:00:00Z\"}},{\"key\":\"requestParameters\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"maxCount\","
               "\"value\":{\"intValue\":\"3\"}},{\"key\":\"dry\",\"value\":{\"boolValue\":true}},{\"key\":\"l\",\"value\":{\"arrayValue\":{\"values\":[{\"doubleValue\":1.5},{}]}}}]}}}]}}}"),
          "cloudtrail", NOON, "ct.name=RunInstances", "json.value[/requestParameters/maxCount]=3", "json.value[/requestParameters/dry]=true", "json.value[/requestParameters/l/0]=1.5");
    /* the receiver of syslog takes lines apart; a record alone */
    READS(OTEL("{\"timeUnixNano\":\"1772452800000000000\",\"body\":{\"stringValue\":\"<38>x\"},\"attributes\":[{\"key\":\"appname\",\"value\":{\"stringValue\":\"sshd\"}},{\"key\":\"hostname\",\"value\":{\"stringValue\":\"web1\"}},"
               "{\"key\":\"message\",\"value\":{\"stringValue\":\"" SAID "\"}}]}"),
          "journal-json", NOON, "log.program=sshd", "log.host=web1", "login.user=admin");
    READS("{\"timeUnixNano\":\"1772452800000000000\",\"severityNumber\":9,\"body\":{\"stringValue\":\"2026-03-02T12:00:00Z web1 sshd[7]: " SAID "\"}}", "syslog", NOON, "login.user=admin");
    READS("{\"@timestamp\":\"2026-03-02T12:00:00Z\",\"body\":{\"text\":\"2026-03-02T12:00:00Z web1 sshd[7]: " SAID "\"},\"attributes\":{}}", "syslog", NOON, "login.user=admin");
    READS(OTEL("{\"timeUnixNano\":\"1772452800000000000\",\"body\":{\"stringValue\":\"hello\"}}"), "json", NOON, "json.value[/body]=hello", "json.value[/resource/host.name]=web1");
    READS("{\"resourceLogs\":[{\"scopeLogs\":7}]}", "json", 0, "login.user=<NA>");
    READS("{\"attributes\":" STOP "}", "cloudtrail", NOON, "ct.name=StopLogging");
    READS("{\"topic\":\"t\",\"value\":\"" IN_STRING "\"}", "cloudtrail", NOON, "ct.name=StopLogging");
}

#define ACTIVITY(application, events) "{\"kind\":\"admin#reports#activity\",\"id\":{\"time\":\"2026-03-02T12:00:00.000Z\",\"uniqueQualifier\":\"-5\",\"applicationName\":\"" application "\",\"customerId\":\"C03\"}," \
    "\"actor\":{\"email\":\"eve@example.com\",\"profileId\":\"1\"},\"ipAddress\":\"203.0.113.9\",\"events\":[" events "]}"

TEST(activities_of_workspace)
{
    READS(ACTIVITY("admin", "{\"type\":\"SECURITY_SETTINGS\",\"name\":\"ENFORCE_STRONG_AUTHENTICATION\",\"parameters\":[{\"name\":\"NEW_VALUE\",\"value\":\"false\"},{\"name\":\"N\",\"intValue\":\"5\"},{\"name\":\"B\",\"boolValue\":true},{\"name\":\"M\",\"multiValue\":[\"a\"]},7,{}]}"),
          "gcp-audit", NOON, "cloud.provider=gcp", "cloud.service=admin", "cloud.action=google.admin.AdminService.enforceStrongAuthentication", "cloud.principal=eve@example.com", "cloud.ip=203.0.113.9", "cloud.account=C03",
          "cloud.id=-5", "cloud.category=management", "json.value[/protoPayload/metadata/event/0/eventName]=ENFORCE_STRONG_AUTHENTICATION", "json.any[/protoPayload/metadata/event/parameter/NEW_VALUE]=false",
          "json.any[/protoPayload/metadata/event/parameter/B]=true", "json.any[/protoPayload/metadata/event/parameter/M]=(a,[\"a\"])", "json.any[/protoPayload/metadata/event/parameter/N]=5");
    READS(ACTIVITY("login", "{\"type\":\"login\",\"name\":\"login_failure\"},{\"name\":\"logout\"}"), "gcp-audit", NOON, "cloud.action=google.login.LoginService.loginFailure",
          "cloud.outcome=failure", "cloud.category=login", "login.user=eve@example.com", "login.ip=203.0.113.9", "login.outcome=failure", "login.reason=<NA>");
    READS(ACTIVITY("login", "{\"type\":\"login\",\"name\":\"login_success\",\"parameters\":[{\"name\":\"login_type\",\"value\":\"google_password\"},{\"name\":\"login_challenge_method\",\"multiValue\":[\"password\",\"totp\"]}]}"), "gcp-audit", NOON,
          "cloud.outcome=success", "login.outcome=success", "login.method=password");
    READS("{\"protoPayload\":{\"serviceName\":\"login.googleapis.com\",\"methodName\":\"google.login.LoginService.loginFailure\",\"authenticationInfo\":{\"principalEmail\":\"eve@example.com\"},\"requestMetadata\":{\"callerIp\":\"203.0.113.9\"},"
          "\"metadata\":{\"event\":[{\"eventName\":\"login_failure\",\"parameter\":[{\"name\":\"login_failure_type\",\"value\":\"login_failure_invalid_password\"},{\"name\":\"login_challenge_method\",\"multiStrValue\":[\"password\"]}]}]}},\"timestamp\":\"2026-03-02T12:00:00Z\"}",
          "gcp-audit", NOON, "login.user=eve@example.com", "login.outcome=failure", "login.reason=login_failure_invalid_password", "login.method=password");
    READS(ACTIVITY("login", "{\"name\":\"logout\"}"), "gcp-audit", NOON, "login.outcome=<NA>", "login.user=<NA>", "cloud.category=data");
    READS("{\"id\":{\"time\":\"2026-03-02T12:00:00Z\",\"applicationName\":\"token\"},\"actor\":{\"key\":\"SYSTEM\"},\"events\":[{\"name\":\"authorize\"}]}", "gcp-audit", NOON, "cloud.principal=SYSTEM", "cloud.action=google.token.TokenService.authorize");
    READS("{\"id\":{\"time\":\"2026-03-02T12:00:00Z\",\"applicationName\":\"token\"},\"events\":7}", "json", 0, "cloud.provider=<NA>");
}

/* What all records that one object gives have in common is not written a thousand times when it is large. */
TEST(many_records_of_much_in_common)
{
    static const char *const beginnings[] = {"{\"id\":{\"time\":\"2026-03-02T12:00:00Z\",\"applicationName\":\"admin\",\"customerId\":\"", "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"a\",\"value\":{\"stringValue\":\""};
    static const char *const middles[] = {"\"},\"events\":[", "\"}}]},\"scopeLogs\":[{\"logRecords\":["}, *const each[] = {"{\"name\":\"X\"}", "{\"body\":{\"stringValue\":\"x\"}}"}, *const ends[] = {"]}", "]}]}]}"};
    for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
        struct error err = ERROR_NULL;
        _cleanup_(log_reader_freep) struct log_reader *reader = NULL;
        _cleanup_(strbuf_done) struct strbuf b = {};
        const struct log_record *r;
        struct rusage before, after;
        CHECK_INT(log_reader_new(&(struct log_options){}, &reader, &err), 0);
        strbuf_adds(&b, beginnings[i]);
        for (unsigned k = 0; k < 1 << 20; k++)
            strbuf_addc(&b, 'c');
        strbuf_adds(&b, middles[i]);
        for (unsigned k = 0; k < 1000; k++) {
            strbuf_adds(&b, k ? "," : "");
            strbuf_adds(&b, each[i]);
        }
        strbuf_adds(&b, ends[i]);
        CHECK_INT(getrusage(RUSAGE_SELF, &before), 0);
        CHECK_INT(log_reader_text(reader, strbuf_str(&b), &r, &err), 0);
        CHECK_INT(getrusage(RUSAGE_SELF, &after), 0);
        CHECK(after.ru_maxrss - before.ru_maxrss < 600 << 10); /* KiB, with what a sanitizer holds back; it would be gigabytes */
    }
}

#define OKTA(result) "{\"actor\":{\"id\":\"00u\",\"type\":\"User\",\"alternateId\":\"eve@example.com\",\"displayName\":\"Eve\"},\"client\":{\"userAgent\":{\"rawUserAgent\":\"Mozilla\"}," \
                     "\"ipAddress\":\"203.0.113.9\"},\"eventType\":\"user.session.start\",\"outcome\":{\"result\":\"" result "\",\"reason\":\"INVALID_CREDENTIALS\"}," \
                     "\"published\":\"2026-03-02T12:00:00.000Z\",\"uuid\":\"u\",\"target\":[{\"alternateId\":\"bob@example.com\"}]}"

TEST(acts_in_azure_elsewhere)
{
    READS("{\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"OperationName\":\"Add member to role\",\"Category\":\"RoleManagement\",\"Result\":\"success\",\"InitiatedBy\":\"{\\\"user\\\":{\\\"userPrincipalName\\\":\\\"eve@example.com\\\",\\\"ipAddress\\\":\\\"203.0.113.9\\\"}}\","
          "\"TargetResources\":\"[{\\\"userPrincipalName\\\":\\\"bob@example.com\\\"}]\",\"LoggedByService\":\"Core Directory\",\"Type\":\"AuditLogs\"}",
          "entra", NOON, "cloud.action=Add member to role", "cloud.principal=eve@example.com", "cloud.ip=203.0.113.9", "cloud.resource=bob@example.com", "cloud.outcome=success");
    READS("{\"subject\":\"/subscriptions/s\",\"eventType\":\"Microsoft.Resources.ResourceDeleteSuccess\",\"eventTime\":\"2026-03-02T12:00:00Z\",\"data\":{\"claims\":{\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"eve@example.com\",\"ipaddr\":\"203.0.113.9\"},"
          "\"httpRequest\":{\"clientIpAddress\":\"203.0.113.9\"},\"resourceUri\":\"/subscriptions/s/resourceGroups/r/x\",\"operationName\":\"Microsoft.Storage/storageAccounts/delete\",\"status\":\"Succeeded\",\"subscriptionId\":\"s\"}}",
          "azure-activity", NOON, "cloud.action=Microsoft.Storage/storageAccounts/delete", "cloud.principal=eve@example.com", "cloud.ip=203.0.113.9", "cloud.resource=/subscriptions/s/resourceGroups/r/x", "cloud.outcome=success");
    /* a hook of Okta */
    READS("{\"eventType\":\"com.okta.event_hook\",\"cloudEventsVersion\":\"0.1\",\"data\":{\"events\":[" OKTA("FAILURE") "]}}", "okta", NOON, "cloud.principal=eve@example.com", "login.outcome=failure");
}

TEST(lookups_of_a_machine)
{
    READS("{\"state\":\"success\",\"question\":[{\"class\":1,\"type\":1,\"name\":\"EU.pool.example\"}],\"answer\":[{\"ifindex\":2,\"rr\":{\"key\":{},\"name\":\"y.example\"}},{\"rr\":{\"address\":[203,0,113,9]}},{\"rr\":{\"address\":[1,2]}},"
          "{\"rr\":{\"items\":[[104,105],[33]]}},{\"rr\":{\"address\":[32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1]}},7]}",
          "systemd-resolved", 0, "dns.question=eu.pool.example", "dns.type=A", "dns.rcode=NOERROR", "dns.is_answer=true", "dns.is_answer_only=false", "dns.answers=(y.example,203.0.113.9,hi!,2001:db8::1)");
    READS("{\"state\":\"rcode-failure\",\"rcode\":3,\"question\":[{\"class\":1,\"type\":99,\"name\":\"x.example\"}]}", "systemd-resolved", 0, "dns.type=TYPE99", "dns.rcode=NXDOMAIN", "dns.answers=<NA>");
    READS("{\"state\":\"no-servers\",\"question\":[{\"class\":1,\"type\":1,\"name\":\"x.example\"}]}", "systemd-resolved", 0, "dns.rcode=<NA>");
    READS("{\"state\":\"success\",\"question\":[{\"name\":\"x.example\"}]}", "json", 0, "dns.question=<NA>");
}

#define M365 "{\"CreationTime\":\"2026-03-02T12:00:00\",\"Id\":\"x\",\"Operation\":\"New-InboxRule\",\"OrganizationId\":\"o\",\"RecordType\":1,\"ResultStatus\":\"True\",\"Workload\":\"Exchange\"," \
             "\"ClientIP\":\"[2001:db8::1]:1234\",\"UserId\":\"eve@example.com\"}"

TEST(services_that_people_sign_in_to)
{
    READS(OKTA("FAILURE"), "okta", NOON, "cloud.provider=okta", "cloud.action=user.session.start", "cloud.principal=eve@example.com", "cloud.ip=203.0.113.9", "cloud.outcome=failure",
          "login.outcome=failure", "login.reason=INVALID_CREDENTIALS", "cloud.resource=bob@example.com");
    READS("{\"version\":\"0\",\"detail-type\":\"SystemLog\",\"detail\":" OKTA("SUCCESS") "}", "okta", NOON, "login.outcome=success", "login.user=eve@example.com", "cloud.error=<NA>");
    READS(M365, "m365", NOON, "cloud.provider=m365", "cloud.action=New-InboxRule", "cloud.principal=eve@example.com", "cloud.ip=2001:db8::1", "cloud.service=Exchange", "login.user=<NA>");
    READS("{\"id\":\"x\",\"createdDateTime\":\"2026-03-02T12:00:00Z\",\"auditData\":" M365 "}", "m365", NOON, "cloud.action=New-InboxRule");
    /* a table of Sentinel has other names for the same */
    READS("{\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"OfficeWorkload\":\"Exchange\",\"Operation\":\"New-InboxRule\",\"RecordType\":\"ExchangeAdmin\",\"UserType\":\"Admin\",\"UserId\":\"eve@example.com\",\"ClientIP\":\"203.0.113.9:4000\",\"ResultStatus\":\"True\","
          "\"Parameters\":\"[{\\\"Name\\\":\\\"ForwardTo\\\",\\\"Value\\\":\\\"x@y.example\\\"}]\",\"SourceSystem\":\"\",\"Type\":\"OfficeActivity\"}",
          "m365", NOON, "cloud.action=New-InboxRule", "cloud.principal=eve@example.com", "cloud.ip=203.0.113.9", "cloud.principal.type=user", "cloud.outcome=success");
    /* who acts: people at a browser, tokens, the services themselves */
    READS(OKTA("SUCCESS"), "okta", NOON, "cloud.principal.type=user", "cloud.is_console=true");
    READS("{\"@timestamp\":1772452800000,\"_document_id\":\"d\",\"action\":\"git.clone\",\"actor\":\"ci[bot]\",\"actor_is_bot\":true,\"hashed_token\":\"h=\",\"org\":\"acme\",\"actor_location\":{\"country_code\":\"DE\"},\"actor_ip\":\"203.0.113.9\"}", "github", NOON,
          "cloud.principal.type=service", "cloud.is_console=false", "cloud.key=h=", "cloud.country=DE");
    READS("{\"CreationTime\":\"2026-03-02T12:00:00\",\"Operation\":\"Set-Mailbox\",\"RecordType\":1,\"Workload\":\"Exchange\",\"UserType\":4,\"UserId\":\"NT AUTHORITY\\\\SYSTEM\"}", "m365", NOON, "cloud.principal.type=service", "cloud.is_console=false");
    READS("{\"@timestamp\":1772452800000,\"_document_id\":\"d\",\"action\":\"org.disable_two_factor_requirement\",\"actor\":\"eve\",\"actor_ip\":\"203.0.113.9\",\"org\":\"acme\"}", "github", NOON,
          "cloud.provider=github", "cloud.action=org.disable_two_factor_requirement", "cloud.principal=eve", "cloud.account=acme", "cloud.ip=203.0.113.9");
    READS("{\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"OperationNameValue\":\"MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE\",\"ActivityStatusValue\":\"Success\",\"Caller\":\"eve@example.com\"}",
          "azure-activity", NOON, "cloud.principal=eve@example.com", "cloud.outcome=success");
}

TEST(audits_of_services)
{
    READS("{\"time\":\"2026-03-02T12:00:00.5Z\",\"type\":\"response\",\"auth\":{\"display_name\":\"userpass-alice\"},\"request\":{\"id\":\"r1\",\"operation\":\"read\",\"path\":\"secret/data/prod\",\"remote_address\":\"203.0.113.9\"}}", "service", NOON, "cloud.provider=vault",
          "cloud.action=read", "cloud.principal=userpass-alice", "cloud.ip=203.0.113.9", "cloud.resource=secret/data/prod", "cloud.outcome=success", "cloud.category=management");
    READS("{\"time\":\"2026-03-02T12:00:00Z\",\"type\":\"response\",\"error\":\"permission denied\",\"request\":{\"operation\":\"update\",\"path\":\"auth/userpass/login/eve\",\"remote_address\":\"203.0.113.9\"}}", "service", NOON, "cloud.category=login", "login.outcome=failure",
          "login.ip=203.0.113.9");
    /* what was asked for says nothing of what came of it, which has a record of its own */
    READS("{\"time\":\"2026-03-02T12:00:00Z\",\"type\":\"request\",\"request\":{\"operation\":\"update\",\"path\":\"auth/userpass/login/eve\",\"remote_address\":\"203.0.113.9\"}}", "service", NOON, "cloud.action=update", "cloud.outcome=<NA>", "login.outcome=<NA>", "login.ip=<NA>");
    READS("{\"author_name\":\"alice\",\"entity_type\":\"Project\",\"entity_path\":\"g/p\",\"target_type\":\"DeployKey\",\"details\":{\"custom_message\":\"Added deploy key\"},\"ip_address\":\"203.0.113.9\",\"created_at\":\"2026-03-02T12:00:00Z\"}", "service", NOON,
          "cloud.provider=gitlab", "cloud.action=Added deploy key", "cloud.resource=g/p", "cloud.ip=203.0.113.9");
    READS("{\"event\":\"user.login\",\"code\":\"T1000W\",\"uid\":\"u\",\"time\":\"2026-03-02T12:00:00Z\",\"user\":\"alice\",\"success\":false,\"addr.remote\":\"203.0.113.9:40000\"}", "service", NOON, "cloud.provider=teleport", "login.outcome=failure", "login.user=alice",
          "login.ip=203.0.113.9");
    READS("{\"auditType\":{\"action\":\"Repository deleted\"},\"author\":{\"name\":\"alice\"},\"source\":\"203.0.113.9\",\"timestamp\":{\"epochSecond\":1772452800,\"nano\":0}}", "service", NOON, "cloud.provider=bitbucket", "cloud.principal=alice", "cloud.ip=203.0.113.9");
    READS("{\"log_id\":\"1\",\"date\":\"2026-03-02T12:00:00Z\",\"type\":\"fp\",\"ip\":\"203.0.113.9\",\"user_name\":\"alice@example.com\"}", "service", NOON, "cloud.provider=auth0", "login.outcome=failure", "login.user=alice@example.com");
    READS("{\"realmId\":\"r\",\"type\":\"LOGIN\",\"time\":1772452800000,\"ipAddress\":\"203.0.113.9\",\"details\":{\"username\":\"alice\"}}", "service", NOON, "cloud.provider=keycloak", "login.outcome=success");
    READS("{\"date_create\":1772452800,\"action\":\"user_login\",\"actor\":{\"user\":{\"email\":\"alice@example.com\"}},\"entity\":{\"type\":\"user\"},\"context\":{\"ip_address\":\"203.0.113.9\"}}", "service", NOON, "cloud.provider=slack", "login.user=alice@example.com");
    READS("{\"ActionType\":\"login\",\"ActionResult\":false,\"ActorID\":\"a\",\"ActorEmail\":\"alice@example.com\",\"ActorIP\":\"203.0.113.9\",\"When\":\"2026-03-02T12:00:00Z\"}", "service", NOON, "cloud.provider=cloudflare", "login.outcome=failure");
    READS("{\"type\":\"audit\",\"timestamp\":\"2026-03-02T12:00:00,123+0000\",\"event.action\":\"authentication_failed\",\"user.name\":\"elastic\",\"origin.address\":\"203.0.113.9:4000\"}", "service", NOON, "cloud.provider=elasticsearch", "login.outcome=failure", "login.ip=203.0.113.9");
    READS("{\"version\":\"1\",\"time\":\"2026-03-02T12:00:00Z\",\"trigger\":\"incoming\",\"api\":{\"name\":\"GetObject\",\"bucket\":\"b\",\"status\":\"OK\"},\"remotehost\":\"203.0.113.9\",\"accessKey\":\"k\"}", "service", NOON, "cloud.provider=minio", "cloud.principal=k", "cloud.resource=b");
    READS("{\"connection-log-type\":\"connection-attempt\",\"connection-attempt-status\":\"failed\",\"client-vpn-endpoint-id\":\"e\",\"connection-start-time\":\"2026-03-02 12:00:00\",\"username\":\"alice\",\"device-ip\":\"203.0.113.9\"}", "service", NOON, "cloud.provider=aws",
          "login.outcome=failure", "login.user=alice");
    /* what clouds find by themselves */
    READS("{\"id\":\"1\",\"riskEventType\":\"unfamiliarFeatures\",\"riskLevel\":\"high\",\"userPrincipalName\":\"alice@example.com\",\"ipAddress\":\"203.0.113.9\",\"detectedDateTime\":\"2026-03-02T12:00:00Z\"}", "entra", NOON, "cloud.category=finding",
          "cloud.action=unfamiliarFeatures", "cloud.principal=alice@example.com", "cloud.ip=203.0.113.9", "azure.risk=high", "login.outcome=<NA>", "cloud.outcome=<NA>");
    READS("{\"finding\":{\"category\":\"Execution: Cryptocurrency Mining Hash Match\",\"eventTime\":\"2026-03-02T12:00:00Z\",\"resourceName\":\"//compute/1\"}}", "service", NOON, "cloud.provider=gcp", "cloud.category=finding", "cloud.resource=//compute/1", "cloud.outcome=<NA>");
    READS("{\"id\":\"a\",\"properties\":{\"alertType\":\"VM_DigitalCurrencyMining\",\"alertDisplayName\":\"x\",\"compromisedEntity\":\"vm1\",\"startTimeUtc\":\"2026-03-02T12:00:00Z\"}}", "service", NOON, "cloud.provider=azure", "cloud.category=finding", "cloud.resource=vm1");
    /* Tencent Cloud has CloudTrail's names, and is no call to AWS */
    READS("{\"eventName\":\"RunInstances\",\"eventTime\":1772452800,\"eventRegion\":\"ap-guangzhou\",\"resourceType\":\"cvm\",\"sourceIPAddress\":\"203.0.113.9\",\"apiErrorCode\":0,\"userIdentity\":{\"type\":\"CAMUser\",\"accountId\":\"100\",\"userName\":\"alice\",\"secretId\":\"AKIDEXAMPLE\"}}",
          "tencent-audit", NOON, "cloud.provider=tencent", "cloud.principal=alice", "cloud.key=AKIDEXAMPLE", "cloud.service=cvm", "cloud.outcome=success", "cloud.account=100", "ct.name=<NA>");
    READS("{\"eventName\":\"RunInstances\",\"eventTime\":\"2026-03-02T12:00:00Z\",\"awsRegion\":\"eu-west-1\",\"userIdentity\":{\"type\":\"Root\"}}", "cloudtrail", NOON, "cloud.provider=aws");
    READS_NTH("{\"Response\":{\"Events\":[{\"EventName\":\"RunInstances\",\"CloudAuditEvent\":\"{\\\"eventName\\\":\\\"RunInstances\\\",\\\"eventRegion\\\":\\\"ap\\\",\\\"userIdentity\\\":{\\\"userName\\\":\\\"alice\\\"}}\"}],\"RequestId\":\"r\"}}", 1, "log.format=tencent-audit",
              "cloud.principal=alice");
    /* near misses */
    READS("{\"type\":\"request\",\"request\":{\"path\":\"/x\"}}", "json", 0, "cloud.provider=<NA>");
    READS("{\"realmId\":\"r\",\"type\":{}}", "json", 0, "cloud.provider=<NA>");
}
