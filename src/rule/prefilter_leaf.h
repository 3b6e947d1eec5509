// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the kernel side can know of a leaf: for an event type, when it may hold and when it may fail, in filter facts and
 * spots. Everything here errs to one side: an event on which the leaf holds meets what `hold` says, one on which it fails
 * (an absent field fails) meets what `fail` says; the other way round nothing is promised.
 */
#include "rule/dnf.h"
#include "rule/program.h"

struct view {
    bool can_hold, can_fail;
    struct term hold, fail; /* of no interest where the leaf cannot */
};

/* Whether nothing is known: user space alone can judge. */
static inline bool view_is_blank(const struct view *v)
{
    return v->can_hold && v->can_fail && !v->hold.yes && !v->hold.no && !v->hold.spots && !v->fail.yes && !v->fail.no;
}

/* `t` is a type of the source `syscall`. */
struct view view_leaf(struct spots *spots, const struct program *p, uint32_t leaf, enum event_type t);
