// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * External variables that the user declares for YARA rules, as NAME=VALUE, with the meaning of yara's option -d: digits are an
 * integer, digits with a point a float, true and false a boolean, everything else a string.
 */
#include <yara.h>

#include "base/error.h"
#include "base/str.h"

/* -EINVAL with the cure when a text of the list is none; `texts` ends with NULL, and may be NULL. */
int yara_defines_check(const char *const *texts, struct error *err);
/* Declares them all, each once; `texts` must have passed the check. */
int yara_defines_declare(const char *const *texts, YR_COMPILER *compiler, struct error *err);
/* Whether one of them has that name. */
bool yara_defines_have(const char *const *texts, struct str name);
