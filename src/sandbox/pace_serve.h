// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The inside of the process that keeps the pace of a jail's clocks, as its parent begins it. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* In memory shared with the parent. */
struct pace_shared {
    _Atomic uint64_t ahead;
    _Atomic bool is_seen; /* a program's code for asking the time could not be replaced */
};
struct pace_options {
    unsigned factor;
    int socket;              /* listens for runc */
    struct pace_shared *shared;
};
/* Takes the jail's calls from runc and answers them until the jail or the parent ends: 0. -errno when it cannot begin. */
int pace_serve(const struct pace_options *o);
