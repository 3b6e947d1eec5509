// SPDX-License-Identifier: Apache-2.0
/*
 * Logins to what is no shell (mail, files, panels, desktops), and programs that run others as somebody else. Names come from whoever tries: an address is looked for where no name can stand
 * in front of it, or behind the last word that introduces one.
 */
#include "base/cleanup.h"
#include "log/text.h"
#include "log/text_database.h"
#include "log/text_vpn.h"

static bool skip(struct str *s, struct str prefix)
{
    if (!str_starts(*s, prefix))
        return false;
    *s = str_sub(*s, prefix.n, s->n);
    return true;
}
#define SKIP(s, literal) skip((s), STR(literal))

static ptrdiff_t find_last(struct str s, struct str needle)
{
    for (size_t at = s.n; at-- > 0;)
        if (at + needle.n <= s.n && !memcmp(s.p + at, needle.p, needle.n))
            return (ptrdiff_t)at;
    return -1;
}

/* What stands behind `begin` at `at`, up to one of the characters, or to the end. */
static struct str behind(struct str s, ptrdiff_t at, size_t skipped, const char *ends)
{
    if (at < 0)
        return STR_NULL;
    s = str_sub(s, (size_t)at + skipped, s.n);
    size_t n = 0;
    while (n < s.n && !strchr(ends, s.p[n]))
        n++;
    return str_sub(s, 0, n);
}

static void set_name(struct text *t, enum text_id id, struct str name)
{
    text_str(t, id, str_sub(str_trim(name), 0, TEXT_NAME_MAX));
}

static void set_ip(struct text *t, struct str s)
{
    (void)(SKIP(&s, "::ffff:") && str_has(s, STR(".")));
    (void)text_ip(t, TEXT_IP, s);
}

static bool done(struct text *t, const char *action, bool is_success)
{
    t->v[TEXT_ACTION] = VALUE_OF_STR(str_from(action));
    t->v[TEXT_OUTCOME] = VALUE_OF_STR(str_from(is_success ? "success" : "failure"));
    return true;
}

/* imap-login: Login: user=<bob>, method=PLAIN, rip=203.0.113.9, … · imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=203.0.113.9, … */
static bool dovecot(struct str s, struct text *t)
{
    const ptrdiff_t login = str_find(s, STR("-login: "), 0);
    if (login > 0 && login < 16) /* of the master process, which names the one that said it */
        s = str_sub(s, (size_t)login + strlen("-login: "), s.n);
    const bool is_success = str_starts(s, STR("Login: user=<")), has_failed = str_has(str_sub(s, 0, str_find(s, STR("user=<"), 0) > 0 ? (size_t)str_find(s, STR("user=<"), 0) : 0), STR("(auth failed"));
    const ptrdiff_t rip = find_last(s, STR(", rip=")), method = find_last(s, STR(", method="));
    if (!is_success && !has_failed)
        return false;
    set_name(t, TEXT_USER, behind(s, str_find(s, STR("user=<"), 0), strlen("user=<"), ">"));
    set_ip(t, behind(s, rip, strlen(", rip="), ", "));
    text_str(t, TEXT_METHOD, behind(s, method, strlen(", method="), ", "));
    return done(t, "login", is_success);
}

/* warning: unknown[203.0.113.9]: SASL LOGIN authentication failed: …[, sasl_username=bob] · 4Q2: client=unknown[203.0.113.9], sasl_method=PLAIN, sasl_username=bob */
static bool postfix(struct str s, struct text *t)
{
    const ptrdiff_t failed = str_find(s, STR("]: SASL "), 0), method = str_find(s, STR("], sasl_method="), 0), user = find_last(s, STR(", sasl_username="));
    const ptrdiff_t end = str_starts(s, STR("warning: ")) ? failed : method, open = end > 0 ? find_last(str_sub(s, 0, (size_t)end), STR("[")) : -1;
    const bool has_failed = end == failed;
    if (open < 0 || (has_failed && !str_has(s, STR(" authentication failed"))))
        return false;
    set_ip(t, str_sub(s, (size_t)open + 1, (size_t)end));
    text_str(t, TEXT_METHOD, has_failed ? behind(s, failed, strlen("]: SASL "), " ") : behind(s, method, strlen("], sasl_method="), ", "));
    set_name(t, TEXT_USER, behind(s, user, strlen(", sasl_username="), ", "));
    return done(t, "login", !has_failed);
}

/* web1 (unknown[203.0.113.9]) - USER root (Login failed): Incorrect password · … - USER root: no such user found from … · … - USER bob: Login successful. */
static bool proftpd(struct str s, struct text *t)
{
    const ptrdiff_t user = str_find(s, STR("]) - USER "), 0), open = user > 0 ? find_last(str_sub(s, 0, (size_t)user), STR("[")) : -1;
    const bool is_success = str_ends(s, STR(": Login successful.")), is_unknown = str_has(s, STR(": no such user found"));
    if (open < 0 || !(is_success || is_unknown || str_has(s, STR(" (Login failed)"))))
        return false;
    set_ip(t, str_sub(s, (size_t)open + 1, (size_t)user));
    set_name(t, TEXT_USER, behind(s, user, strlen("]) - USER "), ": "));
    if (is_unknown)
        t->v[TEXT_UNKNOWN_USER] = VALUE_OF_BOOL(true);
    return done(t, "login", is_success);
}

/* [bob] FAIL LOGIN: Client "203.0.113.9" */
static bool vsftpd(struct str s, struct text *t)
{
    const ptrdiff_t failed = find_last(s, STR("] FAIL LOGIN: Client \"")), passed = find_last(s, STR("] OK LOGIN: Client \"")), at = failed > 0 ? failed : passed;
    if (at <= 0 || s.p[0] != '[')
        return false;
    set_name(t, TEXT_USER, str_sub(s, 1, (size_t)at));
    set_ip(t, behind(s, find_last(s, STR("Client \"")), strlen("Client \""), "\""));
    return done(t, "login", failed < 0);
}

/* Invalid login as root from 203.0.113.9 */
static bool webmin(struct str s, struct text *t)
{
    const bool is_success = SKIP(&s, "Successful login as "), is_unknown = !is_success && SKIP(&s, "Non-existent login as ");
    const ptrdiff_t from = find_last(s, STR(" from "));
    if (from < 0 || !(is_success || is_unknown || SKIP(&s, "Invalid login as ")))
        return false;
    const ptrdiff_t at = find_last(s, STR(" from "));
    set_name(t, TEXT_USER, str_sub(s, 0, (size_t)at));
    set_ip(t, behind(s, at, strlen(" from "), " "));
    if (is_unknown)
        t->v[TEXT_UNKNOWN_USER] = VALUE_OF_BOOL(true);
    return done(t, "login", is_success);
}

/* [INFO ] AUTHFAIL: user=root ip=203.0.113.9 time=1772452800 */
static bool xrdp(struct str s, struct text *t)
{
    const ptrdiff_t user = str_find(s, STR("AUTHFAIL: user="), 0), ip = find_last(s, STR(" ip="));
    if (user < 0 || ip < user)
        return false;
    set_name(t, TEXT_USER, str_sub(s, (size_t)user + strlen("AUTHFAIL: user="), (size_t)ip));
    set_ip(t, behind(s, ip, strlen(" ip="), " "));
    return done(t, "login", false);
}

/* alice ran command id as root from /home/alice · failed auth for alice · command not permitted for alice: id */
static bool doas(struct str s, struct text *t)
{
    if (SKIP(&s, "failed auth for ")) {
        set_name(t, TEXT_USER, s);
        text_str(t, TEXT_REASON, STR("wrong-password"));
        return done(t, "command", false);
    }
    if (SKIP(&s, "command not permitted for ")) {
        const ptrdiff_t colon = str_find(s, STR(": "), 0);
        set_name(t, TEXT_USER, colon > 0 ? str_sub(s, 0, (size_t)colon) : s);
        text_str(t, TEXT_COMMAND, colon > 0 ? str_sub(s, (size_t)colon + 2, s.n) : STR_NULL);
        text_str(t, TEXT_REASON, STR("not-allowed"));
        return done(t, "command", false);
    }
    const struct str ran = STR(" ran command ");
    const ptrdiff_t at = str_find(s, ran, 0), from = find_last(s, STR(" from ")), as = from > 0 ? find_last(str_sub(s, 0, (size_t)from), STR(" as ")) : -1;
    if (at <= 0 || as < at)
        return false;
    set_name(t, TEXT_USER, str_sub(s, 0, (size_t)at));
    text_str(t, TEXT_COMMAND, str_sub(s, (size_t)at + ran.n, (size_t)as));
    set_name(t, TEXT_TARGET, str_sub(s, (size_t)as + strlen(" as "), (size_t)from));
    return done(t, "command", true);
}

/* alice: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/] [COMMAND=/bin/sh] · alice: Error executing command as another user: Not authorized [USER=root] … */
static bool pkexec(struct str s, struct text *t)
{
    const ptrdiff_t colon = str_find(s, STR(": "), 0), user = str_find(s, STR("[USER="), 0), command = str_find(s, STR("[COMMAND="), 0);
    const bool is_success = colon > 0 && str_starts(str_sub(s, (size_t)colon + 2, s.n), STR("Executing command ["));
    if (colon <= 0 || user < 0 || command < user || !(is_success || str_has(s, STR("Error executing command as another user"))))
        return false;
    set_name(t, TEXT_USER, str_sub(s, 0, (size_t)colon));
    set_name(t, TEXT_TARGET, behind(s, user, strlen("[USER="), "]"));
    text_str(t, TEXT_COMMAND, str_sub(s, (size_t)command + strlen("[COMMAND="), s.n - str_ends(s, STR("]"))));
    text_str(t, TEXT_TTY, behind(s, str_find(s, STR("[TTY="), 0), strlen("[TTY="), "]"));
    if (!is_success)
        text_str(t, TEXT_REASON, STR("not-allowed"));
    return done(t, "command", is_success);
}

bool text_service_message(struct str program, struct str message, struct text *t)
{
    static const struct {
        const char *program;
        bool (*take)(struct str message, struct text *t);
    } SERVICES[] = {{"dovecot", dovecot}, {"imap-login", dovecot}, {"pop3-login", dovecot}, {"submission-login", dovecot}, {"managesieve-login", dovecot}, {"smtpd", postfix}, {"postfix", postfix}, {"proftpd", proftpd},
                    {"vsftpd", vsftpd}, {"webmin", webmin}, {"usermin", webmin}, {"xrdp-sesman", xrdp}, {"doas", doas}, {"pkexec", pkexec}, {"openvpn", text_vpn_openvpn}, {"ovpn-server", text_vpn_openvpn}, {"charon", text_vpn_charon},
                    {"charon-systemd", text_vpn_charon}};
    for (size_t i = 0; i < ARRAY_SIZE(SERVICES); i++)
        if (str_is(program, SERVICES[i].program))
            return SERVICES[i].take(str_trim(message), t);
    return text_database_message(program, str_trim(message), t);
}
