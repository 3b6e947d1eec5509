// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Paths as text: made absolute and without "//", "." and "..", as Falco makes them. Links are not followed: what the
 * kernel made of a path stands beside it in the record.
 */
#include "context/jot.h"

/* Whether the path is absolute and has nothing to be cleaned. */
bool path_is_clean(struct str path);
/* Appends `base` (a folder, absolute or empty; as it is) and `path`, cleaned; an absolute path needs no base. */
void path_jot(struct jot *j, struct str base, struct str path);
