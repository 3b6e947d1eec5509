// SPDX-License-Identifier: Apache-2.0
/* Binary logs of logins: utmp(5). */
#include <arpa/inet.h>
#include <stdio.h>
#include <utmp.h>

#include "base/cleanup.h"
#include "log/text.h"

static struct str field(const char *p, size_t size)
{
    return str_n(p, strnlen(p, size));
}

/* The address is in the order of the network; of IPv4 the first part alone. An IPv4 address may be written as one of IPv6. */
static void set_address(struct text *t, const struct utmp *u)
{
    char text[INET6_ADDRSTRLEN];
    const bool is_empty = !u->ut_addr_v6[0] && !u->ut_addr_v6[1] && !u->ut_addr_v6[2] && !u->ut_addr_v6[3];
    const bool is_v4 = !u->ut_addr_v6[1] && !u->ut_addr_v6[2] && !u->ut_addr_v6[3];
    if (is_empty)
        (void)text_ip(t, TEXT_IP, field(u->ut_host, sizeof(u->ut_host)));
    else if (inet_ntop(is_v4 ? AF_INET : AF_INET6, u->ut_addr_v6, text, sizeof(text)))
        (void)text_ip(t, TEXT_IP, str_from(text));
}

bool text_utmp(struct str entry, enum text_utmp_kind kind, struct text *t)
{
    struct utmp u;
    text_reset(t);
    if (entry.n < sizeof(u))
        return false;
    memcpy(&u, entry.p, sizeof(u));
    const char *at = entry.p;
    const struct str user = field(at + offsetof(struct utmp, ut_user), sizeof(u.ut_user)), line = field(at + offsetof(struct utmp, ut_line), sizeof(u.ut_line));
    const bool is_failure = kind == TEXT_UTMP_BTMP || (kind == TEXT_UTMP_ANY && u.ut_type == LOGIN_PROCESS);
    if (!user.n || (u.ut_type != USER_PROCESS && !(is_failure && u.ut_type == LOGIN_PROCESS)))
        return false;
    /* getty waits for somebody */
    if (kind == TEXT_UTMP_ANY && u.ut_type == LOGIN_PROCESS && str_is(user, "LOGIN"))
        return false;
    set_address(t, &u);
    t->time_ns = u.ut_tv.tv_sec > 0 && u.ut_tv.tv_usec >= 0 ? (uint64_t)u.ut_tv.tv_sec * 1'000'000'000 + (uint64_t)u.ut_tv.tv_usec % 1'000'000 * 1000 : 0;
    /* sshd writes ssh:notty of failures; what is on a line of its own is login(1)'s */
    const bool is_ssh = str_starts(line, STR("ssh")) || (!is_failure && text_has(t, TEXT_IP));
    text_str(t, TEXT_PROGRAM, str_from(is_ssh ? "sshd" : "login"));
    text_str(t, TEXT_ACTION, STR("login"));
    text_str(t, TEXT_USER, user);
    text_str(t, TEXT_OUTCOME, str_from(is_failure ? "failure" : "success"));
    text_str(t, TEXT_TTY, line);
    if (u.ut_pid > 0)
        text_uint(t, TEXT_PID, (uint64_t)u.ut_pid);
    return true;
}

size_t text_utmp_size(void)
{
    return sizeof(struct utmp);
}

static bool is_text(struct str s, size_t size)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ')
            return false;
    /* behind the end there are zeros */
    for (size_t i = s.n; i < size; i++)
        if (s.p[i])
            return false;
    return true;
}

bool text_utmp_is(struct str entry)
{
    struct utmp u;
    if (entry.n < sizeof(u))
        return false;
    memcpy(&u, entry.p, sizeof(u));
    const char *at = entry.p;
    return u.ut_type > EMPTY && u.ut_type <= ACCOUNTING && u.ut_pid >= 0 && u.ut_tv.tv_sec > 0 && u.ut_tv.tv_usec >= 0 && u.ut_tv.tv_usec < 1'000'000 &&
           is_text(field(at + offsetof(struct utmp, ut_line), sizeof(u.ut_line)), sizeof(u.ut_line)) &&
           is_text(field(at + offsetof(struct utmp, ut_user), sizeof(u.ut_user)), sizeof(u.ut_user)) &&
           is_text(field(at + offsetof(struct utmp, ut_host), sizeof(u.ut_host)), 0);
}
