// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The files of a published feed, from a folder, a file:// address, or over https (http from this machine to itself). Nothing in
 * them is believed here.
 */
#include "base/strbuf.h"
#include "base/error.h"

enum {
    FEED_FETCH_SECONDS = 1800,          /* for a whole log */
    FEED_FETCH_HEAD_SECONDS = 60,
    FEED_FETCH_WHOLE = 8 << 20,         /* bytes of a log that is read again as a whole each time: what changed in it is noticed then */
};

struct feed_place {
    const char *where;   /* as given */
    const char *ca_file; /* trusted beside the system's authorities; NULL: none */
};
/* Whether it is an address and no folder. */
bool feed_place_is_remote(const struct feed_place *p);
/* Where it is, in a form that is the same from every folder: an absolute path, or the address without a slash at its end. In the arena. */
struct str feed_place_text(const struct feed_place *p, struct arena *a);
/* Appends the head. */
int feed_fetch_head(const struct feed_place *p, struct strbuf *b, struct error *err);
/*
 * Gives a descriptor of a file whose byte `from` and what follows are those of the log, up to `bytes` at least where the log is as long; what stands
 * before is undefined when *ret_from_start is false. The caller closes it.
 */
int feed_fetch_log(const struct feed_place *p, uint64_t from, uint64_t bytes, int *ret_fd, bool *ret_from_start, struct error *err);
