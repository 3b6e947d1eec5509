// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a leaf over a path, a port or an address says in filter entries.
 */
#include "rule/spots.h"
#include "rule/program.h"

/* What part of a path a field is. */
enum path_part {
    PATH_WHOLE,  /* normal (event/filter.h) */
    PATH_WRITTEN, /* normal, or as it was written if that is absolute */
    PATH_FOLDER,
    PATH_NAME,
};

/*
 * The set of places in which the path of every event lies that meets the leaf; SPOTS_ANY when entries cannot say. Texts that
 * are not normal need no entry (event/filter.h), but that PATH_WRITTEN may be such a text where the kernel side looks at it made
 * normal; with ".." in it that says nothing, and is no matter of this set. The leaf has constants on its right.
 */
uint32_t spot_of_path(struct spots *p, const struct leaf *l, enum path_part part);
/* Whether every text that meets the leaf has `part` (none of "*?") in it, because all constants have. */
bool spot_holds_constant(const struct leaf *l, struct str part);
/* The same as spot_of_path() for a port, and for an address or network, of one or either end. */
uint32_t spot_of_port(struct spots *p, const struct leaf *l);
uint32_t spot_of_address(struct spots *p, const struct leaf *l);
