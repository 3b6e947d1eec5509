// SPDX-License-Identifier: Apache-2.0
/*
 * What firewalls of clouds let through, and what resolvers beside them were asked: Azure Firewall, with columns and as sentences; the gateway of Cloudflare's Zero Trust.
 * https://learn.microsoft.com/azure/firewall/monitor-firewall-reference, …/firewall-structured-logs · https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/account/
 */
#include "base/cleanup.h"
#include "log/record.h"
#include "log/text_values.h"

static bool is_azure(struct node root)
{
    const struct str category = node_get_str(root, STR("category"));
    return (str_starts(category, STR("AZFW")) || str_starts(category, STR("AzureFirewall"))) && node_kind(node_get(root, STR("properties"))) == NODE_OBJECT;
}

static bool is_gateway(struct node root)
{
    return node_is(node_get(root, STR("Datetime"))) && ((node_is(node_get(root, STR("QueryName"))) && node_is(node_get(root, STR("ResolverDecision")))) ||
                                                        (node_is(node_get(root, STR("SourceIP"))) && node_is(node_get(root, STR("DestinationIP"))) && node_is(node_get(root, STR("Transport")))));
}

/* Tables of a workspace of Log Analytics: AZFWNetworkRule and its like, NTANetAnalytics. */
static bool is_table(struct node root)
{
    return str_starts(node_get_str(root, STR("Type")), STR("AZFW")) || (node_is(node_get(root, STR("FlowStatus"))) && node_is(node_get(root, STR("SrcIp"))) && node_is(node_get(root, STR("DestIp"))));
}

/* https://docs.oracle.com/iaas/Content/Logging/Reference/details_for_vcn_flow_logs.htm */
static bool is_oracle(struct node root)
{
    const struct node data = node_get(root, STR("data"));
    return node_is(node_get(data, STR("sourceAddress"))) && node_is(node_get(data, STR("destinationAddress"))) && node_is(node_get(data, STR("protocol")));
}

static bool gateways_is(struct node root)
{
    return is_azure(root) || is_gateway(root) || is_table(root) || is_oracle(root);
}

static bool is_refusal(struct str action)
{
    static const char *const WORDS[] = {"deny", "denied", "drop", "block", "reject", "alert and deny"};
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        if (str_find_nocase(action, str_from(WORDS[i]), 0) == 0)
            return true;
    return false;
}

static struct str lower_protocol(struct str s)
{
    static const char *const NAMES[] = {"tcp", "udp", "icmp", "https", "http"};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_find_nocase(s, str_from(NAMES[i]), 0) == 0)
            return i < 3 ? str_from(NAMES[i]) : STR("tcp");
    return s;
}

/* The word behind a sentence's `before`, without the stop or comma at its end. */
static struct str word_behind(struct str s, struct str before)
{
    const ptrdiff_t at = str_find(s, before, 0);
    if (at < 0)
        return STR_NULL;
    const struct str rest = str_sub(s, (size_t)at + before.n, s.n);
    size_t n = 0;
    while (n < rest.n && rest.p[n] != ' ')
        n++;
    while (n && (rest.p[n - 1] == '.' || rest.p[n - 1] == ','))
        n--;
    return str_sub(rest, 0, n);
}

/* www.example.com:443 */
static struct str name_of(struct str s, struct str *ret_port)
{
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    *ret_port = colon ? str_sub(s, (size_t)(colon - s.p) + 1, s.n) : STR_NULL;
    return colon ? str_sub(s, 0, (size_t)(colon - s.p)) : s;
}

static void set_end(struct text *t, enum text_id ip, enum text_id port, struct str s)
{
    struct str number;
    if (text_endpoint(t, ip, port, s) || text_ip(t, ip, s))
        return;
    const struct str name = name_of(s, &number);
    if (ip == TEXT_FLOW_DST)
        text_str(t, TEXT_FLOW_SNI, name);
    (void)text_u64(t, port, number);
}

/* TCP request from 10.0.0.4:40000 to 203.0.113.9:3333. Action: Deny. … */
static void set_sentence(struct text *t, struct str s)
{
    const ptrdiff_t blank = str_find(s, STR(" "), 0);
    set_end(t, TEXT_FLOW_SRC, TEXT_FLOW_SPORT, word_behind(s, STR(" from ")));
    set_end(t, TEXT_FLOW_DST, TEXT_FLOW_DPORT, word_behind(s, STR(" to ")));
    text_str(t, TEXT_FLOW_PROTOCOL, lower_protocol(str_sub(s, 0, blank > 0 ? (size_t)blank : 0)));
    text_str(t, TEXT_FLOW_ACTION, is_refusal(word_behind(s, STR(" Action: "))) ? STR("REJECT") : STR("ACCEPT"));
}

/* A figure that a double may be. */
static void set_uint(struct text *t, enum text_id id, struct node n)
{
    uint64_t u;
    if (node_u64(n, &u))
        text_uint(t, id, u);
}

static void set_columns(struct log_record *r, struct text *t)
{
    const struct str action = log_first(r, "properties/Action", "Action", "FlowStatus", "data/action", NULL);
    set_end(t, TEXT_FLOW_SRC, TEXT_FLOW_SPORT, log_first(r, "properties/SourceIp", "SourceIP", "SourceIp", "SrcIp", "data/sourceAddress", NULL));
    set_end(t, TEXT_FLOW_DST, TEXT_FLOW_DPORT, log_first(r, "properties/DestinationIp", "DestinationIP", "DestinationIp", "DestIp", "data/destinationAddress", "properties/Fqdn", "Fqdn", NULL));
    (void)text_u64(t, TEXT_FLOW_SPORT, log_first(r, "properties/SourcePort", "SourcePort", "SrcPort", "data/sourcePort", NULL));
    (void)text_u64(t, TEXT_FLOW_DPORT, log_first(r, "properties/DestinationPort", "DestinationPort", "DestPort", "data/destinationPort", NULL));
    text_str(t, TEXT_FLOW_SNI, log_first(r, "properties/Fqdn", "Fqdn", "SNI", NULL));
    text_str(t, TEXT_FLOW_PROTOCOL, lower_protocol(log_first(r, "properties/Protocol", "Transport", "Protocol", "L4Protocol", "data/protocolName", NULL)));
    text_str(t, TEXT_FLOW_ACTION, is_refusal(action) ? STR("REJECT") : STR("ACCEPT"));
    set_uint(t, TEXT_FLOW_BYTES, node_is(node_get(r->root, STR("BytesSrcToDest"))) ? node_get(r->root, STR("BytesSrcToDest")) : NODE(r->root, "data", "bytesOut"));
    set_uint(t, TEXT_FLOW_PACKETS, node_is(node_get(r->root, STR("PacketsSrcToDest"))) ? node_get(r->root, STR("PacketsSrcToDest")) : NODE(r->root, "data", "packets"));
}

/* DNS Request: 10.0.0.4:40000 - 1 A IN www.example.com. udp 50 false 512 NOERROR qr,rd,ra 100 0.01s */
static void set_question(struct log_record *r, struct str sentence)
{
    enum { CLIENT, DASH, ID, TYPE, CLASS, NAME, PROTOCOL, SIZE, DO, BUFFER, RCODE, N };
    struct log_values *v = &r->values;
    struct str f[N] = {}, piece, client, type, name, rcode, port;
    const ptrdiff_t at = str_find(sentence, STR("DNS Request: "), 0);
    v->type = EVENT_DNS_LOG;
    if (at >= 0) {
        sentence = str_sub(sentence, (size_t)at + strlen("DNS Request: "), sentence.n);
        for (unsigned i = 0; i < N && str_split(&sentence, ' ', &piece); i++)
            f[i] = piece;
        client = name_of(f[CLIENT], &port);
        type = f[TYPE], name = f[NAME], rcode = f[RCODE];
    } else {
        client = log_first(r, "properties/SourceIp", "SrcIP", "SourceIp", NULL);
        type = log_first(r, "properties/QueryType", "QueryTypeName", "QueryType", NULL);
        name = log_first(r, "properties/QueryName", "QueryName", NULL);
        rcode = log_first(r, "properties/ResponseCode", "ResponseCode", NULL);
    }
    text_values_question(v, name);
    log_set_str(v, F_DNS_TYPE, type);
    log_set_str(v, F_DNS_RCODE, rcode);
    log_set_bool(v, F_DNS_IS_ANSWER, rcode.n != 0);
    log_set_ip(v, F_DNS_CLIENT, client);
}

static void gateways_begin(struct log_record *r)
{
    static struct text t;
    const struct node n = r->root;
    const bool is_columns = is_table(n), is_oracles = is_oracle(n), is_azures = is_columns || is_azure(n);
    const struct str category = is_columns ? node_get_str(n, STR("Type")) : node_get_str(n, STR("category")), sentence = node_str(NODE(n, "properties", "msg"));
    r->values.time_ns = is_oracles ? log_node_time(node_is(NODE(n, "data", "startTime")) ? NODE(n, "data", "startTime") : node_get(n, STR("time")))
                                   : log_time(log_first(r, "FlowStartTime", "TimeGenerated", "time", "Datetime", NULL));
    log_set_str(&r->values, F_CLOUD_PROVIDER, is_oracles ? STR("oracle") : is_azures ? STR("azure") : STR("cloudflare"));
    log_set_str(&r->values, F_CLOUD_RESOURCE, log_first(r, "resourceId", NULL));
    if (node_is(node_get(n, STR("ResolverDecision"))) || str_find_nocase(category, STR("dns"), 0) > 0) {
        set_question(r, sentence);
        return;
    }
    text_reset(&t);
    if (sentence.n)
        set_sentence(&t, sentence);
    else
        set_columns(r, &t);
    text_values_set(&r->values, &t, F_FLOW_SRC);
}

const struct log_format_ops LOG_GATEWAYS_OPS = {.type = EVENT_FLOW_LOG, .is_json = gateways_is, .begin = gateways_begin};
