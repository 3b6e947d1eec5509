// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The functions that answer fields of a live event, by field_live.def; each is of type live_fn. */
#include "context/live.h"

#define LIVE(id, name) int live_##name(struct live_event *e, const struct field_ref *ref, struct value *ret);
#include "context/field_live.def"
#undef LIVE
