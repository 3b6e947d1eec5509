// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which files hold what Davy judges by: the shipped folders, or what the user names instead.
 */
#include "base/arena.h"
#include "rule/ruleset.h"

/*
 * The rule files behind the given paths in the order in which they must be loaded: a file is itself, a folder gives its
 * *.yaml and *.yml without *.cases.yaml, by name. With n == 0: <data>/rules/intel, then <data>/rules/behaviour. The array
 * ends with NULL and lives in the arena. NULL after filling err when a path cannot be read.
 */
const char **rule_files(struct arena *a, const char *const *paths, size_t n, struct error *err);
/* The files of a folder whose names begin and end so, by name, NULL-terminated; empty when the folder is not there. */
const char **rule_files_in(struct arena *a, const char *folder, const char *prefix, const char *suffix);
/*
 * Loads all of them and compiles. `now_ns` since the epoch decides which lists are past their last day, 0: none. 0, or -EINVAL
 * with the diagnostics telling.
 */
int rule_files_load(struct ruleset *rs, const char *const *files, uint64_t now_ns, struct diags *diags);
