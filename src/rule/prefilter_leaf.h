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
    bool holds_else;        /* or it holds so: */
    struct term hold_else;
};

/* Whether nothing is known: user space alone can judge. */
static inline bool view_is_blank(const struct view *v)
{
    return v->can_hold && v->can_fail && !v->hold.yes && !v->hold.no && !v->hold.spots && !v->fail.yes && !v->fail.no;
}

/* Looks at the leaves of a program; remembers the sets of spots that they ask for. The program must outlive it. */
struct viewer {
    const struct program *program;
    struct spots *spots;
    uint32_t *sets; /* by leaf, plus one; 0: not asked yet */
};
void viewer_init(struct viewer *v, const struct program *p);
void viewer_done(struct viewer *v);
/* `t` is a type that comes from records. */
struct view viewer_look(const struct viewer *v, uint32_t leaf, enum event_type t);
/* Whether the type may come out unlike others that have the same traits (event/record_kind.h); for leaves over evt.type always no. */
bool viewer_is_own(const struct viewer *v, uint32_t leaf, enum event_type t);
