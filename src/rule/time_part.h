// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Parts of a time, in UTC: what the transformers minute() to year() give.
 */
#include "event/value.h"
#include "rule/ast.h"

/* The part of a time in seconds since the epoch as UINT; false when the time has no year of four digits. */
bool time_part(enum transformer part, int64_t seconds, struct value *ret);
/*
 * The same of a text as ISO 8601 and RFC 3339 write a time: 2026-01-31T08:15:00Z, with a blank for the T, without seconds, with a
 * fraction, with an offset (+09:00), without one (taken for UTC). false for anything else.
 */
bool time_part_of_text(enum transformer part, struct str text, struct value *ret);
