// SPDX-License-Identifier: Apache-2.0
/*
 * Access logs of proxies that write neither common nor combined.
 * https://docs.haproxy.org/2.8/configuration.html#8.2.3, https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage, https://istio.io/latest/docs/tasks/observability/logs/access-log/
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
