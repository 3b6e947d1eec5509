// SPDX-License-Identifier: Apache-2.0
#include "context/field_live.h"

const live_fn LIVE_FIELDS[FIELD__N] = {
#define LIVE(id, name) [F_##id] = live_##name,
#include "context/field_live.def"
#undef LIVE
};
