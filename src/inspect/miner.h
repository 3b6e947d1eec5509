// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Miner configurations and command lines, looked for around marks (strings that nearly only they hold). A
 * word such as "stratum" in prose is none: a pool with host and port, and somebody who is paid there, must
 * stand together.
 */
#include "base/vec.h"
#include "inspect/analyzer.h"

/* NULL-terminated; found without regard to ASCII case. */
extern const char *const MINER_MARKS[];

struct miner_range {
    size_t from, to;
};

struct miner_search {
    VEC(struct miner_range) ranges; /* of marks that lie together */
};

/* A mark ends before `end`; ends must not decrease. */
void miner_search_hit(struct miner_search *s, size_t end);
/* States miner.config, miner.pools and miner.algos, and forgets the marks. */
void miner_search_run(struct miner_search *s, const struct content *c, struct facts *facts);
/* Gives the memory back; may run twice. */
void miner_search_done(struct miner_search *s);
/*
 * The same for one command line that was put together from parts (variables filled in, $IFS as blanks). `c`
 * is the content that its parts stand in; notes tell no place. Cheap for commands that name no pool.
 */
void miner_look_command(struct str command, const struct content *c, struct facts *facts);

/* A pool as miners write it: [scheme://][user@]host:port[/…]. */
struct miner_pool {
    struct str host; /* as written */
    struct str user; /* who is paid, where the address says so; may be empty */
    uint16_t port;
    bool is_stratum; /* the scheme is stratum…, daemon+http… or the like: no other protocol */
};
/* Reads a pool at the start of s; false when there is none. *ret_n: bytes read. */
bool miner_pool_read(struct str s, struct miner_pool *ret, size_t *ret_n);
/* Whether it is the name of a mining algorithm, of a coin; ASCII case does not count. */
bool miner_is_algo(struct str s);
bool miner_is_coin(struct str s);
/* An address with a right checksum, with or without ".worker" or "+difficulty" behind it. */
bool miner_is_wallet(struct str s);

/* For the parts of the search. [from, to) is the place in the window. */
void miner_see_pool(const struct content *c, struct facts *facts, const struct miner_pool *pool, size_t from,
                    size_t to);
/* Sets miner.config unless a surer kind stands there already: xmrig, command-line, generic-json,
 * generic-config. */
void miner_see_config(const struct content *c, struct facts *facts, const char *kind, size_t at);
/* Content that is one JSON document (comments and trailing commas allowed). */
void miner_look_json(const struct content *c, struct facts *facts);
