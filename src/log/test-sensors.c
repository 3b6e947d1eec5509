// SPDX-License-Identifier: Apache-2.0
/* What sensors on a network and on a machine, other rule engines, servers of data and further clouds write. */
#include "log/test-reads.h"

enum { NOON = 1772452800 }; /* 2026-03-02T12:00:00Z */
#define AT "\"2026-03-02T12:00:00.000000Z\""

#define EVE(type, rest) "{\"timestamp\":\"2026-03-02T13:00:00.250000+0100\",\"flow_id\":1,\"in_iface\":\"eth0\",\"event_type\":\"" type "\",\"src_ip\":\"10.0.0.5\",\"src_port\":40000,\"dest_ip\":\"203.0.113.9\",\"dest_port\":3333,\"proto\":\"TCP\"," rest "}"

TEST(suricata)
{
    READS(EVE("flow", "\"app_proto\":\"failed\",\"flow\":{\"pkts_toserver\":12,\"pkts_toclient\":9,\"bytes_toserver\":1200,\"bytes_toclient\":900,\"start\":\"2026-03-02T13:00:00.000000+0100\",\"end\":\"2026-03-02T14:00:00.000000+0100\",\"age\":3600}"),
          "suricata", NOON, "flow.src=10.0.0.5", "flow.dst=203.0.113.9", "flow.srcport=40000", "flow.dstport=3333", "flow.proto=tcp", "flow.packets=12", "flow.bytes=1200", "flow.seconds=3600", "flow.action=ACCEPT", "log.program=suricata",
          "fd.rip=10.0.0.5");
    READS(EVE("netflow", "\"netflow\":{\"pkts\":12,\"bytes\":1200,\"age\":60}"), "suricata", NOON, "flow.packets=12", "flow.bytes=1200", "flow.seconds=60");
    READS(EVE("drop", "\"drop\":{}"), "suricata", NOON, "flow.action=REJECT");
    READS(EVE("tls", "\"tls\":{\"sni\":\"pool.example\",\"version\":\"TLS 1.3\"}"), "suricata", NOON, "flow.sni=pool.example", "flow.dstport=3333", "flow.bytes=<NA>");
    /* what an alert says of its connection is not counted twice */
    READS(EVE("alert", "\"alert\":{\"action\":\"allowed\",\"signature_id\":1,\"signature\":\"A miner\",\"category\":\"Crypto Currency Mining Activity Detected\",\"severity\":2},\"flow\":{\"pkts_toserver\":3,\"bytes_toserver\":300}"),
          "suricata", NOON, "log.message=A miner", "log.value[category]=Crypto Currency Mining Activity Detected", "log.value[severity]=2", "flow.dst=203.0.113.9", "flow.bytes=<NA>");
    READS(EVE("http", "\"http\":{\"hostname\":\"h.example\",\"url\":\"/x?y=1\",\"http_user_agent\":\"curl/8\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"length\":5}"), "suricata", NOON, "http.host=h.example",
          "http.path=/x", "http.query=y=1", "http.agent=curl/8", "http.ip=10.0.0.5", "http.status=200", "http.bytes=5");
    /* all versions of answers; of a question nothing is known yet */
    READS(EVE("dns", "\"dns\":{\"type\":\"query\",\"id\":1,\"rrname\":\"Pool.Example\",\"rrtype\":\"A\",\"tx_id\":0}"), "suricata", NOON, "dns.question=pool.example", "dns.type=A", "dns.client=10.0.0.5", "dns.is_answer=false",
          "dns.is_answer_only=false", "dns.rcode=<NA>");
    READS(EVE("dns", "\"dns\":{\"version\":2,\"type\":\"answer\",\"rrname\":\"pool.example\",\"rrtype\":\"A\",\"rcode\":\"NOERROR\",\"answers\":[{\"rrname\":\"pool.example\",\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"203.0.113.9\"},{\"ttl\":3}]}"),
          "suricata", NOON, "dns.is_answer_only=true", "dns.rcode=NOERROR", "dns.answers=(203.0.113.9)");
    READS(EVE("dns", "\"dns\":{\"type\":\"answer\",\"rrname\":\"a.example\",\"rrtype\":\"A\",\"rcode\":\"NOERROR\",\"rdata\":\"203.0.113.9\"}"), "suricata", NOON, "dns.answers=(203.0.113.9)");
    READS(EVE("dns", "\"dns\":{\"version\":3,\"type\":\"response\",\"queries\":[{\"rrname\":\"a.example\",\"rrtype\":\"TXT\"}],\"rcode\":\"NXDOMAIN\",\"grouped\":{\"TXT\":[\"x\"]}}"), "suricata", NOON, "dns.question=a.example", "dns.type=TXT",
          "dns.answers=(x)", "dns.rcode=NXDOMAIN");
    /* nothing but the ends */
    READS(EVE("anomaly", "\"dns\":7,\"flow\":[],\"alert\":\"x\""), "suricata", NOON, "flow.dst=203.0.113.9", "log.message=<NA>");
    READS("{\"event_type\":\"click\",\"timestamp\":" AT "}", "json", NOON, "log.program=<NA>");
}

/* A name of a file is its owner's: it may hold all that stands around it. */
TEST(clamav)
{
    READS("Mar  2 12:00:00 web1 clamd[7]: /srv/a: b c.php: Php.Test.Agent-1(44d88612fea8a8f36de82e1278abb02f:68) FOUND", "syslog", NOON, "log.value[file]=/srv/a: b c.php", "log.value[signature]=Php.Test.Agent-1");
    READS("Mar  2 12:00:00 web1 clamd[7]: instream(local): Eicar-Test FOUND", "syslog", NOON, "log.value[file]=instream(local)", "log.value[signature]=Eicar-Test");
    READS("Mar  2 12:00:00 web1 clamd[7]: /srv/x: OK", "syslog", NOON, "log.value[signature]=<NA>");
    READS("Mar  2 12:00:00 web1 other[7]: /srv/x: Eicar-Test FOUND", "syslog", NOON, "log.value[signature]=<NA>");
    READS("Mon Mar  2 12:00:00 2026 -> /srv/x: Unix.Test.Miner FOUND", "servers", NOON, "log.program=clamd", "log.message=/srv/x: Unix.Test.Miner FOUND", "log.value[file]=/srv/x", "log.value[signature]=Unix.Test.Miner");
    READS("Mon Mar  2 12:00:00 2026 -> : FOUND", "servers", NOON, "log.value[signature]=<NA>");
    READS("{\"__REALTIME_TIMESTAMP\":\"1772452800000000\",\"MESSAGE\":\"/srv/x: Unix.Test.Miner FOUND\",\"SYSLOG_IDENTIFIER\":\"clamd\",\"_HOSTNAME\":\"h\"}", "journal-json", NOON, "log.value[signature]=Unix.Test.Miner");
}

#define HEAD "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t"

TEST(zeek_in_columns)
{
    static const char conn[] = HEAD "conn\n#open\t2026-03-02-12-00-00\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\torig_pkts\torig_ip_bytes\n"
                                    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tcount\tcount\n"
                                    "1772452800.250000\tC1\t10.0.0.5\t40000\t203.0.113.9\t3333\ttcp\t-\t7200.5\t1200\t900\tSF\t12\t1800\n"
                                    "1772452801.000000\tC2\t10.0.0.5\t40001\t10.0.0.6\t22\ttcp\t-\t-\t-\t-\tS0\t1\t60\n#close\t2026-03-02-13-00-00\n";
    READS_NTH(conn, 1, "log.format=zeek", "flow.src=10.0.0.5", "flow.srcport=40000", "flow.dst=203.0.113.9", "flow.dstport=3333", "flow.proto=tcp", "flow.bytes=1200", "flow.packets=12", "flow.seconds=7200", "flow.action=ACCEPT",
              "log.value[conn_state]=SF", "log.value[path]=conn");
    READS_NTH(conn, 2, "flow.action=REJECT", "flow.bytes=60", "flow.seconds=<NA>", "log.value[service]=<NA>");
    static const char dns[] = HEAD "dns\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype_name\trcode_name\tanswers\n"
                                   "1772452800.0\t10.0.0.5\t5353\t10.0.0.2\t53\tudp\tPool.example\tA\tNOERROR\t203.0.113.9,203.0.113.10\n";
    READS_NTH(dns, 1, "dns.question=pool.example", "dns.type=A", "dns.rcode=NOERROR", "dns.client=10.0.0.5", "dns.answers=(203.0.113.9,203.0.113.10)", "dns.is_answer=true");
    static const char http[] = HEAD "http\n#fields\tts\tid.orig_h\tmethod\thost\turi\tuser_agent\tstatus_code\tresponse_body_len\n1772452800.0\t203.0.113.9\tGET\th.example\t/.env\tcurl/8\t200\t12\n";
    READS_NTH(http, 1, "http.path=/.env", "http.host=h.example", "http.ip=203.0.113.9", "http.status=200", "http.bytes=12");
    static const char ssh[] = HEAD "ssh\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tauth_success\tauth_attempts\n#types\ttime\taddr\tport\taddr\tbool\tcount\n1772452800.0\t203.0.113.9\t40000\t10.0.0.5\tF\t3\n1772452800.0\t203.0.113.9\t40000\t10.0.0.5\tT\t1\n"
                                   "1772452800.0\t203.0.113.9\t40000\t10.0.0.5\t-\t0\n";
    READS_NTH(ssh, 1, "login.action=login", "login.outcome=failure", "login.ip=203.0.113.9", "login.host=10.0.0.5", "log.value[auth_success]=false");
    READS_NTH(ssh, 2, "login.outcome=success");
    READS_NTH(ssh, 3, "login.action=probe", "login.outcome=<NA>");
    static const char ssl[] = HEAD "ssl\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tserver_name\n1772452800.0\t10.0.0.5\t4\t203.0.113.9\t443\tapi.example\n";
    READS_NTH(ssl, 1, "flow.sni=api.example", "flow.dstport=443", "flow.proto=tcp");
    /* another log, with another separator; a line that does not fit costs itself; a second log begins in the same file */
    static const char notice[] = "#separator \\x7c\n#path|notice\n#fields|ts|note|msg|src\n1772452800.0|SSH::Password_Guessing|guessing|203.0.113.9\n1772452800.0|short\n"
                                 "#path|weird\n#fields|ts|name|id.orig_h\n1772452800.0|odd|203.0.113.9\n";
    READS_NTH(notice, 1, "log.message=guessing", "log.value[note]=SSH::Password_Guessing", "log.value[src]=203.0.113.9", "log.value[path]=notice");
    READS_NTH(notice, 2, "log.value[name]=odd", "log.value[path]=weird");
}

TEST(zeek_as_json)
{
#define ENDS "\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.5\",\"id.orig_p\":40000,\"id.resp_h\":\"203.0.113.9\",\"id.resp_p\":3333,"
    /* which log it is of: it says so, or only one log has that; a column of the same name stays what it is */
    READS("{\"_path\":\"smb_files\",\"ts\":1772452800," ENDS "\"path\":\"\\\\\\\\srv\\\\IPC$\",\"name\":\"x\"}", "zeek-json", NOON, "log.value[_path]=smb_files", "log.value[path]=\\\\srv\\IPC$");
    READS("{\"ts\":1772452800," ENDS "\"conn_state\":\"SF\"}", "zeek-json", NOON, "log.value[_path]=conn", "log.value[path]=conn");
    READS("{\"ts\":1772452800," ENDS "\"cookie\":\"x\"}", "zeek-json", NOON, "log.value[_path]=<NA>");
    READS("{\"_path\":\"x509\",\"ts\":1772452800,\"certificate.serial\":\"05\"}", "zeek-json", NOON, "log.value[_path]=x509", "log.value[certificate.serial]=05", "log.program=zeek");
    READS("{\"_path\":\"conn\",\"ts\":1772452800.25," ENDS "\"proto\":\"tcp\",\"duration\":7200.5,\"orig_bytes\":1200,\"conn_state\":\"SF\",\"orig_pkts\":12}", "zeek-json", NOON, "flow.src=10.0.0.5", "flow.bytes=1200", "flow.seconds=7200",
          "flow.action=ACCEPT", "flow.dstport=3333");
    READS("{\"ts\":" AT "," ENDS "\"proto\":\"udp\",\"query\":\"pool.example\",\"qtype_name\":\"A\",\"rcode_name\":\"NOERROR\",\"answers\":[\"203.0.113.9\",7]}", "zeek-json", NOON, "dns.question=pool.example", "dns.answers=(203.0.113.9)");
    READS("{\"ts\":1772452800," ENDS "\"method\":\"POST\",\"host\":\"h\",\"uri\":\"/ws/v1/cluster/apps\",\"status_code\":202}", "zeek-json", NOON, "http.method=POST", "http.path=/ws/v1/cluster/apps", "http.status=202");
    READS("{\"ts\":1772452800," ENDS "\"auth_success\":false,\"auth_attempts\":6}", "zeek-json", NOON, "log.value[auth_success]=false", "log.value[id.resp_p]=3333", "login.outcome=failure", "login.ip=10.0.0.5");
    READS("{\"ts\":1772452800," ENDS "\"server_name\":\"api.example\",\"established\":true}", "zeek-json", NOON, "flow.sni=api.example");
    READS("{\"ts\":1772452800," ENDS "\"note\":\"Scan::Port_Scan\",\"msg\":\"scanned\"}", "zeek-json", NOON, "log.message=scanned", "flow.src=10.0.0.5");
    READS("{\"ts\":1772452800," ENDS "\"conn_state\":[],\"query\":{},\"duration\":\"-1\"}", "zeek-json", NOON, "flow.seconds=<NA>");
}

TEST(balancers_for_tcp)
{
    READS("tls 2.0 2026-03-02T12:00:00 net/lb/c6e77e28c25b2234 g3d4b5e8bb8464cd 203.0.113.9:51341 10.0.0.5:443 5000 2 98 246 - arn:aws:acm:x:certificate/2a10 - ECDHE-RSA-AES128-SHA tlsv12 - shop.example h2 h2 \"h2\" 2026-03-02T11:59:55",
          "flow", NOON, "flow.src=203.0.113.9", "flow.srcport=51341", "flow.dst=10.0.0.5", "flow.dstport=443", "flow.bytes=98", "flow.sni=shop.example", "flow.seconds=5", "flow.direction=ingress", "flow.interface=net/lb/c6e77e28c25b2234");
    READS("tls 2.0 2026-03-02T12:00:00 net/lb/c6 g3 [2001:db8::1]:51341 - - - 0 0 - - - - - - -", "flow", NOON, "flow.src=2001:db8::1", "flow.sni=<NA>", "flow.dst=<NA>");
}

TEST(oracle)
{
#define LAUNCH "\"cloudEventsVersion\":\"0.1\",\"eventTypeVersion\":\"2.0\",\"source\":\"ComputeApi\",\"eventId\":\"e\",\"eventTime\":\"2026-03-02T12:00:00.000Z\",\"contentType\":\"application/json\",\"data\":{\"eventName\":\"LaunchInstance\"," \
    "\"compartmentName\":\"c\",\"resourceName\":\"vm1\",\"resourceId\":\"ocid1.instance.oc1.eu-frankfurt-1.abc\",\"identity\":{\"principalName\":\"alice\",\"principalId\":\"ocid1.user.oc1..u\",\"authType\":\"natv\",\"tenantId\":\"ocid1.tenancy.oc1..t\"," \
    "\"ipAddress\":\"203.0.113.9\",\"credentials\":\"ocid1.tenancy.oc1..t/ocid1.user.oc1..u/8c:b4\",\"userAgent\":\"Oracle-PythonCLI/3\"},\"request\":{\"action\":\"POST\",\"path\":\"/20160918/instances\"},"
    READS("{\"eventType\":\"com.oraclecloud.ComputeApi.LaunchInstance\"," LAUNCH "\"response\":{\"status\":\"200\"}}}", "oci-audit", NOON, "cloud.provider=oracle", "cloud.account=ocid1.tenancy.oc1..t", "cloud.region=eu-frankfurt-1",
          "cloud.service=computeapi", "cloud.action=LaunchInstance", "cloud.outcome=success", "cloud.principal=alice", "cloud.principal.type=user", "cloud.ip=203.0.113.9", "cloud.key=ocid1.tenancy.oc1..t/ocid1.user.oc1..u/8c:b4",
          "cloud.instances=(ocid1.instance.oc1.eu-frankfurt-1.abc)", "cloud.resource=vm1", "cloud.id=e");
    READS("{\"eventType\":\"com.oraclecloud.ComputeApi.LaunchInstance\"," LAUNCH "\"response\":{\"status\":\"404\",\"message\":\"NotAuthorizedOrNotFound\"}}}", "oci-audit", NOON, "cloud.outcome=denied", "cloud.error=404");
    READS("{\"eventType\":\"com.oraclecloud.ComputeApi.LaunchInstance\"," LAUNCH "\"response\":{\"status\":\"400\",\"message\":\"LimitExceeded\"}}}", "oci-audit", NOON, "cloud.outcome=failure", "cloud.error.message=LimitExceeded");
    /* by the service for logs */
    READS("{\"datetime\":1772452800000,\"logContent\":{\"type\":\"com.oraclecloud.identitySignon.interactiveLogin\",\"time\":\"2026-03-02T12:00:00Z\",\"id\":\"e\",\"source\":\"IdentitySignOn\",\"oracle\":{\"tenantid\":\"t\"},\"data\":{\"eventName\":"
          "\"InteractiveLogin\",\"identity\":{\"principalName\":\"alice\",\"ipAddress\":\"203.0.113.9\"},\"request\":{\"action\":\"GET\"},\"response\":{\"status\":\"401\"}}}}",
          "oci-audit", NOON, "login.user=alice", "login.outcome=failure", "login.ip=203.0.113.9", "cloud.account=t", "cloud.is_readonly=true");
    READS("{\"eventType\":\"com.oraclecloud.x\",\"data\":{\"identity\":null}}", "oci-audit", 0, "cloud.provider=oracle", "cloud.action=x");
}

TEST(actiontrail_in_columns)
{
    READS("{\"__topic__\":\"actiontrail_audit_event\",\"owner_id\":\"1\",\"event.eventName\":\"StopLogging\",\"event.eventTime\":\"2026-03-02T12:00:00Z\",\"event.acsRegion\":\"cn-hangzhou\",\"event.serviceName\":\"Actiontrail\","
          "\"event.sourceIpAddress\":\"203.0.113.9\",\"event.userIdentity.type\":\"ram-user\",\"event.userIdentity.userName\":\"alice\",\"event.userIdentity.accountId\":\"5\",\"event.userIdentity.accessKeyId\":\"LTAI\","
          "\"event.requestParameters\":\"{\\\"Name\\\":\\\"t\\\"}\",\"event.errorCode\":\"\"}",
          "actiontrail", NOON, "cloud.action=StopLogging", "cloud.region=cn-hangzhou", "cloud.principal=alice", "cloud.account=5", "cloud.key=LTAI", "cloud.ip=203.0.113.9", "json.value[/requestParameters/Name]=t", "cloud.outcome=success");
    READS("{\"event.eventName\":\"RunInstances\",\"event.eventTime\":\"2026-03-02T12:00:00Z\",\"event.acsRegion\":\"x\",\"event.requestParameters.a.b\":\"1\",\"event.requestParameters.c\":\"2\"}", "actiontrail", NOON,
          "json.value[/requestParameters/a.b]=1", "json.value[/requestParameters/c]=2");
}

TEST(requests_to_cloudfront)
{
    READS("{\"date\":\"2026-03-02\",\"time\":\"12:00:00\",\"x-edge-location\":\"FRA5\",\"sc-bytes\":\"12\",\"c-ip\":\"203.0.113.9\",\"cs-method\":\"GET\",\"cs(Host)\":\"d1.cloudfront.net\",\"cs-uri-stem\":\"/.env\",\"sc-status\":\"200\","
          "\"cs(User-Agent)\":\"curl/8\",\"cs-uri-query\":\"a=b\",\"x-host-header\":\"shop.example\"}",
          "access-json", NOON, "http.path=/.env", "http.query=a=b", "http.status=200", "http.ip=203.0.113.9", "http.host=shop.example", "http.agent=curl/8", "http.bytes=12");
    READS("{\"date\":\"2026-03-02\",\"time\":\"12:00:00\",\"sc_bytes\":\"12\",\"c_ip\":\"203.0.113.9\",\"cs_method\":\"GET\",\"cs_uri_stem\":\"/x\",\"sc_status\":\"404\",\"cs_user_agent\":\"curl/8\",\"cs_uri_query\":\"-\"}", "access-json", NOON,
          "http.path=/x", "http.status=404", "http.query=<NA>");
}

TEST(alerts_of_falco)
{
    READS("{\"hostname\":\"web1\",\"output\":\"12:00:00.0: Warning Shell in a container (user=root)\",\"priority\":\"Warning\",\"rule\":\"Terminal shell in container\",\"source\":\"syscall\",\"tags\":[\"container\"],\"time\":\"2026-03-02T12:00:00.123456789Z\","
          "\"output_fields\":{\"container.id\":\"3ad7b26ded6d\",\"evt.time\":1772452800123456789,\"proc.name\":\"bash\",\"user.name\":\"root\",\"k8s.pod.name\":null,\"fd.rip\":\"203.0.113.9\",\"proc.pname\":\"runc\"}}",
          "falco-alert", NOON, "log.value[rule]=Terminal shell in container", "log.value[priority]=Warning", "log.host=web1", "container.id=3ad7b26ded6d", "proc.name=bash", "user.name=root", "fd.rip=203.0.113.9", "log.value[proc.pname]=runc",
          "k8s.pod.name=<NA>");
}

#define SYSMON(id, data) "<Event><System><Provider Name=\"Linux-Sysmon\" Guid=\"{ff}\"/><EventID>" id "</EventID><TimeCreated SystemTime=\"2026-03-02T12:00:00.000000000Z\"/><Computer>web1</Computer></System><EventData>" data "</EventData></Event>"
#define DATA(name, text) "<Data Name=\"" name "\">" text "</Data>"

TEST(sysmon)
{
#define LINE "Mar  2 12:00:00 web1 sysmon: "
    READS(LINE SYSMON("1", DATA("RuleName", "-") DATA("UtcTime", "2026-03-02 12:00:00.123") DATA("ProcessId", "7") DATA("Image", "/usr/bin/curl") DATA("CommandLine", "curl -s &quot;http://203.0.113.9/x&quot; &amp;&amp; id") DATA("User", "root") DATA("ParentImage", "/bin/sh")),
          "syslog", NOON, "log.value[type]=EXECVE", "log.value[cmdline]=curl -s \"http://203.0.113.9/x\" && id", "log.value[a1]=-s", "log.value[exe]=/usr/bin/curl", "log.value[UID]=root", "log.value[ParentImage]=/bin/sh", "log.host=web1",
          "proc.name=curl", "log.value[RuleName]=<NA>");
    READS(LINE SYSMON("3", DATA("UtcTime", "2026-03-02 12:00:00.123") DATA("Initiated", "true") DATA("SourceIp", "10.0.0.5") DATA("DestinationIp", "203.0.113.9") DATA("DestinationPort", "3333")), "syslog", NOON, "log.value[type]=SOCKADDR",
          "log.value[laddr]=203.0.113.9", "log.value[lport]=3333", "log.value[SYSCALL]=connect");
    READS(LINE SYSMON("11", DATA("UtcTime", "2026-03-02 12:00:00.123") DATA("TargetFilename", "/etc/cron.d/x")), "syslog", NOON, "log.value[type]=PATH", "log.value[nametype]=CREATE", "log.value[name]=/etc/cron.d/x");
    READS(LINE SYSMON("23", DATA("TargetFilename", "/var/log/auth.log")), "syslog", NOON, "log.value[nametype]=DELETE");
    READS(LINE SYSMON("16", DATA("Configuration", "c.xml")), "syslog", NOON, "log.value[type]=SYSMON", "log.value[EventID]=16", "log.value[Configuration]=c.xml");
    /* cut on its way; what is none of it stays a line of syslog */
    READS(LINE "<Event><System><Provider Name=\"Linux-Sysmon\"/><EventID>1</EventID></System><EventData><Data Name=\"UtcTime\">2026-03-02 12:00:00.123</Data><Data Name=\"CommandLine\">id</Data><Data Name=\"Us", "syslog", NOON, "log.value[cmdline]=id");
    READS("2026-03-02T12:00:00Z web1 sysmon: <Event><System><Provider Name=\"Other\"/><EventID>1</EventID></System></Event>", "syslog", NOON, "log.value[type]=<NA>", "log.program=sysmon");
    /* entities do not blow up */
    READS("2026-03-02T12:00:00Z web1 sysmon: <Event><!DOCTYPE a [<!ENTITY b \"bbbb\">]>", "syslog", NOON, "log.value[type]=<NA>");
    READS("{\"__REALTIME_TIMESTAMP\":\"1772452800000000\",\"_HOSTNAME\":\"web1\",\"SYSLOG_IDENTIFIER\":\"sysmon\",\"MESSAGE\":\"<Event><System><Provider Name=\\\"Linux-Sysmon\\\"/><EventID>1</EventID></System><EventData><Data Name=\\\"CommandLine\\\">id -u</Data>"
          "</EventData></Event>\"}",
          "journal-json", NOON, "log.value[cmdline]=id -u", "log.value[type]=EXECVE");
    READS("{\"@timestamp\":\"2026-03-02T12:00:00Z\",\"winlog\":{\"channel\":\"Linux-Sysmon/Operational\",\"provider_name\":\"Linux-Sysmon\",\"event_id\":\"1\",\"computer_name\":\"web1\",\"event_data\":{\"CommandLine\":\"id -u\",\"Image\":\"/usr/bin/id\",\"User\":\"root\"}}}",
          "sysmon", NOON, "log.value[cmdline]=id -u", "log.host=web1", "user.name=root");
    READS("{\"EventID\":1,\"Channel\":\"Linux-Sysmon/Operational\",\"Hostname\":\"web1\",\"EventTime\":\"2026-03-02T12:00:00Z\",\"CommandLine\":\"id -u\"}", "sysmon", NOON, "log.value[cmdline]=id -u");
    READS("{\"Event\":{\"System\":{\"Provider\":{\"Name\":\"Linux-Sysmon\"},\"EventID\":3,\"TimeCreated\":{\"SystemTime\":\"2026-03-02T12:00:00Z\"}},\"EventData\":{\"Data\":[{\"Name\":\"DestinationIp\",\"#text\":\"203.0.113.9\"}]}}}", "sysmon", NOON,
          "log.value[laddr]=203.0.113.9");
    READS("{\"EventID\":1,\"Channel\":\"Security\",\"time\":\"2026-03-02T12:00:00Z\"}", "json", NOON, "log.value[type]=<NA>");
}

TEST(servers_of_data)
{
    READS_NTH("1772452800.107412 [0 203.0.113.9:60866] \"CONFIG\" \"SET\" \"dir\" \"/var/spool/cron\"\n1772452801.107412 [0 lua] \"SET\" \"x\" \"a\\\"b\\n* * * * * id\"\n", 1, "log.format=database", "log.program=redis",
              "log.value[cmdline]=CONFIG SET dir /var/spool/cron", "fd.rip=203.0.113.9");
    READS_NTH("1772452800.107412 [0 203.0.113.9:60866] \"PING\"\n1772452801.107412 [0 lua] \"SET\" \"x\" \"a\\\"b\\n* * * * * id\"\n", 2, "log.value[cmdline]=SET x a\"b * * * * * id", "fd.rip=<NA>");
    READS("1:M 02 Mar 2026 12:00:00.123 * Module 'system' loaded from /tmp/exp.so", "database", NOON, "log.program=redis", "log.message=Module 'system' loaded from /tmp/exp.so", "log.pid=1", "login.action=<NA>");
    READS("2026-03-02T12:00:00.123456Z 12 [Note] [MY-010926] [Server] Access denied for user 'ro'@'x'@'203.0.113.9' (using password: YES)", "database", NOON, "login.outcome=failure", "login.user=ro'@'x", "login.ip=203.0.113.9",
          "log.program=mysqld");
    READS("2026-03-02T12:00:00.123456Z\t   12 Connect\troot@203.0.113.9 on mysql using TCP/IP", "database", NOON, "login.outcome=success", "login.user=root", "login.ip=203.0.113.9");
    READS("2026-03-02T12:00:00.123456Z\t   12 Query\tSELECT 1 INTO OUTFILE '/var/www/x.php'", "database", NOON, "log.message=SELECT 1 INTO OUTFILE '/var/www/x.php'", "login.action=<NA>");
    READS("2026-03-02 12:00:00.000 UTC [123] postgres@db FATAL:  password authentication failed for user \"postgres\"", "database", NOON, "login.outcome=failure", "login.user=postgres", "login.ip=<NA>", "log.pid=123");
    READS("2026-03-02 12:00:00 UTC:203.0.113.9(53342):postgres@db:[123]:FATAL:  password authentication failed for user \"postgres\"", "database", NOON, "login.outcome=failure", "login.ip=203.0.113.9");
    READS("2026-03-02 12:00:00.000 UTC [123] FATAL:  no pg_hba.conf entry for host \"203.0.113.9\", user \"eve\", database \"db\", no encryption", "database", NOON, "login.user=eve", "login.ip=203.0.113.9");
    READS("2026-03-02 12:00:00.000 UTC [123] 203.0.113.9 LOG:  connection authorized: user=app database=db", "database", NOON, "login.outcome=success", "login.user=app", "login.ip=203.0.113.9");
    READS("2026-03-02 12:00:00.000 UTC [123] postgres@db LOG:  statement: COPY t FROM PROGRAM 'id'", "database", NOON, "log.message=statement: COPY t FROM PROGRAM 'id'", "log.program=postgres");
    READS("2026-03-02T12:00:00Z db1 mysqld[12]: 2026-03-02 12:00:00 12 [Warning] Access denied for user 'root'@'203.0.113.9' (using password: YES)", "syslog", NOON, "login.outcome=failure", "login.ip=203.0.113.9");
    READS("2026-03-02T12:00:00Z db1 postgres[12]: [3-1] FATAL:  password authentication failed for user \"postgres\"", "syslog", NOON, "login.user=postgres", "login.outcome=failure");
    READS("{\"t\":{\"$date\":\"2026-03-02T12:00:00.000+00:00\"},\"s\":\"I\",\"c\":\"ACCESS\",\"id\":20249,\"ctx\":\"conn1\",\"msg\":\"Authentication failed\",\"attr\":{\"mechanism\":\"SCRAM-SHA-256\",\"principalName\":\"root\",\"remote\":\"203.0.113.9:40000\"}}",
          "mongodb", NOON, "login.user=root", "login.outcome=failure", "login.ip=203.0.113.9", "login.method=SCRAM-SHA-256");
    READS("{\"t\":{\"$date\":\"2026-03-02T12:00:00.000+00:00\"},\"s\":\"I\",\"c\":\"COMMAND\",\"msg\":\"dropDatabase - starting\",\"attr\":{\"db\":\"shop\"}}", "mongodb", NOON, "log.message=dropDatabase - starting", "log.value[component]=COMMAND",
          "json.value[/attr/db]=shop");
}

/* What is told by the names of members, or by marks in a text, before anybody looks: nothing is lost by it. */
TEST(shortcuts)
{
    READS("{\"id\":\"1\",\"timestamp\":1772452800000,\"message\":\"2 111122223333 eni-1 - - - - - - - 1772452800 1772452860 - SKIPDATA\"}", "flow", NOON, "flow.status=SKIPDATA");
    READS("{\"level\":\"info\",\"time\":" AT ",\"message\":\"handled 5 items\"}", "json", NOON, "log.message=<NA>");
    READS("{\"log\":{\"syslog\":{\"appname\":\"sshd\"}},\"@timestamp\":" AT ",\"message\":\"Failed password for root from 203.0.113.9 port 22 ssh2\"}", "journal-json", NOON, "login.outcome=failure");
    READS("{\"_source\":{\"t\":{\"$date\":" AT "},\"c\":\"ACCESS\",\"msg\":\"Authentication failed\",\"attr\":{\"remote\":\"203.0.113.9:1\"}}}", "mongodb", NOON, "login.ip=203.0.113.9");
}

TEST(tables_with_other_separators)
{
#define ROW(sep) "eventname" sep "eventtime" sep "awsregion" sep "requestparameters\nStopLogging" sep "2026-03-02T12:00:00Z" sep "eu-west-1" sep "\"a,b;c\td\"\n"
    READS_NTH(ROW("\t"), 1, "log.format=cloudtrail", "ct.name=StopLogging", "ct.region=eu-west-1", "json.value[/requestParameters]=a,b;c\td");
    READS_NTH(ROW(";"), 1, "ct.name=StopLogging", "json.value[/requestParameters]=a,b;c\td");
    READS_NTH(ROW(","), 1, "ct.name=StopLogging", "json.value[/requestParameters]=a,b;c\td");
}
