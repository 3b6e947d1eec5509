// SPDX-License-Identifier: Apache-2.0
#pragma once
/* JSON as programs take it that people write settings for: with comments, and commas behind the last element. */
#include <stddef.h>

/* Blanks out comments and commas before a closing bracket in the n bytes; what is in strings stays. Places stay the same. */
void json_make_strict(char *p, size_t n);
