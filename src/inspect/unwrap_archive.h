// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Archives inside a file: their text members are looked at too. */
#include "inspect/analyzer.h"

/*
 * Hands the text members of a zip or tar archive (c->kind tells which; c->data holds it whole) to
 * inspection_unwrap(). Bounded in members, bytes and work; damaged archives give what could be read.
 */
void unwrap_archive(struct inspection *in, const struct content *c);
