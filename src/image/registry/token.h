// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Answering a 401: Basic with the user's password, or Docker's token scheme (a bearer token from the realm that the registry
 * names, for a password, an identity token or nobody). Credentials are looked for only when a registry asks.
 */
#include "base/strbuf.h"
#include "image/registry/auth_file.h"
#include "image/registry/http.h"

struct login {
    struct http *http;                 /* borrowed, as the two below */
    const struct reference *reference;
    const char *auth_file;
    struct arena arena;
    struct str header;       /* what goes with each request now, empty: nothing */
    struct strbuf secret;    /* behind `header` */
    bool has_looked, has_credential;
    struct credential credential;
    struct str file;         /* where the credential was found */
    struct strbuf note;      /* what was wrong with files and helpers */
};

/* The value for the Authorization header; empty: none. */
struct str login_header(const struct login *l);
/* Finds what the 401 asks for: 0, 1 when there is nothing more to try, negative when asking failed. */
int login_answer(struct login *l, const struct http_response *refusal, struct error *err);
/* The error after 401 and 403, with where credentials were looked for. `words` are the registry's. */
int login_refused(const struct login *l, unsigned status, const char *words, struct error *err);
/* Wipes what it knows; may run twice. */
void login_done(struct login *l);
