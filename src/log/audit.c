// SPDX-License-Identifier: Apache-2.0
/* How auditd writes: https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Enrichment, kernel/audit.c, lib/audit_logging.c. */
#include "log/audit.h"

#include <arpa/inet.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "log/text.h"

/* ---- what the records of an act share ---- */

static const char *const SHARED[] = {"exe", "comm", "key", "uid", "auid", "euid", "gid", "tty", "ses", "pid", "ppid", "success", "syscall", "SYSCALL", "UID", "AUID", "EUID", "subj", "ParentImage"};

_Static_assert(ARRAY_SIZE(SHARED) == AUDIT_SHARED, "a place for each name");

void audit_state_done(void *state)
{
    struct audit_state *s = state;
    for (size_t i = 0; i < AUDIT_ACTS; i++)
        strbuf_done(&s->acts[i].bytes);
}

static struct str named(const struct log_values *v, const char *name)
{
    for (unsigned i = 0; i < v->n_named; i++)
        if (str_is(v->names[i], name))
            return v->texts[i];
    return STR_NULL;
}

static void keep_act(struct audit_state *s, uint64_t serial, const struct log_values *v)
{
    struct audit_act *a = &s->acts[s->next++ % AUDIT_ACTS];
    a->serial = serial;
    a->time_ns = v->time_ns;
    strbuf_clear(&a->bytes);
    for (size_t i = 0; i < ARRAY_SIZE(SHARED); i++) {
        const struct str text = str_sub(named(v, SHARED[i]), 0, AUDIT_KEPT_MAX);
        a->texts[i].at = (uint32_t)a->bytes.n;
        a->texts[i].n = (uint32_t)text.n;
        strbuf_add(&a->bytes, text);
    }
}

static bool share_act(const struct audit_state *s, uint64_t serial, struct log_values *v)
{
    for (size_t i = 0; i < AUDIT_ACTS; i++) {
        const struct audit_act *a = &s->acts[i];
        if (!serial || a->serial != serial || a->time_ns != v->time_ns)
            continue;
        for (size_t j = 0; j < ARRAY_SIZE(SHARED); j++)
            if (a->texts[j].n && !named(v, SHARED[j]).n)
                log_set_named(v, str_from(SHARED[j]), arena_str(v->arena, str_n(a->bytes.p + a->texts[j].at, a->texts[j].n)));
        return true;
    }
    return false;
}

/* ---- values ---- */

struct reading {
    struct log_values *v;
    bool is_shown;   /* by ausearch -i: nothing is encoded, and blanks stand in values */
    bool is_execve;
    struct strbuf cmdline;
    uint64_t arg;    /* 1 + number of the last argument that was met */
};

/* Names whose texts come from outside: written between quotes, or as digits where a quote, a blank or a control character is in them. */
static bool is_encoded(struct str name)
{
    static const char *const NAMES[] = {"acct", "cmd", "comm", "cwd", "data", "dir", "exe", "file", "grp", "key", "name", "new", "ocomm", "old", "path", "proctitle", "root_dir", "sw", "vm", "watch", "device", "profile"};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_is(name, NAMES[i]))
            return true;
    return false;
}

static bool is_hex(struct str s)
{
    if (!s.n || s.n % 2)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'A' && s.p[i] <= 'F'))
            return false;
    return true;
}

/* What separates within stays readable: the arguments of a title end in zero bytes, keys in bytes of one. */
static struct str decode(struct reading *r, struct str s)
{
    char *out = arena_alloc(r->v->arena, s.n / 2 + 1);
    if (!hex_decode(s, (uint8_t *)out))
        return s;
    for (size_t i = 0; i < s.n / 2; i++)
        out[i] = out[i] == '\0' ? ' ' : out[i] == '\x01' ? ',' : out[i];
    return str_n(out, s.n / 2);
}

static void set(struct reading *r, const char *name, struct str text)
{
    if (text.n)
        log_set_named(r->v, str_from(name), text);
}

/* saddr=0200…: family as this machine writes numbers, then port and address as the network does. */
static void set_socket(struct reading *r, struct str hex)
{
    enum { MOST = 128, INET_SIZE = 8, INET6_SIZE = 24 };
    uint8_t b[MOST];
    char text[INET6_ADDRSTRLEN];
    const size_t n = hex.n / 2;
    if (!is_hex(hex) || n < INET_SIZE || n > MOST || !hex_decode(hex, b))
        return;
    const unsigned family = b[0] | (unsigned)b[1] << 8;
    const bool is_v6 = family == AF_INET6 && n >= INET6_SIZE;
    if (family != AF_INET && !is_v6)
        return;
    if (!inet_ntop((int)family, is_v6 ? b + 8 : b + 4, text, sizeof(text)))
        return;
    set(r, "saddr_fam", str_from(is_v6 ? "inet6" : "inet"));
    set(r, "laddr", arena_str(r->v->arena, str_from(text)));
    set(r, "lport", arena_printf(r->v->arena, "%u", (unsigned)b[2] << 8 | b[3]));
}

/* a3, or a3[1] of one that was cut into pieces; a3_len and a3[0]_len say sizes. False: it is no argument. */
static bool arg_of(struct str name, uint64_t *ret, bool *ret_goes_on)
{
    if (name.n < 2 || name.p[0] != 'a')
        return false;
    const ptrdiff_t open = str_find(name, STR("["), 0);
    *ret_goes_on = open > 0 && !str_ends(name, STR("[0]"));
    return (open < 0 || name.p[name.n - 1] == ']') && str_to_u64(str_sub(name, 1, open > 0 ? (size_t)open : name.n), ret);
}

static void add_arg(struct reading *r, struct str name, uint64_t number, bool goes_on, struct str text)
{
    struct log_values *v = r->v;
    if (r->cmdline.n + text.n < AUDIT_CMDLINE_MAX) {
        if (r->cmdline.n && !goes_on)
            strbuf_addc(&r->cmdline, ' ');
        strbuf_add(&r->cmdline, text);
    }
    r->arg = number + 1;
    if (number >= AUDIT_ARGS_MAX)
        return;
    const struct str whole = str_sub(name, 0, (size_t)(memchr(name.p, '[', name.n) ? (const char *)memchr(name.p, '[', name.n) - name.p : (ptrdiff_t)name.n));
    if (!goes_on)
        log_set_named(v, whole, text);
    else if (v->n_named && str_eq(v->names[v->n_named - 1], whole))
        v->texts[v->n_named - 1] = arena_printf(v->arena, "%.*s%.*s", STR_ARG(v->texts[v->n_named - 1]), STR_ARG(text));
}

static void take_pairs(struct reading *r, struct str s, unsigned depth);

static void add(struct reading *r, struct str name, struct str text, char quote, unsigned depth)
{
    uint64_t number;
    bool goes_on;
    if (!text.n || str_is(text, "(null)") || (!quote && str_is(text, "?")))
        return;
    if (quote == '{' || (str_is(name, "msg") && quote == '\'')) {
        if (!depth)
            take_pairs(r, text, depth + 1);
        return;
    }
    const bool is_arg = r->is_execve && arg_of(name, &number, &goes_on);
    if (!quote && !r->is_shown && (is_arg || is_encoded(name)) && is_hex(text))
        text = decode(r, text);
    if (is_arg)
        add_arg(r, name, number, goes_on, text);
    else
        log_set_named(r->v, name, text);
    if (str_is(name, "saddr") && !r->is_shown)
        set_socket(r, text);
}

/* ---- pairs ---- */

static bool is_gap(char c)
{
    return c == ' ' || c == '\x1d' /* before what auditd adds: names of numbers */;
}

/* "NAME=" off the front. */
static bool take_name(struct str *s, struct str *ret)
{
    size_t i = 0;
    while (i < s->n && ((s->p[i] >= 'a' && s->p[i] <= 'z') || (s->p[i] >= 'A' && s->p[i] <= 'Z') || (s->p[i] >= '0' && s->p[i] <= '9') || strchr("_-[]", s->p[i])))
        i++;
    if (!i || i == s->n || s->p[i] != '=')
        return false;
    *ret = str_sub(*s, 0, i);
    *s = str_sub(*s, i + 1, s->n);
    return true;
}

/* Where a value with blanks in it ends: where another name begins. Of arguments only the next one does, for within them anything may stand. */
static size_t find_end(const struct reading *r, struct str s, struct str name)
{
    const bool is_last = str_is(name, "proctitle");
    uint64_t number, own;
    bool goes_on;
    const bool is_arg = r->is_execve && arg_of(name, &own, &goes_on);
    for (size_t i = 0; i < s.n && !is_last; i++) {
        struct str rest = str_sub(s, i + 1, s.n), next;
        if (s.p[i] == '\x1d')
            return i;
        if (s.p[i] == ' ' && take_name(&rest, &next) && (!is_arg || (arg_of(next, &number, &goes_on) && number == own + 1)))
            return i;
    }
    return s.n;
}

static struct str take_value(const struct reading *r, struct str *s, struct str name, char *ret_quote)
{
    const char first = s->n ? s->p[0] : 0;
    size_t from = 0, end = 0, next;
    *ret_quote = first == '"' || first == '\'' || first == '{' ? first : 0;
    if (*ret_quote) {
        from = 1;
        const struct str before = str_sub(*s, 0, (size_t)(memchr(s->p, '\x1d', s->n) ? (const char *)memchr(s->p, '\x1d', s->n) - s->p : (ptrdiff_t)s->n));
        const char *close = first == '\'' ? (before.n > 1 ? memrchr(before.p + 1, '\'', before.n - 1) : NULL) : memchr(s->p + 1, first == '{' ? '}' : '"', s->n - 1);
        end = close ? (size_t)(close - s->p) : before.n;
        next = close ? end + 1 : end;
    } else {
        if (r->is_shown || str_is(name, "op"))
            end = find_end(r, *s, name);
        else
            while (end < s->n && !is_gap(s->p[end]))
                end++;
        next = end;
    }
    const struct str value = str_sub(*s, from, end > from ? end : from);
    *s = str_sub(*s, next, s->n);
    return value;
}

static void take_pairs(struct reading *r, struct str s, unsigned depth)
{
    while (s.n) {
        struct str name;
        char quote;
        if (is_gap(s.p[0])) {
            s = str_sub(s, 1, s.n);
            continue;
        }
        if (!take_name(&s, &name)) {
            while (s.n && !is_gap(s.p[0]))
                s = str_sub(s, 1, s.n);
            continue;
        }
        const struct str value = take_value(r, &s, name, &quote);
        add(r, name, value, quote, depth);
    }
}

/* ---- heads ---- */

/* What the kernel writes as a number where nobody names it: include/uapi/linux/audit.h. */
static struct str type_of(struct str s)
{
    static const struct {
        uint16_t number;
        const char *name;
    } TYPES[] = {{1006, "LOGIN"}, {1100, "USER_AUTH"}, {1101, "USER_ACCT"}, {1102, "USER_MGMT"}, {1103, "CRED_ACQ"}, {1104, "CRED_DISP"}, {1105, "USER_START"}, {1106, "USER_END"}, {1107, "USER_AVC"},
                 {1108, "USER_CHAUTHTOK"}, {1109, "USER_ERR"}, {1110, "CRED_REFR"}, {1111, "USYS_CONFIG"}, {1112, "USER_LOGIN"}, {1113, "USER_LOGOUT"}, {1114, "ADD_USER"}, {1115, "DEL_USER"},
                 {1116, "ADD_GROUP"}, {1117, "DEL_GROUP"}, {1123, "USER_CMD"}, {1124, "USER_TTY"}, {1130, "SERVICE_START"}, {1131, "SERVICE_STOP"}, {1200, "DAEMON_START"}, {1201, "DAEMON_END"},
                 {1202, "DAEMON_ABORT"}, {1203, "DAEMON_CONFIG"}, {1300, "SYSCALL"}, {1302, "PATH"}, {1303, "IPC"}, {1305, "CONFIG_CHANGE"}, {1306, "SOCKADDR"}, {1307, "CWD"}, {1309, "EXECVE"},
                 {1319, "TTY"}, {1320, "EOE"}, {1321, "BPRM_FCAPS"}, {1322, "CAPSET"}, {1323, "MMAP"}, {1325, "NETFILTER_CFG"}, {1326, "SECCOMP"}, {1327, "PROCTITLE"}, {1330, "KERN_MODULE"},
                 {1331, "FANOTIFY"}, {1334, "BPF"}, {1400, "AVC"}, {1403, "MAC_POLICY_LOAD"}, {1404, "MAC_STATUS"}, {1405, "MAC_CONFIG_CHANGE"}, {1700, "ANOM_PROMISCUOUS"}, {1701, "ANOM_ABEND"}, {1702, "ANOM_LINK"}};
    uint64_t u;
    for (size_t i = 0; str_to_u64(s, &u) && i < ARRAY_SIZE(TYPES); i++)
        if (TYPES[i].number == u)
            return str_from(TYPES[i].name);
    return s;
}

static bool take_number(struct str *s, char end, unsigned *ret)
{
    size_t i = 0;
    uint64_t u;
    while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9')
        i++;
    if (!i || i > 4 || i == s->n || s->p[i] != end || !str_to_u64(str_sub(*s, 0, i), &u))
        return false;
    *ret = (unsigned)u;
    *s = str_sub(*s, i + 1, s->n);
    return true;
}

/* What ausearch -i makes of the time: 03/28/2013 16:09:23.243, with the year in two digits, with dots and the day first, or as ISO 8601 has it. */
static bool shown_time(struct str s, uint64_t *ret)
{
    const struct text_clock clock = {};
    struct str rest = s;
    unsigned a, b, year;
    if (text_time_iso(&rest, &clock, ret))
        return true;
    const bool has_dots = str_find(str_sub(s, 0, 3), STR("."), 0) > 0;
    if (!take_number(&s, has_dots ? '.' : '/', &a) || !take_number(&s, has_dots ? '.' : '/', &b) || !take_number(&s, ' ', &year))
        return false;
    const bool day_first = has_dots || a > 12;
    char text[64];
    (void)snprintf(text, sizeof(text), "%04u-%02u-%02u %.*s", year < 100 ? year + 2000 : year, day_first ? b : a, day_first ? a : b, (int)(s.n < 16 ? s.n : 16), s.p);
    rest = str_from(text);
    return text_time_iso(&rest, &clock, ret);
}

struct head {
    struct str node, type, rest;
    uint64_t time_ns, serial;
    bool is_shown;
};

/* "[node=HOST ]type=TYPE [msg=]audit(TIME:SERIAL)[ ]: " */
static bool take_head(struct str s, struct head *h)
{
    *h = (struct head){};
    if (str_starts(s, STR("node="))) {
        const ptrdiff_t blank = str_find(s, STR(" "), 0);
        if (blank < 0)
            return false;
        h->node = str_sub(s, 5, (size_t)blank);
        s = str_sub(s, (size_t)blank + 1, s.n);
    }
    const ptrdiff_t blank = str_find(s, STR(" "), 0);
    if (!str_starts(s, STR("type=")) || blank < 6)
        return false;
    h->type = type_of(str_sub(s, 5, (size_t)blank));
    s = str_sub(s, (size_t)blank + 1, s.n);
    s = str_starts(s, STR("msg=")) ? str_sub(s, 4, s.n) : s;
    const ptrdiff_t close = str_find(s, STR(")"), 0);
    if (!str_starts(s, STR("audit(")) || close < 0 || h->type.n > TEXT_NAME_MAX)
        return false;
    const struct str id = str_sub(s, 6, (size_t)close);
    const char *colon = id.n ? memrchr(id.p, ':', id.n) : NULL;
    if (!colon || !str_to_u64(str_sub(id, (size_t)(colon - id.p) + 1, id.n), &h->serial))
        return false;
    const struct str time = str_sub(id, 0, (size_t)(colon - id.p));
    const struct text_clock clock = {};
    h->is_shown = str_has(time, STR(" "));
    if (h->is_shown ? !shown_time(time, &h->time_ns) : !text_time_any(time, &clock, &h->time_ns))
        return false;
    s = str_trim(str_sub(s, (size_t)close + 1, s.n));
    if (!str_starts(s, STR(":")))
        return false;
    h->rest = str_trim(str_sub(s, 1, s.n));
    return true;
}

/* ---- what the fields of logins are ---- */

static bool is_true(struct str s)
{
    return str_is(s, "success") || str_is(s, "yes") || str_is(s, "1");
}

/* The name of who logged in at first, whatever they became; a number where nobody added names. */
static struct str who(const struct log_values *v)
{
    const struct str name = named(v, "AUID"), id = named(v, "auid");
    const struct str s = name.n ? name : id;
    return str_is(s, "4294967295") || str_is(s, "unset") ? STR_NULL : s;
}

static void set_login(struct log_values *v, struct str type)
{
    const struct str op = named(v, "op"), acct = named(v, "acct"), result = named(v, "res").n ? named(v, "res") : named(v, "result"), addr = named(v, "addr"), exe = str_basename(named(v, "exe"));
    const struct str id_name = named(v, "ID").n ? named(v, "ID") : named(v, "id");
    const struct str target = acct.n ? acct : id_name;
    const struct str outcome = str_from(is_true(result) ? "success" : "failure");
    struct str action = STR_NULL;
    if (str_is(type, "USER_LOGIN")) {
        action = STR("login");
        log_set_str(v, F_LOGIN_USER, target);
        log_set_ip(v, F_LOGIN_IP, addr.n ? addr : named(v, "hostname"));
    } else if (str_is(type, "USER_CMD")) {
        action = STR("command");
        log_set_str(v, F_LOGIN_USER, who(v));
        log_set_str(v, F_LOGIN_COMMAND, named(v, "cmd"));
    } else if (str_is(type, "USER_AUTH") && str_is(exe, "su")) {
        action = STR("switch");
        log_set_str(v, F_LOGIN_USER, who(v));
        log_set_str(v, F_LOGIN_TARGET, acct);
    } else if (str_is(type, "USER_AUTH") && str_is(exe, "sudo") && !is_true(result)) {
        action = STR("command");
        log_set_str(v, F_LOGIN_USER, acct);
    } else if (!is_true(result)) {
        return; /* tried, and refused */
    } else if (named(v, "grp").n && str_has(op, STR("user")) && str_has(op, STR("to-group"))) {
        action = STR("group-joined");
        log_set_str(v, F_LOGIN_TARGET, acct);
        log_set_str(v, F_LOGIN_REASON, named(v, "grp"));
    } else if (str_is(type, "ADD_USER") && (str_is(op, "adding user") || str_is(op, "add-user"))) {
        action = STR("account-added");
        log_set_str(v, F_LOGIN_TARGET, target);
        if (str_is(named(v, "id"), "0") || str_is(named(v, "ID"), "root"))
            log_set_str(v, F_LOGIN_REASON, STR("uid-0"));
    } else if (str_is(type, "DEL_USER") && str_has(op, STR("user")) && !str_has(op, STR("group"))) {
        action = STR("account-removed");
        log_set_str(v, F_LOGIN_TARGET, target);
    } else if (str_is(type, "USER_CHAUTHTOK") && (str_is(op, "PAM:chauthtok") || str_has(op, STR("password")))) {
        action = STR("password-changed");
        log_set_str(v, F_LOGIN_TARGET, target);
    }
    if (!action.n)
        return;
    log_set_str(v, F_LOGIN_ACTION, action);
    if (str_is(action, "login") || str_is(action, "command") || str_is(action, "switch"))
        log_set_str(v, F_LOGIN_OUTCOME, outcome);
    log_set_str(v, F_LOGIN_TTY, named(v, "terminal"));
    v->type = EVENT_AUTH;
}

/* ---- records ---- */

/* A call by its number, for the machine that the record names. */
static void set_call(struct reading *r)
{
    const struct str arch = named(r->v, "arch"), call = named(r->v, "syscall");
    char text[16];
    uint64_t number;
    if (r->is_shown || named(r->v, "SYSCALL").n) {
        if (r->is_shown)
            set(r, "SYSCALL", call);
        return;
    }
    if (!arch.n || arch.n >= sizeof(text) || !str_to_u64(call, &number) || number > INT16_MAX)
        return;
    (void)snprintf(text, sizeof(text), "%.*s", STR_ARG(arch));
    char *name = seccomp_syscall_resolve_num_arch((uint32_t)strtoul(text, NULL, 16), (int)number); /* tokens of libseccomp are the kernel's AUDIT_ARCH_… */
    if (name)
        set(r, "SYSCALL", arena_str(r->v->arena, str_from(name)));
    free(name);
}

static void take_rest(struct reading *r, struct str type, struct str rest)
{
    struct log_values *v = r->v;
    uint64_t pid;
    r->is_execve = str_is(type, "EXECVE");
    log_set_named(v, STR("type"), type);
    take_pairs(r, rest, 0);
    if (str_is(type, "SYSCALL") || str_is(type, "SECCOMP"))
        set_call(r);
    if (r->cmdline.n)
        set(r, "cmdline", arena_str(v->arena, strbuf_str(&r->cmdline)));
    strbuf_done(&r->cmdline);
    log_set_str(v, F_LOG_MESSAGE, rest);
    if (str_to_u64(named(v, "pid"), &pid) && pid <= INT32_MAX)
        log_set(v, F_LOG_PID, VALUE_OF_INT((int64_t)pid));
}

bool audit_is(struct str line)
{
    struct head h;
    return take_head(line, &h);
}

/* The first record of the act stands further on. */
static void look_ahead(struct audit_state *state, const struct head *h, struct str ahead, struct log_values *v)
{
    struct str line;
    struct head next;
    for (unsigned i = 0; i < AUDIT_AHEAD && str_split(&ahead, '\n', &line) && ahead.n; i++) { /* the last one may be cut */
        line = str_sub(line, 0, line.n < TEXT_LINE_MAX ? line.n : TEXT_LINE_MAX);
        if (!take_head(line, &next) || next.serial != h->serial || next.time_ns != h->time_ns)
            return;
        if (!str_is(next.type, "SYSCALL"))
            continue;
        struct log_values of = {.arena = v->arena, .time_ns = next.time_ns};
        struct reading r = {.v = &of, .is_shown = next.is_shown};
        take_rest(&r, next.type, next.rest);
        keep_act(state, next.serial, &of);
        (void)share_act(state, next.serial, v);
        return;
    }
}

bool audit_take(struct audit_state *state, struct str line, struct str ahead, struct log_values *v)
{
    struct head h;
    if (!take_head(line, &h))
        return false;
    struct reading r = {.v = v, .is_shown = h.is_shown};
    v->time_ns = h.time_ns;
    v->type = EVENT_LOG;
    log_set_str(v, F_LOG_HOST, str_sub(h.node, 0, TEXT_NAME_MAX));
    log_set_named(v, STR("serial"), arena_printf(v->arena, "%llu", (unsigned long long)h.serial));
    take_rest(&r, h.type, h.rest);
    if (state && str_is(h.type, "SYSCALL"))
        keep_act(state, h.serial, v);
    else if (state && !share_act(state, h.serial, v))
        look_ahead(state, &h, ahead, v);
    log_set_str(v, F_LOG_PROGRAM, STR("auditd"));
    set_login(v, h.type);
    if (v->type == EVENT_AUTH)
        log_set_str(v, F_LOGIN_HOST, str_sub(h.node, 0, TEXT_NAME_MAX));
    return true;
}

bool audit_take_entry(struct str message, struct log_values *v)
{
    const ptrdiff_t blank = str_find(message, STR(" "), 0);
    if (blank < 3 || !str_has(message, STR("=")))
        return false;
    for (size_t i = 0; i < (size_t)blank; i++)
        if (!(message.p[i] >= 'A' && message.p[i] <= 'Z') && message.p[i] != '_' && !(message.p[i] >= '0' && message.p[i] <= '9'))
            return false;
    struct reading r = {.v = v};
    const struct str type = str_sub(message, 0, (size_t)blank);
    v->type = EVENT_LOG;
    take_rest(&r, type, str_trim(str_sub(message, (size_t)blank, message.n)));
    set_login(v, type);
    return true;
}
