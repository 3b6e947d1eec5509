// SPDX-License-Identifier: Apache-2.0
#include "log/audit_ecs.h"

#include "base/cleanup.h"
#include "log/audit_json.h"
#include "log/record.h"

enum {
    LINES_MAX = 1024, /* of one act, as in log/audit_json.c */
    PATH_DEPTH = 3,
};

/* What the lines of an act say of who did it, in auditd's names; older versions have the later ones. */
static const struct {
    const char *name, *ways[2][PATH_DEPTH + 1];
} WHO[] = {
    {"ppid", {{"process", "parent", "pid"}, {"process", "ppid"}}}, {"pid", {{"process", "pid"}}}, {"auid", {{"user", "audit", "id"}, {"user", "auid"}}}, {"uid", {{"user", "id"}, {"user", "uid"}}},
    {"gid", {{"user", "group", "id"}, {"user", "gid"}}}, {"euid", {{"user", "effective", "id"}, {"user", "euid"}}}, {"ses", {{"auditd", "session"}}}, {"comm", {{"process", "name"}}},
    {"exe", {{"process", "executable"}, {"process", "exe"}}}, {"AUID", {{"user", "audit", "name"}, {"user", "name_map", "auid"}}}, {"UID", {{"user", "name"}, {"user", "name_map", "uid"}}},
    {"EUID", {{"user", "effective", "name"}, {"user", "name_map", "euid"}}}, {"ParentImage", {{"process", "parent", "executable"}}},
};

struct act {
    struct strbuf *b;
    struct arena arena;
    struct node root, data; /* `data`: what auditd said beside */
    struct str host, success;
    uint64_t ms, serial;
    unsigned lines;
};

/* ---- lines ---- */

static bool is_plain_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_' && s.p[i] != '-')
            return false;
    return s.n && s.n <= 64;
}

static void add(struct act *a, const char *name, struct str text)
{
    if (!text.n)
        return;
    strbuf_printf(a->b, " %s=", name);
    audit_json_add_text(a->b, text);
}

static void add_node(struct act *a, const char *name, struct node n)
{
    if (node_kind(n) != NODE_OBJECT && node_kind(n) != NODE_ARRAY && node_kind(n) != NODE_NULL)
        add(a, name, node_text(n, &a->arena));
}

/* Members that are texts or numbers. */
static void add_members(struct act *a, struct node object)
{
    static const char *const ELSEWHERE[] = {"record_type", "sequence", "session", "result", "message_type"};
    char name[65];
    for (struct node_each e = node_each(object); node_next(&e);) {
        bool is_elsewhere = false;
        for (size_t i = 0; i < ARRAY_SIZE(ELSEWHERE); i++)
            is_elsewhere |= str_is(e.name, ELSEWHERE[i]);
        if (is_elsewhere || !is_plain_name(e.name))
            continue;
        (void)snprintf(name, sizeof(name), "%.*s", STR_ARG(e.name));
        add_node(a, name, e.value);
    }
}

static bool begin(struct act *a, const char *type)
{
    if (a->lines++ >= LINES_MAX)
        return false;
    if (a->host.n)
        strbuf_printf(a->b, "node=%.*s ", STR_ARG(a->host));
    strbuf_printf(a->b, "type=%s msg=audit(%llu.%03llu:%llu):", type, (unsigned long long)(a->ms / 1000), (unsigned long long)(a->ms % 1000), (unsigned long long)a->serial);
    return true;
}

static void end(struct act *a)
{
    strbuf_addc(a->b, '\n');
}

static void add_who(struct act *a)
{
    for (size_t i = 0; i < ARRAY_SIZE(WHO); i++)
        for (size_t j = 0; j < ARRAY_SIZE(WHO[i].ways) && WHO[i].ways[j][0]; j++) {
            const struct node n = node_path(a->root, WHO[i].ways[j]);
            if (!node_is(n))
                continue;
            add_node(a, WHO[i].name, n);
            break;
        }
    const struct node keys = node_get(a->root, STR("tags"));
    struct strbuf all = {};
    for (struct node_each e = node_each(keys); node_kind(keys) == NODE_ARRAY && node_next(&e);) {
        strbuf_adds(&all, all.n ? "," : "");
        strbuf_add(&all, node_str(e.value));
    }
    add(a, "key", strbuf_str(&all));
    strbuf_done(&all);
    add(a, "success", a->success);
}

/* A line that stands alone, with who did it. */
static bool begin_alone(struct act *a, const char *type)
{
    if (!begin(a, type))
        return false;
    add_who(a);
    return true;
}

static void add_arguments(struct act *a)
{
    char name[24];
    unsigned n = 0;
    for (struct node_each e = node_each(NODE(a->root, "process", "args")); node_next(&e); n++) {
        (void)snprintf(name, sizeof(name), "a%u", n);
        strbuf_printf(a->b, " %s=", name);
        audit_json_add_text(a->b, node_str(e.value));
    }
}

/* The other end of a connection. */
static void add_peer(struct act *a)
{
    static const char *const SOCKETS[] = {"auditd", "data", "socket", NULL};
    const bool is_inbound = str_starts(node_str(NODE(a->root, "network", "direction")), STR("in"));
    const struct node socket = node_path(a->root, SOCKETS), peer = node_get(a->root, is_inbound ? STR("source") : STR("destination"));
    const struct node ip = node_get(socket, STR("addr")), port = node_get(socket, STR("port"));
    add_node(a, "laddr", node_is(ip) ? ip : node_get(peer, STR("ip")));
    add_node(a, "lport", node_is(port) ? port : node_get(peer, STR("port")));
    add_node(a, "saddr_fam", node_get(socket, STR("family")));
    add_node(a, "path", node_get(socket, STR("path")));
}

static bool has_peer(struct node root)
{
    return node_is(NODE(root, "auditd", "data", "socket")) || node_is(NODE(root, "destination", "ip")) || node_is(NODE(root, "source", "ip"));
}

/* ---- the module auditd ---- */

static void write_call(struct act *a)
{
    const struct node call = node_get(a->data, STR("syscall")), args = NODE(a->root, "process", "args"), paths = NODE(a->root, "auditd", "paths"), folder = NODE(a->root, "process", "working_directory");
    const struct node old = node_get(a->root, STR("process")), cwd = node_is(folder) ? folder : node_get(old, STR("cwd"));
    const bool starts = node_is_str(call, "execve") || node_is_str(call, "execveat") || node_is_str(call, "59") || node_is_str(NODE(a->root, "event", "action"), "executed");
    if (!begin_alone(a, "SYSCALL"))
        return;
    add_members(a, a->data);
    uint64_t number;
    if (!node_u64(call, &number)) /* shown by its name already */
        add_node(a, "SYSCALL", call);
    end(a);
    if (starts && node_kind(args) == NODE_ARRAY && begin(a, "EXECVE")) {
        add_arguments(a);
        end(a);
    }
    if (node_is(cwd) && begin(a, "CWD")) {
        add_node(a, "cwd", cwd);
        end(a);
    }
    for (struct node_each e = node_each(paths); node_kind(paths) == NODE_ARRAY && node_next(&e) && begin(a, "PATH");) {
        add_members(a, e.value);
        end(a);
    }
    if (has_peer(a->root) && begin(a, "SOCKADDR")) {
        add_peer(a);
        end(a);
    }
    if (node_is(NODE(a->root, "process", "title")) && begin(a, "PROCTITLE")) {
        add_node(a, "proctitle", NODE(a->root, "process", "title"));
        end(a);
    }
}

/* What a program says to audit: logins, accounts; and what the kernel does of its own. */
static void write_message(struct act *a, struct str type)
{
    char name[65];
    (void)snprintf(name, sizeof(name), "%.*s", STR_ARG(type));
    for (char *c = name; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c & ~0x20) : *c == '-' ? '_' : *c;
    if (!begin_alone(a, name))
        return;
    add_members(a, a->data);
    if (!node_is(node_get(a->data, STR("addr"))))
        add_node(a, "addr", NODE(a->root, "source", "ip"));
    if (!node_is(node_get(a->data, STR("res"))))
        add(a, "res", str_is(a->success, "no") ? STR("failed") : STR("success"));
    if (!node_is(node_get(a->data, STR("cmd"))) && str_is(str_from(name), "USER_CMD"))
        add_node(a, "cmd", NODE(a->root, "process", "title"));
    const struct str at_first = node_str(NODE(a->root, "user", "audit", "name"));
    if (!node_is(node_get(a->data, STR("acct"))) && str_starts(str_from(name), STR("USER_")))
        add(a, "acct", at_first.n && !str_is(at_first, "unset") ? at_first : node_str(NODE(a->root, "user", "name")));
    end(a);
}

/* ---- the modules system and file_integrity: what they found has no record of audit, and is told as the one that it would have ---- */

static bool write_found(struct act *a)
{
    static const struct {
        const char *module, *action, *type, *op; /* op: of accounts; nametype of files */
    } FOUND[] = {
        {"system", "process_started", "EXECVE", NULL},       {"system", "user_login", "USER_LOGIN", "login"},        {"system", "user_added", "ADD_USER", "add-user"},
        {"system", "user_removed", "DEL_USER", "delete-user"}, {"system", "password_changed", "USER_CHAUTHTOK", "change-password"}, {"system", "network_flow", "SOCKADDR", NULL},
        {"system", "connected", "SOCKADDR", NULL},           {"file_integrity", "created", "PATH", "CREATE"},        {"file_integrity", "deleted", "PATH", "DELETE"},
        {"file_integrity", "updated", "PATH", "NORMAL"},     {"file_integrity", "attributes_modified", "PATH", "NORMAL"}, {"file_integrity", "moved", "PATH", "DELETE"},
    };
    const struct str module = node_str(NODE(a->root, "event", "module"));
    const struct node said = NODE(a->root, "event", "action"), action = node_kind(said) == NODE_ARRAY ? node_at(said, 0) : said;
    for (size_t i = 0; i < ARRAY_SIZE(FOUND); i++) {
        const struct str type = str_from(FOUND[i].type);
        const bool is_account = str_is(module, "system") && FOUND[i].op; /* the account is whom it was done to */
        if (!str_is(module, FOUND[i].module) || !node_is_str(action, FOUND[i].action) || !(is_account ? begin : begin_alone)(a, FOUND[i].type))
            continue;
        if (str_is(type, "EXECVE")) {
            add_node(a, "cwd", NODE(a->root, "process", "working_directory"));
            add_arguments(a);
        } else if (str_is(type, "PATH")) {
            add_node(a, "name", NODE(a->root, "file", "path"));
            add(a, "nametype", str_from(FOUND[i].op));
        } else if (str_is(type, "SOCKADDR")) {
            add_peer(a);
            add(a, "SYSCALL", str_starts(node_str(NODE(a->root, "network", "direction")), STR("in")) ? STR("accept") : STR("connect"));
        } else {
            add(a, "op", str_from(FOUND[i].op));
            add_node(a, "acct", NODE(a->root, "user", "name"));
            add_node(a, "id", NODE(a->root, "user", "id"));
            add_node(a, "exe", NODE(a->root, "process", "executable"));
            add_node(a, "addr", NODE(a->root, "source", "ip"));
            add_node(a, "terminal", NODE(a->root, "user", "terminal"));
            add(a, "res", str_is(a->success, "no") ? STR("failed") : STR("success"));
        }
        end(a);
        return true;
    }
    return false;
}

/* ---- */

/* Lines of auditd that were kept beside (include_raw_message). */
static bool write_raw(struct node root, struct strbuf *b)
{
    const struct node raw = NODE(root, "event", "original");
    if (node_kind(raw) != NODE_ARRAY || !str_has(node_str(node_at(raw, 0)), STR("msg=audit(")))
        return false;
    for (struct node_each e = node_each(raw); e.index < LINES_MAX && node_next(&e);)
        strbuf_printf(b, "%.*s\n", STR_ARG(node_str(e.value)));
    return true;
}

static bool is_host(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ')
            return false;
    return s.n && s.n < 256;
}

static bool write_one(struct node root, struct strbuf *b)
{
    if (node_kind(node_get(root, STR("event"))) != NODE_OBJECT || !node_is(node_get(root, STR("@timestamp"))))
        return false;
    const struct node auditd = node_get(root, STR("auditd")), from_file = node_get(auditd, STR("log")), data = node_is(from_file) ? from_file : node_get(auditd, STR("data"));
    const struct str type = node_is(from_file) ? node_get_str(from_file, STR("record_type")) : node_get_str(auditd, STR("message_type"));
    const struct str result = node_get_str(auditd, STR("result")), outcome = node_str(NODE(root, "event", "outcome"));
    const struct node name = NODE(root, "host", "hostname"), node = node_get(from_file, STR("node"));
    if (node_kind(auditd) == NODE_OBJECT && write_raw(root, b))
        return true;
    struct act a = {.b = b, .root = root, .data = data, .ms = log_node_time(node_get(root, STR("@timestamp"))) / 1'000'000};
    if (!node_u64(node_get(auditd, STR("sequence")), &a.serial))
        (void)node_u64(node_get(from_file, STR("sequence")), &a.serial);
    a.host = node_str(node_is(node) ? node : node_is(name) ? name : NODE(root, "host", "name"));
    if (!is_host(a.host))
        a.host = STR_NULL;
    const struct str how = result.n ? result : outcome;
    if (str_is(how, "success"))
        a.success = STR("yes");
    else if (str_starts(how, STR("fail")))
        a.success = STR("no");
    bool is = true;
    if (str_eq_nocase(type, STR("SYSCALL")))
        write_call(&a);
    else if (is_plain_name(type))
        write_message(&a, type);
    else
        is = write_found(&a);
    arena_done(&a.arena);
    return is;
}

bool audit_ecs_write(struct node root, struct strbuf *b)
{
    const struct node hit = node_get(root, STR("_source"));
    return write_one(node_kind(hit) == NODE_OBJECT ? hit : root, b);
}
