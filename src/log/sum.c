// SPDX-License-Identifier: Apache-2.0
#include "log/sum.h"

#include <stdio.h>

#include "base/cleanup.h"

#define SECOND_NS 1'000'000'000ULL
#define MINUTE_NS (60 * SECOND_NS)
#define DAY_NS (86400 * SECOND_NS)

static bool get(const struct log_record *r, enum field_id id, enum value_type type, struct value *ret)
{
    const struct field_ref ref = {.id = id};
    return event_get(&r->event, &ref, ret) == 1 && ret->type == type;
}

static struct str get_str(const struct log_record *r, enum field_id id)
{
    struct value v;
    return get(r, id, VALUE_STRING, &v) ? v.s : STR_NULL;
}

static bool is_private(const struct net *n)
{
    static const struct net ranges[] = {
        {.prefix = 8, .bytes = {10}}, {.prefix = 12, .bytes = {172, 16}}, {.prefix = 16, .bytes = {192, 168}}, {.prefix = 10, .bytes = {100, 64}},
        {.v6 = 1, .prefix = 7, .bytes = {0xfc}}, {.v6 = 1, .prefix = 10, .bytes = {0xfe, 0x80}}};
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
        if (ranges[i].v6 == n->v6 && net_contains(&ranges[i], n))
            return true;
    return false;
}

static void put_net(char *ret, size_t size, const struct net *n)
{
    struct strbuf b = {};
    value_add_text(&b, &(struct value){.type = VALUE_NET, .net = n});
    snprintf(ret, size, "%s", b.n ? b.p : "");
    strbuf_done(&b);
}

/* ---- requests ---- */

static bool is_cloud(const struct log_record *r)
{
    switch (event_type_source(r->event.type)) {
    case SOURCE_CLOUDTRAIL:
    case SOURCE_GCP_AUDIT:
    case SOURCE_AZURE_ACTIVITY:
    case SOURCE_AZURE_SIGNIN:
    case SOURCE_ACTIONTRAIL:
    case SOURCE_HUAWEI_CTS:
    case SOURCE_K8S_AUDIT:
        return true;
    default:
        return r->format == LOG_OKTA || r->format == LOG_M365 || r->format == LOG_GITHUB || r->format == LOG_ORACLE;
    }
}

/* What a service does on somebody's behalf says nothing of where they are: false. */
static bool read_act(const struct log_sum *sum, const struct log_record *r, struct log_act *ret)
{
    const struct str type = get_str(r, F_CLOUD_PRINCIPAL_TYPE);
    if (str_is(type, "service"))
        return false;
    *ret = (struct log_act){
        .time_ns = r->event.time_ns,
        .provider = get_str(r, F_CLOUD_PROVIDER), .account = get_str(r, F_CLOUD_ACCOUNT), .region = get_str(r, F_CLOUD_REGION),
        .principal = get_str(r, F_CLOUD_PRINCIPAL), .key = get_str(r, F_CLOUD_KEY), .agent = get_str(r, F_CLOUD_AGENT), .ip = sum->has_ip ? &sum->ip : NULL,
        .country = sum->facts.geo.country, .asn = sum->facts.geo.asn, .cloud = sum->facts.cloud.provider, .knows_clouds = sum->addresses != NULL,
    };
    ret->is_person = str_is(type, "user") || str_is(type, "root");
    return true;
}

static void take_act(struct log_sum *sum, struct log_state *s, const struct log_record *r, struct str action)
{
    struct log_act act;
    if (!read_act(sum, r, &act))
        return;
    act.service = get_str(r, F_CLOUD_SERVICE);
    act.action = action;
    log_state_act(s, &act, &sum->now);
}

/* ---- machines that are started ---- */

static uint64_t number_at(struct node n, uint64_t otherwise)
{
    uint64_t u;
    return node_u64(n, &u) && u ? u : otherwise;
}

static uint64_t length_of(struct node array)
{
    uint64_t n = 0;
    for (struct node_each e = node_each(array); node_next(&e);)
        n++;
    return n;
}

/* vCPUs in the name of a type of Google Cloud: n2-standard-96, custom-8-16384 */
static unsigned google_vcpus(struct str type)
{
    const struct str name = str_basename(type);
    uint64_t u = 0;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '-' && i + 1 < name.n && name.p[i + 1] >= '0' && name.p[i + 1] <= '9') {
            size_t end = i + 1;
            while (end < name.n && name.p[end] >= '0' && name.p[end] <= '9')
                end++;
            (void)str_to_u64(str_sub(name, i + 1, end), &u);
            break;
        }
    return u <= 1024 ? (unsigned)u : 0;
}

static bool machines_of(const struct log_record *r, struct str action, struct str *ret_type, uint64_t *ret_count)
{
    struct node request = {};
    if (r->event.type == EVENT_CLOUDTRAIL || r->event.type == EVENT_ACTIONTRAIL) {
        if (!str_is(action, "RunInstances") && !str_is(action, "RequestSpotInstances") && !str_is(action, "CreateFleet") && !str_is(action, "CreateInstance"))
            return false;
        request = node_get(r->root, STR("requestParameters"));
    }
    if (r->event.type == EVENT_CLOUDTRAIL && str_is(action, "RunInstances")) {
        const uint64_t made = length_of(NODE(r->root, "responseElements", "instancesSet", "items"));
        *ret_type = node_get_str(request, STR("instanceType"));
        *ret_count = made ? made : number_at(node_pointer(request, STR("/instancesSet/items/0/maxCount")), 1);
        return true;
    }
    if (r->event.type == EVENT_CLOUDTRAIL && str_is(action, "RequestSpotInstances")) {
        *ret_type = node_str(NODE(request, "launchSpecification", "instanceType"));
        *ret_count = number_at(node_get(request, STR("instanceCount")), 1);
        return true;
    }
    if (r->event.type == EVENT_CLOUDTRAIL && str_is(action, "CreateFleet")) {
        const struct node fleet = node_get(request, STR("CreateFleetRequest"));
        *ret_type = node_str(node_pointer(fleet, STR("/LaunchTemplateConfigs/Overrides/InstanceType")));
        *ret_count = number_at(node_pointer(fleet, STR("/TargetCapacitySpecification/TotalTargetCapacity")), 1);
        return true;
    }
    if (r->event.type == EVENT_GCP_AUDIT && (str_ends(action, STR("compute.instances.insert")) || str_ends(action, STR("compute.instances.bulkInsert")))) {
        const struct node asked = NODE(r->root, "protoPayload", "request");
        *ret_type = node_get_str(asked, STR("machineType"));
        *ret_count = number_at(node_get(asked, STR("count")), 1);
        /* the same operation is told twice: at its beginning and at its end, where there is no request */
        return node_is(asked);
    }
    if (r->event.type == EVENT_ACTIONTRAIL && (str_is(action, "RunInstances") || str_is(action, "CreateInstance"))) {
        *ret_type = node_get_str(request, STR("InstanceType"));
        *ret_count = number_at(node_get(request, STR("Amount")), 1);
        return true;
    }
    return false;
}

static void take_spend(struct log_sum *sum, struct log_state *s, const struct log_prices *prices, const struct log_record *r, struct str action)
{
    enum { COUNT_MAX = 100'000 };
    struct str type = STR_NULL;
    uint64_t count = 0;
    if (!machines_of(r, action, &type, &count) || !str_is(get_str(r, F_CLOUD_OUTCOME), "success"))
        return;
    double usd = prices && prices->machine && type.n ? prices->machine(prices->ctx, type) : 0;
    unsigned vcpus = log_size_vcpus(type);
    vcpus = vcpus ? vcpus : google_vcpus(type);
    if (usd <= 0 && prices)
        usd = prices->vcpu * (vcpus ? vcpus : 2);
    log_state_spend(s, r->event.time_ns, get_str(r, F_CLOUD_PRINCIPAL), count < COUNT_MAX ? count : COUNT_MAX, usd, &sum->now);
}

/* ---- names in zones ---- */

struct zone_change {
    const struct log_record *r;
    struct log_state *s;
    struct log_now *now;
    struct str zone;
};

static void change(const struct zone_change *c, struct str name, struct str type, uint64_t ttl, struct str values)
{
    log_state_zone(c->s, c->r->event.time_ns, c->zone, name, type, ttl, values, c->now);
}

/* Values of an array, each maybe under a name, joined by a blank. */
static struct str joined(struct node array, const char *under, char *buffer, size_t size)
{
    size_t n = 0;
    for (struct node_each e = node_each(array); node_next(&e);) {
        const struct str s = under ? node_get_str(e.value, str_from(under)) : node_str(e.value);
        if (!s.n || n + s.n + 2 > size)
            continue;
        if (n)
            buffer[n++] = ' ';
        memcpy(buffer + n, s.p, s.n);
        n += s.n;
    }
    return str_n(buffer, n);
}

static void take_route53(struct zone_change *c)
{
    const struct node request = node_get(c->r->root, STR("requestParameters"));
    char buffer[1024];
    unsigned n = 0;
    c->zone = node_get_str(request, STR("hostedZoneId"));
    for (struct node_each e = node_each(NODE(request, "changeBatch", "changes")); node_next(&e) && n < LOG_ZONE_CHANGES; n++) {
        const struct node set = node_get(e.value, STR("resourceRecordSet"));
        const bool is_removed = str_is(node_get_str(e.value, STR("action")), "DELETE");
        struct str values = joined(node_get(set, STR("resourceRecords")), "value", buffer, sizeof(buffer));
        if (!values.n)
            values = node_str(NODE(set, "aliasTarget", "dNSName"));
        const struct node ttl = node_get(set, STR("tTL"));
        change(c, node_get_str(set, STR("name")), node_get_str(set, STR("type")), number_at(node_is(ttl) ? ttl : node_get(set, STR("ttl")), 0),
               is_removed ? STR_NULL : values);
    }
}

static void take_google_dns(struct zone_change *c)
{
    const struct node request = NODE(c->r->root, "protoPayload", "request");
    static const char *const sides[] = {"deletions", "additions"};
    char buffer[1024];
    c->zone = node_get_str(request, STR("managedZone"));
    unsigned n = 0;
    /* a change is a deletion and an addition of one name: the deletion is left out when something is added */
    const bool adds = length_of(NODE(request, "change", "additions")) > 0;
    for (size_t side = adds; side < ARRAY_SIZE(sides); side++)
        for (struct node_each e = node_each(NODE(request, "change", sides[side])); node_next(&e) && n < LOG_ZONE_CHANGES; n++)
            change(c, node_get_str(e.value, STR("name")), node_get_str(e.value, STR("type")), number_at(node_get(e.value, STR("ttl")), 0),
                   side ? joined(node_get(e.value, STR("rrdatas")), NULL, buffer, sizeof(buffer)) : STR_NULL);
}

static void take_alidns(struct zone_change *c)
{
    const struct node request = node_get(c->r->root, STR("requestParameters"));
    const struct str record = node_get_str(request, STR("RecordId"));
    c->zone = node_get_str(request, STR("DomainName"));
    c->zone = c->zone.n ? c->zone : record;
    change(c, node_get_str(request, STR("RR")), node_get_str(request, STR("Type")), number_at(node_get(request, STR("TTL")), 0), node_get_str(request, STR("Value")));
}

static void take_zone(struct log_sum *sum, struct log_state *s, const struct log_record *r, struct str action)
{
    struct zone_change c = {.r = r, .s = s, .now = &sum->now};
    void (*take)(struct zone_change *c) = NULL;
    if (r->event.type == EVENT_CLOUDTRAIL && str_is(action, "ChangeResourceRecordSets"))
        take = take_route53;
    else if (r->event.type == EVENT_GCP_AUDIT && str_ends(action, STR("dns.changes.create")))
        take = take_google_dns;
    else if (r->event.type == EVENT_ACTIONTRAIL && (str_is(action, "AddDomainRecord") || str_is(action, "UpdateDomainRecord")))
        take = take_alidns;
    if (take && str_is(get_str(r, F_CLOUD_OUTCOME), "success"))
        take(&c);
}

/* ---- flows ---- */

/* Whose network it is: AWS does not say so in its flow logs, but its accounts are twelve digits. */
static struct str owner_of(const struct log_record *r)
{
    const struct str said = get_str(r, F_CLOUD_PROVIDER);
    uint64_t u;
    return said.n ? said : str_starts(get_str(r, F_FLOW_INTERFACE), STR("eni-")) && get_str(r, F_CLOUD_ACCOUNT).n == 12 && str_to_u64(get_str(r, F_CLOUD_ACCOUNT), &u) ? STR("aws") : STR_NULL;
}

static void take_flow(struct log_sum *sum, struct log_state *s, const struct log_record *r)
{
    struct value src, dst, bytes;
    char sender[64], peer[96];
    if (!(get(r, F_FLOW_PKT_SRC, VALUE_IP, &src) || get(r, F_FLOW_SRC, VALUE_IP, &src)) || !(get(r, F_FLOW_PKT_DST, VALUE_IP, &dst) || get(r, F_FLOW_DST, VALUE_IP, &dst)) ||
        !get(r, F_FLOW_BYTES, VALUE_UINT, &bytes) || !is_private(src.net))
        return;
    /* what comes in is somebody else's to tell */
    if (str_is(get_str(r, F_FLOW_DIRECTION), "ingress") || str_is(get_str(r, F_FLOW_ACTION), "REJECT"))
        return;
    put_net(sender, sizeof(sender), src.net);
    const struct str service = get_str(r, F_FLOW_DST_SERVICE);
    if (is_private(dst.net)) {
        struct net wide = *dst.net;
        wide.prefix = wide.v6 ? 48 : 16;
        memset(wide.bytes + wide.prefix / 8, 0, sizeof(wide.bytes) - wide.prefix / 8);
        put_net(peer, sizeof(peer), &wide);
    } else {
        const struct cloud_place cloud = addresses_find(sum->addresses, dst.net).cloud;
        const struct str name = service.n ? service : cloud.provider.n ? cloud.provider : STR("internet"), region = service.n ? STR_NULL : cloud.region;
        snprintf(peer, sizeof(peer), "%.*s%s%.*s", STR_ARG(str_sub(name, 0, 30)), region.n ? " " : "", STR_ARG(str_sub(region, 0, CLOUDS_WORD)));
        sum->is_within = service.n || (cloud.provider.n && str_eq(cloud.provider, owner_of(r)));
    }
    log_state_volume(s, r->event.time_ns, str_from(sender), str_from(peer), bytes.u, &sum->now);
}

/* ---- names that resolvers answered ---- */

/* Where an address lies, in a word. */
static struct str place_of(const struct log_sum *sum, const struct log_record *r, const struct net *ip)
{
    const struct address_facts f = addresses_find(sum->addresses, ip);
    struct net wide = *ip;
    char text[64];
    if (is_private(ip))
        return STR("private");
    if (f.geo.asn)
        return arena_printf(log_arena(r), "AS%u", f.geo.asn);
    if (f.cloud.provider.n)
        return f.cloud.provider;
    wide.prefix = wide.v6 ? 32 : 16;
    memset(wide.bytes + wide.prefix / 8, 0, sizeof(wide.bytes) - wide.prefix / 8);
    put_net(text, sizeof(text), &wide);
    return arena_str(log_arena(r), str_from(text));
}

static void take_answer(struct log_sum *sum, struct log_state *s, const struct log_record *r)
{
    enum { ADDRESSES = 16 }; /* of an answer; more than that say nothing new */
    struct str places[ADDRESSES];
    struct value v;
    struct net ip;
    size_t n = 0;
    if (!get(r, F_DNS_ANSWERS, VALUE_LIST, &v))
        return;
    for (size_t i = 0; i < v.list.n && n < ADDRESSES; i++)
        if (v.list.v[i].type == VALUE_STRING && net_from_str(v.list.v[i].s, &ip) && ip.prefix == (ip.v6 ? 128 : 32))
            places[n++] = place_of(sum, r, &ip);
    log_state_answer(s, r->event.time_ns, get_str(r, F_DNS_VPC), get_str(r, F_DNS_QUESTION), get_str(r, F_DNS_TYPE), places, n, &sum->now);
}

/* ---- how often a log is written ---- */

enum { STREAM_BYTES = 512 };
static struct str stream_of(const struct log_record *r, char ret[STREAM_BYTES])
{
    static const enum field_id by[] = {F_CLOUD_ACCOUNT, F_LOG_HOST, F_FLOW_INTERFACE};
    struct str who = STR_NULL;
    for (size_t i = 0; i < ARRAY_SIZE(by) && !who.n; i++)
        who = get_str(r, by[i]);
    const struct str type = str_from(event_type_name(r->event.type));
    who = str_sub(who, 0, 256);
    memcpy(ret, type.p, type.n);
    ret[type.n] = '/';
    memcpy(ret + type.n + 1, who.p ? who.p : "", who.n);
    return str_n(ret, type.n + 1 + who.n);
}

static void take_stream(struct log_sum *sum, struct log_state *s, const struct log_record *r)
{
    char stream[STREAM_BYTES];
    if (r->event.time_ns)
        log_state_stream(s, r->event.time_ns, stream_of(r, stream), &sum->now);
}

/* The address. */
static void make_own(struct log_sum *sum)
{
    static const enum field_id addresses[] = {F_CLOUD_IP, F_LOGIN_IP, F_HTTP_IP};
    const struct log_record *r = sum->record;
    struct value v;
    if (sum->is_own_made)
        return;
    sum->is_own_made = true;
    sum->has_ip = false;
    for (size_t i = 0; i < ARRAY_SIZE(addresses) && !sum->has_ip; i++)
        if (get(r, addresses[i], VALUE_IP, &v)) {
            sum->ip = *v.net;
            sum->has_ip = true;
        }
    sum->facts = log_place_of(sum->addresses, r, sum->has_ip ? &sum->ip : NULL);
}

static int give_text(struct value *ret, const char *text)
{
    *ret = VALUE_OF_STR(str_from(text));
    return text[0] != 0;
}

static int get_network(struct log_sum *sum, struct value *ret)
{
    if (!sum->has_ip)
        return 0;
    const struct net network = log_network(&sum->ip);
    put_net(sum->network, sizeof(sum->network), &network);
    return give_text(ret, sum->network);
}

/* The state remembers what agents were read as. */
static int get_agent(struct log_sum *sum, struct value *ret)
{
    if (sum->now.agent[0])
        return give_text(ret, sum->now.agent);
    log_agent_family(get_str(sum->record, F_CLOUD_AGENT), sum->agent);
    return give_text(ret, sum->agent);
}

/* Somebody who was met before, or is met now. */
static struct log_met *meet(struct log_sum *sum, struct log_state *s, const struct log_record *r, uint64_t who)
{
    struct log_act act;
    char stream[STREAM_BYTES];
    bool is_new;
    if (!sum->mets)
        sum->mets = log_mets_new();
    struct log_met *m = log_mets_find(sum->mets, who, &is_new);
    if (is_new) {
        make_own(sum);
        m->ip = sum->ip;
        m->has_ip = sum->has_ip;
        m->facts = sum->facts;
        m->stream = log_state_stream_key(s, stream_of(r, stream));
        m->is_service = !read_act(sum, r, &act);
        if (!m->is_service)
            log_state_who(s, &act, &m->who);
    }
    return m;
}

/* A request of which is quickly told who it was. */
static void take_met(struct log_sum *sum, struct log_state *s, const struct log_record *r, const struct log_did *did)
{
    struct log_met *m = meet(sum, s, r, did->who);
    sum->is_own_made = true;
    sum->ip = m->ip;
    sum->has_ip = m->has_ip;
    sum->facts = m->facts;
    if (r->event.time_ns)
        log_state_wrote(s, r->event.time_ns, m->stream, &m->stream_at, &sum->now);
    if (!m->is_service)
        log_state_did(s, &m->who, r->event.time_ns, did->service, did->action, &sum->now);
}

void log_sum_done(struct log_sum *sum)
{
    sum->mets = log_mets_free(sum->mets);
}

void log_sum_take(struct log_sum *sum, struct log_state *s, const struct log_prices *prices, const struct log_record *r)
{
    struct log_did did;
    log_now_reset(&sum->now);
    sum->record = r;
    sum->prices = prices;
    sum->is_own_made = sum->is_within = false;
    sum->is_taken = s != NULL;
    if (!s)
        return;
    const bool is_told = r->ops->did;
    if (is_told) {
        r->ops->did(r, s, &did);
        take_met(sum, s, r, &did);
    } else {
        make_own(sum);
        take_stream(sum, s, r);
    }
    if (r->event.type == EVENT_FLOW_LOG)
        take_flow(sum, s, r);
    if (r->event.type == EVENT_DNS_LOG)
        take_answer(sum, s, r);
    if (!is_cloud(r))
        return;
    const struct str action = is_told ? did.action : get_str(r, F_CLOUD_ACTION);
    if (!is_told)
        take_act(sum, s, r, action);
    take_spend(sum, s, prices, r, action);
    take_zone(sum, s, r, action);
}

unsigned log_sum_lacks(const struct log_sum *sum)
{
    const struct log_now *now = &sum->now;
    const struct log_record *r = sum->record;
    if (!sum->is_taken)
        return 0;
    return (now->spend.is ? 0 : FAMILY_SPEND) | (now->volume.is ? 0 : FAMILY_VOLUME) | (now->zone.is ? 0 : FAMILY_ZONE) | (now->names.is ? 0 : FAMILY_NAMES) |
           (now->gap.is ? 0 : FAMILY_GAP) | (r->ops->is_login && !r->ops->is_login(r) ? FAMILY_LOGIN : 0) | (r->values.n_named ? 0 : FAMILY_NAMED);
}

bool log_sum_brief(const struct log_sum *sum, uint8_t ret[BRIEF__N])
{
    const struct log_now *now = &sum->now;
    uint8_t is_new = 0;
    if (!sum->is_taken)
        return false;
    for (unsigned i = 0; now->habit.is && i < TRAIT__N; i++)
        is_new |= (uint8_t)(now->habit.is_new[i] << i);
    ret[BRIEF_NEW] = is_new;
    ret[BRIEF_AT_ONCE] = now->at_once ? brief_number(now->at_once) : 0;
    ret[BRIEF_BESIDE_PERSON] = now->at_once ? brief_number(now->has_person) : 0;
    ret[BRIEF_GAP] = now->gap.is ? brief_number(now->gap.length_ns / MINUTE_NS) : 0;
    return true;
}

/* ---- answers ---- */

static int give_uint(struct value *ret, enum field_id id, uint64_t u)
{
    *ret = (struct value){.type = FIELDS[id].type, .u = u};
    return 1;
}

static int give_double(struct value *ret, double d)
{
    *ret = (struct value){.type = VALUE_DOUBLE, .d = d};
    return 1;
}

static int give_traits(const bool is_new[TRAIT__N], const struct value *room, struct value *ret)
{
    struct value *v = (struct value *)room; /* the answers' own room */
    size_t n = 0;
    for (unsigned i = 0; i < TRAIT__N; i++)
        if (is_new[i])
            v[n++] = VALUE_OF_STR(str_from(log_trait_name((enum log_trait)i)));
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return n > 0;
}

static int get_habit(const struct log_sum *sum, enum field_id id, struct value *ret)
{
    const struct log_now *now = &sum->now;
    const struct log_habit *h = &now->habit;
    switch (id) {
    case F_HABIT_DAYS:
        return h->is ? give_uint(ret, id, h->days) : 0;
    case F_HABIT_EVENTS:
        return h->is ? give_uint(ret, id, h->events) : 0;
    case F_HABIT_IDLE:
        return h->is && h->events ? give_uint(ret, id, h->idle_ns) : 0;
    case F_HABIT_IDLE_DAYS:
        return h->is && h->events ? give_uint(ret, id, h->idle_ns / DAY_NS) : 0;
    case F_HABIT_NEW:
        return h->is ? give_traits(h->is_new, sum->is_new, ret) : 0;
    case F_HABIT_NETWORKS:
        return h->is ? give_uint(ret, id, h->traits[TRAIT_NETWORK]) : 0;
    case F_HABIT_REGIONS:
        return h->is ? give_uint(ret, id, h->traits[TRAIT_REGION]) : 0;
    case F_HABIT_COUNTRIES:
        return h->is ? give_uint(ret, id, h->traits[TRAIT_COUNTRY]) : 0;
    case F_HABIT_ASNS:
        return h->is ? give_uint(ret, id, h->traits[TRAIT_ASN]) : 0;
    case F_HABIT_COUNTRIES_AT_ONCE:
        return now->countries_at_once ? give_uint(ret, id, now->countries_at_once) : 0;
    case F_HABIT_ASNS_AT_ONCE:
        return now->asns_at_once ? give_uint(ret, id, now->asns_at_once) : 0;
    case F_HABIT_OTHER_COUNTRY:
        return give_text(ret, now->other_country);
    case F_HABIT_OTHER_ASN:
        return now->other_asn ? give_uint(ret, id, now->other_asn) : 0;
    case F_HABIT_AT_ONCE:
        return now->at_once ? give_uint(ret, id, now->at_once) : 0;
    case F_HABIT_OTHER_IP:
        *ret = (struct value){.type = VALUE_IP, .net = &now->other};
        return now->has_other;
    case F_HABIT_NEIGHBOURS:
        return now->at_once ? give_uint(ret, id, now->neighbours) : 0;
    case F_HABIT_BESIDE_PERSON:
        *ret = VALUE_OF_BOOL(now->has_person);
        return now->at_once != 0;
    case F_ACCOUNT_DAYS:
        return now->account.is ? give_uint(ret, id, now->account.days) : 0;
    case F_ACCOUNT_EVENTS:
        return now->account.is ? give_uint(ret, id, now->account.events) : 0;
    default:
        return now->account.is ? give_traits(now->account.is_new, sum->is_new_in_account, ret) : 0;
    }
}

static int get_names(const struct log_names *n, enum field_id id, struct value *ret)
{
    if (!n->is)
        return 0;
    switch (id) {
    case F_DNS_KNOWN_DAYS:
        return give_uint(ret, id, n->days);
    case F_DNS_KNOWN_ANSWERS:
        return give_uint(ret, id, n->answers);
    case F_DNS_PLACES:
        return give_uint(ret, id, n->places);
    case F_DNS_PLACE:
        return give_text(ret, n->place);
    default:
        *ret = VALUE_OF_BOOL(id == F_DNS_IS_ELSEWHERE ? n->is_elsewhere : n->is_conflict);
        return 1;
    }
}

static int get_rate(const struct log_sum *sum, enum field_id id, struct value *ret)
{
    const struct log_now *now = &sum->now;
    const struct log_volume *v = &now->volume;
    const struct log_prices *p = sum->prices;
    switch (id) {
    case F_SPEND_RATE:
        return now->spend.is ? give_double(ret, now->spend.usd_per_hour) : 0;
    case F_SPEND_COUNT:
        return now->spend.is ? give_uint(ret, id, now->spend.count) : 0;
    case F_VOLUME_PEER:
        return v->is ? give_text(ret, v->peer) : 0;
    case F_VOLUME_BYTES:
        return v->is ? give_double(ret, v->bytes) : 0;
    case F_VOLUME_USUAL:
        return v->is_known ? give_double(ret, v->usual) : 0;
    case F_VOLUME_Z:
        return v->is_known ? give_double(ret, v->z) : 0;
    case F_VOLUME_DAYS:
        return v->is ? give_uint(ret, id, v->days) : 0;
    case F_VOLUME_SENDER_DAYS:
        return v->is ? give_uint(ret, id, v->sender_days) : 0;
    case F_VOLUME_USD:
        return v->is && p ? give_double(ret, v->bytes / 1e9 * (sum->is_within ? p->region_gb : p->internet_gb)) : 0;
    case F_VOLUME_GB:
        return v->is ? give_double(ret, v->bytes / 1e9) : 0;
    case F_GAP_LENGTH:
        return now->gap.is ? give_uint(ret, id, now->gap.length_ns) : 0;
    case F_GAP_MINUTES:
        return now->gap.is ? give_uint(ret, id, now->gap.length_ns / MINUTE_NS) : 0;
    case F_GAP_USUAL:
        return now->gap.is ? give_uint(ret, id, now->gap.usual_ns / MINUTE_NS) : 0;
    case F_GAP_SEEN:
        return now->gap.is ? give_uint(ret, id, now->gap.seen_ns / MINUTE_NS) : 0;
    default:
        return now->gap.is ? give_uint(ret, id, now->gap.records) : 0;
    }
}

static int get_zone(const struct log_zone *z, enum field_id id, struct value *ret)
{
    if (!z->is)
        return 0;
    switch (id) {
    case F_ZONE_NAME:
        return give_text(ret, z->name);
    case F_ZONE_TYPE:
        return give_text(ret, z->type);
    case F_ZONE_BEFORE:
        return give_text(ret, z->before);
    case F_ZONE_AFTER:
        return give_text(ret, z->after);
    case F_ZONE_TTL:
        return give_uint(ret, id, z->ttl);
    case F_ZONE_TTL_BEFORE:
        return z->is_known ? give_uint(ret, id, z->ttl_before) : 0;
    case F_ZONE_IS_CHANGED:
        *ret = VALUE_OF_BOOL(z->is_changed);
        return 1;
    case F_ZONE_IS_NEW_TARGET:
        *ret = VALUE_OF_BOOL(z->is_new_target);
        return 1;
    default:
        return z->is_known ? give_uint(ret, id, z->known_for_ns / DAY_NS) : 0;
    }
}

int log_sum_get(const struct log_sum *sum, const struct field_ref *ref, struct value *ret)
{
    struct log_sum *own = (struct log_sum *)sum; /* a record is asked through a const event */
    if (ref->id >= F_CLOUD_COUNTRY)
        return log_place_get(sum, ref, ret);
    if (ref->id == F_LOGIN_NETWORK || ref->id == F_CLOUD_NETWORK) {
        make_own(own);
        return get_network(own, ret);
    }
    if (ref->id == F_CLOUD_AGENT_FAMILY)
        return get_agent(own, ret);
    if (ref->id >= F_HABIT_DAYS && ref->id <= F_ACCOUNT_NEW)
        return get_habit(sum, ref->id, ret);
    if (ref->id >= F_ZONE_NAME && ref->id <= F_ZONE_KNOWN_DAYS)
        return get_zone(&sum->now.zone, ref->id, ret);
    if (ref->id >= F_DNS_KNOWN_DAYS && ref->id <= F_DNS_IS_CONFLICT)
        return get_names(&sum->now.names, ref->id, ret);
    if (ref->id >= F_SPEND_RATE && ref->id <= F_GAP_RECORDS)
        return get_rate(sum, ref->id, ret);
    return 0;
}
