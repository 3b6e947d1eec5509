// SPDX-License-Identifier: Apache-2.0
/* Logs of logins that grow, are renamed, cut and made anew; and what the context makes of their records. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "context/test-records.h"
#include "harness/test.h"
#include "source/login/journal.h"
#include "source/login/login.h"

#define LOG "/var/log/auth.log"
enum { NOW = 1'764'428'400 }; /* 2025-11-29T15:00:00Z */

struct box {
    struct login_logs *l;
    struct strbuf found;
    struct stream s;
    char path[64];
    int fd;
};

static void box_init(struct box *b)
{
    *b = (struct box){.l = login_logs_new()};
    stream_init(&b->s, (struct context_options){});
    strcpy(b->path, "/tmp/davy-login-XXXXXX");
    CHECK((b->fd = mkstemp(b->path)) >= 0);
}

static void box_done(struct box *b)
{
    login_logs_free(b->l);
    strbuf_done(&b->found);
    stream_done(&b->s);
    (void)close(b->fd);
    (void)unlink(b->path);
}

static void put(const struct box *b, const char *text)
{
    CHECK_INT(write(b->fd, text, strlen(text)), strlen(text));
}

/* How many records came; the last one is what the stream's event tells of. */
static unsigned take(struct box *b)
{
    unsigned n = 0;
    for (size_t at = 0; at < b->found.n; n++) {
        const struct record *r = (const struct record *)(b->found.p + at);
        CHECK_INT(record_check(r, b->found.n - at, NULL, NULL), 0);
        memcpy(record_begin(&b->s.w, r->kind), r, r->size);
        CHECK_INT(context_take(b->s.c, b->s.w.record, &b->s.e), 1);
        at += r->size;
    }
    strbuf_clear(&b->found);
    return n;
}

static unsigned look(struct box *b, enum login_begin begin)
{
    (void)login_logs_read(b->l, b->fd, STR(LOG), begin, NOW, &b->found);
    return take(b);
}

#define FAILED(n) "2025-11-29T15:00:00+00:00 web1 sshd[7]: Failed password for invalid user eve from 203.0.113." n " port 4242 ssh2\n"

TEST(a_line_tells_of_a_login)
{
    struct box b;
    box_init(&b);
    login_logs_lines(b.l, STR(FAILED("9")), STR(LOG), NOW, &b.found);
    CHECK_INT(take(&b), 1);
    CHECK_FIELD(&b.s, "login.action", "login");
    CHECK_FIELD(&b.s, "login.user", "eve");
    CHECK_FIELD(&b.s, "user.name", "eve");
    CHECK_FIELD(&b.s, "login.outcome", "failure");
    CHECK_FIELD(&b.s, "login.method", "password");
    CHECK_FIELD(&b.s, "login.ip", "203.0.113.9");
    CHECK_FIELD(&b.s, "login.port", "4242");
    CHECK_FIELD(&b.s, "login.network", "203.0.113.0/24");
    CHECK_FIELD(&b.s, "login.is_invalid_user", "true");
    CHECK_FIELD(&b.s, "login.host", "web1");
    CHECK_FIELD(&b.s, "log.program", "sshd");
    CHECK_FIELD(&b.s, "log.file", LOG);
    CHECK_FIELD(&b.s, "log.pid", "7");
    CHECK_FIELD(&b.s, "fd.rip", "203.0.113.9");
    CHECK_FIELD(&b.s, "evt.type", "auth");
    CHECK_FIELD(&b.s, "proc.pid", "<NA>");
    login_logs_lines(b.l, STR("Nov 29 15:00:00 web1 sudo:  bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh\n"), STR(LOG), NOW,
                     &b.found);
    CHECK_INT(take(&b), 1);
    CHECK_FIELD(&b.s, "login.action", "command");
    CHECK_FIELD(&b.s, "login.target", "root");
    CHECK_FIELD(&b.s, "login.command", "/bin/sh");
    CHECK_FIELD(&b.s, "login.ip", "<NA>");
    /* what says nothing of logins */
    login_logs_lines(b.l, STR("Nov 29 15:00:00 web1 kernel: eth0: up\n\n\x01\xff\nx\n"), STR(LOG), NOW, &b.found);
    CHECK_INT(take(&b), 0);
    box_done(&b);
}

TEST(a_file_is_read_on)
{
    struct box b;
    box_init(&b);
    put(&b, FAILED("1"));
    CHECK_INT(look(&b, LOGIN_AT_END), 0);
    put(&b, FAILED("2") FAILED("3"));
    CHECK_INT(look(&b, LOGIN_AT_END), 2);
    CHECK_FIELD(&b.s, "login.ip", "203.0.113.3");
    CHECK_INT(look(&b, LOGIN_AT_END), 0);
    /* half a line waits for its end */
    put(&b, "2025-11-29T15:00:00+00:00 web1 sshd[7]: Failed password for x from 203.0.113.4 ");
    CHECK_INT(look(&b, LOGIN_AT_END), 0);
    put(&b, "port 1 ssh2\n");
    CHECK_INT(look(&b, LOGIN_AT_END), 1);
    CHECK_FIELD(&b.s, "login.ip", "203.0.113.4");
    /* cut, as copytruncate does */
    CHECK_INT(ftruncate(b.fd, 0), 0);
    CHECK_INT(lseek(b.fd, 0, SEEK_SET), 0);
    put(&b, FAILED("5"));
    CHECK_INT(look(&b, LOGIN_AT_END), 1);
    CHECK_FIELD(&b.s, "login.ip", "203.0.113.5");
    box_done(&b);
}

TEST(of_a_file_that_is_met_what_is_fresh_counts)
{
    struct box b;
    box_init(&b);
    put(&b, "2025-11-29T14:50:00+00:00 web1 sshd[7]: Failed password for x from 203.0.113.1 port 1 ssh2\n" FAILED("2"));
    CHECK_INT(look(&b, LOGIN_FRESH), 1);
    CHECK_FIELD(&b.s, "login.ip", "203.0.113.2");
    box_done(&b);
    box_init(&b);
    put(&b, FAILED("1") FAILED("2"));
    CHECK_INT(look(&b, LOGIN_AT_START), 2);
    box_done(&b);
}

static struct utmp entry(short type, const char *user, const char *line, uint32_t ip)
{
    struct utmp u = {.ut_type = type, .ut_pid = 12, .ut_tv.tv_sec = NOW, .ut_addr_v6 = {(int32_t)htonl(ip)}};
    memcpy(u.ut_user, user, strlen(user));
    memcpy(u.ut_line, line, strlen(line));
    return u;
}

static unsigned take_utmp(struct box *b, const char *path, struct utmp u)
{
    login_logs_utmp(b->l, str_n((const char *)&u, sizeof(u)), str_from(path), NOW, &b->found);
    return take(b);
}

TEST(binary_logs)
{
    struct box b;
    box_init(&b);
    CHECK_INT(take_utmp(&b, "/var/log/btmp", entry(LOGIN_PROCESS, "root", "ssh:notty", 0xcb007109)), 1);
    CHECK_FIELD(&b.s, "login.user", "root");
    CHECK_FIELD(&b.s, "login.outcome", "failure");
    CHECK_FIELD(&b.s, "login.ip", "203.0.113.9");
    CHECK_FIELD(&b.s, "login.tty", "ssh:notty");
    CHECK_FIELD(&b.s, "log.program", "sshd");
    CHECK_INT(take_utmp(&b, "/var/log/wtmp", entry(USER_PROCESS, "root", "pts/0", 0xcb007109)), 1);
    CHECK_FIELD(&b.s, "login.outcome", "success");
    CHECK_INT(take_utmp(&b, "/var/log/wtmp", entry(DEAD_PROCESS, "root", "pts/0", 0xcb007109)), 0);
    CHECK_INT(take_utmp(&b, "/var/log/wtmp", entry(BOOT_TIME, "reboot", "~", 0)), 0);
    /* login(1): no address */
    CHECK_INT(take_utmp(&b, "/var/log/btmp", entry(LOGIN_PROCESS, "root", "tty1", 0)), 1);
    CHECK_FIELD(&b.s, "login.ip", "<NA>");
    CHECK_FIELD(&b.s, "log.program", "login");
    struct utmp v6 = entry(LOGIN_PROCESS, "x", "ssh:notty", 0);
    memcpy(v6.ut_host, "2001:db8::7", 11);
    CHECK_INT(take_utmp(&b, "/var/log/btmp", v6), 1);
    CHECK_FIELD(&b.s, "login.ip", "2001:db8::7");
    CHECK_FIELD(&b.s, "login.network", "2001:db8::/48");
    box_done(&b);
}

TEST(two_logs_tell_of_one_login)
{
    struct box b;
    box_init(&b);
    /* in either order, and as often as it happened */
    for (int i = 0; i < 3; i++)
        CHECK_INT(take_utmp(&b, "/var/log/btmp", entry(LOGIN_PROCESS, "eve", "ssh:notty", 0xcb007109)), 1);
    for (int i = 0; i < 3; i++) {
        login_logs_lines(b.l, STR(FAILED("9")), STR(LOG), NOW + 1, &b.found);
        CHECK_INT(take(&b), 0);
    }
    login_logs_lines(b.l, STR(FAILED("9")), STR(LOG), NOW + 1, &b.found);
    CHECK_INT(take(&b), 1);
    CHECK_INT(take_utmp(&b, "/var/log/btmp", entry(LOGIN_PROCESS, "eve", "ssh:notty", 0xcb007109)), 0);
    /* another address, and much later */
    CHECK_INT(take_utmp(&b, "/var/log/btmp", entry(LOGIN_PROCESS, "eve", "ssh:notty", 0xcb00710a)), 1);
    login_logs_lines(b.l, STR(FAILED("10")), STR(LOG), NOW + 60, &b.found);
    CHECK_INT(take(&b), 1);
    login_logs_lines(b.l, STR("2025-11-29T15:00:00+00:00 web1 sshd[7]: message repeated 3 times: [ Failed password for root from 203.0.113.77 port 1 ssh2]\n"), STR(LOG),
                     NOW, &b.found);
    CHECK_INT(take(&b), 3);
    box_done(&b);
}

TEST(a_journal_is_followed)
{
    struct journal j;
    struct strbuf lines = {};
    char path[] = "/tmp/davy-journal-XXXXXX";
    const int fd = mkstemp(path);
    static const char SCRIPT[] = "#!/bin/sh\necho \"$@ $(grep -c CapEff:.0000000000000000 /proc/self/status)\"\n";
    CHECK(fd >= 0 && write(fd, SCRIPT, sizeof(SCRIPT) - 1) == (ssize_t)sizeof(SCRIPT) - 1 && !fchmod(fd, 0755) && !close(fd));
    CHECK_INT(journal_open(&j, "/nowhere/journalctl"), -ENOENT);
    CHECK_INT(journal_open(&j, path), 0);
    for (int i = 0; i < 12'000 && journal_read(&j, &lines); i++)
        (void)nanosleep(&(struct timespec){.tv_nsec = 10'000'000}, NULL);
    CHECK(str_ends(strbuf_str(&lines), STR("--output=short-iso _UID=0 SYSLOG_FACILITY=4 SYSLOG_FACILITY=10 1\n")));
    journal_close(&j);
    CHECK_INT(j.fd, -1);
    strbuf_done(&lines);
    (void)unlink(path);
}
