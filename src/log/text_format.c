// SPDX-License-Identifier: Apache-2.0
/*
 * Lines of text as formats (log/format.h): login logs and lines of syslog, access logs, flow logs, exports of the journal; and the same
 * things where a server or a collector writes them as JSON.
 */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "log/audit.h"
#include "log/found.h"
#include "log/record.h"
#include "log/sysmon.h"
#include "log/text_dns.h"
#include "log/text_values.h"

static const enum field_id FIELD_OF[TEXT__N] = {
#define TEXT_FIELD(text, field) [TEXT_##text] = F_##field,
#include "log/text_fields.def"
#undef TEXT_FIELD
};

/* One after the other is looked at, by one reader. */
static struct str decode_percent(struct str s, bool is_query, struct arena *arena)
{
    if (!str_has(s, STR("%")) && !(is_query && str_has(s, STR("+"))))
        return s;
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned v = 0;
        bool is = s.p[i] == '%' && i + 2 < s.n;
        for (size_t j = 1; is && j <= 2; j++) {
            const char c = s.p[i + j], lower = (char)(c | 0x20);
            is = (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f');
            v = v * 16 + (unsigned)(c <= '9' ? c - '0' : lower - 'a' + 10);
        }
        out[n++] = is ? (char)v : is_query && s.p[i] == '+' ? ' ' : s.p[i];
        i += is ? 2 : 0;
    }
    return str_n(out, n);
}

/* What a request was sent to, taken apart. */
static void set_target(struct log_values *v, struct str target)
{
    const ptrdiff_t question = str_find(target, STR("?"), 0);
    const struct str path = decode_percent(question >= 0 ? str_sub(target, 0, (size_t)question) : target, false, v->arena), last = str_basename(path);
    const char *dot = last.n ? memrchr(last.p, '.', last.n) : NULL;
    log_set_str(v, F_HTTP_PATH, path);
    log_set_str(v, F_HTTP_EXTENSION, dot ? str_sub(last, (size_t)(dot - last.p) + 1, last.n) : STR_NULL);
    if (question >= 0)
        log_set_str(v, F_HTTP_QUERY, decode_percent(str_sub(target, (size_t)question + 1, target.n), true, v->arena));
}

static void set_ip(struct log_values *v, enum field_id id, const struct net *ip)
{
    struct net *copy = arena_new(v->arena, struct net);
    *copy = *ip;
    log_set(v, id, (struct value){.type = VALUE_IP, .net = copy});
}

void text_values_set(struct log_values *v, const struct text *t, enum field_id ip)
{
    for (unsigned id = 0; id < TEXT__N; id++) {
        const struct value *x = &t->v[id];
        const enum field_id to = id == TEXT_IP ? ip : FIELD_OF[id];
        if (x->type == VALUE_NONE)
            continue;
        if (x->type == VALUE_IP)
            set_ip(v, to, x->net);
        else if (FIELDS[to].type == VALUE_INT)
            log_set(v, to, VALUE_OF_INT((int64_t)x->u));
        else
            log_set(v, to, *x);
    }
    v->time_ns = v->time_ns ? v->time_ns : t->time_ns;
    if (text_has(t, TEXT_HTTP_URL))
        set_target(v, t->v[TEXT_HTTP_URL].s);
    if (t->url.n)
        log_set_named(v, STR("url"), t->url);
    if (t->server.n)
        log_set_named(v, STR("r-ip"), t->server);
    if (text_has(t, TEXT_ACTION))
        log_set_str(v, F_LOGIN_HOST, text_has(t, TEXT_HOST) ? t->v[TEXT_HOST].s : STR_NULL);
}

static unsigned share(struct str head, bool (*is)(struct str line, void *ctx), void *ctx, unsigned best)
{
    enum { LOOK = 20 };
    unsigned lines = 0, hits = 0;
    struct str line;
    while (lines < LOOK && str_split(&head, '\n', &line)) {
        if (!line.n || line.p[0] == '#')
            continue;
        if (!head.n && lines) /* may be cut */
            break;
        if (line.p[line.n - 1] == '\r')
            line.n--;
        lines++;
        hits += is(line, ctx);
    }
    return lines && hits * 2 >= lines ? 1 + hits * (best - 1) / lines : 0;
}

/* What a server of DNS was asked, by its message. */
static void set_question(struct log_values *v, const struct text *t)
{
    struct text_dns d;
    if (v->type == EVENT_JOURNAL && text_has(t, TEXT_PROGRAM) && text_has(t, TEXT_MESSAGE) && text_dns_message(t->v[TEXT_PROGRAM].s, t->v[TEXT_MESSAGE].s, &d))
        text_dns_set(v, &d);
}

/* What a proxy passed on. */
static void set_request(struct log_values *v, const struct text *t)
{
    static struct text request;
    if (v->type != EVENT_JOURNAL || !text_has(t, TEXT_PROGRAM) || !str_is(t->v[TEXT_PROGRAM].s, "haproxy") || !text_access_haproxy(t->v[TEXT_MESSAGE].s, &request))
        return;
    v->type = EVENT_WEB_ACCESS;
    request.time_ns = t->time_ns; /* which has a zone, or that of the machine */
    text_values_set(v, &request, F_HTTP_IP);
}

/* The value of NAME= in what the kernel's filter of packets says. */
static struct str netfilter_value(struct str s, struct str name)
{
    const ptrdiff_t at = str_find(s, name, 0);
    if (at < 0)
        return STR_NULL;
    const struct str rest = str_sub(s, (size_t)at + name.n, s.n);
    const ptrdiff_t blank = str_find(rest, STR(" "), 0);
    return blank >= 0 ? str_sub(rest, 0, (size_t)blank) : rest;
}

/* [UFW BLOCK] IN=eth0 OUT= MAC=… SRC=203.0.113.9 DST=10.0.0.4 LEN=60 … PROTO=TCP SPT=40000 DPT=22 …: what stands in front of IN= is chosen by whoever wrote the firewall's rule. */
static void set_packet(struct log_values *v, const struct text *t)
{
    static const char *const REFUSALS[] = {"block", "drop", "deny", "denied", "reject", "ban"}, *const PERMITS[] = {"allow", "accept", "pass"};
    static struct text packet;
    if (v->type != EVENT_JOURNAL || !text_has(t, TEXT_PROGRAM) || !text_has(t, TEXT_MESSAGE) || !str_is(t->v[TEXT_PROGRAM].s, "kernel"))
        return;
    const struct str s = t->v[TEXT_MESSAGE].s;
    const ptrdiff_t in = str_find(s, STR("IN="), 0), src = str_find(s, STR(" SRC="), 0);
    if (in < 0 || src < in)
        return;
    const struct str front = str_sub(s, 0, (size_t)in), rest = str_sub(s, (size_t)in, s.n), protocol = netfilter_value(rest, STR(" PROTO="));
    text_reset(&packet);
    if (!text_ip(&packet, TEXT_FLOW_SRC, netfilter_value(rest, STR(" SRC="))) || !text_ip(&packet, TEXT_FLOW_DST, netfilter_value(rest, STR(" DST="))))
        return;
    (void)text_u64(&packet, TEXT_FLOW_SPORT, netfilter_value(rest, STR(" SPT=")));
    (void)text_u64(&packet, TEXT_FLOW_DPORT, netfilter_value(rest, STR(" DPT=")));
    text_str(&packet, TEXT_FLOW_PROTOCOL, str_is(protocol, "TCP") ? STR("tcp") : str_is(protocol, "UDP") ? STR("udp") : str_is(protocol, "ICMP") ? STR("icmp") : protocol);
    const struct str interface = netfilter_value(rest, STR("IN=")), out = netfilter_value(rest, STR(" OUT="));
    text_str(&packet, TEXT_FLOW_INTERFACE, interface.n ? interface : out);
    text_str(&packet, TEXT_FLOW_DIRECTION, interface.n ? STR("ingress") : STR("egress"));
    for (size_t i = 0; i < ARRAY_SIZE(REFUSALS); i++)
        if (str_find_nocase(front, str_from(REFUSALS[i]), 0) >= 0)
            text_str(&packet, TEXT_FLOW_ACTION, STR("REJECT"));
    for (size_t i = 0; i < ARRAY_SIZE(PERMITS) && !text_has(&packet, TEXT_FLOW_ACTION); i++)
        if (str_find_nocase(front, str_from(PERMITS[i]), 0) >= 0)
            text_str(&packet, TEXT_FLOW_ACTION, STR("ACCEPT"));
    v->type = EVENT_FLOW_LOG;
    text_values_set(v, &packet, F_FLOW_SRC);
}

/* ---- login logs, and what else syslog writes ---- */

struct auth_state {
    struct text_clock clock;
    uint32_t repeat; /* how often the line at hand is still to be told */
};

static bool is_auth(struct str line, void *ctx)
{
    static struct text t;
    return text_auth_line(line, ctx, &t);
}

static unsigned auth_sniff(struct str head)
{
    struct text_clock c = {};
    return share(head, is_auth, (void *)text_clock_now(&c), 80);
}

/* Digits of a length in front of "<86>": 0, when there is none. */
static size_t count_octets(struct str s)
{
    enum { DIGITS = 5 };
    size_t n = 0;
    while (n < DIGITS && n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n && n + 1 < s.n && s.p[n] == ' ' && s.p[n + 1] == '<' ? n : 0;
}

/* "110 <86>1 2026-…": messages that came by TCP have their length in octets in front (RFC 6587), and no end of line where it was not theirs. LOG_BROKEN: this one has not. */
static enum log_next take_counted(struct str bytes, bool is_end, size_t *ret_used, struct str *ret_line)
{
    enum { FRONT = 7 }; /* of the next one */
    const size_t digits = count_octets(bytes);
    uint64_t n;
    if (!digits || !str_to_u64(str_sub(bytes, 0, digits), &n) || !n || n > TEXT_LINE_MAX)
        return LOG_BROKEN;
    const size_t end = digits + 1 + (size_t)n;
    if (!is_end && bytes.n < end + FRONT)
        return LOG_MORE;
    if (bytes.n < end || (bytes.n > end && bytes.p[end] != '\n' && !count_octets(str_sub(bytes, end, bytes.n))))
        return LOG_BROKEN; /* what looks like a length is none */
    *ret_used = end;
    *ret_line = str_trim(str_sub(bytes, digits + 1, end));
    return LOG_RECORD;
}

static enum log_next auth_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct auth_state *s = state;
    static struct text t;
    struct str line;
    if (!s->clock.base_ns)
        (void)text_clock_now(&s->clock);
    enum log_next next = take_counted(bytes, is_end, ret_used, &line);
    if (next == LOG_BROKEN)
        next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!str_trim(line).n)
        return LOG_NOTHING;
    if (!text_auth_line(line, &s->clock, &t))
        return LOG_BROKEN;
    /* "message repeated 5 times" is five of them */
    s->repeat = s->repeat ? s->repeat - 1 : t.repeat - 1;
    if (s->repeat)
        *ret_used = 0;
    v->type = text_has(&t, TEXT_ACTION) ? EVENT_AUTH : EVENT_JOURNAL;
    if (text_has(&t, TEXT_MESSAGE)) {
        const uint64_t time_ns = v->time_ns;
        const bool is_audit = audit_take(NULL, t.v[TEXT_MESSAGE].s, STR_NULL, v);
        v->time_ns = is_audit ? v->time_ns : time_ns;
        if (text_has(&t, TEXT_PROGRAM))
            (void)(sysmon_take(t.v[TEXT_PROGRAM].s, t.v[TEXT_MESSAGE].s, v) || found_take(t.v[TEXT_PROGRAM].s, t.v[TEXT_MESSAGE].s, v));
    }
    set_question(v, &t);
    set_request(v, &t);
    set_packet(v, &t);
    text_values_set(v, &t, F_LOGIN_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_AUTH_OPS = {.type = EVENT_AUTH, .sniff = auth_sniff, .state_size = sizeof(struct auth_state), .next = auth_next};

/* ---- audit ---- */

static bool is_audit(struct str line, void *ctx)
{
    (void)ctx;
    return audit_is(line) || str_is(line, "----") || str_starts(line, STR("time->"));
}

static unsigned auditd_sniff(struct str head)
{
    return str_has(head, STR("audit(")) ? share(head, is_audit, NULL, 95) : 0;
}

static enum log_next auditd_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct str line;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!str_trim(line).n || str_is(line, "----") || str_starts(line, STR("time->"))) /* between events, by ausearch */
        return LOG_NOTHING;
    return audit_take(state, str_sub(line, 0, line.n < TEXT_LINE_MAX ? line.n : TEXT_LINE_MAX), str_sub(bytes, *ret_used, bytes.n), v) ? LOG_RECORD : LOG_BROKEN;
}

const struct log_format_ops LOG_AUDITD_OPS = {.type = EVENT_LOG, .sniff = auditd_sniff, .state_size = sizeof(struct audit_state), .done = audit_state_done, .next = auditd_next};

/* ---- access logs ---- */

static bool take_access(struct str line, struct text *t)
{
    return text_access_line(line, t) || text_access_balancer(line, t) || text_access_bucket(line, t) || text_access_envoy(line, t) || text_access_haproxy(line, t) || text_access_squid(line, t) || text_access_uvicorn(line, t) ||
           text_access_realtime(line, t);
}

static bool is_access(struct str line, void *ctx)
{
    static struct text t;
    (void)ctx;
    return take_access(line, &t);
}

static unsigned access_sniff(struct str head)
{
    return share(head, is_access, NULL, 90);
}

static enum log_next access_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    static struct text t;
    struct str line;
    (void)state;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!str_trim(line).n || line.p[0] == '#')
        return LOG_NOTHING;
    if (!take_access(line, &t))
        return LOG_BROKEN;
    text_values_set(v, &t, F_HTTP_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_ACCESS_OPS = {.type = EVENT_WEB_ACCESS, .sniff = access_sniff, .next = access_next};

/* ---- access logs that name their columns ---- */

static unsigned w3c_sniff(struct str head)
{
    struct w3c_columns columns;
    struct str line;
    while (str_split(&head, '\n', &line))
        if (str_starts(line, STR("#")) && text_w3c_header(line, &columns))
            return 95;
        else if (str_trim(line).n && line.p[0] != '#')
            break;
    return 0;
}

static enum log_next w3c_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct w3c_columns *columns = state;
    static struct text t;
    struct str line, query, words[W3C_COLUMNS_MAX];
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!str_trim(line).n)
        return LOG_NOTHING;
    if (line.p[0] == '#') {
        (void)text_w3c_header(line, columns);
        return LOG_NOTHING;
    }
    if (!text_w3c_line(line, columns, &t, &query, words))
        return LOG_BROKEN;
    /* what only some servers write, by the name that the file gives it */
    for (unsigned i = 0; i < columns->n; i++) {
        const struct str name = text_w3c_name(columns, i);
        if (name.n && words[i].n && !str_is(words[i], "-"))
            log_set_named(v, name, words[i]);
    }
    if (text_has(&t, TEXT_HTTP_AGENT))
        text_str(&t, TEXT_HTTP_AGENT, decode_percent(t.v[TEXT_HTTP_AGENT].s, true, v->arena)); /* blanks are + at IIS, %20 at CloudFront */
    if (query.n && text_has(&t, TEXT_HTTP_URL))
        text_str(&t, TEXT_HTTP_URL, arena_printf(v->arena, "%.*s?%.*s", STR_ARG(t.v[TEXT_HTTP_URL].s), STR_ARG(query)));
    text_values_set(v, &t, F_HTTP_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_W3C_OPS = {.type = EVENT_WEB_ACCESS, .sniff = w3c_sniff, .state_size = sizeof(struct w3c_columns), .next = w3c_next};

/* ---- binary logs of logins ---- */

static unsigned utmp_sniff(struct str head)
{
    const size_t size = text_utmp_size();
    unsigned n = 0;
    for (; head.n >= size && n < 8; head = str_sub(head, size, head.n), n++)
        if (!text_utmp_is(head))
            return 0;
    return n ? 90 : 0;
}

static enum log_next utmp_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    static struct text t;
    const size_t size = text_utmp_size();
    (void)state;
    if (bytes.n < size && !is_end)
        return LOG_MORE;
    *ret_used = bytes.n < size ? bytes.n : size;
    if (bytes.n < size)
        return LOG_BROKEN;
    if (!text_utmp(bytes, TEXT_UTMP_ANY, &t))
        return LOG_NOTHING;
    text_values_set(v, &t, F_LOGIN_IP);
    return LOG_RECORD;
}

const struct log_format_ops LOG_UTMP_OPS = {.type = EVENT_AUTH, .sniff = utmp_sniff, .next = utmp_next};

/* ---- flow logs ---- */

struct flow_state {
    struct flow_columns columns; /* n 0: not known yet */
    bool has_header;
};

static bool is_flow(struct str line, void *ctx)
{
    static struct text t;
    struct flow_state *s = ctx;
    return text_flow_header(line, &s->columns) || text_flow_line(line, &s->columns, &t) || text_flow_guess(line, &s->columns) || text_flow_balancer(line, &t);
}

static unsigned flow_sniff(struct str head)
{
    struct flow_state s = {};
    text_flow_default(&s.columns);
    return share(head, is_flow, &s, 85);
}

static enum log_next flow_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct flow_state *s = state;
    static struct text t;
    struct str line;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    const bool is_header = text_flow_header(line, &s->columns);
    s->has_header |= is_header;
    if (!str_trim(line).n || is_header)
        return LOG_NOTHING;
    if (!s->has_header && text_flow_balancer(line, &t)) {
        text_values_set(v, &t, F_FLOW_SRC);
        return LOG_RECORD;
    }
    if (!s->columns.n) { /* no header: version 2, or what shows itself in the first flow */
        struct flow_columns two;
        text_flow_default(&two);
        if (text_flow_line(line, &two, &t) || !text_flow_guess(line, &s->columns))
            s->columns = two;
    }
    if (!text_flow_line(line, &s->columns, &t)) {
        struct flow_columns other;
        if (s->has_header || !text_flow_guess(line, &other) || !text_flow_line(line, &other, &t))
            return !s->has_header && text_flow_is_gap(line) ? LOG_NOTHING : LOG_BROKEN;
        s->columns = other; /* a time without flows came first */
    }
    text_values_set(v, &t, F_FLOW_SRC);
    return LOG_RECORD;
}

const struct log_format_ops LOG_FLOW_OPS = {.type = EVENT_FLOW_LOG, .sniff = flow_sniff, .state_size = sizeof(struct flow_state), .next = flow_next};

/* ---- questions, in files of servers of DNS ---- */

static bool is_dns(struct str line, void *ctx)
{
    struct text_dns d;
    (void)ctx;
    return text_dns_line(line, &d) && text_dns_is_sure(&d);
}

static unsigned dns_sniff(struct str head)
{
    return share(head, is_dns, NULL, 88);
}

/* What CoreDNS writes when it begins: where it listens, its version, the machine's kind. */
static bool is_banner(struct str line)
{
    return str_starts(line, STR("CoreDNS-")) || str_starts(line, STR("linux/")) || (line.n < 256 && !str_has(line, STR(" ")) && str_has(line, STR(".:")));
}

static enum log_next dns_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    struct text_dns d;
    struct str line;
    (void)state;
    const enum log_next next = log_take_line(bytes, is_end, ret_used, &line);
    if (next != LOG_RECORD)
        return next;
    if (!str_trim(line).n || is_banner(line))
        return LOG_NOTHING;
    if (!text_dns_line(line, &d))
        return LOG_BROKEN;
    log_set_str(v, F_LOG_PROGRAM, d.program);
    log_set_str(v, F_LOG_MESSAGE, d.message);
    if (d.is_question) {
        text_dns_set(v, &d);
    } else {
        v->type = EVENT_JOURNAL;
        v->time_ns = d.time_ns;
    }
    return LOG_RECORD;
}

const struct log_format_ops LOG_DNS_OPS = {.type = EVENT_DNS_LOG, .sniff = dns_sniff, .next = dns_next};

/* ---- flows as JSON ---- */

static bool flow_is_json(struct node root)
{
    if (node_is(node_get(root, STR("srcaddr"))) && node_is(node_get(root, STR("dstaddr"))))
        return true;
    /* tables for Athena, as AWS named their columns before */
    if (node_is(node_get(root, STR("sourceaddress"))) && node_is(node_get(root, STR("destinationaddress"))))
        return true;
    /* a time without flows, or of which they are lost, has no ends: NODATA, SKIPDATA */
    struct node status = node_get(root, STR("log_status"));
    status = node_is(status) ? status : node_get(root, STR("log-status"));
    return node_is_str(status, "NODATA") || node_is_str(status, "SKIPDATA");
}

static void flow_begin(struct log_record *r)
{
    static struct text t;
    text_reset(&t);
    for (struct node_each e = node_each(r->root); node_next(&e);)
        text_flow_value(&t, e.name, node_text(e.value, &r->arena));
    text_flow_finish(&t);
    log_set_str(&r->values, F_CLOUD_PROVIDER, node_get_str(r->root, STR("provider"))); /* flows.c */
    text_values_set(&r->values, &t, F_FLOW_SRC);
}

const struct log_format_ops LOG_FLOW_JSON_OPS = {.type = EVENT_FLOW_LOG, .is_json = flow_is_json, .begin = flow_begin};

/* Names that servers give what is the same; of each the first that is there counts. */
static struct node first_of(struct node root, const char *const pointers[])
{
    for (size_t i = 0; pointers[i]; i++) {
        const struct node n = node_pointer(root, str_from(pointers[i]));
        if (node_is(n) && node_kind(n) != NODE_NULL)
            return n;
    }
    return (struct node){};
}
#define FIRST_OF(root, ...) first_of((root), (const char *const[]){__VA_ARGS__, NULL})

/* Caddy: {"request":{"remote_ip":…,"method":…,"uri":…}}; nginx and others as their administrators name it. */
static bool access_is_json(struct node root)
{
    if (node_is(NODE(root, "request", "uri")) && node_is(NODE(root, "request", "method")))
        return true;
    /* web application firewall of AWS, load balancers of Google; Traefik */
    if ((node_is(NODE(root, "httpRequest", "httpMethod")) && node_is(NODE(root, "httpRequest", "clientIp"))) ||
        (node_is(NODE(root, "httpRequest", "requestMethod")) && node_is(NODE(root, "httpRequest", "remoteIp"))) ||
        (node_is(node_get(root, STR("RequestMethod"))) && node_is(node_get(root, STR("ClientHost")))))
        return true;
    /* ModSecurity 2 */
    if (node_is(NODE(root, "request", "request_line")) && node_is(NODE(root, "transaction", "remote_address")))
        return true;
    /* elb_…, request_ip: tables of load balancers and of CloudFront, as AWS names their columns for Athena */
    return node_is(FIRST_OF(root, "/status", "/elb_status_code", "/elb_response_code")) && node_is(FIRST_OF(root, "/request_uri", "/request_url", "/uri", "/request", "/path", "/url")) &&
           node_is(FIRST_OF(root, "/remote_addr", "/remote_ip", "/client_ip", "/clientip", "/client", "/ip", "/http_x_forwarded_for", "/request_ip"));
}

/* "headers":[{"name":"User-Agent","value":…}] */
static void waf_headers(struct node root, struct text *t)
{
    static const struct {
        const char *name;
        enum text_id id;
    } headers[] = {{"host", TEXT_HTTP_HOST}, {"user-agent", TEXT_HTTP_AGENT}, {"referer", TEXT_HTTP_REFERRER}};
    for (struct node_each e = node_each(NODE(root, "httpRequest", "headers")); node_next(&e);)
        for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
            if (str_eq_nocase(node_get_str(e.value, STR("name")), str_from(headers[i].name)))
                text_str(t, headers[i].id, node_get_str(e.value, STR("value")));
}

static void access_begin(struct log_record *r)
{
    struct log_values *v = &r->values;
    static struct text t;
    const struct node root = r->root;
    uint64_t u;
    text_reset(&t);
    const struct str line = node_str(FIRST_OF(root, "/request_line", "/request/request_line", "/request"));
    if (line.n)
        text_request(&t, line);
    text_str(&t, TEXT_HTTP_METHOD, node_str(FIRST_OF(root, "/request/method", "/request_method", "/request_verb", "/method", "/verb", "/httpMethod", "/httpRequest/httpMethod", "/httpRequest/requestMethod", "/RequestMethod")));
    const struct str target = node_str(FIRST_OF(root, "/request/uri", "/request_uri", "/request_url", "/uri", "/url", "/path", "/httpRequest/uri", "/httpRequest/requestUrl", "/RequestPath"));
    if (target.n)
        text_str(&t, TEXT_HTTP_URL, target);
    const struct str arguments = node_str(FIRST_OF(root, "/args", "/query_string", "/query", "/request_query", "/httpRequest/args"));
    const size_t mark = str_starts(arguments, STR("?"));
    if (arguments.n > mark && text_has(&t, TEXT_HTTP_URL) && !str_has(t.v[TEXT_HTTP_URL].s, STR("?")))
        text_str(&t, TEXT_HTTP_URL, arena_printf(&r->arena, "%.*s?%.*s", STR_ARG(t.v[TEXT_HTTP_URL].s), STR_ARG(str_sub(arguments, mark, arguments.n))));
    text_str(&t, TEXT_HTTP_VERSION, node_str(FIRST_OF(root, "/request/proto", "/server_protocol", "/request_proto", "/httpRequest/httpVersion", "/httpRequest/protocol", "/RequestProtocol", "/protocol")));
    text_str(&t, TEXT_HTTP_HOST, node_str(FIRST_OF(root, "/request/host", "/http_host", "/host", "/server_name", "/vhost", "/domain_name", "/RequestHost", "/request/headers/host", "/request/headers/Host")));
    text_str(&t, TEXT_HTTP_AGENT, node_str(FIRST_OF(root, "/request/headers/User-Agent/0", "/http_user_agent", "/user_agent", "/agent", "/userAgent", "/useragent", "/httpRequest/userAgent", "/request_User-Agent", "/ua", "/request/headers/user-agent", "/request/headers/User-Agent")));
    text_str(&t, TEXT_HTTP_REFERRER, node_str(FIRST_OF(root, "/request/headers/Referer/0", "/http_referer", "/http_referrer", "/referer", "/referrer", "/httpRequest/referer", "/request_Referer")));
    text_str(&t, TEXT_HTTP_USER, node_str(FIRST_OF(root, "/user_id", "/remote_user", "/user", "/ClientUsername")));
    if (node_u64(FIRST_OF(root, "/status", "/elb_status_code", "/elb_response_code", "/response/status", "/response", "/httpRequest/status", "/DownstreamStatus", "/responseCodeSent"), &u))
        text_uint(&t, TEXT_HTTP_STATUS, u);
    if (node_u64(FIRST_OF(root, "/size", "/body_bytes_sent", "/bytes_sent", "/sent_bytes", "/bytes", "/responseLength", "/httpRequest/responseSize", "/DownstreamContentSize", "/response/size"), &u))
        text_uint(&t, TEXT_HTTP_BYTES, u);
    struct str client = node_str(FIRST_OF(root, "/request/client_ip", "/request/remote_ip", "/remote_addr", "/remote_ip", "/client_ip", "/clientip", "/client", "/ip", "/http_x_forwarded_for", "/request_ip", "/httpRequest/clientIp", "/httpRequest/remoteIp", "/ClientHost", "/transaction/remote_address"));
    const ptrdiff_t more = str_find(client, STR(","), 0);
    (void)text_ip(&t, TEXT_IP, str_trim(more > 0 ? str_sub(client, 0, (size_t)more) : client));
    v->time_ns = log_node_time(FIRST_OF(root, "/ts", "/StartUTC", "/time_iso8601", "/time", "/timestamp", "/@timestamp", "/msec", "/date", "/started_at", "/start_time"));
    const struct str day = node_get_str(root, STR("date")), hour = node_get_str(root, STR("time"));
    if (!v->time_ns && day.n && hour.n) /* apart, as CloudFront has them */
        v->time_ns = log_time(arena_printf(&r->arena, "%.*sT%.*sZ", STR_ARG(day), STR_ARG(hour)));
    const struct str clf = node_str(FIRST_OF(root, "/time_local", "/requestTime", "/transaction/time"));
    struct str rest = clf;
    if (!v->time_ns && clf.n)
        (void)text_time_clf(&rest, &v->time_ns);
    text_split_url(&t);
    waf_headers(root, &t);
    text_values_set(v, &t, F_HTTP_IP);
}

const struct log_format_ops LOG_ACCESS_JSON_OPS = {.type = EVENT_WEB_ACCESS, .is_json = access_is_json, .begin = access_begin};

/* ---- the journal ---- */

/* What an entry says; names as systemd.journal-fields(7) has them. */
struct entry {
    struct str message, program, comm, host, unit, pid, time;
};

static void set_entry(struct log_values *v, const struct entry *e)
{
    static struct text t;
    uint64_t us;
    const struct str program = e->program.n ? e->program : e->comm;
    text_reset(&t);
    text_str(&t, TEXT_HOST, e->host);
    text_str(&t, TEXT_PROGRAM, program);
    text_str(&t, TEXT_MESSAGE, e->message);
    (void)text_u64(&t, TEXT_PID, e->pid);
    if (str_to_u64(e->time, &us) && us < UINT64_MAX / 1000)
        v->time_ns = us * 1000;
    log_set_str(v, F_LOG_UNIT, e->unit);
    if (str_is(program, "audit") && audit_take_entry(e->message, v)) {
        log_set_str(v, F_LOG_HOST, e->host);
        log_set_str(v, F_LOG_PROGRAM, program);
        return;
    }
    if (sysmon_take(program, e->message, v)) {
        log_set_str(v, F_LOG_MESSAGE, e->message);
        log_set_str(v, F_LOG_HOST, e->host);
        return;
    }
    if (program.n && !found_take(program, e->message, v))
        (void)text_auth_message(program, e->message, &t);
    v->type = text_has(&t, TEXT_ACTION) ? EVENT_AUTH : EVENT_JOURNAL;
    set_question(v, &t);
    set_request(v, &t);
    set_packet(v, &t);
    text_values_set(v, &t, F_LOGIN_IP);
}

static bool journal_is_json(struct node root)
{
    return node_is(node_get(root, STR("__REALTIME_TIMESTAMP"))) && (node_is(node_get(root, STR("MESSAGE"))) || node_is(node_get(root, STR("_BOOT_ID"))));
}

/* A message that is no UTF-8 is written as an array of bytes. */
static struct str text_of(struct node n, struct arena *arena)
{
    uint64_t u;
    if (node_kind(n) != NODE_ARRAY)
        return node_text(n, arena);
    struct strbuf b = {};
    for (struct node_each e = node_each(n); node_next(&e) && b.n < TEXT_LINE_MAX;)
        if (node_u64(e.value, &u) && u < 256)
            strbuf_addc(&b, (char)u);
    const struct str s = arena_str(arena, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

static void journal_begin(struct log_record *r)
{
    const struct node n = r->root;
    const struct entry e = {
        .message = text_of(node_get(n, STR("MESSAGE")), &r->arena), .program = node_get_str(n, STR("SYSLOG_IDENTIFIER")), .comm = node_get_str(n, STR("_COMM")),
        .host = node_get_str(n, STR("_HOSTNAME")), .unit = node_get_str(n, STR("_SYSTEMD_UNIT")), .pid = node_text(node_get(n, STR("_PID")), &r->arena),
        .time = node_text(node_get(n, STR("__REALTIME_TIMESTAMP")), &r->arena),
    };
    set_entry(&r->values, &e);
}

const struct log_format_ops LOG_JOURNAL_JSON_OPS = {.type = EVENT_JOURNAL, .is_json = journal_is_json, .begin = journal_begin};

static unsigned journal_sniff(struct str head)
{
    return str_starts(head, STR("__CURSOR=")) || str_starts(head, STR("__REALTIME_TIMESTAMP=")) ? 100 : 0;
}

/*
 * The export format: NAME=value lines, or NAME, an end of line, 8 bytes of length (little endian) and so many bytes; an empty line ends
 * an entry (https://systemd.io/JOURNAL_EXPORT_FORMATS/).
 */
static enum log_next journal_next(void *state, struct str bytes, bool is_end, size_t *ret_used, struct log_values *v)
{
    static const struct {
        struct str name;
        size_t at;
    } known[] = {
        {STR("MESSAGE"), offsetof(struct entry, message)}, {STR("SYSLOG_IDENTIFIER"), offsetof(struct entry, program)}, {STR("_COMM"), offsetof(struct entry, comm)},
        {STR("_HOSTNAME"), offsetof(struct entry, host)}, {STR("_SYSTEMD_UNIT"), offsetof(struct entry, unit)}, {STR("_PID"), offsetof(struct entry, pid)},
        {STR("__REALTIME_TIMESTAMP"), offsetof(struct entry, time)},
    };
    struct entry e = {};
    size_t at = 0;
    bool has_any = false;
    (void)state;
    for (;;) {
        const char *end = at < bytes.n ? memchr(bytes.p + at, '\n', bytes.n - at) : NULL;
        if (!end && !is_end)
            return LOG_MORE;
        struct str line = str_sub(bytes, at, end ? (size_t)(end - bytes.p) : bytes.n);
        at += line.n + (end != NULL);
        line.n -= line.n && line.p[line.n - 1] == '\r'; /* it came by way of another system */
        if (!line.n)
            break;
        const ptrdiff_t equals = str_find(line, STR("="), 0);
        struct str name = line, value;
        if (equals > 0) {
            name = str_sub(line, 0, (size_t)equals);
            value = str_sub(line, (size_t)equals + 1, line.n);
        } else {
            uint64_t n = 0;
            if (at + 8 > bytes.n) {
                *ret_used = bytes.n;
                return is_end ? LOG_BROKEN : LOG_MORE;
            }
            for (unsigned i = 0; i < 8; i++)
                n |= (uint64_t)(uint8_t)bytes.p[at + i] << (8 * i);
            if (n > LOG_RECORD_MAX || (is_end && n > bytes.n - at - 8)) {
                *ret_used = at ? at : 1;
                return LOG_BROKEN;
            }
            if (n + 9 > bytes.n - at && !is_end)
                return LOG_MORE;
            value = str_sub(bytes, at + 8, at + 8 + n);
            at += 8 + n;
            at += at < bytes.n && bytes.p[at] == '\n';
        }
        has_any = true;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            if (str_eq(name, known[i].name))
                *(struct str *)((char *)&e + known[i].at) = value;
    }
    *ret_used = at;
    if (!has_any)
        return LOG_NOTHING;
    if (!e.time.n && !e.message.n)
        return LOG_BROKEN;
    set_entry(v, &e);
    return LOG_RECORD;
}

const struct log_format_ops LOG_JOURNAL_OPS = {.type = EVENT_JOURNAL, .sniff = journal_sniff, .next = journal_next};

/* ---- questions to the resolver of a cloud ---- */

static bool resolver_is_json(struct node root)
{
    return node_is(node_get(root, STR("query_name"))) && node_is(node_get(root, STR("query_type")));
}

void text_values_list(struct log_values *v, enum field_id id, const struct value *items, size_t n)
{
    if (n)
        log_set(v, id, (struct value){.type = VALUE_LIST, .list = {items, n}});
}

void text_values_question(struct log_values *v, struct str name)
{
    enum { LABELS_MAX = 128, NAME_MAX_BYTES = 255 };
    char *lower = arena_alloc(v->arena, NAME_MAX_BYTES);
    size_t n = 0, zones = 0;
    if (name.n > 1 && name.p[name.n - 1] == '.')
        name.n--;
    for (; n < name.n && n < NAME_MAX_BYTES; n++)
        lower[n] = name.p[n] >= 'A' && name.p[n] <= 'Z' ? (char)(name.p[n] | 0x20) : name.p[n];
    struct str rest = str_n(lower, n);
    struct value *list = arena_array(v->arena, struct value, LABELS_MAX);
    log_set_str(v, F_DNS_QUESTION, rest);
    while (rest.n && zones < LABELS_MAX) {
        list[zones++] = VALUE_OF_STR(rest);
        const ptrdiff_t dot = str_find(rest, STR("."), 0);
        rest = dot >= 0 ? str_sub(rest, (size_t)dot + 1, rest.n) : STR_NULL;
    }
    text_values_list(v, F_DNS_ZONES, list, zones);
}

static void resolver_begin(struct log_record *r)
{
    enum { ANSWERS_MAX = 64 };
    struct log_values *v = &r->values;
    const struct node n = r->root;
    struct value *answers = arena_array(&r->arena, struct value, ANSWERS_MAX);
    size_t n_answers = 0;
    v->time_ns = log_node_time(node_get(n, STR("query_timestamp")));
    log_set_str(v, F_CLOUD_ACCOUNT, node_get_str(n, STR("account_id")));
    log_set_str(v, F_CLOUD_REGION, node_get_str(n, STR("region")));
    log_set_str(v, F_CLOUD_PROVIDER, STR("aws"));
    log_set_str(v, F_DNS_VPC, node_get_str(n, STR("vpc_id")));
    text_values_question(v, node_get_str(n, STR("query_name")));
    log_set_str(v, F_DNS_TYPE, node_get_str(n, STR("query_type")));
    log_set_str(v, F_DNS_RCODE, node_get_str(n, STR("rcode")));
    log_set_bool(v, F_DNS_IS_ANSWER, node_get_str(n, STR("rcode")).n != 0);
    log_set_str(v, F_DNS_FIREWALL, node_get_str(n, STR("firewall_rule_action")));
    log_set_ip(v, F_DNS_CLIENT, node_get_str(n, STR("srcaddr")));
    log_set_str(v, F_DNS_INSTANCE, node_str(NODE(n, "srcids", "instance")));
    for (struct node_each e = node_each(node_get(n, STR("answers"))); node_next(&e) && n_answers < ANSWERS_MAX;) {
        const struct str data = node_get_str(e.value, STR("Rdata"));
        if (data.n)
            answers[n_answers++] = VALUE_OF_STR(data);
    }
    text_values_list(v, F_DNS_ANSWERS, answers, n_answers);
}

const struct log_format_ops LOG_RESOLVER_OPS = {.type = EVENT_DNS_LOG, .is_json = resolver_is_json, .begin = resolver_begin};
