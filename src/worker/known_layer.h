// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A layer whose notes are at hand: its entries come from them. Inside the room only. */
#include "worker/notes.h"

struct known_layer {
    struct str key; /* digest that its notes go by, borrowed; empty: none */
    bool is_known;
    struct notes notes;
    struct image_replay replay;
    void *map;
    size_t n;
};

/* Takes the file over. 0, or -errno; known_layer_done() gives back either way. Must not move afterwards. */
int known_layer_open(struct known_layer *k, int fd);
void known_layer_done(struct known_layer *k);
