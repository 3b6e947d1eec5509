// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where fetched images lie while they are scanned: a folder of their own under $XDG_CACHE_HOME/davy/pull (~/.cache), for root
 * /var/cache/davy/pull, else under $TMPDIR; readable by this user only, gone after the scan. What a broken pull left is kept a
 * week, so that the same command goes on with it.
 */
#include "base/arena.h"
#include "base/error.h"

struct spool {
    struct arena arena;
    int root, dir;    /* the folder of all, and the one of this image: locked while it is in use */
    struct str name;  /* in root */
    const char *path; /* of dir */
    bool is_kept;     /* the user's own folder: never removed */
};
#define SPOOL_NULL ((struct spool){.root = -1, .dir = -1})

/*
 * A folder for what `key` names (the same key finds what a broken pull left; empty: a new folder each time). `keep`: the
 * user's folder, made when it is missing; NULL: one that spool_done() removes.
 */
int spool_open(struct spool *s, struct str key, const char *keep, struct error *err);
/* Gives it back; what is in it stays when `leave` is set (for another try) or the folder is the user's. May run twice. */
void spool_done(struct spool *s, bool leave);
