// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The feed of verdicts (davy-feed(1)) as one of a scan's lists of digests.
 */
#include "cmd/intel_files.h"

/* Which feed: a file that must be there, or with NULL the default one when it is there. */
struct scan_feed {
    const char *path;
    uint64_t now_ns;
};

/*
 * Adds what the feed holds as malicious and unwanted to the lists, each with its reason, "feed" and its source, and its last
 * day; so an entry past it is told as one. `ctx` is a struct scan_feed. -errno with the cure when the feed cannot be read.
 */
int scan_feed_add(void *ctx, struct intel *in, struct error *err);
