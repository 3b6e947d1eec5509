// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include "base/strbuf.h"
#include "event/value.h"

static const char *const NAMES[] = {
    [VALUE_NONE] = "none",         [VALUE_BOOL] = "bool",     [VALUE_INT] = "int",   [VALUE_UINT] = "uint",
    [VALUE_DOUBLE] = "double",     [VALUE_STRING] = "string", [VALUE_BYTES] = "bytes", [VALUE_PORT] = "port",
    [VALUE_TIME] = "time",         [VALUE_DURATION] = "duration", [VALUE_IP] = "ip", [VALUE_NET] = "net",
    [VALUE_LIST] = "list",         [VALUE_DYNAMIC] = "dynamic",
};

const char *value_type_name(enum value_type t)
{
    return NAMES[t];
}

static void add_net(struct strbuf *b, const struct net *net)
{
    char text[INET6_ADDRSTRLEN];
    if (!inet_ntop(net->v6 ? AF_INET6 : AF_INET, net->bytes, text, sizeof(text)))
        return;
    strbuf_adds(b, text);
    if (net->prefix != (net->v6 ? 128 : 32))
        strbuf_printf(b, "/%u", net->prefix);
}

void value_add_text(struct strbuf *b, const struct value *v)
{
    switch (v->type) {
    case VALUE_BOOL:
        strbuf_adds(b, v->b ? "true" : "false");
        break;
    case VALUE_INT:
        strbuf_printf(b, "%lld", (long long)v->i);
        break;
    case VALUE_UINT:
    case VALUE_PORT:
    case VALUE_TIME:
    case VALUE_DURATION:
        strbuf_printf(b, "%llu", (unsigned long long)v->u);
        break;
    case VALUE_DOUBLE:
        strbuf_printf(b, "%.10g", v->d);
        break;
    case VALUE_STRING:
    case VALUE_BYTES:
        strbuf_add(b, v->s);
        break;
    case VALUE_IP:
    case VALUE_NET:
        add_net(b, v->net);
        break;
    case VALUE_LIST:
        strbuf_addc(b, '(');
        for (size_t i = 0; i < v->list.n; i++) {
            if (i)
                strbuf_addc(b, ',');
            value_add_text(b, &v->list.v[i]);
        }
        strbuf_addc(b, ')');
        break;
    case VALUE_NONE:
    case VALUE_DYNAMIC:
        strbuf_adds(b, "<NA>");
        break;
    }
}

bool net_from_str(struct str s, struct net *ret)
{
    char text[INET6_ADDRSTRLEN];
    struct net net = {};
    const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    size_t n = slash ? (size_t)(slash - s.p) : s.n;
    if (!n || n >= sizeof(text))
        return false;
    memcpy(text, s.p, n);
    text[n] = 0;
    net.v6 = memchr(text, ':', n) != NULL;
    if (inet_pton(net.v6 ? AF_INET6 : AF_INET, text, net.bytes) != 1)
        return false;
    uint64_t widest = net.v6 ? 128 : 32, prefix = widest;
    if (slash && (!str_to_u64(str_sub(s, n + 1, s.n), &prefix) || prefix > widest))
        return false;
    net.prefix = (uint8_t)prefix;
    *ret = net;
    return true;
}

bool net_contains(const struct net *net, const struct net *address)
{
    if (net->v6 != address->v6)
        return false;
    size_t whole = net->prefix / 8, rest = net->prefix % 8;
    if (memcmp(net->bytes, address->bytes, whole))
        return false;
    return !rest || !((net->bytes[whole] ^ address->bytes[whole]) & (0xff << (8 - rest)));
}
