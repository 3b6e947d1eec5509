// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Packages: what they are called and what they run when they are installed. */
#include "event/facts.h"

/* States package.manager, and name and version where they are known. */
void package_state(struct facts *facts, const char *manager, struct str name, struct str version);
