// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The feeds of others that this machine follows, and its own that it publishes: what was last seen of each (so that an older,
 * shorter or other one is noticed), and what was pulled. In the same file and the same transaction as store/feed_store.h.
 */
#include "store/feed_log.h"
#include "store/feed_store.h"

enum feed_role { FEED_PULLED, FEED_PUBLISHED };
struct feed_followed {
    uint8_t id[SHA256_BYTES];
    enum feed_role role;
    struct str name, url; /* url: the address or folder it was last pulled from or published to */
    struct feed_seen seen;
    uint64_t expires_s; /* of the head */
    uint64_t pulled_s;  /* set by feed_followed_put() */
};

/* 1 when it is not known. Texts in the arena. -EUCLEAN when a hand or a fault has put something else there. */
int feed_followed_get(struct feed_store *s, const uint8_t id[SHA256_BYTES], enum feed_role role, struct arena *a, struct feed_followed *ret,
                      struct error *err);
/* Adds it, or puts it in the place of the one with its id and role. */
int feed_followed_put(struct feed_store *s, const struct feed_followed *f, struct error *err);
/* Each of them, by name. Texts are valid during the call. What `take` returns other than 0 ends it and is returned. */
int feed_followed_each(struct feed_store *s, int (*take)(void *ctx, const struct feed_followed *f), void *ctx, struct error *err);
/* Forgets a feed that is pulled, and everything that came from it: *ret_entries. */
int feed_followed_forget(struct feed_store *s, const uint8_t id[SHA256_BYTES], uint64_t *ret_entries, struct error *err);

/* What the log of a feed does with an entry: with its times as they stand in it. *ret_new: whether there was none. */
int feed_pulled_put(struct feed_store *s, const uint8_t id[SHA256_BYTES], const struct feed_entry *e, bool *ret_new, struct error *err);
int feed_pulled_remove(struct feed_store *s, const uint8_t id[SHA256_BYTES], const uint8_t digest[SHA256_BYTES], bool *ret_was,
                       struct error *err);
/* How many entries of a feed there are. */
int feed_pulled_count(struct feed_store *s, const uint8_t id[SHA256_BYTES], uint64_t *ret, struct error *err);
