// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The tables of context/state.h, for the files that fill them; inside the room only. */
#include "base/hash.h"
#include "context/live.h"

struct networker {
    uint64_t key, seen_ns; /* key 0: free, in every table */
};
struct written {
    uint64_t key, seen_ns;
    uint64_t by, at_ns; /* by: key of the process */
    char comm[16];
};
struct cpu {
    uint64_t key, seen_ns;
    struct state_cpu of;
};
struct peer {
    uint64_t key, seen_ns;
    struct state_peer of;
};
struct question {
    uint64_t key, seen_ns, first_ns;
};
struct renamer {
    uint64_t key, seen_ns;
    struct state_renames of;
};

struct reader {
    uint64_t key, seen_ns;
    struct state_keys of;
};
struct rewriter {
    uint64_t key, seen_ns;
    struct state_rewrites of;
};
/* A file that was made beside another, or that takes its place; the key is that of the other's path. */
struct beside {
    uint64_t key, seen_ns, at_ns, kin[STATE_KIN];
    char ending[STATE_ENDING_MAX], comm[16]; /* comm: of who made it */
    bool has_replaced; /* the other is gone */
};

struct state {
    struct networker networkers[STATE_NETWORKERS];
    struct written written[STATE_WRITTEN], scripts[STATE_WRITTEN];
    struct cpu cpus[STATE_USERS];
    struct peer connects[STATE_PEERS], uploads[STATE_PEERS];
    struct question questions[STATE_NAMES];
    struct renamer renamers[STATE_RENAMERS];
    struct reader readers[STATE_READERS];
    struct rewriter rewriters[STATE_REWRITERS], replacers[STATE_REPLACERS];
    struct beside beside[STATE_BESIDE];
};

/* Every entry begins so. */
struct state_head {
    uint64_t key, seen_ns;
};
/* The entry of a key; NULL without one, unless `makes`: then another is forgotten for it. */
struct state_head *state_look_up(void *table, size_t size, size_t n, uint64_t key, bool makes, uint64_t now_ns);
#define FIND(table, key, now) ((typeof(&(table)[0]))state_look_up((table), sizeof((table)[0]), ARRAY_SIZE(table), (key), false, (now)))
#define TAKE(table, key, now) ((typeof(&(table)[0]))state_look_up((table), sizeof((table)[0]), ARRAY_SIZE(table), (key), true, (now)))


static inline uint64_t key_of(const uint64_t *parts, size_t n)
{
    const uint64_t h = hash_str(str_n(parts, n * sizeof(*parts)));
    return h ? h : 1;
}

static inline uint64_t key_of_process(int32_t pid, uint64_t start_ns)
{
    return key_of((const uint64_t[]){(uint32_t)pid, start_ns}, 2);
}

static inline uint64_t key_of_inode(uint64_t dev, uint64_t ino)
{
    return key_of((const uint64_t[]){dev, ino, 1}, 3);
}

static inline uint64_t key_of_path(struct str path, uint32_t mntns)
{
    return key_of((const uint64_t[]){hash_str(path), mntns}, 2);
}

/* What follows the last dot of the name that a path ends with; empty without one, or when the dot is its first byte. */
struct str state_ending(struct str path);
/* Whether a socket leads to another machine. */
bool state_is_other_machine(const struct record_fd *fd);

/* state_keys.c */
void state_see_key_file(struct state *s, const struct live_event *e);
void state_find_keys(struct state *s, const struct live_event *e, struct state_now *now);
/* state_rewrite.c */
/* Counters of the process, of its parent's children and of its grandparent's: where `n` of them are there, their number. */
size_t state_rewriters(struct rewriter *table, size_t n, uint64_t window_ns, const struct live_event *e, bool makes, struct state_rewrites *ret[STATE_KIN]);
/* A look at one of its files; the largest counts so far in *n and *n_random. */
void state_add_look(struct state_rewrites *w, uint64_t ino, bool is_random, uint64_t *n, uint64_t *n_random);
/* Whether a file is none of the last ones of a row; then it is one of them. */
bool state_is_other(uint64_t *row, uint32_t n, uint64_t file);
void state_see_rewritten(struct state *s, const struct live_event *e, struct state_now *now);
void state_see_renamed(struct state *s, const struct live_event *e, struct state_now *now);
void state_take_look(struct state *s, const struct live_event *e, struct state_now *now);
/* state_replace.c */
/* A file was made. */
void state_see_made(struct state *s, const struct live_event *e, struct str path);
/* A file that was there is gone, or is written, or has another name. */
void state_see_gone(struct state *s, struct live_event *e, struct str path, struct state_now *now);
/* A rename that was refused because a file of the new name is there; and one that was not. */
void state_see_refused(struct state *s, struct live_event *e);
void state_see_moved(struct state *s, struct live_event *e, struct str from, struct state_now *now);
/* Takes a look at a file that replaced another; false: it is none. */
bool state_take_replaced(struct state *s, const struct live_event *e, struct state_now *now);
