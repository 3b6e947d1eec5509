// SPDX-License-Identifier: Apache-2.0
/*
 * A webhook: each message is the body of a POST, over one connection that is kept. What may pass (no connection, 408, 429, 5xx)
 * is tried again with growing waits, or after the time that the server asks for; what the server refuses is lost.
 */
#include <errno.h>

#include "base/alloc.h"
#include "base/curl_late.h"
#include "base/file.h"
#include "base/intl.h"
#include "sink/live_private.h"

enum {
    CONNECT_SECONDS = 5,
    TOTAL_SECONDS = 15,
    LAST_SECONDS = 2, /* when the program ends */
    WAIT_FIRST_MS = 1000, WAIT_MAX_MS = 60'000,
    ATTEMPTS_MAX = 7, /* about a minute */
    HEADERS_MAX = 64 << 10,
    ANSWER_SHOWN = 200, /* bytes of the server's answer that are kept to be told */
};

struct webhook {
    CURL *curl;
    struct curl_slist *headers;
    char *url, *ca;
    char answer[ANSWER_SHOWN + 1];
    size_t n_answer;
};

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct webhook *w = ctx;
    size_t room = ANSWER_SHOWN - w->n_answer, more = size * n < room ? size * n : room;
    memcpy(w->answer + w->n_answer, p, more);
    w->n_answer += more;
    w->answer[w->n_answer] = 0;
    return size * n;
}

static void prepare(struct webhook *w, struct str body, bool is_last, char *text)
{
    CURL *c = w->curl;
    curl_easy_reset(c); /* the connection stays */
    w->n_answer = 0;
    w->answer[0] = 0;
    (void)curl_easy_setopt(c, CURLOPT_URL, w->url);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "davy");
    (void)curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)(is_last ? LAST_SECONDS : CONNECT_SECONDS));
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)(is_last ? LAST_SECONDS : TOTAL_SECONDS));
    (void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, w->headers);
    (void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, text);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, w);
    (void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
    (void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.p);
    if (w->ca)
        (void)curl_easy_setopt(c, CURLOPT_CAINFO, w->ca);
}

static bool may_pass(long status)
{
    return status == 408 || status == 429 || status >= 500;
}

static unsigned wait_for(struct webhook *w, unsigned attempt)
{
    curl_off_t asked = 0;
    (void)curl_easy_getinfo(w->curl, CURLINFO_RETRY_AFTER, &asked);
    if (asked > 0)
        return asked * 1000 < WAIT_MAX_MS ? (unsigned)(asked * 1000) : WAIT_MAX_MS;
    return WAIT_FIRST_MS << attempt < WAIT_MAX_MS ? WAIT_FIRST_MS << attempt : WAIT_MAX_MS;
}

static int webhook_write(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    struct webhook *w = ctx;
    char text[CURL_ERROR_SIZE] = "";
    long status = 0;
    prepare(w, str_trim(message), is_last, text);
    CURLcode c = curl_easy_perform(w->curl);
    (void)curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
    if (c == CURLE_OK && status >= 200 && status < 300)
        return 0;
    if (c == CURLE_PEER_FAILED_VERIFICATION || c == CURLE_SSL_CACERT_BADFILE)
        return error_set(err, -EKEYREJECTED, "%s: %s%s", w->url, *text ? text : curl_easy_strerror(c),
                         _("; if this authority is yours, name its certificate with --ca FILE"));
    if (c != CURLE_OK)
        (void)error_set(err, -EHOSTUNREACH, "%s: %s", w->url, *text ? text : curl_easy_strerror(c));
    else
        (void)error_set(err, -EPROTO, "%s answers %ld %s", w->url, status, w->answer);
    if ((c == CURLE_OK && !may_pass(status)) || is_last || attempt + 1 >= ATTEMPTS_MAX)
        return err->code;
    *wait_ms = wait_for(w, attempt);
    return 1;
}

static void webhook_done(void *ctx)
{
    struct webhook *w = ctx;
    if (w->curl)
        curl_easy_cleanup(w->curl);
    for (struct curl_slist *s = w->headers; s; s = s->next)
        explicit_bzero(s->data, strlen(s->data));
    curl_slist_free_all(w->headers);
    curl_global_cleanup();
    free(w->url);
    free(w->ca);
    free(w);
}

static const struct outlet_ops OPS = {.write = webhook_write, .done = webhook_done};

/* A line "Name: value" of the file is a header; empty ones and those that begin with # are none. */
static int add_headers(struct webhook *w, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read(path, HEADERS_MAX, &text, err);
    struct str rest = strbuf_str(&text), line;
    for (unsigned n = 1; !r && str_split(&rest, '\n', &line); n++) {
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        if (str_find(line, STR(":"), 0) < 1)
            return error_set(err, -EINVAL, "%s:%u: no header; write Name: value", path, n);
        _cleanup_free_ char *copy = xstrndup(line.p, line.n);
        w->headers = curl_slist_append(w->headers, copy);
        explicit_bzero(copy, line.n);
    }
    if (text.p)
        explicit_bzero(text.p, text.n);
    return r;
}

static int check_url(const char *url, struct error *err)
{
    CURLU *u = curl_url();
    char *host = NULL;
    bool is_good = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    curl_free(host);
    curl_url_cleanup(u);
    return is_good ? 0 : error_set(err, -EINVAL, "`%s` is no address that can be asked", url);
}

int outlet_to_webhook(const struct webhook_options *o, struct outlet **ret, struct error *err)
{
    char type[128];
    int r = curl_late(err);
    if (!r)
        r = check_url(o->url, err);
    if (!r && o->ca && access(o->ca, R_OK) < 0)
        r = error_errno(err, -errno, "certificates: %s", o->ca);
    if (!r && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        r = error_set(err, -ENOMEM, "libcurl cannot be started");
    if (r < 0)
        return r;
    struct webhook *w = xnew(struct webhook);
    w->curl = curl_easy_init();
    w->url = xstrdup(o->url);
    w->ca = o->ca ? xstrdup(o->ca) : NULL;
    (void)snprintf(type, sizeof(type), "Content-Type: %s", o->type);
    w->headers = curl_slist_append(NULL, type);
    w->headers = curl_slist_append(w->headers, "Expect:"); /* bodies are small */
    if (!w->curl)
        r = error_set(err, -ENOMEM, "libcurl cannot be started");
    if (!r && o->headers)
        r = add_headers(w, o->headers, err);
    if (r < 0) {
        webhook_done(w);
        return r;
    }
    *ret = outlet_new(&(struct outlet_options){.ops = &OPS, .ctx = w, .bytes = o->bytes});
    return 0;
}
