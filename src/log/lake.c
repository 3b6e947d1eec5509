// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/json_string.h"
#include "log/lake.h"

static const char *const NAMES[] = {
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
    "errorMessage", "requestParameters", "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "resources",
    "eventType", "apiVersion", "managementEvent", "recipientAccountId", "serviceEventDetails", "sharedEventID", "vpcEndpointId",
    "eventCategory", "addendum", "sessionCredentialFromConsole", "edgeDeviceDetails", "tlsDetails", "principalId", "arn", "accountId",
    "accessKeyId", "userName", "invokedBy", "sessionContext", "sessionIssuer", "mfaAuthenticated", "creationDate", "identityProvider",
    "webIdFederationData", "federatedProvider", "tlsVersion", "cipherSuite", "clientProvidedHostHeader"};
/* Whose members have names of the list too; what is in requests and responses is written as it was. */
static const char *const OWN[] = {"userIdentity", "tlsDetails", "sessionContext", "sessionIssuer", "attributes", "webIdFederationData"};

static struct str name_of(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_eq_nocase(name, str_from(NAMES[i])))
            return str_from(NAMES[i]);
    return name;
}

static bool is_own(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(OWN); i++)
        if (str_is(name, OWN[i]))
            return true;
    return false;
}

bool lake_is(struct node root)
{
    return node_is(node_get(root, STR("eventname"))) || node_get_str(root, STR("requestParameters")).n ||
           node_get_str(root, STR("userIdentity")).n;
}

static void add_plain(struct strbuf *b, struct node n)
{
    _cleanup_(arena_done) struct arena arena = {};
    const struct str s = node_str(n);
    if (node_kind(n) != NODE_STRING)
        strbuf_add(b, node_text(n, &arena));
    else if (s.n > 1 && (s.p[0] == '{' || s.p[0] == '[') && (s.p[1] == '"' || s.p[1] == '{' || s.p[1] == '}' || s.p[1] == ']'))
        strbuf_add(b, s);
    else if (!s.n || str_is(s, "null"))
        strbuf_adds(b, "null");
    else
        json_string_add_bytes(b, s);
}

/* {type=IAMUser, arn=arn:aws:…, sessioncontext={attributes={…}}}: how Athena writes a row of columns. */
static void add_row(struct strbuf *b, struct str *s, unsigned depth)
{
    enum { DEEP = 8 };
    bool is_first = true;
    strbuf_addc(b, '{');
    *s = str_sub(*s, 1, s->n);
    while (s->n && s->p[0] != '}') {
        const ptrdiff_t is = str_find(*s, STR("="), 0);
        if (is < 0)
            break;
        if (!is_first)
            strbuf_addc(b, ',');
        is_first = false;
        json_string_add_bytes(b, name_of(str_trim(str_sub(*s, 0, (size_t)is))));
        strbuf_addc(b, ':');
        *s = str_sub(*s, (size_t)is + 1, s->n);
        if (s->n && s->p[0] == '{' && depth < DEEP) {
            add_row(b, s, depth + 1);
        } else {
            size_t n = 0;
            while (n < s->n && s->p[n] != '}' && !(s->p[n] == ',' && n + 1 < s->n && s->p[n + 1] == ' '))
                n++;
            const struct str value = str_sub(*s, 0, n);
            if (str_is(value, "null"))
                strbuf_adds(b, "null");
            else
                json_string_add_bytes(b, value);
            *s = str_sub(*s, n, s->n);
        }
        while (s->n && (s->p[0] == ',' || s->p[0] == ' '))
            *s = str_sub(*s, 1, s->n);
    }
    *s = str_sub(*s, 1, s->n);
    strbuf_addc(b, '}');
}

static void add_object(struct strbuf *b, struct node n, unsigned depth)
{
    enum { DEEP = 8 };
    struct node_each e = node_each(n);
    strbuf_addc(b, '{');
    while (node_next(&e)) {
        const struct str name = name_of(e.name), s = node_str(e.value);
        struct str row = s;
        if (e.index > 1)
            strbuf_addc(b, ',');
        json_string_add_bytes(b, name);
        strbuf_addc(b, ':');
        if (is_own(name) && node_kind(e.value) == NODE_OBJECT && depth < DEEP)
            add_object(b, e.value, depth + 1);
        else if (is_own(name) && s.n > 2 && s.p[0] == '{' && s.p[1] != '"')
            add_row(b, &row, 0);
        else
            add_plain(b, e.value);
    }
    strbuf_addc(b, '}');
}

void lake_rewrite(struct node root, struct strbuf *b)
{
    add_object(b, root, 0);
}
