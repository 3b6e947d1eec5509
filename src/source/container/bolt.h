// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Reads databases of bbolt, which containerd and older podman keep what they know in: a B+ tree of pages, in
 * which values may be buckets, trees of their own. No library in C reads it. Only what is asked for is read,
 * and nothing is believed: every page must carry its own number and a kind, every place lies within its page,
 * depth and sizes have limits.
 *
 * The owner may write meanwhile. It never writes over pages of its last state; whoever takes longer than it
 * takes to commit twice finds out at the end, because the number of the state has changed (bolt_is_same()),
 * and looks again.
 */
#include "base/strbuf.h"

enum {
    BOLT_DEPTH = 32,          /* pages from a root to a leaf; a thousand million keys make under 10 */
    BOLT_PAGE_MAX = 4 << 20,  /* a page with what overflows it: one value */
    BOLT_READ_MAX = 64 << 20, /* all that is read between open and done; a look-up takes under 1 MB */
    BOLT_KEYS_MAX = 4096,     /* of a bucket that is read whole */
};

struct bolt {
    int fd; /* borrowed */
    uint32_t page_size;
    uint64_t bytes;           /* read so far */
    uint64_t root, state;     /* page of the root bucket; number of the last commit */
    struct strbuf page, held; /* scratch */
};

/* 0; -EBADMSG when it is no such database, -errno when it cannot be read. The caller ends it with
 * bolt_done(), also after a failure. */
int bolt_open(struct bolt *b, int fd);
void bolt_done(struct bolt *b);
/* Whether nothing was committed since bolt_open(). */
bool bolt_is_same(const struct bolt *b);

/*
 * The value behind names of buckets and, last, a key. 0: appended to *value; 1: there is none, or it is a
 * bucket; -EBADMSG.
 */
int bolt_get(struct bolt *b, const struct str *path, size_t n, struct strbuf *value);
/*
 * Gives each key and value of a bucket, but for buckets in it; valid until the function returns. 0; 1: there
 * is no such bucket; -EBADMSG; -E2BIG over BOLT_KEYS_MAX keys.
 */
int bolt_each(struct bolt *b, const struct str *path, size_t n,
              void (*fn)(void *ctx, struct str key, struct str value), void *ctx);
