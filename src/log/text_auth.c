// SPDX-License-Identifier: Apache-2.0
/*
 * Login logs. What a line says about somebody's name comes from whoever tries to log in: names are looked for between fixed words with the
 * last " from " of the line as their end, so that a name cannot stand in for an address.
 */
#include "base/cleanup.h"
#include "log/text.h"

static const struct str SUCCESS = {"success", 7}, FAILURE = {"failure", 7};

static void say(struct text *t, enum text_id id, const char *word)
{
    t->v[id] = VALUE_OF_STR(str_from(word));
}

static bool skip(struct str *s, struct str prefix)
{
    if (!str_starts(*s, prefix))
        return false;
    *s = str_sub(*s, prefix.n, s->n);
    return true;
}
#define SKIP(s, literal) skip((s), STR(literal))

/* Up to the next blank, which is taken too. */
static struct str take_word(struct str *s)
{
    const ptrdiff_t at = str_find(*s, STR(" "), 0);
    const struct str word = at >= 0 ? str_sub(*s, 0, (size_t)at) : *s;
    *s = at >= 0 ? str_sub(*s, (size_t)at + 1, s->n) : STR_NULL;
    return word;
}

static struct str until(struct str s, struct str end)
{
    const ptrdiff_t at = str_find(s, end, 0);
    return at >= 0 ? str_sub(s, 0, (size_t)at) : s;
}

/* Where the last occurrence begins, or -1. */
static ptrdiff_t find_last(struct str s, struct str needle)
{
    for (size_t at = s.n; needle.n <= s.n && at-- > 0;)
        if (at + needle.n <= s.n && !memcmp(s.p + at, needle.p, needle.n))
            return (ptrdiff_t)at;
    return -1;
}

static void set_user(struct text *t, enum text_id id, struct str name)
{
    text_str(t, id, str_sub(str_trim(name), 0, TEXT_NAME_MAX));
}

/* "ADDRESS port N …", "ADDRESS:N", "[ADDRESS]:N", "ADDRESS". */
static void set_peer(struct text *t, struct str s)
{
    struct str word = take_word(&s);
    while (word.n && (word.p[word.n - 1] == ',' || word.p[word.n - 1] == ';'))
        word.n--;
    if (text_ip(t, TEXT_IP, word)) {
        if (SKIP(&s, "port "))
            (void)text_u64(t, TEXT_PORT, until(take_word(&s), STR(":")));
        return;
    }
    const ptrdiff_t colon = find_last(word, STR(":"));
    if (colon <= 0)
        return;
    struct str rest = str_sub(word, (size_t)colon + 1, word.n);
    if (text_ip(t, TEXT_IP, str_sub(word, 0, (size_t)colon)))
        (void)text_u64(t, TEXT_PORT, rest);
    else /* Received disconnect from ADDRESS: 11: bye */
        (void)text_ip(t, TEXT_IP, until(word, STR(":")));
}

/* "[invalid user ]NAME from ADDRESS port N …" or "… NAME ADDRESS port N". */
static void set_who_from(struct text *t, struct str s)
{
    if (SKIP(&s, "invalid user ") || SKIP(&s, "illegal user "))
        t->v[TEXT_UNKNOWN_USER] = VALUE_OF_BOOL(true);
    const ptrdiff_t from = find_last(s, STR(" from "));
    if (from >= 0) {
        set_user(t, TEXT_USER, str_sub(s, 0, (size_t)from));
        set_peer(t, str_sub(s, (size_t)from + 6, s.n));
        return;
    }
    if (str_starts(s, STR("from "))) { /* a name that is empty */
        set_peer(t, str_sub(s, 5, s.n));
        return;
    }
    const ptrdiff_t port = find_last(s, STR(" port "));
    if (port < 0)
        return;
    const ptrdiff_t at = find_last(str_sub(s, 0, (size_t)port), STR(" "));
    set_user(t, TEXT_USER, at >= 0 ? str_sub(s, 0, (size_t)at) : STR_NULL);
    set_peer(t, str_sub(s, (size_t)(at + 1), s.n));
}

/* The value of name= in "logname= uid=0 rhost=1.2.3.4  user=root". */
static struct str pam_value(struct str s, struct str name)
{
    for (ptrdiff_t at = -1; (at = str_find(s, name, (size_t)(at + 1))) >= 0;)
        if (!at || s.p[at - 1] == ' ' || s.p[at - 1] == ';')
            return until(str_sub(s, (size_t)at + name.n, s.n), STR(" "));
    return STR_NULL;
}

/* ---- sshd ---- */

static bool take_method(struct str *s, struct text *t)
{
    const struct str method = take_word(s);
    if (!SKIP(s, "for "))
        return false;
    text_str(t, TEXT_METHOD, until(method, STR("/")));
    return true;
}

static bool outcome(struct text *t, struct str what)
{
    say(t, TEXT_ACTION, "login");
    t->v[TEXT_OUTCOME] = VALUE_OF_STR(what);
    return true;
}

static bool probe(struct text *t, const char *why)
{
    say(t, TEXT_ACTION, "probe");
    say(t, TEXT_REASON, why);
    return true;
}

/* "Accepted publickey for deploy from 10.0.0.5 port 51122 ssh2: ED25519 SHA256:…" */
static bool sshd_accepted(struct str s, struct text *t)
{
    if (!take_method(&s, t))
        return false;
    const ptrdiff_t ssh2 = find_last(s, STR(" ssh2: "));
    if (ssh2 >= 0) {
        struct str key = str_sub(s, (size_t)ssh2 + 7, s.n);
        const ptrdiff_t at = find_last(key, STR(" "));
        text_str(t, TEXT_KEY, str_sub(key, (size_t)(at + 1), key.n));
        s = str_sub(s, 0, (size_t)ssh2);
    }
    set_who_from(t, s);
    return outcome(t, SUCCESS);
}

static bool sshd_failed(struct str s, struct text *t)
{
    if (!take_method(&s, t))
        return false;
    set_who_from(t, s);
    /* "none" is how a client asks which methods there are */
    return str_is(t->v[TEXT_METHOD].s, "none") && !text_has(t, TEXT_UNKNOWN_USER) ? probe(t, "methods-asked") : outcome(t, FAILURE);
}

/* The connection of somebody who did not log in was closed, by either side. */
static bool sshd_closed(struct str s, struct text *t)
{
    const bool is_before = str_ends(s, STR("[preauth]"));
    s = is_before ? str_trim(str_sub(s, 0, s.n - 9)) : s;
    if (!(SKIP(&s, "by ") || SKIP(&s, "from ")))
        return false;
    const bool tried = SKIP(&s, "authenticating user ");
    if (tried || str_starts(s, STR("invalid user ")) || SKIP(&s, "user "))
        set_who_from(t, s);
    else
        set_peer(t, s);
    if (is_before)
        return probe(t, "closed-before-login");
    say(t, TEXT_ACTION, "logout");
    return true;
}

static bool sshd_refused_user(struct str s, struct text *t)
{
    /* "User NAME from HOST not allowed because …" */
    const ptrdiff_t why = find_last(s, STR(" not allowed because "));
    if (why < 0)
        return false;
    set_who_from(t, str_sub(s, 0, (size_t)why));
    say(t, TEXT_REASON, "not-allowed");
    return outcome(t, FAILURE);
}

static bool sshd_pam(struct str s, struct text *t)
{
    /* "error: PAM: Authentication failure for root from host.example" */
    const ptrdiff_t who = str_find(s, STR(" for "), 0);
    if (who < 0 || !str_has(str_sub(s, 0, (size_t)who), STR("uthentication")))
        return false;
    say(t, TEXT_METHOD, "keyboard-interactive");
    set_who_from(t, str_sub(s, (size_t)who + 5, s.n));
    return outcome(t, FAILURE);
}

/* What scanners leave behind: each has the address behind its last such word. */
static const struct {
    struct str words, before_address;
    const char *reason;
} PROBES[] = {
    {STR("Did not receive identification string from "), STR(" from "), "no-identification"},
    {STR("Bad protocol version identification "), STR(" from "), "no-ssh"},
    {STR("banner exchange: Connection from "), STR(" from "), "no-ssh"},
    {STR("error: kex_exchange_identification: "), STR(" from "), "no-identification"},
    {STR("kex_exchange_identification: "), STR(" from "), "no-identification"},
    {STR("Unable to negotiate with "), STR(" with "), "nothing-in-common"},
    {STR("fatal: Unable to negotiate with "), STR(" with "), "nothing-in-common"},
    {STR("error: maximum authentication attempts exceeded for "), STR(" from "), "too-many-attempts"},
    {STR("Disconnecting authenticating user "), STR(""), "too-many-attempts"},
    {STR("Disconnecting invalid user "), STR(""), "too-many-attempts"},
    {STR("drop connection #"), STR(" from "), "too-many-connections"},
    {STR("refused connect from "), STR(" from "), "refused"},
    {STR("ssh_dispatch_run_fatal: Connection from "), STR(" from "), "no-ssh"},
    {STR("Timeout before authentication for connection from "), STR(" from "), "timeout"},
    {STR("Timeout before authentication for "), STR(" for "), "timeout"},
    {STR("fatal: Timeout before authentication for "), STR(" for "), "timeout"},
    {STR("reverse mapping checking getaddrinfo for "), STR(" ["), "name-and-address-differ"},
};

static bool sshd_probe(struct str s, struct text *t)
{
    for (size_t i = 0; i < ARRAY_SIZE(PROBES); i++) {
        if (!str_starts(s, PROBES[i].words))
            continue;
        if (!PROBES[i].before_address.n) {
            struct str who = str_sub(s, str_starts(s, STR("Disconnecting a")) ? STR("Disconnecting authenticating user ").n : STR("Disconnecting ").n, s.n);
            set_who_from(t, until(who, STR(": ")));
            return probe(t, PROBES[i].reason);
        }
        const ptrdiff_t at = find_last(s, PROBES[i].before_address);
        if (at >= 0)
            set_peer(t, until(str_sub(s, (size_t)at + PROBES[i].before_address.n, s.n), STR("] failed")));
        return probe(t, PROBES[i].reason);
    }
    return false;
}

static bool sshd_message(struct str s, struct text *t)
{
    if (SKIP(&s, "Accepted "))
        return sshd_accepted(s, t);
    if (SKIP(&s, "Failed "))
        return sshd_failed(s, t);
    if (SKIP(&s, "Invalid user ") || SKIP(&s, "Illegal user ")) {
        t->v[TEXT_UNKNOWN_USER] = VALUE_OF_BOOL(true);
        set_who_from(t, str_starts(s, STR(" from ")) ? str_sub(s, 1, s.n) : s);
        return probe(t, "unknown-user");
    }
    if (SKIP(&s, "Connection closed ") || SKIP(&s, "Connection reset ") || SKIP(&s, "Disconnected ") || SKIP(&s, "Received disconnect "))
        return sshd_closed(s, t);
    if (SKIP(&s, "error: PAM: "))
        return sshd_pam(s, t);
    if (SKIP(&s, "ROOT LOGIN REFUSED FROM ")) {
        set_peer(t, s);
        say(t, TEXT_USER, "root");
        say(t, TEXT_REASON, "not-allowed");
        return outcome(t, FAILURE);
    }
    if (SKIP(&s, "User "))
        return sshd_refused_user(s, t);
    return sshd_probe(s, t);
}

/* ---- dropbear ---- */

static bool dropbear_message(struct str s, struct text *t)
{
    const bool is_bad = str_starts(s, STR("Bad password attempt for ")), is_pubkey = str_starts(s, STR("Pubkey auth succeeded for "));
    const bool is_password = str_starts(s, STR("Password auth succeeded for "));
    const bool is_unknown = str_starts(s, STR("Login attempt for nonexistent user"));
    if (!is_bad && !is_pubkey && !is_password && !is_unknown)
        return false;
    const ptrdiff_t quote = str_find(s, STR("'"), 0), from = find_last(s, STR(" from "));
    if (quote >= 0)
        set_user(t, TEXT_USER, until(str_sub(s, (size_t)quote + 1, s.n), STR("'")));
    if (from >= 0)
        set_peer(t, str_sub(s, (size_t)from + 6, s.n));
    say(t, TEXT_METHOD, is_pubkey ? "publickey" : "password");
    if (is_unknown)
        t->v[TEXT_UNKNOWN_USER] = VALUE_OF_BOOL(true);
    return outcome(t, is_pubkey || is_password ? SUCCESS : FAILURE);
}

/* ---- PAM ---- */

/* "pam_unix(sshd:auth): …": the service and the rest; false when it is no message of a module. */
static bool split_pam(struct str *s, struct str *ret_service, struct str *ret_step)
{
    const ptrdiff_t open = str_find(*s, STR("("), 0), close = open > 0 ? str_find(*s, STR("): "), (size_t)open) : -1;
    if (close < 0 || !str_starts(*s, STR("pam_")) || open > 32)
        return false;
    struct str inner = str_sub(*s, (size_t)open + 1, (size_t)close);
    if (!str_split(&inner, ':', ret_service))
        return false;
    *ret_step = inner;
    *s = str_sub(*s, (size_t)close + 3, s->n);
    return true;
}

static bool pam_session(struct str s, struct text *t)
{
    const bool is_open = SKIP(&s, "session opened for user ");
    if (!is_open && !SKIP(&s, "session closed for user "))
        return false;
    say(t, TEXT_ACTION, is_open ? "session" : "session-end");
    const ptrdiff_t by = str_find(s, STR(" by "), 0);
    set_user(t, TEXT_TARGET, until(by >= 0 ? str_sub(s, 0, (size_t)by) : s, STR("(")));
    if (by >= 0)
        set_user(t, TEXT_USER, until(str_sub(s, (size_t)by + 4, s.n), STR("(")));
    return true;
}

static bool pam_message(struct str s, struct text *t)
{
    struct str service = STR_NULL, step = STR_NULL;
    if (!split_pam(&s, &service, &step))
        return false;
    if (str_is(step, "session"))
        return pam_session(s, t);
    if (SKIP(&s, "password changed for ")) {
        set_user(t, TEXT_TARGET, take_word(&s));
        say(t, TEXT_ACTION, "password-changed");
        return true;
    }
    if (!str_starts(s, STR("authentication failure")))
        return false;
    const struct str user = pam_value(s, STR("user=")), by = pam_value(s, STR("ruser=")), host = pam_value(s, STR("rhost="));
    /* sshd says it again in its own words, and there with the name */
    const bool is_sshd = str_is(service, "sshd"), is_up = str_is(service, "sudo") || str_starts(service, STR("su"));
    set_user(t, is_up ? TEXT_TARGET : TEXT_USER, is_up && str_is(service, "sudo") ? STR("root") : user);
    if (is_up)
        set_user(t, TEXT_USER, by.n ? by : pam_value(s, STR("logname=")));
    if (host.n)
        (void)text_ip(t, TEXT_IP, host);
    text_str(t, TEXT_TTY, pam_value(s, STR("tty=")));
    text_str(t, TEXT_METHOD, STR("password"));
    if (is_sshd)
        return probe(t, "pam");
    say(t, TEXT_ACTION, is_up ? "switch" : "login");
    t->v[TEXT_OUTCOME] = VALUE_OF_STR(FAILURE);
    return true;
}

/* ---- who becomes somebody else ---- */

/* The value of NAME= in "TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls -l". */
static struct str sudo_value(struct str s, struct str name)
{
    const ptrdiff_t at = str_find(s, name, 0);
    const struct str value = at >= 0 ? str_sub(s, (size_t)at + name.n, s.n) : STR_NULL;
    return str_eq(name, STR("COMMAND=")) ? value : until(value, STR(" ;"));
}

static bool sudo_message(struct str s, struct text *t)
{
    s = str_trim(s);
    const ptrdiff_t colon = str_find(s, STR(" : "), 0);
    if (colon <= 0)
        return false;
    set_user(t, TEXT_USER, str_sub(s, 0, (size_t)colon));
    s = str_sub(s, (size_t)colon + 3, s.n);
    const struct str command = sudo_value(s, STR("COMMAND="));
    if (!command.n)
        return false;
    const struct str before = until(s, STR("TTY="));
    const bool is_denied = str_has(before, STR("NOT in sudoers")) || str_has(before, STR("not allowed")) || str_has(before, STR("NOT authorized"));
    const bool is_wrong = str_has(before, STR("incorrect password")) || str_has(before, STR("password is required"));
    say(t, TEXT_ACTION, "command");
    set_user(t, TEXT_TARGET, sudo_value(s, STR("USER=")));
    text_str(t, TEXT_TTY, sudo_value(s, STR("TTY=")));
    text_str(t, TEXT_COMMAND, command);
    t->v[TEXT_OUTCOME] = VALUE_OF_STR(is_denied || is_wrong ? FAILURE : SUCCESS);
    if (is_denied || is_wrong)
        say(t, TEXT_REASON, is_denied ? "not-allowed" : "wrong-password");
    return true;
}

static bool su_message(struct str s, struct text *t)
{
    const bool has_failed = SKIP(&s, "FAILED SU ") || SKIP(&s, "FAILED su ");
    (void)(has_failed || SKIP(&s, "Successful su "));
    if (SKIP(&s, "(to ")) { /* (to root) alice on pts/0 */
        set_user(t, TEXT_TARGET, until(s, STR(") ")));
        const ptrdiff_t close = str_find(s, STR(") "), 0), on = find_last(s, STR(" on "));
        if (close < 0 || on < close)
            return false;
        set_user(t, TEXT_USER, str_sub(s, (size_t)close + 2, (size_t)on));
        text_str(t, TEXT_TTY, str_sub(s, (size_t)on + 4, s.n));
    } else if (SKIP(&s, "for ")) { /* for root by alice */
        const ptrdiff_t by = find_last(s, STR(" by "));
        if (by < 0)
            return false;
        set_user(t, TEXT_TARGET, str_sub(s, 0, (size_t)by));
        set_user(t, TEXT_USER, str_sub(s, (size_t)by + 4, s.n));
    } else {
        return false;
    }
    say(t, TEXT_ACTION, "switch");
    t->v[TEXT_OUTCOME] = VALUE_OF_STR(has_failed ? FAILURE : SUCCESS);
    return true;
}

/* ---- accounts ---- */

static struct str quoted(struct str s)
{
    const ptrdiff_t open = str_find(s, STR("'"), 0);
    return open >= 0 ? until(str_sub(s, (size_t)open + 1, s.n), STR("'")) : STR_NULL;
}

static bool account_message(struct str s, struct text *t)
{
    if (SKIP(&s, "new user: name=")) {
        say(t, TEXT_ACTION, "account-added");
        set_user(t, TEXT_TARGET, until(s, STR(",")));
        if (str_has(s, STR("UID=0,")))
            say(t, TEXT_REASON, "uid-0");
        return true;
    }
    if (str_starts(s, STR("delete user "))) {
        say(t, TEXT_ACTION, "account-removed");
        set_user(t, TEXT_TARGET, quoted(s));
        return true;
    }
    if (str_starts(s, STR("add '"))) { /* add 'x' to group 'sudo', add 'x' to shadow group 'sudo' */
        const ptrdiff_t group = str_find(s, STR("group '"), 0);
        if (group < 0)
            return false;
        say(t, TEXT_ACTION, str_has(s, STR("shadow group")) ? "shadow-group-changed" : "group-joined");
        set_user(t, TEXT_TARGET, quoted(s));
        text_str(t, TEXT_REASON, quoted(str_sub(s, (size_t)group, s.n)));
        return true;
    }
    if (str_starts(s, STR("user ")) && str_has(s, STR(" added by "))) { /* user x added by root to group sudo: gpasswd */
        const ptrdiff_t by = find_last(s, STR(" added by ")), group = find_last(s, STR(" to group "));
        if (by < 5 || group < by)
            return false;
        say(t, TEXT_ACTION, "group-joined");
        set_user(t, TEXT_TARGET, str_sub(s, 5, (size_t)by));
        set_user(t, TEXT_USER, str_sub(s, (size_t)by + 10, (size_t)group));
        set_user(t, TEXT_REASON, str_sub(s, (size_t)group + 10, s.n));
        return true;
    }
    if (str_starts(s, STR("change user '"))) {
        say(t, TEXT_ACTION, "account-changed");
        set_user(t, TEXT_TARGET, quoted(s));
        return true;
    }
    return false;
}

/* ---- cron ---- */

static bool cron_message(struct str s, struct text *t)
{
    /* "(root) CMD (/usr/bin/x)", "(root) REPLACE (root)" */
    const ptrdiff_t close = str_find(s, STR(") "), 0);
    if (close < 2 || s.p[0] != '(')
        return false;
    struct str rest = str_sub(s, (size_t)close + 2, s.n);
    const bool is_run = SKIP(&rest, "CMD (");
    if (!is_run && !SKIP(&rest, "REPLACE ("))
        return false;
    set_user(t, TEXT_USER, str_sub(s, 1, (size_t)close));
    say(t, TEXT_ACTION, is_run ? "schedule" : "schedule-changed");
    rest = rest.n && rest.p[rest.n - 1] == ')' ? str_sub(rest, 0, rest.n - 1) : rest;
    text_str(t, is_run ? TEXT_COMMAND : TEXT_TARGET, rest);
    return true;
}

/* ---- the console ---- */

static bool console_message(struct str s, struct text *t)
{
    if (SKIP(&s, "ROOT LOGIN ")) {
        say(t, TEXT_USER, "root");
        return outcome(t, SUCCESS);
    }
    if (str_starts(s, STR("LOGIN ON "))) {
        const ptrdiff_t by = str_find(s, STR(" BY "), 0);
        if (by < 0)
            return false;
        set_user(t, TEXT_USER, str_sub(s, (size_t)by + 4, s.n));
        return outcome(t, SUCCESS);
    }
    if (!str_starts(s, STR("FAILED LOGIN ")))
        return false;
    const ptrdiff_t who = str_find(s, STR(" FOR '"), 0), from = str_find(s, STR(" FROM '"), 0);
    if (who >= 0)
        set_user(t, TEXT_USER, until(str_sub(s, (size_t)who + 6, s.n), STR("'")));
    if (from >= 0)
        set_peer(t, until(str_sub(s, (size_t)from + 7, s.n), STR("'")));
    return outcome(t, FAILURE);
}

/* ---- a message, a line ---- */

static bool unfold(struct str *s, struct text *t)
{
    struct str rest = *s;
    uint64_t n;
    if (!SKIP(&rest, "message repeated ") || !str_to_u64(take_word(&rest), &n) || !SKIP(&rest, "times: [") || !rest.n || rest.p[rest.n - 1] != ']')
        return false;
    t->repeat = (uint32_t)(n < 1 ? 1 : n > TEXT_REPEAT_MAX ? TEXT_REPEAT_MAX : n);
    *s = str_trim(str_sub(rest, 0, rest.n - 1));
    return true;
}

bool text_auth_message(struct str program, struct str message, struct text *t)
{
    struct str s = message;
    (void)unfold(&s, t);
    if (pam_message(s, t))
        return true;
    if (str_starts(program, STR("sshd")))
        return sshd_message(s, t);
    if (str_is(program, "dropbear"))
        return dropbear_message(s, t);
    if (str_is(program, "sudo"))
        return sudo_message(s, t);
    if (str_is(program, "su"))
        return su_message(s, t);
    if (str_is(program, "login"))
        return console_message(s, t);
    if (str_eq_nocase(program, STR("cron")) || str_eq_nocase(program, STR("crond")) || str_is(program, "crontab"))
        return cron_message(s, t);
    return text_service_message(program, s, t) || account_message(s, t);
}

/* "sshd[24200]: ", "sudo: ", "CRON[1]: " */
static bool split_tag(struct str *s, struct text *t)
{
    const ptrdiff_t colon = str_find(*s, STR(":"), 0);
    if (colon <= 0)
        return false;
    struct str tag = str_sub(*s, 0, (size_t)colon);
    if (tag.n > TEXT_NAME_MAX || str_has(tag, STR(" ")))
        return false;
    const ptrdiff_t open = str_find(tag, STR("["), 0);
    if (open > 0 && tag.p[tag.n - 1] == ']')
        (void)text_u64(t, TEXT_PID, str_sub(tag, (size_t)open + 1, tag.n - 1));
    text_str(t, TEXT_PROGRAM, str_basename(open > 0 ? str_sub(tag, 0, (size_t)open) : tag));
    *s = str_trim(str_sub(*s, (size_t)colon + 1, s->n));
    return true;
}

/* ---- RFC 5424: <38>1 TIME HOST PROGRAM PID ID [data] message ---- */

/* Structured data in front of a message is skipped: brackets one after the other, with values in quotes in them. */
static bool skip_data(struct str *s)
{
    if (SKIP(s, "-"))
        return true;
    bool is_quoted = false, is_open = false;
    size_t i = 0;
    for (; i < s->n; i++) {
        const char c = s->p[i];
        if (is_quoted)
            i += c == '\\';
        if (c == '"' && is_open)
            is_quoted = !is_quoted;
        else if (is_quoted)
            continue;
        else if (c == '[')
            is_open = true;
        else if (c == ']')
            is_open = false;
        else if (!is_open)
            break;
    }
    if (is_open || !i)
        return false;
    *s = str_sub(*s, i, s->n);
    return true;
}

static bool take_5424(struct str s, const struct text_clock *clock, struct text *t)
{
    struct str time = take_word(&s);
    if (!str_eq(time, STR("-")) && (!text_time_iso(&time, clock, &t->time_ns) || time.n))
        return false;
    text_str(t, TEXT_HOST, str_sub(take_word(&s), 0, TEXT_NAME_MAX));
    text_str(t, TEXT_PROGRAM, str_basename(str_sub(take_word(&s), 0, TEXT_NAME_MAX)));
    (void)text_u64(t, TEXT_PID, take_word(&s));
    (void)take_word(&s); /* kind of message */
    if (!skip_data(&s))
        return false;
    s = str_trim(s);
    (void)SKIP(&s, "\xef\xbb\xbf");
    text_str(t, TEXT_MESSAGE, s);
    if (text_has(t, TEXT_PROGRAM))
        (void)text_auth_message(t->v[TEXT_PROGRAM].s, s, t);
    return true;
}

/* ---- heads of lines ---- */

/* What journalctl writes in place of the syslog's date: "Fri 2026-05-01 02:00:00 UTC" (short-full), "1777600800.123456" (short-unix). */
static bool take_journal_time(struct str *s, const struct text_clock *clock, uint64_t *ret_ns)
{
    struct str rest = *s, word = take_word(&rest);
    const ptrdiff_t point = str_find(word, STR("."), 0);
    uint64_t u;
    if (point == 10 && word.n == 17 && str_to_u64(str_sub(word, 0, 10), &u) && text_time_any(word, clock, ret_ns)) {
        *s = str_sub(*s, word.n, s->n);
        return true;
    }
    if (word.n != 3 || !text_time_iso(&rest, clock, ret_ns) || !SKIP(&rest, " "))
        return false;
    /* a name of a zone; which one is not known, and the clock's holds unless it is UTC */
    const struct str zone = take_word(&rest);
    if (!zone.n || zone.n > 6 || !rest.n)
        return false;
    if (str_is(zone, "UTC"))
        *ret_ns += (uint64_t)((int64_t)clock->offset_s * 1'000'000'000);
    *s = str_sub(*s, (size_t)(rest.p - s->p) - 1, s->n);
    return true;
}

/* <38> before the date of what is forwarded, and the length in octets before that; true when 1 of RFC 5424 stands behind. */
static bool skip_front(struct str *s)
{
    struct str rest = *s;
    size_t digits = 0;
    while (digits < 6 && digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
        digits++;
    if (digits && digits + 1 < rest.n && rest.p[digits] == ' ' && rest.p[digits + 1] == '<')
        rest = str_sub(rest, digits + 1, rest.n);
    const ptrdiff_t bracket = rest.n && rest.p[0] == '<' ? str_find(str_sub(rest, 0, 6), STR(">"), 0) : -1;
    *s = bracket > 0 ? str_sub(rest, (size_t)bracket + 1, rest.n) : *s;
    return bracket > 0 && SKIP(s, "1 ");
}

/* auth.info, which BusyBox writes behind the host and OpenWrt in its place. */
static bool is_facility(struct str s)
{
    static const char *const FACILITIES[] = {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"},
                            *const LEVELS[] = {"emerg", "alert", "crit", "err", "error", "warn", "warning", "notice", "info", "debug"};
    const ptrdiff_t dot = str_find(s, STR("."), 0);
    bool is_one = false, is_level = false;
    for (size_t i = 0; dot > 0 && i < ARRAY_SIZE(FACILITIES); i++)
        is_one |= str_is(str_sub(s, 0, (size_t)dot), FACILITIES[i]);
    for (size_t i = 0; is_one && i < ARRAY_SIZE(LEVELS); i++)
        is_level |= str_is(str_sub(s, (size_t)dot + 1, s.n), LEVELS[i]);
    return is_level;
}

/* Mon Mar  2 12:00:00 2026 auth.info …: OpenWrt's logread. */
static bool take_ctime(struct str *s, const struct text_clock *clock, uint64_t *ret_ns)
{
    enum { WEEKDAY = 4, DATE = 7, CLOCK = 9, YEAR = 5 };
    char text[DATE + YEAR + CLOCK];
    if (s->n < WEEKDAY + DATE + CLOCK + YEAR || s->p[WEEKDAY - 1] != ' ')
        return false;
    const char *p = s->p + WEEKDAY;
    struct str rest = str_sub(*s, WEEKDAY + DATE + CLOCK + YEAR, s->n);
    if (!is_facility(take_word(&rest)))
        return false;
    memcpy(text, p, DATE);                            /* "Mar  2 " */
    memcpy(text + DATE, p + DATE + CLOCK, YEAR);      /* "2026 " */
    memcpy(text + DATE + YEAR, p + DATE, CLOCK);      /* "12:00:00 " */
    struct str date = str_n(text, sizeof(text) - 1);
    if (!text_time_syslog(&date, clock, ret_ns) || date.n)
        return false;
    *s = str_sub(*s, WEEKDAY + DATE + CLOCK + YEAR - 1, s->n);
    return true;
}

bool text_auth_line(struct str line, const struct text_clock *clock, struct text *t)
{
    struct str s = str_sub(line, 0, TEXT_LINE_MAX);
    text_reset(t);
    if (skip_front(&s))
        return take_5424(s, clock, t);
    if (!text_time_syslog(&s, clock, &t->time_ns) && !text_time_iso(&s, clock, &t->time_ns) && !take_journal_time(&s, clock, &t->time_ns) && !take_ctime(&s, clock, &t->time_ns))
        return false;
    if (!s.n || s.p[0] != ' ')
        return false;
    s = str_trim(s);
    /* some leave the host out: its place has the program then */
    struct str rest = s;
    const struct str host = take_word(&rest);
    if (!host.n || host.n > TEXT_NAME_MAX)
        return false;
    if (is_facility(host)) {
        s = rest;
    } else if (host.p[host.n - 1] != ':') {
        text_str(t, TEXT_HOST, host);
        s = rest;
        if (is_facility(take_word(&rest)))
            s = rest;
    }
    s = str_trim(s);
    if (!split_tag(&s, t)) {
        /* rsyslog's own, where the host's name is left out, or "last message repeated" */
        return false;
    }
    text_str(t, TEXT_MESSAGE, s);
    if (text_has(t, TEXT_PROGRAM))
        (void)text_auth_message(t->v[TEXT_PROGRAM].s, s, t);
    return true;
}
