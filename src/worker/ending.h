// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where a walker ended, and where the one that follows it must therefore begin. Its desk tells what it was at, and the queues what of
 * that somebody else has by now: a place is filled at one stroke, so there is no moment in which both would tell an item, or neither.
 * Inside the room only.
 */
#include "worker/desk.h"
#include "worker/queue.h"
#include "worker/roles.h"

/* The item that a walker was at when it ended, or on its way to. */
uint64_t ending_item(const struct desk *walker);
/* What of that item lies in the n queues. After queue_cut(). */
enum queue_share ending_share(const struct desk *walker, struct queue *const *queues, size_t n);
/*
 * Where the next walker must not go. What was handed over whole is told by who has it. Else, while looking at a file, past that file.
 * While unpacking, past the rest of the layer, but only when it ends there again: whatever killed the first one may have had another reason.
 * Where it did two things at once, nowhere: the next one does one after the other, and its end will tell which it was.
 */
void ending_note(struct plan *plan, const struct desk *walker, enum queue_share share, const char *problem);
