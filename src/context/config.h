// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What files of SSH keys, accounts and rights said last, so that an event can tell what changed (RECORD_CONFIG). Whoever watches live is
 * asked to read a file that was touched (context_ask.config); what it says comes by the stream.
 */
#include "event/record_read.h"

enum {
    CONFIG_FILES_MAX = 4096,      /* remembered; a machine has some of its own and one or two for each user that logs in */
    CONFIG_BYTES_MAX = 16 << 20,  /* of what they say */
    CONFIG_ENTRIES_MAX = 512,     /* compared of one file */
};

struct configs;
struct configs *configs_new(void);
struct configs *configs_free(struct configs *c);
uint64_t configs_bytes(const struct configs *c);

struct config_diff {
    const struct record *before, *now; /* before: until the next configs_take(); NULL: the file is new */
};
/*
 * Takes a RECORD_CONFIG, of a file or (without entries) of a folder all of whose files were told. True: the file was known or is new in such a folder, somebody touched it (else it is a look at the beginning), and it says something
 * else now: *ret.
 */
bool configs_take(struct configs *c, const struct record *r, struct config_diff *ret);

enum config_side { CONFIG_ADDED, CONFIG_REMOVED, CONFIG_CHANGED, CONFIG_KEPT, CONFIG_ROOTS };
/* Gives entries of one side, at most `max`: texts borrowed from the records. Returns how many there are. */
size_t config_entries(const struct config_diff *d, enum config_side side, struct str *ret, size_t max);
struct str config_path(const struct record *r);
struct str config_kind(const struct record *r);
