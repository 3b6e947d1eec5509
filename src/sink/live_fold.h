// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One finding about many machines of one key. Of alerts that the same key or principal gave the same rule about machines (ties.shared) the first
 * is shown, the others are counted with the machines that they name, and told as one. For text that people read; programs get every alert.
 * Inside the room only.
 */
#include "base/map.h"
#include "finding/alert.h"

enum {
    LIVE_FOLD_GROUPS = 64,    /* told at a time; of more the oldest is told early */
    LIVE_FOLD_NAMES = 256,    /* machines kept of one */
    LIVE_FOLD_SHOWN = 6,      /* and shown: four lines of a terminal of 80 columns */
    LIVE_FOLD_WAIT_MS = 5000, /* without a further one, and it is told */
};
#define LIVE_FOLD_NS (3600 * 1'000'000'000ULL) /* between the events of one group: a spree, not a habit */

/* Adds the machines and pods that an alert's ties name, copied into the arena, at most so many in all; *more counts those beyond. */
void live_machines_add(struct map *machines, size_t most, uint64_t *more, struct arena *arena, const struct alert *a);

struct live_fold;
struct live_fold *live_fold_new(void);
struct live_fold *live_fold_free(struct live_fold *f);
/* True: the alert is counted, and not to be shown. */
bool live_fold_take(struct live_fold *f, const struct alert *a, uint64_t now_ms);
/* Tells the next group that is due by now (UINT64_MAX: all) as an alert, valid until the next call; false: there is none. */
bool live_fold_next(struct live_fold *f, uint64_t now_ms, struct alert *ret);
