// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Packages: what they are called, what they run when they are installed or whenever an interpreter starts, and where they
 * come from. The package analyzer (package.c) knows the files by name; each family has a file of its own. Code in them is
 * read as text: commands go through the script analyzer, calls through package_code().
 */
#include "inspect/analyzer.h"

enum {
    PACKAGE_TEXT_MAX = 1 << 20,  /* bytes of a description or script that are read; the largest in registries have some 100 KB */
    PACKAGE_COMMANDS_MAX = 64,   /* commands taken from one file */
    PACKAGE_COMMAND_MAX = 4096,  /* bytes of one that are kept in package.scripts; all of it is looked at */
};

/* States package.manager, and name and version where they are known. */
void package_state(struct facts *facts, const char *manager, struct str name, struct str version);
/* One command that runs at the occasion `kind`: states both and what the command does. `at` is its place in c->data. */
void package_command(const struct content *c, const char *kind, struct str command, size_t at, struct facts *facts);
/* What one command does, and the programs that it hands to interpreters: node -e "…", python -c "…". */
void package_look_command(const struct content *c, struct str command, size_t at, struct facts *facts);
/*
 * States in package.code what code (of whatever language) is able to do by the calls in it: network, upload, process,
 * exec, decode, credentials, cmdclass. `at` is the place of the text in c->data.
 */
void package_code(const struct content *c, struct str text, size_t at, struct facts *facts);

/* Each looks at content whose name says that it is the family's; false when it is not. */
bool package_look_npm(const struct content *c, struct str name, struct facts *facts);
bool package_look_python(const struct content *c, struct str name, struct facts *facts);
bool package_look_system(const struct content *c, struct str name, struct facts *facts);
bool package_look_java(const struct content *c, struct str name, struct facts *facts);
bool package_look_source(const struct content *c, struct str name, struct facts *facts);
/* Settings that say where packages are fetched from: package.indexes. */
bool package_look_index(const struct content *c, struct str name, struct facts *facts);
