// SPDX-License-Identifier: Apache-2.0
#pragma once
/* davy admit: what its files share: the options, what all threads see, and the counters. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "cmd/admit_review.h"
#include "cmd/common.h"
#include "web/server.h"

enum {
    ADMIT_BUCKETS = 8, /* of the histogram of answer times */
    ADMIT_LOOK_MS = 1000, /* how often the feed and the certificate are looked at */
};

struct admit_options {
    const char *feed, *certificate, *key, *client_ca, *client_name, *user;
    char address[64];
    unsigned port;
    struct admit_policy policy;
    bool quiet;
};

/* Shared by the threads that answer. */
struct admit {
    const struct admit_options *o;
    pthread_rwlock_t lock; /* of the feed */
    struct admit_feed feed;
    _Atomic uint64_t allowed, denied, would_deny, warnings, bad_requests, listed, unknown_clients, reloads, reload_errors;
    _Atomic uint64_t buckets[ADMIT_BUCKETS + 1], nanoseconds;
    atomic_bool is_feed_broken; /* the last time it was read */
};

/* Answers one request; `ctx` is a struct admit. */
void admit_answer(void *ctx, const struct web_request *q, struct web_answer *ret);
/* Appends the counters in the OpenMetrics form. */
void admit_add_metrics(struct admit *x, struct strbuf *b);
