// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the layers above say about a path: is a file of a lower layer still seen, replaced or removed?
 *
 * Layers are fed from the highest down. What the current layer brings is kept apart (`fresh`) until
 * state_commit(), so that a marker hides lower layers only, wherever it stands among its siblings. Paths are
 * kept as 64-bit keyed hashes (SipHash with a key of this process, so they cannot be made to collide); two of
 * a million paths agree by chance with odds of 1 in 10^7. Memory: 8 bytes per path of the current layer in a
 * table at least 58 % full after growth, and 16 per path of all layers above in one about 80 % full: 34 bytes
 * per path at worst.
 */
#include "image/image.h"

enum state_mark {
    STATE_DIRECTORY = 0, /* a folder: replaces what has its path, hides nothing below it */
    STATE_OTHER = 1,     /* anything else: hides what is below it too */
    STATE_WHITEOUT = 2,  /* the path is removed */
    STATE_OPAQUE = 3,    /* what is below the path is removed */
};

struct state_fresh {
    uint64_t *v; /* hash, the low four bits replaced by a bit per mark; 0 = free */
    size_t n, capacity;
};
struct state_path {
    uint64_t hash;     /* 0 = free */
    uint16_t layer[4]; /* by mark: the lowest layer so far that has it, 0 = none */
};
struct state {
    struct state_fresh fresh;
    struct state_path *v;
    size_t n, capacity;
    bool is_full; /* IMAGE_STATE_PATHS_MAX was reached: later answers may miss something */
    /* the last folder asked for, and its answer; valid until the next commit */
    uint64_t folder_hash;
    bool has_folder;
    uint16_t folder_layer;
    bool folder_deleted;
};

/*
 * Records the mark of the current layer. False when a file or folder has this path in this layer already (a
 * folder twice is no duplicate).
 */
bool state_add(struct state *s, struct str path, enum state_mark mark);
/* Whether a higher layer hides `path`; *ret_layer is the first one above that does, 0 when it is effective.
 */
enum layer_state state_get(struct state *s, struct str path, uint32_t *ret_layer);
/* The current layer is done; the next one is `below`. It becomes one of the layers above. */
void state_commit(struct state *s, uint32_t layer, bool is_last);
/* Gives the memory back; may run twice. */
void state_done(struct state *s);
