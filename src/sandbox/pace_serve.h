// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The inside of the process that keeps the pace of a jail's clocks, as its parent begins it. */
#include <stdatomic.h>
#include <stdint.h>

struct pace_options {
    unsigned factor;
    int socket;              /* listens for runc */
    _Atomic uint64_t *ahead; /* in memory shared with the parent */
};
/* Takes the jail's calls from runc and answers them until the jail or the parent ends: 0. -errno when it cannot begin. */
int pace_serve(const struct pace_options *o);
