// SPDX-License-Identifier: Apache-2.0
/* What Suricata saw on the network, in its own JSON (EVE): https://docs.suricata.io/en/latest/output/eve/eve-json-format.html */
#include "base/cleanup.h"
#include "log/record.h"
#include "log/text_values.h"

enum { ANSWERS_MAX = 64 };

static bool suricata_is(struct node root)
{
    return node_get_str(root, STR("event_type")).n && node_get_str(root, STR("src_ip")).n && node_is(node_get(root, STR("proto")));
}

static struct str lower_protocol(struct node root)
{
    static const char *const NAMES[][2] = {{"TCP", "tcp"}, {"UDP", "udp"}, {"ICMP", "icmp"}, {"IPv6-ICMP", "icmpv6"}, {"GRE", "gre"}, {"ESP", "esp"}};
    const struct str proto = node_get_str(root, STR("proto"));
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_is(proto, NAMES[i][0]))
            return str_from(NAMES[i][1]);
    return proto;
}

static void set_uint(struct text *t, enum text_id id, struct node n)
{
    uint64_t u;
    if (node_u64(n, &u) && (text_type(id) != VALUE_PORT || u <= UINT16_MAX))
        text_uint(t, id, u);
}

static void set_time(struct text *t, enum text_id id, struct node n)
{
    const uint64_t ns = log_node_time(n);
    if (ns)
        text_uint(t, id, ns);
}

/* Both ends; of an event that tells of a whole connection also what went through it. What comes back is not counted: flow.bytes are those that the source sent. */
static void set_flow(struct log_record *r, struct str event)
{
    static struct text t;
    const struct node root = r->root, flow = node_get(root, STR("flow")), netflow = node_get(root, STR("netflow"));
    uint64_t age;
    text_reset(&t);
    (void)text_ip(&t, TEXT_FLOW_SRC, node_get_str(root, STR("src_ip")));
    (void)text_ip(&t, TEXT_FLOW_DST, node_get_str(root, STR("dest_ip")));
    set_uint(&t, TEXT_FLOW_SPORT, node_get(root, STR("src_port")));
    set_uint(&t, TEXT_FLOW_DPORT, node_get(root, STR("dest_port")));
    text_str(&t, TEXT_FLOW_PROTOCOL, lower_protocol(root));
    text_str(&t, TEXT_FLOW_INTERFACE, node_get_str(root, STR("in_iface")));
    text_str(&t, TEXT_FLOW_SNI, node_str(NODE(root, "tls", "sni")));
    const bool is_flow = str_is(event, "flow"), is_one_way = str_is(event, "netflow");
    if (is_flow || is_one_way) {
        const struct node about = is_flow ? flow : netflow;
        set_uint(&t, TEXT_FLOW_PACKETS, node_get(about, is_flow ? STR("pkts_toserver") : STR("pkts")));
        set_uint(&t, TEXT_FLOW_BYTES, node_get(about, is_flow ? STR("bytes_toserver") : STR("bytes")));
        set_time(&t, TEXT_FLOW_START, node_get(about, STR("start")));
        set_time(&t, TEXT_FLOW_END, node_get(about, STR("end")));
        if (node_u64(node_get(about, STR("age")), &age))
            text_uint(&t, TEXT_FLOW_SECONDS, age);
    }
    const bool is_dropped = str_is(event, "drop") || node_is_str(node_get(flow, STR("action")), "drop") || node_is_str(NODE(root, "alert", "action"), "blocked");
    text_str(&t, TEXT_FLOW_ACTION, is_dropped ? STR("REJECT") : STR("ACCEPT"));
    text_values_set(&r->values, &t, F_FLOW_SRC);
}

static void set_alert(struct log_record *r)
{
    static const char *const NAMES[] = {"signature", "category", "severity", "signature_id", "action"};
    const struct node alert = node_get(r->root, STR("alert"));
    log_set_str(&r->values, F_LOG_MESSAGE, node_get_str(alert, STR("signature")));
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++) {
        const struct node n = node_get(alert, str_from(NAMES[i]));
        if (node_is(n))
            log_set_named(&r->values, str_from(NAMES[i]), node_text(n, &r->arena));
    }
}

static void add_answers(struct value *answers, size_t *n, struct node list, const char *name)
{
    for (struct node_each e = node_each(list); node_kind(list) == NODE_ARRAY && *n < ANSWERS_MAX && node_next(&e);) {
        const struct str s = name ? node_get_str(e.value, str_from(name)) : node_str(e.value);
        if (s.n)
            answers[(*n)++] = VALUE_OF_STR(s);
    }
}

/* Version 1 has one answer in each event, version 2 all of them, version 3 a list of questions too. */
static void set_dns(struct log_record *r)
{
    struct log_values *v = &r->values;
    const struct node root = r->root, dns = node_get(root, STR("dns")), first = node_at(node_get(dns, STR("queries")), 0);
    const struct str type = node_get_str(dns, STR("type")), own = node_get_str(dns, STR("rrname"));
    const bool is_answer = str_is(type, "answer") || str_is(type, "response");
    struct value *answers = arena_array(&r->arena, struct value, ANSWERS_MAX);
    size_t n = 0;
    v->type = EVENT_DNS_LOG;
    text_values_question(v, own.n ? own : node_get_str(first, STR("rrname")));
    log_set_str(v, F_DNS_TYPE, own.n ? node_get_str(dns, STR("rrtype")) : node_get_str(first, STR("rrtype")));
    log_set_str(v, F_DNS_RCODE, is_answer ? node_get_str(dns, STR("rcode")) : STR_NULL);
    log_set_bool(v, F_DNS_IS_ANSWER, is_answer);
    log_set_bool(v, F_DNS_IS_ANSWER_ONLY, is_answer);
    log_set_ip(v, F_DNS_CLIENT, node_get_str(root, node_is_str(node_get(root, STR("src_port")), "53") ? STR("dest_ip") : STR("src_ip")));
    add_answers(answers, &n, node_get(dns, STR("answers")), "rdata");
    if (!n && node_get_str(dns, STR("rdata")).n)
        answers[n++] = VALUE_OF_STR(node_get_str(dns, STR("rdata")));
    const struct node grouped = node_get(dns, STR("grouped"));
    for (struct node_each e = node_each(grouped); !n && node_kind(grouped) == NODE_OBJECT && node_next(&e);)
        add_answers(answers, &n, e.value, NULL);
    text_values_list(v, F_DNS_ANSWERS, answers, n);
}

static void set_http(struct log_record *r)
{
    static struct text t;
    const struct node http = node_get(r->root, STR("http"));
    r->values.type = EVENT_WEB_ACCESS;
    text_reset(&t);
    (void)text_ip(&t, TEXT_IP, node_get_str(r->root, STR("src_ip")));
    text_str(&t, TEXT_HTTP_METHOD, node_get_str(http, STR("http_method")));
    text_str(&t, TEXT_HTTP_URL, node_get_str(http, STR("url")));
    text_str(&t, TEXT_HTTP_HOST, node_get_str(http, STR("hostname")));
    text_str(&t, TEXT_HTTP_AGENT, node_get_str(http, STR("http_user_agent")));
    text_str(&t, TEXT_HTTP_REFERRER, node_get_str(http, STR("http_refer")));
    text_str(&t, TEXT_HTTP_VERSION, node_get_str(http, STR("protocol")));
    set_uint(&t, TEXT_HTTP_STATUS, node_get(http, STR("status")));
    set_uint(&t, TEXT_HTTP_BYTES, node_get(http, STR("length")));
    text_split_url(&t);
    text_values_set(&r->values, &t, F_HTTP_IP);
}

static void suricata_begin(struct log_record *r)
{
    const struct str event = node_get_str(r->root, STR("event_type"));
    r->values.time_ns = log_node_time(node_get(r->root, STR("timestamp")));
    log_set_str(&r->values, F_LOG_HOST, node_get_str(r->root, STR("host")));
    log_set_str(&r->values, F_LOG_PROGRAM, STR("suricata"));
    log_set_named(&r->values, STR("event_type"), event);
    if (str_is(event, "dns")) {
        set_dns(r);
        return;
    }
    if (str_is(event, "http")) {
        set_http(r);
        return;
    }
    set_flow(r, event);
    if (str_is(event, "alert"))
        set_alert(r);
}

const struct log_format_ops LOG_SURICATA_OPS = {.type = EVENT_FLOW_LOG, .is_json = suricata_is, .begin = suricata_begin};
