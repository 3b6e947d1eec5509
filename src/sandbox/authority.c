// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdbool.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "sandbox/authority.h"

enum { YEAR = 365 * 86400, BACK = 86400 };

static X509 *make_certificate(struct authority *a, const char *name, bool is_authority)
{
    X509 *x = X509_new();
    X509_NAME *subject = x ? X509_get_subject_name(x) : NULL;
    char alternative[300];
    const bool is_address = strspn(name, "0123456789.") == strlen(name) || strchr(name, ':');
    bool ok = x && X509_set_version(x, 2) && ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), ++a->serial) && X509_gmtime_adj(X509_getm_notBefore(x), -BACK) &&
              X509_gmtime_adj(X509_getm_notAfter(x), YEAR) && X509_set_pubkey(x, is_authority ? a->key : a->leaf_key) &&
              X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)(strlen(name) <= 64 ? name : "host"), -1, -1, 0) &&
              X509_set_issuer_name(x, is_authority ? subject : X509_get_subject_name(a->certificate));
    (void)snprintf(alternative, sizeof(alternative), "%s:%s", is_address ? "IP" : "DNS", name);
    const struct {
        int nid;
        const char *value;
    } extensions[] = {{NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "CA:FALSE"},
                      {is_authority ? NID_key_usage : NID_subject_alt_name, is_authority ? "critical,keyCertSign,cRLSign" : alternative},
                      {NID_subject_key_identifier, "hash"}};
    for (size_t i = 0; ok && i < ARRAY_SIZE(extensions); i++) {
        X509V3_CTX ctx;
        X509V3_set_ctx(&ctx, is_authority ? x : a->certificate, x, NULL, NULL, 0);
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, extensions[i].nid, extensions[i].value);
        /* a name that cannot stand there: the client will refuse it, which is told */
        if (e)
            ok = X509_add_ext(x, e, -1);
        X509_EXTENSION_free(e);
    }
    if (ok && X509_sign(x, a->key, EVP_sha256()))
        return x;
    X509_free(x);
    return NULL;
}

/* Only letters, digits, '.', '-' and '_' of a name, and ':' of an address: it becomes part of a text that is parsed. */
static void safe_name(const char *name, char ret[256])
{
    size_t n = 0;
    for (; *name && n < 255; name++)
        if ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || (*name >= '0' && *name <= '9') || strchr(".-_:", *name))
            ret[n++] = *name;
    ret[n] = 0;
    if (!n)
        (void)snprintf(ret, 256, "host");
}

static int on_name(SSL *ssl, int *alert, void *arg)
{
    struct authority *a = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    char safe[256];
    safe_name(name ? name : (const char *)SSL_get_app_data(ssl), safe);
    X509 *x = make_certificate(a, safe, false);
    (void)alert;
    const bool ok = x && SSL_use_certificate(ssl, x) && SSL_use_PrivateKey(ssl, a->leaf_key);
    X509_free(x);
    return ok ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int authority_make(struct authority *a, struct error *err)
{
    *a = (struct authority){.key = EVP_EC_gen("P-256"), .leaf_key = EVP_EC_gen("P-256"), .context = SSL_CTX_new(TLS_server_method())};
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    if (a->key && a->leaf_key && a->context && bio)
        a->certificate = make_certificate(a, "Global Trust Root R1", true);
    if (!a->certificate || !PEM_write_bio_X509(bio, a->certificate)) {
        BIO_free(bio);
        authority_done(a);
        return error_set(err, -EIO, "certificates of the pretend internet cannot be made: %s", ERR_error_string(ERR_get_error(), NULL));
    }
    const long n = BIO_get_mem_data(bio, &text);
    strbuf_add(&a->pem, str_n(text, (size_t)n));
    BIO_free(bio);
    (void)SSL_CTX_set_min_proto_version(a->context, TLS1_VERSION);
    SSL_CTX_set_security_level(a->context, 0); /* whatever old client there is in an image */
    (void)SSL_CTX_set_tlsext_servername_callback(a->context, on_name);
    (void)SSL_CTX_set_tlsext_servername_arg(a->context, a);
    (void)SSL_CTX_set_session_cache_mode(a->context, SSL_SESS_CACHE_OFF);
    return 0;
}

void authority_done(struct authority *a)
{
    EVP_PKEY_free(a->key);
    EVP_PKEY_free(a->leaf_key);
    X509_free(a->certificate);
    SSL_CTX_free(a->context);
    strbuf_done(&a->pem);
    *a = (struct authority){};
}

SSL *authority_server(struct authority *a, const char *name)
{
    SSL *ssl = SSL_new(a->context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (!ssl || !in || !out) {
        SSL_free(ssl);
        BIO_free(in);
        BIO_free(out);
        return NULL;
    }
    SSL_set_bio(ssl, in, out);
    (void)SSL_set_app_data(ssl, (void *)name);
    SSL_set_accept_state(ssl);
    return ssl;
}
