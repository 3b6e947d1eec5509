// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The other digest that the specification registers. Nobody's tools write it by themselves, so a pass of its own over the bytes will do. */
#include "image/part.h"

/* "sha512:" and 128 hex digits. */
bool sha512_is(struct str digest);
/* Whether the bytes, as they are stored, have that digest; false too when they cannot be read or it is no such digest. */
bool sha512_fits(const struct part *part, struct str digest);
