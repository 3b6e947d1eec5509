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

struct state {
    struct networker networkers[STATE_NETWORKERS];
    struct written written[STATE_WRITTEN], scripts[STATE_WRITTEN];
    struct cpu cpus[STATE_USERS];
    struct peer connects[STATE_PEERS], uploads[STATE_PEERS];
    struct question questions[STATE_NAMES];
    struct renamer renamers[STATE_RENAMERS];
    struct reader readers[STATE_READERS];
    struct rewriter rewriters[STATE_REWRITERS];
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

/* Whether a socket leads to another machine. */
bool state_is_other_machine(const struct record_fd *fd);

/* state_keys.c */
void state_see_key_file(struct state *s, const struct live_event *e);
void state_find_keys(struct state *s, const struct live_event *e, struct state_now *now);
/* state_rewrite.c */
void state_see_rewritten(struct state *s, const struct live_event *e, struct state_now *now);
void state_see_renamed(struct state *s, const struct live_event *e, struct state_now *now);
void state_take_look(struct state *s, const struct live_event *e, struct state_now *now);
