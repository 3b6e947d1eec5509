// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <openssl/evp.h>
#include <time.h>

#include "base/curl_late.h"
#include "base/text.h"
#include "base/json.h"
#include "image/registry/challenge.h"
#include "image/registry/credentials.h"
#include "image/registry/limits.h"
#include "image/registry/token.h"

struct str login_header(const struct login *l)
{
    return l->header;
}

static void forget_header(struct login *l)
{
    if (l->secret.p)
        explicit_bzero(l->secret.p, l->secret.n);
    strbuf_clear(&l->secret);
    l->header = STR_NULL;
}

void login_done(struct login *l)
{
    struct str *const secrets[] = {&l->credential.password, &l->credential.identity_token, &l->credential.registry_token};
    forget_header(l);
    for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
        if (secrets[i]->n)
            explicit_bzero((char *)secrets[i]->p, secrets[i]->n);
    strbuf_done(&l->secret);
    strbuf_done(&l->note);
    arena_done(&l->arena);
}

static int look_for_credential(struct login *l, struct error *err)
{
    if (l->has_looked)
        return 0;
    int r = credentials_find(l->auth_file, l->reference, &l->arena, &l->credential, &l->file, &l->note, err);
    if (r < 0)
        return r;
    l->has_looked = true;
    l->has_credential = !r;
    return 0;
}

/* "Basic " and user:password in base64, appended. */
static void add_basic(struct strbuf *b, const struct credential *c)
{
    _cleanup_(strbuf_done) struct strbuf plain = {};
    strbuf_printf(&plain, "%.*s:%.*s", STR_ARG(c->user), STR_ARG(c->password));
    strbuf_adds(b, "Basic ");
    strbuf_reserve(b, plain.n / 3 * 4 + 8);
    b->n += (size_t)EVP_EncodeBlock((unsigned char *)b->p + b->n, (const unsigned char *)plain.p, (int)plain.n);
    explicit_bzero(plain.p, plain.n);
}

/* ---- tokens ---- */

static int read_body(void *ctx, const void *p, size_t n, struct error *err)
{
    struct strbuf *b = ctx;
    if (n > REGISTRY_TOKEN_MAX - b->n)
        return error_set(err, -EFBIG, "the token server answers with over %d bytes", REGISTRY_TOKEN_MAX);
    strbuf_add(b, str_n(p, n));
    return 0;
}

/* Appends name=value to the query or form, with what means something there escaped. */
static void add_field(struct strbuf *b, const char *name, struct str value)
{
    char *escaped = value.n ? curl_easy_escape(NULL, value.p, (int)value.n) : NULL;
    if (escaped)
        strbuf_printf(b, "%s%s=%s", b->n ? "&" : "", name, escaped);
    curl_free(escaped);
}

static int take_token(struct login *l, struct str json, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    int r = json_parse(json, &root, err);
    if (r < 0)
        return error_wrap(err, r, "the token server's answer");
    const json_t *token = json_object_get(root, "token");
    if (!json_string_length(token))
        token = json_object_get(root, "access_token");
    struct str value = str_n(json_string_value(token), json_string_length(token));
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] <= ' ' || value.p[i] > '~')
            return error_set(err, -EPROTO, "the token server's answer holds a token that cannot be sent");
    if (!value.n)
        return error_set(err, -EPROTO, "the token server's answer holds no token");
    strbuf_adds(&l->secret, "Bearer ");
    strbuf_add(&l->secret, value);
    l->header = strbuf_str(&l->secret);
    return 0;
}

static int ask_once(struct login *l, const struct http_request *q, struct http_response *r, struct strbuf *answer,
                    struct error *err)
{
    for (unsigned try = 1;; try++) {
        strbuf_clear(answer);
        int e = http_do(l->http, q, r, err);
        if (try == REGISTRY_TRIES || !http_may_pass(e, r->status))
            return e;
        http_response_done(r);
        struct timespec wait = {.tv_nsec = REGISTRY_BACKOFF_MS * 1000000L};
        (void)nanosleep(&wait, NULL);
    }
}

/* A token from the realm: 0; 1 when it refuses. */
static int ask_realm(struct login *l, const struct challenge *c, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf query = {}, url = {}, basic = {}, answer = {};
    struct credential *who = &l->credential;
    struct str scope = c->scope.n ? c->scope
                                  : arena_printf(&l->arena, "repository:%.*s:pull", STR_ARG(l->reference->repository));
    struct http_request q = {.seconds = REGISTRY_JSON_SECONDS, .body = read_body, .ctx = &answer};
    bool is_form = l->has_credential && who->identity_token.n;
    add_field(&query, "service", c->service);
    add_field(&query, "scope", scope);
    strbuf_add(&url, c->realm);
    if (is_form) {
        add_field(&query, "grant_type", STR("refresh_token"));
        add_field(&query, "client_id", STR("davy"));
        add_field(&query, "refresh_token", who->identity_token);
        q.form = strbuf_str(&query);
    } else {
        strbuf_printf(&url, "%c%s", str_has(c->realm, STR("?")) ? '&' : '?', query.p);
        if (l->has_credential && who->user.n) {
            add_basic(&basic, who);
            q.authorization = strbuf_str(&basic);
        }
    }
    q.url = url.p;
    struct http_response r;
    int e = ask_once(l, &q, &r, &answer, err);
    unsigned status = r.status;
    http_response_done(&r);
    if (!e && status == 200)
        e = take_token(l, strbuf_str(&answer), err);
    else if (!e && (status == 400 || status == 401 || status == 403))
        e = 1;
    else if (!e)
        e = error_set(err, -EPROTO, "the token server answers %u", status);
    if (is_form)
        explicit_bzero(query.p, query.n);
    if (answer.p)
        explicit_bzero(answer.p, answer.n);
    if (basic.p)
        explicit_bzero(basic.p, basic.n);
    return e < 0 ? error_wrap(err, e, "token for %.*s", STR_ARG(l->reference->registry)) : e;
}

static const struct challenge *of_scheme(const struct challenge *v, size_t n, const char *scheme)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq_nocase(v[i].scheme, str_from(scheme)))
            return &v[i];
    return NULL;
}

int login_answer(struct login *l, const struct http_response *refusal, struct error *err)
{
    struct challenge offered[CHALLENGES_MAX];
    const struct challenge *bearer = NULL, *basic = NULL;
    _cleanup_(strbuf_done) struct strbuf all = {}; /* several headers mean the same as one with commas */
    for (size_t i = 0; i < refusal->challenges.n; i++)
        strbuf_printf(&all, "%s%.*s", i ? ", " : "", STR_ARG(refusal->challenges.v[i]));
    size_t n = challenge_parse(strbuf_str(&all), &l->arena, offered);
    bearer = of_scheme(offered, n, "Bearer");
    basic = of_scheme(offered, n, "Basic");
    int r = look_for_credential(l, err);
    if (r < 0)
        return r;
    forget_header(l);
    if (bearer && l->has_credential && l->credential.registry_token.n) {
        strbuf_printf(&l->secret, "Bearer %.*s", STR_ARG(l->credential.registry_token));
        l->header = strbuf_str(&l->secret);
        return 0;
    }
    if (bearer && bearer->realm.n)
        return ask_realm(l, bearer, err);
    if (!basic || !l->has_credential || !l->credential.user.n)
        return 1;
    add_basic(&l->secret, &l->credential);
    l->header = strbuf_str(&l->secret);
    return 0;
}

int login_refused(const struct login *l, unsigned status, const char *words, struct error *err)
{
    const struct reference *r = l->reference;
    if (l->has_credential)
        return error_set(err, -EACCES,
                         "%.*s refuses %.*s to the login in %.*s (%u%s); log in again, or name another file with --auth FILE",
                         STR_ARG(r->registry), STR_ARG(r->repository), STR_ARG(l->file), status, words);
    return error_set(err, -EACCES,
                     "%.*s refuses %.*s without a login (%u%s), or has none of that name; log in with `docker login %.*s` or "
                     "`podman login`, or name a file with --auth FILE%s%.*s",
                     STR_ARG(r->registry), STR_ARG(r->repository), status, words, STR_ARG(r->registry), l->note.n ? "; " : "",
                     STR_ARG(strbuf_str(&l->note)));
}
