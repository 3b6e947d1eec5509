// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * How far a match of a pattern can reach: its greatest length and the bytes it may consist of. Both are upper bounds;
 * what the analysis does not understand reaches everywhere.
 */
#include "base/str.h"

struct secret_reach {
    size_t most;   /* bytes of the longest match; SIZE_MAX: no limit */
    bool may[256]; /* bytes that a match may hold */
};

/* Of a pattern in Go's syntax that compiles. */
struct secret_reach secret_reach_of(struct str pattern);
