// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Answers over HTTPS, by libmicrohttpd: a request comes in whole and bounded, a function gives the answer. Sockets are opened by
 * web_listen() before a process gives up rights, and threads begin with web_start() after it.
 *
 *     fd = web_listen("127.0.0.1", 8443, &err)
 *     web_start(&(struct web_options){.listen_fd = fd, .certificate = pem, .key = pem, .answer = f, .ctx = c}, &s, &err)
 *     s = web_stop(s)                                  the socket stays open: another may be started on it
 *
 * A server whose certificate is replaced cuts nobody off: start the new one, web_leave() the old, and web_stop() it when
 * web_is_empty() says so.
 */
#include "base/error.h"
#include "base/strbuf.h"

enum {
    WEB_BODY_MAX = 8 << 20,      /* bytes of a request: the largest object of a cluster, 1.5 MB, new and old, with room */
    WEB_CONNECTIONS = 256,       /* at once */
    WEB_TIMEOUT_S = 10,          /* a connection on which nothing comes is closed */
    WEB_THREADS = 2,
    WEB_CONNECTION_BYTES = 64 << 10, /* of headers and buffers of a connection */
    WEB_PEM_MAX = 1 << 20,
    WEB_LEAVE_MS = 3000, /* web_stop() waits so long for connections that have no answer yet */
    WEB_LEAVE_STEP_MS = 20,
};

struct web_request {
    struct str method, path; /* the path without what follows a question mark */
    struct str body;
    bool is_too_large;       /* the body was beyond WEB_BODY_MAX, and is not kept */
    bool is_known;           /* the client showed a certificate that web_options.client_ca vouches for, or none is asked for */
};
struct web_answer {
    unsigned status;   /* 200 unless changed */
    const char *type;  /* Content-Type, static */
    struct strbuf body;
};

struct web_options {
    int listen_fd;
    const char *certificate, *key; /* PEM, the chain in the first; copied */
    const char *client_ca;         /* PEM: clients are asked for a certificate of these authorities; NULL: they are not */
    const char *client_name;       /* which must have this common name, or DNS name; NULL: any */
    /* Called on any of the server's threads, several at a time. */
    void (*answer)(void *ctx, const struct web_request *q, struct web_answer *ret);
    void *ctx;
};

/* A socket that listens; the address is numeric, port 0 is any. -errno with text. The caller closes it. */
int web_listen(const char *address, unsigned port, int *ret_fd, struct error *err);
/* The port that it listens on. */
unsigned web_port(int fd);
struct web_server;
/* -EINVAL when certificate or key cannot be used. */
int web_start(const struct web_options *options, struct web_server **ret, struct error *err);
/* Takes no new connection, and closes each that there is with its next answer; an idle one ends by WEB_TIMEOUT_S. Comes back at
 * once; a second call does nothing. NULL-safe. */
void web_leave(struct web_server *s);
/* No connection is open. */
bool web_is_empty(const struct web_server *s);
/* As web_leave(); then answers what has come in, for WEB_LEAVE_MS at most, closes idle connections, and ends. NULL-safe; returns
 * NULL. */
struct web_server *web_stop(struct web_server *s);
DEFINE_CLEANUP(struct web_server *, web_stop)
