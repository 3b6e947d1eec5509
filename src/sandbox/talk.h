// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One conversation with the pretend internet, from what has come so far to what is answered. It knows no socket: bytes go in, bytes and
 * exchanges come out, so that a test or a fuzzer can hold one.
 *
 *     talk_init(&t, …)          says what a server says first, where the port is one of those that do
 *     talk_take(&t, bytes)      any number of times; answers are appended to t.out
 *     talk_end(&t)              tells what was left untold
 */
#include "base/strbuf.h"
#include "sandbox/decoy.h"
#include "sandbox/exchange.h"

enum {
    TALK_IN_MAX = 64 << 10,   /* kept of what cannot be understood yet; more ends the conversation */
    TALK_TOLD_MAX = 512,      /* exchanges of one conversation; further ones are answered and not told */
    TALK_LISTED = 12,         /* hosts in a list that is handed out */
};

/* What conversations of a run have in common. */
struct talk_world {
    struct decoys decoys;
    char listed[TALK_LISTED][48]; /* names of hosts in lists */
    bool has_listed;              /* one was handed out */
    uint64_t connections;
    exchange_fn tell;
    void *ctx;
};
/* Makes decoys and lists of a new run. */
void talk_world_init(struct talk_world *w, exchange_fn tell, void *ctx);

enum talk_protocol { TALK_UNKNOWN, TALK_HTTP, TALK_STRATUM, TALK_IRC, TALK_SMTP, TALK_FTP, TALK_REDIS, TALK_SSH, TALK_OTHER };

struct talk {
    struct talk_world *world;
    enum talk_protocol protocol;
    uint64_t connection, bytes;
    uint16_t port;
    bool tls;
    char address[48], host[256]; /* host: the name for the address, else the address */
    struct strbuf in, out;
    bool is_over;    /* nothing more is to be said: close when `out` has gone */
    bool in_data;    /* SMTP: between DATA and the dot */
    unsigned told;
    char first[EXCHANGE_TEXT_MAX]; /* the beginning of what was sent */
    size_t first_n;
    const char *decoy; /* the first that was seen; NULL: none */
    uint64_t rest;     /* HTTP: bytes of a body that are still to come */
    char nick[64];     /* IRC */
};

void talk_init(struct talk *t, struct talk_world *world, const char *address, const char *host, uint16_t port, bool tls);
void talk_take(struct talk *t, struct str bytes);
void talk_end(struct talk *t);
/* Gives the memory back; may run twice. */
void talk_done(struct talk *t);

/* ---- for the protocols ---- */

/* An exchange with what the conversation knows filled in; the protocol adds and tells it. */
struct exchange talk_exchange(const struct talk *t, const char *protocol);
void talk_tell(struct talk *t, struct exchange *e);
/* Takes a line off the front of `in`, without its end; false: there is none yet. */
bool talk_line(struct talk *t, struct str *ret, size_t *ret_used);
/* Forgets so many bytes of `in`. */
void talk_used(struct talk *t, size_t n);

/* Each takes what it can from `in`. */
void talk_http(struct talk *t);
void talk_stratum(struct talk *t);
void talk_lines(struct talk *t); /* IRC, SMTP, FTP */
void talk_redis(struct talk *t);

/* What a web server answers to a path, for talk_http(): the type of the body, which is appended. */
const char *talk_page(struct talk *t, struct str host, struct str path, struct strbuf *body);
