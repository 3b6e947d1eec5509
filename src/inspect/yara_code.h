// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Patterns of YARA strings as libyara has compiled them (the byte code of its regular expressions, yara/re.h). What
 * is read here is only the beginning that every match takes, up to the first branch: enough to tell in a few
 * steps that a place is none, and to choose bytes worth searching for.
 */
#include <yara.h>

#include "base/str.h"

enum { YARA_CODE_BYTES_MAX = 16 }; /* of the bytes chosen: longer ones are hardly ever rarer */

/* Bytes that stand in every match. */
struct yara_code_bytes {
    char p[YARA_CODE_BYTES_MAX * 2];
    size_t n;
    ptrdiff_t end; /* of the bytes, from the place where the forward code begins */
};

/*
 * Whether a match may lie at `at`, going forwards or backwards from there. `step` is 1, or 2 where each character
 * has a zero behind it. False only when there can be none.
 */
bool yara_code_agrees(const uint8_t *code, struct str data, size_t at, bool backwards, unsigned step, bool nocase);
/*
 * Bytes that the code takes at most, those of all alternatives together; false when nothing but libyara's own limit tells how far
 * it reaches, as with "*", or when the code is not known here.
 */
bool yara_code_length(const uint8_t *code, unsigned step, size_t *ret);
/* The most telling run of fixed bytes around the place where both codes begin (`backward` may be NULL); false when there
 * is none. */
bool yara_code_bytes(const uint8_t *forward, const uint8_t *backward, unsigned step, struct yara_code_bytes *ret);
/* The most telling part of a text, likewise; `end` counts from its begin. */
bool yara_text_bytes(struct str text, unsigned step, struct yara_code_bytes *ret);
/* Whether the text stands at `at`, or (`xored`) the same with one byte over all of it. */
bool yara_text_agrees(struct str text, struct str data, size_t at, unsigned step, bool nocase, bool xored);
