// SPDX-License-Identifier: Apache-2.0
/*
 * What servers of data write down: Redis (its log, and what MONITOR shows), MySQL and MariaDB (log of errors, general log), PostgreSQL in whatever prefix.
 * https://redis.io/docs/latest/commands/monitor/ · https://dev.mysql.com/doc/refman/8.0/en/error-log-format.html · https://www.postgresql.org/docs/current/runtime-config-logging.html
 * Names come from whoever tries: what is looked for behind one is looked for from the end.
 */
#include "log/text_database.h"

#include "base/cleanup.h"

static ptrdiff_t find_last(struct str s, struct str needle)
{
    for (size_t at = s.n; at-- > 0;)
        if (at + needle.n <= s.n && !memcmp(s.p + at, needle.p, needle.n))
            return (ptrdiff_t)at;
    return -1;
}

static bool done(struct text *t, bool is_success)
{
    t->v[TEXT_ACTION] = VALUE_OF_STR(STR("login"));
    t->v[TEXT_OUTCOME] = VALUE_OF_STR(is_success ? STR("success") : STR("failure"));
    return true;
}

static void set_user(struct text *t, struct str name)
{
    text_str(t, TEXT_USER, str_sub(str_trim(name), 0, TEXT_NAME_MAX));
}

static size_t count_digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

/* ---- MySQL, MariaDB ---- */

/* Access denied for user 'root'@'203.0.113.9' (using password: YES) */
static bool mysql_message(struct str s, struct text *t)
{
    static const struct str begin = {"Access denied for user '", 24};
    const ptrdiff_t at = str_find(s, begin, 0), middle = find_last(s, STR("'@'"));
    if (at < 0 || middle < at + (ptrdiff_t)begin.n)
        return false;
    const struct str rest = str_sub(s, (size_t)middle + 3, s.n);
    const ptrdiff_t close = str_find(rest, STR("'"), 0);
    set_user(t, str_sub(s, (size_t)at + begin.n, (size_t)middle));
    (void)text_ip(t, TEXT_IP, close > 0 ? str_sub(rest, 0, (size_t)close) : rest);
    text_str(t, TEXT_METHOD, STR("password"));
    return done(t, false);
}

/* root@203.0.113.9 on mysql using TCP/IP */
static bool mysql_connected(struct str s, struct text *t)
{
    const ptrdiff_t on = find_last(s, STR(" on ")), sign = on > 0 ? find_last(str_sub(s, 0, (size_t)on), STR("@")) : -1;
    if (sign <= 0)
        return mysql_message(s, t);
    set_user(t, str_sub(s, 0, (size_t)sign));
    (void)text_ip(t, TEXT_IP, str_sub(s, (size_t)sign + 1, (size_t)on));
    return done(t, true);
}

/* Behind the time: THREAD [Note] [MY-010926] [Server] MESSAGE · THREAD Query\tTEXT */
static bool mysql_line(struct str s, struct text *t)
{
    static const char *const COMMANDS[] = {"Connect", "Query", "Quit", "Execute", "Prepare", "Init DB", "Close stmt", "Statistics", "Field List", "Change user"};
    s = str_trim(s);
    const size_t digits = count_digits(s);
    if (!digits || digits > 20 || digits == s.n || s.p[digits] != ' ')
        return false;
    (void)text_u64(t, TEXT_PID, str_sub(s, 0, digits));
    s = str_trim(str_sub(s, digits, s.n));
    text_str(t, TEXT_PROGRAM, STR("mysqld"));
    if (str_starts(s, STR("["))) {
        unsigned marks = 0;
        for (ptrdiff_t close; marks < 3 && str_starts(s, STR("[")) && (close = str_find(str_sub(s, 0, 40), STR("]"), 0)) > 0; marks++)
            s = str_trim(str_sub(s, (size_t)close + 1, s.n));
        text_str(t, TEXT_MESSAGE, s);
        (void)mysql_message(s, t);
        return marks > 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++) {
        const struct str command = str_from(COMMANDS[i]);
        if (!str_starts(s, command) || (s.n > command.n && s.p[command.n] != '\t'))
            continue;
        const struct str rest = str_trim(str_sub(s, command.n, s.n));
        text_str(t, TEXT_MESSAGE, rest.n ? rest : command);
        return !str_is(command, "Connect") || mysql_connected(rest, t) || rest.n;
    }
    return false;
}

/* ---- PostgreSQL ---- */

static const char *const LEVELS[] = {"LOG", "FATAL", "ERROR", "STATEMENT", "DETAIL", "WARNING", "HINT", "CONTEXT", "NOTICE", "PANIC", "INFO", "QUERY", "LOCATION", "DEBUG"};

/* Where the level stands: "… FATAL:  ", or -1. */
static ptrdiff_t level_of(struct str s, size_t *ret_end)
{
    const ptrdiff_t colon = str_find(s, STR(":  "), 0);
    if (colon <= 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(LEVELS); i++) {
        const struct str head = str_sub(s, 0, (size_t)colon);
        const size_t n = strlen(LEVELS[i]);
        if (!str_ends(head, str_from(LEVELS[i])) || (head.n > n && head.p[head.n - n - 1] >= 'A' && head.p[head.n - n - 1] <= 'Z'))
            continue;
        *ret_end = (size_t)colon + 3;
        return colon - (ptrdiff_t)n;
    }
    return -1;
}

/* A name behind `before` in double quotes, up to the last quote of the message. */
static struct str quoted(struct str s, const char *before)
{
    const ptrdiff_t at = str_find(s, str_from(before), 0);
    if (at < 0)
        return STR_NULL;
    const struct str rest = str_sub(s, (size_t)at + strlen(before), s.n);
    const ptrdiff_t close = str_find(rest, STR("\""), 0);
    return close > 0 ? str_sub(rest, 0, (size_t)close) : STR_NULL;
}

static bool postgres_said(struct str s, struct text *t)
{
    static const char *const FAILED[] = {"password authentication failed for user \"", "Peer authentication failed for user \"", "Ident authentication failed for user \"", "LDAP authentication failed for user \"",
                                         "certificate authentication failed for user \"", "no password was provided for user \""};
    for (size_t i = 0; i < ARRAY_SIZE(FAILED); i++)
        if (str_starts(s, str_from(FAILED[i]))) {
            set_user(t, quoted(s, FAILED[i]));
            return done(t, false);
        }
    if (str_starts(s, STR("no pg_hba.conf entry for host \"")) || str_starts(s, STR("pg_hba.conf rejects connection for host \""))) {
        (void)text_ip(t, TEXT_IP, quoted(s, " for host \""));
        set_user(t, quoted(s, ", user \""));
        return done(t, false);
    }
    if (str_starts(s, STR("role \"")) && str_ends(s, STR("\" does not exist"))) {
        set_user(t, quoted(s, "role \""));
        t->v[TEXT_UNKNOWN_USER] = VALUE_OF_BOOL(true);
        return done(t, false);
    }
    if (!str_starts(s, STR("connection authorized: user=")))
        return false;
    const struct str rest = str_sub(s, strlen("connection authorized: user="), s.n);
    const ptrdiff_t end = str_find(rest, STR(" database="), 0);
    set_user(t, end > 0 ? str_sub(rest, 0, (size_t)end) : rest);
    return done(t, true);
}

/* The first address of the prefix: "UTC:203.0.113.9(53342):postgres@db:[123]:", "[123] postgres@db 203.0.113.9". */
static void postgres_prefix(struct str s, struct text *t)
{
    static const char ENDS[] = " ()[]=,@";
    while (s.n && !text_has(t, TEXT_IP)) {
        size_t n = 0;
        while (n < s.n && !strchr(ENDS, s.p[n]))
            n++;
        struct str word = str_sub(s, 0, n), part;
        s = str_sub(s, n + 1, s.n);
        if (word.n < 3 || (!str_has(word, STR(".")) && !str_has(word, STR(":"))))
            continue;
        if (text_ip(t, TEXT_IP, word))
            return;
        while (str_split(&word, ':', &part))
            if (part.n > 6 && str_has(part, STR(".")) && text_ip(t, TEXT_IP, part))
                return;
    }
}

static bool postgres_line(struct str s, struct text *t)
{
    size_t end;
    const ptrdiff_t level = level_of(str_sub(s, 0, 512), &end);
    if (level < 0)
        return false;
    const struct str prefix = str_sub(s, 0, (size_t)level);
    text_str(t, TEXT_PROGRAM, STR("postgres"));
    text_str(t, TEXT_MESSAGE, str_sub(s, end, s.n));
    const ptrdiff_t open = str_find(prefix, STR("["), 0);
    if (open >= 0)
        (void)text_u64(t, TEXT_PID, str_sub(prefix, (size_t)open + 1, (size_t)open + 1 + count_digits(str_sub(prefix, (size_t)open + 1, prefix.n))));
    (void)postgres_said(str_sub(s, end, s.n), t);
    postgres_prefix(prefix, t);
    return true;
}

/* The next column of a line with commas, without the quotes around it; *ret_rest is behind its comma. False: it does not end. */
static bool take_csv(struct str *s, struct str *ret)
{
    size_t end = 0;
    if (s->n && s->p[0] == '"') {
        for (end = 1; end < s->n && !(s->p[end] == '"' && (end + 1 == s->n || s->p[end + 1] != '"')); end++)
            end += s->p[end] == '"'; /* "" is one of the text's own */
        if (end >= s->n)
            return false;
        *ret = str_sub(*s, 1, end++);
    } else {
        while (end < s->n && s->p[end] != ',')
            end++;
        *ret = str_sub(*s, 0, end);
    }
    *s = str_sub(*s, end + (end < s->n), s->n);
    return true;
}

/* log_destination = csvlog: TIME ZONE,user,database,pid,client:port,session,line,tag,start,vxid,xid,LEVEL,code,message,… */
static bool postgres_csv(struct str s, const struct text_clock *clock, struct text *t)
{
    enum { TIME, USER, DATABASE, PID, CLIENT, SESSION, LINE, TAG, START, VXID, XID, LEVEL, CODE, MESSAGE, N };
    struct str f[N], rest = s;
    bool is_level = false;
    for (unsigned i = 0; i < N; i++)
        if (!take_csv(&rest, &f[i]) || (i == TIME && (f[TIME].n < 23 || f[TIME].p[10] != ' ')))
            return false;
    for (size_t i = 0; i < ARRAY_SIZE(LEVELS); i++)
        is_level |= str_starts(f[LEVEL], str_from(LEVELS[i]));
    struct str time = f[TIME];
    const bool is_utc = str_ends(time, STR(" UTC")) || str_ends(time, STR(" GMT"));
    if (!is_level || f[CODE].n != 5 || !text_time_iso(&time, is_utc ? NULL : clock, &t->time_ns))
        return false;
    text_str(t, TEXT_PROGRAM, STR("postgres"));
    text_str(t, TEXT_MESSAGE, f[MESSAGE]);
    (void)text_u64(t, TEXT_PID, f[PID]);
    (void)text_endpoint(t, TEXT_IP, TEXT_PORT, f[CLIENT]);
    const bool is_login = str_is(f[TAG], "authentication") && (str_is(f[LEVEL], "FATAL") || str_starts(f[MESSAGE], STR("connection authorized: ")));
    if (is_login || postgres_said(f[MESSAGE], t)) {
        set_user(t, f[USER]);
        return is_login ? done(t, !str_is(f[LEVEL], "FATAL")) : true;
    }
    return true;
}

/* ---- Redis ---- */

/* 1:M 02 Mar 2026 10:00:00.123 * Ready to accept connections */
static bool redis_line(struct str s, const struct text_clock *clock, struct text *t)
{
    enum { DATE = 20 }; /* "02 Mar 2026 10:00:00" */
    const size_t digits = count_digits(s);
    if (!digits || digits > 10 || s.n < digits + 3 + DATE + 3 || s.p[digits] != ':' || !strchr("MSCX", s.p[digits + 1]) || s.p[digits + 2] != ' ')
        return false;
    char date[DATE + 1];
    const char *d = s.p + digits + 3;
    memcpy(date, d + 3, 4);          /* "Mar " */
    memcpy(date + 4, d, 3);          /* "02 " */
    memcpy(date + 7, d + 7, DATE - 7); /* "2026 10:00:00" */
    date[DATE] = 0;
    struct str when = str_n(date, DATE);
    if (!text_time_syslog(&when, clock, &t->time_ns) || when.n)
        return false;
    struct str rest = str_sub(s, digits + 3 + DATE, s.n);
    const ptrdiff_t blank = str_find(str_sub(rest, 0, 8), STR(" "), 0);
    if (blank < 0 || rest.n < (size_t)blank + 3 || !strchr(".-*#", rest.p[blank + 1]) || rest.p[blank + 2] != ' ')
        return false;
    (void)text_u64(t, TEXT_PID, str_sub(s, 0, digits));
    text_str(t, TEXT_PROGRAM, STR("redis"));
    text_str(t, TEXT_MESSAGE, str_sub(rest, (size_t)blank + 3, rest.n));
    return true;
}

/* 1339518083.107412 [0 127.0.0.1:60866] "config" "set" "dir" "/var/spool/cron" */
static bool redis_monitor(struct str s, struct text *t, struct str *ret_words)
{
    const ptrdiff_t open = str_find(str_sub(s, 0, 24), STR(" ["), 0), close = open > 0 ? str_find(s, STR("] \""), 0) : -1;
    if (open < 10 || close < open || close > 128 || !text_time_any(str_sub(s, 0, (size_t)open), NULL, &t->time_ns))
        return false;
    const struct str who = str_sub(s, (size_t)open + 2, (size_t)close);
    const size_t digits = count_digits(who);
    if (!digits || digits == who.n || who.p[digits] != ' ')
        return false;
    const struct str client = str_sub(who, digits + 1, who.n);
    if (!text_endpoint(t, TEXT_IP, TEXT_PORT, client) && !str_is(client, "lua") && !str_starts(client, STR("unix:")))
        return false;
    text_str(t, TEXT_PROGRAM, STR("redis"));
    *ret_words = str_sub(s, (size_t)close + 2, s.n);
    return true;
}

/* ---- audit of MariaDB and of Amazon Aurora ---- */

/* TIME,HOST,USER,CLIENT,CONNECTION,QUERY,OPERATION,DATABASE,'TEXT',CODE; the time as 20260302 10:15:30, or as microseconds since 1970 */
static bool audit_line(struct str s, const struct text_clock *clock, struct text *t)
{
    static const char *const OPERATIONS[] = {"CONNECT", "DISCONNECT", "FAILED_CONNECT", "QUERY", "READ", "WRITE", "CREATE", "ALTER", "RENAME", "DROP", "TABLE", "QUERY_DDL", "QUERY_DML", "QUERY_DCL", "PROXY_CONNECT", NULL};
    enum { TIME, HOST, USER, CLIENT, CONNECTION, QUERY, OPERATION, N, DATE = 8, MICROSECONDS = 16 };
    struct str f[N], database;
    for (unsigned i = 0; i < N; i++)
        if (!str_split(&s, ',', &f[i]))
            return false;
    if (!str_is_any(f[OPERATION], OPERATIONS) || count_digits(f[CONNECTION]) != f[CONNECTION].n)
        return false;
    if (count_digits(f[TIME]) == DATE && f[TIME].n == DATE + 9) {
        char text[DATE + 2 + 9]; /* 2026-03-02 10:15:30 */
        const char *d = f[TIME].p;
        memcpy(text, d, 4);
        memcpy(text + 5, d + 4, 2);
        memcpy(text + 8, d + 6, 2);
        text[4] = text[7] = '-';
        memcpy(text + 10, d + DATE, 9);
        struct str when = str_n(text, sizeof(text));
        if (!text_time_iso(&when, clock, &t->time_ns))
            return false;
    } else if (count_digits(f[TIME]) != MICROSECONDS || f[TIME].n != MICROSECONDS || !text_time_any(f[TIME], clock, &t->time_ns)) {
        return false;
    }
    const bool is_failure = str_is(f[OPERATION], "FAILED_CONNECT");
    text_str(t, TEXT_HOST, f[HOST]);
    text_str(t, TEXT_PROGRAM, STR("mysqld"));
    set_user(t, f[USER]);
    (void)text_ip(t, TEXT_IP, f[CLIENT]);
    (void)str_split(&s, ',', &database);
    const char *last = s.n ? memrchr(s.p, ',', s.n) : NULL;
    struct str what = last ? str_sub(s, 0, (size_t)(last - s.p)) : s;
    if (what.n > 1 && what.p[0] == '\'' && what.p[what.n - 1] == '\'')
        what = str_sub(what, 1, what.n - 1);
    text_str(t, TEXT_MESSAGE, what.n ? what : f[OPERATION]);
    return is_failure || str_is(f[OPERATION], "CONNECT") ? done(t, !is_failure) : true;
}

/* ---- Amazon Redshift ---- */

/* authenticated |Mon, 02 Mar 2026 10:15:30:123|::ffff:203.0.113.9 |40000 |1234 |dev |alice |password | … */
static bool redshift_connection(struct str s, const struct text_clock *clock, struct text *t)
{
    enum { EVENT, TIME, CLIENT, PORT, PID, DATABASE, USER, METHOD, N, WEEKDAY = 5, DATE = 20 };
    static const char *const EVENTS[] = {"authenticated", "authentication failure", "initiating session", "disconnecting session", "set application_name", NULL};
    struct str f[N];
    for (unsigned i = 0; i < N; i++) {
        if (!str_split(&s, '|', &f[i]))
            return false;
        f[i] = str_trim(f[i]);
        if (i == EVENT && !str_is_any(f[EVENT], EVENTS))
            return false;
    }
    if (f[TIME].n < WEEKDAY + DATE)
        return false;
    const char *d = f[TIME].p + WEEKDAY; /* 02 Mar 2026 10:15:30 */
    char date[DATE];
    memcpy(date, d + 3, 4);
    memcpy(date + 4, d, 3);
    memcpy(date + 7, d + 7, DATE - 7);
    struct str when = str_n(date, DATE);
    if (!text_time_syslog(&when, clock, &t->time_ns))
        return false;
    text_str(t, TEXT_PROGRAM, STR("redshift"));
    text_str(t, TEXT_MESSAGE, f[EVENT]);
    (void)text_u64(t, TEXT_PID, f[PID]);
    (void)text_ip(t, TEXT_IP, f[CLIENT]);
    set_user(t, f[USER]);
    if (!str_starts(f[EVENT], STR("authenticat")))
        return true;
    text_str(t, TEXT_METHOD, f[METHOD]);
    return done(t, str_is(f[EVENT], "authenticated"));
}

/* '2026-03-02T10:15:30Z UTC [ db=dev user=alice pid=1234 userid=100 xid=1 ]' LOG: select … */
static bool redshift_activity(struct str s, const struct text_clock *clock, struct text *t)
{
    if (!str_starts(s, STR("'2")))
        return false;
    s = str_sub(s, 1, s.n);
    const ptrdiff_t close = str_find(str_sub(s, 0, 512), STR(" ]' LOG: "), 0), user = str_find(str_sub(s, 0, 256), STR(" user="), 0);
    if (close < 0 || !text_time_iso(&s, clock, &t->time_ns) || !str_starts(s, STR(" UTC [ ")))
        return false;
    const ptrdiff_t end = str_find(s, STR(" ]' LOG: "), 0);
    text_str(t, TEXT_PROGRAM, STR("redshift"));
    text_str(t, TEXT_MESSAGE, str_sub(s, (size_t)end + strlen(" ]' LOG: "), s.n));
    const ptrdiff_t name = user > 0 ? str_find(s, STR(" user="), 0) : -1;
    if (name > 0) {
        const struct str rest = str_sub(s, (size_t)name + strlen(" user="), s.n);
        const ptrdiff_t blank = str_find(rest, STR(" "), 0);
        set_user(t, blank > 0 ? str_sub(rest, 0, (size_t)blank) : rest);
    }
    return true;
}

/* ---- all of them ---- */

bool text_database_line(struct str line, const struct text_clock *clock, struct text *t, struct str *ret_words)
{
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), rest = s;
    text_reset(t);
    *ret_words = STR_NULL;
    if (redis_line(s, clock, t))
        return true;
    text_reset(t);
    if (redis_monitor(s, t, ret_words))
        return true;
    static bool (*const OTHERS[])(struct str, const struct text_clock *, struct text *) = {audit_line, postgres_csv, redshift_connection, redshift_activity};
    for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++) {
        text_reset(t);
        if (OTHERS[i](s, clock, t))
            return true;
    }
    text_reset(t);
    if (!text_time_iso(&rest, clock, &t->time_ns))
        return false;
    if (mysql_line(rest, t))
        return true;
    /* the zone has a name, and the clock's holds unless it is UTC */
    const bool is_utc = str_starts(rest, STR(" UTC")) || str_starts(rest, STR(" GMT"));
    if (is_utc) {
        rest = s;
        (void)text_time_iso(&rest, NULL, &t->time_ns);
    }
    const uint64_t time_ns = t->time_ns;
    text_reset(t);
    t->time_ns = time_ns;
    /* a T between date and hour is the syslog's, whose messages may be those of PostgreSQL */
    return s.n > 10 && s.p[10] == ' ' && str_starts(rest, STR(" ")) && postgres_line(rest, t);
}

bool text_database_message(struct str program, struct str message, struct text *t)
{
    size_t end;
    if (str_is(program, "mysqld") || str_is(program, "mariadbd"))
        return mysql_message(message, t);
    if (!str_is(program, "postgres") && !str_is(program, "postgresql"))
        return false;
    const ptrdiff_t level = level_of(str_sub(message, 0, 512), &end);
    const bool is = level >= 0 && postgres_said(str_sub(message, end, message.n), t);
    if (is)
        postgres_prefix(str_sub(message, 0, (size_t)level), t);
    return is;
}
