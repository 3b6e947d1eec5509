// SPDX-License-Identifier: Apache-2.0
/*
 * Random rules on random calls: whenever the evaluator says that a rule matches, in either form of the call's paths, the
 * filter lets the call pass. A call is made up first; what the rules read and what the kernel side tells are two
 * views of it, written apart. PREFILTER_ROUNDS in the environment multiplies the number of rule sets.
 */
#include <stdlib.h>

#include "base/vec.h"
#include "event/record_kind.h"
#include "harness/test.h"
#include "rule/prefilter.h"
#include "rule/test-sample.h"

#define BIT(fact) (1ULL << (fact))
#define PICK(table) (table[rnd(ARRAY_SIZE(table))])
enum { SETS = 260, RULES = 10, EVENTS = 50 };

static uint64_t seed = 20261130;
static unsigned rnd(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)((seed >> 33) % n);
}

/* Calls */

static const enum event_type TYPES[] = {EVENT_OPEN,   EVENT_OPENAT,  EVENT_OPENAT, EVENT_CREAT,  EVENT_RENAME, EVENT_RENAMEAT,
                                        EVENT_UNLINK, EVENT_SYMLINK, EVENT_LINK,   EVENT_CHMOD,  EVENT_FCHMOD, EVENT_CONNECT,
                                        EVENT_SENDTO, EVENT_SENDTO,  EVENT_DUP2,   EVENT_WRITE,  EVENT_CLOSE,  EVENT_SOCKET,
                                        EVENT_SETUID, EVENT_EXECVE,  EVENT_GETPID};
static const char *const NAMES[] = {"etc", "shadow", "root", ".ssh", "a", "b..", "log", "x.log", "log.x", "passwd"};
static const char *const ADDRESSES[] = {"127.0.0.1", "127.9.9.9", "10.0.0.1",    "10.200.0.7", "172.16.0.1",
                                        "172.32.0.1", "192.168.3.4", "8.8.8.8", "0.0.0.0",    "2001:db8::1"};
static const unsigned PORTS[] = {22, 53, 443, 3333, 40000};
static const char *const ERRORS[] = {"ENOENT", "EACCES", "EINPROGRESS", "EPERM"};
static const char *const CONTAINERS[] = {"host", "host", "0123456789ab", NULL};

/* A path in its forms. */
struct path {
    char raw[256], made[512], normal[512], resolved[256];
};

struct call {
    enum event_type type;
    int64_t res;
    const char *error;
    bool reads, writes, creates, is_program, empties, is_packet;
    struct path paths[2];
    unsigned n_paths;
    char fd_type; /* as fd.typechar; 0: there is none */
    struct path fd_path;
    const char *l4; /* NULL: no socket of the internet */
    bool is_connected, has_new_peer, are_ends_known;
    const char *client, *server;
    unsigned client_port, server_port;
    const char *container;
};

static void add_names(char *to, size_t n, unsigned most)
{
    for (unsigned i = 1 + rnd(most); i > 0; i--)
        (void)snprintf(to + strlen(to), n - strlen(to), "/%s", PICK(NAMES));
}

/* Falco's way to make a path normal, by text alone. */
static void make_normal(const char *from, char *to)
{
    struct str rest = str_from(from), part;
    size_t n = 0;
    to[0] = 0;
    while (str_split(&rest, '/', &part)) {
        if (str_is(part, "..")) {
            while (n && to[--n] != '/')
                ;
            to[n] = 0;
        } else if (part.n && !str_is(part, ".")) {
            n += (size_t)sprintf(to + n, "/%.*s", STR_ARG(part));
        }
    }
    if (!n)
        strcpy(to, "/");
}

static void random_path(struct path *p)
{
    char base[256] = "", plain[256] = "";
    *p = (struct path){};
    add_names(base, sizeof(base), 2);
    add_names(plain, sizeof(plain), 3);
    const char *at = plain + (rnd(3) == 0); /* a third is relative */
    if (rnd(30) == 0)
        strcpy(plain, "/");
    for (; *at; at++) {
        if (*at == '/' && !rnd(12))
            strcat(p->raw, rnd(3) == 0 ? "/." : rnd(2) ? "/" : "/a/..");
        strncat(p->raw, at, 1);
    }
    if (!p->raw[0])
        strcpy(p->raw, "a");
    if (!rnd(20))
        strcat(p->raw, "/");
    if (!rnd(30))
        strcpy(p->raw, "../etc/shadow");
    (void)snprintf(p->made, sizeof(p->made), "%s%s%s", p->raw[0] == '/' ? "" : base, p->raw[0] == '/' ? "" : "/", p->raw);
    make_normal(p->made, p->normal);
    if (rnd(3))
        (void)snprintf(p->resolved, sizeof(p->resolved), "%.255s", p->normal);
    else
        add_names(p->resolved, sizeof(p->resolved), 4);
}

static void random_call(struct call *c)
{
    *c = (struct call){.type = PICK(TYPES), .container = PICK(CONTAINERS)};
    const unsigned traits = record_kind_traits(c->type);
    c->res = rnd(3) ? rnd(6) : -(int64_t)(1 + rnd(200));
    c->error = PICK(ERRORS);
    if (traits & RECORD_IS_OPEN) {
        c->reads = rnd(2);
        c->writes = !c->reads || rnd(2);
        c->creates = c->res >= 0 && !rnd(3);
        c->is_program = c->creates && !rnd(2);
        c->empties = !rnd(3);
        c->fd_type = "ffffdb"[rnd(6)];
    } else if (traits & RECORD_HAS_SOCKET) {
        c->fd_type = c->type == EVENT_CONNECT || c->type == EVENT_SENDTO ? "4446u"[rnd(5)] : "4ffdup"[rnd(6)];
    }
    c->n_paths = traits & RECORD_HAS_PATH ? 1 + (c->type == EVENT_RENAME || c->type == EVENT_RENAMEAT ||
                                                 c->type == EVENT_LINK || c->type == EVENT_SYMLINK)
                                          : 0;
    for (unsigned i = 0; i < c->n_paths; i++)
        random_path(&c->paths[i]);
    if (c->fd_type == 'f' || c->fd_type == 'd' || c->fd_type == 'b')
        random_path(&c->fd_path);
    if (traits & RECORD_IS_OPEN)
        c->fd_path = c->paths[0];
    if (c->fd_type == '4' || c->fd_type == '6') {
        c->l4 = rnd(2) ? "tcp" : rnd(3) ? "udp" : "icmp";
        c->is_connected = rnd(2);
        c->has_new_peer = rnd(2);
        c->are_ends_known = rnd(4);
        c->client = PICK(ADDRESSES);
        c->server = PICK(ADDRESSES);
        c->client_port = PICK(PORTS);
        c->server_port = PICK(PORTS);
    }
    c->is_packet = c->type == EVENT_SOCKET && !rnd(3);
}

/* What the rules read: the form of the paths is the named one or the resolved one. */

static void add_fact(struct strbuf *b, const char *field, const char *value)
{
    strbuf_printf(b, "%s=%s; ", field, value);
}

static void add_bool(struct strbuf *b, const char *field, bool value)
{
    add_fact(b, field, value ? "true" : "false");
}

static void add_fd(struct strbuf *b, const struct call *c, bool resolved)
{
    const bool is_open = record_kind_traits(c->type) & RECORD_IS_OPEN, is_path = strchr("fdb", c->fd_type);
    const char *name = resolved ? c->fd_path.resolved : c->fd_path.normal, *last = is_path ? strrchr(name, '/') : NULL;
    if (!c->fd_type)
        return;
    strbuf_printf(b, "fd.num=%lld; fd.typechar=%c; ", is_open ? (long long)(c->res < 0 ? -1 : c->res) : 5LL, c->fd_type);
    add_fact(b, "fd.type", c->fd_type == 'f'   ? "file"
                           : c->fd_type == 'd' ? "directory"
                           : c->fd_type == '4' ? "ipv4"
                           : c->fd_type == '6' ? "ipv6"
                           : c->fd_type == 'u' ? "unix"
                                               : "pipe");
    if (is_path) {
        add_fact(b, "fd.name", name);
        add_fact(b, "fd.nameraw", is_open ? c->fd_path.raw : name);
        add_fact(b, "fs.path.name", name);
        add_fact(b, "fd.filename", last + 1);
        if (c->fd_type == 'd')
            add_fact(b, "fd.directory", name);
        else
            strbuf_printf(b, "fd.directory=%.*s; ", last == name ? 1 : (int)(last - name), name);
    } else {
        add_fact(b, "fd.name", "10.0.0.1:5->/etc/shadow");
    }
    if (c->l4)
        add_fact(b, "fd.l4proto", c->l4);
    if (c->l4 || rnd(2)) {
        add_bool(b, "fd.connected", c->is_connected);
        add_bool(b, "fd.name_changed", c->has_new_peer);
    }
    if (!c->l4 || !c->are_ends_known)
        return;
    strbuf_printf(b, "fd.ip=%s|%s; fd.net=%s|%s; fd.port=%u|%u; ", c->client, c->server, c->client, c->server, c->client_port,
                  c->server_port);
    strbuf_printf(b, "fd.cip=%s; fd.sip=%s; fd.snet=%s; fd.cport=%u; fd.sport=%u; ", c->client, c->server, c->server,
                  c->client_port, c->server_port);
}

static void add_params(struct strbuf *b, const struct call *c, bool resolved)
{
    const struct path *p = c->paths;
    /* As written where that is absolute. */
    const char *first = resolved ? p[0].resolved : p[0].raw[0] == '/' ? p[0].raw : p[0].normal;
    const char *second = resolved ? p[1].resolved : p[1].raw[0] == '/' ? p[1].raw : p[1].normal;
    switch (c->type) {
    case EVENT_OPEN:
    case EVENT_OPENAT:
    case EVENT_CREAT:
        add_fact(b, "evt.arg[name]", first);
        strbuf_printf(b, "evt.rawarg[name]=%s; ", p->raw);
        if (c->type != EVENT_CREAT)
            strbuf_printf(b, "evt.arg[flags]=O_RDWR%s; ", c->empties ? "|O_TRUNC" : "");
        break;
    case EVENT_UNLINK:
        add_fact(b, "evt.arg[path]", first);
        break;
    case EVENT_CHMOD:
        add_fact(b, "evt.arg[filename]", first);
        break;
    case EVENT_RENAME:
    case EVENT_RENAMEAT:
    case EVENT_LINK:
        add_fact(b, "evt.arg[oldpath]", first);
        add_fact(b, "evt.arg[newpath]", second);
        add_fact(b, "fs.path.source", resolved ? p[0].resolved : p[0].normal);
        add_fact(b, "fs.path.target", resolved ? p[1].resolved : p[1].normal);
        break;
    case EVENT_SYMLINK:
        add_fact(b, "evt.arg[target]", p[0].raw);
        add_fact(b, "fs.path.target", p[0].raw[0] == '/' ? p[0].raw : p[0].normal);
        add_fact(b, "evt.arg[linkpath]", second);
        break;
    case EVENT_SOCKET:
        add_fact(b, "evt.arg[domain]", c->is_packet ? "17(AF_PACKET)" : "2(AF_INET)");
        break;
    default:
        break;
    }
    if (c->n_paths && !c->fd_type && !rnd(4))
        add_fact(b, "fs.path.name", resolved ? p[0].resolved : p[0].normal);
}

static void describe(struct strbuf *b, const struct call *c, bool resolved)
{
    strbuf_clear(b);
    add_fact(b, "evt.type", event_type_name(c->type));
    strbuf_printf(b, "evt.rawres=%lld; ", (long long)c->res);
    add_fact(b, "evt.res", c->res < 0 ? c->error : "SUCCESS");
    add_bool(b, "evt.failed", c->res < 0);
    add_bool(b, "evt.is_open_read", c->reads);
    add_bool(b, "evt.is_open_write", c->writes);
    add_bool(b, "evt.is_open_create", c->creates);
    add_bool(b, "evt.is_open_exec", c->is_program);
    add_fact(b, "proc.name", rnd(2) ? "cat" : "sh");
    if (c->container)
        add_fact(b, "container.id", c->container);
    add_fd(b, c, resolved);
    add_params(b, c, resolved);
}

/* What the kernel side tells. */

struct told {
    struct filter_event event;
    struct str texts[8];
    record_u16 ports[2];
    struct net addresses[2];
};

static bool is_in(const char *address, const char *net)
{
    struct net a, n;
    return net_from_str(str_from(address), &a) && net_from_str(str_from(net), &n) && net_contains(&n, &a);
}

static void tell_path(struct told *t, const struct path *p, enum event_type type)
{
    struct filter_event *e = &t->event;
    const bool opens = record_kind_traits(type) & RECORD_IS_OPEN, has_dotdot = strstr(p->raw, "..");
    /* It may make the path normal itself, or not. */
    t->texts[e->n_texts++] = str_from(rnd(2) ? p->made : p->normal);
    if (!opens && p->raw[0] == '/' && has_dotdot)
        t->texts[e->n_texts - 1] = STR_NULL;
    t->texts[e->n_texts++] = str_from(p->resolved);
    if (!rnd(20))
        t->texts[e->n_texts - 1 - rnd(2)] = STR_NULL;
    e->facts |= opens && has_dotdot ? BIT(FILTER_DOTDOT) : 0;
}

static void tell_fd_path(struct told *t, const struct path *p)
{
    t->texts[t->event.n_texts++] = str_from(p->normal);
    t->texts[t->event.n_texts++] = str_from(p->resolved);
}

static uint64_t fd_fact(char type)
{
    return BIT(type == 'f'   ? FILTER_FILE
               : type == 'd' ? FILTER_DIRECTORY
               : type == '4' ? FILTER_IPV4
               : type == '6' ? FILTER_IPV6
               : type == 'u' ? FILTER_UNIX
                             : FILTER_OTHER_FD);
}

static void tell(struct told *t, const struct call *c)
{
    struct filter_event *e = &t->event;
    *t = (struct told){.event = {.kind = (unsigned)record_kind_of(c->type), .texts = t->texts}};
    e->facts = c->res < 0 ? BIT(FILTER_FAILED) : BIT(FILTER_OK) | (c->res < 3 ? BIT(FILTER_RES_STDIO) : 0);
    e->facts |= (uint64_t)c->reads << FILTER_READ | (uint64_t)c->writes << FILTER_WRITE |
                (uint64_t)c->creates << FILTER_CREATED | (uint64_t)c->is_program << FILTER_EXECUTABLE |
                (uint64_t)c->empties << FILTER_TRUNC | (uint64_t)c->is_packet << FILTER_PACKET;
    e->facts |= c->fd_type ? fd_fact(c->fd_type) : 0;
    for (unsigned i = 0; i < c->n_paths; i++)
        tell_path(t, &c->paths[i], c->type);
    if (c->type == EVENT_SYMLINK && c->paths[0].raw[0] != '/')
        t->texts[0] = rnd(2) ? STR_NULL : str_from(c->paths[0].raw);
    if (c->fd_type && strchr("fdb", c->fd_type) && !(record_kind_traits(c->type) & RECORD_IS_OPEN))
        tell_fd_path(t, &c->fd_path);
    else if (c->fd_type && !strchr("fdb", c->fd_type))
        t->texts[e->n_texts++] = rnd(2) ? STR_NULL : STR("10.0.0.1:5->/etc/shadow");
    if (c->container && !strcmp(c->container, "host"))
        e->facts |= BIT(FILTER_HOST);
    if (c->l4) {
        e->facts |= BIT(!strcmp(c->l4, "tcp") ? FILTER_TCP : !strcmp(c->l4, "udp") ? FILTER_UDP : FILTER_OTHER_L4);
        e->facts |= (uint64_t)c->is_connected << FILTER_CONNECTED | (uint64_t)c->has_new_peer << FILTER_NAME_CHANGED;
        e->are_ends_untold = c->are_ends_known ? !rnd(10) : rnd(2);
        if (c->are_ends_known) {
            t->ports[0] = (record_u16)c->client_port;
            t->ports[1] = (record_u16)c->server_port;
            (void)(net_from_str(str_from(c->client), &t->addresses[0]) && net_from_str(str_from(c->server), &t->addresses[1]));
            e->ports = t->ports;
            e->addresses = t->addresses;
            e->n_ports = e->n_addresses = 2;
            if (is_in(c->client, "127.0.0.0/8") || is_in(c->server, "127.0.0.0/8"))
                e->facts |= BIT(FILTER_LOOPBACK);
            if (is_in(c->server, "10.0.0.0/8") || is_in(c->server, "172.16.0.0/12") || is_in(c->server, "192.168.0.0/16"))
                e->facts |= BIT(FILTER_PRIVATE);
        }
    }
    if (!rnd(4))
        for (unsigned i = rnd(6); i > 0; i--)
            e->untold |= BIT(rnd(FILTER_FACTS__N));
    /* What is not known may be anything. */
    e->facts = rnd(2) ? e->facts : e->facts & ~e->untold;
}

/* Rules */

static void random_constant(struct strbuf *b)
{
    char path[256] = "";
    add_names(path, sizeof(path), 3);
    size_t n = strlen(path), from = 0;
    switch (rnd(8)) {
    case 0:
        n = 1 + rnd((unsigned)n);
        break;
    case 1:
    case 2:
        from = rnd((unsigned)n);
        break;
    case 3:
        strbuf_adds(b, PICK(NAMES));
        return;
    case 4:
        strbuf_printf(b, "%.*s/%s", (int)n, path, rnd(2) ? "" : "../a");
        return;
    default:
        break;
    }
    strbuf_add(b, str_n(path + from, n - from));
}

static void random_pattern(struct strbuf *b)
{
    static const char *const odd[] = {"*", "?", "[a-s]", "\\a", "*..*", "[", "]"};
    struct strbuf plain = {};
    random_constant(&plain);
    for (size_t i = 0; i < plain.n; i++) {
        if (rnd(8))
            strbuf_addc(b, plain.p[i]);
        else
            strbuf_adds(b, PICK(odd));
    }
    strbuf_done(&plain);
}

static void random_path_leaf(struct strbuf *b)
{
    static const char *const fields[] = {"fd.name", "fd.name", "fd.name", "fd.directory", "fd.filename", "fd.nameraw",
                                         "fs.path.name", "fs.path.source", "fs.path.target", "evt.arg.name", "evt.arg.path",
                                         "evt.arg.oldpath", "evt.arg.newpath", "evt.arg.target", "evt.arg.linkpath",
                                         "evt.arg.filename", "evt.rawarg.name"};
    static const char *const ops[] = {"=", "in", "startswith", "endswith", "pmatch", "glob", "contains", "!=", "intersects",
                                      "icontains", "startswith anyof", "endswith oneof", "contains allof", "= anyof"};
    const char *field = PICK(fields), *op = PICK(ops);
    const bool is_list = !strcmp(op, "in") || !strcmp(op, "intersects") || !strcmp(op, "pmatch") || strchr(op, ' ');
    if (!strcmp(op, "intersects") && strstr(field, "arg"))
        op = "in";
    strbuf_printf(b, "%s %s %s", field, op, is_list ? "(" : "");
    for (unsigned i = 0, n = is_list ? rnd(4) : 1; i < n; i++) {
        struct strbuf text = {};
        if (!strcmp(op, "glob") || (!strcmp(op, "pmatch") && !rnd(3)))
            random_pattern(&text);
        else
            random_constant(&text);
        if (strstr(op, "contains") && !rnd(3)) {
            strbuf_clear(&text);
            strbuf_adds(&text, rnd(2) ? "../" : "..");
        }
        strbuf_adds(b, i ? ", \"" : "\"");
        for (size_t k = 0; k < text.n; k++)
            strbuf_printf(b, text.p[k] == '\\' ? "\\\\" : "%c", text.p[k]);
        strbuf_adds(b, "\"");
        strbuf_done(&text);
    }
    strbuf_adds(b, is_list ? ")" : "");
}

static void random_leaf(struct strbuf *b)
{
    static const char *const plain[] = {
        "evt.rawres >= 0", "evt.rawres < 0", "evt.rawres in (0, 1, 2)", "evt.rawres = -1", "evt.rawres > 2", "evt.rawres != 0",
        "evt.rawres <= 1", "fd.num >= 0", "fd.num = -1", "fd.num > 2", "fd.num in (0, 1)", "evt.res = SUCCESS",
        "evt.res != SUCCESS", "evt.res startswith E", "evt.res in (EACCES, EPERM)", "evt.res = EINPROGRESS",
        "evt.res contains E", "evt.failed = true", "evt.failed = false", "evt.failed != true", "evt.is_open_read = true",
        "evt.is_open_read != false", "evt.is_open_write = true", "evt.is_open_write = false", "evt.is_open_create = true",
        "evt.is_open_exec = true", "fd.typechar = f", "fd.typechar = 'd'", "fd.typechar = 4", "fd.typechar != f",
        "fd.typechar in (4, 6)", "fd.typechar in (f, p)", "fd.typechar = p", "fd.type in (ipv4, ipv6)", "fd.type = file",
        "fd.type startswith ip", "fd.type != directory", "fd.type = pipe", "fd.type exists", "fd.l4proto = tcp",
        "fd.l4proto != tcp", "fd.l4proto in (udp, icmp)", "fd.l4proto contains c", "fd.connected = true",
        "fd.connected = false", "fd.name_changed = true", "fd.name_changed = false", "container.id = host",
        "container.id != host", "container.id startswith ho", "container.id in (host, 0123456789ab)", "container.id exists",
        "evt.arg.flags contains O_TRUNC", "evt.arg.flags contains TRUNC", "evt.arg.flags icontains o_trunc",
        "evt.arg.flags endswith O_TRUNC", "evt.arg.flags contains RDWR", "evt.arg.domain contains AF_PACKET",
        "evt.arg.domain = '17(AF_PACKET)'", "evt.num = 0", "evt.num > 0", "evt.dir = <", "evt.dir = >", "evt.type.is.open = 1",
        "evt.type.is.close = 0", "evt.source = syscall", "syscall.type = openat", "proc.name = cat", "proc.name != sh",
        "fd.ip = 127.0.0.1", "fd.net = 127.0.0.0/8", "fd.net != 127.0.0.0/8", "fd.net in (127.0.0.0/8, 10.0.0.0/12)",
        "fd.ip != 0.0.0.0", "fd.snet in (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)", "fd.sip = 10.0.0.1",
        "fd.snet = 10.0.0.0/9", "fd.cip in (8.8.8.8, 2001:db8::1)", "fd.sip in (2001:db8::/32)", "fd.net = 0.0.0.0/0",
        "fd.sport = 22", "fd.sport in (443, 3333)", "fd.port = 53", "fd.port in (22, 53)", "fd.sport != 22", "fd.cport > 1000",
        "fd.sport >= 443", "fd.port intersects (3333)", "evt.arg.uid = 5", "evt.arg.fd exists", "tolower(fd.name) = /etc/a",
        "fd.name = val(fs.path.name)", "fd.name exists", "fs.path.name exists"};
    if (rnd(5) == 0) {
        strbuf_adds(b, "evt.type in (");
        for (unsigned i = 0, n = 1 + rnd(4); i < n; i++)
            strbuf_printf(b, "%s%s", i ? ", " : "", event_type_name(PICK(TYPES)));
        strbuf_adds(b, ")");
    } else if (rnd(2)) {
        random_path_leaf(b);
    } else {
        strbuf_adds(b, PICK(plain));
    }
}

static void random_rule(struct strbuf *b, unsigned depth)
{
    const unsigned what = depth ? rnd(7) : 0;
    if (what < 2) {
        random_leaf(b);
        return;
    }
    strbuf_adds(b, what == 2 ? "not (" : "(");
    for (unsigned i = 0, n = what == 2 ? 1 : 2 + rnd(3); i < n; i++) {
        strbuf_adds(b, !i ? "" : what < 6 ? " and " : " or ");
        random_rule(b, depth - 1);
    }
    strbuf_addc(b, ')');
}

struct counts {
    size_t pairs, matches, passes;
};

static struct program *random_program(struct strbuf *texts, struct arena *arena)
{
    struct strbuf problems = {}, buffer = {};
    struct rule rule = {.source = SOURCE_SYSCALL};
    struct compiler *c = compiler_new();
    struct program *p = NULL;
    struct error err = ERROR_NULL;
    for (uint32_t i = 0; i < RULES; i++) {
        strbuf_clear(&texts[i]);
        random_rule(&texts[i], 4);
        const struct ast *a = sample_check(texts[i].p, &rule, arena, &problems);
        if (!a)
            test_fail(__FILE__, __LINE__, "%s: %s", texts[i].p, problems.p);
        compiler_add_rule(c, i, SOURCE_SYSCALL, a);
    }
    CHECK_INT(compiler_finish(c, &buffer), 0);
    CHECK_INT(program_load(buffer.p, buffer.n, &p, &err), 0);
    compiler_free(c);
    strbuf_done(&buffer);
    strbuf_done(&problems);
    return p;
}

/* Judges both forms of a call by all rules. */
static void judge(struct eval *ev, const struct call *call, bool matches[RULES], struct strbuf *named, struct strbuf *resolved)
{
    memset(matches, 0, RULES * sizeof(*matches));
    for (unsigned form = 0; form < 2; form++) {
        struct strbuf *b = form ? resolved : named;
        struct sample s;
        describe(b, call, form);
        CHECK(sample_init(&s, b->p));
        eval_begin(ev, &s.event);
        for (uint32_t i = 0; i < RULES; i++)
            matches[i] |= eval_rule(ev, i);
        sample_done(&s);
    }
}

static void try_set(struct counts *n)
{
    struct arena arena = {};
    struct strbuf texts[RULES] = {}, named = {}, resolved = {};
    struct program *p = random_program(texts, &arena);
    struct eval *ev = eval_new(p);
    struct filter *filters[RULES + 1]; /* the last: of all rules */
    for (size_t i = 0; i <= RULES; i++) {
        bool is_on[RULES];
        for (size_t k = 0; k < RULES; k++)
            is_on[k] = i == RULES || k == i;
        filters[i] = prefilter_of_program(p, is_on);
    }
    for (int e = 0; e < EVENTS; e++) {
        struct call call;
        struct told t;
        bool matches[RULES], any = false;
        random_call(&call);
        tell(&t, &call);
        judge(ev, &call, matches, &named, &resolved);
        const bool all = filter_pass(filters[RULES], &t.event);
        for (size_t i = 0; i < RULES; i++) {
            const bool passes = filter_pass(filters[i], &t.event);
            n->pairs++;
            n->matches += matches[i];
            n->passes += passes;
            any |= matches[i];
            if (matches[i] && !passes)
                test_fail(__FILE__, __LINE__, "does not pass: %s on %s or %s", texts[i].p, named.p, resolved.p);
            if (passes && !all)
                test_fail(__FILE__, __LINE__, "passes alone but not with others: %s on %s", texts[i].p, named.p);
        }
        CHECK(!any || all);
    }
    for (size_t i = 0; i <= RULES; i++) {
        filter_free(filters[i]);
        if (i < RULES)
            strbuf_done(&texts[i]);
    }
    strbuf_done(&named);
    strbuf_done(&resolved);
    eval_free(ev);
    program_free(p);
    arena_done(&arena);
}

TEST(what_a_rule_matches_passes)
{
    const char *more = getenv("PREFILTER_ROUNDS");
    const int sets = SETS * (more ? atoi(more) : 1);
    struct counts n = {};
    for (int i = 0; i < sets; i++)
        try_set(&n);
    printf("# pairs %zu, matches %zu, passes %zu\n", n.pairs, n.matches, n.passes);
    CHECK(n.pairs >= 100'000);
    /* Neither all nor none: otherwise it would say nothing. Most of what does not match is kept away. */
    CHECK(n.matches > n.pairs / 20);
    CHECK(n.passes - n.matches < (n.pairs - n.matches) / 2);
}
