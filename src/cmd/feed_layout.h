// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The digests that an OCI layout on disk names: manifests and indexes, configurations, layers. Nothing is hashed.
 */
#include "base/vec.h"
#include "store/feed_entry.h"

enum {
    FEED_LAYOUT_DIGESTS = 20'000, /* images of a mirror: more layers than anybody asks about at once */
    FEED_LAYOUT_DEPTH = 4,        /* indexes in indexes; builders make two */
};

struct feed_digests {
    struct feed_digest {
        uint8_t digest[SHA256_BYTES];
        enum feed_type type;
    } *v;
    size_t n, capacity;
};

/* Adds each digest once, in order. -ENOENT when the folder is no layout, -EINVAL or -EFBIG when it cannot be understood. */
int feed_layout_read(const char *folder, struct arena *a, struct feed_digests *ret, struct error *err);
