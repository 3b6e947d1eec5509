// SPDX-License-Identifier: Apache-2.0
/* Lines that servers write about themselves, what stands in front of lines, and what firewalls and audits of databases write: as files hold them. */
#include <stdio.h>

#include "log/test-reads.h"

#define MORNING "1772446530" /* 2026-03-02T10:15:30Z */

TEST(errors_of_nginx)
{
    static const char lines[] = "2026/03/02 10:15:30 [error] 1234#1235: *7 open() \"/var/www/x\" failed (2: No such file or directory), client: 203.0.113.9, server: www.example.com, request: \"GET /x HTTP/1.1\", host: \"www.example.com\"\n"
                                "2026/03/02 10:15:30 [error] 1234#1235: *8 user \"admin\": password mismatch, client: 203.0.113.9, server: www.example.com, request: \"GET / HTTP/1.1\"\n"
                                "2026/03/02 10:15:30 [error] 1234#1235: *9 open() \"/var/www/a, client: 198.51.100.7, server: b\" failed (2: No such file or directory), client: 203.0.113.9, server: www.example.com, request: \"GET /a\"\n"
                                "2026/03/02 10:15:30 [notice] 1#1: start worker processes\n";
    READS_NTH(lines, 1, "log.format=servers", "evt.source=journald", "evt.rawtime.s=" MORNING, "log.program=nginx", "log.pid=1234", "log.value[client]=203.0.113.9", "log.value[level]=error", "log.value[server]=www.example.com", "log.host=<NA>");
    READS_NTH(lines, 2, "evt.source=auth", "login.action=login", "login.outcome=failure", "login.user=admin", "login.ip=203.0.113.9", "login.reason=wrong-password");
    /* whoever asks writes an address of somebody else into his path: nobody is named */
    READS_NTH(lines, 3, "log.program=nginx", "log.value[client]=<NA>", "login.ip=<NA>");
    READS_NTH(lines, 4, "log.message=start worker processes", "log.value[client]=<NA>");
}

TEST(errors_of_apache)
{
    static const char lines[] = "[Mon Mar 02 10:15:30.123456 2026] [core:error] [pid 1234:tid 5678] [client 203.0.113.9:40000] AH00126: Invalid URI in request GET /%2e%2e/etc/passwd HTTP/1.1\n"
                                "[Mon Mar 02 10:15:30 2026] [auth_basic:error] [pid 1234] [client 203.0.113.9:40000] AH01617: user alice: authentication failure for \"/x\": Password Mismatch\n"
                                "[Mon Mar  2 10:15:30 2026] [error] [client 203.0.113.9] user eve not found: /x\n"
                                "[Mon Mar 02 10:15:30.123456 2026] [mpm_event:notice] [pid 1:tid 2] AH00489: Apache/2.4.58 configured\n";
    READS_NTH(lines, 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.program=apache2", "log.pid=1234", "log.value[module]=core", "log.value[level]=error", "log.value[client]=203.0.113.9:40000",
              "log.message=AH00126: Invalid URI in request GET /%2e%2e/etc/passwd HTTP/1.1");
    READS_NTH(lines, 2, "evt.source=auth", "login.user=alice", "login.ip=203.0.113.9", "login.outcome=failure", "login.reason=wrong-password");
    READS_NTH(lines, 3, "evt.source=auth", "evt.rawtime.s=" MORNING, "login.user=eve", "login.reason=unknown-user", "login.is_invalid_user=true");
    READS_NTH(lines, 4, "evt.source=journald", "log.value[client]=<NA>");
}

TEST(others_who_write_of_themselves)
{
    READS_NTH("2026-03-02 10:15:30,123 fail2ban.actions        [900]: NOTICE  [sshd] Ban 203.0.113.9\n", 1, "log.format=servers", "log.program=fail2ban", "log.pid=900", "log.host=<NA>", "log.message=[sshd] Ban 203.0.113.9");
    READS_NTH("02-Mar-2026 10:15:30.123 SEVERE [http-nio-8080-exec-1] org.apache.catalina.core.StandardWrapperValve.invoke threw exception\njava.lang.NullPointerException\n\tat x.Y.z(Y.java:1)\n", 1, "log.format=servers",
              "evt.rawtime.s=" MORNING, "log.program=tomcat", "log.value[level]=SEVERE", "log.value[thread]=http-nio-8080-exec-1");
    /* where an exception came from is of the time of the line above, and of its program */
    READS_NTH("02-Mar-2026 10:15:30.123 SEVERE [http-nio-8080-exec-1] org.apache.catalina.core.StandardWrapperValve.invoke threw exception\njava.lang.NullPointerException\n\tat x.Y.z(Y.java:1)\n", 3, "evt.rawtime.s=" MORNING,
              "log.program=tomcat", "log.message=at x.Y.z(Y.java:1)");
    READS_NTH("time=\"2026-03-02T10:15:30.5Z\" level=warning msg=\"Error while \\\"testing\\\"\" error=\"rpc error\" module=libcontainerd\n", 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.message=Error while \"testing\"",
              "log.value[error]=rpc error", "log.value[level]=warning");
    READS_NTH("ts=2026-03-02T10:15:30.5Z caller=main.go:1 level=info msg=ready\n", 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.message=ready");
    READS_NTH("E0302 10:15:30.123456       1 authentication.go:73] \"Unable to authenticate the request\" err=\"x\"\n", 1, "log.format=servers", "log.value[level]=error", "log.value[source]=authentication.go:73",
              "log.message=\"Unable to authenticate the request\" err=\"x\"");
    READS_NTH("2026-03-02T10:15:30.123Z  INFO 1 --- [           main] c.e.App : Started\n", 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.value[level]=INFO");
    READS_NTH("2026-03-02 10:15:30,123 - root - ERROR - it failed: x\n", 1, "log.format=servers", "log.message=it failed: x", "log.host=<NA>");
    READS_NTH("[02-Mar-2026 10:15:30 UTC] PHP Fatal error:  Uncaught Error: x in /var/www/x.php:1\n", 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.program=php", "log.message=PHP Fatal error:  Uncaught Error: x in /var/www/x.php:1");
    READS_NTH("[02-Mar-2026 10:15:30] WARNING: [pool www] child 7 said into stderr\n", 1, "log.program=php", "log.value[level]=WARNING");
    READS_NTH("2026-03-02 10:15:30 install nmap:amd64 <none> 7.93\n", 1, "log.format=servers", "log.program=dpkg", "log.host=<NA>", "log.message=install nmap:amd64 <none> 7.93", "log.value[action]=install");
    READS_NTH("Mon Mar  2 10:15:30 2026 [pid 7] [bob] FAIL LOGIN: Client \"203.0.113.9\"\n", 1, "log.format=servers", "evt.source=auth", "evt.rawtime.s=" MORNING, "login.user=bob", "login.ip=203.0.113.9", "login.outcome=failure");
    READS_NTH("logger=context t=2026-03-02T10:15:30.5Z level=info msg=\"Request Completed\" status=401 remote_addr=203.0.113.9\n", 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.message=Request Completed", "log.value[remote_addr]=203.0.113.9");
    READS_NTH("2026-03-02 10:15:30.123456+00:00 [info] <0.1.0> accepting AMQP connection\n", 1, "log.format=servers", "log.value[level]=info", "log.message=<0.1.0> accepting AMQP connection");
    READS_NTH("2026-03-02T10:15:30Z web1 kernel: ERROR of a disk\n", 1, "log.format=syslog", "log.host=web1", "log.program=kernel");
    /* near misses: a machine whose log names a program, a question in DNS, a line of PostgreSQL, one of a container */
    READS_NTH("2026-03-02T10:15:30Z web1 sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2\n", 1, "log.format=syslog", "log.host=web1");
    READS_NTH("02-Mar-2026 10:15:30.123 queries: info: client @0x7f 10.0.0.4#40000 (a.example.com): query: a.example.com IN A +E(0)K (10.0.0.1)\n", 1, "log.format=dns");
    READS_NTH("2026-03-02 10:15:30 UTC [1] LOG:  database system is ready\n", 1, "log.format=database");
    READS_NTH("2026-03-02T10:15:30.1Z stdout F [INFO] 10.0.0.4:40000 - 1 \"A IN a.example.com. udp 50 false 512\" NOERROR qr,rd,ra 100 0.01s\n", 1, "log.format=dns", "evt.rawtime.s=" MORNING, "dns.question=a.example.com");
}

TEST(requests_in_other_words)
{
    READS_NTH("1772446530.123    100 10.0.0.4 TCP_TUNNEL/200 39 CONNECT pool.example.com:443 alice HIER_DIRECT/203.0.113.9 -\n", 1, "log.format=access", "evt.rawtime.s=" MORNING, "http.ip=10.0.0.4", "http.method=CONNECT",
              "http.host=pool.example.com", "http.user=alice", "http.status=200");
    READS_NTH("INFO:     203.0.113.9:40000 - \"GET /x HTTP/1.1\" 200 OK\n", 1, "log.format=access", "http.ip=203.0.113.9", "http.target=/x", "http.status=200");
    READS_NTH("INFO:     Application startup complete.\nINFO:     203.0.113.9:40000 - \"GET /x HTTP/1.1\" 200 OK\nINFO:     203.0.113.9:40000 - \"GET /y HTTP/1.1\" 404 Not Found\n", 2, "http.target=/y");
    READS_NTH("1772446530.123\t203.0.113.9\t0.002\t200\t1045\tGET\thttps\td111.cloudfront.net\t/index.html\t215\tFRA2-C1\tid==\td111.cloudfront.net\t0.002\tHTTP/2.0\tIPv4\tcurl/8.5.0\t-\t-\t-\n", 1, "log.format=access",
              "evt.rawtime.s=" MORNING, "http.ip=203.0.113.9", "http.status=200", "http.bytes=1045", "http.target=/index.html", "http.host=d111.cloudfront.net", "http.agent=curl/8.5.0");
    READS("{\"ClientIP\":\"203.0.113.9\",\"ClientRequestMethod\":\"GET\",\"ClientRequestPath\":\"/x\",\"ClientRequestQuery\":\"?y=1\",\"EdgeResponseStatus\":403,\"Datetime\":\"2026-03-02T10:15:30Z\"}", "access-json", 1772446530, "http.target=/x?y=1", "http.status=403");
    READS("{\"transaction\":{\"client_ip\":\"203.0.113.9\",\"time_stamp\":\"Mon Mar  2 10:15:30 2026\",\"request\":{\"method\":\"GET\",\"uri\":\"/x?y=1\",\"headers\":{\"Host\":\"h\",\"User-Agent\":\"a\"}},\"response\":{\"http_code\":403}}}", "access-json", 1772446530,
          "http.ip=203.0.113.9", "http.host=h", "http.agent=a", "http.status=403");
    READS("{\"transaction\":{\"time\":\"02/Mar/2026:10:15:30 +0000\",\"remote_address\":\"203.0.113.9\"},\"request\":{\"request_line\":\"GET /x HTTP/1.1\",\"headers\":{\"Host\":\"h\"}},\"response\":{\"status\":403}}", "access-json", 1772446530, "http.ip=203.0.113.9",
          "http.method=GET", "http.host=h", "http.status=403");
    READS("{\"request\":{\"method\":\"GET\",\"uri\":\"/x\",\"headers\":{\"host\":\"h\",\"user-agent\":\"a\"}},\"response\":{\"status\":200,\"size\":\"512\"},\"client_ip\":\"203.0.113.9\",\"started_at\":1772446530000}", "access-json", 1772446530, "http.status=200",
          "http.bytes=512", "http.host=h");
    READS("{\"real_client_ip\":\"203.0.113.9\",\"request_method\":\"GET\",\"request_path\":\"/x\",\"querystring\":\"y=1\",\"status\":\"200\",\"host\":\"h\",\"user_id\":\"1\",\"time\":\"2026-03-02T18:15:30+08:00\"}", "access-json", 1772446530, "http.target=/x?y=1", "http.user=<NA>");
}

TEST(packets_that_the_kernel_wrote_down)
{
#define PACKET "IN=eth0 OUT= MAC=00:11 SRC=203.0.113.9 DST=10.0.0.4 LEN=60 TTL=50 PROTO=TCP SPT=40000 DPT=22 SYN URGP=0\n"
    READS_NTH("Mar  2 10:15:30 web1 kernel: [1.2] [UFW BLOCK] " PACKET, 1, "evt.source=flow_log", "flow.src=203.0.113.9", "flow.dst=10.0.0.4", "flow.srcport=40000", "flow.dstport=22", "flow.proto=tcp", "flow.action=REJECT", "flow.direction=ingress",
              "flow.interface=eth0", "log.host=web1");
    READS_NTH("Mar  2 10:15:30 web1 kernel: [1.2] seen " PACKET, 1, "evt.source=flow_log", "flow.action=<NA>");
    READS_NTH("Mar  2 10:15:30 web1 other: [UFW BLOCK] " PACKET, 1, "evt.source=journald", "flow.src=<NA>");
}

TEST(messages_with_their_length_in_front)
{
#define M1 "<86>1 2026-03-02T10:15:30Z web1 sshd 1 - - Failed password for root from 203.0.113.9 port 51234 ssh2"
#define M2 "<86>1 2026-03-02T10:15:30Z web1 sshd 2 - - Failed password for bob from 203.0.113.7 port 51234 ssh2"
    char text[512];
    (void)snprintf(text, sizeof(text), "%zu " M1 "%zu " M2, strlen(M1), strlen(M2));
    READS_NTH(text, 1, "login.user=root", "login.ip=203.0.113.9");
    READS_NTH(text, 2, "login.user=bob", "login.ip=203.0.113.7", "log.host=web1");
    /* a length that is none: the line's end counts */
    READS_NTH("12 " M1 "\n7 " M2 "\n", 2, "login.user=bob");
}

TEST(audits_of_databases)
{
    static const char lines[] = "1772446530123456,aurora-1,alice,203.0.113.9,10,100,QUERY,prod,'SELECT a, b FROM users',0\n1772446530123456,aurora-1,alice,203.0.113.9,10,0,FAILED_CONNECT,,,1045\n"
                                "20260302 10:15:30,ip-10-0-0-1,bob,203.0.113.7,10,0,CONNECT,prod,,0\n";
    READS_NTH(lines, 1, "log.format=database", "evt.rawtime.s=" MORNING, "evt.source=journald", "log.program=mysqld", "log.host=aurora-1", "log.message=SELECT a, b FROM users", "login.user=alice");
    READS_NTH(lines, 2, "evt.source=auth", "login.outcome=failure", "login.user=alice", "login.ip=203.0.113.9");
    READS_NTH(lines, 3, "evt.rawtime.s=" MORNING, "evt.source=auth", "login.outcome=success", "login.user=bob");
    READS_NTH("authentication failure |Mon, 02 Mar 2026 10:15:30:123|::ffff:203.0.113.9   |40000 |1234 |dev |alice |password |0| | |0| | | |psql\n", 1, "log.format=database", "evt.rawtime.s=" MORNING, "login.outcome=failure", "login.user=alice",
              "login.ip=203.0.113.9");
    READS_NTH("'2026-03-02T10:15:30Z UTC [ db=dev user=alice pid=1234 userid=100 xid=1 ]' LOG: copy x from 's3://b'\n", 1, "log.format=database", "evt.rawtime.s=" MORNING, "log.message=copy x from 's3://b'", "login.user=alice", "evt.source=journald");
}

TEST(postgresql_in_columns_and_as_json)
{
    static const char lines[] = "2026-03-02 10:15:30.123 UTC,\"alice\",\"prod\",1234,\"203.0.113.9:40000\",65e.1,1,\"authentication\",2026-03-02 10:15:30 UTC,3/4,0,FATAL,28P01,\"password authentication failed for user \"\"alice\"\"\",,,,,,,,,\"\"\n"
                                "2026-03-02 10:15:30.123 UTC,\"bob\",\"prod\",1235,\"203.0.113.7:40000\",65e.2,1,\"idle\",2026-03-02 10:15:30 UTC,3/5,0,LOG,00000,\"statement: COPY x FROM PROGRAM 'id'\",,,,,,,,,\"psql\"\n";
    READS_NTH(lines, 1, "log.format=database", "evt.source=auth", "evt.rawtime.s=" MORNING, "login.user=alice", "login.ip=203.0.113.9", "login.outcome=failure", "log.host=<NA>");
    READS_NTH(lines, 2, "evt.source=journald", "log.program=postgres", "log.pid=1235", "log.message=statement: COPY x FROM PROGRAM 'id'");
    READS("{\"timestamp\":\"2026-03-02 10:15:30.123 UTC\",\"user\":\"alice\",\"remote_host\":\"203.0.113.9\",\"ps\":\"authentication\",\"error_severity\":\"FATAL\",\"message\":\"password authentication failed for user \\\"alice\\\"\"}", "postgresql-json", 1772446530,
          "evt.source=auth", "login.user=alice", "login.ip=203.0.113.9", "login.outcome=failure");
    READS("{\"timestamp\":\"2026-03-02 10:15:30.123 UTC\",\"user\":\"alice\",\"error_severity\":\"LOG\",\"message\":\"statement: select 1\"}", "postgresql-json", 1772446530, "evt.source=journald", "login.user=<NA>", "log.message=statement: select 1");
}

TEST(firewalls_and_resolvers_of_clouds)
{
#define FIREWALL(category, more) "{\"category\":\"" category "\",\"time\":\"2026-03-02T10:15:30Z\",\"resourceId\":\"/SUBSCRIPTIONS/S/X/AZUREFIREWALLS/F\",\"properties\":{" more "}}"
    READS(FIREWALL("AZFWNetworkRule", "\"Protocol\":\"TCP\",\"SourceIp\":\"10.0.0.4\",\"SourcePort\":40000,\"DestinationIp\":\"203.0.113.9\",\"DestinationPort\":3333,\"Action\":\"Deny\""), "firewall-json", 1772446530, "evt.source=flow_log",
          "flow.src=10.0.0.4", "flow.dst=203.0.113.9", "flow.dstport=3333", "flow.proto=tcp", "flow.action=REJECT", "cloud.provider=azure");
    READS(FIREWALL("AZFWApplicationRule", "\"Protocol\":\"HTTPS\",\"SourceIp\":\"10.0.0.4\",\"SourcePort\":40000,\"Fqdn\":\"pool.example.com\",\"DestinationPort\":443,\"Action\":\"Allow\""), "firewall-json", 1772446530, "flow.sni=pool.example.com",
          "flow.dstport=443", "flow.action=ACCEPT");
    READS(FIREWALL("AzureFirewallNetworkRule", "\"msg\":\"TCP request from 10.0.0.4:40000 to 203.0.113.9:3333. Action: Deny\""), "firewall-json", 1772446530, "flow.src=10.0.0.4", "flow.dst=203.0.113.9", "flow.dstport=3333", "flow.action=REJECT");
    READS(FIREWALL("AzureFirewallApplicationRule", "\"msg\":\"HTTPS request from 10.0.0.4:40000 to pool.example.com:443. Action: Allow. Rule: r\""), "firewall-json", 1772446530, "flow.sni=pool.example.com", "flow.dstport=443", "flow.action=ACCEPT", "flow.proto=tcp");
    READS(FIREWALL("AZFWDnsQuery", "\"SourceIp\":\"10.0.0.4\",\"QueryType\":\"A\",\"QueryName\":\"pool.example.com.\",\"ResponseCode\":\"NOERROR\""), "firewall-json", 1772446530, "evt.source=dns_log", "dns.question=pool.example.com", "dns.client=10.0.0.4", "dns.type=A",
          "dns.rcode=NOERROR");
    READS(FIREWALL("AzureFirewallDnsProxy", "\"msg\":\"DNS Request: 10.0.0.4:40000 - 1 A IN pool.example.com. udp 50 false 512 NOERROR qr,rd,ra 100 0.01s\""), "firewall-json", 1772446530, "dns.question=pool.example.com", "dns.client=10.0.0.4", "dns.rcode=NOERROR");
    READS("{\"Datetime\":\"2026-03-02T10:15:30Z\",\"QueryName\":\"pool.example.com\",\"QueryTypeName\":\"A\",\"ResolverDecision\":\"allowedOnNoPolicyMatch\",\"SrcIP\":\"10.0.0.4\"}", "firewall-json", 1772446530, "dns.question=pool.example.com", "cloud.provider=cloudflare");
    READS("{\"Datetime\":\"2026-03-02T10:15:30Z\",\"SourceIP\":\"10.0.0.4\",\"SourcePort\":1,\"DestinationIP\":\"203.0.113.9\",\"DestinationPort\":22,\"Transport\":\"tcp\",\"Action\":\"block\"}", "firewall-json", 1772446530, "flow.dst=203.0.113.9", "flow.action=REJECT");
    /* tables of a workspace, flows of Oracle, columns of older tables for Athena */
    READS("{\"TimeGenerated\":\"2026-03-02T10:15:30Z\",\"Type\":\"AZFWNetworkRule\",\"Protocol\":\"TCP\",\"SourceIp\":\"10.0.0.4\",\"SourcePort\":40000,\"DestinationIp\":\"203.0.113.9\",\"DestinationPort\":3333,\"Action\":\"Deny\"}", "firewall-json", 1772446530,
          "flow.src=10.0.0.4", "flow.dstport=3333", "flow.action=REJECT", "cloud.provider=azure");
    READS("{\"TimeGenerated\":\"2026-03-02T11:00:00Z\",\"FlowStartTime\":\"2026-03-02T10:15:30Z\",\"FlowStatus\":\"Allowed\",\"SrcIp\":\"10.0.0.4\",\"DestIp\":\"203.0.113.9\",\"DestPort\":443,\"L4Protocol\":\"TCP\",\"BytesSrcToDest\":100}", "firewall-json", 1772446530,
          "flow.dst=203.0.113.9", "flow.action=ACCEPT", "flow.bytes=100");
    READS("{\"datetime\":1772446530000,\"logContent\":{\"data\":{\"action\":\"REJECT\",\"bytesOut\":100,\"sourceAddress\":\"10.0.0.4\",\"destinationAddress\":\"203.0.113.9\",\"destinationPort\":3333,\"protocol\":6,\"protocolName\":\"TCP\",\"startTime\":1772446530},"
          "\"type\":\"com.oraclecloud.vcn.flowlogs.DataEvent\"}}",
          "firewall-json", 1772446530, "cloud.provider=oracle", "flow.dstport=3333", "flow.proto=tcp", "flow.action=REJECT", "flow.bytes=100");
    READS("{\"sourceaddress\":\"10.0.0.4\",\"destinationaddress\":\"203.0.113.9\",\"destinationport\":3333,\"protocol\":6,\"numbytes\":100,\"starttime\":1772446530,\"action\":\"ACCEPT\"}", "flow-json", 1772446530, "flow.dst=203.0.113.9", "flow.bytes=100");
    READS("{\"category\":\"AZFWNetworkRule\",\"time\":\"2026-03-02T10:15:30Z\",\"properties\":\"x\"}", "json", 1772446530, "flow.src=<NA>");
}

TEST(acts_on_storage_and_vaults_of_azure)
{
    READS("{\"time\":\"2026-03-02T10:15:30Z\",\"resourceId\":\"/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/a/blobServices/default\",\"category\":\"StorageRead\",\"operationName\":\"GetBlob\",\"statusCode\":403,\"statusText\":\"AuthorizationFailure\","
          "\"callerIpAddress\":\"203.0.113.9:40000\",\"identity\":{\"type\":\"OAuth\",\"requester\":{\"upn\":\"alice@example.com\",\"objectId\":\"o\"}}}",
          "azure-activity", 1772446530, "cloud.principal=alice@example.com", "cloud.ip=203.0.113.9", "cloud.outcome=denied");
    READS("{\"time\":\"2026-03-02T10:15:30Z\",\"resourceId\":\"/SUBSCRIPTIONS/S/VAULTS/V\",\"operationName\":\"SecretGet\",\"category\":\"AuditEvent\",\"resultType\":\"Success\",\"callerIpAddress\":\"203.0.113.9\","
          "\"identity\":{\"claim\":{\"appid\":\"2cfc\",\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"alice@example.com\"}}}",
          "azure-activity", 1772446530, "cloud.principal=alice@example.com", "cloud.outcome=success");
}

TEST(tables_of_a_workspace)
{
    READS("{\"TimeGenerated\":\"2026-03-02T10:15:30Z\",\"OperationName\":\"GetBlob\",\"Category\":\"StorageRead\",\"StatusText\":\"Success\",\"CallerIpAddress\":\"203.0.113.9:4000\",\"RequesterUpn\":\"alice@example.com\",\"_ResourceId\":\"/subscriptions/s/x\"}", "azure-activity", 1772446530,
          "cloud.action=GetBlob", "cloud.principal=alice@example.com", "cloud.ip=203.0.113.9", "cloud.outcome=success");
    READS("{\"TimeGenerated\":\"2026-03-02T10:15:30Z\",\"OperationName\":\"SecretGet\",\"Category\":\"AuditEvent\",\"ResultType\":\"Success\",\"CallerIPAddress\":\"203.0.113.9\",\"ResourceId\":\"/x\",\"identity_claim_upn_s\":\"alice@example.com\"}", "azure-activity", 1772446530,
          "cloud.principal=alice@example.com", "cloud.ip=203.0.113.9");
    READS("{\"TimeGenerated\":\"2026-03-02T10:15:30Z\",\"OperationName\":\"GetBlob\",\"Category\":\"StorageRead\"}", "json", 1772446530, "cloud.action=<NA>");
}

TEST(what_collectors_write_in_front)
{
#define CALL "{\"eventVersion\":\"1.08\",\"eventName\":\"RunInstances\",\"eventTime\":\"2026-03-02T10:15:30Z\",\"userIdentity\":{\"type\":\"Root\"}}"
#define ENTRY "{\"__REALTIME_TIMESTAMP\":\"1772446530000000\",\"SYSLOG_IDENTIFIER\":\"cron\",\"MESSAGE\":\"x\",\"_HOSTNAME\":\"web1\"}"
    READS_NTH("data: " ENTRY "\n\ndata: " ENTRY "\n\n", 2, "log.format=journal-json", "log.host=web1", "evt.rawtime.s=" MORNING);
    READS_NTH("2026-03-02T10:15:30+00:00\tsystem.auth\t{\"host\":\"web1\",\"ident\":\"sshd\",\"message\":\"Failed password for root from 203.0.113.9 port 1 ssh2\"}\n", 1, "log.format=journal-json", "login.user=root", "evt.rawtime.s=" MORNING);
    READS("{\"json\":" CALL ",\"ecs\":{\"version\":\"8\"}}", "cloudtrail", 1772446530, "ct.name=RunInstances");
    READS("{\"topic\":\"t\",\"offset\":1,\"value\":" CALL "}", "cloudtrail", 1772446530, "ct.name=RunInstances");
    READS("{\"_content_\":\"Mar  2 10:15:30 web1 sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2\",\"_hostName_\":\"web1\"}", "syslog", 1772446530, "login.user=root");
    READS("{\"msg\":\" Failed password for root from 203.0.113.9 port 1 ssh2\",\"timereported\":\"2026-03-02T10:15:30.5+00:00\",\"hostname\":\"web1\",\"programname\":\"sshd\"}", "journal-json", 1772446530, "login.user=root");
}
