// SPDX-License-Identifier: Apache-2.0
/*
 * Access logs of proxies that write neither common nor combined.
 * https://docs.haproxy.org/2.8/configuration.html#8.2.3, https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage, https://istio.io/latest/docs/tasks/observability/logs/access-log/,
 * https://wiki.squid-cache.org/Features/LogFormat, https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html
 */
#include "log/text.h"

/* ADDRESS:PORT, the last of several that passed it on. */
static bool set_client(struct text *t, struct str s)
{
    const char *comma = s.n ? memrchr(s.p, ',', s.n) : NULL;
    s = str_trim(comma ? str_sub(s, (size_t)(comma - s.p) + 1, s.n) : s);
    if (text_ip(t, TEXT_IP, s))
        return true;
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    s = colon ? str_sub(s, 0, (size_t)(colon - s.p)) : s;
    if (str_starts(s, STR("[")) && str_ends(s, STR("]")))
        s = str_sub(s, 1, s.n - 1);
    return text_ip(t, TEXT_IP, s);
}

/* 02/Mar/2026:12:00:00.655: of the machine's own zone, which it does not say. */
static bool take_time(struct str s, uint64_t *ret)
{
    enum { SECONDS = 20 };
    char text[SECONDS + 7];
    if (s.n < SECONDS)
        return false;
    memcpy(text, s.p, SECONDS);
    memcpy(text + SECONDS, " +0000", 7);
    struct str clf = str_from(text);
    return text_time_clf(&clf, ret);
}

/* CLIENT:PORT [TIME] FRONT BACK/SERVER T/T/T/T/T STATUS BYTES … [{captured}] "REQUEST"… */
bool text_access_haproxy(struct str line, struct text *t)
{
    enum { CLIENT, TIME, FRONT, BACK, TIMES, STATUS, BYTES, N };
    struct str s = str_sub(str_trim(line), 0, TEXT_LINE_MAX), f[N];
    text_reset(t);
    for (unsigned i = 0; i < N; i++)
        if (!text_take_field(&s, &f[i]))
            return false;
    const ptrdiff_t quote = str_find(s, STR(" \""), 0);
    if (!str_has(f[CLIENT], STR(":")) || !set_client(t, f[CLIENT]) || !take_time(f[TIME], &t->time_ns) || !str_has(f[BACK], STR("/")) || !str_has(f[TIMES], STR("/")) || quote < 0)
        return false;
    if (!str_is(f[STATUS], "-1") && (f[STATUS].n != 3 || !text_u64(t, TEXT_HTTP_STATUS, f[STATUS])))
        return false;
    (void)text_u64(t, TEXT_HTTP_BYTES, f[BYTES]);
    s = str_sub(s, (size_t)quote, s.n);
    struct str request;
    if (!text_take_field(&s, &request)) { /* cut */
        request = str_sub(s, 2, s.n);
    }
    text_request(t, request);
    text_split_url(t);
    return true;
}

/* [TIME] "REQUEST" STATUS FLAGS … RECEIVED SENT t t "FORWARDED" "AGENT" "ID" "HOST" "UPSTREAM" [CLUSTER LOCAL LOCAL CLIENT …] */
bool text_access_envoy(struct str line, struct text *t)
{
    enum { FIELDS_MAX = 32, QUOTED = 5, BEFORE = 3, PEER = QUOTED + 3 };
    struct str s = str_sub(str_trim(line), 0, TEXT_LINE_MAX), time, request, status, f[FIELDS_MAX];
    bool is_quoted[FIELDS_MAX];
    unsigned n = 0, run = 0, at = 0;
    text_reset(t);
    if (!str_starts(s, STR("[2")) || !text_take_field(&s, &time) || !text_time_iso(&time, NULL, &t->time_ns) || time.n || !str_starts(s, STR(" \"")) || !text_take_field(&s, &request) || !text_take_field(&s, &status) ||
        status.n > 3 || !text_u64(t, TEXT_HTTP_STATUS, status))
        return false;
    while (n < FIELDS_MAX && str_trim(s).n) {
        is_quoted[n] = str_starts(str_trim(s), STR("\""));
        if (!text_take_field(&s, &f[n]))
            return false;
        run = is_quoted[n] ? run + 1 : 0;
        n++;
        if (run == QUOTED && !at)
            at = n - QUOTED;
    }
    if (at < BEFORE + 1)
        return false;
    text_request(t, request);
    (void)text_u64(t, TEXT_HTTP_BYTES, f[at - BEFORE]);
    if (!set_client(t, f[at]) && at + PEER < n)
        (void)set_client(t, f[at + PEER]);
    text_str(t, TEXT_HTTP_AGENT, f[at + 1]);
    text_str(t, TEXT_HTTP_HOST, f[at + 3]);
    return true;
}

/* 1772446530.123: seconds and milliseconds, as two of them begin. */
static bool take_seconds(struct str s, uint64_t *ret)
{
    const ptrdiff_t point = str_find(s, STR("."), 0);
    uint64_t milliseconds;
    return point == 10 && s.n == 14 && str_to_u64(str_sub(s, 11, 14), &milliseconds) && text_time_any(s, NULL, ret);
}

/* TIME MILLISECONDS CLIENT RESULT/STATUS BYTES METHOD URL USER HIERARCHY/PEER TYPE */
bool text_access_squid(struct str line, struct text *t)
{
    enum { TIME, TOOK, CLIENT, RESULT, BYTES, METHOD, URL, USER, PEER, N };
    struct str s = str_sub(str_trim(line), 0, TEXT_LINE_MAX), f[N];
    uint64_t took;
    text_reset(t);
    for (unsigned i = 0; i < N; i++)
        if (!text_take_field(&s, &f[i]) || (i == TIME && !take_seconds(f[TIME], &t->time_ns)))
            return false;
    const ptrdiff_t slash = str_find(f[RESULT], STR("/"), 0);
    if (!str_to_u64(f[TOOK], &took) || slash < 3 || !str_has(f[PEER], STR("/")) || !text_ip(t, TEXT_IP, f[CLIENT]))
        return false;
    (void)text_u64(t, TEXT_HTTP_STATUS, str_sub(f[RESULT], (size_t)slash + 1, f[RESULT].n));
    (void)text_u64(t, TEXT_HTTP_BYTES, f[BYTES]);
    text_str(t, TEXT_HTTP_METHOD, f[METHOD]);
    text_str(t, TEXT_HTTP_URL, f[URL]);
    text_str(t, TEXT_HTTP_USER, f[USER]);
    if (str_is(f[METHOD], "CONNECT")) {
        const char *colon = memrchr(f[URL].p, ':', f[URL].n);
        text_str(t, TEXT_HTTP_HOST, colon ? str_sub(f[URL], 0, (size_t)(colon - f[URL].p)) : f[URL]);
    }
    text_split_url(t);
    const struct str server = str_sub(f[PEER], (size_t)str_find(f[PEER], STR("/"), 0) + 1, f[PEER].n);
    t->server = str_is(server, "-") ? STR_NULL : server; /* it had the answer itself */
    return true;
}

/* INFO:     203.0.113.9:40000 - "GET /x HTTP/1.1" 200 OK */
bool text_access_uvicorn(struct str line, struct text *t)
{
    struct str s = str_trim(str_sub(line, 0, TEXT_LINE_MAX)), client, dash, request, status;
    text_reset(t);
    if (!str_starts(s, STR("INFO:")))
        return false;
    s = str_sub(s, strlen("INFO:"), s.n);
    if (!text_take_field(&s, &client) || !text_endpoint(t, TEXT_IP, TEXT_PORT, client) || !text_take_field(&s, &dash) || !str_is(dash, "-") || !str_starts(str_trim(s), STR("\"")) || !text_take_field(&s, &request) ||
        !text_take_field(&s, &status) || status.n != 3 || !text_u64(t, TEXT_HTTP_STATUS, status))
        return false;
    text_request(t, request);
    return true;
}

/* Columns apart by tabs: time, client, [server,] seconds to the first byte, status, bytes, method, protocol, host, path, … */
bool text_access_realtime(struct str line, struct text *t)
{
    enum { FIELDS_MAX = 24, TIME = 0, CLIENT = 1, STATUS = 3, BYTES = 4, METHOD = 5, HOST = 7, PATH = 8, AGENT = 16, REFERRER = 17 };
    struct str s = str_sub(line, 0, TEXT_LINE_MAX), f[FIELDS_MAX] = {};
    struct net server;
    unsigned n = 0;
    text_reset(t);
    while (n < FIELDS_MAX && str_split(&s, '\t', &f[n])) {
        if (!n && !take_seconds(f[TIME], &t->time_ns))
            return false;
        n++;
    }
    if (n <= PATH || !text_ip(t, TEXT_IP, f[CLIENT]))
        return false;
    const struct str *at = net_from_str(f[CLIENT + 1], &server) && str_find(f[CLIENT + 1], STR("."), 0) != 1 ? f + 1 : f; /* with the address of the server */
    if (at[STATUS].n != 3 || !text_u64(t, TEXT_HTTP_STATUS, at[STATUS]) || !text_u64(t, TEXT_HTTP_BYTES, at[BYTES]) || !at[METHOD].n || at[METHOD].p[0] < 'A' || at[METHOD].p[0] > 'Z' || !str_starts(at[PATH], STR("/")))
        return false;
    text_str(t, TEXT_HTTP_METHOD, at[METHOD]);
    text_str(t, TEXT_HTTP_HOST, at[HOST]);
    text_str(t, TEXT_HTTP_URL, at[PATH]);
    if (n > REFERRER + 1) {
        text_str(t, TEXT_HTTP_AGENT, at[AGENT]);
        text_str(t, TEXT_HTTP_REFERRER, at[REFERRER]);
    }
    return true;
}
