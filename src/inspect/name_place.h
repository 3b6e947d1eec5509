// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Where names of hosts may stand in content: a few bytes of many, found 64 at a time. */
#include "base/str.h"

/* The first '.' at `at` or behind it that stands between two bytes of words (base/word_run.h); the text's length when there is none. */
size_t name_place_dot(struct str text, size_t at);
/* The first ':' that begins "://" or stands before a digit other than 0, likewise. */
size_t name_place_colon(struct str text, size_t at);
