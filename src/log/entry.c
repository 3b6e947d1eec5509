// SPDX-License-Identifier: Apache-2.0
#include "log/entry.h"

#include "base/cleanup.h"
#include "base/json_string.h"
#include "log/record.h"

enum role { MESSAGE, PROGRAM, TAG, HOST, PID, TIME, N_ROLES };

/* Of two names for the same the first counts. */
static const struct {
    struct str name;
    enum role role;
} NAMES[] = {
    {STR("MESSAGE"), MESSAGE}, {STR("message"), MESSAGE}, {STR("syslog_message"), MESSAGE}, {STR("SyslogMessage"), MESSAGE}, {STR("short_message"), MESSAGE}, {STR("Message"), MESSAGE}, {STR("msg"), MESSAGE}, {STR("body"), MESSAGE},
    {STR("SYSLOG_IDENTIFIER"), PROGRAM}, {STR("programname"), PROGRAM}, {STR("appname"), PROGRAM}, {STR("app_name"), PROGRAM}, {STR("ident"), PROGRAM}, {STR("program"), PROGRAM}, {STR("PROGRAM"), PROGRAM}, {STR("program_name"), PROGRAM},
    {STR("syslog_program"), PROGRAM}, {STR("_application_name"), PROGRAM}, {STR("application_name"), PROGRAM}, {STR("ProcessName"), PROGRAM}, {STR("identifier"), PROGRAM}, {STR("SourceName"), PROGRAM},
    {STR("syslogtag"), TAG}, {STR("syslog_tag"), TAG},
    {STR("_HOSTNAME"), HOST}, {STR("hostname"), HOST}, {STR("HOST"), HOST}, {STR("host"), HOST}, {STR("Hostname"), HOST}, {STR("HostName"), HOST}, {STR("syslog_hostname"), HOST}, {STR("Computer"), HOST}, {STR("logsource"), HOST}, {STR("host.name"), HOST}, {STR("source"), HOST},
    {STR("_PID"), PID}, {STR("pid"), PID}, {STR("procid"), PID}, {STR("proc_id"), PID}, {STR("PID"), PID}, {STR("ProcessID"), PID}, {STR("process_id"), PID}, {STR("_process_id"), PID}, {STR("syslog_pid"), PID},
    {STR("@timestamp"), TIME}, {STR("timestamp"), TIME}, {STR("TimeGenerated"), TIME}, {STR("ISODATE"), TIME}, {STR("time"), TIME}, {STR("_time"), TIME}, {STR("timereported"), TIME}, {STR("timegenerated"), TIME}, {STR("EventTime"), TIME}, {STR("date"), TIME}, {STR("DATE"), TIME},
};
/* What stands around some of them. */
static const struct str WITHIN[] = {STR("fields"), STR("tags"), STR("attributes"), STR("log"), STR("syslog"), STR("predecoder")};

enum { DEPTH = 3 };

struct parts {
    struct node of[N_ROLES];
    size_t rank[N_ROLES]; /* 1 + place among NAMES; 0: there is none */
    bool is_syslog;       /* something says that it was a line of syslog or an entry of the journal, whatever the program's name is called */
    uint64_t time_ns;
};

static bool is_name(struct str s)
{
    enum { LONGEST = 256 };
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ')
            return false;
    return s.n && s.n <= LONGEST;
}

static void take(struct parts *p, struct str name, struct node value)
{
    const enum node_kind kind = node_kind(value);
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
        const enum role role = NAMES[i].role;
        if (!str_eq(name, NAMES[i].name))
            continue;
        if (role == TIME) {
            const uint64_t ns = p->rank[TIME] && p->rank[TIME] <= i ? 0 : log_node_time(value); /* "Mar  2 12:00:00" is none */
            p->time_ns = ns ? ns : p->time_ns;
            p->rank[TIME] = ns ? i + 1 : p->rank[TIME];
        } else if ((!p->rank[role] || i + 1 < p->rank[role]) && (kind == NODE_STRING || role == PID)) {
            p->of[role] = value;
            p->rank[role] = i + 1;
        }
        return;
    }
}

/* Elastic's common schema: the program is a process there, which events of other kinds have as well. */
static void take_ecs(struct parts *p, struct node root)
{
    const struct node process = node_get(root, STR("process")), host = node_get(root, STR("host"));
    if (!p->is_syslog && !str_starts(node_str(NODE(root, "event", "dataset")), STR("system.")))
        return;
    if (!p->rank[PROGRAM] && node_get_str(process, STR("name")).n) {
        p->of[PROGRAM] = node_get(process, STR("name"));
        p->rank[PROGRAM] = 1;
    }
    if (!p->rank[PID])
        p->of[PID] = node_get(process, STR("pid"));
    if (!p->rank[HOST])
        p->of[HOST] = node_get_str(host, STR("hostname")).n ? node_get(host, STR("hostname")) : node_get(host, STR("name"));
}

static void gather(struct parts *p, struct node object, unsigned depth)
{
    for (struct node_each e = node_each(object); node_next(&e);) {
        if (node_kind(e.value) == NODE_OBJECT) {
            p->is_syslog |= str_is(e.name, "syslog") || str_is(e.name, "journald") || str_is(e.name, "systemd");
            for (size_t i = 0; depth < DEPTH && i < ARRAY_SIZE(WITHIN); i++)
                if (str_eq(e.name, WITHIN[i]))
                    gather(p, e.value, depth + 1);
        } else {
            p->is_syslog |= str_starts(e.name, STR("Syslog")) || str_starts(e.name, STR("syslog"));
            take(p, e.name, e.value);
        }
    }
}

/* sshd[7]: */
static struct str program_of(struct str tag, struct str *ret_pid)
{
    const ptrdiff_t open = str_find(tag, STR("["), 0), colon = str_find(tag, STR(":"), 0);
    const ptrdiff_t close = open > 0 ? str_find(tag, STR("]"), (size_t)open) : -1;
    if (close > 0)
        *ret_pid = str_sub(tag, (size_t)open + 1, (size_t)close);
    return str_sub(tag, 0, open > 0 ? (size_t)open : colon > 0 ? (size_t)colon : tag.n);
}

static void add(struct strbuf *b, const char *name, struct str text)
{
    if (!text.n)
        return;
    if (b->p[b->n - 1] != '{')
        strbuf_addc(b, ',');
    json_string_add_bytes(b, str_from(name));
    strbuf_addc(b, ':');
    json_string_add_bytes(b, text);
}

void entry_names(void (*tell)(struct str name, enum known_group group))
{
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (NAMES[i].role == MESSAGE)
            tell(NAMES[i].name, KNOWN_ENTRY_MESSAGE);
        else if (NAMES[i].role == PROGRAM || NAMES[i].role == TAG)
            tell(NAMES[i].name, KNOWN_ENTRY_PROGRAM);
    for (size_t i = 0; i < ARRAY_SIZE(WITHIN); i++) {
        tell(WITHIN[i], KNOWN_ENTRY_MESSAGE);
        tell(WITHIN[i], KNOWN_ENTRY_PROGRAM);
    }
}

bool entry_write(struct node root, struct strbuf *b)
{
    static const char *const OWN[] = {"MESSAGE", "SYSLOG_IDENTIFIER", "_HOSTNAME", "_PID", "__REALTIME_TIMESTAMP"};
    struct parts p = {};
    gather(&p, root, 0);
    take_ecs(&p, root);
    const struct str message = str_trim(node_str(p.of[MESSAGE]));
    if (!message.n || !(p.rank[PROGRAM] || p.rank[TAG]))
        return false;
    /* of Windows too */
    if (p.rank[PROGRAM] && str_is(NAMES[p.rank[PROGRAM] - 1].name, "SourceName") && !p.is_syslog)
        return false;
    _cleanup_(arena_done) struct arena a = {};
    struct str pid = node_text(p.of[PID], &a);
    const struct str program = p.rank[PROGRAM] ? node_str(p.of[PROGRAM]) : program_of(node_str(p.of[TAG]), &pid);
    if (!is_name(program))
        return false;
    strbuf_addc(b, '{');
    add(b, "__REALTIME_TIMESTAMP", arena_printf(&a, "%llu", (unsigned long long)(p.time_ns / 1000)));
    add(b, "MESSAGE", message);
    add(b, "SYSLOG_IDENTIFIER", program);
    add(b, "_HOSTNAME", is_name(node_str(p.of[HOST])) ? node_str(p.of[HOST]) : STR_NULL);
    add(b, "_PID", pid);
    node_add_others(b, root, OWN, ARRAY_SIZE(OWN));
    strbuf_addc(b, '}');
    return true;
}
