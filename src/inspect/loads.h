// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What settings make programs load or run beside what they are: folders of the loader, modules, agents, start files, hooks,
 * runtimes. A path by itself says nothing; where it lies may.
 */
#include "inspect/analyzer.h"

/*
 * States each absolute path among the words of the value in loads.paths, and by which setting in loads.by. The value may be a path, a
 * list of paths, or words with paths behind "=" or ":"; `at` is its place in c->data. Nothing is stated where it names none.
 */
void loads_paths(const struct content *c, const char *by, struct str value, size_t at, struct facts *facts);
/* The same of the program of a command line, and of the script where that is an interpreter: other arguments are no code. */
void loads_program(const struct content *c, const char *by, struct str command, size_t at, struct facts *facts);
/*
 * A variable of the environment: libraries that it preloads (preload.libs), paths that it has code loaded from, a command that it has
 * run. Nothing for variables that do neither.
 */
void loads_variable(const struct content *c, struct str name, struct str value, size_t at, struct facts *facts);
/* Every NAME=value in settings or shell text, comments left out. */
void loads_variables(const struct content *c, struct str text, struct facts *facts);
