// SPDX-License-Identifier: Apache-2.0
#include "worker/ending.h"

static enum walk_phase phase_of(const struct desk *d)
{
    return (enum walk_phase)atomic_load(&d->phase);
}

uint64_t ending_item(const struct desk *walker)
{
    return atomic_load(&walker->item) + (phase_of(walker) == WALK_NEXT);
}

enum queue_share ending_share(const struct desk *walker, struct queue *const *queues, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum queue_share share = queue_share_of(queues[i], ending_item(walker));
        if (share != QUEUE_NOTHING)
            return share;
    }
    return QUEUE_NOTHING;
}

void ending_note(struct plan *plan, const struct desk *walker, enum queue_share share, const char *problem)
{
    enum walk_phase phase = phase_of(walker);
    uint64_t item = ending_item(walker);
    bool again = plan->last_end == item;
    plan->done = item + (share == QUEUE_ALL);
    if (atomic_load(&walker->unpacks_aside)) { /* it may have ended over what follows the item */
        plan->in_line = true;
        return;
    }
    if (share == QUEUE_ALL)
        return;
    if (phase != WALK_INSPECT && !again) {
        plan->last_end = item;
        return;
    }
    if (phase != WALK_NEXT)
        vec_add(&plan->steps, (struct plan_step){item, PLAN_DEAD, problem});
    if (phase != WALK_INSPECT)
        vec_add(&plan->steps, (struct plan_step){item + (phase == WALK_READ), PLAN_ABANDON, problem});
}
