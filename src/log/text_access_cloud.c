// SPDX-License-Identifier: Apache-2.0
/*
 * Access logs of clouds, a request on each line: load balancers and buckets of AWS.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
#include "log/text.h"

void text_split_url(struct text *t)
{
    const struct str url = t->v[TEXT_HTTP_URL].s;
    const ptrdiff_t scheme = str_find(url, STR("://"), 0);
    if (!text_has(t, TEXT_HTTP_URL) || scheme <= 0 || scheme > 8 || url.p[0] == '/')
        return;
    const struct str rest = str_sub(url, (size_t)scheme + 3, url.n);
    t->url = url;
    const ptrdiff_t slash = str_find(rest, STR("/"), 0);
    const struct str host = slash >= 0 ? str_sub(rest, 0, (size_t)slash) : rest;
    const ptrdiff_t colon = str_find(host, STR(":"), 0);
    text_str(t, TEXT_HTTP_HOST, colon > 0 ? str_sub(host, 0, (size_t)colon) : host);
    text_str(t, TEXT_HTTP_URL, slash >= 0 ? str_sub(rest, (size_t)slash, rest.n) : STR("/"));
}

static bool take_all(struct str *s, struct str *fields, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!text_take_field(s, &fields[i]))
            return false;
    return true;
}

/* Balancers put addresses of IPv6 into brackets, and nothing else: "[2001:db8::1]:28" is one field. */
static bool take_words(struct str *s, struct str *fields, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const bool is_quoted = s->n > 1 && s->p[0] == ' ' && s->p[1] == '"';
        if (is_quoted) {
            if (!text_take_field(s, &fields[i]))
                return false;
            continue;
        }
        *s = i || (s->n && s->p[0] == ' ') ? str_sub(*s, 1, s->n) : *s;
        const ptrdiff_t blank = str_find(*s, STR(" "), 0);
        fields[i] = blank >= 0 ? str_sub(*s, 0, (size_t)blank) : *s;
        if (!fields[i].n)
            return false;
        *s = str_sub(*s, fields[i].n, s->n);
    }
    return true;
}

/* 203.0.113.9:2817 */
static bool set_client(struct text *t, struct str s)
{
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    return text_ip(t, TEXT_IP, colon ? str_sub(s, 0, (size_t)(colon - s.p)) : s);
}

/* [TYPE] TIME BALANCER CLIENT TARGET t t t STATUS STATUS IN OUT "REQUEST" "AGENT" …; TYPE is missing at the first kind of balancer. */
bool text_access_balancer(struct str line, struct text *t)
{
    enum { TIME, NAME, CLIENT, TARGET, T1, T2, T3, STATUS, TARGET_STATUS, IN, OUT, REQUEST, AGENT, N };
    static const struct str types[] = {{"http", 4}, {"https", 5}, {"h2", 2}, {"grpcs", 5}, {"ws", 2}, {"wss", 3}};
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), f[N], before = s, type;
    text_reset(t);
    bool has_type = false;
    if (!text_take_field(&s, &type))
        return false;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        has_type = has_type || str_eq(type, types[i]);
    s = has_type ? s : before;
    if (!take_words(&s, f, N) || !text_time_iso(&f[TIME], NULL, &t->time_ns) || f[TIME].n || !set_client(t, f[CLIENT]))
        return false;
    if (!str_eq(f[STATUS], STR("-")) && (f[STATUS].n != 3 || !text_u64(t, TEXT_HTTP_STATUS, f[STATUS])))
        return false;
    (void)text_u64(t, TEXT_HTTP_BYTES, f[OUT]);
    text_request(t, f[REQUEST]);
    text_split_url(t);
    text_str(t, TEXT_HTTP_AGENT, f[AGENT]);
    return true;
}

/* OWNER BUCKET [TIME] ADDRESS REQUESTER ID OPERATION KEY "REQUEST" STATUS ERROR SENT SIZE t t "REFERRER" "AGENT" … */
bool text_access_bucket(struct str line, struct text *t)
{
    enum { OWNER, BUCKET, TIME, CLIENT, REQUESTER, ID, OPERATION, KEY, REQUEST, STATUS, ERROR, SENT, SIZE, T1, T2, REFERRER, AGENT, N };
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), f[N];
    text_reset(t);
    if (!take_all(&s, f, N) || !text_time_clf(&f[TIME], &t->time_ns) || !str_has(f[OPERATION], STR(".")))
        return false;
    if (!str_eq(f[CLIENT], STR("-")) && !text_ip(t, TEXT_IP, f[CLIENT]))
        return false;
    if (!str_eq(f[STATUS], STR("-")) && (f[STATUS].n != 3 || !text_u64(t, TEXT_HTTP_STATUS, f[STATUS])))
        return false;
    text_str(t, TEXT_HTTP_HOST, f[BUCKET]);
    text_str(t, TEXT_HTTP_USER, f[REQUESTER]);
    text_request(t, f[REQUEST]);
    (void)text_u64(t, TEXT_HTTP_BYTES, f[SENT]);
    text_str(t, TEXT_HTTP_REFERRER, f[REFERRER]);
    text_str(t, TEXT_HTTP_AGENT, f[AGENT]);
    return true;
}
