// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The feed: verdicts about digests of manifests, configurations, layers and files, each with reason, source, when it was
 * first seen and until when it counts. One SQLite file, which is its owner's data: what was committed survives a kill, several
 * programs may use it at once, and a file that is damaged, foreign or of another version is told and left as it is.
 *
 *     struct feed_store *s = NULL;
 *     r = feed_store_open(path, FEED_WRITE, now_s, &s, &err);
 *     r = feed_store_put(s, &entry, NULL, &err);
 *     r = feed_store_commit(s, &err);                         closing without it takes everything back
 */
#include "base/error.h"
#include "store/feed_entry.h"

enum {
    FEED_SCHEMA = 2,          /* version of the file; one of version 1 is read, and becomes this when it is written to */
    FEED_BUSY_MS = 10 * 1000, /* how long to wait for another program that writes */
};

struct feed_store;
enum feed_mode { FEED_READ, FEED_WRITE };
/*
 * Opens the file. FEED_READ changes nothing and also works where nothing can be written; -ENOENT when there is no file.
 * FEED_WRITE makes file and folders when they are not there, checks the whole file, and begins the one transaction of this
 * store. Errors, with the cure: -EBUSY another program writes for too long, -EUCLEAN damaged, -EPROTO of another program or
 * another version, else what the system says.
 */
int feed_store_open(const char *path, enum feed_mode mode, uint64_t now_s, struct feed_store **ret, struct error *err);
/* Takes back what was not committed. NULL-safe; returns NULL. */
struct feed_store *feed_store_close(struct feed_store *s);
DEFINE_CLEANUP(struct feed_store *, feed_store_close)

/*
 * Adds an entry of this machine's own, or puts it in the place of the one with its digest, whose first_seen_s stays; *ret_new (may be NULL) tells
 * which. -EINVAL when a text is longer than FEED_TEXT_MAX or no UTF-8.
 */
int feed_store_put(struct feed_store *s, const struct feed_entry *e, bool *ret_new, struct error *err);
/* *ret_was: whether there was one of this machine's own. */
int feed_store_remove(struct feed_store *s, const uint8_t digest[SHA256_BYTES], bool *ret_was, struct error *err);
/* Makes everything since the opening last; the store can then only be read and closed. */
int feed_store_commit(struct feed_store *s, struct error *err);

/*
 * The entry of a digest with its texts in the arena; 1 when there is none. Of several, what counts goes before what has expired,
 * this machine's own before what other feeds say (store/feed_followed.h), and malicious before unwanted.
 */
int feed_store_get(struct feed_store *s, const uint8_t digest[SHA256_BYTES], struct arena *a, struct feed_entry *ret,
                   struct error *err);
enum feed_order { FEED_ANY_ORDER, FEED_FIRST_SEEN_FIRST };
/*
 * Calls `take` for each digest's entry, as above, in that order; the texts are valid during the call. What `take` returns other than 0 ends
 * it and is returned. Order takes time: a hundred thousand entries some tenths of a second.
 */
int feed_store_each(struct feed_store *s, enum feed_order order, int (*take)(void *ctx, const struct feed_entry *e), void *ctx, struct error *err);
