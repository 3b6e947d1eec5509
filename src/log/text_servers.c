// SPDX-License-Identifier: Apache-2.0
/*
 * https://nginx.org/en/docs/ngx_core_module.html#error_log · https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat · https://kubernetes.io/docs/concepts/cluster-administration/system-logs/
 * · https://pkg.go.dev/github.com/kr/logfmt
 * What somebody asked for stands in these lines as it was sent: an address is taken where no other stands in its place.
 */
#include "log/text_server_form.h"

#include "base/cleanup.h"
#include "log/found.h"

static bool skip(struct str *s, struct str prefix)
{
    if (!str_starts(*s, prefix))
        return false;
    *s = str_sub(*s, prefix.n, s->n);
    return true;
}
#define SKIP(s, literal) skip((s), STR(literal))

static size_t count_digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

void text_server_pair(struct text_server *r, struct str name, struct str text)
{
    if (name.n && text.n && r->n_pairs < TEXT_PAIRS_MAX)
        r->pairs[r->n_pairs++] = (struct text_pair){name, text, false};
}

static void add_pair(struct text_server *r, struct str name, struct str text, bool is_quoted)
{
    if (name.n && text.n && r->n_pairs < TEXT_PAIRS_MAX)
        r->pairs[r->n_pairs++] = (struct text_pair){name, text, is_quoted};
}

void text_server_say(struct text_server *r, struct str program, struct str message)
{
    text_str(&r->t, TEXT_PROGRAM, program);
    text_str(&r->t, TEXT_MESSAGE, str_trim(message));
}

void text_server_refuse(struct text_server *r, struct str user, const char *reason)
{
    r->t.v[TEXT_ACTION] = VALUE_OF_STR(STR("login"));
    r->t.v[TEXT_OUTCOME] = VALUE_OF_STR(STR("failure"));
    text_str(&r->t, TEXT_USER, str_sub(str_trim(user), 0, TEXT_NAME_MAX));
    text_str(&r->t, TEXT_REASON, str_from(reason));
    if (str_is(str_from(reason), "unknown-user"))
        r->t.v[TEXT_UNKNOWN_USER] = VALUE_OF_BOOL(true);
}

/* The levels of all of them, in any case. */
bool text_server_is_level(struct str s)
{
    static const char *const LEVELS[] = {"INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL", "WARNING", "NOTICE", "CRITICAL", "SEVERE", "CONFIG", "FINE", "FINER", "FINEST", "ALERT", "EMERG", "CRIT", "ERR", "PANIC", "INFORMATION"};
    if (s.n < 3 || s.n > 11)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(LEVELS); i++)
        if (str_eq_nocase(s, str_from(LEVELS[i])))
            return true;
    return false;
}

/* "Mar 02 2026 10:15:30.123", of parts that stand in another order. */
bool text_server_time(struct str month, struct str day, struct str year, struct str hour, const struct text_clock *clock, uint64_t *ret)
{
    enum { MOST = 40 };
    char text[MOST];
    const struct str parts[] = {month, day, year, hour};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (n + parts[i].n + 1 > MOST)
            return false;
        if (!parts[i].n)
            continue;
        memcpy(text + n, parts[i].p, parts[i].n);
        n += parts[i].n;
        if (i + 1 < ARRAY_SIZE(parts))
            text[n++] = ' ';
    }
    struct str s = str_n(text, n);
    return text_time_syslog(&s, clock, ret) && !s.n;
}

bool text_server_time_number(struct str month, struct str day, struct str year, struct str hour, const struct text_clock *clock, uint64_t *ret)
{
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint64_t number;
    if (!str_to_u64(month, &number) || number < 1 || number > 12)
        return false;
    return text_server_time(str_n(MONTHS + 3 * (size_t)(number - 1), 3), day, year, hour, clock, ret);
}

bool text_server_iso(struct str *s, const struct text_clock *clock, uint64_t *ret_ns)
{
    enum { ZONE = 6, MINUTE = 60, HOUR = 3600, SECOND_NS = 1000000000 };
    struct str rest = *s;
    uint64_t hours, minutes, ns;
    if (!text_time_iso(&rest, clock, &ns))
        return false;
    const bool has_zone = rest.n >= ZONE && rest.p[0] == ' ' && (rest.p[1] == '+' || rest.p[1] == '-') && str_to_u64(str_sub(rest, 2, 4), &hours) && str_to_u64(str_sub(rest, 4, ZONE), &minutes) && hours <= 14 && minutes < MINUTE;
    if (has_zone) {
        const int64_t offset = (rest.p[1] == '-' ? -1 : 1) * (int64_t)(hours * HOUR + minutes * MINUTE), said = clock ? clock->offset_s : 0;
        ns -= (uint64_t)((offset - said) * SECOND_NS);
        rest = str_sub(rest, ZONE, rest.n);
    }
    *ret_ns = ns;
    *s = rest;
    return true;
}

/* ---- nginx ---- */

/* What stands behind a name in all places that have it, when they agree: a request can hold the words too. */
static struct str only(struct str s, struct str name)
{
    struct str found = STR_NULL;
    for (ptrdiff_t at = 0; (at = str_find(s, name, (size_t)at)) >= 0; at++) {
        const struct str rest = str_sub(s, (size_t)at + name.n, s.n);
        const ptrdiff_t end = str_find(rest, STR(","), 0);
        const struct str value = end >= 0 ? str_sub(rest, 0, (size_t)end) : rest;
        if (found.n && !str_eq(found, value))
            return STR_NULL;
        found = value;
    }
    return found;
}

/* 2026/03/02 10:15:30 [error] 12#12: *1 open() "/x" failed …, client: 203.0.113.9, server: s, request: "GET /x HTTP/1.1", host: "h" */
static bool nginx(struct str s, const struct text_clock *clock, struct text_server *r)
{
    if (s.n < 30 || s.p[4] != '/' || !text_time_iso(&s, clock, &r->t.time_ns) || !SKIP(&s, " ["))
        return false;
    const ptrdiff_t close = str_find(str_sub(s, 0, 16), STR("] "), 0);
    if (close < 3 || !text_server_is_level(str_sub(s, 0, (size_t)close)))
        return false;
    const struct str level = str_sub(s, 0, (size_t)close);
    s = str_sub(s, (size_t)close + 2, s.n);
    const size_t pid = count_digits(s);
    if (!pid || pid == s.n || s.p[pid] != '#')
        return false;
    (void)text_u64(&r->t, TEXT_PID, str_sub(s, 0, pid));
    const ptrdiff_t colon = str_find(str_sub(s, 0, 48), STR(": "), 0);
    if (colon < 0)
        return false;
    s = str_sub(s, (size_t)colon + 2, s.n);
    if (str_starts(s, STR("*"))) /* the connection's number */
        s = str_sub(s, 1 + count_digits(str_sub(s, 1, s.n)), s.n);
    s = str_trim(s);
    const struct str client = only(s, STR(", client: "));
    text_server_say(r, STR("nginx"), s);
    add_pair(r, STR("level"), level, false);
    if (text_ip(&r->t, TEXT_IP, client))
        add_pair(r, STR("client"), client, false);
    add_pair(r, STR("server"), only(s, STR(", server: ")), false);
    if (str_starts(s, STR("user \""))) {
        const ptrdiff_t mismatch = str_find(s, STR("\": password mismatch, client: "), 0), unknown = str_find(s, STR("\" was not found in \""), 0), end = mismatch > 0 ? mismatch : unknown;
        if (end > 0)
            text_server_refuse(r, str_sub(s, strlen("user \""), (size_t)end), mismatch > 0 ? "wrong-password" : "unknown-user");
    }
    return true;
}

/* ---- Apache httpd ---- */

/* [Mon Mar 02 10:15:30.123456 2026] [core:error] [pid 1:tid 2] [client 203.0.113.9:40000] AH00126: … */
static bool apache(struct str s, const struct text_clock *clock, struct text_server *r)
{
    enum { WEEKDAY = 4 };
    struct str date, part, hour, month, day, rest;
    bool has_level = false;
    if (s.n < 30 || s.p[0] != '[' || s.p[1] < 'A' || s.p[1] > 'Z' || s.p[WEEKDAY] != ' ' || !text_take_field(&s, &date))
        return false;
    rest = str_sub(date, WEEKDAY, date.n);
    if (!str_split(&rest, ' ', &month) || !str_split(&rest, ' ', &day) || (!day.n && !str_split(&rest, ' ', &day)) || !str_split(&rest, ' ', &hour) ||
        !text_server_time(month, day, str_trim(rest), hour, clock, &r->t.time_ns))
        return false;
    for (unsigned i = 0; i < 4 && str_starts(str_trim(s), STR("[")); i++) {
        struct str before = s;
        if (!text_take_field(&s, &part))
            return false;
        const ptrdiff_t colon = str_find(part, STR(":"), 0);
        const struct str level = colon >= 0 ? str_sub(part, (size_t)colon + 1, part.n) : part;
        if (!has_level) {
            has_level = text_server_is_level(level) || str_starts(level, STR("trace"));
            if (!has_level)
                return false;
            add_pair(r, STR("level"), level, false);
            add_pair(r, STR("module"), colon > 0 ? str_sub(part, 0, (size_t)colon) : STR_NULL, false);
        } else if (SKIP(&part, "pid ")) {
            (void)text_u64(&r->t, TEXT_PID, str_sub(part, 0, count_digits(part)));
        } else if (SKIP(&part, "client ") || SKIP(&part, "remote ")) {
            if (text_endpoint(&r->t, TEXT_IP, TEXT_PORT, part) || text_ip(&r->t, TEXT_IP, part))
                add_pair(r, STR("client"), part, false);
        } else { /* the message's own */
            s = before;
            break;
        }
    }
    if (!has_level)
        return false;
    s = str_trim(s);
    text_server_say(r, STR("apache2"), s);
    struct str said = s;
    if (str_starts(said, STR("AH0")))
        said = str_trim(str_sub(said, str_find(said, STR(":"), 0) > 0 ? (size_t)str_find(said, STR(":"), 0) + 1 : 0, said.n));
    if (SKIP(&said, "user ")) {
        const ptrdiff_t mismatch = str_find(said, STR(": authentication failure for \""), 0), unknown = str_find(said, STR(" not found: "), 0), end = mismatch > 0 ? mismatch : unknown;
        if (end > 0)
            text_server_refuse(r, str_sub(said, 0, (size_t)end), mismatch > 0 ? "wrong-password" : "unknown-user");
    }
    return true;
}

/* ---- fail2ban ---- */

/* 2026-03-02 10:15:30,123 fail2ban.actions        [900]: NOTICE  [sshd] Ban 203.0.113.9 */
static bool fail2ban(struct str s, const struct text_clock *clock, struct text_server *r)
{
    if (!text_time_iso(&s, clock, &r->t.time_ns) || !SKIP(&s, " fail2ban."))
        return false;
    const ptrdiff_t open = str_find(str_sub(s, 0, 64), STR("["), 0), close = str_find(str_sub(s, 0, 80), STR("]: "), 0);
    if (open <= 0 || close < open)
        return false;
    add_pair(r, STR("component"), str_trim(str_sub(s, 0, (size_t)open)), false);
    (void)text_u64(&r->t, TEXT_PID, str_sub(s, (size_t)open + 1, (size_t)close));
    s = str_sub(s, (size_t)close + 3, s.n);
    const ptrdiff_t blank = str_find(s, STR(" "), 0);
    if (blank <= 0 || !text_server_is_level(str_sub(s, 0, (size_t)blank)))
        return false;
    add_pair(r, STR("level"), str_sub(s, 0, (size_t)blank), false);
    text_server_say(r, STR("fail2ban"), str_sub(s, (size_t)blank, s.n));
    return true;
}

/* ---- Tomcat, and what else logs so ---- */

/* 02-Mar-2026 10:15:30.123 INFO [main] org.apache.catalina.startup.Catalina.start Server startup in [1234] milliseconds */
static bool catalina(struct str s, const struct text_clock *clock, struct text_server *r)
{
    enum { DATE = 11 };
    if (s.n < DATE + 12 || s.p[2] != '-' || s.p[6] != '-' || s.p[DATE] != ' ')
        return false;
    struct str rest = str_sub(s, DATE + 1, s.n), hour, level, thread;
    if (!str_split(&rest, ' ', &hour) || !text_server_time(str_sub(s, 3, 6), str_sub(s, 0, 2), str_sub(s, 7, DATE), hour, clock, &r->t.time_ns) || !str_split(&rest, ' ', &level) || !text_server_is_level(level) ||
        !str_starts(rest, STR("[")) || !text_take_field(&rest, &thread))
        return false;
    add_pair(r, STR("level"), level, false);
    add_pair(r, STR("thread"), thread, false);
    text_server_say(r, str_has(str_sub(rest, 0, 40), STR("org.apache.")) ? STR("tomcat") : STR_NULL, rest);
    return true;
}

/* ---- klog ---- */

/* I0302 10:15:30.123456       1 httplog.go:132] "HTTP" verb="GET" … */
static bool klog(struct str s, const struct text_clock *clock, struct text_server *r)
{
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    enum { HEAD = 5, CLOCK = 15, BEHIND = 96 };
    if (s.n < HEAD + 1 + CLOCK + 8 || !strchr("IWEF", s.p[0]) || count_digits(str_sub(s, 1, HEAD)) != HEAD - 1 || s.p[HEAD] != ' ')
        return false;
    const unsigned month = (unsigned)(s.p[1] - '0') * 10 + (unsigned)(s.p[2] - '0');
    if (month < 1 || month > 12 || !text_server_time(str_n(MONTHS + 3 * (size_t)(month - 1), 3), str_sub(s, 3, HEAD), STR_NULL, str_sub(s, HEAD + 1, HEAD + 1 + CLOCK), clock, &r->t.time_ns))
        return false;
    const struct str rest = str_trim(str_sub(s, HEAD + 1 + CLOCK, s.n));
    const size_t pid = count_digits(rest);
    const ptrdiff_t close = str_find(str_sub(rest, 0, BEHIND), STR("] "), 0);
    if (!pid || close < (ptrdiff_t)pid)
        return false;
    (void)text_u64(&r->t, TEXT_PID, str_sub(rest, 0, pid));
    add_pair(r, STR("level"), s.p[0] == 'I' ? STR("info") : s.p[0] == 'W' ? STR("warning") : s.p[0] == 'E' ? STR("error") : STR("fatal"), false);
    add_pair(r, STR("source"), str_trim(str_sub(rest, pid, (size_t)close)), false);
    text_server_say(r, STR_NULL, str_sub(rest, (size_t)close + 2, rest.n));
    return true;
}

/* ---- pairs ---- */

static bool take_pair(struct str *s, struct text_pair *ret)
{
    size_t n = 0;
    *s = str_trim(*s);
    while (n < s->n && s->p[n] != '=' && s->p[n] != ' ' && s->p[n] != '"')
        n++;
    if (!n || n == s->n || s->p[n] != '=')
        return false;
    *ret = (struct text_pair){.name = str_sub(*s, 0, n), .is_quoted = n + 1 < s->n && s->p[n + 1] == '"'};
    *s = str_sub(*s, n + 1, s->n);
    if (!s->n || s->p[0] == ' ')
        return true; /* nothing */
    if (ret->is_quoted)
        return text_take_field(s, &ret->text);
    n = 0;
    while (n < s->n && s->p[n] != ' ')
        n++;
    ret->text = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return true;
}

/* time="2026-03-02T10:15:30.123456789Z" level=info msg="starting containerd" revision=abc */
static bool logfmt(struct str s, const struct text_clock *clock, struct text_server *r)
{
    enum { WORDS = 24 };
    static const char *const BEGINNINGS[] = {"time=", "ts=", "t=", "timestamp=", "level=", "lvl="};
    bool is = false, has_level = false;
    struct text_pair p;
    for (size_t i = 0; i < ARRAY_SIZE(BEGINNINGS) && !is; i++)
        is = str_starts(s, str_from(BEGINNINGS[i]));
    /* Grafana begins with who says it */
    if (!is && !(str_has(str_sub(s, 0, WORDS), STR("=")) && str_has(s, STR(" level=")) && str_has(s, STR(" msg="))))
        return false;
    while (s.n && take_pair(&s, &p)) {
        const bool is_time = str_is(p.name, "time") || str_is(p.name, "ts") || str_is(p.name, "t") || str_is(p.name, "timestamp");
        if (is_time && !r->t.time_ns && text_time_any(p.text, clock, &r->t.time_ns))
            continue;
        has_level |= (str_is(p.name, "level") || str_is(p.name, "lvl")) && text_server_is_level(p.text);
        if (str_is(p.name, "msg") || str_is(p.name, "message"))
            text_str(&r->t, TEXT_MESSAGE, p.text);
        add_pair(r, p.name, p.text, p.is_quoted);
    }
    return text_has(&r->t, TEXT_MESSAGE) && (has_level || r->t.time_ns);
}

/* ---- FortiGate ---- */

/* [<189>]date=2026-03-02 time=10:15:30 devname="fw1" … eventtime=1772446530123456789 type="event" action="Edit" cfgpath="vpn.ssl.settings" msg="…" */
static bool fortigate(struct str s, const struct text_clock *clock, struct text_server *r)
{
    struct str date = STR_NULL;
    struct text_pair p;
    enum { HEAD = 96 }; /* of syslog */
    const ptrdiff_t at = str_find(str_sub(s, 0, HEAD), STR("date=2"), 0);
    bool has_device = false;
    if (at < 0 || (at && s.p[at - 1] != ' ' && s.p[at - 1] != '>'))
        return false;
    s = str_sub(s, (size_t)at, s.n);
    while (s.n && take_pair(&s, &p)) {
        if (str_is(p.name, "date")) {
            date = p.text;
        } else if (str_is(p.name, "time") && date.n == 10 && p.text.n == 8) {
            char text[19];
            memcpy(text, date.p, 10);
            text[10] = ' ';
            memcpy(text + 11, p.text.p, 8);
            struct str when = str_n(text, sizeof(text));
            (void)text_time_iso(&when, clock, &r->t.time_ns);
        } else if (str_is(p.name, "eventtime")) { /* which has no zone to guess */
            (void)text_time_any(p.text, clock, &r->t.time_ns);
        } else if (str_is(p.name, "devname")) {
            has_device = true;
            text_str(&r->t, TEXT_HOST, p.text);
        } else if (str_is(p.name, "msg")) {
            text_str(&r->t, TEXT_MESSAGE, p.text);
        }
        add_pair(r, p.name, p.text, p.is_quoted);
    }
    text_str(&r->t, TEXT_PROGRAM, STR("fortigate"));
    return has_device && r->t.time_ns;
}

/* ---- PHP, dpkg, vsftpd ---- */

/* [02-Mar-2026 10:15:30] WARNING: [pool www] … · [02-Mar-2026 10:15:30 UTC] PHP Fatal error:  Uncaught … */
static bool php(struct str s, const struct text_clock *clock, struct text_server *r)
{
    enum { DATE = 11, WHOLE = 20 };
    struct str when;
    if (s.n < WHOLE + 4 || s.p[0] != '[' || s.p[3] != '-' || s.p[7] != '-' || !text_take_field(&s, &when) || when.n < WHOLE)
        return false;
    const bool is_utc = str_ends(when, STR(" UTC"));
    s = str_trim(s);
    const ptrdiff_t colon = str_find(str_sub(s, 0, 40), STR(":"), 0);
    const struct str level = str_sub(s, 0, colon > 0 ? (size_t)colon : 0);
    if ((!str_starts(s, STR("PHP ")) && !text_server_is_level(level)) || !text_server_time(str_sub(when, 3, 6), str_sub(when, 0, 2), str_sub(when, 7, DATE), str_sub(when, DATE + 1, WHOLE), is_utc ? &(const struct text_clock){.base_ns = clock->base_ns} : clock, &r->t.time_ns))
        return false;
    add_pair(r, STR("level"), level, false);
    text_server_say(r, STR("php"), s);
    return true;
}

/* 2026-03-02 10:15:30 install nmap:amd64 <none> 7.93 */
static bool dpkg(struct str s, const struct text_clock *clock, struct text_server *r)
{
    static const char *const WORDS[] = {"startup", "install", "upgrade", "remove", "purge", "configure", "trigproc", "status", "conffile", "disappear", NULL};
    struct str rest, word;
    if (s.n < 24 || s.p[10] != ' ' || !text_time_iso(&s, clock, &r->t.time_ns) || !SKIP(&s, " "))
        return false;
    rest = s;
    if (!str_split(&rest, ' ', &word) || !str_is_any(word, WORDS) || !rest.n || (!str_is(word, "startup") && !str_has(rest, STR(":")) && !str_is(word, "conffile")))
        return false;
    text_server_say(r, STR("dpkg"), s);
    add_pair(r, STR("action"), word, false);
    return true;
}

/* Mon Mar  2 10:15:30 2026, and behind it what is given. */
static bool take_date(struct str *s, const char *behind, const struct text_clock *clock, struct text_server *r)
{
    enum { WEEKDAY = 4, DATE = 24 };
    struct str rest = str_sub(*s, DATE, s->n);
    if (s->n < DATE + 8 || s->p[3] != ' ' || !skip(&rest, str_from(behind)))
        return false;
    if (!text_server_time(str_sub(*s, WEEKDAY, 7), str_trim(str_sub(*s, 8, 10)), str_sub(*s, 20, DATE), str_sub(*s, 11, 19), clock, &r->t.time_ns))
        return false;
    *s = rest;
    return true;
}

/* Mon Mar  2 10:15:30 2026 -> /srv/x: Php.Agent FOUND */
static bool clamav(struct str s, const struct text_clock *clock, struct text_server *r)
{
    struct str file, signature;
    if (!take_date(&s, " -> ", clock, r))
        return false;
    text_server_say(r, STR("clamd"), s);
    if (found_in(s, &file, &signature)) {
        add_pair(r, STR("file"), file, false);
        add_pair(r, STR("signature"), signature, false);
    }
    return true;
}

/* Mon Mar  2 10:15:30 2026 [pid 7] [bob] FAIL LOGIN: Client "203.0.113.9" */
static bool vsftpd(struct str s, const struct text_clock *clock, struct text_server *r)
{
    if (!take_date(&s, " [pid ", clock, r))
        return false;
    const ptrdiff_t close = str_find(str_sub(s, 0, 12), STR("] "), 0);
    if (close <= 0)
        return false;
    (void)text_u64(&r->t, TEXT_PID, str_sub(s, 0, (size_t)close));
    s = str_sub(s, (size_t)close + 2, s.n);
    text_server_say(r, STR("vsftpd"), s);
    (void)text_service_message(STR("vsftpd"), str_trim(s), &r->t);
    return true;
}

/* ---- applications ---- */

/* 2026-03-02 10:15:30,123 WARN  [org.keycloak.events] (executor-thread-1) … · 2026-03-02T10:15:30.123Z  INFO 1 --- [main] c.e.App : … · … - root - ERROR - … */
static bool application(struct str s, const struct text_clock *clock, struct text_server *r)
{
    enum { WORDS = 3, WORD = 64 };
    s = str_sub(s, str_starts(s, STR("[")), s.n);
    if (!s.n || s.p[0] < '0' || s.p[0] > '9' || !text_time_iso(&s, clock, &r->t.time_ns) || !s.n || !strchr(" \t]|", s.p[0]))
        return false;
    for (unsigned i = 0; i < WORDS;) {
        size_t skipped = 0, n;
        while (skipped < s.n && strchr(" \t[](){}-|", s.p[skipped]))
            skipped++;
        const bool is_in_brackets = skipped && skipped < s.n && s.p[skipped - 1] == '[';
        s = str_sub(s, skipped, s.n);
        for (n = 0; n < s.n && n <= WORD && !strchr(" \t[](){}|:", s.p[n]);)
            n++;
        if (!n || n > WORD)
            return false;
        const struct str word = str_sub(s, 0, n);
        s = str_sub(s, n, s.n);
        if (!i++ && (str_is(word, "stdout") || str_is(word, "stderr"))) /* of a runtime of containers, which wrote it in front */
            return false;
        const bool is_large = word.p[0] >= 'A' && word.p[0] <= 'Z', is_all_large = is_large && word.n > 1 && word.p[1] >= 'A' && word.p[1] <= 'Z';
        if (!text_server_is_level(word) || !(is_in_brackets || is_all_large || (is_large && i > 1)))
            continue;
        add_pair(r, STR("level"), word, false);
        size_t blanks = 0;
        while (blanks < s.n && strchr(" \t]:|-", s.p[blanks]))
            blanks++;
        text_server_say(r, STR_NULL, str_sub(s, blanks, s.n));
        return text_has(&r->t, TEXT_MESSAGE);
    }
    return false;
}

bool text_server_line(struct str line, const struct text_clock *clock, struct text_server *ret)
{
    static text_server_form *const FORMS[] = {nginx, apache, fail2ban, catalina, klog, logfmt, fortigate, php, dpkg, clamav, vsftpd, text_server_exim, text_server_fast, text_server_events, text_server_openvpn,
                                       text_server_rails, text_server_monolog, text_server_django, application};
    const struct str s = str_trim(str_sub(line, 0, TEXT_LINE_MAX));
    for (size_t i = 0; s.n && i < ARRAY_SIZE(FORMS); i++) {
        text_reset(&ret->t);
        ret->n_pairs = 0;
        ret->is_sure = FORMS[i] != application;
        if (FORMS[i](s, clock, ret))
            return true;
    }
    return false;
}
