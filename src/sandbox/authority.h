// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The authority of the pretend internet: certificates for any name. Its key is made for one run and never leaves the memory of that
 * run's processes.
 */
#include <openssl/ssl.h>

#include "base/error.h"
#include "base/strbuf.h"

struct authority {
    EVP_PKEY *key, *leaf_key;
    X509 *certificate;
    SSL_CTX *context; /* for servers: the certificate of a connection is made when its name is known */
    struct strbuf pem;
    uint64_t serial;
};

/* -EIO with text when the library fails. */
int authority_make(struct authority *a, struct error *err);
void authority_done(struct authority *a);
/* A connection's server side, on memory; `name` is what is certified when the client names nobody. NULL: no memory. */
SSL *authority_server(struct authority *a, const char *name);
