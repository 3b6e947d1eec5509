// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Days, for what is good until some day: the number of days since 1970-01-01, 0 meaning none.
 */
#include "base/arena.h"

/* A day as days since 1970-01-01 from the first ten bytes of YYYY-MM-DD[T…]; false when there is no such day.
 * Days beyond 2149 are the last that fits. */
bool day_parse(struct str s, uint16_t *ret);
/* YYYY-MM-DD in the arena. */
struct str day_text(struct arena *a, uint16_t day);
/* The day in UTC of a time. */
uint16_t day_of(uint64_t ns_since_epoch);
