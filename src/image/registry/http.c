// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/curl_late.h"
#include "base/intl.h"
#include "base/stop.h"
#include "base/text.h"
#include "image/reference.h"
#include "image/registry/http.h"
#include "image/registry/limits.h"

struct http {
    CURL *curl;
    struct http_options options;
};

/* One transfer: what the callbacks of libcurl share. */
struct transfer {
    const struct http_request *q;
    struct http_response *r;
    struct error *err;
    size_t header_bytes;
    bool has_begun;
    int stopped; /* code of the callback that ended it */
};

/* An address in the parts that the rules look at. */
struct address {
    CURLU *url;
    char *scheme, *host, *port;
};

void http_response_done(struct http_response *r)
{
    vec_done(&r->challenges);
    strbuf_done(&r->text);
    arena_done(&r->arena);
    *r = (struct http_response){};
}

bool http_may_pass(int result, unsigned status)
{
    if (result)
        return result == -ECONNREFUSED || result == -ECONNRESET || result == -ETIMEDOUT;
    return status == 408 || status == 429 || status >= 500;
}

/* ---- addresses ---- */

static void address_done(struct address *a)
{
    curl_free(a->scheme);
    curl_free(a->host);
    curl_free(a->port);
    curl_url_cleanup(a->url);
    *a = (struct address){};
}

/* `relative_to` may be NULL. */
static int address_parse(struct address *a, const char *text, const struct address *relative_to)
{
    a->url = relative_to ? curl_url_dup(relative_to->url) : curl_url();
    if (!a->url || curl_url_set(a->url, CURLUPART_URL, text, CURLU_DISALLOW_USER) != CURLUE_OK ||
        curl_url_get(a->url, CURLUPART_SCHEME, &a->scheme, 0) != CURLUE_OK ||
        curl_url_get(a->url, CURLUPART_HOST, &a->host, 0) != CURLUE_OK ||
        curl_url_get(a->url, CURLUPART_PORT, &a->port, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return -EINVAL;
    return 0;
}

static bool same_origin(const struct address *a, const struct address *b)
{
    return !strcasecmp(a->scheme, b->scheme) && !strcasecmp(a->host, b->host) && !strcmp(a->port, b->port);
}

static int check_address(const struct http *h, const struct address *a, struct error *err)
{
    struct str host = str_from(a->host);
    if (!strcasecmp(a->scheme, "https"))
        return 0;
    if (!strcasecmp(a->scheme, "http") && (h->options.unix_socket || (h->options.is_loopback && host_is_loopback(host))))
        return 0;
    return error_set(err, -EPERM, "%s://%s is not asked: only https is, and plain http from this machine to itself", a->scheme,
                     a->host);
}

/* ---- what comes in ---- */

static struct str header_value(struct arena *a, struct str line, size_t name)
{
    return arena_str(a, str_trim(str_sub(line, name, line.n)));
}

static bool header_is(struct str line, const char *name)
{
    size_t n = strlen(name);
    return line.n > n && line.p[n] == ':' && !strncasecmp(line.p, name, n);
}

static void keep_header(struct http_response *r, struct str line)
{
    struct {
        const char *name;
        struct str *value;
    } texts[] = {{"Content-Type", &r->content_type},
                 {"Docker-Content-Digest", &r->digest},
                 {"Location", &r->location},
                 {"Link", &r->link},
                 {"Docker-Distribution-Api-Version", &r->api_version}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (header_is(line, texts[i].name))
            *texts[i].value = header_value(&r->arena, line, strlen(texts[i].name) + 1);
    uint64_t n;
    if (header_is(line, "WWW-Authenticate"))
        vec_add(&r->challenges, header_value(&r->arena, line, strlen("WWW-Authenticate:")));
    if (header_is(line, "Content-Range"))
        r->has_range = content_range_parse(str_sub(line, strlen("Content-Range:"), line.n), &r->range);
    if (header_is(line, "Content-Length"))
        r->has_length = str_to_u64(str_trim(str_sub(line, strlen("Content-Length:"), line.n)), &r->length);
    if (header_is(line, "Retry-After") && str_to_u64(str_trim(str_sub(line, strlen("Retry-After:"), line.n)), &n))
        r->retry_after = n < REGISTRY_WAIT_MAX_SECONDS ? (unsigned)n : REGISTRY_WAIT_MAX_SECONDS;
}

static size_t stop(struct transfer *t, int code)
{
    t->stopped = code;
    return 0; /* fewer than given: libcurl ends the transfer */
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    struct str line = str_n(p, size * n);
    t->header_bytes += line.n;
    if (t->header_bytes > HTTP_HEADERS_MAX)
        return stop(t, error_set(t->err, -EMSGSIZE, "the answer has over %d bytes of headers", HTTP_HEADERS_MAX));
    if (str_starts(line, STR("HTTP/"))) /* a new answer: the one before was interim */
        http_response_done(t->r);
    else
        keep_header(t->r, line);
    return line.n;
}

static bool is_success(unsigned status)
{
    return status >= 200 && status < 300;
}

static int begin(struct http *h, struct transfer *t)
{
    long status = 0;
    if (t->has_begun)
        return 0;
    t->has_begun = true;
    (void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
    t->r->status = (unsigned)status;
    return is_success(t->r->status) && t->q->begin ? t->q->begin(t->q->ctx, t->r, t->err) : 0;
}

struct on_body {
    struct http *h;
    struct transfer *t;
};

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct http *h = ((struct on_body *)ctx)->h;
    struct transfer *t = ((struct on_body *)ctx)->t;
    size_t bytes = size * n;
    int r = begin(h, t);
    if (!r && !is_success(t->r->status)) {
        if (t->r->text.n + bytes > HTTP_ERROR_TEXT_MAX)
            return stop(t, 1); /* what was read says enough */
        strbuf_add(&t->r->text, str_n(p, bytes));
        return bytes;
    }
    if (!r && t->q->body)
        r = t->q->body(t->q->ctx, p, bytes, t->err);
    return r < 0 ? stop(t, r) : bytes;
}

/* ---- one transfer ---- */

static int code_of(CURLcode c)
{
    switch (c) {
    case CURLE_OK:
        return 0;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return -EHOSTUNREACH;
    case CURLE_COULDNT_CONNECT:
        return -ECONNREFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return -EKEYREJECTED;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return -ECONNRESET;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    case CURLE_ABORTED_BY_CALLBACK:
        return -EINTR;
    default:
        return -EPROTO;
    }
}

static struct curl_slist *headers_of(const struct http_request *q, bool with_credentials)
{
    struct curl_slist *list = NULL;
    _cleanup_(strbuf_done) struct strbuf b = {};
    if (q->accept) {
        strbuf_printf(&b, "Accept: %s", q->accept);
        list = curl_slist_append(list, b.p);
        strbuf_clear(&b);
    }
    if (with_credentials && q->authorization.n) {
        strbuf_printf(&b, "Authorization: %.*s", STR_ARG(q->authorization));
        list = curl_slist_append(list, b.p);
        explicit_bzero(b.p, b.n);
    }
    return list;
}

/* Whoever waits for an answer may want to stop: curl asks at least once a second. */
static int on_wait(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    (void)ctx, (void)down_total, (void)down, (void)up_total, (void)up;
    return stop_signal() != 0;
}

static void set_options(struct http *h, const struct http_request *q, const struct address *a, struct on_body *body,
                        struct curl_slist *headers, char *text)
{
    CURL *c = h->curl;
    char range[32];
    curl_easy_reset(c);
    (void)curl_easy_setopt(c, CURLOPT_CURLU, a->url);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_wait);
    (void)curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)HTTP_BUFFER);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "davy");
    (void)curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    (void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)HTTP_CONNECT_SECONDS);
    (void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_STALL_BYTES);
    (void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)h->options.stall_seconds);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)q->seconds);
    (void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, text);
    (void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(c, CURLOPT_HEADERDATA, body->t);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
    if (h->options.ca_file)
        (void)curl_easy_setopt(c, CURLOPT_CAINFO, h->options.ca_file);
    if (h->options.unix_socket)
        (void)curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, h->options.unix_socket);
    if (host_is_loopback(str_from(a->host)) || h->options.unix_socket)
        (void)curl_easy_setopt(c, CURLOPT_PROXY, ""); /* what stays on this machine needs none */
    if (q->form.n) {
        (void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)q->form.n);
        (void)curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, q->form.p);
    }
    if (q->from) {
        (void)snprintf(range, sizeof(range), "%llu-", (unsigned long long)q->from);
        (void)curl_easy_setopt(c, CURLOPT_RANGE, range);
    }
}

static int transfer_once(struct http *h, const struct http_request *q, const struct address *a, bool with_credentials,
                         struct http_response *ret, struct error *err)
{
    char text[CURL_ERROR_SIZE] = "";
    struct transfer t = {.q = q, .r = ret, .err = err};
    struct on_body body = {h, &t};
    struct curl_slist *headers = headers_of(q, with_credentials);
    set_options(h, q, a, &body, headers, text);
    CURLcode c = curl_easy_perform(h->curl);
    for (struct curl_slist *s = headers; s; s = s->next)
        explicit_bzero(s->data, strlen(s->data));
    curl_slist_free_all(headers);
    if (t.stopped < 0)
        return t.stopped;
    if (c == CURLE_OK || t.stopped)
        return begin(h, &t); /* a success without a body begins here */
    int r = code_of(c);
    return error_set(err, r, "%s:%s: %s%s", a->host, a->port, *text ? text : curl_easy_strerror(c),
                     r == -EKEYREJECTED ? _("; if this authority is yours, name its certificate with --ca FILE") : "");
}

static bool is_redirect(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

int http_do(struct http *h, const struct http_request *q, struct http_response *ret, struct error *err)
{
    _cleanup_(address_done) struct address first = {}, at = {};
    bool with_credentials = true;
    *ret = (struct http_response){};
    if (address_parse(&first, q->url, NULL) < 0 || address_parse(&at, q->url, NULL) < 0)
        return error_set(err, -EPERM, "`%s` is no address that can be asked", q->url);
    for (int hop = 0; hop <= HTTP_REDIRECTS_MAX; hop++) {
        int r = check_address(h, &at, err);
        if (!r)
            r = transfer_once(h, q, &at, with_credentials, ret, err);
        ret->is_from_elsewhere = !with_credentials;
        if (r < 0 || !is_redirect(ret->status) || !ret->location.n || q->form.n)
            return r;
        struct address next = {};
        r = address_parse(&next, ret->location.p, &at);
        address_done(&at);
        at = next;
        if (r < 0)
            return error_set(err, -EPERM, "a redirect to what is no address that can be asked");
        with_credentials &= same_origin(&first, &at);
        http_response_done(ret);
    }
    return error_set(err, -ELOOP, "over %d redirects", HTTP_REDIRECTS_MAX);
}

int http_new(const struct http_options *options, struct http **ret, struct error *err)
{
    if (options->ca_file && access(options->ca_file, R_OK) < 0)
        return error_errno(err, -errno, "certificates: %s", options->ca_file);
    const int r = curl_late(err);
    if (r < 0)
        return r;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, -ENOMEM, "libcurl cannot be started");
    struct http *h = xnew(struct http);
    h->options = *options;
    if (!h->options.stall_seconds)
        h->options.stall_seconds = HTTP_STALL_SECONDS;
    h->curl = curl_easy_init();
    if (!h->curl) {
        http_free(h);
        return error_set(err, -ENOMEM, "libcurl cannot be started");
    }
    *ret = h;
    return 0;
}

struct http *http_free(struct http *h)
{
    if (!h)
        return NULL;
    if (h->curl)
        curl_easy_cleanup(h->curl);
    curl_global_cleanup();
    free(h);
    return NULL;
}
