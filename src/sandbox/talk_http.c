// SPDX-License-Identifier: Apache-2.0
/* HTTP, and what is spoken over it: cloud metadata, Docker's API, YARN's, a directory of Tor. */
#include "base/cleanup.h"
#include "sandbox/talk.h"

enum { HEADERS_MAX = 16 << 10, BODY_WAIT_MAX = 16 << 10 };

struct request {
    struct str verb, path, host, agent, head; /* head: all of it, up to the empty line */
    uint64_t length;
    bool is_chunked, is_closing, waits; /* waits: for 100 Continue */
};

static struct str header(struct str head, const char *name)
{
    struct str line;
    while (str_split(&head, '\n', &line)) {
        const ptrdiff_t colon = str_find(line, STR(":"), 0);
        if (colon > 0 && str_eq_nocase(str_sub(line, 0, (size_t)colon), str_from(name)))
            return str_trim(str_sub(line, (size_t)colon + 1, line.n));
    }
    return STR_NULL;
}

/* Without the port behind a name. */
static struct str without_port(struct str host)
{
    const ptrdiff_t colon = str_find(host, STR(":"), 0);
    return colon > 0 && str_find(host, STR(":"), (size_t)colon + 1) < 0 ? str_sub(host, 0, (size_t)colon) : host;
}

/* "GET http://host/path": to a proxy. */
static void split_absolute(struct request *r)
{
    const ptrdiff_t at = str_find(r->path, STR("://"), 0);
    if (at < 0 || at > 8 || r->path.p[0] == '/')
        return;
    struct str rest = str_sub(r->path, (size_t)at + 3, r->path.n);
    const ptrdiff_t slash = str_find(rest, STR("/"), 0);
    r->host = without_port(str_sub(rest, 0, slash < 0 ? rest.n : (size_t)slash));
    r->path = slash < 0 ? STR("/") : str_sub(rest, (size_t)slash, rest.n);
}

static bool parse(struct str head, struct request *r)
{
    struct str rest = head, line, length;
    *r = (struct request){.head = head};
    if (!str_split(&rest, '\n', &line) || !str_split(&line, ' ', &r->verb) || !str_split(&line, ' ', &r->path) || !r->path.n)
        return false;
    r->path = str_trim(r->path);
    r->host = without_port(header(head, "Host"));
    r->agent = header(head, "User-Agent");
    length = header(head, "Content-Length");
    if (length.n && !str_to_u64(length, &r->length))
        return false;
    r->is_chunked = str_find_nocase(header(head, "Transfer-Encoding"), STR("chunked"), 0) >= 0;
    r->is_closing = str_find_nocase(header(head, "Connection"), STR("close"), 0) >= 0;
    r->waits = str_eq_nocase(header(head, "Expect"), STR("100-continue"));
    split_absolute(r);
    return true;
}

static bool is_metadata(const struct talk *t, struct str host)
{
    static const char *const ADDRESSES[] = {"169.254.169.254", "100.100.100.200", "169.254.170.2", "fd00:ec2::254", "metadata.google.internal"};
    for (size_t i = 0; i < ARRAY_SIZE(ADDRESSES); i++)
        if (!strcmp(t->address, ADDRESSES[i]) || str_is(host, ADDRESSES[i]))
            return true;
    return false;
}

/* "/v1.41/containers/json" and the like, on any port. */
static bool is_docker(const struct talk *t, struct str path)
{
    static const char *const WORDS[] = {"/containers/", "/images/", "/exec/", "/_ping", "/version", "/info", "/networks", "/build"};
    const bool is_versioned = path.n > 4 && str_starts(path, STR("/v1."));
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        if (str_has(path, str_from(WORDS[i])) && (is_versioned || t->port == 2375 || t->port == 2376 || t->port == 4243))
            return true;
    return is_versioned && (t->port == 2375 || t->port == 2376);
}

static const char *docker(struct str path, struct strbuf *body)
{
    if (str_has(path, STR("/_ping")))
        strbuf_adds(body, "OK");
    else if (str_has(path, STR("/version")))
        strbuf_adds(body, "{\"Version\":\"20.10.7\",\"ApiVersion\":\"1.41\",\"Os\":\"linux\",\"Arch\":\"amd64\"}\n");
    else if (str_has(path, STR("/containers/create")))
        strbuf_adds(body, "{\"Id\":\"4c01db0b339c8bb1e4f8f8d1d3a4c9f0e5b6a7d8c9e0f1a2b3c4d5e6f7a8b9c0\",\"Warnings\":[]}\n");
    else if (str_has(path, STR("/exec")))
        strbuf_adds(body, "{\"Id\":\"f90e34656806c5b2d1a0e9f8c7b6a5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8\"}\n");
    else if (str_has(path, STR("/info")))
        strbuf_adds(body, "{\"Containers\":2,\"Images\":5,\"NCPU\":16,\"MemTotal\":67427352576,\"Name\":\"node-03\"}\n");
    else
        strbuf_adds(body, "[]\n");
    return "application/json";
}

static bool is_yarn(struct str path)
{
    return str_starts(path, STR("/ws/v1/cluster"));
}

static const char *yarn(struct str path, struct strbuf *body)
{
    if (str_has(path, STR("new-application")))
        strbuf_adds(body, "{\"application-id\":\"application_1700000000000_0001\",\"maximum-resource-capability\":{\"memory\":65536,\"vCores\":16}}");
    else
        strbuf_adds(body, "{\"clusterInfo\":{\"id\":1700000000000,\"state\":\"STARTED\",\"hadoopVersion\":\"3.2.1\"}}");
    return "application/json";
}

static bool is_tor(struct str path)
{
    return str_starts(path, STR("/tor/"));
}

static void send(struct talk *t, const struct request *r, const char *status, const char *type, struct str body)
{
    const bool is_head = str_is(r->verb, "HEAD");
    strbuf_printf(&t->out, "HTTP/1.1 %s\r\nServer: nginx/1.18.0\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: %s\r\n\r\n", status, type, body.n,
                  r->is_closing ? "close" : "keep-alive");
    if (!is_head)
        strbuf_add(&t->out, body);
    t->is_over |= r->is_closing;
}

static const char *answer(struct talk *t, const struct request *r)
{
    struct strbuf body = {};
    const char *type = "text/html", *protocol = "http", *status = "200 OK";
    if (is_metadata(t, r->host)) {
        protocol = "metadata";
        if (!decoy_metadata(&t->world->decoys, r->verb, r->path, &body, &type))
            status = "404 Not Found";
    } else if (is_docker(t, r->path)) {
        protocol = "docker";
        type = docker(r->path, &body);
        if (str_is(r->verb, "POST"))
            status = "201 Created";
    } else if (is_yarn(r->path)) {
        protocol = "yarn";
        type = yarn(r->path, &body);
    } else if (is_tor(r->path)) {
        protocol = "tor";
        status = "503 Directory busy, try again later";
    } else if (str_is(r->verb, "CONNECT")) {
        status = "403 Forbidden";
    } else {
        type = talk_page(t, r->host.n ? r->host : str_from(t->host), r->path, &body);
    }
    send(t, r, status, type, strbuf_str(&body));
    strbuf_done(&body);
    return protocol;
}

/* One request; 0: it is not whole yet, else the bytes it takes. */
static size_t one(struct talk *t)
{
    struct str in = strbuf_str(&t->in);
    struct request r;
    ptrdiff_t end = str_find(in, STR("\r\n\r\n"), 0);
    size_t skip = 4;
    if (end < 0 && (end = str_find(in, STR("\n\n"), 0)) >= 0)
        skip = 2;
    if (end < 0) {
        t->is_over |= in.n > HEADERS_MAX;
        return 0;
    }
    const size_t head = (size_t)end + skip;
    if (!parse(str_sub(in, 0, (size_t)end), &r)) {
        strbuf_adds(&t->out, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        t->is_over = true;
        return 0;
    }
    const uint64_t wanted = r.is_chunked ? BODY_WAIT_MAX : r.length < BODY_WAIT_MAX ? r.length : BODY_WAIT_MAX;
    const bool is_last_chunk = r.is_chunked && str_find(in, STR("0\r\n\r\n"), head) >= 0;
    if (in.n - head < wanted && !is_last_chunk) {
        if (r.waits && !t->in_data)
            strbuf_adds(&t->out, "HTTP/1.1 100 Continue\r\n\r\n");
        t->in_data = r.waits;
        return 0;
    }
    t->in_data = false;
    struct exchange e = talk_exchange(t, NULL);
    struct str body = str_sub(in, head, in.n);
    e.text[EXCHANGE_VERB] = r.verb;
    e.text[EXCHANGE_OBJECT] = r.path;
    e.text[EXCHANGE_AGENT] = r.agent;
    e.text[EXCHANGE_DATA] = r.is_chunked || r.length ? body : STR_NULL;
    if (r.host.n)
        e.text[EXCHANGE_HOST] = r.host;
    e.text[EXCHANGE_PROTOCOL] = str_from(answer(t, &r));
    talk_tell(t, &e);
    if (r.is_chunked || r.length > in.n - head) {
        t->rest = r.is_chunked ? 0 : r.length - (in.n - head);
        return in.n;
    }
    return head + (size_t)r.length;
}

void talk_http(struct talk *t)
{
    while (t->in.n && !t->is_over) {
        if (t->rest) {
            const size_t n = t->rest < t->in.n ? (size_t)t->rest : t->in.n;
            t->rest -= n;
            talk_used(t, n);
            continue;
        }
        const size_t n = one(t);
        if (!n)
            return;
        talk_used(t, n < t->in.n ? n : t->in.n);
    }
}
