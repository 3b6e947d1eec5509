// SPDX-License-Identifier: Apache-2.0
#include "log/web.h"

#include "base/cleanup.h"
#include "base/json_string.h"

enum { N_WAYS = 3 };

/* Ways to what is the same, without the first slash; of each the first that is there counts. A request has a client, a method and a target. */
static const struct vendor {
    const char *client[N_WAYS], *method, *target[N_WAYS], *query, *status, *bytes, *agent, *referrer, *host, *user, *time[N_WAYS];
} VENDORS[] = {
    /* https://developers.cloudflare.com/logs/reference/log-fields/zone/http_requests/ */
    {{"ClientIP"}, "ClientRequestMethod", {"ClientRequestURI", "ClientRequestPath"}, "ClientRequestQuery", "EdgeResponseStatus", "EdgeResponseBytes", "ClientRequestUserAgent", "ClientRequestReferer", "ClientRequestHost", NULL, {"EdgeStartTimestamp", "EdgeEndTimestamp", "Datetime"}},
    /* Fastly, as its guides name them */
    {{"client_ip"}, "request_method", {"url"}, NULL, "response_status", "response_body_size", "request_user_agent", "request_referer", "host", NULL, {"timestamp"}},
    /* https://istio.io/latest/docs/tasks/observability/logs/access-log/ */
    {{"x_forwarded_for", "downstream_remote_address"}, "method", {"path"}, NULL, "response_code", "bytes_sent", "user_agent", NULL, "authority", NULL, {"start_time"}},
    /* https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */
    {{"ip", "sourceIp"}, "httpMethod", {"path", "resourcePath", "routeKey"}, NULL, "status", "responseLength", "userAgent", NULL, "domainName", NULL, {"requestTime", "requestTimeEpoch"}},
    /* https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html, as JSON and in Parquet */
    {{"c-ip"}, "cs-method", {"cs-uri-stem"}, "cs-uri-query", "sc-status", "sc-bytes", "cs(User-Agent)", "cs(Referer)", "x-host-header", NULL, {"timestamp"}},
    {{"c_ip"}, "cs_method", {"cs_uri_stem"}, "cs_uri_query", "sc_status", "sc_bytes", "cs_user_agent", "cs_referer", "x_host_header", NULL, {"timestamp"}},
    /* https://learn.microsoft.com/azure/application-gateway/monitor-application-gateway-reference, https://learn.microsoft.com/azure/frontdoor/monitor-front-door */
    {{"properties/clientIP", "properties/clientIp"}, "properties/httpMethod", {"properties/originalRequestUriWithArgs", "properties/requestUri"}, "properties/requestQuery", "properties/httpStatus", "properties/sentBytes", "properties/userAgent", NULL, "properties/host", NULL, {"timeStamp", "time"}},
    {{"ClientIp"}, "HttpMethod", {"OriginalRequestUriWithArgs", "RequestUri"}, "RequestQuery", "HttpStatus", "SentBytes", "UserAgent", NULL, "Host", NULL, {"TimeGenerated"}},
    /* https://learn.microsoft.com/azure/azure-monitor/reference/tables/appservicehttplogs */
    {{"properties/CIp"}, "properties/CsMethod", {"properties/CsUriStem"}, "properties/CsUriQuery", "properties/ScStatus", "properties/ScBytes", "properties/UserAgent", "properties/Referer", "properties/CsHost", "properties/CsUsername", {"time"}},
    {{"CIp"}, "CsMethod", {"CsUriStem"}, "CsUriQuery", "ScStatus", "ScBytes", "UserAgent", "Referer", "CsHost", "CsUsername", {"TimeGenerated"}},
    /* https://github.com/pinojs/pino-http · https://techdocs.akamai.com/datastream2/docs/data-set-parameters-1 */
    {{"req/remoteAddress"}, "req/method", {"req/url"}, NULL, "res/statusCode", NULL, "req/headers/user-agent", "req/headers/referer", "req/headers/host", NULL, {"time"}},
    {{"cliIP"}, "reqMethod", {"reqPath"}, "queryStr", "statusCode", "bytes", "UA", "referer", "reqHost", NULL, {"reqTimeSec"}},
    /* https://www.alibabacloud.com/help/waf/web-application-firewall-3-0/user-guide/fields-that-are-supported-by-waf */
    {{"real_client_ip", "remote_addr"}, "request_method", {"request_path"}, "querystring", "status", "body_bytes_sent", "http_user_agent", "http_referer", "host", NULL, {"time", "__time__"}},
    /* https://github.com/owasp-modsecurity/ModSecurity/wiki/ModSecurity-2-Data-Formats, and version 3 */
    {{"transaction/client_ip"}, "transaction/request/method", {"transaction/request/uri"}, NULL, "transaction/response/http_code", NULL, "transaction/request/headers/User-Agent", "transaction/request/headers/Referer", "transaction/request/headers/Host", NULL, {"transaction/time_stamp"}},
    /* https://www.elastic.co/guide/en/ecs/current/ecs-http.html */
    {{"source/ip", "client/ip", "source/address"}, "http/request/method", {"url/original", "url/path"}, "url/query", "http/response/status_code", "http/response/body/bytes", "user_agent/original", "http/request/referrer", "url/domain", "user/name", {"@timestamp"}},
};

static struct node first_of(struct node root, const char *const ways[N_WAYS])
{
    for (size_t i = 0; i < N_WAYS && ways[i]; i++) {
        const struct node n = node_way(root, ways[i]);
        if (node_is(n) && node_kind(n) != NODE_NULL && !node_is_str(n, "-") && !node_is_str(n, ""))
            return n;
    }
    return (struct node){};
}

static struct node way_to(struct node root, const char *way)
{
    return way ? node_way(root, way) : (struct node){};
}

static void add(struct strbuf *b, const char *name, struct node n)
{
    _cleanup_(arena_done) struct arena a = {};
    const struct str text = node_kind(n) == NODE_OBJECT || node_kind(n) == NODE_ARRAY || node_kind(n) == NODE_NULL ? STR_NULL : node_text(n, &a);
    if (!text.n || str_is(text, "-"))
        return;
    if (b->p[b->n - 1] != '{')
        strbuf_addc(b, ',');
    json_string_add_bytes(b, str_from(name));
    strbuf_addc(b, ':');
    json_string_add_bytes(b, text);
}

/* The address that the proxy itself saw stands last in a list of those who passed a request on; a port may be behind it. */
static struct str client_of(struct str s)
{
    const char *comma = s.n ? memrchr(s.p, ',', s.n) : NULL;
    s = str_trim(comma ? str_sub(s, (size_t)(comma - s.p) + 1, s.n) : s);
    const ptrdiff_t close = str_starts(s, STR("[")) ? str_find(s, STR("]"), 0) : -1, colon = str_find(s, STR(":"), 0);
    if (close > 0)
        return str_sub(s, 1, (size_t)close);
    return colon > 0 && str_find(s, STR(":"), (size_t)colon + 1) < 0 ? str_sub(s, 0, (size_t)colon) : s;
}

/* Whether a member may lead to a method: most objects have none. */
static bool may_have_method(struct node root)
{
    for (struct node_each e = node_each(root); node_next(&e);)
        if (str_ends(e.name, STR("ethod")) || (node_kind(e.value) == NODE_OBJECT && (str_is(e.name, "properties") || str_is(e.name, "http") || str_is(e.name, "transaction") || str_is(e.name, "req"))))
            return true;
    return false;
}

static const struct vendor *vendor_of(struct node root, struct str *ret_client)
{
    if (!may_have_method(root))
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(VENDORS); i++) {
        const struct vendor *v = &VENDORS[i];
        if (!node_str(node_way(root, v->method)).n || !node_str(first_of(root, v->target)).n)
            continue;
        *ret_client = client_of(node_str(first_of(root, v->client)));
        if (ret_client->n && (!v->status || node_is(node_way(root, v->status)) || node_is(node_way(root, "properties/httpStatusCode"))))
            return v;
    }
    return NULL;
}

/* Azure gives what a record says as text now and then. */
static bool write_opened(struct node root, struct strbuf *b)
{
    const struct str properties = str_trim(node_get_str(root, STR("properties")));
    if (!str_starts(properties, STR("{")) || !node_get_str(root, STR("category")).n)
        return false;
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(root); node_next(&e);) {
        _cleanup_(arena_done) struct arena a = {};
        if (b->p[b->n - 1] != '{')
            strbuf_addc(b, ',');
        json_string_add_bytes(b, e.name);
        strbuf_addc(b, ':');
        if (str_is(e.name, "properties"))
            strbuf_add(b, properties);
        else if (node_kind(e.value) == NODE_STRING)
            json_string_add_bytes(b, node_str(e.value));
        else
            strbuf_add(b, node_text(e.value, &a));
    }
    strbuf_addc(b, '}');
    return true;
}

bool web_write(struct node root, struct strbuf *b)
{
    static const char *const OURS[] = {"remote_addr", "request_method", "request_uri", "args", "status", "bytes_sent", "user_agent", "http_referer", "http_host", "remote_user", "user_id" /* of the account, not of who asked */, "time_iso8601", "time_local"};
    struct str client;
    const struct vendor *v = vendor_of(root, &client);
    if (!v)
        return write_opened(root, b);
    const struct node other = node_way(root, "properties/httpStatusCode"), more = node_way(root, "properties/responseBytes");
    strbuf_adds(b, "{\"remote_addr\":");
    json_string_add_bytes(b, client);
    add(b, "request_method", node_way(root, v->method));
    add(b, "request_uri", first_of(root, v->target));
    add(b, "args", way_to(root, v->query));
    add(b, "status", node_is(way_to(root, v->status)) ? way_to(root, v->status) : other);
    add(b, "bytes_sent", node_is(way_to(root, v->bytes)) ? way_to(root, v->bytes) : more);
    add(b, "user_agent", way_to(root, v->agent));
    add(b, "http_referer", way_to(root, v->referrer));
    add(b, "http_host", way_to(root, v->host));
    add(b, "remote_user", way_to(root, v->user));
    add(b, "time_iso8601", first_of(root, v->time));
    add(b, "time_local", first_of(root, v->time)); /* which is read when the other is none */
    node_add_others(b, root, OURS, ARRAY_SIZE(OURS));
    strbuf_addc(b, '}');
    return true;
}
