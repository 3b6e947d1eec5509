// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a hunt alone and one with a queue share. */
#include "cmd/hunt_pool.h"

/* Starts hunt_walk() in a process of its own; its number, or -1. */
pid_t hunt_walker_start(const struct hunt_options *o, struct str rules);
/* Whether it ended; then *walker becomes 0 and *code is its exit code. */
bool hunt_walker_ended(pid_t *walker, int *code);
void hunt_walker_stop(pid_t *walker);
/* Judges the image, or notes its failure. `report`: what the store keeps of it, empty when it lies elsewhere. */
int hunt_keep_result(struct hunt_store *s, const struct hunt_options *o, struct str rules, const struct hunt_done *d, struct str report, struct error *err);
