// SPDX-License-Identifier: Apache-2.0
#include "log/sysmon.h"

#include <expat.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "log/record.h"

/* One event: its number, when, where, and what it says. */
struct sysmon {
    uint64_t id;
    struct str time, host;
    unsigned n;
    struct str names[SYSMON_DATA_MAX], texts[SYSMON_DATA_MAX];
};

static struct str said(const struct sysmon *s, const char *name)
{
    for (unsigned i = 0; i < s->n; i++)
        if (str_is(s->names[i], name))
            return s->texts[i];
    return STR_NULL;
}

static void add(struct sysmon *s, struct str name, struct str text)
{
    if (!name.n || !text.n || str_is(text, "-") || s->n == SYSMON_DATA_MAX)
        return;
    s->names[s->n] = name;
    s->texts[s->n++] = text;
}

/* ---- as fields ---- */

static void set(struct log_values *v, const char *name, struct str text)
{
    if (text.n)
        log_set_named(v, str_from(name), text);
}

/* The words of a command line: how it was quoted is not in the event. */
static void set_words(struct log_values *v, struct str line)
{
    struct str word;
    unsigned n = 0;
    while (n < SYSMON_ARGS_MAX && str_split(&line, ' ', &word))
        if (word.n)
            log_set_named(v, arena_printf(v->arena, "a%u", n++), word);
}

/* Everything behind the host's name of a connection that the machine itself did not begin is the other end. */
static void set_peer(struct log_values *v, const struct sysmon *s)
{
    const bool is_ours = !str_eq_nocase(said(s, "Initiated"), STR("false"));
    set(v, "laddr", said(s, is_ours ? "DestinationIp" : "SourceIp"));
    set(v, "lport", said(s, is_ours ? "DestinationPort" : "SourcePort"));
    set(v, "saddr_fam", str_has(said(s, "DestinationIp"), STR(":")) ? STR("inet6") : STR("inet"));
    set(v, "SYSCALL", is_ours ? STR("connect") : STR("accept"));
}

static const char *type_of(uint64_t id)
{
    switch (id) {
    case 1:
        return "EXECVE";
    case 3:
        return "SOCKADDR";
    case 11:
    case 23:
    case 26:
        return "PATH";
    default:
        return "SYSMON";
    }
}

static void set_event(struct log_values *v, const struct sysmon *s)
{
    static const char *const AS_AUDIT[][2] = {{"exe", "Image"}, {"pid", "ProcessId"}, {"ppid", "ParentProcessId"}, {"UID", "User"}, {"AUID", "User"}, {"cwd", "CurrentDirectory"}};
    const char *type = type_of(s->id);
    v->type = EVENT_LOG;
    set(v, "type", str_from(type));
    set(v, "EventID", arena_printf(v->arena, "%llu", (unsigned long long)s->id));
    for (size_t i = 0; i < ARRAY_SIZE(AS_AUDIT); i++)
        set(v, AS_AUDIT[i][0], said(s, AS_AUDIT[i][1]));
    if (s->id == 1) {
        set(v, "cmdline", said(s, "CommandLine"));
        set_words(v, said(s, "CommandLine"));
    } else if (s->id == 3) {
        set_peer(v, s);
    } else if (str_is(str_from(type), "PATH")) {
        set(v, "name", said(s, "TargetFilename"));
        set(v, "nametype", s->id == 11 ? STR("CREATE") : STR("DELETE"));
    }
    for (unsigned i = 0; i < s->n; i++)
        log_set_named(v, s->names[i], s->texts[i]);
    const uint64_t ns = log_time(said(s, "UtcTime").n ? said(s, "UtcTime") : s->time);
    v->time_ns = ns ? ns : v->time_ns;
    log_set_str(v, F_LOG_PROGRAM, STR("sysmon"));
    log_set_str(v, F_LOG_HOST, s->host);
    log_set_str(v, F_PROC_NAME, str_basename(said(s, "Image")));
    log_set_str(v, F_USER_NAME, said(s, "User"));
}

/* ---- XML ---- */

enum within { OTHER, EVENT_ID, COMPUTER, DATA };

struct reading {
    struct sysmon *event;
    struct arena *arena;
    struct strbuf text;
    enum within in;
    struct str name; /* of the value at hand */
    bool is_event, is_ours;
};

static struct str attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i]; i += 2)
        if (!strcmp(attributes[i], name))
            return str_from(attributes[i + 1]);
    return STR_NULL;
}

static void XMLCALL take_begin(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *r = ctx;
    strbuf_clear(&r->text);
    r->in = !strcmp(name, "EventID") ? EVENT_ID : !strcmp(name, "Computer") ? COMPUTER : !strcmp(name, "Data") ? DATA : OTHER;
    if (r->in == DATA)
        r->name = arena_str(r->arena, attribute(attributes, "Name"));
    else if (!strcmp(name, "Event"))
        r->is_event = true;
    else if (!strcmp(name, "Provider"))
        r->is_ours = str_is(attribute(attributes, "Name"), "Linux-Sysmon");
    else if (!strcmp(name, "TimeCreated"))
        r->event->time = arena_str(r->arena, attribute(attributes, "SystemTime"));
}

static void XMLCALL take_text(void *ctx, const XML_Char *text, int n)
{
    struct reading *r = ctx;
    if (r->in != OTHER)
        strbuf_add(&r->text, str_n(text, (size_t)n));
}

static void XMLCALL take_end(void *ctx, const XML_Char *name)
{
    struct reading *r = ctx;
    const struct str text = r->in == OTHER ? STR_NULL : arena_str(r->arena, strbuf_str(&r->text));
    (void)name;
    if (r->in == EVENT_ID)
        (void)str_to_u64(str_trim(text), &r->event->id);
    else if (r->in == COMPUTER)
        r->event->host = text;
    else if (r->in == DATA)
        add(r->event, r->name, text);
    r->in = OTHER;
}

bool sysmon_take(struct str program, struct str message, struct log_values *v)
{
    struct sysmon event = {};
    struct reading r = {.event = &event, .arena = v->arena};
    if (!str_is(program, "sysmon") || !str_starts(message, STR("<Event")) || message.n > SYSMON_EVENT_MAX)
        return false;
    XML_Parser parser = XML_ParserCreate("UTF-8");
    if (!parser)
        return false;
    XML_SetUserData(parser, &r);
    XML_SetElementHandler(parser, take_begin, take_end);
    XML_SetCharacterDataHandler(parser, take_text);
    /* a message that was cut on its way still says what stands before the cut */
    (void)XML_Parse(parser, message.p, (int)message.n, 1);
    XML_ParserFree(parser);
    strbuf_done(&r.text);
    if (!r.is_event || !r.is_ours || !event.id)
        return false;
    set_event(v, &event);
    return true;
}

/* ---- JSON: as Elastic's collectors, and as others take XML apart ---- */

static bool names_it(struct node n)
{
    return str_starts(node_str(n), STR("Linux-Sysmon"));
}

static struct node system_of(struct node root)
{
    const struct node event = node_get(root, STR("Event")), system = node_get(event, STR("System"));
    return node_is(system) ? system : node_get(root, STR("System"));
}

static bool sysmon_is(struct node root)
{
    const struct node winlog = node_get(root, STR("winlog")), system = system_of(root);
    if (node_is(winlog))
        return names_it(node_get(winlog, STR("provider_name"))) || names_it(node_get(winlog, STR("channel")));
    if (node_is(system))
        return names_it(NODE(system, "Provider", "Name")) || names_it(NODE(system, "Provider", "#attributes", "Name")) || names_it(NODE(system, "Provider", "@Name")) || names_it(node_get(system, STR("Channel")));
    return node_is(node_get(root, STR("EventID"))) && (names_it(node_get(root, STR("Channel"))) || names_it(node_get(root, STR("SourceName"))) || names_it(node_get(root, STR("ProviderName"))));
}

/* Values by their names; or a list of pairs, as XML has them. */
static void add_data(struct sysmon *s, struct log_record *r, struct node data)
{
    const struct node list = node_kind(data) == NODE_ARRAY ? data : node_get(data, STR("Data"));
    if (node_kind(list) == NODE_ARRAY) {
        for (struct node_each e = node_each(list); node_next(&e);) {
            const struct node own = node_get(e.value, STR("Name")), name = node_is(own) ? own : node_get(e.value, STR("@Name"));
            const struct node text = node_get(e.value, STR("#text")), other = node_get(e.value, STR("text")), value = node_get(e.value, STR("Value"));
            add(s, node_str(name), node_text(node_is(text) ? text : node_is(other) ? other : value, &r->arena));
        }
        return;
    }
    for (struct node_each e = node_each(data); node_kind(data) == NODE_OBJECT && node_next(&e);)
        if (node_kind(e.value) != NODE_OBJECT && node_kind(e.value) != NODE_ARRAY && node_kind(e.value) != NODE_NULL)
            add(s, e.name, node_text(e.value, &r->arena));
}

static void sysmon_begin(struct log_record *r)
{
    struct sysmon s = {};
    const struct node root = r->root, winlog = node_get(root, STR("winlog")), system = system_of(root);
    const struct node about = node_is(winlog) ? winlog : node_is(system) ? system : root;
    const struct node id = node_get(about, node_is(winlog) ? STR("event_id") : STR("EventID")), within = node_get(id, STR("#text"));
    const struct node data = NODE(root, "Event", "EventData"), own = node_get(root, STR("EventData")), flat = node_is(own) ? own : root;
    (void)node_u64(node_is(within) ? within : id, &s.id);
    s.host = log_first(r, "winlog/computer_name", "Event/System/Computer", "System/Computer", "Computer", "Hostname", "host/name", NULL);
    s.time = log_first(r, "@timestamp", "Event/System/TimeCreated/SystemTime", "Event/System/TimeCreated/#attributes/SystemTime", "Event/System/TimeCreated/@SystemTime", "TimeCreated", "EventTime", "TimeGenerated", NULL);
    add_data(&s, r, node_is(winlog) ? node_get(winlog, STR("event_data")) : node_is(data) ? data : flat);
    set_event(&r->values, &s);
}

const struct log_format_ops LOG_SYSMON_OPS = {.type = EVENT_LOG, .is_json = sysmon_is, .begin = sysmon_begin};
