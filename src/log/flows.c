// SPDX-License-Identifier: Apache-2.0
/*
 * Flows and questions as networks of Azure and Google write them.
 * https://learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview, …/vnet-flow-logs-overview
 * https://cloud.google.com/vpc/docs/about-flow-logs-records, …/docs/firewall-rules-logging, https://cloud.google.com/dns/docs/monitoring
 */
#include "log/flows.h"

#include "base/cleanup.h"
#include "base/json_string.h"
#include "log/record.h"
#include "log/text_values.h"

/* ---- Azure ---- */

bool flows_is_azure(struct node root)
{
    return node_kind(NODE(root, "properties", "flows")) == NODE_ARRAY || node_kind(NODE(root, "flowRecords", "flows")) == NODE_ARRAY;
}

/* What all flows of a record share. */
struct azure {
    struct str account, network, interface, rule;
};

static void add_text(struct strbuf *b, const char *name, struct str s)
{
    if (!s.n)
        return;
    strbuf_printf(b, ",\"%s\":", name);
    json_string_add_bytes(b, s);
}

static void add_flow(struct strbuf *b, const struct azure *a, const struct str *ends, struct str protocol, bool is_out, struct str action, struct str time, struct str packets, struct str bytes)
{
    strbuf_adds(b, b->p[b->n - 1] == '[' ? "{\"provider\":\"azure\"" : ",{\"provider\":\"azure\"");
    add_text(b, "account-id", a->account);
    add_text(b, "vpc-id", a->network);
    add_text(b, "interface-id", a->interface);
    add_text(b, "rule", a->rule);
    add_text(b, "srcaddr", ends[0]);
    add_text(b, "dstaddr", ends[1]);
    add_text(b, "srcport", ends[2]);
    add_text(b, "dstport", ends[3]);
    add_text(b, "protocol", protocol);
    add_text(b, "flow-direction", str_from(is_out ? "egress" : "ingress"));
    add_text(b, "action", action);
    add_text(b, "start", time);
    add_text(b, "packets", packets);
    add_text(b, "bytes", bytes);
    strbuf_addc(b, '}');
}

/*
 * time,source,destination,port,port,protocol,direction and, of a group: decision[,state,packets,bytes,packets,bytes]; of a network:
 * state,encryption,packets,bytes,packets,bytes. The first two figures are of what the source sent, the other two of what came back.
 */
static void add_tuple(struct strbuf *b, const struct azure *a, struct str tuple)
{
    enum { TIME, SRC, DST, SPORT, DPORT, PROTOCOL, DIRECTION, DECISION, FIGURES = 9, MOST = 16 }; /* behind the state; or behind state and encryption */
    struct str parts[MOST] = {}, piece;
    size_t n = 0;
    while (n < MOST && str_split(&tuple, ',', &piece))
        parts[n++] = str_trim(piece);
    if (n <= DIRECTION)
        return;
    const struct str decision = parts[DECISION];
    const bool is_out = str_is(parts[DIRECTION], "O"), is_denied = str_is(decision, "D");
    const struct str protocol = str_is(parts[PROTOCOL], "T") ? STR("6") : str_is(parts[PROTOCOL], "U") ? STR("17") : parts[PROTOCOL];
    const struct str action = is_denied ? STR("REJECT") : STR("ACCEPT");
    const struct str *figures = &parts[FIGURES];
    const struct str there[] = {parts[SRC], parts[DST], parts[SPORT], parts[DPORT]}, back[] = {parts[DST], parts[SRC], parts[DPORT], parts[SPORT]};
    uint64_t bytes;
    add_flow(b, a, there, protocol, is_out, action, parts[TIME], figures[0], figures[1]);
    if (str_to_u64(figures[3], &bytes) && bytes)
        add_flow(b, a, back, protocol, !is_out, action, parts[TIME], figures[2], figures[3]);
}

static void add_tuples(struct strbuf *b, struct azure *a, struct node tuples, struct str rule)
{
    a->rule = rule;
    for (struct node_each e = node_each(tuples); node_next(&e);)
        add_tuple(b, a, node_str(e.value));
}

/* /SUBSCRIPTIONS/ID/RESOURCEGROUPS/… */
static struct str subscription(struct str resource)
{
    struct str piece, before = STR_NULL;
    while (str_split(&resource, '/', &piece)) {
        if (str_eq_nocase(before, STR("subscriptions")))
            return piece;
        before = piece;
    }
    return STR_NULL;
}

void flows_add_azure(struct node root, struct strbuf *b)
{
    const struct node of_network = NODE(root, "flowRecords", "flows");
    const bool is_network = node_kind(of_network) == NODE_ARRAY;
    const struct str target = node_get_str(root, STR("targetResourceID"));
    const struct str resource = target.n ? target : node_get_str(root, STR("resourceId")).n ? node_get_str(root, STR("resourceId")) : node_get_str(root, STR("flowLogResourceID"));
    struct azure a = {.account = subscription(resource), .network = str_basename(resource), .interface = node_get_str(root, STR("macAddress"))};
    strbuf_addc(b, '[');
    for (struct node_each e = node_each(is_network ? of_network : NODE(root, "properties", "flows")); node_next(&e);) {
        const struct node groups = node_get(e.value, is_network ? STR("flowGroups") : STR("flows"));
        for (struct node_each g = node_each(groups); node_next(&g);) {
            const struct str mac = node_get_str(g.value, STR("mac"));
            a.interface = mac.n ? mac : a.interface;
            add_tuples(b, &a, node_get(g.value, STR("flowTuples")), node_get_str(is_network ? g.value : e.value, STR("rule")));
        }
    }
    strbuf_addc(b, ']');
}

/* ---- Google ---- */

static bool google_is_flow(struct node root)
{
    const struct node connection = NODE(root, "jsonPayload", "connection");
    return node_is(node_get(connection, STR("src_ip"))) && node_is(node_get(connection, STR("dest_ip")));
}

static void say(struct text *t, const char *column, struct str value)
{
    text_flow_value(t, str_from(column), value);
}

static void google_flow_begin(struct log_record *r)
{
    static struct text t;
    struct log_values *v = &r->values;
    const struct str reporter = log_first(r, "jsonPayload/reporter", NULL), disposition = log_first(r, "jsonPayload/disposition", NULL), way = log_first(r, "jsonPayload/rule_details/direction", NULL);
    const bool is_receiver = str_starts(reporter, STR("DEST")); /* DEST, DEST_GATEWAY; else SRC, SRC_GATEWAY */
    text_reset(&t);
    say(&t, "account-id", is_receiver ? log_first(r, "jsonPayload/dest_instance/project_id", "jsonPayload/dest_vpc/project_id", "resource/labels/project_id", NULL)
                                         : log_first(r, "jsonPayload/src_instance/project_id", "jsonPayload/src_vpc/project_id", "jsonPayload/instance/project_id", "resource/labels/project_id", NULL));
    say(&t, "region", is_receiver ? log_first(r, "jsonPayload/dest_instance/region", "jsonPayload/dest_vpc/subnetwork_region", NULL)
                                     : log_first(r, "jsonPayload/src_instance/region", "jsonPayload/src_vpc/subnetwork_region", "jsonPayload/instance/region", NULL));
    say(&t, "az-id", is_receiver ? log_first(r, "jsonPayload/dest_instance/zone", NULL) : log_first(r, "jsonPayload/src_instance/zone", "jsonPayload/instance/zone", NULL));
    say(&t, "instance-id", is_receiver ? log_first(r, "jsonPayload/dest_instance/vm_name", NULL) : log_first(r, "jsonPayload/src_instance/vm_name", "jsonPayload/instance/vm_name", NULL));
    say(&t, "vpc-id", is_receiver ? log_first(r, "jsonPayload/dest_vpc/vpc_name", NULL) : log_first(r, "jsonPayload/src_vpc/vpc_name", "jsonPayload/vpc/vpc_name", NULL));
    say(&t, "subnet-id", is_receiver ? log_first(r, "jsonPayload/dest_vpc/subnetwork_name", NULL) : log_first(r, "jsonPayload/src_vpc/subnetwork_name", "jsonPayload/vpc/subnetwork_name", NULL));
    say(&t, "srcaddr", log_first(r, "jsonPayload/connection/src_ip", NULL));
    say(&t, "dstaddr", log_first(r, "jsonPayload/connection/dest_ip", NULL));
    say(&t, "srcport", log_first(r, "jsonPayload/connection/src_port", NULL));
    say(&t, "dstport", log_first(r, "jsonPayload/connection/dest_port", NULL));
    say(&t, "protocol", log_first(r, "jsonPayload/connection/protocol", NULL));
    say(&t, "packets", log_first(r, "jsonPayload/packets_sent", NULL));
    say(&t, "bytes", log_first(r, "jsonPayload/bytes_sent", NULL));
    say(&t, "start", log_first(r, "jsonPayload/start_time", NULL));
    say(&t, "end", log_first(r, "jsonPayload/end_time", NULL));
    say(&t, "action", str_is(disposition, "DENIED") ? STR("REJECT") : STR("ACCEPT")); /* of flows only those that were let through are sampled */
    say(&t, "direction", way.n ? way : reporter.n ? (is_receiver ? STR("ingress") : STR("egress")) : STR_NULL);
    text_flow_finish(&t);
    log_set_str(v, F_CLOUD_PROVIDER, STR("gcp"));
    text_values_set(v, &t, F_FLOW_SRC);
    if (!v->time_ns)
        v->time_ns = log_time(log_first(r, "timestamp", "receiveTimestamp", NULL));
}

const struct log_format_ops LOG_GCP_FLOW_OPS = {.type = EVENT_FLOW_LOG, .is_json = google_is_flow, .begin = google_flow_begin};

static bool google_is_dns(struct node root)
{
    const struct node payload = node_get(root, STR("jsonPayload"));
    return node_is(node_get(payload, STR("queryName"))) && node_is(node_get(payload, STR("queryType")));
}

/* "www.example.com.\t300\tIN\ta\t192.0.2.7", a line for each answer: what stands last. */
static void add_answers(struct log_values *v, struct str data)
{
    enum { ANSWERS_MAX = 64 };
    struct value *answers = arena_array(v->arena, struct value, ANSWERS_MAX);
    struct str line;
    size_t n = 0;
    while (n < ANSWERS_MAX && str_split(&data, '\n', &line)) {
        line = str_trim(line);
        const char *tab = line.n ? memrchr(line.p, '\t', line.n) : NULL;
        const struct str last = tab ? str_sub(line, (size_t)(tab - line.p) + 1, line.n) : line;
        if (last.n)
            answers[n++] = VALUE_OF_STR(last);
    }
    text_values_list(v, F_DNS_ANSWERS, answers, n);
}

static void google_dns_begin(struct log_record *r)
{
    struct log_values *v = &r->values;
    const struct str rcode = log_first(r, "jsonPayload/responseCode", NULL);
    v->time_ns = log_time(log_first(r, "timestamp", "receiveTimestamp", NULL));
    log_set_str(v, F_CLOUD_PROVIDER, STR("gcp"));
    log_set_str(v, F_CLOUD_ACCOUNT, log_first(r, "jsonPayload/vmProjectId", "resource/labels/project_id", NULL));
    log_set_str(v, F_CLOUD_REGION, log_first(r, "jsonPayload/vmZoneName", "resource/labels/location", NULL));
    log_set_str(v, F_DNS_VPC, log_first(r, "jsonPayload/sourceNetwork", NULL));
    text_values_question(v, log_first(r, "jsonPayload/queryName", NULL));
    log_set_str(v, F_DNS_TYPE, log_first(r, "jsonPayload/queryType", NULL));
    log_set_str(v, F_DNS_RCODE, rcode);
    log_set_bool(v, F_DNS_IS_ANSWER, rcode.n != 0);
    log_set_ip(v, F_DNS_CLIENT, log_first(r, "jsonPayload/sourceIP", NULL));
    log_set_str(v, F_DNS_INSTANCE, log_first(r, "jsonPayload/vmInstanceName", "jsonPayload/vmInstanceIdString", NULL));
    add_answers(v, log_first(r, "jsonPayload/rdata", NULL));
}

const struct log_format_ops LOG_GCP_DNS_OPS = {.type = EVENT_DNS_LOG, .is_json = google_is_dns, .begin = google_dns_begin};
