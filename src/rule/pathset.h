// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What `pmatch` asks: is the path one of these, or below one of these? A tree by path component; a component of the set
 * may be a shell pattern (base/glob.h) and then stands for exactly one component of the path. Repeated and trailing
 * slashes do not count. A relative entry fits relative paths only; "/" fits every absolute path.
 */
#include "base/str.h"

struct pathset;
struct pathset *pathset_new(void);
struct pathset *pathset_free(struct pathset *p);
/* The text is copied. */
void pathset_add(struct pathset *p, struct str path);
/* Looks at each entry of the set at most once whatever the path; no allocation. */
bool pathset_match(const struct pathset *p, struct str path);
/* Whether `path` is, or lies below, one other path; its components may be patterns. For paths that an event gives. */
bool pathset_is_below(struct str path, struct str above);
