// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A published feed as files that any web server can serve: `head`, `log.jsonl` and, for people, `key.pem`. The log is written
 * first and the head takes its new place in one step, so a reader sees the feed before or after a change; what a crash left
 * behind the signed length was never part of the feed, and goes with the next change.
 */
#include "store/feed_log.h"

#define FEED_HEAD_FILE "head"
#define FEED_LOG_FILE "log.jsonl"
#define FEED_KEY_FILE "key.pem"

/*
 * Walks a log from where the chain stands up to `bytes` of the file, which may be longer, and calls `take` (may be NULL) for each
 * line; its texts are valid during the call. What `take` returns other than 0 ends it and is returned.
 */
int feed_log_walk(int fd, struct feed_chain *c, uint64_t bytes, int (*take)(void *ctx, const struct feed_line *l), void *ctx,
                  struct error *err);

struct feed_folder;
struct feed_folder_options {
    const char *path;
    const struct feed_key *key;
    struct str name; /* of a feed that begins; empty: there must be one already */
    uint64_t now_s;
    int (*take)(void *ctx, const struct feed_line *l); /* for each line that is there */
    void *ctx;
};
/*
 * Opens a feed to be added to, checks all of it, and keeps others from doing the same. -ENOENT when there is none and no name;
 * -EEXIST when there is one and a name; -EKEYREJECTED when it is signed by another key; -EBUSY; what feed_chain_line() says.
 */
int feed_folder_open(const struct feed_folder_options *o, struct feed_folder **ret, struct error *err);
struct feed_folder *feed_folder_close(struct feed_folder *f);
DEFINE_CLEANUP(struct feed_folder *, feed_folder_close)
/* What the feed is now, with what was added. */
const struct feed_head *feed_folder_head(const struct feed_folder *f);
/* Adds a line; its number, its time and the hash of the one before are set here. Nothing is written yet. */
void feed_folder_add(struct feed_folder *f, struct feed_line l);
/* Adds the hand-over to another key, which signs from here on; borrowed. */
void feed_folder_change_key(struct feed_folder *f, const struct feed_key *to, const struct feed_entry *approval);
/* Writes what was added, and a head that is good for so many days. */
int feed_folder_sign(struct feed_folder *f, unsigned days, struct error *err);
