// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Shell patterns as fnmatch(3) with flags 0 reads them in the C locale: `*` and `?` cross '/' and a leading dot, `[…]` with
 * ranges, classes ([:alpha:]) and negation by ! or ^, backslash takes the next character as it is. Not fnmatch() itself,
 * because our texts hold NUL bytes and carry their length, and because a pattern of many stars must not take exponential
 * time: here it is length of text times length of pattern at worst. test-glob.c compares the two.
 */
#include "base/str.h"

/* Whether the whole text matches. nocase folds ASCII letters. */
bool glob_match(struct str pattern, struct str text, bool nocase);
/* Whether the text holds a character that means something in a pattern. */
bool glob_is_pattern(struct str s);
