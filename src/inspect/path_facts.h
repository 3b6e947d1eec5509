// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a path says: file.path, file.name, file.dir, file.ext and file.is_hidden. */
#include "event/facts.h"

/* Of a file. */
void path_facts(struct facts *f, struct str path);
/* Of a member of an archive: the path is "archive!member", the name the member's. */
void path_facts_member(struct facts *f, struct str archive, struct str member);
/* Whether it ends in one of these, in letters of either case; NULL ends them. */
bool path_ends_in(struct str path, const char *const *ends);
