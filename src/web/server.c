// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

#include "base/alloc.h"
#include "web/server.h"

struct web_server {
    struct MHD_Daemon *daemon;
    struct web_options options;
    char *certificate, *key, *client_ca, *client_name;
    atomic_uint n_owed; /* connections that wait for an answer, those in their handshake too */
    atomic_bool leaves;
};

/* Of a connection: whether it is counted in n_owed. Its thread alone touches it. */
struct owed {
    bool is_owed;
};

/* A request while it comes in. */
struct coming {
    struct strbuf body;
    bool is_too_large;
};

int web_listen(const char *address, unsigned port, int *ret_fd, struct error *err)
{
    struct sockaddr_in six_or_four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    const bool is_six = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
    const int on = 1, off = 0;
    if (!is_six && inet_pton(AF_INET, address, &six_or_four.sin_addr) != 1)
        return error_set(err, -EINVAL, "`%s` is no address; write one such as 0.0.0.0, 127.0.0.1 or ::", address);
    _cleanup_close_ int fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, -errno, "cannot listen on %s port %u", address, port);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (is_six) /* :: takes both families */
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, is_six ? (void *)&six : (void *)&six_or_four, is_six ? sizeof(six) : sizeof(six_or_four)) < 0 || listen(fd, WEB_CONNECTIONS) < 0)
        return error_errno(err, -errno, "cannot listen on %s port %u", address, port);
    *ret_fd = TAKE_FD(fd);
    return 0;
}

unsigned web_port(int fd)
{
    struct sockaddr_storage a = {};
    socklen_t n = sizeof(a);
    if (getsockname(fd, (struct sockaddr *)&a, &n) < 0)
        return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port : ((struct sockaddr_in *)&a)->sin_port);
}

/* ---- clients ---- */

static bool has_name(const gnutls_datum_t *der, const char *want)
{
    gnutls_x509_crt_t crt;
    char name[256] = "";
    size_t n = sizeof(name);
    if (gnutls_x509_crt_init(&crt) < 0)
        return false;
    bool r = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) >= 0;
    if (r)
        r = (gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &n) >= 0 && n == strlen(want) && !memcmp(name, want, n)) ||
            gnutls_x509_crt_check_hostname2(crt, want, GNUTLS_VERIFY_DO_NOT_ALLOW_WILDCARDS);
    gnutls_x509_crt_deinit(crt);
    return r;
}

/* The library starts without a word when there is none, and then nobody is known. */
static bool has_certificate(const char *pem)
{
    gnutls_x509_crt_t *list = NULL;
    unsigned n = 0;
    const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
    const int r = gnutls_x509_crt_list_import2(&list, &n, &text, GNUTLS_X509_FMT_PEM, 0);
    for (unsigned i = 0; i < n && r >= 0; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    return r >= 0 && n;
}

/* The server asks for a certificate and goes on without: what needs one says so. */
static bool is_known(const struct web_server *s, struct MHD_Connection *c)
{
    if (!s->client_ca)
        return true;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (void *)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned status = 1, n = 0;
    gnutls_session_t session = info ? info->tls_session : NULL;
    const gnutls_datum_t *chain = session ? gnutls_certificate_get_peers(session, &n) : NULL;
    if (!chain || !n || gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0 || status)
        return false;
    return !s->client_name || has_name(chain, s->client_name);
}

/* ---- what is owed ---- */

static void set_owed(struct web_server *s, struct owed *o, bool is_owed)
{
    if (!o || o->is_owed == is_owed)
        return;
    o->is_owed = is_owed;
    if (is_owed)
        atomic_fetch_add(&s->n_owed, 1);
    else
        atomic_fetch_sub(&s->n_owed, 1);
}

static struct owed *owed_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *, void **state, enum MHD_ConnectionNotificationCode what)
{
    struct web_server *s = ctx;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *state = xnew(struct owed);
        set_owed(s, *state, true);
        return;
    }
    set_owed(s, *state, false);
    free(*state);
    *state = NULL;
}

/* ---- requests ---- */

static enum MHD_Result send_answer(struct web_server *s, struct MHD_Connection *c, struct web_answer *a)
{
    struct str body = strbuf_str(&a->body);
    struct MHD_Response *r = MHD_create_response_from_buffer(body.n, (void *)body.p, MHD_RESPMEM_MUST_COPY);
    strbuf_done(&a->body);
    if (!r)
        return MHD_NO;
    (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
    (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (atomic_load(&s->leaves)) /* the next one is for whoever has the socket now */
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result result = MHD_queue_response(c, a->status, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *, const char *data,
                                  size_t *n, void **state)
{
    struct web_server *s = ctx;
    struct coming *q = *state;
    if (!q) { /* headers alone */
        *state = xnew(struct coming);
        set_owed(s, owed_of(c), true);
        return MHD_YES;
    }
    if (*n) {
        q->is_too_large |= q->body.n + *n > WEB_BODY_MAX;
        if (!q->is_too_large)
            strbuf_add(&q->body, str_n(data, *n));
        *n = 0;
        return MHD_YES;
    }
    struct web_answer a = {.status = MHD_HTTP_OK, .type = "text/plain; charset=utf-8"};
    const struct web_request request = {.method = str_from(method), .path = str_from(url), .is_too_large = q->is_too_large,
                                        .is_known = is_known(s, c),
                                        .body = q->is_too_large ? STR_NULL : strbuf_str(&q->body)};
    s->options.answer(s->options.ctx, &request, &a);
    return send_answer(s, c, &a);
}

static void on_done(void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode)
{
    struct coming *q = *state;
    set_owed(ctx, owed_of(c), false);
    if (q)
        strbuf_done(&q->body);
    free(q);
    *state = NULL;
}

int web_start(const struct web_options *options, struct web_server **ret, struct error *err)
{
    _cleanup_(web_stopp) struct web_server *s = xnew(struct web_server);
    if (options->client_ca && !has_certificate(options->client_ca))
        return error_set(err, -EINVAL, "there is no certificate in the file of the clients' authorities; it is one PEM file with all of them");
    s->options = *options;
    s->certificate = xstrdup(options->certificate);
    s->key = xstrdup(options->key);
    s->client_ca = options->client_ca ? xstrdup(options->client_ca) : NULL;
    s->client_name = options->client_name ? xstrdup(options->client_name) : NULL;
    const struct MHD_OptionItem trust[] = {{.option = s->client_ca ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, .ptr_value = s->client_ca}, {.option = MHD_OPTION_END}};
    s->daemon = MHD_start_daemon(MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request, s,
                                 MHD_OPTION_LISTEN_SOCKET, options->listen_fd, MHD_OPTION_HTTPS_MEM_CERT, s->certificate,
                                 MHD_OPTION_HTTPS_MEM_KEY, s->key, MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
                                 MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_TIMEOUT_S,
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_CONNECTION_BYTES, MHD_OPTION_THREAD_POOL_SIZE,
                                 (unsigned)WEB_THREADS, MHD_OPTION_ARRAY, trust, MHD_OPTION_NOTIFY_COMPLETED, on_done, s,
                                 MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
    if (!s->daemon)
        return error_set(err, -EINVAL, "HTTPS cannot be served: the certificate or its key cannot be used, or they do not belong together");
    *ret = TAKE_PTR(s);
    return 0;
}

void web_leave(struct web_server *s)
{
    if (!s || atomic_exchange(&s->leaves, true))
        return;
    (void)MHD_quiesce_daemon(s->daemon); /* the socket stays with whoever made it */
}

bool web_is_empty(const struct web_server *s)
{
    const union MHD_DaemonInfo *info = s ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS) : NULL;
    return !info || !info->num_connections;
}

struct web_server *web_stop(struct web_server *s)
{
    const struct timespec step = {.tv_nsec = WEB_LEAVE_STEP_MS * 1'000'000};
    if (!s)
        return NULL;
    if (s->daemon) {
        web_leave(s);
        /* A connection that was taken a moment ago is not counted yet: at least one step. */
        for (unsigned ms = 0; ms < WEB_LEAVE_MS && (!ms || atomic_load(&s->n_owed)); ms += WEB_LEAVE_STEP_MS)
            (void)nanosleep(&step, NULL);
        MHD_stop_daemon(s->daemon);
    }
    free(s->certificate);
    free(s->key);
    free(s->client_ca);
    free(s->client_name);
    free(s);
    return NULL;
}
