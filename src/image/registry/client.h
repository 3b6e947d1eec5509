// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A registry's API for one repository: the way in (https, or http on loopback), and whatever it asks for before it answers:
 * a token, a password, or nothing. A token that runs out in the middle of a pull is fetched anew.
 */
#include "base/strbuf.h"
#include "image/reference.h"
#include "image/registry/http.h"

struct client_options {
    const char *auth_file, *ca_file; /* may be NULL */
    unsigned stall_seconds;          /* 0: the default */
};

struct client;
/* Finds out how the registry is reached. Borrows reference and options. */
int client_new(const struct reference *r, const struct client_options *options, struct client **ret, struct error *err);
struct client *client_free(struct client *c);
DEFINE_CLEANUP(struct client *, client_free)
/* The address of /v2/<repository>/<kind>/<name>, in the arena. */
struct str client_url(const struct client *c, const char *kind, struct str name, struct arena *a);
/* https://host, without a slash at its end; as long as the client. */
struct str client_base(const struct client *c);
/* http_do() with the credentials that the registry asks for; one try. The caller ends *ret with http_response_done(). */
int client_do(struct client *c, const struct http_request *q, struct http_response *ret, struct error *err);
/* The same for an address that is not the registry's: never with credentials. */
int client_do_elsewhere(struct client *c, const struct http_request *q, struct http_response *ret, struct error *err);
/*
 * A whole answer of at most `max` bytes, tried again while that may help: 0; 1 when there is no such thing (404); negative.
 */
int client_read(struct client *c, const char *url, const char *accept, size_t max, struct strbuf *b, struct http_response *ret,
                struct error *err);
/* Turns an answer that is no success into an error with the registry's own words and the cure; returns its code. */
int client_refused(struct client *c, const struct http_response *r, struct error *err);
/* Waits before try `n` (1 is the second). */
void client_back_off(unsigned n, unsigned retry_after);
