// SPDX-License-Identifier: Apache-2.0
/* What `resolvectl monitor --json=short` tells of each lookup of a machine: a question, its state, the answer. https://www.freedesktop.org/software/systemd/man/resolvectl.html */
#include <arpa/inet.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "log/record.h"
#include "log/text_values.h"

static struct node key_of(struct node root)
{
    return node_at(node_get(root, STR("question")), 0);
}

static bool resolved_is(struct node root)
{
    const struct node key = key_of(root);
    return node_get_str(root, STR("state")).n && node_kind(node_get(key, STR("name"))) == NODE_STRING && node_is(node_get(key, STR("type"))) && node_is(node_get(key, STR("class")));
}

static struct str type_name(struct arena *a, struct node type)
{
    static const struct {
        uint16_t number;
        const char *name;
    } TYPES[] = {{1, "A"}, {2, "NS"}, {5, "CNAME"}, {6, "SOA"}, {12, "PTR"}, {13, "HINFO"}, {15, "MX"}, {16, "TXT"}, {28, "AAAA"}, {33, "SRV"}, {35, "NAPTR"}, {43, "DS"}, {48, "DNSKEY"}, {52, "TLSA"}, {64, "SVCB"},
                 {65, "HTTPS"}, {255, "ANY"}};
    uint64_t u;
    if (!node_u64(type, &u) || u > UINT16_MAX)
        return STR_NULL;
    for (size_t i = 0; i < ARRAY_SIZE(TYPES); i++)
        if (TYPES[i].number == u)
            return str_from(TYPES[i].name);
    return arena_printf(a, "TYPE%u", (unsigned)u);
}

static struct str rcode_name(struct arena *a, struct node root)
{
    static const char *const CODES[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
    uint64_t u;
    if (node_is_str(node_get(root, STR("state")), "success"))
        return STR("NOERROR");
    if (!node_u64(node_get(root, STR("rcode")), &u) || u > UINT16_MAX)
        return STR_NULL;
    return u < ARRAY_SIZE(CODES) ? str_from(CODES[u]) : arena_printf(a, "RCODE%u", (unsigned)u);
}

/* Bytes as numbers; false when there are more than `max`, or others. */
static bool take_bytes(struct node list, uint8_t *ret, size_t max, size_t *ret_n)
{
    uint64_t u;
    *ret_n = 0;
    for (struct node_each e = node_each(list); node_kind(list) == NODE_ARRAY && node_next(&e);) {
        if (*ret_n == max || !node_u64(e.value, &u) || u > UINT8_MAX)
            return false;
        ret[(*ret_n)++] = (uint8_t)u;
    }
    return *ret_n;
}

/* An address, a name, or the texts of a TXT. */
static struct str answer_of(struct arena *a, struct node rr)
{
    enum { TEXT_MOST = 255 };
    static const char *const NAMES[] = {"name", "exchange"};
    uint8_t bytes[TEXT_MOST];
    char text[INET6_ADDRSTRLEN];
    size_t n;
    if (take_bytes(node_get(rr, STR("address")), bytes, 16, &n))
        return (n == 4 || n == 16) && inet_ntop(n == 4 ? AF_INET : AF_INET6, bytes, text, sizeof(text)) ? arena_str(a, str_from(text)) : STR_NULL;
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (node_get_str(rr, str_from(NAMES[i])).n)
            return node_get_str(rr, str_from(NAMES[i]));
    const struct node items = node_get(rr, STR("items"));
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (struct node_each e = node_each(items); node_kind(items) == NODE_ARRAY && node_next(&e);)
        if (take_bytes(e.value, bytes, TEXT_MOST, &n))
            strbuf_add(&b, str_n((const char *)bytes, n));
    return arena_str(a, strbuf_str(&b));
}

static void resolved_begin(struct log_record *r)
{
    enum { ANSWERS_MAX = 64 };
    struct log_values *v = &r->values;
    const struct node key = key_of(r->root);
    struct value *answers = arena_array(&r->arena, struct value, ANSWERS_MAX);
    size_t n = 0;
    v->time_ns = log_node_time(node_get(r->root, STR("timestamp")));
    log_set_str(v, F_LOG_PROGRAM, STR("systemd-resolved"));
    text_values_question(v, node_get_str(key, STR("name")));
    log_set_str(v, F_DNS_TYPE, type_name(&r->arena, node_get(key, STR("type"))));
    log_set_str(v, F_DNS_RCODE, rcode_name(&r->arena, r->root));
    log_set_bool(v, F_DNS_IS_ANSWER, true);
    log_set_bool(v, F_DNS_IS_ANSWER_ONLY, false);
    const struct node list = node_get(r->root, STR("answer"));
    for (struct node_each e = node_each(list); node_kind(list) == NODE_ARRAY && n < ANSWERS_MAX && node_next(&e);) {
        const struct str s = answer_of(&r->arena, node_get(e.value, STR("rr")));
        if (s.n)
            answers[n++] = VALUE_OF_STR(s);
    }
    text_values_list(v, F_DNS_ANSWERS, answers, n);
}

const struct log_format_ops LOG_RESOLVED_OPS = {.type = EVENT_DNS_LOG, .is_json = resolved_is, .begin = resolved_begin};
