// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * HTTP by libcurl under our rules: TLS is always verified; plain http goes to loopback addresses (or a unix socket) only,
 * and an answer from elsewhere cannot lead there; redirects are followed by hand, and credentials stay with the host that
 * they were meant for; headers, times and redirects are bounded. No state outside struct http.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "image/registry/content_range.h"

/* Zeros mean the defaults of registry/limits.h. */
struct http_options {
    const char *ca_file;     /* trusted beside the system's authorities; NULL: none */
    const char *unix_socket; /* everything goes there, as plain http */
    bool is_loopback;        /* plain http to loopback addresses is allowed */
    unsigned stall_seconds;  /* an answer slower than HTTP_STALL_BYTES a second for so long is given up */
};

struct http_response {
    unsigned status;
    bool has_length, has_range;
    bool is_from_elsewhere; /* a redirect led to another host, which answered */
    uint64_t length;
    struct content_range range;
    unsigned retry_after; /* seconds, 0: not said */
    struct str content_type, digest, location, link, api_version;
    VEC(struct str) challenges; /* WWW-Authenticate, one per header */
    struct strbuf text;         /* the beginning of the body when the status is none of success */
    struct arena arena;
};
void http_response_done(struct http_response *r);

struct http_request {
    const char *url;
    struct str authorization; /* value of the header; empty: none */
    const char *accept;
    struct str form;   /* not empty: POST, application/x-www-form-urlencoded */
    uint64_t from;     /* over 0: asks for the bytes from there on */
    unsigned seconds;  /* for the whole answer; 0: as long as bytes come */
    /* Called once before the body of a success (2xx), then for each piece; negative ends the transfer with that code. */
    int (*begin)(void *ctx, const struct http_response *r, struct error *err);
    int (*body)(void *ctx, const void *p, size_t n, struct error *err);
    void *ctx;
};

struct http;
int http_new(const struct http_options *options, struct http **ret, struct error *err);
struct http *http_free(struct http *h);
DEFINE_CLEANUP(struct http *, http_free)
/*
 * 0 when there was an answer, whatever its status (*ret; the caller ends it with http_response_done(), also after a
 * failure). Else what the callbacks returned, or: -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT (http_may_pass() of these),
 * -EHOSTUNREACH no such host, -EKEYREJECTED TLS not trusted, -EPROTO no HTTP or no TLS, -EPERM an address that is not
 * allowed, -ELOOP too many redirects, -EMSGSIZE too large headers, -EINTR the program was asked to stop (base/stop.h).
 */
int http_do(struct http *h, const struct http_request *q, struct http_response *ret, struct error *err);
/* Whether trying again may help: the connection broke, or the server is overloaded. */
bool http_may_pass(int result, unsigned status);
