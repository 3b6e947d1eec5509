// SPDX-License-Identifier: Apache-2.0
/* Lines with something in front, heads of syslog and the journal, access logs of clouds, binary logs of logins; what nobody reads. */
#include <arpa/inet.h>
#include <utmp.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "harness/test.h"
#include "log/hint.h"
#include "log/prefix.h"
#include "log/text.h"
#include "log/text_dns.h"

#define T "2026-11-29T12:00:00.123456789Z "
static const struct text_clock CLOCK = {.base_ns = 1795953600ULL * 1'000'000'000, .offset_s = 3600};
#define NOON 1795953600ULL

static struct str behind(struct log_prefix *p, const char *line, enum log_next want, struct strbuf *b)
{
    size_t used = 0;
    uint64_t ns = 0;
    CHECK_INT(prefix_next(p, str_from(line), true, &used, b, &ns), want);
    CHECK_INT(used, strlen(line));
    if (want == LOG_RECORD)
        CHECK_INT(ns / 1'000'000'000, NOON);
    return want == LOG_RECORD ? strbuf_str(b) : STR_NULL;
}

TEST(prefixes)
{
    struct log_prefix p = {};
    struct strbuf b = {};
    CHECK_STR(behind(&p, T "stdout F {\"a\":1}\n", LOG_RECORD, &b), "{\"a\":1}");
    /* pieces of one stream go together, whatever the other one says between them */
    CHECK_STR(behind(&p, T "stdout P {\"a\"\n", LOG_NOTHING, &b), "");
    CHECK_STR(behind(&p, T "stderr F oh\n", LOG_RECORD, &b), "oh");
    CHECK_STR(behind(&p, T "stdout P :2\n", LOG_NOTHING, &b), "");
    CHECK_STR(behind(&p, T "stdout F:x }\r\n", LOG_RECORD, &b), "{\"a\":2}");
    CHECK_STR(behind(&p, T "stdout F\n", LOG_NOTHING, &b), "");
    CHECK_STR(behind(&p, T "{\"b\":1}\n", LOG_RECORD, &b), "{\"b\":1}");
    CHECK_STR(behind(&p, T "kube-apiserver-audit-1 {\"b\":1}", LOG_RECORD, &b), "{\"b\":1}");
    CHECK_STR(behind(&p, "no prefix\n", LOG_BROKEN, &b), "");
    CHECK_STR(behind(&p, "\n", LOG_NOTHING, &b), "");
    prefix_done(&p);
    strbuf_done(&b);
    CHECK(prefix_is(STR(T "stdout F whatever\n")));
    CHECK(prefix_is(STR(T "2 1 eni-1 10.0.0.1 10.0.0.2 1 22 6 20 4249 1777600800 1777600860 ACCEPT OK\n")));
    CHECK(!prefix_is(STR(T "web1 sshd[1]: hello\n")));
    CHECK(!prefix_is(STR("2026-11-29 12:00:00 {\"a\":1}\n"))); /* of many applications, who have no records in it */
    CHECK(!prefix_is(STR("")) && !prefix_is(STR("\n")));
}

TEST(heads_of_lines)
{
    static const char *const lines[] = {
        "<38>1 2026-11-29T12:00:00Z web1 sshd 7 - - Failed password for eve from 203.0.113.9 port 22 ssh2",
        ("<38>1 2026-11-29T12:00:00.000+00:00 web1 /usr/sbin/sshd 7 ID [a@1 x=\"]\\\"\" y=\"z\"][b] \xef\xbb\xbf" "Failed password for eve from 203.0.113.9 port 22 ssh2"),
        "99 <38>1 2026-11-29T12:00:00Z web1 sshd 7 - - Failed password for eve from 203.0.113.9 port 22 ssh2",
        "Sun 2026-11-29 12:00:00 UTC web1 sshd[7]: Failed password for eve from 203.0.113.9 port 22 ssh2",
        "Sun 2026-11-29 13:00:00 CET web1 sshd[7]: Failed password for eve from 203.0.113.9 port 22 ssh2",
        "1795953600.000000 web1 sshd[7]: Failed password for eve from 203.0.113.9 port 22 ssh2",
    };
    static struct text t;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        if (!text_auth_line(str_from(lines[i]), &CLOCK, &t))
            test_fail(__FILE__, __LINE__, "%s", lines[i]);
        CHECK_INT(t.time_ns, NOON * 1'000'000'000);
        CHECK_STR(t.v[TEXT_HOST].s, "web1");
        CHECK_STR(t.v[TEXT_PROGRAM].s, "sshd");
        CHECK_INT(t.v[TEXT_PID].u, 7);
        CHECK_STR(t.v[TEXT_USER].s, "eve");
        CHECK_STR(t.v[TEXT_OUTCOME].s, "failure");
        CHECK(text_has(&t, TEXT_IP));
    }
    CHECK(text_auth_line(STR("Nov 29 13:00:00 dnsmasq[3]: query[A] a.example from 10.0.0.1"), &CLOCK, &t));
    CHECK(!text_has(&t, TEXT_HOST));
    CHECK_STR(t.v[TEXT_PROGRAM].s, "dnsmasq");
    static const char *const wrong[] = {"<38>1 yesterday web1 sshd 7 - - x", "<38>1 2026-11-29T12:00:00Z web1 sshd 7 - [a x=\"y", "1795953600.000000", "Sun 2026-11-29 12:00:00 UTC", "Sun"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        if (text_auth_line(str_from(wrong[i]), &CLOCK, &t))
            test_fail(__FILE__, __LINE__, "%s", wrong[i]);
}

TEST(what_servers_of_dns_were_asked)
{
    static const struct {
        const char *program, *message, *want; /* program NULL: a line of a file; want NULL: no question */
    } ONES[] = {
        {"dnsmasq", "query[A] Pool.example from 192.168.1.2", "192.168.1.2 Pool.example A "},
        {"dnsmasq", "query[type=65] pool.example from 192.168.1.2", "192.168.1.2 pool.example type=65 "},
        {"pihole-FTL", "44 192.168.1.2/53321 query[AAAA] pool.example from 2001:db8::1", "2001:db8::1 pool.example AAAA "},
        {"dnsmasq", "reply pool.example is 203.0.113.9", " pool.example A NOERROR = 203.0.113.9"},
        {"dnsmasq", "44 192.168.1.2/53321 cached-stale pool.example is 2001:db8::9", " pool.example AAAA NOERROR = 2001:db8::9"},
        {"dnsmasq", "reply pool.example is <CNAME>", " pool.example  NOERROR ="},
        {"dnsmasq", "reply pool.example is <HTTPS>", " pool.example HTTPS NOERROR ="},
        {"dnsmasq", "cached pool.example is NODATA-IPv6", " pool.example AAAA NOERROR ="},
        {"dnsmasq", "config pool.example is NXDOMAIN", " pool.example  NXDOMAIN ="},
        {"dnsmasq", "reply pool.example is v=spf1 -all", " pool.example  NOERROR = v=spf1 -all"},
        {"dnsmasq", "/etc/hosts pool.example is 10.0.0.1", " pool.example A NOERROR = 10.0.0.1"},
        {"pihole-FTL", "gravity blocked pool.example is 0.0.0.0", " pool.example A NOERROR = 0.0.0.0"},
        {"dnsmasq", "reply 203.0.113.9 is pool.example", NULL},
        {"dnsmasq", "reply error is SERVFAIL", NULL},
        {"dnsmasq", "reply pool.example is", NULL},
        {"dnsmasq", "reply pool.example was 203.0.113.9", NULL},
        {"dnsmasq", "gravity blocked", NULL},
        {"dnsmasq", "validation pool.example is INSECURE", NULL},
        {"systemd-resolved", "Looking up RR for pool.example IN TYPE65.", " pool.example TYPE65 "},
        {"systemd-resolved", "Transaction 12 for <pool.example IN A> on scope dns on eth0 now complete with <success> from network (unsigned; non-confidential).", " pool.example A NOERROR ="},
        {"systemd-resolved", "Transaction 12 for <pool.example IN A> on scope dns on eth0 now complete with <rcode-failure> from network (unsigned).", " pool.example A  ="},
        {"systemd-resolved", "Added NXDOMAIN cache entry for pool.example IN AAAA 60s", " pool.example AAAA NXDOMAIN ="},
        {"systemd-resolved", "Cache miss for pool.example IN AAAA", NULL},
        {"systemd-resolved", "Looking up RR for pool.example", NULL},
        {"systemd-resolved", "Transaction 12 for <pool.example IN A", NULL},
        {"dnsmasq", "forwarded pool.example to 9.9.9.9", NULL},
        {"dnsmasq", "query[A] pool.example from nowhere", NULL},
        {"dnsmasq", "query[A]  from 192.168.1.2", NULL},
        {"other", "query[A] pool.example from 192.168.1.2", NULL},
        {"named", "client @0x7fa0d607f200 192.168.1.130#63565 (pool.example): view internal: query: pool.example IN NS +E(0)K (192.168.1.1)", "192.168.1.130 pool.example NS "},
        {"named", "client @0x7fa0d607f200 192.168.1.130#63565 (pool.example): view internal: query: query: pool.example IN NS +E(0)K (192.168.1.1)", "192.168.1.130 pool.example NS "},
        {"named", "client 2001:db8::2#53311: query: pool.example IN TYPE65 -EDC (192.168.36.217)", "2001:db8::2 pool.example TYPE65 "},
        {"named", "client @0x7f 192.168.1.130#6 (pool.example): query (cache) 'pool.example/A/IN' denied", NULL},
        {"named", "zone example/IN: loaded serial 1", NULL},
        {"unbound", "[1234:0] info: 127.0.0.1 pool.example. A IN", "127.0.0.1 pool.example. A "},
        {"unbound", "[1234:0] reply: 127.0.0.1 pool.example. A IN NXDOMAIN 0.000000 1 60", "127.0.0.1 pool.example. A NXDOMAIN"},
        {"unbound", "[1234:0] info: start of service (unbound 1.17.1).", NULL},
        {"coredns", "[INFO] 10.0.0.1:53344 - 12 \"A IN pool.example. udp 40 false 512\" NOERROR qr,rd,ra 90 0.02s", "10.0.0.1 pool.example. A NOERROR"},
        {NULL, "1.0 2026-11-29T12:00:00.000Z Z123412341234 www.example AAAA NOERROR TCP IAD12 192.168.3.1 192.0.2.0/24", "192.168.3.1 www.example AAAA NOERROR at"},
        {NULL, "1.0 2026-11-29T12:00:00Z Z1 www.example A NXDOMAIN UDP FRA5 2001:db8::1 -", "2001:db8::1 www.example A NXDOMAIN at"},
        {NULL, "1.0 2026-11-29T12:00:00Z Z1 www.example A NXDOMAIN UDP FRA5 2001:db8::1", NULL},
        {NULL, "1.0 2026-11-29T12:00:00Z Z1 www.example A NXDOMAIN UDP FRA5 x -", NULL},
        {NULL, "29-Nov-2026 12:00:00.123 queries: info: client @0x7f 10.0.0.9#5 (pool.example): query: pool.example IN A +E(0) (10.0.0.1)", "10.0.0.9 pool.example A  at"},
        {NULL, "29-Nov-2026 12:00:00.123 client @0x7f 10.0.0.9#5 (pool.example): query: pool.example IN A + (10.0.0.1)", "10.0.0.9 pool.example A  at"},
        {NULL, "2026-11-29T12:00:00.000Z [INFO] [::1]:53344 - 12 \"A IN pool.example. tcp 40 false 512\" - - 0 0.02s", "::1 pool.example. A  at"},
        {NULL, "[INFO] 10.0.0.1:53344 - 12 \"HTTPS IN pool.example. udp 40 false 512\" SERVFAIL qr 90 0.02s", "10.0.0.1 pool.example. HTTPS SERVFAIL"},
        {NULL, "[1795953600] unbound[1234:0] info: 127.0.0.1 pool.example. A IN", "127.0.0.1 pool.example. A  at"},
        {NULL, "[1795953600] unbound[1234:0] notice: init module 0: iterator", NULL},
        {NULL, "10.0.0.1 - - [29/Nov/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5", NULL},
        {NULL, "29-Nov-2026 12:00", NULL},
        {NULL, "99-Foo-2026 12:00:00.123 x", NULL},
        {NULL, "", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ONES); i++) {
        struct text_dns d;
        struct strbuf b = {};
        const char *p = ONES[i].program;
        const bool is = p ? text_dns_message(str_from(p), str_from(ONES[i].message), &d) : text_dns_line(str_from(ONES[i].message), &d) && d.is_question;
        if (is != (ONES[i].want != NULL))
            test_fail(__FILE__, __LINE__, "%s", ONES[i].message);
        if (!is)
            continue;
        strbuf_printf(&b, "%.*s %.*s %.*s %.*s%s%s%s%.*s", STR_ARG(d.client), STR_ARG(d.name), STR_ARG(d.type), STR_ARG(d.rcode), d.time_ns ? " at" : "", d.is_answer ? " =" : "", d.answer.n ? " " : "", STR_ARG(d.answer));
        CHECK(d.is_answer != d.is_question);
        CHECK_STR(strbuf_str(&b), ONES[i].want);
        CHECK(!d.time_ns || d.time_ns / 1'000'000'000 == NOON);
        strbuf_done(&b);
    }
}

TEST(access_logs_of_clouds)
{
    static struct text t;
    static const char balancer[] = "https 2026-11-29T12:00:00.186641Z app/lb/50dc 203.0.113.9:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "
                                   "\"GET https://www.example.com:443/a/..%2fb?c=d HTTP/1.1\" \"curl/7.46.0\" ECDHE TLSv1.2 arn:x \"Root=1\" \"h\" \"c\" 1";
    CHECK(text_access_balancer(STR(balancer), &t));
    CHECK_STR(t.v[TEXT_HTTP_URL].s, "/a/..%2fb?c=d");
    CHECK_STR(t.v[TEXT_HTTP_HOST].s, "www.example.com");
    CHECK_STR(t.v[TEXT_HTTP_AGENT].s, "curl/7.46.0");
    CHECK_INT(t.v[TEXT_HTTP_STATUS].u, 200);
    CHECK_INT(t.v[TEXT_HTTP_BYTES].u, 57);
    CHECK(text_has(&t, TEXT_IP) && t.time_ns / 1'000'000'000 == NOON);
    CHECK(text_access_balancer(STR("2026-11-29T12:00:00.9Z lb [2001:db8::1]:28 10.0.0.1:80 0 0 0 404 404 0 29 \"GET http://h:80/ HTTP/1.1\" \"a b\" - -"), &t));
    CHECK(text_has(&t, TEXT_IP));
    CHECK(!text_access_balancer(STR("2026-11-29T12:00:00.9Z lb nobody 10.0.0.1:80 0 0 0 404 404 0 29 \"GET / HTTP/1.1\" \"a\""), &t));
    CHECK(!text_access_balancer(STR("http 2026-11-29T12:00:00.9Z lb 203.0.113.9:1"), &t));

    static const char bucket[] = "owner0 mine [29/Nov/2026:12:00:00 +0000] 203.0.113.9 - 3E57 REST.GET.OBJECT db/all.sql \"GET /db/all.sql?x HTTP/1.1\" 200 - 242000 242000 11 9 "
                                 "\"-\" \"aws-cli/2\" - x= - - - mine.s3.amazonaws.com TLSV1.2 - -";
    CHECK(text_access_bucket(STR(bucket), &t));
    CHECK_STR(t.v[TEXT_HTTP_HOST].s, "mine");
    CHECK_STR(t.v[TEXT_HTTP_URL].s, "/db/all.sql?x");
    CHECK_INT(t.v[TEXT_HTTP_BYTES].u, 242000);
    CHECK(!text_has(&t, TEXT_HTTP_USER) && t.time_ns / 1'000'000'000 == NOON);
    CHECK(!text_access_bucket(STR("owner0 mine [29/Nov/2026:12:00:00 +0000] 203.0.113.9 - 3E57 GET k \"GET / HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"-\""), &t));
    CHECK(!text_access_bucket(STR("owner0 mine [29/Nov/2026:12:00:00 +0000]"), &t));
}

TEST(columns_with_names)
{
    static struct text t;
    struct w3c_columns c;
    struct str query, words[W3C_COLUMNS_MAX];
    CHECK(text_w3c_header(STR("#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status x-new\r"), &c));
    CHECK(text_w3c_line(STR("2026-11-29 12:00:00 10.0.0.1 GET /a%20b c=d 203.0.113.9 Mozilla/5.0+(X) 404 -"), &c, &t, &query, words));
    CHECK_STR(query, "c=d");
    CHECK_STR(text_w3c_name(&c, 2), "s-ip"); /* a column that is no field of ours keeps its name */
    CHECK_STR(words[2], "10.0.0.1");
    CHECK(!text_w3c_name(&c, 3).n);
    CHECK_STR(text_w3c_name(&c, 9), "x-new");
    CHECK_STR(t.v[TEXT_HTTP_URL].s, "/a%20b");
    CHECK_INT(t.v[TEXT_HTTP_STATUS].u, 404);
    CHECK_INT(t.time_ns / 1'000'000'000, NOON);
    CHECK(text_w3c_line(STR("2026-11-29\t12:00:00\t10.0.0.1\tGET\t/\t-\t203.0.113.9\t-\t-\t-"), &c, &t, &query, words));
    CHECK(!query.n && !text_has(&t, TEXT_HTTP_STATUS));
    CHECK(!text_w3c_line(STR("2026-11-29 12:00:00 10.0.0.1 GET /"), &c, &t, &query, words));
    CHECK(!text_w3c_header(STR("#Fields: date time s-ip"), &c));
    CHECK(!text_w3c_header(STR("Fields: c-ip cs-uri"), &c));
}

static struct str entry(struct utmp *u, short type, const char *user, const char *line, uint32_t ip)
{
    *u = (struct utmp){.ut_type = type, .ut_pid = 12, .ut_tv.tv_sec = (int32_t)NOON, .ut_addr_v6 = {(int32_t)htonl(ip)}};
    (void)strncpy(u->ut_user, user, sizeof(u->ut_user));
    (void)strncpy(u->ut_line, line, sizeof(u->ut_line) - 1);
    return str_n((const char *)u, sizeof(*u));
}

TEST(binary_logs_of_logins)
{
    static struct text t;
    struct utmp u;
    CHECK(text_utmp(entry(&u, LOGIN_PROCESS, "root", "ssh:notty", 0xcb007109), TEXT_UTMP_ANY, &t));
    CHECK_STR(t.v[TEXT_OUTCOME].s, "failure");
    CHECK_STR(t.v[TEXT_PROGRAM].s, "sshd");
    CHECK_INT(t.time_ns / 1'000'000'000, NOON);
    CHECK(text_has(&t, TEXT_IP));
    CHECK(text_utmp(entry(&u, USER_PROCESS, "root", "pts/0", 0xcb007109), TEXT_UTMP_ANY, &t));
    CHECK_STR(t.v[TEXT_OUTCOME].s, "success");
    CHECK(text_utmp(entry(&u, USER_PROCESS, "root", "tty1", 0), TEXT_UTMP_BTMP, &t));
    CHECK_STR(t.v[TEXT_OUTCOME].s, "failure");
    CHECK_STR(t.v[TEXT_PROGRAM].s, "login");
    CHECK(!text_utmp(entry(&u, LOGIN_PROCESS, "LOGIN", "tty1", 0), TEXT_UTMP_ANY, &t));
    CHECK(!text_utmp(entry(&u, LOGIN_PROCESS, "root", "tty1", 0), TEXT_UTMP_WTMP, &t));
    CHECK(!text_utmp(entry(&u, BOOT_TIME, "reboot", "~", 0), TEXT_UTMP_ANY, &t));
    /* a name of 32 bytes has no zero behind it */
    CHECK(text_utmp(entry(&u, USER_PROCESS, "abcdefghijklmnopqrstuvwxyz012345", "pts/0", 0), TEXT_UTMP_ANY, &t));
    CHECK_STR(t.v[TEXT_USER].s, "abcdefghijklmnopqrstuvwxyz012345");
    CHECK(text_utmp_is(entry(&u, BOOT_TIME, "reboot", "~", 0)));
    CHECK(!text_utmp_is(entry(&u, BOOT_TIME, "\x01\x02", "~", 0)));
    CHECK(!text_utmp_is(entry(&u, 77, "reboot", "~", 0)));
    CHECK(!text_utmp_is(STR("short")));
}

TEST(what_nobody_reads_is_named)
{
    char zeros[64] = {};
    CHECK(str_has(str_from(log_hint(STR("ORC\x03xxx"))), STR("this is ORC")));
    CHECK(str_has(str_from(log_hint(STR("LPKSHHRH"))), STR("journalctl --file")));
    CHECK(str_has(str_from(log_hint(str_n(zeros, sizeof(zeros)))), STR("lastlog")));
    CHECK(str_has(str_from(log_hint(STR("hello"))), STR("nobody here knows")));
}
