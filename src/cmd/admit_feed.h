// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The feed in memory, as the webhook asks it: what is malicious or unwanted, by digest and by the image's name. */
#include "base/map.h"
#include "base/vec.h"
#include "store/feed_store.h"

struct admit_feed {
    struct arena arena;
    VEC(struct feed_entry) entries;
    struct map by_digest; /* 32 bytes -> index plus one */
    struct map by_image;  /* full name with tag -> index plus one */
    uint64_t loaded_s;
    size_t stale;         /* feeds that are followed and whose signature has expired */
};

/* Reads the feed's file. -errno with text; *ret begins zeroed and is given back with admit_feed_done(), also after a failure. */
int admit_feed_load(const char *path, uint64_t now_s, struct admit_feed *ret, struct error *err);
/* Adds one; texts must live as long as the feed. */
void admit_feed_add(struct admit_feed *f, const struct feed_entry *e);
void admit_feed_done(struct admit_feed *f);
/* The entry that counts now against a digest, or an image's full name; NULL when there is none. */
const struct feed_entry *admit_feed_digest(const struct admit_feed *f, const uint8_t digest[SHA256_BYTES], uint64_t now_s);
const struct feed_entry *admit_feed_image(const struct admit_feed *f, struct str image, uint64_t now_s);
