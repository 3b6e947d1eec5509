// SPDX-License-Identifier: Apache-2.0
#include "log/place.h"

#include "log/sum.h"

struct address_facts log_place_of(struct addresses *a, const struct log_record *r, const struct net *ip)
{
    struct address_facts facts = ip ? addresses_find(a, ip) : (struct address_facts){};
    uint64_t asn;
    if (r->format == LOG_GITHUB && !facts.geo.country.n) { /* where an organisation asks for it */
        const struct str code = node_str(NODE(r->root, "actor_location", "country_code"));
        facts.geo.country = code.n == 2 ? code : STR_NULL;
    }
    if (r->format != LOG_ENTRA || !node_is(r->root))
        return facts;
    /* Entra says it itself, in either shape */
    const struct node inner = node_get(r->root, STR("properties")), body = node_is(inner) ? inner : r->root;
    const struct str country = node_str(NODE(body, "location", "countryOrRegion"));
    if (!facts.geo.country.n && country.n == 2)
        facts.geo.country = country;
    if (!facts.geo.asn && node_u64(node_get(body, STR("autonomousSystemNumber")), &asn) && asn <= UINT32_MAX)
        facts.geo.asn = (uint32_t)asn;
    return facts;
}

enum fact { COUNTRY, ASN, AS_ORG, PROVIDER, REGION };

static int give(const struct address_facts *f, enum fact what, struct value *ret)
{
    switch (what) {
    case COUNTRY:
        return log_give_str(f->geo.country, ret);
    case ASN:
        return f->geo.asn && log_give_uint(f->geo.asn, ret);
    case AS_ORG:
        return log_give_str(f->geo.as_org, ret);
    case PROVIDER:
        return log_give_str(f->cloud.provider, ret);
    default:
        return log_give_str(f->cloud.region, ret);
    }
}

static const struct {
    enum field_id id, addresses[2];
    enum fact what;
} FACTS[] = {
    {F_CLOUD_COUNTRY, {F_CLOUD_IP, F_CLOUD_IP}, COUNTRY},
    {F_CLOUD_ASN, {F_CLOUD_IP, F_CLOUD_IP}, ASN},
    {F_CLOUD_AS_ORG, {F_CLOUD_IP, F_CLOUD_IP}, AS_ORG},
    {F_CLOUD_IP_PROVIDER, {F_CLOUD_IP, F_CLOUD_IP}, PROVIDER},
    {F_CLOUD_IP_REGION, {F_CLOUD_IP, F_CLOUD_IP}, REGION},
    {F_LOGIN_COUNTRY, {F_LOGIN_IP, F_LOGIN_IP}, COUNTRY},
    {F_LOGIN_ASN, {F_LOGIN_IP, F_LOGIN_IP}, ASN},
    {F_LOGIN_AS_ORG, {F_LOGIN_IP, F_LOGIN_IP}, AS_ORG},
    {F_LOGIN_IP_PROVIDER, {F_LOGIN_IP, F_LOGIN_IP}, PROVIDER},
    {F_HTTP_COUNTRY, {F_HTTP_IP, F_HTTP_IP}, COUNTRY},
    {F_HTTP_ASN, {F_HTTP_IP, F_HTTP_IP}, ASN},
    {F_HTTP_AS_ORG, {F_HTTP_IP, F_HTTP_IP}, AS_ORG},
    {F_HTTP_IP_PROVIDER, {F_HTTP_IP, F_HTTP_IP}, PROVIDER},
    {F_FLOW_SRC_COUNTRY, {F_FLOW_PKT_SRC, F_FLOW_SRC}, COUNTRY},
    {F_FLOW_SRC_ASN, {F_FLOW_PKT_SRC, F_FLOW_SRC}, ASN},
    {F_FLOW_SRC_AS_ORG, {F_FLOW_PKT_SRC, F_FLOW_SRC}, AS_ORG},
    {F_FLOW_SRC_PROVIDER, {F_FLOW_PKT_SRC, F_FLOW_SRC}, PROVIDER},
    {F_FLOW_SRC_REGION, {F_FLOW_PKT_SRC, F_FLOW_SRC}, REGION},
    {F_FLOW_DST_COUNTRY, {F_FLOW_PKT_DST, F_FLOW_DST}, COUNTRY},
    {F_FLOW_DST_ASN, {F_FLOW_PKT_DST, F_FLOW_DST}, ASN},
    {F_FLOW_DST_AS_ORG, {F_FLOW_PKT_DST, F_FLOW_DST}, AS_ORG},
    {F_FLOW_DST_PROVIDER, {F_FLOW_PKT_DST, F_FLOW_DST}, PROVIDER},
    {F_FLOW_DST_REGION, {F_FLOW_PKT_DST, F_FLOW_DST}, REGION},
};

static bool get(const struct log_record *r, enum field_id id, struct value *ret)
{
    return event_get(&r->event, &(struct field_ref){.id = id}, ret) == 1;
}

static int get_case(const struct log_sum *sum, struct value *ret)
{
    struct value v;
    uint64_t number = 0;
    if (!sum->cases || !get(sum->record, F_CLOUD_INSTANCES, &v) || v.type != VALUE_LIST)
        return 0;
    for (size_t i = 0; i < v.list.n && !number; i++)
        if (v.list.v[i].type == VALUE_STRING)
            number = sum->cases->of(sum->cases->ctx, v.list.v[i].s, sum->record->event.time_ns);
    return number && log_give_uint(number, ret);
}

int log_place_get(const struct log_sum *sum, const struct field_ref *ref, struct value *ret)
{
    struct value v;
    if (ref->id == F_CLOUD_RESOURCE_CASE)
        return get_case(sum, ret);
    const unsigned at = ref->id - F_CLOUD_COUNTRY;
    if (at >= ARRAY_SIZE(FACTS) || FACTS[at].id != ref->id)
        return 0;
    for (size_t i = 0; i < 2; i++)
        if (get(sum->record, FACTS[at].addresses[i], &v) && v.type == VALUE_IP) {
            const struct address_facts f = log_place_of(sum->addresses, sum->record, v.net);
            return give(&f, FACTS[at].what, ret);
        }
    return 0;
}
