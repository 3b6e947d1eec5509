// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The acts that can be done: each a few lines for a shell, and the rules that must speak of them. They are done in a scratch
 * (drill/scratch.h); act.def says what a script finds there.
 */
#include "base/str.h"

enum {
    DRILL_RULES_MAX = 8, /* that one act is for; what more speak of it does not count */
    DRILL_ABSENT = 77,   /* exit status of an act whose object this machine does not have */
};
enum drill_flag {
    DRILL_CONTAINER = 1, /* in a control group that has a container's name, and a space of processes of its own */
    DRILL_TERMINAL = 2,  /* at a terminal of its own */
    DRILL_BESIDE = 4,    /* takes seconds and stands in no other's way: begun first, done beside the others */
};

struct drill_act {
    const char *name;
    unsigned flags; /* enum drill_flag */
    const char *script;
    const char *rules[DRILL_RULES_MAX + 1]; /* ends with NULL */
};

/* A rule that no act is for, and why: what it looks for cannot be done without harm, or takes too much. */
struct drill_gap {
    const char *rule, *why; /* why: marked for translation */
};

const struct drill_act *drill_acts(size_t *ret_n);
/* NULL: there is none of that name. */
const struct drill_act *drill_act_find(struct str name);
const struct drill_gap *drill_gaps(size_t *ret_n);
