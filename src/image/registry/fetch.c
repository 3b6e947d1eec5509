// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "image/registry/blob.h"
#include "image/registry/fetch.h"
#include "image/registry/limits.h"

/* What the answers to one blob's requests share. */
struct transfer {
    const struct fetch *f;
    struct blob_writer *writer;
    bool is_wrong_range; /* the server sent another part than was asked for */
    bool is_disk;        /* writing failed: no other server helps */
};

static int begin(void *ctx, const struct http_response *r, struct error *err)
{
    struct transfer *t = ctx;
    uint64_t at = blob_at(t->writer);
    if (r->status == 206) {
        t->is_wrong_range = !r->has_range || !r->range.has_range || r->range.first != at;
        return t->is_wrong_range ? error_set(err, -EPROTO, "the server sends another part than was asked for") : 0;
    }
    return at ? blob_restart(t->writer, err) : 0; /* it sends all of it, whatever was asked for */
}

static int body(void *ctx, const void *p, size_t n, struct error *err)
{
    struct transfer *t = ctx;
    int r = blob_add(t->writer, p, n, err);
    t->is_disk = r < 0 && r != -EFBIG;
    if (!r && t->f->progress)
        t->f->progress(t->f->ctx, blob_at(t->writer));
    return r;
}

/* What the next try is to do. */
enum step { STEP_DONE, STEP_AGAIN, STEP_FROM_START, STEP_GIVE_UP, STEP_STOP };

static enum step judge(struct transfer *t, int r, struct http_response *a, uint64_t size, bool was_ranged, struct error *err)
{
    uint64_t at = blob_at(t->writer);
    if (t->is_disk || r == -EINTR)
        return STEP_STOP;
    if (r && t->is_wrong_range)
        return was_ranged ? STEP_FROM_START : STEP_GIVE_UP;
    if (!r && a->status == 416)
        return was_ranged ? STEP_FROM_START : STEP_GIVE_UP;
    if (r)
        return http_may_pass(r, 0) ? STEP_AGAIN : STEP_GIVE_UP;
    if (a->status >= 200 && a->status < 300) {
        if (at == size)
            return STEP_DONE;
        (void)error_set(err, -ECONNRESET, "it ended after %llu of %llu bytes", (unsigned long long)at, (unsigned long long)size);
        return STEP_AGAIN;
    }
    if (http_may_pass(0, a->status)) {
        (void)error_set(err, -ECONNRESET, "the server answers %u", a->status);
        return STEP_AGAIN;
    }
    (void)client_refused(t->f->client, a, err);
    return STEP_GIVE_UP;
}

/* All bytes of the blob from one address: 0; 1 when they are not to be had there; negative when nothing is. */
static int fetch_from(struct transfer *t, const char *url, bool is_elsewhere, uint64_t size, struct error *why, struct error *err)
{
    uint64_t best = 0;
    bool is_ranged = true;
    unsigned tries = 1;
    for (unsigned n = 0; n < REGISTRY_RESUMES_MAX; n++) {
        struct http_response answer;
        struct error e = ERROR_NULL;
        uint64_t from = is_ranged ? blob_at(t->writer) : 0;
        struct http_request q = {.url = url, .from = from, .begin = begin, .body = body, .ctx = t};
        if (from == size && size)
            return 0; /* an earlier try brought the last byte and was ended before it was verified */
        t->is_wrong_range = false;
        int r = is_elsewhere ? client_do_elsewhere(t->f->client, &q, &answer, &e) : client_do(t->f->client, &q, &answer, &e);
        enum step step = judge(t, r, &answer, size, from > 0, &e);
        unsigned wait = answer.retry_after;
        http_response_done(&answer);
        if (step == STEP_DONE)
            return 0;
        if (step == STEP_GIVE_UP || step == STEP_STOP) {
            *(step == STEP_STOP ? err : why) = e;
            return step == STEP_STOP ? e.code : 1;
        }
        if (step == STEP_FROM_START)
            is_ranged = false;
        if (blob_at(t->writer) > best) {
            best = blob_at(t->writer);
            tries = 1;
            continue;
        }
        if (tries == REGISTRY_TRIES) {
            *err = e;
            return e.code ? e.code : -ECONNRESET;
        }
        client_back_off(tries++, wait);
    }
    return error_set(err, -ECONNRESET, "the connection broke %d times", REGISTRY_RESUMES_MAX);
}

/* The registry's own copy, then the addresses that the manifest gives for a layer that registries may not hold. */
static int fetch_from_all(struct transfer *t, const struct descriptor *d, struct error *why, struct error *err)
{
    struct arena a = {};
    int r = fetch_from(t, client_url(t->f->client, "blobs", d->digest, &a).p, false, d->size, why, err);
    for (size_t i = 0; r == 1 && d->is_foreign && i < d->n_urls; i++) {
        struct error elsewhere = ERROR_NULL;
        r = fetch_from(t, d->urls[i].p, true, d->size, why, &elsewhere);
        if (r < 0 && t->is_disk)
            *err = elsewhere;
        else if (r < 0) {
            *why = elsewhere; /* one of several addresses, not the registry */
            r = 1;
        }
    }
    arena_done(&a);
    return r;
}

int fetch_blob(const struct fetch *f, const struct descriptor *d, struct error *why, struct error *err)
{
    if (blob_is_there(f->dir, d->digest, d->size))
        return 0;
    for (bool is_second = false;; is_second = true) {
        _cleanup_(blob_closep) struct blob_writer *w = NULL;
        int r = blob_open(f->dir, d->digest, d->size, &w, err);
        if (r < 0)
            return r;
        bool was_begun = blob_at(w) > 0;
        struct transfer t = {.f = f, .writer = w};
        r = fetch_from_all(&t, d, why, err);
        if (r)
            return r;
        r = blob_finish(w, why);
        if (!r)
            return 0;
        if (r != -EBADMSG) {
            *err = *why;
            return r;
        }
        if (is_second || !was_begun)
            return 1; /* else what lay there from before may have been damaged */
    }
}
