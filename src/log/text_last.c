// SPDX-License-Identifier: Apache-2.0
/*
 * Who was, or is, logged in, as a responder saves it: what last, lastb, who and w print. Two columns (or three, with where from), then a date.
 * root     pts/0        203.0.113.9      Mon Mar  2 10:15   still logged in
 * root     ssh:notty    203.0.113.9      Mon Mar  2 10:15:30 2026 - …
 * bob      pts/1        2026-03-02 10:15 (203.0.113.9)
 */
#include "base/cleanup.h"
#include "log/format.h"
#include "log/text_server_form.h"
#include "log/text_values.h"

enum { SURE = 90, COLUMNS = 24, LINE_MAX_ = 1024, W_COLUMNS = 8 };

struct last_state {
    struct text_clock clock;
    bool has_begun, is_refused; /* the file is of lastb */
    unsigned n_before_what;     /* columns of w before the command; 0: it is not w */
};

static unsigned columns_of(struct str line, struct str ret[COLUMNS])
{
    unsigned n = 0;
    for (size_t i = 0; i < line.n && n < COLUMNS;) {
        while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
            i++;
        const size_t from = i;
        while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t')
            i++;
        if (i > from)
            ret[n++] = str_sub(line, from, i);
    }
    return n;
}

static bool is_weekday(struct str s)
{
    static const char *const DAYS[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL};
    return str_is_any(s, DAYS);
}

static bool is_year(struct str s)
{
    uint64_t year;
    return s.n == 4 && str_to_u64(s, &year) && year >= 1970;
}

/* A terminal, or what stands in its place: of everything else that has a date in the third column this tells it apart. */
static bool is_terminal(struct str s)
{
    static const char *const BEGINNINGS[] = {"pts/", "tty", "ssh:", "ftpd", "console", ":", "hvc", "vc/", "system", "xrdp", "dovecot", "sshd", "seat"};
    for (size_t i = 0; i < ARRAY_SIZE(BEGINNINGS); i++)
        if (str_starts(s, str_from(BEGINNINGS[i])))
            return true;
    return str_is(s, "~");
}

/* The line of a login; false: it is none. */
static bool take(struct str line, const struct text_clock *clock, struct text *t)
{
    struct str c[COLUMNS];
    text_reset(t);
    if (!line.n || line.n > LINE_MAX_)
        return false;
    const bool has_user = line.p[0] != ' ';
    const unsigned n = columns_of(line, c), tty = has_user;
    unsigned at = tty + 1;
    while (at < n && at <= tty + 3 && !is_weekday(c[at]) && !(c[at].n >= 10 && c[at].p[4] == '-'))
        at++;
    if (at >= n || at > tty + 3 || !is_terminal(c[tty]))
        return false;
    if (is_weekday(c[at])) {
        if (at + 3 >= n || c[at + 3].n < 5 || c[at + 3].p[2] != ':')
            return false;
        char seconds[8];
        struct str hour = c[at + 3];
        if (hour.n == 5) { /* last without -F tells no second */
            memcpy(seconds, hour.p, 5);
            memcpy(seconds + 5, ":00", 3);
            hour = str_n(seconds, sizeof(seconds));
        }
        if (!text_server_time(c[at + 1], c[at + 2], at + 4 < n && is_year(c[at + 4]) ? c[at + 4] : STR_NULL, hour, clock, &t->time_ns))
            return false;
    } else { /* 2026-03-02 10:15, or 2026-03-02T10:15:30+00:00 */
        char text[19];
        struct str when = c[at];
        if (when.n == 10 && at + 1 < n && c[at + 1].n == 5) {
            memcpy(text, when.p, 10);
            text[10] = ' ';
            memcpy(text + 11, c[at + 1].p, 5);
            memcpy(text + 16, ":00", 3);
            when = str_n(text, sizeof(text));
        }
        if (!text_time_iso(&when, clock, &t->time_ns))
            return false;
    }
    text_str(t, TEXT_USER, has_user ? str_sub(c[0], 0, TEXT_NAME_MAX) : STR_NULL);
    text_str(t, TEXT_TTY, c[tty]);
    if (at > tty + 1)
        (void)text_ip(t, TEXT_IP, c[tty + 1]);
    const struct str end = c[n - 1]; /* of who, and of last -a */
    if (!text_has(t, TEXT_IP) && end.n > 2 && end.p[0] == '(' && end.p[end.n - 1] == ')')
        (void)text_ip(t, TEXT_IP, str_sub(end, 1, end.n - 1));
    else if (!text_has(t, TEXT_IP) && at == tty + 1)
        (void)text_ip(t, TEXT_IP, end);
    return true;
}

/* The head of w: USER TTY [FROM] LOGIN@ IDLE JCPU PCPU WHAT. How many columns stand before the command. */
static unsigned w_columns(struct str line)
{
    struct str c[COLUMNS];
    const unsigned n = columns_of(line, c);
    return n >= 6 && n <= W_COLUMNS && str_is(c[0], "USER") && str_is(c[1], "TTY") && str_is(c[n - 1], "WHAT") ? n - 1 : 0;
}

static bool is_frame(struct str line)
{
    return str_starts(line, STR("wtmp begins ")) || str_starts(line, STR("btmp begins ")) || str_starts(line, STR("wtmpdb begins ")) || (str_has(line, STR(" up ")) && str_has(line, STR("load average: ")));
}

static unsigned last_sniff(struct str head)
{
    enum { LOOK = 20 };
    static struct text t;
    struct text_clock clock = {};
    struct str line;
    unsigned lines = 0, hits = 0;
    bool is_w = false;
    (void)text_clock_now(&clock);
    while (lines < LOOK && str_split(&head, '\n', &line)) {
        if (!str_trim(line).n)
            continue;
        if (!head.n && lines && !is_frame(line)) /* may be cut */
            break;
        lines++;
        is_w |= w_columns(line) > 0;
        hits += is_w || is_frame(line) || take(line, &clock, &t);
    }
    return is_w || (hits && hits * 3 > lines * 2) ? 1 + hits * (SURE - 1) / lines : 0;
}

/* A line of w: whose terminal it is, from where, what runs there. It tells no date. */
static bool take_w(struct last_state *st, struct str line, struct log_values *v)
{
    struct str c[COLUMNS];
    const unsigned n = columns_of(line, c);
    if (n <= st->n_before_what)
        return false;
    const struct str what = str_sub(line, (size_t)(c[st->n_before_what].p - line.p), line.n);
    log_set_str(v, F_LOG_PROGRAM, STR("w"));
    log_set_str(v, F_LOG_MESSAGE, str_trim(what));
    log_set_named(v, STR("user"), c[0]);
    log_set_named(v, STR("tty"), c[1]);
    if (st->n_before_what == W_COLUMNS - 1)
        log_set_named(v, STR("from"), c[2]);
    v->type = EVENT_JOURNAL;
    return true;
}

static enum log_next last_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    static const char *const NO_LOGINS[] = {"reboot", "shutdown", "runlevel", "crash", NULL};
    static struct text t;
    struct last_state *st = state;
    struct str line;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!st->has_begun) {
        (void)text_clock_now(&st->clock);
        st->is_refused = str_has(str_sub(bytes, 0, LOG_HEAD), STR("\nbtmp begins "));
        st->has_begun = true;
    }
    if (!str_trim(line).n || is_frame(line))
        return LOG_NOTHING;
    const unsigned n_w = w_columns(line);
    if (n_w) {
        st->n_before_what = n_w;
        return LOG_NOTHING;
    }
    if (st->n_before_what && take_w(st, line, v))
        return LOG_RECORD;
    if (!take(line, &st->clock, &t))
        return LOG_BROKEN;
    if (text_has(&t, TEXT_USER) && str_is_any(t.v[TEXT_USER].s, NO_LOGINS)) {
        v->type = EVENT_JOURNAL;
        v->time_ns = t.time_ns;
        log_set_str(v, F_LOG_PROGRAM, STR("last"));
        log_set_str(v, F_LOG_MESSAGE, str_trim(str_sub(line, 0, LINE_MAX_)));
        return LOG_RECORD;
    }
    const bool is_refused = st->is_refused || (text_has(&t, TEXT_TTY) && str_ends(t.v[TEXT_TTY].s, STR(":notty")));
    text_str(&t, TEXT_ACTION, STR("login"));
    text_str(&t, TEXT_OUTCOME, is_refused ? STR("failure") : STR("success"));
    text_str(&t, TEXT_PROGRAM, is_refused ? STR("lastb") : STR("last"));
    v->type = EVENT_AUTH;
    text_values_set(v, &t, F_LOGIN_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_LAST_OPS = {.type = EVENT_AUTH, .sniff = last_sniff, .state_size = sizeof(struct last_state), .next = last_next};
