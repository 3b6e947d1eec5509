// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <time.h>

#include "base/alloc.h"
#include "base/stop.h"
#include "base/text.h"
#include "base/json.h"
#include "image/registry/client.h"
#include "image/registry/limits.h"
#include "image/registry/token.h"

struct client {
    struct http *http;
    const struct reference *reference;
    struct arena arena;
    struct str base; /* https://host */
    struct login login;
};

void client_back_off(unsigned n, unsigned retry_after)
{
    uint64_t ms = retry_after ? retry_after * 1000ULL : (uint64_t)REGISTRY_BACKOFF_MS << (n < 8 ? n - 1 : 7);
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR && !stop_signal())
        ;
}

/* Asks /v2/ in plain text: true when a registry answers so. One that wants TLS says 400 or hangs up. */
static bool speaks_plainly(struct client *c, struct str base)
{
    struct http_response r;
    struct http_request q = {.url = arena_printf(&c->arena, "%.*s/v2/", STR_ARG(base)).p, .seconds = HTTP_CONNECT_SECONDS};
    int e = http_do(c->http, &q, &r, NULL);
    bool plain = !e && r.status != 400;
    http_response_done(&r);
    return plain;
}

int client_new(const struct reference *r, const struct client_options *options, struct client **ret, struct error *err)
{
    bool is_loopback = host_is_loopback(r->host);
    struct http_options http = {
        .ca_file = options->ca_file, .is_loopback = is_loopback, .stall_seconds = options->stall_seconds};
    struct client *c = xnew(struct client);
    c->reference = r;
    int e = http_new(&http, &c->http, err);
    if (e < 0) {
        client_free(c);
        return e;
    }
    c->login = (struct login){.http = c->http, .reference = r, .auth_file = options->auth_file};
    struct str plain = arena_printf(&c->arena, "http://%.*s", STR_ARG(r->host));
    c->base = is_loopback && speaks_plainly(c, plain) ? plain : arena_printf(&c->arena, "https://%.*s", STR_ARG(r->host));
    *ret = c;
    return 0;
}

struct client *client_free(struct client *c)
{
    if (!c)
        return NULL;
    login_done(&c->login);
    http_free(c->http);
    arena_done(&c->arena);
    free(c);
    return NULL;
}

struct str client_url(const struct client *c, const char *kind, struct str name, struct arena *a)
{
    return arena_printf(a, "%.*s/v2/%.*s/%s/%.*s", STR_ARG(c->base), STR_ARG(c->reference->repository), kind, STR_ARG(name));
}

struct str client_base(const struct client *c)
{
    return c->base;
}

int client_do(struct client *c, const struct http_request *q, struct http_response *ret, struct error *err)
{
    struct http_request with = *q;
    with.authorization = login_header(&c->login);
    int r = http_do(c->http, &with, ret, err);
    /* where a redirect led may not ask for the login: it is the registry's */
    if (r || ret->status != 401 || ret->is_from_elsewhere)
        return r;
    r = login_answer(&c->login, ret, err);
    if (r)
        return r < 0 ? r : 0; /* 1: there is nothing to answer with, the refusal stands */
    http_response_done(ret);
    with.authorization = login_header(&c->login);
    return http_do(c->http, &with, ret, err);
}

int client_do_elsewhere(struct client *c, const struct http_request *q, struct http_response *ret, struct error *err)
{
    struct http_request without = *q;
    without.authorization = STR_NULL;
    return http_do(c->http, &without, ret, err);
}

struct reading {
    struct strbuf *b;
    size_t max;
};

static int read_begin(void *ctx, const struct http_response *r, struct error *err)
{
    (void)r, (void)err;
    strbuf_clear(((struct reading *)ctx)->b);
    return 0;
}

static int read_body(void *ctx, const void *p, size_t n, struct error *err)
{
    struct reading *reading = ctx;
    if (n > reading->max - reading->b->n)
        return error_set(err, -EFBIG, "the registry answers with over %zu bytes where a manifest or the like was asked for",
                         reading->max);
    strbuf_add(reading->b, str_n(p, n));
    return 0;
}

int client_read(struct client *c, const char *url, const char *accept, size_t max, struct strbuf *b, struct http_response *ret,
                struct error *err)
{
    struct reading reading = {b, max};
    struct http_request q = {
        .url = url, .accept = accept, .seconds = REGISTRY_JSON_SECONDS, .begin = read_begin, .body = read_body, .ctx = &reading};
    for (unsigned try = 1;; try++) {
        int r = client_do(c, &q, ret, err);
        unsigned wait = ret->retry_after;
        if (!r && ret->status == 200)
            return 0;
        if (!r && ret->status == 404)
            return 1;
        if (try == REGISTRY_TRIES || !http_may_pass(r, ret->status))
            return r ? r : client_refused(c, ret, err);
        http_response_done(ret);
        client_back_off(try, wait);
    }
}

/* The first message of {"errors": [{"code": …, "message": …}]}, made safe. */
static void add_words(const struct http_response *r, struct strbuf *b)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    if (!r->text.n || json_parse(strbuf_str(&r->text), &root, NULL) < 0)
        return;
    const json_t *first = json_array_get(json_object_get(root, "errors"), 0);
    const char *message = json_string_value(json_object_get(first, "message"));
    if (!message)
        message = json_string_value(json_object_get(root, "message")); /* the docker engine's form */
    if (!message)
        return;
    strbuf_adds(b, ": ");
    text_add_safe(b, str_sub(str_from(message), 0, 200));
}

int client_refused(struct client *c, const struct http_response *r, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    add_words(r, &b);
    const char *words = b.p ? b.p : "";
    struct str host = c->reference->registry, name = c->reference->repository;
    if (r->status == 401 || r->status == 403)
        return login_refused(&c->login, r->status, words, err);
    if (r->status == 404)
        return error_set(err, -ENOENT, "%.*s has no %.*s%s", STR_ARG(host), STR_ARG(name), words);
    if (r->status == 429)
        return error_set(err, -EBUSY, "%.*s wants no more requests for now (429%s); try later, or log in", STR_ARG(host), words);
    return error_set(err, -EPROTO, "%.*s answers %u%s", STR_ARG(host), r->status, words);
}
