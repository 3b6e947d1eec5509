// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * How far a match of a pattern can reach: its greatest length and the bytes it may consist of. Both are upper bounds;
 * what the analysis does not understand reaches everywhere. And what every match has: its least length and some bytes, lower
 * bounds of the same kind.
 */
#include "base/str.h"

struct secret_reach {
    size_t most;   /* bytes of the longest match; SIZE_MAX: no limit */
    bool may[256]; /* bytes that a match may hold */
    size_t least;  /* bytes of the shortest match */
    char needs[8]; /* marks of which each is in every match, those seldom in texts first; NUL ends them */
};

/* Of a pattern in Go's syntax that compiles. */
struct secret_reach secret_reach_of(struct str pattern);
/* False only when no match can lie within the text. */
bool secret_reach_fits(const struct secret_reach *reach, struct str text);
