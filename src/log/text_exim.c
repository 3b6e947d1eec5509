// SPDX-License-Identifier: Apache-2.0
/*
 * Exim's main log and reject log: https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html
 * 2026-03-02 10:15:30 [pid] 1h8xyZ-0001aB-Cd <= a@b.example H=host [203.0.113.9] P=esmtp S=512
 * 2026-03-02 10:15:30 login authenticator failed for (User) [203.0.113.9]: 535 Incorrect authentication data (set_id=info)
 * Addresses stand there as they were sent, with everything that somebody wrote into them.
 */
#include "log/text_server_form.h"

#include "base/cleanup.h"

enum { PART_MIN = 2, FIRST_PART = 6, OLD_ID = 16, NEW_ID = 23 };

static bool is_base62(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z')))
            return false;
    return s.n;
}

/* 1h8xyZ-0001aB-Cd, since version 4.97 1tKdVG-00000001xyz-2AbC. */
static bool is_id(struct str s)
{
    struct str part;
    unsigned n = 0;
    if (s.n != OLD_ID && s.n != NEW_ID)
        return false;
    while (str_split(&s, '-', &part))
        if (++n > 3 || part.n < PART_MIN || (n == 1 && part.n != FIRST_PART) || !is_base62(part))
            return false;
    return n == 3;
}

/* The address of the host: [203.0.113.9] behind H=, or in front of what was refused. In what comes before, nobody outside has a say. */
static void take_client(struct text_server *r, struct str s, struct str before)
{
    const ptrdiff_t at = str_find(s, before, 0), open = at >= 0 ? str_find(s, STR("["), (size_t)at) : -1, close = open >= 0 ? str_find(s, STR("]"), (size_t)open) : -1;
    if (close > open && text_ip(&r->t, TEXT_IP, str_sub(s, (size_t)open + 1, (size_t)close)))
        text_server_pair(r, STR("client"), str_sub(s, (size_t)open + 1, (size_t)close));
}

/* Addresses between a flag and what follows it. */
static struct str address_behind(struct str s)
{
    s = str_trim(s);
    for (size_t i = 0, depth = 0; i < s.n; i++) {
        depth += s.p[i] == '{' || s.p[i] == '<';
        depth -= depth && (s.p[i] == '}' || s.p[i] == '>');
        if (s.p[i] == ' ' && !depth)
            return str_sub(s, 0, i);
    }
    return s;
}

bool text_server_exim(struct str s, const struct text_clock *clock, struct text_server *r)
{
    static const char *const FLAGS[] = {"<=", "=>", "->", "**", "==", "*>", ">>", "(=", "Completed", NULL};
    static const char *const BEGINNINGS[] = {"H=", "SMTP ", "no host name found for IP address ", "no IP address found for host ", "Start queue run: pid=", "End queue run: pid=", "exim 4.", "unexpected disconnection while reading SMTP command from ",
                                             "TLS error on connection from "};
    struct str word, rest;
    if (s.n < 24 || s.p[4] != '-' || !text_time_iso(&s, clock, &r->t.time_ns) || s.n < 2 || s.p[0] != ' ')
        return false;
    s = str_trim(s);
    if (str_starts(s, STR("["))) { /* log_selector +pid */
        const ptrdiff_t close = str_find(str_sub(s, 0, 12), STR("] "), 0);
        if (close < 2 || !text_u64(&r->t, TEXT_PID, str_sub(s, 1, (size_t)close)))
            return false;
        s = str_sub(s, (size_t)close + 2, s.n);
    }
    rest = s;
    const bool has_id = str_split(&rest, ' ', &word) && is_id(word);
    const ptrdiff_t failed = str_find(s, STR(" authenticator failed for "), 0);
    bool is = has_id || (failed > 0 && !str_has(str_sub(s, 0, (size_t)failed), STR(" ")));
    for (size_t i = 0; i < ARRAY_SIZE(BEGINNINGS) && !is; i++)
        is = str_starts(s, str_from(BEGINNINGS[i]));
    if (!is)
        return false;
    text_server_say(r, STR("exim"), s);
    if (has_id) {
        struct str flag, behind = rest;
        text_server_pair(r, STR("id"), word);
        if (str_split(&behind, ' ', &flag) && str_is_any(flag, FLAGS)) {
            text_server_pair(r, STR("flag"), flag);
            text_server_pair(r, STR("address"), address_behind(behind));
        }
        take_client(r, rest, STR(" H="));
    } else if (failed > 0) {
        const ptrdiff_t id = str_find(s, STR("(set_id="), 0), end = id > 0 ? str_find(s, STR(")"), (size_t)id) : -1;
        take_client(r, s, STR(" authenticator failed for "));
        text_server_refuse(r, end > 0 ? str_sub(s, (size_t)id + strlen("(set_id="), (size_t)end) : STR_NULL, "wrong-password");
    } else if (str_starts(s, STR("H="))) {
        const ptrdiff_t rcpt = str_find(s, STR(" rejected RCPT "), 0);
        take_client(r, s, STR("H="));
        if (rcpt > 0) {
            text_server_pair(r, STR("flag"), STR("rejected"));
            text_server_pair(r, STR("address"), address_behind(str_sub(s, (size_t)rcpt + strlen(" rejected RCPT "), s.n)));
        }
    } else {
        take_client(r, s, STR(" "));
    }
    return true;
}
