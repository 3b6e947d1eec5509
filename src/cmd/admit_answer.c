// SPDX-License-Identifier: Apache-2.0
/* davy admit: requests, the log of what was listed, and the counters. */

#include "base/clock.h"
#include "base/intl.h"
#include "cmd/admit.h"

static const char NAME[] = "davy admit";
enum { OK = 200, BAD_REQUEST = 400, FORBIDDEN = 403, NOT_FOUND = 404, WRONG_METHOD = 405, TOO_LARGE = 413, UNAVAILABLE = 503, NS_A_SECOND = 1'000'000'000 };

/* Upper ends of the histogram, in nanoseconds and as text. */
static const struct {
    uint64_t ns;
    const char *text;
} BUCKETS[ADMIT_BUCKETS] = {{100'000, "0.0001"}, {250'000, "0.00025"}, {500'000, "0.0005"}, {1'000'000, "0.001"},
                            {2'500'000, "0.0025"}, {10'000'000, "0.01"}, {25'000'000, "0.025"}, {50'000'000, "0.05"}};

static void count_time(struct admit *x, uint64_t ns)
{
    size_t i = 0;
    while (i < ADMIT_BUCKETS && ns > BUCKETS[i].ns)
        i++;
    x->buckets[i]++;
    x->nanoseconds += ns;
}

static void tell(const struct admit *x, const struct admit_result *r)
{
    if (x->o->quiet || !r->message.n)
        return;
    if (r->allowed)
        cmd_error(NAME, "dry run, would deny %.*s: %.*s", STR_ARG(r->subject), STR_ARG(r->message));
    else
        cmd_error(NAME, "denied %.*s: %.*s", STR_ARG(r->subject), STR_ARG(r->message));
}

static void review(struct admit *x, const struct web_request *q, struct web_answer *ret)
{
    _cleanup_(arena_done) struct arena a = {};
    struct admit_result r;
    const uint64_t began = clock_ns(CLOCK_MONOTONIC);
    (void)pthread_rwlock_rdlock(&x->lock);
    admit_review(q->body, &x->o->policy, &x->feed, clock_ns(CLOCK_REALTIME) / NS_A_SECOND, &a, &ret->body, &r);
    (void)pthread_rwlock_unlock(&x->lock);
    if (!r.is_review) {
        x->bad_requests++;
        ret->status = BAD_REQUEST;
        return;
    }
    ret->type = "application/json";
    x->allowed += r.allowed;
    x->denied += !r.allowed;
    x->would_deny += r.would_deny;
    x->warnings += r.warnings;
    x->listed += r.listed;
    count_time(x, clock_ns(CLOCK_MONOTONIC) - began);
    tell(x, &r);
}

static void refuse(struct web_answer *ret, unsigned status, const char *text)
{
    ret->status = status;
    strbuf_printf(&ret->body, "%s\n", text);
}

static void health(struct admit *x, struct web_answer *ret)
{
    (void)pthread_rwlock_rdlock(&x->lock);
    const size_t stale = x->feed.stale;
    (void)pthread_rwlock_unlock(&x->lock);
    if (x->is_feed_broken)
        refuse(ret, UNAVAILABLE, "the feed cannot be read any more; answers come from what was read before");
    else
        refuse(ret, OK, stale ? "ok, but the signature of a feed that is followed has expired" : "ok");
}

void admit_answer(void *ctx, const struct web_request *q, struct web_answer *ret)
{
    struct admit *x = ctx;
    const bool gets = str_is(q->method, "GET") || str_is(q->method, "HEAD");
    if (!q->is_known && !str_is(q->path, "/healthz")) { /* the kubelet, which asks for health, has no certificate */
        x->unknown_clients++;
        refuse(ret, FORBIDDEN, "a certificate of the clients' authorities is asked for here");
    } else if (str_is(q->path, "/healthz") || str_is(q->path, "/metrics")) {
        if (!gets) {
            refuse(ret, WRONG_METHOD, "GET is answered here");
        } else if (str_is(q->path, "/healthz")) {
            health(x, ret);
        } else {
            ret->type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            admit_add_metrics(x, &ret->body);
        }
    } else if (!str_is(q->path, "/") && !str_is(q->path, "/validate")) {
        refuse(ret, NOT_FOUND, "reviews are answered at /validate");
    } else if (!str_is(q->method, "POST")) {
        refuse(ret, WRONG_METHOD, "POST an AdmissionReview here");
    } else if (q->is_too_large) {
        x->bad_requests++;
        refuse(ret, TOO_LARGE, "larger than any object of a cluster");
    } else {
        review(x, q, ret);
    }
}

static void add_counter(struct strbuf *b, const char *name, const char *help, uint64_t n)
{
    strbuf_printf(b, "# TYPE davy_admit_%s counter\n# HELP davy_admit_%s %s\ndavy_admit_%s_total %llu\n", name, name, help, name,
                  (unsigned long long)n);
}

static void add_gauge(struct strbuf *b, const char *name, const char *help, uint64_t n)
{
    strbuf_printf(b, "# TYPE davy_admit_%s gauge\n# HELP davy_admit_%s %s\ndavy_admit_%s %llu\n", name, name, help, name, (unsigned long long)n);
}

static void add_times(struct admit *x, struct strbuf *b)
{
    uint64_t sum = 0;
    strbuf_adds(b, "# TYPE davy_admit_seconds histogram\n# UNIT davy_admit_seconds seconds\n# HELP davy_admit_seconds Time to judge one review.\n");
    for (size_t i = 0; i < ADMIT_BUCKETS; i++) {
        sum += x->buckets[i];
        strbuf_printf(b, "davy_admit_seconds_bucket{le=\"%s\"} %llu\n", BUCKETS[i].text, (unsigned long long)sum);
    }
    sum += x->buckets[ADMIT_BUCKETS];
    const uint64_t ns = x->nanoseconds;
    strbuf_printf(b, "davy_admit_seconds_bucket{le=\"+Inf\"} %llu\ndavy_admit_seconds_count %llu\ndavy_admit_seconds_sum %llu.%09llu\n",
                  (unsigned long long)sum, (unsigned long long)sum, (unsigned long long)(ns / NS_A_SECOND), (unsigned long long)(ns % NS_A_SECOND));
}

void admit_add_metrics(struct admit *x, struct strbuf *b)
{
    (void)pthread_rwlock_rdlock(&x->lock);
    const uint64_t entries = x->feed.entries.n, loaded = x->feed.loaded_s, stale = x->feed.stale;
    (void)pthread_rwlock_unlock(&x->lock);
    add_counter(b, "allowed", "Reviews that were allowed.", x->allowed);
    add_counter(b, "denied", "Reviews that were denied.", x->denied);
    add_counter(b, "would_deny", "Reviews that a dry run would have denied.", x->would_deny);
    add_counter(b, "warnings", "Warnings that were given.", x->warnings);
    add_counter(b, "listed_images", "Images of reviews that the feed lists.", x->listed);
    add_counter(b, "bad_requests", "Requests that were no review.", x->bad_requests);
    add_counter(b, "unknown_clients", "Requests without a certificate that --client-ca vouches for.", x->unknown_clients);
    add_counter(b, "feed_reloads", "How often the feed was read again.", x->reloads);
    add_counter(b, "feed_reload_errors", "How often that failed.", x->reload_errors);
    add_gauge(b, "feed_entries", "Malicious and unwanted entries that are known.", entries);
    add_gauge(b, "feed_loaded_timestamp_seconds", "When the feed was read.", loaded);
    add_gauge(b, "feeds_stale", "Feeds that are followed and whose signature has expired.", stale);
    add_times(x, b);
    strbuf_adds(b, "# EOF\n");
}
